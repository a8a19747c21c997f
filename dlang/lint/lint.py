"""All lints of a program."""

from __future__ import annotations

from dlang.diagnostics import Diagnostic
from dlang.driver.program import Program
from dlang.lint.conditions import comparisons
from dlang.lint.flow import flow_lints
from dlang.lint.kinks import kink_lints
from dlang.lint.words import word_lints
from dlang.recursion import deep_recursion
from dlang.source import Span
from dlang.syntax.parse import parse

__all__ = ["lint"]


def lint(program: Program) -> list[Diagnostic]:
    """What is probably not meant in a program without errors, in the order of its text."""
    source = program.elaborated.span.source
    with deep_recursion():
        tree = parse(source)
        found = [*word_lints(tree), *flow_lints(program, comparisons(tree)), *kink_lints(program)]
    told = {d.primary.span for d in program.warnings if d.primary is not None}
    fresh: dict[Span, Diagnostic] = {}  # one a place: what the text says goes before what the values say
    for each in found:
        if each.primary is not None and each.primary.span not in told:
            fresh.setdefault(each.primary.span, each)
    return [fresh[span] for span in sorted(fresh, key=lambda span: (span.start, span.end))]

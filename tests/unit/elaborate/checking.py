"""Programs through the parser and `check_names`, for the tests of this folder."""

from __future__ import annotations

from dlang.diagnostics import Diagnostic, Reporter
from dlang.elaborate.scope import check_names
from dlang.source import Source
from dlang.syntax import parse

BUILTINS = frozenset({"exp", "log", "sqrt", "sin", "sum", "mean", "max", "len", "zeros", "print", "map", "normal"})


def check(text: str) -> list[Diagnostic]:
    """What is reported about a program, in the order of the text."""
    program = parse(Source("m.dl", text))
    report = Reporter()
    check_names(program, BUILTINS, report)

    def start(fault: Diagnostic) -> int:
        assert fault.primary is not None
        return fault.primary.span.start

    return sorted(report.diagnostics, key=start)


def found(text: str) -> list[tuple[str, int, str]]:
    """(code, line, underlined text) of everything that is reported."""
    return [(d.code, d.primary.span.line, d.primary.span.text) for d in check(text) if d.primary]


def codes(text: str) -> list[str]:
    """The codes that are reported, in the order of the text."""
    return [code for code, _, _ in found(text)]


def one(text: str) -> Diagnostic:
    """The one fault of a program."""
    [fault] = check(text)
    return fault

"""The parser: an LALR automaton with an explicit stack, which builds the tree as it goes.

It never recurses, reports every statement with a fault, and drops that statement only: it goes on
behind the statement's end in the innermost block around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import DlangError, Reporter
from dlang.source import Source, Span
from dlang.syntax import ast
from dlang.syntax.build import ACTIONS, NESTING
from dlang.syntax.load import tables
from dlang.syntax.newlines import MAX_DEPTH, arrange
from dlang.syntax.recover import resume, statement_before
from dlang.syntax.scan import scan
from dlang.syntax.tables import Tables
from dlang.syntax.tokens import ERROR, Token

__all__ = ["Reduction", "automaton", "parse", "parse_expression"]


def parse(source: Source) -> ast.Program:
    """The tree of a file.

    Raises:
        DlangError: with every syntax error of the file, in order.
    """
    program = _run("program", source)
    return ast.Program(Span(source, 0, len(source.text)), cast(ast.Program, program).statements)


def parse_expression(source: Source, begin: int = 0) -> ast.Expr:
    """The tree of one expression, such as a value given on the command line. Newlines mean nothing in it.

    It is the text from `begin` on.

    Raises:
        DlangError: it is none.
    """
    return cast(ast.Expr, _run("expression", source, begin))


def _run(start: str, source: Source, begin: int = 0) -> Any:
    report = Reporter()
    run = tables()
    raw = scan(source, run.lexicon, report, begin)
    tokens = arrange(raw, source, report, inside=start == "expression")
    tree = automaton(run, start, tokens, source, report, _reductions())
    if report.errors and start == "program":
        from dlang.syntax.mistaken import table_for_program

        table = table_for_program(source)
        if table is not None:
            raise DlangError(table)
    report.raise_if_errors()
    return tree


Reduction = tuple[int, dict[int, int], Callable[..., Any] | None, tuple[int | None, ...] | None, int, bool]
"""A rule as (size, gotos, action, plan, depth it adds, whether it only groups); plan None takes all."""


@cache
def _reductions() -> list[Reduction]:
    """The rules, with the actions that build the tree."""
    out: list[Reduction] = []
    for rule in tables().rules:
        is_group = rule.action == ""
        action = None if not rule.action else ACTIONS[rule.action]
        plan = None if rule.plan == tuple(range(rule.size)) and not is_group else rule.plan
        out.append((rule.size, rule.gotos, action, plan, int(rule.action in NESTING), is_group))
    return out


def automaton(
    run: Tables,
    start: str,
    tokens: Sequence[Token],
    source: Source,
    report: Reporter,
    reductions: Sequence[Reduction],
) -> Any:
    """What the tokens build by the actions of `reductions`, or None if they do not.

    Four stacks run beside that of the states: what each symbol built, where it begins and ends, and how deep it is.
    """
    actions = run.actions
    states = [run.starts[start]]
    values: list[Any] = []
    starts: list[int] = []
    ends: list[int] = []
    depths: list[int] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        kind = token.kind
        while True:
            step = actions[states[-1]].get(kind)
            if step is None:
                at = _recover(run, tokens, at, source, report, (states, values, starts, ends, depths))
                break
            if step >= 0:
                states.append(step)
                values.append(token)
                starts.append(token.start)
                ends.append(token.end)
                depths.append(0)
                at += 1
                break
            size, gotos, action, plan, weight, is_group = reductions[~step]
            if size == 1 and action is None and not is_group:
                states[-1] = gotos[states[-2]]
                continue
            if not size:
                place = ends[-1] if ends else 0
                values.append(action(report, Span(source, place, place)) if action else [])
                starts.append(place)
                ends.append(place)
                depths.append(0)
                states.append(gotos[states[-1]])
                continue
            parts = values[-size:] if plan is None else _parts(values, len(values) - size, plan)
            begin = starts[-size]
            end = ends[-1]
            depth = max(depths[-size:]) + weight
            if weight and depth == MAX_DEPTH + 1:
                report(catalogue.too_deep(Span(source, begin, end), MAX_DEPTH))
            del states[-size:], values[-size:], starts[-size:], ends[-size:], depths[-size:]
            if is_group:
                values.append(parts)
            elif action is None:
                values.append(parts[0])
            else:
                values.append(action(report, Span(source, begin, end), *parts))
            starts.append(begin)
            ends.append(end)
            depths.append(depth)
            states.append(gotos[states[-1]])
    return values[0] if values else None


def _recover(
    run: Tables,
    tokens: Sequence[Token],
    at: int,
    source: Source,
    report: Reporter,
    stacks: tuple[list[int], list[Any], list[int], list[int], list[int]],
) -> int:
    """Report the token at `at`, take the stacks back to the beginning of its statement; where to go on.

    An expression alone is no statement: there is nothing to go on with.
    """
    states, _, starts, _, _ = stacks
    if tokens[at].kind != ERROR:
        from dlang.syntax.expected import unexpected  # the words for errors load with the first

        report(unexpected(run, states, tokens, at, source))
    first, opened = statement_before(tokens, at)
    begin = tokens[first].start
    while starts and starts[-1] >= begin:
        for stack in stacks:
            stack.pop()
    if states[0] != run.starts["program"]:
        return len(tokens)
    return resume(tokens, at, len(opened))


def _parts(values: list[Any], base: int, plan: tuple[int | None, ...]) -> list[Any]:
    """What a rule's action gets of the symbols from `base` on."""
    parts: list[Any] = []
    for index in plan:
        if index is None:
            parts.append(None)
        elif index >= 0:
            parts.append(values[base + index])
        elif parts:
            parts += values[base + ~index]
        else:
            parts = values[base + ~index]  # a group grows in place: a list of n members costs n, not n^2
    return parts

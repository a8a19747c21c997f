"""From a recorded run to the lines of its program: what each came to, and how much of the objective hangs on it.

A line's share is the sum of |v ct| over the values v that were computed on it and their cotangents ct, as a part of
the sum over all lines: how far the objective would move, to first order, if every value of the line moved by the same
small part of itself. What runs in another file, as in the standard library, counts for the line that called it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from math import inf, isfinite
from typing import Any

from dlang.driver.drawn import Drawn, Ran
from dlang.interpreter.record import Node, Operand, Region
from dlang.ir.nodes import Apply, Call, For, While
from dlang.records import record
from dlang.source import Source, Span

__all__ = ["Line", "lines_of"]


@record(eq=False)
class Line:
    """A line of the source that was run.

    Attributes:
        number: from 1.
        text: the line itself.
        value: what was computed on it last, a number or array.
        gradient: of the objective in that value; None if none flows.
        share: from 0 to 1; None without an objective, or if a value or a gradient is not finite.
        times: how often the line's last value was computed.
    """

    number: int
    text: str
    value: Any
    gradient: Any
    share: float | None
    times: int


@record(frozen=False, eq=False)
class _Tally:
    """What is known of a line so far: its last value, one with a gradient if there is one, and the sum of |v ct|."""

    rank: tuple[bool, float] = (False, -1.0)
    operand: Operand | None = None
    key: object = None
    is_term: bool = False
    sensitivity: float = 0.0


def lines_of(drawn: Drawn, ran: Ran, source: Source) -> list[Line]:
    """The lines of a source on which something was computed, in their order."""
    tallies: dict[int, _Tally] = {}
    times: dict[tuple[int, object], set[object]] = {}
    cotangents = ran.backward.cotangents if ran.backward is not None else {}
    for argument, node in zip(drawn.arguments, ran.inputs, strict=True):
        if argument.span is not None and argument.span.source is source:
            number = argument.span.line
            tally = tallies.setdefault(number, _Tally())
            _note(tally, (node in cotangents, node.index), node, (argument.span, None), times, number)
            tally.sensitivity += _product(node.value, cotangents.get(node))
    for node in ran.recording.nodes:
        span = _place(node, source)
        if span is None or node.stmt in drawn.totals:
            continue
        tally = tallies.setdefault(span.line, _Tally())
        tally.sensitivity += _moved(ran, node)
        if node.span is not None and node.span.source is source:
            _note(tally, (node in cotangents, node.index), node, _key(node.stmt, node.region, span), times, span.line)
    for region in _calls(ran.recording.nodes, drawn.apart):
        place = region.stmt.span
        if place is not None and place.source is source and region.results:
            tally = tallies.setdefault(place.line, _Tally())
            key = _key(region.stmt, region.parent, place)
            result = region.results[0]
            _note(tally, (result in cotangents, region.end - 0.5), result, key, times, place.line)
    ends = zip(drawn.results, ran.recording.results, strict=False)
    told = [*zip(drawn.terms, ran.terms, strict=False), *((end.span, operand) for end, operand in ends)]
    for span, operand in told:
        if span is not None and span.source is source:  # the value of the line, wherever it was computed
            tally = tallies.setdefault(span.line, _Tally())
            _note(tally, (True, inf), operand, (span, None), times, span.line)
            tally.is_term = span in drawn.terms
    total = sum(tally.sensitivity for tally in tallies.values())
    has_shares = ran.backward is not None and isfinite(total)
    found = []
    for number in sorted(tallies):
        tally = tallies[number]
        last = tally.operand
        value = last.value if isinstance(last, Node) else last
        gradient = cotangents.get(last) if isinstance(last, Node) else None
        if tally.is_term and ran.backward is not None:
            gradient = 1.0  # whatever else reads the value
        share = None if not has_shares else tally.sensitivity / total if total else 0.0
        found.append(Line(number, source.line(number), value, gradient, share, len(times[number, tally.key])))
    return found


def _note(
    tally: _Tally,
    rank: tuple[bool, float],
    operand: Operand,
    key: tuple[object, object],
    times: dict[tuple[int, object], set[object]],
    number: int,
) -> None:
    """A value was computed on a line: the last one stands for it. `key` is what computed it, and in which pass."""
    what, which = key
    times.setdefault((number, what), set()).add(which if which is not None else rank)
    if rank > tally.rank:
        tally.rank, tally.operand, tally.key = rank, operand, what


def _key(stmt: object, region: Region | None, place: Span) -> tuple[object, object]:
    """A statement, and the loop around it that stands on its own line, if there is one: its passes are one value."""
    loop = None
    while region is not None:
        span = region.stmt.span
        if isinstance(region.stmt, For | While) and span is not None and span.line == place.line:
            loop = region if not region.number else region.parent
        region = region.parent
    return stmt, loop


def _moved(ran: Ran, node: Node) -> float:
    """What a value adds to its line: of an array with some of its elements changed, what these do."""
    if ran.backward is None:
        return 0.0
    if isinstance(node.stmt, Apply) and node.stmt.prim.updates:
        part = node.operands[1]
        value = part.value if isinstance(part, Node) else part
        return _product(value, ran.backward.flows.get((node, 1)))
    return _product(node.value, ran.backward.cotangents.get(node))


def _product(value: Any, cotangent: Any) -> float:
    """The sum of |v ct| over the elements of a value; what no gradient reaches adds nothing, whatever it is."""
    import numpy as np

    if cotangent is None:
        return 0.0
    with np.errstate(all="ignore"):
        return float(np.sum(np.where(np.equal(cotangent, 0.0), 0.0, np.abs(np.multiply(value, cotangent)))))


def _place(node: Node, source: Source) -> Span | None:
    """Where in a source a value was computed: its own place, or that of the call that led out of the source."""
    if node.stmt is None:
        return None
    span, region = node.span, node.region
    while span is None or span.source is not source:
        if region is None:
            return None
        span, region = region.stmt.span, region.parent
    return span


def _calls(nodes: Iterable[Node], apart: Container[str]) -> list[Region]:
    """The calls, each once, but for those that are nodes themselves."""
    seen: set[Region] = set()
    for node in nodes:
        region = node.region
        while region is not None and region not in seen:
            seen.add(region)
            region = region.parent
    return [region for region in seen if isinstance(region.stmt, Call) and region.stmt.callee not in apart]

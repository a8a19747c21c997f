"""From a recorded run to the lines of its program: what each came to, and how much of the objective hangs on it.

A line's share is the sum of |v ct| over the values v that were computed on it and their cotangents ct, as a part of
the sum over all lines: how far the objective would move, to first order, if every value of the line moved by the same
small part of itself. What runs in another file, as in the standard library, counts for the line that called it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from math import inf, isfinite
from typing import Any

from dlang.driver.drawn import Drawn, Ran
from dlang.driver.program import Program
from dlang.interpreter.record import Node, Operand, Region
from dlang.ir.nodes import Adjoint, Apply, Call, Function, If, Tangent, While
from dlang.ir.walk import inner_blocks
from dlang.records import field, record
from dlang.source import Source, Span
from dlang.trace.statics import bound_values, constants, heads_of_loops
from dlang.trees import Tree, leaves, map_leaves, unflatten

__all__ = ["Line", "lines_of", "place_of"]


@record(eq=False)
class Line:
    """A line of the source that was run.

    Attributes:
        number: from 1.
        text: the line itself.
        value: what was computed on it last, a number or array, or a dict or tuple of them for a record or tuple.
        gradient: of the objective in that value, built alike; None if none flows.
        share: from 0 to 1; None without an objective, or if a value or a gradient is not finite.
        times: how often it was run.
    """

    number: int
    text: str
    value: Any
    gradient: Any
    share: float | None
    times: int


@record(frozen=False, eq=False)
class _Tally:
    """What is known of a line so far.

    Attributes:
        rank: of its value: one with a gradient goes before others, and a later one before earlier ones.
        operand: its value.
        gradient: of the objective in it.
        sensitivity: the sum of |v ct|.
        times: how often each statement computed a value on it.
    """

    rank: tuple[bool, float] = (False, -1.0)
    operand: Tree = None
    gradient: Any = None
    sensitivity: float = 0.0
    times: Counter[object] = field(default_factory=Counter)


def lines_of(program: Program, drawn: Drawn, ran: Ran) -> list[Line]:
    """The lines of a program that have a value, in their order."""
    source = program.elaborated.span.source
    book = _Book(ran, source, heads_of_loops(program), _applied(drawn.defined.values()))
    book.arguments(drawn)
    book.nodes(drawn)
    calls = _calls(ran.recording.nodes, drawn.apart)
    book.ended(calls, 0.5, drawn)
    book.ended(ran.recording.chosen, 0.25, drawn)
    for number, tree in bound_values(program, drawn, ran, calls):
        if number in book.tallies or isinstance(tree, dict | tuple):
            book.bound(number, tree)
        else:
            book.note(number, (False, 0.0), tree, number, None)
    for number, constant in constants(program):
        if number not in book.tallies:
            book.note(number, (False, 0.0), constant, number, None)
    book.ends(drawn)
    return book.lines(source)


class _Book:
    """Takes down values by line."""

    def __init__(
        self,
        ran: Ran,
        source: Source,
        heads: Mapping[Span, Container[Span]],
        said: Container[tuple[Span | None, str]],
    ) -> None:
        self.tallies: dict[int, _Tally] = {}
        self._heads, self._said = heads, said
        self._ran, self._source = ran, source
        self._cotangents = ran.backward.cotangents if ran.backward is not None else {}

    def note(self, line: int, rank: tuple[bool, float], operand: Operand, by: object, gradient: Any) -> None:
        """A value was computed on a line, by a statement: the last one stands for the line."""
        tally = self.tallies.setdefault(line, _Tally())
        tally.times[by] += 1
        if rank > tally.rank:
            tally.rank, tally.operand, tally.gradient = rank, operand, gradient

    def arguments(self, drawn: Drawn) -> None:
        """Data and parameters, where they are declared."""
        for argument, node in zip(drawn.arguments, self._ran.inputs, strict=True):
            if argument.span is not None and argument.span.source is self._source:
                ct = self._cotangents.get(node)
                rank = (ct is not None, float(node.index))
                self.note(argument.span.line, rank, node, argument, ct)
                self.tallies[argument.span.line].sensitivity += _product(node.value, ct)

    def nodes(self, drawn: Drawn) -> None:
        """What was applied; in another file, it counts for the line that called it."""
        for node in self._ran.recording.nodes:
            span = _place(node, self._source)
            if span is None or node.stmt in drawn.totals:
                continue
            if node.span is not None and node.span.source is self._source and not self._is_inner(node):
                ct = self._cotangents.get(node)
                self.note(span.line, (ct is not None, float(node.index)), node, node.stmt, ct)
            self.tallies.setdefault(span.line, _Tally()).sensitivity += _moved(self._ran, node)

    def bound(self, line: int, tree: Tree) -> None:
        """A line gave a name its value: that stands for it, whatever else was computed on the way."""
        tally = self.tallies.setdefault(line, _Tally())
        if not tally.times:
            tally.times[line] = 1
        gradients = [self._cotangents.get(part) if isinstance(part, Node) else None for part in leaves(tree)]
        tally.operand, tally.gradient = tree, None
        if any(each is not None for each in gradients):
            whole = (_zeros(part) if ct is None else ct for part, ct in zip(leaves(tree), gradients, strict=True))
            tally.gradient = unflatten(tree, whole)

    def ended(self, regions: Iterable[Region], before: float, drawn: Drawn) -> None:
        """What calls and branches yielded; the gradient is theirs if they have computed it, and not handed it on.

        Of a call of a derivative it is the last result: what it is the derivative of comes before.
        """
        for region in regions:
            span = region.stmt.span
            if _is_made(region, drawn):
                continue
            if span is not None and span.source is self._source and region.results and not self._counts(span, region):
                result = region.results[-1 if _is_derivative(region, drawn) else 0]
                ct = self._cotangents.get(result) if isinstance(result, Node) and result.index >= region.begin else None
                self.note(span.line, (ct is not None, region.end - before), result, region.stmt, ct)

    def _is_inner(self, node: Node) -> bool:
        """Whether a value is none of its line: a part of a derivative of what stands there, or of counting passes."""
        stmt = node.stmt
        is_slope = isinstance(stmt, Apply) and (stmt.of is not None or (stmt.span, stmt.prim.name) not in self._said)
        return is_slope or (node.span is not None and self._counts(node.span, node.region))

    def _counts(self, span: Span, region: Region | None) -> bool:
        """Whether something only counts the passes of a `for` that may be left early, which is a `while` in the IR."""
        if self._heads.get(span) == {span}:  # a range, whose parts have places of their own
            return True
        while region is not None and not isinstance(region.stmt, Call):
            loop = region.stmt.span if isinstance(region.stmt, While) else None
            if loop is not None and span in self._heads.get(loop, ()):
                return True
            region = region.parent
        return False

    def ends(self, drawn: Drawn) -> None:
        """The objective's terms and the reports have their values wherever those were computed."""
        has_objective = self._ran.backward is not None
        told = [
            (span, operand, 1.0 if has_objective else None)
            for span, operand in zip(drawn.terms, self._ran.terms, strict=False)
        ]
        for end, operand in zip(drawn.results, self._ran.recording.results, strict=False):
            if end.span is not None:
                told.append((end.span, operand, None))
        for span, operand, gradient in told:
            if span.source is self._source:
                self.note(span.line, (True, inf), operand, span, gradient)

    def lines(self, source: Source) -> list[Line]:
        """All lines."""
        total = sum(tally.sensitivity for tally in self.tallies.values())
        has_shares = self._ran.backward is not None and isfinite(total)
        found = []
        for number, tally in sorted(self.tallies.items()):
            if not tally.times:
                continue  # it called what never came to an end
            last = tally.operand
            value = map_leaves(_value, last)
            share = None if not has_shares else tally.sensitivity / total if total else 0.0
            times = max(tally.times.values())
            found.append(Line(number, source.line(number), value, tally.gradient, share, times))
        return found


def _value(operand: Operand | None) -> Any:
    return operand.value if isinstance(operand, Node) else operand


def _zeros(operand: Operand) -> Any:
    """A gradient of 0, in the shape of a value."""
    import numpy as np

    shape = np.shape(_value(operand))
    return np.zeros(shape) if shape else 0.0


def _is_derivative(region: Region, drawn: Drawn) -> bool:
    """Whether a piece of a run is the call of a function that is defined as a derivative."""
    callee = drawn.defined.get(region.stmt.callee) if isinstance(region.stmt, Call) else None
    return callee is not None and isinstance(callee.definition, Adjoint | Tangent)


def _applied(functions: Iterable[Function]) -> set[tuple[Span | None, str]]:
    """What is applied where in the program as it is written; of derivatives other values have these places, too."""
    found: set[tuple[Span | None, str]] = set()
    blocks = [function.block for function in functions]
    while blocks:
        for stmt in blocks.pop().body:
            blocks += inner_blocks(stmt)
            if isinstance(stmt, Apply):
                found.add((stmt.span, stmt.prim.name))
    return found


def _is_made(region: Region, drawn: Drawn) -> bool:
    """Whether a piece of a run is one that a derivative made of a piece of the program: it may yield derivatives."""
    around: Region | None = region if isinstance(region.stmt, If) else region.parent
    while around is not None and not isinstance(around.stmt, Call):
        around = around.parent
    if around is None or not isinstance(around.stmt, Call):
        return False
    callee = drawn.defined.get(around.stmt.callee)
    return callee is None or isinstance(callee.definition, Adjoint | Tangent)


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
    return None if node.stmt is None else place_of(node.span, node.region, source)


def place_of(span: Span | None, region: Region | None, source: Source) -> Span | None:
    """A place in a source: this one, or that of the call that led out of the source to it."""
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

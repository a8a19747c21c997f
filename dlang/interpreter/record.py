"""The dynamic graph: a node for every application that ran."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, NoReturn, TypeAlias

from dlang import records
from dlang.diagnostics.core import DlangError
from dlang.interpreter.observe import Observer, observe
from dlang.ir.nodes import Apply, Assert, Call, For, If, Module, While
from dlang.source import Span

__all__ = ["Node", "Operand", "Recording", "Region", "Stopped", "record", "record_within"]

Operand: TypeAlias = "Node | float | int | bool"
"""What an application read: another node, or a constant (a literal, a loop's index)."""


@records.record(frozen=False, eq=False)
class Region:
    """A piece of a run: a call, a loop, a pass of a loop, or the branch of an `if` that was taken.

    Attributes:
        stmt: the statement that ran.
        parent: the piece that it is in.
        number: of the pass, from 1; 0 for the loop itself, and for calls and branches.
        taken: for a branch, whether it is `then`.
        test: for a branch, its condition.
        results: of a call or branch that has ended, what it yielded.
        begin: how many nodes there were before it.
        end: of one that has ended, how many there were then.
    """

    stmt: Call | For | While | If
    parent: Region | None
    number: int = 0
    taken: bool = False
    test: Operand | None = None
    results: tuple[Operand, ...] = ()
    begin: int = 0
    end: int = 0

    def __repr__(self) -> str:
        return f"Region({type(self.stmt).__name__}, {self.number})"


@records.record(eq=False)
class Node:
    """One application that ran, an argument, or a result of a call that is one application to the recording.

    Attributes:
        index: its place in the recording; operands come before.
        operands: what it read.
        value: what it gave; an array is not to be changed.
        name: the source's name for the value, if it has one.
        stmt: the application or call; None for an argument.
        result: which of its results, for one with several; they follow one another.
        region: the piece of the run that it is in.
    """

    index: int
    operands: tuple[Operand, ...]
    value: Any
    name: str = ""
    stmt: Apply | Call | None = None
    result: int = 0
    region: Region | None = None

    def __repr__(self) -> str:
        # the whole history of a value hangs on its node
        return f"Node({self.index}, {self.primitive!r}, {self.value!r})"

    @property
    def primitive(self) -> str:
        """The name of what was applied or called; "input" for an argument."""
        if self.stmt is None:
            return "input"
        return self.stmt.callee if isinstance(self.stmt, Call) else self.stmt.prim.name

    @property
    def span(self) -> Span | None:
        """The place in the source."""
        return None if self.stmt is None else self.stmt.span

    @property
    def iterations(self) -> tuple[int, ...]:
        """Passes of the loops around it, from 1, outermost first, as far as the innermost call."""
        found = []
        region = self.region
        while region is not None:
            if region.number:
                found.append(region.number)
            region = region.parent
        return tuple(reversed(found))


@records.record
class Stopped:
    """Where a run came to its end before its time.

    Attributes:
        fault: what went wrong; None if there was more to keep than was asked for.
        span: the statement that failed.
        operands: what it read.
        region: the piece of the run that it is in.
    """

    fault: DlangError | None
    span: Span | None
    operands: tuple[Operand, ...]
    region: Region | None


@records.record
class Recording:
    """Every node in order of evaluation, what the function yielded, what it printed, and the branches it took.

    Of a run that `stopped` there are no results.
    """

    nodes: tuple[Node, ...]
    results: tuple[Operand, ...]
    printed: tuple[Operand, ...]
    chosen: tuple[Region, ...] = ()
    stopped: Stopped | None = None


def record(module: Module, name: str, args: Sequence[Any], *, whole: Container[str] = ()) -> Recording:
    """Run a function and keep the graph of what it did; a call of a function in `whole` is one application.

    Raises:
        DlangError: running it failed.
    """
    recorder = _Recorder(whole, None, None)
    results = observe(module, name, args, recorder)
    return Recording(tuple(recorder.nodes), results, tuple(recorder.shown), tuple(recorder.chosen))


def record_within(
    module: Module, name: str, args: Sequence[Any], *, whole: Container[str] = (), nodes: int, size: int
) -> Recording:
    """Run a function as far as it goes, and keep the graph of what it did.

    Args:
        module: the functions.
        name: the one to run.
        args: its arguments.
        whole: functions of which a call is one application.
        nodes: stop when there are more than so many.
        size: stop when their arrays have more than so many elements.
    """
    recorder = _Recorder(whole, nodes, size)
    results: tuple[Operand, ...] = ()
    stopped = None
    try:
        results = observe(module, name, args, recorder)
    except _Full:
        stopped = Stopped(None, None, (), recorder.region)
    except DlangError as fault:
        stmt, operands = recorder.failed or (None, ())
        stopped = Stopped(fault, stmt.span if stmt is not None else None, operands, recorder.region)
    return Recording(tuple(recorder.nodes), results, tuple(recorder.shown), tuple(recorder.chosen), stopped)


class _Full(Exception):  # noqa: N818  # carries the news out of the run; nothing is wrong
    pass


class _Recorder(Observer):
    """Holds every value as its Node."""

    def __init__(self, whole: Container[str], limit: int | None, size: int | None) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.shown: list[Operand] = []
        self.region: Region | None = None
        self.chosen: list[Region] = []
        self.failed: tuple[Apply | Assert, tuple[Operand, ...]] | None = None
        self._whole = whole
        self._operands: list[tuple[Operand, ...]] = []
        self._limit = limit
        self._left = size

    def admit(self, name: str, value: Any) -> Node:
        return self._node((), value, name, None, 0)

    def value(self, held: Any) -> Any:
        return held.value if isinstance(held, Node) else held

    def see(self, stmt: Apply, operands: tuple[Any, ...]) -> Any:
        try:
            out = stmt.prim.impl(*map(self.value, operands), **stmt.static)
        except Exception:
            self.failed = (stmt, operands)
            raise
        if len(stmt.outs) == 1:
            return self._node(operands, out, stmt.outs[0].hint, stmt, 0)
        return tuple(
            self._node(operands, value, var.hint, stmt, k)
            for k, (var, value) in enumerate(zip(stmt.outs, out, strict=True))
        )

    def printed(self, held: tuple[Any, ...]) -> None:
        self.shown += held

    def refuse(self, stmt: Assert, held: Any) -> NoReturn:
        self.failed = (stmt, (held,))
        super().refuse(stmt, held)

    def called(self, stmt: Call, operands: tuple[Any, ...]) -> None:
        self.region = Region(stmt, self.region, begin=len(self.nodes))
        self._operands.append(operands)

    def returned(self, results: tuple[Any, ...]) -> tuple[Any, ...]:
        operands, region = self._operands.pop(), self.region
        self._up()
        if region is None or not isinstance(region.stmt, Call):
            return results
        region.results, region.end = results, len(self.nodes)
        if region.stmt.callee not in self._whole:
            return results
        outs = region.stmt.outs
        return tuple(
            self._node(operands, self.value(held), var.hint, region.stmt, k)
            for k, (var, held) in enumerate(zip(outs, results, strict=True))
        )

    def chose(self, stmt: If, taken: bool, held: Any) -> None:
        self.region = Region(stmt, self.region, taken=taken, test=held, begin=len(self.nodes))

    def joined(self, stmt: If, results: tuple[Any, ...]) -> None:
        if self.region is not None and self.region.stmt is stmt:  # without an `else` there may be no branch
            self.region.results, self.region.end = results, len(self.nodes)
            self.chosen.append(self.region)
            self._up()

    def entered(self, stmt: For | While) -> None:
        super().entered(stmt)
        self.region = Region(stmt, self.region, begin=len(self.nodes))

    def iteration(self, number: int | None) -> None:
        super().iteration(number)
        loop = self.region
        if loop is not None and loop.number:
            loop = loop.parent
        if loop is not None:
            self.region = Region(loop.stmt, loop, number=self._open[-1], begin=len(self.nodes))

    def left(self) -> None:
        super().left()
        if self.region is not None and self.region.number:
            self._up()
        self._up()

    def _up(self) -> None:
        if self.region is not None:
            self.region = self.region.parent

    def _node(self, operands: tuple[Any, ...], value: Any, name: str, stmt: Apply | Call | None, result: int) -> Node:
        node = Node(len(self.nodes), operands, value, name, stmt, result, self.region)
        self.nodes.append(node)
        if self._limit is not None and len(self.nodes) > self._limit:
            raise _Full
        if self._left is not None:
            self._left -= getattr(value, "size", 1)
            if self._left < 0:
                raise _Full
        return node

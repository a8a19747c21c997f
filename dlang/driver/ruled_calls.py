"""The calls of functions with derivative rules of the program's own that a run makes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dlang.interpreter.observe import Observer, observe
from dlang.ir.nodes import Call, Module
from dlang.passes.derivatives import written_out
from dlang.passes.outline import outline
from dlang.records import record
from dlang.recursion import deep_recursion
from dlang.source import Span

__all__ = ["RuledCall", "ruled_calls"]

MOST = 400
"""Calls of one function that are kept; of more, every second, fourth, … and the last."""


@record(eq=False)
class RuledCall:
    """A call of a function with rules: its name in the IR, its place, and its arguments' values."""

    callee: str
    span: Span
    primals: tuple[Any, ...]


def ruled_calls(defined: Module, entry: str, args: Sequence[Any], names: Collection[str]) -> dict[str, list[RuledCall]]:
    """Run a function as it was elaborated and note the calls of the functions `names`, in their order.

    Calls inside of functions that only derivatives are taken of are among them, as a derivative that is written out
    also computes its function.

    Raises:
        DlangError: running it failed.
    """
    with deep_recursion():
        module = outline(written_out(defined, entry, rules_apart=True))
        watch = _Watch({name: defined[name].span for name in names})
        observe(module, entry, args, watch)
    return {name: seen.calls() for name, seen in watch.seen.items() if seen.kept}


class _Seen:
    """Calls of one function: all of them, or as many as there is room for, evenly spread."""

    def __init__(self) -> None:
        self.kept: list[RuledCall] = []
        self._last: RuledCall | None = None
        self._count, self._stride = 0, 1

    def add(self, call: RuledCall) -> None:
        """Note a call."""
        if self._count % self._stride == 0:
            self.kept.append(call)
        if len(self.kept) > MOST:
            self.kept, self._stride = self.kept[::2], 2 * self._stride
        self._count, self._last = self._count + 1, call

    def calls(self) -> list[RuledCall]:
        """What was kept, and the last call."""
        others = [self._last] if self._last is not None and self.kept[-1] is not self._last else []
        return [*self.kept, *others]


class _Watch(Observer):
    """Computes, and notes calls, each at its place in the user's own files: a call inside the library at the user's."""

    def __init__(self, defined_at: Mapping[str, Span | None]) -> None:
        super().__init__()
        self.seen: Mapping[str, _Seen] = {name: _Seen() for name in defined_at}
        self._defined_at = defined_at
        self._places: list[Span | None] = [None]

    def called(self, stmt: Call, operands: tuple[Any, ...]) -> None:
        span = stmt.span
        if span is None or span.source.in_library or span == self._defined_at.get(stmt.callee):
            span = self._places[-1] or span
        self._places.append(span)
        if stmt.callee in self.seen and span is not None:
            self.seen[stmt.callee].add(RuledCall(stmt.callee, span, tuple(map(self.value, operands))))

    def returned(self, results: tuple[Any, ...]) -> tuple[Any, ...]:
        self._places.pop()
        return results

"""The dynamic graph: a node for every application that ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from dlang import records
from dlang.interpreter.observe import Observer, observe
from dlang.ir.nodes import Apply, Module
from dlang.source import Span

__all__ = ["Node", "Operand", "Recording", "record"]

Operand: TypeAlias = "Node | float | int | bool"
"""What an application read: another node, or a constant (a literal, a loop's index)."""


@records.record(eq=False)
class Node:
    """One application that ran, or an argument.

    Attributes:
        index: its place in the recording; operands come before.
        primitive: the name of what was applied; "input" for an argument.
        operands: what it read.
        value: what it gave; an array is not to be changed.
        span: the place in the source.
        name: the source's name for the value, if it has one.
        result: which of its results, for a primitive with several.
        iterations: passes of the loops around it, from 1, outermost first.
    """

    index: int
    primitive: str
    operands: tuple[Operand, ...]
    value: Any
    span: Span | None = None
    name: str = ""
    result: int = 0
    iterations: tuple[int, ...] = ()

    def __repr__(self) -> str:
        # the whole history of a value hangs on its node
        return f"Node({self.index}, {self.primitive!r}, {self.value!r})"


@records.record
class Recording:
    """Every node in order of evaluation, and what the function yielded."""

    nodes: tuple[Node, ...]
    results: tuple[Operand, ...]


def record(module: Module, name: str, args: Sequence[Any]) -> Recording:
    """Run a function and keep the graph of what it did.

    Raises:
        DlangError: running it failed.
    """
    recorder = _Recorder()
    results = observe(module, name, args, recorder)
    return Recording(tuple(recorder.nodes), results)


class _Recorder(Observer):
    """Holds every value as its Node."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Node] = []

    def admit(self, name: str, value: Any) -> Node:
        return self._node("input", (), value, None, name, 0)

    def value(self, held: Any) -> Any:
        return held.value if isinstance(held, Node) else held

    def see(self, stmt: Apply, operands: tuple[Any, ...]) -> Any:
        out = stmt.prim.impl(*map(self.value, operands), **stmt.static)
        values = out if len(stmt.outs) > 1 else (out,)
        nodes = tuple(
            self._node(stmt.prim.name, operands, value, stmt.span, var.hint, k)
            for k, (var, value) in enumerate(zip(stmt.outs, values, strict=True))
        )
        return nodes if len(nodes) > 1 else nodes[0]

    def _node(
        self, prim: str, operands: tuple[Any, ...], value: Any, span: Span | None, name: str, result: int
    ) -> Node:
        node = Node(len(self.nodes), prim, operands, value, span, name, result, self.passes)
        self.nodes.append(node)
        return node

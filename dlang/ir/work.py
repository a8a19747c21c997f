"""About how much work a call is: how many primitives on scalars, elements of arrays and whole arrays it executes.

A guess from the text: passes of a loop are known where its bounds are literals or Ints among the arguments, and are
taken to be some otherwise, as is the depth of a recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from dlang.ir.nodes import Apply, Atom, Block, Call, For, If, Literal, Module, Stmt, Var, While
from dlang.records import record

__all__ = ["Work", "work"]

_SOME = 20
"""Passes of a loop, or calls of a recursion, of which the text does not say how many there are."""

_CALL = 10.0
"""Primitives on scalars that take as long as NumPy takes to begin with an array."""

_MOST = 1e12


@record
class Work:
    """Applications of primitives that a call executes.

    Attributes:
        scalar: on scalars and single elements; what has to begin with an array counts as some.
        elements: elements that elementwise ones, sums and updates of parts go through.
        array: all others on arrays.
    """

    scalar: float = 0.0
    elements: float = 0.0
    array: float = 0.0

    def __add__(self, other: Work) -> Work:
        return self._with(other, lambda a, b: a + b)

    def times(self, passes: float) -> Work:
        """So many times as much."""
        return self._with(self, lambda a, _: a * passes)

    def either(self, other: Work) -> Work:
        """The more of each."""
        return self._with(other, max)

    def _with(self, other: Work, how: Callable[[float, float], float]) -> Work:
        pairs = ((self.scalar, other.scalar), (self.elements, other.elements), (self.array, other.array))
        return Work(*(min(how(a, b), _MOST) for a, b in pairs))


_NONE = Work()


def work(module: Module, name: str, args: Sequence[Any]) -> Work:
    """The work of a call with these arguments."""
    params = module[name].block.params
    known = {p: a for p, a in zip(params, args, strict=True) if isinstance(a, int)}
    return _Guess(module, known).function(name)


class _Guess:
    def __init__(self, module: Module, ints: Mapping[Var, int]) -> None:
        self._module = module
        self._ints = ints
        self._known: dict[str, Work] = {}
        self._open: set[str] = set()

    def function(self, name: str) -> Work:
        if name in self._open:  # a recursion: the whole is taken some times
            return _NONE
        if name not in self._known:
            self._open.add(name)
            recursive = any(isinstance(s, Call) and s.callee == name for s in self._module[name].block.body)
            self._known[name] = self._block(self._module[name].block).times(_SOME if recursive else 1)
            self._open.discard(name)
        return self._known[name]

    def _block(self, block: Block) -> Work:
        total = _NONE
        for stmt in block.body:
            total += self._stmt(stmt)
        return total

    def _stmt(self, stmt: Stmt) -> Work:
        match stmt:
            case Apply():
                return _of(stmt)
            case If():
                return self._block(stmt.then).either(self._block(stmt.orelse))
            case For():
                return self._block(stmt.body).times(self._passes(stmt))
            case While():
                return (self._block(stmt.cond) + self._block(stmt.body)).times(_SOME)
            case Call():
                return self.function(stmt.callee)
            case _:
                return _NONE

    def _passes(self, stmt: For) -> float:
        ends = [self._int(a) for a in (stmt.start, stmt.stop, stmt.step)]
        start, stop, step = ends
        if start is None or stop is None or not step:
            return _SOME
        return float(max(0, -(-(stop - start) // step)))

    def _int(self, atom: Atom) -> int | None:
        return int(atom.value) if isinstance(atom, Literal) else self._ints.get(atom)


def _of(stmt: Apply) -> Work:
    if all(o.type.is_scalar for o in stmt.outs) and all(a.type.is_scalar for a in stmt.args):
        return Work(scalar=1.0)
    if stmt.prim.is_elementwise or stmt.prim.name in ("sum", "select"):
        return Work(scalar=_CALL, elements=float(max(_size(a) for a in (*stmt.outs, *stmt.args))))
    if stmt.prim.updates:
        scalar = 1.0 if stmt.args[1].type.is_scalar else _CALL
        return Work(scalar=scalar, elements=float(_size(stmt.args[1])))
    if stmt.prim.view or stmt.prim.name in ("zeros", "zeros_like", "full", "fill", "length", "stack", "concat"):
        return Work(scalar=1.0 if stmt.outs[0].type.is_scalar else _CALL)
    return Work(array=1.0)


def _size(atom: Atom) -> int:
    return prod(n or 1 for n in atom.type.shape)

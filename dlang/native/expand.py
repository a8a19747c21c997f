"""Normalised exponentials along axes as elementwise steps and reductions, which are then fused with what is around.

    %1 = softmax[axis=1] x     =>      %2 = amax x           the largest of each row
                                       %3 = eq x %2
                                       %4 = select %3 0 (x - %2)
                                       %5 = exp %4
                                       %6 = sum %5
                                       %1 = div %5 %6

The steps are those of the primitives' own values (`primitives/normalizing`), with the same digits and limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlang.ir.nodes import Apply, Atom, Block, Function, Literal, Stmt, Var
from dlang.ir.walk import with_inner
from dlang.primitives.table import TABLE
from dlang.types import Type

__all__ = ["expanded"]

_EXPANDED = frozenset(("logsumexp", "softmax", "log_softmax"))


def expanded(functions: Mapping[str, Function]) -> dict[str, Function]:
    """The functions with these primitives written out, where sizes are known and there are elements."""
    return {name: fn.with_block(_block(fn.block)) for name, fn in functions.items()}


def _block(block: Block) -> Block:
    body: list[Stmt] = []
    for stmt in block.body:
        if isinstance(stmt, Apply) and stmt.prim.name in _EXPANDED and _has_elements(stmt.args[0].type):
            body += _Steps(stmt).written()
        else:
            body.append(with_inner(stmt, _block))
    return Block(block.params, tuple(body), block.results)


def _has_elements(type_: Type) -> bool:
    return bool(type_.shape) and all(type_.shape)


class _Steps:
    """The statements for one application."""

    def __init__(self, stmt: Apply) -> None:
        self._stmt = stmt
        self._body: list[Stmt] = []

    def _apply(self, name: str, *args: Atom, out: Var | None = None, **static: Any) -> Var:
        prim = TABLE[name]
        types = prim.type_rule([a.type for a in args], static)
        assert isinstance(types, tuple)
        made = out or Var(types[0])
        self._body.append(Apply((made,), prim, args, static, self._stmt.span, self._stmt.of))
        return made

    def written(self) -> list[Stmt]:
        """All of them; the last binds what the application binds."""
        stmt, (x,), out = self._stmt, self._stmt.args, self._stmt.outs[0]
        axis = stmt.static["axis"]
        over = {"axis": axis, "keepdims": True}
        largest = self._apply("amax", x, **over)
        at_top = self._apply("eq", x, largest)
        below = self._apply("select", at_top, Literal(0.0), self._apply("sub", x, largest))
        powers = self._apply("exp", below)
        if stmt.prim.name == "softmax":
            self._apply("div", powers, self._apply("sum", powers, **over), out=out)
            return self._body
        tops = self._apply("sum", self._apply("select", at_top, Literal(1.0), Literal(0.0)), **over)
        rest = self._apply("sum", self._apply("select", at_top, Literal(0.0), powers), **over)
        more = self._apply("log1p", self._apply("div", rest, tops))
        log_sum = self._apply("add", self._apply("log", tops), more)
        if stmt.prim.name == "log_softmax":
            self._apply("sub", below, log_sum, out=out)
            return self._body
        kept = self._apply("add", largest, log_sum, out=out if out.type == largest.type else None)
        if kept is not out:
            shape = tuple(n or 0 for n in out.type.shape)
            self._apply("reshape", kept, out=out, shape=shape)
        return self._body

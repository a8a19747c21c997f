"""Give what is nested too deep a function of its own.

    for i in … {                        for i in … {
      for j in … {            =>          s = call f.inner_1(i, s)
        …sixteen levels…                }

Generated Python may nest twenty loops and indent a hundred times; a long `else if` ladder goes further.
"""

from __future__ import annotations

from dlang.ir.nodes import Block, Call, For, Function, If, Module, Stmt, Var, While
from dlang.ir.walk import inner_blocks, outs, reads, substitute_stmt

__all__ = ["outline"]

LEVELS = 16
"""Blocks that may stand within each other in one function."""


def outline(module: Module) -> Module:
    """The module with no function nested deeper than LEVELS."""
    if not any(_is_deep(fn.block, 0) for fn in module.values()):
        return module
    outliner = _Outliner(dict(module))
    for name, fn in module.items():
        outliner.function(name, fn)
    return outliner.module


def _is_deep(block: Block, level: int) -> bool:
    return level > LEVELS or any(_is_deep(inner, level + 1) for stmt in block.body for inner in inner_blocks(stmt))


class _Outliner:
    def __init__(self, module: dict[str, Function]) -> None:
        self.module = module
        self._count = 0

    def function(self, name: str, fn: Function) -> None:
        """Replace a function by its outlined form."""
        self.module[name] = fn.with_block(self._block(name, fn.block, 0))

    def _block(self, name: str, block: Block, level: int) -> Block:
        body = tuple(self._stmt(name, stmt, level) if inner_blocks(stmt) else stmt for stmt in block.body)
        return Block(block.params, body, block.results)

    def _stmt(self, name: str, stmt: Stmt, level: int) -> Stmt:
        if level == LEVELS:
            return self._cut(name, stmt)
        match stmt:
            case If():
                then, orelse = (self._block(name, b, level + 1) for b in (stmt.then, stmt.orelse))
                return If(stmt.outs, stmt.cond, then, orelse, stmt.span)
            case For():
                ends, body = (stmt.start, stmt.stop, stmt.step), self._block(name, stmt.body, level + 1)
                return For(stmt.outs, *ends, stmt.inits, body, stmt.reverse, stmt.span)
            case While():
                cond, body = (self._block(name, b, level + 1) for b in (stmt.cond, stmt.body))
                return While(stmt.outs, stmt.inits, cond, body, stmt.span)
            case _:
                return stmt

    def _cut(self, name: str, stmt: Stmt) -> Call:
        """A call of a new function that holds the statement; it takes what the statement reads."""
        self._count += 1
        inner = f"{name}.inner_{self._count}"
        read = tuple(dict.fromkeys(reads(stmt)))
        params = tuple(Var(v.type, v.hint) for v in read)
        moved = substitute_stmt(stmt, dict(zip(read, params, strict=True)))
        span = getattr(stmt, "span", None)
        self.function(inner, Function(inner, Block(params, (moved,), outs(moved)), span))
        return Call(outs(stmt), inner, read, span)

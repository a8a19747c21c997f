"""Put small functions where they are called.

    fn f(x) { %1 = mul x x; yield %1 }
                                           =>    y = mul a a
    y = call f(a)

A call hides from the caller what its arrays are: their cotangents must be handed in and out, and may be copied at
every call. Where the callee's statements stand in the caller, a loop that calls it is linear again, and what of
them depends on data alone is seen to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from dlang.ir.nodes import (
    Apply,
    Assert,
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Module,
    Pop,
    Print,
    Push,
    Stmt,
    Var,
    While,
)
from dlang.ir.walk import inner_blocks, outs

__all__ = ["copied_block", "inline"]

SMALL = 150
"""Statements, nested ones included, of a function that is put wherever it is called."""

LARGE = 5000
"""Statements of a function after which nothing more is put into it."""


def inline(module: Module) -> dict[str, Function]:
    """The module with calls replaced by the statements of what they call.

    A call stays if its function is large, calls itself, yields a parameter as it is, or is not written out yet.
    """
    inliner = _Inliner(module)
    return {name: inliner.function(name) for name in module}


class _Inliner:
    def __init__(self, module: Module) -> None:
        self._module = module
        self._done: dict[str, Function] = {}
        self._sizes: dict[str, int] = {}
        self._open: list[str] = []
        self._recursive: set[str] = set()

    def function(self, name: str) -> Function:
        """A function after the functions it calls were put into it."""
        if name in self._done:
            return self._done[name]
        self._open.append(name)
        function = self._module[name]
        self._sizes[name] = _size(function.block)
        self._done[name] = function.with_block(self._block(name, function.block))
        self._open.pop()
        return self._done[name]

    def _block(self, name: str, block: Block) -> Block:
        body = tuple(new for stmt in block.body for new in self._stmt(name, stmt))
        return Block(block.params, body, block.results)

    def _stmt(self, name: str, stmt: Stmt) -> Sequence[Stmt]:
        match stmt:
            case Call():
                return self._call(name, stmt)
            case If():
                then, orelse = (self._block(name, b) for b in (stmt.then, stmt.orelse))
                return (If(stmt.outs, stmt.cond, then, orelse, stmt.span),)
            case For():
                ends, body = (stmt.start, stmt.stop, stmt.step), self._block(name, stmt.body)
                return (For(stmt.outs, *ends, stmt.inits, body, stmt.reverse, stmt.span),)
            case While():
                cond, body = (self._block(name, b) for b in (stmt.cond, stmt.body))
                return (While(stmt.outs, stmt.inits, cond, body, stmt.span),)
            case _:
                return (stmt,)

    def _call(self, name: str, stmt: Call) -> Sequence[Stmt]:
        if stmt.callee in self._open:
            self._recursive.update(self._open[self._open.index(stmt.callee) :])
            return (stmt,)
        callee = self.function(stmt.callee).block
        size = self._sizes[stmt.callee]
        if (
            self._module[stmt.callee].definition is not None
            or stmt.callee in self._recursive
            or size > SMALL
            or self._sizes[name] + size > LARGE
            or not _yields_own(callee)
        ):
            return (stmt,)
        self._sizes[name] += size
        names: dict[Var, Atom] = dict(zip(callee.params, stmt.args, strict=True))
        names.update((r, out) for r, out in zip(callee.results, stmt.outs, strict=True) if isinstance(r, Var))
        return [_copied(inner, names) for inner in callee.body]


def _yields_own(block: Block) -> bool:
    """Whether the results are different names that the block's own statements bind."""
    bound = {out for stmt in block.body for out in outs(stmt)}
    return len(set(block.results)) == len(block.results) and all(r in bound for r in block.results)


def _size(block: Block) -> int:
    return sum(1 + sum(map(_size, inner_blocks(stmt))) for stmt in block.body)


# ---- copies under new names


def _copied(stmt: Stmt, names: dict[Var, Atom]) -> Stmt:
    """A statement whose names are those in `names`, which gets a new one for each that the statement binds."""
    match stmt:
        case Apply():
            return Apply(_bound(stmt.outs, names), stmt.prim, _read(stmt.args, names), stmt.static, stmt.span, stmt.of)
        case Call():
            return Call(_bound(stmt.outs, names), stmt.callee, _read(stmt.args, names), stmt.span)
        case If():
            (cond,) = _read((stmt.cond,), names)
            then, orelse = (copied_block(b, names) for b in (stmt.then, stmt.orelse))
            return If(_bound(stmt.outs, names), cond, then, orelse, stmt.span)
        case For():
            start, stop, step = _read((stmt.start, stmt.stop, stmt.step), names)
            inits, body = _read(stmt.inits, names), copied_block(stmt.body, names)
            return For(_bound(stmt.outs, names), start, stop, step, inits, body, stmt.reverse, stmt.span)
        case While():
            inits = _read(stmt.inits, names)
            cond_block, body = (copied_block(b, names) for b in (stmt.cond, stmt.body))
            return While(_bound(stmt.outs, names), inits, cond_block, body, stmt.span)
        case Print():
            parts = tuple(p if isinstance(p, str) else _read((p,), names)[0] for p in stmt.parts)
            return Print(parts, stmt.span)
        case Assert():
            return Assert(_read((stmt.cond,), names)[0], stmt.message, stmt.span)
        case Push():
            return Push(_read(stmt.values, names))
        case Pop():
            return Pop(_bound(stmt.outs, names))
        case _:
            assert_never(stmt)


def copied_block(block: Block, names: dict[Var, Atom]) -> Block:
    """A block whose names are those in `names`, which gets a new one for each other that the block binds."""
    params = _bound(block.params, names)
    body = tuple(_copied(stmt, names) for stmt in block.body)
    return Block(params, body, _read(block.results, names))


def _read(atoms: Sequence[Atom], names: dict[Var, Atom]) -> tuple[Atom, ...]:
    return tuple(names.get(a, a) if isinstance(a, Var) else a for a in atoms)


def _bound(variables: Sequence[Var], names: dict[Var, Atom]) -> tuple[Var, ...]:
    fresh = []
    for var in variables:
        known = names.setdefault(var, Var(var.type, var.hint))
        assert isinstance(known, Var)
        fresh.append(known)
    return tuple(fresh)

"""Questions about IR and rewriting of its names: what is read, bound and free; substitution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import assert_never

from dlang.ir.nodes import (
    Apply,
    Assert,
    Atom,
    Block,
    Call,
    For,
    If,
    Pop,
    Print,
    Push,
    Stmt,
    Var,
    While,
)

__all__ = [
    "bound_vars",
    "dependents",
    "free_vars",
    "inner_blocks",
    "operands",
    "outs",
    "reads",
    "substitute",
    "with_inner",
]


def outs(stmt: Stmt) -> tuple[Var, ...]:
    """What a statement binds in its block."""
    match stmt:
        case Print() | Assert() | Push():
            return ()
        case Apply() | If() | For() | While() | Call() | Pop():
            return stmt.outs
        case _:
            assert_never(stmt)


def operands(stmt: Stmt) -> tuple[Atom, ...]:
    """What a statement itself reads, its inner blocks aside."""
    match stmt:
        case Apply() | Call():
            return stmt.args
        case If():
            return (stmt.cond,)
        case For():
            return (stmt.start, stmt.stop, stmt.step, *stmt.inits)
        case While():
            return stmt.inits
        case Print():
            return tuple(part for part in stmt.parts if not isinstance(part, str))
        case Assert():
            return (stmt.cond,)
        case Push():
            return stmt.values
        case Pop():
            return ()
        case _:
            assert_never(stmt)


def inner_blocks(stmt: Stmt) -> tuple[Block, ...]:
    """The blocks a statement holds, in order."""
    match stmt:
        case If():
            return stmt.then, stmt.orelse
        case For():
            return (stmt.body,)
        case While():
            return stmt.cond, stmt.body
        case _:
            return ()


def with_inner(stmt: Stmt, change: Callable[[Block], Block]) -> Stmt:
    """The statement with each block that it holds changed; itself if it holds none."""
    match stmt:
        case If():
            return If(stmt.outs, stmt.cond, change(stmt.then), change(stmt.orelse), stmt.span)
        case For():
            ends = stmt.start, stmt.stop, stmt.step
            return For(stmt.outs, *ends, stmt.inits, change(stmt.body), stmt.reverse, stmt.span)
        case While():
            return While(stmt.outs, stmt.inits, change(stmt.cond), change(stmt.body), stmt.span)
        case _:
            return stmt


def bound_vars(block: Block) -> set[Var]:
    """What a block binds itself: its params and its own statements' outs."""
    return {*block.params, *(out for stmt in block.body for out in outs(stmt))}


def reads(stmt: Stmt) -> Iterator[Var]:
    """Every Var that a statement reads from its surroundings, inner blocks included."""
    for atom in operands(stmt):
        if isinstance(atom, Var):
            yield atom
    for block in inner_blocks(stmt):
        yield from free_vars(block)


def free_vars(block: Block) -> dict[Var, None]:
    """What a block reads and does not bind, in order of first reading."""
    bound = set(block.params)
    free: dict[Var, None] = {}
    for stmt in block.body:
        free.update((var, None) for var in reads(stmt) if var not in bound)
        bound.update(outs(stmt))
    free.update((a, None) for a in block.results if isinstance(a, Var) and a not in bound)
    return free


def dependents(body: Iterable[Stmt], seeds: Iterable[Var]) -> set[Var]:
    """The seeds, and every Var of the statements' own block that is computed from one."""
    found = set(seeds)
    for stmt in body:
        if any(var in found for var in reads(stmt)):
            found.update(outs(stmt))
    return found


def substitute(block: Block, mapping: Mapping[Var, Atom]) -> Block:
    """The block with free Vars replaced; what the block binds must not be in the mapping."""
    if not mapping:
        return block

    def atom(a: Atom) -> Atom:
        return mapping.get(a, a) if isinstance(a, Var) else a

    return Block(block.params, tuple(substitute_stmt(s, mapping) for s in block.body), tuple(map(atom, block.results)))


def substitute_stmt(stmt: Stmt, mapping: Mapping[Var, Atom]) -> Stmt:
    """The statement with what it reads replaced."""

    def atom(a: Atom) -> Atom:
        return mapping.get(a, a) if isinstance(a, Var) else a

    def atoms(many: Iterable[Atom]) -> tuple[Atom, ...]:
        return tuple(map(atom, many))

    match stmt:
        case Apply():
            return Apply(stmt.outs, stmt.prim, atoms(stmt.args), stmt.static, stmt.span, stmt.of)
        case Call():
            return Call(stmt.outs, stmt.callee, atoms(stmt.args), stmt.span)
        case If():
            then, orelse = substitute(stmt.then, mapping), substitute(stmt.orelse, mapping)
            return If(stmt.outs, atom(stmt.cond), then, orelse, stmt.span)
        case For():
            return For(
                stmt.outs,
                atom(stmt.start),
                atom(stmt.stop),
                atom(stmt.step),
                atoms(stmt.inits),
                substitute(stmt.body, mapping),
                stmt.reverse,
                stmt.span,
            )
        case While():
            cond, body = substitute(stmt.cond, mapping), substitute(stmt.body, mapping)
            return While(stmt.outs, atoms(stmt.inits), cond, body, stmt.span)
        case Print():
            parts = tuple(p if isinstance(p, str) else atom(p) for p in stmt.parts)
            return Print(parts, stmt.span)
        case Assert():
            return Assert(atom(stmt.cond), stmt.message, stmt.span)
        case Push():
            return Push(atoms(stmt.values))
        case Pop():
            return stmt
        case _:
            assert_never(stmt)

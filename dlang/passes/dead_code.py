"""Drop what nothing reads: statements, results of branches, carried values of loops.

    %0 = sin x          %1 = cos x
    %1 = cos x    =>    yield %1
    yield %1

Primitives are pure, so an unread result is reason enough; Print, Assert, Push and Pop stay, and calls that reach
one. An application that may fault while running (an index out of range) may go with its result: what is not read is not
computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, assert_never

from dlang.ir.derived import sources
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
from dlang.ir.walk import bound_vars, free_vars, inner_blocks, operands, outs, reads
from dlang.records import field, record

__all__ = ["callees", "drop_dead_code", "reachable", "renamed"]

T = TypeVar("T")


def drop_dead_code(module: Module) -> Module:
    """Every function without its unread statements."""
    sweep = _Sweep(_effectful(module))
    return {name: fn.with_block(sweep.block(fn.block)) for name, fn in module.items()}


def _effectful(module: Module) -> frozenset[str]:
    """Functions that print, assert, push or pop, themselves or in what they call."""
    calls = {name: {*callees(fn.block), *sources(fn)} for name, fn in module.items()}
    found = {name for name, fn in module.items() if _acts(fn.block)}
    while True:
        more = {name for name, callees in calls.items() if callees & found}
        if more <= found:
            return frozenset(found)
        found |= more


def _acts(block: Block) -> bool:
    return any(
        isinstance(stmt, (Print, Assert, Push, Pop)) or any(map(_acts, inner_blocks(stmt))) for stmt in block.body
    )


def reachable(module: Module, roots: Sequence[str]) -> Module:
    """The functions that `roots` call, directly or not, themselves included, in the module's order."""
    found: dict[str, None] = {}
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = None
            todo.extend((*callees(module[name].block), *sources(module[name])))
    return {name: fn for name, fn in module.items() if name in found}


def renamed(module: Module, old: str, new: str) -> Module:
    """The module with a function, which no other calls, under another name."""
    fn = module[old]
    return {**{n: f for n, f in module.items() if n != old}, new: Function(new, fn.block, fn.span, fn.definition)}


def callees(block: Block) -> list[str]:
    """The functions that a block calls, at any depth."""
    names: list[str] = []
    for stmt in block.body:
        match stmt:
            case Call():
                names.append(stmt.callee)
            case If():
                names += callees(stmt.then) + callees(stmt.orelse)
            case For():
                names += callees(stmt.body)
            case While():
                names += callees(stmt.cond) + callees(stmt.body)
            case _:
                pass
    return names


@record
class _Sweep:
    """Sweeps blocks backward; calls of `effectful` functions stay."""

    effectful: frozenset[str]
    _free: dict[Block, set[Var]] = field(default_factory=dict)
    """What swept blocks read from around them: nested ones are not looked through again at each level."""

    def block(self, block: Block) -> Block:
        live = {r for r in block.results if isinstance(r, Var)}
        kept: list[Stmt] = []
        for stmt in reversed(block.body):
            slim = self._slim(stmt, live)
            if slim is not None:
                kept.append(slim)
                live.update(self._reads(slim))
        swept = Block(block.params, tuple(reversed(kept)), block.results)
        self._free[swept] = live - bound_vars(swept)
        return swept

    def _reads(self, stmt: Stmt) -> Iterator[Var]:
        """Every Var that a statement, its blocks swept, reads from its surroundings."""
        yield from (atom for atom in operands(stmt) if isinstance(atom, Var))
        for inner in inner_blocks(stmt):
            yield from self._free[inner] if inner in self._free else free_vars(inner)

    def _slim(self, stmt: Stmt, live: set[Var]) -> Stmt | None:
        match stmt:
            case Print() | Assert() | Push() | Pop():
                return stmt
            case Apply():
                return stmt if any(out in live for out in stmt.outs) else None
            case Call():
                return stmt if stmt.callee in self.effectful or any(out in live for out in stmt.outs) else None
            case If():
                keep = [k for k, out in enumerate(stmt.outs) if out in live]
                then, orelse = (self.block(_only(branch, keep)) for branch in (stmt.then, stmt.orelse))
                if not keep and not then.body and not orelse.body:
                    return None
                return If(tuple(stmt.outs[k] for k in keep), stmt.cond, then, orelse, stmt.span)
            case For():
                keep = self._carried(stmt.body.params[1:], stmt.body, stmt.outs, live, set())
                params = (stmt.body.params[0], *(stmt.body.params[1 + k] for k in keep))
                body = self.block(_only(Block(params, stmt.body.body, stmt.body.results), keep))
                if not keep and not body.body:
                    return None
                left, inits = _pick(stmt.outs, keep), _pick(stmt.inits, keep)
                return For(left, stmt.start, stmt.stop, stmt.step, inits, body, stmt.reverse, stmt.span)
            case While() if not any(out in live for out in stmt.outs) and not self._acts(stmt):
                return None
            case While():
                tested = free_vars(Block((), stmt.cond.body, stmt.cond.results))
                first = {k for k, p in enumerate(stmt.cond.params) if p in tested}
                keep = self._carried(stmt.body.params, stmt.body, stmt.outs, live, first)
                body = self.block(_only(Block(_pick(stmt.body.params, keep), stmt.body.body, stmt.body.results), keep))
                cond = self.block(Block(_pick(stmt.cond.params, keep), stmt.cond.body, stmt.cond.results))
                return While(_pick(stmt.outs, keep), _pick(stmt.inits, keep), cond, body, stmt.span)
            case _:
                assert_never(stmt)

    def _acts(self, stmt: Stmt) -> bool:
        if isinstance(stmt, Call):
            return stmt.callee in self.effectful
        return isinstance(stmt, (Print, Assert, Push, Pop)) or any(
            self._acts(inner) for block in inner_blocks(stmt) for inner in block.body
        )

    def _needed(self, body: Block, results: Sequence[Atom]) -> set[Var]:
        """What the results are computed from; of a nested statement that counts, all that it reads."""
        wanted = {r for r in results if isinstance(r, Var)}
        for stmt in reversed(body.body):
            if self._acts(stmt) or any(out in wanted for out in outs(stmt)):
                wanted.update(reads(stmt))
        return wanted

    def _carried(
        self, params: Sequence[Var], body: Block, outs: Sequence[Var], live: set[Var], first: set[int]
    ) -> list[int]:
        """Which carried values are read, after the loop or by a pass for one that is: a fixpoint."""
        keep = first | {k for k, out in enumerate(outs) if out in live}
        while True:
            needed = self._needed(body, [body.results[k] for k in keep])
            more = keep | {k for k, p in enumerate(params) if p in needed}
            if more == keep:
                return sorted(keep)
            keep = more


def _pick(items: Sequence[T], keep: Sequence[int]) -> tuple[T, ...]:
    return tuple(items[k] for k in keep)


def _only(block: Block, keep: Sequence[int]) -> Block:
    return Block(block.params, block.body, tuple(block.results[k] for k in keep))

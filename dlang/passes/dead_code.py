"""Drop what nothing needs: statements, results of branches, carried values of loops.

    %0 = sin x          %1 = cos x
    %1 = cos x    =>    yield %1
    yield %1

Primitives are pure, so an unread result is reason enough; Print, Assert, Push and Pop stay, and calls that reach
one. An application that may fault while running (an index out of range) may go with its result: what is not read is not
computed.

A name is bound once, so what it is computed from is the same wherever it is read: a carried value of a loop comes from
its beginning, its end of a pass, and what decides how often the loop runs; an `if` gives what its branches yield. What
is needed is whatever can be reached, which one search over all of a block finds, however loops feed each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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
from dlang.ir.walk import inner_blocks, operands
from dlang.records import field, record

__all__ = ["Needs", "callees", "drop_dead_code", "needs", "reachable", "renamed", "without_unneeded"]

T = TypeVar("T")


def drop_dead_code(module: Module) -> Module:
    """Every function without its unread statements."""
    effectful = _effectful(module)
    return {name: fn.with_block(without_unneeded(fn.block, needs(fn.block, effectful))) for name, fn in module.items()}


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
class Needs:
    """Names that are needed, at any depth of a block, and statements that do something, or hold one that does."""

    names: frozenset[Var]
    acting: frozenset[Stmt]


def needs(block: Block, effectful: Collection[str]) -> Needs:
    """What a block needs to yield its results and to print, assert, push and pop as it does.

    Args:
        block: any; of what encloses it, the names that are needed count too.
        effectful: functions of which a call does something, whether its results are read or not.
    """
    origins = _Origins(effectful)
    origins.block(block)
    names: set[Var] = set()
    todo: list[Atom] = [*block.results, *origins.roots]
    while todo:
        atom = todo.pop()
        if isinstance(atom, Var) and atom not in names:
            names.add(atom)
            for several in origins.of.get(atom, ()):
                todo.extend(several)
    return Needs(frozenset(names), frozenset(origins.acting))


@record(frozen=False)
class _Origins:
    """What each name of a block is computed from, and what its statements read that do something."""

    effectful: Collection[str]
    of: dict[Var, list[Sequence[Atom]]] = field(default_factory=dict)
    roots: list[Atom] = field(default_factory=list)
    acting: set[Stmt] = field(default_factory=set)

    def block(self, block: Block) -> bool:
        """Note a block; whether a statement of it does something."""
        acts = False
        for stmt in block.body:
            if self.stmt(stmt):
                self.acting.add(stmt)
                acts = True
        return acts

    def stmt(self, stmt: Stmt) -> bool:
        match stmt:
            case Print() | Assert() | Push() | Pop():
                self.roots += operands(stmt)
                return True
            case Apply() | Call():
                self._from(stmt.outs, stmt.args)
                acts = isinstance(stmt, Call) and stmt.callee in self.effectful
                self.roots += stmt.args if acts else ()
                return acts
            case If():
                return self._if(stmt)
            case For():
                index, *carried = stmt.body.params
                ends = stmt.start, stmt.stop, stmt.step
                self._from((index,), ends)
                return self._loop(stmt, carried, ends, acts=False)
            case While():
                for tested, param in zip(stmt.cond.params, stmt.body.params, strict=True):
                    self._from((tested,), (param,))
                return self._loop(stmt, stmt.body.params, stmt.cond.results, acts=self.block(stmt.cond))
            case _:
                assert_never(stmt)

    def _if(self, stmt: If) -> bool:
        acts = False
        for branch in (stmt.then, stmt.orelse):
            acts = self.block(branch) or acts
            self._pair(stmt.outs, branch.results)
        self._from(stmt.outs, (stmt.cond,))
        self.roots += (stmt.cond,) if acts else ()
        return acts

    def _loop(self, stmt: For | While, carried: Sequence[Var], ends: Sequence[Atom], *, acts: bool) -> bool:
        """Note a loop; `ends` decide how often it runs, which whatever of it is needed needs too."""
        acts = self.block(stmt.body) or acts
        for targets in (carried, stmt.outs):
            self._pair(targets, stmt.inits)
            self._pair(targets, stmt.body.results)
            self._from(targets, ends)
        self.roots += ends if acts else ()
        return acts

    def _from(self, targets: Iterable[Var], sources: Sequence[Atom]) -> None:
        for target in targets:
            self.of.setdefault(target, []).append(sources)

    def _pair(self, targets: Sequence[Var], sources: Sequence[Atom]) -> None:
        for target, source in zip(targets, sources, strict=True):
            self._from((target,), (source,))


def without_unneeded(block: Block, needs: Needs) -> Block:
    """The block without statements, results of branches and carried values of loops that are not needed."""
    body = (_slim(stmt, needs) for stmt in block.body)
    return Block(block.params, tuple(stmt for stmt in body if stmt is not None), block.results)


def _slim(stmt: Stmt, needs: Needs) -> Stmt | None:
    match stmt:
        case Print() | Assert() | Push() | Pop():
            return stmt
        case Apply() | Call():
            return stmt if stmt in needs.acting or not needs.names.isdisjoint(stmt.outs) else None
        case If():
            keep = [k for k, out in enumerate(stmt.outs) if out in needs.names]
            if not keep and stmt not in needs.acting:
                return None
            then, orelse = (_kept(branch, branch.params, keep, needs) for branch in (stmt.then, stmt.orelse))
            return If(_pick(stmt.outs, keep), stmt.cond, then, orelse, stmt.span)
        case For():
            index, *carried = stmt.body.params
            keep = _carried(stmt, carried, needs)
            if not keep and stmt not in needs.acting:
                return None
            body = _kept(stmt.body, (index, *_pick(carried, keep)), keep, needs)
            left, inits = _pick(stmt.outs, keep), _pick(stmt.inits, keep)
            return For(left, stmt.start, stmt.stop, stmt.step, inits, body, stmt.reverse, stmt.span)
        case While():
            keep = _carried(stmt, stmt.body.params, needs)
            if not keep and stmt not in needs.acting:
                return None
            body = _kept(stmt.body, _pick(stmt.body.params, keep), keep, needs)
            cond = without_unneeded(Block(_pick(stmt.cond.params, keep), stmt.cond.body, stmt.cond.results), needs)
            return While(_pick(stmt.outs, keep), _pick(stmt.inits, keep), cond, body, stmt.span)
        case _:
            assert_never(stmt)


def _carried(stmt: For | While, params: Sequence[Var], needs: Needs) -> list[int]:
    """Which carried values are read, after the loop or by a pass for what is needed."""
    return [k for k, pair in enumerate(zip(stmt.outs, params, strict=True)) if not needs.names.isdisjoint(pair)]


def _kept(block: Block, params: Sequence[Var], keep: Sequence[int], needs: Needs) -> Block:
    return without_unneeded(Block(tuple(params), block.body, _pick(block.results, keep)), needs)


def _pick(items: Sequence[T], keep: Sequence[int]) -> tuple[T, ...]:
    return tuple(items[k] for k in keep)

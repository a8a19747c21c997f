"""Who owns the memory of an array, and which updates may therefore be done in place.

    x1 = zeros(3)              x1 is the only live name on its buffer and dies here,
    x2 = set x1 5.0 0          so x2 takes the buffer over and nothing is copied

Arrays are values, so an update (`set`, `add_at`) yields a new array. It may reuse the buffer of the old one if
the buffer is owned (made here, not passed in, not on the tape) and every live name on it is dead afterwards.

The analysis follows *buffers*: each name holds a set of buffers it may be on. A loop-carried array owns one buffer
for the whole loop, taken over from its initial value if that one is owned and dead, else copied once where the loop
begins. It stays owned only if every pass yields buffers that are owned and distinct from all others; whether they
do is found by assuming it of every carried array, and taking the assumption back where a pass breaks it, until
nothing breaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from dlang.ir.keeping import copied_parts
from dlang.ir.liveness import array_vars, live_after
from dlang.ir.nodes import (
    Apply,
    Assert,
    Atom,
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
from dlang.ir.walk import free_vars
from dlang.records import field, record

__all__ = ["Ownership", "Result", "Summary", "analyse", "analyse_module"]


@record
class Result:
    """What callers must know of one result: params it may share memory with, whether anyone else may hold it.

    `group` is equal for two results that may share memory with each other.
    """

    params: frozenset[int]
    owned: bool
    group: int


@record
class Summary:
    """What callers must know of a function: its results, and the params that it leaves on the tape."""

    results: tuple[Result, ...]
    pinned: frozenset[int]


@record
class Ownership:
    """The answer for one function.

    Attributes:
        in_place: the updating applications that may change operand 0 itself.
        copies: loops, with the positions among the carried values that must be copied once where the loop begins.
        taken: loops, with the positions that take over the memory of their initial value.
        summary: for callers.
        parts: views that must be copied where they are taken: they are read after their array was updated.
    """

    in_place: frozenset[Stmt]
    copies: Mapping[Stmt, tuple[int, ...]]
    summary: Summary
    parts: frozenset[Stmt] = frozenset()
    taken: Mapping[Stmt, tuple[int, ...]] = field(default_factory=dict)


def analyse(function: Function, module: Module) -> Ownership:
    """The ownership of one function; its callees are looked up in `module`."""
    return _Modules(module).of(function)


def analyse_module(module: Module) -> dict[str, Ownership]:
    """The ownership of every function."""
    known = _Modules(module)
    return {name: known.of(function) for name, function in module.items()}


@record(frozen=False, eq=False)
class _Modules:
    """Summaries of functions, each found once; within a recursion they promise nothing."""

    module: Module
    _known: dict[str, Ownership] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def of(self, function: Function) -> Ownership:
        name = function.name
        if name not in self._known:
            self._open.add(name)
            live = live_after(function)
            self._known[name] = _Analysis(self, live, copied_parts(function, live)).function(function)
            self._open.discard(name)
        return self._known[name]

    def summary(self, name: str) -> Summary:
        callee = self.module[name]
        if name in self._open:
            params = frozenset(range(len(callee.block.params)))
            return Summary(tuple(Result(params, False, 0) for _ in callee.block.results), params)
        return self.of(callee).summary


@record(frozen=False, eq=False)
class _Buffer:
    """A piece of memory, one per place that makes one. `origins` are those it may have been taken over from."""

    number: int
    mutable: bool
    origins: frozenset[_Buffer] = frozenset()


_Buffers = frozenset[_Buffer]
_NONE: _Buffers = frozenset()


def _groups(held: Sequence[_Buffers]) -> list[int]:
    """A number a result, equal where results are linked by common buffers."""
    groups = list(range(len(held)))
    for a, on in enumerate(held):
        for b in range(a) if on else ():
            if on & held[b] and groups[a] != groups[b]:
                old, new = groups[a], groups[b]
                groups = [new if g == old else g for g in groups]
    return groups


class _Analysis:
    """Walks one function forward; what a name is on is in `on`, decisions of the last walk stand."""

    def __init__(self, modules: _Modules, live: Mapping[Stmt, frozenset[Var]], parts: frozenset[Stmt]) -> None:
        self._modules = modules
        self._live = live
        self._count = 0
        self._on: dict[Var, _Buffers] = {}
        self._pinned: set[_Buffer] = set()
        self._touched: set[_Buffer] = set()
        self._in_place: set[Stmt] = set()
        self._copies: dict[Stmt, tuple[int, ...]] = {}
        self._taken: dict[Stmt, tuple[int, ...]] = {}
        self._parts = parts

    def function(self, function: Function) -> Ownership:
        block = function.block
        given = [self._buffer(mutable=False) for _ in block.params]
        for param, buffer in zip(block.params, given, strict=True):
            self._bind(param, frozenset({buffer}))
        self._statements(block.body)
        held = [self._held(r) for r in block.results]
        results = tuple(
            Result(
                frozenset(i for i, buffer in enumerate(given) if buffer in on),
                all(b.mutable or b in given for b in on) and not on & self._pinned,
                group,
            )
            for on, group in zip(held, _groups(held), strict=True)
        )
        pinned = frozenset(i for i, buffer in enumerate(given) if buffer in self._pinned)
        summary = Summary(results, pinned)
        return Ownership(frozenset(self._in_place), self._copies, summary, self._parts, self._taken)

    # ---- buffers

    def _buffer(self, *, mutable: bool, origins: _Buffers = _NONE) -> _Buffer:
        self._count += 1
        return _Buffer(self._count, mutable, origins)

    def _bind(self, var: Var, on: _Buffers) -> None:
        if not var.type.is_scalar:
            self._on[var] = on

    def _held(self, atom: Atom) -> _Buffers:
        return self._on[atom] if isinstance(atom, Var) and not atom.type.is_scalar else _NONE

    def _owned(self, on: _Buffers) -> bool:
        return bool(on) and all(b.mutable and b not in self._pinned for b in on)

    def _spread(self, on: Iterable[_Buffer], into: set[_Buffer]) -> None:
        """Add buffers to a set, and those that their memory may have come from."""
        todo = list(on)
        while todo:
            buffer = todo.pop()
            if buffer not in into:
                into.add(buffer)
                todo.extend(buffer.origins)

    # ---- statements

    def _statements(self, body: Sequence[Stmt]) -> None:
        for stmt in body:
            match stmt:
                case Apply():
                    self._apply(stmt)
                case If():
                    self._if(stmt)
                case For():
                    self._loop(stmt, stmt.body.params[1:])
                case While():
                    self._loop(stmt, stmt.body.params)
                case Call():
                    self._call(stmt)
                case Push():
                    self._spread(frozenset[_Buffer]().union(*map(self._held, stmt.values)), self._pinned)
                case Pop():
                    for out in stmt.outs:
                        self._bind(out, frozenset({self._buffer(mutable=False)}))
                case Print() | Assert():
                    pass
                case _:
                    assert_never(stmt)

    def _if(self, stmt: If) -> None:
        branches = []
        for branch in (stmt.then, stmt.orelse):
            self._statements(branch.body)
            branches.append([self._held(r) for r in branch.results])
        for out, then, orelse in zip(stmt.outs, *branches, strict=True):
            self._bind(out, then | orelse)

    def _apply(self, stmt: Apply) -> None:
        source = self._held(stmt.args[0]) if stmt.args else _NONE
        if stmt.prim.updates and self._may_update(stmt, source):
            self._in_place.add(stmt)
            self._spread(source, self._touched)
            self._bind(stmt.outs[0], source)
            return
        self._in_place.discard(stmt)
        fresh = frozenset({self._buffer(mutable=True)})
        if stmt.prim.view and source and stmt not in self._parts:
            # a view may be of overlapping or read-only memory: it is never updated in place
            fresh = source | {self._buffer(mutable=False)}
        for out in stmt.outs:
            self._bind(out, fresh)

    def _may_update(self, stmt: Apply, source: _Buffers) -> bool:
        others = [self._held(a) for a in stmt.args[1:]]
        others += [self._on[v] for v in self._live[stmt] if v in self._on]
        return self._owned(source) and not any(source & other for other in others)

    def _call(self, stmt: Call) -> None:
        summary = self._modules.summary(stmt.callee)
        args = [self._held(a) for a in stmt.args]
        for position in summary.pinned:
            self._spread(args[position], self._pinned)
        groups = {r.group: self._buffer(mutable=True) for r in summary.results}
        for out, result in zip(stmt.outs, summary.results, strict=True):
            on = frozenset({groups[result.group]}).union(*(args[i] for i in result.params))
            self._bind(out, on if result.owned else on | {self._buffer(mutable=False)})

    # ---- loops

    def _loop(self, stmt: For | While, carried: Sequence[Var]) -> None:
        arrays = [k for k, p in enumerate(carried) if not p.type.is_scalar]
        inits = {k: self._held(stmt.inits[k]) for k in arrays}
        taken = {k for k in arrays if self._can_take_over(stmt, k, inits)}
        owned = set(arrays)
        while True:
            params, results = self._pass(stmt, carried, arrays, inits, owned, taken)
            broken = {k for k in owned if not self._stays_owned(k, params, results)}
            if isinstance(stmt, While):  # what the last condition leaves on the tape is the final value itself
                broken |= {k for k in owned if self._on[stmt.cond.params[k]] & self._pinned}
            # nothing works in place on it: not worth the copy
            broken = broken or owned - taken - self._worked_on(params, results)
            if not broken:
                break
            owned -= broken
        copies = tuple(sorted(owned - taken))
        if copies:
            self._copies[stmt] = copies
        else:
            self._copies.pop(stmt, None)
        self._taken[stmt] = tuple(sorted(owned & taken))
        origins = frozenset[_Buffer]().union(*(inits[k] for k in owned & taken))
        for k in arrays:
            reach = self._reach(k, inits, params, results)
            if params[k] in self._pinned:
                self._spread(reach, self._pinned)
            if k in owned:
                self._bind(stmt.outs[k], frozenset({self._buffer(mutable=True, origins=origins)}))
            else:
                self._bind(stmt.outs[k], reach | {self._buffer(mutable=False)})

    def _can_take_over(self, stmt: For | While, position: int, inits: Mapping[int, _Buffers]) -> bool:
        """Whether the initial value is owned, and nothing else on its buffer is read from here on."""
        on = inits[position]
        blocks = (stmt.body,) if isinstance(stmt, For) else (stmt.cond, stmt.body)
        read = set(self._live[stmt]).union(*(array_vars(free_vars(b)) for b in blocks))
        others = [self._on[v] for v in read if v in self._on]
        others += [other for k, other in inits.items() if k != position]
        return self._owned(on) and not any(on & other for other in others)

    def _pass(
        self,
        stmt: For | While,
        carried: Sequence[Var],
        arrays: Sequence[int],
        inits: Mapping[int, _Buffers],
        owned: set[int],
        taken: set[int],
    ) -> tuple[dict[int, _Buffer], dict[int, _Buffers]]:
        """Walk the body once; the buffers of the carried arrays before it, and what it yields for them."""
        params = {
            k: self._buffer(mutable=k in owned, origins=_NONE if k in owned and k not in taken else inits[k])
            for k in arrays
        }
        if isinstance(stmt, While):
            for k in arrays:
                # the body reads the carried values after the condition did
                shown = self._buffer(mutable=False, origins=frozenset({params[k]}))
                self._bind(stmt.cond.params[k], frozenset({shown}))
            self._statements(stmt.cond.body)
        for k in arrays:
            self._bind(carried[k], frozenset({params[k]}))
        self._statements(stmt.body.body)
        return params, {k: self._held(stmt.body.results[k]) for k in arrays}

    def _stays_owned(self, position: int, params: Mapping[int, _Buffer], results: Mapping[int, _Buffers]) -> bool:
        """Whether a pass yields, in this position, memory of its own: made in the loop, in no other position."""
        on = results[position]
        first = min(b.number for b in params.values())
        inside = all(b.number >= first for b in on)
        alone = not any(on & other for k, other in results.items() if k != position)
        return self._owned(on) and inside and alone

    def _worked_on(self, params: Mapping[int, _Buffer], results: Mapping[int, _Buffers]) -> set[int]:
        """The positions whose memory is updated in place in this pass, or in a later one, in another position."""
        found = {k for k, buffer in params.items() if buffer in self._touched}
        while True:
            more = found | {k for k, buffer in params.items() if any(buffer in results[later] for later in found)}
            if more == found:
                return found
            found = more

    def _reach(
        self,
        position: int,
        inits: Mapping[int, _Buffers],
        params: Mapping[int, _Buffer],
        results: Mapping[int, _Buffers],
    ) -> _Buffers:
        """Every buffer that a carried array may be on after some number of passes."""
        positions = {buffer: k for k, buffer in params.items()}
        reached: set[int] = set()
        found: set[_Buffer] = set()
        todo = [position]
        while todo:
            k = todo.pop()
            if k in reached:
                continue
            reached.add(k)
            found |= inits[k] | results[k]
            todo.extend(positions[b] for b in results[k] if b in positions)
        return frozenset(found)

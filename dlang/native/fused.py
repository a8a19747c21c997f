"""Elementwise applications, computed together in one pass over their elements.

    %1 = sin x                      for each eight elements of x:
    %2 = mul %1 %1           =>         s = sin x; t = s s; sum += t; y = t …
    %3 = sum %2

Such an application is not written where it stands: it joins the group of its shape, and waits. What needs its result
in memory, or a number that it sums up, has the group written out: one loop in vectors, with what is only used inside
it in registers. So an objective and its gradient are mostly one loop.

A group may wait as long as nothing that it reads is written over: whoever writes to memory settles what waits, and a
part of an array that a group adds to is read by nobody before the group is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, TypeAlias

from dlang.ir.nodes import Apply, Atom, Literal, Var
from dlang.native import lanes
from dlang.native.lanes import Lanes
from dlang.native.memory import Memory, dense_strides, size_of
from dlang.native.scalars import lower, lowers_to_lanes
from dlang.native.text import real
from dlang.records import field, record
from dlang.types import DType

if TYPE_CHECKING:
    from dlang.native.frame import Frame

__all__ = ["Group", "Uniform", "add_part", "offer", "write"]


_REDUCTIONS = {
    "sum": ("fadd", 0.0),
    "sum_to": ("fadd", 0.0),
    "amax": ("maximum", -inf),
    "amin": ("minimum", inf),
}
"""Reductions by name: the operation that joins two numbers, and the number that it begins with."""


def _operation(stmt: Apply) -> tuple[str, float]:
    """How a step joins numbers: as its reduction does, or, if it adds to a part of an array, by adding."""
    return _REDUCTIONS.get(stmt.prim.name, _REDUCTIONS["sum"])


@record
class Uniform:
    """An array whose elements are all one number, in a register."""

    register: str
    dtype: DType


Source: TypeAlias = Uniform | Memory | Var
"""Where an operand comes from: one number, memory whose strides are those of the group, or a step of the group."""


@record(eq=False)
class _Step:
    """One application of a group; `part` is what it adds to, if it does."""

    stmt: Apply
    sources: tuple[Source, ...]
    part: Memory | None = None


@record(frozen=False, eq=False)
class Group:
    """Applications of one shape that wait.

    Attributes:
        sizes: the shape.
        steps: in order.
        reads: roots of the memory that they read.
        writes: roots of the memory that they add to.
    """

    sizes: tuple[int, ...]
    steps: list[_Step] = field(default_factory=list)
    reads: set[int] = field(default_factory=set)
    writes: set[int] = field(default_factory=set)


def offer(frame: Frame, stmt: Apply) -> bool:
    """Have an application wait in the group of its shape; False where it is of another kind."""
    if stmt.prim.name in _REDUCTIONS:
        return _offer_reduction(frame, stmt)
    if not _is_fusible(stmt):
        return False
    _join(frame, stmt, stmt.args, _sizes(stmt.outs[0]), None)
    return True


def _offer_reduction(frame: Frame, stmt: Apply) -> bool:
    """A sum over all axes is a number, one over some of them an array that the group adds to; extremes likewise."""
    source, out = stmt.args[0], stmt.outs[0]
    if not source.type.is_real or not size_of(source.type) or source.type.is_scalar:
        return False
    if out.type.is_scalar:
        _join(frame, stmt, (source,), _sizes(source), None)
        return True
    strides = _strides_of_result(stmt)
    if not any(stride == 0 and n > 1 for stride, n in zip(strides, _sizes(source), strict=True)):
        return False
    from dlang.native.arrays import fill

    target = frame.place(out)
    fill(frame, target, real(_operation(stmt)[1]))
    part = Memory(target.pointer, source.type, strides, target.roots)
    _join(frame, stmt, (source,), part.sizes, part)
    frame.bind(out, target)
    return True


def _strides_of_result(stmt: Apply) -> tuple[int, ...]:
    """How far each axis of the operand goes in the sum: 0 along those that are summed."""
    sizes, result = _sizes(stmt.args[0]), _sizes(stmt.outs[0])
    rank = len(sizes)
    if stmt.prim.name == "sum_to":
        missing = rank - len(result)
        kept = [k for k in range(rank) if k >= missing and (result[k - missing] != 1 or sizes[k] == 1)]
    else:
        axis = stmt.static["axis"]
        summed = range(rank) if axis is None else [a % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
        kept = [k for k in range(rank) if k not in summed]
    dense = dict(zip(kept, dense_strides(tuple(sizes[k] for k in kept)), strict=True))
    return tuple(dense.get(k, 0) for k in range(rank))


def add_part(frame: Frame, stmt: Apply, part: Memory, value: Atom) -> bool:
    """Have an addition to a part of an array wait; False where it cannot."""
    if not part.sizes or part.type.dtype is not DType.REAL or not size_of(part.type):
        return False
    if not value.type.is_scalar and frame.may_read(value, part.roots):
        return False
    for group in [g for g in frame.waiting if g.reads & part.roots]:
        frame.write_out(group)
    _join(frame, stmt, (value,), part.sizes, part)
    return True


def _is_fusible(stmt: Apply) -> bool:
    types = [a.type for a in stmt.args]
    out = stmt.outs[0].type
    if not (stmt.prim.is_elementwise or stmt.prim.name == "select") or len(stmt.outs) != 1 or not size_of(out):
        return False
    if DType.INT in (out.dtype, *(t.dtype for t in types)):
        return False
    return lowers_to_lanes(stmt.prim.name, types)


def _sizes(atom: Atom) -> tuple[int, ...]:
    return tuple(n or 0 for n in atom.type.shape)


def _join(frame: Frame, stmt: Apply, operands: Sequence[Atom], sizes: tuple[int, ...], part: Memory | None) -> None:
    for atom in operands:  # first of all, as to have one in memory may write a group out
        if not atom.type.is_scalar and not (frame.waits(atom) and _sizes(atom) == sizes):
            frame.uniform(atom) or frame.array(atom)
        elif atom.type.is_scalar:
            frame.scalar(atom)
    group = next((g for g in frame.waiting if g.sizes == sizes), None)
    if group is None:
        group = Group(sizes)
        frame.waiting.append(group)
    sources = tuple(_source(frame, atom, sizes) for atom in operands)
    group.steps.append(_Step(stmt, sources, part))
    for source in sources:
        if isinstance(source, Memory):
            group.reads |= source.roots
    if part is not None:
        group.writes |= part.roots
    else:
        frame.wait(stmt.outs[0], group)


def _source(frame: Frame, atom: Atom, sizes: tuple[int, ...]) -> Source:
    if atom.type.is_scalar:
        return Uniform(frame.scalar(atom), atom.type.dtype)
    assert not isinstance(atom, Literal)
    if frame.waits(atom):
        return atom
    uniform = frame.uniform(atom)
    if uniform is not None:
        return uniform
    memory = frame.array(atom)
    missing = len(sizes) - len(memory.sizes)
    strides = [0] * missing + [0 if n == 1 else s for n, s in zip(memory.sizes, memory.strides, strict=True)]
    return Memory(memory.pointer, memory.type.with_shape(sizes), tuple(strides), memory.roots)


# ---- writing a group out


def write(frame: Frame, group: Group, kept: Sequence[Var]) -> None:
    """Write the loop of a group: `kept` are the arrays that are needed in memory, and are bound to it."""
    _Loop(frame, group, kept).write()


class _Loop:
    """The loop of one group under construction."""

    def __init__(self, frame: Frame, group: Group, kept: Sequence[Var]) -> None:
        self._frame, self._group = frame, group
        self._text = frame.text
        self._width = lanes.WIDTH
        self._lanes = Lanes(frame.text, self._width)
        self._targets: dict[Var, Memory] = {}
        for var in kept:
            place = frame.place(var)
            self._targets[var] = Memory(place.pointer, place.type, dense_strides(group.sizes), place.roots)
        whole = [s.stmt.outs[0] for s in group.steps if s.part is None and s.stmt.outs[0].type.is_scalar]
        self._ways = {s.stmt.outs[0]: _operation(s.stmt) for s in group.steps}
        self._sums = {out: self._accumulator(out) for out in whole}
        self._of_rows: dict[int, tuple[str, Var]] = {}
        self._memories = [s for step in group.steps for s in step.sources if isinstance(s, Memory)]
        self._memories += [step.part for step in group.steps if step.part is not None]
        self._memories += self._targets.values()
        self._sizes, self._strides = _coalesced(group.sizes, self._memories)
        self._splats: dict[tuple[str, DType], str] = {}
        self._bases: dict[int, str] = {}

    def _accumulator(self, var: Var) -> str:
        """A vector of partial sums or extremes, which LLVM keeps in a register."""
        name = self._text.variable(self._lanes.real)
        self._begin(name, var)
        return name

    def _begin(self, place: str, var: Var) -> None:
        self._text.line(f"store {self._lanes.real} {self._lanes.c(self._ways[var][1])}, ptr {place}")

    def _join(self, var: Var, a: str, b: str) -> str:
        """Two vectors joined."""
        operation = self._ways[var][0]
        return self._lanes.f("fadd", a, b) if operation == "fadd" else self._lanes.intrinsic(operation, a, b)

    def write(self) -> None:
        """Write everything."""
        for step in self._group.steps:
            for source in step.sources:
                if isinstance(source, Uniform):
                    self._splat(source)
        from dlang.native.arrays import each_element

        *outer, inner = self._sizes
        each_element(self._frame, outer, lambda index: self._row(index, inner))
        for var, place in self._sums.items():
            self._frame.bind(var, self._total(place, var))
        for var, memory in self._targets.items():
            self._frame.bind(var, memory)

    def _splat(self, source: Uniform) -> str:
        key = (source.register, source.dtype)
        if key not in self._splats:
            self._splats[key] = self._spread(source.register, source.dtype)
        return self._splats[key]

    def _spread(self, register: str, dtype: DType) -> str:
        kind, one = (self._lanes.bit, "i1") if dtype is DType.BOOL else (self._lanes.real, "double")
        first = self._text.op(f"insertelement {kind} poison, {one} {register}, i64 0")
        return self._text.op(f"shufflevector {kind} {first}, {kind} poison, <{self._width} x i32> zeroinitializer")

    def _row(self, index: Sequence[str], size: int) -> None:
        """The loop over the last axis: whole vectors, and what is left of one."""
        self._bases = {}
        fixed: dict[int, str] = {}
        for k, (memory, strides) in enumerate(zip(self._memories, self._strides, strict=True)):
            pointer = memory.pointer
            for place, stride in zip(index, strides[:-1], strict=True):
                if stride:
                    offset = place if stride == 1 else self._text.op(f"mul nsw i64 {place}, {stride}")
                    pointer = self._text.at(pointer, offset, memory.element)
            self._bases[k] = pointer
            if strides[-1] == 0 and not self._is_written(memory):
                value = self._frame.load(pointer, memory.type.dtype)
                fixed[k] = self._spread(value, memory.type.dtype)
        for k, memory in enumerate(self._memories):
            adding = next((step for step in self._group.steps if step.part is memory), None)
            if adding is not None and not self._strides[k][-1]:
                var = adding.stmt.outs[0]
                place, _ = self._of_rows.setdefault(k, (self._text.variable(self._lanes.real), var))
                self._begin(place, var)
        whole, rest = size // self._width, size % self._width
        if whole == 1:
            self._body("0", None, fixed)
        elif whole:
            self._repeated(whole, fixed)
        if rest:
            self._body(str(whole * self._width), rest, fixed)
        for k, (place, var) in self._of_rows.items():
            so_far = self._text.op(f"load double, ptr {self._bases[k]}")
            joined = self._joined(var, so_far, self._total(place, var))
            self._text.line(f"store double {joined}, ptr {self._bases[k]}")

    def _joined(self, var: Var, a: str, b: str) -> str:
        """Two numbers joined."""
        operation = self._ways[var][0]
        if operation == "fadd":
            return self._text.op(f"fadd double {a}, {b}")
        return self._text.call("double", f"llvm.{operation}.f64", [("double", a), ("double", b)])

    def _total(self, place: str, var: Var) -> str:
        """The lanes of an accumulator joined."""
        operation, kind = self._ways[var][0], f"v{self._width}f64"
        found = self._text.op(f"load {self._lanes.real}, ptr {place}")
        if operation == "fadd":
            given = [("double", real(0.0)), (self._lanes.real, found)]
            return self._text.call("double", f"llvm.vector.reduce.fadd.{kind}", given, flags="reassoc")
        return self._text.call("double", f"llvm.vector.reduce.f{operation}.{kind}", [(self._lanes.real, found)])

    def _repeated(self, whole: int, fixed: dict[int, str]) -> None:
        text = self._text
        loop, done, before, index = text.fresh("each"), text.fresh("end"), text.label, f"%{text.fresh('k')}"
        text.go(loop)
        text.begin(loop)
        place = len(text.lines)
        self._body(index, None, fixed)
        following = text.op(f"add nuw nsw i64 {index}, {self._width}")
        text.lines.insert(place, f"  {index} = phi i64 [ 0, %{before} ], [ {following}, %{text.label} ]")
        text.branch(text.op(f"icmp ult i64 {following}, {whole * self._width}"), loop, done)
        text.begin(done)

    def _is_written(self, memory: Memory) -> bool:
        return any(step.part is memory for step in self._group.steps) or any(
            memory is target for target in self._targets.values()
        )

    def _body(self, index: str, rest: int | None, fixed: dict[int, str]) -> None:
        """One vector of every step; `rest` is how many of its lanes there are, if not all."""
        found: dict[Var, str] = {}
        loaded: dict[int, str] = dict(fixed)
        for step in self._group.steps:
            args = [self._operand(s, index, rest, found, loaded) for s in step.sources]
            if step.part is not None:
                self._add(step.part, step.stmt.outs[0], args[0], index, rest)
                loaded = {k: v for k, v in loaded.items() if not self._memories[k].roots & step.part.roots}
                continue
            out = step.stmt.outs[0]
            if out in self._sums:
                self._sum(self._sums[out], out, args[0], rest)
                continue
            types = [a.type for a in step.stmt.args]
            result = lower(self._lanes, step.stmt.prim.name, types, step.stmt.static, args)
            assert result is not None
            found[out] = result
            if out in self._targets:
                self._store(self._targets[out], result, index, rest)

    def _operand(
        self, source: Source, index: str, rest: int | None, found: dict[Var, str], loaded: dict[int, str]
    ) -> str:
        if isinstance(source, Var):
            return found[source]
        if isinstance(source, Uniform):
            return self._splat(source)
        k = next(k for k, memory in enumerate(self._memories) if memory is source)
        same = next(j for j in range(k + 1) if _alike(self._memories[j], self._memories[k]))
        if same not in loaded:
            loaded[same] = self._load(same, index, rest)
        return loaded[same]

    # ---- memory

    def _address(self, k: int, index: str, lane: int = 0) -> str:
        stride, element = self._strides[k][-1], self._memories[k].element
        text, base = self._text, self._bases[k]
        if stride not in (0, 1):
            index = text.op(f"mul nsw i64 {index}, {stride}") if index != "0" else index
        base = text.at(base, index, element) if stride else base
        return text.at(base, lane * stride, element)

    def _load(self, k: int, index: str, rest: int | None) -> str:
        memory, stride, text = self._memories[k], self._strides[k][-1], self._text
        truth = memory.type.dtype is DType.BOOL
        kind = f"<{self._width} x {memory.element}>"
        if stride == 1 and rest is None:
            size = 1 if truth else 8
            found = text.op(f"load {kind}, ptr {self._address(k, index)}, align {size}")
        else:
            found = "zeroinitializer"
            for lane in range(self._width if rest is None else rest):
                one = text.op(f"load {memory.element}, ptr {self._address(k, index, lane)}")
                found = text.op(f"insertelement {kind} {found}, {memory.element} {one}, i64 {lane}")
        return text.op(f"trunc {kind} {found} to {self._lanes.bit}") if truth else found

    def _store(self, memory: Memory, value: str, index: str, rest: int | None) -> None:
        k = next(k for k, each in enumerate(self._memories) if each is memory)
        text, kind = self._text, f"<{self._width} x {memory.element}>"
        if memory.type.dtype is DType.BOOL:
            value = text.op(f"zext {self._lanes.bit} {value} to {kind}")
        if self._strides[k][-1] == 1 and rest is None:
            text.line(f"store {kind} {value}, ptr {self._address(k, index)}, align {8 if 'double' in kind else 1}")
            return
        for lane in range(self._width if rest is None else rest):
            one = text.op(f"extractelement {kind} {value}, i64 {lane}")
            text.line(f"store {memory.element} {one}, ptr {self._address(k, index, lane)}")

    def _add(self, part: Memory, var: Var, value: str, index: str, rest: int | None) -> None:
        k = next(k for k, each in enumerate(self._memories) if each is part)
        if self._strides[k][-1]:
            self._store(part, self._join(var, self._load(k, index, rest), value), index, rest)
        else:
            self._sum(self._of_rows[k][0], var, value, rest)

    def _sum(self, place: str, var: Var, value: str, rest: int | None) -> None:
        text, kind = self._text, self._lanes.real
        if rest is not None:
            held = ", ".join("i1 true" if k < rest else "i1 false" for k in range(self._width))
            value = text.op(
                f"select {self._lanes.bit} <{held}>, {kind} {value}, {kind} {self._lanes.c(self._ways[var][1])}"
            )
        so_far = text.op(f"load {kind}, ptr {place}")
        text.line(f"store {kind} {self._join(var, so_far, value)}, ptr {place}")


def _alike(a: Memory, b: Memory) -> bool:
    return a.pointer == b.pointer and a.strides == b.strides and a.type == b.type


def _coalesced(sizes: tuple[int, ...], memories: Sequence[Memory]) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """Fewer axes for the same elements: neighbours that every memory walks through as one become one."""
    axes = [(n, [m.strides[k] for m in memories]) for k, n in enumerate(sizes) if n != 1]
    merged: list[tuple[int, list[int]]] = []
    for n, strides in axes:
        if merged and all(up == n * down for up, down in zip(merged[-1][1], strides, strict=True)):
            merged[-1] = (merged[-1][0] * n, strides)
        else:
            merged.append((n, strides))
    if not merged:
        merged = [(1, [1] * len(memories))]
    return tuple(n for n, _ in merged), [tuple(s[j] for _, s in merged) for j in range(len(memories))]

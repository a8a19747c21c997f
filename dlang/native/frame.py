"""What a function's names are while its text is written: registers, memory, and what waits to be computed."""

from __future__ import annotations

from collections import defaultdict

from dlang.ir.nodes import Apply, Atom, Block, For, Function, Literal, Var, While
from dlang.ir.ownership import Ownership
from dlang.ir.walk import inner_blocks, operands, outs
from dlang.native import arrays, fused, runtime
from dlang.native.callbacks import Callbacks
from dlang.native.fused import Group, Uniform
from dlang.native.lanes import Lanes
from dlang.native.memory import Memory, Roots, byte_size, dense_strides, padded
from dlang.native.text import Text, literal, type_of
from dlang.types import DType, Type

__all__ = ["Frame"]

_ALIGNED = 64
"""Bytes to which arrays in frames are aligned: a cache line, and the widest vector."""


class Frame:
    """The names of one function, and where its arrays lie.

    Args:
        function: the function.
        ownership: of it.
        callbacks: where primitives without instructions of their own are noted.

    Attributes:
        text: what was written.
        lane: writes instructions on scalars.
        roots: numbers of buffers.
        waiting: groups of applications that are not written yet.
    """

    def __init__(self, function: Function, ownership: Ownership, callbacks: Callbacks) -> None:
        self.text = Text()
        self.lane = Lanes(self.text, 1, self.fault_if)
        self.ownership = ownership
        self.callbacks = callbacks
        self.roots = Roots()
        self.waiting: list[Group] = []
        self._scalars: dict[Var, str] = {}
        self._arrays: dict[Var, Memory] = {}
        self._uniform: dict[Var, Uniform] = {}
        self._pending: dict[Var, Group] = {}
        self._users = _users(function)
        self._wanted = _destinations(function.block, ownership)
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of the function's frame."""
        return padded(self._size, _ALIGNED)

    # ---- names

    def memory(self, pointer: str, type_: Type) -> Memory:
        """An array of its own that lies row by row at an address."""
        sizes = tuple(n or 0 for n in type_.shape)
        return Memory(pointer, type_, dense_strides(sizes), self.roots.new())

    def scalar(self, atom: Atom) -> str:
        """The register or constant of a scalar."""
        if isinstance(atom, Literal):
            return literal(atom.value)
        if atom in self._pending:
            self.write_out(self._pending[atom])
        return self._scalars[atom]

    def array(self, atom: Atom) -> Memory:
        """The memory of an array; what waits to compute it, or to add to it, is written out."""
        assert isinstance(atom, Var)
        if atom in self._pending:
            self.write_out(self._pending[atom])
        uniform = self._uniform.pop(atom, None)
        if uniform is not None:
            self._arrays[atom] = self.place(atom)
            arrays.fill(self, self._arrays[atom], uniform.register)
        found = self._arrays[atom]
        for group in [g for g in self.waiting if g.writes & found.roots]:
            self.write_out(group)
        return found

    def updated(self, atom: Atom) -> Memory:
        """The memory of an array that is to be added to: what waits to add to it, may go on waiting."""
        assert isinstance(atom, Var)
        if atom in self._pending or atom in self._uniform:
            return self.array(atom)
        return self._arrays[atom]

    def bind(self, var: Var, value: str | Memory | Uniform) -> None:
        """Say what a name is."""
        if isinstance(value, Memory):
            self._arrays[var] = value
        elif isinstance(value, Uniform):
            self._uniform[var] = value
        else:
            self._scalars[var] = value

    def place(self, var: Var) -> Memory:
        """Memory for an array that is computed here: where the caller wants it, or in the frame."""
        wanted = self._wanted.pop(var, None)
        return self.buffer(var.type) if wanted is None else self.memory(wanted, var.type)

    # ---- what waits

    def uniform(self, atom: Atom) -> Uniform | None:
        """The number that all elements of an array are, where that is known."""
        return self._uniform.get(atom) if isinstance(atom, Var) else None

    def waits(self, atom: Atom) -> bool:
        """Whether a name waits to be computed."""
        return isinstance(atom, Var) and atom in self._pending

    def wait(self, var: Var, group: Group) -> None:
        """Have a name wait with its group."""
        self._pending[var] = group

    def may_read(self, atom: Atom, roots: frozenset[int]) -> bool:
        """Whether an array is, or waits for, something in memory of these roots."""
        assert isinstance(atom, Var)
        if atom in self._pending:
            return bool(self._pending[atom].reads & roots)
        return atom in self._arrays and bool(self._arrays[atom].roots & roots)

    def write_out(self, group: Group) -> None:
        """Write the loop of a group, with what is read elsewhere kept in memory."""
        self.waiting.remove(group)
        members = {step.stmt for step in group.steps}
        kept = []
        for step in group.steps:
            for out in step.stmt.outs:
                if self._pending.pop(out, None) and not out.type.is_scalar and not self._users[out] <= members:
                    kept.append(out)
        fused.write(self, group, kept)

    def settle(self) -> None:
        """Write out everything that waits."""
        while self.waiting:
            self.write_out(self.waiting[0])

    def buffer(self, type_: Type) -> Memory:
        """A new place in the frame."""
        offset = padded(self._size, _ALIGNED)
        self._size = offset + byte_size(type_)
        return self.memory(self.text.at("%frame", offset) if offset else "%frame", type_)

    def copy(self, pointer: str, source: Memory) -> None:
        """Write an array's elements, row by row, to an address."""
        if source.is_dense:
            size = byte_size(source.type)
            if size and pointer != source.pointer:
                given = [("ptr", pointer), ("ptr", source.pointer), ("i64", str(size)), ("i1", "false")]
                self.text.call("void", "llvm.memcpy.p0.p0.i64", given)
            return
        self.copy_to(Memory(pointer, source.type, dense_strides(source.sizes), frozenset()), source)

    def copy_to(self, target: Memory, source: Memory) -> None:
        """Write an array's elements to memory of the same shape."""
        if target.is_dense and source.is_dense:
            self.copy(target.pointer, source)
        else:
            arrays.copy_elements(self, target, source)

    def dense(self, source: Memory) -> Memory:
        """An array with its elements row by row: itself, or a copy."""
        if source.is_dense:
            return source
        target = self.buffer(source.type)
        self.copy(target.pointer, source)
        return target

    def load(self, pointer: str, dtype: DType) -> str:
        """An element from memory."""
        if dtype is DType.BOOL:
            return self.text.op(f"trunc i8 {self.text.op(f'load i8, ptr {pointer}')} to i1")
        return self.text.op(f"load {type_of(Type(dtype))}, ptr {pointer}")

    def store(self, pointer: str, dtype: DType, value: str) -> None:
        """An element to memory."""
        if dtype is DType.BOOL:
            self.text.line(f"store i8 {self.text.op(f'zext i1 {value} to i8')}, ptr {pointer}")
        else:
            self.text.line(f"store {type_of(Type(dtype))} {value}, ptr {pointer}")

    # ---- faults

    def fault_if(self, cond: str, code: int = runtime.FAULTED) -> None:
        """Leave the run where a condition holds."""
        text = self.text
        bad, good = text.fresh("bad"), text.fresh("good")
        text.line(f"br i1 {cond}, label %{bad}, label %{good}, !prof !0")
        text.begin(bad)
        text.line(f"call void @{runtime.FAULT}(ptr %rt, i64 {code})")
        text.line("unreachable")
        text.begin(good)


def _users(function: Function) -> dict[Var, set[object]]:
    """The statements that read each name, and the blocks that yield it."""
    found: defaultdict[Var, set[object]] = defaultdict(set)
    todo = [function.block]
    while todo:
        block = todo.pop()
        for stmt in block.body:
            for atom in operands(stmt):
                if isinstance(atom, Var):
                    found[atom].add(stmt)
            todo.extend(inner_blocks(stmt))
        for atom in block.results:
            if isinstance(atom, Var):
                found[atom].add(block)
    return found


def _destinations(block: Block, ownership: Ownership) -> dict[Var, str]:
    """Arrays that are computed where the caller wants a result: it, or what it is after updates in place."""
    makers = {out: stmt for stmt in block.body for out in outs(stmt)}
    found: dict[Var, str] = {}
    arrays_ = [r for r in block.results if not r.type.is_scalar]
    for k, result in enumerate(arrays_):
        var: Atom = result
        while isinstance(var, Var) and var in makers:
            stmt = makers[var]
            if isinstance(stmt, Apply) and stmt in ownership.in_place:
                var = stmt.args[0]
            elif isinstance(stmt, (For, While)) and stmt.outs.index(var) in ownership.taken.get(stmt, ()):
                var = stmt.inits[stmt.outs.index(var)]
            else:
                break
        if isinstance(var, Var) and isinstance(makers.get(var), Apply):
            found.setdefault(var, f"%out{k}")
    return found

"""Applications on arrays: views without a copy, elements read and written, and callbacks for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dlang.ir.nodes import Apply, Atom, Literal
from dlang.native.fused import Uniform, add_part
from dlang.native.memory import Memory, byte_size, dense_strides, size_of
from dlang.native.text import real, type_of
from dlang.types import DType, Type

if TYPE_CHECKING:
    from dlang.native.emit import Emitter

__all__ = ["all_hold", "apply", "copy_elements", "each_element", "fill"]


def apply(emitter: Emitter, stmt: Apply) -> None:
    """Emit an application in which something is an array, or which has no instructions of its own."""
    special = _SPECIAL.get(stmt.prim.name)
    if special is None or not special(emitter, stmt):
        emitter.settle()
        _call_back(emitter, stmt)


# ---- loops over elements


def each_element(emitter: Emitter, sizes: Sequence[int], body: Callable[[Sequence[str]], None]) -> None:
    """Emit loops over every index; `body` writes what is done with one."""
    text = emitter.text
    if not all(sizes):
        return
    names, heads = [], []
    for n in sizes:
        label, before, index = text.fresh("each"), text.label, f"%{text.fresh('k')}"
        text.go(label)
        text.begin(label)
        heads.append((label, before, index, len(text.lines), n))
        names.append(index)
    body(names)
    for label, before, index, place, n in reversed(heads):
        done = text.fresh("end")
        following = text.op(f"add nuw nsw i64 {index}, 1")
        text.lines.insert(place, f"  {index} = phi i64 [ 0, %{before} ], [ {following}, %{text.label} ]")
        text.branch(text.op(f"icmp ult i64 {following}, {n}"), label, done)
        text.begin(done)


def address(emitter: Emitter, memory: Memory, index: Sequence[str]) -> str:
    """The address of an element."""
    text = emitter.text
    offset: str | None = None
    for place, stride in zip(index, memory.strides, strict=True):
        if stride and place != "0":
            step = place if stride == 1 else text.op(f"mul nsw i64 {place}, {stride}")
            offset = step if offset is None else text.op(f"add nsw i64 {offset}, {step}")
    return memory.pointer if offset is None else text.at(memory.pointer, offset, memory.element)


def copy_elements(emitter: Emitter, target: Memory, source: Memory) -> None:
    """Emit a copy, element by element."""
    dtype = source.type.dtype

    def one(index: Sequence[str]) -> None:
        emitter.store(address(emitter, target, index), dtype, emitter.load(address(emitter, source, index), dtype))

    each_element(emitter, source.sizes, one)


def all_hold(emitter: Emitter, memory: Memory) -> str:
    """Whether all elements of an array of Bools are true."""
    text, flag = emitter.text, emitter.buffer(Type(DType.BOOL, (1,)))
    text.line(f"store i8 1, ptr {flag.pointer}")

    def one(index: Sequence[str]) -> None:
        element = text.op(f"load i8, ptr {address(emitter, memory, index)}")
        so_far = text.op(f"load i8, ptr {flag.pointer}")
        text.line(f"store i8 {text.op(f'and i8 {element}, {so_far}')}, ptr {flag.pointer}")

    each_element(emitter, memory.sizes, one)
    return emitter.load(flag.pointer, DType.BOOL)


# ---- callbacks


def _call_back(emitter: Emitter, stmt: Apply) -> None:
    """Call what the interpreter calls."""
    text = emitter.text
    count = len(stmt.args) + len(stmt.outs)
    slots = emitter.buffer(Type(DType.INT, (count,))).pointer
    for k, arg in enumerate(stmt.args):
        at = text.at(slots, 8 * k)
        if not arg.type.is_scalar:
            text.line(f"store ptr {emitter.dense(emitter.array(arg)).pointer}, ptr {at}")
        elif arg.type.dtype is DType.BOOL:
            text.line(f"store i64 {text.op(f'zext i1 {emitter.scalar(arg)} to i64')}, ptr {at}")
        else:
            text.line(f"store {type_of(arg.type)} {emitter.scalar(arg)}, ptr {at}")
    for k, out in enumerate(stmt.outs, start=len(stmt.args)):
        if not out.type.is_scalar:
            place = emitter.place(out)
            text.line(f"store ptr {place.pointer}, ptr {text.at(slots, 8 * k)}")
            emitter.bind(out, place)
    symbol = emitter.callbacks.symbol(stmt, f"dl.call{len(emitter.callbacks.functions)}")
    failed = text.call("i64", symbol, [("ptr", slots)])
    emitter.fault_if(text.op(f"icmp ne i64 {failed}, 0"))
    for k, out in enumerate(stmt.outs, start=len(stmt.args)):
        if not out.type.is_scalar:
            continue
        at = text.at(slots, 8 * k)
        if out.type.dtype is DType.BOOL:
            emitter.bind(out, text.op(f"icmp ne i64 {text.op(f'load i64, ptr {at}')}, 0"))
        else:
            emitter.bind(out, emitter.load(at, out.type.dtype))


# ---- views


def _viewed(emitter: Emitter, stmt: Apply, view: Memory) -> bool:
    """Bind a view, copied where ownership says so."""
    if stmt in emitter.ownership.parts:
        copy = emitter.buffer(view.type)
        emitter.copy(copy.pointer, view)
        view = copy
    emitter.bind(stmt.outs[0], view)
    return True


def _restrided(source: Memory, type_: Type, strides: Sequence[int]) -> Memory:
    return Memory(source.pointer, type_, tuple(strides), source.roots)


def _reshape(emitter: Emitter, stmt: Apply) -> bool:
    uniform = emitter.uniform(stmt.args[0])
    if uniform is not None:
        emitter.bind(stmt.outs[0], uniform)
        return True
    source = emitter.dense(emitter.array(stmt.args[0]))
    type_ = stmt.outs[0].type
    return _viewed(emitter, stmt, _restrided(source, type_, dense_strides(tuple(n or 0 for n in type_.shape))))


def _transpose(emitter: Emitter, stmt: Apply) -> bool:
    source = emitter.array(stmt.args[0])
    axes = stmt.static["axes"] or tuple(reversed(range(source.type.rank)))
    return _viewed(emitter, stmt, _restrided(source, stmt.outs[0].type, [source.strides[a] for a in axes]))


def _broadcast(emitter: Emitter, stmt: Apply) -> bool:
    source, type_ = stmt.args[0], stmt.outs[0].type
    if source.type.is_scalar:
        return _filled(emitter, stmt, source)
    uniform = emitter.uniform(source)
    if uniform is not None:
        emitter.bind(stmt.outs[0], uniform)
        return True
    memory = emitter.array(source)
    missing = type_.rank - source.type.rank
    strides = [0] * missing + [0 if n == 1 else s for n, s in zip(memory.sizes, memory.strides, strict=True)]
    return _viewed(emitter, stmt, _restrided(memory, type_, strides))


def _same(emitter: Emitter, stmt: Apply) -> bool:
    if stmt.prim.name == "power_n" and stmt.static["n"] != 1:
        return False
    return _viewed(emitter, stmt, emitter.array(stmt.args[0]))


# ---- filled arrays


def _filled(emitter: Emitter, stmt: Apply, value: Atom) -> bool:
    emitter.bind(stmt.outs[0], Uniform(emitter.scalar(value), stmt.outs[0].type.dtype))
    return True


def fill(emitter: Emitter, target: Memory, register: str) -> None:
    """Emit the writing of one number to all elements of a dense array."""
    dtype = target.type.dtype
    if register in (real(0.0), "0", "false"):
        _clear(emitter, target)
        return
    flat = Memory(target.pointer, Type(dtype, (size_of(target.type),)), (1,), target.roots)
    each_element(emitter, flat.sizes, lambda index: emitter.store(address(emitter, flat, index), dtype, register))


def _clear(emitter: Emitter, target: Memory) -> None:
    size = byte_size(target.type)
    if size:
        given = [("ptr", target.pointer), ("i8", "0"), ("i64", str(size)), ("i1", "false")]
        emitter.text.call("void", "llvm.memset.p0.i64", given)


def _zeros(emitter: Emitter, stmt: Apply) -> bool:
    if stmt.outs[0].type.is_scalar:
        emitter.bind(stmt.outs[0], real(0.0))
        return True
    return _filled(emitter, stmt, Literal(0.0))


def _full(emitter: Emitter, stmt: Apply) -> bool:
    if stmt.outs[0].type.is_scalar:
        emitter.bind(stmt.outs[0], emitter.scalar(stmt.args[0]))
        return True
    return _filled(emitter, stmt, stmt.args[0])


def _length(emitter: Emitter, stmt: Apply) -> bool:
    emitter.bind(stmt.outs[0], str(stmt.args[0].type.shape[stmt.static["axis"]]))
    return True


# ---- elements and rows


def _slot(emitter: Emitter, memory: Memory, index: Sequence[Atom], spec: Sequence[object]) -> Memory | None:
    """The part at Ints and slices with known ends; None for other indexes. Ints out of range are a fault."""
    text = emitter.text
    operands = iter(index)
    pointer, strides, sizes = memory.pointer, [], []
    for size, stride, item in zip(memory.sizes, memory.strides, spec, strict=False):
        if item == "int":
            place = next(operands)
            if isinstance(place, Literal):
                k = int(place.value)
                if not -size <= k < size:
                    emitter.fault_if("true")
                    k = 0
                offset = str((k if k >= 0 else k + size) * stride)
            else:
                register = emitter.scalar(place)
                from_end = text.op(f"add i64 {register}, {size}")
                negative = text.op(f"icmp slt i64 {register}, 0")
                counted = text.op(f"select i1 {negative}, i64 {from_end}, i64 {register}")
                emitter.fault_if(text.op(f"icmp uge i64 {counted}, {size}"))
                offset = counted if stride == 1 else text.op(f"mul nsw i64 {counted}, {stride}")
            pointer = text.at(pointer, offset, memory.element)
        elif isinstance(item, tuple) and "?" not in item:
            chosen = range(*slice(*item[1:]).indices(size))
            if len(chosen):
                pointer = text.at(pointer, chosen.start * stride, memory.element)
            strides.append(stride * chosen.step)
            sizes.append(len(chosen))
        else:
            return None
    rest = len(memory.sizes) - len(spec)
    strides += memory.strides[len(memory.strides) - rest :] if rest else []
    sizes += memory.sizes[len(memory.sizes) - rest :] if rest else []
    return Memory(pointer, Type(memory.type.dtype, tuple(sizes)), tuple(strides), memory.roots)


def _is_plain(spec: Sequence[object]) -> bool:
    return all(item == "int" or (isinstance(item, tuple) and "?" not in item) for item in spec)


def _get(emitter: Emitter, stmt: Apply) -> bool:
    if not _is_plain(stmt.static["spec"]):
        return False
    slot = _slot(emitter, emitter.array(stmt.args[0]), stmt.args[1:], stmt.static["spec"])
    assert slot is not None
    if stmt.outs[0].type.is_scalar:
        emitter.bind(stmt.outs[0], emitter.load(slot.pointer, slot.type.dtype))
        return True
    return _viewed(emitter, stmt, slot)


def _update(emitter: Emitter, stmt: Apply) -> bool:
    """`set` and `add_at`, in place where ownership allows, else in a copy."""
    source, value, *index = stmt.args
    if not _is_plain(stmt.static["spec"]):
        return False
    adds = stmt.prim.name == "add_at"
    memory = emitter.updated(source) if adds else emitter.array(source)
    if stmt not in emitter.ownership.in_place or not memory.is_dense:
        memory = emitter.array(source)
        copy = emitter.place(stmt.outs[0])
        emitter.copy(copy.pointer, memory)
        memory = copy
    slot = _slot(emitter, memory, index, stmt.static["spec"])
    assert slot is not None
    emitter.bind(stmt.outs[0], memory)
    if adds and add_part(emitter, stmt, slot, value):
        return True
    emitter.settle()
    dtype = memory.type.dtype

    def put(pointer: str, register: str) -> None:
        if adds:
            register = emitter.text.op(f"fadd double {emitter.load(pointer, dtype)}, {register}")
        emitter.store(pointer, dtype, register)

    if value.type.is_scalar:
        register = emitter.scalar(value)
        each_element(emitter, slot.sizes, lambda at: put(address(emitter, slot, at), register))
        return True
    new = emitter.array(value)
    if new.roots & memory.roots:  # reads what it writes over
        place = emitter.buffer(new.type)
        emitter.copy(place.pointer, new)
        new = place
    stretched = [0] * (len(slot.sizes) - len(new.sizes)) + [
        0 if n == 1 else s for n, s in zip(new.sizes, new.strides, strict=True)
    ]
    wide = Memory(new.pointer, slot.type, tuple(stretched), new.roots)

    def one(at: Sequence[str]) -> None:
        put(address(emitter, slot, at), emitter.load(address(emitter, wide, at), dtype))

    each_element(emitter, slot.sizes, one)
    return True


_SPECIAL: Mapping[str, Callable[[Emitter, Apply], bool]] = {
    "reshape": _reshape,
    "reshape_like": _reshape,
    "expand_dims": _reshape,
    "squeeze": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast,
    "broadcast_like": _broadcast,
    "stop_gradient": _same,
    "power_n": _same,
    "zeros": _zeros,
    "zeros_like": _zeros,
    "full": _full,
    "fill": _full,
    "length": _length,
    "get": _get,
    "set": _update,
    "add_at": _update,
}

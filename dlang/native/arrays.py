"""Applications on arrays: views without a copy, elements read and written, and callbacks for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dlang.ir.nodes import Apply, Atom, Literal
from dlang.native.building import BUILDING
from dlang.native.fused import Uniform, add_part
from dlang.native.memory import Memory, byte_size, dense_strides, size_of
from dlang.native.text import real, type_of
from dlang.types import DType, Type

if TYPE_CHECKING:
    from dlang.native.frame import Frame

__all__ = ["address", "all_hold", "apply", "copy_elements", "each_element", "fill"]


def apply(frame: Frame, stmt: Apply) -> None:
    """Emit an application in which something is an array, or which has no instructions of its own."""
    special = _SPECIAL.get(stmt.prim.name) or BUILDING.get(stmt.prim.name)
    if special is None or not special(frame, stmt):
        frame.settle()
        _call_back(frame, stmt)


# ---- loops over elements


def each_element(frame: Frame, sizes: Sequence[int], body: Callable[[Sequence[str]], None]) -> None:
    """Emit loops over every index; `body` writes what is done with one."""
    text = frame.text
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


def address(frame: Frame, memory: Memory, index: Sequence[str]) -> str:
    """The address of an element."""
    text = frame.text
    offset: str | None = None
    for place, stride in zip(index, memory.strides, strict=True):
        if stride and place != "0":
            step = place if stride == 1 else text.op(f"mul nsw i64 {place}, {stride}")
            offset = step if offset is None else text.op(f"add nsw i64 {offset}, {step}")
    return memory.pointer if offset is None else text.at(memory.pointer, offset, memory.element)


def copy_elements(frame: Frame, target: Memory, source: Memory) -> None:
    """Emit a copy, element by element."""
    dtype = source.type.dtype

    def one(index: Sequence[str]) -> None:
        frame.store(address(frame, target, index), dtype, frame.load(address(frame, source, index), dtype))

    each_element(frame, source.sizes, one)


def all_hold(frame: Frame, memory: Memory) -> str:
    """Whether all elements of an array of Bools are true."""
    text, flag = frame.text, frame.buffer(Type(DType.BOOL, (1,)))
    text.line(f"store i8 1, ptr {flag.pointer}")

    def one(index: Sequence[str]) -> None:
        element = text.op(f"load i8, ptr {address(frame, memory, index)}")
        so_far = text.op(f"load i8, ptr {flag.pointer}")
        text.line(f"store i8 {text.op(f'and i8 {element}, {so_far}')}, ptr {flag.pointer}")

    each_element(frame, memory.sizes, one)
    return frame.load(flag.pointer, DType.BOOL)


# ---- callbacks


def _call_back(frame: Frame, stmt: Apply) -> None:
    """Call what the interpreter calls."""
    text = frame.text
    count = len(stmt.args) + len(stmt.outs)
    slots = frame.buffer(Type(DType.INT, (count,))).pointer
    for k, arg in enumerate(stmt.args):
        at = text.at(slots, 8 * k)
        if not arg.type.is_scalar:
            text.line(f"store ptr {frame.dense(frame.array(arg)).pointer}, ptr {at}")
        elif arg.type.dtype is DType.BOOL:
            text.line(f"store i64 {text.op(f'zext i1 {frame.scalar(arg)} to i64')}, ptr {at}")
        else:
            text.line(f"store {type_of(arg.type)} {frame.scalar(arg)}, ptr {at}")
    for k, out in enumerate(stmt.outs, start=len(stmt.args)):
        if not out.type.is_scalar:
            place = frame.place(out)
            text.line(f"store ptr {place.pointer}, ptr {text.at(slots, 8 * k)}")
            frame.bind(out, place)
    symbol = frame.callbacks.symbol(stmt, f"dl.call{len(frame.callbacks.functions)}")
    failed = text.call("i64", symbol, [("ptr", slots)])
    frame.fault_if(text.op(f"icmp ne i64 {failed}, 0"))
    for k, out in enumerate(stmt.outs, start=len(stmt.args)):
        if not out.type.is_scalar:
            continue
        at = text.at(slots, 8 * k)
        if out.type.dtype is DType.BOOL:
            frame.bind(out, text.op(f"icmp ne i64 {text.op(f'load i64, ptr {at}')}, 0"))
        else:
            frame.bind(out, frame.load(at, out.type.dtype))


# ---- views


def _viewed(frame: Frame, stmt: Apply, view: Memory) -> bool:
    """Bind a view, copied where ownership says so."""
    if stmt in frame.ownership.parts:
        copy = frame.buffer(view.type)
        frame.copy(copy.pointer, view)
        view = copy
    frame.bind(stmt.outs[0], view)
    return True


def _restrided(source: Memory, type_: Type, strides: Sequence[int]) -> Memory:
    return Memory(source.pointer, type_, tuple(strides), source.roots)


def _reshape(frame: Frame, stmt: Apply) -> bool:
    if stmt.args[0].type.is_scalar:
        return _full(frame, stmt)
    type_ = stmt.outs[0].type
    uniform = frame.uniform(stmt.args[0])
    if uniform is not None:
        frame.bind(stmt.outs[0], uniform.register if type_.is_scalar else uniform)
        return True
    source = frame.dense(frame.array(stmt.args[0]))
    if type_.is_scalar:
        frame.bind(stmt.outs[0], frame.load(source.pointer, type_.dtype))
        return True
    return _viewed(frame, stmt, _restrided(source, type_, dense_strides(tuple(n or 0 for n in type_.shape))))


def _transpose(frame: Frame, stmt: Apply) -> bool:
    source = frame.array(stmt.args[0])
    axes = stmt.static["axes"] or tuple(reversed(range(source.type.rank)))
    return _viewed(frame, stmt, _restrided(source, stmt.outs[0].type, [source.strides[a] for a in axes]))


def _broadcast(frame: Frame, stmt: Apply) -> bool:
    source, type_ = stmt.args[0], stmt.outs[0].type
    if source.type.is_scalar:
        return _filled(frame, stmt, source)
    uniform = frame.uniform(source)
    if uniform is not None:
        frame.bind(stmt.outs[0], uniform)
        return True
    memory = frame.array(source)
    missing = type_.rank - source.type.rank
    strides = [0] * missing + [0 if n == 1 else s for n, s in zip(memory.sizes, memory.strides, strict=True)]
    return _viewed(frame, stmt, _restrided(memory, type_, strides))


def _same(frame: Frame, stmt: Apply) -> bool:
    if stmt.prim.name == "power_n" and stmt.static["n"] != 1:
        return False
    return _viewed(frame, stmt, frame.array(stmt.args[0]))


# ---- filled arrays


def _filled(frame: Frame, stmt: Apply, value: Atom) -> bool:
    frame.bind(stmt.outs[0], Uniform(frame.scalar(value), stmt.outs[0].type.dtype))
    return True


def fill(frame: Frame, target: Memory, register: str) -> None:
    """Emit the writing of one number to all elements of a dense array."""
    dtype = target.type.dtype
    if register in (real(0.0), "0", "false"):
        _clear(frame, target)
        return
    flat = Memory(target.pointer, Type(dtype, (size_of(target.type),)), (1,), target.roots)
    each_element(frame, flat.sizes, lambda index: frame.store(address(frame, flat, index), dtype, register))


def _clear(frame: Frame, target: Memory) -> None:
    size = byte_size(target.type)
    if size:
        given = [("ptr", target.pointer), ("i8", "0"), ("i64", str(size)), ("i1", "false")]
        frame.text.call("void", "llvm.memset.p0.i64", given)


def _zeros(frame: Frame, stmt: Apply) -> bool:
    if stmt.outs[0].type.is_scalar:
        frame.bind(stmt.outs[0], real(0.0))
        return True
    return _filled(frame, stmt, Literal(0.0))


def _full(frame: Frame, stmt: Apply) -> bool:
    if stmt.outs[0].type.is_scalar:
        frame.bind(stmt.outs[0], frame.scalar(stmt.args[0]))
        return True
    return _filled(frame, stmt, stmt.args[0])


def _length(frame: Frame, stmt: Apply) -> bool:
    frame.bind(stmt.outs[0], str(stmt.args[0].type.shape[stmt.static["axis"]]))
    return True


# ---- elements and rows


def _slot(frame: Frame, memory: Memory, index: Sequence[Atom], spec: Sequence[object]) -> Memory | None:
    """The part at Ints and slices with known ends; None for other indexes. Ints out of range are a fault."""
    text = frame.text
    operands = iter(index)
    pointer, strides, sizes = memory.pointer, [], []
    for size, stride, item in zip(memory.sizes, memory.strides, spec, strict=False):
        if item == "int":
            place = next(operands)
            if isinstance(place, Literal):
                k = int(place.value)
                if not -size <= k < size:
                    frame.fault_if("true")
                    k = 0
                offset = str((k if k >= 0 else k + size) * stride)
            else:
                register = frame.scalar(place)
                from_end = text.op(f"add i64 {register}, {size}")
                negative = text.op(f"icmp slt i64 {register}, 0")
                counted = text.op(f"select i1 {negative}, i64 {from_end}, i64 {register}")
                frame.fault_if(text.op(f"icmp uge i64 {counted}, {size}"))
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


def _get(frame: Frame, stmt: Apply) -> bool:
    if not _is_plain(stmt.static["spec"]):
        return False
    slot = _slot(frame, frame.array(stmt.args[0]), stmt.args[1:], stmt.static["spec"])
    assert slot is not None
    if stmt.outs[0].type.is_scalar:
        frame.bind(stmt.outs[0], frame.load(slot.pointer, slot.type.dtype))
        return True
    return _viewed(frame, stmt, slot)


def _update(frame: Frame, stmt: Apply) -> bool:
    """`set` and `add_at`, in place where ownership allows, else in a copy."""
    source, value, *index = stmt.args
    if not _is_plain(stmt.static["spec"]):
        return False
    adds = stmt.prim.name == "add_at"
    memory = frame.updated(source) if adds else frame.array(source)
    if stmt not in frame.ownership.in_place or not memory.is_dense:
        memory = frame.array(source)
        copy = frame.place(stmt.outs[0])
        frame.copy(copy.pointer, memory)
        memory = copy
    slot = _slot(frame, memory, index, stmt.static["spec"])
    assert slot is not None
    frame.bind(stmt.outs[0], memory)
    if adds and add_part(frame, stmt, slot, value):
        return True
    frame.settle()
    dtype = memory.type.dtype

    def put(pointer: str, register: str) -> None:
        if adds:
            register = frame.text.op(f"fadd double {frame.load(pointer, dtype)}, {register}")
        frame.store(pointer, dtype, register)

    if value.type.is_scalar:
        register = frame.scalar(value)
        each_element(frame, slot.sizes, lambda at: put(address(frame, slot, at), register))
        return True
    new = frame.array(value)
    if new.roots & memory.roots:  # reads what it writes over
        place = frame.buffer(new.type)
        frame.copy(place.pointer, new)
        new = place
    stretched = [0] * (len(slot.sizes) - len(new.sizes)) + [
        0 if n == 1 else s for n, s in zip(new.sizes, new.strides, strict=True)
    ]
    wide = Memory(new.pointer, slot.type, tuple(stretched), new.roots)

    def one(at: Sequence[str]) -> None:
        put(address(frame, slot, at), frame.load(address(frame, wide, at), dtype))

    each_element(frame, slot.sizes, one)
    return True


_SPECIAL: Mapping[str, Callable[[Frame, Apply], bool]] = {
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

"""Arrays put together of others, and products of small matrices, where a call back would cost more than the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

from dlang.ir.nodes import Apply
from dlang.native.memory import Memory
from dlang.native.text import real

if TYPE_CHECKING:
    from dlang.native.frame import Frame

__all__ = ["BUILDING"]

_SMALL = 4096
"""Multiplications up to which a product of matrices is written as loops; beyond, BLAS is called back."""


def _stack(frame: Frame, stmt: Apply) -> bool:
    """Each operand goes to its place along the new axis."""
    target = frame.place(stmt.outs[0])
    axis, stride = stmt.static["axis"], target.strides[stmt.static["axis"]]
    strides = (*target.strides[:axis], *target.strides[axis + 1 :])
    for k, arg in enumerate(stmt.args):
        pointer = frame.text.at(target.pointer, k * stride, target.element)
        if arg.type.is_scalar:
            frame.store(pointer, arg.type.dtype, frame.scalar(arg))
        else:
            source = frame.array(arg)
            frame.copy_to(Memory(pointer, source.type, strides, target.roots), source)
    frame.bind(stmt.outs[0], target)
    return True


def _concat(frame: Frame, stmt: Apply) -> bool:
    """One operand behind the other along an axis."""
    target = frame.place(stmt.outs[0])
    axis, start = stmt.static["axis"], 0
    for arg in stmt.args:
        source = frame.array(arg)
        pointer = frame.text.at(target.pointer, start * target.strides[axis], target.element)
        frame.copy_to(Memory(pointer, source.type, target.strides, target.roots), source)
        start += source.sizes[axis]
    frame.bind(stmt.outs[0], target)
    return True


def _matmul(frame: Frame, stmt: Apply) -> bool:
    """Vectors and matrices as loops over the results, with the sum in a register."""
    from dlang.native.arrays import address, each_element

    types = [a.type for a in stmt.args]
    if max(t.rank for t in types) > 2:
        return False
    a, b = (frame.array(arg) for arg in stmt.args)
    inner = a.sizes[-1]
    if not 0 < inner * prod(a.sizes[:-1]) * prod(b.sizes[1:]) <= _SMALL:
        return False
    text, out = frame.text, stmt.outs[0]
    target = None if out.type.is_scalar else frame.place(out)
    total = text.variable("double")
    rows = len(a.sizes) - 1

    def one(index: Sequence[str]) -> None:
        text.line(f"store double {real(0.0)}, ptr {total}")

        def step(along: Sequence[str]) -> None:
            x = frame.load(address(frame, a, (*index[:rows], *along)), a.type.dtype)
            y = frame.load(address(frame, b, (*along, *index[rows:])), b.type.dtype)
            so_far = text.op(f"load double, ptr {total}")
            product = text.op(f"fmul double {x}, {y}")
            text.line(f"store double {text.op(f'fadd double {so_far}, {product}')}, ptr {total}")

        each_element(frame, (inner,), step)
        found = text.op(f"load double, ptr {total}")
        if target is not None:
            frame.store(address(frame, target, index), target.type.dtype, found)

    each_element(frame, target.sizes if target is not None else (), one)
    frame.bind(out, target if target is not None else text.op(f"load double, ptr {total}"))
    return True


BUILDING: Mapping[str, Callable[[Frame, Apply], bool]] = {"stack": _stack, "concat": _concat, "matmul": _matmul}
"""By primitive: writes it and binds its result, or says False where it is to be called back."""

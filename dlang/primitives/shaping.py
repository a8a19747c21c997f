"""The same elements in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.forms import linear
from dlang.primitives.operands import axes_of, shape_of
from dlang.primitives.signatures import ANY, Checked, check_axes, check_dtype, dims
from dlang.types import DType, Shape, Type

__all__ = [
    "expand_dims",
    "reshape",
    "reshape_dynamic",
    "reshape_like",
    "squeeze",
    "transpose",
]


def _reshape_type(types: Sequence[Type], static: Static) -> Checked:
    (found,) = types
    shape: Shape = static["shape"]
    wrong = Mismatch(f"{found} cannot become shape {dims(shape)}", _counts(found.shape, shape), operand=0)
    open_ = [k for k, n in enumerate(shape) if n == -1]
    if len(open_) > 1 or any(n is None or n < -1 for n in shape):
        return wrong
    rest = math.prod(n for n in shape if n is not None and n != -1)
    if None in found.shape:
        return (found.with_shape(tuple(None if n == -1 else n for n in shape)),)
    size = math.prod(n for n in found.shape if n is not None)
    if open_:
        if rest == 0 or size % rest:
            return wrong
        return (found.with_shape(tuple(size // rest if n == -1 else n for n in shape)),)
    return (found.with_shape(shape),) if size == rest else wrong


def _counts(found: Shape, wanted: Shape) -> tuple[str, ...]:
    sizes = [math.prod(n for n in shape if n is not None) for shape in (found, wanted) if None not in shape]
    return (f"{sizes[0]} elements, wanted {sizes[1]}",) if len(sizes) == 2 and -1 not in wanted else ()


def _reshape_dynamic_type(types: Sequence[Type], static: Static) -> Checked:
    found, *sizes = types
    for i, size in enumerate(sizes):
        if size != Type(DType.INT):
            return Mismatch(f"a size is an Int, found {size}", operand=i + 1)
    return (found.with_shape((None,) * len(sizes)),)


def _reshape_back(ct: Operand, x: Operand) -> Operand:
    shape = shape_of(x)
    return reshape_like(ct, x) if None in shape else reshape(ct, shape=shape)


def _reshape(x: Any, shape: tuple[int, ...]) -> Any:
    try:
        return np.reshape(x, shape)
    except ValueError:
        found = dims(np.shape(x))
        raise ValueError(f"an array of shape {found} cannot become shape {dims(shape)}") from None


reshape: Primitive = linear(
    "reshape",
    "the same elements, row by row, in another shape; one size may be -1: what is left",
    _reshape_type,
    lambda x, *, shape: _reshape(x, shape),
    lambda ct, x, *, shape: _reshape_back(ct, x),
    view=True,
    domain=(Domain(shape=(2, 3)),),
    statics=({"shape": (3, 2)}, {"shape": (6,)}, {"shape": (1, -1)}),
    cases=(({"shape": ()}, (Domain(shape=(1, 1)),)), ({"shape": (1,)}, (Domain(),))),
)
reshape_dynamic: Primitive = linear(
    "reshape_dynamic",
    "the same elements, row by row, in a shape that is known when running",
    _reshape_dynamic_type,
    lambda x, *sizes: _reshape(x, sizes),
    lambda ct, x, *sizes: _reshape_back(ct, x),
    view=True,
    domain=(Domain(shape=(2, 3)), Domain(3, 3, integer=True), Domain(2, 2, integer=True)),
)
reshape_like: Primitive = linear(
    "reshape_like",
    "the same elements, row by row, in the shape of the other operand",
    lambda types, static: (types[0].with_shape(types[1].shape),),
    lambda x, like: _reshape(x, np.shape(like)),
    lambda ct, x, like: _reshape_back(ct, x),
    view=True,
    reads_shape_only=(1,),
    domain=(Domain(shape=(2, 3)), Domain(shape=(3, 2))),
)


def _expand_type(types: Sequence[Type], static: Static) -> Checked:
    (found,) = types
    rank = found.rank + len(static["axes"])
    sizes = iter(found.shape)
    shape = tuple(1 if k in static["axes"] else next(sizes, 1) for k in range(rank))
    if any(not 0 <= a < rank for a in static["axes"]) or len(set(static["axes"])) < len(static["axes"]):
        return Mismatch(f"new axes {static['axes']} do not fit {found}", operand=0)
    return (found.with_shape(shape),)


def _squeeze_type(types: Sequence[Type], static: Static) -> Checked:
    (found,) = types
    wrong = check_axes("squeeze", found, static["axes"])
    if wrong is not None:
        return wrong
    for a in static["axes"]:
        if found.shape[a] not in (1, None):
            return Mismatch(f"axis {a} of {found} has size {found.shape[a]}, not 1", operand=0)
    return (found.with_shape(tuple(n for k, n in enumerate(found.shape) if k not in static["axes"])),)


def _transpose_type(types: Sequence[Type], static: Static) -> Checked:
    (found,) = types
    axes = _order(static["axes"], found.rank)
    wrong = check_dtype("transpose", types, ANY)
    if wrong is None and sorted(axes) != [*range(found.rank)]:
        wrong = Mismatch(f"{axes} is no order of the axes of {found}", operand=0)
    return wrong or (found.with_shape(tuple(found.shape[a] for a in axes)),)


def _order(axes: tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    return tuple(reversed(range(rank))) if axes is None else axes_of(axes, rank)


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(k) for k in range(len(order)))


expand_dims: Primitive = linear(
    "expand_dims",
    "x with axes of size 1 at these places of the result",
    _expand_type,
    lambda x, *, axes: np.expand_dims(x, axes),
    lambda ct, x, *, axes: squeeze(ct, axes=axes),
    view=True,
    domain=(Domain(shape=(2, 3)),),
    statics=({"axes": (0,)}, {"axes": (1, 3)}),
)
squeeze: Primitive = linear(
    "squeeze",
    "x without these axes, which have size 1",
    _squeeze_type,
    lambda x, *, axes: np.squeeze(x, axes),
    lambda ct, x, *, axes: expand_dims(ct, axes=axes),
    view=True,
    domain=(Domain(shape=(1, 3, 1)),),
    statics=({"axes": (0,)}, {"axes": (0, 2)}),
)
transpose: Primitive = linear(
    "transpose",
    "x with its axes in another order; `axes=None` reverses it",
    _transpose_type,
    lambda x, *, axes=None: np.transpose(x, axes),
    lambda ct, x, *, axes=None: transpose(ct, axes=_inverse(_order(axes, len(shape_of(x))))),
    view=True,
    domain=(Domain(shape=(2, 3, 4)),),
    statics=({"axes": (1, 2, 0)}, {"axes": None}),
)

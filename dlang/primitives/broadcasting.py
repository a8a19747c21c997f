"""Arrays of one value; broadcasting, and what undoes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.forms import linear
from dlang.primitives.operands import beside, shape_of
from dlang.primitives.signatures import Checked, dims, stretches
from dlang.types import DType, Shape, Type

__all__ = [
    "broadcast_like",
    "broadcast_to",
    "broadcast_up",
    "fill",
    "full",
    "sum_to",
    "sum_to_like",
    "unbroadcast",
    "zeros",
    "zeros_like",
    "zeros_of",
]


# What derivative rules share


def zeros_of(x: Operand) -> Operand:
    """Real zeros in the shape of x."""
    shape = shape_of(x)
    if not shape:
        return 0.0
    return zeros_like(x) if None in shape else beside(x, zeros, shape=shape)


def unbroadcast(ct: Operand, index: int, primals: Sequence[Operand]) -> Operand:
    """`ct`, in the broadcast shape of `primals`, summed to the shape of `primals[index]`."""
    wanted, found = shape_of(primals[index]), shape_of(ct)
    if wanted == found and (None not in wanted or _only_array(primals)):
        return ct
    return sum_to_like(ct, primals[index]) if None in wanted else sum_to(ct, shape=wanted)


def broadcast_up(tangent: Operand, out: Operand, primals: Sequence[Operand]) -> Operand:
    """`tangent`, in a shape that broadcasts to that of `out`, in that shape."""
    wanted, found = shape_of(out), shape_of(tangent)
    if wanted == found and (None not in wanted or _only_array(primals)):
        return tangent
    return broadcast_like(tangent, out) if None in wanted else broadcast_to(tangent, shape=wanted)


def _only_array(primals: Sequence[Operand]) -> bool:
    """Only one operand has axes, so that nothing was broadcast, whatever its dynamic dimensions turn out to be."""
    return sum(1 for p in primals if shape_of(p)) == 1


# Arrays of one value


def _known_shape(types: Sequence[Type], static: Static) -> Shape | Mismatch:
    shape: Shape = static["shape"]
    negative = [n for n in shape if n is not None and n < 0]
    return Mismatch(f"an array cannot have the size {negative[0]}") if negative else shape


def _zeros_type(types: Sequence[Type], static: Static) -> Checked:
    shape = _known_shape(types, static)
    return shape if isinstance(shape, Mismatch) else (Type(DType.REAL, shape),)


def _full_type(types: Sequence[Type], static: Static) -> Checked:
    shape = _known_shape(types, static)
    if isinstance(shape, Mismatch):
        return shape
    if not types[0].is_scalar:
        return Mismatch(f"`full` repeats one value, found {types[0]}", operand=0)
    return (Type(types[0].dtype, shape),)


def _fill_type(types: Sequence[Type], static: Static) -> Checked:
    value, *sizes = types
    if not value.is_scalar:
        return Mismatch(f"`full` repeats one value, found {value}", operand=0)
    for i, size in enumerate(sizes):
        if size != Type(DType.INT):
            return Mismatch(f"a size is an Int, found {size}", operand=i + 1)
    return (Type(value.dtype, (None,) * len(sizes)),)


def _fill(value: Any, *sizes: int) -> Any:
    for n in sizes:
        if n < 0:
            raise ValueError(f"an array cannot have the size {n}")
    return np.full(sizes, value)


zeros: Primitive = Primitive(
    name="zeros",
    doc="Real zeros in a shape",
    type_rule=_zeros_type,
    impl=lambda *, shape: np.zeros(shape) if shape else 0.0,
    discrete=True,
    statics=({"shape": (2, 3)}, {"shape": (0,)}),
)
zeros_like: Primitive = Primitive(
    name="zeros_like",
    doc="Real zeros in the shape of x",
    type_rule=lambda types, static: (types[0].with_dtype(DType.REAL),),
    impl=lambda x: np.zeros(x.shape) if isinstance(x, np.ndarray) else 0.0,
    discrete=True,
    reads_shape_only=(0,),
    domain=(Domain(shape=(2, 3)),),
)
full: Primitive = linear(
    "full",
    "one value, repeated in a shape",
    _full_type,
    lambda value, *, shape: np.full(shape, value),
    lambda ct, value, *, shape: sum_to(ct, shape=()),
    domain=(Domain(),),
    statics=({"shape": (2, 3)}, {"shape": ()}),
)
fill: Primitive = linear(
    "fill",
    "one value, repeated in a shape that is known when running; a negative size is an error",
    _fill_type,
    _fill,
    lambda ct, value, *sizes: sum_to(ct, shape=()),
    domain=(Domain(), Domain(0, 3, integer=True), Domain(1, 4, integer=True)),
)


# Broadcasting


def _broadcast_type(types: Sequence[Type], static: Static) -> Checked:
    return _stretched(types[0], static["shape"])


def _broadcast_like_type(types: Sequence[Type], static: Static) -> Checked:
    return _stretched(types[0], types[1].shape)


def _stretched(found: Type, shape: Shape) -> Checked:
    if not stretches(found.shape, shape):
        return Mismatch(f"shape {dims(found.shape)} does not broadcast to {dims(shape)}", operand=0)
    return (found.with_shape(shape),)


def _sum_to_type(types: Sequence[Type], static: Static) -> Checked:
    return _summed(types[0], static["shape"])


def _sum_to_like_type(types: Sequence[Type], static: Static) -> Checked:
    return _summed(types[0], types[1].shape)


def _summed(found: Type, shape: Shape) -> Checked:
    if found.dtype is not DType.REAL or not stretches(shape, found.shape):
        return Mismatch(f"{found} is no broadcast of shape {dims(shape)}", operand=0)
    return (found.with_shape(shape),)


def _broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    if np.shape(x) == shape:
        return x
    out = np.empty(shape, np.asarray(x).dtype)  # never a view with stride 0, which nobody could update in place
    out[...] = x
    return out


def _sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    found = np.shape(x)
    if found == shape:
        return x
    if not shape:
        return np.add.reduce(x, axis=None)  # often met, and a fraction of the time of `np.sum` on small arrays
    lead = len(found) - len(shape)
    axes = [*range(lead)]
    axes += [lead + k for k, n in enumerate(shape) if n == 1 != found[lead + k]]
    return np.asarray(np.sum(x, axis=tuple(axes), keepdims=True)).reshape(shape)


broadcast_to: Primitive = linear(
    "broadcast_to",
    "x, repeated along new axes and axes of size 1 to fill a shape",
    _broadcast_type,
    lambda x, *, shape: _broadcast_to(x, shape),
    lambda ct, x, *, shape: _sum_back(ct, x),
    view=True,
    domain=(Domain(shape=(3, 1)),),
    statics=({"shape": (3, 1)}, {"shape": (2, 3, 2)}),
    cases=(({"shape": (2, 2)}, (Domain(),)),),
)
broadcast_like: Primitive = linear(
    "broadcast_like",
    "x, repeated to fill the shape of the other operand",
    _broadcast_like_type,
    lambda x, like: _broadcast_to(x, np.shape(like)),
    lambda ct, x, like: _sum_back(ct, x),
    view=True,
    reads_shape_only=(1,),
    domain=(Domain(shape=(3, 1)), Domain(shape=(2, 3, 2))),
)
sum_to: Primitive = linear(
    "sum_to",
    "x, summed over what broadcasting from a shape repeats",
    _sum_to_type,
    lambda x, *, shape: _sum_to(x, shape),
    lambda ct, x, *, shape: _stretch_back(ct, x),
    view=True,
    domain=(Domain(shape=(2, 3, 2)),),
    statics=({"shape": (3, 1)}, {"shape": ()}, {"shape": (2, 3, 2)}, {"shape": (1, 3, 2)}),
)
sum_to_like: Primitive = linear(
    "sum_to_like",
    "x, summed over what broadcasting from the other operand's shape repeats",
    _sum_to_like_type,
    lambda x, like: _sum_to(x, np.shape(like)),
    lambda ct, x, like: _stretch_back(ct, x),
    view=True,
    reads_shape_only=(1,),
    domain=(Domain(shape=(2, 3, 2)), Domain(shape=(3, 1))),
)


def _sum_back(ct: Operand, x: Operand) -> Operand:
    shape = shape_of(x)
    return sum_to_like(ct, x) if None in shape else sum_to(ct, shape=shape)


def _stretch_back(ct: Operand, x: Operand) -> Operand:
    shape = shape_of(x)
    return broadcast_like(ct, x) if None in shape else broadcast_to(ct, shape=shape)

"""Reductions over axes: sum, prod, extremes, norm; whether any or all hold.

`axis` is None (all), an int or a tuple of ints, not negative; `keepdims` keeps reduced axes with size 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives import integers
from dlang.primitives.arithmetic import add, div, mul, strong_mul, sub, to_real
from dlang.primitives.broadcasting import broadcast_like, broadcast_to
from dlang.primitives.comparisons import eq, gt, logical_and, lt, select
from dlang.primitives.core import Domain, Operand, Primitive, Static
from dlang.primitives.cumulative import products_of_others
from dlang.primitives.forms import linear
from dlang.primitives.operands import axes_of, plain, shape_of
from dlang.primitives.shaping import expand_dims
from dlang.primitives.signatures import ANY, NUMBER, REAL_ONLY, reducing, same_type
from dlang.primitives.transcendental import sqrt
from dlang.types import DType

__all__ = [
    "all_",
    "amax",
    "amin",
    "any_",
    "direction",
    "norm",
    "prod",
    "root_mean_square",
    "spread",
    "sum_",
    "weighted",
]

Axis = int | tuple[int, ...] | None

CUBE = Domain(shape=(3, 2, 2))
AXES: tuple[Static, ...] = (
    {"axis": None, "keepdims": False},
    {"axis": 1, "keepdims": False},
    {"axis": (0, 2), "keepdims": False},
    {"axis": (1, 2), "keepdims": True},
)


# What rules of reductions share


def spread(reduced: Operand, x: Operand, axis: Axis, keepdims: bool) -> Operand:
    """A value of the reduction's shape, repeated over the axes of x that were reduced."""
    shape = shape_of(x)
    axes = axes_of(axis, len(shape))
    if not axes:
        return reduced
    if not keepdims and 0 < len(axes) < len(shape):
        reduced = expand_dims(reduced, axes=axes)
    return broadcast_like(reduced, x) if None in shape else broadcast_to(reduced, shape=shape)


def weighted(
    name: str, doc: str, weights: Callable[..., Operand], *, impl: Callable[..., Any], **entry: Any
) -> Primitive:
    """A reduction whose tangent is the sum of the operand's times weights.

    Args:
        name: as the IR prints it.
        doc: one line for the reference.
        weights: (out over x's axes, x, axis) -> d out / d x, in x's shape.
        impl: (x, axis, keepdims) -> value.
        entry: further fields of `Primitive`.
    """

    def partial(out: Operand, x: Operand, static: Static) -> Operand:
        axis, keepdims = static.get("axis"), static.get("keepdims", False)
        return weights(spread(out, x, axis, keepdims), x, axis)

    def jvp(
        out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
    ) -> Operand | None:
        if tangents[0] is None:
            return None
        return sum_(strong_mul(tangents[0], partial(out, primals[0], static)), **static)

    def vjp(
        out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
    ) -> tuple[Operand | None, ...]:
        x = primals[0]
        over = spread(ct, x, static.get("axis"), static.get("keepdims", False))
        return (strong_mul(over, partial(out, x, static)),)

    entry.setdefault("domain", (CUBE,))
    return Primitive(
        name=name,
        doc=doc,
        impl=lambda x, *, axis=None, keepdims=False: plain(impl(x, axis, keepdims)),
        jvp=jvp,
        vjp=vjp,
        statics=AXES,
        **entry,
    )


# Sums and products


def _is_integer(x: Any) -> bool:
    return x.dtype.kind == "i" if isinstance(x, np.ndarray) else type(x) is int


def _sum(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    if _is_integer(x):
        return integers.reduce(np.add, x, axis, keepdims)
    return np.sum(x, axis=axis, keepdims=keepdims)


def _prod(x: Any, axis: Axis, keepdims: bool) -> Any:
    if _is_integer(x):
        return integers.reduce(np.multiply, x, axis, keepdims)
    return np.prod(x, axis=axis, keepdims=keepdims)


sum_: Primitive = linear(
    "sum",
    "sum over axes, Real or Int; of Bools, how many hold",
    reducing("sum", ANY, lambda dtype: DType.INT if dtype is DType.BOOL else dtype),
    _sum,
    lambda ct, x, *, axis=None, keepdims=False: spread(ct, x, axis, keepdims),
    domain=(CUBE,),
    statics=AXES,
)


def _products_of_others(over: Operand, x: Operand, axis: Axis) -> Operand:
    """For each element the product of all others; right where some are 0."""
    axes = axes_of(axis, len(shape_of(x)))
    if not axes:
        return 1.0
    first, *rest = axes
    others = products_of_others(x, first)
    if not rest:
        return others
    inner = prod(x, axis=first, keepdims=True)
    return mul(others, _products_of_others(over, inner, tuple(rest)))


prod: Primitive = weighted(
    "prod",
    "product over axes, Real or Int; the derivative is right where factors are 0",
    _products_of_others,
    impl=_prod,
    type_rule=reducing("prod"),
)


# Extremes


def _extreme(name: str, spoken: str, doc: str, ufunc: Any) -> Primitive:
    def impl(x: Any, axis: Axis, keepdims: bool) -> Any:
        if isinstance(x, np.ndarray) and any(x.shape[a] == 0 for a in axes_of(axis, x.ndim)):
            raise ValueError(f"`{spoken}` of no elements")
        return ufunc.reduce(x, axis=axis, keepdims=keepdims)

    def shares(over: Operand, x: Operand, axis: Axis) -> Operand:
        winners = to_real(eq(x, over))
        return div(winners, spread(sum_(winners, axis=axis, keepdims=True), x, axis, True))

    return weighted(name, doc, shares, impl=impl, type_rule=reducing(spoken, NUMBER, nonempty=True))


amax: Primitive = _extreme(
    "amax", "max", "the greatest over axes, Real or Int; nan propagates; ties share the derivative", np.maximum
)
amin: Primitive = _extreme(
    "amin", "min", "the least over axes, Real or Int; nan propagates; ties share the derivative", np.minimum
)


# Norm


def _norm(x: Any, axis: Axis, keepdims: bool) -> Any:
    length = np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    if np.all((length > 1e-140) & (length < 1e150)):
        return length
    # squares may have over- or underflowed: scale by the largest element
    size = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    scale = np.where((size > 0.0) & np.isfinite(size), size, 1.0)
    length = np.sqrt(np.sum(np.square(x / scale), axis=axis, keepdims=True)) * scale
    return length if keepdims else np.squeeze(length, axes_of(axis, np.ndim(x)))


norm: Primitive = weighted(
    "norm",
    "Euclidean norm over axes, without overflow; gradient 0 at the origin",
    lambda over, x, axis: direction(x, axis=axis),
    impl=_norm,
    type_rule=reducing("norm", REAL_ONLY),
)


def _direction(x: Any, *, axis: Axis) -> Any:
    length = _norm(x, axis, True)
    if np.all(length > 1e-290):
        return x / length
    # a subnormal length has lost digits
    larger = x * np.where(length > 1e-290, 1.0, 2.0**600)
    length = _norm(larger, axis, True)
    return larger / np.where(length == 0.0, 1.0, length)


def _direction_rule(out: Operand, x: Operand, t: Operand, axis: Axis) -> Operand:
    """What of t is across the direction, over the length.

    The part along is taken off twice, so that beside an element close to 1 the squares of the others are left, and not
    rounding. A small length divides before that: the squares may be too small, and the result is not.
    """
    length = norm(x, axis=axis, keepdims=True)
    is_small = logical_and(lt(length, 1.0), gt(length, 1e-290))  # below, the quotient may be too large
    t = div(t, select(is_small, length, 1.0))
    for _ in range(2):
        t = sub(t, strong_mul(out, sum_(strong_mul(out, t), axis=axis, keepdims=True)))
    # at the origin it is 0, and stays so
    return div(t, select(is_small, 1.0, select(eq(length, 0.0), math.inf, length)))


def _direction_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    return None if tangents[0] is None else _direction_rule(out, primals[0], tangents[0], static["axis"])


def _direction_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    return (_direction_rule(out, primals[0], ct, static["axis"]),)


direction: Primitive = Primitive(
    name="direction",
    doc="x over its Euclidean norm over axes, the derivative of the norm; 0 at the origin",
    type_rule=same_type("direction", REAL_ONLY),
    impl=_direction,
    jvp=_direction_jvp,
    vjp=_direction_vjp,
    domain=(CUBE,),
    statics=({"axis": 1}, {"axis": (0, 2)}, {"axis": None}),
)


# Root mean square


def _root_mean_square(x: Any, count: float, *, axis: Axis = None, keepdims: bool = False) -> Any:
    with np.errstate(all="ignore"):
        square = np.sum(np.square(x), axis=axis, keepdims=keepdims) / np.float64(count)
        if np.all((square > 1e-280) & (square < 1e300)):
            return plain(np.sqrt(square))
        return plain(_norm(x, axis, keepdims) / np.sqrt(np.float64(count)))


def _root_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (x, count), (t, dcount) = primals, tangents
    along = None if t is None else sum_(strong_mul(t, direction(x, axis=static.get("axis"))), **static)
    along = None if along is None else div(along, sqrt(count))
    fewer = None if dcount is None else strong_mul(dcount, div(out, mul(-2.0, count)))
    return fewer if along is None else along if fewer is None else add(along, fewer)


def _root_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    x, count = primals
    axis, keepdims = static.get("axis"), static.get("keepdims", False)
    to_x = to_count = None
    if wanted[0]:
        to_x = strong_mul(spread(div(ct, sqrt(count)), x, axis, keepdims), direction(x, axis=axis))
    if wanted[1]:
        moved = strong_mul(ct, div(out, mul(-2.0, count)))
        to_count = sum_(moved, axis=None, keepdims=False) if shape_of(moved) else moved
    return to_x, to_count


root_mean_square: Primitive = Primitive(
    name="root_mean_square",
    doc="sqrt(sum(x^2) / count) over axes, without overflow; its derivatives are those of the norm, 0 at the origin",
    type_rule=lambda types, static: reducing("std", REAL_ONLY)(types[:1], static),
    impl=_root_mean_square,
    jvp=_root_jvp,
    vjp=_root_vjp,
    domain=(CUBE, Domain(1.0, 5.0)),
    statics=AXES,
)


# Truth


def _truth(name: str, doc: str, test: Callable[..., Any]) -> Primitive:
    return Primitive(
        name=name,
        doc=doc,
        type_rule=reducing(name, (DType.BOOL,)),
        impl=lambda x, *, axis=None, keepdims=False: plain(test(x, axis=axis, keepdims=keepdims)),
        discrete=True,
        domain=(Domain(shape=(3, 2, 2), boolean=True),),
        statics=AXES,
    )


any_: Primitive = _truth("any", "whether one of the Bools holds, over axes", np.any)
all_: Primitive = _truth("all", "whether all of the Bools hold, over axes", np.all)

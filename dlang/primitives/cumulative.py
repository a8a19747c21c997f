"""Running sums and products along an axis.

The derivative of a running product is a linear recurrence, which is a primitive of its own: its derivatives are
linear recurrences again, exact where factors are 0, to any order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlang.primitives import integers
from dlang.primitives.arithmetic import add, mul, strong_mul
from dlang.primitives.assembling import flip, shift
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.forms import linear
from dlang.primitives.signatures import NUMBER, REAL_ONLY, Checked, same_type
from dlang.types import Type

__all__ = ["cumprod", "cumsum", "products_of_others", "recurrence"]

_MATRIX = Domain(shape=(3, 4))
_ALONG: tuple[Static, ...] = ({"axis": 0}, {"axis": 1})


def _accumulate(ufunc: np.ufunc, x: np.ndarray, axis: int) -> np.ndarray:
    if x.dtype.kind == "i":
        return integers.accumulate(ufunc, x, axis)
    return np.asarray(ufunc.accumulate(x, axis=axis))


cumsum: Primitive = linear(
    "cumsum",
    "running sums along an axis, Real or Int",
    same_type("cumsum", NUMBER, min_rank=1),
    lambda x, *, axis: _accumulate(np.add, x, axis),
    lambda ct, x, *, axis: flip(cumsum(flip(ct, axis=axis), axis=axis), axis=axis),
    domain=(_MATRIX,),
    statics=_ALONG,
)


# y[k] = a[k] y[k-1] + b[k]


def _recurrence_type(types: Sequence[Type], static: Static) -> Checked:
    a, b = types
    if a.rank != b.rank or any(None not in (m, n) and m != n for m, n in zip(a.shape, b.shape, strict=False)):
        return Mismatch(f"a recurrence of {a} and {b}", ("factors and terms have one shape",))
    return same_type("recurrence", REAL_ONLY, min_rank=1)(types, static)


def _recurrence(a: np.ndarray, b: np.ndarray, *, axis: int) -> np.ndarray:
    if a.ndim == 1:
        return np.array(_recurrence_of_floats(a.tolist(), b.tolist()))
    a, b = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
    out = np.empty_like(b)
    before = np.zeros(b.shape[1:])
    for k in range(len(b)):
        before = strong_mul.impl(before, a[k]) + b[k]
        out[k] = before
    return np.moveaxis(out, 0, axis)


def _recurrence_of_floats(factors: list[float], terms: list[float]) -> list[float]:
    before, out = 0.0, []
    for a, b in zip(factors, terms, strict=True):
        before = before * a + b if before and a else b
        out.append(before)
    return out


def _recurrence_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    a, _ = primals
    da, db = tangents
    if da is None:
        return None if db is None else recurrence(a, db, **static)
    terms = strong_mul(da, shift(out, by=1, **static))
    return recurrence(a, terms if db is None else add(terms, db), **static)


def _recurrence_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    terms = _backward(primals[0], ct, static["axis"])
    to_a = strong_mul(terms, shift(out, by=1, **static)) if wanted[0] else None
    return (to_a, terms if wanted[1] else None)


def _backward(a: Operand, ct: Operand, axis: int) -> Operand:
    """The recurrence transposed: y[k] = a[k+1] y[k+1] + ct[k], from the end."""
    following = flip(shift(a, axis=axis, by=-1), axis=axis)
    return flip(recurrence(following, flip(ct, axis=axis), axis=axis), axis=axis)


recurrence: Primitive = Primitive(
    name="recurrence",
    doc="y[k] = a[k] y[k-1] + b[k] along an axis, from y[-1] = 0; a product is 0 where a factor is",
    type_rule=_recurrence_type,
    impl=_recurrence,
    jvp=_recurrence_jvp,
    vjp=_recurrence_vjp,
    domain=(_MATRIX, _MATRIX),
    statics=_ALONG,
    cases=(({"axis": 0}, (Domain(shape=(5,)), Domain(shape=(5,)))),),
)


# Products


def _before(products: Operand, axis: int) -> Operand:
    """For each running product the one before; the empty product is 1."""
    return shift(products, axis=axis, by=1, fill=1.0)


def _cumprod_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    if tangents[0] is None:
        return None
    return recurrence(primals[0], strong_mul(tangents[0], _before(out, static["axis"])), **static)


def _cumprod_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    axis = static["axis"]
    return (strong_mul(_backward(primals[0], ct, axis), _before(out, axis)),)


cumprod: Primitive = Primitive(
    name="cumprod",
    doc="running products along an axis, Real or Int; the derivative is right where factors are 0",
    type_rule=same_type("cumprod", NUMBER, min_rank=1),
    impl=lambda x, *, axis: _accumulate(np.multiply, x, axis),
    jvp=_cumprod_jvp,
    vjp=_cumprod_vjp,
    domain=(_MATRIX,),
    statics=_ALONG,
)


def products_of_others(x: Operand, axis: int) -> Operand:
    """For each element of x the product of all others along the axis; right where some are 0."""
    before = _before(cumprod(x, axis=axis), axis)
    after = flip(_before(cumprod(flip(x, axis=axis), axis=axis), axis), axis=axis)
    return mul(before, after)

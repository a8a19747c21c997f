"""Products of vectors and matrices.

A rule multiplies tangents and cotangents by matrices with `strong_matmul`, the matrix product of `strong_mul`: so that
an infinite derivative of one element is not NaN in the results that do not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, strong_mul, sub
from dlang.primitives.assembling import roll
from dlang.primitives.broadcasting import unbroadcast
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.matrices import fitted, swapped
from dlang.primitives.operands import plain, shape_of
from dlang.primitives.shaping import expand_dims, squeeze
from dlang.primitives.signatures import REAL_ONLY, Checked, check_dtype, dims
from dlang.types import REAL, Type, broadcast_shapes

__all__ = ["cross", "matmul", "outer", "strong_matmul", "strong_outer", "strong_product"]

_VECTOR, _MATRIX = Domain(shape=(3,)), Domain(shape=(2, 3))


def _matmul_type(types: Sequence[Type], static: Static) -> Checked:
    a, b = types
    wrong = check_dtype("@", types, REAL_ONLY)
    if wrong is not None:
        return wrong
    for i, found in enumerate(types):
        if found.is_scalar:
            return Mismatch("`@` takes vectors and matrices, found Real", operand=i)
    inner = a.shape[-1], b.shape[-2] if b.rank > 1 else b.shape[0]
    if None not in inner and inner[0] != inner[1]:
        return Mismatch(
            f"`@` of shapes {dims(a.shape)} and {dims(b.shape)}",
            (f"the inner sizes are {inner[0]} and {inner[1]}; they must be equal",),
        )
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    if batch is None:
        return Mismatch(
            f"`@` of shapes {dims(a.shape)} and {dims(b.shape)}", ("the sizes before the last two do not broadcast",)
        )
    rows = a.shape[-2:-1]
    columns = b.shape[-1:] if b.rank > 1 else ()
    return (REAL.with_shape((*batch, *rows, *columns)),)


def _matmul_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (a, b), (da, db) = primals, tangents
    terms = [
        strong_matmul(da, b) if da is not None else None,
        strong_matmul(a, db) if db is not None else None,
    ]
    first, second = terms
    if first is None or second is None:
        return second if first is None else first
    return add(first, second)


def _matmul_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, b = primals
    ranks = len(shape_of(a)), len(shape_of(b))
    to_a = to_b = None
    match ranks:
        case (1, 1):
            to_a = strong_mul(ct, b) if wanted[0] else None
            to_b = strong_mul(ct, a) if wanted[1] else None
        case (2, 1):
            to_a = strong_outer(ct, b) if wanted[0] else None
            to_b = strong_matmul(ct, a) if wanted[1] else None
        case (1, 2):
            to_a = strong_matmul(b, ct) if wanted[0] else None
            to_b = strong_outer(a, ct) if wanted[1] else None
        case _:
            to_a, to_b = _batched_vjp(a, b, ct, wanted)
    return (to_a, to_b)


def _batched_vjp(a: Operand, b: Operand, ct: Operand, wanted: Sequence[bool]) -> tuple[Operand | None, Operand | None]:
    """For ranks that broadcast: a vector counts as a matrix of one row (left) or column (right)."""
    rows, columns = a, b
    rank = len(shape_of(ct))
    if len(shape_of(a)) == 1:
        rows, ct = expand_dims(a, axes=(0,)), expand_dims(ct, axes=(rank - 1,))
    elif len(shape_of(b)) == 1:
        columns, ct = expand_dims(b, axes=(1,)), expand_dims(ct, axes=(rank,))
    to_a = to_b = None
    if wanted[0]:
        to_a = fitted(strong_matmul(ct, swapped(columns)), rows)
        to_a = squeeze(to_a, axes=(0,)) if rows is not a else to_a
    if wanted[1]:
        to_b = fitted(strong_matmul(swapped(rows), ct), columns)
        to_b = squeeze(to_b, axes=(1,)) if columns is not b else to_b
    return to_a, to_b


def strong_product(a: np.ndarray, b: np.ndarray) -> Any:
    """a @ b in which 0 times anything is 0: the plain product, done again where NaN comes out."""
    out = np.matmul(a, b)
    # as in strong_mul: one number that is NaN if an element is, by the quicker way
    total = out.dot(out) if out.ndim == 1 and out.size < 4096 else out.sum()
    if total == total:
        return plain(out)
    return plain(np.where(np.isnan(out), _redone(a, b), out))


def _redone(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b in which 0 times anything is 0, with what is not finite counted apart, by sign, in products too."""
    rows = max(-2, -b.ndim)
    inside = np.where(np.isfinite(a), a, 0.0) @ np.where(np.isfinite(b), b, 0.0)
    left, right = (_signs(x) for x in (a, b))

    def met(*pairs: tuple[str, str]) -> np.ndarray:
        lines = np.concatenate([left[i] for i, _ in pairs], axis=-1)
        columns = np.concatenate([right[j] for _, j in pairs], axis=rows)
        return np.asarray(lines @ columns > 0.0)

    up = met(("inf", "+"), ("-inf", "-"), ("+", "inf"), ("-", "-inf"))
    down = met(("inf", "-"), ("-inf", "+"), ("-", "inf"), ("+", "-inf"))
    undefined = met(("nan", "any"), ("any", "nan")) | (up & down)
    return np.where(undefined, np.nan, np.where(up, np.inf, np.where(down, -np.inf, inside)))


def _signs(x: np.ndarray) -> dict[str, np.ndarray]:
    """Where elements are infinite, NaN, of either sign, and not 0: 1 there, else 0."""
    found = {"inf": x == np.inf, "-inf": x == -np.inf, "nan": x != x, "+": x > 0.0, "-": x < 0.0, "any": x != 0.0}
    return {name: holds.astype(np.float64) for name, holds in found.items()}


def _matrix_product(name: str, doc: str, impl: Callable[..., Any]) -> Primitive:
    return Primitive(
        name=name,
        doc=doc,
        type_rule=_matmul_type,
        impl=impl,
        jvp=_matmul_jvp,
        vjp=_matmul_vjp,
        domain=(_MATRIX, Domain(shape=(3, 4))),
        cases=_MATRIX_CASES,
    )


_MATRIX_CASES: tuple[tuple[Static, tuple[Domain, ...]], ...] = (
    ({}, (_VECTOR, _VECTOR)),
    ({}, (_MATRIX, _VECTOR)),
    ({}, (_VECTOR, Domain(shape=(3, 2)))),
    ({}, (Domain(shape=(4, 2, 3)), Domain(shape=(3, 2)))),
    ({}, (Domain(shape=(4, 2, 3)), _VECTOR)),
    ({}, (_VECTOR, Domain(shape=(4, 3, 2)))),
    ({}, (Domain(shape=(2, 1, 2, 3)), Domain(shape=(4, 3, 2)))),
)
matmul: Primitive = _matrix_product(
    "matmul",
    "a @ b of vectors, matrices, and stacks of matrices, which broadcast (NumPy's rules); Real",
    lambda a, b: plain(np.matmul(a, b)),
)
strong_matmul: Primitive = _matrix_product(
    "strong_matmul",
    "cotangents (or tangents) @ partials: a @ b in which 0 times anything is exactly 0",
    strong_product,
)


def _outer_type(types: Sequence[Type], static: Static) -> Checked:
    for i, found in enumerate(types):
        if found.rank != 1:
            return Mismatch(f"`outer` takes two vectors, found {found}", operand=i)
    return check_dtype("outer", types, REAL_ONLY) or (REAL.with_shape((*types[0].shape, *types[1].shape)),)


def _outer_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (a, b), (da, db) = primals, tangents
    if da is None:
        return None if db is None else strong_outer(a, db)
    first = strong_outer(da, b)
    return first if db is None else add(first, strong_outer(a, db))


def _outer_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, b = primals
    return (strong_matmul(ct, b) if wanted[0] else None, strong_matmul(a, ct) if wanted[1] else None)


def strong_outer(a: Operand, b: Operand) -> Operand:
    """The matrix of products of two vectors in which 0 times anything is 0."""
    return strong_mul(expand_dims(a, axes=(1,)), expand_dims(b, axes=(0,)))


outer: Primitive = Primitive(
    name="outer",
    doc="the matrix of products of two vectors; Real",
    type_rule=_outer_type,
    impl=np.multiply.outer,
    jvp=_outer_jvp,
    vjp=_outer_vjp,
    domain=(_VECTOR, Domain(shape=(2,))),
)


def _cross_type(types: Sequence[Type], static: Static) -> Checked:
    wrong = check_dtype("cross", types, REAL_ONLY)
    for i, found in enumerate(types):
        if wrong is None and (not found.rank or found.shape[-1] not in (3, None)):
            wrong = Mismatch(f"`cross` takes vectors of 3, found {found}", operand=i)
    if wrong is not None:
        return wrong
    lead = broadcast_shapes(*(t.shape[:-1] for t in types))
    if lead is None:
        shown = " and ".join(dims(t.shape) for t in types)
        return Mismatch(f"`cross` of shapes {shown}", ("the sizes before the last do not broadcast",))
    return (REAL.with_shape((*lead, 3)),)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    for x in (a, b):
        if x.shape[-1] != 3:
            raise ValueError(f"`cross` takes vectors of 3, found {dims(x.shape)}")
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    for k, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        out[..., k] = a[..., i] * b[..., j] - a[..., j] * b[..., i]
    return out


def _cross_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (a, b), (da, db) = primals, tangents
    if da is None:
        return None if db is None else _strong_cross(a, db)
    first = _strong_cross(da, b)
    return first if db is None else add(first, _strong_cross(a, db))


def _cross_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, b = primals
    return (
        unbroadcast(_strong_cross(b, ct), 0, primals) if wanted[0] else None,
        unbroadcast(_strong_cross(ct, a), 1, primals) if wanted[1] else None,
    )


def _strong_cross(a: Operand, b: Operand) -> Operand:
    """The cross product in which 0 times anything is 0: of elements, the next of a times that after it of b, less …"""

    def moved(x: Operand, n: int) -> Operand:
        return roll(x, n, axis=len(shape_of(x)) - 1)

    return sub(strong_mul(moved(a, -1), moved(b, -2)), strong_mul(moved(a, -2), moved(b, -1)))


cross: Primitive = Primitive(
    name="cross",
    doc="the cross product of vectors of 3, along the last axis; leading axes broadcast; Real",
    type_rule=_cross_type,
    impl=_cross,
    jvp=_cross_jvp,
    vjp=_cross_vjp,
    domain=(_VECTOR, _VECTOR),
    cases=(({}, (_MATRIX, _VECTOR)), ({}, (Domain(shape=(2, 1, 3)), Domain(shape=(4, 3))))),
)

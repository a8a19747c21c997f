"""Products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlang.primitives.arithmetic import add, strong_mul
from dlang.primitives.broadcasting import unbroadcast
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.matrices import fitted, swapped
from dlang.primitives.operands import plain, shape_of
from dlang.primitives.shaping import expand_dims, squeeze
from dlang.primitives.signatures import REAL_ONLY, Checked, check_dtype, dims
from dlang.types import REAL, Type, broadcast_shapes

__all__ = ["cross", "matmul", "outer"]

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
        matmul(da, b) if da is not None else None,
        matmul(a, db) if db is not None else None,
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
            to_a = outer(ct, b) if wanted[0] else None
            to_b = matmul(ct, a) if wanted[1] else None
        case (1, 2):
            to_a = matmul(b, ct) if wanted[0] else None
            to_b = outer(a, ct) if wanted[1] else None
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
        to_a = fitted(matmul(ct, swapped(columns)), rows)
        to_a = squeeze(to_a, axes=(0,)) if rows is not a else to_a
    if wanted[1]:
        to_b = fitted(matmul(swapped(rows), ct), columns)
        to_b = squeeze(to_b, axes=(1,)) if columns is not b else to_b
    return to_a, to_b


matmul: Primitive = Primitive(
    name="matmul",
    doc="a @ b of vectors, matrices, and stacks of matrices, which broadcast (NumPy's rules); Real",
    type_rule=_matmul_type,
    impl=lambda a, b: plain(np.matmul(a, b)),
    jvp=_matmul_jvp,
    vjp=_matmul_vjp,
    domain=(_MATRIX, Domain(shape=(3, 4))),
    cases=(
        ({}, (_VECTOR, _VECTOR)),
        ({}, (_MATRIX, _VECTOR)),
        ({}, (_VECTOR, Domain(shape=(3, 2)))),
        ({}, (Domain(shape=(4, 2, 3)), Domain(shape=(3, 2)))),
        ({}, (Domain(shape=(4, 2, 3)), _VECTOR)),
        ({}, (_VECTOR, Domain(shape=(4, 3, 2)))),
        ({}, (Domain(shape=(2, 1, 2, 3)), Domain(shape=(4, 3, 2)))),
    ),
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
        return None if db is None else outer(a, db)
    return outer(da, b) if db is None else add(outer(da, b), outer(a, db))


def _outer_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, b = primals
    return (matmul(ct, b) if wanted[0] else None, matmul(a, ct) if wanted[1] else None)


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
        return None if db is None else cross(a, db)
    return cross(da, b) if db is None else add(cross(da, b), cross(a, db))


def _cross_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, b = primals
    return (
        unbroadcast(cross(b, ct), 0, primals) if wanted[0] else None,
        unbroadcast(cross(ct, a), 1, primals) if wanted[1] else None,
    )


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

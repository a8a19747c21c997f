"""Matrices as products: cholesky, eigh, svd, qr; results and rules for matrices and stacks of them.

Where eigenvalues (or singular values) are repeated, `spectra` says what has a derivative and what has none.

Source of the rules: cholesky, Murray, "Differentiation of the Cholesky decomposition" (2016), section 3; eigh, Giles
(2008), section 3.1; svd, Townsend, "Differentiating the singular value decomposition" (2016); qr, Walter and
Lehmann, "Algorithmic differentiation of linear algebra functions" (2018), section 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlang.primitives.arithmetic import add, div, mul, strong_mul, sub
from dlang.primitives.assembling import tril
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.linear_algebra import strong_matmul
from dlang.primitives.matrices import (
    check_square,
    finite,
    scaled_columns,
    scaled_rows,
    square_mismatch,
    square_size,
    stacks_mismatch,
    swapped,
    symmetric,
    tried,
)
from dlang.primitives.operands import shape_of
from dlang.primitives.signatures import Checked, dims
from dlang.primitives.solving import strong_solve_triangular
from dlang.primitives.spectra import eigenvalue_slopes, inverse_gaps, singular_slopes, sum_of
from dlang.types import Type

__all__ = ["cholesky", "eigh", "qr", "svd"]

_SQUARE = Domain(-1.0, 1.0, shape=(3, 3), diagonal=3.0)
_SQUARES = Domain(-1.0, 1.0, shape=(2, 3, 3), diagonal=3.0)
_ONE = Domain(1.0, 2.0, shape=(1, 1))
_TALL = Domain(-1.0, 1.0, shape=(4, 3), diagonal=3.0)
_TALLS = Domain(-1.0, 1.0, shape=(2, 4, 2), diagonal=3.0)
_WIDE = Domain(-1.0, 1.0, shape=(3, 4), diagonal=3.0)

Pair = tuple[Operand | None, ...]


def _symmetrised(a: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (a + np.swapaxes(a, -1, -2)))


# Cholesky


def _cholesky_type(types: Sequence[Type], static: Static) -> Checked:
    (a,) = types
    n = None if a.rank < 2 else square_size(a)
    return square_mismatch("cholesky", a) or (a.with_shape((*a.shape[:-2], n, n)),)


def _cholesky(a: np.ndarray) -> np.ndarray:
    check_square("cholesky", a)
    found: np.ndarray = tried(finite(lambda x: np.linalg.cholesky(_symmetrised(x))), a)
    return found


def _half_lower(x: Operand) -> Operand:
    """The lower triangle with half the diagonal: the lower factor of a small symmetric step from the identity."""
    return mul(0.5, add(tril(x, k=0), tril(x, k=-1)))


def _cholesky_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    if tangents[0] is None:
        return None
    half = strong_solve_triangular(out, symmetric(tangents[0]), lower=True)
    whole = strong_solve_triangular(out, swapped(half), lower=True)
    return strong_matmul(out, _half_lower(whole))


def _cholesky_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    inside = _half_lower(strong_matmul(swapped(out), ct))
    half = strong_solve_triangular(out, inside, lower=True, transposed=True)
    whole = strong_solve_triangular(out, swapped(half), lower=True, transposed=True)
    return (symmetric(whole),)


cholesky: Primitive = Primitive(
    name="cholesky",
    doc="the lower l with l @ l^T = a, of the symmetric part of a; nan where that is not positive definite",
    type_rule=_cholesky_type,
    impl=_cholesky,
    jvp=_cholesky_jvp,
    vjp=_cholesky_vjp,
    domain=(_SQUARE,),
    cases=(({}, (_SQUARES,)), ({}, (_ONE,))),
)


# Eigenvalues


def _eigh_type(types: Sequence[Type], static: Static) -> Checked:
    (a,) = types
    wrong = square_mismatch("eigh", a)
    if wrong is not None:
        return wrong
    n = square_size(a)
    return a.with_shape((*a.shape[:-2], n)), a.with_shape((*a.shape[:-2], n, n))


def _eigh(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    check_square("eigh", a)
    w, v = tried(finite(lambda x: np.linalg.eigh(_symmetrised(x))), a)
    return w, v


def _eigh_jvp(out: Pair, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static) -> Pair:
    if tangents[0] is None:
        return (None, None)
    w, v = out
    inside = strong_matmul(swapped(v), strong_matmul(symmetric(tangents[0]), v))
    turn = strong_mul(inverse_gaps(w, squares=False), inside)
    return eigenvalue_slopes(w, v, tangents[0]), strong_matmul(v, turn)


def _eigh_vjp(
    out: Pair, primals: Sequence[Operand], ct: Pair, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    (w, v), (to_w, to_v) = out, ct
    left = sum_of(
        None if to_w is None else scaled_columns(v, to_w),
        None
        if to_v is None
        else strong_matmul(v, strong_mul(inverse_gaps(w, squares=False), strong_matmul(swapped(v), to_v))),
    )
    return (None if left is None else symmetric(strong_matmul(left, swapped(v))),)


eigh: Primitive = Primitive(
    name="eigh",
    doc="eigenvalues, ascending, and eigenvectors (columns) of the symmetric part of a matrix, or of each of a stack",
    type_rule=_eigh_type,
    impl=_eigh,
    jvp=_eigh_jvp,
    vjp=_eigh_vjp,
    domain=(_SQUARE,),
    cases=(({}, (_SQUARES,)), ({}, (_ONE,))),
)


# Singular values


def _svd_type(types: Sequence[Type], static: Static) -> Checked:
    (a,) = types
    wrong = stacks_mismatch("svd", types)
    if wrong is not None:
        return wrong
    lead, (m, n) = a.shape[:-2], a.shape[-2:]
    k = _shorter(m, n)
    return a.with_shape((*lead, m, k)), a.with_shape((*lead, k)), a.with_shape((*lead, k, n))


def _shorter(m: int | None, n: int | None) -> int | None:
    return None if m is None or n is None else min(m, n)


def _svd(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    u, s, vt = tried(finite(lambda x: np.linalg.svd(x, full_matrices=False)), a)
    return u, s, vt


def _outside(x: Operand, basis: Operand) -> Operand:
    """What the columns of x have beside the space that those of `basis`, orthonormal, span."""
    return sub(x, strong_matmul(basis, strong_matmul(swapped(basis), x)))


def _is_square(u: Operand) -> bool:
    """Whether it is known that orthonormal columns span everything."""
    m, n = shape_of(u)[-2:]
    return m is not None and m == n


def _svd_jvp(out: Pair, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static) -> Pair:
    da = tangents[0]
    if da is None:
        return (None, None, None)
    u, s, vt = out
    v = swapped(vt)
    right, left = strong_matmul(da, v), strong_matmul(swapped(da), u)
    inside = strong_matmul(swapped(u), right)
    gaps, turned = inverse_gaps(s, squares=True), swapped(inside)
    du = strong_matmul(u, strong_mul(gaps, add(scaled_columns(inside, s), scaled_rows(turned, s))))
    dv = strong_matmul(v, strong_mul(gaps, add(scaled_rows(inside, s), scaled_columns(turned, s))))
    if not _is_square(u):
        du = add(du, scaled_columns(_outside(right, u), div(1.0, s)))
    if not _is_square(v):
        dv = add(dv, scaled_columns(_outside(left, v), div(1.0, s)))
    return du, singular_slopes(s, u, v, da, square=_is_square(u) and _is_square(v)), swapped(dv)


def _svd_vjp(
    out: Pair, primals: Sequence[Operand], ct: Pair, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    (u, s, vt), (to_u, to_s, to_vt) = out, ct
    v = swapped(vt)
    total = None if to_s is None else strong_matmul(scaled_columns(u, to_s), vt)
    if to_u is not None:
        turn = strong_mul(inverse_gaps(s, squares=True), strong_matmul(swapped(u), to_u))
        left = strong_matmul(u, scaled_columns(add(turn, swapped(turn)), s))
        if not _is_square(u):
            left = add(left, scaled_columns(_outside(to_u, u), div(1.0, s)))
        total = sum_of(total, strong_matmul(left, vt))
    if to_vt is not None:
        to_v = swapped(to_vt)
        turn = strong_mul(inverse_gaps(s, squares=True), strong_matmul(vt, to_v))
        left = strong_matmul(v, scaled_columns(add(turn, swapped(turn)), s))
        if not _is_square(v):
            left = add(left, scaled_columns(_outside(to_v, v), div(1.0, s)))
        total = sum_of(total, strong_matmul(u, swapped(left)))
    return (total,)


svd: Primitive = Primitive(
    name="svd",
    doc="u, s and v^T with (u * s) @ v^T = a, s descending, as many as the shorter side; also of each of a stack",
    type_rule=_svd_type,
    impl=_svd,
    jvp=_svd_jvp,
    vjp=_svd_vjp,
    domain=(_SQUARE,),
    cases=(({}, (_TALL,)), ({}, (_WIDE,)), ({}, (_TALLS,)), ({}, (_ONE,))),
)


# Orthonormal and triangular


def _qr_type(types: Sequence[Type], static: Static) -> Checked:
    (a,) = types
    wrong = stacks_mismatch("qr", types)
    if wrong is not None:
        return wrong
    m, n = a.shape[-2:]
    if m is not None and n is not None and m < n:
        return Mismatch(f"`qr` of {a}, which has more columns than rows", operand=0)
    return a, a.with_shape((*a.shape[:-2], n, n))


def _qr(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if a.shape[-2] < a.shape[-1]:
        raise ValueError(f"an array of shape {dims(a.shape)} has more columns than rows")
    q, r = tried(finite(np.linalg.qr), a)
    return q, r


def _times_inverse(x: Operand, r: Operand, *, transposed: bool = False) -> Operand:
    """x @ r^-1, or x @ r^-T, with r upper triangular."""
    return swapped(strong_solve_triangular(r, swapped(x), lower=False, transposed=not transposed))


def _qr_jvp(out: Pair, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static) -> Pair:
    if tangents[0] is None:
        return (None, None)
    q, r = out
    scaled = _times_inverse(tangents[0], r)
    inside = strong_matmul(swapped(q), scaled)
    below = tril(inside, k=-1)
    upper = sub(inside, sub(below, swapped(below)))
    return sub(scaled, strong_matmul(q, upper)), strong_matmul(upper, r)


def _qr_vjp(
    out: Pair, primals: Sequence[Operand], ct: Pair, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    (q, r), (to_q, to_r) = out, ct
    parts = []
    if to_r is not None:
        parts.append(strong_matmul(to_r, swapped(r)))
    if to_q is not None:
        parts.append(mul(-1.0, strong_matmul(swapped(q), to_q)))
    if not parts:
        return (None,)
    whole = parts[0] if len(parts) == 1 else add(*parts)
    inside = sub(whole, tril(sub(whole, swapped(whole)), k=-1))
    return (_times_inverse(sum_of(to_q, strong_matmul(q, inside)), r, transposed=True),)


qr: Primitive = Primitive(
    name="qr",
    doc="q with orthonormal columns and the upper r with q @ r = a, for no more columns than rows; also of stacks",
    type_rule=_qr_type,
    impl=_qr,
    jvp=_qr_jvp,
    vjp=_qr_vjp,
    domain=(_SQUARE,),
    cases=(({}, (_TALL,)), ({}, (_TALLS,)), ({}, (_ONE,))),
)

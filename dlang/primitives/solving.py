"""Linear equations: inverse, solutions with a square, a triangular and a rectangular matrix.

Source of the rules: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), sections 2.2.3 and 2.3.1; for the pseudo-inverse and least squares, Golub and Pereyra, "The
differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate" (1973), theorem 4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from dlang.primitives.arithmetic import abs_, add, neg, stop_gradient, strong_mul, sub
from dlang.primitives.assembling import tril, triu
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.linear_algebra import matmul, strong_matmul, strong_outer, strong_product
from dlang.primitives.matrices import (
    check_square,
    finite,
    fitted,
    square_mismatch,
    square_size,
    stacks_mismatch,
    swapped,
    tried,
    with_axes,
)
from dlang.primitives.operands import plain, shape_of
from dlang.primitives.reductions import sum_
from dlang.primitives.signatures import Checked, dims
from dlang.types import REAL, Type, broadcast_shapes

__all__ = ["full_rank", "inv", "lstsq", "pinv", "solve", "solve_triangular"]

_SQUARE = Domain(-1.0, 1.0, shape=(3, 3), diagonal=3.0)
_SQUARES = Domain(-1.0, 1.0, shape=(2, 3, 3), diagonal=3.0)
_TALL = Domain(-1.0, 1.0, shape=(4, 3), diagonal=3.0)
_WIDE = Domain(-1.0, 1.0, shape=(3, 4), diagonal=3.0)


# Inverse


def _inv_type(types: Sequence[Type], static: Static) -> Checked:
    (a,) = types
    n = None if a.rank < 2 else square_size(a)
    return square_mismatch("inv", a) or (a.with_shape((*a.shape[:-2], n, n)),)


def _inv(a: np.ndarray) -> np.ndarray:
    check_square("inv", a)
    found: np.ndarray = tried(np.linalg.inv, a)
    return found


def _inv_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    return None if tangents[0] is None else neg(strong_matmul(strong_matmul(out, tangents[0]), out))


def _inv_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    turned = swapped(out)
    return (neg(strong_matmul(strong_matmul(turned, ct), turned)),)


inv: Primitive = Primitive(
    name="inv",
    doc="the inverse of a square matrix, or of each of a stack; nan where it is singular",
    type_rule=_inv_type,
    impl=_inv,
    jvp=_inv_jvp,
    vjp=_inv_vjp,
    domain=(_SQUARE,),
    cases=(({}, (_SQUARES,)), ({}, (Domain(1.0, 2.0, shape=(1, 1)),))),
)


# Square and triangular systems


def _solution_type(spoken: str, types: Sequence[Type]) -> Checked:
    a, b = types
    wrong = square_mismatch(spoken, a)
    if wrong is not None:
        return wrong
    if b.rank < 1 or not b.is_real or (b.rank == 1 and a.rank > 2):
        return Mismatch(f"`{spoken}` takes a vector or a matrix on the right, found {b}", operand=1)
    n, rows = square_size(a), b.shape[max(b.rank - 2, 0)]
    if n != rows and None not in (n, rows):
        sizes = f"the matrix has {n} rows, the right side has {rows}"
        return Mismatch(f"`{spoken}` of shapes {dims(a.shape)} and {dims(b.shape)}", (sizes,))
    size = rows if n is None else n
    if b.rank == 1:
        return (REAL.with_shape((size,)),)
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    if batch is None:
        told = "the sizes before the last two do not broadcast"
        return Mismatch(f"`{spoken}` of shapes {dims(a.shape)} and {dims(b.shape)}", (told,))
    return (REAL.with_shape((*batch, size, b.shape[-1])),)


def _check_rows(spoken: str, a: np.ndarray, b: np.ndarray) -> None:
    """Raise ValueError unless the right side has as many rows as the matrix, which must be square."""
    check_square(spoken, a)
    rows = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if rows != a.shape[-1]:
        raise ValueError(f"the matrix has {a.shape[-1]} rows, the right side has {rows}")


def _columns(compute: Callable[..., Any], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`compute` on matrices; a vector counts as one column."""
    found: np.ndarray = tried(compute, a, b[:, None])[:, 0] if b.ndim == 1 else tried(compute, a, b)
    return found


def _products(u: Operand, v: Operand) -> Operand:
    """u @ v^T of vectors or of matrices."""
    return strong_outer(u, v) if len(shape_of(u)) == 1 else strong_matmul(u, swapped(v))


def _system(
    name: str,
    doc: str,
    impl: Callable[..., Any],
    part: Callable[[Operand, Static], Operand],
    *,
    statics: Sequence[Static],
    strong: Primitive | None = None,
) -> Primitive:
    """A primitive that solves op(part(a)) @ x = b, where op transposes if `transposed` says so.

    Args:
        name: as the IR prints it.
        doc: one line for the reference.
        impl: (a, b, **static) -> x.
        part: (a, static) -> what of `a` counts; linear, and its own transpose.
        statics: for tests.
        strong: what its rules apply to tangents and cotangents, `_strong` of it; None: itself.
    """

    def is_vector(b: Operand) -> bool:
        return len(shape_of(b)) == 1

    def jvp(
        out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
    ) -> Operand | None:
        a, _ = primals
        da, right = tangents
        if da is not None:
            moved = part(da, static)
            moved = strong_matmul(swapped(moved) if static.get("transposed") else moved, out)
            right = neg(moved) if right is None else sub(right, moved)
        return None if right is None else rule(a, right, **static)

    def vjp(
        out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
    ) -> tuple[Operand | None, ...]:
        a, b = primals
        transposed = bool(static.get("transposed"))
        to_b = rule(a, ct, **{**static, "transposed": not transposed})
        to_a = None
        if wanted[0]:
            left, right = (out, to_b) if transposed else (to_b, out)
            product = _products(left, right)
            to_a = part(neg(product if is_vector(b) else fitted(product, a)), static)
        if not wanted[1]:
            return (to_a, None)
        return (to_a, to_b if is_vector(b) else fitted(to_b, b))

    vector, matrix = Domain(shape=(3,)), Domain(shape=(3, 2))
    operands = (
        (_SQUARE, matrix),
        (_SQUARES, matrix),
        (_SQUARE, Domain(shape=(2, 3, 2))),
        (Domain(-1.0, 1.0, shape=(4, 1, 3, 3), diagonal=3.0), Domain(shape=(2, 3, 1))),
    )
    primitive = Primitive(
        name=name,
        doc=doc,
        type_rule=lambda types, static: _solution_type("solve", types),
        impl=impl,
        jvp=jvp,
        vjp=vjp,
        domain=(_SQUARE, vector),
        statics=tuple(statics),
        cases=tuple((static, each) for static, each in zip((*statics, *statics), operands, strict=False)),
    )
    rule = primitive if strong is None else strong
    return primitive


def _strong(solved: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """`solved` for right sides that may be infinite: the inverse times b in which 0 times anything is 0.

    That is done only where NaN comes out.
    """

    def impl(a: np.ndarray, b: np.ndarray, **static: Any) -> np.ndarray:
        out = solved(a, b, **static)
        total = out.sum()
        if total == total or np.isfinite(b).all():
            return out
        inverse = solved(a, np.broadcast_to(np.eye(a.shape[-1]), a.shape), **static)
        return np.where(np.isnan(out), strong_product(inverse, b), out)

    return impl


def _solve(a: np.ndarray, b: np.ndarray, *, transposed: bool = False) -> np.ndarray:
    _check_rows("solve", a, b)
    return _columns(np.linalg.solve, np.swapaxes(a, -1, -2) if transposed else a, b)


_SOLVE_STATICS: tuple[Static, ...] = ({}, {"transposed": True})
strong_solve: Primitive = _system(
    "strong_solve",
    "cotangents (or tangents) solved for: as `solve`, where 0 times anything is exactly 0",
    _strong(_solve),
    lambda a, static: a,
    statics=_SOLVE_STATICS,
)
solve: Primitive = _system(
    "solve",
    "x with a @ x = b, for a vector, a matrix or stacks of them; nan where a is singular",
    _solve,
    lambda a, static: a,
    statics=_SOLVE_STATICS,
    strong=strong_solve,
)

_BLOCK = 16
"""Triangular systems of more rows are cut in two, so that most of the work is matrix products."""


def _substitute(t: np.ndarray, b: np.ndarray, lower: bool) -> np.ndarray:
    """x with t @ x = b, t triangular, both stacks of matrices with the same leading axes; IEEE where t has a 0."""
    n = t.shape[-1]
    x = np.empty(b.shape)
    if n > _BLOCK:
        cut = n // 2
        first, last = (slice(0, cut), slice(cut, n)) if lower else (slice(cut, n), slice(0, cut))
        x[..., first, :] = _substitute(t[..., first, first], b[..., first, :], lower)
        rest = b[..., last, :] - t[..., last, first] @ x[..., first, :]
        x[..., last, :] = _substitute(t[..., last, last], rest, lower)
        return x
    for i in range(n) if lower else range(n - 1, -1, -1):
        known = slice(0, i) if lower else slice(i + 1, n)
        rest = b[..., i, :] - (t[..., i, None, known] @ x[..., known, :])[..., 0, :]
        x[..., i, :] = rest / t[..., i, i, None]
    return x


def _solve_triangular(a: np.ndarray, b: np.ndarray, *, lower: bool, transposed: bool = False) -> np.ndarray:
    def compute(t: np.ndarray, right: np.ndarray) -> np.ndarray:
        lead = np.broadcast_shapes(t.shape[:-2], right.shape[:-2])
        right = np.broadcast_to(right, (*lead, *right.shape[-2:]))
        return _substitute(t, right, lower is not transposed)

    _check_rows("solve", a, b)
    return _columns(compute, np.swapaxes(a, -1, -2) if transposed else a, b)


def _triangle(a: Operand, static: Static) -> Operand:
    return tril(a, k=0) if static["lower"] else triu(a, k=0)


_TRIANGLES: tuple[Static, ...] = (
    {"lower": True},
    {"lower": True, "transposed": True},
    {"lower": False},
    {"lower": False, "transposed": True},
)
strong_solve_triangular: Primitive = _system(
    "strong_solve_triangular",
    "cotangents (or tangents) solved for: as `solve_triangular`, where 0 times anything is exactly 0",
    _strong(_solve_triangular),
    _triangle,
    statics=_TRIANGLES,
)
solve_triangular: Primitive = _system(
    "solve_triangular",
    "x with a @ x = b, or a^T @ x = b if `transposed`, where only the `lower` or upper triangle of a counts",
    _solve_triangular,
    _triangle,
    statics=_TRIANGLES,
    strong=strong_solve_triangular,
)


# Rectangular systems


def _pinv_type(types: Sequence[Type], static: Static) -> Checked:
    (a,) = types
    return stacks_mismatch("pinv", types) or (a.with_shape((*a.shape[:-2], *a.shape[:-3:-1])),)


def _pinv(a: np.ndarray) -> np.ndarray:
    """The pseudo-inverse; singular values up to eps times the longer side times the greatest count as 0."""
    cut = np.finfo(float).eps * max(a.shape[-2:])
    found: np.ndarray = tried(finite(lambda x: np.linalg.pinv(x, rcond=cut)), a)
    return found


def _full_rank(p: np.ndarray, a: np.ndarray) -> float | np.ndarray:
    rank = np.sum(p * np.swapaxes(a, -1, -2), axis=(-2, -1))  # the trace of a projection
    return cast("float | np.ndarray", plain(np.where(rank > min(a.shape[-2:]) - 0.5, 1.0, np.nan)))


full_rank: Primitive = Primitive(
    name="full_rank",
    doc="1 for each matrix a, with pseudo-inverse p, that has full rank; else nan: a step would make p jump",
    type_rule=lambda types, static: stacks_mismatch("pinv", types) or (types[1].with_shape(types[1].shape[:-2]),),
    impl=_full_rank,
    discrete=True,
    domain=(_WIDE, _TALL),
    cases=(({}, (_SQUARES, _SQUARES)),),
)


def _of_full_rank(total: Operand, step: Operand, p: Operand, a: Operand, *, stacks: bool) -> Operand:
    """What a step (or cotangent) comes to, if a, with pseudo-inverse p, has full rank; else all of it nan.

    A step that is 0 comes to 0 all the same. What is nan is added: in products, a 0 beside it would win.
    """
    rank = len(shape_of(step))
    axes = (rank - 2, rank - 1) if stacks else None
    size = sum_(abs_(stop_gradient(step)), axis=axes, keepdims=stacks)
    flag = full_rank(p, a)
    return add(total, strong_mul(size, sub(with_axes(flag) if stacks else flag, 1.0)))


def _pinv_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (a,), (da,) = primals, tangents
    if da is None:
        return None
    p, turned = out, swapped(da)
    total = neg(strong_matmul(strong_matmul(p, da), p))
    if not _is_wide(a):
        left = strong_matmul(matmul(p, swapped(p)), turned)
        total = add(total, sub(left, strong_matmul(strong_matmul(left, a), p)))
    if not _is_tall(a):
        right = strong_matmul(turned, matmul(swapped(p), p))
        total = add(total, sub(right, strong_matmul(p, strong_matmul(a, right))))
    return _of_full_rank(total, da, p, a, stacks=True)


def _pinv_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    (a,) = primals
    p, turned = out, swapped(ct)
    total = neg(strong_matmul(strong_matmul(swapped(p), ct), swapped(p)))
    if not _is_wide(a):
        right = strong_matmul(turned, matmul(p, swapped(p)))
        total = add(total, sub(right, strong_matmul(a, strong_matmul(p, right))))
    if not _is_tall(a):
        left = strong_matmul(matmul(swapped(p), p), turned)
        total = add(total, sub(left, strong_matmul(strong_matmul(left, p), a)))
    return (_of_full_rank(total, ct, p, a, stacks=True),)


def _is_tall(a: Operand) -> bool:
    """Whether it is known that there are no more columns than rows, so that p @ a is the identity at full rank."""
    m, n = shape_of(a)[-2:]
    return m is not None and n is not None and m >= n


def _is_wide(a: Operand) -> bool:
    """Whether it is known that there are no more rows than columns, so that a @ p is the identity at full rank."""
    m, n = shape_of(a)[-2:]
    return m is not None and n is not None and m <= n


pinv: Primitive = Primitive(
    name="pinv",
    doc="the pseudo-inverse of a matrix, or of each of a stack; the derivative is nan where it lacks full rank",
    type_rule=_pinv_type,
    impl=_pinv,
    jvp=_pinv_jvp,
    vjp=_pinv_vjp,
    domain=(_TALL,),
    cases=(({}, (_WIDE,)), ({}, (_SQUARES,))),
)


def _lstsq_type(types: Sequence[Type], static: Static) -> Checked:
    a, b = types
    wrong = stacks_mismatch("lstsq", types[:1])
    if wrong is not None:
        return wrong
    if a.rank > 2:
        return Mismatch(f"`lstsq` takes one matrix, found {a}", operand=0)
    if b.rank not in (1, 2) or not b.is_real:
        return Mismatch(f"`lstsq` takes a vector or a matrix on the right, found {b}", operand=1)
    if a.shape[0] != b.shape[0] and None not in (a.shape[0], b.shape[0]):
        sizes = f"the matrix has {a.shape[0]} rows, the right side has {b.shape[0]}"
        return Mismatch(f"`lstsq` of shapes {dims(a.shape)} and {dims(b.shape)}", (sizes,))
    return (REAL.with_shape((a.shape[1], *b.shape[1:])),)


def _lstsq(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.shape[0] != b.shape[0]:
        raise ValueError(f"the matrix has {a.shape[0]} rows, the right side has {b.shape[0]}")
    return _columns(finite(lambda x, y: np.linalg.lstsq(x, y, rcond=None)[0]), a, b)


def _lstsq_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (a, b), (da, db) = primals, tangents
    p = pinv(a)
    total = None if db is None else strong_matmul(p, db)
    if da is None:
        return total
    turned = swapped(da)
    moved = strong_matmul(p, strong_matmul(da, out))
    total = neg(moved) if total is None else sub(total, moved)
    if not _is_wide(a):
        total = add(total, strong_matmul(p, strong_matmul(swapped(p), strong_matmul(turned, sub(b, matmul(a, out))))))
    if not _is_tall(a):
        right = strong_matmul(turned, matmul(swapped(p), out))
        total = add(total, sub(right, strong_matmul(p, strong_matmul(a, right))))
    return _of_full_rank(total, da, p, a, stacks=False)


def _lstsq_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, b = primals
    p = pinv(a)
    to_b = strong_matmul(swapped(p), ct) if wanted[1] else None
    if not wanted[0]:
        return (None, to_b)
    pulled = strong_matmul(swapped(p), ct)
    to_a = neg(_products(pulled, out))
    if not _is_wide(a):
        to_a = add(to_a, _products(sub(b, matmul(a, out)), strong_matmul(p, pulled)))
    if not _is_tall(a):
        rest = sub(ct, strong_matmul(swapped(a), pulled))
        to_a = add(to_a, _products(matmul(swapped(p), out), rest))
    return (_of_full_rank(to_a, ct, p, a, stacks=False), to_b)


lstsq: Primitive = Primitive(
    name="lstsq",
    doc="the x of least |b - a @ x|, of these the shortest; the derivative in a is nan where it lacks full rank",
    type_rule=_lstsq_type,
    impl=_lstsq,
    jvp=_lstsq_jvp,
    vjp=_lstsq_vjp,
    domain=(_TALL, Domain(shape=(4, 2))),
    cases=(
        ({}, (_WIDE, Domain(shape=(3, 2)))),
        ({}, (_SQUARE, Domain(shape=(3, 1)))),
        ({}, (_TALL, Domain(shape=(4,)))),
    ),
)

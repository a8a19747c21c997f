"""Determinants, and their derivatives: right at singular matrices too, where there is no inverse.

The gradient of the determinant is the matrix of cofactors. With a = u diag(s) v^T it is

    det(u) det(v) u diag(g) v^T,    g_i the product of all s but s_i,

which needs no inverse; the derivative of that along a direction has products of all s but two, and none of the
singular vectors' own derivatives, so that it holds for repeated s.

Source: Jacobi's formula; the cofactors by singular values, Stewart, "On the adjugate matrix" (1998).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlang.primitives.arithmetic import add, neg, strong_mul, sub
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.linear_algebra import strong_matmul
from dlang.primitives.matrices import (
    check_square,
    finite,
    inner,
    quietly,
    square_mismatch,
    square_size,
    swapped,
    tried,
    with_axes,
)
from dlang.primitives.signatures import Checked
from dlang.primitives.solving import inv
from dlang.types import Type

__all__ = ["cofactors", "cofactors_along", "det", "logdet"]

_SQUARE = Domain(-1.0, 1.0, shape=(3, 3), diagonal=1.0)
_SQUARES = Domain(-1.0, 1.0, shape=(2, 3, 3), diagonal=1.0)
_ONE = Domain(1.0, 2.0, shape=(1, 1))


def _one_a_matrix(spoken: str, types: Sequence[Type]) -> Checked:
    (a,) = types
    return square_mismatch(spoken, a) or (a.with_shape(a.shape[:-2]),)


# Determinant


def _det(a: np.ndarray) -> float | np.ndarray:
    check_square("det", a)
    found: float | np.ndarray = quietly(np.linalg.det, a)
    return found


def _det_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    return None if tangents[0] is None else inner(cofactors(primals[0]), tangents[0])


def _det_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    return (strong_mul(with_axes(ct), cofactors(primals[0])),)


det: Primitive = Primitive(
    name="det",
    doc="the determinant of a square matrix, or of each of a stack; first and second derivatives of singular ones too",
    type_rule=lambda types, static: _one_a_matrix("det", types),
    impl=_det,
    jvp=_det_jvp,
    vjp=_det_vjp,
    domain=(_SQUARE,),
    cases=(({}, (_SQUARES,)), ({}, (_ONE,)), ({}, (Domain(shape=(4, 4)),))),
)


# Cofactors


def _same_squares(spoken: str, types: Sequence[Type]) -> Checked:
    for found in types:
        wrong = square_mismatch(spoken, found)
        if wrong is not None:
            return wrong
    a = types[0]
    if any(found.rank != a.rank for found in types):
        return Mismatch(f"`{spoken}` of {' and '.join(map(str, types))}")
    n = next((n for n in map(square_size, types) if n is not None), None)
    return (a.with_shape((*a.shape[:-2], n, n)),)


def _products_but_one(s: np.ndarray) -> np.ndarray:
    """For each element along the last axis the product of all others."""
    ones = np.ones((*s.shape[:-1], 1))
    before = np.concatenate([ones, np.cumprod(s[..., :-1], axis=-1)], axis=-1)
    after = np.concatenate([ones, np.cumprod(s[..., :0:-1], axis=-1)], axis=-1)[..., ::-1]
    return np.asarray(before * after)


def _factors(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """u, s and v^T of each matrix, and the sign of det(u) det(v) with two axes more."""
    u, s, vt = np.linalg.svd(a)
    return u, s, vt, np.sign(np.linalg.det(u) * np.linalg.det(vt))[..., None, None]


def _cofactors(a: np.ndarray) -> np.ndarray:
    def compute(x: np.ndarray) -> np.ndarray:
        u, s, vt, sign = _factors(x)
        return np.asarray(sign * ((u * _products_but_one(s)[..., None, :]) @ vt))

    found: np.ndarray = tried(finite(compute), a) if a.size else np.zeros(a.shape)
    return found


def _cofactors_along(a: np.ndarray, t: np.ndarray) -> np.ndarray:
    def compute(x: np.ndarray, dx: np.ndarray) -> np.ndarray:
        u, s, vt, sign = _factors(x)
        m = np.swapaxes(u, -1, -2) @ dx @ np.swapaxes(vt, -1, -2)
        here = np.eye(s.shape[-1], dtype=bool)
        # element (i, j): the product of all s but s_i and s_j; 0 where i = j
        pairs = np.where(here, 0.0, _products_but_one(np.where(here, 1.0, s[..., None, :])))
        diagonal = pairs @ np.diagonal(m, axis1=-2, axis2=-1)[..., None]
        moved = np.where(here, diagonal, -pairs * np.swapaxes(m, -1, -2))
        return np.asarray(sign * (u @ moved @ vt))

    found: np.ndarray = tried(finite(compute), a, t) if a.size else np.zeros(a.shape)
    return found


def _cofactors_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    return None if tangents[0] is None else cofactors_along(primals[0], tangents[0])


def _cofactors_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    return (cofactors_along(primals[0], ct),)  # a second derivative is symmetric


cofactors: Primitive = Primitive(
    name="cofactors",
    doc="the gradient of det: each element's minor with its sign, also of singular matrices",
    type_rule=lambda types, static: _same_squares("det", types),
    impl=_cofactors,
    jvp=_cofactors_jvp,
    vjp=_cofactors_vjp,
    domain=(_SQUARE,),
    cases=(({}, (_SQUARES,)), ({}, (_ONE,))),
)


def _third(a: Operand, t: Operand, r: Operand) -> Operand:
    """The third derivative of det(a) along t and r, a matrix; it needs the inverse."""
    turned = swapped(inv(a))
    whole, moved = cofactors(a), cofactors_along(a, r)
    dturned = neg(strong_matmul(strong_matmul(turned, swapped(r)), turned))
    scaled = add(strong_mul(with_axes(inner(dturned, t)), whole), strong_mul(with_axes(inner(turned, t)), moved))
    crossed = add(
        strong_matmul(strong_matmul(moved, swapped(t)), turned),
        strong_matmul(strong_matmul(whole, swapped(t)), dturned),
    )
    return sub(scaled, crossed)


def _along_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (a, t), (da, dt) = primals, tangents
    straight = None if dt is None else cofactors_along(a, dt)
    if da is None:
        return straight
    bent = _third(a, t, da)
    return bent if straight is None else add(straight, bent)


def _along_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, t = primals
    return (_third(a, t, ct) if wanted[0] else None, cofactors_along(a, ct) if wanted[1] else None)


cofactors_along: Primitive = Primitive(
    name="cofactors_along",
    doc="the derivative of the cofactors of a along a direction t; its own derivative in a is nan where a is singular",
    type_rule=lambda types, static: _same_squares("det", types),
    impl=_cofactors_along,
    jvp=_along_jvp,
    vjp=_along_vjp,
    domain=(_SQUARE, Domain(shape=(3, 3))),
    cases=(({}, (_SQUARES, Domain(shape=(2, 3, 3)))), ({}, (_ONE, Domain(shape=(1, 1))))),
)


# The logarithm of its size


def _logdet(a: np.ndarray) -> float | np.ndarray:
    check_square("logdet", a)
    found: float | np.ndarray = quietly(lambda x: np.linalg.slogdet(x)[1], a)
    return found


def _logdet_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    return None if tangents[0] is None else inner(swapped(inv(primals[0])), tangents[0])


def _logdet_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    return (strong_mul(with_axes(ct), swapped(inv(primals[0]))),)


logdet: Primitive = Primitive(
    name="logdet",
    doc="log |det a| without overflow, of a square matrix or each of a stack; -inf where it is singular",
    type_rule=lambda types, static: _one_a_matrix("logdet", types),
    impl=_logdet,
    jvp=_logdet_jvp,
    vjp=_logdet_vjp,
    domain=(Domain(-1.0, 1.0, shape=(3, 3), diagonal=3.0),),
    cases=(({}, (Domain(-1.0, 1.0, shape=(2, 3, 3), diagonal=3.0),)), ({}, (_ONE,))),
)

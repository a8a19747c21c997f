"""What eigenvalues and singular values share in rules: gaps between values, the values' slopes, repeated values.

Values closer to each other than GAP times the norm of all count as repeated. The vectors of repeated values may be
turned among themselves, so that they have no derivative; what asks for it gets nan, from `inverse_gaps`. The first
derivative of the values needs none: it is the diagonal of the step, seen from the vectors. Its own derivative is one of
vectors, and there nan is not enough: a coefficient that is 0 would hide it, and leave a number that is wrong. So second
derivatives of repeated values are refused, by `unrepeated`, unless the first step leaves their vectors as they are.

Source: Magnus, "On differentiating eigenvalues and eigenvectors" (1985); for repeated values, Lancaster, "On
eigenvalues of matrices dependent on a parameter" (1964).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, mul, strong_mul, sub
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.forms import linear
from dlang.primitives.linear_algebra import strong_matmul
from dlang.primitives.matrices import column_sums, scaled_columns, swapped, symmetric
from dlang.primitives.operands import shape_of
from dlang.primitives.shaping import expand_dims
from dlang.primitives.signatures import REAL_ONLY, Checked, check_dtype, check_rank
from dlang.types import Type

__all__ = ["GAP", "eigenvalue_slopes", "inverse_gaps", "singular_slopes", "sum_of", "unrepeated"]

GAP = 1e-10
"""Values closer than this, relative to the norm of the matrix, count as repeated. Rounding of 1e-16 in the values is
an error of 1e-6 in a derivative through vectors of values that are just not that close."""

_VALUES = Domain(0.0, 20.0, shape=(3,))
_MATRIX = Domain(shape=(3, 3))


def sum_of(*terms: Operand | None) -> Operand | None:
    """The sum of what is not zero; None if all are."""
    total = None
    for term in terms:
        if term is not None:
            total = term if total is None else add(total, term)
    return total


# Gaps


def _apart(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each pair value j - value i, and whether they count as repeated; so does each beside itself."""
    apart = values[..., None, :] - values[..., :, None]
    return apart, np.abs(apart) <= GAP * np.linalg.norm(values, axis=-1)[..., None, None]


def _gaps_type(types: Sequence[Type], static: Static) -> Checked:
    (values,) = types
    wrong = check_dtype("inverse_gaps", types, REAL_ONLY) or check_rank("inverse_gaps", values, 1)
    return wrong or (values.with_shape((*values.shape, values.shape[-1])),)


def _inverse_gaps(values: np.ndarray, *, squares: bool) -> np.ndarray:
    apart, close = _apart(values)
    if squares:
        apart = apart * (values[..., None, :] + values[..., :, None])  # without cancellation
    with np.errstate(all="ignore"):
        out = np.where(close, np.nan, 1.0 / apart)
    out[..., range(values.shape[-1]), range(values.shape[-1])] = 0.0
    return np.asarray(out)


def _sloped(t: Operand, values: Operand, static: Static) -> Operand:
    """t times the derivative of what is taken the differences of."""
    return strong_mul(t, mul(2.0, values)) if static["squares"] else t


def _gaps_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    if tangents[0] is None:
        return None
    moved, rank = _sloped(tangents[0], primals[0], static), len(shape_of(primals[0]))
    apart = sub(expand_dims(moved, axes=(rank,)), expand_dims(moved, axes=(rank - 1,)))
    return strong_mul(apart, mul(out, out))


def _gaps_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    pulled = strong_mul(ct, mul(out, out))
    return (_sloped(column_sums(sub(swapped(pulled), pulled)), primals[0], static),)


inverse_gaps: Primitive = Primitive(
    name="inverse_gaps",
    doc="1 / (value j - value i), or of their squares: 0 on the diagonal, nan where they count as repeated",
    type_rule=_gaps_type,
    impl=_inverse_gaps,
    jvp=_gaps_jvp,
    vjp=_gaps_vjp,
    domain=(_VALUES,),
    statics=({"squares": False}, {"squares": True}),
    cases=(({"squares": True}, (Domain(0.0, 20.0, shape=(2, 3)),)),),
)


# Repeated values


def _unrepeated(x: Any, values: np.ndarray, inside: np.ndarray, *, of: str, or_zero: bool) -> Any:
    """x.

    Raises:
        ValueError: two values count as repeated, and the step turns their vectors into each other.
    """
    _, close = _apart(values)
    close[..., range(values.shape[-1]), range(values.shape[-1])] = False
    turns = (inside != 0.0) | (np.swapaxes(inside, -1, -2) != 0.0)
    if (close & turns).any():
        raise ValueError(f"{of} that are repeated")
    if or_zero and (values <= GAP * np.linalg.norm(values, axis=-1, keepdims=True)).any():
        raise ValueError(f"{of} that are 0")
    return x


unrepeated: Primitive = linear(
    "unrepeated",
    "x, a derivative through the vectors of some values: an error where values are repeated that a step couples",
    lambda types, static: (types[0],),
    _unrepeated,
    lambda ct, x, values, inside, *, of, or_zero: unrepeated(ct, values, inside, of=of, or_zero=or_zero),
    view=True,
    domain=(_MATRIX, _VALUES, _MATRIX),
    statics=({"of": "eigenvalues", "or_zero": False},),
)


# Slopes of the values


def _slopes_type(types: Sequence[Type], static: Static) -> Checked:
    for i, found in enumerate(types[1:], start=1):
        if found.rank < 2:
            return Mismatch(f"slopes of values take matrices, found {found}", operand=i)
    return check_dtype("slopes", types, REAL_ONLY) or (types[0],)


def _symmetrised(a: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (a + np.swapaxes(a, -1, -2)))


def _diagonal(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The diagonal of left^T @ right, in which 0 times anything is 0."""
    return np.asarray(strong_mul.impl(left, right).sum(axis=-2))


def _eigenvalue_slopes(w: np.ndarray, v: np.ndarray, step: np.ndarray) -> np.ndarray:
    return _diagonal(v, strong_matmul.impl(_symmetrised(step), v))


def _sided(x: Operand, v: Operand, w: Operand, moved: Operand) -> Operand:
    """x, which goes to or comes from the eigenvectors v, if the step that gave `moved` leaves repeated values alone."""
    return unrepeated(x, w, strong_matmul(swapped(v), moved), of="eigenvalues", or_zero=False)


def _eigenvalue_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (w, v, step), (_, dv, dstep) = primals, tangents
    bent = None
    if dv is not None:
        moved = strong_matmul(symmetric(step), v)
        bent = mul(2.0, column_sums(strong_mul(_sided(dv, v, w, moved), moved)))
    return sum_of(bent, None if dstep is None else eigenvalue_slopes(w, v, dstep))


def _eigenvalue_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    w, v, step = primals
    to_v = to_step = None
    if wanted[1]:
        moved = strong_matmul(symmetric(step), v)
        to_v = scaled_columns(mul(2.0, _sided(moved, v, w, moved)), ct)
    if wanted[2]:
        to_step = symmetric(strong_matmul(scaled_columns(v, ct), swapped(v)))
    return None, to_v, to_step


eigenvalue_slopes: Primitive = Primitive(
    name="eigenvalue_slopes",
    doc="d w, of eigenvalues w with vectors v, along the symmetric part of a step: the diagonal of v^T @ step @ v",
    type_rule=_slopes_type,
    impl=_eigenvalue_slopes,
    jvp=_eigenvalue_jvp,
    vjp=_eigenvalue_vjp,
    domain=(_VALUES, _MATRIX, _MATRIX),
    cases=(({}, (Domain(0.0, 20.0, shape=(2, 3)), Domain(shape=(2, 3, 3)), Domain(shape=(2, 3, 3)))),),
)


def _singular_slopes(s: np.ndarray, u: np.ndarray, v: np.ndarray, step: np.ndarray, *, square: bool) -> np.ndarray:
    return _diagonal(u, strong_matmul.impl(step, v))


def _apart_of(static: Static, s: Operand, u: Operand, v: Operand, step: Operand) -> Callable[[Operand], Operand]:
    """What lets through that goes to or comes from the singular vectors, if the step leaves repeated values alone."""
    inside = strong_matmul(swapped(u), strong_matmul(step, v))
    return lambda x: unrepeated(x, s, inside, of="singular values", or_zero=not static["square"])


def _singular_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (s, u, v, step), (_, du, dv, dstep) = primals, tangents
    bent = []
    if du is not None or dv is not None:
        checked = _apart_of(static, s, u, v, step)
        if du is not None:
            bent.append(column_sums(strong_mul(checked(du), strong_matmul(step, v))))
        if dv is not None:
            bent.append(column_sums(strong_mul(checked(dv), strong_matmul(swapped(step), u))))
    return sum_of(*bent, None if dstep is None else singular_slopes(s, u, v, dstep, **static))


def _singular_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    s, u, v, step = primals
    to_u = to_v = to_step = None
    if wanted[1] or wanted[2]:
        checked = _apart_of(static, s, u, v, step)
        to_u = scaled_columns(checked(strong_matmul(step, v)), ct) if wanted[1] else None
        to_v = scaled_columns(checked(strong_matmul(swapped(step), u)), ct) if wanted[2] else None
    if wanted[3]:
        to_step = strong_matmul(scaled_columns(u, ct), swapped(v))
    return None, to_u, to_v, to_step


singular_slopes: Primitive = Primitive(
    name="singular_slopes",
    doc="d s, of singular values s with vectors u and v, along a step: the diagonal of u^T @ step @ v",
    type_rule=_slopes_type,
    impl=_singular_slopes,
    jvp=_singular_jvp,
    vjp=_singular_vjp,
    domain=(_VALUES, Domain(shape=(4, 3)), _MATRIX, Domain(shape=(4, 3))),
    statics=({"square": False},),
    cases=(({"square": True}, (_VALUES, _MATRIX, _MATRIX, _MATRIX)),),
)

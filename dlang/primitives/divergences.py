"""Logarithms of ratios, and the divergences made of them, without cancellation where their arguments are close.

Source: Loader 2000, Fast and accurate computation of binomial probabilities, for the series of the divergence.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, div, mul, neg, strong_mul, sub
from dlang.primitives.comparisons import eq, select
from dlang.primitives.core import Domain, Operand, Primitive
from dlang.primitives.forms import elementwise
from dlang.primitives.operands import plain
from dlang.primitives.planar import hypot
from dlang.primitives.transcendental import sqrt, tanh

__all__ = [
    "binary_divergence",
    "binary_log_ratio",
    "divergence",
    "log_cosh",
    "log_ratio",
    "student_t_excess",
    "student_t_tail",
]

_POSITIVE = Domain(0.2, 6.0)
_ODD = tuple(1.0 / k for k in range(3, 19, 2))
"""1/3, 1/5, … of the series of atanh, as far as squares below 1/100 need."""


# Logarithms of ratios


def _log_of_ratio(x: float, m: float, d: float) -> float:
    """log(x / m), where d = x - m is known better than x and m tell."""
    if abs(d) < 0.5 * m < math.inf:
        return math.log1p(d / m)
    ratio = x / m
    return math.log(ratio) if 1e-300 < ratio < 1e300 else math.log(x) - math.log(m)


def _log_of_ratio_array(x: Any, m: Any, d: Any) -> np.ndarray:
    """`_log_of_ratio` of arrays: plainly, and then again where that loses digits."""
    ratio = np.asarray(x / m)
    out = np.asarray(np.log(ratio))
    close = np.abs(d) < 0.5 * m
    if close.any():
        rise, base = _picked(close, out, d, m)
        out[close] = np.log1p(rise / base)
    extreme = ~((ratio > 1e-300) & (ratio < 1e300))
    if extreme.any():
        above, below = _picked(extreme, out, x, m)
        out[extreme] = np.log(above) - np.log(below)
    return out


def _picked(where: Any, like: np.ndarray, *arrays: Any) -> list[np.ndarray]:
    """Arrays that broadcast to the shape of `like`, where a mask of that shape holds."""
    return [np.broadcast_to(a, like.shape)[where] for a in arrays]


def _log_ratio_array(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    return plain(np.asarray(_log_of_ratio_array(a, b, a - b)))


log_ratio: Primitive = elementwise(
    "log_ratio",
    "log(a / b), a >= 0, b >= 0: without loss where a is close to b, and where a / b over- or underflows",
    [lambda out, a, b: div(1.0, a), lambda out, a, b: neg(div(1.0, b))],
    scalar=lambda a, b: _log_of_ratio(a, b, a - b),
    array=_log_ratio_array,
    domain=(_POSITIVE, _POSITIVE),
)


def _binary(x: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """What a share a : b of x + y gives to each, and what x is more than its share."""
    whole, n = a + b, x + y
    p, q = a / whole, b / whole
    return n * p, n * q, x * q - y * p


def _binary_log_ratio(x: float, y: float, a: float, b: float) -> float:
    mine, _, more = _binary(x, y, a, b)
    return _log_of_ratio(x, mine, more)


def _binary_log_ratio_array(x: Any, y: Any, a: Any, b: Any) -> Any:
    x, y, a, b = map(np.asarray, (x, y, a, b))
    mine, _, more = _binary(x, y, a, b)
    return plain(np.asarray(_log_of_ratio_array(x, mine, more)))


binary_log_ratio: Primitive = elementwise(
    "binary_log_ratio",
    "log of x / (x + y) over a / (a + b), without loss where they are close; all >= 0",
    [
        lambda out, x, y, a, b: div(div(y, x), add(x, y)),
        lambda out, x, y, a, b: neg(div(1.0, add(x, y))),
        lambda out, x, y, a, b: neg(div(div(b, a), add(a, b))),
        lambda out, x, y, a, b: div(1.0, add(a, b)),
    ],
    scalar=_binary_log_ratio,
    array=_binary_log_ratio_array,
    domain=(_POSITIVE, _POSITIVE, _POSITIVE, _POSITIVE),
)

# Divergences


def _atanh_rest(s: Any) -> Any:
    """(atanh(t) - t) / t^3 for s = t^2 <= 1/100."""
    total: Any = 0.0
    for coefficient in reversed(_ODD):
        total = total * s + coefficient
    return total


def _divergence_of(x: float, m: float, d: float) -> float:
    """x log(x / m) - d, where d = x - m is known better than x and m tell."""
    if not (x >= 0.0 and m >= 0.0):
        return math.nan
    if abs(d) < 0.1 * (x + m) < math.inf:
        t = d / (x + m)
        return float(d * t + 2.0 * x * t * t * t * _atanh_rest(t * t))
    if x == 0.0 or m == math.inf:
        return 0.0 - d
    if x == math.inf or m == 0.0:
        return math.inf
    return x * _log_of_ratio(x, m, d) - d


def _divergence_of_array(x: Any, m: Any, d: Any) -> np.ndarray:
    """`_divergence_of` of arrays: plainly, and then again where that loses digits or has no answer."""
    ratio, whole = np.asarray(x / m), x + m
    out = np.asarray(x * np.log(ratio) - d)
    close = np.abs(d) < 0.1 * whole
    if close.any():
        near, rise, total = _picked(close, out, x, d, whole)
        t = rise / total
        out[close] = rise * t + 2.0 * near * t * t * t * _atanh_rest(t * t)
    regular = (m > 0.0) & (ratio > 1e-300) & (ratio < 1e300) & np.isfinite(out)
    if regular.all():
        return out
    nought = (x == 0.0) & (m >= 0.0)
    (fallen,) = _picked(nought, out, d)
    out[nought] = 0.0 - fallen
    extreme = ~(regular | nought)
    if extreme.any():
        out[extreme] = list(map(_divergence_safely, *_picked(extreme, out, x, m, d)))
    return out


def _divergence_safely(x: float, m: float, d: float) -> float:
    return _divergence_of(float(x), float(m), float(d))


def _divergence_array(x: Any, m: Any) -> Any:
    x, m = np.asarray(x), np.asarray(m)
    return plain(np.asarray(_divergence_of_array(x, m, x - m)))


divergence: Primitive = elementwise(
    "divergence",
    "x log(x / m) - x + m, without loss where x is close to m; x >= 0, m >= 0, and m at x = 0",
    [
        lambda out, x, m: log_ratio(x, m),
        lambda out, x, m: select(eq(x, 0.0), 1.0, div(sub(m, x), m)),
    ],
    scalar=lambda x, m: _divergence_of(x, m, x - m),
    array=_divergence_array,
    domain=(_POSITIVE, _POSITIVE),
)


def _binary_divergence(x: float, y: float, a: float, b: float) -> float:
    mine, yours, more = _binary(x, y, a, b)
    return _divergence_of(x, mine, more) + _divergence_of(y, yours, -more)


def _binary_divergence_array(x: Any, y: Any, a: Any, b: Any) -> Any:
    x, y, a, b = map(np.asarray, (x, y, a, b))
    mine, yours, more = _binary(x, y, a, b)
    return plain(np.asarray(_divergence_of_array(x, mine, more) + _divergence_of_array(y, yours, -more)))


def _binary_partial(x: Operand, y: Operand, a: Operand, b: Operand) -> Operand:
    """d/da: (y - x b / a) / (a + b), right at x = 0 for a = 0 too."""
    return div(sub(y, strong_mul(x, div(b, a))), add(a, b))


binary_divergence: Primitive = elementwise(
    "binary_divergence",
    "x + y times the Kullback-Leibler divergence of shares x : y from shares a : b, without loss where they are "
    "close; all >= 0",
    [
        lambda out, x, y, a, b: binary_log_ratio(x, y, a, b),
        lambda out, x, y, a, b: binary_log_ratio(y, x, b, a),
        lambda out, x, y, a, b: _binary_partial(x, y, a, b),
        lambda out, x, y, a, b: _binary_partial(y, x, b, a),
    ],
    scalar=_binary_divergence,
    array=_binary_divergence_array,
    domain=(_POSITIVE, _POSITIVE, _POSITIVE, _POSITIVE),
)

# Tails of densities


def _log_cosh(x: float) -> float:
    size = abs(x)
    if size < 1.0:
        return 0.5 * math.log1p(math.sinh(size) ** 2)
    return size + (math.log1p(math.exp(-2.0 * size)) - math.log(2.0))


def _log_cosh_array(x: Any) -> Any:
    size = np.abs(x)
    near = 0.5 * np.log1p(np.sinh(np.minimum(size, 1.0)) ** 2)
    return plain(np.where(size < 1.0, near, size + (np.log1p(np.exp(-2.0 * size)) - math.log(2.0))))


log_cosh: Primitive = elementwise(
    "log_cosh",
    "log(cosh(x)), without overflow, and without loss near 0",
    [lambda out, x: tanh(x)],
    scalar=_log_cosh,
    array=_log_cosh_array,
    domain=(Domain(edges=(1e-9, 40.0, -800.0)),),
)


def _student_t_excess(q: float) -> float:
    if abs(q) == math.inf:
        return math.inf
    p = (q / math.hypot(1.0, q)) ** 2
    if p < 0.15:
        return float(p * p * _powers(p))
    return 2.0 * math.log(math.hypot(1.0, q)) - p


def _student_t_excess_array(q: Any) -> Any:
    size = np.hypot(1.0, q)
    p = np.where(np.isinf(q), 1.0, (q / np.where(np.isinf(q), 1.0, size))) ** 2
    small = np.where(p < 0.15, p, 0.0)
    return plain(np.where(p < 0.15, small * small * _powers(small), 2.0 * np.log(size) - p))


def _powers(p: Any) -> Any:
    """1/2 + p/3 + p^2/4 + …, for p < 0.15: (-log(1 - p) - p) / p^2."""
    total: Any = 0.0
    for k in range(21, 1, -1):
        total = total * p + 1.0 / k
    return total


def _over_square(q: Operand) -> Operand:
    """q / (1 + q^2), neither overflowing nor losing the smallest."""
    size = hypot(1.0, q)
    return div(div(q, size), size)


def _excess_partial(out: Operand, q: Operand) -> Operand:
    """2 q^3 / (1 + q^2)^2."""
    part = _over_square(q)
    return mul(2.0, mul(mul(q, part), part))


student_t_excess: Primitive = elementwise(
    "student_t_excess",
    "log(1 + q^2) - q^2 / (1 + q^2), without loss near 0",
    [_excess_partial],
    scalar=_student_t_excess,
    array=_student_t_excess_array,
    domain=(Domain(edges=(1e-5, 1e200)),),
)


def _student_t_tail(z: float, nu: float) -> float:
    if not nu > 0.0:
        return math.nan
    w = z / nu * z
    if w < 1.0:
        return 0.5 * z * z * (math.log1p(w) / w if w > 0.0 else 1.0)
    return nu * math.log(math.hypot(1.0, z / math.sqrt(nu)))


def _student_t_tail_array(z: Any, nu: Any) -> Any:
    z, nu = np.asarray(z), np.asarray(nu)
    w = z / nu * z
    near = w < 1.0
    inside = np.where(near & (w > 0.0), w, 1.0)
    ratio = np.where(w > 0.0, np.log1p(inside) / inside, 1.0)
    far = nu * np.log(np.hypot(1.0, z / np.sqrt(np.where(nu > 0.0, nu, 1.0))))
    return plain(np.where(nu > 0.0, np.where(near, 0.5 * z * z * ratio, far), np.nan))


def _root_ratio(z: Operand, nu: Operand) -> Operand:
    return div(z, sqrt(nu))


def _tail_partial_z(out: Operand, z: Operand, nu: Operand) -> Operand:
    size = hypot(1.0, _root_ratio(z, nu))
    return div(div(z, size), size)


student_t_tail: Primitive = elementwise(
    "student_t_tail",
    "nu / 2 log(1 + z^2 / nu), nu > 0, which is z^2 / 2 at nu = inf; without overflow, and without loss for large nu",
    [_tail_partial_z, lambda out, z, nu: mul(0.5, student_t_excess(_root_ratio(z, nu)))],
    scalar=_student_t_tail,
    array=_student_t_tail_array,
    domain=(Domain(edges=(1e-5, 1e200)), Domain(0.2, 6.0, edges=(1e8,))),
)

"""Derivatives of the incomplete Gamma function in its shape, by quadrature.

With t = exp(u) the density in u is exp(a u - e^u) / Gamma(a), and its n-th derivative in a is itself times a polynomial
in u - psi(a). What is integrated is the side of x that does not hold the mode: there the first derivative has one sign,
so that nothing cancels, in the tails neither. The density falls from x on at least as fast as an exponential, and
panels of Gauss-Legendre nodes reach to where nothing is left of it.

Source: NIST Digital Library of Mathematical Functions, 8.2.1, differentiated under the integral.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, div, mul, neg, sub
from dlang.primitives.core import Operand
from dlang.primitives.divergences import divergence, log_ratio
from dlang.primitives.factorials import stirling
from dlang.primitives.gammas import polygamma
from dlang.primitives.operands import plain

__all__ = ["bell", "level", "shape_derivative"]

_LOST = 45.0
"""exp(-45) is below the rounding of what is summed, with room for the polynomial."""
_NODES = 48


@cache
def _rule() -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on 0..1."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _bend(s: Any) -> Any:
    """e^s - 1 - s without loss near 0."""
    near = np.where(np.abs(s) < 0.5, s, 0.0)
    total: Any = 0.0
    for k in range(16, 1, -1):
        total = (total + 1.0) * near / k if k > 2 else (total + 1.0) * near * near / 2.0
    return np.where(np.abs(s) < 0.5, total, np.expm1(s) - s)


def bell(level: Operand, a: Operand, n: int) -> Operand:
    """The n-th derivative in a of the density at x, over the density; `level` is log x - psi(a).

    These are the complete Bell polynomials of the derivatives of its log: `level`, -psi'(a), -psi''(a), …
    """
    found: list[Operand] = [1.0, level]
    slopes = [level, *(neg(polygamma(a, n=k)) for k in range(1, n))]
    for m in range(2, n + 1):
        total = mul(found[m - 1], slopes[0])
        for k in range(1, m):
            total = add(total, mul(float(math.comb(m - 1, k)), mul(found[m - 1 - k], slopes[k])))
        found.append(total)
    return found[n]


def level(a: Operand, x: Operand) -> Operand:
    """log x - psi(a), without loss where x is close to a."""
    return add(log_ratio(x, a), sub(div(1.0, a), stirling(a, n=1)))


def _panels(reach: Any, lower: Any) -> list[tuple[Any, Any]]:
    """Where to integrate: finely beside x (lower side), or where the double exponential cuts off (upper side)."""
    near, far = np.minimum(reach, 8.0), np.minimum(reach, 40.0)
    nought = np.zeros_like(reach)
    edges = [(nought, near), (near, far), (far, reach)]
    turned = [(reach - b, reach - a) for a, b in edges]
    return [(np.where(lower, a, c), np.where(lower, b, d)) for (a, b), (c, d) in zip(edges, turned, strict=True)]


def shape_derivative(a: Any, x: Any, n: int) -> Any:
    """The n-th derivative of P(a, x) in a, n >= 1, for a > 0 and x >= 0, element by element.

    For n = 1 about 12 digits are right, in the tails too; for larger n rounding is that of the largest part of the
    integrand.
    """
    a, x = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(x, dtype=float))
    with np.errstate(all="ignore"):
        regular = (a > 0.0) & (x > 0.0) & (a < np.inf) & (x < np.inf)
        b, y = np.where(regular, a, 1.0), np.where(regular, x, 1.0)
        lower = y < b
        gap = np.abs(b - y)
        # how far until the density has fallen by exp(-_LOST), at most: each bound drops a part of `fall` below
        slow = _LOST / b
        below = slow + np.sqrt(slow * (slow + 2.0))
        above = np.minimum(np.log1p(1.4 * _LOST / y) + 1.0, np.sqrt(2.0 * _LOST / y))
        reach = np.minimum(_LOST / gap, np.where(lower, below, above))
        sign = np.where(lower, -1.0, 1.0)[..., None]
        start = np.asarray(level(b, y))[..., None]
        nodes, weights = _rule()
        total: Any = 0.0
        for low, high in _panels(reach, lower):
            width = high - low
            s = low[..., None] + width[..., None] * nodes
            # a u - e^u falls by this from x to x e^(+-s)
            fall = gap[..., None] * s + y[..., None] * _bend(sign * s)
            part = np.exp(-fall) * bell(start + sign * s, b[..., None], n)
            total = total + width * np.sum(weights * part, axis=-1)
        front = b * np.exp(-np.asarray(stirling(b) + divergence(b, y)))
        out = -sign[..., 0] * front * total
        ends = np.where((a > 0.0) & (x >= 0.0), 0.0, np.nan)
        return plain(np.where(regular, out, ends))

"""The Beta function and its logarithm, without the differences of large logarithms of Gamma functions.

Source: DiDonato and Morris 1992, Algorithm 708, for the division into cases; the remainders are those of `factorials`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import mul, neg
from dlang.primitives.core import Domain, Operand, Primitive
from dlang.primitives.factorials import binet
from dlang.primitives.forms import elementwise
from dlang.primitives.gammas import log_factorial, log_gamma, polygamma_gap
from dlang.primitives.operands import plain

__all__ = ["beta_function", "lbeta"]

_POSITIVE = Domain(0.2, 6.0, edges=(1e-9,))
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


def _parts(a: float, b: float) -> tuple[float, float, float]:
    """(d, q, l) for 0 < a <= b: the Beta function is q / d exp(l), of which d may be tiny."""
    if b < 1.0:
        return a, (a + b) / b, log_factorial(a) + log_factorial(b) - log_factorial(a + b)
    if a >= 3.0:
        share = (a - 0.5) * math.log(a / (a + b)) - b * math.log1p(a / b) - 0.5 * math.log(b)
        return 1.0, 1.0, share + (binet(a) + binet(b) - binet(a + b) + _HALF_LOG_2PI)
    first = log_gamma(a) if a >= 1.0 else log_factorial(a)
    return a if a < 1.0 else 1.0, 1.0, first - _rise(a, b)


def _rise(a: float, b: float) -> float:
    """log Gamma(a + b) - log Gamma(b) for b >= 1."""
    if b < 3.0:
        return log_gamma(a + b) - log_gamma(b)
    return float((b - 0.5) * math.log1p(a / b) + a * (math.log(a + b) - 1.0) + (binet(a + b) - binet(b)))


def _lbeta(a: float, b: float) -> float:
    if not (0.0 < a < math.inf and 0.0 < b < math.inf):
        return _scipy("betaln", a, b)
    divisor, factor, rest = _parts(min(a, b), max(a, b))
    return rest + math.log(factor) - math.log(divisor)


def _beta(a: float, b: float) -> float:
    if not (0.0 < a < math.inf and 0.0 < b < math.inf):
        return _scipy("beta", a, b)
    a, b = min(a, b), max(a, b)
    if a < 20.0 and b >= 3.0:
        # a power has more digits than the exponential of its logarithm; what is left of the logarithm is small
        rest = a - (b - 0.5) * math.log1p(a / b) - (binet(a + b) - binet(b))
        factor = math.exp(log_gamma(a)) if 1.0 <= a < 3.0 else math.gamma(a)
        return factor * math.pow(a + b, -a) * math.exp(rest)
    divisor, factor, rest = _parts(a, b)
    return math.exp(rest) * factor / divisor


def _scipy(name: str, a: float, b: float) -> float:
    from scipy import special

    return float(getattr(special, name)(a, b))


def _each(scalar: Callable[[float, float], float], name: str) -> Callable[..., Any]:
    """The function of arrays that takes a scalar one for each pair of elements, and SciPy's where that raises."""

    def one(a: float, b: float) -> float:
        try:
            return scalar(a, b)
        except (ValueError, OverflowError, ZeroDivisionError):
            return _scipy(name, a, b)

    ufunc = np.frompyfunc(one, 2, 1)
    return lambda a, b: plain(np.asarray(ufunc(a, b), dtype=np.float64))


def _rate(a: Operand, b: Operand) -> Operand:
    """d/da of the logarithm: psi(a) - psi(a + b)."""
    return neg(polygamma_gap(a, b, n=0))


lbeta: Primitive = elementwise(
    "lbeta",
    "log of the Beta function, a > 0, b > 0",
    [lambda out, a, b: _rate(a, b), lambda out, a, b: _rate(b, a)],
    scalar=_lbeta,
    array=_each(_lbeta, "betaln"),
    domain=(_POSITIVE, _POSITIVE),
)
beta_function: Primitive = elementwise(
    "beta_function",
    "the Beta function, a > 0, b > 0",
    [lambda out, a, b: mul(out, _rate(a, b)), lambda out, a, b: mul(out, _rate(b, a))],
    scalar=_beta,
    array=_each(_beta, "beta"),
    domain=(_POSITIVE, _POSITIVE),
)

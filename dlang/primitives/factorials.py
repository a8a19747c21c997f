"""What is left of log Gamma when Stirling's formula has been taken off.

Differences of log Gamma functions of large numbers cancel; written with these remainders they do not. Both have
derivatives of every order, each as accurate as the remainder itself.

Source: NIST Digital Library of Mathematical Functions, 5.11.1 (asymptotic series) and 5.5.1 (recurrence). Their use
in densities: Loader 2000, Fast and accurate computation of binomial probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from dlang.primitives.core import Domain, Fast, Operand, Primitive, Static
from dlang.primitives.operands import plain
from dlang.primitives.signatures import broadcasting
from dlang.types import Type

__all__ = ["binet", "stirling"]

_BERNOULLI = (
    *(1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400),
    *(43867 / 244188, -174611 / 125400),
)
"""B(2k) / (2k (2k - 1)), k = 1, 2, …: the coefficients of Binet's function in x^-1, x^-3, …"""
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_TERMS = 19
"""Terms of the series in t = 1 / (2x + 1) <= 1/3, whose square is 1/9: 9^-19 is below rounding."""


def _enough(n: int) -> float:
    """From where on the asymptotic series of the n-th derivative is exact to rounding."""
    return 10.0 + 2.0 * n


@cache
def _coefficients(n: int) -> tuple[float, ...]:
    """Those of the n-th derivative of Binet's function in x^-(1 + n), x^-(3 + n), …, last first."""
    signed = [(-1.0) ** n * b * math.prod(range(2 * k + 1, 2 * k + 1 + n)) for k, b in enumerate(_BERNOULLI)]
    return tuple(reversed(signed))


def _asymptotic(x: Any, n: int) -> Any:
    """The n-th derivative of Binet's function by its series, for large x."""
    r = 1.0 / x
    s, total = r * r, 0.0
    for coefficient in _coefficients(n):
        total = total * s + coefficient
    return total * r if n == 0 else total * s if n == 1 else total * r ** (1.0 + n)


@cache
def _step_coefficients(n: int) -> tuple[float, ...]:
    return tuple((1.0 if n == 0 else -4.0 * k) / (2 * k + 1) for k in range(_TERMS, 0, -1))


def _step(x: Any, t: Any, n: int) -> Any:
    """The n-th derivative at x of Binet's function less that at x + 1, for x >= 1; t = 1 / (2x + 1) <= 1/3."""
    if n >= 2:
        return _bent_step(x, n)
    s, total = t * t, 0.0
    for coefficient in _step_coefficients(n):
        total = total * s + coefficient
    return total * s if n == 0 else total * s * t


def _bent_step(x: Any, n: int) -> Any:
    """The same for n >= 2 and any x > 0: the second derivative is g^2 / 2 with g = 1 / x - 1 / (x + 1)."""
    total: Any = 0.0
    for k in range(n - 1):
        total = total + math.comb(n - 2, k) * _gap(x, k) * _gap(x, n - 2 - k)
    return 0.5 * total


def _gap(x: Any, k: int) -> Any:
    """The k-th derivative of 1 / x - 1 / (x + 1)."""
    total: Any = 0.0
    for i in range(k + 1):  # a^(k+1) - b^(k+1) is a - b times the sum of a^i b^(k-i)
        total = total + x ** -(i + 1.0) * (x + 1.0) ** -(k - i + 1.0)
    return (-1.0) ** k * math.factorial(k) * total


def _binet_at(x: float, n: int) -> float:
    """The n-th derivative for x > 0: carried upwards until the series serves."""
    total = 0.0
    while x < _enough(n):
        if x >= 1.0 or n >= 2:
            total += _step(x, 1.0 / (2.0 * x + 1.0), n)
        elif n == 0:
            total += (x + 0.5) * (math.log1p(x) - math.log(x)) - 1.0
        else:
            total += math.log1p(x) - math.log(x) - 0.5 * (1.0 / x + 1.0 / (x + 1.0))
        x += 1.0
    return float(total + _asymptotic(x, n))


def _binet_of(x: np.ndarray, n: int) -> np.ndarray:
    """`_binet_at` of an array."""
    total = np.zeros_like(x)
    while (low := x < _enough(n)).any():
        below = x[low]
        step = _step(below, 1.0 / (2.0 * np.maximum(below, 1.0) + 1.0), n)
        if n < 2:
            small = np.minimum(below, 1.0)
            ratio = np.log1p(small) - np.log(small)
            first = (small + 0.5) * ratio - 1.0 if n == 0 else ratio - 0.5 * (1.0 / small + 1.0 / (small + 1.0))
            step = np.where(below >= 1.0, step, first)
        total[low] += step
        x = np.where(low, x + 1.0, x)
    return np.asarray(total + _asymptotic(x, n))


def _log_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of log x, n >= 1."""
    return (-1.0) ** (n - 1) * math.factorial(n - 1) * x ** (-float(n))


def _polygamma_at(x: Any, n: int) -> Any:
    """The n-th derivative of log Gamma, n >= 2."""
    from scipy.special import zeta

    return (-1.0) ** n * math.factorial(n - 1) * zeta(float(n), x)


def _binet_scalar(x: float, *, n: int = 0) -> float:
    if not 0.0 < x < math.inf:
        return _at_the_ends(x, n)
    return _binet_at(x, n)


def _at_the_ends(x: float, n: int) -> float:
    """Binet's function and its derivatives where they are limits: at 0 and inf; below 0 there are none."""
    if x == math.inf:
        return 0.0
    if x == 0.0:
        return math.inf if n % 2 == 0 else -math.inf
    return math.nan


def _binet_array(x: Any, *, n: int = 0) -> Any:
    proper = (x > 0.0) & (x < np.inf)
    inside = np.where(proper, x, 1.0)
    out = _binet_of(inside, n)
    ends = np.where(x == np.inf, 0.0, np.where(x == 0.0, np.inf if n % 2 == 0 else -np.inf, np.nan))
    return plain(np.where(proper, out, ends))


def _stirling_scalar(x: float, *, n: int = 0) -> float:
    if not 0.0 < x < math.inf:
        return float(_stirling_array(np.asarray(x), n=n))
    if x >= _enough(n):
        rest = 0.5 * math.log(x) + _HALF_LOG_2PI if n == 0 else 0.5 * _log_derivative(x, n)
        return float(_asymptotic(x, n) + rest)
    if n == 0:
        return math.lgamma(1.0 + x) - x * math.log(x) + x
    if n == 1:
        from scipy.special import digamma

        return float(digamma(1.0 + x) - math.log(x))
    return float(_polygamma_at(1.0 + x, n) - _log_derivative(x, n - 1))


def _stirling_array(x: Any, *, n: int = 0) -> Any:
    """Up to `_enough` the plain difference is as good: the function is about 1, its derivatives about 1 / x^n."""
    from scipy.special import digamma, gammaln

    proper = (x > 0.0) & (x < np.inf)
    end = _enough(n)
    small, large = np.where(proper, np.minimum(x, end), 1.0), np.where(proper, np.maximum(x, end), end)
    rest = 0.5 * np.log(large) + _HALF_LOG_2PI if n == 0 else 0.5 * _log_derivative(large, n)
    if n == 0:
        near = gammaln(1.0 + small) - small * np.log(small) + small
        ends = np.where(x == np.inf, np.inf, np.where(x == 0.0, 0.0, np.nan))
    else:
        last = np.log(small) if n == 1 else _log_derivative(small, n - 1)
        near = (digamma(1.0 + small) if n == 1 else _polygamma_at(1.0 + small, n)) - last
        ends = np.where(x == np.inf, 0.0, np.where(x == 0.0, np.inf if n % 2 == 1 else -np.inf, np.nan))
    return plain(np.where(proper, np.where(x >= end, _asymptotic(large, n) + rest, near), ends))


def _remainder(name: str, doc: str, scalar: Callable[..., float], array: Callable[..., Any]) -> Primitive:
    def impl(x: Any, *, n: int = 0) -> Any:
        if not isinstance(x, float):
            return array(x, n=n)
        try:
            return scalar(x, n=n)
        except (OverflowError, ZeroDivisionError):
            return float(array(np.asarray(x), n=n))

    def fast(types: Sequence[Type], static: Static) -> Fast | None:
        return None if static.get("n") else scalar if types[0].is_scalar else array

    def partial(out: Operand, x: Operand, *, n: int = 0) -> Operand:
        return primitive(x, n=n + 1)

    primitive: Primitive = Primitive(
        name=name,
        doc=doc,
        type_rule=broadcasting(name, 1),
        impl=impl,
        specialise=fast,
        partials=(partial,),
        domain=(Domain(0.2, 30.0, edges=(9.99, 1e8)),),
        statics=({}, {"n": 1}, {"n": 2}),
    )
    return primitive


binet: Primitive = _remainder(
    "binet",
    "lgamma(x) less Stirling's (x - 1/2) log x - x + log(2 pi) / 2, x > 0; its n-th derivative",
    _binet_scalar,
    _binet_array,
)
stirling: Primitive = _remainder(
    "stirling",
    "log of x! over (x / e)^x, x >= 0, which is 0 at 0; its n-th derivative",
    _stirling_scalar,
    _stirling_array,
)

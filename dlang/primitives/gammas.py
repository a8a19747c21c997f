"""The Gamma function's logarithm and its derivatives.

SciPy is imported where it is needed: for arrays, and for what `math` lacks.

Source: NIST Digital Library of Mathematical Functions, 5.15.1 and 5.15.8 (derivatives, as series and asymptotically),
5.5.1 (recurrence).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add
from dlang.primitives.core import Domain, Operand, Primitive
from dlang.primitives.forms import elementwise
from dlang.primitives.operands import plain
from dlang.primitives.signatures import broadcasting

__all__ = ["digamma", "lgamma", "log_factorial", "log_gamma", "polygamma", "polygamma_gap"]

_POSITIVE = Domain(0.2, 6.0)


def _scipy(name: str) -> Callable[..., Any]:
    """The function of scipy.special, imported at the first call."""

    def call(*operands: Any) -> Any:
        from scipy import special

        return plain(getattr(special, name)(*operands))

    return call


# The logarithm. libm's is accurate to the last digit of 1, not of itself, beside its zeros at 1 and 2

_BESIDE_TWO = (
    *(0.42278433509846713, 0.32246703342411326, -0.06735230105319814, 0.02058080842778082, -0.0073855510286689515),
    *(0.0028905103309517324, -0.0011927539118867375, 0.0005096695192831604, -0.00022315475533255143),
    *(9.945759118818309e-05, -4.492626376835497e-05, 2.0506530946913293e-05, -9.439379146542345e-06),
    *(4.378617742982899e-06, -2.0392376299659944e-06, 9.419501320993087e-07, -4.5084458244745027e-07),
    *(2.410453619359522e-07, -9.411796275089188e-08, 1.0814062624365264e-08, -3.273278320133769e-08),
    3.3117986486716416e-08,
)
"""The polynomial of log Gamma(2 + t) / t for -0.7 <= t <= 0.6, to 6e-18: it interpolates at Chebyshev's nodes."""
_DOWNWARDS = tuple(reversed(_BESIDE_TWO))
_LOW, _HIGH = 1.3, 2.6
"""Where that polynomial serves, at 2 + t."""


def _beside_two(t: Any) -> Any:
    """log Gamma(2 + t)."""
    total: Any = 0.0
    for coefficient in _DOWNWARDS:
        total = total * t + coefficient
    return total * t


def log_gamma(x: float) -> float:
    """log |Gamma(x)| with the digits that are left beside 1 and 2. Raises as `math.lgamma` does."""
    if not 0.25 < x < 8.0:
        return math.lgamma(x)
    if x <= 0.5:
        return float(_beside_two(x) - math.log1p(x) - math.log(x))
    if x < _LOW:
        return float(_beside_two(x - 1.0) - math.log1p(x - 1.0))
    product = 1.0
    while x > _HIGH:
        x -= 1.0
        product *= x
    return float(_beside_two(x - 2.0) + math.log(product))


def log_factorial(x: float) -> float:
    """log Gamma(1 + x) for x > 0, with the digits that 1 + x loses."""
    if x < 0.3:
        return float(_beside_two(x) - math.log1p(x))
    return float(_beside_two(x - 1.0)) if x < 1.6 else log_gamma(1.0 + x)


def _log_gamma_array(x: Any) -> Any:
    from scipy.special import gammaln

    size = np.abs(x)
    out = np.where(size < 1e-300, -np.log(size), gammaln(x))  # gammaln is inf of subnormals already,
    below = np.clip(x, 0.5, _LOW) - 1.0
    out = np.where((x > 0.5) & (x < _LOW), _beside_two(below) - np.log1p(below), out)
    out = np.where((x >= _LOW) & (x <= _HIGH), _beside_two(np.clip(x, _LOW, _HIGH) - 2.0), out)
    return plain(np.where(np.isinf(x), np.inf, out))  # and -inf of -inf


lgamma: Primitive = elementwise(
    "lgamma",
    "log of |Gamma(x)|; inf at 0 and at the negative whole numbers",
    [lambda out, x: digamma(x)],
    scalar=log_gamma,
    array=_log_gamma_array,
    domain=(Domain(0.2, 6.0, edges=(-1.5, 0.999999, 2.000001, 1e3)),),
)
digamma: Primitive = elementwise(
    "digamma",
    "derivative of lgamma",
    [lambda out, x: polygamma(x, n=1)],
    scalar=_scipy("digamma"),
    array=_scipy("digamma"),
    domain=(Domain(0.2, 6.0, edges=(-1.5, 1e3)),),
)

# Its derivatives, and their differences

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
"""B(2), B(4), …"""


def _enough(n: int) -> float:
    """From where on the asymptotic series of the n-th derivative of digamma is exact to rounding."""
    return 10.0 + 2.0 * n


@cache
def _asymptotic(n: int) -> tuple[float, ...]:
    """Coefficients of |psi_n(x)| in 1 / x, last first; for n = 0, of log x - psi(x)."""
    found = [0.0] * (n + 2 * len(_BERNOULLI) + 1)
    if n:
        found[n] = float(math.factorial(n - 1))
    found[n + 1] = math.factorial(n) / 2.0
    for k, b in enumerate(_BERNOULLI, 1):
        found[n + 2 * k] = b * math.prod(range(2 * k + 1, 2 * k + n)) if n else b / (2 * k)
    return tuple(reversed(found))


def _polygamma_scalar(x: float, *, n: int) -> float:
    """The terms of the series before the asymptotic one serves, the smallest first."""
    if not 0.0 < x < math.inf:
        return float(_polygamma_array(x, n=n))
    terms = []
    while x < _enough(n):
        terms.append(_reciprocal_power(x, n + 1))
        x += 1.0
    total, r = 0.0, 1.0 / x
    for coefficient in _asymptotic(n):
        total = total * r + coefficient
    rest = 0.0
    for term in reversed(terms):
        rest += term
    return (-1.0) ** (n + 1) * (total + math.factorial(n) * rest)


def _reciprocal_power(x: float, n: int) -> float:
    """x^-n; infinite where it overflows."""
    power = x
    for _ in range(n - 1):
        power *= x
    return 1.0 / power if power else math.inf


def _polygamma_array(x: Any, *, n: int) -> Any:
    from scipy.special import zeta

    # (-1)^(n + 1) n! zeta(n + 1, x); scipy.special.polygamma goes by the Gamma function, which rounds n!
    return plain((-1.0) ** (n + 1) * math.factorial(n) * zeta(n + 1, x))


def _polygamma(x: Any, *, n: int) -> Any:
    return _polygamma_scalar(x, n=n) if isinstance(x, float) else _polygamma_array(x, n=n)


def _polygamma_partial(out: Operand, x: Operand, *, n: int) -> Operand:
    return polygamma(x, n=n + 1)


polygamma: Primitive = Primitive(
    name="polygamma",
    doc="n-th derivative of digamma for x > 0, n >= 1",
    type_rule=broadcasting("polygamma", 1),
    impl=_polygamma,
    partials=(_polygamma_partial,),
    domain=(_POSITIVE,),
    statics=({"n": 1}, {"n": 2}, {"n": 3}),
)


def _divided_difference(coefficients: tuple[float, ...], r: float, s: float) -> float:
    """(P(r) - P(s)) / (r - s) for a polynomial given last coefficient first: nothing cancels where r is close to s."""
    value = slope = 0.0
    for coefficient in coefficients:
        slope = slope * s + value
        value = value * r + coefficient
    return slope


def _gap(a: float, b: float, n: int) -> float:
    """|psi_n(a + b) - psi_n(a)|, a sum of positive terms, each of which has b as a factor."""
    if b == 0.0:
        return 0.0
    total, factor = 0.0, float(math.factorial(n))
    if 1.0 / a == math.inf:
        total = math.inf if n else b / (a + b) / a
        a += 1.0
    power = (1.0, *(0.0,) * (n + 1))  # z^(n + 1)
    while a < _enough(n):
        c = a + b
        total += factor * (_divided_difference(power, 1.0 / a, 1.0 / c) * (b / c / a))
        a += 1.0
    c = a + b
    slope = _divided_difference(_asymptotic(n), 1.0 / a, 1.0 / c)
    return total + (slope * (b / c / a) if n else slope * (b / c / a) + math.log1p(b / a))


def _polygamma_gap_scalar(a: float, b: float, *, n: int) -> float:
    if 0.0 < a < math.inf and 0.0 <= b < math.inf:
        return (-1.0) ** n * _gap(a, b, n)
    if n:
        return float(_polygamma_array(a + b, n=n) - _polygamma_array(a, n=n))
    return float(digamma(a + b) - digamma(a))


def _polygamma_gap(a: Any, b: Any, *, n: int) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        return _polygamma_gap_scalar(a, b, n=n)
    each = np.frompyfunc(partial(_polygamma_gap_scalar, n=n), 2, 1)
    return plain(np.asarray(each(a, b), dtype=np.float64))


polygamma_gap: Primitive = Primitive(
    name="polygamma_gap",
    doc="psi_n(a + b) - psi_n(a) of the n-th derivative of digamma, without loss for a small b; a > 0, b >= 0",
    type_rule=broadcasting("polygamma_gap", 2),
    impl=_polygamma_gap,
    partials=(
        lambda out, a, b, n: polygamma_gap(a, b, n=n + 1),
        lambda out, a, b, n: polygamma(add(a, b), n=n + 1),
    ),
    domain=(_POSITIVE, Domain(0.2, 6.0, edges=(1e-9, 1e9))),
    statics=({"n": 0}, {"n": 1}, {"n": 2}),
)

"""Special functions of Reals: activations, error function, Gamma and Beta functions.

SciPy is imported where it is needed: for arrays, and for what `math` lacks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, mul, neg, strong_mul, sub
from dlang.primitives.comparisons import gt, select
from dlang.primitives.core import Domain, Operand, Primitive
from dlang.primitives.forms import elementwise
from dlang.primitives.operands import plain
from dlang.primitives.signatures import broadcasting
from dlang.primitives.transcendental import exp

__all__ = [
    "beta_function",
    "digamma",
    "erf",
    "erfc",
    "gelu",
    "lbeta",
    "lgamma",
    "polygamma",
    "relu",
    "sigmoid",
    "softplus",
]

_POSITIVE = Domain(0.2, 6.0)
_TAILS = Domain(edges=(0.0, 40.0, -40.0))


def _scipy(name: str) -> Callable[..., Any]:
    """The function of scipy.special, imported at the first call."""

    def call(*operands: Any) -> Any:
        from scipy import special

        return plain(getattr(special, name)(*operands))

    return call


# Activations


def _sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    tail = math.exp(x)
    return tail / (1.0 + tail)


def _sigmoid_array(x: np.ndarray) -> np.ndarray:
    tail = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0.0, 1.0, tail) / (1.0 + tail))


sigmoid: Primitive = elementwise(
    "sigmoid",
    "1 / (1 + exp(-x)), with full accuracy in both tails",
    # out * (1 - out) would cancel for large x
    [lambda out, x: mul(out, sigmoid(neg(x)))],
    scalar=_sigmoid,
    array=_sigmoid_array,
    domain=(_TAILS,),
)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _softplus_array(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))))


softplus: Primitive = elementwise(
    "softplus",
    "log(1 + exp(x)), with full accuracy in both tails",
    [lambda out, x: sigmoid(x)],
    scalar=_softplus,
    array=_softplus_array,
    domain=(_TAILS,),
)


def _relu(x: Any) -> Any:
    if isinstance(x, float):
        return x if x > 0.0 or x != x else 0.0
    return np.maximum(x, 0.0)


relu: Primitive = elementwise(
    "relu",
    "max(x, 0); derivative 0 at 0",
    [lambda out, x: select(gt(x, 0.0), 1.0, 0.0)],
    scalar="{0} if {0} > 0.0 or {0} != {0} else 0.0",
    array=_relu,
    impl=_relu,
    kinks=(0.0,),
    domain=(Domain(edges=(0.0,)),),
)

_SQRT_HALF = math.sqrt(0.5)
_FAR = -64.0
"""The normal distribution function is 0 in doubles from here down; products with it shall not be inf * 0."""


def _gelu(x: float) -> float:
    if x < _FAR:
        return -0.0
    return 0.5 * x * math.erfc(-x * _SQRT_HALF)


def _gelu_array(x: np.ndarray) -> np.ndarray:
    from scipy.special import erfc as erfc_array

    x = np.maximum(x, _FAR)
    return np.asarray(0.5 * x * erfc_array(-x * _SQRT_HALF))


def _normal_cdf(x: Operand) -> Operand:
    return mul(0.5, erfc(mul(-_SQRT_HALF, x)))


def _normal_density(x: Operand) -> Operand:
    return mul(1.0 / math.sqrt(2.0 * math.pi), exp(mul(-0.5, mul(x, x))))


gelu: Primitive = elementwise(
    "gelu",
    "x times the normal distribution function at x, exact (by erfc)",
    [lambda out, x: add(_normal_cdf(x), strong_mul(x, _normal_density(x)))],
    scalar=_gelu,
    array=_gelu_array,
)

# Error function

_SLOPE = 2.0 / math.sqrt(math.pi)

erf: Primitive = elementwise(
    "erf",
    "error function",
    [lambda out, x: mul(_SLOPE, exp(neg(mul(x, x))))],
    scalar=math.erf,
    array=_scipy("erf"),
    domain=(Domain(edges=(0.0, 1e-9)),),
)
erfc: Primitive = elementwise(
    "erfc",
    "1 - erf(x) without loss for large x",
    [lambda out, x: mul(-_SLOPE, exp(neg(mul(x, x))))],
    scalar=math.erfc,
    array=_scipy("erfc"),
    domain=(Domain(edges=(0.0, 8.0)),),
)

# Gamma and Beta functions


def _lgamma_array(x: Any) -> Any:
    from scipy.special import gammaln

    size = np.abs(x)
    out = np.where(size < 1e-300, -np.log(size), gammaln(x))  # gammaln is inf of subnormals already,
    return np.where(np.isinf(x), np.inf, out)  # and -inf of -inf


lgamma: Primitive = elementwise(
    "lgamma",
    "log of |Gamma(x)|; inf at 0, -1, -2, ...; beside its zeros at 1 and 2 accurate absolutely, not relatively",
    [lambda out, x: digamma(x)],
    scalar=math.lgamma,
    array=_lgamma_array,
    domain=(Domain(0.2, 6.0, edges=(-1.5, 1e3)),),
)
digamma: Primitive = elementwise(
    "digamma",
    "derivative of lgamma",
    [lambda out, x: polygamma(x, n=1)],
    scalar=_scipy("digamma"),
    array=_scipy("digamma"),
    domain=(Domain(0.2, 6.0, edges=(-1.5, 1e3)),),
)


def _polygamma(x: Any, *, n: int) -> Any:
    from scipy.special import zeta

    # (-1)^(n + 1) n! zeta(n + 1, x); scipy.special.polygamma goes by the Gamma function, which rounds n!
    return plain((-1.0) ** (n + 1) * math.factorial(n) * zeta(n + 1, x))


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

lbeta: Primitive = elementwise(
    "lbeta",
    "log of the Beta function, a > 0, b > 0",
    [
        lambda out, a, b: sub(digamma(a), digamma(add(a, b))),
        lambda out, a, b: sub(digamma(b), digamma(add(a, b))),
    ],
    scalar=_scipy("betaln"),
    array=_scipy("betaln"),
    domain=(_POSITIVE, _POSITIVE),
)
beta_function: Primitive = elementwise(
    "beta_function",
    "the Beta function, a > 0, b > 0",
    [
        lambda out, a, b: mul(out, sub(digamma(a), digamma(add(a, b)))),
        lambda out, a, b: mul(out, sub(digamma(b), digamma(add(a, b)))),
    ],
    scalar=_scipy("beta"),
    array=_scipy("beta"),
    domain=(_POSITIVE, _POSITIVE),
)

"""Gamma and Beta functions of Reals.

SciPy is imported where it is needed: for arrays, and for what `math` lacks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, mul, sub
from dlang.primitives.core import Domain, Operand, Primitive
from dlang.primitives.forms import elementwise
from dlang.primitives.operands import plain
from dlang.primitives.signatures import broadcasting

__all__ = ["beta_function", "digamma", "lbeta", "lgamma", "polygamma"]

_POSITIVE = Domain(0.2, 6.0)


def _scipy(name: str) -> Callable[..., Any]:
    """The function of scipy.special, imported at the first call."""

    def call(*operands: Any) -> Any:
        from scipy import special

        return plain(getattr(special, name)(*operands))

    return call


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

"""Inverses of circular and hyperbolic functions.

Their derivatives are powers of 1 - x^2 and 1 + x^2. The first is a primitive, so that its own derivative is -2x and not
the difference of its two factors; the second is a square of a length in the plane.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, div, mul, neg, sub
from dlang.primitives.core import Domain, Primitive
from dlang.primitives.forms import elementwise, unary
from dlang.primitives.planar import cosine, inversion
from dlang.primitives.powers import pow_
from dlang.primitives.transcendental import sqrt

__all__ = ["acos", "acosh", "asin", "asinh", "atan", "atanh", "complement"]

_INSIDE_ONE = Domain(-0.95, 0.95, edges=(0.9999999, -0.9999999))


def _complement(x: Any) -> Any:
    return np.where(np.abs(x) < 0.5, 1.0 - x * x, (1.0 - x) * (1.0 + x))


complement: Primitive = elementwise(
    "complement",
    "1 - x^2, without cancellation near -1 and 1: what the inverse functions have in their derivatives",
    [lambda out, x: mul(-2.0, x)],
    scalar="1.0 - {0} * {0} if -0.5 < {0} < 0.5 else (1.0 - {0}) * (1.0 + {0})",
    array=_complement,
    impl=lambda x: (
        _complement(x) if isinstance(x, np.ndarray) else 1.0 - x * x if -0.5 < x < 0.5 else (1.0 - x) * (1.0 + x)
    ),
)
asin: Primitive = unary(
    "asin",
    "inverse sine, -1 <= x <= 1",
    math.asin,
    np.arcsin,
    lambda out, x: pow_(complement(x), -0.5),
    _INSIDE_ONE,
)
acos: Primitive = unary(
    "acos",
    "inverse cosine, -1 <= x <= 1",
    math.acos,
    np.arccos,
    lambda out, x: neg(pow_(complement(x), -0.5)),
    _INSIDE_ONE,
)
atan: Primitive = unary("atan", "inverse tangent", math.atan, np.arctan, lambda out, x: inversion(1.0, x))

asinh: Primitive = unary(
    "asinh",
    "inverse hyperbolic sine",
    math.asinh,
    np.arcsinh,
    lambda out, x: cosine(1.0, x),
    Domain(-3.0, 3.0, edges=(0.0, 1e200, -1e200)),
)
acosh: Primitive = unary(
    "acosh",
    "inverse hyperbolic cosine, x >= 1; the derivative at 1 is inf",
    math.acosh,
    np.arccosh,
    lambda out, x: div(1.0, mul(sqrt(sub(x, 1.0)), sqrt(add(x, 1.0)))),
    Domain(1.05, 4.0, edges=(1.0000001, 1e200)),
)
atanh: Primitive = unary(
    "atanh",
    "inverse hyperbolic tangent, -1 <= x <= 1",
    math.atanh,
    np.arctanh,
    lambda out, x: div(1.0, complement(x)),
    _INSIDE_ONE,
)

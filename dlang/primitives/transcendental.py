"""Rounding, the square root, exponentials, logarithms, circular and hyperbolic functions of Reals.

Scalars go to libm by `math`. Derivatives are written so that they keep relative accuracy where the obvious form
cancels: `tanh'` is not `1 - tanh^2`, and neither is its own derivative made of that.
"""

from __future__ import annotations

import math

import numpy as np

from dlang.primitives.arithmetic import add, div, mul, neg
from dlang.primitives.core import Domain, Primitive
from dlang.primitives.forms import unary

__all__ = [
    "ceil",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "floor",
    "log",
    "log1p",
    "log2",
    "log10",
    "round_",
    "sech_squared",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

_POSITIVE = Domain(0.05, 4.0)
_WIDE = Domain(-3.0, 3.0, edges=(0.0, 20.0, -20.0))
_STEEP = Domain(-3.0, 3.0, edges=(0.0, 20.0, -300.0))


# Rounding. `copysign` keeps the zero of -0.5 rounded up negative, as IEEE has it


def _floor(x: float) -> float:
    return math.copysign(math.floor(x), x)


def _ceil(x: float) -> float:
    return math.copysign(math.ceil(x), x)


def _round(x: float) -> float:
    return math.copysign(round(x), x)


floor: Primitive = unary("floor", "the next whole number below; derivative 0", _floor, np.floor, None, Domain())
ceil: Primitive = unary("ceil", "the next whole number above; derivative 0", _ceil, np.ceil, None, Domain())
round_: Primitive = unary("round", "the nearest whole number, halves to even; derivative 0", _round, np.rint, None)

# Roots, exponentials, logarithms


sqrt: Primitive = unary(
    "sqrt",
    "square root, x >= 0; the derivative at 0 is inf",
    math.sqrt,
    np.sqrt,
    lambda out, x: div(0.5, add(out, 0.0)),  # that of -0 is infinite upwards too
    _POSITIVE,
)
exp: Primitive = unary("exp", "e to the power x", math.exp, np.exp, lambda out, x: out)
expm1: Primitive = unary("expm1", "exp(x) - 1 without loss near 0", math.expm1, np.expm1, lambda out, x: exp(x))
log: Primitive = unary("log", "natural logarithm, x >= 0", math.log, np.log, lambda out, x: div(1.0, x), _POSITIVE)
log1p: Primitive = unary(
    "log1p",
    "log(1 + x) without loss near 0, x >= -1",
    math.log1p,
    np.log1p,
    lambda out, x: div(1.0, add(1.0, x)),
    Domain(-0.9, 4.0, edges=(1e-10, -0.999999)),
)
log2: Primitive = unary(
    "log2",
    "logarithm to base 2, x >= 0",
    math.log2,
    np.log2,
    lambda out, x: div(1.0 / math.log(2.0), x),
    _POSITIVE,
)
log10: Primitive = unary(
    "log10",
    "logarithm to base 10, x >= 0",
    math.log10,
    np.log10,
    lambda out, x: div(1.0 / math.log(10.0), x),
    _POSITIVE,
)

# Circular functions

sin: Primitive = unary("sin", "sine of an angle in radians", math.sin, np.sin, lambda out, x: cos(x))
cos: Primitive = unary("cos", "cosine of an angle in radians", math.cos, np.cos, lambda out, x: neg(sin(x)))
tan: Primitive = unary(
    "tan",
    "tangent of an angle in radians",
    math.tan,
    np.tan,
    lambda out, x: add(1.0, mul(out, out)),
    Domain(-1.4, 1.4),
)


# Hyperbolic functions


def _sech_squared(x: float) -> float:
    fall = math.exp(-2.0 * abs(x))
    sum_ = 1.0 + fall
    return 4.0 * fall / (sum_ * sum_)


def _sech_squared_array(x: np.ndarray) -> np.ndarray:
    fall = np.exp(-2.0 * np.abs(x))
    sum_ = 1.0 + fall
    return np.asarray(4.0 * fall / (sum_ * sum_))


sinh: Primitive = unary("sinh", "hyperbolic sine", math.sinh, np.sinh, lambda out, x: cosh(x))
cosh: Primitive = unary("cosh", "hyperbolic cosine", math.cosh, np.cosh, lambda out, x: sinh(x))
sech_squared: Primitive = unary(
    "sech_squared",
    "1 / cosh(x)^2, without overflow: the derivative of tanh",
    _sech_squared,
    _sech_squared_array,
    lambda out, x: mul(mul(-2.0, tanh(x)), out),
    _STEEP,
)
tanh: Primitive = unary(
    "tanh",
    "hyperbolic tangent",
    math.tanh,
    np.tanh,
    lambda out, x: sech_squared(x),
    _STEEP,
)

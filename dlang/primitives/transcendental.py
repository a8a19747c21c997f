"""Rounding, roots, exponentials, logarithms, circular and hyperbolic functions of Reals.

Scalars go to libm by `math`. Derivatives are written so that they keep relative accuracy where the obvious form
cancels: `tanh' = 1 / cosh^2` and not `1 - tanh^2`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, div, mul, neg, sub
from dlang.primitives.comparisons import eq, select
from dlang.primitives.core import Domain, Operand, Partial, Primitive
from dlang.primitives.forms import elementwise

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "floor",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "round_",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

_POSITIVE = Domain(0.05, 4.0)
_WIDE = Domain(-3.0, 3.0, edges=(0.0, 20.0, -20.0))


def _unary(
    name: str,
    doc: str,
    scalar: Callable[..., float],
    array: Callable[..., Any],
    partial: Partial | None,
    domain: Domain = _WIDE,
    kinks: Sequence[float] = (),
) -> Primitive:
    return elementwise(
        name,
        doc,
        [partial],
        scalar=scalar,
        array=array,
        spoken=name,
        domain=(domain,),
        kinks=kinks,
    )


# Rounding. `copysign` keeps the zero of -0.5 rounded up negative, as IEEE has it


def _floor(x: float) -> float:
    return math.copysign(math.floor(x), x)


def _ceil(x: float) -> float:
    return math.copysign(math.ceil(x), x)


def _round(x: float) -> float:
    return math.copysign(round(x), x)


floor: Primitive = _unary("floor", "the next whole number below; derivative 0", _floor, np.floor, None, Domain())
ceil: Primitive = _unary("ceil", "the next whole number above; derivative 0", _ceil, np.ceil, None, Domain())
round_: Primitive = _unary("round", "the nearest whole number, halves to even; derivative 0", _round, np.rint, None)

# Roots, exponentials, logarithms

sqrt: Primitive = _unary(
    "sqrt",
    "square root, x >= 0; the derivative at 0 is inf",
    math.sqrt,
    np.sqrt,
    lambda out, x: div(0.5, out),
    _POSITIVE,
)
cbrt: Primitive = _unary(
    "cbrt",
    "cube root; the derivative at 0 is inf",
    math.cbrt,
    np.cbrt,
    lambda out, x: div(1.0, mul(3.0, mul(out, out))),
    Domain(0.05, 4.0, edges=(-2.0,)),
)
exp: Primitive = _unary("exp", "e to the power x", math.exp, np.exp, lambda out, x: out)
expm1: Primitive = _unary("expm1", "exp(x) - 1 without loss near 0", math.expm1, np.expm1, lambda out, x: exp(x))
log: Primitive = _unary("log", "natural logarithm, x >= 0", math.log, np.log, lambda out, x: div(1.0, x), _POSITIVE)
log1p: Primitive = _unary(
    "log1p",
    "log(1 + x) without loss near 0, x >= -1",
    math.log1p,
    np.log1p,
    lambda out, x: div(1.0, add(1.0, x)),
    Domain(-0.9, 4.0, edges=(1e-10, -0.999999)),
)
log2: Primitive = _unary(
    "log2",
    "logarithm to base 2, x >= 0",
    math.log2,
    np.log2,
    lambda out, x: div(1.0 / math.log(2.0), x),
    _POSITIVE,
)
log10: Primitive = _unary(
    "log10",
    "logarithm to base 10, x >= 0",
    math.log10,
    np.log10,
    lambda out, x: div(1.0 / math.log(10.0), x),
    _POSITIVE,
)

# Circular functions

sin: Primitive = _unary("sin", "sine of an angle in radians", math.sin, np.sin, lambda out, x: cos(x))
cos: Primitive = _unary("cos", "cosine of an angle in radians", math.cos, np.cos, lambda out, x: neg(sin(x)))
tan: Primitive = _unary(
    "tan",
    "tangent of an angle in radians",
    math.tan,
    np.tan,
    lambda out, x: add(1.0, mul(out, out)),
    Domain(-1.4, 1.4),
)


def _root_of_complement(x: Operand) -> Operand:
    """sqrt(1 - x^2), without cancellation near -1 and 1."""
    return sqrt(mul(sub(1.0, x), add(1.0, x)))


_INSIDE_ONE = Domain(-0.95, 0.95, edges=(0.9999999, -0.9999999))

asin: Primitive = _unary(
    "asin",
    "inverse sine, -1 <= x <= 1",
    math.asin,
    np.arcsin,
    lambda out, x: div(1.0, _root_of_complement(x)),
    _INSIDE_ONE,
)
acos: Primitive = _unary(
    "acos",
    "inverse cosine, -1 <= x <= 1",
    math.acos,
    np.arccos,
    lambda out, x: div(-1.0, _root_of_complement(x)),
    _INSIDE_ONE,
)
atan: Primitive = _unary("atan", "inverse tangent", math.atan, np.arctan, lambda out, x: div(1.0, add(1.0, mul(x, x))))

# Hyperbolic functions


def _sech_squared(x: Operand) -> Operand:
    sech = div(1.0, cosh(x))
    return mul(sech, sech)


sinh: Primitive = _unary("sinh", "hyperbolic sine", math.sinh, np.sinh, lambda out, x: cosh(x))
cosh: Primitive = _unary("cosh", "hyperbolic cosine", math.cosh, np.cosh, lambda out, x: sinh(x))
tanh: Primitive = _unary(
    "tanh",
    "hyperbolic tangent",
    math.tanh,
    np.tanh,
    lambda out, x: _sech_squared(x),
    Domain(-3.0, 3.0, edges=(0.0, 20.0, -300.0)),
)
asinh: Primitive = _unary(
    "asinh",
    "inverse hyperbolic sine",
    math.asinh,
    np.arcsinh,
    lambda out, x: div(1.0, hypot(x, 1.0)),
    Domain(-3.0, 3.0, edges=(0.0, 1e200, -1e200)),
)
acosh: Primitive = _unary(
    "acosh",
    "inverse hyperbolic cosine, x >= 1; the derivative at 1 is inf",
    math.acosh,
    np.arccosh,
    lambda out, x: div(1.0, mul(sqrt(sub(x, 1.0)), sqrt(add(x, 1.0)))),
    Domain(1.05, 4.0, edges=(1.0000001, 1e200)),
)
atanh: Primitive = _unary(
    "atanh",
    "inverse hyperbolic tangent, -1 <= x <= 1",
    math.atanh,
    np.arctanh,
    lambda out, x: div(1.0, mul(sub(1.0, x), add(1.0, x))),
    _INSIDE_ONE,
)

# The plane


def _divisor(length: Operand) -> Operand:
    """A length to divide by: 1 at the origin, where what is divided is 0 and shall stay so."""
    return select(eq(length, 0.0), 1.0, length)


def _angle_partial(leg: Operand, y: Operand, x: Operand) -> Operand:
    """leg / (x^2 + y^2), neither overflowing nor underflowing on the way."""
    length = _divisor(hypot(x, y))
    return div(div(leg, length), length)


hypot: Primitive = elementwise(
    "hypot",
    "sqrt(x^2 + y^2) without overflow; gradient 0 at the origin",
    [lambda out, x, y: div(x, _divisor(out)), lambda out, x, y: div(y, _divisor(out))],
    scalar=math.hypot,
    array=np.hypot,
    domain=(Domain(0.2, 3.0, edges=(1e200,)), Domain(0.2, 3.0, edges=(1e200,))),
)
atan2: Primitive = elementwise(
    "atan2",
    "angle of the point (x, y), given as (y, x); gradient 0 at the origin",
    [
        lambda out, y, x: _angle_partial(x, y, x),
        lambda out, y, x: neg(_angle_partial(y, y, x)),
    ],
    scalar=math.atan2,
    array=np.arctan2,
    domain=(Domain(0.2, 3.0, edges=(-1.0,)), Domain(0.2, 3.0, edges=(-1.0,))),
)

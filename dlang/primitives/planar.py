"""Lengths and angles in the plane, and the two functions of a point that all their derivatives are made of.

`cosine` is x / r, `inversion` is x / r^2, with r the length of (x, y). Both are computed from a point that is scaled
where its squares leave the range, and their own derivatives are products of themselves: none cancels where one
coordinate is far larger than the other, as `1 / r - x^2 / r^3` would.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import abs_, add, div, mul, neg, strong_mul, sub
from dlang.primitives.comparisons import eq, gt, select
from dlang.primitives.core import Domain, Operand, Primitive
from dlang.primitives.forms import elementwise

__all__ = ["atan2", "cosine", "hypot", "inversion"]

_LEG = Domain(0.2, 3.0, edges=(-1.0,))
_FAR_LEG = Domain(0.2, 3.0, edges=(1e200,))
_NEAR, _FAR = 2.0**-480, 2.0**480
"""Beyond, points are scaled: their squares under- or overflow, or their length is subnormal."""
_LEAST, _MOST = _NEAR**2, _FAR**2
_UP, _DOWN = 2.0**590, 2.0**-600


def _cosine(x: float, y: float) -> float:
    length = math.hypot(x, y)
    if _NEAR < length < math.inf:
        return x / length
    if math.isinf(x) and math.isfinite(y):
        return math.copysign(1.0, x)
    scale = 0.25 if length == math.inf else _UP
    x, y = x * scale, y * scale
    return x / math.hypot(x, y) if x or y else 0.0


def _cosine_array(x: Any, y: Any) -> np.ndarray:
    length = np.asarray(np.hypot(x, y))
    if ((length > _NEAR) & (length < np.inf)).all():
        return np.asarray(x / length)
    along = np.isinf(x) & np.isfinite(y)
    scale = np.where(length < _NEAR, _UP, np.where(length == np.inf, 0.25, 1.0))
    x, y = x * scale, y * scale
    length = np.hypot(x, y)
    return np.asarray(np.where(along, np.sign(x), x / np.where(length == 0.0, 1.0, length)))


def _inversion(x: float, y: float) -> float:
    square = x * x + y * y
    if _LEAST < square < _MOST:
        return x / square
    size = max(abs(x), abs(y))
    if size == math.inf:
        return 0.0 if x == x and y == y else math.nan
    scale = _UP if size < 1.0 else _DOWN
    x, y = x * scale, y * scale
    return x / (x * x + y * y) * scale if x or y else 0.0


def _inversion_array(x: Any, y: Any) -> np.ndarray:
    square = np.asarray(x * x + y * y)
    regular = (square > _LEAST) & (square < _MOST)
    if regular.all():
        return np.asarray(x / square)
    size = np.maximum(np.abs(x), np.abs(y))
    scale = np.where(regular, 1.0, np.where(size < 1.0, _UP, _DOWN))
    x, y = x * scale, y * scale
    square = x * x + y * y
    return np.where(size == np.inf, 0.0, x / np.where(square == 0.0, 1.0, square) * scale)


def _turn(a: Operand, b: Operand, x: Operand, y: Operand) -> Operand:
    """a b / r of cosines a and b; neither the product nor a quotient over- or underflows before the whole does.

    At the origin, where they are 0, it is 0.
    """
    length = hypot(x, y)
    length, product = select(eq(length, 0.0), 1.0, length), mul(a, b)
    return select(gt(abs_(product), 1e-290), div(product, length), mul(a, div(b, length)))


def _bend(out: Operand, x: Operand, y: Operand) -> Operand:
    """(y^2 - x^2) / r^4, with the digits of y - x: 1 / r^2 is the sum of the squares of both inversions."""
    other = inversion(y, x)
    return strong_mul(strong_mul(sub(y, x), add(out, other)), add(mul(out, out), mul(other, other)))


hypot: Primitive = elementwise(
    "hypot",
    "sqrt(x^2 + y^2) without overflow; gradient 0 at the origin",
    [lambda out, x, y: cosine(x, y), lambda out, x, y: cosine(y, x)],
    scalar=math.hypot,
    array=np.hypot,
    domain=(_FAR_LEG, _FAR_LEG),
)
cosine: Primitive = elementwise(
    "cosine",
    "x / hypot(x, y), of the angle between the point (x, y) and the x-axis; 0 at the origin",
    [
        lambda out, x, y: _turn(cosine(y, x), cosine(y, x), x, y),
        lambda out, x, y: neg(_turn(out, cosine(y, x), x, y)),
    ],
    scalar=_cosine,
    array=_cosine_array,
    domain=(_FAR_LEG, _FAR_LEG),
)
inversion: Primitive = elementwise(
    "inversion",
    "x / (x^2 + y^2), the real part of 1 / (x + iy), neither over- nor underflowing on the way; 0 at the origin",
    [
        _bend,
        lambda out, x, y: mul(mul(-2.0, out), inversion(y, x)),
    ],
    scalar=_inversion,
    array=_inversion_array,
    domain=(_LEG, _LEG),
)
atan2: Primitive = elementwise(
    "atan2",
    "angle of the point (x, y), given as (y, x); gradient 0 at the origin",
    [
        lambda out, y, x: inversion(x, y),
        lambda out, y, x: neg(inversion(y, x)),
    ],
    scalar=math.atan2,
    array=np.arctan2,
    domain=(_LEG, _LEG),
)

"""The bell curve, its integrals and derivatives: error functions, the normal distribution function, gelu.

exp(-x^2) loses the digits that x^2 does: 400 units at x = 20. Here x is split into a part with an exact square and a
rest. Where the result is subnormal, polynomials are multiplied before the last factor, while all digits are there.

SciPy is imported where it is needed: for arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import mul, sub
from dlang.primitives.core import Domain, Fast, Operand, Primitive, Static
from dlang.primitives.forms import elementwise
from dlang.primitives.operands import plain
from dlang.primitives.signatures import broadcasting
from dlang.types import Type

__all__ = ["erf", "erfc", "gaussian", "gelu", "normal_cdf"]

_SLOPE = 2.0 / math.sqrt(math.pi)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_GRID = 2.0**20
"""Numbers below 64 that are multiples of 2^-20 have exact squares."""
_END = 60.0
"""From here on the curve is 0 in doubles, whatever stands before it."""

# The bell curve


def _weighed(x: float, factor: float, halve: float) -> float:
    """factor exp(-halve x^2), for halve of 1 or 1/2 and |x| < 64."""
    near = round(x * _GRID) / _GRID
    rest = math.exp(-halve * (x - near) * (x + near))
    if -20.0 < near < 20.0:
        return factor * (rest * math.exp(-halve * near * near))
    root = math.exp(-0.5 * halve * near * near)
    return factor * rest * root * root


def _weighed_array(x: Any, factor: Any, halve: float) -> Any:
    """The same of an array."""
    near = np.rint(x * _GRID) / _GRID
    rest, root = np.exp(-halve * (x - near) * (x + near)), np.exp(-0.5 * halve * near * near)
    return factor * rest * root * root


def _curve_array(x: Any, halve: float) -> Any:
    """exp(-halve x^2) of an array."""
    out = np.asarray(np.exp(-halve * (x * x)))
    wide = np.abs(x) > 1.0
    if wide.any():
        out[wide] = _weighed_array(np.asarray(x)[wide], 1.0, halve)
    return out


def _hermite(x: Any, n: int, halve: float) -> Any:
    """The polynomial before exp(-halve x^2) in its n-th derivative."""
    before, here = 0.0 * x, 0.0 * x + 1.0
    for k in range(n):
        before, here = here, -2.0 * halve * (x * here + k * before)
    return here


@cache
def _gaussian_scalar(n: int, half: bool) -> Callable[[float], float]:
    """The function of a Python scalar, for one n."""
    halve = 0.5 if half else 1.0

    def curve(x: float) -> float:
        if -1.0 < x < 1.0:  # the square's own rounding is one of the result
            return float(_hermite(x, n, halve) * math.exp(-halve * (x * x))) if n else math.exp(-halve * (x * x))
        if -_END < x < _END:
            return _weighed(x, _hermite(x, n, halve) if n else 1.0, halve)
        return x if x != x else 0.0

    return curve


def _gaussian(x: Any, *, n: int = 0, half: bool = False) -> Any:
    if isinstance(x, float):
        return _gaussian_scalar(n, half)(x)
    inside, halve = np.clip(x, -_END, _END), 0.5 if half else 1.0
    return plain(_weighed_array(inside, _hermite(inside, n, halve), halve) if n else _curve_array(inside, halve))


def _gaussian_fast(types: Sequence[Type], static: Static) -> Fast | None:
    return _gaussian_scalar(static.get("n", 0), static.get("half", False)) if types[0].is_scalar else None


def _gaussian_partial(out: Operand, x: Operand, *, n: int = 0, half: bool = False) -> Operand:
    return gaussian(x, n=n + 1, half=half)


gaussian: Primitive = Primitive(
    name="gaussian",
    doc="exp(-x^2), or exp(-x^2 / 2) if `half`; its n-th derivative; with full accuracy in the tails",
    type_rule=broadcasting("gaussian", 1),
    impl=_gaussian,
    specialise=_gaussian_fast,
    partials=(_gaussian_partial,),
    domain=(Domain(edges=(0.0, 8.0, -20.0)),),
    statics=tuple({"n": n, "half": half} for n in (0, 1, 2) for half in (False, True)),
)

# Error functions


def _erf_array(x: Any) -> Any:
    from scipy.special import erf as values

    return plain(values(x))


def _erfc_array(x: Any) -> Any:
    from scipy.special import erfc as values
    from scipy.special import erfcx

    out = np.asarray(values(x))
    far = (x > 1.0) & (x < 30.0)  # from there on it is 0
    if far.any():
        tail = np.asarray(x)[far]
        out[far] = _weighed_array(tail, erfcx(tail), 1.0)
    return out


erf: Primitive = elementwise(
    "erf",
    "error function",
    [lambda out, x: mul(_SLOPE, gaussian(x, n=0, half=False))],
    scalar=math.erf,
    array=_erf_array,
    domain=(Domain(edges=(0.0, 1e-9)),),
)
erfc: Primitive = elementwise(
    "erfc",
    "1 - erf(x) without loss for large x",
    [lambda out, x: mul(-_SLOPE, gaussian(x, n=0, half=False))],
    scalar=math.erfc,
    array=_erfc_array,
    domain=(Domain(edges=(0.0, 8.0)),),
)

# The normal distribution


_SQRT_HALF = math.sqrt(0.5)
_SPLIT = 134217729.0  # 2^27 + 1
_SQRT_HALF_HIGH = _SQRT_HALF * _SPLIT - (_SQRT_HALF * _SPLIT - _SQRT_HALF)
_SQRT_HALF_LOW = (_SQRT_HALF - _SQRT_HALF_HIGH) - 4.833646656726457e-17
"""The square root of 1/2 in two parts; the last number is what the double nearest to it is too much."""
_TAIL = -36.0
"""From here down the distribution function comes of its asymptotic series."""
_FAR = -64.0


def _lost(x: Any, z: Any) -> Any:
    """What rounding lost of z = x sqrt(1/2)."""
    high = x * _SPLIT - (x * _SPLIT - x)
    low = x - high
    return ((high * _SQRT_HALF_HIGH - z) + high * _SQRT_HALF_LOW + low * _SQRT_HALF_HIGH) + low * _SQRT_HALF_LOW


def _mills(x: Any) -> Any:
    """Of the distribution function far down: what it is times -x, over the density."""
    s = 1.0 / (x * x)
    total: Any = 1.0
    for odd in (15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0):
        total = 1.0 - odd * s * total
    return total


def _normal_cdf(x: float, factor: float = 1.0) -> float:
    """The distribution function times a factor, which is there before digits are lost."""
    if x < _TAIL:
        return _weighed(x, factor * _DENSITY * _mills(x) / -x, 0.5) if x > _FAR else 0.0 * factor
    z = -_SQRT_HALF * x
    out = 0.5 * math.erfc(z)
    if x < -1.0:
        out += _lost(x, -z) * (_SLOPE * 0.5) * math.exp(-z * z)
    return factor * out


def _normal_cdf_array(x: Any, factor: Any = None) -> Any:
    """The same of an array, where a factor is x itself; what rounding took is given back only where it shows."""
    x = np.asarray(x)
    z = -_SQRT_HALF * x
    out = 0.5 * _erfc_array(z)
    low = (x < -1.0) & (x >= _TAIL)
    if low.any():
        out[low] += _lost(x[low], -z[low]) * (_SLOPE * 0.5) * np.exp(-(z[low] ** 2))
    if factor is not None:
        out *= factor
    far = (x < _TAIL) & (x >= _FAR)
    if far.any():
        tail = x[far]
        scale = -_DENSITY if factor is not None else _DENSITY / -tail
        out[far] = _weighed_array(tail, scale * _mills(tail), 0.5)
    return out


def _gelu(x: float) -> float:
    return -0.0 if x < _FAR else _normal_cdf(x, x)


def _gelu_array(x: Any) -> Any:
    x = np.maximum(x, _FAR)
    return _normal_cdf_array(x, x)


normal_cdf: Primitive = elementwise(
    "normal_cdf",
    "the standard normal distribution function, with full accuracy in the lower tail",
    [lambda out, x: mul(_DENSITY, gaussian(x, n=0, half=True))],
    scalar=_normal_cdf,
    array=_normal_cdf_array,
    domain=(Domain(edges=(0.0, -8.0, -37.0)),),
)
gelu: Primitive = elementwise(
    "gelu",
    "x times the normal distribution function at x, exact",
    # x times the density is minus the first derivative of the density
    [lambda out, x: sub(normal_cdf(x), mul(_DENSITY, gaussian(x, n=1, half=True)))],
    scalar=_gelu,
    array=_gelu_array,
    domain=(Domain(edges=(0.0, -8.0)),),
)

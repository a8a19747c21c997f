"""Powers of Reals and of Ints, and of Reals with a constant Int exponent; the cube root."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from dlang.primitives import integers
from dlang.primitives.arithmetic import add, div, mul, strong_mul, sub
from dlang.primitives.core import Domain, Fast, Operand, Primitive, Static
from dlang.primitives.forms import elementwise, unary
from dlang.primitives.operands import constant, plain
from dlang.primitives.signatures import broadcasting
from dlang.primitives.transcendental import log
from dlang.types import DType, Type

__all__ = ["cbrt", "cbrt_power", "falling_power", "int_pow", "pow_", "pow_less", "power_log", "power_n"]


def _pow(a: Any, b: Any) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        try:
            return math.pow(a, b)
        except (ValueError, OverflowError):
            return float(np.float_power(a, b))
    return np.float_power(a, b)


def _pow_partial(out: Operand, a: Operand, b: Operand) -> Operand:
    """b a^(b - 1). Where b is exactly 0 it is too: a^0 is constant, also where a^-1 is infinite."""
    known = constant(b)
    if known is not None and _rest(known, 1.0) == 0.0:
        return strong_mul(b, pow_(a, known - 1.0))
    return falling_power(a, b, n=1)


pow_: Primitive = elementwise(
    "pow",
    "a^b of Reals; 0^0 = 1 with derivative 0 in a; d/db is 0 at a = 0 < b",
    [
        _pow_partial,
        lambda out, a, b: power_log(a, b),
    ],
    scalar=math.pow,
    array=np.float_power,
    impl=_pow,
    spoken="^",
    domain=(Domain(0.2, 3.0), Domain()),
)


def _rest(b: Any, n: float) -> Any:
    """What rounding loses of b - n, exactly (Knuth's two-sum)."""
    lowered = b - n
    back = lowered - b
    return (b - (lowered - back)) - (n + back)


@cache
def _pow_less_scalar(n: int) -> Callable[[float, float], float]:
    """The function of two Python scalars, for one n."""
    down = float(n)

    def power(a: float, b: float) -> float:
        lowered = b - down
        out = math.pow(a, lowered)
        if lowered + down == b:
            return out
        rest = _rest(b, down)
        if 0.0 < a < math.inf and 0.0 < out < math.inf and math.isfinite(rest):
            out += out * (rest * math.log(a))
        return out

    return power


def _pow_less(a: Any, b: Any, *, n: int) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        try:
            return _pow_less_scalar(n)(a, b)
        except (ValueError, OverflowError):
            pass
    out, rest = np.float_power(a, b - n), _rest(b, float(n))
    regular = (rest != 0.0) & np.isfinite(rest) & (a > 0.0) & (a < np.inf) & (out > 0.0) & (out < np.inf)
    return plain(np.where(regular, out + out * (rest * np.log(np.where(regular, a, 1.0))), out))


def _pow_less_fast(types: Sequence[Type], static: Static) -> Fast | None:
    return _pow_less_scalar(static["n"]) if all(t.is_scalar for t in types) else None


def _pow_less_partial(out: Operand, a: Operand, b: Operand, *, n: int) -> Operand:
    return strong_mul(sub(b, float(n)), pow_less(a, b, n=n + 1))


pow_less: Primitive = Primitive(
    name="pow_less",
    doc="a^(b - n) for a constant Int n, as if b - n were not rounded: the derivatives of a^b are made of it",
    type_rule=broadcasting("^", 2),
    impl=_pow_less,
    specialise=_pow_less_fast,
    partials=(_pow_less_partial, lambda out, a, b, n: strong_mul(out, log(a))),
    domain=(Domain(0.2, 3.0), Domain(edges=(0.1,))),
    statics=({"n": 1}, {"n": 2}),
)

# b (b - 1) … (b - n + 1) a^(b - n): the n-th derivative of a^b in a, where its factors may over- or underflow


def _falling(b: Any, n: int) -> Any:
    """b (b - 1) … (b - n + 1)."""
    out = b
    for k in range(1, n):
        out = out * (b - k)
    return out


@cache
def _falling_power_scalar(n: int) -> Callable[[float, float], float]:
    """The function of two Python scalars, for one n."""
    less = _pow_less_scalar(n)

    def power(a: float, b: float) -> float:
        factor = _falling(b, n)
        if factor == 0.0:
            return 0.0
        try:
            whole = less(a, b)
        except (ValueError, OverflowError):
            whole = math.inf
        if 1e-290 < abs(whole) < math.inf:
            return float(factor * whole)
        with np.errstate(all="ignore"):
            whole = _pow_less(a, b, n=n)
            if whole != whole or not 0.0 < abs(a) < math.inf:
                return float(factor * whole)
            return float(math.copysign(1.0, whole) * _by_halves(factor, abs(a), b, n))

    return power


def _by_halves(factor: Any, a: Any, b: Any, n: int) -> Any:
    """factor a^(b - n) for a > 0, with a factor of a^((b - n) / 2) before the other."""
    half = _pow(a, 0.5 * (b - n))
    rest = _rest(b, float(n))
    return factor * half * half * (1.0 + np.where(np.isfinite(rest), rest, 0.0) * np.log(a))


def _falling_power(a: Any, b: Any, *, n: int) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        return _falling_power_scalar(n)(a, b)
    factor, whole = _falling(np.asarray(b), n), np.asarray(_pow_less(a, b, n=n))
    out = np.where(factor == 0.0, 0.0, factor * whole)
    size = np.abs(a)
    beyond = ~((np.abs(whole) > 1e-290) & (np.abs(whole) < np.inf)) & (whole == whole) & (size > 0.0) & (size < np.inf)
    beyond &= factor != 0.0
    if beyond.any():
        inside = np.where(beyond, size, 1.0)
        out = np.where(beyond, np.copysign(1.0, whole) * _by_halves(factor, inside, b, n), out)
    return plain(out)


def _falling_power_fast(types: Sequence[Type], static: Static) -> Fast | None:
    return _falling_power_scalar(static["n"]) if all(t.is_scalar for t in types) else None


def _falling_power_in_b(out: Operand, a: Operand, b: Operand, *, n: int) -> Operand:
    """The power, times how its factor moves (the sum of its products of all terms but one), and log a times that."""
    slope: Operand = 1.0
    falling = b
    for k in range(1, n):
        term = sub(b, float(k))
        slope = add(mul(slope, term), falling)
        falling = mul(falling, term)
    return strong_mul(pow_less(a, b, n=n), add(slope, strong_mul(falling, log(a))))


falling_power: Primitive = Primitive(
    name="falling_power",
    doc="b (b - 1) … (b - n + 1) a^(b - n) for a constant Int n: the n-th derivative of a^b in a",
    type_rule=broadcasting("^", 2),
    impl=_falling_power,
    specialise=_falling_power_fast,
    partials=(lambda out, a, b, n: falling_power(a, b, n=n + 1), _falling_power_in_b),
    domain=(Domain(0.2, 3.0), Domain(edges=(0.1,))),
    statics=({"n": 1}, {"n": 2}, {"n": 3}),
)


def _power_log_scalar(a: float, b: float) -> float:
    power = math.pow(a, b)
    return power * math.log(a) if power else 0.0


def _power_log(a: Any, b: Any) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        try:
            return _power_log_scalar(a, b)
        except (ValueError, OverflowError):
            pass
    with np.errstate(all="ignore"):
        power = _pow(a, b)
        return plain(np.where(np.equal(power, 0.0), 0.0, power * np.log(a)))


power_log: Primitive = elementwise(
    "power_log",
    "a^b log(a), the derivative of a^b in b: 0 where a^b is, at a = 0 < b",
    [
        lambda out, a, b: _falling_power_in_b(out, a, b, n=1),
        lambda out, a, b: strong_mul(out, log(a)),
    ],
    scalar=_power_log_scalar,
    array=_power_log,
    impl=_power_log,
    domain=(Domain(0.2, 3.0), Domain()),
)

int_pow: Primitive = elementwise(
    "int_pow",
    "a^b of Ints; a negative b is an error",
    [None, None],
    scalar=integers.power,
    array=integers.power,
    impl=integers.power,
    integer=integers.power,
    spoken="^",
    accepts=(DType.INT,),
    domain=(Domain(-3, 3, integer=True), Domain(0, 5, integer=True)),
)

_POWERS = {-1: "1.0 / {0}", 0: "1.0", 1: "{0}", 2: "{0} * {0}", 3: "{0} * {0} * {0}"}
"""Powers that are products; all others are `pow` of libm."""


def _power_n(x: Any, *, n: int) -> Any:
    match n:
        case -1:
            return div.impl(1.0, x)
        case 0:
            return np.ones_like(x) if isinstance(x, np.ndarray) else 1.0
        case 1:
            return x
        case 2:
            return x * x
        case 3:
            return x * x * x
        case _:
            return _pow(x, float(n))


def _power_n_fast(types: Sequence[Type], static: Static) -> Fast | None:
    n = static["n"]
    if n in _POWERS and (n != 0 or types[0].is_scalar):
        return _POWERS[n]
    return f"({{0}}) ** {float(n)}" if types[0].is_scalar else None


def _power_n_partial(out: Operand, x: Operand, *, n: int) -> Operand:
    if n in (0, 1):
        return float(n)
    return mul(float(n), x if n == 2 else power_n(x, n=n - 1))


power_n: Primitive = Primitive(
    name="power_n",
    doc="x^n for a constant Int n; 0^0 = 1, and the derivative is right at x = 0 for every n",
    type_rule=broadcasting("^", 1),
    impl=_power_n,
    specialise=_power_n_fast,
    partials=(_power_n_partial,),
    view=True,
    domain=(Domain(0.2, 3.0, edges=(-1.5,)),),
    statics=tuple({"n": n} for n in (-2, -1, 0, 1, 2, 3, 4, 7)),
)

# The cube root


def _cube_root_power(x: float, *, n: int) -> float:
    """cbrt(x)^n, from the first 17 digits of libm's root: their cube is exact, and x is close to it."""
    root = math.cbrt(x)
    if not 1e-290 < abs(x) < 1e290:
        if x == 0.0 or not math.isfinite(x):
            return math.pow(root, n)
        up = 300 if abs(x) < 1.0 else -300
        return math.ldexp(_cube_root_power(math.ldexp(x, 3 * up), n=n), -up * n)
    spread = root * 68719476737.0  # 2^36 + 1
    short = spread - (spread - root)
    return float(math.pow(short, n) * _binomial(x, short * short * short, n / 3.0))


def _binomial(x: Any, cube: Any, power: float) -> Any:
    """(x / cube)^power for a ratio within 1e-4 of 1."""
    more = (x - cube) / cube
    return 1.0 + power * more * (1.0 + (power - 1.0) / 2.0 * more * (1.0 + (power - 2.0) / 3.0 * more))


def _cube_root_power_array(x: Any, *, n: int) -> Any:
    proper = (x != 0.0) & np.isfinite(x)
    size = np.where(proper, np.abs(x), 1.0)
    up = np.where(size <= 1e-290, 300, np.where(size >= 1e290, -300, 0))
    inside = np.ldexp(np.where(proper, x, 1.0), 3 * up)
    spread = np.cbrt(inside) * 68719476737.0
    short = spread - (spread - np.cbrt(inside))
    out = np.float_power(short, n) * _binomial(inside, short * short * short, n / 3.0)
    return plain(np.where(proper, np.ldexp(out, -up * n), np.float_power(np.cbrt(x), n)))


def _cube_root_power_impl(x: Any, *, n: int) -> Any:
    if isinstance(x, float):
        try:
            return _cube_root_power(x, n=n)
        except (ValueError, OverflowError):
            pass
    return _cube_root_power_array(x, n=n)


cbrt_power: Primitive = Primitive(
    name="cbrt_power",
    doc="x^(n / 3) for a constant Int n, of the cube root's sign: the derivatives of the cube root are made of it",
    type_rule=broadcasting("cbrt", 1),
    impl=_cube_root_power_impl,
    specialise=lambda types, static: partial(_cube_root_power, **static) if types[0].is_scalar else None,
    partials=(lambda out, x, n: mul(n / 3.0, cbrt_power(x, n=n - 3)),),
    domain=(Domain(0.05, 4.0, edges=(-2.0, 1e300)),),
    statics=({"n": -2}, {"n": -5}),
)
cbrt: Primitive = unary(
    "cbrt",
    "cube root; the derivative at 0 is inf",
    partial(_cube_root_power, n=1),
    np.cbrt,
    lambda out, x: div(cbrt_power(x, n=-2), 3.0),
    Domain(0.05, 4.0, edges=(-2.0,)),
)

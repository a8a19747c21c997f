"""Powers of Reals and of Ints, and of Reals with a constant Int exponent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dlang.primitives import integers
from dlang.primitives.arithmetic import div, mul, strong_mul, sub
from dlang.primitives.core import Domain, Fast, Operand, Primitive, Static
from dlang.primitives.forms import elementwise
from dlang.primitives.signatures import broadcasting
from dlang.primitives.transcendental import log
from dlang.types import DType, Type

__all__ = ["int_pow", "pow_", "power_n"]


def _pow(a: Any, b: Any) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        try:
            return math.pow(a, b)
        except (ValueError, OverflowError):
            return float(np.float_power(a, b))
    return np.float_power(a, b)


pow_: Primitive = elementwise(
    "pow",
    "a^b of Reals; 0^0 = 1 with derivative 0 in a; d/db is 0 at a = 0 < b",
    [
        # b is exactly 0: a^0 is constant, also where a^-1 is infinite
        lambda out, a, b: strong_mul(b, pow_(a, sub(b, 1.0))),
        # 0^b = 0 for every b > 0, although log(0) is infinite
        lambda out, a, b: strong_mul(out, log(a)),
    ],
    scalar=math.pow,
    array=np.float_power,
    impl=_pow,
    spoken="^",
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

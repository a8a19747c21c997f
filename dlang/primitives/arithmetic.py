"""Arithmetic: on Reals as IEEE has it, on Ints with overflow and division by zero as errors."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives import integers
from dlang.primitives.core import Domain, Primitive
from dlang.primitives.forms import constantly, elementwise
from dlang.primitives.signatures import NUMBER
from dlang.types import DType

__all__ = [
    "abs_",
    "add",
    "div",
    "floordiv",
    "maximum",
    "minimum",
    "mod",
    "mul",
    "neg",
    "share",
    "sign",
    "stop_gradient",
    "strong_mul",
    "sub",
    "to_int",
    "to_real",
    "whole",
]

_NONZERO = Domain(0.2, 3.0, edges=(-2.0, 1.0))


def _operation(
    name: str,
    symbol: str,
    op: Callable[..., Any],
    integer: Callable[..., Any],
    partials: Sequence[Any],
    doc: str,
    impl: Callable[..., Any] | None = None,
    domain: Sequence[Domain] | None = None,
) -> Primitive:
    template = f"{{0}} {symbol} {{1}}" if len(partials) == 2 else f"{symbol}{{0}}"
    return elementwise(
        name,
        doc,
        partials,
        scalar=template,
        array=op,
        on_arrays=template,
        impl=impl or op,
        integer=integer,
        spoken=symbol,
        accepts=NUMBER,
        domain=domain,
    )


add: Primitive = _operation(
    "add", "+", operator.add, integers.add, [constantly(1.0), constantly(1.0)], "a + b, Real or Int"
)
sub: Primitive = _operation(
    "sub", "-", operator.sub, integers.sub, [constantly(1.0), constantly(-1.0)], "a - b, Real or Int"
)
mul: Primitive = _operation(
    "mul", "*", operator.mul, integers.mul, [lambda out, a, b: b, lambda out, a, b: a], "a * b, Real or Int"
)
neg: Primitive = _operation("neg", "-", operator.neg, integers.neg, [constantly(-1.0)], "-a, Real or Int")


def _quotient(a: float, b: float) -> float:
    """a / b where Python raises, that is for b = 0: IEEE's infinity or NaN."""
    if a != a or a == 0.0:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _ieee(op: Callable[[Any, Any], Any], array: Callable[..., Any], at_zero: Callable[..., float]) -> Any:
    def impl(a: Any, b: Any) -> Any:
        if isinstance(a, float) and isinstance(b, float):
            return op(a, b) if b else at_zero(a, b)
        return array(a, b)

    return impl


div: Primitive = elementwise(
    "div",
    "a / b; IEEE at b = 0",
    [lambda out, a, b: div(1.0, b), lambda out, a, b: neg(div(out, b))],
    scalar="{0} / {1}",
    array=np.true_divide,
    on_arrays="{0} / {1}",
    impl=_ieee(operator.truediv, np.true_divide, _quotient),
    spoken="/",
    domain=(Domain(), _NONZERO),
)
floordiv: Primitive = _operation(
    "floordiv",
    "//",
    np.floor_divide,
    integers.floordiv,
    [None, None],
    "floor of a / b, Real or Int; derivative 0; Int // 0 is an error",
    impl=_ieee(operator.floordiv, np.floor_divide, _quotient),
    domain=(Domain(), _NONZERO),
)
mod: Primitive = _operation(
    "mod",
    "%",
    np.mod,
    integers.mod,
    [constantly(1.0), lambda out, a, b: neg(floordiv(a, b))],
    "a - b * (a // b), of the divisor's sign, Real or Int; Int % 0 is an error",
    impl=_ieee(operator.mod, np.mod, lambda a, b: math.nan),
    domain=(Domain(), _NONZERO),
)


def _sign(x: Any) -> Any:
    if isinstance(x, float):
        return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x if x != x else 0.0
    return np.sign(x)


sign: Primitive = elementwise(
    "sign",
    "-1, 0 or 1, Real or Int; derivative 0",
    [None],
    scalar=_sign,
    array=np.sign,
    integer=integers.sign,
    accepts=NUMBER,
    kinks=(0.0,),
    domain=(Domain(edges=(0.0, -0.0)),),
)
abs_: Primitive = elementwise(
    "abs",
    "|x|, Real or Int; derivative 0 at 0",
    [lambda out, x: sign(x)],
    scalar=abs,
    array=np.abs,
    integer=integers.absolute,
    accepts=NUMBER,
    kinks=(0.0,),
    domain=(Domain(edges=(0.0,)),),
)


# Extremes: NaN propagates; at a tie each side has half of the derivative


def _share(a: Any, b: Any) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        return 1.0 if a > b else 0.5 if a == b else 0.0
    return np.where(np.greater(a, b), 1.0, np.where(np.equal(a, b), 0.5, 0.0))


share: Primitive = elementwise(
    "share",
    "1 where a > b, 1/2 where they are equal, else 0: a's share in the derivative of maximum(a, b); derivative 0",
    [None, None],
    scalar="1.0 if {0} > {1} else 0.5 if {0} == {1} else 0.0",
    array=_share,
    impl=_share,
)


def _maximum(a: Any, b: Any) -> Any:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.maximum(a, b)
    return a if a >= b or a != a else b


def _minimum(a: Any, b: Any) -> Any:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.minimum(a, b)
    return a if a <= b or a != a else b


maximum: Primitive = elementwise(
    "maximum",
    "the greater of a and b, Real or Int; nan propagates; ties share the derivative",
    [lambda out, a, b: share(a, b), lambda out, a, b: share(b, a)],
    scalar="{0} if {0} >= {1} or {0} != {0} else {1}",
    array=np.maximum,
    impl=_maximum,
    integer=_maximum,
    spoken="max",
    accepts=NUMBER,
)
minimum: Primitive = elementwise(
    "minimum",
    "the lesser of a and b, Real or Int; nan propagates; ties share the derivative",
    [lambda out, a, b: share(b, a), lambda out, a, b: share(a, b)],
    scalar="{0} if {0} <= {1} or {0} != {0} else {1}",
    array=np.minimum,
    impl=_minimum,
    integer=_minimum,
    spoken="min",
    accepts=NUMBER,
)


# What derivatives are made of


def _strong_mul(a: Any, b: Any) -> Any:
    if isinstance(a, float) and isinstance(b, float):
        return a * b if a and b else 0.0
    out = a * b
    # One number that is NaN if an element is; for small arrays, which loops are full of, a product is the quicker one.
    total = out.dot(out) if out.ndim == 1 and out.size < 4096 else out.sum()
    if total != total:
        out[np.isnan(out) & (np.equal(a, 0.0) | np.equal(b, 0.0))] = 0.0
    return out


strong_mul: Primitive = elementwise(
    "strong_mul",
    "cotangent (or tangent) times partial: exactly 0 where either is, whatever the other",
    [lambda out, ct, partial: partial, lambda out, ct, partial: ct],
    scalar="{0} * {1} if {0} and {1} else 0.0",
    array=_strong_mul,
    impl=_strong_mul,
)


def _same(x: Any) -> Any:
    return x


stop_gradient: Primitive = elementwise(
    "stop_gradient", "x, as a constant to every derivative", [None], scalar="{0}", array=_same, impl=_same, view=True
)


def _to_real(x: Any) -> Any:
    return x.astype(np.float64) if isinstance(x, np.ndarray) else float(x)


def _to_int(x: Any) -> Any:
    return x.astype(np.int64) if isinstance(x, np.ndarray) else int(x)


def _whole(x: Any) -> Any:
    """Ints of whole Reals.

    Raises:
        ValueError: a number that is not whole, or beyond 64 bits.
    """
    values = np.asarray(x)
    if values.dtype.kind == "i":
        return values.copy() if isinstance(x, np.ndarray) else int(x)
    wrong = ~((values == np.floor(values)) & (np.abs(values) < 2.0**63))
    if wrong.any():
        raise ValueError(f"{values[wrong].flat[0]} is not a whole number of 64 bits")
    return values.astype(np.int64) if isinstance(x, np.ndarray) else int(x)


whole: Primitive = elementwise(
    "whole",
    "the Int of a whole Real; another number is an error",
    [None],
    scalar=None,
    array=_whole,
    impl=_whole,
    accepts=(DType.REAL, DType.INT),
    result=DType.INT,
    spoken="int",
    domain=(Domain(-3, 3, integer=True),),
)
to_real: Primitive = elementwise(
    "to_real",
    "the Real of an Int or Bool",
    [None],
    scalar=float,
    array=_to_real,
    impl=_to_real,
    integer=_to_real,
    accepts=(DType.INT, DType.BOOL),
    result=DType.REAL,
    domain=(Domain(-3, 3, integer=True),),
)
to_int: Primitive = elementwise(
    "to_int",
    "1 for true, 0 for false",
    [None],
    scalar=int,
    array=_to_int,
    impl=_to_int,
    accepts=(DType.BOOL,),
    result=DType.INT,
    domain=(Domain(boolean=True),),
)

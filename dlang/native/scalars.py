"""Elementwise primitives as LLVM instructions.

A rule is a function of the lanes it writes to and the operands' names; it yields the result's name. Reals are left to
IEEE, with no reassociation and no contraction. On scalars, functions that are not arithmetic go to the libm that `math`
calls: bit for bit what the interpreter computes. Ints are checked: what does not fit 64 bits, and a division by 0, is
a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from dlang.native.lanes import Lanes
from dlang.primitives.core import Static
from dlang.types import DType, Type

__all__ = ["LIBM", "lower", "lowers_to_lanes"]

LIBM = (
    *("exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "pow", "fmod"),
)
"""Functions of libm, by the names that primitives have."""

Rule: TypeAlias = Callable[..., str]


def lower(w: Lanes, name: str, types: Sequence[Type], static: Static, args: Sequence[str]) -> str | None:
    """The name of an elementwise primitive's result; None where there is no rule."""
    dtype = types[0].dtype if types else DType.REAL
    if name == "select":
        kind = {DType.REAL: w.real, DType.INT: w.int, DType.BOOL: w.bit}[types[1].dtype]
        return w.select(args[0], args[1], args[2], kind)
    if name == "power_n":
        return _power_n(w, static["n"], args[0])
    rule = _RULES[dtype].get(name)
    if rule is not None:
        return rule(w, *args)
    if dtype is DType.REAL and name in LIBM:
        return w.function(name, *args)
    return None


def lowers_to_lanes(name: str, types: Sequence[Type]) -> bool:
    """Whether a primitive has a rule that works on vectors: of Reals, and of Bools where it does not make others."""
    if name == "select":
        return types[1].dtype is not DType.INT
    if not types or types[0].dtype is not DType.REAL or name == "whole":
        return bool(types) and types[0].dtype is DType.BOOL and name.startswith("logical_")
    return name in _REAL or name in LIBM or name == "power_n"


# ---- Reals


def _plain(operation: str) -> Rule:
    return lambda w, *args: w.f(operation, *args)


def _intrinsic(name: str) -> Rule:
    return lambda w, *args: w.intrinsic(name, *args)


def _compare(order: str) -> Rule:
    return lambda w, a, b: w.compare(order, a, b)


def _strong_mul(w: Lanes, a: str, b: str) -> str:
    zero = w.c(0.0)
    either = w.logic("or", w.compare("oeq", a, zero), w.compare("oeq", b, zero))
    return w.select(either, zero, w.f("fmul", a, b))


def _extreme(order: str) -> Rule:
    def rule(w: Lanes, a: str, b: str) -> str:
        return w.select(w.logic("or", w.compare(order, a, b), w.compare("uno", a, a)), a, b)

    return rule


def _share(w: Lanes, a: str, b: str) -> str:
    tie = w.select(w.compare("oeq", a, b), w.c(0.5), w.c(0.0))
    return w.select(w.compare("ogt", a, b), w.c(1.0), tie)


def _sign(w: Lanes, x: str) -> str:
    out = w.select(w.compare("uno", x, x), x, w.c(0.0))
    out = w.select(w.compare("olt", x, w.c(0.0)), w.c(-1.0), out)
    return w.select(w.compare("ogt", x, w.c(0.0)), w.c(1.0), out)


def _relu(w: Lanes, x: str) -> str:
    return w.select(w.compare("ugt", x, w.c(0.0)), x, w.c(0.0))


def _complement(w: Lanes, x: str) -> str:
    """1 - x^2, as a product where x is not small."""
    square = w.f("fsub", w.c(1.0), w.f("fmul", x, x))
    product = w.f("fmul", w.f("fsub", w.c(1.0), x), w.f("fadd", w.c(1.0), x))
    return w.select(w.compare("olt", w.intrinsic("fabs", x), w.c(0.5)), square, product)


def _sigmoid(w: Lanes, x: str) -> str:
    tail = w.function("exp", w.f("fneg", w.intrinsic("fabs", x)))
    top = w.select(w.compare("oge", x, w.c(0.0)), w.c(1.0), tail)
    return w.f("fdiv", top, w.f("fadd", w.c(1.0), tail))


def _softplus(w: Lanes, x: str) -> str:
    tail = w.function("log1p", w.function("exp", w.f("fneg", w.intrinsic("fabs", x))))
    return w.f("fadd", w.select(w.compare("olt", x, w.c(0.0)), w.c(0.0), x), tail)


def _sech_squared(w: Lanes, x: str) -> str:
    fall = w.function("exp", w.f("fmul", w.c(-2.0), w.intrinsic("fabs", x)))
    sum_ = w.f("fadd", w.c(1.0), fall)
    return w.f("fdiv", w.f("fmul", w.c(4.0), fall), w.f("fmul", sum_, sum_))


def _is_finite(w: Lanes, x: str) -> str:
    return w.compare("oeq", w.f("fsub", x, x), w.c(0.0))


def _power_n(w: Lanes, n: int, x: str) -> str:
    match n:
        case -1:
            return w.f("fdiv", w.c(1.0), x)
        case 0:
            return w.c(1.0)
        case 1:
            return x
        case 2:
            return w.f("fmul", x, x)
        case 3:
            return w.f("fmul", w.f("fmul", x, x), x)
        case _:
            return w.function("pow", x, w.c(float(n)))


def _real_floordiv(w: Lanes, a: str, b: str) -> str:
    """Python's: from the remainder, as the quotient is rounded."""
    zero, rest = w.c(0.0), w.function("fmod", a, b)
    quotient = w.f("fdiv", w.f("fsub", a, rest), b)
    quotient = w.select(_turns(w, rest, b), w.f("fsub", quotient, w.c(1.0)), quotient)
    floor = w.intrinsic("floor", quotient)
    off = w.compare("ogt", w.f("fsub", quotient, floor), w.c(0.5))
    rounded = w.select(off, w.f("fadd", floor, w.c(1.0)), floor)
    plain = w.f("fdiv", a, b)
    rounded = w.select(w.compare("une", quotient, zero), rounded, w.intrinsic("copysign", zero, plain))
    return w.select(w.compare("oeq", b, zero), plain, rounded)


def _turns(w: Lanes, rest: str, b: str) -> str:
    """Whether a remainder is not 0 and not of the divisor's sign."""
    signs = w.logic("xor", w.compare("olt", rest, w.c(0.0)), w.compare("olt", b, w.c(0.0)))
    return w.logic("and", w.compare("une", rest, w.c(0.0)), signs)


def _real_mod(w: Lanes, a: str, b: str) -> str:
    rest = w.function("fmod", a, b)
    out = w.select(_turns(w, rest, b), w.f("fadd", rest, b), rest)
    return w.select(w.compare("une", out, w.c(0.0)), out, w.intrinsic("copysign", w.c(0.0), b))


def _whole(w: Lanes, x: str) -> str:
    wrong = w.compare("une", x, w.intrinsic("floor", x))
    large = w.compare("uge", w.intrinsic("fabs", x), w.c(2.0**63))
    w.fault_if(w.logic("or", wrong, large))
    return w.cast("fptosi", x, w.real, w.int)


_REAL: Mapping[str, Rule] = {
    "add": _plain("fadd"),
    "sub": _plain("fsub"),
    "mul": _plain("fmul"),
    "div": _plain("fdiv"),
    "neg": _plain("fneg"),
    "abs": _intrinsic("fabs"),
    "sqrt": _intrinsic("sqrt"),
    "floor": _intrinsic("floor"),
    "ceil": _intrinsic("ceil"),
    "round": _intrinsic("rint"),
    "strong_mul": _strong_mul,
    "maximum": _extreme("oge"),
    "minimum": _extreme("ole"),
    "share": _share,
    "sign": _sign,
    "relu": _relu,
    "complement": _complement,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "sech_squared": _sech_squared,
    "floordiv": _real_floordiv,
    "mod": _real_mod,
    "stop_gradient": lambda w, x: x,
    "whole": _whole,
    "eq": _compare("oeq"),
    "ne": _compare("une"),
    "lt": _compare("olt"),
    "le": _compare("ole"),
    "gt": _compare("ogt"),
    "ge": _compare("oge"),
    "is_nan": lambda w, x: w.compare("uno", x, x),
    "is_finite": _is_finite,
}

# ---- Ints and Bools, one at a time


def _instruction(template: str) -> Rule:
    return lambda w, *args: w.text.op(template.format(*args))


def _ordered(kind: str, order: str) -> Rule:
    return lambda w, a, b: w.text.op(f"icmp {order} {kind} {a}, {b}")


def _checked(name: str) -> Rule:
    def rule(w: Lanes, a: str, b: str) -> str:
        kind = "{i64, i1}"
        pair = w.text.call(kind, f"llvm.{name}.with.overflow.i64", [("i64", a), ("i64", b)])
        w.fault_if(w.text.op(f"extractvalue {kind} {pair}, 1"))
        return w.text.op(f"extractvalue {kind} {pair}, 0")

    return rule


def _divided(w: Lanes, a: str, b: str) -> tuple[str, str, str]:
    """Quotient and remainder towards 0, and whether they are to be turned to the floor."""
    t = w.text
    nothing = t.op(f"icmp eq i64 {b}, 0")
    least = t.op(f"and i1 {t.op(f'icmp eq i64 {a}, {-(2**63)}')}, {t.op(f'icmp eq i64 {b}, -1')}")
    w.fault_if(t.op(f"or i1 {nothing}, {least}"))
    quotient, rest = t.op(f"sdiv i64 {a}, {b}"), t.op(f"srem i64 {a}, {b}")
    isnt = t.op(f"icmp ne i64 {rest}, 0")
    signs = t.op(f"icmp slt i64 {t.op(f'xor i64 {rest}, {b}')}, 0")
    return quotient, rest, t.op(f"and i1 {isnt}, {signs}")


def _int_floordiv(w: Lanes, a: str, b: str) -> str:
    quotient, _, turn = _divided(w, a, b)
    return w.text.op(f"select i1 {turn}, i64 {w.text.op(f'sub i64 {quotient}, 1')}, i64 {quotient}")


def _int_mod(w: Lanes, a: str, b: str) -> str:
    t = w.text
    one = t.op(f"icmp eq i64 {b}, -1")  # of which the least Int has no quotient, but a remainder
    _, rest, turn = _divided(w, t.op(f"select i1 {one}, i64 0, i64 {a}"), b)
    return t.op(f"select i1 {turn}, i64 {t.op(f'add i64 {rest}, {b}')}, i64 {rest}")


def _int_extreme(name: str) -> Rule:
    return lambda w, a, b: w.text.call("i64", f"llvm.{name}.i64", [("i64", a), ("i64", b)])


def _int_sign(w: Lanes, x: str) -> str:
    t = w.text
    up, down = t.op(f"icmp sgt i64 {x}, 0"), t.op(f"icmp slt i64 {x}, 0")
    up, down = t.op(f"zext i1 {up} to i64"), t.op(f"zext i1 {down} to i64")
    return t.op(f"sub i64 {up}, {down}")


def _int_absolute(w: Lanes, x: str) -> str:
    w.fault_if(w.text.op(f"icmp eq i64 {x}, {-(2**63)}"))
    return w.text.call("i64", "llvm.abs.i64", [("i64", x), ("i1", "true")])


_INT: Mapping[str, Rule] = {
    "add": _checked("sadd"),
    "sub": _checked("ssub"),
    "mul": _checked("smul"),
    "neg": lambda w, x: _checked("ssub")(w, "0", x),
    "abs": _int_absolute,
    "sign": _int_sign,
    "maximum": _int_extreme("smax"),
    "minimum": _int_extreme("smin"),
    "floordiv": _int_floordiv,
    "mod": _int_mod,
    "whole": lambda w, x: x,
    "to_real": _instruction("sitofp i64 {0} to double"),
    "eq": _ordered("i64", "eq"),
    "ne": _ordered("i64", "ne"),
    "lt": _ordered("i64", "slt"),
    "le": _ordered("i64", "sle"),
    "gt": _ordered("i64", "sgt"),
    "ge": _ordered("i64", "sge"),
}

_BOOL: Mapping[str, Rule] = {
    "logical_and": lambda w, a, b: w.logic("and", a, b),
    "logical_or": lambda w, a, b: w.logic("or", a, b),
    "logical_not": lambda w, a: w.logic("xor", a, "true" if w.width == 1 else "splat (i1 true)"),
    "to_real": _instruction("uitofp i1 {0} to double"),
    "to_int": _instruction("zext i1 {0} to i64"),
    "eq": _ordered("i1", "eq"),
    "ne": _ordered("i1", "ne"),
}

_RULES: Mapping[DType, Mapping[str, Rule]] = {DType.REAL: _REAL, DType.INT: _INT, DType.BOOL: _BOOL}

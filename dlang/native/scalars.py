"""Scalar primitives as LLVM instructions, bit for bit what the interpreter computes.

A rule is a function of the writer and the operands' names that yields the result's name. Reals are left to IEEE, with
no reassociation and no contraction; functions that are not arithmetic go to the libm that `math` calls. Ints are
checked: what does not fit 64 bits, and a division by 0, is a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from dlang.native.text import Text, real
from dlang.primitives.core import Static
from dlang.types import DType, Type

__all__ = ["LIBM", "Writer", "lower_scalar"]

LIBM = (
    *("exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "pow", "fmod"),
)
"""Functions of libm, by the names that primitives have."""

_PURE = "nounwind willreturn memory(none)"


class Writer(Protocol):
    """What rules write to."""

    text: Text

    def fault_if(self, cond: str) -> None:
        """Leave the run where a condition holds."""


Rule: TypeAlias = Callable[..., str]


def lower_scalar(writer: Writer, name: str, types: Sequence[Type], static: Static, args: Sequence[str]) -> str | None:
    """The name of a primitive's result on scalars; None where there is no rule."""
    dtype = types[0].dtype if types else DType.REAL
    if name == "power_n":
        return _power_n(writer, static["n"], args[0])
    rule = _RULES[dtype].get(name)
    if rule is not None:
        return rule(writer, *args)
    if dtype is DType.REAL and name in LIBM:
        return writer.text.call("double", name, [("double", a) for a in args], _PURE)
    return None


# ---- Reals


def _instruction(template: str) -> Rule:
    return lambda w, *args: w.text.op(template.format(*args))


def _intrinsic(name: str, kind: str = "double") -> Rule:
    return lambda w, *args: w.text.call(kind, f"llvm.{name}", [(kind, a) for a in args])


def _strong_mul(w: Writer, a: str, b: str) -> str:
    product = w.text.op(f"fmul double {a}, {b}")
    zero = real(0.0)
    either = w.text.op(
        f"or i1 {w.text.op(f'fcmp oeq double {a}, {zero}')}, {w.text.op(f'fcmp oeq double {b}, {zero}')}"
    )
    return w.text.op(f"select i1 {either}, double {zero}, double {product}")


def _extreme(order: str) -> Rule:
    def rule(w: Writer, a: str, b: str) -> str:
        nan, first = w.text.op(f"fcmp uno double {a}, {a}"), w.text.op(f"fcmp {order} double {a}, {b}")
        return w.text.op(f"select i1 {w.text.op(f'or i1 {first}, {nan}')}, double {a}, double {b}")

    return rule


def _share(w: Writer, a: str, b: str) -> str:
    half = w.text.op(f"select i1 {w.text.op(f'fcmp oeq double {a}, {b}')}, double {real(0.5)}, double {real(0.0)}")
    more = w.text.op(f"fcmp ogt double {a}, {b}")
    return w.text.op(f"select i1 {more}, double {real(1.0)}, double {half}")


def _sign(w: Writer, x: str) -> str:
    zero = real(0.0)
    out = w.text.op(f"select i1 {w.text.op(f'fcmp uno double {x}, {x}')}, double {x}, double {zero}")
    less = w.text.op(f"fcmp olt double {x}, {zero}")
    out = w.text.op(f"select i1 {less}, double {real(-1.0)}, double {out}")
    more = w.text.op(f"fcmp ogt double {x}, {zero}")
    return w.text.op(f"select i1 {more}, double {real(1.0)}, double {out}")


def _relu(w: Writer, x: str) -> str:
    passes = w.text.op(f"fcmp ugt double {x}, {real(0.0)}")
    return w.text.op(f"select i1 {passes}, double {x}, double {real(0.0)}")


def _complement(w: Writer, x: str) -> str:
    """1 - x^2, as a product where x is not small."""
    t = w.text
    square = t.op(f"fsub double {real(1.0)}, {t.op(f'fmul double {x}, {x}')}")
    less, more = t.op(f"fsub double {real(1.0)}, {x}"), t.op(f"fadd double {real(1.0)}, {x}")
    product = t.op(f"fmul double {less}, {more}")
    small = t.op(f"fcmp olt double {_absolute(w, x)}, {real(0.5)}")
    return t.op(f"select i1 {small}, double {square}, double {product}")


_absolute = _intrinsic("fabs.f64")


def _of(name: str, w: Writer, *args: str) -> str:
    return w.text.call("double", name, [("double", a) for a in args], _PURE)


def _sigmoid(w: Writer, x: str) -> str:
    t = w.text
    tail = _of("exp", w, t.op(f"fneg double {_absolute(w, x)}"))
    upper = t.op(f"fcmp oge double {x}, {real(0.0)}")
    top = t.op(f"select i1 {upper}, double {real(1.0)}, double {tail}")
    return t.op(f"fdiv double {top}, {t.op(f'fadd double {real(1.0)}, {tail}')}")


def _softplus(w: Writer, x: str) -> str:
    t = w.text
    tail = _of("log1p", w, _of("exp", w, t.op(f"fneg double {_absolute(w, x)}")))
    above = t.op(f"fcmp olt double {x}, {real(0.0)}")
    return t.op(f"fadd double {t.op(f'select i1 {above}, double {real(0.0)}, double {x}')}, {tail}")


def _sech_squared(w: Writer, x: str) -> str:
    t = w.text
    fall = _of("exp", w, t.op(f"fmul double {real(-2.0)}, {_absolute(w, x)}"))
    sum_ = t.op(f"fadd double {real(1.0)}, {fall}")
    top = t.op(f"fmul double {real(4.0)}, {fall}")
    return t.op(f"fdiv double {top}, {t.op(f'fmul double {sum_}, {sum_}')}")


def _is_finite(w: Writer, x: str) -> str:
    return w.text.op(f"fcmp oeq double {w.text.op(f'fsub double {x}, {x}')}, {real(0.0)}")


def _power_n(w: Writer, n: int, x: str) -> str:
    t = w.text
    match n:
        case -1:
            return t.op(f"fdiv double {real(1.0)}, {x}")
        case 0:
            return real(1.0)
        case 1:
            return x
        case 2:
            return t.op(f"fmul double {x}, {x}")
        case 3:
            return t.op(f"fmul double {t.op(f'fmul double {x}, {x}')}, {x}")
        case _:
            return _of("pow", w, x, real(float(n)))


def _real_floordiv(w: Writer, a: str, b: str) -> str:
    """Python's: from the remainder, as the quotient is rounded."""
    t, zero = w.text, real(0.0)
    rest = _of("fmod", w, a, b)
    quotient = t.op(f"fdiv double {t.op(f'fsub double {a}, {rest}')}, {b}")
    lower = t.op(f"fsub double {quotient}, {real(1.0)}")
    quotient = t.op(f"select i1 {_turns(w, rest, b)}, double {lower}, double {quotient}")
    floor = t.call("double", "llvm.floor.f64", [("double", quotient)])
    off = t.op(f"fcmp ogt double {t.op(f'fsub double {quotient}, {floor}')}, {real(0.5)}")
    up = t.op(f"fadd double {floor}, {real(1.0)}")
    rounded = t.op(f"select i1 {off}, double {up}, double {floor}")
    plain = t.op(f"fdiv double {a}, {b}")
    nothing = t.call("double", "llvm.copysign.f64", [("double", zero), ("double", plain)])
    isnt = t.op(f"fcmp une double {quotient}, {zero}")
    rounded = t.op(f"select i1 {isnt}, double {rounded}, double {nothing}")
    by_zero = t.op(f"fcmp oeq double {b}, {zero}")
    return t.op(f"select i1 {by_zero}, double {plain}, double {rounded}")


def _turns(w: Writer, rest: str, b: str) -> str:
    """Whether a remainder is not 0 and not of the divisor's sign."""
    t, zero = w.text, real(0.0)
    isnt = t.op(f"fcmp une double {rest}, {zero}")
    signs = t.op(f"xor i1 {t.op(f'fcmp olt double {rest}, {zero}')}, {t.op(f'fcmp olt double {b}, {zero}')}")
    return t.op(f"and i1 {isnt}, {signs}")


def _real_mod(w: Writer, a: str, b: str) -> str:
    t = w.text
    rest = _of("fmod", w, a, b)
    turned = t.op(f"fadd double {rest}, {b}")
    out = t.op(f"select i1 {_turns(w, rest, b)}, double {turned}, double {rest}")
    nothing = t.call("double", "llvm.copysign.f64", [("double", real(0.0)), ("double", b)])
    isnt = t.op(f"fcmp une double {out}, {real(0.0)}")
    return t.op(f"select i1 {isnt}, double {out}, double {nothing}")


def _whole(w: Writer, x: str) -> str:
    t = w.text
    floor = t.call("double", "llvm.floor.f64", [("double", x)])
    wrong = t.op(f"fcmp une double {x}, {floor}")
    large = t.op(f"fcmp uge double {_absolute(w, x)}, {real(2.0**63)}")
    w.fault_if(t.op(f"or i1 {wrong}, {large}"))
    return t.op(f"fptosi double {x} to i64")


def _compare(kind: str, order: str) -> Rule:
    prefix = "fcmp" if kind == "double" else "icmp"
    return lambda w, a, b: w.text.op(f"{prefix} {order} {kind} {a}, {b}")


_REAL: Mapping[str, Rule] = {
    "add": _instruction("fadd double {0}, {1}"),
    "sub": _instruction("fsub double {0}, {1}"),
    "mul": _instruction("fmul double {0}, {1}"),
    "div": _instruction("fdiv double {0}, {1}"),
    "neg": _instruction("fneg double {0}"),
    "abs": _absolute,
    "sqrt": _intrinsic("sqrt.f64"),
    "floor": _intrinsic("floor.f64"),
    "ceil": _intrinsic("ceil.f64"),
    "round": _intrinsic("rint.f64"),
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
    "eq": _compare("double", "oeq"),
    "ne": _compare("double", "une"),
    "lt": _compare("double", "olt"),
    "le": _compare("double", "ole"),
    "gt": _compare("double", "ogt"),
    "ge": _compare("double", "oge"),
    "is_nan": lambda w, x: w.text.op(f"fcmp uno double {x}, {x}"),
    "is_finite": _is_finite,
}

# ---- Ints


def _checked(name: str) -> Rule:
    def rule(w: Writer, a: str, b: str) -> str:
        kind = "{i64, i1}"
        pair = w.text.call(kind, f"llvm.{name}.with.overflow.i64", [("i64", a), ("i64", b)])
        w.fault_if(w.text.op(f"extractvalue {kind} {pair}, 1"))
        return w.text.op(f"extractvalue {kind} {pair}, 0")

    return rule


def _divided(w: Writer, a: str, b: str) -> tuple[str, str, str]:
    """Quotient and remainder towards 0, and whether they are to be turned to the floor."""
    t = w.text
    nothing = t.op(f"icmp eq i64 {b}, 0")
    least = t.op(f"and i1 {t.op(f'icmp eq i64 {a}, {-(2**63)}')}, {t.op(f'icmp eq i64 {b}, -1')}")
    w.fault_if(t.op(f"or i1 {nothing}, {least}"))
    quotient, rest = t.op(f"sdiv i64 {a}, {b}"), t.op(f"srem i64 {a}, {b}")
    isnt = t.op(f"icmp ne i64 {rest}, 0")
    signs = t.op(f"icmp slt i64 {t.op(f'xor i64 {rest}, {b}')}, 0")
    return quotient, rest, t.op(f"and i1 {isnt}, {signs}")


def _int_floordiv(w: Writer, a: str, b: str) -> str:
    quotient, _, turn = _divided(w, a, b)
    return w.text.op(f"select i1 {turn}, i64 {w.text.op(f'sub i64 {quotient}, 1')}, i64 {quotient}")


def _int_mod(w: Writer, a: str, b: str) -> str:
    t = w.text
    one = t.op(f"icmp eq i64 {b}, -1")  # of which the least Int has no quotient, but a remainder
    _, rest, turn = _divided(w, t.op(f"select i1 {one}, i64 0, i64 {a}"), b)
    return t.op(f"select i1 {turn}, i64 {t.op(f'add i64 {rest}, {b}')}, i64 {rest}")


def _int_extreme(name: str) -> Rule:
    return lambda w, a, b: w.text.call("i64", f"llvm.{name}.i64", [("i64", a), ("i64", b)])


def _int_sign(w: Writer, x: str) -> str:
    t = w.text
    up, down = t.op(f"icmp sgt i64 {x}, 0"), t.op(f"icmp slt i64 {x}, 0")
    up, down = t.op(f"zext i1 {up} to i64"), t.op(f"zext i1 {down} to i64")
    return t.op(f"sub i64 {up}, {down}")


def _int_absolute(w: Writer, x: str) -> str:
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
    "eq": _compare("i64", "eq"),
    "ne": _compare("i64", "ne"),
    "lt": _compare("i64", "slt"),
    "le": _compare("i64", "sle"),
    "gt": _compare("i64", "sgt"),
    "ge": _compare("i64", "sge"),
}

_BOOL: Mapping[str, Rule] = {
    "logical_and": _instruction("and i1 {0}, {1}"),
    "logical_or": _instruction("or i1 {0}, {1}"),
    "logical_not": _instruction("xor i1 {0}, true"),
    "to_real": _instruction("uitofp i1 {0} to double"),
    "to_int": _instruction("zext i1 {0} to i64"),
    "eq": _compare("i1", "eq"),
    "ne": _compare("i1", "ne"),
}

_RULES: Mapping[DType, Mapping[str, Rule]] = {DType.REAL: _REAL, DType.INT: _INT, DType.BOOL: _BOOL}

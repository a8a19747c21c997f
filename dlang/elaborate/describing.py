"""What values are, in the user's words."""

from __future__ import annotations

from dlang.elaborate.values import (
    Absent,
    BuiltinValue,
    Choice,
    Derivative,
    Dist,
    Func,
    ModuleValue,
    Num,
    Pullback,
    RangeValue,
    Rec,
    Shift,
    Str,
    Tup,
    Value,
    Zipped,
)
from dlang.types import DType, Type

__all__ = ["describe", "describe_type", "spelled", "title"]


def title(function: Value) -> str:
    """The text of a function: `f`, `f'`, `grad(f)`; that of one without a name is `fn`."""
    match function:
        case Func(name) | BuiltinValue(name):
            return name
        case Derivative("prime", of):
            return f"{title(of)}'"
        case Derivative(form, of):
            return f"{form}({title(of)})"
        case Pullback(of):
            return f"pullback of {title(of)}"
        case Shift(of):
            return f"tangent of {title(of)}"
        case _:
            return "fn"


def describe(value: Value) -> str:
    """What a value is, in the user's words: "a Real", "an array [3] of Int", "a function"."""
    match value:
        case Num():
            return describe_type(value.type)
        case Str():
            return "a String"
        case Tup():
            return f"a tuple {spelled(value)}"
        case Rec():
            return f"a record {spelled(value)}"
        case RangeValue():
            return "a range"
        case Zipped():
            return "what `enumerate` gives" if value.counted else "what `zip` gives"
        case Dist():
            return "a distribution"
        case Func() | BuiltinValue() | Derivative() | Pullback() | Shift():
            return "a function"
        case Choice():
            return describe(value.options[0])
        case ModuleValue():
            return "a module"
        case Absent():
            return value.value


def spelled(value: Value) -> str:
    """A value's type as an annotation or a literal would write it: `Real`, `[3] Int`, `(Real, String)`, `{w: [2]}`."""
    match value:
        case Num():
            return str(value.type)
        case Tup():
            return f"({', '.join(map(spelled, value.items))}{',' if len(value.items) == 1 else ''})"
        case Rec():
            return f"{{{', '.join(f'{n}: {spelled(v)}' for n, v in zip(value.names, value.items, strict=True))}}}"
        case Str():
            return "String"
        case _:
            return describe(value).removeprefix("a ")


def describe_type(type_: Type) -> str:
    """What a number or array of this type is: "a Real", "an array [3] of Int"."""
    if type_.is_scalar:
        return f"an {type_}" if type_.dtype is DType.INT else f"a {type_}"
    kind = "" if type_.is_real else f" of {type_.dtype.value}"
    if type_.rank > 8:
        return f"an array of {type_.rank} axes{kind}"
    dims = ", ".join("?" if n is None else str(n) for n in type_.shape)
    return f"an array [{dims}]{kind}"

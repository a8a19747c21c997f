"""Values in a few characters: a scalar in a few digits, an array by its type and range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlang.types import DType, Type
from dlang.values import format_value

__all__ = ["UNICODE", "brief", "in_ascii", "largest", "number", "type_of"]

_ASCII: Mapping[int, str] = str.maketrans(
    {
        "\u2502": "|",
        "\u251c": "|",
        "\u2514": "`",
        "\u2190": "<-",
        "\u2191": "^",
        "\u203a": ">",
        "\u2026": "...",
        "\u00b7": ".",
        "\u2202": "d",
        "\u00b1": "+-",
        "\u00d7": "x",
        "\u2588": "#",
    }
)

UNICODE = "".join(map(chr, _ASCII))
"""The characters beside ASCII that trees and traces are made of."""


def in_ascii(text: str) -> str:
    """The text with nothing but ASCII: to be asked for before it is laid out, as its width changes."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")


def number(value: float | int | bool, digits: int = 6) -> str:
    """A scalar in a few digits, as the language writes it."""
    if isinstance(value, bool | int):
        return format_value(value)
    text = format_value(value)
    return text if len(text) <= digits + 2 else f"{value:.{digits}g}".replace("e+", "e")


def brief(value: Any, digits: int = 4) -> str:
    """A value in a few characters: `2.487`, `true`, `[1, 2, 3]`, `0.05 to 2.61`, `{a: 1.0}`; empty for none."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {brief(each, digits)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple):
        inside = ", ".join(brief(each, digits) for each in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if not hasattr(value, "dtype"):
        return number(value, digits)
    if value.size <= 3 and value.ndim == 1:
        return f"[{', '.join(number(each, digits) for each in value.tolist())}]"
    if not value.size:
        return "empty"
    if value.dtype.kind == "b":
        return f"{int(value.sum())} true"
    finite = value[value == value]
    if not finite.size:
        return "nan"
    low, high = finite.min().item(), finite.max().item()
    text = number(low, digits) if low == high else f"{number(low, digits)} to {number(high, digits)}"
    missing = value.size - finite.size
    return f"{text}, {missing} nan" if missing else text


def largest(gradient: Any) -> float | None:
    """The size of a gradient, its largest entry; None for none."""
    if gradient is None:
        return None
    if isinstance(gradient, dict | tuple):
        parts = gradient.values() if isinstance(gradient, dict) else gradient
        return max((largest(part) or 0.0 for part in parts), default=0.0)
    if not hasattr(gradient, "size"):
        return abs(float(gradient))
    return float(abs(gradient).max()) if gradient.size else 0.0


def type_of(value: Any) -> str:
    """The type of a number or array, as the language writes it; "" of a record or tuple."""
    if isinstance(value, dict | tuple):
        return ""
    if isinstance(value, bool):
        return str(DType.BOOL.value)
    if isinstance(value, int | float):
        return DType.INT.value if isinstance(value, int) else DType.REAL.value
    dtype = {"b": DType.BOOL, "i": DType.INT}.get(value.dtype.kind, DType.REAL)
    return str(Type(dtype, value.shape))

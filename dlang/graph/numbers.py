"""Texts on nodes: what they are called, and their values, a scalar in a few digits, an array by its range."""

from __future__ import annotations

from typing import Any

from dlang.diagnostics.ansi import visible
from dlang.graph.model import Kind, Node
from dlang.values import format_value

__all__ = ["brief", "caption", "gradient_text", "largest", "number", "value_text"]


def caption(node: Node) -> str:
    """What a node is called in one line: `a * exp(-k * t)`, `x = cos(E) - e`, `for i in 0..n: 200 passes`."""
    label, detail = visible(node.label), visible(node.detail)
    if not detail or label == detail:
        return label
    if node.kind in (Kind.LOOP, Kind.BRANCH, Kind.FAULT, Kind.RULE):
        return f"{label}: {detail}"
    short = label if detail.startswith(label) else label.rpartition(".")[2]  # `nn.dense` is `dense` in its own module
    after = detail.removeprefix(short).lstrip() if detail.startswith(short) else ""
    if after.startswith("(") or after[1:2] == "=" or after[2:3] == "=":  # `signal(t)`, `v += dt * a`, `n //= 2`
        return detail
    return f"{label} = {detail}" if node.kind is not Kind.CALL else f"{label}: {detail}"


def value_text(node: Node, *, narrow: bool = False) -> str:
    """A value in a few characters: a scalar, or an array's type and range; without a run the type alone."""
    if not node.type.startswith("["):
        return brief(node.value) or node.type
    return node.type if narrow or node.value is None else f"{node.type} {brief(node.value)}"


def gradient_text(node: Node) -> str:
    """A gradient of one number, or how large the entries of that of an array are."""
    size = largest(node.gradient)
    if size is None:
        return ""
    return number(float(node.gradient), 3) if not getattr(node.gradient, "shape", ()) else f"\u00b1{number(size, 3)}"


def number(value: float | int | bool, digits: int = 6) -> str:
    """A scalar in a few digits, as the language writes it."""
    if isinstance(value, bool | int):
        return format_value(value)
    text = format_value(value)
    return text if len(text) <= digits + 2 else f"{value:.{digits}g}".replace("e+", "e")


def brief(value: Any, digits: int = 4) -> str:
    """A value in a few characters: `2.487`, `true`, `[1, 2, 3]`, `0.05 to 2.61`; empty for none."""
    if value is None:
        return ""
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
    if not hasattr(gradient, "size"):
        return abs(float(gradient))
    return float(abs(gradient).max()) if gradient.size else 0.0

"""Texts on nodes: what they are called, and their values, a scalar in a few digits, an array by its range."""

from __future__ import annotations

from dlang.briefly import brief, largest, number
from dlang.diagnostics.ansi import visible
from dlang.graph.model import Kind, Node

__all__ = ["caption", "gradient_text", "value_text"]


_LONGEST = 36
"""Characters of a label and of an expression in a caption."""


def caption(node: Node) -> str:
    """What a node is called in one line: `a * exp(-k * t)`, `x = cos(E) - e`, `for i in 0..n: 200 passes`."""
    label = visible(node.label) if node.kind is Kind.FAULT else _cut(visible(node.label))
    detail = _cut(visible(node.detail))
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


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "\u2026"

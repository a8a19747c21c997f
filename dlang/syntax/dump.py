"""A tree as text, for `difftool ir --stage ast` and the tests.

Program 1:1
  statements
    Assign 1:1 "="
      target Name 1:1 "x"
      value Number 1:5 2
"""

from __future__ import annotations

from typing import Any

from dlang.records import field_names
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["dump"]


def dump(tree: ast.Program | ast.Statement | ast.Expr) -> str:
    """The tree, a node a line: its field, kind, line:column and plain values; parts are indented.

    Parts that are absent are left out. The text ends with a newline.
    """
    lines: list[str] = []
    pending: list[tuple[int, str, Any]] = [(0, "", tree)]
    while pending:
        depth, label, node = pending.pop()
        indent = "  " * depth
        if isinstance(node, tuple):
            lines.append(f"{indent}{label}")
            pending += [(depth + 1, *_labelled(item)) for item in reversed(node)]
            continue
        parts, plain = _split(node)
        place = f"{node.span.line}:{node.span.column}"
        lines.append(" ".join([f"{indent}{label}{type(node).__name__}", place, *plain]))
        pending += [
            (depth + 1, name if isinstance(part, tuple) else f"{name} ", part) for name, part in reversed(parts)
        ]
    return "\n".join(lines) + "\n"


def _labelled(item: Any) -> tuple[str, Any]:
    """A member of a list with its label: for (operator, operand) the operator."""
    if isinstance(item, tuple):
        operator, operand = item
        return f"{operator} ", operand
    return "", item


def _split(node: Any) -> tuple[list[tuple[str, Any]], list[str]]:
    """The parts of a node that are nodes (or lists of them), and its plain values as text."""
    import json

    parts: list[tuple[str, Any]] = []
    plain: list[str] = []
    for name in field_names(node):
        value = getattr(node, name)
        if isinstance(value, Span) or value is None or value is False or value == ():
            if isinstance(node, ast.Boolean) and value is False:
                plain.append("false")
        elif isinstance(value, str):
            plain.append(json.dumps(value, ensure_ascii=False))
        elif value is True:
            plain.append("true" if isinstance(node, ast.Boolean) else name)
        elif isinstance(value, int | float):
            plain.append(repr(value))
        else:
            parts.append((name, value))
    return parts, plain

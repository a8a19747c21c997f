"""Walks over the nodes of a program's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dlang.records import field_names
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["nodes", "own_nodes"]


def nodes(statements: Iterable[Any]) -> Iterator[Any]:
    """Every node, at any depth."""
    return _walk(statements, ())


def own_nodes(statements: Iterable[Any]) -> Iterator[Any]:
    """Every node of some statements that is in the same function; of others in there, they themselves alone."""
    return _walk(statements, (ast.FunctionDef, ast.Lambda, ast.RuleDef))


def _walk(statements: Iterable[Any], closed: tuple[type, ...]) -> Iterator[Any]:
    stack: list[Any] = list(statements)[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif hasattr(node, "span") and not isinstance(node, Span):
            yield node
            if not isinstance(node, closed):
                stack.extend(getattr(node, name) for name in reversed(field_names(node)))

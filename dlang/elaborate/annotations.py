"""Annotations whose words are no types, in every function, called or not."""

from __future__ import annotations

from dlang.diagnostics import typing as faults
from dlang.diagnostics.core import Reporter
from dlang.records import field_names
from dlang.syntax import ast
from dlang.syntax.tokens import TYPES

__all__ = ["TYPES", "check_annotations"]


def check_annotations(program: ast.Program, report: Reporter) -> None:
    """Report the annotations that name no type.

    Reports: E0315.
    """
    todo: list[object] = list(program.statements)
    while todo:
        item = todo.pop()
        if isinstance(item, ast.Annotation):
            if item.dtype not in TYPES or (item.dtype == "String" and item.dims is not None):
                report(faults.unknown_annotation(item.span, item.dtype))
        elif isinstance(item, tuple):
            todo.extend(item)
        else:
            todo.extend(getattr(item, name) for name in field_names(item) if name != "span")

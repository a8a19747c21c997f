"""Diagnostics as JSON: one record a diagnostic, the same facts as the text form."""

from __future__ import annotations

from typing import Any

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.place import place

__all__ = ["to_json"]


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """The record of a diagnostic, of plain dicts, lists, strings, ints and None.

    Lines and columns count from 1; `end_column` is one past the last character. Without a place,
    `file` and the positions are None.
    """
    return {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.title,
        **_position(diagnostic.primary),
        "label": diagnostic.primary.text if diagnostic.primary else None,
        "labels": [{**_position(label), "text": label.text} for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
    }


def _position(label: Label | None) -> dict[str, Any]:
    if label is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    at = place(label.span)
    return {
        "file": label.span.source.name,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
    }

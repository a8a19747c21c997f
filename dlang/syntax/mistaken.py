"""A table given in place of a program: its faults are one. Loaded with the first syntax error."""

from __future__ import annotations

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import Diagnostic
from dlang.source import Source, Span

__all__ = ["table_for_program"]

_SHOWN_NAMES = 4


def table_for_program(source: Source) -> Diagnostic | None:
    """What to say of a text most of whose lines hold nothing but numbers; None if it may be a program.

    A program can hold many lines of numbers, in brackets; what tells it apart is that it also assigns.
    """
    lines = [line.partition("#")[0].strip() for line in source.text.split("\n")]
    lines = [line for line in lines if line]
    rows = [line for line in lines if _is_row(line)]
    if len(rows) < 2 or 2 * len(rows) <= len(lines) or any("=" in line or "~" in line for line in lines):
        return None
    start = source.text.index(lines[0])
    header = _cells(lines[0])
    named = lines[0] not in rows and all(cell.isidentifier() for cell in header)
    shown = header[:_SHOWN_NAMES] if named else ["t", "y"]
    return catalogue.table_not_program(Span(source, start, start + len(lines[0])), source.name, shown)


def _cells(line: str) -> list[str]:
    return line.replace(";", " ").replace("\t", " ").replace(",", " ").split()


def _is_row(line: str) -> bool:
    """Whether a line holds two numbers or more, and nothing else; a decimal comma parts a number in two."""
    cells = _cells(line)
    try:
        return len([float(cell) for cell in cells]) > 1
    except ValueError:
        return False

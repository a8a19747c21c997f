"""Doc comments: what a file says of itself and of its functions.

The comment block directly above a `fn` at the top level is that function's; the block at the head of the file, with
an empty line or nothing behind it, is the file's. Functions whose names begin with `_` are nobody else's business.
"""

from __future__ import annotations

from dlang.records import record
from dlang.source import Source
from dlang.syntax import ast
from dlang.syntax.parse import parse

__all__ = ["Documentation", "Entry", "documentation"]


@record
class Entry:
    """A function: its name, how it is called, and its doc comment, lines and paragraphs as they were written."""

    name: str
    signature: str
    text: str


@record
class Documentation:
    """A file's own doc comment, and those of its functions in the order of the text; empty where there is none."""

    text: str
    entries: tuple[Entry, ...]


def documentation(source: Source) -> Documentation:
    """The doc comments of a file.

    Raises:
        DlangError: its text is no program.
    """
    program = parse(source)
    lines = source.text.removeprefix("\ufeff").split("\n")
    entries = tuple(
        Entry(stmt.name.text, _signature(stmt), _text(_block_above(lines, stmt.span.line - 1)))
        for stmt in program.statements
        if isinstance(stmt, ast.FunctionDef) and not stmt.name.text.startswith("_")
    )
    head = 0
    while head < len(lines) and lines[head].startswith("#"):
        head += 1
    is_own = head == len(lines) or not lines[head].strip()
    return Documentation(_text(lines[:head]) if is_own else "", entries)


def _block_above(lines: list[str], index: int) -> list[str]:
    """The comment lines that end directly above a line, counted from 0."""
    first = index
    while first > 0 and lines[first - 1].startswith("#"):
        first -= 1
    return lines[first:index]


def _text(block: list[str]) -> str:
    """The words of a comment block, without the signs before them."""
    return "\n".join(line.removeprefix("#").removeprefix(" ").rstrip() for line in block).strip("\n")


def _signature(function: ast.FunctionDef) -> str:
    """A function as its definition writes it, on one line and without the body: `f(x: [n], k = 2) -> Real`."""
    parts = [" ".join(parameter.span.text.split()) for parameter in function.parameters]
    result = f" -> {' '.join(function.result.span.text.split())}" if function.result is not None else ""
    return f"{function.name.text}({', '.join(parts)}){result}"

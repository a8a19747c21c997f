"""Where a span lies, as both renderers show it: first and last line and column, from 1."""

from __future__ import annotations

from dlang.records import record
from dlang.source import Span

__all__ = ["Place", "place"]


@record
class Place:
    """`line`, `column` of the first character; `end_line`, `end_column` one past the last. All from 1."""

    line: int
    column: int
    end_line: int
    end_column: int


def place(span: Span) -> Place:
    """The place of a span, on text that a reader can see.

    A span does not end with a line end, and one at the end of the file stands right behind the
    last character there is, not on the empty line that follows.
    """
    text = span.source.text
    start, end = min(span.start, len(text)), min(span.end, len(text))
    if start == len(text):
        start = end = len(text.rstrip())
    while end > start and text[end - 1] in "\r\n":
        end -= 1
    line, column = span.source.position(start)
    end_line, end_column = span.source.position(end)
    return Place(line, column, end_line, end_column)

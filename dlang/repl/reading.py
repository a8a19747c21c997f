"""A stream of lines, cut into entries: the statements of a file as they would be typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlang.diagnostics import Diagnostic, usage
from dlang.records import record
from dlang.syntax.unfinished import OpenLines, joins

__all__ = ["Entry", "entries"]


@record
class Entry:
    """What is run in one go: the line on which it begins, from 1, and its text; or why that cannot be read."""

    line: int
    text: str
    fault: Diagnostic | None = None


def entries(lines: Iterable[tuple[int, bytes]], name: str, *, ahead: bool) -> Iterator[Entry]:
    """The entries of a stream.

    Args:
        lines: UTF-8, each with its number and its end.
        name: what the stream is called.
        ahead: whether a line may be read only to see if it goes on with the statement before it, as `else` does. A
            person who waits for an answer would have to type it first.
    """
    begin, held, open_lines = 1, list[str](), OpenLines()
    for number, raw in lines:
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            if held:
                yield Entry(begin, "\n".join(held))
            held, open_lines = [], OpenLines()
            yield Entry(number, "", usage.not_utf8(name, number, error.object[error.start]))
            continue
        if held and not open_lines.is_open and not joins(line):
            yield Entry(begin, "\n".join(held))
            held = []
        if not held:
            begin, open_lines = number, OpenLines()
            if line.lstrip().startswith(":"):  # a command is a line
                yield Entry(number, line)
                continue
        open_lines.add(line)
        held.append(line)
        if open_lines.is_blank:
            held = []
        elif not ahead and not open_lines.is_open:
            yield Entry(begin, "\n".join(held))
            held = []
    if held:
        yield Entry(begin, "\n".join(held))

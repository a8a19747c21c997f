"""A table's text taken apart into rows of cells: separators, quotes, comments, blank lines.

Two ways give the same rows. Text without a quote is split by string operations over many rows at once;
a row with quotes is scanned cell by cell. The scanner also finds the place of a cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, islice

from dlang.records import record

__all__ = ["SEPARATORS", "Cell", "Rows", "UnclosedQuoteError", "detect", "scan", "split"]

SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas", " ": "white space", "": "line ends only"}
"""Separators, the likelier first where several agree, with what to call them. `""` is a table of one column."""

_SAMPLE = 50  # rows that must agree on a separator
_BLOCK = 4096  # rows whose cells exist at one time


@record
class Cell:
    """A cell's value, quotes and blanks around it removed, and its place `[start, end)` in the text."""

    value: str
    start: int
    end: int


@record
class Rows:
    """The rows of a table, header included, that are neither blank nor a comment.

    `lines[i]` is the line on which row i begins, from 1. `rows[i]` is its text where the whole table has
    no quote, else its cells: texts are a third of the memory, and are taken apart in blocks.
    """

    lines: Sequence[int]
    rows: list[str] | list[list[str]]
    separator: str

    def widths(self) -> list[int]:
        """(n,) number of cells of each row."""
        match self.separator:
            case "":
                return [1 if isinstance(row, str) else len(row) for row in self.rows]
            case " ":
                return [len(row.split() if isinstance(row, str) else row) for row in self.rows]
            case separator:
                return [row.count(separator) + 1 if isinstance(row, str) else len(row) for row in self.rows]

    def cells(self, start: int, stop: int) -> list[str]:
        """The cells of rows `start:stop` in reading order, some with blanks around them."""
        rows = self.rows[start:stop]
        if not rows or not isinstance(rows[0], str):
            return list(chain.from_iterable(rows))
        if self.separator == "":
            return rows
        if self.separator == " ":
            return " ".join(rows).split()
        return self.separator.join(rows).split(self.separator)

    def blocks(self, start: int) -> Iterator[list[str]]:
        """The cells from row `start` on, some thousand rows at a time: cells live shortly, in warm memory."""
        for first in range(start, len(self.rows), _BLOCK):
            yield self.cells(first, first + _BLOCK)


class UnclosedQuoteError(ValueError):
    """A quote at offset `at` that nothing closes."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def detect(text: str) -> tuple[str, int]:
    """The separator on which the first rows agree best, and the number of cells most of them have.

    A separator counts only if it parts most rows into two cells or more. A header that is parted
    otherwise than the rows below does not sway the choice: it is a ragged row then.

    Raises:
        UnclosedQuoteError: a quoted cell does not end, whatever separates.
    """
    best, best_width, best_agreeing = "", 1, 0.0
    unclosed: UnclosedQuoteError | None = None
    for separator in SEPARATORS:
        try:
            sample = [cells for _, cells in islice(_records(text, separator), _SAMPLE)]
        except UnclosedQuoteError as quote:
            unclosed = unclosed or quote
            continue
        if not sample:
            return "", 0
        [(width, agreeing)] = Counter(map(len, sample)).most_common(1)
        # Aligned columns may stand apart by several tabs: an empty first cell of every row, or an
        # unnamed column in the middle, is white space that separates.
        aligned = separator == "\t" and "" in sample[0][1:-1]
        share = 0.5 if aligned else agreeing / len(sample)
        if width > 1 and share > best_agreeing:
            best, best_width, best_agreeing = separator, width, share
    if not best_agreeing and unclosed:
        raise unclosed
    return best, best_width


def split(text: str, separator: str) -> Rows:
    """Every row of the text that is not blank and not a comment.

    Raises:
        UnclosedQuoteError: a quoted cell does not end.
    """
    if '"' in text:
        records = list(_records(text, separator))
        return Rows([line for line, _ in records], [cells for _, cells in records], separator)
    rows = text.split("\n")
    if "#" in text:
        rows = [row.partition("#")[0] for row in rows]
    if not rows[-1]:
        del rows[-1]
    lines: Sequence[int] = range(1, len(rows) + 1)
    if any(not row or row.isspace() for row in rows):
        kept = [(line, row) for line, row in zip(lines, rows, strict=True) if row and not row.isspace()]
        lines, rows = [line for line, _ in kept], [row for _, row in kept]
    return Rows(lines, rows, separator)


def scan(text: str, at: int, separator: str) -> tuple[list[Cell], int]:
    """The cells of the row that begins at offset `at`, and the offset behind the row.

    A blank line and a comment have no cells.

    Raises:
        UnclosedQuoteError: a quoted cell does not end.
    """
    pattern = _cell_pattern(separator)
    cells: list[Cell] = []
    while True:
        found = pattern.match(text, at)
        assert found is not None, "every part of the pattern may be empty"
        quoted, rest, bare = found.group(2, 3, 4)
        start, end = found.span(1)
        if quoted is None:
            if bare.startswith('"'):
                raise UnclosedQuoteError(start)
            value = bare.rstrip()
            end = start + len(value)
        else:
            value = quoted.replace('""', '"') + rest.rstrip()
            end -= len(rest) - len(rest.rstrip())
        at = found.end()
        after = text[at : at + 1]
        last = after in ("", "\n", "#")
        # Behind the last separator of white space, and on a line of its own, nothing is no cell.
        if value or quoted is not None or not last or (cells and separator != " "):
            cells.append(Cell(value, start, end))
        if last:
            end_of_line = text.find("\n", at)
            return cells, len(text) if end_of_line < 0 else end_of_line + 1
        at += 1


@cache
def _cell_pattern(separator: str) -> re.Pattern[str]:
    """A cell with the blanks before it: a quoted text and what follows it, or anything up to the separator."""
    stop = r"\s" if separator == " " else re.escape(separator) + "\n"
    blanks = r"[^\S\n\t]*" if separator == "\t" else r"[^\S\n]*"
    return re.compile(rf'{blanks}("([^"]*(?:""[^"]*)*)"([^{stop}#]*)|([^{stop}#]*))')


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Row by row: the line where it begins, and its cells."""
    at, line = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        after = len(text) if end < 0 else end + 1
        if text.find('"', at, after) < 0:
            cells = _split_line(text[at:after], separator)
            lines = 1
        else:
            found, after = scan(text, at, separator)
            cells = [cell.value for cell in found]
            lines = text.count("\n", at, after)
        if cells:
            yield line, cells
        at, line = after, line + lines


def _split_line(line: str, separator: str) -> list[str]:
    line = line.partition("#")[0]
    if not line or line.isspace():
        return []
    if separator in ("", " "):
        return line.split() if separator else [line.strip()]
    return [cell.strip() for cell in line.split(separator)]

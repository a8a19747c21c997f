"""Tables of text: rows of cells, a column of which is a name's data.

Comma, tab, semicolon and white space separate; the header is optional; `#` begins a comment. What is
wrong with the table as a whole is raised by `read_table`; what is wrong within a column is raised when
that column is asked for, so that a column which nothing reads may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from dlang.data.columns import Column, Fault, Faulty, Kind, Text, kind, parse_column, parse_numbers
from dlang.data.files import read_text
from dlang.data.rows import SEPARATORS, Cell, Rows, UnclosedQuoteError, detect, scan, split
from dlang.diagnostics import data as faults
from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.records import record
from dlang.source import Source, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Table", "column", "columns", "parse_table", "read_table"]

_SHOWN = 5  # ragged rows that are shown


@record(eq=False)
class Table:
    """A table, n rows.

    `columns[i]` is float64 (n,), `Text`, or `Faulty`; `lines[j]` is the line of the file on which row j
    begins, header included, from 1. `places` finds the faulty cells: (row, column) to a span of the file.
    """

    shown_as: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: Sequence[int]
    has_header: bool
    places: Mapping[tuple[int, int], Span]

    @property
    def row_count(self) -> int:
        """Rows of data."""
        return len(self.lines)


def read_table(path: Path, *, shown_as: str, at: Span | None = None) -> Table:
    """The table in a file.

    Args:
        path: the file.
        shown_as: its name in diagnostics, as the program or the command line wrote it.
        at: where the program asks for it; shown beside every fault.

    Raises:
        DlangError: E0501 to E0505, E0508, E0509; a ragged table shows its first ragged rows together.
    """
    return parse_table(read_text(path, shown_as, at), shown_as=shown_as, at=at)


def parse_table(text: str, *, shown_as: str, at: Span | None = None) -> Table:
    """The table that a text holds, its line ends all newlines.

    Raises:
        DlangError: E0504, E0505, E0508, E0509.
    """
    source = Source(shown_as, text)
    try:
        separator, width = detect(text)
        rows = split(text, separator)
    except UnclosedQuoteError as quote:
        end = text.find("\n", quote.at)
        span = Span(source, quote.at, len(text) if end < 0 else end)
        raise DlangError(faults.unclosed_quote(span, at)) from None
    if not rows.lines:
        raise DlangError(faults.no_rows(shown_as, at, None))
    widths = rows.widths()
    if widths.count(width) != len(widths):
        raise DlangError(*_ragged(source, rows, widths, width, at))
    first = [cell.strip() for cell in rows.cells(0, 1)]
    has_header = all(kind(cell) in ("text", "missing") for cell in first) and any(first)
    header = _row_cells(source, rows.lines[:1], separator)[0] if has_header else []
    lines = rows.lines[int(has_header) :]
    if not lines:
        span = Span(source, header[0].start, header[-1].end)
        raise DlangError(faults.no_rows(shown_as, at, span))
    names = _names(source, header, width, at)
    parsed = _parse(rows, int(has_header), width)
    if width > 1 and not (first[-1] if has_header else "") and _is_empty(parsed[-1]):
        # A separator at the end of every line is no column.
        del names[-1], parsed[-1]
    return Table(shown_as, tuple(names), tuple(parsed), lines, has_header, _places(source, parsed, lines, separator))


def column(table: Table, name: str, at: Span | None) -> NDArray[np.float64] | Text:
    """The column of that name: (n,) float64, or codes and levels where no cell is a number.

    Args:
        table: the table.
        name: one of `table.names`.
        at: where the program names the column.

    Raises:
        DlangError: E0507 for a name that is no column; E0506 for its first bad cells, together.
    """
    return columns(table, [(name, at)])[0]


def columns(table: Table, wanted: Iterable[tuple[str, Span | None]]) -> tuple[NDArray[np.float64] | Text, ...]:
    """Several columns at once, so that the faults of all are reported together; see `column`.

    Raises:
        DlangError: E0506, E0507.
    """
    from unicodedata import normalize

    found: list[NDArray[np.float64] | Text] = []
    wrong: list[Diagnostic] = []
    for name, at in wanted:
        if (known := normalize("NFC", name)) not in table.names:
            wrong.append(_missing(table, name, at))
            continue
        index = table.names.index(known)
        values = table.columns[index]
        if isinstance(values, Faulty):
            wrong.extend(_bad_cells(table, index, values, at))
        else:
            found.append(values)
    if wrong:
        raise DlangError(*wrong)
    return tuple(found)


def _parse(rows: Rows, start: int, width: int) -> list[Column]:
    """The columns of the rows from `start` on."""
    numbers = parse_numbers(rows.blocks(start), width)
    if numbers is not None:
        return list(numbers)
    cells = rows.cells(start, len(rows.rows))
    return [parse_column(cells[j::width]) for j in range(width)]


def _names(source: Source, header: Sequence[Cell], width: int, at: Span | None) -> list[str]:
    """The columns' names, in NFC; where there is none, `c1`, `c2`, … by place."""
    from unicodedata import normalize

    if not header:
        return [f"c{i + 1}" for i in range(width)]
    names = [normalize("NFC", " ".join(cell.value.split())) or f"c{i + 1}" for i, cell in enumerate(header)]
    first: dict[str, Cell] = {}
    wrong = []
    for name, cell in zip(names, header, strict=True):
        before = first.setdefault(name, cell)
        if before is not cell:
            again = Span(source, cell.start, cell.end)
            wrong.append(faults.duplicate_column(name, again, Span(source, before.start, before.end), at))
    if wrong:
        raise DlangError(*wrong)
    return names


def _is_empty(values: Column) -> bool:
    return isinstance(values, Faulty) and not any(fault.found for fault in values.first)


def _ragged(source: Source, rows: Rows, widths: Sequence[int], width: int, at: Span | None) -> list[Diagnostic]:
    wrong = [(line, found) for line, found in zip(rows.lines, widths, strict=True) if found != width]
    shown = wrong[:_SHOWN]
    cells_of = _row_cells(source, [line for line, _ in shown], rows.separator)
    return [
        faults.ragged_row(
            Span(source, cells[0].start, cells[-1].end),
            at,
            line,
            found,
            width,
            SEPARATORS[rows.separator],
            len(wrong) - _SHOWN if i == _SHOWN - 1 else 0,
        )
        for i, ((line, found), cells) in enumerate(zip(shown, cells_of, strict=True))
    ]


def _missing(table: Table, name: str, at: Span | None) -> Diagnostic:
    from difflib import get_close_matches

    folded = name.casefold()
    same = [known for known in table.names if known.casefold() == folded]
    same += [known for known in table.names if _without_unit(known).casefold() == folded]
    near = same or get_close_matches(name, table.names, n=1)
    return faults.missing_column(table.shown_as, name, at, table.names, table.has_header, near[0] if near else None)


def _without_unit(name: str) -> str:
    """`time` of `time (s)`, `time [s]` and `time / s`."""
    for mark in "([/":
        name = name.partition(mark)[0]
    return name.strip()


def _bad_cells(table: Table, index: int, values: Faulty, at: Span | None) -> list[Diagnostic]:
    # Commas in all cells are one fault, of the locale that wrote the file.
    shown = values.first[:1] if all(fault.kind == "comma" for fault in values.first) else values.first
    last = len(shown) - 1
    return [
        faults.bad_cell(
            table.places[fault.row, index],
            at,
            table.lines[fault.row],
            table.names[index],
            index + 1,
            fault.found,
            _mend(fault, table),
            values.count - len(shown) if i == last else 0,
        )
        for i, fault in enumerate(shown)
    ]


def _mend(fault: Fault, table: Table) -> str:
    mends: dict[Kind, str] = {
        "missing": "fill the cell, or remove the row (a `#` at its beginning is enough)",
        "comma": f"write a decimal point, and nothing between thousands: `{_with_point(fault.found)}`",
        "large": "write `inf`, or a number below 1.8e308, the largest Real",
        "text": "write a number, or remove the row (a `#` at its beginning is enough)",
    }
    if fault.kind == "text" and fault.row == 0 and not table.has_header:
        return "if this row is meant as a header, no cell of it may be a number"
    return mends[fault.kind]


def _with_point(found: str) -> str:
    """`1,5` as `1.5`, and `1,234.5` and `1,234,567` without their commas."""
    return found.replace(",", "." if found.count(",") == 1 and "." not in found else "")


def _places(
    source: Source, parsed: Sequence[Column], lines: Sequence[int], separator: str
) -> dict[tuple[int, int], Span]:
    """The spans of the faults that may be shown."""
    wanted = [(fault.row, j) for j, values in enumerate(parsed) if isinstance(values, Faulty) for fault in values.first]
    cells_of = _row_cells(source, [lines[row] for row, _ in wanted], separator)
    return {
        (row, j): Span(source, cells[j].start, cells[j].end) for (row, j), cells in zip(wanted, cells_of, strict=True)
    }


def _row_cells(source: Source, lines: Sequence[int], separator: str) -> list[list[Cell]]:
    """The cells of the rows that begin on these lines, with their places."""
    if not lines:
        return []
    text = source.text
    if max(lines) == 1:
        return [scan(text, 0, separator)[0] for _ in lines]
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    return [scan(text, starts[line - 1], separator)[0] for line in lines]

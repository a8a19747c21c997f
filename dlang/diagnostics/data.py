"""E05xx: data files. What is wrong lies in a file, so the command line ends with exit code 5.

A place in a data file is a span of a `Source` made of it; `at` is where the program asks for the data.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.suggest import did_you_mean
from dlang.source import Span

_LISTED = 12  # names of columns shown before the rest is counted


def missing_file(file: str, at: Span | None, near: str | None) -> Diagnostic:
    """E0501: a data file that does not exist."""
    return Diagnostic(
        code="E0501",
        title=f"there is no file `{file}`",
        primary=_label(at, "no such file"),
        notes=("a path is relative to the file that names it",) if at else (),
        help=f"did you mean `{near}`?" if near else None,
    )


def unreadable_file(file: str, at: Span | None, reason: str) -> Diagnostic:
    """E0502: a data file that exists and cannot be read: a folder, no permission, a fault of the disk."""
    return Diagnostic(code="E0502", title=f"cannot read `{file}`: {reason}", primary=_label(at, "read here"))


def not_text(file: str, at: Span | None, fault: str, mend: str) -> Diagnostic:
    """E0503: a table that is not UTF-8 text."""
    return Diagnostic(
        code="E0503",
        title=f"`{file}` is not UTF-8 text: {fault}",
        primary=_label(at, "read here"),
        help=mend,
    )


def no_rows(file: str, at: Span | None, header: Span | None) -> Diagnostic:
    """E0504: a table without a row of data."""
    return Diagnostic(
        code="E0504",
        title=f"`{file}` has a header and no rows" if header else f"`{file}` is empty",
        primary=Label(header, "taken for the header: no cell is a number") if header else _label(at, "read here"),
        labels=_labels(at if header else None, "read here"),
        notes=("a table needs at least one row of data",),
    )


def ragged_row(
    row: Span, at: Span | None, line: int, found: int, expected: int, separator: str, more: int
) -> Diagnostic:
    """E0505: a row with more or fewer cells than the others; `more` rows like it are not shown."""
    notes = [f"the cells are separated by {separator}; the table has {_count(expected, 'column')}"]
    if more:
        notes.append(f"and {_count(more, 'row')} more of another width")
    return Diagnostic(
        code="E0505",
        title=f"{row.source.name}, line {line}: {_count(found, 'cell')} where {expected} "
        f"{'are' if expected > 1 else 'is'} expected",
        primary=Label(row, f"{_count(found, 'cell')}"),
        labels=_labels(at, "read here"),
        notes=tuple(notes),
        help="complete the row, or begin it with `#` if it is no data",
    )


def bad_cell(
    cell: Span, at: Span | None, line: int, column: str, number: int, found: str, mend: str, more: int
) -> Diagnostic:
    """E0506: a cell that is missing or not a number; `number` counts columns from 1, `found` is the text."""
    fault = f"holds `{_clipped(found)}`, which is not a number" if found else "has an empty cell"
    return Diagnostic(
        code="E0506",
        title=f"{cell.source.name}, line {line}: column `{column}` (number {number}) {fault}",
        primary=Label(cell, "not a number" if found else "no value"),
        labels=_labels(at, f"`{column}` is read here"),
        notes=(f"and {_count(more, 'bad cell')} more in this column",) if more else (),
        help=mend,
    )


def missing_column(
    file: str, name: str, at: Span | None, names: Sequence[str], has_header: bool, near: str | None
) -> Diagnostic:
    """E0507: a name that is no column of the table (or no array of the archive); `near` is one like it.

    A column whose name no program can write, as `time (s)`, has to be renamed.
    """
    notes = [_columns_listed(names)]
    if not has_header:
        notes.append("its first row holds a number, so it has no header, and its columns have no names of their own")
    return Diagnostic(
        code="E0507",
        title=f"`{file}` has no column `{name}`",
        primary=_label(at, "no such column"),
        notes=tuple(notes),
        help=_column_meant(name, near, names),
    )


def _columns_listed(names: Sequence[str]) -> str:
    listed = ", ".join(f"`{known}`" for known in names[:_LISTED])
    if len(names) > _LISTED:
        listed += f" and {len(names) - _LISTED} more"
    return f"its columns are {listed}" if names else "it has no columns"


def _column_meant(name: str, near: str | None, names: Sequence[str]) -> str | None:
    if near is not None and near.isidentifier():
        return did_you_mean(near)
    if near is not None:
        return f"rename `{near}` in the file's header, or read the whole table: {_whole_table(near)}"
    odd = next((known for known in names if not known.isidentifier()), None)
    return f"a column such as `{odd}` needs the whole table: {_whole_table(odd)}" if odd else None


def _whole_table(name: str) -> str:
    """How a column is read whose name no program can write."""
    return f'with `data d from "…" as table` it is `d["{name}"]`'


def duplicate_column(name: str, again: Span, first: Span, at: Span | None) -> Diagnostic:
    """E0508: two columns of one name."""
    return Diagnostic(
        code="E0508",
        title=f"{again.source.name}, line {again.line}: two columns are called `{name}`",
        primary=Label(again, "the second"),
        labels=(Label(first, "the first"), *_labels(at, "read here")),
        help="rename one of them",
    )


def unclosed_quote(quote: Span, at: Span | None) -> Diagnostic:
    """E0509: a quoted cell that does not end."""
    return Diagnostic(
        code="E0509",
        title=f"{quote.source.name}, line {quote.line}: a quoted cell has no closing quote",
        primary=Label(quote, "opened here"),
        labels=_labels(at, "read here"),
        help='close it with `"`; a quote inside a quoted cell is written twice',
    )


def bad_array_file(file: str, at: Span | None, fault: str, mend: str | None) -> Diagnostic:
    """E0510: an `.npy` or `.npz` file that holds no numbers, or is damaged."""
    return Diagnostic(code="E0510", title=f"cannot use `{file}`: {fault}", primary=_label(at, "read here"), help=mend)


def not_one_column(file: str, name: str, at: Span | None, names: Sequence[str]) -> Diagnostic:
    """E0511: a file with several columns, none of them of the one name whose values are wanted, or with none."""
    found = f"{len(names)} columns where one is expected, and none is called `{name}`" if names else "no columns"
    return Diagnostic(
        code="E0511",
        title=f"`{file}` has {found}",
        primary=_label(at, "read here"),
        notes=(_columns_listed(names),),
        help=f"call one of its columns `{name}`, or keep only one",
    )


def cannot_write(file: str, reason: str) -> Diagnostic:
    """E0512: a file of results that cannot be written."""
    return Diagnostic(code="E0512", title=f"cannot write `{file}`: {reason}")


def bad_json(file: str, at: Span | None, place: Span | None, fault: str) -> Diagnostic:
    """E0513: a `.json` file that is no JSON."""
    where = f", line {place.line}" if place else ""
    return Diagnostic(
        code="E0513",
        title=f"`{file}`{where} is not JSON: {fault}",
        primary=Label(place, "here") if place else _label(at, "read here"),
        labels=_labels(at if place else None, "read here"),
    )


def bad_value(value: Span, at: Span | None, path: str, fault: str, mend: str | None, more: int) -> Diagnostic:
    """E0514: a value of a JSON file that is no number, or does not fit those around it; `path` leads to it."""
    return Diagnostic(
        code="E0514",
        title=f"{value.source.name}, line {value.line}: {f'`{path}`' if path else 'the value'} {fault}",
        primary=Label(value, "this value"),
        labels=_labels(at, "read here"),
        notes=(f"and {_count(more, 'value')} more like it",) if more else (),
        help=mend,
    )


def without_names(file: str, at: Span | None, wanted: str) -> Diagnostic:
    """E0515: a file that is one array, and has no names, where several values or a table are read."""
    return Diagnostic(
        code="E0515",
        title=f"`{file}` is one array without a name, and {wanted} from it",
        primary=_label(at, "read here"),
        help='read it by one name: `data x from "…"`',
    )


def no_numbers(file: str, at: Span | None, names: Sequence[str]) -> Diagnostic:
    """E0516: a whole table in which no column has a number."""
    return Diagnostic(
        code="E0516",
        title=f"`{file}` has no column of numbers",
        primary=_label(at, "read here"),
        notes=(_columns_listed(names),),
        help='a column of text becomes Int codes where it is named: `data c from "…"`' if names else None,
    )


def _label(at: Span | None, text: str) -> Label | None:
    return None if at is None else Label(at, text)


def _labels(at: Span | None, text: str) -> tuple[Label, ...]:
    return () if at is None else (Label(at, text),)


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n:,} {word}s"


def _clipped(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else flat[:37] + "..."

"""A fit as text for a terminal: a pure function of the result.

Levenberg-Marquardt (least squares), 9 iterations, 38 evaluations, 0.01 s

parameter   estimate  std error         95 % interval
b1             238.9        2.7        233.0 to 244.8
b2         0.0005502  0.0000073  0.0005343 to 0.000566

14 data, 12 degrees of freedom, rss 0.124551, residual std 0.101879

converged: no step lowers the objective further in double precision
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import isfinite
from typing import TYPE_CHECKING, Any

from dlang.diagnostics.ansi import style, visible
from dlang.fit.numbers import measured, plain
from dlang.fit.result import Estimate, FitResult, ReportEstimate, Verdict
from dlang.records import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["render"]

_WIDTH = 80
_LEAST_NAME = 8
_WHOLE, _HEAD, _TAIL = 12, 6, 2  # elements of an array up to which all are shown; else so many at each end

_TINTS = {
    Verdict.CONVERGED: "green",
    Verdict.AT_BOUND: "yellow",
    Verdict.NOT_IDENTIFIED: "yellow",
    Verdict.NOT_CONVERGED: "yellow",
    Verdict.FAILED: "red",
}


@record
class _Row:
    """The cells of a line of the table; `note` stands behind it. A line with a name alone is an ellipsis."""

    name: str
    value: str = ""
    error: str = ""
    lower: str = ""
    upper: str = ""
    note: str = ""


def render(
    result: FitResult, *, colour: bool = False, width: int | None = None, diagnostics: bool = False, picture: str = ""
) -> str:
    """The result as lines of text: how, estimates, statistics, reports, the picture, and the verdict last.

    Args:
        result: what to show.
        colour: whether to use escape sequences.
        width: cells of a line; where the table does not fit, the intervals are left out.
        diagnostics: whether to show the warnings and errors too, which a command line has a stream of its own for.
        picture: lines to show above the verdict.
    """
    width = width or _WIDTH
    blocks = ["\n".join(_wrapped(_head(result), width, ", "))]
    level = f"{100.0 * result.level:g} % interval"
    flat = {name for each in result.unidentified for name in each.parameters}
    for title, entries, unidentified in (("parameter", result.parameters, flat), ("report", result.reports, set())):
        rows = list(_rows(entries, unidentified))
        if rows:
            blocks.append("\n".join(_table(title, level, rows, width, colour)))
    numbers = list(_statistics(result))
    if numbers:
        blocks.append("\n".join(line for items in numbers for line in _wrapped(items, width, ", ")))
    if diagnostics:
        from dlang.diagnostics.text import render as render_diagnostic

        blocks += [render_diagnostic(each, colour=colour, width=width) for each in (*result.warnings, *result.errors)]
    if picture:
        blocks.append(picture)
    blocks.append("\n".join(_verdict(result, width, colour)))
    return "\n\n".join(blocks)


def _head(result: FitResult) -> list[str]:
    return [
        f"{result.title} ({result.why})",
        _counted(result.iterations, "iteration"),
        _counted(result.evaluations, "evaluation"),
        f"{result.seconds:.2f} s",
    ]


def _counted(n: int, noun: str, several: str | None = None) -> str:
    return f"{n} {noun if n == 1 else several or noun + 's'}"


def _rows(entries: Mapping[str, Estimate] | Mapping[str, ReportEstimate], flat: set[str]) -> Iterator[_Row]:
    """A row a scalar of records and tuples too, and a row an element of an array, the middle of long ones left out."""
    for part in (part for entry in entries.values() for part in entry.parts()):
        elements = list(_elements(part.name, part))
        if len(elements) > _WHOLE:
            left_out = len(elements) - _HEAD - _TAIL
            yield from (_row(*each, flat) for each in elements[:_HEAD])
            yield _Row(f"... {left_out} more")
            yield from (_row(*each, flat) for each in elements[-_TAIL:])
        else:
            yield from (_row(*each, flat) for each in elements)


def _elements(name: str, entry: Any) -> Iterator[tuple[str, float, Any, Any, str]]:
    """Name, value, error, interval and note of each element."""
    held = "fixed" if getattr(entry, "fixed", False) else ""
    bound: Any = getattr(entry, "at_bound", False)
    if not hasattr(entry.value, "shape") or entry.value.shape == ():
        yield name, float(entry.value), entry.std_error, entry.ci, held or ("at bound" if bound else "")
        return
    for place in product(*map(range, entry.value.shape)):
        error = None if entry.std_error is None else float(entry.std_error[place])
        interval = None if entry.ci is None else (float(entry.ci[0][place]), float(entry.ci[1][place]))
        on_bound = hasattr(bound, "shape") and bool(bound[place])
        note = held or ("at bound" if on_bound else "")
        yield f"{name}[{','.join(map(str, place))}]", float(entry.value[place]), error, interval, note


def _row(name: str, value: float, error: Any, interval: Any, note: str, flat: set[str]) -> _Row:
    shown = visible(name)
    if error is None or error != error:
        return _Row(shown, plain(value), note=note or ("not identified" if name in flat else ""))
    text, spread, ends = measured(value, error)
    lower, upper = (format(end, ends) for end in interval)
    return _Row(shown, text, spread, lower, upper, note)


def _table(title: str, level: str, rows: Sequence[_Row], width: int, colour: bool) -> Iterator[str]:
    """Heading and rows in columns; without the intervals, then with shorter names, where that is too wide."""
    has_error = any(row.error for row in rows)
    wide_lower = max(len(row.lower) for row in rows)
    wide_upper = max(len(row.upper) for row in rows)
    intervals = [f"{row.lower:>{wide_lower}} to {row.upper:>{wide_upper}}" if row.error else "" for row in rows]
    notes = [row.note for row in rows]
    columns = [["estimate" if title == "parameter" else "value", *(row.value for row in rows)]]
    if has_error:
        columns += [["std error", *(row.error for row in rows)], [level, *intervals]]
    names = [title, *(row.name for row in rows)]
    room = width - max(map(len, notes)) - (2 if any(notes) else 0)
    while True:
        widths = [max(map(len, column)) for column in columns]
        left = room - sum(widths) - 2 * len(widths)
        if left >= min(max(map(_cells, names)), _LEAST_NAME) or len(columns) < 3:
            break
        columns.pop()
    name_width = min(max(map(_cells, names)), max(left, _LEAST_NAME))
    for i, name in enumerate(names):
        cells = [column[i].rjust(wide) for column, wide in zip(columns, widths, strict=True)]
        line = "  ".join([_fitted(name, name_width), *cells])
        if i == 0:
            yield style(line.rstrip(), "bold", on=colour)
        else:
            note = style(notes[i - 1], "yellow" if notes[i - 1] != "fixed" else "dim", on=colour)
            yield f"{line}  {note}" if note else line.rstrip()


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    from dlang.diagnostics.cells import width_of

    return width_of(text)


def _fitted(name: str, width: int) -> str:
    """A name in exactly `width` cells; what is too long loses its middle."""
    if _cells(name) <= width:
        return name + " " * (width - _cells(name))
    head = (width - 3 + 1) // 2
    short = f"{name[:head]}...{name[len(name) - (width - 3 - head) :]}"
    return short + " " * max(width - _cells(short), 0)


def _statistics(result: FitResult) -> Iterator[list[str]]:
    s = result.statistics
    count = [] if s.n is None else [_counted(s.n, "datum", "data")]
    if s.dof is not None and s.n is not None:
        count.append(_counted(s.dof, "degree") + " of freedom")
    named = [("rss", s.rss), ("residual std", s.residual_std), ("r2", None if s.r2 is None else round(s.r2, 9))]
    if s.rss is None:
        named = [("objective", result.objective if isfinite(result.objective) else None)]
    line = count + [f"{name} {plain(value)}" for name, value in named if value is not None]
    if line:
        yield line
    likelihood = [("log-likelihood", s.log_likelihood), ("aic", s.aic), ("bic", s.bic)]
    if s.log_likelihood is not None:
        yield [f"{name} {plain(value)}" for name, value in likelihood if value is not None]


def _verdict(result: FitResult, width: int, colour: bool) -> Iterator[str]:
    first, *more = _wrapped(f"{result.verdict.value}: {result.status}".split(" "), width, " ", "  ")
    word = result.verdict.value
    yield style(word, "bold", _TINTS[result.verdict], on=colour) + first[len(word) :]
    yield from more
    if result.next is not None:
        head, *rest = _wrapped(f"next: {result.next}".split(" "), width, " ", "  ")
        yield style("next", "bold", on=colour) + head[len("next") :]
        yield from rest


def _wrapped(items: Sequence[str], width: int, between: str, indent: str = "") -> Iterator[str]:
    """Items joined into lines of at most `width` cells, where they fit; all but the first line indented."""
    line = ""
    start = ""
    for item in (visible(each) for each in items):
        if not line:
            line = start + item
        elif _cells(line) + len(between) + _cells(item) <= width:
            line += between + item
        else:
            yield (line + between).rstrip()
            start = indent
            line = start + item
    if line:
        yield line

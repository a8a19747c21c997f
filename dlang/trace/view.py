"""A trace for people: the source with what happened beside it.

    source                            value   gradient  share
4 | param a in 0..inf = 1.0             1.0      -3.72    6 %
7 | fn signal(t) = a * exp(-k * t)     [40]      ±3.13   55 %  ██████
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dlang.briefly import brief, in_ascii, largest, number, type_of
from dlang.diagnostics.ansi import style, visible
from dlang.diagnostics.cells import layout, width_of
from dlang.trace.lines import Line
from dlang.trace.trace import Trace

__all__ = ["render"]

_CODE = re.compile(r'(?:[^"#]|"(?:\\.|[^"\\])*"?)*')
_BAR = "\u2588"
_WIDEST_BAR = 12
_HEADS = ("value", "gradient", "share")

_MOST = 20
"""Characters of a record's or a tuple's value."""

_LEAST = 24
"""Cells of source that are left, however narrow the terminal."""


def render(trace: Trace, *, colour: bool = False, width: int = 100, ascii_only: bool = False) -> str:
    """Every line of the source, with value, gradient and share; a mark where the run ended, or a NaN was born.

    Args:
        trace: what happened.
        colour: with escape sequences.
        width: cells of a line.
        ascii_only: no characters but ASCII.
    """
    table = _Table(trace, width, in_ascii if ascii_only else str)
    rows = [style(table.heading(), "dim", on=colour)]
    for line in range(1, table.count + 1):
        text, mark, bar = table.row(line), table.mark(line), table.bar(line)
        kind = ("red",) if mark else () if line in table.known else ("dim",)
        rows.append(style(text, *kind, on=colour and bool(kind)))
        if mark or bar:
            tint = ("bold", "red") if mark else ("yellow",)
            rows[-1] += "  " + style(f"<- {mark}" if mark else bar, *tint, on=colour)
    return "\n".join(row.rstrip() for row in rows) + "\n"


class _Table:
    """The columns of a trace, as many as there is room for."""

    def __init__(self, trace: Trace, width: int, words: Callable[[str], str]) -> None:
        self._source, self._marks = trace.source, _marks(trace)
        self.count = trace.source.text.rstrip("\n").count("\n") + 1
        self.known = {line.number: line for line in trace.lines}
        self._top = max((line.share or 0.0 for line in trace.lines), default=0.0)
        self._cells = {number: tuple(map(words, _cells(line, width))) for number, line in self.known.items()}
        self._texts = [words(visible(trace.source.line(n))) for n in range(1, self.count + 1)]
        self._mark = words(_BAR)
        has_shares = any(line.share is not None for line in trace.lines)
        has_gradients = any(line.gradient is not None for line in trace.lines)
        widths = [max(map(width_of, column)) for column in zip(*self._cells.values(), strict=True)] or [0, 0, 0]
        shown = zip(_HEADS, widths, (True, has_shares or has_gradients, has_shares), strict=True)
        self._columns = [(head, max(len(head), wide)) for head, wide, is_shown in shown if is_shown]
        self._margin = len(str(self.count)) + 3
        longest = max(map(_code_width, self._texts))
        while True:
            right = sum(wide + 2 for _, wide in self._columns)
            self._room = max(1, min(longest, width - right - self._margin))
            if self._room >= min(_LEAST, longest) or len(self._columns) == 1:
                break
            self._columns.pop(1 if self._columns[1][0] == "gradient" else 0)  # the share is what it is for
        self._bar = min(_WIDEST_BAR, width - right - self._margin - self._room - 2) if has_shares else 0

    def heading(self) -> str:
        """The heads of the columns."""
        return " " * (self._margin + self._room) + "".join(f"  {head:>{wide}}" for head, wide in self._columns)

    def row(self, line: int) -> str:
        """A line of the source with its columns; a comment goes on where there are none."""
        text = self._texts[line - 1]
        margin = f"{line:>{self._margin - 3}} | "
        if line not in self._cells:
            return margin + layout(text).clip(0, self._room + sum(wide + 2 for _, wide in self._columns))[0]
        if width_of(text) > self._room and (code := _CODE.match(text)) is not None:
            text = code[0].rstrip()
        text = layout(text).clip(0, self._room)[0]
        cells = dict(zip(_HEADS, self._cells[line], strict=True))
        shown = ["  " + " " * (wide - width_of(cells[head])) + cells[head] for head, wide in self._columns]
        return margin + text + " " * (self._room - width_of(text)) + "".join(shown)

    def mark(self, line: int) -> str:
        """What is to be said of a line."""
        return self._marks.get(line, "")

    def bar(self, line: int) -> str:
        """A bar as long as the line's share is large; empty where there is no room."""
        known = self.known.get(line)
        if known is None or not known.share or self._bar < 2:
            return ""
        return self._mark * max(1, round(self._bar * known.share / self._top))


def _code_width(text: str) -> int:
    """The width of a line without the comment at its end."""
    code = _CODE.match(text)
    return width_of(code[0].rstrip()) if code is not None else width_of(text)


def _marks(trace: Trace) -> dict[int, str]:
    """What is to be said of single lines."""
    if trace.ended is not None:
        return {trace.ended: "the run ended here"}
    marks: dict[int, str] = {}
    for found in trace.births:
        span = found.seen_in(trace.source)
        if found.birth is not None and span is not None and span.source is trace.source:
            what = "a derivative" if found.of == "derivative" else "a value"
            marks.setdefault(span.line, f"{what} became {number(found.birth.value)} here")
    return marks


def _outline(value: Any) -> str:
    """A record or a tuple with the types of its arrays in place of their elements: `{a: 1.0, b: [40]}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_outline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple):
        inside = ", ".join(map(_outline, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return type_of(value) if getattr(value, "shape", ()) else brief(value)


def _cells(line: Line, width: int) -> tuple[str, str, str]:
    value = brief(line.value)
    type_ = type_of(line.value)
    if not type_ and len(value) > _MOST:
        value = _outline(line.value)
        if len(value) > _MOST:
            value = value[: _MOST - 3] + "..."
    elif type_.startswith("["):
        value = type_ if width < 90 else f"{type_} {value}"
    if line.times > 1:
        value = f"{value} \u00d7{line.times}"
    size = largest(line.gradient)
    if size is None:
        gradient = ""
    elif getattr(line.gradient, "shape", ()) or isinstance(line.gradient, dict | tuple):
        gradient = f"\u00b1{number(size, 3)}"
    else:
        gradient = number(float(line.gradient), 3)
    share = (
        ""
        if line.share is None
        else f"{100 * line.share:.0f} %"
        if line.share >= 0.005
        else "0"
        if not line.share
        else "<1 %"
    )
    return value, gradient, share

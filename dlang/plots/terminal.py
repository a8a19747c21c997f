"""A figure as lines of text, and under it one that shares its axis to the right.

y against t   • data  ⠒⠒ signal(t)
2.5 ┤•⢄
    │  ⠑⢄•
1.5 ┤    ⠑⠤⣀•
    │        ⠉•⠒⠤•
    └┬────────┬──────
     0        5
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dlang.diagnostics.ansi import style, visible
from dlang.plots.axes import Axis, axis
from dlang.plots.canvas import Canvas, Charset
from dlang.plots.figure import Figure, Series, extent, thinned
from dlang.records import record

__all__ = ["LEAST_WIDTH", "draw"]

LEAST_WIDTH = 30
"""Cells of a line below which no picture is worth its room."""

_WIDEST = 120
_HEIGHT, _HEIGHT_BELOW = 10, 3
_CROWDED = 1.5  # so many points for each character across are drawn as dots
_TINTS = ("cyan", "green", "yellow", "red")
_DIM, _PLAIN = 100, 101


@record
class _Panel:
    """A figure with its axes, and what is drawn of it.

    Points that are many are dots. A curve among dots is told by its colour, and without colours it is heavy.
    """

    figure: Figure
    upward: Axis
    canvas: Canvas
    is_crowded: bool
    is_heavy: bool


def draw(figure: Figure, below: Figure | None = None, *, width: int, charset: Charset, colour: bool = False) -> str:
    """A figure as text; empty where there is nothing to draw, or no room.

    Args:
        figure: what to draw.
        below: a lower one with the same x.
        width: cells of a line.
        charset: the characters to use.
        colour: whether to use escape sequences.
    """
    if width < LEAST_WIDTH or figure.is_empty:
        return ""
    width = min(width, _WIDEST)
    upward = [_upward(figure, 4), *([_upward(below, _HEIGHT_BELOW)] if below is not None else [])]
    gutter = max(len(label) for each in upward for label in each.labels)
    room = width - gutter - 2
    across = axis(*extent(figure, "x"), count=max(room // 12, 3), is_log=figure.log_x, whole=figure.whole_x)
    panels = [_panel(figure, upward[0], across, Canvas(room, _HEIGHT, charset), colour)]
    lines = [*_legend(panels[0], width, colour), *_body(panels[0], gutter, colour)]
    if below is not None:
        panels.append(_panel(below, upward[1], across, Canvas(room, _HEIGHT_BELOW, charset), colour))
        lines.append(style(_cut(visible(below.title), width, charset), "dim", on=colour))
        lines += _body(panels[1], gutter, colour)
    lines += _foot(across, visible(figure.x_label), gutter, room, charset, colour)
    return "\n".join(lines)


def _upward(figure: Figure, count: int) -> Axis:
    return axis(*extent(figure, "y"), count=count, is_log=figure.log_y)


def _panel(figure: Figure, upward: Axis, across: Axis, canvas: Canvas, colour: bool) -> _Panel:
    """Draw the series: lines first, then points on top of them, or the other way round where points are many."""
    width, charset = canvas.width, canvas.charset
    points = max((each.x.size for each in figure.series if each.kind == "points"), default=0)
    is_crowded = points > _CROWDED * width
    is_heavy = is_crowded and not colour
    for each in sorted(figure.series, key=lambda s: (s.kind == "line") == is_crowded):
        x, y = across.places(each.x), upward.places(each.y)
        tint = _tint(each, figure)
        if each.kind == "points":
            if is_crowded:
                canvas.dots(x, y, tint)
            else:
                canvas.marks(x, y, charset.marks[each.group % len(charset.marks)], tint)
            continue
        x, y = thinned(x, y, width * charset.dots[0])
        (canvas.heavy_line if is_heavy else canvas.line)(x, y, tint)
    if figure.level is not None:
        canvas.level(float(upward.places([figure.level])[0]), _DIM)
    return _Panel(figure, upward, canvas, is_crowded, is_heavy)


def _tint(series: Series, figure: Figure) -> int:
    """The data of the only group have the terminal's own colour."""
    if series.kind == "points" and len({each.group for each in figure.series}) == 1:
        return _PLAIN
    return series.group


def _styled(text: str, tint: int, colour: bool) -> str:
    if tint in (_PLAIN, -1):
        return text
    return style(text, "dim" if tint == _DIM else _TINTS[tint % len(_TINTS)], on=colour)


def _legend(panel: _Panel, width: int, colour: bool) -> Iterator[str]:
    """The title, and which series is which: on one line if they fit."""
    figure, charset = panel.figure, panel.canvas.charset
    title = _cut(visible(figure.title), width, charset)
    told = sorted((each for each in figure.series if each.label), key=lambda each: (each.group, each.kind == "line"))
    entries = [(_sample(each, panel), visible(each.label), _tint(each, figure)) for each in told]
    room = width - _cells(title) - sum(_cells(sample) + 3 for sample, _, _ in entries) - 1
    labels = [_cells(label) for _, label, _ in entries]
    head = style(title, "bold", on=colour)
    if not entries:
        yield head
    elif sum(labels) <= room:
        shown = ["  ".join([f"{_styled(sample, tint, colour)} {label}" for sample, label, tint in entries])]
        yield f"{head}   {shown[0]}"
    else:
        yield head
        yield from _entries(entries, width, charset, colour)


def _entries(entries: Sequence[tuple[str, str, int]], width: int, charset: Charset, colour: bool) -> Iterator[str]:
    """The samples and labels of a legend, as many on a line as fit."""
    line, used = "", 0
    for sample, label, tint in entries:
        text = _cut(label, width - _cells(sample) - 1, charset)
        size = _cells(sample) + 1 + _cells(text)
        if used and used + 2 + size > width:
            yield line
            line, used = "", 0
        line += ("  " if used else "") + f"{_styled(sample, tint, colour)} {text}"
        used += size + (2 if used else 0)
    yield line


def _sample(series: Series, panel: _Panel) -> str:
    """What a series looks like, for the legend."""
    charset = panel.canvas.charset
    if series.kind == "points":
        mark = charset.cloud if panel.is_crowded else charset.marks[series.group % len(charset.marks)]
        curves = [each for each in panel.figure.series if each.kind == "line" and each.group == series.group]
        return mark + "".join(_sample(each, panel)[:1] for each in curves if not each.label)
    return charset.heavy[0] * 2 if panel.is_heavy else charset.curve


def _body(panel: _Panel, gutter: int, colour: bool) -> Iterator[str]:
    upright, tick = panel.canvas.charset.frame[:2]
    height = panel.canvas.height
    rows = np.minimum((panel.upward.places(panel.upward.ticks) * height + 1e-7).astype(int), height - 1)
    labels: dict[int, str] = {}
    for row, label in zip(rows.tolist(), panel.upward.labels, strict=True):
        labels.setdefault(height - 1 - row, label)
    for row, runs in enumerate(panel.canvas.rows()):
        edge = f"{labels.get(row, ''):>{gutter}} {tick if row in labels else upright}"
        yield _trimmed(runs, style(edge, "dim", on=colour), colour)


def _trimmed(runs: Sequence[tuple[str, int]], head: str, colour: bool) -> str:
    """The runs of a line behind its head, without the space at its end."""
    texts = [text for text, _ in runs]
    while texts and not texts[-1].strip():
        texts.pop()
    if texts:
        texts[-1] = texts[-1].rstrip()
    return head + "".join(_styled(text, tint, colour) for text, (_, tint) in zip(texts, runs, strict=False))


def _foot(across: Axis, name: str, gutter: int, width: int, charset: Charset, colour: bool) -> Iterator[str]:
    """The axis to the right: its line with ticks, then the labels under these, and the name at the end."""
    corner, flat, tick = charset.frame[2:]
    columns = np.minimum((across.places(across.ticks) * width + 1e-7).astype(int), width - 1).tolist()
    line = [flat] * width
    name = _cut(name, width // 2, charset)
    below = [" "] * (width - _cells(name) - 1)
    free = 0
    for column, label in zip(columns, across.labels, strict=True):
        line[column] = tick
        begin = max(min(column - (len(label) - 1) // 2, width - len(label)), 0)
        if free <= begin and begin + len(label) <= len(below):
            below[begin : begin + len(label)] = label
            free = begin + len(label) + 1
    yield style(" " * (gutter + 1) + corner + "".join(line), "dim", on=colour)
    yield style(" " * (gutter + 2) + "".join(below), "dim", on=colour) + " " + name


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    from dlang.diagnostics.cells import width_of

    return width_of(text)


def _cut(text: str, width: int, charset: Charset) -> str:
    """A text of at most `width` cells; what is too long loses its end."""
    if _cells(text) <= width:
        return text
    while text and _cells(text) > width - len(charset.ellipsis):
        text = text[:-1]
    return text.rstrip() + charset.ellipsis

"""Figures as one SVG, below each other: a file that needs nothing else, light or dark as its reader's screen is.

Every text has a box of its own: its width is estimated from above, and what would not fit is cut or left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang.diagnostics.ansi import visible
from dlang.plots.axes import Axis, axis
from dlang.plots.figure import Figure, Series, extent, thinned
from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]

__all__ = ["draw"]

_WIDTH = 720.0
_MARGIN = 24.0
_TALL, _LOW = 280.0, 120.0
_SIZE, _TITLE_SIZE = 12.0, 15.0
_EM = 0.62  # the width of a letter in the fonts of screens, at most, but for a few capitals in a row
_SAMPLE = 30.0  # the room of a line or point in the legend, with the space behind it
_LINE = 20.0  # from one line of text to the next
_CROWDED = 3000  # points above which they are drawn smaller, and only one in a place
_PLACE = 3.0
_PAD = 0.03

_LIGHT = ("#ffffff", "#1f2328", "#59636e", "#d1d9e0", "#0969da", "#bc4c00", "#1a7f37", "#8250df")
_DARK = ("#0d1117", "#f0f6fc", "#9198a1", "#3d444d", "#4493f8", "#f0883e", "#3fb950", "#ab7df8")
"""Paper, ink, what is less than ink, rules; then the groups of series."""

_DASHES = ("", "7 4", "2 4", "9 4 2 4")

_FIXED = f"""\
text {{ font: {_SIZE:g}px system-ui, sans-serif; }}
.title {{ font-size: {_TITLE_SIZE:g}px; font-weight: 600; }}
.middle {{ text-anchor: middle; }}
.end {{ text-anchor: end; }}
.rule {{ stroke-width: 1; shape-rendering: crispEdges; }}
.line {{ fill: none; stroke-width: 2; stroke-linejoin: round; }}
.dots {{ fill: none; stroke-width: 6; stroke-linecap: round; }}
.fine {{ stroke-width: 2.5; }}"""


def draw(figures: Sequence[Figure], title: str, description: str) -> str:
    """The text of a file with figures below each other.

    Args:
        figures: what to draw; those that are empty are left out.
        title: of the whole, for those who hear it.
        description: what there is to see, for them too.
    """
    shown = [each for each in figures if not each.is_empty]
    upward = [_upward(each) for each in shown]
    left = _MARGIN + max((_width(label) for each in upward for label in each.labels), default=0.0) + 8.0
    body: list[str] = []
    top = _MARGIN
    for figure, axis_up in zip(shown, upward, strict=True):
        panel = _Panel(figure, axis_up, left, top)
        body += panel.drawn()
        top = panel.bottom + _MARGIN
    height = f"{top:g}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height}" width="{_WIDTH:g}" '
            f'height="{height}" role="img" aria-labelledby="title description">',
            f'<title id="title">{_escaped(title)}</title>',
            f'<desc id="description">{_escaped(description)}</desc>',
            f"<style>\n{_FIXED}\n{_colours(_LIGHT)}",
            f"@media (prefers-color-scheme: dark) {{\n{_colours(_DARK)}\n}}\n</style>",
            f'<rect class="paper" width="{_WIDTH:g}" height="{height}"/>',
            *body,
            "</svg>\n",
        ]
    )


def _colours(palette: Sequence[str]) -> str:
    paper, ink, mild, rule, *groups = palette
    rules = [f".paper {{ fill: {paper}; }}", f".ink {{ fill: {ink}; }}", f".mild {{ fill: {mild}; }}"]
    rules += [f".rule {{ stroke: {rule}; }}", f".level {{ stroke: {mild}; }}", f".data {{ stroke: {mild}; }}"]
    rules += [f".g{k} {{ stroke: {colour}; }}" for k, colour in enumerate(groups)]
    return "\n".join(rules)


def _upward(figure: Figure) -> Axis:
    count = 3 if figure.level is not None else 5
    return axis(*extent(figure, "y"), count=count, is_log=figure.log_y, pad=_PAD)


@record(frozen=False, eq=False)
class _Panel:
    """A figure in its place. `bottom` is known once it is drawn."""

    figure: Figure
    upward: Axis
    left: float
    top: float
    bottom: float = 0.0

    def drawn(self) -> Iterator[str]:
        """The elements, from top to bottom."""
        figure, left = self.figure, self.left
        right = _WIDTH - _MARGIN
        yield "<g>"
        y = self.top + _TITLE_SIZE
        title = _cut(figure.title, right - left, _TITLE_SIZE)
        yield f'<text class="title ink" x="{left:g}" y="{y:g}">{_escaped(title)}</text>'
        told = [each for each in figure.series if each.label] if len(figure.series) > 1 else []
        for each, x, row, label in _places(told, left, right):
            base = y + _LINE * (row + 1)
            yield from self._sample(each, x, base)
            yield f'<text class="ink" x="{x + _SAMPLE:g}" y="{base:g}">{_escaped(label)}</text>'
            self.bottom = base
        begin = max(self.bottom, y) + 14.0
        end = begin + (_TALL if figure.level is None else _LOW)
        yield from self._plot(begin, end, right)
        yield "</g>"

    def _plot(self, begin: float, end: float, right: float) -> Iterator[str]:
        """The frame with its numbers, and the series in it."""
        figure, left, upward = self.figure, self.left, self.upward
        lower, upper = extent(figure, "x")
        across = axis(lower, upper, count=7, is_log=figure.log_x, whole=figure.whole_x, pad=_PAD)
        above = np.inf
        for place, label in zip(upward.places(upward.ticks).tolist(), upward.labels, strict=True):
            y = _crisp(end - place * (end - begin))
            yield f'<path class="rule" d="M{left:g} {y:g}H{right:g}"/>'
            if y + _LINE * 0.75 <= above:
                above = y
                yield f'<text class="mild end" x="{left - 8.0:g}" y="{y + 4.0:g}">{label}</text>'
        free = 0.0
        for place, label in zip(across.places(across.ticks).tolist(), across.labels, strict=True):
            x = _crisp(left + place * (right - left))
            yield f'<path class="rule" d="M{x:g} {end:g}v5"/>'
            half = _width(label) / 2.0
            if x - half >= free and x + half <= _WIDTH:
                free = x + half + 8.0
                yield f'<text class="mild middle" x="{x:g}" y="{end + 18.0:g}">{label}</text>'
        yield f'<path class="rule" d="M{left:g} {_crisp(end):g}H{right:g}"/>'
        if figure.level is not None:
            y = _crisp(end - float(upward.places([figure.level])[0]) * (end - begin))
            yield f'<path class="rule level" d="M{left:g} {y:g}H{right:g}"/>'
        for each in sorted(figure.series, key=lambda each: each.kind == "line"):  # a curve is seen on any points
            places = across.places(each.x), upward.places(each.y)
            if each.kind == "line":
                places = thinned(*places, int(right - left))
            yield from self._marks(each, left + places[0] * (right - left), end - places[1] * (end - begin))
        name = _cut(figure.x_label, right - left, _SIZE)
        middle = (left + right) / 2.0
        yield f'<text class="ink middle" x="{middle:g}" y="{end + 38.0:g}">{_escaped(name)}</text>'
        self.bottom = end + 42.0

    def _marks(self, each: Series, x: Vector, y: Vector) -> Iterator[str]:
        """A line, or points: these are lines of no length with round ends, all in one path."""
        if each.kind == "line":
            pairs = [f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
            yield f'<path class="{self._class(each)}"{self._dash(each)} d="M{"L".join(pairs)}"/>'
            return
        fine = x.size > _CROWDED
        if fine:
            columns, rows = (np.round(each / _PLACE).astype(np.int64) for each in (x, y))
            across = int(_WIDTH / _PLACE) + 1
            kept = np.unique(rows * across + columns)
            x, y = kept % across * _PLACE, kept // across * _PLACE
        path = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        yield f'<path class="{self._class(each)}{" fine" if fine else ""}" d="{path}"/>'

    def _sample(self, each: Series, x: float, base: float) -> Iterator[str]:
        """What a series looks like, for the legend: points with the curve that has no entry of its own."""
        y = base - 4.0
        for other in self.figure.series:
            if other.kind == "line" and (other is each or (other.group == each.group and not other.label)):
                yield from self._marks(other, np.array([x + 2.0, x + _SAMPLE - 8.0]), np.array([y, y]))
        if each.kind == "points":
            yield from self._marks(each, np.array([x + _SAMPLE / 2.0 - 3.0]), np.array([y]))

    def _class(self, each: Series) -> str:
        """The data of the only group are grey, so that the curve through them stands out."""
        only = len({other.group for other in self.figure.series}) == 1
        if each.kind == "points":
            return "dots data" if only else f"dots g{each.group % len(_DASHES)}"
        return f"line g{each.group % len(_DASHES)}"

    def _dash(self, each: Series) -> str:
        dashes = _DASHES[each.group % len(_DASHES)]
        return f' stroke-dasharray="{dashes}"' if dashes else ""


def _places(told: Sequence[Series], left: float, right: float) -> Iterator[tuple[Series, float, int, str]]:
    """Where each entry of a legend begins, on which of its lines, and the text that has room there."""
    x, row = left, 0
    for each in sorted(told, key=lambda each: (each.group, each.kind == "line")):
        label = _cut(each.label, right - left - _SAMPLE, _SIZE)
        size = _SAMPLE + _width(label)
        if x > left and x + size > right:
            x, row = left, row + 1
        yield each, x, row, label
        x += size + 20.0


def _crisp(x: float) -> float:
    """The middle of a pixel."""
    return float(np.floor(x)) + 0.5


def _width(text: str, size: float = _SIZE) -> float:
    return _cells(text) * size * _EM


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    from dlang.diagnostics.cells import width_of

    return width_of(text)


def _cut(text: str, room: float, size: float) -> str:
    """A text that fits; what is too long loses its end."""
    if _width(text, size) <= room:
        return text
    while text and _width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _escaped(text: Any) -> str:
    return visible(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

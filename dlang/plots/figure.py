"""What a picture shows: series of points and lines over two axes. Nothing here says how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]

__all__ = ["Figure", "Series", "extent", "series", "thinned"]

Kind: TypeAlias = Literal["points", "line"]


@record(eq=False)
class Series:
    """Points, or a line from point to point.

    Args:
        kind: `points` or `line`.
        label: what the legend calls it; empty for a curve that is told with the points of its group.
        x: (n,), finite; of a line ascending.
        y: (n,), finite.
        group: series of one group belong together: the data and the curve through them have the same colour.
    """

    kind: Kind
    label: str
    x: Vector
    y: Vector
    group: int = 0


def series(kind: Kind, label: str, x: Any, y: Any, group: int = 0) -> Series:
    """A series of what is finite among the pairs of x and y; a line goes from left to right."""
    x, y = (np.asarray(each, dtype=np.float64).ravel() for each in (x, y))
    kept = np.isfinite(x) & np.isfinite(y)
    x, y = x[kept], y[kept]
    if kind == "line" and np.any(np.diff(x) < 0):
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    return Series(kind, label, x, y, group)


@record(eq=False)
class Figure:
    """A picture.

    Args:
        title: what it shows, in a few words.
        x_label: the quantity to the right.
        y_label: the quantity upwards.
        series: drawn in order, the last on top.
        level: a horizontal line there, such as that of no residual.
        log_x: the axis to the right is logarithmic: every x is positive.
        log_y: so is the other.
        whole_x: x counts something: no tick stands between whole numbers.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    level: float | None = None
    log_x: bool = False
    log_y: bool = False
    whole_x: bool = False

    @property
    def is_empty(self) -> bool:
        """There is nothing to draw."""
        return not any(each.x.size for each in self.series)


def extent(figure: Figure, which: Literal["x", "y"]) -> tuple[float, float]:
    """The least and the greatest number on an axis; upwards, a level is in the middle of them."""
    ends = [float(end) for values in _along(figure, which) if values.size for end in (values.min(), values.max())]
    lower, upper = min(ends), max(ends)
    if which == "x" or figure.level is None:
        return lower, upper
    reach = max(upper - figure.level, figure.level - lower)
    return figure.level - reach, figure.level + reach


def _along(figure: Figure, which: Literal["x", "y"]) -> Iterator[Vector]:
    return (each.x if which == "x" else each.y for each in figure.series)


def thinned(x: Vector, y: Vector, columns: int) -> tuple[Vector, Vector]:
    """A line of not many more points than `columns` can show: of each column the first, least, greatest and last.

    Args:
        x: (n,), ascending, between 0 and 1.
        y: (n,).
        columns: how many the picture has.
    """
    if x.size <= 8 * columns:
        return x, y
    place = np.minimum((x * columns).astype(np.int64), columns - 1)
    first = np.flatnonzero(np.diff(place, prepend=-1))
    last = np.append(first[1:], x.size) - 1
    middle = (x[first] + x[last]) / 2.0
    kept_x = np.stack([x[first], middle, middle, x[last]], axis=1).ravel()
    low, high = np.minimum.reduceat(y, first), np.maximum.reduceat(y, first)
    return kept_x, np.stack([y[first], low, high, y[last]], axis=1).ravel()

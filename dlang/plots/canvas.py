"""A canvas of characters, each of which has several dots: eight in braille, three in ASCII.

⠑⢄⡀⢀⡠⠊        '.    .'
⠀⠀⠈⠁⠀⠀          '--'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ASCII", "BRAILLE", "Canvas", "Charset"]

Places: TypeAlias = "NDArray[np.float64]"

NO_TINT = -1


@record
class Charset:
    """The characters that a picture is made of.

    Args:
        dots: how many a character has, to the right and downwards.
        weights: the number that each dot adds, row by row, to the position of the character in `cells`.
        cells: the characters, by the sum of the weights of their dots.
        marks: of points, one for each group of series.
        cloud: what points look like where they are so many that each is a dot.
        curve: what a line looks like.
        heavy: a line where points are dots: flat, and steep.
        level: a horizontal line behind everything.
        frame: of the axes: upright, with a tick, the corner, across, with a tick.
        ellipsis: in place of what is left out.
    """

    dots: tuple[int, int]
    weights: tuple[int, ...]
    cells: str
    marks: str
    cloud: str
    curve: str
    heavy: tuple[str, str]
    level: str
    frame: tuple[str, str, str, str, str]
    ellipsis: str

    @property
    def text(self) -> str:
        """Every character."""
        return "".join(
            (self.cells, self.marks, self.cloud, self.curve, *self.heavy, self.level, *self.frame, self.ellipsis)
        )


BRAILLE = Charset(
    (2, 4),
    (1, 8, 2, 16, 4, 32, 64, 128),
    " " + "".join(map(chr, range(0x2801, 0x2900))),
    "•×+○",  # noqa: RUF001  a mark, not a letter
    "⢕",
    "⠤⠤",
    ("━", "┃"),
    "╌",
    ("│", "┤", "└", "─", "┬"),
    "…",
)
ASCII = Charset((1, 3), (1, 2, 4), " '-:.|:|", "ox+*", ":", "--", ("=", "#"), "-", ("|", "|", "+", "-", "+"), "...")

_NUDGE = 1e-7  # what lies on the border of two dots, but for rounding, goes to the upper one on every machine


class Canvas:
    """A picture that is being drawn, of `width` and `height` characters. Places go from 0 to 1, to the right and up."""

    def __init__(self, width: int, height: int, charset: Charset) -> None:
        self.width = width
        self.height = height
        self.charset = charset
        across, down = charset.dots
        self._dots = np.zeros((height * down, width * across), dtype=bool)
        self._marks = np.full((height, width), " ", dtype="U1")
        self._tints = np.full((height, width), NO_TINT)

    # ---- drawing

    def line(self, x: Places, y: Places, tint: int) -> None:
        """A line from point to point, as dots."""
        rows, columns = _traced(*self._dot_places(x, y))
        self._set(rows, columns, tint)

    def dots(self, x: Places, y: Places, tint: int) -> None:
        """Every point one dot."""
        self._set(*self._dot_places(x, y), tint)

    def marks(self, x: Places, y: Places, mark: str, tint: int) -> None:
        """Every point a character, in place of the dots there."""
        rows, columns = _placed(x, y, self.width, self.height)
        self._marks[rows, columns] = mark
        self._tints[rows, columns] = tint

    def heavy_line(self, x: Places, y: Places, tint: int) -> None:
        """A line from point to point, as characters that stand out from dots."""
        rows, columns = _traced(*_placed(x, y, self.width, self.height))
        flat, steep = self.charset.heavy
        several = np.bincount(columns, minlength=self.width) > 1
        self._marks[rows, columns] = np.where(several[columns], steep, flat)
        self._tints[rows, columns] = tint

    def level(self, y: float, tint: int) -> None:
        """A horizontal line behind everything that is drawn before: it fills what is free."""
        row = int(_placed(np.zeros(1), np.array([y]), self.width, self.height)[0][0])
        free = (self._marks[row] == " ") & ~self._lit()[row].any(axis=(0, 2))
        self._marks[row][free] = self.charset.level
        self._tints[row][free] = tint

    def _dot_places(self, x: Places, y: Places) -> tuple[Any, Any]:
        height, width = self._dots.shape
        return _placed(x, y, width, height)

    def _set(self, rows: Any, columns: Any, tint: int) -> None:
        across, down = self.charset.dots
        self._dots[rows, columns] = True
        self._tints[rows // down, columns // across] = tint

    def _lit(self) -> NDArray[np.bool_]:
        """(height, down, width, across), the dots by character."""
        across, down = self.charset.dots
        return self._dots.reshape(self.height, down, self.width, across)

    # ---- what was drawn

    def rows(self) -> list[list[tuple[str, int]]]:
        """The lines from the top, as runs of one tint: text, and the tint (-1 where nothing is drawn)."""
        across, down = self.charset.dots
        weights = np.array(self.charset.weights).reshape(down, across)
        sums = np.einsum("hdwa,da->hw", self._lit().astype(np.int64), weights)
        cells = np.array(list(self.charset.cells))[sums]
        texts = np.where(self._marks == " ", cells, self._marks)
        found = []
        for chars, tints in zip(texts.tolist(), self._tints.tolist(), strict=True):
            runs: list[tuple[str, int]] = []
            for char, tint in zip(chars, tints, strict=True):
                if runs and runs[-1][1] == tint:
                    runs[-1] = runs[-1][0] + char, tint
                else:
                    runs.append((char, tint))
            found.append(runs)
        return found


def _placed(x: Places, y: Places, width: int, height: int) -> tuple[Any, Any]:
    """Rows from the top and columns of places, on a grid."""
    columns = np.minimum((x * width + _NUDGE).astype(np.int64), width - 1)
    rows = height - 1 - np.minimum((y * height + _NUDGE).astype(np.int64), height - 1)
    return rows, columns


def _traced(rows: Any, columns: Any) -> tuple[Any, Any]:
    """Every place of the grid on the way from point to point."""
    if rows.size < 2:
        return rows, columns
    steps = np.maximum(np.abs(np.diff(rows)), np.abs(np.diff(columns)))
    kept = steps > 0
    if not kept.any():
        return rows[:1], columns[:1]
    steps = steps[kept]
    ends = np.cumsum(steps)
    share = (np.arange(ends[-1]) - np.repeat(ends - steps, steps)) / np.repeat(steps, steps)

    def along(values: Any) -> Any:
        first = np.repeat(values[:-1][kept], steps)
        last = np.repeat(values[1:][kept], steps)
        return np.append(np.floor(first + share * (last - first) + 0.5).astype(np.int64), values[-1])

    return along(rows), along(columns)

"""A source line laid out in the cells of a terminal: tabs, wide and combining characters, clipping."""

from __future__ import annotations

from dlang.records import record

__all__ = ["ELLIPSIS", "Layout", "layout", "width_of"]

ELLIPSIS = "..."
_TAB = 4


@record
class Layout:
    """A line as printed.

    `pieces[i]` is what is printed for character i, and `starts[i]` the cell where it begins;
    `starts` has one entry more, the line's width.
    """

    pieces: tuple[str, ...]
    starts: tuple[int, ...]

    @property
    def width(self) -> int:
        """Cells of the whole line."""
        return self.starts[-1]

    def cell(self, index: int) -> int:
        """The cell where character `index` begins; beyond the line's end, one cell a character."""
        last = len(self.starts) - 1
        return self.starts[index] if index <= last else self.starts[last] + index - last

    def clip(self, lo: int, hi: int) -> tuple[str, int]:
        """The text of the cells `lo:hi`, with an ellipsis at an end that was cut, and how far it moved left.

        The ellipses take their room from inside the window.
        """
        if lo <= 0 and hi >= self.width:
            return "".join(self.pieces), 0
        inner_lo = lo + len(ELLIPSIS) if lo > 0 else 0
        inner_hi = hi - len(ELLIPSIS) if hi < self.width else hi
        kept = [
            (piece, start)
            for piece, start, end in zip(self.pieces, self.starts, self.starts[1:], strict=False)
            if start >= inner_lo and end <= inner_hi
        ]
        text = "".join(piece for piece, _ in kept)
        # A wide character that straddles the cut is dropped: pad, so that what follows keeps its cell.
        pad = " " * (kept[0][1] - inner_lo) if kept else ""
        return (ELLIPSIS + pad if lo > 0 else "") + text + (ELLIPSIS if hi < self.width else ""), max(lo, 0)


def layout(line: str) -> Layout:
    """Lay out a line without its line end; a tab runs to the next multiple of four cells."""
    if line.isascii() and line.isprintable():
        return Layout(tuple(line), tuple(range(len(line) + 1)))
    pieces: list[str] = []
    starts = [0]
    for char in line:
        at = starts[-1]
        if char == "\t":
            size = _TAB - at % _TAB
            pieces.append(" " * size)
        else:
            piece, size = _shown(char)
            pieces.append(piece)
        starts.append(at + size)
    return Layout(tuple(pieces), tuple(starts))


def width_of(text: str) -> int:
    """Cells that `text` takes on one line."""
    return layout(text).width


def _shown(char: str) -> tuple[str, int]:
    """What is printed for a character, and its cells; what cannot be shown is U+FFFD."""
    if char.isascii():
        return (char, 1) if char.isprintable() else ("\ufffd", 1)
    from unicodedata import category, combining, east_asian_width

    if combining(char) or category(char) in ("Mn", "Me"):
        return char, 0
    if category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return "\ufffd", 1
    return char, 2 if east_asian_width(char) in "WF" else 1

"""Values as a session shows them: as the language writes them, as wide as the terminal, and large arrays abbreviated.

    dl> linspace(0, 1, 1001)
    [0.0, 0.001, 0.002, …, 0.998, 0.999, 1.0]  # [1001]
    dl> {w: eye(2), name: "a"}
    {w: [[1.0, 0.0], [0.0, 1.0]], name: "a"}

An array that does not fit on one line has its numbers in columns, to six digits; a comment says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from dlang.driver.kept import Kept
from dlang.elaborate.describing import describe
from dlang.elaborate.printing import shown
from dlang.elaborate.values import Dist, Num, RangeValue, Rec, Str, Tup
from dlang.trees import Tree
from dlang.values import format_value

__all__ = ["plain", "pretty", "quoted"]

FEW = 60
"""An array of up to so many numbers is written out."""
EDGES = (3, 2, 1)
"""How many items of a large array are written at each end of an axis: the first that fits the width."""
DIGITS = 6
DEEPEST = 12
"""Levels of brackets that are opened; of what is deeper, dots are shown."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}

Block = tuple[list[str], str]
"""Lines, and a remark to stand behind the last."""


def pretty(kept: Kept, width: int | None = None, *, dots: str = "…") -> str:
    """The text of a value, over as many lines as it needs.

    Args:
        kept: the value.
        width: cells of a line; what does not fit is broken, an item or a row a line.
        dots: what stands for numbers that are left out.
    """
    lines, remark = _Writer(dots).block(kept, width or 100)
    return "\n".join(_remarked(lines, remark, width or 100))


def plain(kept: Kept) -> Tree:
    """A value as JSON has it: numbers, Strings, tuples and records of them; of all else its text."""
    match kept.like:
        case Num():
            return kept.number
        case Str(text=text):
            return text
        case Tup():
            return tuple(map(plain, kept.parts))
        case Rec(names=names):
            return dict(zip(names, map(plain, kept.parts), strict=True))
        case _:
            return pretty(kept, 10_000)


def _brackets(kept: Kept) -> tuple[str, str, Sequence[str]]:
    """What stands before the parts of a value, behind them, and before each."""
    nothing = [""] * len(kept.parts)
    match kept.like:
        case Rec(names=names):
            return "{", "}", [f"{name if name.isidentifier() else quoted(name)}: " for name in names]
        case Dist(entry=entry):
            return f"{entry.name}(", ")", nothing
        case _:
            return "(", ",)" if len(kept.parts) == 1 else ")", nothing


def _remarked(lines: list[str], remark: str, width: int, end: str = "") -> list[str]:
    """Lines with a remark behind them, on a line of its own if there is no room."""
    *before, last = lines
    if not remark:
        return [*before, last + end]
    if len(last) + len(end) + len(remark) + 4 > width:
        return [*before, last + end, f"# {remark}"]
    return [*before, f"{last}{end}  # {remark}"]


class _Writer:
    """Writes values; what it makes of an array depends on the room that is left."""

    def __init__(self, dots: str) -> None:
        self.dots = dots

    def block(self, kept: Kept, width: int, depth: int = 0) -> Block:
        """The lines of a value."""
        flat = self.flat(kept, width)
        if flat is not None:
            return [flat], ""
        if isinstance(kept.like, Num):
            return self.array(kept.number, str(kept.like.type), width)
        begin, end, words = _brackets(kept)
        if depth >= DEEPEST:
            return [f"{begin}{self.dots}{end.lstrip(',')}"], ""
        out = [begin]
        for word, part in zip(words, kept.parts, strict=True):
            inner, remark = self.block(part, width - 3 - len(word), depth + 1)
            first, *rest = _remarked(inner, remark, width - 2 - len(word), ",")
            out.append(f"  {word}{first}")
            out += [f"  {' ' * len(word)}{line}" for line in rest]
        return [*out, end.lstrip(",")], ""

    def flat(self, kept: Kept, room: int) -> str | None:
        """A value whole and on one line; None if that is wider than the room, which nothing is that has no parts."""
        match kept.like:
            case Num() if getattr(kept.number, "shape", ()):
                text = format_value(kept.number) if kept.number.size <= FEW else None
                return text if text is not None and len(text) <= room else None
            case Num():
                return format_value(kept.number)
            case Str(text=text):
                return quoted(text)
            case RangeValue():
                start, stop, step = (str(part.number) for part in kept.parts)
                return f"{start}..{stop}" + (f" by {step}" if step != "1" else "")
            case Tup() | Rec() | Dist():
                begin, end, words = _brackets(kept)
                pieces, left = [], room - len(begin) - len(end)
                for word, part in zip(words, kept.parts, strict=True):
                    inner = self.flat(part, left - len(word)) if left > 0 else None
                    if inner is None:
                        return None
                    pieces.append(word + inner)
                    left -= len(pieces[-1]) + 2
                return None if left < -2 else f"{begin}{', '.join(pieces)}{end}"
            case like:
                return "".join(part for part in shown(like) if isinstance(part, str)) or describe(like)

    def array(self, array: Any, type_: str, width: int) -> Block:
        """An array that does not fit on one line as a whole."""
        is_large = array.size > FEW
        for edge in EDGES if is_large else (FEW,):
            shape = [_places(n, edge if is_large else n) for n in array.shape]
            lines, rounded = self.grid(array, shape, width)
            if max(map(len, lines)) <= width and (len(lines) == 1 if array.ndim == 1 else _rows(lines)):
                break
        remarks = [type_] * is_large + [f"to {DIGITS} digits"] * rounded
        return lines, ", ".join(remarks)

    def grid(self, array: Any, places: Sequence[Sequence[int]], width: int) -> tuple[list[str], bool]:
        """The lines of an array's items at `places` along each axis, and whether they are rounded; -1 is dots."""
        values = [array[at].item() for at in _product(places)]
        exact = [format_value(value) for value in values]
        texts, rounded = exact, False
        flat = self.rows(iter(exact), places, None)
        if len(places) > 1 or len(flat[0]) > width:
            texts = [_short(value) for value in values]
            rounded = any(map(_differs, values, texts))
            flat = self.rows(iter(texts), places, None)
        if len(places) == 1 and len(flat[0]) <= width:
            return flat, rounded
        wide = max(map(len, texts), default=0)
        return self.rows((text.rjust(wide) for text in texts), places, width), rounded

    def rows(self, texts: Iterator[str], places: Sequence[Sequence[int]], width: int | None) -> list[str]:
        """Brackets around texts, a row a line, or more lines where one is wider than `width`."""
        first, *deeper = places
        if not deeper:
            items = [self.dots if k < 0 else next(texts) for k in first]
            return _filled(items, width)
        out: list[str] = []
        for position, k in enumerate(first):
            lines = [self.dots] if k < 0 else self.rows(texts, deeper, None if width is None else width - 1)
            lines = [("[" if not position and not n else " ") + line for n, line in enumerate(lines)]
            lines[-1] += "]" if position == len(first) - 1 else ","
            out += lines
        return out or ["[]"]


def _places(size: int, edge: int) -> list[int]:
    """What is written of an axis: all of it, or the ends with -1 for what is between them."""
    return list(range(size)) if size <= 2 * edge + 1 else [*range(edge), -1, *range(size - edge, size)]


def _differs(value: Any, text: str) -> bool:
    """Whether a text says less than the value."""
    return isinstance(value, float) and value == value and float(text) != value


def _product(places: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Every place of an array that is written, in order."""
    if not places:
        return iter([()])
    first, *deeper = places
    return chain.from_iterable(((k, *rest) for rest in _product(deeper)) for k in first if k >= 0)


def _rows(lines: Sequence[str]) -> bool:
    """Whether every row of a matrix stands on one line."""
    return all(line.lstrip().startswith(("[", "…", "...")) for line in lines)


def _short(value: Any) -> str:
    """A number to some digits, as the language writes it."""
    if not isinstance(value, float):
        return format_value(value)
    text = f"{value:.{DIGITS}g}"
    return format_value(float(text))


def _filled(items: Sequence[str], width: int | None) -> list[str]:
    """Items between brackets, as many on a line as fit."""
    lines, line = [], "["
    for k, item in enumerate(items):
        piece = item + ("," if k < len(items) - 1 else "]")
        if width is not None and len(line) > 1 and len(line) + 1 + len(piece) > width:
            lines.append(line)
            line = " "
        line += piece if len(line) == 1 else f" {piece}"
    return [*lines, line if items else "[]"]


def quoted(text: str) -> str:
    """A String as a program writes it; what a terminal must not get is escaped."""
    pieces = (_ESCAPES.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text)
    return f'"{"".join(pieces)}"'

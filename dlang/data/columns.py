"""A column's cells as numbers, as text with levels, or as the faults that stand in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import isinf
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Column",
    "Fault",
    "Faulty",
    "Kind",
    "Text",
    "Values",
    "coded",
    "is_number",
    "kind",
    "parse_column",
    "parse_numbers",
]

Kind = Literal["number", "missing", "comma", "large", "text"]
"""`comma` is a number but for its commas: `1,5` or `1,234`; `large` is one beyond all Reals, as `1e999`."""

_MISSING = frozenset({"", "NA", "N/A", "#N/A"})
_SHOWN = 5  # faults of a column that are kept to be shown


@record(eq=False)
class Text:
    """Words: `levels` in order of first appearance, `codes` int64 into them, (n,) of a column."""

    codes: NDArray[np.int64]
    levels: tuple[str, ...]


@record
class Fault:
    """A bad cell: the row, counted from 0, what is wrong, and the cell's text."""

    row: int
    kind: Kind
    found: str


@record
class Faulty:
    """A column that cannot be used: its first faults, how many there are, and whether some cell is a number."""

    first: tuple[Fault, ...]
    count: int
    has_numbers: bool


Column: TypeAlias = "NDArray[np.float64] | Text | Faulty"

Values: TypeAlias = "float | int | bool | NDArray[np.float64 | np.int64 | np.bool_] | Text"
"""What a file gives for a name."""


def parse_numbers(blocks: Iterable[Sequence[str]], width: int) -> list[NDArray[np.float64]] | None:
    """The columns of a table in which every cell is a number; None where one is not.

    Args:
        blocks: the cells in reading order, whole rows at a time.
        width: number of columns.
    """
    parts = []
    for cells in blocks:
        part = _floats(cells)
        if part is None:
            return None
        parts.append(part)
    values = np.concatenate(parts).reshape(-1, width)
    return [np.ascontiguousarray(values[:, j]) for j in range(width)]


def parse_column(cells: Sequence[str]) -> Column:
    """The cells of one column, from (n,) texts.

    All numbers give float64. No number at all gives text. Anything else is faulty: a word among
    numbers, a missing cell in either, and a number written with commas, which is never a word.
    """
    numbers = _floats(cells)
    if numbers is not None:
        return numbers
    words = [cell.strip() for cell in cells]
    kinds = {word: kind(word) for word in dict.fromkeys(words)}
    found = set(kinds.values())
    if found == {"text"}:
        return coded(words, (len(words),))
    allowed: Kind = "number" if found & {"number", "comma", "large"} or "text" not in found else "text"
    faults = _faults(words, kinds, allowed)
    first = tuple(islice(faults, _SHOWN))
    return Faulty(first, len(first) + sum(1 for _ in faults), not found.isdisjoint(("number", "comma", "large")))


def coded(words: Sequence[str], shape: tuple[int, ...]) -> Text:
    """Words that are known to be text, as an array of a shape, row by row."""
    codes = {word: code for code, word in enumerate(dict.fromkeys(words))}
    return Text(np.fromiter((codes[word] for word in words), np.int64, len(words)).reshape(shape), tuple(codes))


def is_number(word: str) -> bool:
    """Whether a text reads as a number: as text it would be a code, and the number lost."""
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word


def kind(word: str) -> Kind:
    """What a cell's text is, blanks around it removed."""
    if is_number(word):
        return "large" if _is_large(word) else "number"
    if word in _MISSING:
        return "missing"
    return "comma" if "," in word and is_number(word.replace(",", "")) else "text"


def _floats(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """The numbers in the cells, None where one is no number."""
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    # `float` takes `1_000`, and gives `inf` for `1e999`; tables do neither.
    if "_" in "".join(cells) or (np.isinf(values).any() and any(map(_is_large, cells))):
        return None
    return values


def _is_large(word: str) -> bool:
    return isinf(float(word)) and "inf" not in word.lower()


def _faults(words: Sequence[str], kinds: dict[str, Kind], allowed: Kind) -> Iterator[Fault]:
    return (Fault(row, kinds[word], word) for row, word in enumerate(words) if kinds[word] != allowed)

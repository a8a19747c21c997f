"""A column's cells as numbers, as text with levels, or as the faults that stand in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Column", "Fault", "Faulty", "Kind", "Text", "kind", "parse_column", "parse_numbers"]

Kind = Literal["number", "missing", "comma", "text"]
"""`comma` is a number but for its commas: `1,5` or `1,234`."""

_MISSING = frozenset({"", "NA", "N/A", "#N/A"})
_SHOWN = 5  # faults of a column that are kept to be shown


@record(eq=False)
class Text:
    """A column of words: `levels` in order of first appearance, `codes` (n,) int64 into them."""

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
    """A column that cannot be used: its first faults, and how many there are."""

    first: tuple[Fault, ...]
    count: int


Column: TypeAlias = "NDArray[np.float64] | Text | Faulty"


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
        code = {word: i for i, word in enumerate(kinds)}
        return Text(np.fromiter((code[word] for word in words), np.int64, len(words)), tuple(kinds))
    allowed: Kind = "text" if "text" in found and not found & {"number", "comma"} else "number"
    faults = _faults(words, kinds, allowed)
    first = tuple(islice(faults, _SHOWN))
    return Faulty(first, len(first) + sum(1 for _ in faults))


def kind(word: str) -> Kind:
    """What a cell's text is, blanks around it removed."""
    if _is_number(word):
        return "number"
    if word in _MISSING:
        return "missing"
    return "comma" if "," in word and _is_number(word.replace(",", "")) else "text"


def _floats(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """The numbers in the cells, None where one is no number."""
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    # `float` takes `1_000`, tables do not.
    return None if "_" in "".join(cells) else values


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word


def _faults(words: Sequence[str], kinds: dict[str, Kind], allowed: Kind) -> Iterator[Fault]:
    return (Fault(row, kinds[word], word) for row, word in enumerate(words) if kinds[word] != allowed)

"""What is suggested for a name that was not found, and when the suggestion is of no use."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dlang.diagnostics.core import Diagnostic
from dlang.records import replace

__all__ = ["did_you_mean", "nearest", "with_columns_taken"]


def did_you_mean(near: str) -> str:
    """The help that suggests a name."""
    return f"did you mean `{near}`?"


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that was likely meant, if there is one: the same letters, or at least so like it (0 to 1)."""
    from difflib import get_close_matches

    names = sorted(known)
    same = (name for name in names if name.casefold() == word.casefold())
    swapped = (name for name in names if sorted(name) == sorted(word))  # `fti` is `fit`, and `fmt` no nearer
    close = (name for name in get_close_matches(word, names, n=1, cutoff=likeness))
    return next(same, None) or next(swapped, None) or next(close, None)


def with_columns_taken(fault: Diagnostic, taken: Collection[str]) -> Diagnostic:
    """The fault of a data file for a program in which other data are called `taken`.

    A missing column (E0507) is not mended by the name of one that could not be declared again.
    """
    if fault.code != "E0507" or fault.help not in [did_you_mean(name) for name in taken]:
        return fault
    mend = "the names of a table's data are those of its header: rename the column there"
    return replace(fault, help=mend)

"""How a picture is to look where it is shown: what every form is told."""

from __future__ import annotations

from dlang.records import record

__all__ = ["Look"]


@record
class Look:
    """What the place where a picture goes can show.

    Attributes:
        colour: escape sequences.
        width: cells of a line; None where it is no terminal.
        ascii_only: no characters but ASCII.
    """

    colour: bool = False
    width: int | None = None
    ascii_only: bool = False

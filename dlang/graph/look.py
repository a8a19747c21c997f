"""How a picture is to look where it is shown: what every form is told."""

from __future__ import annotations

from dlang.records import record

__all__ = ["UNICODE", "Look"]

UNICODE = "\u2502\u251c\u2514\u2190\u2191\u2026\u00b7\u2202\u203a\u00b1"
"""The characters beside ASCII that forms are made of."""


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

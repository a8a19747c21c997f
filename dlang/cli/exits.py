"""How a command ended, as the number that the shell sees."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Exit"]


class Exit(IntEnum):
    """The exit codes of docs/cli.md; every verb returns one of them."""

    DONE = 0
    PROGRAM_AT_FAULT = 1
    USAGE = 2
    NUMERIC_FAILURE = 3
    NOT_RELIABLE = 4
    DATA_AT_FAULT = 5
    INTERNAL = 70
    INTERRUPTED = 130

"""What generated code calls for checks that Python does not make itself, and what it may raise."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["FAULTS", "AssertFailedError", "TapeFullError", "fail", "overflow", "tape_full"]


class AssertFailedError(ArithmeticError):
    """An `assert` failed; its message is the argument."""


class TapeFullError(Exception):
    """A loop would put more on the tape than it may hold: no fault of the program, which can be run otherwise."""


FAULTS = (ArithmeticError, ValueError, IndexError, RecursionError, MemoryError)
"""What running generated code may raise through the fault of a program, not of ours."""


def overflow() -> NoReturn:
    """Report an Int outside 64 bits."""
    raise OverflowError("an Int does not fit 64 bits")


def fail(message: str) -> NoReturn:
    """Report a failed `assert`."""
    raise AssertFailedError(message)


def tape_full() -> NoReturn:
    """Report a tape that is too long."""
    raise TapeFullError

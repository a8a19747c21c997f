"""What generated code calls for checks that Python does not make itself, and what it may raise."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["CALLS", "FAULTS", "AssertFailedError", "fail", "overflow"]

CALLS = 10_000
"""Functions nest no deeper than this while running."""


class AssertFailedError(ArithmeticError):
    """An `assert` failed; its message is the argument."""


FAULTS = (ArithmeticError, ValueError, IndexError, RecursionError, MemoryError)
"""What running generated code may raise through the fault of a program, not of ours."""


def overflow() -> NoReturn:
    """Report an Int outside 64 bits."""
    raise OverflowError("an Int does not fit 64 bits")


def fail(message: str) -> NoReturn:
    """Report a failed `assert`."""
    raise AssertFailedError(message)

"""Estimates as text, with the digits that their standard errors warrant."""

from __future__ import annotations

import math

__all__ = ["measured", "plain"]

_MOST = 12  # significant digits: beyond them even a certain number only shows rounding
_LEAST = 3


def plain(x: float, digits: int = 6) -> str:
    """A number with up to `digits` significant digits."""
    return f"{x:.{digits}g}" if x != 0 else "0"


def measured(value: float, error: float) -> tuple[str, str, str]:
    """An estimate and its standard error as text, and the format for the ends of an interval around it.

    The error has two digits, and the estimate ends where they end: 238.942 and 2.707 are `238.9` and
    `2.7`. An estimate below its error keeps up to three digits, for its size; one far above has twelve.
    """
    if not (math.isfinite(value) and math.isfinite(error)) or error <= 0:
        return plain(value), plain(error, 2), ".6g"
    last = _place(error) - 1  # the power of ten of the error's second digit
    top = _place(value) if value else last
    digits = min(max(top - last + 1, _LEAST), _MOST)
    size = max(abs(value), error)
    if not 1e-4 <= size < 1e7:
        return f"{value:.{digits - 1}e}", f"{error:.1e}", f".{min(max(_place(size) - last, 1), _MOST - 1)}e"
    short = max(-last, 0)
    decimals = min(max(digits - 1 - top, 0), short + _LEAST)
    value = round(value, decimals) + 0.0  # no `-0.00`
    return f"{value:.{decimals}f}", f"{error:.{short}f}" if short < 9 else f"{error:.1e}", f".{min(short, decimals)}f"


def _place(x: float) -> int:
    """The power of ten of a number's first digit, after rounding to two: 3 for 1000 and for 999.9."""
    return int(f"{abs(x):.1e}".partition("e")[2])

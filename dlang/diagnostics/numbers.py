"""Numbers in messages."""

from __future__ import annotations

__all__ = ["plain"]


def plain(value: float) -> str:
    """As few digits as read back to the number: `2`, `0.1`, `inf`."""
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)

"""Intervals of Int scalars, so that overflow is checked only where it can happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

__all__ = ["INT64", "LENGTH", "Interval", "fits", "interval", "is_known", "range_interval"]

Interval: TypeAlias = tuple[int, int]
"""The least and the greatest value an Int may have."""

INT64: Interval = (-(2**63), 2**63 - 1)
"""Every Int: what a name holds of which nothing is known."""

LENGTH: Interval = (0, 2**48)
"""A size of an array; memory ends earlier."""


def fits(bounds: Interval) -> bool:
    """Whether every value of the interval is an Int."""
    return INT64[0] <= bounds[0] and bounds[1] <= INT64[1]


def is_known(name: str) -> bool:
    """Whether `interval` knows primitive `name`."""
    return name in _RULES


def interval(name: str, operands: Sequence[Interval]) -> Interval:
    """The interval of primitive `name`, which is known, on operands in their intervals, before any check."""
    return _RULES[name](*operands)


def range_interval(start: Interval, stop: Interval, step: Interval) -> Interval:
    """The interval of a loop's index."""
    if step[0] > 0:
        return start[0], max(start[0], stop[1] - 1)
    if step[1] < 0:
        return min(start[1], stop[0] + 1), start[1]
    return min(start[0], stop[0] + 1), max(start[1], stop[1] - 1)


def _add(a: Interval, b: Interval) -> Interval:
    return a[0] + b[0], a[1] + b[1]


def _sub(a: Interval, b: Interval) -> Interval:
    return a[0] - b[1], a[1] - b[0]


def _mul(a: Interval, b: Interval) -> Interval:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _neg(a: Interval) -> Interval:
    return -a[1], -a[0]


def _abs(a: Interval) -> Interval:
    return 0, max(abs(a[0]), abs(a[1]))


def _floordiv(a: Interval, b: Interval) -> Interval:
    # |a // b| <= |a| for every Int b but 0, which is an error of its own; -2^63 // -1 overflows
    most = max(abs(a[0]), abs(a[1]))
    return -most, most if b[0] < 0 else max(a[1], 0)


def _mod(_: Interval, b: Interval) -> Interval:
    return min(b[0] + 1, 0), max(b[1] - 1, 0)


def _largest(*operands: Interval) -> Interval:
    return max(a[0] for a in operands), max(a[1] for a in operands)


def _smallest(*operands: Interval) -> Interval:
    return min(a[0] for a in operands), min(a[1] for a in operands)


def _either(_: Interval, a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


_RULES: Mapping[str, Callable[..., Interval]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "neg": _neg,
    "abs": _abs,
    "floordiv": _floordiv,
    "mod": _mod,
    "maximum": _largest,
    "minimum": _smallest,
    "select": _either,
}

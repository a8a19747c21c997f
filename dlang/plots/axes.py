"""Axes: from where to where, which numbers stand beside them, and where a value lies between the ends.

Source: the ticks are those of P. Heckbert 1990, "Nice Numbers for Graph Labels", chosen as in J. Talbot, S. Lin and
P. Hanrahan 2010, "An Extension of Wilkinson's Algorithm for Positioning Tick Labels on Axes": by how simple the step
is, and how near their number is to the one that was asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]

__all__ = ["Axis", "axis"]

_LARGEST = 8e307  # the distance of two numbers up to this is finite
_LEAST_SPAN = 1e-300
_RELATIVE_SPAN = 1e-8  # of what is nearly the same; more digits make no labels
_STEPS = ((10, 0.0), (20, 0.3), (50, 0.3), (25, 1.0))
"""Ten times the step, and how much less simple it is."""
_EVERY = (2, 3, 5, 10, 20, 50, 100, 200, 500)
"""Powers of ten from one tick to the next, where they are many."""
_MOST_TICKS = 10
_EXACT = 6  # digits before the point that are written out


@record
class Axis:
    """An axis between two numbers.

    `ticks` lie within its ends, in ascending order; `labels` are their texts.
    """

    lower: float
    upper: float
    is_log: bool
    ticks: tuple[float, ...]
    labels: tuple[str, ...]

    def places(self, values: Any) -> Vector:
        """Where values lie: 0 at the lower end, 1 at the upper; what lies beyond is at the end."""
        ends = np.array([self.lower, self.upper])
        found = np.clip(np.asarray(values, dtype=np.float64), *ends)
        if self.is_log:
            found, ends = np.log10(found), np.log10(ends)
        # Scaled first: a span near the least or the greatest double would lose digits, or overflow.
        scale = max(abs(float(ends[0])), abs(float(ends[1])))
        found, ends = found / scale, ends / scale
        places: Vector = np.clip((found - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)
        return places


def axis(
    lower: float, upper: float, *, count: int = 5, is_log: bool = False, whole: bool = False, pad: float = 0.0
) -> Axis:
    """An axis that shows all from `lower` to `upper`.

    Args:
        lower: the least value.
        upper: the greatest.
        count: how many ticks are best; there are three to ten, but for whole numbers and decades.
        is_log: logarithmic; both ends are positive.
        whole: no tick stands between whole numbers.
        pad: the share of the span that is left free at each end.
    """
    if is_log:
        return _log_axis(lower, upper, count, pad)
    lower, upper = _widened(lower, upper)
    room = (upper - lower) * pad
    lower, upper = lower - room, upper + room
    pairs = _ticks(lower, upper, count, whole)
    return Axis(lower, upper, False, tuple(map(_number, pairs)), _labels(pairs))


def _widened(lower: float, upper: float) -> tuple[float, float]:
    """Ends that are far enough apart to have ticks between them."""
    lower, upper = (min(max(end, -_LARGEST), _LARGEST) for end in (lower, upper))
    least = max(max(abs(lower), abs(upper)) * _RELATIVE_SPAN, _LEAST_SPAN)
    if upper - lower >= least:
        return lower, upper
    middle = lower + (upper - lower) / 2.0
    if lower == upper:  # one number: a tenth of it to both sides, so that its label is short
        least = max(abs(middle) / 10.0, _LEAST_SPAN) if middle else 1.0
    return middle - least, middle + least


Decimal: TypeAlias = tuple[int, int]
"""(n, e) is the number n * 10^e: ticks are exact, so that their labels are."""


def _number(pair: Decimal) -> float:
    return float(f"{pair[0]}e{pair[1]}")


def _ticks(lower: float, upper: float, count: int, whole: bool) -> list[Decimal]:
    """Multiples of a simple step."""
    power = math.floor(math.log10((upper - lower) / count)) - 1
    best, least = [], math.inf
    for exponent in (power - 1, power, power + 1, power + 2):
        for factor, cost in _STEPS:
            if whole and (exponent < -1 or (exponent == -1 and factor == 25)):
                continue
            step = _number((factor, exponent))
            if (upper - lower) / step > _MOST_TICKS + 1:
                continue
            first, last = math.floor(lower / step) - 1, math.ceil(upper / step) + 1
            found = [(k * factor, exponent) for k in range(first, last + 1)]
            found = [each for each in found if lower <= _number(each) <= upper]
            cost += abs(len(found) - count) + (9.0 if not 3 <= len(found) <= _MOST_TICKS else 0.0)
            if cost < least and (found or whole):
                best, least = found, cost
    return best


def _labels(pairs: Sequence[Decimal]) -> tuple[str, ...]:
    """Decimals of the same length, or with an exponent each where they would be long."""
    short = [_stripped(*pair) for pair in pairs]
    greatest = max((len(str(abs(n))) + e - 1 for n, e in short if n), default=0)
    if not -5 < greatest < _EXACT:
        return tuple(map(_scientific, short))
    decimals = max([0, *(-e for _, e in short)])
    if decimals > _EXACT + 4:
        return tuple(map(_scientific, short))
    return tuple(_fixed(n, e, decimals) for n, e in short)


def _stripped(n: int, e: int) -> Decimal:
    if n == 0:
        return 0, 0
    while n % 10 == 0:
        n, e = n // 10, e + 1
    return n, e


def _fixed(n: int, e: int, decimals: int) -> str:
    digits = str(abs(n) * 10 ** (e + decimals)).rjust(decimals + 1, "0")
    sign = "-" if n < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits


def _scientific(pair: Decimal) -> str:
    n, e = pair
    if n == 0:
        return "0"
    digits = str(abs(n))
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{'-' if n < 0 else ''}{mantissa}e{e + len(digits) - 1}"


def _log_axis(lower: float, upper: float, count: int, pad: float) -> Axis:
    """Decades; between few of them also 2 and 5, and within less than two the ticks of a straight axis."""
    tiny = 2.3e-308  # below it a number has few digits
    lower, upper = (min(max(end, tiny), _LARGEST) for end in (lower, upper))
    if upper / lower < 1.0 + 1e-6:
        lower, upper = lower / 2.0 if lower > 2 * tiny else lower, upper * 2.0
    room = (math.log10(upper) - math.log10(lower)) * pad
    lower, upper = max(lower * 10.0**-room, tiny), min(upper * 10.0**room, _LARGEST)
    first, last = math.floor(math.log10(lower)), math.ceil(math.log10(upper))
    decades = _within([(1, e) for e in range(first, last + 1)], lower, upper)
    if len(decades) > count:
        choices = [[pair for pair in decades if pair[1] % every == 0] for every in _EVERY]
        decades = min((c for c in choices if len(c) <= _MOST_TICKS), key=lambda found: abs(len(found) - count))
    elif len(decades) < 3:
        decades = _within([(n, e) for e in range(first, last + 1) for n in (1, 2, 5)], lower, upper)
    if len(decades) < 3:
        decades = [pair for pair in _ticks(lower, upper, count, False) if pair[0] > 0]
        return Axis(lower, upper, True, tuple(map(_number, decades)), _labels(decades))
    texts = [_fixed(n, e, max(0, -e)) if -4 <= e < _EXACT else _scientific((n, e)) for n, e in decades]
    return Axis(lower, upper, True, tuple(map(_number, decades)), tuple(texts))


def _within(pairs: Sequence[Decimal], lower: float, upper: float) -> list[Decimal]:
    return [pair for pair in pairs if lower <= _number(pair) <= upper]

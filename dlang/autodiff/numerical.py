"""Derivatives by differences: the independent check of the exact ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf, nan

__all__ = ["ROWS", "SHRINK", "accelerated", "central_derivative", "extrapolated", "steps_from"]

ROWS = 8
"""Steps that are extrapolated together."""

SHRINK = 1.6
"""Each step is shorter than the one before by this factor."""


def steps_from(scale: float) -> list[float]:
    """The steps that are extrapolated together, from the longest."""
    return [scale / SHRINK**k for k in range(ROWS)]


def central_derivative(fn: Callable[[float], float], x: float, scale: float) -> tuple[float, float]:
    """The derivative of `fn` at `x`, and an estimate of its error.

    Central differences with steps that shrink from `scale`, extrapolated to step 0. Non-finite entries are passed over.

    Args:
        fn: a function of one Real.
        x: where.
        scale: the first step, > 0, in the units of x.
    """
    steps = steps_from(scale)
    slopes = [(fn(x + step) - fn(x - step)) / ((x + step) - (x - step)) for step in steps]
    return extrapolated(slopes, steps, 2, 0.0)


def extrapolated(slopes: Sequence[float], steps: Sequence[float], power: int, noise: float) -> tuple[float, float]:
    """The limit of slopes by shorter and shorter steps, and an estimate of its error.

    Of the tableau's entries the one with the least estimated error is taken. Entries that are not finite are passed
    over; NaN with an infinite error if no other is left.

    Args:
        slopes: quotients of differences.
        steps: what they are by, each shorter than the one before; 0 where the numbers allow no step so short.
        power: the slopes differ from the limit by a series in `step**power`.
        noise: >= 0, how far the function's values may be off: an error is estimated at no less than what follows, which
            extrapolation makes larger.

    Source: Ridders 1982, "Accurate computation of F'(x) and F'(x) F''(x)".
    """
    best, least = nan, inf
    previous: list[float] = []
    for j, (slope, step) in enumerate(zip(slopes, steps, strict=True)):
        row = [slope]
        rounding = _quotient(2 * noise, step)
        for k, old in enumerate(previous):
            factor = (steps[j - k - 1] / step) ** power if step else 1.0
            if not factor > 1.0:
                break
            row.append(row[k] + (row[k] - old) / (factor - 1.0))  # in this form nothing overflows on the way
            rounding *= (factor + 1.0) / (factor - 1.0)
            error = max(abs(row[k + 1] - row[k]), abs(row[k + 1] - old), rounding)
            if error < least:
                best, least = row[k + 1], error
        previous = row
    return best, least


def accelerated(slopes: Sequence[float], steps: Sequence[float], noise: float) -> tuple[float, float]:
    """The same where the slopes differ from their limit by a sum of any powers of the step, such as its root.

    Nothing, as NaN with an infinite error, where the slopes do not come closer to each other: there is no limit then.

    Source: Wynn 1956, "On a device for computing the e_m(S_n) transformation".
    """
    moves = [abs(b - a) for a, b in pairwise(slopes)]
    best, least = nan, inf
    if not all(b < 0.97 * a for a, b in pairwise(moves)):
        return best, least
    rounding = _quotient(50 * noise, steps[-1])
    before, row = [0.0] * (len(slopes) + 1), list(slopes)
    limits = row
    for column in range(1, len(slopes)):
        moved = [b - a for a, b in pairwise(row)]
        if not all(moved):
            break
        before, row = row, [before[k + 1] + 1.0 / d for k, d in enumerate(moved)]
        if column % 2 == 0 and len(row) > 1:
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - limits[-1]), rounding)
            if error < least:
                best, least = row[-1], error
            limits = row
    return best, least


def _quotient(noise: float, step: float) -> float:
    return noise / step if step else inf

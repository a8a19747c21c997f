"""A line search for the strong Wolfe conditions that steps back from where the objective is not finite."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Vector

__all__ = ["Along", "Point", "strong_wolfe"]

_EPS = float(np.finfo(np.float64).eps)
_DECREASE, _CURVATURE = 1e-4, 0.9
_EVALUATIONS = 40


@record
class Point:
    """The objective at distance `at` along the line: value, gradient (n,) and slope = gradient @ direction."""

    at: float
    value: float
    gradient: Vector
    slope: float

    @property
    def is_finite(self) -> bool:
        """Value and every entry of the gradient are finite."""
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all())


Along: TypeAlias = Callable[[float], Point]


def strong_wolfe(along: Along, start: Point, first: float, greatest: float) -> Point | None:
    """A point with value <= start + 1e-4 at slope0 and |slope| <= 0.9 |slope0|, None where there is none.

    Where the objective is flat to rounding the first condition is judged by slopes alone. The point at
    `greatest` (a bound) is taken for the first condition only. A trial that is not finite is a wall:
    the next one is at a tenth of the way to it.

    Args:
        along: the objective on the line.
        start: the point at 0, with a negative slope.
        first: the first trial, > 0.
        greatest: the farthest, >= first.

    Source: Nocedal & Wright 2006, algorithms 3.5 and 3.6; the condition for flat objectives is that of
    Hager & Zhang 2005, eq. 4.1. A bracket takes the place of algorithm 3.5's two phases.
    """
    low, high, at = start, None, first
    for _ in range(_EVALUATIONS):
        point = along(at)
        if not point.is_finite:
            high = point
            at = low.at + 0.1 * (at - low.at)
        elif not _decreases(point, start) or (point.value > low.value and not _is_flat(point, start)):
            high = point
            at = _between(low, high)
        elif abs(point.slope) <= -_CURVATURE * start.slope or (point.slope < 0 and at >= greatest):
            return point
        elif point.slope > 0:
            high = point
            at = _between(low, high)
        else:
            low = point
            at = min(4.0 * at, greatest) if high is None else _between(low, high)
        if high is not None and abs(high.at - low.at) <= _EPS * max(abs(high.at), 1e-300):
            break
    return low if low.at > 0 else None


def _is_flat(point: Point, start: Point) -> bool:
    return abs(point.value - start.value) <= 4.0 * _EPS * abs(start.value)


def _decreases(point: Point, start: Point) -> bool:
    """Sufficient decrease; for values equal to rounding, what it means for the slopes of a quadratic."""
    if point.value <= start.value + _DECREASE * point.at * start.slope:
        return True
    return _is_flat(point, start) and point.slope <= (2.0 * _DECREASE - 1.0) * start.slope


def _between(low: Point, high: Point) -> float:
    """The minimum of the cubic through both points, kept a tenth of the bracket away from its ends."""
    width = high.at - low.at
    if not high.is_finite:
        return low.at + 0.1 * width
    with np.errstate(all="ignore"):
        a = low.slope + high.slope - 3.0 * (high.value - low.value) / width
        root = np.sqrt(a * a - low.slope * high.slope)
        share = 1.0 - (high.slope + root - a) / (high.slope - low.slope + 2.0 * root)
    return low.at + float(np.clip(share, 0.1, 0.9) if np.isfinite(share) else 0.5) * width

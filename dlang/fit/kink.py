"""Minima at a kink, where the gradient does not vanish but turns: |a - 3|."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.fit.probe import Outcome

if TYPE_CHECKING:
    from dlang.fit.probe import Surroundings
    from dlang.optimize.objective import Mask, Matrix, Vector

__all__ = ["kinked_minimum"]

_NEAR, _FAR = 1e-7, 1e-5  # how far the gradients are taken, as shares of the parameters' sizes
_STAYS = 0.5  # of a jump across the greater distance: a kink has it across the smaller too, a curve does not
_NONE = 1e-3  # of the greatest gradient around, that counts as none


def kinked_minimum(around: Surroundings, gradient: Vector) -> Mask | None:
    """Which of n parameters have a kink at a point that is a minimum; None if it is none, or has no kink.

    It is a minimum if some average of the gradients around it is zero, and no step along a parameter or
    along that average lowers the objective.

    Args:
        around: the point.
        gradient: (n,), there.

    Source: Clarke's condition, on a sample as in Burke, Lewis & Overton 2005.
    """
    n = around.x.size
    found, far = _slopes(around, _NEAR), _slopes(around, _FAR)
    jumps, wider = (np.abs(np.diagonal(each[::2] - each[1::2])) for each in (found, far))
    slopes = np.array([gradient * around.size, *found])
    slopes = slopes[np.isfinite(slopes).all(axis=1)]
    top = float(np.abs(slopes).max(initial=0.0))
    kinked = (jumps > _NONE * top) & (jumps > _STAYS * wider)
    if not kinked.any():
        return None
    average = _least_average(slopes)
    if float(np.linalg.norm(average)) > _NONE * top:
        return None

    def noise(_: Vector) -> float:
        return around.rounding

    lines = [*np.eye(n), *([average] if average.any() else [])]  # in shares of the sizes
    sides = [around.side(sign * around.unit(line * around.size), noise) for line in lines for sign in (1.0, -1.0)]
    if any(side.outcome in (Outcome.FALLS, Outcome.LEVEL) for side in sides):
        return None
    return np.asarray(kinked)


def _slopes(around: Surroundings, share: float) -> Matrix:
    """(2 n, n), the gradients a little to both sides of the point in each parameter, in units of their sizes."""
    steps = [sign * share * row for row in np.diag(around.size) for sign in (1.0, -1.0)]
    return np.array([around.at(step)[1] for step in steps]) * around.size


def _least_average(rows: Matrix) -> Vector:
    """The shortest vector in the convex hull of rows (k, n). Source: Gilbert 1966."""
    nearest: Vector = rows[int(np.argmin(np.linalg.norm(rows, axis=1)))]
    for _ in range(1000):
        towards = rows[int(np.argmin(rows @ nearest))] - nearest
        gain = -float(nearest @ towards)
        if gain <= 1e-12 * float(nearest @ nearest) or not towards.any():
            break
        nearest = nearest + min(gain / float(towards @ towards), 1.0) * towards
    return nearest

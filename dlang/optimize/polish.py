"""The last digits: undamped steps from a point that an optimizer is done with, while they still help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.optimize.bounds import held, project
from dlang.optimize.objective import sum_of_squares
from dlang.optimize.trust_region import column_norms, gauss_newton_step

if TYPE_CHECKING:
    from dlang.optimize.objective import Guarded, Matrix, Vector

__all__ = ["newton_step", "polish_by_newton", "polish_least_squares"]

_EPS = float(np.finfo(np.float64).eps)
_PATIENCE = 3  # steps in a row that may fail to be the shortest yet: at rounding level their length is noise
_LARGEST_HESSIAN = 200  # parameters up to which an exact Hessian is worth its n gradients


def polish_least_squares(objective: Guarded, x: Vector, limit: int = 100) -> Vector:
    """The point (n,) reached by full Gauss-Newton steps on the free parameters, as long as they shrink.

    An optimizer stops when the sum of squares is flat; the sum is flat to second order at its minimum, so
    that leaves half the digits of the parameters. The Gauss-Newton step itself is linear in the distance,
    and shrinks until it is rounding. A step that leaves the bounds or the domain, or raises the sum of
    squares by more than rounding, ends it; the point with the shortest step ahead is returned. Where the
    residuals are so large that Gauss-Newton does not contract, as where the model's own derivative is zero
    at the minimum, Newton's method takes over.
    """
    lower, upper = objective.lower, objective.upper
    best, shortest, reach = x, np.inf, 0.0
    patience, ceiling = _PATIENCE, np.inf
    for _ in range(limit):
        residuals, jacobian = objective.residuals(x), objective.jacobian(x)
        rss, norms = sum_of_squares(residuals), column_norms(jacobian)
        ceiling = min(ceiling, rss * (1.0 + 1e-9))
        if not (rss <= ceiling and np.isfinite(norms).all()):
            break
        free = ~held(x, jacobian.T @ residuals, lower, upper)
        step = np.zeros_like(x)
        step[free] = gauss_newton_step(jacobian[:, free], residuals)
        length = float(np.linalg.norm(norms * step))
        if length < shortest:
            best, shortest, reach, patience = x, length, float(np.linalg.norm(norms * x)), _PATIENCE
        else:
            patience -= 1
        ahead = x + step
        if patience == 0 or np.array_equal(ahead, x) or ((ahead < lower) | (ahead > upper)).any():
            break
        x = ahead
    return polish_by_newton(objective, best) if 1e-11 * reach < shortest < np.inf else best


def newton_step(hessian: Matrix, gradient: Vector) -> Vector | None:
    """-H^-1 g (n,), None where the Hessian (n, n) has a direction of negative curvature.

    The Hessian is scaled to a unit diagonal first, so that the parameters' units play no part. Where it
    is singular to rounding, the step has no part in the directions that are (nearly) flat: parameters
    that the data do not identify stay, and the others still reach their last digit.
    """
    diagonal = np.diagonal(hessian)
    if not (np.isfinite(hessian).all() and (diagonal >= 0).all()):
        return None
    d = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    try:
        values, vectors = np.linalg.eigh(hessian / d[:, None] / d)
    except np.linalg.LinAlgError:
        return None
    top = values[-1]
    if top <= 0 or values[0] < -1e-6 * top:
        return None
    kept = values > (1e-14 if values[0] > 1e-14 * top else 1e-8) * top
    along = vectors[:, kept].T @ (gradient / d)
    step: Vector = -(vectors[:, kept] @ (along / values[kept])) / d
    return step


def polish_by_newton(objective: Guarded, x: Vector, limit: int = 50) -> Vector:
    """The point (n,) reached by Newton steps with the exact Hessian on the free parameters.

    A step is halved until it lowers the objective. Where that is flat to rounding, a step must lower the
    gradient instead, measured by the inverse Hessian. It ends where neither happens or the curvature is
    negative, and does nothing for more than 200 parameters.
    """
    if not 0 < x.size <= _LARGEST_HESSIAN:
        return x
    lower, upper = objective.lower, objective.upper
    value, gradient = objective.value_and_grad(x)
    for _ in range(limit):
        free = ~held(x, gradient, lower, upper)
        hessian = objective.hessian(x)[np.ix_(free, free)]
        step = newton_step(hessian, gradient[free]) if free.any() else None
        if step is None:
            break
        decrement = -float(gradient[free] @ step)
        # Where the objective is flat to rounding, the slope is what improves, and a shorter step is no better.
        is_flat = decrement <= 1e-10 * abs(value)
        fraction = 1.0
        while fraction > 1e-9:
            ahead = x.copy()
            ahead[free] += fraction * step
            ahead = project(ahead, lower, upper)
            reached, slope = objective.value_and_grad(ahead)
            if is_flat and not _is_flatter(hessian, slope[free], decrement, reached - value, value):
                return x
            if np.isfinite(slope).all() and (is_flat or reached <= value - 1e-4 * fraction * decrement):
                break
            fraction *= 0.5
        else:
            break
        if np.array_equal(ahead, x):
            break
        x, value, gradient = ahead, reached, slope
    return x


def _is_flatter(hessian: Matrix, slope: Vector, decrement: float, rise: float, value: float) -> bool:
    """The slope, measured by the inverse Hessian, is at most half of what it was, at the same objective."""
    step = newton_step(hessian, slope) if np.isfinite(slope).all() else None
    return step is not None and rise <= 8.0 * _EPS * abs(value) and -float(slope @ step) <= 0.5 * decrement

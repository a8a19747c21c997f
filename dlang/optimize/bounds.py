"""Closed bounds: which parameters they hold, and what the gradient is within them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dlang.optimize.objective import Mask, Vector

__all__ = ["held", "project", "projected_gradient"]


def project(x: Vector, lower: Vector, upper: Vector) -> Vector:
    """The point within the bounds that is nearest to x; a bound is met exactly."""
    return np.minimum(np.maximum(x, lower), upper)


def held(x: Vector, gradient: Vector, lower: Vector, upper: Vector) -> Mask:
    """(n,), whether a parameter is on a bound and descent pushes it out; bounds that coincide always hold.

    Such a parameter stays where it is until its gradient turns.
    """
    at_lower = (x <= lower) & (gradient > 0)
    at_upper = (x >= upper) & (gradient < 0)
    return np.asarray(at_lower | at_upper | (lower == upper))


def projected_gradient(x: Vector, gradient: Vector, lower: Vector, upper: Vector) -> Vector:
    """The gradient, 0 where a bound holds a parameter. It vanishes where the conditions of first order hold."""
    return np.where(held(x, gradient, lower, upper), 0.0, gradient)

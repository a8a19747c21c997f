"""The tolerance that a user may ask for: how small the gradient is to be, the same for every method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Vector

__all__ = ["Tolerance"]


@record
class Tolerance:
    """The gradient is small where |gradient_i| max(|x_i|, 1) <= tol * max(|objective|, |its start|) for all i.

    So `tol` says by what share of the objective a parameter would still change it, to first order, on its
    own scale. The objective at the start counts too, because at the end there may be nothing left of it.

    Args:
        tol: None where none was asked for: nothing is small then, and a method runs to the last digit.
        first: the objective at the start.
    """

    tol: float | None
    first: float

    def is_met(self, x: Vector, gradient: Vector, value: float) -> bool:
        """Whether the gradient (n,), 0 where a bound holds, is small enough to end."""
        if self.tol is None:
            return False
        slack = np.abs(gradient) * np.maximum(np.abs(x), 1.0)
        return bool(slack.max(initial=0.0) <= self.tol * max(abs(value), abs(self.first)))

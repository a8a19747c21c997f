"""What an optimizer hands back: where it ended, and why."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Objective, Vector

__all__ = ["Observe", "OptimizeResult", "Optimizer", "StopReason"]

Observe: TypeAlias = Callable[[int, float, float, float], None]
"""Called after every iteration with its number, the objective, the gradient's norm and the step's norm."""


class StopReason(Enum):
    """Why an optimizer ended; the value is the sentence shown to people."""

    GRADIENT_SMALL = "the gradient is zero to working precision"
    TOLERANCE = "the gradient is within the tolerance that was asked for"
    STEP_SMALL = "further steps are too small to change the parameters"
    VALUE_FLAT = "no step lowers the objective further in double precision"
    RESIDUALS_ZERO = "the residuals are zero to working precision"
    NO_PARAMETERS = "there is nothing to fit: no parameter is free"
    MAX_STEPS = "the limit on the number of steps was reached"
    SHORT = "the tolerance that was asked for ended it before the minimum"
    STUCK = "no step lowers the objective, although its gradient is not zero"
    LEFT_DOMAIN = "every further step leaves the domain of the objective"
    UNBOUNDED = "the objective falls without limit"
    DIVERGED = "the objective grows without limit: the steps are too long"
    NOT_A_MINIMUM = "the gradient is zero, but the point is not a minimum"
    TIME_UP = "the time was up"
    INTERRUPTED = "it was interrupted"
    NOT_FINITE = "the objective or its derivative is not finite"

    @property
    def is_converged(self) -> bool:
        """The optimizer ended because there was nothing left to gain."""
        return self in _CONVERGED


_CONVERGED = frozenset(
    {
        StopReason.GRADIENT_SMALL,
        StopReason.TOLERANCE,
        StopReason.STEP_SMALL,
        StopReason.VALUE_FLAT,
        StopReason.RESIDUALS_ZERO,
        StopReason.NO_PARAMETERS,
    }
)


@record
class OptimizeResult:
    """Where an optimizer ended. Ending badly is a result too: it never raises for not converging.

    Args:
        x: (n,), the best point found, within its bounds.
        value: the objective there.
        gradient: (n,), its gradient there.
        iterations: steps taken, rejected trials not counted.
        evaluations: calls of the objective, of any sort.
        reason: why it ended.
        history: the objective at the start and after every iteration.
        trial: the last point at which the objective was not finite, where that is the reason.
    """

    x: Vector
    value: float
    gradient: Vector
    iterations: int
    evaluations: int
    reason: StopReason
    history: tuple[float, ...] = ()
    trial: Vector | None = None


class Optimizer(Protocol):
    """A way to minimise; its hyperparameters are the fields of the frozen dataclass that has this method."""

    def minimize(self, objective: Objective, observe: Observe | None = None) -> OptimizeResult:
        """Go from the objective's start to a minimum within its bounds.

        A `KeyboardInterrupt` raised by an evaluation or by `observe` ends the run with the best point so far.
        """

"""The loop around a first-order rule: bounds, steps out of the domain, and when to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dlang.optimize.bounds import project, projected_gradient
from dlang.optimize.objective import Guarded
from dlang.optimize.result import OptimizeResult, StopReason
from dlang.optimize.tolerance import Tolerance
from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Objective, Vector
    from dlang.optimize.result import Observe

__all__ = ["FirstOrder", "Rule"]

_REJECTIONS = 10
_SMALL = 1e-10  # the gradient, relative to the objective, that counts as none without a tolerance
_GROWTH = 1e8  # no method recovers from an objective that is so many times that of the start


class Rule(Protocol):
    """One step of a first-order method. Its hyperparameters are fields; its memory is the state it returns."""

    def init(self, params: Vector) -> Any:
        """The state before the first step."""

    def step(self, params: Vector, gradient: Vector, state: Any) -> tuple[Vector, Any]:
        """The parameters (n,) after a step along `gradient` (n,), and the next state."""


@record
class FirstOrder:
    """`steps` steps of a rule, each projected onto the bounds.

    A step to where the objective is not finite is halved until it is, at most ten times. The best
    point is handed back: such methods do not descend at every step.

    Args:
        rule: SGD, Adam, …
        steps: how many.
        tol: the gradient that ends it early (see `Tolerance`); None: one that is zero to ten digits.
    """

    rule: Rule
    steps: int = 1000
    tol: float | None = None

    def minimize(self, objective: Objective, observe: Observe | None = None) -> OptimizeResult:
        """Go from the objective's start towards a minimum within its bounds."""
        guarded = Guarded(objective)
        x = project(np.array(objective.start, dtype=np.float64), guarded.lower, guarded.upper)
        run = _Run(guarded, x)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too high: the value says so
                reason = self._run(run, observe)
        except KeyboardInterrupt:
            reason = StopReason.INTERRUPTED
        return OptimizeResult(
            x=run.best,
            value=run.best_value,
            gradient=run.best_gradient,
            iterations=max(len(run.history) - 1, 0),
            evaluations=guarded.evaluations,
            reason=reason,
            history=tuple(run.history),
            trial=run.trial,
        )

    def _run(self, run: _Run, observe: Observe | None) -> StopReason:
        value, gradient = run.look(run.best)
        if not np.isfinite(value):
            return StopReason.NOT_FINITE
        ceiling = value + _GROWTH * abs(value)
        tolerance = Tolerance(self.tol, value)
        x, state = run.best, self.rule.init(run.best)
        for iteration in range(1, self.steps + 1):
            free = projected_gradient(x, gradient, run.objective.lower, run.objective.upper)
            if np.all(np.abs(free) * np.maximum(np.abs(x), 1.0) <= _SMALL * abs(value)):
                return StopReason.GRADIENT_SMALL
            if tolerance.is_met(x, free, value):
                return StopReason.TOLERANCE
            ahead, state = self.rule.step(x, gradient, state)
            for halving in range(_REJECTIONS):
                trial = project(x + (ahead - x) * 0.5**halving, run.objective.lower, run.objective.upper)
                value, gradient = run.look(trial)
                if np.isfinite(value):
                    break
            else:
                return StopReason.NOT_FINITE if iteration == 1 else StopReason.LEFT_DOMAIN
            if observe is not None:
                observe(iteration, value, float(np.linalg.norm(gradient)), float(np.linalg.norm(trial - x)))
            if value > ceiling:
                return StopReason.DIVERGED
            x = trial
        return StopReason.MAX_STEPS


class _Run:
    """The best point so far and the objective's history."""

    def __init__(self, objective: Guarded, start: Vector) -> None:
        self.objective = objective
        self.best = start
        self.best_value = float("nan")
        self.best_gradient = np.full(start.shape, np.nan)
        self.history: list[float] = []
        self.trial: Vector | None = None

    def look(self, x: Vector) -> tuple[float, Vector]:
        """Value and gradient at x, both NaN where either is not finite; keeps the best."""
        value, gradient = self.objective.value_and_grad(x)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            self.trial = x
            return float("nan"), gradient
        self.history.append(value)
        if not value >= self.best_value:
            self.best, self.best_value, self.best_gradient = x, value, gradient
        return value, gradient

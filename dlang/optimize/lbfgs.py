"""L-BFGS within bounds, for smooth objectives of any number of parameters."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from dlang.optimize.bounds import held, project, projected_gradient
from dlang.optimize.line_search import Point, strong_wolfe
from dlang.optimize.objective import Guarded
from dlang.optimize.polish import polish_by_newton
from dlang.optimize.result import OptimizeResult, StopReason
from dlang.optimize.tolerance import Tolerance
from dlang.records import field, record

if TYPE_CHECKING:
    from dlang.optimize.objective import Mask, Objective, Vector
    from dlang.optimize.result import Observe

__all__ = ["LBFGS"]

_EPS = float(np.finfo(np.float64).eps)


@record
class LBFGS:
    """Limited-memory BFGS on the parameters that no bound holds.

    x <- P(x - a H g), where H is the inverse Hessian that the last `memory` pairs
    s = x' - x, y = g' - g imply (two-loop recursion), P goes to the nearest point within the bounds, and a
    meets the strong Wolfe conditions, or, where the step crosses a bound, the sufficient decrease along
    the projected path. After the last step the point is polished by Newton steps with the exact Hessian.

    Args:
        steps: the greatest number of iterations.
        memory: pairs that are kept.
        tol: the gradient that ends it early (see `Tolerance`); None: it runs to the last digit.

    Source: Nocedal & Wright 2006, algorithms 7.4 and 7.5; bounds as in Bertsekas 1982 ("Projected Newton
    methods"), with the held parameters left out of H.
    """

    steps: int = 5000
    memory: int = 10
    tol: float | None = None

    def minimize(self, objective: Objective, observe: Observe | None = None) -> OptimizeResult:
        """Go from the objective's start to a minimum within its bounds."""
        guarded = Guarded(objective)
        start = project(np.array(objective.start, dtype=np.float64), guarded.lower, guarded.upper)
        search = _Search(guarded, start, gradient=np.full(start.shape, np.nan), pairs=deque(maxlen=self.memory))
        try:
            reason = self._run(search, observe)
            if reason not in (StopReason.NOT_FINITE, StopReason.TOLERANCE):
                polished = polish_by_newton(guarded, search.x)
                search.x, (search.value, search.gradient) = polished, guarded.value_and_grad(polished)
        except KeyboardInterrupt:
            reason = StopReason.INTERRUPTED
        return OptimizeResult(
            x=search.x,
            value=search.value,
            gradient=search.gradient,
            iterations=max(len(search.history) - 1, 0),
            evaluations=guarded.evaluations,
            reason=reason,
            history=tuple(search.history),
            trial=search.trial,
        )

    def _run(self, search: _Search, observe: Observe | None) -> StopReason:
        search.value, search.gradient = search.objective.value_and_grad(search.x)
        if not (np.isfinite(search.value) and np.isfinite(search.gradient).all()):
            search.trial = search.x
            return StopReason.NOT_FINITE
        search.history.append(search.value)
        floor = _EPS**2 * abs(search.value)
        tolerance = Tolerance(self.tol, search.value)
        for iteration in range(1, self.steps + 1):
            slack = np.abs(search.free_gradient()) * np.maximum(np.abs(search.x), 1.0)
            if slack.max(initial=0.0) <= _EPS * abs(search.value) + floor:
                return StopReason.GRADIENT_SMALL
            if tolerance.is_met(search.x, search.free_gradient(), search.value):
                return StopReason.TOLERANCE
            before = search.x
            reason = search.advance()
            moved = float(np.linalg.norm(search.x - before))
            if observe is not None and len(search.history) > iteration:  # a step was taken
                observe(iteration, search.value, float(np.linalg.norm(search.free_gradient())), moved)
            if reason is not None:
                return reason
        return StopReason.MAX_STEPS


@record(frozen=False)
class _Search:
    """The point, what is known there, and the memory of pairs (s, y)."""

    objective: Guarded
    x: Vector
    gradient: Vector
    pairs: deque[tuple[Vector, Vector]]
    value: float = float("nan")
    history: list[float] = field(default_factory=list)
    trial: Vector | None = None
    flat: int = 0

    def free_gradient(self) -> Vector:
        """The gradient, 0 where a bound holds."""
        return projected_gradient(self.x, self.gradient, self.objective.lower, self.objective.upper)

    def advance(self) -> StopReason | None:
        """Take a step, along the negative gradient where the quasi-Newton direction gives none."""
        free = ~held(self.x, self.gradient, self.objective.lower, self.objective.upper)
        direction = self._direction(free)
        promised = -float(self.gradient @ direction) / max(abs(self.value), 1e-300)
        if self.pairs and 0 <= promised <= _EPS:
            return StopReason.VALUE_FLAT  # the objective's rounding is greater than what the step promises
        point = self._search(direction)
        if point is None and self.pairs and promised > 1e-10:
            self.pairs.clear()
            point = self._search(self._direction(free))
        if point is None:
            return self._why_stuck()
        x, value, gradient = point
        step, change = x - self.x, gradient - self.gradient
        if float(step @ change) > _EPS * float(np.linalg.norm(step) * np.linalg.norm(change)):
            self.pairs.append((step, change))
        self.flat = self.flat + 1 if abs(self.value - value) <= _EPS * abs(value) else 0
        self.x, self.value, self.gradient = x, value, gradient
        self.history.append(value)
        if value < -(1.0 + abs(self.history[0])) / _EPS**2:
            return StopReason.UNBOUNDED
        return StopReason.VALUE_FLAT if self.flat >= 5 else None

    def _direction(self, free: Mask) -> Vector:
        """-H g on the free parameters, 0 on the others; -g scaled to a modest first step without pairs."""
        q = np.where(free, self.gradient, 0.0)
        kept = []
        for s, y in reversed(self.pairs):
            s_free, y_free = np.where(free, s, 0.0), np.where(free, y, 0.0)
            curvature = float(s_free @ y_free)
            if curvature > _EPS * float(np.linalg.norm(s_free) * np.linalg.norm(y_free)):
                weight = float(s_free @ q) / curvature
                q = q - weight * y_free
                kept.append((s_free, y_free, curvature, weight))
        if not kept:
            reach = max(1.0, float(np.linalg.norm(self.x))) * 0.1
            return -q * (reach / float(np.linalg.norm(q)))
        s, y, curvature, _ = kept[0]
        q = q * (curvature / float(y @ y))
        for s, y, curvature, weight in reversed(kept):
            q = q + (weight - float(y @ q) / curvature) * s
        return -q

    def _search(self, direction: Vector) -> tuple[Vector, float, Vector] | None:
        """The next point, its value and gradient; None where the direction leads nowhere."""
        slope = float(self.gradient @ direction)
        if not (slope < 0 and np.isfinite(direction).all()):
            return None
        greatest = self._room(direction)
        if greatest < 1.0:
            return self._projected_search(direction)

        def along(at: float) -> Point:
            value, gradient = self._look(self.x + at * direction)
            with np.errstate(all="ignore"):
                return Point(at, value, gradient, float(gradient @ direction))

        start = Point(0.0, self.value, self.gradient, slope)
        point = strong_wolfe(along, start, 1.0, greatest)
        if point is None:
            return None
        x = project(self.x + point.at * direction, self.objective.lower, self.objective.upper)
        return None if np.array_equal(x, self.x) else (x, point.value, point.gradient)

    def _projected_search(self, direction: Vector) -> tuple[Vector, float, Vector] | None:
        """Sufficient decrease along P(x + a direction), a = 1, 1/4, …, ending on the bounds exactly."""
        at = 1.0
        while at > 1e-20:
            x = project(self.x + at * direction, self.objective.lower, self.objective.upper)
            promised = float(self.gradient @ (x - self.x))
            if np.array_equal(x, self.x):
                return None
            value, gradient = self._look(x)
            if promised < 0 and value <= self.value + 1e-4 * promised and np.isfinite(gradient).all():
                return x, value, gradient
            at *= 0.25
        return None

    def _look(self, x: Vector) -> tuple[float, Vector]:
        x = project(x, self.objective.lower, self.objective.upper)
        value, gradient = self.objective.value_and_grad(x)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            self.trial = x
        return value, gradient

    def _room(self, direction: Vector) -> float:
        """How many times the direction fits before it meets a bound."""
        lower, upper = self.objective.lower, self.objective.upper
        with np.errstate(all="ignore"):
            distance = np.where(direction > 0, upper - self.x, np.where(direction < 0, lower - self.x, np.inf))
            times = np.where(direction != 0, distance / direction, np.inf)
        return float(np.min(times, initial=1e10))

    def _why_stuck(self) -> StopReason:
        """No step lowers the objective: because of rounding, or of the domain at the very first step."""
        if self.trial is not None and len(self.history) == 1:
            return StopReason.NOT_FINITE
        return StopReason.VALUE_FLAT

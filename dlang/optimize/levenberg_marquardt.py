"""Levenberg-Marquardt for least squares: a scaled trust region within bounds, polished at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.optimize.bounds import held, project, projected_gradient
from dlang.optimize.objective import Guarded, sum_of_squares
from dlang.optimize.polish import polish_least_squares
from dlang.optimize.result import OptimizeResult, StopReason
from dlang.optimize.tolerance import Tolerance
from dlang.optimize.trust_region import bounded_step, column_norms
from dlang.records import field, record

if TYPE_CHECKING:
    from dlang.optimize.objective import Mask, Matrix, Objective, Vector
    from dlang.optimize.result import Observe
    from dlang.optimize.trust_region import Step

__all__ = ["LevenbergMarquardt"]

_EPS = float(np.finfo(np.float64).eps)
_REJECTIONS = 10  # trials out of the domain, one after the other, before a first step counts as impossible


_LEAST_SHARE = 1e-6  # of |scale * x|, that each |scale_j x_j| counts for: no step multiplies a parameter by more


@record
class LevenbergMarquardt:
    """Levenberg-Marquardt as a trust region |scale * step| <= radius.

    min |r + J step|^2 within the region and the bounds;  ratio = actual / predicted reduction;
    ratio < 1/4: radius <- |scale * step| / 4;  ratio > 3/4: radius <- 2 |scale * step|;
    scale_j <- max(scale_j, |J_j|), so that the path does not depend on the parameters' units.

    A trial whose residuals or Jacobian are not finite is a rejected step: radius <- |scale * step| / 10.
    After the last step the point is polished by full Gauss-Newton steps while they still help.

    Args:
        steps: the greatest number of iterations.
        tol: the gradient that ends it early (see `Tolerance`); None: it runs to the last digit.
        radius: the first trust region, relative to |scale * start|.

    Source: Moré 1978, "The Levenberg-Marquardt algorithm: implementation and theory". Deviations: the
    first radius is smaller than MINPACK's 100, which leaps to where exponentials are flat; the scales begin
    anew where they, and not the residuals, end the steps; bounds are an active set; the damping comes from
    singular values; convergence is judged by what an undamped step would gain, because any step within a
    small region gains little.
    """

    steps: int = 2000
    tol: float | None = None
    radius: float = 1.0

    def minimize(self, objective: Objective, observe: Observe | None = None) -> OptimizeResult:
        """Go from the objective's start to a minimum within its bounds."""
        guarded = Guarded(objective)
        start = project(np.array(objective.start, dtype=np.float64), guarded.lower, guarded.upper)
        search = _Search(guarded, start, gradient=np.full(start.shape, np.nan), scale=np.zeros_like(start))
        try:
            reason = self._run(search, observe)
            if reason.is_converged and reason is not StopReason.TOLERANCE:
                search.evaluate(polish_least_squares(guarded, search.x))
        except KeyboardInterrupt:
            reason = StopReason.INTERRUPTED
        return OptimizeResult(
            x=search.x,
            value=search.rss,
            gradient=search.gradient,
            iterations=max(len(search.history) - 1, 0),
            evaluations=guarded.evaluations,
            reason=reason,
            history=tuple(search.history),
            trial=search.trial,
        )

    def _run(self, search: _Search, observe: Observe | None) -> StopReason:
        if not search.evaluate(search.x):
            return StopReason.NOT_FINITE
        search.history.append(search.rss)
        length = float(np.linalg.norm(search.scale * search.x))
        radius = self.radius * (length if length > 0 else 1.0)
        tolerance = Tolerance(self.tol, search.rss)
        for iteration in range(1, self.steps + 1):
            if tolerance.is_met(search.x, search.free_gradient(), search.rss):
                return StopReason.TOLERANCE
            before = search.x
            reason, radius = self._iterate(search, radius)
            if reason is StopReason.STEP_SMALL and search.rescale():
                reason, radius = self._iterate(search, self.radius * search.length())
            if reason is None and observe is not None:
                moved = float(np.linalg.norm(search.x - before))
                observe(iteration, search.rss, float(np.linalg.norm(search.free_gradient())), moved)
            if reason is not None:
                return reason
        return StopReason.MAX_STEPS

    def _iterate(self, search: _Search, radius: float) -> tuple[StopReason | None, float]:
        """Take one step, trying as many as that needs, or say why there is none; with the next radius."""
        reason = search.stationary()
        outside = 0
        while reason is None:
            proposal = search.propose(radius)
            if proposal.potential <= _EPS * search.rss:
                return StopReason.VALUE_FLAT, radius
            length = float(np.linalg.norm(search.scale * proposal.step))
            trial = search.moved(proposal.step)
            if not length > _EPS * search.length() or np.array_equal(trial, search.x):
                return (StopReason.LEFT_DOMAIN if outside else StopReason.STEP_SMALL), radius
            rss = search.look(trial)
            if rss is None:
                outside += 1
                if outside >= _REJECTIONS and len(search.history) == 1:
                    return StopReason.NOT_FINITE, radius
                radius = 0.1 * min(length, radius)
                continue
            ratio = (search.rss - rss) / proposal.predicted if proposal.predicted > 0 else 0.0
            if ratio < 0.25:
                radius = 0.25 * min(length, radius)  # scales far apart can leave the step longer
            elif ratio > 0.75 or proposal.damping == 0:
                radius = 2.0 * length
            if ratio > 1e-4:
                search.accept()
                search.history.append(rss)
                break
        return reason, radius


@record(frozen=False)
class _Search:
    """The point, what is known there, and the trial being looked at."""

    objective: Guarded
    x: Vector
    gradient: Vector
    scale: Vector
    residuals: Vector = field(default_factory=lambda: np.zeros(0))
    jacobian: Matrix = field(default_factory=lambda: np.zeros((0, 0)))
    rss: float = float("nan")
    history: list[float] = field(default_factory=list)
    trial: Vector | None = None
    _pending: tuple[Vector, Vector, Matrix, float] | None = None

    def evaluate(self, x: Vector) -> bool:
        """Go to x, if all is finite there; whether it is."""
        rss, self.rss = self.rss, float("nan")
        finite = self.look(x) is not None
        if finite:
            self.accept()
        else:
            self.rss = rss
        return finite

    def look(self, trial: Vector) -> float | None:
        """The sum of squares at a trial point, None where it or a derivative is not finite.

        The Jacobian is evaluated only where the sum of squares falls: elsewhere it is not needed.
        """
        self._pending = None
        residuals = self.objective.residuals(trial)
        rss = sum_of_squares(residuals)
        if rss >= self.rss and np.isfinite(rss):
            return rss
        if np.isfinite(rss):
            jacobian = self.objective.jacobian(trial)
            if np.isfinite(column_norms(jacobian)).all():
                self._pending = trial, residuals, jacobian, rss
                return rss
        self.trial = trial
        return None

    def accept(self) -> None:
        """Move to the trial that was looked at; the scale of a parameter grows to its column's norm."""
        if self._pending is None:
            return
        self.x, self.residuals, self.jacobian, self.rss = self._pending
        self.gradient = 2.0 * (self.jacobian.T @ self.residuals)
        self.scale = np.maximum(self.scale, column_norms(self.jacobian))

    def rescale(self) -> bool:
        """Scale the parameters by the norms of their columns here; whether that lets one go much farther.

        Behind a start where a column was vast, as that of the rate of a growth that is far too fast, the largest norms
        so far hold a parameter where it is, however little it moves the residuals by now.
        """
        norms = column_norms(self.jacobian)
        is_held = bool((norms < 1e-3 * self.scale).any())
        if is_held:
            self.scale = norms
        return is_held

    def length(self) -> float:
        """|scale * x|, what the length of a step is compared with."""
        return float(np.linalg.norm(self.scale * self.x))

    def free_gradient(self) -> Vector:
        """The gradient, 0 where a bound holds."""
        return projected_gradient(self.x, self.gradient, self.objective.lower, self.objective.upper)

    def stationary(self) -> StopReason | None:
        """Whether the residuals are rounding, or orthogonal to rounding to every free column of the Jacobian."""
        norms, norm = column_norms(self.jacobian), self.rss**0.5
        if norm <= 0.5 * _EPS * float(np.linalg.norm(norms * self.x)):
            return StopReason.RESIDUALS_ZERO
        if np.all(np.abs(self.free_gradient()) <= 2.0 * _EPS * norms * norm):
            return StopReason.GRADIENT_SMALL
        return None

    def silent(self) -> Mask:
        """(n,), whether changing a parameter by its own size moves the residuals by less than their rounding.

        Its step would be noise, and it would be vast.
        """
        norms = column_norms(self.jacobian)
        rounding = _EPS * (self.rss**0.5 + float((norms * np.abs(self.x)).max(initial=0.0)))
        return np.asarray(norms * np.maximum(np.abs(self.x), 1.0) <= rounding)

    def propose(self, radius: float) -> Step:
        """A step within the radius and the bounds."""
        lower, upper = self.objective.lower, self.objective.upper
        still = held(self.x, self.gradient, lower, upper) | self.silent()
        room = np.where(still, 0.0, lower - self.x), np.where(still, 0.0, upper - self.x)
        size = np.abs(self.x)
        least = _LEAST_SHARE * self.length() / np.where(size > 0, size, np.inf)
        scale = np.maximum(np.where(self.scale > 0, self.scale, 1.0), least)
        return bounded_step(self.jacobian, self.residuals, scale, radius, room)

    def moved(self, step: Vector) -> Vector:
        """x + step, on a bound exactly where the step uses all the room there is."""
        lower, upper = self.objective.lower, self.objective.upper
        return np.where(step <= lower - self.x, lower, np.where(step >= upper - self.x, upper, self.x + step))

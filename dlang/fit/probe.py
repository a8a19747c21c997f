"""Steps to either side of an end point, along directions in which the derivatives tell nothing.

Where the information about the parameters is singular, the objective itself decides: it may fall there (no
minimum: a^3), stay level (not identified: 0 * a), or rise (a minimum without curvature: a^4, or |a|).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Matrix, Vector

__all__ = ["Outcome", "Rise", "Side", "Surroundings", "Verdicts", "probe"]

_EPS = float(np.finfo(np.float64).eps)
_SHARES = tuple(10.0**k for k in range(-6, 1))
"""Lengths of the steps, as shares of the parameters' sizes; the first that changes the objective decides."""

_PLATEAU = 1e8
"""A first change so many times what would have been seen before, at a tenth of the step, is the edge of a plateau:
a smooth function does that only where it rises by more than the eighth power."""

_CORRECTIONS = 8
_FLOOR = 1e-3  # of the rise of a straight step: what is left of it at the bottom of a curved valley is less
_KINK = 1.5  # a rise by a lower power of the distance is a kink: |a| has 1, a smooth function has 2 and more


class Outcome(Enum):
    """What the objective does on one side of a point."""

    FALLS = "falls"
    LEVEL = "level"
    RISES = "rises"
    WALL = "wall"  # a bound, or the end of the domain


@record
class Side:
    """What was found on one side: the outcome, the step (n,) that showed it, and the change of the objective there."""

    outcome: Outcome
    step: Vector
    change: float = 0.0


@record
class Rise:
    """A direction (n,), in parameters, along which the point is a minimum; `is_kink` if it rises like |a|."""

    direction: Vector
    is_kink: bool


@record
class Verdicts:
    """What the steps found.

    Args:
        falls: a step (n,) to where the objective is less; None where there is none.
        level: (k, n), directions, in parameters, that do not change the objective.
        rises: the directions along which the point is a minimum all the same.
    """

    falls: Vector | None
    level: Matrix
    rises: tuple[Rise, ...]


Evaluate: TypeAlias = "Callable[[Vector], tuple[float, Vector]]"


class Surroundings:
    """The objective around a point, over the n parameters that no bound holds.

    Args:
        evaluate: x (n,) to the objective and its gradient (n,), NaN out of the domain.
        x: (n,), the point.
        value: the objective there.
        bounds: (n,) lower and (n,) upper.
        size: (n,), > 0: what counts as a step of length 1 in each parameter.
        rounding: the part of the objective that is rounding, as far as its parts tell.
        allowed: a fall that the judgement of the point lets pass.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        x: Vector,
        value: float,
        bounds: tuple[Vector, Vector],
        size: Vector,
        rounding: float,
        allowed: float,
    ) -> None:
        self._evaluate = evaluate
        self.x = x
        self.value = value
        self.lower, self.upper = bounds
        self.size = size
        self.allowed = allowed
        self._rounding = rounding

    @cached_property
    def rounding(self) -> float:
        """A change of the objective that is rounding: ten times what parameters do that change by rounding."""
        order = np.arange(self.x.size)
        signs = (np.where(order >> k & 1, -sign, sign) for k in range(2) for sign in (1.0, -1.0))
        changes = [abs(self.at(4.0 * _EPS * self.size * each)[0] - self.value) for each in signs]
        return self._rounding + 10.0 * max((change for change in changes if np.isfinite(change)), default=0.0)

    def at(self, step: Vector) -> tuple[float, Vector]:
        """The objective and its gradient (n,) after a step (n,); NaN beyond a bound."""
        ahead = self.x + step
        if ((ahead < self.lower) | (ahead > self.upper)).any():
            return float("nan"), np.full(self.x.shape, np.nan)
        return self._evaluate(ahead)

    def unit(self, direction: Vector) -> Vector:
        """The direction (n,) at the length at which no parameter moves by more than its size."""
        return direction / float(np.max(np.abs(direction) / self.size))

    def side(self, direction: Vector, noise: Callable[[Vector], float]) -> Side:
        """What the objective does along a direction (n,): ever longer steps, until one changes it.

        Args:
            direction: of unit length.
            noise: a change of the objective, for a step (n,), that tells nothing.
        """
        outcome = Outcome.WALL
        for share in _SHARES:
            step = share * direction
            value, _ = self.at(step)
            if not np.isfinite(value):
                break
            change, slack = value - self.value, noise(step)
            if change > slack:
                if outcome is Outcome.LEVEL and change > _PLATEAU * slack:
                    break
                return Side(Outcome.RISES, step, change)
            if change < -(slack + self.allowed):
                return Side(Outcome.FALLS, step, change)
            outcome = Outcome.LEVEL
        return Side(outcome, direction)

    def corrected(self, step: Vector, basis: Matrix, curvature: Matrix, goal: float) -> float:
        """The change of the objective after a step (n,), once the determined parameters have followed it.

        A curved valley rises along every straight line and is level along its bottom.

        Args:
            step: where to look.
            basis: (r, n), the directions in which the parameters may follow.
            curvature: (r, r), the inverse of the objective's second derivative along them.
            goal: a change that is small enough to end at.
        """
        value, gradient = self.at(step)
        least = value - self.value
        for _ in range(_CORRECTIONS if len(basis) else 0):
            if not np.isfinite(gradient).all() or least <= goal:
                break
            step = step - basis.T @ (curvature @ (basis @ gradient))
            value, gradient = self.at(step)
            if not np.isfinite(value):
                break
            least = min(least, value - self.value)
        return least

    def is_bottomless(self, step: Vector) -> bool:
        """The objective falls ever further along a step (n,), to where it is beyond any scale of its own."""
        before = self.value
        for k in range(50):
            value, _ = self.at(10.0**k * step)
            if not value < before:
                return value == -np.inf
            before = value
        return before < -(1.0 + abs(self.value)) / _EPS**2

    def is_kinked(self, side: Side) -> bool:
        """The objective rises like |a| and not like a^2 or a^4, seen over the next two powers of ten."""
        changes = [self.at(10.0**k * side.step)[0] - self.value for k in range(3)]
        found = [change for change in changes if np.isfinite(change) and change > 0]
        return len(found) > 1 and bool(np.log10(found[-1] / found[0]) < _KINK * (len(found) - 1))


def probe(
    around: Surroundings,
    empty: Matrix,
    weak: Sequence[tuple[Vector, float]],
    basis: Matrix,
    curvature: Matrix,
    noise: Callable[[Vector], float],
) -> Verdicts:
    """Look along every direction that is in doubt.

    Args:
        around: the point.
        empty: (k, n), directions in parameters about which there is no information.
        weak: directions with so little that it may be chance, each with the objective's second derivative along it.
            They are kept as they are if the objective rises as that says.
        basis: (r, n), the directions that are determined.
        curvature: (r, r), the inverse of the objective's second derivative along them.
        noise: a change of the objective, for a step (n,), that tells nothing.
    """
    level: list[Vector] = []
    rises: list[tuple[Vector, list[Side]]] = []
    doubts = [*((row, 0.0) for row in empty), *weak]
    for row, second in doubts:
        unit = around.unit(row)
        along = second * float(unit @ unit) / float(row @ row)
        sides = [_followed(around, around.side(sign * unit, noise), basis, curvature, noise) for sign in (1.0, -1.0)]
        for side in sides:
            if side.outcome is Outcome.FALLS:
                return Verdicts(side.step, np.zeros((0, around.x.size)), ())
        found = {side.outcome for side in sides}
        if second > 0 and not _is_other(sides, unit, along):
            continue
        if Outcome.LEVEL in found or Outcome.RISES not in found:
            level += [unit] if second == 0 else []
        else:
            rises.append((unit, [side for side in sides if side.outcome is Outcome.RISES]))
    for together in _level_together(around, [unit for unit, _ in rises], [each[0].step for _, each in rises], noise):
        level.append(together)
    kept = _apart(np.array(level).reshape(-1, around.x.size), rises, around.size)
    return Verdicts(
        None,
        np.array(level).reshape(-1, around.x.size),
        tuple(Rise(unit, all(map(around.is_kinked, sides))) for unit, sides in kept),
    )


def _followed(
    around: Surroundings, side: Side, basis: Matrix, curvature: Matrix, noise: Callable[[Vector], float]
) -> Side:
    """A side that rises, looked at again along the bottom of the valley that the step may have left."""
    if side.outcome is not Outcome.RISES or not len(basis):
        return side
    slack = max(noise(side.step), _FLOOR * side.change)
    change = around.corrected(side.step, basis, curvature, noise(side.step))
    if change < -(slack + around.allowed):
        return Side(Outcome.FALLS, side.step, change)
    return Side(Outcome.LEVEL if change <= slack else Outcome.RISES, side.step, change)


def _is_other(sides: Sequence[Side], unit: Vector, second: float) -> bool:
    """It rises far more than the second derivative along the unit direction says: that is chance."""
    rises = [side for side in sides if side.outcome is Outcome.RISES]
    if not rises or any(side.outcome is Outcome.LEVEL for side in sides):
        return False
    shares = [float(np.linalg.norm(side.step) / np.linalg.norm(unit)) for side in rises]
    return all(side.change > 50.0 * second * share**2 for side, share in zip(rises, shares, strict=True))


def _level_together(
    around: Surroundings, units: Sequence[Vector], steps: Sequence[Vector], noise: Callable[[Vector], float]
) -> Iterator[Vector]:
    """Combinations of directions that rise each for itself and are level together, as a and b in (a - b)^4.

    The gradient at points around has no part along them.
    """
    if len(steps) < 2:
        return
    moves, draw = np.array(steps), np.random.default_rng(0)
    points = [draw.uniform(-1.0, 1.0, len(steps)) @ moves for _ in range(2 * len(steps) + 2)]
    slopes = np.array([moves @ around.at(point)[1] for point in points])
    slopes = slopes[np.isfinite(slopes).all(axis=1)]
    if not len(slopes):
        return
    scale = np.abs(slopes).max(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    _, singular, mixes = np.linalg.svd(slopes / scale)
    rank = int(np.count_nonzero(singular > 1e-6 * singular.max(initial=0.0)))
    for mix in mixes[rank:]:
        unit = around.unit((mix / scale) @ moves)
        if all(around.side(sign * unit, noise).outcome is Outcome.LEVEL for sign in (1.0, -1.0)):
            yield unit


def _apart(level: Matrix, rises: list[tuple[Vector, list[Side]]], size: Vector) -> list[tuple[Vector, list[Side]]]:
    """The directions that rise, as many as are independent of those that are level."""
    known = [row / size for row in level]
    kept = []
    for unit, sides in rises:
        before = np.linalg.matrix_rank(np.array(known), tol=1e-6) if known else 0
        if np.linalg.matrix_rank(np.array([*known, unit / size]), tol=1e-6) > before:
            known.append(unit / size)
            kept.append((unit, sides))
    return kept

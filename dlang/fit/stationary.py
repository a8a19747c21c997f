"""The judgement after the last step: is this a minimum, and what do the data determine there?

It does not take the optimizer's word: any method's point is measured in the same way, by what a full
Newton or Gauss-Newton step from it would still gain, and, where the derivatives tell nothing, by steps to
either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from dlang.fit.identify import SIGNIFICANT, sparse
from dlang.fit.kink import kinked_minimum
from dlang.fit.probe import Outcome, Surroundings, probe
from dlang.fit.spectrum import Spectrum
from dlang.fit.uncertainty import hessian_spectrum, jacobian_spectrum
from dlang.optimize.bounds import held
from dlang.optimize.result import StopReason
from dlang.records import field, record, replace

if TYPE_CHECKING:
    from dlang.optimize.objective import Guarded, Mask, Matrix, Vector
    from dlang.optimize.result import OptimizeResult

__all__ = ["LARGEST_HESSIAN", "LARGEST_JACOBIAN", "Bare", "Stationarity", "examine"]

_EPS = float(np.finfo(np.float64).eps)
LARGEST_HESSIAN = 500
"""Parameters up to which a Hessian is made to judge a fit."""
LARGEST_JACOBIAN = 20_000_000
"""Entries up to which a Jacobian is made."""

_MOST_PROBED = 16  # directions without information, beyond which a look along each costs more than it tells
_WEAK = 1e-10  # what a step of a parameter's own size would change, relative to the objective, that may be chance

_FAR = {StopReason.MAX_STEPS, StopReason.TIME_UP, StopReason.LEFT_DOMAIN, StopReason.STUCK}
_SHORT = {*_FAR, StopReason.STEP_SMALL}  # a start may be so bad that beside it any point looks like a minimum


class Bare(Enum):
    """Why a parameter that is determined has no standard error; the value completes `no standard error for …: `."""

    KINK = "the objective has a kink at the estimate"
    LEVEL = "the objective's second derivative is zero at the estimate"
    MODEL = "the model's derivative is zero at the estimate"


@record
class Stationarity:
    """What was found at the last point.

    Args:
        reason: the optimizer's own, or a better one.
        free: (n,), True where no bound holds the parameter.
        spectrum: of the information about the free parameters; None where it could not be made.
        residuals: (m,), None where the objective is not a sum of squares.
        is_exact: the residuals are rounding.
        bare: (n,) masks of the parameters that are determined without a standard error, by what they lack.
    """

    reason: StopReason
    free: Mask
    spectrum: Spectrum | None
    residuals: Vector | None = None
    is_exact: bool = False
    bare: Mapping[Bare, Mask] = field(default_factory=dict)


def examine(objective: Guarded, result: OptimizeResult, *, squares: bool, has_density: bool) -> Stationarity:
    """Measure the point (n,) at which an optimizer ended.

    Args:
        objective: what was minimised.
        result: where it ended.
        squares: the objective is a sum of squared residuals.
        has_density: it is minus a log-density, so that its differences have a meaning of their own.
    """
    x = result.x
    free = ~held(x, result.gradient, objective.lower, objective.upper)
    residuals = objective.residuals(x) if squares else None
    if residuals is not None and residuals.size * x.size <= LARGEST_JACOBIAN:
        return _examine_squares(objective, result, free, residuals)
    hessian = objective.hessian(x)[np.ix_(free, free)] if residuals is None and x.size <= LARGEST_HESSIAN else None
    if hessian is None or not np.isfinite(hessian).all():
        reason = _corrected(result.reason, settled=_is_small(result, free))
        return Stationarity(reason, free, None, residuals)
    start = np.asarray(objective.objective.start)
    spectrum = hessian_spectrum(hessian, result.value, x[free], start[free], has_density=has_density)
    settled = _is_settled(spectrum, result, free, start, has_density=has_density)
    seen = Stationarity(_corrected(result.reason, settled=settled), free, spectrum)
    rounding = 64.0 * _EPS * abs(result.value)
    around = _surroundings(objective, result, free, rounding, 1e-8 if has_density else 0.0)
    if _descends(around, spectrum) and seen.reason.is_converged:
        return replace(seen, reason=StopReason.NOT_A_MINIMUM)
    if not settled:
        return _at_kink(seen, result, around)
    return _probed(seen, result, around, hessian, 1.0)


def _is_settled(spectrum: Spectrum, result: OptimizeResult, free: Mask, start: Vector, *, has_density: bool) -> bool:
    """What a Newton step would still gain, or move, is nothing."""
    gradient = result.gradient[free]
    gain = 0.5 * spectrum.gain(gradient)
    step = spectrum.newton_step(gradient)
    size = np.maximum(np.abs(result.x), np.abs(start))[free]
    return (
        gain <= 1e-10 * abs(result.value) or (has_density and gain <= 1e-8) or bool((np.abs(step) <= 1e-8 * size).all())
    ) and _lies_in_range(spectrum, gradient, _scale(result), size)


def _examine_squares(objective: Guarded, result: OptimizeResult, free: Mask, residuals: Vector) -> Stationarity:
    x, jacobian = result.x, objective.jacobian(result.x)
    start = np.asarray(objective.objective.start)
    if not (np.isfinite(residuals).all() and np.isfinite(jacobian).all()):
        return Stationarity(result.reason, free, None, residuals)
    inner = jacobian[:, free]
    spectrum = jacobian_spectrum(inner, residuals, x[free], start[free])
    rss = float(residuals @ residuals)
    reach = float(np.linalg.norm(np.linalg.norm(jacobian, axis=0) * x))
    gain = spectrum.gain(inner.T @ residuals)
    first = result.history[0] if result.history else rss
    # Bates & Watts 1981: the residuals' part along the surface, relative to their spread off it. The
    # others are for fits without a spread: what is left to gain is rounding of the model or of the start.
    settled = (
        gain * max(residuals.size - spectrum.rank, 1) <= 1e-8 * max(spectrum.rank, 1) * rss
        or gain**0.5 <= 1e-10 * reach
        or (rss <= 1e-24 * first and result.reason not in _SHORT)
    )
    is_exact = rss**0.5 <= 20.0 * _EPS * reach
    seen = Stationarity(_corrected(result.reason, settled=settled), free, spectrum, residuals, is_exact)
    rounding = 64.0 * _EPS * rss + 1e-13 * rss**0.5 * reach + (50.0 * _EPS * reach) ** 2
    around = _surroundings(objective, result, free, rounding, 0.0)
    doubtful = not settled or spectrum.rank < inner.shape[1] or _weak(spectrum, result, 2.0, around).any()
    if not doubtful or not inner.shape[1] or x.size > LARGEST_HESSIAN:
        return seen
    hessian = objective.hessian(x)[np.ix_(free, free)]
    if not np.isfinite(hessian).all():
        return seen
    curved = hessian_spectrum(hessian, rss, x[free], start[free])
    if not settled:
        # Where the residuals' own curvature is more than the model's, Gauss-Newton measures nothing: Newton does.
        if _descends(around, curved) or not _is_settled(curved, result, free, start, has_density=False):
            return _at_kink(seen, result, around)
        beside = np.sqrt(np.maximum(np.diagonal(hessian), 0.0) / 2.0)
        spectrum = jacobian_spectrum(inner, residuals, x[free], start[free], beside)
        seen = replace(seen, reason=_corrected(result.reason, settled=True), spectrum=spectrum)
    if _descends(around, curved) and seen.reason.is_converged:
        return replace(seen, reason=StopReason.NOT_A_MINIMUM)
    return _probed(seen, result, around, hessian, 2.0)


def _size(x: Vector, start: Vector) -> Vector:
    """(n,), > 0: what counts as a step of length 1 in each parameter."""
    size = np.maximum(np.abs(x), np.abs(start))
    return np.where(size > 0, size, 1.0)


def _surroundings(
    objective: Guarded, result: OptimizeResult, free: Mask, rounding: float, allowed: float
) -> Surroundings:
    """The objective around the last point, over the free parameters."""

    def evaluate(values: Vector) -> tuple[float, Vector]:
        point = result.x.copy()
        point[free] = values
        value, gradient = objective.value_and_grad(point)
        return value, gradient[free]

    bounds = objective.lower[free], objective.upper[free]
    size = _size(result.x, np.asarray(objective.objective.start))[free]
    allowed += 1e-10 * abs(result.value)
    return Surroundings(evaluate, result.x[free], result.value, bounds, size, rounding, allowed)


def _descends(around: Surroundings, curved: Spectrum) -> bool:
    """The objective falls along a direction of negative curvature, which may be rounding of one of none."""
    lines = [around.unit(row / curved.scale) for row in curved.descending[:_MOST_PROBED]]
    sides = (around.side(sign * line, lambda _: around.rounding) for line in lines for sign in (1.0, -1.0))
    return any(side.outcome is Outcome.FALLS for side in sides)


def _at_kink(seen: Stationarity, result: OptimizeResult, around: Surroundings) -> Stationarity:
    """The same, unless a gradient that does not vanish is that of a kink at a minimum."""
    if not result.reason.is_converged:
        return seen
    kinked = kinked_minimum(around, result.gradient[seen.free])
    if kinked is None:
        return seen
    return replace(seen, reason=StopReason.VALUE_FLAT, spectrum=None, bare={Bare.KINK: _spread(kinked, seen.free)})


def _weak(spectrum: Spectrum, result: OptimizeResult, factor: float, around: Surroundings) -> Mask:
    """Which informative directions have so little information that it may be chance.

    Args:
        spectrum: of the free parameters.
        result: where the optimizer ended.
        factor: the objective's second derivative along a direction is this times its value.
        around: the objective there.
    """
    rows = spectrum.directions[: spectrum.rank] / spectrum.scale
    reach = 1.0 / np.max(np.abs(rows) / around.size, axis=1, initial=1e-300)
    promised = 0.5 * factor * spectrum.values[: spectrum.rank] * reach**2
    drop = abs(result.history[0] - result.value) if result.history else 0.0
    scale = max(abs(result.value), drop)
    if promised.size and scale <= _WEAK * promised.min():  # the start was the end
        found = [abs(around.at(sign * around.size)[0] - result.value) for sign in (1.0, -1.0)]
        scale = max([each for each in found if np.isfinite(each)], default=scale)
    return np.asarray(promised <= _WEAK * scale)


def _probed(
    seen: Stationarity, result: OptimizeResult, around: Surroundings, hessian: Matrix, factor: float
) -> Stationarity:
    """The same, after a look along every direction that the spectrum tells nothing of.

    Args:
        seen: what the derivatives tell.
        result: where the optimizer ended.
        around: the objective there.
        hessian: (n, n), of the free parameters.
        factor: the objective's second derivative along a direction is this times its value in the spectrum.
    """
    spectrum = seen.spectrum
    if spectrum is None or not seen.reason.is_converged or not around.x.size:
        return seen
    weak = _weak(spectrum, result, factor, around)
    rows = spectrum.directions / spectrum.scale
    empty = sparse(spectrum.null_space) / spectrum.scale
    if not 0 < len(empty) + int(weak.sum()) <= _MOST_PROBED:
        return seen
    basis = rows[: spectrum.rank][~weak]
    values, vectors = np.linalg.eigh(basis @ hessian @ basis.T)
    kept = values > 1e-10 * np.abs(values).max(initial=0.0)
    curvature = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    heard = np.where(spectrum.silent, 0.0, spectrum.scale)
    floor = 0.5 * factor * (1e-24 if factor > 1.0 else 1e-12) * float(spectrum.values.max(initial=0.0))

    def noise(step: Vector) -> float:
        return around.rounding + floor * float(np.sum((heard * step) ** 2))

    doubts = [
        (row, factor * value)
        for row, value in zip(rows[: spectrum.rank][weak], spectrum.values[: spectrum.rank][weak], strict=True)
    ]
    found = probe(around, empty, doubts, basis, curvature, noise)
    if found.falls is not None:
        bottomless = around.is_bottomless(found.falls)
        return replace(seen, reason=StopReason.UNBOUNDED if bottomless else StopReason.NOT_A_MINIMUM)
    if not found.rises:
        return seen
    directions = np.array([rise.direction for rise in found.rises])
    bare: dict[Bare, Mask] = {}
    for rise in found.rises:
        why = Bare.KINK if rise.is_kink else Bare.LEVEL if factor == 1.0 else Bare.MODEL
        shares = np.abs(rise.direction) / around.size
        bare[why] = bare.get(why, False) | _spread(shares > SIGNIFICANT, seen.free)
    reason = StopReason.VALUE_FLAT if Bare.KINK in bare else seen.reason  # the gradient is none at a kink
    return replace(seen, reason=reason, spectrum=spectrum.split(found.level, directions), bare=bare)


def _spread(mask: Mask, free: Mask) -> Mask:
    """A mask of the free parameters as one of all."""
    whole = np.zeros(free.size, dtype=bool)
    whole[free] = mask
    return whole


def _corrected(reason: StopReason, *, settled: bool) -> StopReason:
    """The optimizer's reason, unless the measurement says otherwise."""
    if reason.is_converged and not settled:
        return StopReason.SHORT if reason is StopReason.TOLERANCE else StopReason.STUCK
    if reason in _FAR and settled:
        return StopReason.VALUE_FLAT
    return reason


def _scale(result: OptimizeResult) -> float:
    """What a gradient is compared with: the objective, or, where next to nothing is left of it, what it began with."""
    return max(abs(result.value), 1e-6 * abs(result.history[0] - result.value) if result.history else 0.0)


def _lies_in_range(spectrum: Spectrum, gradient: Vector, value: float, size: Vector) -> bool:
    """The gradient has no part along directions without curvature, as `minimize x` would have."""
    along = spectrum.null_space @ (gradient / spectrum.scale)
    whole = float(np.linalg.norm(gradient / spectrum.scale))
    slack = float(np.max(np.abs(gradient) * size, initial=0.0))
    return bool(np.linalg.norm(along) <= 1e-3 * whole or slack <= 1e-8 * abs(value) or whole == 0)


def _is_small(result: OptimizeResult, free: Mask) -> bool:
    """For more parameters than a Hessian is made for: moving any by its own size changes next to nothing."""
    slack = np.abs(np.where(free, result.gradient, 0.0)) * np.maximum(np.abs(result.x), 1.0)
    first = abs(result.history[0]) if result.history else 0.0
    return bool(slack.max(initial=0.0) <= 1e-7 * abs(result.value) + 1e-12 * first)

"""The judgement after the last step: is this a minimum, and what do the data determine there?

It does not take the optimizer's word: any method's point is measured in the same way, by what a full
Newton or Gauss-Newton step from it would still gain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.fit.spectrum import Spectrum
from dlang.fit.uncertainty import hessian_spectrum, jacobian_spectrum
from dlang.optimize.bounds import held
from dlang.optimize.result import StopReason
from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Guarded, Mask, Matrix, Vector
    from dlang.optimize.result import OptimizeResult

__all__ = ["LARGEST_HESSIAN", "LARGEST_JACOBIAN", "Stationarity", "examine"]

_EPS = float(np.finfo(np.float64).eps)
LARGEST_HESSIAN = 500
"""Parameters up to which a Hessian is made to judge a fit."""
LARGEST_JACOBIAN = 20_000_000
"""Entries up to which a Jacobian is made."""

_FAR = {StopReason.MAX_STEPS, StopReason.TIME_UP, StopReason.LEFT_DOMAIN, StopReason.STUCK}


@record
class Stationarity:
    """What was found at the last point.

    Args:
        reason: the optimizer's own, or a better one.
        free: (n,), True where no bound holds the parameter.
        spectrum: of the information about the free parameters; None where it could not be made.
        residuals: (m,), None where the objective is not a sum of squares.
        is_exact: the residuals are rounding.
    """

    reason: StopReason
    free: Mask
    spectrum: Spectrum | None
    residuals: Vector | None = None
    is_exact: bool = False


def examine(objective: Guarded, result: OptimizeResult, *, squares: bool, has_density: bool) -> Stationarity:
    """Measure the point (n,) at which an optimizer ended.

    Args:
        objective: what was minimised.
        result: where it ended.
        squares: the objective is a sum of squared residuals.
        has_density: it is minus a log-density, so that its differences have a meaning of their own.
    """
    x, start = result.x, np.asarray(objective.objective.start)
    free = ~held(x, result.gradient, objective.lower, objective.upper)
    if squares:
        residuals = objective.residuals(x)
        if residuals.size * x.size <= LARGEST_JACOBIAN:
            return _examine_squares(objective, result, free, residuals, start)
        reason = _corrected(result.reason, settled=_is_small(result, free))
        return Stationarity(reason, free, None, residuals)
    hessian = objective.hessian(x)[np.ix_(free, free)] if x.size <= LARGEST_HESSIAN else None
    if hessian is None or not np.isfinite(hessian).all():
        return Stationarity(_corrected(result.reason, settled=_is_small(result, free)), free, None)
    spectrum = hessian_spectrum(hessian, result.value, x[free], start[free])
    gradient = result.gradient[free]
    gain = 0.5 * spectrum.gain(gradient)
    step = spectrum.newton_step(gradient)
    size = np.maximum(np.abs(x), np.abs(start))[free]
    settled = (
        gain <= 1e-10 * abs(result.value) or (has_density and gain <= 1e-8) or bool((np.abs(step) <= 1e-8 * size).all())
    ) and _lies_in_range(spectrum, gradient, result.value, size)
    reason = _corrected(result.reason, settled=settled)
    if spectrum.descends and reason.is_converged:
        reason = StopReason.NOT_A_MINIMUM
    return Stationarity(reason, free, spectrum)


def _examine_squares(
    objective: Guarded, result: OptimizeResult, free: Mask, residuals: Vector, start: Vector
) -> Stationarity:
    x, jacobian = result.x, objective.jacobian(result.x)
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
        or rss <= 1e-24 * first
    )
    reason = _corrected(result.reason, settled=settled)
    if reason.is_converged and spectrum.rank < inner.shape[1] <= LARGEST_HESSIAN:
        reason = _unless_saddle(objective.hessian(x)[np.ix_(free, free)], reason, rss, x[free], start[free])
    is_exact = rss**0.5 <= 20.0 * _EPS * reach
    return Stationarity(reason, free, spectrum, residuals, is_exact)


def _unless_saddle(hessian: Matrix, reason: StopReason, value: float, x: Vector, start: Vector) -> StopReason:
    """The reason, unless the Hessian of a sum of squares that is flat to first order has a way down."""
    if np.isfinite(hessian).all() and hessian_spectrum(hessian, value, x, start).descends:
        return StopReason.NOT_A_MINIMUM
    return reason


def _corrected(reason: StopReason, *, settled: bool) -> StopReason:
    """The optimizer's reason, unless the measurement says otherwise."""
    if reason.is_converged and not settled:
        return StopReason.STUCK
    if reason in _FAR and settled:
        return StopReason.VALUE_FLAT
    return reason


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

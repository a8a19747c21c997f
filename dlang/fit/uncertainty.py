"""Standard errors and covariance of the estimates, and what the data do not determine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlang.fit.identify import SIGNIFICANT, unidentified
from dlang.fit.result import Unidentified
from dlang.fit.spectrum import Spectrum, of_hessian, of_jacobian
from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Mask, Matrix, Vector

__all__ = ["Uncertainty", "hessian_spectrum", "jacobian_spectrum", "none", "uncertainty"]

_EPS = float(np.finfo(np.float64).eps)


@record
class Uncertainty:
    """What is known of n estimates. A parameter on a bound counts as fixed.

    Args:
        std_error: (n,), NaN where there is none.
        covariance: (n, n), 0 beside parameters on a bound; the pseudo-inverse where some are not identified.
        null_space: (k, n), the directions that are not determined, in scaled parameters.
        scale: (n,), a parameter times its scale is in units of its own influence.
        rank: how many directions have an error.
        unidentified: the directions that are not, in words.
    """

    std_error: Vector
    covariance: Matrix | None
    null_space: Matrix
    scale: Vector
    rank: int
    unidentified: tuple[Unidentified, ...] = ()

    def of(self, jacobian: Matrix) -> Vector:
        """Standard errors (r,) of functions of the parameters, by the delta method.

        A function that the undetermined directions do not change has its error even where the
        parameters in it have none; any other has NaN.

        Args:
            jacobian: (r, n), the derivative of the functions.
        """
        if self.covariance is None:
            return np.full(len(jacobian), np.nan)
        with np.errstate(all="ignore"):
            variance = np.einsum("ij,jk,ik->i", jacobian, self.covariance, jacobian)
            scaled = jacobian / self.scale
            moved = np.abs(scaled @ self.null_space.T).max(axis=1, initial=0.0)
            known = moved <= SIGNIFICANT * np.linalg.norm(scaled, axis=1)
            return np.where(known, np.sqrt(variance), np.nan)


def none(n: int) -> Uncertainty:
    """No errors for n parameters, and no claim about what is determined."""
    return Uncertainty(np.full(n, np.nan), None, np.zeros((0, n)), np.ones(n), n)


def jacobian_spectrum(
    jacobian: Matrix, residuals: Vector, x: Vector, start: Vector, curvature: Vector | None = None
) -> Spectrum:
    """The spectrum of J^T J for residuals (m,), with parameters whose whole effect is rounding marked silent.

    A parameter is silent if changing it by its own size moves the residuals by less than their rounding:
    the amplitude of what has decayed to 1e-20, say. For `curvature`, see `of_jacobian`.
    """
    norms = np.linalg.norm(jacobian, axis=0)
    size = np.maximum(np.maximum(np.abs(x), np.abs(start)), 1.0)
    rounding = _EPS * (float(np.linalg.norm(residuals)) + float((norms * np.abs(x)).max(initial=0.0)))
    return of_jacobian(jacobian, rounding / size, curvature)


def hessian_spectrum(hessian: Matrix, value: float, x: Vector, start: Vector, *, has_density: bool = False) -> Spectrum:
    """The spectrum of the Hessian of an objective of this value, silent parameters marked likewise.

    Of minus a log-density differences have a meaning of their own: a parameter that changes it by 1e-12 when it moves
    by its own size is silent there, as where the likelihood has its best value at infinity.
    """
    size = np.maximum(np.maximum(np.abs(x), np.abs(start)), 1.0)
    least = np.sqrt(_EPS * abs(value)) * 1e-3
    return of_hessian(hessian, (max(least, 1e-6) if has_density else least) / size)


def uncertainty(
    names: Sequence[str],
    x: Vector,
    free: Mask,
    spectrum: Spectrum,
    variance: float | None,
    gradient: Callable[[Vector], Vector],
) -> Uncertainty:
    """Errors of n estimates from the spectrum of the information about those that are free.

    Args:
        names: n names.
        x: (n,), the estimates.
        free: (n,), True where no bound holds the parameter.
        spectrum: of the free parameters.
        variance: what the inverse of the information is multiplied with: s^2 for least squares, 1 for a
            likelihood; None where no errors are to be given.
        gradient: the objective's gradient at any point.
    """
    n = x.size
    where = np.flatnonzero(free)
    null_space = np.zeros((where.size - spectrum.rank, n))
    null_space[:, where] = spectrum.null_space
    scale = np.ones(n)
    scale[where] = spectrum.scale

    def along(values: Vector) -> Vector:
        point = x.copy()
        point[where] = values
        return gradient(point)[where]

    flat = unidentified([names[int(j)] for j in where], x[where], spectrum, along)
    if variance is None:
        return Uncertainty(np.full(n, np.nan), None, null_space, scale, spectrum.rank, flat)
    covariance = np.zeros((n, n))
    covariance[np.ix_(where, where)] = variance * spectrum.inverse()
    known = free & (np.abs(null_space).max(axis=0, initial=0.0) <= SIGNIFICANT)
    std_error = np.where(known, np.sqrt(np.diagonal(covariance)), np.nan)
    return Uncertainty(std_error, covariance, null_space, scale, spectrum.rank, flat)

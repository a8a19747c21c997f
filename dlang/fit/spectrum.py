"""Which directions of the parameters the data determine, and how well: the spectrum of the information."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Mask, Matrix, Vector

__all__ = ["Spectrum", "of_hessian", "of_jacobian"]

_LEAST_SINGULAR = 1e-12
"""Least singular value, of a Jacobian with unit columns, that counts as information.

Exact dependence leaves the rounding of a model's evaluation, 1e-16 to 1e-13; ill-conditioned models that
are identified (NIST's polynomial of degree ten is the worst in use) reach 1e-10.
"""

_LEAST_BESIDE = 1e-5
"""Least singular value of a Jacobian beside the curvature of the residuals. A minimum at which the model's own
derivative vanishes is found to half the digits, and the derivative there is 1e-8 of what it is elsewhere."""

_LEAST_EIGENVALUE = 1e-13
"""The same for a Hessian with unit diagonal. It is the square of a singular value, and its own rounding is
all that separates it from zero."""

_NEGATIVE = -1e-8
"""An eigenvalue below this is a direction of descent and not rounding."""


@record
class Spectrum:
    """The information about n parameters: J^T J, or the Hessian, is diag(scale) V^T diag(values) V diag(scale).

    Args:
        values: (n,), eigenvalues, descending.
        directions: (n, n), V: a row is the unit eigenvector of a value, in scaled parameters.
        scale: (n,), > 0; a parameter times its scale is in units of its own influence.
        rank: how many leading values are information and not rounding.
        silent: (n,), whether a parameter has no influence at all.
        rising: how many directions after those have no information, but the objective rises along them.
    """

    values: Vector
    directions: Matrix
    scale: Vector
    rank: int
    silent: Mask
    rising: int = 0

    @property
    def null_space(self) -> Matrix:
        """(n - rank, n), the directions without information, orthonormal rows in scaled parameters."""
        return self.directions[self.rank :]

    @property
    def level_space(self) -> Matrix:
        """Those of them along which the objective is level: what the data do not determine."""
        return self.directions[self.rank + self.rising :]

    @property
    def descending(self) -> Matrix:
        """The directions of negative curvature among them, the steepest first."""
        chosen: Mask = self.values < _NEGATIVE * np.abs(self.values).max(initial=0.0)
        return self.directions[np.flatnonzero(chosen)[::-1]]

    @property
    def determined(self) -> int:
        """How many directions the data determine, with an error or without."""
        return self.rank + self.rising

    def split(self, level: Matrix, rises: Matrix) -> Spectrum:
        """The same, once it is known which directions without information, rows in parameters, do what.

        Args:
            level: (k, n), the objective is level along them.
            rises: (r, n), it rises along them; they may take the place of directions that seemed informative.
        """
        rows = np.concatenate([level, rises]) * self.scale
        rows = np.linalg.qr((rows / np.linalg.norm(rows, axis=1, keepdims=True)).T)[0].T
        kept = np.linalg.norm(self.directions[: self.rank] @ rows.T, axis=1) < 0.5
        directions = np.concatenate([self.directions[: self.rank][kept], rows[len(level) :], rows[: len(level)]])
        values = np.concatenate([self.values[: self.rank][kept], np.zeros(len(rows))])
        joint = level[np.count_nonzero(level, axis=1) > 1]
        silent = self.silent & ~np.concatenate([rises, joint]).any(axis=0)
        return Spectrum(values, directions, self.scale, int(kept.sum()), silent, len(rises))

    def inverse(self) -> Matrix:
        """(n, n), the pseudo-inverse of the information, in the parameters' units."""
        root = self.directions[: self.rank] / np.sqrt(self.values[: self.rank])[:, None] / self.scale
        return root.T @ root

    def gain(self, gradient: Vector) -> float:
        """gradient^T (information)^+ gradient: what a Newton step promises, times two."""
        along = self.directions[: self.rank] @ (gradient / self.scale)
        return float(np.sum(along * along / self.values[: self.rank]))

    def newton_step(self, gradient: Vector) -> Vector:
        """(n,), minus the pseudo-inverse of the information times the gradient."""
        along = self.directions[: self.rank] @ (gradient / self.scale) / self.values[: self.rank]
        return -(along @ self.directions[: self.rank]) / self.scale


def of_jacobian(jacobian: Matrix, visible: Vector, curvature: Vector | None = None) -> Spectrum:
    """The spectrum of J^T J, through QR of J (m, n) with unit columns and the singular values of R.

    Args:
        jacobian: (m, n), finite.
        visible: (n,), the column norms below which a parameter has no influence but rounding.
        curvature: (n,), the root of half the objective's second derivative in each parameter, where that is not
            J^T J. Directions in which J is nothing beside it have no information.
    """
    norms = np.linalg.norm(jacobian, axis=0)
    silent = norms <= visible
    scale = np.where(norms > 0, norms, 1.0) if curvature is None else np.maximum(norms, curvature)
    scale = np.where(scale > 0, scale, 1.0)
    triangle = np.linalg.qr(np.where(silent, 0.0, jacobian / scale), mode="r")
    _, found, directions = np.linalg.svd(triangle, full_matrices=True)
    singular = np.zeros(norms.size)
    singular[: found.size] = found
    least = _LEAST_SINGULAR * singular.max(initial=0.0) if curvature is None else _LEAST_BESIDE
    rank = int(np.count_nonzero(singular > least))
    return Spectrum(singular * singular, directions, scale, rank, silent)


def of_hessian(hessian: Matrix, visible: Vector) -> Spectrum:
    """The spectrum of a Hessian (n, n), scaled to a unit diagonal.

    Args:
        hessian: (n, n), symmetric, finite.
        visible: (n,), the square roots of the largest row entries below which a parameter has no influence.
    """
    size = np.sqrt(np.abs(np.diagonal(hessian)))
    # A zero on the diagonal beside entries that are not is a saddle: the row's own size is the scale then.
    size = np.where(size > 0, size, np.sqrt(np.abs(hessian).max(axis=1, initial=0.0)))
    silent = size <= visible
    scale = np.where(size > 0, size, 1.0)
    mute = silent[:, None] | silent
    found, vectors = np.linalg.eigh(np.where(mute, 0.0, hessian / scale[:, None] / scale))
    values, directions = found[::-1], vectors.T[::-1]
    top = float(np.abs(values).max(initial=0.0))
    rank = int(np.count_nonzero(values > _LEAST_EIGENVALUE * top))
    return Spectrum(values, directions, scale, rank, silent)

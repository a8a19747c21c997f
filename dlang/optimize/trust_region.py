"""The linear least-squares problem inside a Levenberg-Marquardt step, solved within a trust region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.optimize.objective import sum_of_squares
from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Matrix, Vector

__all__ = ["Factors", "Step", "bounded_step", "column_norms", "factor", "gauss_newton_step"]

_EPS = float(np.finfo(np.float64).eps)


@record
class Factors:
    """J / scale = left @ diag(singular) @ right, the singular value decomposition by way of QR.

    With k = min(m, n): left (m, k), singular (k,) descending, right (k, n), scale (n,).
    """

    left: Matrix
    singular: Vector
    right: Matrix
    scale: Vector

    @property
    def rank(self) -> int:
        """Singular values that are more than rounding of the greatest."""
        if not self.singular.size or self.singular[0] == 0:
            return 0
        floor = max(self.left.shape[0], self.right.shape[1]) * _EPS * self.singular[0]
        return int(np.count_nonzero(self.singular > floor))

    def step(self, residuals: Vector, radius: float) -> tuple[Vector, float]:
        """The step p that minimises |residuals + J p| within |scale * p| <= radius, and its damping.

        Directions that are zero to rounding are left out, so p is the shortest such step. The damping is
        the lambda >= 0 of min |residuals + J p|^2 + lambda |scale * p|^2; 0 is Gauss-Newton.

        Source: Moré 1978, section 5: Newton's method on 1/radius - 1/|p|. With the singular values at
        hand an iteration costs O(n), so lambda is found to three digits.
        """
        k = self.rank
        s, along = self.singular[:k], -(self.left[:, :k].T @ residuals)
        p = along / s
        length = float(np.linalg.norm(p))
        damping = 0.0
        if length > radius:
            damping = _damping(s, along, radius)
            p = s * along / (s * s + damping)
        return (p @ self.right[:k]) / self.scale, damping


def _damping(s: Vector, along: Vector, radius: float) -> float:
    """The lambda > 0 at which |s along / (s^2 + lambda)| = radius, to a thousandth.

    Singular values so far apart that the quotients overflow leave the bisection, which needs none of them.
    """
    with np.errstate(all="ignore"):
        return _secular_root(s, along, radius)


def _secular_root(s: Vector, along: Vector, radius: float) -> float:
    low, high = 0.0, float(np.linalg.norm(s * along)) / radius
    damping = min(high, 1e-3 * float(s[0]) ** 2)
    for _ in range(100):
        shifted = s * s + damping
        p = s * along / shifted
        length = float(np.linalg.norm(p))
        if abs(length - radius) <= 1e-3 * radius:
            break
        low, high = (damping, high) if length > radius else (low, damping)
        slope = float(np.sum(p * p / shifted))
        damping += (length * length / slope) * (length - radius) / radius if slope > 0 else 0.0
        if not low < damping < high:
            damping = max(0.001 * high, (low * high) ** 0.5)
    return damping


def column_norms(jacobian: Matrix) -> Vector:
    """(n,), the norm of each column; `inf` where it overflows."""
    with np.errstate(all="ignore"):
        norms: Vector = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
    return norms


def factor(jacobian: Matrix, scale: Vector) -> Factors:
    """QR of the scaled Jacobian (m, n), then the singular values of its small triangle."""
    q, triangle = np.linalg.qr(jacobian / scale)
    u, singular, right = np.linalg.svd(triangle, full_matrices=False)
    return Factors(q @ u, singular, right, scale)


def gauss_newton_step(jacobian: Matrix, residuals: Vector) -> Vector:
    """The undamped step (n,) through QR of the Jacobian with unit columns, refined once.

    Unit columns make the answer independent of the parameters' units; the second solve on what the
    first one left takes away the error of the first. Columns of zeros get a step of 0.
    """
    norms = column_norms(jacobian)
    factors = factor(jacobian, np.where(norms > 0, norms, 1.0))
    step, _ = factors.step(residuals, np.inf)
    correction, _ = factors.step(residuals + jacobian @ step, np.inf)
    return np.where(norms > 0, step + correction, 0.0)


@record
class Step:
    """A proposed step (n,) and what the linear model |residuals + J step|^2 says of it.

    Args:
        step: (n,), within the trust region and the bounds.
        damping: the lambda that keeps it in the region, 0 for Gauss-Newton.
        predicted: the reduction of the sum of squares that the step promises.
        potential: the reduction that the parameters with room could promise without region and bounds.
    """

    step: Vector
    damping: float
    predicted: float
    potential: float


def bounded_step(
    jacobian: Matrix, residuals: Vector, scale: Vector, radius: float, room: tuple[Vector, Vector]
) -> Step:
    """A step in the trust region that keeps within `room` = (least, greatest) step of each parameter.

    Where the step would leave the room, those parameters go to their bounds exactly and the others are
    solved for again, until all fit. A parameter without room stays.
    """
    least, greatest = room
    step = np.zeros_like(scale)
    free = least < greatest
    damping, potential, remaining = 0.0, np.nan, residuals
    while free.any():
        factors = factor(jacobian[:, free], scale[free])
        step[free], damping = factors.step(remaining, radius)
        if np.isnan(potential):
            potential = sum_of_squares(factors.left[:, : factors.rank].T @ residuals)
        outside = free & ((step < least) | (step > greatest))
        if not outside.any():
            break
        step[outside] = np.where(step < least, least, greatest)[outside]
        free &= ~outside
        remaining = residuals + jacobian[:, ~free] @ step[~free]
    change = jacobian @ step
    return Step(step, damping, -float(change @ (2.0 * residuals + change)), potential)

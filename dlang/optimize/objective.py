"""The one seam between programs and optimizers: an objective over a flat vector of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np

from dlang.diagnostics.core import DlangError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]
    Matrix: TypeAlias = NDArray[np.float64]
    Mask: TypeAlias = NDArray[np.bool_]
    Indices: TypeAlias = NDArray[np.intp]

__all__ = ["Guarded", "Kind", "Objective", "sum_of_squares"]

Kind: TypeAlias = Literal["least-squares", "likelihood", "penalised"]
"""`least-squares`: the sum of squared residuals. `likelihood`: minus a log-density, or what `minimize`
says. `penalised`: least squares that a `minimize` joins, so that the residuals are not all of it."""


class Objective(Protocol):
    """What is minimised, over n free parameters in one vector x of shape (n,).

    A value, residual or derivative that is not finite is a value like any other: no evaluation raises
    for it. What a program raises (an index out of range, a failed `assert`) is a `DlangError`.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """n names; an element of an array parameter is written `W[0,1]`."""

    @property
    def structure(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Name and shape of each parameter, in the order of x; arrays are flattened row by row."""

    @property
    def start(self) -> Vector:
        """(n,), where the search begins, within the bounds."""

    @property
    def lower(self) -> Vector:
        """(n,), -inf where there is none. Bounds are closed."""

    @property
    def upper(self) -> Vector:
        """(n,), inf where there is none."""

    @property
    def kind(self) -> Kind:
        """What the objective is made of."""

    @property
    def has_density(self) -> bool:
        """The objective is minus a log-density, so that its inverse Hessian is a covariance."""

    def value(self, x: Vector) -> float:
        """The objective; for least squares the sum (not half the sum) of the squared residuals."""

    def value_and_grad(self, x: Vector) -> tuple[float, Vector]:
        """The objective and its gradient (n,)."""

    def residuals(self, x: Vector) -> Vector | None:
        """(m,), y - model; None where the model has none."""

    def jacobian(self, x: Vector) -> Matrix | None:
        """(m, n), the derivative of the residuals; None where the model has none."""

    def hvp(self, x: Vector, v: Vector) -> Vector:
        """(n,), the Hessian of the objective times v."""

    def hessian(self, x: Vector) -> Matrix:
        """(n, n), the Hessian of the objective."""


class Guarded:
    """An objective that counts its evaluations, and at which a raising trial point is a NaN.

    A step that runs into a failed `assert` has left the domain just like one that runs into
    `log(-1)`: the optimizer is to step back, not to end. The start is checked on the bare objective.
    """

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.evaluations = 0

    @property
    def lower(self) -> Vector:
        return self.objective.lower

    @property
    def upper(self) -> Vector:
        return self.objective.upper

    def value(self, x: Vector) -> float:
        """The objective; NaN where it raises."""
        self.evaluations += 1
        try:
            return float(self.objective.value(x))
        except DlangError:
            return float("nan")

    def value_and_grad(self, x: Vector) -> tuple[float, Vector]:
        """The objective and its gradient (n,); NaN where they raise."""
        self.evaluations += 1
        try:
            value, gradient = self.objective.value_and_grad(x)
        except DlangError:
            return float("nan"), np.full(x.shape, np.nan)
        return float(value), np.array(gradient, dtype=np.float64)

    def residuals(self, x: Vector) -> Vector:
        """The residuals (m,) of an objective that has them; one NaN where they raise."""
        self.evaluations += 1
        try:
            residuals = self.objective.residuals(x)
        except DlangError:
            residuals = None
        return np.full(1, np.nan) if residuals is None else np.array(residuals, dtype=np.float64)

    def jacobian(self, x: Vector) -> Matrix:
        """Their Jacobian (m, n); one row of NaN where it raises."""
        self.evaluations += 1
        try:
            jacobian = self.objective.jacobian(x)
        except DlangError:
            jacobian = None
        return np.full((1, x.size), np.nan) if jacobian is None else np.array(jacobian, dtype=np.float64)

    def hessian(self, x: Vector) -> Matrix:
        """The Hessian (n, n), made symmetric; NaN where it raises."""
        self.evaluations += 1
        try:
            hessian = np.asarray(self.objective.hessian(x), dtype=np.float64)
        except DlangError:
            return np.full((x.size, x.size), np.nan)
        with np.errstate(all="ignore"):
            return (hessian + hessian.T) / 2.0


def sum_of_squares(residuals: Vector) -> float:
    """|residuals|^2, `inf` rather than a warning where it overflows."""
    with np.errstate(all="ignore"):
        return float(residuals @ residuals)

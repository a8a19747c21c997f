"""The look at the start before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.diagnostics import fitting
from dlang.records import replace

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic
    from dlang.optimize.objective import Objective, Vector

__all__ = ["start_fault", "with_place"]


def start_fault(objective: Objective, x: Vector, *, with_residuals: bool) -> tuple[float, Vector, Diagnostic | None]:
    """The value and the gradient (n,) at the start, and what is wrong there, if anything is.

    Args:
        objective: bare: what it raises here is the program's fault and goes on to the caller.
        x: (n,), the start.
        with_residuals: whether the optimizer will use residuals and their Jacobian.

    Raises:
        DlangError: the program fails there (a failed `assert`, an index out of range).
    """
    value, gradient = objective.value_and_grad(x)
    value, gradient = float(value), np.array(gradient, dtype=np.float64)
    if not np.isfinite(value):
        return value, gradient, fitting.start_not_finite(value, "the objective")
    if not np.isfinite(gradient).all():
        first = objective.names[int(np.argmin(np.isfinite(gradient)))]
        return value, gradient, fitting.start_not_finite(value, f"the derivative in `{first}`")
    if with_residuals:
        jacobian = objective.jacobian(x)
        if jacobian is not None and not np.isfinite(jacobian).all():
            return value, gradient, fitting.start_not_finite(value, "the derivative of a residual")
    return value, gradient, None


def with_place(fault: Diagnostic, told: Diagnostic | None, value: float) -> Diagnostic:
    """What is wrong at the start, with the place where that was born.

    Args:
        fault: E0801, which knows no place.
        told: E0601 with the place, if it is known.
        value: the objective; where it is not finite itself, E0601 says all there is.
    """
    if told is None or not np.isfinite(value):
        return told or fault
    return replace(fault, primary=told.primary, labels=told.labels, notes=told.notes or fault.notes, help=told.help)

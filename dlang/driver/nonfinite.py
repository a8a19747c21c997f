"""What is not finite in an objective, its derivatives and its residuals, with the place where it was born."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, Severity, births
from dlang.driver.flat import FlatObjective
from dlang.driver.model import Vector
from dlang.driver.results import NotFinite
from dlang.driver.running import Runner

__all__ = ["of_hessian", "of_objective", "of_residuals"]


def of_objective(
    runner: Runner,
    flat: FlatObjective,
    value: float,
    gradient: Vector,
    values: Sequence[Any],
    *,
    forward: bool = False,
) -> NotFinite | None:
    """What is not finite in the objective, or else in its gradient; None if nothing is.

    It is an error if the objective is not finite, or a NaN is in the gradient.

    Args:
        runner: of the program.
        flat: the objective.
        value: the objective.
        gradient: (n,).
        values: of all parameters.
        forward: the gradient is that of forward mode.
    """
    if np.isfinite(value) and np.all(np.isfinite(gradient)):
        return None
    if not np.isfinite(value):
        birth = runner.replays.in_objective(values)
        return NotFinite(birth, "the objective", runner.told(birth, "the objective", value, "error", values))
    is_fatal = bool(np.any(np.isnan(gradient)))
    bad = np.isnan(gradient) if is_fatal else ~np.isfinite(gradient)
    first = float(gradient[bad][0])
    if forward:
        along = flat.pieces(np.eye(1, gradient.size, int(np.argmax(bad)))[0])
        birth = runner.replays.in_slope(values, flat.free, along)
    else:
        birth = runner.replays.in_gradient(values, flat.free)
    severity: Severity = "error" if is_fatal else "warning"
    diagnostic = runner.told(birth, "the gradient", first, severity, values)
    return NotFinite(birth, "the gradient", births.finite_but_for_slope(diagnostic, "the objective", value))


def of_residuals(runner: Runner, flat: FlatObjective, x: Vector, values: Sequence[Any]) -> Diagnostic | None:
    """A derivative of a residual that is not finite: beside a residual of 0 no gradient shows it."""
    jacobian = flat.jacobian(x)
    if jacobian is None or np.all(np.isfinite(jacobian)):
        return None
    first = int(np.argmin(np.isfinite(jacobian).all(axis=0)))
    birth = runner.replays.in_residuals(values, flat.free, flat.pieces(np.eye(flat.start.size)[first]))
    return runner.told(birth, f"the derivative of a residual in `{flat.names[first]}`", None, "error", values)


def of_hessian(
    runner: Runner, flat: FlatObjective, matrix: Any, elements: Sequence[int], values: Sequence[Any]
) -> list[Diagnostic]:
    """A warning of what is not finite in second derivatives.

    Args:
        runner: of the program.
        flat: the objective, at the point.
        matrix: (m, m), the second derivatives in m of the n elements of its vector.
        elements: which these are.
        values: of all parameters.
    """
    if np.all(np.isfinite(matrix)):
        return []
    column = elements[int(np.argmin(np.isfinite(matrix).all(axis=0)))]
    birth = runner.replays.in_hessian(values, flat.free, flat.pieces(np.eye(flat.start.size)[column]))
    first = float(matrix[~np.isfinite(matrix)][0])
    return [runner.told(birth, "the Hessian", first, "warning", values)]

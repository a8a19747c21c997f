"""Polish: the last digits, and no harm where there is nothing to gain."""

from __future__ import annotations

import numpy as np
import pytest
from optim.duals import exp
from optim.objectives import Problem

from dlang.optimize.objective import Guarded
from dlang.optimize.polish import newton_step, polish_by_newton, polish_least_squares

X = np.linspace(0, 3, 30)
Y = 5 * np.exp(-1.3 * X) + 0.1 * np.cos(9 * X)
CURVE = Problem([1.0, 0.1], lambda a, b: a * exp(-b * X), Y)


def slope(problem, x):
    """The residuals' part along each column of the Jacobian, as a cosine."""
    r, j = problem.residuals(x), problem.jacobian(x)
    return np.abs(j.T @ r) / np.linalg.norm(j, axis=0) / np.linalg.norm(r)


@pytest.mark.parametrize("polish", [polish_least_squares, polish_by_newton])
@pytest.mark.parametrize("off", [1e-8, 1e-4, 1e-2])
def test_the_gradient_goes_to_rounding(polish, off: float) -> None:
    near = polish_least_squares(Guarded(CURVE), np.array([5.0, 1.3]))
    found = polish(Guarded(CURVE), near * (1 + off))
    assert slope(CURVE, found).max() < 1e-14
    np.testing.assert_allclose(found, near, rtol=1e-12)


def test_where_gauss_newton_does_not_contract_newton_takes_over() -> None:
    """One residual pulls far from the surface: Gauss-Newton overshoots, and moves away."""
    problem = Problem([1.0], lambda a: a * np.array([1.0, 0.0]) + a * a * np.array([0.0, 1.0]), np.array([0.0, -4.0]))
    x = np.array([1e-5])
    found = polish_least_squares(Guarded(problem), x)
    assert problem.value(found) <= problem.value(x) * (1 + 1e-9)


def test_a_parameter_on_its_bound_stays_there() -> None:
    problem = Problem([1.0, 0.1], CURVE.model, Y, lower=[0, 0], upper=[4.0, 9.0])
    found = polish_least_squares(Guarded(problem), np.array([4.0, 1.2]))
    assert found[0] == 4.0
    assert abs(problem.value_and_grad(found)[1][1]) < 1e-11


def test_newton_steps_leave_flat_directions_alone() -> None:
    hessian = np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 4.0]])
    np.testing.assert_allclose(newton_step(hessian, np.array([2.0, 2.0, 4.0])), [-0.5, -0.5, -1.0])


def test_there_is_no_newton_step_on_a_saddle() -> None:
    assert newton_step(np.array([[1.0, 2.0], [2.0, 1.0]]), np.ones(2)) is None
    assert newton_step(np.array([[1.0, 0.0], [0.0, -1.0]]), np.ones(2)) is None
    assert newton_step(np.array([[np.nan]]), np.ones(1)) is None

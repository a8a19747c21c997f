"""The linear subproblem of Levenberg-Marquardt against its definition."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from dlang.optimize.trust_region import bounded_step, column_norms, factor, gauss_newton_step

ROOM = np.full(4, -np.inf), np.full(4, np.inf)


def system(seed: int = 3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((20, 4)) * [1.0, 1e3, 1e-3, 1.0], rng.standard_normal(20)


def test_a_step_within_the_region_is_gauss_newton() -> None:
    jacobian, residuals = system()
    scale = column_norms(jacobian)
    found = bounded_step(jacobian, residuals, scale, 1e9, ROOM)
    np.testing.assert_allclose(found.step, -np.linalg.lstsq(jacobian, residuals)[0], rtol=1e-10)
    assert found.damping == 0
    left = residuals + jacobian @ found.step
    assert found.predicted == pytest.approx(residuals @ residuals - left @ left, rel=1e-10)
    assert found.potential == pytest.approx(found.predicted, rel=1e-10)


@pytest.mark.parametrize("radius", [1e-8, 1e-3, 0.3])
def test_a_step_on_the_edge_satisfies_the_damped_normal_equations(radius: float) -> None:
    jacobian, residuals = system()
    scale = column_norms(jacobian)
    found = bounded_step(jacobian, residuals, scale, radius, ROOM)
    assert np.linalg.norm(scale * found.step) == pytest.approx(radius, rel=2e-3)
    normal = jacobian.T @ jacobian + found.damping * np.diag(scale**2)
    np.testing.assert_allclose(normal @ found.step, -jacobian.T @ residuals, rtol=1e-8)


def test_directions_that_are_zero_to_rounding_are_left_out() -> None:
    jacobian, residuals = system()
    jacobian[:, 3] = jacobian[:, 0]
    step, _ = factor(jacobian, column_norms(jacobian)).step(residuals, np.inf)
    assert step[0] == pytest.approx(step[3], rel=1e-10)
    np.testing.assert_allclose(step, -np.linalg.pinv(jacobian) @ residuals, rtol=1e-8)


def test_a_step_that_leaves_the_room_ends_on_its_edge_and_solves_for_the_rest() -> None:
    jacobian, residuals = system()
    free = -np.linalg.lstsq(jacobian, residuals)[0]
    least = np.where(free < 0, free / 2, -np.inf)
    greatest = np.full(4, np.inf)
    held = free < 0
    assert held.any()
    found = bounded_step(jacobian, residuals, column_norms(jacobian), 1e9, (least, greatest))
    assert (found.step >= least).all()
    on_edge = found.step == least
    rest = -np.linalg.lstsq(jacobian[:, ~on_edge], residuals + jacobian[:, on_edge] @ found.step[on_edge])[0]
    assert on_edge.any()
    np.testing.assert_allclose(found.step[~on_edge], rest, rtol=1e-9)


def test_a_parameter_without_room_stays() -> None:
    jacobian, residuals = system()
    room = np.array([0.0, -9, -9e9, -9]), np.array([0.0, 9, 9e9, 9])
    assert bounded_step(jacobian, residuals, column_norms(jacobian), 1e9, room).step[0] == 0.0


def test_gauss_newton_is_accurate_for_an_ill_conditioned_polynomial() -> None:
    """Degree ten on [-9, -3], like NIST's Filip: condition 1e15 as it stands, 3e9 with unit columns.

    The measure is the exact solution of the same rounded system, in units of the columns: there the error
    of a stable method is at most about the condition times 2e-16, which is 7e-7.
    """
    x = np.linspace(-9, -3, 82)
    jacobian = x[:, None] ** np.arange(11)
    residuals = -np.exp(0.1 * x) * np.cos(x)
    with mpmath.workdps(60):
        a, b = mpmath.matrix(jacobian.tolist()), mpmath.matrix((-residuals).tolist())
        exact = np.array([float(c) for c in mpmath.lu_solve(a.T * a, a.T * b)])
    norms = column_norms(jacobian)
    error = norms * (gauss_newton_step(jacobian, residuals) - exact)
    assert np.linalg.norm(error) <= 7e-7 * np.linalg.norm(norms * exact)


def test_a_column_of_zeros_gets_no_step() -> None:
    jacobian, residuals = system()
    jacobian[:, 1] = 0.0
    assert gauss_newton_step(jacobian, residuals)[1] == 0.0

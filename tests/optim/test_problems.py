"""Every optimizer on every problem: the grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import lambertw

from dlang.optimize import OPTIMIZERS, StopReason
from optim.duals import exp, log, sqrt
from optim.objectives import Problem

# 2 a exp(a^2) = 800, that is, 2 a^2 exp(2 a^2) = 800^2 / 2
LAMBERT = float(np.sqrt(lambertw(800**2 / 2).real / 2))


def bowl(a, b, c):
    return a * a + 10 * b * b + 100 * (c - 1) ** 2


def rosenbrock(a, b):
    return 100 * (b - a * a) ** 2 + (1 - a) ** 2


def powell_singular(a, b, c, d):
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def badly_scaled(a, b):
    return 1e-8 * (a - 1e4) ** 2 + 1e8 * (b - 1e-4) ** 2


# name: (start, f, lower, upper, solution, tolerance)
SMOOTH = {
    "bowl": ([3, -2, 5], bowl, None, None, [0, 0, 1], 1e-12),
    "rosenbrock": ([-1.2, 1], rosenbrock, None, None, [1, 1], 1e-12),
    # The Hessian is singular at the solution: the error is the fourth root of the objective.
    "powell singular": ([3, -1, 0, 1], powell_singular, None, None, [0, 0, 0, 0], 1e-6),
    "badly scaled": ([1, 1], badly_scaled, None, None, [1e4, 1e-4], 1e-12),
    "at a corner": ([0.5, 0.5], lambda a, b: (a - 2) ** 2 + (b + 1) ** 2 + a * b, [0, 0], [1, 1], [1, 0], 0.0),
    "rosenbrock at a bound": ([-1.2, 0.4], rosenbrock, [-2, -2], [0.5, 2], [0.5, 0.25], 1e-12),
    "not finite below 0": ([1e-3], lambda a: a - 3 * log(a), None, None, [3], 1e-12),
    "overflows nearby": ([1.0], lambda a: exp(a * a) - 800 * a, None, None, [LAMBERT], 1e-12),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_lbfgs_finds_the_minimum(name: str) -> None:
    start, f, lower, upper, solution, tolerance = SMOOTH[name]
    problem = Problem(start, f=f, lower=lower, upper=upper)
    result = OPTIMIZERS["lbfgs"].build().minimize(problem)
    assert result.reason.is_converged
    np.testing.assert_allclose(result.x, solution, rtol=tolerance, atol=tolerance)
    assert (result.x >= problem.lower).all()
    assert (result.x <= problem.upper).all()


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("method", [name for name, entry in OPTIMIZERS.items() if not entry.needs_residuals])
def test_no_optimizer_ends_above_its_start_or_out_of_bounds(name: str, method: str) -> None:
    start, f, lower, upper, _, _ = SMOOTH[name]
    problem = Problem(start, f=f, lower=lower, upper=upper)
    result = OPTIMIZERS[method].build(steps=200).minimize(problem)
    assert result.value <= problem.value(problem.start)
    assert result.value == problem.value(result.x)
    assert (result.x >= problem.lower).all()
    assert (result.x <= problem.upper).all()
    assert result.iterations <= 200


# The same problems as residuals: value is 0 - model.
SQUARES = {
    "bowl": ([3, -2, 5], lambda a, b, c: [a, 10**0.5 * b, 10 * (c - 1)], None, None, [0, 0, 1], 1e-12),
    "rosenbrock": ([-1.2, 1], lambda a, b: [10 * (b - a * a), 1 - a], None, None, [1, 1], 1e-12),
    "powell singular": (
        [3, -1, 0, 1],
        lambda a, b, c, d: [a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2],
        None,
        None,
        [0, 0, 0, 0],
        1e-6,
    ),
    "badly scaled": ([1, 1], lambda a, b: [1e-4 * (a - 1e4), 1e4 * (b - 1e-4)], None, None, [1e4, 1e-4], 1e-12),
    "at a corner": ([0.5, 0.5], lambda a, b: [a - 2, b + 1, a * b], [0, 0], [1, 1], [1, 0], 0.0),
    "rosenbrock at a bound": (
        [-1.2, 0.4],
        lambda a, b: [10 * (b - a * a), 1 - a],
        [-2, -2],
        [0.5, 2],
        [0.5, 0.25],
        1e-12,
    ),
    "out of the domain": ([1e-3], lambda a: [log(a) - log(3.0), sqrt(a) - 3**0.5], None, None, [3], 1e-12),
    "far, and exponential": ([-50.0], lambda a: [exp(-a) - 1.0], None, None, [0], 1e-12),
}


def stacked(model):
    """A model that is a list of scalars, as one array."""
    from optim.duals import Dual

    def joined(*params):
        parts = [Dual.lift(part, len(params)) for part in model(*params)]
        return Dual(np.array([p.value for p in parts]), np.array([p.tangent for p in parts]))

    return joined


@pytest.mark.parametrize("name", SQUARES)
def test_levenberg_marquardt_finds_the_minimum(name: str) -> None:
    start, model, lower, upper, solution, tolerance = SQUARES[name]
    count = len(stacked(model)(*Problem(start, f=lambda *_: 0).start_duals()).value)
    problem = Problem(start, stacked(model), np.zeros(count), lower=lower, upper=upper)
    result = OPTIMIZERS["lm"].build().minimize(problem)
    assert result.reason.is_converged
    np.testing.assert_allclose(result.x, solution, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_an_interrupt_in_an_evaluation_ends_with_the_best_point_so_far(method: str) -> None:
    x = np.linspace(0, 3, 20)
    problem = Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), 5 * np.exp(-2 * x), interrupt_at=9)
    result = OPTIMIZERS[method].build().minimize(problem)
    assert result.reason is StopReason.INTERRUPTED
    problem.interrupt_at = None
    assert result.value < problem.value(problem.start)
    assert result.value == pytest.approx(problem.value(result.x), rel=1e-12)


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_an_observer_is_told_every_iteration_and_may_end_the_run(method: str) -> None:
    seen = []

    def observe(iteration, value, gradient_norm, step):
        seen.append((iteration, value, gradient_norm, step))
        if iteration == 2:
            raise KeyboardInterrupt

    x = np.linspace(0, 3, 20)
    result = OPTIMIZERS[method].build().minimize(Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), 5 - x), observe)
    assert result.reason is StopReason.INTERRUPTED
    assert [entry[0] for entry in seen] == [1, 2]
    assert np.isfinite(seen).all()


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_steps_bound_the_iterations(method: str) -> None:
    x = np.linspace(0, 3, 20)
    problem = Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), 5 * np.exp(-2 * x) + 0.1 * x)
    result = OPTIMIZERS[method].build(steps=2).minimize(problem)
    assert result.reason is StopReason.MAX_STEPS
    assert result.iterations <= 2


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_a_start_that_is_not_finite_is_no_exception(method: str) -> None:
    problem = Problem([-1.0], lambda a: sqrt(a) * np.ones(3), np.ones(3))
    result = OPTIMIZERS[method].build().minimize(problem)
    assert result.reason is StopReason.NOT_FINITE
    np.testing.assert_array_equal(result.trial, [-1.0])


@pytest.mark.parametrize("method", ["lm", "lbfgs"])
def test_a_start_from_which_every_step_leaves_the_domain_is_a_failure(method: str) -> None:
    def model(a):
        return (a + 1.0 if a.value >= 0 else a * np.nan) * np.ones(3)

    result = OPTIMIZERS[method].build().minimize(Problem([0.0], model, np.zeros(3)))
    assert result.reason is StopReason.NOT_FINITE
    assert result.x == [0.0]
    assert result.trial < 0


def test_an_objective_without_a_minimum_is_unbounded() -> None:
    result = OPTIMIZERS["lbfgs"].build().minimize(Problem([5.0], f=lambda a: a))
    assert result.reason is StopReason.UNBOUNDED


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_the_scale_of_the_objective_does_not_matter(scale: float) -> None:
    result = OPTIMIZERS["lbfgs"].build().minimize(Problem([-1.2, 1], f=lambda a, b: scale * rosenbrock(a, b)))
    np.testing.assert_allclose(result.x, [1, 1], rtol=1e-10)


def test_the_units_of_the_parameters_do_not_matter_to_levenberg_marquardt() -> None:
    x = np.linspace(0, 3, 20)
    y = 5 * np.exp(-2 * x) + 0.01 * np.cos(7 * x)
    plain = OPTIMIZERS["lm"].build().minimize(Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), y))
    scaled = OPTIMIZERS["lm"].build().minimize(Problem([1e9, 0.1e-6], lambda a, b: a * 1e-9 * exp(-b * 1e6 * x), y))
    np.testing.assert_allclose(scaled.x / plain.x, [1e9, 1e-6], rtol=1e-12)
    assert scaled.iterations == plain.iterations


def test_many_parameters_within_bounds() -> None:
    """A quadratic in 300 parameters, of which a third ends on a bound."""
    n = 300
    target = np.linspace(-1.5, 1.5, n)
    curvature = np.linspace(1.0, 50.0, n)

    def f(*params):
        return sum(c * (p - t) ** 2 for c, p, t in zip(curvature, params, target, strict=True))

    result = OPTIMIZERS["lbfgs"].build().minimize(Problem(np.zeros(n), f=f, lower=-np.ones(n), upper=np.ones(n)))
    np.testing.assert_allclose(result.x, np.clip(target, -1, 1), atol=1e-7)
    assert (result.x[target > 1.001] == 1.0).all()
    assert (result.x[target < -1.001] == -1.0).all()

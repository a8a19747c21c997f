"""`tol`: every method stops where the scaled gradient is so small beside the objective."""

from __future__ import annotations

import numpy as np
import pytest
from optim.duals import exp
from optim.objectives import Problem

from dlang.optimize import OPTIMIZERS, StopReason

X = np.linspace(0.0, 3.0, 20)


def decay() -> Problem:
    return Problem([1.0, 0.1], lambda a, b: a * exp(-b * X), 5 * np.exp(-2 * X) + 0.1 * np.sin(9 * X))


def rosenbrock() -> Problem:
    return Problem([-1.2, 1.0], f=lambda a, b: (1 - a) * (1 - a) + 100 * (b - a * a) * (b - a * a))


@pytest.mark.parametrize(
    ("method", "problem", "options"),
    [
        ("lm", decay, {}),
        ("lbfgs", decay, {}),
        ("lbfgs", rosenbrock, {}),
        ("sgd", rosenbrock, {"rate": 1e-3, "steps": 20000}),
        ("adam", rosenbrock, {"rate": 0.05, "steps": 20000}),
    ],
)
def test_a_smaller_tolerance_takes_more_steps_and_means_what_it_says(method, problem, options) -> None:
    counts = []
    for tol in (1.0, 1e-2, 1e-4):
        found = OPTIMIZERS[method].build(tol=tol, **options).minimize(problem())
        assert found.reason is StopReason.TOLERANCE
        slack = np.abs(found.gradient) * np.maximum(np.abs(found.x), 1.0)
        assert slack.max() <= tol * max(found.value, found.history[0])
        counts.append(found.iterations)
    without = OPTIMIZERS[method].build(**options).minimize(problem())
    assert counts[0] < counts[1] < counts[2] < without.iterations


@pytest.mark.parametrize("method", ["lm", "lbfgs"])
def test_a_tolerance_ends_it_without_the_last_digits(method: str) -> None:
    loose = OPTIMIZERS[method].build(tol=1e-2).minimize(decay())
    sharp = OPTIMIZERS[method].build(tol=1e-300).minimize(decay())
    default = OPTIMIZERS[method].build().minimize(decay())
    np.testing.assert_allclose(sharp.x, default.x, rtol=1e-12)
    assert np.abs(loose.x - default.x).max() > 1e-9


@pytest.mark.parametrize("method", ["lm", "lbfgs", "sgd", "adam"])
def test_who_watches_is_told_every_iteration_and_no_other(method: str) -> None:
    seen: list[tuple[int, float]] = []

    def observe(iteration: int, value: float, *_: float) -> None:
        seen.append((iteration, value))

    options = {"rate": 1e-3, "steps": 30} if method in ("sgd", "adam") else {}
    found = OPTIMIZERS[method].build(**options).minimize(decay(), observe)
    assert [each[0] for each in seen] == list(range(1, found.iterations + 1))
    assert [each[1] for each in seen] == list(found.history[1:])

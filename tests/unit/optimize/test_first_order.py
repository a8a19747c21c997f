"""SGD and Adam against their papers' formulas, by hand; the table; bounds."""

from __future__ import annotations

import numpy as np
import pytest
from optim.objectives import Problem

from dlang.optimize import OPTIMIZERS, StopReason
from dlang.optimize.adam import Adam
from dlang.optimize.bounds import held, project, projected_gradient
from dlang.optimize.loop import FirstOrder
from dlang.optimize.sgd import SGD

G1, G2 = np.array([1.0, -2.0]), np.array([0.5, 4.0])


def two_steps(rule):
    x = np.zeros(2)
    state = rule.init(x)
    x, state = rule.step(x, G1, state)
    return rule.step(x, G2, state)[0]


def test_plain_descent() -> None:
    np.testing.assert_allclose(two_steps(SGD(rate=0.1)), -0.1 * (G1 + G2))


def test_momentum_keeps_a_share_of_the_last_step() -> None:
    np.testing.assert_allclose(two_steps(SGD(rate=0.1, momentum=0.9)), -0.1 * (G1 + (0.9 * G1 + G2)))


def test_nesterov_looks_ahead() -> None:
    velocity = 0.9 * G1 + G2
    expected = -0.1 * ((G1 + 0.9 * G1) + (G2 + 0.9 * velocity))
    np.testing.assert_allclose(two_steps(SGD(rate=0.1, momentum=0.9, nesterov=True)), expected)


def test_adams_first_step_is_the_rate_whatever_the_gradients_size() -> None:
    for size in (1e-3, 1.0, 1e6):
        rule = Adam(rate=0.01)
        x, _ = rule.step(np.zeros(2), size * G1, rule.init(np.zeros(2)))
        np.testing.assert_allclose(x, -0.01 * np.sign(G1), rtol=2e-5)


def test_adams_second_step_follows_the_paper() -> None:
    m = (0.9 * 0.1 * G1 + 0.1 * G2) / (1 - 0.9**2)
    v = (0.999 * 0.001 * G1**2 + 0.001 * G2**2) / (1 - 0.999**2)
    first = 0.01 * G1 / (np.abs(G1) + 1e-8)
    np.testing.assert_allclose(two_steps(Adam(rate=0.01)), -first - 0.01 * m / (np.sqrt(v) + 1e-8), rtol=1e-12)


def test_a_step_out_of_the_domain_is_shortened() -> None:
    from optim.duals import log

    problem = Problem([0.5], f=lambda a: -log(a) + 2 * a * a)
    result = FirstOrder(SGD(rate=0.45), steps=200).minimize(problem)
    assert result.x == pytest.approx([0.5], abs=1e-6)
    away = Problem([1.0], f=lambda a: -log(a) + 2 * a * a)
    assert FirstOrder(SGD(rate=0.45), steps=1).minimize(away).x == pytest.approx([1.0 - 0.45 * 3 / 2])


def test_descent_ends_where_the_gradient_is_small() -> None:
    result = FirstOrder(SGD(rate=0.25), steps=500).minimize(Problem([3.0], f=lambda a: (a - 1) * (a - 1) + 1.0))
    assert result.reason is StopReason.GRADIENT_SMALL
    assert result.iterations < 60


def test_descent_that_runs_away_says_so() -> None:
    result = FirstOrder(SGD(rate=10.0), steps=500).minimize(Problem([3.0], f=lambda a: a * a))
    assert result.reason is StopReason.DIVERGED
    assert result.x == [3.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_entry_builds_with_each_of_its_options(name: str) -> None:
    entry = OPTIMIZERS[name]
    assert entry.name == name
    values = {"steps": 3, "tol": 1e-3, "rate": 0.1, "momentum": 0.5, "nesterov": True}
    built = entry.build(**{option: values[option] for option in entry.options})
    problem = Problem([3.0], lambda a: a * np.ones(2), np.zeros(2))
    assert built.minimize(problem).value <= 18.0


def test_bounds_hold_what_descent_pushes_out() -> None:
    lower, upper = np.array([0.0, 0.0, 0.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0])
    x, gradient = np.array([0.0, 1.0, 0.0, 1.0]), np.array([2.0, -1.0, -1.0, 0.0])
    assert held(x, gradient, lower, upper).tolist() == [True, True, False, True]
    assert projected_gradient(x, gradient, lower, upper).tolist() == [0.0, 0.0, -1.0, 0.0]
    assert project(np.array([-1.0, 0.5, 7.0, 0.0]), lower, upper).tolist() == [0.0, 0.5, 1.0, 1.0]

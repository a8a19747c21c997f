"""The module `ode` against solutions in closed form and SciPy's solvers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

import dlang
from dlang.diagnostics import DlangError

TIMES = np.linspace(0.0, 15.0, 20)
RATES = (1.5, 1.0, 3.0, 1.0)

SYSTEMS = """
import ode

fn decay(k, y0, ts) = ode.solve(fn(t, y) = -k * y, y0, ts)
fn exactly(k, y0, ts) = ode.solve(fn(t, y) = -k * y, y0, ts, rtol=1e-12, atol=1e-14)
fn forced(ts) = ode.solve(fn(t, y) = cos(3 * t) - y, 1, ts, rtol=1e-9, atol=1e-9)

fn prey(p, y0, ts, rtol=1e-6, atol=1e-9, max_steps=10_000) {
  fn rate(t, y) = [p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]]
  ode.solve(rate, y0, ts, rtol=rtol, atol=atol, max_steps=max_steps)
}
fn prey_total(p, y0, ts, rtol) = sum(prey(p, y0, ts, rtol=rtol))
fn prey_from(t0, p, y0, ts) = ode.solve(fn(t, y) = [p * y[1], -y[0]], y0, ts, t0=t0)

fn euler(y0, ts, steps: Int) = ode.euler(fn(t, y) = cos(t) * y, y0, ts, steps=steps)
fn rk4(y0, ts, steps: Int) = ode.rk4(fn(t, y) = cos(t) * y, y0, ts, steps=steps)
"""
PROGRAM = dlang.loads(SYSTEMS)


def call(name: str, *arguments: Any, **named: Any) -> Any:
    return PROGRAM.function(name)(*arguments, **named)


def lotka_volterra(t: float, y: Any, p: Any) -> list[float]:
    return [p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]]


def exact_prey(p: Any, y0: Any = (10.0, 5.0)) -> np.ndarray:
    """To about twelve digits."""
    found = solve_ivp(lotka_volterra, (0, 15), y0, "DOP853", TIMES, args=(p,), rtol=1e-13, atol=1e-13)
    return found.y.T


# ---- values


@pytest.mark.parametrize(("rtol", "within"), [(1e-4, 1e-2), (1e-6, 1e-4), (1e-9, 1e-7), (1e-12, 1e-9)])
def test_the_error_goes_with_the_tolerance(rtol: float, within: float) -> None:
    """The errors of the steps add up, and this system amplifies them: a hundred tolerances are to be expected."""
    found = call("prey", RATES, [10.0, 5.0], TIMES, rtol=rtol, atol=1e-3 * rtol)
    exact = exact_prey(RATES)
    assert np.max(np.abs(found - exact) / np.max(exact, axis=0)) < within


def test_it_takes_no_more_steps_than_scipy_needs() -> None:
    reference = solve_ivp(lotka_volterra, (0, 15), (10.0, 5.0), "RK45", args=(RATES,), rtol=1e-6, atol=1e-9)
    trials = (reference.nfev - 2) // 6
    found = call("prey", RATES, [10.0, 5.0], TIMES, max_steps=int(1.05 * trials))
    np.testing.assert_allclose(found, exact_prey(RATES), rtol=1e-4)


def test_a_state_may_be_a_number() -> None:
    np.testing.assert_allclose(call("decay", 0.7, 2.0, [0.0, 1.0, 3.0]), 2 * np.exp(-0.7 * np.array([0, 1, 3])), 1e-5)
    t = np.linspace(0, 5, 11)
    exact = (np.cos(3 * t) + 3 * np.sin(3 * t) + 9 * np.exp(-t)) / 10
    np.testing.assert_allclose(call("forced", t), exact, rtol=0, atol=1e-7)


def test_a_state_may_be_a_matrix() -> None:
    y0 = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    found = call("decay", 0.7, y0, [0.0, 1.0])
    np.testing.assert_allclose(found, [y0, y0 * np.exp(-0.7)], rtol=1e-5)


def test_times_may_decrease() -> None:
    t = np.array([3.0, 2.5, 1.0, -2.0])
    np.testing.assert_allclose(call("exactly", 0.7, 2.0, t), 2 * np.exp(-0.7 * (t - 3)), rtol=1e-10)


def test_times_may_be_few_or_repeat() -> None:
    assert call("decay", 1.0, 2.0, [5.0]).tolist() == [2.0]
    assert call("decay", 1.0, 2.0, [5.0, 5.0]).tolist() == [2.0, 2.0]
    found = call("exactly", 1.0, 2.0, [0.0, 0.0, 1.0, 1.0, 2.0, 2.0])
    np.testing.assert_allclose(found, 2 * np.exp(-np.array([0, 0, 1, 1, 2, 2])), rtol=1e-10)


def test_the_start_may_be_at_a_time_of_its_own() -> None:
    found = call("prey_from", 0.0, 1.0, [0.0, 1.0], [0.5, 1.0])
    np.testing.assert_allclose(found, [[np.sin(t), np.cos(t)] for t in (0.5, 1.0)], rtol=1e-5)
    printed = dlang.loads(
        "import ode\nfn f(t, y) = 2 * t\nprint(ode.rk4(f, 0, [1, 2], t0=0), ode.euler(f, 0, [1, 2], t0=0))"
    ).run()
    assert printed.printed == ["[1.0, 4.0] [0.0, 2.0]"]


def test_ints_are_taken_as_reals() -> None:
    run = dlang.loads("import ode\nprint(ode.solve(fn(t, y) = [0, 1], [1, 2], 0..3))").run()
    np.testing.assert_allclose(json.loads(run.printed[0]), [[1, 2], [1, 3], [1, 4]], rtol=1e-14)


@pytest.mark.parametrize("y0", [1.5, np.array([1.5, -2.0])])
@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("rk4", 4)])
def test_fixed_steps_have_their_order(name: str, order: int, y0: Any) -> None:
    t = np.array([0.5, 1.0, 2.0])
    exact = np.multiply.outer(np.exp(np.sin(t) - np.sin(0.5)), y0)
    errors = [np.max(np.abs(call(name, y0, t, steps) - exact)) for steps in (80, 160)]
    assert errors[0] / errors[1] == pytest.approx(2**order, rel=0.1)


def test_between_steps_it_is_as_good_as_at_their_ends() -> None:
    """Interpolation of fourth order: with many times asked for, none is worse than the tolerance asks."""
    t = np.linspace(0, 10, 2001)
    np.testing.assert_allclose(call("decay", 0.7, 1.0, t), np.exp(-0.7 * t), rtol=0, atol=3e-6)


# ---- derivatives


def test_derivatives_of_a_decay_are_those_of_the_exponential() -> None:
    k, y0, t = 0.7, 2.0, np.array([0.0, 0.4, 1.0, 3.0])
    exactly = PROGRAM.function("exactly")
    y = y0 * np.exp(-k * t)
    np.testing.assert_allclose(exactly.jacobian("k")(k, y0, t), -t * y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(exactly.jacobian("y0")(k, y0, t), y / y0, rtol=1e-9)
    in_times = np.diag(-k * y)
    in_times[:, 0] = k * y  # a later start leaves less time
    in_times[0, 0] = 0.0
    np.testing.assert_allclose(exactly.jacobian("ts")(k, y0, t), in_times, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("rtol", [1e-3, 1e-6])
@pytest.mark.parametrize("ts", [TIMES, -TIMES[:5]])
def test_gradients_agree_with_differences_whatever_the_tolerance(ts: np.ndarray, rtol: float) -> None:
    """As the sizes of the steps are differentiated too; over so small differences, no step is more or less."""
    total, point = PROGRAM.function("prey_total"), (np.array(RATES), np.array([10.0, 5.0]), ts, rtol)
    gradients = total.grad(("p", "y0"))(*point)
    for k, gradient in enumerate(gradients):
        for i in range(len(gradient)):
            ways = []
            for step in (1e-6, -1e-6):
                moved = [part if j != k else part + step * np.eye(len(part))[i] for j, part in enumerate(point)]
                ways.append(total(*moved))
            assert gradient[i] == pytest.approx((ways[0] - ways[1]) / 2e-6, rel=1e-6)


def test_gradients_agree_with_those_of_the_variational_equations() -> None:
    def both(t: float, z: Any) -> np.ndarray:
        y, s = z[:2], z[2:].reshape(2, 4)
        p = RATES
        in_y = np.array([[p[0] - p[1] * y[1], -p[1] * y[0]], [p[3] * y[1], -p[2] + p[3] * y[0]]])
        in_p = np.array([[y[0], -y[0] * y[1], 0, 0], [0, 0, -y[1], y[0] * y[1]]])
        return np.concatenate([lotka_volterra(t, y, p), (in_y @ s + in_p).ravel()])

    start = np.concatenate([[10.0, 5.0], np.zeros(8)])
    found = solve_ivp(both, (0, 15), start, "DOP853", TIMES, rtol=1e-12, atol=1e-12)
    exact = found.y[2:].T.reshape(20, 2, 4)
    ours = PROGRAM.function("prey").jacobian("p")(np.array(RATES), [10.0, 5.0], TIMES, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours, exact, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["euler", "rk4"])
def test_gradients_of_fixed_steps_agree_with_differences(name: str) -> None:
    text = SYSTEMS + f"\nfn total(y0, ts) = sum({name}(y0, ts, 3))"
    at = {"y0": np.array([1.0, -0.5]), "ts": np.array([0.3, 1.0, 1.7])}
    result = dlang.loads(text).function_gradient("total", at=at, check=True)
    assert result.check is not None
    assert result.check.passed


# ---- in a model


FIT = """
import ode
param a in 0..inf = 1.3
param b in 0..inf = 1.1
param y0 in 0..inf = [9.0, 6.0]
data t = [0.0]
data y = [[0.0, 0.0]]

fn rate(t, y) = [a * y[0] - b * y[0] * y[1], -3 * y[1] + y[0] * y[1]]
y ~ ode.solve(rate, y0, t)
"""


def test_a_fit_finds_what_scipy_finds() -> None:
    t = TIMES[:8]
    y = exact_prey(RATES)[:8] + np.random.default_rng(1).normal(scale=0.1, size=(8, 2))

    def residuals(p: np.ndarray) -> np.ndarray:
        rates = (p[0], p[1], 3.0, 1.0)
        found = solve_ivp(lotka_volterra, (0, t[-1]), p[2:], "DOP853", t, args=(rates,), rtol=1e-10, atol=1e-10)
        return (found.y.T - y).ravel()

    wanted = least_squares(residuals, [1.5, 1.0, 10.0, 5.0], x_scale=[1, 1, 10, 5]).x
    result = dlang.loads(FIT, data={"t": t, "y": y}).fit()
    assert result.verdict == "converged"
    found = [result.parameters["a"].value, result.parameters["b"].value, *result.parameters["y0"].value]
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


def test_a_fit_turns_back_from_where_there_is_no_solution() -> None:
    """y' = y^2 from y0 goes to infinity at t = 1 / y0, which the first steps overshoot."""
    t = np.linspace(0, 1, 9)
    text = "import ode\nparam y0 = 0.1\ndata t = [0.0]\ndata y = [0.0]\ny ~ ode.solve(fn(t, y) = y^2, y0, t)"
    result = dlang.loads(text, data={"t": t, "y": 0.95 / (1 - 0.95 * t)}).fit()
    assert result.converged
    assert result.parameters["y0"].value == pytest.approx(0.95, rel=1e-4)


# ---- what is refused


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        ("ode.solve(fn(t, y) = -1e6 * (y - cos(t)), 0.0, [0, 10])", "is the system stiff?"),
        ("ode.solve(fn(t, y) = y^2, 1.0, [0, 2])", "does the solution go to infinity?"),
        ("ode.solve(fn(t, y) = y, 1.0, [0, 2, 1])", "go one way, from `t0` on"),
        ("ode.solve(fn(t, y) = y, 1.0, [1, 2], t0=1.5)", "go one way, from `t0` on"),
        ("ode.solve(fn(t, y) = y, 1.0, [0, inf])", "are finite"),
        ("ode.solve(fn(t, y) = y, 1.0, [0, nan])", "are finite"),
        ("ode.solve(fn(t, y) = log(-y), 1.0, [0, 1])", "f(t0, y0) is finite"),
        ("ode.solve(fn(t, y) = [y, y], 1.0, [0, 1])", "of the shape of the state y"),
        ("ode.solve(fn(t, y) = y[0], [1.0, 2.0], [0, 1])", "of the shape of the state y"),
        ("ode.rk4(fn(t, y) = sum(y), [1.0, 2.0], [0, 1])", "of the shape of the state y"),
        ("ode.euler(fn(t, y) = y, 1.0, [0, 1], steps=0)", "`steps` is at least 1"),
    ],
)
def test_a_failure_says_what_to_look_at(program: str, wanted: str) -> None:
    with pytest.raises(DlangError) as caught:
        dlang.loads(f"import ode\nprint({program})").run()
    assert wanted in str(caught.value)
    assert "inline.dl:2" in str(caught.value)

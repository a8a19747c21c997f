"""The module `quad` against integrals in closed form and SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate

import dlang
from dlang.diagnostics import DlangError

PROGRAM = dlang.loads("""
import quad

fn wave(k, a, b) = quad.integrate(fn(x) = exp(-x) * cos(k * x), a, b, tol=1e-12)
fn bell(m, s, a, b) = quad.integrate(fn(x) = exp(-((x - m) / s)^2 / 2), a, b, tol=1e-12)
fn power(p, b) = quad.integrate(fn(x) = x^p, 0, b)
fn gauss(k, a, b, n: Int) = quad.gauss_legendre(fn(x) = exp(-x) * cos(k * x), a, b, n)
fn monomial(p: Int, n: Int) = quad.gauss_legendre(fn(x) = x^p, 0.0, 1.0, n)
fn nested(r) = quad.integrate(fn(x) = quad.integrate(fn(y) = x * y, 0, sqrt(max(r^2 - x^2, 0))), 0, r)
""")
X = np.cumsum(np.random.default_rng(5).uniform(0.1, 1.0, 12))
Y = np.sin(X) + 0.3 * X


def call(name: str, *arguments: Any) -> Any:
    return PROGRAM.function(name)(*arguments)


def printed(expression: str) -> float:
    """The value of an expression of the language."""
    return float(dlang.loads(f"import quad\nprint({expression})").run().printed[0])


# ---- integrals of functions


@pytest.mark.parametrize(
    ("expression", "exact"),
    [
        ("quad.integrate(exp, 0, 1)", np.e - 1),
        ("quad.integrate(exp, 1, 0)", 1 - np.e),
        ("quad.integrate(exp, 2, 2)", 0.0),
        ("quad.integrate(fn(x) = 3, -1, 1)", 6.0),
        ("quad.integrate(fn(x) = abs(x - 0.3), 0, 1)", 0.29),
        ("quad.integrate(fn(x) = sin(50 * x), 0, 3)", (1 - np.cos(150)) / 50),
        ("quad.integrate(fn(x) = 1 / (1e-4 + (x - 0.3)^2), 0, 1)", 100 * (np.arctan(70) + np.arctan(30))),
        ("quad.integrate(fn(x) = if x < 1 / 3 { 0.0 } else { 1.0 }, 0, 1)", 2 / 3),
        ("quad.integrate(log, 0, 1)", -1.0),
        ("quad.integrate(fn(x) = 1 / sqrt(x), 0, 1)", 2.0),
        ("quad.integrate(fn(x) = exp(-x), 0, inf)", 1.0),
        ("quad.integrate(fn(x) = exp(-x), inf, 1)", -np.exp(-1)),
        ("quad.integrate(exp, -inf, 1)", np.e),
        ("quad.integrate(exp, 1, -inf)", -np.e),
        ("quad.integrate(fn(x) = exp(-x^2), -inf, inf)", np.sqrt(np.pi)),
        ("quad.integrate(fn(x) = exp(-x^2), inf, -inf)", -np.sqrt(np.pi)),
        ("quad.integrate(fn(x) = exp(-x^2), inf, inf)", 0.0),
        ("quad.integrate(fn(x) = 1 / (1 + x^2), -inf, inf)", np.pi),
    ],
)
def test_integrals_are_within_the_tolerance(expression: str, exact: float) -> None:
    assert printed(expression) == pytest.approx(exact, rel=1e-8, abs=1e-8)


def test_the_rule_is_quadpacks() -> None:
    """One part: the value is that of Kronrod's rule, for a function that it does not integrate exactly."""
    found = printed("quad.integrate(fn(x) = x^30, -1, 1, tol=10)")
    rule = integrate.quad_vec(lambda x: x**30, -1, 1, quadrature="gk15", limit=1, epsabs=10)[0]
    assert found == pytest.approx(rule, rel=1e-14)
    assert found != pytest.approx(2 / 31, rel=1e-12)


def test_a_smaller_tolerance_gives_more_digits() -> None:
    f = "fn(x) = sqrt(abs(x - 0.3))"
    exact = 2 / 3 * (0.3**1.5 + 0.7**1.5)
    errors = [abs(printed(f"quad.integrate({f}, 0, 1, tol={tol})") - exact) for tol in ("1e-3", "1e-6", "1e-11")]
    assert errors[0] > errors[1] > errors[2]
    assert all(error <= tol for error, tol in zip(errors, (1e-3, 1e-6, 1e-11), strict=True))


def test_a_nan_of_the_function_is_a_nan_of_the_integral() -> None:
    assert np.isnan(printed("quad.integrate(sqrt, -1, 1)"))


@pytest.mark.parametrize("f", ["fn(x) = 1 / x", "fn(x) = 1 / (1 - x)", "fn(x) = 1 / (x - 0.3)^2"])
def test_an_integral_that_does_not_exist_fails(f: str) -> None:
    with pytest.raises(DlangError, match="does the integral exist"):
        printed(f"quad.integrate({f}, 0, 1)")


def test_integrals_nest() -> None:
    assert call("nested", 1.5) == pytest.approx(1.5**4 / 8, rel=1e-7)
    assert PROGRAM.function("nested").grad()(1.5) == pytest.approx(1.5**3 / 2, rel=1e-4)


def test_derivatives_in_the_limits_are_the_function_there() -> None:
    k, a, b = 2.0, 0.3, 1.7
    _, in_a, in_b = PROGRAM.function("wave").grad(("k", "a", "b"))(k, a, b)
    assert in_a == pytest.approx(-np.exp(-a) * np.cos(k * a), rel=1e-12)
    assert in_b == pytest.approx(np.exp(-b) * np.cos(k * b), rel=1e-12)
    assert PROGRAM.function("wave").grad("b")(k, a, a) == pytest.approx(np.exp(-a) * np.cos(k * a), rel=1e-12)
    assert PROGRAM.function("bell").grad("a")(0.0, 1.0, -0.4, np.inf) == pytest.approx(-np.exp(-0.08), rel=1e-10)
    assert PROGRAM.function("bell").grad("b")(0.0, 1.0, -np.inf, 0.4) == pytest.approx(np.exp(-0.08), rel=1e-10)


def test_derivatives_in_what_the_function_closes_over_are_integrals() -> None:
    k = 2.0
    exact = -integrate.quad(lambda x: x * np.exp(-x) * np.sin(k * x), 0.3, 1.7, epsabs=1e-14)[0]
    assert PROGRAM.function("wave").grad("k")(k, 0.3, 1.7) == pytest.approx(exact, rel=1e-12)
    in_m, in_s = PROGRAM.function("bell").grad(("m", "s"))(0.7, 1.3, -np.inf, np.inf)
    assert in_m == pytest.approx(0, abs=1e-10)
    assert in_s == pytest.approx(np.sqrt(2 * np.pi), rel=1e-10)
    assert PROGRAM.function("power").grad("p")(0.5, 1.0) == pytest.approx(-1 / 2.25, rel=1e-6)


@pytest.mark.parametrize("name", ["wave", "gauss"])
def test_gradients_agree_with_differences(name: str) -> None:
    at = {"k": 2.0, "a": 0.3, "b": 1.7} | ({"n": 6} if name == "gauss" else {})
    result = PROGRAM.function_gradient(name, at=at, check=True)
    assert result.check is not None
    assert result.check.passed


def test_an_integral_stands_in_a_model() -> None:
    """The scale of a density of unknown form that integrates to one."""
    text = (
        "import quad\nparam s in 0..inf = 1.0\ndata x = [0.0]\n"
        "fn shape(x) = exp(-(abs(x) / s)^3)\nminimize len(x) * log(quad.integrate(shape, -inf, inf)) - sum(log(shape(x)))"
    )
    x = np.array([-1.2, -0.5, 0.3, 0.9, 1.4])
    result = dlang.loads(text, data={"x": x}).fit()
    assert result.converged
    assert result.parameters["s"].value == pytest.approx((3 * np.mean(np.abs(x) ** 3)) ** (1 / 3), rel=1e-6)


# ---- Gauss's rule


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_gauss_is_exact_for_polynomials_below_twice_its_points(n: int) -> None:
    for power in range(2 * n):
        assert call("monomial", power, n) == pytest.approx(1 / (power + 1), rel=1e-13)
    assert call("monomial", 2 * n, n) < 1 / (2 * n + 1)


def test_gauss_is_scipys() -> None:
    exact = integrate.fixed_quad(lambda x: np.exp(-x) * np.cos(2 * x), 0.3, 5.0, n=7)[0]
    assert call("gauss", 2.0, 0.3, 5.0, 7) == pytest.approx(exact, rel=1e-13)
    with pytest.raises(DlangError, match="a point at least"):
        printed("quad.gauss_legendre(exp, 0, 1, 0)")


# ---- integrals of samples


@pytest.mark.parametrize("size", range(1, 13))
def test_integrals_of_samples_are_scipys(size: int) -> None:
    x, y = X[:size], Y[:size]
    assert call("quad.trapezoid", y, x) == pytest.approx(integrate.trapezoid(y, x), rel=1e-13, abs=1e-15)
    assert call("quad.simpson", y, x) == pytest.approx(integrate.simpson(y, x=x), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("size", [2, 5, 6])
@pytest.mark.parametrize("name", ["trapezoid", "simpson"])
def test_gradients_in_samples_agree_with_differences(name: str, size: int) -> None:
    result = PROGRAM.function_gradient(f"quad.{name}", at={"y": Y[:size], "x": X[:size]}, check=True)
    assert result.check is not None
    assert result.check.passed

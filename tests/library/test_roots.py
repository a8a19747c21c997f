"""The library's module `roots`, against SciPy, and its implicit derivatives against mathematics and differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize
from small_programs import codes, printed

import dlang

BRACKETS = {
    "a cube root": ("x^3 - 2", lambda x: x**3 - 2, 0, 10),
    "a steep wall": ("tanh(1e6 * (x - 0.3))", lambda x: np.tanh(1e6 * (x - 0.3)), -1, 2),
    "a flat root": ("(x - 1)^9", lambda x: (x - 1) ** 9, 0, 3),
    "falling": ("exp(-x) - 1e-9", lambda x: np.exp(-x) - 1e-9, 0, 100),
    "a pole beside": ("1 / x - 100", lambda x: 1 / x - 100, 1e-6, 1),
    "no slope at the start": ("x^3 - 3 * x^2 + 0.5", lambda x: x**3 - 3 * x**2 + 0.5, 0, 2),
    "Kepler": ("x - 0.99 * sin(x) - 0.01", lambda x: x - 0.99 * np.sin(x) - 0.01, 0, 4),
}


@pytest.mark.parametrize("name", BRACKETS)
def test_a_root_in_a_bracket_is_that_of_brent(name: str) -> None:
    text, f, lo, hi = BRACKETS[name]
    [found] = printed(f"import roots\nprint(roots.root(fn(x) = {text}, {lo}, {hi}))")
    expected = optimize.brentq(f, lo, hi, xtol=1e-15, rtol=1e-14, maxiter=10_000)
    # as near as the function's own rounding lets one tell
    assert abs(f(float(found))) <= abs(f(expected)) + 1e-15 or float(found) == pytest.approx(expected, rel=1e-13)


def test_a_root_at_an_end_is_found_and_the_ends_may_change_places() -> None:
    assert printed("import roots\nprint(roots.root(fn(x) = x, 0, 1), roots.root(fn(x) = x - 1, 0, 1))") == ["0.0 1.0"]
    assert printed("import roots\nprint(roots.root(fn(x) = x^2 - 4, 5, 0))") == ["2.0"]


def objective(text: str) -> dlang.Program:
    return dlang.loads(f"import roots\nparam a = 2.0\nparam b = 0.5\nminimize {text}")


IMPLICIT = {
    "a bracket": ("roots.root(fn(x) = x^3 - a * b, 0, 10)", [1 / 6, 2 / 3]),
    "its ends do not count": ("roots.root(fn(x) = x^2 - 4, a - 1, 10 * b)", [0.0, 0.0]),
    "newton": ("roots.newton(fn(x) = exp(x) - a / b, 1)", [1 / 2, -2.0]),
    "a fixed point": ("roots.fixed_point(fn(x) = x / 2 + a * b, 0)", [1.0, 4.0]),
}


@pytest.mark.parametrize("name", IMPLICIT)
def test_derivatives_are_implicit_in_both_modes(name: str) -> None:
    text, expected = IMPLICIT[name]
    flat = objective(text).objective()
    np.testing.assert_allclose(flat.value_and_grad(flat.start)[1], expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(flat.forward_gradient(flat.start)[1], expected, rtol=1e-13, atol=1e-15)


def test_second_derivatives_are_right_too() -> None:
    flat = objective("roots.root(fn(x) = x^2 - a * b, 0, 10) + roots.newton(fn(x) = log(x) - a * b^2, 1)").objective()
    a, b = 2.0, 0.5
    root, grown = math.sqrt(a * b), math.exp(a * b**2)
    expected = [
        [-root / (4 * a * a) + grown * b**4, root / (4 * a * b) + grown * (2 * b + 2 * a * b**3)],
        [root / (4 * a * b) + grown * (2 * b + 2 * a * b**3), -root / (4 * b * b) + grown * (2 * a + (2 * a * b) ** 2)],
    ]
    np.testing.assert_allclose(flat.hessian(flat.start), expected, rtol=1e-11)


def test_systems_are_solved_with_their_derivatives() -> None:
    text = "sum(roots.newton(fn(v) { [v[0]^2 + v[1]^2 - a, v[0] - b * v[1]] }, [1, 1]) * [1, 10])"
    flat = objective(text).objective()
    solved = optimize.root(lambda v: [v[0] ** 2 + v[1] ** 2 - 2, v[0] - 0.5 * v[1]], [1, 1], tol=1e-14).x
    assert flat.value(flat.start) == pytest.approx(solved[0] + 10 * solved[1], rel=1e-13)
    # v = sqrt(a / (1 + b^2)) * (b, 1)
    r = math.sqrt(2 / 1.25)
    slope_a = r / 4 * (0.5 + 10)
    slope_b = -r * 0.5 / 1.25 * (0.5 + 10) + r
    np.testing.assert_allclose(flat.value_and_grad(flat.start)[1], [slope_a, slope_b], rtol=1e-12)


def test_a_fixed_point_of_a_vector_is_that_of_scipy() -> None:
    [found] = printed("import roots\nprint(roots.fixed_point(fn(v) { 0.3 * cos(v) + [1, 2] }, [0, 0]))")
    expected = optimize.fixed_point(lambda v: 0.3 * np.cos(v) + np.array([1.0, 2.0]), [0.0, 0.0], xtol=1e-14)
    np.testing.assert_allclose(np.fromstring(found.strip("[]"), sep=","), expected, rtol=1e-13)


@pytest.mark.parametrize(
    "text",
    [
        "roots.root(fn(x) = x^2 + 1, 0, 1)",
        "roots.root(fn(x) = log(x), -1, 2)",
        "roots.newton(fn(x) = x^2 + 1, 0.5)",
        "roots.fixed_point(fn(x) = 2 * x + 1, 1)",
    ],
)
def test_where_there_is_none_the_message_says_so(text: str) -> None:
    assert codes(f"import roots\nprint({text})") == ["E0605"]


def test_a_root_inside_a_loop_inside_a_fit() -> None:
    data = "data m = [0.5, 1.0, 1.5, 2.0]\ndata y = [0.79, 1.42, 1.88, 2.24]\nparam e in 0..0.99 = 0.2\n"
    text = "import roots\n" + data + "y ~ [roots.root(fn(x) = x - e * sin(x) - k, 0, 4) for k in m]"
    result = dlang.loads(text).fit()
    assert result.verdict == "converged"
    assert result.parameters["e"].value == pytest.approx(0.5, abs=0.1)

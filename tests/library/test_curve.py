"""The module `curve` against SciPy's splines, closed forms and searches by brute force."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.interpolate import BPoly, BSpline, CubicHermiteSpline
from scipy.optimize import minimize_scalar

import dlang
from dlang.diagnostics import DlangError
from dlang.driver.functions import FunctionValue

RNG = np.random.default_rng(11)
PLANE = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.5], [3.5, -1.0], [5.0, 0.5], [6.0, 2.5]])
SPACE = RNG.normal(size=(7, 3))
T = np.concatenate([np.linspace(0, 1, 9), RNG.uniform(size=12), [-0.1, 1.2]])


def call(name: str, program: str = "import curve") -> FunctionValue:
    """A function of the module, or of a program that uses it, callable from here."""
    return dlang.loads(program).function(name)


# ---- Bézier curves


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 16])
@pytest.mark.parametrize("order", [0, 1, 2, 5])
def test_bezier(count: int, order: int) -> None:
    points = RNG.normal(size=(count, 2))
    exact = BPoly(points[:, None, :], [0, 1])(T, nu=order) if order < count else np.zeros((len(T), 2))
    found = call("curve.bezier")(points, T, order)
    np.testing.assert_allclose(found, exact, atol=1e-13 * (np.abs(exact).max() + 1))
    np.testing.assert_allclose(call("curve.bezier")(points, T[4], order), found[4], rtol=1e-12)


def test_a_bezier_curve_of_degree_30_keeps_its_digits() -> None:
    points = np.column_stack([np.linspace(0, 1, 31), np.linspace(0, 1, 31) ** 2])
    t = np.linspace(0, 1, 101)
    np.testing.assert_allclose(
        call("curve.bezier")(points, t), np.column_stack([t, t**2 * 29 / 30 + t / 30]), atol=1e-14
    )


@pytest.mark.parametrize("name", ["bezier", "bspline", "catmull_rom"])
@pytest.mark.parametrize("at", [0.0, 0.37, 1.0])
def test_the_derivative_in_t_is_the_curve_of_the_next_order(name: str, at: float) -> None:
    function = call(f"curve.{name}")
    for order in (0, 1):
        slope = function.jacobian("t")(PLANE, at, order=order)
        np.testing.assert_allclose(slope, function(PLANE, at, order=order + 1), rtol=1e-12, atol=1e-12)


# ---- B-splines


def uniform(n: int, degree: int) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(degree), np.linspace(0, 1, n - degree + 1), np.ones(degree)])


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 5, 6])
@pytest.mark.parametrize("order", [0, 1, 2, 4])
def test_bspline(degree: int, order: int) -> None:
    knots = uniform(7, degree)
    np.testing.assert_allclose(call("curve.uniform_knots")(7, degree), knots, atol=1e-15)
    exact = BSpline(knots, SPACE, degree)(T, nu=order) if order <= degree else np.zeros((len(T), 3))
    found = call("curve.bspline")(SPACE, T, degree, order=order)
    np.testing.assert_allclose(found, exact, atol=1e-12 * (np.abs(exact).max() + 1))
    np.testing.assert_allclose(call("curve.bspline")(SPACE, T[3], degree, order=order), found[3], rtol=1e-14)


@pytest.mark.parametrize("knots", [[0, 0, 0, 0.2, 0.2, 0.7, 0.9, 1, 1, 1], [-2, -1, 0, 0.1, 0.4, 0.5, 0.8, 1, 3, 5]])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_bspline_with_given_knots(knots: list[float], order: int) -> None:
    exact = BSpline(np.array(knots), SPACE, 2)(T, nu=order)
    found = call("curve.bspline")(SPACE, T, 2, np.array(knots), order)
    np.testing.assert_allclose(found, exact, atol=1e-12 * np.abs(exact).max())


def test_a_bspline_of_one_piece_is_a_bezier_curve() -> None:
    np.testing.assert_allclose(call("curve.bspline")(SPACE, T, 6), call("curve.bezier")(SPACE, T), atol=1e-13)


# ---- splines of Catmull and Rom


def barry_goldman(points: NDArray[np.float64], t: float, alpha: float) -> NDArray[np.float64]:
    """The pyramid of Barry and Goldman 1988, over points with a mirrored one at each end."""
    all_points = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    steps = np.linalg.norm(np.diff(all_points, axis=0), axis=1) ** alpha
    knots = np.concatenate([[0], np.cumsum(steps)]) - steps[0]
    u = t * knots[-2]
    k = int(np.clip(np.searchsorted(knots, u, "right") - 1, 1, len(knots) - 3))
    row, at = [all_points[k - 1 + j] for j in range(4)], knots[k - 1 : k + 3]

    def between(a: Any, b: Any, begin: float, end: float) -> Any:
        return ((end - u) * a + (u - begin) * b) / (end - begin)

    a = [between(row[j], row[j + 1], at[j], at[j + 1]) for j in range(3)]
    b = [between(a[j], a[j + 1], at[j], at[j + 2]) for j in range(2)]
    return np.asarray(between(b[0], b[1], at[1], at[2]))


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("count", [2, 3, 7])
def test_catmull_rom(alpha: float, count: int) -> None:
    points = SPACE[:count]
    exact = [barry_goldman(points, t, alpha) for t in T]
    np.testing.assert_allclose(call("curve.catmull_rom")(points, T, alpha), exact, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_a_catmull_rom_spline_passes_through_its_points(alpha: float) -> None:
    knots = call("curve.catmull_rom_knots")(SPACE, alpha)
    assert (knots[0], knots[-1]) == (0, pytest.approx(1, rel=1e-15))
    np.testing.assert_allclose(call("curve.catmull_rom")(SPACE, knots, alpha), SPACE, atol=1e-14)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_derivatives_of_a_catmull_rom_spline(order: int) -> None:
    knots = call("curve.catmull_rom_knots")(SPACE)
    step, slope = np.diff(knots)[:, None], np.diff(SPACE, axis=0) / np.diff(knots)[:, None]
    inner = (step[1:] * slope[:-1] + step[:-1] * slope[1:]) / (step[1:] + step[:-1])
    exact = CubicHermiteSpline(knots, SPACE, np.vstack([slope[0], inner, slope[-1]]))(T, nu=order)
    found = call("curve.catmull_rom")(SPACE, T, order=order)
    np.testing.assert_allclose(found, exact, atol=1e-11 * (np.abs(exact).max() + 1))


# ---- lengths


def test_the_length_of_a_straight_line() -> None:
    assert call("curve.arc_length")(np.array([[1.0, 2.0, 3.0], [4.0, 6.0, 15.0]])) == pytest.approx(13, rel=1e-14)
    assert call("curve.arc_length")(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), [0.25, 0.5]) == pytest.approx(0.5)


def test_the_length_of_a_parabola() -> None:
    """y = x^2 from 0 to 1, as a Bézier curve of three points."""
    exact = np.sqrt(5) / 2 + np.arcsinh(2) / 4
    assert call("curve.arc_length")(np.array([[0.0, 0.0], [0.5, 0.0], [1.0, 1.0]])) == pytest.approx(exact, rel=1e-14)


LENGTHS = """\
import curve
fn of_bezier(p) = curve.arc_length(p)
fn of_spline(p, nodes: Int = 16) = curve.arc_length(p, curve.uniform_knots(len(p)), curve.bspline, nodes)
fn quadratic(p, t, order) = curve.bspline(p, t, degree=2, order=order)
fn of_quadratic(p, nodes: Int = 16) = curve.arc_length(p, curve.uniform_knots(len(p), 2), quadratic, nodes)
fn of_catmull_rom(p) = curve.arc_length(p, curve.catmull_rom_knots(p), curve.catmull_rom)
"""


def test_lengths_of_curves_agree_with_quadrature() -> None:
    for name, degree in (("of_spline", 3), ("of_quadratic", 2)):
        knots = uniform(6, degree)
        velocity = BSpline(knots, PLANE, degree).derivative()
        pieces = np.unique(knots)
        exact = sum(
            quad(lambda t: np.linalg.norm(velocity(t)), a, b, epsabs=1e-13)[0]  # noqa: B023
            for a, b in pairwise(pieces)
        )
        assert call(name, LENGTHS)(PLANE) == pytest.approx(exact, rel=1e-8)
        assert call(name, LENGTHS)(PLANE, nodes=48) == pytest.approx(exact, rel=1e-13)
    velocity = BPoly(PLANE[:, None, :], [0, 1]).derivative()
    exact = quad(lambda t: np.linalg.norm(velocity(t)), 0, 1, epsabs=1e-13)[0]
    assert call("curve.arc_length")(PLANE) == pytest.approx(exact, rel=1e-10)


def test_the_length_grows_at_the_speed_of_the_curve() -> None:
    program = "import curve\nfn upto(p, t) = curve.arc_length(p, [0, t])"
    speed = np.linalg.norm(call("curve.bezier")(PLANE[:4], 0.4, 1))
    assert call("upto", program).grad("t")(PLANE[:4], 0.4) == pytest.approx(speed, rel=1e-8)


# ---- the nearest point


def brute(function: Any, q: NDArray[np.float64]) -> float:
    """The t from 0 to 1 of the point nearest to q, by many samples and then Brent's method."""
    grid = np.linspace(0, 1, 2001)
    best = grid[np.argmin(np.sum((function(grid) - q) ** 2, axis=1))]
    around = (max(best - 1e-3, 0), min(best + 1e-3, 1))
    polished = minimize_scalar(
        lambda t: np.sum((function(t) - q) ** 2), bounds=around, method="bounded", options={"xatol": 1e-12}
    ).x
    return float(min((around[0], polished, around[1]), key=lambda t: np.sum((function(t) - q) ** 2)))


@pytest.mark.parametrize("name", ["bezier", "bspline", "catmull_rom"])
def test_nearest(name: str) -> None:
    function = call(f"curve.{name}")
    queries = np.vstack([RNG.uniform([-1, -2], [7, 3], size=(12, 2)), PLANE])
    program = f"import curve\nfn t_of(p, q) {{ (t, found) = curve.nearest(p, q, curve.{name}); t }}\n"
    program += f"fn point_of(p, q) {{ (t, found) = curve.nearest(p, q, curve.{name}); found }}"
    found, points = call("t_of", program)(PLANE, queries), call("point_of", program)(PLANE, queries)
    exact = [brute(lambda t: function(PLANE, t), q) for q in queries]
    np.testing.assert_allclose(found, exact, atol=2e-7)  # Brent's method sees the square of the distance only
    np.testing.assert_allclose(points, function(PLANE, found), rtol=1e-14, atol=1e-14)
    inside = (found > 0) & (found < 1)
    assert inside.sum() > 8
    slope = np.sum((points - queries) * function(PLANE, found, order=1), axis=1)
    np.testing.assert_allclose(slope[inside], 0, atol=1e-12)
    assert call("t_of", program)(PLANE, queries[3]) == pytest.approx(found[3], abs=1e-14)


def test_the_nearest_of_two_valleys_is_found() -> None:
    """A curve that comes back: Newton's method from t = 1/2 would end in either."""
    points = np.array([[0.0, 0.0], [8.0, 1.0], [8.0, 2.0], [0.0, 3.0]])
    t, found = call("curve.nearest")(points, np.array([1.0, 2.9]))
    assert t > 0.9
    assert np.linalg.norm(found - [1.0, 2.9]) < 0.3


NEAREST = """\
import curve
fn t_of(points, q) { (t, found) = curve.nearest(points, q); t }
fn point_of(points, q) { (t, found) = curve.nearest(points, q); found }
fn distance(points, q) { (t, found) = curve.nearest(points, q); norm(found - q) }
"""


def test_the_foot_of_a_perpendicular() -> None:
    """On a straight line everything has a closed form: t = (q - a) · (b - a) / |b - a|^2."""
    a, b, q = np.array([1.0, 1.0, 0.0]), np.array([3.0, 2.0, 2.0]), np.array([2.0, 0.0, 1.0])
    line, along = np.array([a, b]), b - a
    assert call("t_of", NEAREST)(line, q) == pytest.approx(along @ (q - a) / 9, rel=1e-14)
    np.testing.assert_allclose(call("t_of", NEAREST).grad("q")(line, q), along / 9, rtol=1e-13)
    project = np.outer(along, along) / 9
    np.testing.assert_allclose(call("point_of", NEAREST).jacobian("q")(line, q), project, atol=1e-13)


@pytest.mark.parametrize("query", [[2.0, 2.0], [4.0, -1.0], [3.0, 0.2]])
@pytest.mark.parametrize("name", ["t_of", "point_of"])
def test_derivatives_of_the_nearest_point_agree_with_differences(name: str, query: list[float]) -> None:
    function, given = call(name, NEAREST), {"points": PLANE[:4], "q": np.array(query)}
    for argument in given:
        exact = function.jacobian(argument)(**given)
        for place in np.ndindex(np.shape(given[argument])):
            ways = []
            for step in (1e-5, -1e-5):
                moved = {**given, argument: given[argument].copy()}
                moved[argument][place] += step
                ways.append(function(**moved))
            np.testing.assert_allclose(exact[(..., *place)], (ways[0] - ways[1]) / 2e-5, rtol=1e-6, atol=1e-8)


def test_the_gradient_of_a_distance_is_the_direction_to_the_point() -> None:
    q = np.array([2.0, 2.0])
    _, found = call("curve.nearest")(PLANE[:4], q)
    unit = (q - found) / np.linalg.norm(q - found)
    np.testing.assert_allclose(call("distance", NEAREST).grad("q")(PLANE[:4], q), unit, rtol=1e-10)


@pytest.mark.parametrize("name", ["bezier", "bspline", "catmull_rom"])
def test_the_derivative_of_the_nearest_point_is_that_of_the_implicit_function_theorem(name: str) -> None:
    """Of (curve(t) - q) · velocity = 0: dt/dq = velocity / (|velocity|^2 + (curve(t) - q) · acceleration)."""
    q, curve = np.array([2.2, 2.4]), call(f"curve.{name}")
    program = f"import curve\nfn t_of(p, q) {{ (t, found) = curve.nearest(p, q, curve.{name}); t }}\n"
    t = call("t_of", program)(PLANE, q)
    gap, velocity, acceleration = (curve(PLANE, t, order=order) - (q if order == 0 else 0) for order in range(3))
    exact = velocity / (velocity @ velocity + gap @ acceleration)
    np.testing.assert_allclose(call("t_of", program).grad("q")(PLANE, q), exact, rtol=1e-11)
    within = f"p = {PLANE.tolist()}\nprint(grad(t_of, wrt=1)(p, {q.tolist()}))"
    [printed] = dlang.loads(program + within).run().printed
    np.testing.assert_allclose(ast.literal_eval(printed), exact, rtol=1e-11)


def test_behind_an_end_of_the_curve_the_nearest_point_stays() -> None:
    line = np.array([[0.0, 0.0], [1.0, 0.0]])
    t, found = call("curve.nearest")(line, np.array([2.0, 1.0]))
    assert (t, found.tolist()) == (1.0, [1.0, 0.0])
    assert call("t_of", NEAREST).grad("q")(line, np.array([2.0, 1.0])).tolist() == [0, 0]
    assert call("t_of", NEAREST).grad("points")(line, np.array([-2.0, 1.0])).tolist() == [[0, 0], [0, 0]]


def test_nothing_is_near_to_nan() -> None:
    for points, q in ((PLANE, np.array([np.nan, 0.0])), (np.where(PLANE == 3, np.nan, PLANE), np.array([1.0, 0.0]))):
        t, found = call("curve.nearest")(points, q)
        assert np.isnan(t)
        assert np.all(np.isnan(found))


def test_a_point_on_the_curve_is_its_own_nearest() -> None:
    t = np.array([0.0, 1 / 3, 0.4, 0.5, 1.0])
    on = call("curve.bezier")(PLANE[:4], t)
    np.testing.assert_allclose(call("t_of", NEAREST)(PLANE[:4], on), t, atol=1e-14)
    np.testing.assert_allclose(call("point_of", NEAREST)(PLANE[:4], on), on, atol=1e-14)


def test_a_curve_that_is_one_point_is_nearest_there() -> None:
    for points in (np.ones((1, 2)), np.ones((3, 2))):
        assert call("point_of", NEAREST)(points, np.array([0.0, 5.0])) == pytest.approx([1, 1], rel=1e-14)


# ---- gradients, and what is refused


GRADIENTS = """\
import curve
fn of_bezier(p, t) = sum(curve.bezier(p, t)^2)
fn of_spline(p, t, inner) = sum(curve.bspline(p, t, degree=2, knots=concat([0, 0, 0], inner, [1, 1, 1]))^2)
fn of_velocity(p, t, inner) = sum(curve.bspline(p, t, degree=2, knots=concat([0, 0, 0], inner, [1, 1, 1]), order=1)^2)
fn of_catmull_rom(p, t, alpha) = sum(curve.catmull_rom(p, t, alpha)^2)
"""


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("of_bezier", {"p": SPACE[:4], "t": np.array([0.0, 0.3, 1.0])}),
        ("of_spline", {"p": SPACE, "t": 0.43, "inner": np.array([0.1, 0.4, 0.5, 0.8])}),
        ("of_velocity", {"p": SPACE, "t": 0.43, "inner": np.array([0.1, 0.4, 0.5, 0.8])}),
        ("of_catmull_rom", {"p": PLANE, "t": np.array([0.1, 0.43, 0.9]), "alpha": 0.5}),
    ],
)
def test_gradients_of_a_curve_agree_with_differences(name: str, arguments: dict[str, Any]) -> None:
    result = dlang.loads(GRADIENTS).function_gradient(name, at=arguments, check=True)
    assert result.check is not None
    assert result.check.passed


@pytest.mark.parametrize("name", ["of_bezier", "of_spline", "of_quadratic", "of_catmull_rom"])
def test_gradients_of_a_length_agree_with_differences(name: str) -> None:
    result = dlang.loads(LENGTHS).function_gradient(name, at={"p": PLANE}, check=True)
    assert result.check is not None
    assert result.check.passed


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("bezier(zeros(0, 2), 0.5)", "needs a point or more"),
        ("bezier(p, 0.5, -1)", "0 or more"),
        ("bspline(p, 0.5, degree=6)", "needs p \\+ 1 points"),
        ("bspline(p, 0.5, degree=2, knots=[0, 0, 0, 1, 1, 1])", "n \\+ p \\+ 1 knots"),
        ("bspline(p, 0.5, degree=1, knots=[0, 0.5, 0.4, 0.6, 0.7, 1, 1, 1])", "ascend"),
        ("catmull_rom([[1, 2]], 0.5)", "two points or more"),
        ("catmull_rom([[1, 2], [1, 2], [3, 4]], 0.5)", "neighbours"),
        ("nearest(p, [1, 2], samples=1)", "two samples or more"),
        ("arc_length(p, nodes=0)", "a node or more"),
        ("bezier([1, 2, 3], 0.5)", "must be an array \\[n, d\\]|\\[n, d\\]"),
        ("bezier(p, [[0.5]])", "t is a number or a vector"),
        ("bspline(p, [[0.5]])", "t is a number or a vector"),
        ("catmull_rom(p, [[0.5]])", "t is a number or a vector"),
        ("bspline(p, 0.5, degree=7)", "needs p \\+ 1 points"),
        ("uniform_knots(3, 3)", "needs p \\+ 1 points"),
        ("arc_length(p, 0.5)", "the breaks are a vector"),
        ("nearest(p, [1, 2, 3])", "as many coordinates"),
        ("nearest(p, 1)", "q is a point"),
    ],
)
def test_what_makes_no_curve_is_refused(expression: str, said: str) -> None:
    program = f"import curve\np = [[0, 0], [1, 2], [3, 1], [4, 4], [5, 0], [6, 1]]\nprint(curve.{expression})"
    with pytest.raises(DlangError, match=said):
        dlang.loads(program).run()

"""The module `interp` against NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import CubicSpline, PchipInterpolator

import dlang
from dlang.diagnostics import DlangError

PROGRAM = dlang.loads("""
import interp

fn linear(x, xs, ys) = interp.linear(x, xs, ys)
fn spline(x, xs, ys) = interp.spline(xs, ys)(x)
fn natural(x, xs, ys) = interp.spline(xs, ys, ends="natural")(x)
fn monotone(x, xs, ys) = interp.monotone(xs, ys)(x)

fn linear_sum(x, xs, ys) = sum(linear(x, xs, ys)^2)
fn spline_sum(x, xs, ys) = sum(spline(x, xs, ys)^2)
fn natural_sum(x, xs, ys) = sum(natural(x, xs, ys)^2)
fn monotone_sum(x, xs, ys) = sum(monotone(x, xs, ys)^2)
""")
RNG = np.random.default_rng(11)
XS = np.cumsum(RNG.uniform(0.2, 1.0, 9))
YS = np.array([0.0, 1.0, 1.5, 1.5, 0.7, 0.9, 2.0, 1.0, -3.0])  # rises, a level, peaks and valleys

NUMPY: dict[str, Callable[[Any, Any, Any], Any]] = {
    "linear": lambda x, xs, ys: np.interp(x, xs, ys),
    "spline": lambda x, xs, ys: CubicSpline(xs, ys)(x),
    "natural": lambda x, xs, ys: CubicSpline(xs, ys, bc_type="natural")(x),
    "monotone": lambda x, xs, ys: PchipInterpolator(xs, ys)(x),
}


def call(name: str, *arguments: Any) -> Any:
    return PROGRAM.function(name)(*arguments)


@pytest.mark.parametrize("size", range(2, 10))
@pytest.mark.parametrize("name", NUMPY)
def test_values_are_those_of_numpy_and_scipy(name: str, size: int) -> None:
    xs, ys = XS[:size], YS[:size]
    x = np.concatenate([xs, np.linspace(xs[0] - 0.5, xs[-1] + 0.5, 57)])
    np.testing.assert_allclose(call(name, x, xs, ys), NUMPY[name](x, xs, ys), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", NUMPY)
def test_a_place_may_be_a_number_or_an_array_of_any_shape(name: str) -> None:
    for x in (np.float64(1.3), np.array([[1.3, 0.7, -1.0], [2.0, 2.2, 9.0]]), np.zeros(0)):
        found = call(name, x, XS, YS)
        assert np.shape(found) == np.shape(x)
        np.testing.assert_allclose(found, NUMPY[name](x, XS, YS), rtol=1e-11)
    assert np.isnan(call(name, np.nan, XS, YS))


@pytest.mark.parametrize("size", [2, 3, 4, 9])
@pytest.mark.parametrize("name", NUMPY)
def test_gradients_agree_with_differences(name: str, size: int) -> None:
    x = np.linspace(XS[0] + 0.03, XS[size - 1] - 0.04, 7)
    ys = YS[:size] + 0.01 * np.arange(size)  # a level is a kink of the monotone curve
    result = PROGRAM.function_gradient(f"{name}_sum", at={"x": x, "xs": XS[:size], "ys": ys}, check=True)
    assert result.check is not None
    assert result.check.passed


@pytest.mark.parametrize("name", ["spline", "natural", "monotone"])
def test_slopes_are_scipys(name: str) -> None:
    x = np.concatenate([XS[1:-1], np.linspace(XS[0] - 1, XS[-1] + 1, 21)])
    curve = {
        "spline": CubicSpline(XS, YS),
        "natural": CubicSpline(XS, YS, bc_type="natural"),
        "monotone": PchipInterpolator(XS, YS),
    }[name]
    slopes = np.diag(PROGRAM.function(name).jacobian("x")(x, XS, YS))
    np.testing.assert_allclose(slopes, curve.derivative()(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["linear", "spline", "natural"])
def test_values_are_linear_in_those_of_the_table(name: str) -> None:
    x = np.linspace(XS[0], XS[-1], 13)
    jacobian = PROGRAM.function(name).jacobian("ys")(x, XS, YS)
    np.testing.assert_allclose(jacobian, NUMPY_OF_UNITS[name](x), rtol=1e-10, atol=1e-12)


NUMPY_OF_UNITS = {
    name: lambda x, name=name: np.stack([NUMPY[name](x, XS, unit) for unit in np.eye(len(XS))], axis=1)
    for name in ("linear", "spline", "natural")
}


def test_slopes_of_lines_at_the_points_and_the_ends() -> None:
    slope = PROGRAM.function("linear").grad("x")
    xs, ys = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 8.0])
    assert [slope(x, xs, ys) for x in (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0)] == [0.0, 1.0, 2.0, 3.0, 3.0, 1.5, 0.0]


def test_a_monotone_curve_stays_between_its_points() -> None:
    x = np.linspace(XS[0], XS[-1], 1001)
    i = np.clip(np.searchsorted(XS, x) - 1, 0, len(XS) - 2)
    y = call("monotone", x, XS, YS)
    assert np.all(y >= np.minimum(YS[i], YS[i + 1]) - 1e-15)
    assert np.all(y <= np.maximum(YS[i], YS[i + 1]) + 1e-15)


def test_a_curve_stands_in_a_model() -> None:
    """A spline through free values, fitted to data: a linear problem, whose solution least squares gives."""
    text = (
        "import interp\nparam ys = [0.0, 0.0, 0.0, 0.0, 0.0]\ndata x = [0.0]\ndata y = [0.0]\n"
        "y ~ interp.spline([0, 1, 2, 3, 5], ys)(x)"
    )
    x = np.linspace(0, 5, 30)
    y = np.sin(x) + RNG.normal(scale=0.1, size=30)
    basis = np.stack([CubicSpline([0, 1, 2, 3, 5], unit)(x) for unit in np.eye(5)], axis=1)
    result = dlang.loads(text, data={"x": x, "y": y}).fit()
    np.testing.assert_allclose(result.parameters["ys"].value, np.linalg.lstsq(basis, y)[0], rtol=1e-6)


@pytest.mark.parametrize("curve", ["linear(0.5, {})", "spline({})", "monotone({})", 'spline({}, ends="natural")'])
@pytest.mark.parametrize(
    ("points", "wanted"),
    [("[0, 2, 1], [0, 0, 0]", "increase"), ("[0, 0], [1, 2]", "increase"), ("[0], [1]", "two points at least")],
)
def test_points_must_increase(curve: str, points: str, wanted: str) -> None:
    with pytest.raises(DlangError) as caught:
        dlang.loads(f"import interp\nc = interp.{curve.format(points)}").run()
    assert wanted in str(caught.value)
    assert "inline.dl:2" in str(caught.value)


def test_ends_of_a_spline_are_known_words() -> None:
    with pytest.raises(DlangError, match="not-a-knot"):
        dlang.loads('import interp\nprint(interp.spline([0, 1], [0, 1], ends="clamped")(0.5))').run()

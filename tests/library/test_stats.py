"""The module `stats` against NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import gaussian_kde

import dlang
from dlang.diagnostics import DlangError

RNG = np.random.default_rng(3)
X = RNG.normal(2.0, 1.5, 23)
Y = 0.4 * X + RNG.normal(size=23)
MATRIX = RNG.normal(size=(17, 4)) @ RNG.normal(size=(4, 4))


def call(name: str) -> dlang.driver.functions.FunctionValue:
    """A function of the module, callable from here."""
    return dlang.loads("import stats").function(f"stats.{name}")


def test_covariance() -> None:
    assert call("covariance")(X, Y) == pytest.approx(np.cov(X, Y)[0, 1], rel=1e-13)
    assert call("covariance")(X, X) == pytest.approx(np.var(X, ddof=1), rel=1e-13)
    assert np.isnan(call("covariance")([1.0], [2.0]))


def test_correlation() -> None:
    assert call("correlation")(X, Y) == pytest.approx(np.corrcoef(X, Y)[0, 1], rel=1e-13)
    assert call("correlation")(X, -3 * X) == pytest.approx(-1, rel=1e-14)
    assert np.isnan(call("correlation")(X, np.ones(23)))


def test_covariance_matrix() -> None:
    np.testing.assert_allclose(call("covariance_matrix")(MATRIX), np.cov(MATRIX.T), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("size", [1, 2, 5, 23])
def test_quantile(size: int) -> None:
    shares = np.concatenate([np.linspace(0, 1, 9), RNG.uniform(size=20)])
    np.testing.assert_allclose(
        call("quantile")(X[:size], shares), np.quantile(X[:size], shares), rtol=1e-14, atol=1e-15
    )
    for share in (0.0, 0.31, 1.0):
        assert call("quantile")(X[:size], share) == pytest.approx(np.quantile(X[:size], share), rel=1e-14)


def test_quantile_of_ints() -> None:
    run = dlang.loads("import stats\nprint(stats.quantile([4, 1, 3], 0.25), stats.quantile([4, 1, 3], 1))").run()
    assert run.printed == ["2.0 4.0"]


@pytest.mark.parametrize("share", [-0.01, 1.01, [0.5, 2.0]])
def test_a_share_outside_0_to_1_fails(share: Any) -> None:
    with pytest.raises(DlangError, match="E0605"):
        call("quantile")(X, share)


def test_silverman() -> None:
    assert call("silverman")(X) == pytest.approx(gaussian_kde(X, "silverman").factor * np.std(X, ddof=1), rel=1e-13)


def test_kde() -> None:
    points = np.linspace(-4, 7, 31)
    exact = gaussian_kde(X, "silverman")
    np.testing.assert_allclose(call("kde")(X, points), exact(points), rtol=1e-12)
    assert call("kde")(X, 1.5) == pytest.approx(exact(1.5)[0], rel=1e-12)
    narrow = gaussian_kde(X, 0.3 / np.std(X, ddof=1))
    np.testing.assert_allclose(call("kde")(X, points, 0.3), narrow(points), rtol=1e-12)


def test_a_density_integrates_to_one() -> None:
    points = np.linspace(-20, 25, 4001)
    assert np.trapezoid(call("kde")(X, points, 0.5), points) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("covariance", {"x": X[:6], "y": Y[:6]}),
        ("correlation", {"x": X[:6], "y": Y[:6]}),
        ("quantile", {"x": X[:6], "q": 0.37}),
        ("kde", {"x": X[:6], "points": 1.3}),
        ("kde", {"x": X[:6], "points": 1.3, "bandwidth": 0.4}),
    ],
)  # fmt: skip
def test_gradients_agree_with_differences(name: str, arguments: dict[str, Any]) -> None:
    result = dlang.loads("import stats").function_gradient(f"stats.{name}", at=arguments, check=True)
    assert result.check is not None
    assert result.check.passed


@pytest.mark.parametrize(
    ("name", "given", "numpy"),
    [
        ("covariance_matrix", {"X": MATRIX[:5]}, lambda X: np.cov(X.T)),  # noqa: N803
        ("quantile", {"x": X[:6], "q": np.array([0.21, 0.55, 0.93])}, lambda x, q: np.quantile(x, q)),
        ("kde", {"x": X[:6], "points": np.array([0.5, 1.0])}, lambda x, points: gaussian_kde(x, "silverman")(points)),
    ],
)
def test_jacobians_agree_with_differences_of_numpy(name: str, given: dict[str, Any], numpy: Callable[..., Any]) -> None:
    function = call(name)
    for argument in given:
        exact = function.jacobian(argument)(**given)
        for place in np.ndindex(np.shape(given[argument])):
            ways = []
            for step in (1e-6, -1e-6):
                moved = {**given, argument: given[argument].copy()}
                moved[argument][place] += step
                ways.append(numpy(**moved))
            np.testing.assert_allclose(exact[(..., *place)], (ways[0] - ways[1]) / 2e-6, rtol=1e-6, atol=1e-8)


def test_a_quantile_pulls_on_the_two_observations_beside_it() -> None:
    x = np.array([5.0, 1.0, 4.0, 2.0])
    np.testing.assert_allclose(call("quantile").grad("x")(x, 0.4), [0, 0, 0.2, 0.8], atol=1e-15)

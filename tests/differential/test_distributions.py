"""Distributions behind `~`, through the whole program: both modes, priors and data, fits that find what was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from small_programs import slopes

import dlang


def minus(*densities: float) -> float:
    return -float(np.sum(densities))


def test_multi_normal_is_a_likelihood_over_rows_and_a_prior_of_a_vector() -> None:
    text = (
        "data y = [[1.0, 2.0], [0.5, 0.1], [2.0, -1.0]]\nparam mu = [0.2, 0.4]\nparam s in 0..inf = 1.5\n"
        "y ~ multi_normal(mu, s * [[2.0, 0.5], [0.5, 1.0]])\nmu ~ multi_normal([0.0, 0.0], eye(2))"
    )
    found = slopes(text)
    sigma = 1.5 * np.array([[2.0, 0.5], [0.5, 1.0]])
    rows = stats.multivariate_normal([0.2, 0.4], sigma).logpdf([[1.0, 2.0], [0.5, 0.1], [2.0, -1.0]])
    assert found.value == pytest.approx(minus(*rows, stats.multivariate_normal([0, 0], np.eye(2)).logpdf([0.2, 0.4])))


def test_categorical_takes_codes_and_rows_of_chances() -> None:
    text = "data k = [0, 2, 1]\nparam w = [0.1, 0.2, 0.3]\n"
    whole = slopes(text + "k ~ categorical(softmax(w))")
    chances = np.exp([0.1, 0.2, 0.3]) / np.sum(np.exp([0.1, 0.2, 0.3]))
    assert whole.value == pytest.approx(minus(*np.log(chances)))
    np.testing.assert_allclose(whole.gradient, 3 * chances - 1, rtol=1e-12)
    rows = slopes(text + "k ~ categorical(softmax(stack(w, 2 * w, 3 * w), axis=1))")
    each = [np.exp(j * np.array([0.1, 0.2, 0.3])) for j in (1, 2, 3)]
    assert rows.value == pytest.approx(minus(*(np.log(e[k] / e.sum()) for e, k in zip(each, (0, 2, 1), strict=True))))


def test_dirichlet_is_a_prior_of_chances() -> None:
    found = slopes("param w = [0.1, 0.2, 0.3]\np = softmax(w)\np ~ dirichlet([2.0, 3.0, 0.5])")
    chances = np.exp([0.1, 0.2, 0.3]) / np.sum(np.exp([0.1, 0.2, 0.3]))
    assert found.value == pytest.approx(minus(stats.dirichlet([2.0, 3.0, 0.5]).logpdf(chances)))


@pytest.mark.parametrize(
    ("call", "reference"),
    [
        ("inv_gamma(a, b)", lambda x, a, b: stats.invgamma(a, scale=b).logpdf(x)),
        ("weibull(a, b)", lambda x, a, b: stats.weibull_min(a, scale=b).logpdf(x)),
        ("weibull(alpha=a, sigma=b)", lambda x, a, b: stats.weibull_min(a, scale=b).logpdf(x)),
        ("neg_binomial(a, b)", lambda x, a, b: stats.nbinom(a, b / (1 + b)).logpmf(x)),
    ],
)
def test_terms_agree_with_scipy(call: str, reference) -> None:
    found = slopes(f"data y = [1.0, 2.0, 4.0]\nparam a in 0..inf = 1.3\nparam b in 0..inf = 0.8\ny ~ {call}")
    assert found.value == pytest.approx(minus(*reference(np.array([1.0, 2.0, 4.0]), 1.3, 0.8)), rel=1e-13)


def test_a_fit_of_counts_finds_the_parameters_that_drew_them() -> None:
    rng = np.random.default_rng(1)
    y = rng.negative_binomial(3.0, 0.4 / 1.4, size=4000).astype(float)
    text = "data y = [0.0]\nparam a in 0..inf = 1.0\nparam b in 0..inf = 1.0\ny ~ neg_binomial(a, b)"
    result = dlang.loads(text, data={"y": y}).fit()
    for name, true in (("a", 3.0), ("b", 0.4)):
        estimate = result.parameters[name]
        assert abs(estimate.value - true) < 4 * estimate.std_error


def test_a_parameter_that_is_none_is_left_again_by_a_fit() -> None:
    """A step to a negative rate gives nan there, which the line search takes back."""
    text = "data y = [1.0, 2.0, 4.0]\nparam b = 5.0\ny ~ exponential(b)"
    assert dlang.loads(text).fit().parameters["b"].value == pytest.approx(3 / 7, rel=1e-6)

"""Distribution functions and means against mpmath and SciPy; draws against the distribution functions."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from properties.checks import Program
from scipy import stats

from dlang.distributions.table import DISTRIBUTIONS
from dlang.primitives.table import TABLE
from dlang.types import REAL

SCIPY: dict[str, tuple[tuple[float, ...], Any]] = {
    "normal": ((0.4, 1.7), stats.norm(0.4, 1.7)),
    "lognormal": ((0.4, 0.7), stats.lognorm(0.7, scale=math.exp(0.4))),
    "student_t": ((4.5, 0.4, 1.7), stats.t(4.5, 0.4, 1.7)),
    "cauchy": ((0.4, 1.7), stats.cauchy(0.4, 1.7)),
    "laplace": ((0.4, 1.7), stats.laplace(0.4, 1.7)),
    "logistic": ((0.4, 1.7), stats.logistic(0.4, 1.7)),
    "exponential": ((2.5,), stats.expon(scale=1 / 2.5)),
    "gamma": ((2.5, 1.5), stats.gamma(2.5, scale=1 / 1.5)),
    "inv_gamma": ((2.5, 1.5), stats.invgamma(2.5, scale=1.5)),
    "weibull": ((1.5, 2.5), stats.weibull_min(1.5, scale=2.5)),
    "beta": ((2.5, 1.5), stats.beta(2.5, 1.5)),
    "uniform": ((-1.0, 3.0), stats.uniform(-1.0, 4.0)),
    "bernoulli": ((0.3,), stats.bernoulli(0.3)),
    "bernoulli_logit": ((-0.4,), stats.bernoulli(1 / (1 + math.exp(0.4)))),
    "poisson": ((4.2,), stats.poisson(4.2)),
    "binomial": ((12.0, 0.3), stats.binom(12, 0.3)),
    "neg_binomial": ((2.5, 0.8), stats.nbinom(2.5, 0.8 / 1.8)),
    "categorical": ((np.array([0.2, 0.5, 0.3]),), stats.rv_discrete(values=([0, 1, 2], [0.2, 0.5, 0.3]))),
}
VECTORS = {"multi_normal", "dirichlet"}
CONTINUOUS = [name for name in SCIPY if not DISTRIBUTIONS[name].discrete]
DISCRETE = [name for name in SCIPY if DISTRIBUTIONS[name].discrete]
LOCATED = ("normal", "student_t", "cauchy", "laplace", "logistic", "uniform")


def test_every_distribution_is_compared() -> None:
    assert set(SCIPY) | VECTORS == set(DISTRIBUTIONS)


def points(name: str) -> list[float]:
    """Below the support, in it, above it."""
    if name in DISCRETE:
        return [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.7, 12.0, 40.0]
    middle = SCIPY[name][1].ppf([1e-6, 0.1, 0.5, 0.9, 1 - 1e-6]).tolist()
    return [-5.0, 0.0, *middle, 60.0]


@pytest.mark.parametrize("name", SCIPY)
def test_distribution_functions_agree_with_scipy(name: str) -> None:
    parameters, reference = SCIPY[name]
    entry, xs = DISTRIBUTIONS[name], points(name)
    with np.errstate(all="ignore"):
        many = entry.cdf(np.array(xs), *parameters)
        one = [entry.cdf(x, *parameters) for x in xs]
    np.testing.assert_allclose(many, reference.cdf(xs), rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(one, many, rtol=1e-13, atol=0.0)


@pytest.mark.parametrize("name", SCIPY)
def test_densities_agree_with_scipy(name: str) -> None:
    parameters, reference = SCIPY[name]
    xs = np.array([x for x in points(name) if x >= 0.0])
    with np.errstate(all="ignore"):
        found = DISTRIBUTIONS[name].logpdf(xs, *parameters)
        wanted = np.log(reference.pmf(xs)) if name in DISCRETE else reference.logpdf(xs)
    np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_slope_of_a_distribution_function_is_the_density(name: str) -> None:
    parameters, reference = SCIPY[name]
    entry = DISTRIBUTIONS[name]
    program = Program([REAL])
    program.yields([entry.cdf(program.refs[0], *parameters)])
    for x in points(name):
        if x in (-1.0, 0.0, 3.0):
            continue  # an end of the support
        with np.errstate(all="ignore"):
            _, [slope] = program.run([x], [1.0])
        assert (slope or 0.0) == pytest.approx(float(reference.pdf(x)), rel=1e-9, abs=1e-300), x


FAR = [
    ("normal", (-38.0, 0.0, 1.0), lambda x, m, s: mp.ncdf(x)),
    ("student_t", (-1e100, 3.0, 0.0, 1.0), lambda x, nu, m, s: _t_tail(x, nu)),
    ("student_t", (-1e-9, 3.0, 0.0, 1.0), lambda x, nu, m, s: _t_tail(x, nu)),
    ("student_t", (-2.0, 1e8, 0.0, 1.0), lambda x, nu, m, s: _t_tail(x, nu)),
    ("student_t", (-0.3, 1e8, 0.0, 1.0), lambda x, nu, m, s: _t_tail(x, nu)),
    ("cauchy", (-1e200, 0.0, 1.0), lambda x, m, s: mp.atan2(s, m - x) / mp.pi),
    ("laplace", (-700.0, 0.0, 1.0), lambda x, m, s: mp.exp(x) / 2),
    ("logistic", (-700.0, 0.0, 1.0), lambda x, m, s: 1 / (1 + mp.exp(-x))),
    ("exponential", (1e-300, 1.0), lambda x, b: -mp.expm1(-b * x)),
    ("weibull", (1e-100, 2.0, 1.0), lambda x, a, s: -mp.expm1(-((x / s) ** a))),
    ("gamma", (1e-30, 2.0, 1.0), lambda x, a, b: mp.gammainc(a, 0, b * x, regularized=True)),
    ("inv_gamma", (1e-2, 2.0, 1.0), lambda x, a, b: mp.gammainc(a, b / x, mp.inf, regularized=True)),
    ("beta", (1e-30, 2.0, 3.0), lambda x, a, b: mp.betainc(a, b, 0, x, regularized=True)),
    ("poisson", (3.0, 200.0), lambda x, r: sum(mp.exp(-r) * r**k / mp.factorial(k) for k in range(int(x) + 1))),
]


def _t_tail(x: Any, nu: Any) -> Any:
    return mp.betainc(nu / 2, mp.mpf(1) / 2, 0, nu / (nu + x * x), regularized=True) / 2


@pytest.mark.parametrize(("name", "point", "reference"), FAR)
def test_lower_tails_keep_their_digits(name: str, point: tuple[float, ...], reference: Any) -> None:
    with mp.workdps(50), np.errstate(all="ignore"):
        wanted = float(reference(*map(mp.mpf, point)))
        # rounding z^2 = 1444 in the normal's far tail alone is 1e-13
        assert DISTRIBUTIONS[name].cdf(*point) == pytest.approx(wanted, rel=1e-12)


SHAPES = [
    *(
        (2.0, 1.0),
        (2.0, 5.0),
        (0.3, 0.2),
        (0.3, 4.0),
        (0.01, 0.01),
        (0.01, 0.5),
        (0.01, 1e-30),
        (50.0, 40.0),
        (50.0, 60.0),
    ),
    *((50.0, 200.0), (1e4, 1e4), (1e4, 9.5e3), (1e4, 1.02e4), (1.0, 1e-200), (5.0, 5.0), (30.0, 1.0), (1.5, 40.0)),
    *((3.7, 3.70001), (0.5, 0.4999), (1e6, 1.001e6), (1e-3, 1e-9)),
]


@pytest.mark.parametrize(("shape", "x"), SHAPES)
def test_the_gamma_distribution_function_has_its_derivative_in_the_shape(shape: float, x: float) -> None:
    """In both tails, beside the mode, for tiny and large shapes."""
    program = Program([REAL, REAL])
    program.yields([DISTRIBUTIONS["gamma"].cdf(program.refs[1], program.refs[0], 1.0)])
    with mp.workdps(90):
        a, at = mp.mpf(shape), mp.mpf(x)
        h = a * mp.mpf(10) ** -20
        ends = (at, mp.inf) if x > shape else (0, at)
        plus, minus = (mp.gammainc(a + k * h, *ends, regularized=True) for k in (1, -1))
        wanted = float((plus - minus) / (2 * h) * (-1 if x > shape else 1))
    _, [slope] = program.run([shape, x], [1.0, None])
    assert slope == pytest.approx(wanted, rel=1e-11 if shape == 1e-3 else 1e-12)


@pytest.mark.parametrize(("name", "shape"), [("gamma", 2.5), ("gamma", 0.1), ("inv_gamma", 0.7)])
def test_draws_of_gamma_are_differentiable_in_the_shape(name: str, shape: float) -> None:
    sample, h = DISTRIBUTIONS[name].sample, 1e-5
    program = Program([REAL])
    program.yields([sample(lambda lane: 0.3, program.refs[0], 1.5)])
    _, [slope] = program.run([shape], [1.0])
    plus, minus = (sample(lambda lane: 0.3, shape + k * h, 1.5) for k in (1, -1))
    assert slope == pytest.approx((plus - minus) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("name", SCIPY)
def test_means_agree_with_scipy(name: str) -> None:
    parameters, reference = SCIPY[name]
    entry = DISTRIBUTIONS[name]
    if entry.mean is None:
        assert name == "cauchy"
        return
    assert entry.mean(*parameters) == pytest.approx(float(reference.mean()), rel=1e-12)


def test_means_that_are_not_there() -> None:
    assert math.isnan(DISTRIBUTIONS["student_t"].mean(1.0, 0.0, 1.0))
    assert DISTRIBUTIONS["inv_gamma"].mean(1.0, 2.0) == math.inf


# Draws


def uniforms(seed: int, size: int) -> Any:
    """Lanes of uniform numbers, as elaboration makes them."""
    return lambda lane: TABLE["random_uniform"](seed, 1, 0, shape=(size,), lane=lane)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_draws_have_their_distribution(name: str) -> None:
    """Kolmogorov and Smirnov's test on 20,000 draws; the seeds are fixed, so that it passes or fails for good."""
    parameters, reference = SCIPY[name]
    for seed in range(3):
        drawn = DISTRIBUTIONS[name].sample(uniforms(seed, 20_000), *parameters)
        assert stats.kstest(drawn, reference.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", DISCRETE)
def test_draws_of_counts_have_their_chances(name: str) -> None:
    parameters, reference = SCIPY[name]
    drawn = DISTRIBUTIONS[name].sample(uniforms(5, 50_000), *parameters)
    assert drawn.dtype == np.int64
    values, counts = np.unique(drawn, return_counts=True)
    common = counts > 20
    expected = 50_000 * reference.pmf(values)
    chi2 = float(np.sum((counts - expected)[common] ** 2 / expected[common]))
    assert stats.chi2.sf(chi2, int(common.sum())) > 1e-3


@pytest.mark.parametrize(("name", "parameters"), [
    ("poisson", (1e10,)), ("poisson", (1e-5,)), ("poisson", (0.0,)), ("binomial", (1e10, 0.3)), ("binomial", (5.0, 0.0)),
    ("binomial", (5.0, 1.0)), ("binomial", (0.0, 0.5)), ("neg_binomial", (0.01, 1e-3)), ("neg_binomial", (1e6, 1e-2)),
])  # fmt: skip
def test_a_drawn_count_is_the_least_whose_chance_reaches_the_uniform_number(
    name: str, parameters: tuple[float, ...]
) -> None:
    entry = DISTRIBUTIONS[name]
    u = uniforms(2, 200)(0)
    drawn = entry.sample(lambda lane: u, *parameters).astype(float)
    with np.errstate(all="ignore"):
        assert np.all(entry.cdf(drawn, *parameters) >= u)
        assert np.all(entry.cdf(drawn - 1.0, *parameters) < u)
    assert entry.sample(lambda lane: float(u[0]), *parameters) == drawn[0]


@pytest.mark.parametrize(("name", "parameters"), [
    ("poisson", (-1.0,)), ("binomial", (2.5, 0.5)), ("binomial", (3.0, 1.5)), ("neg_binomial", (0.0, 1.0)),
    ("bernoulli", (math.nan,)), ("categorical", (np.array([0.5, 0.6]),)), ("poisson", (1e17,)),
])  # fmt: skip
def test_there_is_no_count_to_draw_for_parameters_that_are_none(name: str, parameters: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"draw|chances"):
        DISTRIBUTIONS[name].sample(lambda lane: 0.5, *parameters)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_there_is_no_real_to_draw_for_parameters_that_are_none(name: str) -> None:
    parameters = SCIPY[name][0]
    with np.errstate(all="ignore"):
        if name == "uniform":
            assert math.isnan(DISTRIBUTIONS[name].sample(lambda lane: 0.5, 3.0, 1.0))
        else:
            assert math.isnan(DISTRIBUTIONS[name].sample(lambda lane: 0.5, *parameters[:-1], -1.0))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_draws_are_differentiable_in_locations_and_scales(name: str) -> None:
    """The derivative with the uniform number held, against differences."""
    parameters, entry = SCIPY[name][0], DISTRIBUTIONS[name]
    moving = [k for k, p in enumerate(entry.parameters) if p in ("mu", "sigma", "lambda")]
    moving += [k for k, p in enumerate(entry.parameters) if (name, p) in SCALES]
    assert moving or name == "beta"
    for k in moving:
        program = Program([REAL])
        given = [program.refs[0] if j == k else p for j, p in enumerate(parameters)]
        program.yields([entry.sample(lambda lane: 0.3, *given)])
        _, [slope] = program.run([parameters[k]], [1.0])
        h = 1e-5

        def at(value: float, k: int = k) -> float:
            return entry.sample(lambda lane: 0.3, *(value if j == k else p for j, p in enumerate(parameters)))

        difference = (at(parameters[k] + h) - at(parameters[k] - h)) / (2 * h)
        assert slope == pytest.approx(difference, rel=1e-7)


SCALES = {
    ("exponential", "beta"),
    ("gamma", "beta"),
    ("inv_gamma", "beta"),
    ("weibull", "alpha"),
    ("uniform", "alpha"),
    ("uniform", "beta"),
}

"""Distributions with vectors: densities against SciPy and mpmath, batches against single ones, draws by moments."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from properties.checks import Program, difference
from scipy import stats

import dlang
from dlang.distributions.table import DISTRIBUTIONS
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE

NORMAL, DIRICHLET, CATEGORICAL = (DISTRIBUTIONS[n] for n in ("multi_normal", "dirichlet", "categorical"))
MU = np.array([0.5, -1.0, 2.0])
ROOT = np.array([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-0.3, 0.2, 0.7]])
SIGMA = ROOT @ ROOT.T


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_multi_normal_agrees_with_scipy_one_by_one_and_in_rows() -> None:
    x = rng().normal(size=(5, 3))
    wanted = stats.multivariate_normal(MU, SIGMA).logpdf(x)
    np.testing.assert_allclose(NORMAL.logpdf(x, MU, SIGMA), wanted, rtol=1e-12)
    assert NORMAL.logpdf(x[0], MU, SIGMA) == pytest.approx(wanted[0], rel=1e-12)


def test_multi_normal_batches_over_leading_axes() -> None:
    x, mus = rng().normal(size=(2, 5, 3)), rng().normal(size=(5, 3))
    sigmas = np.stack([SIGMA * s for s in (1.0, 2.0, 0.5, 3.0, 0.1)])
    wanted = [[stats.multivariate_normal(mus[j], sigmas[j]).logpdf(x[i, j]) for j in range(5)] for i in range(2)]
    np.testing.assert_allclose(NORMAL.logpdf(x, mus, sigmas), wanted, rtol=1e-11)
    one = [stats.multivariate_normal(MU, s).logpdf(x[0, 0]) for s in sigmas]
    np.testing.assert_allclose(NORMAL.logpdf(x[0, 0], MU, sigmas), one, rtol=1e-11)
    flat = [[stats.multivariate_normal(MU, SIGMA).logpdf(x[i, j]) for j in range(5)] for i in range(2)]
    np.testing.assert_allclose(NORMAL.logpdf(x, MU, SIGMA), flat, rtol=1e-11)


def test_multi_normal_keeps_its_digits_in_far_tails_and_tiny_scales() -> None:
    with mp.workdps(60):
        for scale, x in ((1e-100, 3e-50), (1.0, 1e100), (1e200, 1e50)):
            sigma = mp.matrix((SIGMA * scale).tolist())
            d = mp.matrix([x, -x, 2 * x]) - mp.matrix(MU.tolist()) * 0
            wanted = -(d.T * mp.inverse(sigma) * d)[0] / 2 - mp.log(mp.det(sigma)) / 2 - mp.log(2 * mp.pi) * 1.5
            found = NORMAL.logpdf(np.array([x, -x, 2 * x]), np.zeros(3), SIGMA * scale)
            assert found == pytest.approx(float(wanted), rel=1e-12)


def test_a_matrix_that_is_no_covariance_gives_nan() -> None:
    assert math.isnan(NORMAL.logpdf(np.zeros(2), np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]])))


def test_dirichlet_agrees_with_mpmath() -> None:
    cases = [([0.2, 0.3, 0.5], [2.0, 0.7, 1.5]), ([1e-200, 0.25, 0.75], [0.5, 3.0, 1.0]), ([0.2, 0.8], [1e6, 4e6])]
    cases += [([0.0, 0.25, 0.75], [1.0, 3.0, 1.0])]
    for x, alpha in cases:
        with mp.workdps(50):
            total = mp.loggamma(sum(map(mp.mpf, alpha))) - sum(mp.loggamma(a) for a in alpha)
            terms = [(mp.mpf(a) - 1) * mp.log(v) if a != 1 else 0 for v, a in zip(x, alpha, strict=True)]
            size = sum(alpha)  # what rounding x changes
            with np.errstate(all="ignore"):
                found = DIRICHLET.logpdf(np.array(x), np.array(alpha))
            assert abs(found - (total + sum(terms))) <= 1e-12 * abs(total + sum(terms)) + 4e-16 * size


def test_dirichlet_of_rows_and_outside_the_simplex() -> None:
    alpha = np.array([2.0, 0.7, 1.5])
    x = rng().dirichlet(alpha, size=4)
    rows = DIRICHLET.logpdf(x, alpha)
    np.testing.assert_allclose(rows, [DIRICHLET.logpdf(v, alpha) for v in x], rtol=1e-14)
    assert DIRICHLET.logpdf(np.array([0.5, 0.6, 0.2]), alpha) == -math.inf
    with np.errstate(all="ignore"):
        assert DIRICHLET.logpdf(np.array([-0.5, 1.0, 0.5]), alpha) == -math.inf
        assert math.isnan(DIRICHLET.logpdf(x[0], np.array([1.0, 0.0, 2.0])))


def test_categorical_takes_a_vector_of_chances_or_a_row_for_each_observation() -> None:
    theta = np.array([0.2, 0.5, 0.3])
    labels = np.array([0.0, 2.0, 1.0, 1.0])
    np.testing.assert_allclose(CATEGORICAL.logpdf(labels, theta), np.log([0.2, 0.3, 0.5, 0.5]), rtol=1e-15)
    rows = rng().dirichlet(theta, size=4)
    wanted = np.log([rows[0, 0], rows[1, 2], rows[2, 1], rows[3, 1]])
    np.testing.assert_allclose(CATEGORICAL.logpdf(labels, rows), wanted, rtol=1e-14)
    assert CATEGORICAL.logpdf(2.0, theta) == pytest.approx(math.log(0.3), rel=1e-15)
    np.testing.assert_allclose(CATEGORICAL.logpdf(1.0, rows), np.log(rows[:, 1]), rtol=1e-14)


def test_categorical_outside() -> None:
    theta = np.array([0.2, 0.5, 0.3])
    with np.errstate(all="ignore"):
        assert CATEGORICAL.logpdf(np.array([-1.0, 3.0, 0.5]), theta).tolist() == [-math.inf] * 3
        assert math.isnan(CATEGORICAL.logpdf(math.nan, theta))
        assert math.isnan(CATEGORICAL.logpdf(0.0, np.array([0.2, 0.5, 0.5])))
        program = Program([type_of(theta)])
        program.yields([CATEGORICAL.logpdf(5.0, program.refs[0])])
        _, [slope] = program.run([theta], [np.ones(3)])
        assert (slope or 0.0) == 0.0


GIVEN: list[tuple[Any, tuple[Any, ...]]] = [
    (NORMAL, (np.array([0.3, 0.1, 0.7]), MU, SIGMA)),
    (NORMAL, (rng().normal(size=(4, 3)), MU, SIGMA)),
    (NORMAL, (rng().normal(size=(4, 3)), rng().normal(size=(4, 3)), np.stack([SIGMA, SIGMA * 2, SIGMA * 3, SIGMA]))),
    (DIRICHLET, (np.array([0.2, 0.3, 0.5]), np.array([2.0, 0.7, 1.5]))),
    (CATEGORICAL, (np.array([0.0, 2.0, 1.0]), np.array([0.2, 0.5, 0.3]))),
]


@pytest.mark.parametrize(("entry", "given"), GIVEN)
def test_derivatives_agree_with_differences(entry: Any, given: tuple[Any, ...]) -> None:
    """Along directions that stay on the simplex, where there is one."""
    for k in range(len(given)):
        if entry is CATEGORICAL and k == 0:
            continue
        program = Program([type_of(g) for g in given])
        program.yields([entry.logpdf(*program.refs)])
        t = rng().normal(size=given[k].shape)
        if entry is NORMAL and k == 2:
            t = t + np.swapaxes(t, -1, -2)
        if entry is not NORMAL and not (entry is DIRICHLET and k == 1):
            t = t - t.mean()
        [value], [slope] = program.run(given, [t if j == k else None for j in range(len(given))])

        def at(h: float, k: int = k, t: Any = t) -> Any:
            return entry.logpdf(*(g + h * t if j == k else g for j, g in enumerate(given)))

        np.testing.assert_allclose(value, at(0.0), rtol=1e-14)
        np.testing.assert_allclose(slope, difference(at, 1e-3), rtol=1e-8)


def lanes(*shape: int) -> Any:
    return lambda lane: TABLE["random_uniform"](11, 1, 0, shape=shape, lane=lane)


def test_draws_of_multi_normal_have_mean_and_covariance() -> None:
    drawn = NORMAL.sample(lanes(200_000, 3), MU, SIGMA)
    np.testing.assert_allclose(drawn.mean(axis=0), MU, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), SIGMA, atol=0.05)
    assert NORMAL.sample(lanes(3), MU, SIGMA).shape == (3,)


@pytest.mark.parametrize("alpha", [[2.0, 0.7, 1.5], [0.1, 0.2, 0.3], [50.0, 20.0, 1.0]])
def test_draws_of_dirichlet_have_beta_margins(alpha: list[float]) -> None:
    drawn = DIRICHLET.sample(lanes(20_000, 3), np.array(alpha))
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0, rtol=1e-14)
    for k in range(3):
        inside = drawn[:, k]
        assert stats.kstest(inside, stats.beta(alpha[k], sum(alpha) - alpha[k]).cdf).pvalue > 1e-3


def test_means_of_vectors() -> None:
    np.testing.assert_allclose(DIRICHLET.mean(np.array([1.0, 3.0])), [0.25, 0.75])
    np.testing.assert_allclose(NORMAL.mean(MU, SIGMA), MU)
    assert CATEGORICAL.mean(np.array([0.25, 0.25, 0.5])) == 1.25


def slopes(name: str, *parameters: Any, x: Any) -> list[Any]:
    """Derivatives of a log-density, in the observation and in each parameter, through a program."""
    names = [f"p{k}" for k in range(len(parameters))]
    given = {n: np.asarray(v, dtype=float) for n, v in zip(["x", *names], [x, *parameters], strict=True)}
    lines = [
        f"param {n} = {np.array2string(v, separator=', ', threshold=99, floatmode='unique')}" for n, v in given.items()
    ]
    program = dlang.loads("\n".join([*lines, f"minimize logpdf({name}({', '.join(names)}), x)"]), start=given)
    gradient = program.gradient()
    return [gradient[n] for n in given]


@pytest.mark.parametrize(
    ("x", "alpha"),
    [([0.2, 0.3, 0.5], [2.0, 0.7, 1.5]), ([1e-200, 0.25, 0.75], [0.5, 3.0, 2.5]), ([0.25, 0.75], [1e6, 4e6])],
)
def test_derivatives_of_dirichlet_agree_with_mpmath(x: list[float], alpha: list[float]) -> None:
    in_x, in_alpha = slopes("dirichlet", alpha, x=x)
    with mp.workdps(50):
        whole = mp.digamma(mp.fsum(alpha))
        for found, v, a in zip(in_x, x, alpha, strict=True):
            assert found == pytest.approx(float((mp.mpf(a) - 1) / mp.mpf(v)), rel=1e-12)
        for found, v, a in zip(in_alpha, x, alpha, strict=True):
            terms = [whole, -mp.digamma(a), mp.log(v)]
            size = float(max(map(abs, terms)))  # they may cancel
            assert abs(found - float(mp.fsum(terms))) <= 1e-12 * abs(float(mp.fsum(terms))) + 4e-16 * size


@pytest.mark.parametrize("scale", [1.0, 1e-100, 1e100])
def test_derivatives_of_multi_normal_agree_with_mpmath(scale: float) -> None:
    x, sigma = MU + np.array([1.0, -2.0, 0.5]) * math.sqrt(scale), SIGMA * scale
    in_x, in_mu, in_sigma = slopes("multi_normal", MU, sigma, x=x)
    with mp.workdps(60):
        inverse = mp.inverse(mp.matrix(sigma.tolist()))
        v = inverse * (mp.matrix(x.tolist()) - mp.matrix(MU.tolist()))
        wanted = np.array((v * v.T - inverse).tolist(), dtype=float) / 2
        straight = np.array((-v).tolist(), dtype=float)[:, 0]
    np.testing.assert_allclose(in_x, straight, rtol=1e-12)
    np.testing.assert_allclose(in_mu, -straight, rtol=1e-12)
    np.testing.assert_allclose(in_sigma, wanted, rtol=1e-12, atol=1e-12 * np.max(np.abs(wanted)))

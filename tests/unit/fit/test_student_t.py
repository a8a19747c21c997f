"""Quantiles and distribution functions against SciPy and mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import stats

from dlang.fit.student_t import normal_quantile, t_cdf, t_quantile

PROBABILITIES = [1e-10, 1e-5, 0.005, 0.025, 0.05, 0.16, 0.4, 0.6, 0.84, 0.975, 0.995, 1 - 1e-6]


@pytest.mark.parametrize("dof", [1, 2, 3, 4, 5, 7, 12, 59, 60, 61, 250, 2500, 9999, 10000, 123456, 10**7, 2.5])
def test_t_quantiles_agree_with_scipy(dof: float) -> None:
    ours = [t_quantile(p, dof) for p in PROBABILITIES]
    np.testing.assert_allclose(ours, stats.t.ppf(PROBABILITIES, dof), rtol=2e-12)


@pytest.mark.parametrize("dof", [1, 3, 12, 61, 2500])
def test_a_t_quantile_is_exact_to_twelve_digits(dof: int) -> None:
    with mpmath.workdps(40):
        t = mpmath.mpf(t_quantile(0.975, dof))
        nu = mpmath.mpf(dof)
        tail = mpmath.betainc(nu / 2, 0.5, 0, nu / (nu + t * t), regularized=True) / 2
        assert abs(tail / mpmath.mpf("0.025") - 1) < 1e-12


@pytest.mark.parametrize("dof", [1, 2, 5, 30, 61, 1000, 2.5])
def test_the_distribution_function_agrees_with_scipy_far_into_the_tail(dof: float) -> None:
    points = [-1e5, -40.0, -3.0, -1.0, -1e-3, 0.0, 0.5, 2.0, 10.0]
    np.testing.assert_allclose([t_cdf(t, dof) for t in points], stats.t.cdf(points, dof), rtol=1e-11)


def test_normal_quantiles_agree_with_scipy() -> None:
    for p in (1e-300, 1e-20, *PROBABILITIES):
        assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-13)


def test_the_median_is_zero() -> None:
    assert t_quantile(0.5, 3) == 0.0
    assert normal_quantile(0.5) == pytest.approx(0.0, abs=1e-15)

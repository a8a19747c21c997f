"""Likelihoods that are best at infinity: no finite estimate is called converged, and the parameter is named."""

from __future__ import annotations

import pytest

import dlang

RUNAWAYS = {
    "complete separation": ("data y = [0, 0, 1, 1]\ndata x = [1, 2, 3, 4]\nparam b = 1\ny ~ bernoulli_logit(b * (x - 2.5))", "b"),
    "counts of nothing": ("data y = [0, 0, 0, 0]\nparam a = 1\ny ~ poisson(exp(a))", "a"),
    "no heavy tails": ("data y = [0.1, -1.2, 0.7, 0.3, -0.4, 1.1, -0.8]\nparam nu in 0..inf = 5\nparam s in 0..inf = 1\ny ~ student_t(nu, 0, s)", "nu"),
    "no overdispersion": ("data y = [3, 4, 3, 5, 4, 3]\nparam phi in 0..inf = 1\nparam mu in 0..inf = 2\ny ~ neg_binomial(phi, phi / mu)", "phi"),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNAWAYS)
def test_a_best_value_at_infinity_is_not_identified(name: str) -> None:
    text, runaway = RUNAWAYS[name]
    result = dlang.loads(text).fit()
    assert result.verdict == "not identified"
    assert [each.parameters for each in result.unidentified] == [(runaway,)]
    assert "its best value may be infinite" in result.status
    assert result.parameters[runaway].std_error is None


def test_an_estimate_of_nothing_with_a_wide_error_is_still_an_estimate() -> None:
    result = dlang.loads("data y = [-3e5, 1e5, 2e5]\nparam m = 0\ny ~ normal(m, 2e5)").fit()
    assert result.verdict == "converged"
    assert result.parameters["m"].std_error == pytest.approx(2e5 / 3**0.5, rel=1e-6)

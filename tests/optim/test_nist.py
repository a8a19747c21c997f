"""NIST StRD: every set here from both starts, to eight digits of the parameters and six of their errors."""

from __future__ import annotations

import pytest

from dlang.fit import Verdict, fit
from optim import nist


@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("name", nist.SETS)
def test_certified_values_are_reached(name: str, start: int) -> None:
    entry = nist.SETS[name]
    result = fit(nist.problem(name, start))
    assert result.verdict is Verdict.CONVERGED
    values = [each.value for each in result.parameters.values()]
    errors = [each.std_error for each in result.parameters.values()]
    digits, error_digits = nist.score(entry, values, errors)
    assert digits >= 8
    assert error_digits >= 6
    assert result.statistics.rss == pytest.approx(entry["rss"], rel=1e-8)
    assert result.statistics.residual_std == pytest.approx(entry["rsd"], rel=1e-8)
    assert result.statistics.dof == entry["dof"]
    assert result.warnings == ()

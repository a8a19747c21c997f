"""What the lints say of params of random programs is so: the objective agrees."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from programs import DATA, PARAMETERS, Program, programs

import dlang
from dlang.lint.lint import lint


@settings(deadline=None, max_examples=25)
@given(program=programs())
def test_a_param_that_does_not_influence_the_objective_by_the_lints_does_not(program: Program) -> None:
    loaded = dlang.loads(program.dl, data=DATA)
    found = {d.primary.span.text: d.code for d in [*loaded.warnings, *lint(loaded)] if d.primary is not None}
    idle = [name for name in PARAMETERS if found.get(name) == "W0401"]
    value, gradient = loaded.value_and_grad()
    assert all(not np.any(gradient[name]) for name in idle)
    moved = {name: PARAMETERS[name] + 0.125 for name in idle}
    np.testing.assert_equal(loaded.value(moved), value)

"""Random programs: dl is NumPy, forward is reverse, both are what differences say, every way of running agrees."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import START, derivatives_agree, evaluations_agree, hessian_agrees, load, value_agrees
from drawing import drawn
from hypothesis import given
from programs import Program, programs


@drawn(70)
@given(programs())
def test_values_are_those_of_numpy(program: Program) -> None:
    value_agrees(program)


@drawn(60)
@given(programs())
def test_reverse_forward_and_differences_agree(program: Program) -> None:
    derivatives_agree(load(program))


@drawn(30)
@given(programs())
def test_hessians_are_symmetric_and_differences_of_gradients(program: Program) -> None:
    hessian_agrees(load(program))


@drawn(50)
@given(programs())
def test_every_pass_leaves_sound_ir_and_every_way_to_run_it_gives_the_same_bits(program: Program) -> None:
    evaluations_agree(load(program))


@drawn(25)
@given(programs())
def test_calls_that_stay_calls_have_the_same_derivatives(program: Program) -> None:
    """Most functions are small enough to be put where they are called; here none is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlang.passes.inline.SMALL", -1)
        loaded = load(program)
        evaluations_agree(loaded)
        called = loaded.objective().value_and_grad(START)
    inlined = load(program).objective().value_and_grad(START)
    np.testing.assert_allclose(called[1], inlined[1], rtol=1e-11, atol=1e-11)

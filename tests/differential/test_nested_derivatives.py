"""Derivatives in random programs: every nest of modes says the same, and what the objective's own derivatives say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from agreement import START, load
from drawing import drawn
from hypothesis import given
from nested_programs import nested
from programs import DATA, Program, programs

import dlang

DIRECTION = np.array([0.9, -0.7, 0.2, 0.6, -0.4])

GRADIENT = "(gp, gq, gw) = grad(objective, wrt=(0, 1, 2))(p, q, w)\nminimize gp * vp + gq * vq + sum(gw * vw)"
"""The slope along the direction: reverse mode, then a product."""

TANGENT = "(_, slope) = jvp(objective, (p, q, w), (vp, vq, vw))\nminimize slope"
"""The same by forward mode."""

CURVES = {
    "reverse over reverse": "fn slope(p, q, w) {\n  (gp, gq, gw) = grad(objective, wrt=(0, 1, 2))(p, q, w)\n"
    "  gp * vp + gq * vq + sum(gw * vw)\n}\n(a, b, c) = grad(slope, wrt=(0, 1, 2))(p, q, w)\n"
    "minimize a * vp + b * vq + sum(c * vw)",
    "forward over reverse": "(_, (a, b, c)) = jvp(grad(objective, wrt=(0, 1, 2)), (p, q, w), (vp, vq, vw))\n"
    "minimize a * vp + b * vq + sum(c * vw)",
    "reverse over forward": "fn slope(p, q, w) { (_, s) = jvp(objective, (p, q, w), (vp, vq, vw)); s }\n"
    "(a, b, c) = grad(slope, wrt=(0, 1, 2))(p, q, w)\nminimize a * vp + b * vq + sum(c * vw)",
    "forward over forward": "fn slope(p, q, w) { (_, s) = jvp(objective, (p, q, w), (vp, vq, vw)); s }\n"
    "(_, curve) = jvp(slope, (p, q, w), (vp, vq, vw))\nminimize curve",
    "primes": "fn along(t) = objective(p + t * vp, q + t * vq, w + t * vw)\nminimize along''(0)",
}
"""The second derivative along the direction."""


def objective(text: str) -> Any:
    return dlang.loads(text, data=DATA).objective()


@drawn(20)
@given(programs())
def test_the_gradient_in_the_language_is_that_of_the_objective(program: Program) -> None:
    value, gradient = load(program).objective().value_and_grad(START)
    for last in (GRADIENT, TANGENT):
        found = objective(nested(program, last)).value(START)
        np.testing.assert_allclose(found, gradient @ DIRECTION, rtol=1e-10, atol=1e-10)
    with_value = "(v, (gp, gq, gw)) = value_and_grad(objective, wrt=(0, 1, 2))(p, q, w)\nminimize v"
    np.testing.assert_allclose(objective(nested(program, with_value)).value(START), value, rtol=1e-12)


@drawn(10)
@given(programs())
def test_the_gradient_of_a_gradient_is_a_product_of_the_hessian(program: Program) -> None:
    """Each of the two, differentiated by either mode; differences of gradients judge them all in another test."""
    product = load(program).objective().hessian(START) @ DIRECTION
    for last in (GRADIENT, TANGENT):
        loaded = objective(nested(program, last))
        for found in (loaded.value_and_grad(START)[1], loaded.forward_gradient(START)[1]):
            np.testing.assert_allclose(found, product, rtol=1e-8, atol=1e-8)


@drawn(5)
@given(programs())
def test_third_derivatives_agree_however_they_are_nested(program: Program) -> None:
    expected = None
    for last in CURVES.values():
        loaded = objective(nested(program, last))
        for found in (loaded.value_and_grad(START)[1], loaded.forward_gradient(START)[1]):
            expected = found if expected is None else expected
            np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@drawn(5)
@given(programs())
def test_calls_that_stay_calls_nest_as_well(program: Program) -> None:
    inlined = objective(nested(program, CURVES["forward over reverse"])).value_and_grad(START)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlang.passes.inline.SMALL", -1)
        called = objective(nested(program, CURVES["forward over reverse"])).value_and_grad(START)
    np.testing.assert_allclose(called[1], inlined[1], rtol=1e-8, atol=1e-8)

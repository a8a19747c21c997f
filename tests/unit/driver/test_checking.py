"""What numerical derivatives can confirm, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlang.driver.checking import compare

UNBOUNDED = (-np.inf, np.inf)


def passes(fn: Callable[[float], float], at: float, derivative: float) -> bool:
    return compare(lambda x: fn(x[0]), np.array([at]), np.array([derivative]), [(0, "x")], [UNBOUNDED]).passed


def near_jumps(x: float) -> float:
    """Slope 2 at 1, between jumps at a distance of 1.1e-4, beyond which differences find a slope of 3."""
    return (2.0 if abs(x - 1.0) < 1.1e-4 else 3.0) * (x - 1.0)


@pytest.mark.parametrize("derivative", [2.0, 2.0 + 1e-8])
def test_a_jump_nearby_does_not_condemn_a_right_derivative(derivative: float) -> None:
    assert passes(near_jumps, 1.0, derivative)


@pytest.mark.parametrize(
    ("fn", "at", "derivative"), [(near_jumps, 1.0, 2.5), (np.exp, 1.0, np.e * (1 + 1e-5)), (np.sqrt, 4.0, 0.2499)]
)
def test_a_wrong_derivative_is_not_confirmed(fn: Callable[[float], float], at: float, derivative: float) -> None:
    assert not passes(fn, at, derivative)

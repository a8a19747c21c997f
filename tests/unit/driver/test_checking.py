"""What numerical derivatives can confirm, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlang.autodiff.differences import Differences, Estimate
from dlang.diagnostics import DlangError
from dlang.driver.checking import compare, judged

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


def smooth(value: float, error: float, steepness: float = 0.0) -> Differences:
    side = Estimate(value, error)
    return Differences(value, error, side, side, False, False, steepness)


def kink(left: float, right: float, *, jump: bool = False) -> Differences:
    return Differences((left + right) / 2, 2e-9, Estimate(left, 1e-9), Estimate(right, 1e-9), not jump, jump, 1.0)


@pytest.mark.parametrize(
    ("exact", "found", "state"),
    [
        (2.0, smooth(2.0, 1e-12), "agrees"),
        (2.0 * (1 + 5e-7), smooth(2.0, 1e-12), "agrees"),
        (2.0 * (1 + 3e-6), smooth(2.0, 1e-12), "disagrees"),
        (2.0, smooth(2.0 + 1e-4, 1e-4), "agrees"),
        (2.0, smooth(2.5, 1.0), "unsure"),
        (9.0, smooth(2.5, 1.0), "disagrees"),
        (2.0, smooth(np.nan, np.inf), "unsure"),
        (0.0, smooth(1e-7, 1e-6, steepness=10.0), "agrees"),
        (0.0, smooth(1e-7, 1e-6, steepness=1e-3), "unsure"),
        (np.inf, smooth(np.inf, 0.0), "agrees"),
        (0.0, smooth(np.inf, 0.0), "disagrees"),
        (-np.inf, smooth(np.inf, 0.0), "disagrees"),
        (-1.0, kink(-1.0, 0.0), "kink"),
        (-0.5, kink(-1.0, 0.0), "kink"),
        (0.1, kink(-1.0, 0.0), "disagrees"),
        (7.0, kink(1.0, np.inf), "kink"),
        (1.0, kink(1.0, 1.0, jump=True), "jump"),
        (1.1, kink(1.0, 1.0, jump=True), "disagrees"),
    ],
)
def test_what_differences_confirm(exact: float, found: Differences, state: str) -> None:
    assert judged(exact, found, 0.0)[0] == state


def test_where_the_function_fails_it_has_no_values() -> None:
    def fails(x: np.ndarray) -> float:
        if x[0] > 1.0:
            raise DlangError
        return float(x[0] ** 2)

    found = compare(fails, np.array([1.0]), np.array([2.0]), [(0, "x")], [UNBOUNDED])
    assert found.passed
    assert found.rows[0].right is None

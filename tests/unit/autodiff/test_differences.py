"""What differences say of a function's derivative: its value where it has one, and both sides where it has two."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, exp, floor, hypot, inf, log, nan, sin, sqrt

import pytest

from dlang.autodiff.differences import differences

Fn = Callable[[float], float]


def where_defined(fn: Fn) -> Fn:
    """NaN where Python refuses."""

    def total(x: float) -> float:
        try:
            return fn(x)
        except (ValueError, ZeroDivisionError, OverflowError):
            return nan

    return total


SMOOTH: dict[str, tuple[Fn, float, float]] = {
    "a power": (lambda x: x**3, 2.0, 12.0),
    "a scale of 1e-9": (lambda r: exp(-r * 1e9), 1e-9, -1e9 * exp(-1)),
    "a tiny x in a function that is not": (lambda x: (x - 1) ** 2, 1e-300, -2.0),
    "a subnormal x": (lambda x: 2 * x, 5e-324, 2.0),
    "a large x": (lambda x: x * x, 1e150, 2e150),
    "a high frequency at a large x": (sin, 1e8, cos(1e8)),
    "a high frequency": (lambda x: sin(1e6 * x), 1.0, 1e6 * cos(1e6)),
    "fast at 0": (lambda x: exp(1e20 * x), 0.0, 1e20),
    "a kink nearby": (lambda x: abs(x - 1) + x, 1 + 1e-7, 2.0),
    "a kink nearer": (lambda x: abs(x - 1) + x, 1 + 1e-9, 2.0),
    "a jump nearby": (lambda x: float(x > 1) + x, 1 + 1e-9, 1.0),
    "a large constant": (lambda x: 1e9 + x**2, 1.0, 2.0),
    "a wave beside others": (lambda x: x * x * sin(1 / x), 1e-3, 2e-3 * sin(1e3) - cos(1e3)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_a_derivative_is_found_at_its_own_scale_and_its_error_is_honest(name: str) -> None:
    fn, x, exact = SMOOTH[name]
    found = differences(where_defined(fn), x)
    assert found.value == pytest.approx(exact, rel=1e-5)
    assert abs(found.value - exact) <= 3 * found.error
    assert not found.has_kink
    assert not found.has_jump


EDGES: dict[str, tuple[Fn, float, float, float, float]] = {
    "a half power on a bound": (lambda c: (c - 1) ** 2 + c**1.5, 0.0, 0.0, inf, -2.0),
    "a logarithm near its edge": (lambda k: log(1 - k + 1e-6) + k * k, 1.0, 0.0, 1.0, -1e6 + 2),
    "a root near its edge": (lambda d: sqrt(1 - d + 1e-8), 1.0, 0.0, 1.0, -5e3),
    "a tiny bound": (lambda p: p * log(p) + p, 1e-300, 1e-300, 1.0, log(1e-300) + 2),
    "an edge without a bound": (lambda x: x * sqrt(x) + 3 * x, 0.0, -inf, inf, 3.0),
    "a root at its edge": (sqrt, 0.0, 0.0, inf, inf),
    "bounds close by": (lambda x: x * x, 2.0, 2 - 1e-7, 2 + 1e-7, 4.0),
}


@pytest.mark.parametrize("name", EDGES)
def test_at_an_edge_the_side_that_there_is_decides(name: str) -> None:
    fn, x, lower, upper, exact = EDGES[name]
    seen = set[float]()

    def watched(at: float) -> float:
        seen.add(at)
        return where_defined(fn)(at)

    found = differences(watched, x, lower, upper)
    assert found.value == pytest.approx(exact, rel=1e-7)
    assert lower <= min(seen)
    assert max(seen) <= upper


KINKS: dict[str, tuple[Fn, float, float, float]] = {
    "a root beside a constant": (lambda k: (sqrt(k) if k > 0 else 0) + hypot(k, k) + k, 0.0, 1 - sqrt(2), inf),
    "a branch": (lambda x: x * x if x > 0 else -x, 0.0, -1.0, 0.0),
    "a ramp": (lambda m: max(m - 1, 0) + m * m, 1.0, 2.0, 3.0),
    "a kink above a constant": (lambda x: abs(x) + 3, 0.0, -1.0, 1.0),
}


@pytest.mark.parametrize("name", KINKS)
def test_at_a_kink_both_sides_are_told(name: str) -> None:
    fn, x, left, right = KINKS[name]
    found = differences(fn, x)
    assert found.has_kink
    assert found.left is not None
    assert found.right is not None
    assert found.left.value == pytest.approx(left, rel=1e-9)
    assert found.right.value == pytest.approx(right, rel=1e-9)


@pytest.mark.parametrize(
    ("fn", "x", "left", "right"),
    [
        (lambda x: floor(x * 3.999) + x + round(x), 0.5, 1.0, 1.0),
        (lambda x: min(max(x, 1), 2) + x % 1.0, 1.0, 1.0, 2.0),
        (floor, 1.0, 0.0, 0.0),
    ],
)
def test_beside_a_jump_both_sides_are_told(fn: Fn, x: float, left: float, right: float) -> None:
    found = differences(fn, x)
    assert found.has_jump
    assert found.left is not None
    assert found.right is not None
    assert found.left.value == pytest.approx(left, abs=1e-9)
    assert found.right.value == pytest.approx(right, abs=1e-9)


def test_a_smooth_function_costs_few_evaluations() -> None:
    seen = []
    differences(lambda x: seen.append(x) or exp(x), 1.0)
    assert len(seen) <= 25


@pytest.mark.parametrize("fn", [lambda x: nan, lambda x: 1.0 if x == 1.0 else nan])
def test_where_there_are_no_values_nothing_is_said(fn: Fn) -> None:
    found = differences(fn, 1.0)
    assert found.value != found.value
    assert found.error == inf


def test_noise_is_counted_in_the_error() -> None:
    """A value known to 1e-7 alone: the derivative is not claimed to 1e-9."""

    def noisy(x: float) -> float:
        return x + 1e-7 * sin(1e17 * x)  # of a wave shorter than the distance of two doubles

    found = differences(noisy, 1.0)
    assert 1e-9 < abs(found.value - 1.0) <= 3 * found.error

"""What numerical derivatives can confirm, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlang.autodiff.differences import Differences, Estimate
from dlang.diagnostics import DlangError
from dlang.driver.checking import compare, judged
from dlang.driver.flat import Piece
from dlang.driver.results import CheckResult

UNBOUNDED = (-np.inf, np.inf)


def passes(fn: Callable[[float], float], at: float, derivative: float) -> bool:
    return compare(lambda x: fn(x[0]), np.array([at]), np.array([derivative]), [Piece("x", 0, ())], [UNBOUNDED]).passed


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

    found = compare(fails, np.array([1.0]), np.array([2.0]), [Piece("x", 0, ())], [UNBOUNDED])
    assert found.passed
    assert found.rows[0].right is None


NOT_REFUTED: dict[str, tuple[Callable[[float], float], float, float]] = {
    "a logarithm that rounding hides": (lambda p: 3 + p * np.log(p + 1e-30), 0.0, np.log(1e-30)),
    "a logarithm out of reach": (lambda p: p * np.log(p + 1e-300), 0.0, np.log(1e-300)),
    "a root that is smooth out of reach": (lambda p: 3 + np.sqrt(p + 1e-100), 0.0, 5e49),
    "a smooth |x|": (lambda k: np.sqrt(1e-16 + (k - 1) ** 2), 1.0, 0.0),
    "a smoother |x|": (lambda k: np.sqrt(1e-20 + (k - 1) ** 2), 1.0, 0.0),
    "a smooth |x| by hypot": (lambda k: np.hypot(k - 1, 1e-12), 1.0, 0.0),
    "a wave at 1e12": (lambda x: np.sin(x) + 1, 1e12, np.cos(1e12)),
    "a wave at 1e14": (np.sin, 1e14, np.cos(1e14)),
    "a wave at 1e15": (np.sin, 1e15, np.cos(1e15)),
    "a fast wave": (lambda k: np.sin(1e14 * k) + k, 1.0, 1e14 * np.cos(1e14) + 1),
    "a wave faster than numbers": (lambda k: np.sin(1e17 * k) + k, 1.0, 1e17 * np.cos(1e17) + 1),
    "a step between two numbers": (lambda x: np.tanh((x - 1) / 1e-17), 1.0, 1e17),
    "stairs of a large number": (lambda x: np.sin((x - 1e6) / 1e-8), -1.03, np.cos((-1.03 - 1e6) / 1e-8) / 1e-8),
    "a large slope": (lambda a: a * 1e308, 1.0, 1e308),
    "a step that is not here": (lambda k: np.tanh(1e9 * (k - 1.0000001)), 1.0, 5.5e-78),
}


@pytest.mark.parametrize("name", NOT_REFUTED)
def test_a_right_derivative_is_not_refuted_where_differences_are_deceived(name: str) -> None:
    fn, at, exact = NOT_REFUTED[name]
    bounds = (0.0, 1.0) if at == 0.0 else UNBOUNDED
    (row,) = compare(lambda x: float(fn(x[0])), np.array([at]), np.array([exact]), [Piece("x", 0, ())], [bounds]).rows
    assert row.state in ("agrees", "unsure")


@pytest.mark.parametrize(
    "name", ["a smooth |x|", "a smoother |x|", "a smooth |x| by hypot", "a wave at 1e12", "a large slope"]
)
@pytest.mark.parametrize("factor", [0.0, -1.0, 1.1])
def test_and_where_they_can_tell_a_wrong_one_is(name: str, factor: float) -> None:
    fn, at, exact = NOT_REFUTED[name]
    wrong = factor * exact if exact else 0.3 * (factor + 0.5)
    assert compare(
        lambda x: float(fn(x[0])), np.array([at]), np.array([exact]), [Piece("x", 0, ())], [UNBOUNDED]
    ).passed
    (row,) = compare(
        lambda x: float(fn(x[0])), np.array([at]), np.array([wrong]), [Piece("x", 0, ())], [UNBOUNDED]
    ).rows
    assert row.state == "disagrees"


REFUTED: dict[str, tuple[Callable[[float], float], float, float]] = {
    "a power": (lambda x: x**3, 2.0, 12.0),
    "a high frequency": (lambda x: np.sin(1e6 * x), 1.0, 1e6 * np.cos(1e6)),
    "a tiny scale": (lambda r: np.exp(min(-r * 1e9, 99.0)), 1e-9, -1e9 * np.exp(-1)),
    "a kink nearby": (lambda x: abs(x - 1) + x, 1 + 1e-7, 2.0),
    "a flat place": (lambda x: (x - 1) ** 2, 1.0, 0.0),
    "zero": (lambda x: x * x, 0.0, 0.0),
    "noise": (lambda x: x + 1e-9 * np.sin(1e17 * x), 1.0, 1.0),
    "zero on a slope": (np.exp, 0.0, 1.0),
    "beside a ramp": (lambda x: max(x, 0.0), -1e-3, 0.0),
    "before a ramp": (lambda x: max(x - 1.05, 0.0) + 3, 1.0, 0.0),
    "far out": (lambda x: np.tanh(1e3 * (x - 2)), 1.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUTED)
@pytest.mark.parametrize("wrong", [lambda d: d + 0.5 * (abs(d) or 1.0), lambda d: -d - 1.0, lambda d: 1.01 * d + 0.01])
def test_a_wrong_derivative_is_refuted_with_certainty(name: str, wrong: Callable[[float], float]) -> None:
    fn, at, exact = REFUTED[name]
    (row,) = compare(
        lambda x: float(fn(x[0])), np.array([at]), np.array([wrong(exact)]), [Piece("x", 0, ())], [UNBOUNDED]
    ).rows
    assert row.state == "disagrees"


def large(
    fn: Callable[[np.ndarray], float], x: np.ndarray, gradient: np.ndarray, lower: float, upper: float
) -> CheckResult:
    return compare(fn, x, gradient, [Piece("W", 0, x.shape)], [(lower, upper)] * x.size)


@pytest.mark.parametrize("count", [100, 10_000])
def test_a_large_array_is_checked_along_directions_at_the_cost_of_a_small_one(count: int) -> None:
    seen = []
    x = np.linspace(-2.0, 3.0, count)
    found = large(lambda w: seen.append(w) or float(np.sum(w**3)), x, 3 * x**2, -np.inf, np.inf)
    assert [(row.name, row.state) for row in found.rows] == [("W along 3 random directions", "agrees")]
    assert len(seen) <= 3 * 25


@pytest.mark.parametrize("wrong", [0, 57, 2999])
@pytest.mark.parametrize("off", [1.01, 0.0, -1.0])
def test_one_wrong_entry_of_many_is_found(wrong: int, off: float) -> None:
    x = np.linspace(1.0, 3.0, 3000)
    gradient = 3 * x**2
    gradient[wrong] *= off
    found = large(lambda w: float(np.sum(w**3)), x, gradient, -np.inf, np.inf)
    assert [row.state for row in found.rows] == ["disagrees"]


@pytest.mark.parametrize("start", [0.0, 1e-9, 0.3, 1.0])
def test_no_element_of_a_large_array_leaves_its_bounds(start: float) -> None:
    x = np.full(200, start)
    x[::3] = 0.5

    def inside(w: np.ndarray) -> float:
        assert w.min() >= 0.0
        assert w.max() <= 1.0
        return float(np.sum(np.exp(w)))

    assert large(inside, x, np.exp(x), 0.0, 1.0).passed
    assert not large(inside, x, 1.001 * np.exp(x), 0.0, 1.0).passed


def test_of_many_large_arrays_each_has_a_direction_and_none_goes_without() -> None:
    pieces, x = [Piece(f"W{k}", 60 * k, (6, 10)) for k in range(30)], np.linspace(0.5, 1.5, 1800)
    gradient = 2 * x
    gradient[60 * 17 + 5] = 0.0
    found = compare(lambda w: float(np.sum(w**2)), x, gradient, pieces, [UNBOUNDED] * 1800)
    assert [row.name for row in found.rows if row.state == "disagrees"] == ["W17 along 1 random direction"]
    assert len(found.rows) == 30

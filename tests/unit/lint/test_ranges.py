"""Where values can be: a range holds every value that numbers in the operands' ranges give, and settles no more."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.lint.ranges import EVERYWHERE, NEGATED, Line, Range, answer, applied, implied, point, widened
from dlang.primitives.table import TABLE

inf = math.inf

ENDS = st.sampled_from([-inf, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, inf])


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    lower, upper = sorted((draw(ENDS), draw(ENDS)))
    if lower == upper and math.isinf(lower):
        return EVERYWHERE
    out = draw(st.sampled_from([(), (lower,), (upper,), (0.0,)])) if lower < upper else ()
    return Range(lower, upper, frozenset(out))


def numbers(within: Range) -> list[float]:
    """Some numbers of a range, its ends where they are in it."""
    grid = [*np.linspace(-4.0, 4.0, 9), within.lower, within.upper, 1e-3, -1e-3, 30.0, -30.0]
    return sorted({float(x) for x in grid if math.isfinite(x) and float(x) in within})


ONE = [
    "neg", "abs", "exp", "expm1", "log", "log1p", "sqrt", "cbrt", "atan", "tanh", "erf", "erfc", "sin", "cos", "cosh",
    "sigmoid", "softplus", "relu", "sign", "floor", "ceil", "round", "log_cosh", "normal_cdf",
]  # fmt: skip
TWO = ["add", "sub", "mul", "div", "maximum", "minimum", "pow", "hypot"]


@pytest.mark.parametrize("name", ONE)
@given(of=ranges())
def test_a_function_of_a_number_in_the_range_is_in_its_range(name: str, of: Range) -> None:
    found = applied(name, [of], {})
    with np.errstate(all="ignore"):
        values = [float(TABLE[name](x)) for x in numbers(of)]
    near = 4 * np.finfo(float).eps
    for value in values:
        if not math.isnan(value):
            slack = near * max(1.0, abs(value))
            assert found.lower - slack <= value <= found.upper + slack
            assert value not in found.without


@pytest.mark.parametrize("name", TWO)
@given(a=ranges(), b=ranges())
def test_a_function_of_two_numbers_in_their_ranges_is_in_its_range(name: str, a: Range, b: Range) -> None:
    found = applied(name, [a, b], {})
    with np.errstate(all="ignore"):
        for x in numbers(a):
            for y in numbers(b):
                value = float(TABLE[name](x, y))
                assert math.isnan(value) or math.isinf(value) or value in found, (x, y, value, found)


@pytest.mark.parametrize("n", [-3, -2, -1, 0, 1, 2, 3])
@given(of=ranges())
def test_a_power_of_a_number_in_the_range_is_in_its_range(n: int, of: Range) -> None:
    found = applied("power_n", [of], {"n": n})
    for x in numbers(of):
        if x or n >= 0:
            assert found.lower - 1e-12 <= x**n <= found.upper + 1e-12
            assert x**n not in found.without


@given(a=ranges(), b=ranges())
def test_joining_and_meeting_keep_what_is_in_either_and_in_both(a: Range, b: Range) -> None:
    for x in {*numbers(a), *numbers(b)}:
        assert x in (a | b)
        assert (x in (a & b)) == (x in a and x in b)


@pytest.mark.parametrize("comparison", sorted(NEGATED))
@given(a=ranges(), b=ranges())
def test_an_answer_is_that_of_every_pair_and_what_it_implies_holds(comparison: str, a: Range, b: Range) -> None:
    found = answer(comparison, a, b)
    for x in numbers(a):
        for y in numbers(b):
            holds = bool(TABLE[comparison](x, y))
            assert found is None or holds is found, (x, y)
            if holds:
                assert x in implied(comparison, b)


@pytest.mark.parametrize(
    ("comparison", "left", "right", "found"),
    [
        ("ge", Range(0.0, 1.0), point(0.0), True),
        ("gt", Range(0.0, 1.0), point(0.0), None),
        ("gt", Range(0.0, 1.0, frozenset({0.0})), point(0.0), True),
        ("gt", Range(0.0, 1.0), point(1.0), False),
        ("eq", point(3.0), point(3.0), True),
        ("eq", Range(0.0, 1.0), point(2.0), False),
        ("ne", Range(-1.0, 1.0, frozenset({0.0})), point(0.0), True),
        ("lt", EVERYWHERE, point(0.0), None),
    ],
)
def test_answers_that_ranges_settle(comparison: str, left: Range, right: Range, found: bool | None) -> None:
    assert answer(comparison, left, right) is found


def test_widening_puts_moved_ends_at_infinity_so_that_it_comes_to_an_end() -> None:
    assert widened(Range(0.0, 1.0), Range(0.0, 2.0)) == Range(0.0, inf)
    assert widened(Range(0.0, inf), Range(-1.0, inf)) == EVERYWHERE


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Line("k"), "k"),
        (Line("k", -1.0), "-k"),
        (Line("k", 2.0), "2 * k"),
        (Line("k", 1.0, -2.0), "k - 2"),
        (Line("k", 2.0, 1.5), "2 * k + 1.5"),
        (Line("k", -1.0, 3.0), "3 - k"),
        (Line("k", -2.0, 3.0), "3 - 2 * k"),
    ],
)
def test_lines_are_written_as_a_person_would(line: Line, text: str) -> None:
    assert str(line) == text


def test_a_line_leads_from_the_param_to_the_value_and_back() -> None:
    line = Line("k", -2.0, 4.0)
    assert line.image(Range(0.0, 1.0, frozenset({0.0}))) == Range(2.0, 4.0, frozenset({4.0}))
    assert line.preimage(Range(lower=0.0)) == Range(-inf, 2.0)
    assert line.preimage(Range(without=frozenset({0.0}))) == Range(without=frozenset({2.0}))

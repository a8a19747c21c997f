"""Ints overflow with an error, whatever they are in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.primitives.table import TABLE
from dlang.types import INT

BIG, LEAST = 2**63 - 1, -(2**63)

OVERFLOWS = [
    ("add", (BIG, 1)),
    ("sub", (LEAST, 1)),
    ("mul", (2**32, 2**31)),
    ("neg", (LEAST,)),
    ("abs", (LEAST,)),
    ("floordiv", (LEAST, -1)),
    ("int_pow", (2, 63)),
    ("int_pow", (10, 10**9)),
]


@pytest.mark.parametrize(("name", "operands"), OVERFLOWS)
def test_overflow_is_an_error(name: str, operands: tuple[int, ...]) -> None:
    prim = TABLE[name]
    with pytest.raises(OverflowError, match="does not fit 64 bits"):
        prim(*operands)
    with pytest.raises(OverflowError, match="does not fit 64 bits"):
        prim(*(np.array([1, x]) for x in operands))
    fast = prim.fast([INT] * len(operands), {})
    with pytest.raises(OverflowError, match="does not fit 64 bits"):
        fast(*operands)


@pytest.mark.parametrize("name", ["floordiv", "mod"])
def test_division_by_zero_is_an_error(name: str) -> None:
    with pytest.raises(ZeroDivisionError):
        TABLE[name](7, 0)
    with pytest.raises(ZeroDivisionError):
        TABLE[name](7, np.array([1, 0]))
    with pytest.raises(ZeroDivisionError):
        TABLE[name](np.array([7, 7]), 0)


def test_a_negative_power_says_what_to_write() -> None:
    with pytest.raises(ValueError, match=r"write `2\.0\^-1`"):
        TABLE["int_pow"](2, -1)


ints = st.integers(LEAST, BIG) | st.integers(-10, 10)


@given(a=ints, b=ints)
def test_results_are_exact_or_an_error(a: int, b: int) -> None:
    """Python's integers say what is right; arrays must agree with them."""
    exact = {"add": a + b, "sub": a - b, "mul": a * b, "maximum": max(a, b), "minimum": min(a, b)}
    if b:
        exact |= {"floordiv": a // b, "mod": a % b}
    for name, wanted in exact.items():
        prim, column = TABLE[name], np.array([a, a])
        if LEAST <= wanted <= BIG:
            assert prim(a, b) == wanted
            assert prim(column, b)[0] == wanted
            assert type(prim(a, b)) is int
        else:
            with pytest.raises(OverflowError):
                prim(a, b)
            with pytest.raises(OverflowError):
                prim(column, b)


def test_reductions_are_checked_too() -> None:
    x = np.array([BIG, 1, -2])
    assert TABLE["sum"](x) == BIG - 1  # the way there may leave 64 bits, the result does not
    assert type(TABLE["sum"](x)) is int
    with pytest.raises(OverflowError):
        TABLE["sum"](x[:2])
    with pytest.raises(OverflowError):
        TABLE["cumsum"](x, axis=0)
    with pytest.raises(OverflowError):
        TABLE["prod"](np.array([[2**32], [2**31]]), axis=0)
    np.testing.assert_array_equal(TABLE["prod"](np.array([[3, 4], [5, 6]]), axis=1), [12, 30])
    np.testing.assert_array_equal(TABLE["cumprod"](np.array([3, 4, 5]), axis=0), [3, 12, 60])
    assert TABLE["sum"](np.array([], np.int64)) == 0


def test_bools_count() -> None:
    assert TABLE["sum"](np.array([True, False, True])) == 2
    assert type(TABLE["sum"](np.array([True, False, True]))) is int

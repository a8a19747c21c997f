from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.values import format_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (-7, "-7"),
        (2.0, "2.0"),
        (0.1, "0.1"),
        (1e-300, "1e-300"),
        (1e16, "1e16"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (-0.0, "-0.0"),
        (True, "true"),
        (False, "false"),
        (np.float64(0.5), "0.5"),
        (np.int64(5), "5"),
        (np.bool_(True), "true"),
        (np.array([1.0, 2.0]), "[1.0, 2.0]"),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (np.array([True]), "[true]"),
        (np.zeros((0,)), "[]"),
        ((1, 2.0), "(1, 2.0)"),
        ((1,), "(1,)"),
        ((), "()"),
        ({"w": 1.0, "b": (1, True)}, "{w: 1.0, b: (1, true)}"),
        ("bare text", "bare text"),
    ],
)
def test_a_value_prints_as_the_language_says(value: object, text: str) -> None:
    assert format_value(value) == text


@given(st.floats(allow_nan=False))
def test_a_real_reads_back(x: float) -> None:
    assert float(format_value(x)) == x

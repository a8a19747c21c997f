from __future__ import annotations

import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dlang.cli.jsonout import dumps, plain


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_to_the_same_double(x: float) -> None:
    back = json.loads(dumps({"x": x}))["x"]
    assert back == x
    assert math.copysign(1, back) == math.copysign(1, x)


def test_what_is_not_finite_is_a_string() -> None:
    assert plain([math.nan, math.inf, -math.inf]) == ["nan", "inf", "-inf"]


def test_arrays_tuples_and_records() -> None:
    value = {"a": np.array([[1.0, np.nan]]), "n": np.int64(3), "b": np.True_, "t": (1, None), "f": np.float64(0.5)}
    assert plain(value) == {"a": [[1.0, "nan"]], "n": 3, "b": True, "t": [1, None], "f": 0.5}
    assert type(plain(value)["f"]) is float


def test_the_text_is_ascii_on_one_line() -> None:
    assert dumps({"ä": "a\nb"}) == '{"\\u00e4": "a\\nb"}'

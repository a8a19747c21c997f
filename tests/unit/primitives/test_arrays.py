"""Values of primitives on arrays: against mpmath, and against their definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from dlang.primitives.table import TABLE

ROWS = np.array([[0.3, -1.2, 2.5], [40.0, -700.0, 39.0], [-1e-9, -50.0, -60.0]])


def log_sum(row: list[Any]) -> Any:
    return mp.log(mp.fsum(map(mp.exp, row)))


ALONG_ROWS: dict[str, tuple[dict[str, Any], Callable[[list[Any]], Any]]] = {
    "sum": ({"keepdims": False}, mp.fsum),
    "prod": ({"keepdims": False}, mp.fprod),
    "norm": ({"keepdims": False}, lambda row: mp.sqrt(mp.fsum(x * x for x in row))),
    "amax": ({"keepdims": False}, max),
    "amin": ({"keepdims": False}, min),
    "logsumexp": ({"keepdims": False}, log_sum),
    "softmax": ({}, lambda row: [mp.exp(x - log_sum(row)) for x in row]),
    "log_softmax": ({}, lambda row: [x - log_sum(row) for x in row]),
    "cumsum": ({}, lambda row: [mp.fsum(row[: k + 1]) for k in range(len(row))]),
    "cumprod": ({}, lambda row: [mp.fprod(row[: k + 1]) for k in range(len(row))]),
    "sort": ({}, sorted),
}


@pytest.mark.parametrize("name", ALONG_ROWS)
def test_values_along_rows_agree_with_mpmath(name: str) -> None:
    static, reference = ALONG_ROWS[name]
    found = TABLE[name](ROWS, axis=1, **static)
    with mp.workdps(400):
        wanted = [reference([mp.mpf(float(x)) for x in row]) for row in ROWS]
        wanted = np.array([[float(x) for x in row] if isinstance(row, list) else float(row) for row in wanted])
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_a_result_without_axes_is_a_python_number() -> None:
    x = np.arange(4.0).reshape(2, 2)
    for name in ("sum", "prod", "amax", "amin", "norm", "logsumexp"):
        assert type(TABLE[name](x, axis=None, keepdims=False)) is float, name
    assert type(TABLE["argmax"](x, axis=None)) is int
    assert type(TABLE["any"](x > 1.0, axis=None, keepdims=False)) is bool
    assert type(TABLE["matmul"](x[0], x[1])) is float
    assert type(TABLE["reshape"](x[:1, :1], shape=())) is float
    assert type(TABLE["sum_to"](x, shape=())) is float


def test_nan_reaches_the_extremes() -> None:
    x = np.array([1.0, np.nan, 2.0])
    assert np.isnan(TABLE["amax"](x, axis=None))
    assert np.isnan(TABLE["amin"](x, axis=None))


@pytest.mark.parametrize("name", ["amax", "amin", "argmax", "argmin"])
def test_the_extreme_of_nothing_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="of no elements"):
        TABLE[name](np.zeros((2, 0)), axis=1)


def test_a_recurrence_is_what_its_definition_says() -> None:
    a, b = np.array([[9.0, 2.0, 0.0, np.inf], [1.0, 1.0, 2.0, 3.0]]), np.array([[1.0, 2.0, 0.0, 4.0], [1.0] * 4])
    wanted = np.array([[1.0, 4.0, 0.0, 4.0], [1.0, 2.0, 5.0, 16.0]])  # 0 * inf is 0
    recurrence = TABLE["recurrence"]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(recurrence(a, b, axis=1), wanted)
        np.testing.assert_array_equal(recurrence(a.T, b.T, axis=0), wanted.T)
    np.testing.assert_array_equal(recurrence(a[1], b[1], axis=0), wanted[1])


def test_ties_are_averaged_over_runs() -> None:
    x, keys = np.array([1.0, 3.0, 5.0, 8.0, 2.0]), np.array([0, 0, 1, 2, 2])
    np.testing.assert_array_equal(TABLE["average_ties"](x, keys, axis=0), [2.0, 2.0, 5.0, 5.0, 5.0])


def test_moving_and_joining() -> None:
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(TABLE["shift"](x, axis=0, by=1, fill=9.0), [9.0, 1.0, 2.0])
    np.testing.assert_array_equal(TABLE["shift"](x, axis=0, by=-1), [2.0, 3.0, 0.0])
    np.testing.assert_array_equal(TABLE["roll"](x, 1, axis=0), [3.0, 1.0, 2.0])
    np.testing.assert_array_equal(TABLE["stack"](1, 2, axis=0), [1, 2])
    assert TABLE["stack"](1, 2, axis=0).dtype == np.int64
    np.testing.assert_array_equal(TABLE["pad"](x, 7.0, widths=((1, 2),)), [7.0, 1.0, 2.0, 3.0, 7.0, 7.0])
    np.testing.assert_array_equal(TABLE["arange"](7, 0, -3), [7, 4, 1])
    np.testing.assert_array_equal(TABLE["linspace"](0.0, 1.0, n=3), [0.0, 0.5, 1.0])
    assert TABLE["linspace"](0.1, 0.7, n=7)[-1] == 0.7


def test_what_running_decides_is_checked_when_running() -> None:
    x = np.zeros(6)
    with pytest.raises(ValueError, match=r"shape \[6\] cannot become shape \[4, 2\]"):
        TABLE["reshape_dynamic"](x, 4, 2)
    with pytest.raises(ValueError, match="the size -1"):
        TABLE["fill"](0.0, -1)
    with pytest.raises(ValueError, match="by 0"):
        TABLE["arange"](0, 5, 0)


def test_a_broadcast_can_be_written_to() -> None:
    """A view with stride 0 could not be updated in place."""
    out = TABLE["broadcast_to"](np.array([1.0]), shape=(3,))
    TABLE["set"].inplace(out, 5.0, 1, spec=("int",))
    np.testing.assert_array_equal(out, [1.0, 5.0, 1.0])


def test_the_norm_neither_overflows_nor_underflows() -> None:
    norm = TABLE["norm"]
    with np.errstate(all="ignore"):
        assert norm(np.array([np.inf, 1.0])) == np.inf
        assert np.isnan(norm(np.array([np.nan, 1.0])))
        found = norm(np.array([[3e-320, 4e-320], [3.0, 4.0], [0.0, 0.0]]), axis=1)
    np.testing.assert_allclose(found, [5e-320, 5.0, 0.0], rtol=1e-3, atol=0.0)  # subnormals have few digits
    assert norm(np.array([])) == 0.0

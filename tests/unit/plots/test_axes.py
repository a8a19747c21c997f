from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.plots.axes import axis

numbers = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=0.0, exclude_min=True, allow_infinity=False)


@given(a=numbers, b=numbers, count=st.integers(3, 8), pad=st.sampled_from([0.0, 0.03]))
def test_ticks_lie_within_the_axis_and_are_told_apart(a: float, b: float, count: int, pad: float) -> None:
    found = axis(min(a, b), max(a, b), count=count, pad=pad)
    assert 3 <= len(found.ticks) <= 10
    assert all(found.lower <= tick <= found.upper for tick in found.ticks)
    assert list(found.ticks) == sorted(set(found.ticks))
    assert len(set(found.labels)) == len(found.labels) == len(found.ticks)


@given(a=numbers, b=numbers)
def test_a_label_is_the_number_it_stands_beside(a: float, b: float) -> None:
    found = axis(min(a, b), max(a, b))
    assert [float(label) for label in found.labels] == list(found.ticks)
    assert max(map(len, found.labels)) <= 18


@given(a=numbers, b=numbers)
def test_what_an_axis_is_made_for_is_on_it_in_order(a: float, b: float) -> None:
    lower, upper = min(a, b), max(a, b)
    places = axis(lower, upper).places([lower, upper])
    assert 0 <= places[0] <= places[1] <= 1
    assert not np.isnan(places).any()


@given(a=positive, b=positive, count=st.integers(3, 8))
def test_ticks_of_a_logarithmic_axis_lie_within_it(a: float, b: float, count: int) -> None:
    found = axis(min(a, b), max(a, b), count=count, is_log=True)
    assert 2 <= len(found.ticks) <= 10
    assert all(found.lower <= tick <= found.upper for tick in found.ticks)
    assert len(set(found.labels)) == len(found.labels)
    assert [float(label) for label in found.labels] == list(found.ticks)
    assert not np.isnan(found.places([a, b, *found.ticks])).any()


@given(start=st.integers(-1000, 1000), length=st.integers(0, 10**6))
def test_what_is_counted_has_whole_ticks(start: int, length: int) -> None:
    found = axis(start, start + length, whole=True)
    assert all(tick == math.floor(tick) for tick in found.ticks)
    assert [float(label) for label in found.labels] == list(found.ticks)
    assert found.ticks


@pytest.mark.parametrize(
    ("lower", "upper", "labels"),
    [
        (0.0, 10.0, "0.0 2.5 5.0 7.5 10.0"),
        (0.0, 9.75, "0 2 4 6 8"),
        (-0.15, 0.15, "-0.1 0.0 0.1"),
        (53, 81, "55 60 65 70 75 80"),
        (0.0, 1e300, "0 2.5e299 5e299 7.5e299 1e300"),
        (1.2e-300, 4.9e-300, "2e-300 3e-300 4e-300"),
        (3.0, 3.0, "2.7 2.8 2.9 3.0 3.1 3.2 3.3"),
        (0.0, 0.0, "-1.0 -0.5 0.0 0.5 1.0"),
        (99990, 100010, "99990 99995 100000 100005 100010"),
    ],
)
def test_ticks_are_simple(lower: float, upper: float, labels: str) -> None:
    assert axis(lower, upper).labels == tuple(labels.split())


@pytest.mark.parametrize(
    ("lower", "upper", "labels"),
    [
        (1.0, 1000.0, "1 10 100 1000"),
        (0.02, 30.0, "0.1 1 10"),
        (1e-300, 1e300, "1e-300 1e-200 1e-100 1 1e100 1e200 1e300"),
        (3.0, 40.0, "5 10 20"),
        (2.0, 3.0, "2.00 2.25 2.50 2.75 3.00"),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_decades_if_there_are_enough(lower: float, upper: float, labels: str) -> None:
    assert axis(lower, upper, is_log=True).labels == tuple(labels.split())


def test_places_on_a_logarithmic_axis_are_those_of_powers() -> None:
    assert axis(1.0, 100.0, is_log=True).places([1.0, 10.0, 100.0]) == pytest.approx([0.0, 0.5, 1.0])


def test_padding_keeps_the_ends_free() -> None:
    assert axis(0.0, 10.0, pad=0.05).places([0.0, 10.0]) == pytest.approx([0.5 / 11, 10.5 / 11])

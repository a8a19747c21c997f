"""The line search: strong Wolfe where that can be, and steps back from walls."""

from __future__ import annotations

import numpy as np
import pytest

from dlang.optimize.line_search import Point, strong_wolfe

LINES = {
    "quadratic": (lambda a: (a - 3) ** 2, lambda a: 2 * (a - 3)),
    "far minimum": (lambda a: (a / 1e4 - 3) ** 2, lambda a: 2 * (a / 1e4 - 3) / 1e4),
    "near minimum": (lambda a: (a * 1e4 - 3) ** 2, lambda a: 2 * (a * 1e4 - 3) * 1e4),
    "quartic valley": (lambda a: (a - 1) ** 4 - a, lambda a: 4 * (a - 1) ** 3 - 1),
    "bumps": (lambda a: 0.05 * a * a - np.cos(3 * a + 1), lambda a: 0.1 * a + 3 * np.sin(3 * a + 1)),
    "wall at 2": (
        lambda a: -np.log(2 - a) - 5 * a if a < 2 else np.nan,
        lambda a: 1 / (2 - a) - 5 if a < 2 else np.nan,
    ),
    "wall at 1e-9": (lambda a: -a if a < 1e-9 else np.inf, lambda a: -1.0 if a < 1e-9 else np.inf),
}


def along(name: str):
    value, slope = LINES[name]
    return lambda a: Point(a, float(value(a)), np.array([float(slope(a))]), float(slope(a)))


@pytest.mark.parametrize("name", [name for name in LINES if name not in ("wall at 1e-9", "bumps")])
def test_the_conditions_hold(name: str) -> None:
    line = along(name)
    start = line(0.0)
    point = strong_wolfe(line, start, 1.0, 1e10)
    assert point is not None
    assert point.value <= start.value + 1e-4 * point.at * start.slope
    assert abs(point.slope) <= 0.9 * abs(start.slope)


def test_behind_a_near_wall_the_point_still_descends() -> None:
    line = along("wall at 1e-9")
    point = strong_wolfe(line, line(0.0), 1.0, 1e10)
    assert point is not None
    assert 0 < point.at < 1e-9
    assert point.value < 0


def test_the_farthest_point_is_taken_where_the_line_still_falls() -> None:
    line = along("quadratic")
    point = strong_wolfe(line, line(0.0), 1.0, 2.0)
    assert point is not None
    assert point.at <= 2.0
    assert point.value <= line(1.0).value


def test_a_line_that_only_rises_has_no_point() -> None:
    start = Point(0.0, 0.0, np.array([-1.0]), -1.0)  # a wrong gradient: it promises a descent that is not there
    assert strong_wolfe(lambda a: Point(a, a, np.array([1.0]), 1.0), start, 1.0, 1e10) is None

"""What evaluation costs, counted instead of timed: loops over arrays are linear, and data are computed with once."""

from __future__ import annotations

import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

import dlang
from dlang.driver.flat import FlatObjective
from dlang.driver.model import OBJECTIVE, REPORTS
from dlang.ir.nodes import For
from dlang.ir.walk import inner_blocks

FILLS = {
    "a loop that fills": "xs = zeros(n)\nxs[0] = k\nfor i in 1..n { xs[i] = 0.5 * xs[i - 1] + sin(k) }\nminimize sum(xs^2)",
    "under conditions": (
        "xs = zeros(n)\nfor i in 1..n { if i % 3 == 0 { xs[i] = k * xs[i - 1] } else { xs[i] += k } }\nminimize sum(xs^2)"
    ),
    "left by a break": "xs = zeros(n)\nfor i in 0..2 * n { if i == n { break }; xs[i] = k * i }\nminimize sum(xs)",
    "with passes skipped": "xs = zeros(n)\nfor i in 0..n { if i % 2 == 0 { continue }; xs[i] = k * i }\nminimize sum(xs)",
    "counted by hand": "xs = zeros(n)\ni = 0\nwhile i < n { xs[i] = k * i; i += 1 }\nminimize sum(xs)",
    "two arrays that change places": (
        "a = zeros(n)\nb = zeros(n)\nfor i in 0..n { a[i] = k * i; (a, b) = (b, a) }\nminimize sum(a) + 2 * sum(b)"
    ),
    "in a function that returns it": (
        "fn fill(n, k) { xs = zeros(n); for i in 0..n { xs[i] = k * i }; xs }\nminimize sum(fill(n, k))"
    ),
    "returned out of the loop": (
        "fn fill(n, k) { xs = zeros(n); i = 0; while true { if i >= n { return xs }; xs[i] = k * i; i += 1 } }\n"
        "minimize sum(fill(n, k))"
    ),
    "a part returned out of the loop": (
        "fn fill(n, k) { xs = zeros(n); for i in 0..n { if i == n - 1 { return xs[:i] }; xs[i] = k * i }; xs }\n"
        "minimize sum(fill(n, k))"
    ),
    "a matrix by rows": (
        "X = zeros(n, 2)\nfor i in 1..n { X[i, 0] = k + X[i - 1, 1]; X[i, 1] += 0.5 * X[i, 0] }\nminimize sum(X)"
    ),
    "an array that is only read": "a = linspace(0, 1, n) * k\ns = 0.0\nfor i in 0..n { s += a[i] * a[n - 1 - i] }\nminimize s",
}
WAYS: dict[str, Callable[[FlatObjective], object]] = {
    "value": lambda o: o.value(o.start),
    "gradient": lambda o: o.value_and_grad(o.start),
    "tangent": lambda o: o.forward_gradient(o.start),
    "Hessian": lambda o: o.hvp(o.start, o.start),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILLS)
def test_loops_over_arrays_are_linear(name: str, way: str) -> None:
    """Ten times the passes: ten times the calls, and not one copy of an array more; memory for a few numbers each."""
    counts = []
    for n in (300, 3000):
        objective = dlang.loads(f"param k = 0.5\ndata n = {n}\n{FILLS[name]}").objective()
        WAYS[way](objective)  # what is made once is made
        called = calls(lambda o=objective: WAYS[way](o))
        counts.append((sum(called.values()), sum(called[c] for c in COPIES)))
    (few, once), (many, again) = counts
    large = peak(lambda: WAYS[way](objective))
    assert many <= 10.1 * few
    assert large <= 400 * 3000
    assert again == once <= 4


COPIES = ("copy", "array", "ascontiguousarray", "empty_like", "_set", "_add_at")
"""Calls that may copy a whole array."""


def calls(run: Callable[[], object]) -> Counter[str]:
    """How often each function, Python's or C's, is called."""
    found: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            found[frame.f_code.co_name] += 1
        elif event == "c_call":
            found[argument.__name__] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return found


def peak(run: Callable[[], object]) -> int:
    """The most memory in use at one time, in bytes."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_tape_that_is_left_early_is_as_long_as_the_passes() -> None:
    """A `break` after ten of a million passes costs ten passes."""
    text = "param k = 0.5\ns = k\nfor i in 0..1_000_000 { if i == 10 { break }; s = sin(s) }\nminimize s"
    objective = dlang.loads(text).objective()
    objective.value_and_grad(objective.start)
    assert sum(calls(lambda: objective.value_and_grad(objective.start)).values()) < 200


SPLIT = """
param k = 0.5
data u = [0.3, 0.1, 0.2]
fn smooth(v) { for i in 0..50 { v = 0.5 * (v + sin(v)) }; v }
table = smooth(u)
s = 0.0
for i in 0..100 { s += sin(s) + table[0] }
assert s > 0
minimize (k - s)^2
minimize sum((k * table)^2)
report scaled = k * s
"""


def test_what_depends_on_data_alone_is_computed_once() -> None:
    """No loop and no call is left in what is evaluated at every step of a fit."""
    program = dlang.loads(SPLIT, data={"u": np.array([0.3, 0.1, 0.2])})
    for name in (OBJECTIVE, REPORTS):
        module = program._model.slice(name)
        assert list(module) == [name]
        assert not any(isinstance(s, For) or inner_blocks(s) for s in module[name].block.body)
    objective = program.objective()
    objective.value_and_grad(objective.start)
    few = calls(lambda: objective.value_and_grad(objective.start * 1.1))
    assert few["sin"] == 0


def test_the_split_changes_no_number() -> None:
    data = np.array([0.3, 0.1, 0.2])
    program = dlang.loads(SPLIT, data={"u": data})
    table = data
    for _ in range(50):
        table = 0.5 * (table + np.sin(table))
    s = 0.0
    for _ in range(100):
        s += np.sin(s) + table[0]
    value, gradient = program.value_and_grad()
    np.testing.assert_allclose(value, (0.5 - s) ** 2 + np.sum((0.5 * table) ** 2), rtol=1e-12)
    np.testing.assert_allclose(gradient["k"], 2 * (0.5 - s) + 2 * 0.5 * np.sum(table**2), rtol=1e-12)
    np.testing.assert_allclose(program.run().objective, value, rtol=1e-15)
    objective = program.objective()
    np.testing.assert_allclose(objective.reports(objective.start), [0.5 * s])
    np.testing.assert_allclose(objective.reports_jacobian(objective.start), [[s]])

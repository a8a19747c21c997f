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
    "one of two parts returned": (
        "fn fill(n, k) { xs = zeros(n); for i in 0..2 * n { if i == n { return xs[1:] }; if k > 3 { return xs[2:] }; "
        "xs[i] = k * i }; xs }\nminimize sum(fill(n, k))"
    ),
    "from its own last elements": (
        "xs = zeros(n)\nfor i in 3..n { xs[i] = k + sum(xs[i - 3:i]) / 3.1 }\nminimize sum(xs)"
    ),
    "rows from rows": "X = zeros(n, 3)\nfor i in 1..n { X[i] = X[i - 1] * k + 1 }\nminimize sum(X)",
    "columns from columns": "X = zeros(3, n)\nfor i in 1..n { X[:, i] = sin(X[:, i - 1] * k) }\nminimize sum(X)",
    "rows moved down": "X = zeros(n, 3) + k\nfor i in 1..n { X[i] = X[i - 1]; X[i, 1] *= k }\nminimize sum(X)",
    "parts moved along": "xs = zeros(n) + k\nfor i in 2..n { xs[i - 1:i + 1] = xs[i - 2:i] }\nminimize sum(xs)",
    "rows from a buffer": (
        "X = zeros(n, 3)\nr = zeros(3)\nfor i in 1..n { for j in 0..3 { r[j] += k * j }; X[i] = r }\nminimize sum(X)"
    ),
    "through a function that reads": (
        "fn f(a, i) = a[i - 1] * 0.5 + k\na = zeros(n)\nfor i in 1..n { a[i] = f(a, i) }\nminimize sum(a)"
    ),
    "through a function that captures": (
        "a = zeros(n) + k\nfn f(i) = a[i] * 2\ns = 0.0\nfor i in 0..n { s += f(i) }\nminimize s"
    ),
    "through a function that writes": (
        "fn f(a, i) { a[i] = k * i; a }\na = zeros(n)\nfor i in 0..n { a = f(a, i) }\nminimize sum(a)"
    ),
    "three arrays that change places": (
        "a = zeros(n)\nb = zeros(n)\nc = zeros(n)\n"
        "for i in 0..n { c[i] = k * i + a[i] - b[i]; (a, b, c) = (b, c, a) }\nminimize sum(a) + 2 * sum(b) + sum(c)"
    ),
    "a matrix that does not change": (
        "A = [[k, 0.1, 0.2], [0.3, k, 0.1], [0.2, 0.1, k]]\nfor i in 0..3 { A[i, i] += 1 }\nv = [1.0, 2.0, 3.0]\n"
        "for i in 0..n { v = sin(transpose(A) @ v) }\nminimize sum(v)"
    ),
    "an array that is only read": "a = linspace(0, 1, n) * k\ns = 0.0\nfor i in 0..n { s += a[i] * a[n - 1 - i] }\nminimize s",
    "in a record": "r = {xs: zeros(n), s: 0.0}\nfor i in 1..n { r.xs[i] = 0.5 * r.xs[i - 1] + sin(k); r.s += r.xs[i] }\nminimize sum(r.xs^2) + r.s",
    "in a tuple": "t = (zeros(n), 0.0)\nfor i in 1..n { t[0][i] = 0.5 * t[0][i - 1] + k; t[1] += t[0][i] }\nminimize sum(t[0]^2) + t[1]",
    "in a record of records": (
        "r = {a: {xs: zeros(n)}, m: zeros(n, 2)}\n"
        "for i in 1..n { r.a.xs[i] = k * r.a.xs[i - 1] + r.m[i - 1, 1]; r.m[i, 1] += k }\nminimize sum(r.a.xs^2) + sum(r.m)"
    ),
    "in a tuple that is made anew": (
        "t = (zeros(n), 0.0)\nfor i in 0..n { (xs, s) = t; xs[i] = k * i + s; t = (xs, s + k) }\nminimize sum(t[0])"
    ),
    "in a record that a function changes": (
        "fn step(r, i) { r.xs[i] = k * i; r }\nr = {xs: zeros(n)}\nfor i in 0..n { r = step(r, i) }\nminimize sum(r.xs)"
    ),
    "in a record that is returned": (
        "fn fill(n) { r = {xs: zeros(n), s: 0.0}; for i in 0..2 * n { if i == n { return r }; r.xs[i] = k * i; r.s += k }; r }\n"
        "q = fill(n)\nminimize sum(q.xs) + q.s"
    ),
    "in a record, on two ways": (
        "r = {xs: zeros(n), s: 0.0}\nfor i in 0..n { r = if i % 2 == 0 { r.xs[i] = k; r } else { r.s += k; r } }\nminimize sum(r.xs) + r.s"
    ),
    "in records that change places": (
        "r = {xs: zeros(n)}\nq = {xs: zeros(n)}\nfor i in 0..n { r.xs[i] = k; (r, q) = (q, r) }\nminimize sum(r.xs) + 2 * sum(q.xs)"
    ),
    "by a fold": "minimize sum(fold(fn(a, i) { a[i] = k * i; a }, zeros(n), 0..n))",
    "by a fold of a record": (
        "r = fold(fn(c, i) { xs = c.xs; xs[i] = k * c.s; {xs: xs, s: c.s + k} }, {xs: zeros(n), s: 0.0}, 0..n)\nminimize sum(r.xs)"
    ),
    "by a scan": "t = scan(fn(c, x) { (c[0] + k, c[1] * 0.5 + x) }, (0.0, 1.0), linspace(0, 1, n))\nminimize sum(t[0]) + sum(t[1])",
    "by a map of tuples": "t = map(fn(i) { (k * i, {a: [k, k * i]}) }, 0..n)\nminimize sum(t[0]) + sum(t[1].a)",
    "by a comprehension": "s = 0.0\nxs = [{ s += k; s * i } for i in 0..n if i % 3 > 0]\nminimize sum(xs) + s",
    "by a comprehension of rows of unknown size": (
        "v = [1.0, -1.0, 2.0]\nw = v[v > 0] * k\nminimize sum([w * i for i in 0..n]) + sum([w * i for i in 0..n if i % 2 == 0])"
    ),
    "read by a closure": "a = linspace(0, 1, n) * k\nr = {f: fn(i) = a[i]}\ns = 0.0\nfor i in 0..n { s += r.f(i) }\nminimize s",
    "read by closures that a loop changes": (
        "a = linspace(0, 1, n) * k\nf = fn(i) { a[i] }\ns = 0.0\n"
        "for i in 0..n { s += f(i); f = if i % 2 == 0 { fn(i) { a[i] } } else { fn(i) { 2 * a[i] } } }\nminimize s"
    ),
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
    for n in (100, 1000):
        objective = dlang.loads(f"param k = 0.5\ndata n = {n}\n{FILLS[name]}").objective()
        WAYS[way](objective)  # what is made once is made
        counts.append(calls(lambda o=objective: WAYS[way](o)))
    few, many = counts
    assert many.total() <= 10.5 * few.total()
    assert many[COPIED] <= 20 * 1000
    assert peak(lambda: WAYS[way](objective)) <= 1500 * 1000


COPIED = "elements copied"


def calls(run: Callable[[], object]) -> Counter[str]:
    """How often each function, Python's or C's, is called; and the elements of arrays that are copied."""
    found: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            found[frame.f_code.co_name] += 1
        elif event == "c_call":
            found[argument.__name__] += 1
            if argument.__name__ == "copy":
                found[COPIED] += np.size(argument.__self__)

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
    assert calls(lambda: objective.value_and_grad(objective.start)).total() < 200


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
        module = program.model.slice(name)
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

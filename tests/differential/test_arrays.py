"""Arrays are values: who else sees a change, through names, views, loops, functions, and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import codes, printed, slopes

VALUES = {
    "another name": ("a = [1.0, 2.0]\nb = a\na[0] = 9\nprint(a, b)", "[9.0, 2.0] [1.0, 2.0]"),
    "the other way round": ("a = [1.0, 2.0]\nb = a\nb[0] = 9\nprint(a, b)", "[1.0, 2.0] [9.0, 2.0]"),
    "a view of what changes": ("a = [1, 2, 3]\nr = a[1:]\na[1] = 5\nprint(a, r)", "[1, 5, 3] [2, 3]"),
    "a view that changes": ("a = [1, 2, 3]\nr = a[1:]\nr[0] = 5\nprint(a, r)", "[1, 2, 3] [5, 3]"),
    "a view backwards": ("a = [1, 2, 3]\na[:] = a[::-1]\nprint(a)", "[3, 2, 1]"),
    "an overlapping move": ("a = [1, 2, 3]\na[1:] = a[:-1]\nprint(a)", "[1, 1, 2]"),
    "a transposed view": (
        "A = [[1, 2], [3, 4]]\nB = transpose(A)\nA[0, 1] = 9\nprint(A, B)",
        "[[1, 9], [3, 4]] [[1, 3], [2, 4]]",
    ),
    "a row": ("A = [[1, 2], [3, 4]]\nr = A[0]\nA[0, 0] = 9\nprint(A, r)", "[[9, 2], [3, 4]] [1, 2]"),
    "an element of a row": ("A = [[1, 2], [3, 4]]\nA[1][0] += 5\nprint(A)", "[[1, 2], [8, 4]]"),
    "rows that change places": ("A = [[1, 2], [3, 4]]\n(A[0], A[1]) = (A[1], A[0])\nprint(A)", "[[3, 4], [1, 2]]"),
    "an argument": ("fn f(a) { a[0] = 9; a }\nx = [1, 2]\ny = f(x)\nprint(x, y)", "[1, 2] [9, 2]"),
    "an argument in a loop": (
        "fn f(a) { a[0] += 1; a[0] }\nx = [1, 2]\ns = 0\nfor i in 0..3 { s += f(x) }\nprint(x, s)",
        "[1, 2] 6",
    ),
    "an argument given back": ("fn f(a) = a\nx = [1, 2]\ny = f(x)\ny[0] = 9\nprint(x, y)", "[1, 2] [9, 2]"),
    "one of two given back": (
        "fn f(a, b, c) = if c { a } else { b }\nx = [1, 2]\nz = f(x, x, x[0] > 0)\nz[0] = 9\nprint(x, z)",
        "[1, 2] [9, 2]",
    ),
    "a captured array": ("x = [1, 2]\nfn f() { y = x; y[0] = 9; y }\nz = f()\nprint(x, z)", "[1, 2] [9, 2]"),
    "names that change places": ("a = [1]\nb = [2]\nfor i in 0..3 { (a, b) = (b, a) }\nprint(a, b)", "[2] [1]"),
    "and are changed": (
        "a = [1.0, 0]\nb = [2.0, 0]\nfor i in 0..3 { (a, b) = (b, a); a[1] += 1 }\nprint(a, b)",
        "[2.0, 2.0] [1.0, 1.0]",
    ),
    "one array carried twice": (
        "a = [0, 0]\nb = a\nfor i in 0..2 { a[i] = 1; b[0] = 5 }\nprint(a, b)",
        "[1, 1] [5, 0]",
    ),
    "the array a loop runs over": (
        "a = [1, 2, 3]\ns = 0\nfor x in a { a[2] = 100; s += x }\nprint(s, a)",
        "6 [1, 2, 100]",
    ),
    "what a loop began with": ("a = [1, 2]\nb = a\nfor i in 0..2 { b[i] = 0 }\nprint(a, b)", "[1, 2] [0, 0]"),
    "the last pass's array": (
        "a = [0, 0]\nlast = a\nfor i in 0..2 { last = a; a[i] = 1 }\nprint(last, a)",
        "[1, 0] [1, 1]",
    ),
    "a change under a condition": ("a = [1, 2]\nb = a\nif b[0] > 0 { a[0] = 9 }\nprint(a, b)", "[9, 2] [1, 2]"),
    "a mask": ("a = [1.0, 2.0, 3.0]\na[a > 1.5] *= 2\nprint(a)", "[1.0, 4.0, 6.0]"),
    "indexes": ("a = [0, 0, 0]\na[[0, 2]] = [5, 6]\nprint(a)", "[5, 0, 6]"),
    "Ints that become Real": ("a = [1, 2]\nfor i in 0..2 { a[i] = a[i] / 2 }\nprint(a)", "[0.5, 1.0]"),
    "Ints that may become Real": ("a = [1, 2]\nif len(a[a > 1]) > 0 { a[0] = 0.5 }\nprint(a)", "[0.5, 2.0]"),
    "an array that grows": (
        "a = [1.0]\nfor i in 0..3 { a = concat(a, [i]) }\nprint(a, len(a))",
        "[1.0, 0.0, 1.0, 2.0] 4",
    ),
    "slices clip": ("a = [1, 2, 3]\nprint(a[1:9], a[-9:2], a[5:], a[2:1], a[::-2])", "[2, 3] [1, 2] [] [] [3, 1]"),
    "recursion": (
        "fn f(n, a) { if n == 0 { return a }; a[n] = n; f(n - 1, a) }\nx = zeros(3)\nprint(f(2, x), x)",
        "[0.0, 1.0, 2.0] [0.0, 0.0, 0.0]",
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_change_is_seen_by_its_own_name_only(name: str) -> None:
    text, expected = VALUES[name]
    assert printed(text) == [expected]


ONE_HOT = "print(one_hot([2.0, 0.0], 3), one_hot([[1], [0]], 2))"


def test_one_hot_takes_labels_of_any_shape_and_refuses_what_is_none() -> None:
    assert printed(ONE_HOT) == ["[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]] [[[0.0, 1.0]], [[1.0, 0.0]]]"]
    for label in ("-1", "3", "0.5"):
        assert codes(f"print(one_hot([{label}], 3))") == ["E0605"]


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_linspace_of_a_size_met_while_running_is_that_of_a_known_one(n: int) -> None:
    known, met = printed(f"print(linspace(0.1, 0.7, {n}))\nx = arange(5)\nprint(linspace(0.1, 0.7, len(x[x < {n}])))")
    assert known == met
    found = slopes(f"param x = 2.0\nparam y = 5.0\nv = arange(5)\nminimize sum(linspace(x, y, len(v[v < {n}])) * 2)")
    np.testing.assert_allclose(found.gradient, [n, n] if n > 1 else [2.0 * n, 0.0], rtol=1e-14)


SLOPES = {
    "overwritten elements have no share": ("a = [x, y]\na[0] = y\nminimize a[0] * a[1]", [0.0, 10.0]),
    "an element added to twice": ("a = zeros(2)\na[1] += x\na[1] += x * y\nminimize a[1]", [6.0, 2.0]),
    "a read before the write": ("a = [x, y]\nb = a[0]\na[0] = y\nminimize b * a[0]", [5.0, 2.0]),
    "a view before the write": ("a = [x, y, x]\nr = a[1:]\na[1] = x\nminimize sum(r * a[1:])", [5.0 + 4.0, 2.0]),
    "two carried arrays that change places": (
        "a = [x, x]\nb = [y, y * y]\nfor i in 0..3 { (a, b) = (b, a); a[0] *= x }\nminimize sum(a) * 2 + sum(b)",
        [45.0, 28.0],
    ),
    "the last of equal indexes is stored": ("a = zeros(3)\na[[1, 1]] = [x, y]\nminimize a[1]", [0.0, 1.0]),
    "one element read by equal indexes": ("a = [x, y]\nminimize sum(a[[0, 0, 1]])", [2.0, 1.0]),
    "an update under a condition in two loops": (
        "a = zeros(3)\nfor i in 0..3 { for j in 0..3 { if i >= j { a[j] += x * (i + 1) } } }\nminimize a[0] * a[2] + y",
        [72.0, 1.0],
    ),
    "a function that writes its argument": (
        "fn f(a) { a[0] = a[0]^2; a }\nv = [x, y]\nw = f(v)\nminimize w[0] * v[0]",
        [12.0, 0.0],
    ),
    "an argument given twice": ("fn f(a, b) { a[0] = b[1]; sum(a * b) }\nv = [x, y]\nminimize f(v, v)", [5.0, 12.0]),
    "the same array as a loop's two": (
        "a = [x, y]\nb = a\nfor i in 0..2 { a[i] *= b[i] }\nminimize sum(a) + b[0]",
        [5.0, 10.0],
    ),
    "recursion over an array": (
        "fn f(n, a) { if n == 0 { return a }; a[n % 2] = a[0] * a[1]; f(n - 1, a) }\nminimize sum(f(3, [x, y]))",
        [320.0, 84.0],
    ),
}


@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_follow_values_through_changes(name: str) -> None:
    text, expected = SLOPES[name]
    found = slopes(f"param x = 2.0\nparam y = 5.0\n{text}")
    np.testing.assert_allclose(found.gradient, expected, rtol=1e-13)

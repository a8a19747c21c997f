"""Branches, loops and jumps: where control goes, what names hold afterwards, and the derivatives along the way."""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import codes, printed, slopes

VALUES = {
    "the loop's variable stays": ("i = 9\nfor i in 0..3 { }\nprint(i)", ["2"]),
    "unless there is no pass": ("i = 9\nfor i in 0..0 { }\nprint(i)", ["9"]),
    "and where a break left it": ("i = 9\nfor i in 0..8 { if i == 4 { break } }\nprint(i)", ["4"]),
    "a pass begins with the index": ("for i in 0..3 { i = i * 10; print(i) }", ["0", "10", "20"]),
    "the range is decided at the start": ("n = 2\nfor i in 0..n { n = 9 }\nprint(i + n)".replace("i + n", "n"), ["9"]),
    "down by steps": ("for i in 5..0 by -2 { print(i) }", ["5", "3", "1"]),
    "inclusive ranges": ("for i in 0..=2 { print(i) }\nfor i in 2..=0 by -2 { print(i) }", ["0", "1", "2", "2", "0"]),
    "a step met when running": (
        "s = -1\nfor k in 0..2 { for i in 1..4 by s + 3 * k { print(i) }; s = -1 }",
        ["1", "3"],
    ),
    "rows of a matrix": ("s = 0\nfor r in [[1, 2], [3, 4]] { s += r[0] * r[1] }\nprint(s)", ["14"]),
    "continue in a while": (
        "i = 0\ns = 0\nwhile i < 10 { i += 1; if i % 3 == 0 { continue }; if i == 8 { break }; s += i }\nprint(s, i)",
        ["19 8"],
    ),
    "break in a while in a for": (
        "s = 0\nfor i in 0..5 { k = 0; while true { k += 1; if k > i { break }; s += k } }\nprint(s)",
        ["20"],
    ),
    "break and continue in two loops": (
        "s = 0\nfor i in 0..5 { for j in 0..5 { if j == 2 { break }; if i == 3 { continue }; s += 10 * i + j }; "
        "if i == 3 { break } }\nprint(s)",
        ["63"],
    ),
    "return out of two loops": (
        "fn f(n) { for i in 0..n { for j in 0..n { if i * j == 6 { return i * 10 + j } } }; -1 }\nprint(f(5), f(2))",
        ["23 -1"],
    ),
    "return out of a while in a for": (
        "fn f(x) { for i in 0..10 { k = 0; while k < i { k += 1; if k * i > x { return (i, k) } } }; (-1, -1) }\n"
        "(a, b) = f(11)\n(c, d) = f(1000)\nprint(a, b, c, d)",
        ["4 3 -1 -1"],
    ),
    "return out of an endless loop": (
        "fn f(x) { while true { x *= 2; if x > 100 { return x } } }\nprint(f(3), f(200))",
        ["192 400"],
    ),
    "a returned name of the loop's own": (
        "fn f(n) { for i in 0..n { y = i * i; if y > 10 { return y + i } }; -1 }\nprint(f(9), f(2))",
        ["20 -1"],
    ),
    "the loop's own name is free again": (
        "fn f(n) { for i in 0..n { y = i * i; if y > 10 { return y } }; y = [1, 2]; y[1] }\nprint(f(9), f(2))",
        ["16 2"],
    ),
    "two returns in a loop": (
        "fn f(n) { for i in 0..n { if i == 3 { return 30 }; if i * n == 8 { return 80 } }; 0 }\nprint(f(9), f(4), f(2))",
        ["30 80 0"],
    ),
    "return in a value": ("fn f(c) { x = if c > 0 { return 5 } else { 2 }; x + 1 }\nprint(f(1), f(-1))", ["5 3"]),
    "return in a block": ("fn f(c) { x = { if c > 0 { return 5 }; 2 }; x + 1 }\nprint(f(1), f(-1))", ["5 3"]),
    "break in a value": (
        "s = 0\nfor i in 0..9 { s += if i == 3 { break } else { i } }\nprint(s)",
        ["3"],
    ),
    "a name kept by the way that leaves": (
        "x = 1\nfor i in 0..9 { x = if i == 3 { break } else { i } }\nprint(x)",
        ["2"],
    ),
    "what each branch binds": ("x = 3\nif x > 2 { y = 1 } else { y = 2.5 }\nprint(y)", ["1"]),
    "an Int that a branch makes Real": (
        "x = 1\nn = 0\nfor k in 0..3 { n += 1 }\nif n > 5 { x = 2.5 }\nprint(x)",
        ["1.0"],
    ),
    "an Int that a loop makes Real": ("x = 1\nfor k in 0..2 { print(x); x = x / 2 }\nprint(x)", ["1.0", "0.5", "0.25"]),
    "first bound in an endless loop": ("while true { z = 5; if z > 3 { break } }\nprint(z)", ["5"]),
    "conditions skip": (
        "a = [1]\nn = 5\nfor k in 0..1 { n += 1 }\nprint(n < 1 and a[n] > 0, n > 1 or a[n] > 0)",
        ["false true"],
    ),
    "a chain of comparisons": ("x = 3\nprint(0 < x < 5, 0 < x < 2, 1 == 1 == 1)", ["true false true"]),
    "print goes in order": (
        'fn f(i) { print("in", i); i }\nfor i in 0..2 { x = f(i); print("out", x) }',
        ["in 0", "out 0", "in 1", "out 1"],
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_control_goes_where_the_text_says(name: str) -> None:
    text, expected = VALUES[name]
    assert printed(text) == expected


SLOPES = {
    "a loop of no pass": ("s = x\nfor i in 0..0 { s = s * x }\nminimize s", [1.0, 0.0]),
    "the branch that is not taken": ("minimize if x > 0 { x } else { y * log(-x) }", [1.0, 0.0]),
    "a name used twice": ("minimize x * x + x", [5.0, 0.0]),
    "an Int that becomes Real": ("s = 1\nfor i in 0..3 { s = s * x }\nminimize s", [12.0, 0.0]),
    "a count that the data decide": ("s = x\nwhile s < 100 { s = s * x }\nminimize s + y", [448.0, 1.0]),
    "a condition on what is differentiated": (
        "s = 0.0\nfor i in 0..4 { if s < 3 { s += x } else { s += y * y; break } }\nminimize s",
        [2.0, 10.0],
    ),
    "return out of a loop": (
        "fn f(a) { for i in 1..9 { a *= x; if a > 30 { return a * y } }; 0.0 }\nminimize f(1.0)",
        [5 * 5 * 2.0**4, 32.0],
    ),
    "continue past an update": (
        "s = x\nfor i in 0..5 { if i % 2 == 0 { continue }; s *= y }\nminimize s",
        [25.0, 20.0],
    ),
    "a loop downwards": ("a = [x, y, 3.0]\nfor i in 2..0 by -1 { a[i - 1] *= a[i] }\nminimize a[0]", [15.0, 6.0]),
    "loops in loops": ("s = 0.0\nfor i in 0..3 { for j in 0..i { s += x^i * y^j } }\nminimize s", [1 + 4 * 6.0, 4.0]),
    "an index as a factor": ("s = 0.0\nfor i in 0..4 { s += i * x }\nminimize s", [6.0, 0.0]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_follow_the_path_that_was_taken(name: str) -> None:
    text, expected = SLOPES[name]
    found = slopes(f"param x = 2.0\nparam y = 5.0\n{text}")
    np.testing.assert_allclose(found.gradient, expected, rtol=1e-13)


REFUSED = {
    "a return in the middle of an expression": (
        "fn f(c) { 1 + (if c > 0 { return 5 } else { 2 }) }\nprint(f(1))",
        ["E0401"],
    ),
    "a loop that changes a type": ("x = 1\nfor i in 0..3 { x = [x] }\nprint(x)", ["E0309"]),
    "a step of 0": ("for i in 0..5 by 0 { }", ["E0301"]),
    "a step of 0 met when running": ("s = 1\nfor k in 0..1 { s -= 1 }\nfor i in 0..5 by s { print(i) }", ["E0610"]),
    "and in a loop that may break": (
        "s = 1\nfor k in 0..1 { s -= 1 }\nfor i in 0..5 by s { if i > 9 { break } }",
        ["E0605"],
    ),
    "a name bound on one way only": ("x = 1\nif x > 0 { y = 1 }\nprint(y)", ["E0203"]),
    "one Bool for two": ("if [true, false] { print(1) }", ["E0303"]),
    "an error that only a second look at a loop sees": (
        "fn f(x) { y = [1, 2] + [1, 2, 3]; x }\ns = 0\nfor i in 0..3 { s = s + f(1.0) }\nprint(s)",
        ["E0302"],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(name: str) -> None:
    text, expected = REFUSED[name]
    assert codes(text) == expected

"""Where the mathematics leaves a choice: section 6 of the language, through whole programs, in both modes."""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import codes, printed, slopes

import dlang

INF = float("inf")
# name: (terms on x = 0, y = 1, w = [1, 1, 0.5]; the derivative in x, y, and w)
SLOPES = {
    "sqrt in a branch that is not chosen": ("minimize where(x > 0, sqrt(x), 0)", [0, 0, 0, 0, 0]),
    "log in a branch that is not chosen": ("minimize where(x > 0, log(x), y)", [0, 1, 0, 0, 0]),
    "the root of a square": ("minimize sqrt(x * x) + sqrt(x^2)", [0, 0, 0, 0, 0]),
    "a root": ("minimize sqrt(x)", [INF, 0, 0, 0, 0]),
    "in a loop": ("s = 0.0\nfor i in 0..3 { s += where(x > 0, sqrt(x), 0) }\nminimize s", [0, 0, 0, 0, 0]),
    "in an array that a loop fills": (
        "a = zeros(3)\nfor i in 0..3 { a[i] = sqrt(x * x) }\nminimize sum(a)",
        [0, 0, 0, 0, 0],
    ),
    "in a function": ("fn f(v) = where(v > 0, sqrt(v), 0)\nminimize f(x) + f(y)", [0, 0.5, 0, 0, 0]),
    "over an array": ("v = w - 1\nminimize sum(where(v > 0, sqrt(v), v))", [0, 0, 1, 1, 1]),
    "0 times infinity": ("minimize x * y / (x * x + y) + 0 * sqrt(x)", [1, 0, 0, 0, 0]),
    "x^0": ("minimize x^0", [0, 0, 0, 0, 0]),
    "x^1": ("minimize x^1", [1, 0, 0, 0, 0]),
    "x^2 and x^3": ("minimize x^2 + x^3", [0, 0, 0, 0, 0]),
    "x to an Int met when running": ("n = 0\nfor i in 0..1 { n += 1 }\nminimize x^n", [1, 0, 0, 0, 0]),
    "x^y at x = 0": ("minimize x^(y + 1)", [0, 0, 0, 0, 0]),
    "x^y at x = 0, y = 1": ("minimize x^y", [1, 0, 0, 0, 0]),
    "abs, relu and sign": ("minimize abs(x) + relu(x) + sign(x)", [0, 0, 0, 0, 0]),
    "norm and hypot": ("minimize norm([x, x]) + hypot(x, x)", [0, 0, 0, 0, 0]),
    "max of two": ("minimize max(y, w[0])", [0, 0.5, 0.5, 0, 0]),
    "max of an array": ("minimize max(w)", [0, 0, 0.5, 0.5, 0]),
    "sort": ("minimize sort(w)[2]", [0, 0, 0.5, 0.5, 0]),
    "clamp at both ends": ("minimize clamp(y, 1, 2) + clamp(x, -1, 0) + clamp(w[2], 0, 1)", [0.5, 0.5, 0, 0, 1]),
    "steps": ("minimize floor(y) + ceil(y) + round(y) + y // 2", [0, 0, 0, 0, 0]),
    "the remainder": ("minimize (y + 0.5) % 1", [0, 1, 0, 0, 0]),
    "a product with a 0 in it": ("minimize prod([x, 2 * y, 3])", [6, 0, 0, 0, 0]),
    "a running product with a 0 in it": ("minimize sum(cumprod([2 * y, x, 3]))", [8, 2, 0, 0, 0]),
    "the spread of equal numbers": ("minimize std([y, y])", [0, 0, 0, 0, 0]),
    "logsumexp of -inf": ("minimize logsumexp([y, -inf, y])", [0, 1, 0, 0, 0]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_where_there_is_a_choice(name: str) -> None:
    text, expected = SLOPES[name]
    found = slopes(f"param x = 0.0\nparam y = 1.0\nparam w = [1.0, 1.0, 0.5]\n{text}")
    np.testing.assert_allclose(found.gradient, expected, rtol=1e-14)


@pytest.mark.parametrize(
    "f", ["std([x, 2 * x, 3 * x])", "std([x, 2 * x], ddof=1)", "norm([x, 2 * x])", "hypot(x, 2 * x)"]
)
def test_lengths_have_derivatives_of_0_at_the_origin_in_every_mode(f: str) -> None:
    modes = "f'(0.0), f''(0.0), grad(grad(f))(0.0), grad(f)'(0.0), grad(f')(0.0), hessian(f)(0.0)"
    assert printed(f"f = fn(x) = {f}\nprint({modes})") == ["0.0 0.0 0.0 0.0 0.0 0.0"]


def test_the_second_derivative_of_the_spread_of_equal_numbers_is_that_of_a_norm() -> None:
    assert printed("print(hessian(std)([1.0, 1.0]), hessian(fn(x) = norm(x - mean(x)))([1.0, 1.0]))") == [
        "[[0.0, 0.0], [0.0, 0.0]] [[0.0, 0.0], [0.0, 0.0]]"
    ]


def test_the_spread_is_the_root_of_the_variance_and_does_not_overflow() -> None:
    x = "[[1, 2, 4], [7, 5, 6]]"
    for options in ("", ", ddof=1", ", axis=1", ", axis=0, ddof=1, keepdims=true"):
        found = dlang.loads(f"x = {x}\nprint(std(x{options}) == sqrt(var(x{options})))").run().printed
        assert set(found[0].replace("[", "").replace("]", "").split(", ")) == {"true"}
    for size in ("1e200", "1e-200"):
        assert printed(f"print(abs(std([1, 3] * {size}) / {size} - 1) < 1e-15)") == ["true"]
    assert printed("print(std([3.0]), std([3.0], ddof=1))") == ["0.0 nan"]


VALUES = {
    "floor division and remainder": ("print(7 // 2, -7 // 2, 7 // -2, 7 % -2, -7 % 2)", "3 -4 -4 -1 1"),
    "of Reals": ("print(7.5 // 2, -7.5 // 2, 7.5 % -2)", "3.0 -4.0 -0.5"),
    "division of Ints is Real": ("print(7 / 2, 6 / 2, 1 / 0, 0 / 0)", "3.5 3.0 inf nan"),
    "powers": ("print(2^-1, -2^2, -2^-2, 2^3^2, 2^62, 0^0)", "0.5 -4 -0.25 512 4611686018427387904 1"),
    "the least Int": ("print(-9223372036854775807 - 1)", "-9223372036854775808"),
    "of a mask": ("print(sum([true, false, true]))", "2"),
    "numbers": (
        "print(1_000, .5, 2., 6.02e23, 1e22, 1e-300, 0.1 + 0.2, -0.0)",
        "1000 0.5 2.0 6.02e23 1e22 1e-300 0.30000000000000004 -0.0",
    ),
    "negative indexes": ("a = [1, 2, 3]\nprint(a[-1], a[-3])", "3 1"),
}


@pytest.mark.parametrize("name", VALUES)
def test_numbers_print_and_divide_as_the_language_says(name: str) -> None:
    text, expected = VALUES[name]
    assert printed(text) == [expected]


FAULTS = {
    "addition": ("x = 9223372036854775807\nfor i in 0..1 { x += 1 }\nprint(x)", "E0603"),
    "in a loop": ("x = 1\nwhile x > 0 { x *= 3 }\nprint(x)", "E0603"),
    "multiplication": ("x = 3037000500\nfor i in 0..1 { x = x * x }\nprint(x)", "E0603"),
    "a power": ("n = 63\nfor i in 0..1 { n += 0 }\nprint(2^n)", "E0603"),
    "over an array": ("a = [9223372036854775807]\nb = a + 1\nprint(b)", "E0603"),
    "a sum": ("print(sum([9223372036854775807, 1]))", "E0603"),
    "abs of the least Int": ("x = -9223372036854775807\nfor i in 0..1 { x -= 1 }\nprint(abs(x))", "E0603"),
    "division by 0": ("n = 0\nfor i in 0..1 { n += 0 }\nprint(3 // n)", "E0604"),
    "the remainder of 0": ("n = 0\nfor i in 0..1 { n += 0 }\nprint(3 % n)", "E0604"),
    "a negative power": ("n = 0\nfor i in 0..1 { n -= 1 }\nprint(2^n)", "E0609"),
    "an index": ("a = [1, 2]\nn = 0\nfor i in 0..2 { n += 1 }\nprint(a[n])", "E0602"),
    "a negative index": ("a = [1, 2]\nn = 0\nfor i in 0..3 { n -= 1 }\nprint(a[n])", "E0602"),
    "an index of a change": ("a = [1, 2]\nn = 0\nfor i in 0..2 { n += 1 }\na[n] = 5\nprint(a)", "E0602"),
    "an assertion on an array": ('a = [1, 2, -3]\nassert a > -5\nassert a > 0, "negative"', "E0605"),
    "an assertion in a loop": ('for i in 0..5 { assert i < 3, "i" }', "E0605"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_number_that_does_not_exist_is_an_error(name: str) -> None:
    text, expected = FAULTS[name]
    assert codes(text) == [expected]

"""Functions: arguments, captures, recursion, functions as values; asked from Python, with derivatives."""

from __future__ import annotations

from threading import Thread

import numpy as np
import pytest
from small_programs import codes, printed, slopes

import dlang

VALUES = {
    "defaults read earlier parameters": (
        "fn f(x, n=len(x), k=2 * n) = k\nprint(f([1, 2, 3]), f([1, 2], 5), f([1], k=7))",
        "6 10 7",
    ),
    "a default of the outer name": ("k = sin(0.0) + 2\nfn f(x, k=k) = x * k\nprint(f(2.0), f(2, 3))", "4.0 6"),
    "arguments by name": ("fn f(a, b, c=3) = a * 100 + b * 10 + c\nprint(f(b=2, a=1), f(1, c=4, b=2))", "123 124"),
    "a name of its own": ("x = 5\nfn f() { x = 3; x }\nprint(f(), x)", "3 5"),
    "a parameter called like a function": ("fn f(sin) = sin + 1\nprint(f(2), sin(0.0))", "3 0.0"),
    "a function handed to a parameter called like one": ("fn h(sum) = sum([1, 4])\nprint(h(max))", "4"),
    "two functions without names, one after the other": (
        "fn ap(f, x) = f(x)\na = ap(fn(x) = x + 1, 1)\nb = ap(fn(x) = x * 10, 1)\nprint(a, b)",
        "2 10",
    ),
    "a function made in each pass": ("s = 0\nfor i in 0..3 { f = fn(x) = x + i; s += f(10) }\nprint(s)", "33"),
    "a function that captures an array": (
        "fn each(f, n) { s = 0; for i in 0..n { s += f(i) }; s }\nfn m(x) { b = [x, x * x]; each(fn(i) = b[i], 2) }\n"
        "print(m(3), m(1.5))",
        "12 3.75",
    ),
    "functions in functions in functions": (
        "fn a(x) { y = x + 1; fn b(z) { w = y * z; fn c(v) = v + w + y + x; c(z) + c(1) }; b(2) + b(3) }\nprint(a(1))",
        "39",
    ),
    "a recursion that captures": (
        "fn f(n, x) { y = x + 1; fn g(z) = z * y; if n == 0 { return g(x) }; g(f(n - 1, y)) }\nprint(f(3, 1))",
        "480",
    ),
    "a recursive function in a function": (
        "fn f(x) { y = x * 2; fn g(n) { if n == 0 { return y }; g(n - 1) + y }; g(3) }\nprint(f(1), f(2.0))",
        "8 16.0",
    ),
    "mutual recursion": (
        "fn even(n) = if n == 0 { true } else { odd(n - 1) }\nfn odd(n) = if n == 0 { false } else { even(n - 1) }\n"
        "print(even(10), odd(7), even(7))",
        "true true false",
    ),
    "a recursion that becomes Real": ("fn f(n) { if n == 0 { return 1 }; f(n - 1) / 2 }\nprint(f(3))", "0.125"),
    "a recursion of two results": (
        "fn fib(n) { if n == 0 { return (0, 1) }; (a, b) = fib(n - 1); (b, a + b) }\n(a, b) = fib(10)\nprint(a, b)",
        "55 89",
    ),
    "a recursion over arrays that grow": (
        "fn f(n, a) = if n == 0 { sum(a) } else { f(n - 1, concat(a, [1.0])) }\nprint(f(100, [1.0]))",
        "101.0",
    ),
    "a recursion that makes arrays of its count": (
        "fn f(n) { if n == 0 { return 0.0 }; sum(zeros(n) + 1) + f(n - 1) }\nprint(f(100))",
        "5050.0",
    ),
    "a function in a recursive one that captures what the call gave": (
        "fn f(n) { if n == 0 { return 1.0 }; v = f(n - 1); fn g(x) { if v > 2 { return x }; x + v }; g(n) }\nprint(f(3))",
        "3.0",
    ),
    "pipes": ("print([1, 2, 3] |> sum, 2 |> max(5))", "6 5"),
    "a String that chooses": (
        'fn f(x, how="a") = if how == "a" { x } else { 2 * x }\nprint(f(1), f(1, how="b"))',
        "1 2",
    ),
    "a new function at every level": (
        "fn f(n, h) { if n == 0 { return h(1.0) }; k = n * 1.0; f(n - 1, fn(z) = z + k) }\nprint(f(3, sin))",
        "2.0",
    ),
    "assertions hold": ('fn f(x) { assert x > 0, "positive"; sqrt(x) }\nprint(f(4.0))', "2.0"),
    "9,999 calls deep": ("fn f(n, x) { if n == 1 { return x }; f(n - 1, x + 1) }\nprint(f(9999, 0))", "9998"),
}


@pytest.mark.parametrize("name", VALUES)
def test_calls_mean_what_the_text_says(name: str) -> None:
    text, expected = VALUES[name]
    assert printed(text) == [expected]


REFUSED = {
    "20,000 calls deep": ("fn f(n, x) { if n == 1 { return x }; f(n - 1, x + 1) }\nprint(f(20000, 0))", ["E0606"]),
    "endless recursion": ("fn f(n) = f(n - 1)\nprint(f(3))", ["E0312"]),
    "functions made of functions": (
        "fn ap(f, n, x) { if n == 0 { return f(x) }; ap(fn(z) = f(f(z)), n - 1, x) }\nprint(ap(sin, 3, 1.0))",
        ["E0401"],
    ),
    "a failed assertion in a function": ('fn f(x) { assert x > 0, "positive"; sqrt(x) }\nprint(f(-1.0))', ["E0605"]),
    "called before what it captures": ("print(f(2))\nfn f(x) = x * c\nc = 3", ["E0204"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(name: str) -> None:
    text, expected = REFUSED[name]
    assert codes(text) == expected


SLOPES = {
    "a recursion": ("fn f(n, a) = if n == 0 { 1.0 } else { a * f(n - 1, a) }\nminimize f(5, x)", [80.0, 0.0]),
    "two recursions": (
        "fn a(n, v) { if n <= 0 { return v }; b(n - 1, v * y) }\nfn b(n, v) { if n <= 0 { return 3 * v }; a(n - 1, v * x) }\n"
        "minimize a(3, x)",
        [3 * 2 * 2.0 * 25, 3 * 2 * 5 * 4.0],
    ),
    "a recursion that calls itself twice": (
        "fn f(n, v) = if n < 2 { v } else { f(n - 1, v) * f(n - 2, v) }\nminimize f(5, x)",
        [8 * 2.0**7, 0.0],
    ),
    "what a function captures": ("c = x * y\nfn f(z) = z * c\nminimize f(x) + f(y)", [4 * 5 + 25.0, 4 + 2 * 2 * 5.0]),
    "what a function in a function captures": (
        "fn f(a) { b = a * y; fn g(c) = c * b; g(a) }\nminimize f(x)",
        [20.0, 4.0],
    ),
    "one argument for two": ("fn f(a, b) = a^2 * b\nminimize f(x, x)", [12.0, 0.0]),
    "an argument that is not read": ("fn f(a, b) = a * 3\nminimize f(x, y)", [3.0, 0.0]),
    "a result that is not read": ("fn f(a) = (a, a * y)\n(s, t) = f(x)\nminimize s", [1.0, 0.0]),
    "an array that only a call reads": ("fn f(a) = sum(a^2)\na = [x, y]\nminimize f(a) + a[0]", [5.0, 10.0]),
    "deep recursion": ("fn f(n, a) { if n == 0 { return a }; f(n - 1, a + x) }\nminimize f(5000, y)", [5000.0, 1.0]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_go_through_calls(name: str) -> None:
    text, expected = SLOPES[name]
    found = slopes(f"param x = 2.0\nparam y = 5.0\n{text}")
    np.testing.assert_allclose(found.gradient, expected, rtol=1e-12)


# ---- functions asked from Python

LIBRARY = """
param k = 2.0
data t = [1.0, 2.0, 3.0]
fn wave(x) = sin(x) * k
fn powers(a, b=2.0) { s = 0.0; for v in a { s += v^b }; s }
fn linear(x, W) = W @ x
fn table(x) { o = zeros(len(x), len(x)); for i in 0..len(x) { for j in 0..len(x) { o[i, j] = x[i] * x[j]^2 } }; o }
fn power(x, n: Int) { y = 1.0; for i in 0..n { y *= x }; y }
fn pair(x) = (x, x^2)
fn same(x) = x
fn constant(x) = 3.0
fn sized(n) = zeros(n) + 1
fn over_data(x) = sum(t * x)
minimize k^2
"""
W = np.arange(6.0).reshape(2, 3)
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(scope="module")
def program() -> dlang.driver.program.Program:
    return dlang.loads(LIBRARY)


def test_a_function_is_called_with_numbers_and_arrays(program) -> None:
    np.testing.assert_allclose(program.function("wave")(1.0), 2 * np.sin(1.0))
    np.testing.assert_allclose(program.function("wave")(X), 2 * np.sin(X))
    np.testing.assert_array_equal(program.function("linear")(X, W), W @ X)
    assert program.function("pair")(3.0) == (3.0, 9.0)
    assert program.function("power")(2.0, 5) == 32.0
    np.testing.assert_array_equal(program.function("sized")(3), np.ones(3))


def test_gradients_of_a_function_are_those_of_calculus(program) -> None:
    np.testing.assert_allclose(program.function("wave").grad()(1.0), 2 * np.cos(1.0))
    value, (da, db) = program.function("powers").value_and_grad(wrt=(0, 1))(X, 3.0)
    assert value == 36.0
    np.testing.assert_allclose(da, 3 * X**2)
    np.testing.assert_allclose(db, np.sum(X**3 * np.log(X)))
    np.testing.assert_allclose(program.function("powers").grad()(X), 2 * X)
    assert program.function("power").grad()(2.0, 5) == 80.0
    assert program.function("constant").grad()(1.0) == 0.0
    assert program.function("over_data").grad()(2.0) == 6.0


def test_jacobians_have_the_shape_of_the_result_and_then_of_the_argument(program) -> None:
    linear, table = program.function("linear"), program.function("table")
    np.testing.assert_allclose(linear.jacobian()(X, W), W)
    np.testing.assert_allclose(linear.jacobian(wrt=1)(X, W), np.einsum("ik,l->ikl", np.eye(2), X))
    expected = np.einsum("ik,j->ijk", np.eye(3), X**2) + np.einsum("i,jk,j->ijk", X, np.eye(3), 2 * X)
    np.testing.assert_allclose(table.jacobian()(X), expected)
    np.testing.assert_array_equal(program.function("same").jacobian()(X), np.eye(3))
    np.testing.assert_array_equal(program.function("constant").jacobian()(X), np.zeros(3))


def test_pushforward_and_pullback_are_the_jacobian_from_both_sides(program) -> None:
    linear = program.function("linear")
    dx, dw = np.array([0.3, -0.2, 0.5]), np.ones((2, 3)) * 0.1
    value, tangent = linear.jvp((X, W), (dx, dw))
    np.testing.assert_allclose(tangent, W @ dx + dw @ X)
    again, pullback = linear.vjp(X, W)
    np.testing.assert_array_equal(value, again)
    ct = np.array([0.7, -1.1])
    cx, cw = pullback(ct)
    np.testing.assert_allclose(cx, W.T @ ct)
    np.testing.assert_allclose(cw, np.outer(ct, X))
    np.testing.assert_allclose(ct @ tangent, cx @ dx + np.sum(cw * dw))


def test_a_result_is_not_the_argument_itself(program) -> None:
    given = X.copy()
    out = program.function("same")(given)
    out[0] = 99.0
    np.testing.assert_array_equal(given, X)


def test_two_programs_are_evaluated_by_two_threads() -> None:
    texts = (
        "param x = 1.5\nfn f(n, v) { if n == 0 { return v }; f(n - 1, sin(v) * 1.3) }\nminimize f(2000, x)",
        "param x = 0.5\nv = zeros(500)\nfor i in 1..500 { v[i] = v[i - 1] * 0.9 + x }\nminimize sum(v)",
    )
    loaded = [dlang.loads(text) for text in (*texts, texts[0])]
    expected = [program.value_and_grad() for program in loaded]
    wrong: list[object] = []

    def evaluate(k: int) -> None:
        try:
            wrong.extend(found for _ in range(10) if (found := loaded[k].value_and_grad()) != expected[k])
        except BaseException as error:
            wrong.append(error)

    threads = [Thread(target=evaluate, args=(k,)) for k in range(len(loaded))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


MUTUAL = """
fn f(n: Int, x) = if n == 0 { x } else { g(n - 1, x) }
fn g(n: Int, x) = f(n, x)
fn walk(n: Int, x) {
  if n == 0 { return x }
  return step(n, x)
}
fn step(n: Int, x) { return walk(n - 1, x * x) }
fn a(n: Int, x) = if n <= 0 { (x, 1.0) } else { b(n - 1, x) }
fn b(n: Int, x) = c(n, x)
fn c(n: Int, x) = a(n, x * 2)
param k = 0.9
(pair, one) = a(3, k)
minimize f(5, k) + walk(2, k) + pair + one
"""


def test_functions_that_only_hand_on_to_each_other_have_the_value_of_the_one_that_ends() -> None:
    value, gradient = dlang.loads(MUTUAL).value_and_grad()
    assert value == pytest.approx(0.9 + 0.9**4 + 8 * 0.9 + 1)
    assert gradient["k"] == pytest.approx(1 + 4 * 0.9**3 + 8)

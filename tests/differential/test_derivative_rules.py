"""Derivative rules of the program's own: used in both modes and to every order, transposed, and checked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_programs import codes, printed, slopes

import dlang

C, S, E = math.cos, math.sin, math.e

SAID = {
    # The rules are wrong on purpose, so that it shows that they are used.
    "in every mode and order": (
        "fn f(x) = x^2\njvp f(x; dx) = 20 * x * dx\n"
        "print(f(3.0), f'(3.0), grad(f)(3.0), f''(3.0), grad(grad(f))(3.0), grad(f')(3.0), grad(f)'(3.0))",
        [9.0, 60.0, 60.0, 20.0, 20.0, 20.0, 20.0],
    ),
    "before it stands in the file": ("fn f(x) = x\nprint(f'(1.0))\njvp f(x; dx) = 5 * dx", [5.0]),
    "where the function is handed on": (
        "fn f(x) = x\njvp f(x; dx) = 5 * dx\nfn twice(g, x) = g(g(x))\nprint((fn(x) = twice(f, x))'(1.0), grad(f)(2.0))",
        [25.0, 5.0],
    ),
    "in the function's recursion": (
        "fn f(x, n) = if n == 0 { x } else { 2 * f(x, n - 1) }\njvp f(x, n; dx, dn) = 3 * dx\n"
        "print(f(1.0, 3), grad(f)(1.0, 3))",
        [8.0, 3.0],
    ),
    "that calls its function": (
        "fn e(x) = exp(x)\njvp e(x; dx) = e(x) * dx\nprint(e(1), e'(1), e''(1.0), e'''(1.0), grad(e')(1.0), grad(e)'(1.0))",
        [E] * 6,
    ),
    "of two arguments": (
        "fn g(x, y) = sum(x * y)\njvp g(x, y; dx, dy) = sum(dx * y) + 2 * sum(x * dy)\n"
        "(a, b) = grad(g, wrt=(0, 1))([1.0, 2.0], [3.0, 4.0])\n(_, t) = jvp(g, ([1.0, 2.0], [3.0, 4.0]), ([1.0, 0.0], [0.0, 1.0]))\n"
        "print(a[0], a[1], b[0], b[1], t)",
        [3.0, 4.0, 2.0, 4.0, 7.0],
    ),
    "where one argument stays": (
        "fn g(x, y) = x * y\njvp g(x, y; dx, dy) = dx * y + 7 * dy\nprint(grad(g)(2.0, 3.0), grad(g, wrt=1)(2.0, 3.0))",
        [3.0, 7.0],
    ),
    "of a tuple": (
        "fn g(p) { (a, b) = p; a * b }\njvp g(p; dp) { (a, b) = p; (da, db) = dp; 5 * da * b + a * db }\n"
        "(x, y) = grad(g)((2.0, 3.0))\nprint(x, y)",
        [15.0, 2.0],
    ),
    "that gives a tuple": (
        "fn g(x) = (x^2, sin(x), 3)\njvp g(x; dx) = (5 * dx, 7 * x * dx, 0)\n"
        "(v, t) = jvp(g, (2.0,), (1.0,))\n(_, back) = vjp(g, 2.0)\nprint(t[0], t[1], t[2], back((1.0, 10.0, 0.0)))",
        [5.0, 14.0, 0.0, 145.0],
    ),
    "beside an Int and a String": (
        'fn g(x, n, how) = if how == "a" { sum(x * zeros(n)) } else { sum(x) }\n'
        'jvp g(x, n, how; dx, dn, dhow) = n * sum(dx) + (if how == "a" { sum(dx) } else { 0.0 })\n'
        'a = grad(g)([1.0, 2.0], 2, "a")\nb = grad(g)([1.0, 2.0], 2, "b")\nprint(a[0], b[1])',
        [3.0, 2.0],
    ),
    "by name, with a default": (
        "fn g(x, k=3) = x * k\njvp g(x, k; dx, dk) = 10 * k * dx\nprint(grad(g)(2.0), grad(g)(x=2.0, k=4.0))",
        [30.0, 40.0],
    ),
    "over an array": ("fn f(x) = x^2\njvp f(x; dx) = 20 * x * dx\nd = f'([1.0, 2.0])\nprint(d[0], d[1])", [20.0, 40.0]),
    "a loop and a branch in it": (
        "fn f(x) = x^3\njvp f(x; dx) { s = 0.0\n  for i in 0..3 { s += if x > 0 { x^2 * dx } else { 0 } }\n  s }\n"
        "print(f'(2.0), grad(f)(2.0), f''(2.0))",
        [12.0, 12.0, 12.0],
    ),
    "for cotangents": (
        "fn h(x) = sin(x)\nvjp h(x; ct) = 7 * cos(x) * ct\nprint(grad(h)(0.5), grad(fn(x) = h(x)^2)(0.5))",
        [7 * C(0.5), 14 * S(0.5) * C(0.5)],
    ),
    "for cotangents of two arguments": (
        "fn g(x, y) = (sum(x) * y, 3)\nvjp g(x, y; ct) { (c, _) = ct; (5 * c * y + 0 * x, c * sum(x)) }\n"
        "fn f(x, y) { (a, _) = g(x, y); a^2 }\n(p, q) = grad(f, wrt=(0, 1))([1.0, 2.0], 3.0)\nprint(p[0], q)",
        [2 * 9 * 15.0, 2 * 9 * 3.0],
    ),
    "of both kinds, each in its mode": (
        "fn f(x) = x\njvp f(x; dx) = 5 * dx\nvjp f(x; ct) = 7 * ct\nprint(f'(1.0), grad(f)(1.0))",
        [5.0, 7.0],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_rule_is_the_derivative(name: str) -> None:
    text, expected = SAID[name]
    found = [float(word) for line in printed(text) for word in line.split()]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


ROOT = """
fn root(f, x0) {
  x = x0
  n = 0
  while abs(f(x)) > 1e-14 and n < 50 { x = x - f(x) / f'(x); n += 1 }
  x
}
jvp root(f, x0; df, dx0) = { x = root(f, x0); -df(x) / f'(x) }
"""

MODELS = {
    "a root of a closure": ROOT + "param a = 2.0\nparam b = 0.5\nminimize root(fn(x) = x^2 + b * x - a, 1.0)",
    "a root in a loop": ROOT
    + "param a = 2.0\ns = 0.0\nfor i in 1..4 { r = root(fn(x) = x^3 + i * x - a, 1.0); s += sin(r) }\nminimize s",
    "a root of a root": ROOT
    + "param a = 2.0\nfn inner(y) = root(fn(x) = x^2 - y * a, 1.0)\nminimize root(fn(y) = inner(y) - 1.5 - 0.1 * y, 1.0)",
    "a slope of a root": ROOT + "param a = 2.0\nfn r(y) = root(fn(x) = x^2 - y * a, 1.0)\nminimize r'(1.5) + r''(a)",
    "a root of a parameter's function": ROOT
    + "param w = [0.5, -0.3]\nfn solve(g, c) = root(fn(x) = g(x) - c, 0.0)\nminimize solve(fn(x) = x + w[0] * sin(x), w[1])",
    "a root of a gradient": ROOT + "param a = 1.0\nminimize root(grad(fn(x) = (x - a)^4 + a * x^2), 5.0)",
    "a root of a pullback": ROOT
    + "param a = 2.0\n(v, back) = vjp(fn(x) = x^2 * a, 3.0 * a)\nminimize root(fn(x) = back(x) - 1, 1.0)",
    "a root of what captures nothing": ROOT + "param a = 3.0\nminimize root(sin, a) * a + root(cos', a)",
    "several unknowns": """
param a = 0.7
fn inverse2(A, b) {
  d = A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]
  [A[1, 1] * b[0] - A[0, 1] * b[1], A[0, 0] * b[1] - A[1, 0] * b[0]] / d
}
fn root2(f, x0) {
  x = x0
  for n in 0..20 { x = x - inverse2(jacobian(f)(x), f(x)) }
  x
}
jvp root2(f, x0; df, dx0) = { x = root2(f, x0); -inverse2(jacobian(f)(x), df(x)) }
minimize sum(root2(fn(x) = [x[0]^2 + x[1] - a, x[1]^2 - x[0] - a^2], [0.5, 1.0])^2)
""",
    "a rule in a loop over an array": """
param w = [0.3, -0.4]
fn act(x) = tanh(x)
jvp act(x; dx) = (1 - act(x)^2) * dx
x = w
for i in 0..5 { x = act(x * 1.1) + 0.1 * w }
minimize sum(x^2)
""",
}


@pytest.mark.parametrize("name", MODELS)
def test_right_rules_agree_with_differences_in_both_modes_and_twice(name: str) -> None:
    program = dlang.loads(MODELS[name])
    slopes(MODELS[name])
    assert program.check_gradient().passed
    objective = program.objective()
    hessian = objective.hessian(objective.start)
    step = 1e-6
    for k in range(len(objective.start)):
        moved = objective.start.copy()
        moved[k] += step
        difference = (objective.value_and_grad(moved)[1] - objective.value_and_grad(objective.start)[1]) / step
        np.testing.assert_allclose(hessian[k], difference, rtol=1e-4, atol=1e-4)


def test_a_function_of_the_program_is_differentiated_by_its_rule() -> None:
    program = dlang.loads("fn f(x) = x^2\njvp f(x; dx) = 20 * x * dx")
    f = program.function("f")
    assert f.grad()(3.0) == 60.0
    assert f.jvp((3.0,), (1.0,)) == (9.0, 60.0)
    assert f.jacobian()(3.0) == 60.0


USED = "x = sin(1.0)\nprint(f(x))"
REFUSED = {
    "jvp exp(x; dx) = dx": "E1011",
    "param k = 1.0\njvp k(x; dx) = dx\nminimize k^2": "E1011",
    "fn f(x) = x\njvp f(y; dy) = dy": "E1012",
    "fn f(x) = x\njvp f(x, y; dx, dy) = dx": "E1012",
    "fn f(x, y) = x\njvp f(x, y; dx) = dx": "E1012",
    "fn f(x) = x\nvjp f(x; a, b) = a": "E1012",
    f"fn f(x) = x\njvp f(x; dx) = [dx]\n{USED}": "E1013",
    f"fn f(x) = x\njvp f(x; dx) = dx > 0\n{USED}": "E1013",
    f'fn f(x) = x\njvp f(x; dx) = "dx"\n{USED}': "E1013",
    f"fn f(x) = x\njvp f(x; dx) {{ y = dx }}\n{USED}": "E1013",
    f"fn f(x) = (x, x)\njvp f(x; dx) = dx\n{USED.replace('print(f(x))', '(a, b) = f(x)')}": "E1013",
    f"fn f(x) = x\nvjp f(x; ct) = (ct, ct)\n{USED}": "E1013",
    "fn f(x, y) = x\nvjp f(x, y; ct) = ct\nx = sin(1.0)\nprint(f(x, x))": "E1013",
    "fn f(x: [3]) = x\njvp f(x; dx) = sum(dx)": "E1013",  # annotated: checked though nothing calls it
    # what no arguments make right is told though nothing calls or differentiates it
    'fn f(x, y) = x * y\njvp f(x, y; dx, dy) = "s"': "E1013",
    "fn f(x, y) = x * y\njvp f(x, y; dx, dy) = dx > 0": "E1013",
    "fn f(x, y) = x * y\njvp f(x, y; dx, dy) = (dx, dy)": "E1013",
    "fn f(x, y) = (x, y)\njvp f(x, y; dx, dy) = (dx, dy, dx)": "E1013",
    "fn f(x, y) = (x, y)\njvp f(x, y; dx, dy) = dx + dy": "E1013",
    "fn f(x, y) = x * y\nvjp f(x, y; ct) = (ct, ct, ct)": "E1013",
    "fn f(x, y) = x * y\nvjp f(x, y; ct) = ct": "E1013",
    "fn f(x, y) = x\nvjp f(x, y; ct) = ct * y": "E1013",
    "fn f(x, y) = x * y\nvjp f(x, y; ct) = (ct, true)": "E1013",
    "fn f(x, y) = x * y\nvjp f(x, y; ct) { a = ct * y; if y > 0 { (a, ct) } else { (a, ct, ct) } }": "E1013",
    "fn f(x) = x\nvjp f(x; ct) = not ct": "E1013",
    # of an argument that is held too
    "fn f(x, y) = x * y\nvjp f(x, y; ct) = (ct * y, [1.0, 2.0])\nprint(grad(f)(1.0, 2.0))": "E1013",
    "fn f(x, y) = x * y\nfn b(y) = y > 0\nvjp f(x, y; ct) = (ct * y, b(y))\nprint(grad(f)(1.0, 2.0))": "E1013",
    "fn f(x, y) = x * sum(y)\nvjp f(x, y; ct) = (ct * sum(y), ct * x)\nprint(grad(f)(1.0, [2.0, 3.0]))": "E1013",
    "fn f(x) = x\njvp f(x; dx) = dx\njvp f(x; dx) = dx": "E1014",
    f"fn f(x) = x\njvp f(x; dx) = dx * dx\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) = dx + 1\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) = x\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) = if dx > 0 {{ dx }} else {{ 2 * dx }}\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) = abs(dx)\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) {{ s = 1.0; for i in 0..2 {{ s = s + dx }}; s }}\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) {{ s = dx; for i in 0..2 {{ s = s * dx }}; s }}\n{USED}": "E1016",
    f"fn f(x) = x\nfn g(t) = t^2\njvp f(x; dx) = g(dx)\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) {{ n = 0.0; while n < dx {{ n += 1 }}; n * dx }}\n{USED}": "E1016",
    f"fn f(x) = x\njvp f(x; dx) = [3.0, 4.0][0]\n{USED}": "E1016",
    "fn f(x) = x\nvjp f(x; ct) = ct\nprint(f'(1.0))": "E1017",
    "fn f(x) = x\nvjp f(x; ct) = ct\nprint(grad(grad(f))(1.0))": "E1017",
    "fn f(x) = x\nif true { jvp f(x; dx) = dx }": "E0217",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_rule_that_is_none_is_refused(text: str) -> None:
    assert codes(text) == [REFUSED[text]]


FITTING = {
    "a tuple that is the seed of a tuple": "fn f(x, y) = (x, y)\nvjp f(x, y; ct) = ct\nprint(f(1.0, 2.0))",
    "a tuple for one argument that is a tuple": "fn f(t) = t[0] * t[1]\nvjp f(t; ct) = (ct * t[1], ct * t[0])",
    "a call, which may give anything": "fn f(x, y) = x * y\nfn both(x, y) = (y, x)\nvjp f(x, y; ct) = both(x * ct, y * ct)",
    "an Int that is held": "fn f(x, n) = x^n\nvjp f(x, n; ct) = (ct * n * x^(n - 1), 0)\nprint(grad(f)(2.0, 3))",
    "a function": "fn f(g, x) = g(x)\nvjp f(g, x; ct) = (0, ct)\nprint(grad(f, wrt=1)(sin, 2.0))",
    "a seed bound anew": "fn f(x, y) = x * y\nvjp f(x, y; ct) { ct = (ct * y, ct * x); ct }\nprint(grad(f)(1.0, 2.0))",
}


@pytest.mark.parametrize("name", FITTING)
def test_a_rule_that_may_be_right_is_not_refused(name: str) -> None:
    assert codes(FITTING[name]) == []


def test_what_a_rule_lacks_is_said_where_it_is_defined() -> None:
    with pytest.raises(dlang.DlangError) as caught:
        dlang.loads("fn f(x, y) = x * y\nvjp f(x, y; ct) = (ct * y, true)")
    (found,) = caught.value.diagnostics
    assert found.title == "the rule of `f` must give the cotangent of `y`, numbers of its shape, not a Bool"
    assert found.primary is not None
    assert found.primary.span.text == "true"


LINEAR = [
    "jvp f(x; dx) = -dx / x + (2 * x - 1) * dx",
    "jvp f(x; dx) { z = zeros(3); for i in 0..3 { z[i] = i * dx }; sum(z[1:]) }",
    "jvp f(x; dx) = where(x > 0, dx, 0)",
    "jvp f(x; dx) { s = 0; for i in 0..3 { s += x * dx }; s }",
    "jvp f(x; dx) = if x > 0 { dx } else { 0 }",
    "jvp f(x; dx) = sum(concat([dx, 2 * dx], zeros(2)) @ eye(4))",
    "fn half(t) = t / 2\njvp f(x; dx) = half(dx) + mean([dx, dx])",
    "fn down(t, n) = if n == 0 { t } else { down(t, n - 1) * 2 }\njvp f(x; dx) = down(dx, 3)",
    "jvp f(x; dx) { n = 0; t = dx; while n < 3 { t = t * x; n += 1 }; t }",
    "jvp f(x; dx) { (_, t) = jvp(sin, (x,), (dx,)); t }",
    "jvp f(x; dx) { (_, back) = vjp(sin, x); back(dx) }",
    "jvp f(x; dx) = 0",
    "jvp f(x; dx) = 0 * x * dx",
    "jvp f(x; dx) { z = [0, 1]; dx * z[0] + [dx, 2 * dx][0] }",
]


@pytest.mark.parametrize("rule", LINEAR)
def test_a_linear_rule_is_not_mistaken(rule: str) -> None:
    assert codes(f"fn f(x) = x\n{rule}\n{USED}") == []
    slopes(f"param a = 0.4\nfn f(x) = x\n{rule}\nminimize f(a)")

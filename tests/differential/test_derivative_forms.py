"""Derivatives as functions of the language, against formulas, mpmath and each other."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from small_programs import codes, printed, slopes

import dlang
from dlang.driver.model import OBJECTIVE
from dlang.ir.nodes import Push
from dlang.ir.traits import statements
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative

C, S = math.cos, math.sin
SAID = {
    "a prime": ("fn f(x) = x^3 + sin(x)\nprint(f'(2.0))", [12 + C(2)]),
    "two primes": ("fn f(x) = x^3 + sin(x)\nprint(f''(2.0))", [12 - S(2)]),
    "a prime of a built-in": ("print(sin'(1), sqrt''(4.0))", [C(1), -1 / 32]),
    "a prime of a function without a name": ("f = fn(x) = exp(2 * x)\nprint(f'(0.0), (fn(x) = x^2)'(3))", [2.0, 6.0]),
    "a prime of a parameter": (
        "fn slope(f, x) = f'(x)\nprint(slope(tanh, 0.0), slope(fn(x) = 5 * x, 1.0))",
        [1.0, 5.0],
    ),
    "a prime over an array": ("fn f(x) = x^3\nprint(sum(f'([1.0, 2.0])), sum(f''([1, 2])))", [15.0, 18.0]),
    "a prime over an array, through a branch, a loop, calls and a choice": (
        "k = sin(1.0)\nfn g(x) = where(x > 1, x^2, x)\nfn f(x) { s = 0 * x; for i in 0..3 { s += if k > 0 { g(x) } else { 0 * x } }\n"
        "  n = 0; while n < 2 { s = s * x; n += 1 }; s }\nd = f'([0.5, 2.0])\ne = f''([0.5, 2.0])\nprint(d[0], d[1], e[0], e[1])",
        [9 * 0.25, 12 * 8.0, 18 * 0.5, 36 * 4.0],
    ),
    "a prime over an array of what it captures": (
        "fn f(w) = sum((fn(x) = x^2 * w)'([1.0, 2.0]))\nprint(f([1, 3]))",
        [14.0],
    ),
    "a prime over an array of a constant function": ("fn f(x) = 3\nd = f'([1.0, 2.0])\nprint(d[1], len(d))", [0.0, 2]),
    "a prime over a matrix": ("print(sum(sin'([[0.0, 0.0]])))", [2.0]),
    "a prime over an array of a gradient": (
        "fn f(x) = x^3\ng = fn(x) = f'(x) * x\nd = g'([1.0, 2.0])\nprint(d[0], d[1])",
        [9.0, 36.0],
    ),
    "a prime of a constant function": ("fn f(x) = 3\nprint(f'(2.0))", [0.0]),
    "a prime of a curve": ("fn p(t) = [cos(t), sin(t)]\nv = p'(0.5)\nprint(v[0], v[1])", [-S(0.5), C(0.5)]),
    "a prime of a tuple": ("fn p(t) = (t^2, 3)\n(a, b) = p'(0.5)\nprint(a, b)", [1.0, 0.0]),
    "a prime in a pipe": ("fn f(x) = x^2\nprint(3.0 |> f')", [6.0]),
    "a prime by name": ("fn f(x) = x^2\nprint(f'(x=3.0))", [6.0]),
    "a gradient": ("fn g(x, y) = x^2 * y + y\nprint(grad(g)(2.0, 3.0), grad(g, wrt=1)(2.0, 3.0))", [12.0, 5.0]),
    "a gradient by name": ("fn g(x, y) = x^2 * y\nprint(grad(g, wrt=1)(y=3.0, x=2.0))", [4.0]),
    "a gradient in several": ("fn g(x, y) = x^2 * y\n(b, a) = grad(g, wrt=(1, 0))(2.0, 3.0)\nprint(a, b)", [12.0, 4.0]),
    "a gradient in one of a tuple": ("fn g(x, y) = x^2 * y\n(a,) = grad(g, wrt=(1,))(2.0, 3.0)\nprint(a)", [4.0]),
    "a gradient in a tuple": ("fn g(p) = p[0]^2 * p[1]\n(a, b) = grad(g)((2.0, 3.0))\nprint(a, b)", [12.0, 4.0]),
    "a gradient in a tuple of arrays": (
        "fn g(p) { (W, b) = p; sum(W * b) }\n(W, b) = grad(g)(([1.0, 2.0], 3))\nprint(W[0], W[1], b)",
        [3.0, 3.0, 3.0],
    ),
    "a gradient in a record": (
        "fn loss(m, x) = sum((m.w * x + m.b)^2)\ng = grad(loss)({w: [1.0, 2.0], b: 3}, [1.0, 2.0])\n"
        "print(g.w[0], g.w[1], g.b)",
        [8.0, 28.0, 22.0],
    ),
    "a step along a gradient in a record of records": (
        "fn f(m) = m.a.x^2 * m.b[1]\nm = {a: {x: 3.0}, b: (1.0, 2.0)}\ng = grad(f)(m)\n"
        "print(g.a.x, g.b[0], g.b[1])\n(v, t) = jvp(f, (m,), ({a: {x: 1.0}, b: (0, 1)},))\nprint(t)\n"
        "H = hessian(f)(m)\nprint(H.a.x.a.x, H.a.x.b[1], H.b[1].a.x)\np = hvp(f, m, g)\nprint(p.b[1])",
        [12.0, 0.0, 9.0, 21.0, 4.0, 6.0, 6.0, 72.0],
    ),
    "a record as a value": (
        "fn f(x) = {s: sin(x), q: x^2}\nd = f'(2.0)\nJ = jacobian(f)([1.0, 2.0])\nprint(d.s, d.q, J.q[1, 1])",
        [C(2), 4.0, 4.0],
    ),
    "a function that outlives": (
        "fn make(a) = fn(x) = a * x^2\ng = make(3.0)\nprint(g'(2.0), grad(g)(2.0))\nfn h(a) = make(a)'(2.0)\nprint(h'(1.0))\n"
        "fn slope(f) = fn(x) = f'(x)\nprint(slope(make(2.0))(3.0), slope(slope(g))(1.0))",
        [12.0, 12.0, 4.0, 12.0, 6.0],
    ),
    "a derivative that running chooses": (
        "a = sin(1.0)\nf = if a > 0 { sin' } else { cos }\ng = if a > 2 { sin } else { fn(x) = a * x^2 }\n"
        "print(f(0.0), g'(3.0), grad(g)(3.0))\nfn h(k) { g = if k > 2 { sin } else { fn(x) = k * x^2 }; g'(3.0) }\nprint(h'(1.0), h'(3.0))",
        [1.0, 6 * S(1), 6 * S(1), 6.0, 0.0],
    ),
    "a derivative that a loop changes": (
        "f = fn(x) = x^2\nfor i in 0..3 { k = i + 1.0; g = fn(x) = k * x^2; f = g' }\nprint(f(2.0))",
        [12.0],
    ),
    "mapped, folded and in comprehensions": (
        "fn f(x) = x^3\nprint(sum(map(f', [1.0, 2.0])), fold(fn(c, x) = c + grad(f)(x), 0.0, [1.0, 2.0]))\n"
        "print(sum([f''(x) for x in [1.0, 2.0]]))\n"
        "fn g(x) = sum([f'(x * i) for i in 0..3])\nprint(g'(1.0), grad(fn(v) = sum(map(f, v)))([1.0, 2.0])[1])",
        [15.0, 15.0, 18.0, 30.0, 12.0],
    ),
    "a gradient of a built-in": ("g = grad(logsumexp)([0.0, 0.0])\nprint(g[0], g[1])", [0.5, 0.5]),
    "a gradient beside a String": (
        'fn f(x, how) = if how == "a" { x^2 } else { x }\nprint(grad(f)(3.0, "a"), grad(f)(3.0, "b"))',
        [6.0, 1.0],
    ),
    "a gradient beside a function": ("fn f(g, x) = g(g(x))\nprint(grad(f, wrt=1)(fn(x) = x^2, 2.0))", [32.0]),
    "a gradient beside a size": (
        "fn f(x, n) { z = zeros(n); for i in 0..n { z[i] = x^i }; sum(z) }\nprint(grad(f)(2.0, 4))",
        [1 + 4 + 12.0],
    ),
    "a gradient where defaults are": ("fn f(x, k=3) = x^k\nprint(grad(f)(2.0), grad(f)(2.0, k=2))", [12.0, 4.0]),
    "a gradient of a range": ("g = grad(fn(x) = sum(x^2))(0..3)\nprint(g[2])", [4.0]),
    "a value and a gradient": (
        "fn f(x) = sum(x^2)\n(v, g) = value_and_grad(f)([1.0, 2.0])\nprint(v, g[0], g[1])",
        [5.0, 2.0, 4.0],
    ),
    "a tangent": ("fn g(x, y) = x^2 * y\n(v, t) = jvp(g, (2.0, 3.0), (1.0, 0.5))\nprint(v, t)", [12.0, 14.0]),
    "a tangent of arrays": (
        "fn g(W, x) = W @ x\n(v, t) = jvp(g, ([[1.0, 2.0]], [3.0, 4.0]), ([[0.0, 1.0]], [1, 0]))\nprint(v[0], t[0])",
        [11.0, 5.0],
    ),
    "a pullback": ("fn g(x, y) = x^2 * y\n(v, b) = vjp(g, 2.0, 3.0)\n(p, q) = b(2)\nprint(v, p, q)", [12.0, 24.0, 8.0]),
    "a pullback of one argument": (
        "(v, b) = vjp(fn(x) = x^2, [1.0, 2.0])\nc = b([1.0, 10.0])\nprint(v[1], c[0], c[1])",
        [4.0, 2.0, 40.0],
    ),
    "a pullback of two results": (
        "fn f(x) = (sin(x), x^2)\n(v, b) = vjp(f, 2.0)\nprint(b((1.0, 0.0)), b((0, 1)), b((2.0, 3.0)))",
        [C(2), 4.0, 2 * C(2) + 12],
    ),
    "a pullback handed on": (
        "fn use(b, c) = b(c)\n(v, b) = vjp(fn(x) = x^3, 2.0)\nprint(use(b, 1.0), use(fn(c) = b(2 * c), 1.0))",
        [12.0, 24.0],
    ),
    "a Jacobian by rows": (
        "J = jacobian(fn(x) = x[0:2] * x[2])([1.0, 2, 3])\nprint(J[1, 1], J[1, 2], J[0, 1])",
        [3.0, 2.0, 0.0],
    ),
    "a Jacobian by columns": (
        "J = jacobian(fn(x) = concat(x * x, [x[0] * x[1]]))([2.0, 3.0])\nprint(len(J), J[1, 1], J[2, 0], J[2, 1])",
        [3, 6.0, 3.0, 2.0],
    ),
    "a Jacobian in a number": ("J = jacobian(fn(t) = [t, t^2])(3.0)\nprint(rank(J), J[0], J[1])", [1, 1.0, 6.0]),
    "a Jacobian of a number": ("J = jacobian(fn(x) = prod(x))([2.0, 3.0])\nprint(rank(J), J[0], J[1])", [1, 3.0, 2.0]),
    "a Jacobian of a number in a number": ("print(jacobian(fn(x) = x^2)(3.0))", [6.0]),
    "a Jacobian of matrices": (
        "J = jacobian(fn(X) = X @ [[1.0, 2.0], [3.0, 4.0]])([[1.0, 0.0], [0.0, 1.0], [5.0, 6.0]])\n"
        "(a, b, c, d) = shape(J)\nprint(a, b, c, d, J[2, 1, 2, 0], J[2, 1, 1, 0])",
        [3, 2, 3, 2, 2.0, 0.0],
    ),
    "a Jacobian in several arguments": (
        "(A, B) = jacobian(fn(x, y) = x * sum(y), wrt=(0, 1))([1.0, 2.0], [3.0, 4.0, 5.0])\n"
        "print(A[0, 0], A[0, 1], B[1, 2], shape(B)[1])",
        [12.0, 0.0, 2.0, 3],
    ),
    "a Jacobian of a tuple": (
        "(A, B) = jacobian(fn(x) = (x^2, sum(x)))([1.0, 2.0])\nprint(A[1, 1], B[0], B[1])",
        [4.0, 1.0, 1.0],
    ),
    "a Hessian": (
        "H = hessian(fn(x) = x[0]^3 * x[1])([1.0, 2.0])\nprint(H[0, 0], H[0, 1], H[1, 0], H[1, 1])",
        [12.0, 3.0, 3.0, 0.0],
    ),
    "a Hessian of a number": ("print(hessian(fn(x) = x^3)(2.0))", [12.0]),
    "a Hessian in two arguments": (
        "((a, b), (c, d)) = hessian(fn(x, y) = x^3 * y^2, wrt=(0, 1))(2.0, 3.0)\nprint(a, b, c, d)",
        [108.0, 72.0, 72.0, 16.0],
    ),
    "a Hessian of a matrix": (
        "H = hessian(fn(X) = sum(X @ X))([[1.0, 2.0], [3.0, 4.0]])\nprint(rank(H), H[0, 1, 1, 0], H[0, 0, 1, 1])",
        [4, 2.0, 0.0],
    ),
    "a product of a Hessian": (
        "p = hvp(fn(x) = x[0]^3 * x[1], [1.0, 2.0], [1.0, 10.0])\nprint(p[0], p[1])",
        [42.0, 3.0],
    ),
    "a stopped gradient": ("fn f(x) = x * stop_gradient(x)\nprint(f(3.0), f'(3.0), grad(f)(3.0))", [9.0, 3.0, 3.0]),
    "stopped in a tuple": (
        "fn f(x) { (a, b) = stop_gradient((x, 2)); a * b * x }\nprint(f(3.0), f'(3.0))",
        [18.0, 6.0],
    ),
    "a checkpoint": (
        "fn f(x) = sin(x)^2\nprint(checkpoint(f)(1.0), grad(checkpoint(f))(1.0))",
        [S(1) ** 2, 2 * S(1) * C(1)],
    ),
    "a second derivative of a checkpoint": (
        "fn f(x) = sin(x)\ng = checkpoint(f)\nprint(g''(1.0), grad(grad(g))(1.0), grad(g')(1.0), grad(g)'(1.0))",
        [-S(1)] * 4,
    ),
    "a derivative that is kept": (
        "fn f(x) = x^3\ng = grad(f)\nh = g'\nprint(g(2.0), h(2.0), h'(2.0))",
        [12.0, 12.0, 6.0],
    ),
    "a derivative of what it captures": (
        "fn f(a) { g = fn(x) = a * x^2\n  g'(3.0) }\nprint(f(2.0), f'(2.0), grad(f)(2.0))",
        [12.0, 6.0, 6.0],
    ),
    "a derivative through a recursion": (
        "fn pow(x, n) = if n == 0 { 1.0 } else { x * pow(x, n - 1) }\nfn f(x) = pow(x, 5)\n"
        "print(f'(2.0), f''(2.0), grad(f)(2.0), grad(grad(f))(2.0), f''''(2.0))",
        [80.0, 160.0, 80.0, 160.0, 240.0],
    ),
    "a derivative in a recursion": (
        "fn g(x) = x^2\nfn f(x, n) = if n == 0 { x } else { g'(f(x, n - 1)) }\nprint(f(1.5, 3), grad(f)(1.5, 3))",
        [12.0, 8.0],
    ),
    "a derivative through a while": (
        "fn root(a) { x = a; while abs(x^2 - a) > 1e-12 { x = 0.5 * (x + a / x) }; x }\n"
        "print(root'(4.0), grad(root)(4.0), root''(4.0))",
        [0.25, 0.25, -1 / 32],
    ),
    "a derivative in a loop": (
        "fn f(x, k) = x^k\ns = 0.0\nfor k in 1..4 { s += (fn(x) = f(x, k))'(2.0) * grad(fn(x) = f(x, k))(1.0) }\nprint(s)",
        [1 + 4 * 2 + 12 * 3.0],
    ),
    "a derivative in a branch": (
        "fn f(x) = if x > 1 { (fn(y) = y^3)'(x) } else { grad(cos)(x) }\nprint(f(2.0), f(0.5), f'(2.0), f'(0.5))",
        [12.0, -S(0.5), 12.0, -C(0.5)],
    ),
    "a derivative through element assignment": (
        "fn f(x) { a = zeros(3)\n  for i in 0..3 { a[i] = x^(i + 1) * (if i > 0 { a[i - 1] } else { 1 }) }\n  sum(a) }\n"
        "print(f'(2.0), grad(f)(2.0), f''(2.0))",
        [1 + 3 * 4 + 6 * 2**5, 1 + 3 * 4 + 6 * 2**5, 6 * 2 + 30 * 2**4],
    ),
    "an array of a size met while running": (
        "fn f(x) { y = x[x > 0]; sum(y^3) }\nH = hessian(f)([1.0, -1.0, 2.0])\n"
        "J = jacobian(fn(x) = x[x > 0] ^ 2)([1.0, -1.0, 2.0])\nprint(H[2, 2], H[1, 1], len(J), J[1, 2])",
        [12.0, 0.0, 2, 4.0],
    ),
    "nothing to differentiate in": (
        "print(len(grad(fn(x) = sum(x))(zeros(0))), size(hessian(fn(x) = sum(x^2))(zeros(0))))",
        [0, 0],
    ),
    # Perturbation confusion: the inner derivative's direction is not the outer one's.
    "x times the slope of x + y": ("print((fn(x) = x * (fn(y) = x + y)'(1.0))'(1.0))", [1.0]),
    "the same by reverse mode": ("print(grad(fn(x) = x * grad(fn(y) = x + y)(1.0))(1.0))", [1.0]),
    "the same, reverse in forward": ("print((fn(x) = x * grad(fn(y) = x + y)(1.0))'(1.0))", [1.0]),
    "the same, forward in reverse": ("print(grad(fn(x) = x * (fn(y) = x + y)'(1.0))(1.0))", [1.0]),
    "x times the slope of x y^2 in y at x": (
        "fn f(x) = x * (fn(y) = x * y^2)'(x)\nprint(f'(3.0), grad(f)(3.0), f''(3.0))",
        [6 * 9.0, 6 * 9.0, 12 * 3.0],
    ),
    "a derivative of a derivative of a product": (
        "fn f(x) = (fn(y) = (fn(z) = x * y * z)'(y) * y)'(x)\nprint(f(2.0), f'(2.0), grad(f)(2.0))",
        [8.0, 8.0, 8.0],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_derivatives_are_those_of_mathematics(name: str) -> None:
    text, expected = SAID[name]
    found = [float(word) for line in printed(text) for word in line.split()]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14)


BODIES = {
    "exp(sin(x)) / (1 + x^2)": lambda x: mpmath.exp(mpmath.sin(x)) / (1 + x**2),
    "log1p(x^2) * atan(x)": lambda x: mpmath.log1p(x**2) * mpmath.atan(x),
    "erf(x) ^ 2 + lgamma(x + 2)": lambda x: mpmath.erf(x) ** 2 + mpmath.loggamma(x + 2),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_higher_derivatives_are_those_of_mpmath_in_every_nest_of_modes(body: str, order: int) -> None:
    x = 0.7
    with mpmath.workdps(40):
        expected = float(mpmath.diff(BODIES[body], mpmath.mpf(x), order))
    nests = [f"f{chr(39) * order}"]
    for choice in range(2**order):
        nest = "f"
        for k in range(order):
            nest = f"grad({nest})" if choice >> k & 1 else f"({nest})'"
        nests.append(nest)
    lines = "\n".join(f"print({nest}({x}))" for nest in nests)
    for found in printed(f"fn f(x) = {body}\n{lines}"):
        assert float(found) == pytest.approx(expected, rel=1e-11)


MODELS = {
    "Newton's method on a closure": """
param a = 2.0
param b = 0.5
fn solve(f, x0) {
  x = x0
  for n in 0..30 { x = x - f(x) / f'(x) }
  x
}
minimize solve(fn(x) = x^2 + b * x - a, 1.0)
""",
    "a differential equation's residual": """
param w = [0.3, -0.5, 0.8]
param c = 0.4
fn u(x) = w[0] * sin(x) + w[1] * tanh(c * x) + w[2] * x^2
loss = 0.0
for i in 0..5 { x = i * 0.3; loss += (u''(x) + u(x))^2 }
minimize loss
""",
    "the same over an array": """
param w = [0.3, -0.5, 0.8]
param c = 0.4
fn u(x) = w[0] * sin(x) + w[1] * tanh(c * x) + w[2] * x^2
x = linspace(0, 1, 5)
0.0 * x ~ u''(x) + u(x)
""",
    "a Hessian in the objective": """
param w = [0.3, -0.5, 0.8]
param c = 0.4
h = hessian(fn(v) = sum(sin(v * w)) * c + prod(v) * w[1])([1.0, 2, 3])
minimize sum(h^2)
""",
    "a step of gradient descent in a loop": """
param rate = 0.1
param k = 0.7
fn loss(x) = (x[0] - k)^2 + 3 * (x[1] - x[0]^2)^2
x = [0.5, -0.3]
for i in 0..20 { x = x - rate * grad(loss)(x) }
minimize loss(x)
""",
    "a while whose passes take gradients": """
param rate = 0.2
param k = 0.7
x = 0.1
while abs(x - k) > 0.05 { x = x - rate * grad(fn(x) = (x - k)^2 * (1 + 0.1 * sin(x)))(x) }
minimize (x - 2 * k)^2
""",
    "a Jacobian and a pullback": """
param w = [0.3, -0.5, 0.8]
J = jacobian(fn(x) = [sin(x[0] * w[0]), x[0] * x[1] * w[1], exp(w[2] * x[1])])([1.1, 0.4])
(v, back) = vjp(fn(x) = tanh(x * w), w)
minimize sum(J^3) + sum(back(v)^2)
""",
    "derivatives that know when to stop": """
param a = 1.5
fn solve(f, x0) {
  x = x0
  for n in 0..30 { x = x - f(x) / f'(x) }
  s = stop_gradient(x)
  r = s - f(s) / f'(s)
  r - f(r) / f'(r)
}
minimize solve(fn(x) = x^3 - a, 1.0)
""",
    "checkpoints in a loop": """
param a = 0.3
param w = [0.5, -0.2]
fn step(x) = sin(x * a) + w
x = w
for i in 0..6 { x = checkpoint(step)(x) }
minimize sum(x^2)
""",
    "a checkpoint of a recursion": """
param a = 0.3
fn f(x, n) = if n == 0 { x } else { checkpoint(fn(y) = sin(y) * f(y * a, n - 1))(x) }
minimize f(1.2, 4)
""",
}


@pytest.mark.parametrize("name", MODELS)
def test_objectives_that_hold_derivatives_are_differentiated(name: str) -> None:
    program = dlang.loads(MODELS[name])
    slopes(MODELS[name])
    checked = program.check_gradient()
    assert checked.passed, checked
    objective = program.objective()
    hessian = objective.hessian(objective.start)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-9, atol=1e-12)


def test_a_derivative_of_data_alone_is_computed_once() -> None:
    program = dlang.loads("param a = 1.0\nfn f(x) = x^3\nd = grad(f)(2.0) + f'(1.0)\nminimize a * d")
    assert [float(v) for v in program.model.shared] == [15.0]


def test_a_checkpoint_is_run_again_and_not_stored() -> None:
    """The step's own values are not on the tape; the argument of each step is."""
    text = "param a = 0.3\nfn step(x) = {}\nx = a\nfor i in 0..9 {{ x = {}(x) }}\nminimize x"
    body = "sin(sin(sin(sin(sin(x)))))"

    def pushed(how: str) -> int:
        program = dlang.loads(text.format(body, how))
        model = program.model
        module = derivative(lambda: adjoint(model.slice(OBJECTIVE), OBJECTIVE, [len(model.shared)]), "gradient")
        return max(
            len(stmt.values) for fn in module.values() for stmt in statements(fn.block) if isinstance(stmt, Push)
        )

    assert pushed("checkpoint(step)") == 1
    assert pushed("step") > 4


REFUSED = {
    'fn f(s) = if s == "a" { 1.0 } else { 2.0 }\nprint(grad(f)("a"))': "E1001",
    "fn f(b) = if b { 1.0 } else { 2.0 }\nprint(f'(true))": "E1001",
    "fn f(x, k: Int) = x^k\nprint(grad(f, wrt=1)(2.0, 3))": "E1001",
    "fn f(p) = p[0]\nprint(grad(f)((1.0, true)))": "E1001",
    "fn f(g) = g(1.0)\nprint(grad(f)(sin))": "E1001",
    "fn f(x) = x > 1\nprint(f'(2.0))": "E1002",
    "fn f(x) = sin\nprint(jacobian(f)(2.0))": "E1002",
    "fn f(x) { y = x }\nprint(f'(2.0))": "E1002",
    "print(grad(fn(x) = x^2)([1.0, 2.0]))": "E1003",
    "print(hessian(fn(x) = (x, x))(1.0))": "E1003",
    "print(grad(fn(x) = x^2, wrt=1)(1.0))": "E1004",
    "print(grad(fn(x) = x^2, wrt=-1)(1.0))": "E1004",
    "print(grad(fn(x) = x^2, wrt=0.5)(1.0))": "E1004",
    "print(grad(fn(x) = x^2, wrt=(0, 0))(1.0))": "E1004",
    "print(grad(fn(x) = x^2, wrt=())(1.0))": "E1004",
    "fn f(x, k=2.0) = x^k\nprint(grad(f, wrt=1)(1.0))": "E1004",
    "fn f(x, n) = if n <= 0 { x } else { (fn(y) = f(y, n - 1))'(x) }\nprint(f(1.0, 2))": "E1005",
    "print(jvp(sin, (1.0,), (1.0, 2.0)))": "E1006",
    "print(hvp(fn(m) = m.a^2, {a: 1.0}, {b: 1.0}))": "E1006",
    'print(grad(fn(m) = m.a^2)({a: 1.0, b: "x"}))': "E1001",
    "print(jvp(sin, (1.0,), ([1.0],)))": "E1006",
    "(v, b) = vjp(sin, 1.0)\nprint(b([1.0]))": "E1006",
    "(v, b) = vjp(sin, 1.0)\nprint(b(true))": "E1006",
    "print(hvp(fn(x) = x^2, 1.0, true))": "E1006",
    "fn f(x, y) = x\nprint(f'(1.0, 2.0))": "E1007",
    "print(sum'([1.0, 2.0]))": "E1008",
    "print(softmax'([1.0, 2.0]))": "E1008",
    "print(cumsum'([1.0, 2.0]))": "E1008",
    "fn f(x) = x * sum(x)\nprint(f''([1.0, 2.0]))": "E1008",
    "fn f(x) = x * max(x)\nprint(f'([1.0, 2.0]))": "E1008",
    "fn f(x) = [[1.0], [2.0]] * x\nprint(f'([1.0, 2.0]))": "E1008",
    "fn f(x) = if x[0] > 0 { x } else { -x }\nprint(f'([1.0, 2.0]))": "E1008",
    "fn f(x) { while any(x > 1) { x = x / 2 }; x }\nprint(f'([1.0, 2.0]))": "E1008",
    "print(3.0')": "E0301",
    "x = 1.0\nprint(grad(x)(1.0))": "E0301",
    "print(jvp(sin, 1.0, 1.0))": "E0301",
    "print(stop_gradient(sin))": "E0301",
    "(v, b) = vjp(sin, 1.0)\nprint(b(1.0, 2.0))": "E0307",
    "print(grad())": "E0307",
    "print(vjp(sin))": "E0307",
    "print(vjp())": "E0307",
    "print(grad(sin)())": "E1004",
    "print(grad(atan2)(1.0))": "E0307",
    "print(sin'())": "E1007",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_derivative_is_refused_by_name(text: str) -> None:
    assert codes(text) == [REFUSED[text]]

"""Derivative forms around functions of every kind, nested at random: both modes agree, and differences judge them."""

from __future__ import annotations

import random

import numpy as np
import pytest

import dlang

HEAD = """
param a = 0.5
param w = [0.3, 0.6]
fn f(x) = x^2 * a + sin(x * a)
fn g(x, y) = sum(x * y) * a + prod(x + y)
fn s(m) = m.p * sum(m.q * w)
fn h(x) { z = zeros(2); for i in 0..2 { z[i] = x * w[i] + if x > 0 { a } else { x^2 } }; sum(z^2) }
fn q(x) = sum(x^3 * w)
fn ruled(x, k) = x^2 * k
jvp ruled(x, k; dx, dk) = 2 * x * k * dx + x^2 * dk
fn loop(x) { y = x; n = 0; while n < 3 { y = sin(y) * a + x; n += 1 }; y }
fn rec(x, n) = if n == 0 { x } else { sin(rec(x, n - 1) * a) + x }
fn scaled(k) = fn(x) = k * x^2 + cos(x)
fn root(f, x0) { x = x0; for n in 0..40 { x = x - f(x) / f'(x) }; x }
jvp root(f, x0; df, dx0) { x = root(f, x0); -df(x) / f'(x) }
"""

FUNCTIONS = (
    "f",
    "h",
    "sin",
    "checkpoint(f)",
    "loop",
    "(fn(x) = rec(x, 3))",
    "(fn(x) = ruled(x, a))",
    "(fn(x) = ruled(a, x))",
    "(fn(x) = checkpoint(loop)(x))",
    "(fn(x) = q(x * w))",
    "(fn(x) = g(x * w, w))",
    "(fn(x) = s({p: x, q: w * x}))",
    "(fn(x) = scaled(a)(x) + scaled(x)(a))",
    "(fn(x) = sum([f(x * i) for i in 1..3]) + fold(fn(c, y) = c * y + x, 1.0, w))",
    "(fn(x) = (if x > 9 { sin } else { scaled(x) })(x))",
    "(fn(x) = hessian(q)(x * w)[0, 0])",
    "(fn(x) = sum(jacobian(fn(v) = v * sum(v) * x)(w)))",
    "(fn(x) = vjp(fn(v) = v * sum(v) * x, w)[1](w)[0])",
    "(fn(x) = root(fn(y) = y^3 + x * y - a - 1, 1.0))",
)

FORMS = (
    "{}'",
    "grad({})",
    "(fn(x) = hvp({}, x, a))",
    "(fn(x) = jvp({}, (x,), (a,))[1])",
    "(fn(x) = vjp({}, x)[1](x))",
    "(fn(x) = hessian({})(x))",
    "(fn(x) = value_and_grad({})(x)[1])",
    "checkpoint({})",
)


def nests() -> list[str]:
    """Each function in two or three forms, drawn with a fixed seed."""
    draw = random.Random(20)
    found = []
    for function in FUNCTIONS:
        for depth in (1, 2, 2, 3):
            nest = function
            for _ in range(depth):
                nest = draw.choice(FORMS).replace("{}", nest)
            found.append(nest)
    return found


@pytest.mark.parametrize("nest", nests())
def test_a_nest_has_the_derivatives_of_its_value(nest: str) -> None:
    program = dlang.loads(f"{HEAD}minimize {nest}(a + 0.3)")
    objective = program.objective()
    start = objective.start
    _, reverse = objective.value_and_grad(start)
    _, forward = objective.forward_gradient(start)
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-11)
    assert program.check_gradient().passed
    hessian = objective.hessian(start)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-7, atol=1e-9)

"""Elementwise primitives against mpmath, and scalars against arrays."""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from operator import add
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from properties.checks import cases, draw, write_vjp

from dlang.primitives import rules
from dlang.primitives.core import Primitive
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE
from dlang.types import REAL


def student_t_cdf(z: Any, nu: Any) -> Any:
    """The distribution function of Student's t."""
    tail = mp.betainc(nu / 2, mp.mpf(0.5), 0, nu / (nu + z * z), regularized=True) / 2
    return tail if z < 0 else 1 - tail


def gamma_shape_slope(a: Any, x: Any, n: int) -> Any:
    """The n-th derivative of P(a, x) in a, by differences."""
    dps = mp.mp.dps
    with mp.workdps(4 * dps + 20):
        h = mp.mpf(10) ** -dps
        terms = (
            (-1) ** k * mp.binomial(n, k) * mp.gammainc(a + (n / 2 - k) * h, 0, x, regularized=True)
            for k in range(n + 1)
        )
        return sum(terms) / h**n


def gaussian(x: Any, n: int, half: bool) -> Any:
    """The n-th derivative of exp(-x^2), or of exp(-x^2 / 2)."""
    scale = mp.sqrt(2) if half else mp.mpf(1)
    return (-1 / scale) ** n * mp.hermite(n, x / scale) * mp.exp(-((x / scale) ** 2))


def inverse(f: Callable[[Any], Any], p: Any, low: float, high: float) -> Any:
    """The x between low and high where f, which increases, is p."""
    with mp.workdps(25):
        for _ in range(12):
            middle = (mp.mpf(low) + high) / 2
            low, high = (middle, high) if f(middle) < p else (low, middle)
    return mp.findroot(lambda x: f(x) - p, (low, high), solver="anderson", tol=mp.mpf(10) ** -(1.8 * mp.mp.dps))


REFERENCE: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "acos": mp.acos,
    "acosh": mp.acosh,
    "add": operator.add,
    "asin": mp.asin,
    "asinh": mp.asinh,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "atanh": mp.atanh,
    "beta_function": mp.beta,
    "beta_lower": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
    "beta_quantile": lambda a, b, p: inverse(lambda x: mp.betainc(a, b, 0, x, regularized=True), p, 0, 1),
    "beta_upper": lambda a, b, x: mp.betainc(a, b, x, 1, regularized=True),
    "binary_divergence": lambda x, y, a, b: (
        x * mp.log(x * (a + b) / ((x + y) * a)) + y * mp.log(y * (a + b) / ((x + y) * b))
    ),
    "binary_log_ratio": lambda x, y, a, b: mp.log(x * (a + b) / ((x + y) * a)),
    "binet": lambda x, n=0: mp.diff(lambda x: mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2, x, n),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "cbrt_power": lambda x, n: mp.sign(x) ** n * mp.cbrt(abs(x)) ** n,
    "ceil": mp.ceil,
    "complement": lambda x: 1 - x * x,
    "cos": mp.cos,
    "cosh": mp.cosh,
    "cosine": lambda x, y: x / mp.hypot(x, y),
    "digamma": mp.digamma,
    "divergence": lambda x, m: x * mp.log(x / m) - x + m,
    "div": operator.truediv,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "floor": mp.floor,
    "floordiv": lambda a, b: mp.floor(a / b),
    "gamma_lower": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gamma_quantile": lambda a, p: inverse(lambda x: mp.gammainc(a, 0, x, regularized=True), p, 0, 60),
    "gamma_shape_slope": lambda a, x, n: gamma_shape_slope(a, x, n),
    "gamma_upper": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
    "gaussian": lambda x, n, half: gaussian(x, n, half),
    "gelu": lambda x: x * mp.ncdf(x),
    "hypot": mp.hypot,
    "inversion": lambda x, y: x / (x * x + y * y),
    "lbeta": lambda a, b: mp.log(mp.beta(a, b)),
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x),
    "log": mp.log,
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": mp.log1p,
    "log_cosh": lambda x: mp.log(mp.cosh(x)),
    "log_ratio": lambda a, b: mp.log(a / b),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "maximum": max,
    "minimum": min,
    "mod": lambda a, b: a - b * mp.floor(a / b),
    "mul": operator.mul,
    "neg": operator.neg,
    "normal_cdf": mp.ncdf,
    "normal_quantile": lambda p: inverse(mp.ncdf, p, -12, 12),
    "polygamma": lambda x, n: mp.polygamma(n, x),
    "pow": mp.power,
    "polygamma_gap": lambda a, b, n: mp.polygamma(n, a + b) - mp.polygamma(n, a),
    "pow_less": lambda a, b, n: mp.power(a, b - n),
    "power_log": lambda a, b: mp.power(a, b) * mp.log(a),
    "falling_power": lambda a, b, n: mp.ff(b, n) * mp.power(a, b - n),
    "power_n": lambda x, n: x**n,
    "relu": lambda x: max(x, mp.mpf(0)),
    "round": mp.nint,
    "share": lambda a, b: mp.mpf(a > b),
    "sech_squared": lambda x: mp.sech(x) ** 2,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "sign": mp.sign,
    "sin": mp.sin,
    "sinh": mp.sinh,
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "sqrt": mp.sqrt,
    "stop_gradient": lambda x: x,
    "stirling": lambda x, n=0: mp.diff(lambda x: mp.loggamma(x + 1) - x * mp.log(x) + x, x, n),
    "student_t_cdf": lambda z, nu: student_t_cdf(z, nu),
    "student_t_quantile": lambda p, nu: inverse(lambda z: student_t_cdf(z, nu), p, -4000, 4000),
    "student_t_excess": lambda q: mp.log1p(q**2) - q**2 / (1 + q**2),
    "student_t_tail": lambda z, nu: nu / 2 * mp.log1p(z**2 / nu),
    "strong_mul": operator.mul,
    "sub": operator.sub,
    "tan": mp.tan,
    "tanh": mp.tanh,
}

LOOSER: dict[str, tuple[float, str]] = {
    "digamma": (1e-12, "mp.diff of it loses digits, and SciPy's own error near its zero at 1.46"),
    "gamma_shape_slope": (1e-11, "its parts cancel"),
}
"""Relative tolerances other than 1e-13, with the reason."""

DIFFERENTIABLE = sorted(name for name, prim in TABLE.items() if prim.is_elementwise and name in REFERENCE)
CONSTANT = {"stop_gradient"}
"""Where the derivative is not that of the value."""


def points(name: str, edges: bool = True) -> Iterator[tuple[dict[str, Any], list[float]]]:
    """Statics and operands: random ones, then each edge in each operand."""
    rng = np.random.default_rng(list(name.encode()))
    for static, domains in cases(TABLE[name]):
        for _ in range(3):
            yield dict(static), [draw(d, rng) for d in domains]
        for k, domain in enumerate(domains):
            for edge in domain.edges if edges else ():
                yield dict(static), [edge if k == other else draw(d, rng) for other, d in enumerate(domains)]


def close(found: float, wanted: Any, name: str) -> bool:
    rtol = LOOSER[name][0] if name in LOOSER else 1e-13
    atol = 1e-15 if name in ("digamma", "lbeta") else 1e-300  # beside their zeros
    return abs(mp.mpf(found) - wanted) <= rtol * abs(wanted) + atol


def test_every_elementwise_primitive_from_real_to_real_has_a_reference() -> None:
    for name, prim in TABLE.items():
        if prim.is_elementwise:
            found = prim.type_rule([REAL] * len(prim.partials), {})
            assert (found == (REAL,)) == (name in REFERENCE), name


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_value_and_partials_agree_with_mpmath(name: str) -> None:
    prim, reference = TABLE[name], REFERENCE[name]
    for static, xs in points(name):
        with np.errstate(all="ignore"), mp.workdps(60 if max(map(abs, xs)) < 100.0 else 900):
            exact = tuple(map(mp.mpf, xs))
            f = partial(reference, **static)
            out = prim(*xs, **static)
            assert close(out, f(*exact), name), (xs, static)
            if xs[0] in prim.kinks or name in CONSTANT:
                continue
            ruled = has_rule(prim)
            pulled = rules.vjp(prim, out, xs, 1.0, static, ruled)
            for k, found in enumerate(pulled):
                if not ruled[k]:
                    continue
                wanted = mp.diff(f, exact, unit(k, len(xs)), h=step(exact[k]))
                assert close(found or 0.0, wanted, name), (k, xs, static, found, wanted)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_second_derivatives_agree_with_mpmath(name: str) -> None:
    """By the rules of what the reverse rule wrote. Their terms may cancel, so the tolerance is wider."""
    prim, reference = TABLE[name], REFERENCE[name]
    for static, xs in points(name, edges=False):
        with np.errstate(all="ignore"), mp.workdps(60):
            exact = tuple(map(mp.mpf, xs))
            f = partial(reference, **static)
            if name in CONSTANT:
                continue
            program = write_vjp(prim, static, [REAL] * len(xs))
            out = prim(*xs, **static)
            for along in range(len(xs)):
                if not all(has_rule(prim)):
                    continue
                ts = [1.0 if k == along else None for k in range(len(xs))]
                moved = rules.jvp(prim, out, xs, ts, static)
                _, bent = program.run([*xs, out, 1.0], [*ts, moved, None])
                for k, found in enumerate(bent):
                    order = tuple(map(add, unit(k, len(xs)), unit(along, len(xs))))
                    wanted = mp.diff(f, exact, order, h=mp.mpf(2) ** -60)
                    assert abs(mp.mpf(found or 0.0) - wanted) <= 1e-11 * abs(wanted) + 1e-12, (k, along, xs, static)


def has_rule(prim: Primitive) -> list[bool]:
    """For each operand, whether it has a derivative."""
    lacking = [index for index, _ in prim.no_rule]
    return [k not in lacking for k in range(len(prim.domain))]


def unit(k: int, n: int) -> tuple[int, ...]:
    """The k-th unit vector of n."""
    return tuple(int(k == other) for other in range(n))


def step(x: Any) -> Any:
    """A step so small that a difference has 30 right digits."""
    return mp.mpf(2) ** -60 * max(abs(x), mp.mpf(2) ** -20)


# Scalars: the fast form, `impl` on scalars, `impl` on arrays

SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -2.0, 1e-300, 5e-324, -5e-324, 1e16, 710.0, -745.0),
    *(1e200, -1e200, 1.7e308, math.inf, -math.inf, math.nan),
)


def scalar_operands(name: str) -> list[tuple[Any, ...]]:
    """Special values in all combinations, and random ones."""
    arity = len(TABLE[name].partials or ())
    rng = np.random.default_rng(list(name.encode()))
    if name in LOGIC:
        return list(product((True, False), repeat=arity))
    special = list(product(SPECIAL, repeat=arity))
    random = [tuple(rng.normal(size=arity).tolist()) for _ in range(50)]
    return special + random + [tuple(rng.uniform(0.0, 3.0, arity).tolist()) for _ in range(50)]


LOGIC = {"logical_and", "logical_or", "logical_not", "to_int"}
INTEGER = {"int_pow", "to_real", "whole"}
SCALAR = [n for n, p in TABLE.items() if p.is_elementwise and n not in INTEGER]


def fast_value(form: Any, xs: tuple[Any, ...]) -> Any:
    """What generated code computes."""
    if callable(form):
        return form(*xs)
    names = [f"x{k}" for k in range(len(xs))]
    return eval(form.format(*names), {}, dict(zip(names, xs, strict=True)))  # our own templates


def bits(value: Any) -> Any:
    """What must agree: the type, and every bit but a NaN's."""
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value)
    return value


@pytest.mark.parametrize("name", SCALAR)
def test_the_fast_form_equals_impl_bit_for_bit(name: str) -> None:
    prim = TABLE[name]
    for static in prim.statics:
        for xs in scalar_operands(name):
            with np.errstate(all="ignore"):
                wanted = prim.impl(*xs, **static)
                assert type(wanted) in (float, bool, int), (name, xs)
                form = prim.fast([type_of(x) for x in xs], static)
                if form is None:
                    continue
                try:
                    found = fast_value(form, xs)
                except (ValueError, OverflowError, ZeroDivisionError):
                    assert not math.isfinite(wanted), (name, xs)
                    continue
            assert type(found) is type(wanted), (name, xs)
            assert bits(found) == bits(wanted), (name, xs, found, wanted)


@pytest.mark.parametrize("name", SCALAR)
def test_arrays_agree_with_scalars(name: str) -> None:
    """IEEE's special values alike, others to 4 ulp of NumPy's own mathematics (64 of SciPy's)."""
    prim = TABLE[name]
    for static in prim.statics:
        operands = scalar_operands(name)
        arrays = [np.array(column) for column in zip(*operands, strict=True)]
        with np.errstate(all="ignore"):
            found = prim.impl(*arrays, **static)
            fast = prim.fast([type_of(x) for x in arrays], static)
            again = found if fast is None else fast_value(fast, tuple(arrays))
            wanted = np.array([prim.impl(*xs, **static) for xs in operands])
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(again, found)
        rtol = 2e-14 if name in SCIPY else 9e-16
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-15 if name in SCIPY else 5e-324)


SCIPY = {
    *("binary_divergence", "binary_log_ratio", "binet", "divergence", "log_cosh", "stirling", "student_t_tail"),
    *("log_ratio", "student_t_excess"),
    *("gelu", "erf", "erfc", "normal_cdf", "lgamma", "digamma", "polygamma", "lbeta", "beta_function"),
}

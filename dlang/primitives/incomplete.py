"""Distribution functions that no elementary function gives, and their inverses: incomplete Gamma and Beta functions.

The derivative in the last operand is the density. Those of the Gamma function in its shape are integrals
(`gamma_shape`); in the shapes of the Beta function there is no rule yet (`no_rule`): asking for one is an error.

Source: NIST Digital Library of Mathematical Functions, 8.2.4 and 8.17.2; the values are those of scipy.special.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, div, mul, neg, strong_mul, sub
from dlang.primitives.betas import lbeta
from dlang.primitives.comparisons import eq, gt, select
from dlang.primitives.core import Domain, Operand, Partial, Primitive
from dlang.primitives.divergences import binary_divergence, divergence, student_t_tail
from dlang.primitives.factorials import binet, stirling
from dlang.primitives.gamma_shape import bell, level, shape_derivative
from dlang.primitives.gammas import lgamma
from dlang.primitives.operands import plain
from dlang.primitives.planar import hypot
from dlang.primitives.signatures import broadcasting
from dlang.primitives.transcendental import exp, log, log1p, sqrt

__all__ = [
    "beta_lower",
    "beta_quantile",
    "beta_upper",
    "gamma_lower",
    "gamma_quantile",
    "gamma_shape_slope",
    "gamma_upper",
    "normal_quantile",
    "student_t_cdf",
    "student_t_quantile",
]

_SHAPE = Domain(0.3, 6.0)
_CHANCE = Domain(0.05, 0.95)
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


def _function(
    name: str,
    doc: str,
    values: Callable[..., Any],
    partials: Sequence[Partial | None],
    no_rule: Sequence[tuple[int, str]],
    domain: Sequence[Domain],
) -> Primitive:
    """An elementwise primitive whose one `impl` serves scalars and arrays."""
    return Primitive(
        name=name,
        doc=doc,
        type_rule=broadcasting(name, len(domain)),
        impl=lambda *operands: plain(values(*operands)),
        partials=tuple(partials),
        no_rule=tuple(no_rule),
        domain=tuple(domain),
    )


# Densities, as derivatives


def _gamma_density(a: Operand, x: Operand) -> Operand:
    """x^(a - 1) exp(-x) / Gamma(a)."""
    log_density = sub(log(a), add(add(stirling(a), divergence(a, x)), log(x)))
    edge = sub(strong_mul(sub(a, 1.0), log(x)), add(x, lgamma(a)))
    return exp(select(gt(x, 1e-290), log_density, edge))


def _beta_density(a: Operand, b: Operand, x: Operand) -> Operand:
    """x^(a - 1) (1 - x)^(b - 1) / B(a, b)."""
    y = sub(1.0, x)
    rest = sub(sub(stirling(add(a, b)), stirling(a)), stirling(b))
    shape = sub(add(log(a), log(b)), log(add(a, b)))
    log_density = sub(add(rest, shape), add(binary_divergence(a, b, x, y), add(log(x), log1p(neg(x)))))
    sides = add(strong_mul(sub(a, 1.0), log(x)), strong_mul(sub(b, 1.0), log1p(neg(x))))
    return exp(select(eq(mul(x, y), 0.0), sub(sides, lbeta(a, b)), log_density))


def _student_t_density(z: Operand, nu: Operand) -> Operand:
    """Of location 0 and scale 1."""
    half = mul(0.5, nu)
    scale = add(sub(binet(add(half, 0.5)), binet(half)), student_t_tail(1.0, nu))
    tail = add(student_t_tail(z, nu), log(hypot(1.0, div(z, sqrt(nu)))))
    return exp(sub(sub(scale, tail), 0.5 + _HALF_LOG_2PI))


# Incomplete Gamma function


def _special(name: str) -> Callable[..., Any]:
    def call(*operands: Any) -> Any:
        from scipy import special

        return getattr(special, name)(*operands)

    return call


def _slope_partial(out: Operand, a: Operand, x: Operand, *, n: int) -> Operand:
    return gamma_shape_slope(a, x, n=n + 1)


def _slope_partial_x(out: Operand, a: Operand, x: Operand, *, n: int) -> Operand:
    return mul(_gamma_density(a, x), bell(level(a, x), a, n))


gamma_shape_slope: Primitive = Primitive(
    name="gamma_shape_slope",
    doc="the n-th derivative of P(a, x) in a",
    type_rule=broadcasting("gamma_shape_slope", 2),
    impl=lambda a, x, *, n: shape_derivative(a, x, n),
    partials=(_slope_partial, _slope_partial_x),
    domain=(_SHAPE, _SHAPE),
    statics=({"n": 1}, {"n": 2}),
)
gamma_lower: Primitive = _function(
    "gamma_lower",
    "P(a, x): the chance that a gamma variable of shape a and rate 1 is at most x",
    _special("gammainc"),
    [lambda out, a, x: gamma_shape_slope(a, x, n=1), lambda out, a, x: _gamma_density(a, x)],
    (),
    (_SHAPE, _SHAPE),
)
gamma_upper: Primitive = _function(
    "gamma_upper",
    "Q(a, x) = 1 - P(a, x), without loss for large x",
    _special("gammaincc"),
    [lambda out, a, x: neg(gamma_shape_slope(a, x, n=1)), lambda out, a, x: neg(_gamma_density(a, x))],
    (),
    (_SHAPE, _SHAPE),
)
gamma_quantile: Primitive = _function(
    "gamma_quantile",
    "the x where P(a, x) is p, given as (a, p)",
    _special("gammaincinv"),
    [
        lambda out, a, p: neg(div(gamma_shape_slope(a, out, n=1), _gamma_density(a, out))),
        lambda out, a, p: div(1.0, _gamma_density(a, out)),
    ],
    (),
    (_SHAPE, _CHANCE),
)

# Incomplete Beta function

_SHAPES = tuple((k, "`cdf` in the shapes") for k in range(2))
beta_lower: Primitive = _function(
    "beta_lower",
    "I(x; a, b), given as (a, b, x): the chance that a beta variable is at most x",
    _special("betainc"),
    [None, None, lambda out, a, b, x: _beta_density(a, b, x)],
    _SHAPES,
    (_SHAPE, _SHAPE, _CHANCE),
)
beta_upper: Primitive = _function(
    "beta_upper",
    "1 - I(x; a, b), given as (a, b, x), without loss for x near 1",
    _special("betaincc"),
    [None, None, lambda out, a, b, x: neg(_beta_density(a, b, x))],
    _SHAPES,
    (_SHAPE, _SHAPE, _CHANCE),
)
beta_quantile: Primitive = _function(
    "beta_quantile",
    "the x where I(x; a, b) is p, given as (a, b, p)",
    _special("betaincinv"),
    [None, None, lambda out, a, b, p: div(1.0, _beta_density(a, b, out))],
    tuple((k, "`sample` in the shapes") for k in range(2)),
    (_SHAPE, _SHAPE, _CHANCE),
)

# Normal and Student's t


def _student_t_cdf(z: Any, nu: Any) -> Any:
    """By the tail for |z| > sqrt(nu), else by the middle, which keeps its digits near 0."""
    from scipy.special import betainc, ndtr

    z, nu = np.asarray(z, dtype=float), np.asarray(nu, dtype=float)
    with np.errstate(all="ignore"):
        w = z / nu * z
        middle = 0.5 + 0.5 * np.sign(z) * betainc(0.5, 0.5 * nu, w / (1.0 + w))
        tail = 0.5 * betainc(0.5 * nu, 0.5, 1.0 / (1.0 + w))
        out = np.where(w < 1.0, middle, np.where(z < 0.0, tail, 1.0 - tail))
        return np.where(np.isposinf(nu), ndtr(z), np.where(nu > 0.0, out, np.nan))


def _student_t_quantile(p: Any, nu: Any) -> Any:
    from scipy.special import betaincinv, ndtri

    p, nu = np.asarray(p, dtype=float), np.asarray(nu, dtype=float)
    with np.errstate(all="ignore"):
        below = np.minimum(p, 1.0 - p)
        far = betaincinv(0.5 * nu, 0.5, 2.0 * below)
        near = betaincinv(0.5, 0.5 * nu, np.abs(1.0 - 2.0 * p))
        size = np.sqrt(nu) * np.sqrt(np.where(below < 0.25, (1.0 - far) / far, near / (1.0 - near)))
        out = np.where(p < 0.5, -size, size)
        return np.where(np.isposinf(nu), ndtri(p), np.where(nu > 0.0, out, np.nan))


student_t_cdf: Primitive = _function(
    "student_t_cdf",
    "the chance that a Student t variable with nu degrees of freedom is at most z",
    _student_t_cdf,
    [lambda out, z, nu: _student_t_density(z, nu), None],
    ((1, "`cdf` in the degrees of freedom"),),
    (Domain(edges=(1e-6, -8.0)), _SHAPE),
)
student_t_quantile: Primitive = _function(
    "student_t_quantile",
    "the z where the distribution function of Student's t is p, given as (p, nu)",
    _student_t_quantile,
    [lambda out, p, nu: div(1.0, _student_t_density(out, nu)), None],
    ((1, "`sample` in the degrees of freedom"),),
    (_CHANCE, _SHAPE),
)


def _normal_slope(out: Operand, p: Operand) -> Operand:
    return exp(add(mul(0.5, mul(out, out)), _HALF_LOG_2PI))


normal_quantile: Primitive = _function(
    "normal_quantile",
    "the z where the distribution function of the standard normal is p",
    _special("ndtri"),
    [_normal_slope],
    (),
    (Domain(0.05, 0.95, edges=(1e-6, 0.5 + 1e-9)),),
)

"""Distributions with vectors: as observations, or as parameters.

Event axes are the last ones: of `x` with shape [n, k], `multi_normal(mu, Sigma)` with [k] and [k, k] gives n
log-densities, and so does `categorical(theta)` with [n] labels and [n, k] chances, a row for each.

Source: Stan Functions Reference, multivariate distributions and simplex distributions.
"""

from __future__ import annotations

import math
from typing import Any

from dlang.distributions.core import HALF_LOG_2PI, Distribution, P, Uniforms, both, nan_stays
from dlang.primitives.counting import arange, length
from dlang.primitives.operands import beside, shape_of

__all__ = ["ENTRIES"]

add, sub, mul, div, neg = P["add"], P["sub"], P["mul"], P["div"], P["neg"]
log, select, ge, gt, le, eq = P["log"], P["select"], P["ge"], P["gt"], P["le"], P["eq"]
TINY = 1e-290
OFF = 1e-8
"""How far a sum of chances may be from 1: Stan's tolerance."""


def _total(x: Any) -> Any:
    """The sum over the last axis."""
    return P["sum"](x, axis=len(shape_of(x)) - 1, keepdims=False)


def _column(x: Any) -> Any:
    """x with a new last axis."""
    return P["expand_dims"](x, axes=(len(shape_of(x)),)) if shape_of(x) else x


def _size(x: Any) -> Any:
    """The size of the last axis, as Int."""
    axis = len(shape_of(x)) - 1
    known = shape_of(x)[axis]
    return length(x, axis=axis) if known is None else known


def _places(theta: Any) -> Any:
    """0.0, 1.0, … along the last axis of theta."""
    size = _size(theta)
    known = {"size": size} if isinstance(size, int) else {}
    return P["to_real"](beside(theta, arange, 0, size, 1, **known))


def _simplex(theta: Any) -> Any:
    """Whether the last axis is of chances: none negative, and their sum 1 to within 1e-8."""
    axis = len(shape_of(theta)) - 1
    none_negative = P["all"](ge(theta, 0.0), axis=axis, keepdims=False)
    return both(none_negative, le(P["abs"](sub(_total(theta), 1.0)), OFF))


# categorical


def _categorical(x: Any, theta: Any) -> Any:
    chosen = eq(_column(x), _places(theta))
    # of no place, for an x that is none, the sum is 0 and its log -inf, with derivative 0
    density = log(_total(select(chosen, theta, 0.0)))
    return select(_simplex(theta), nan_stays(x, density), math.nan)


def _categorical_mean(theta: Any) -> Any:
    return _total(mul(theta, _places(theta)))


def _categorical_cdf(x: Any, theta: Any) -> Any:
    reached = le(_places(theta), _column(x))
    return select(_simplex(theta), _total(select(reached, theta, 0.0)), math.nan)


def _categorical_draw(uniforms: Uniforms, theta: Any) -> Any:
    return P["categorical_quantile"](uniforms(0), theta)


# multi_normal


def _whitened(root: Any, deviation: Any) -> Any:
    """root^-1 times each vector of `deviation`, for a lower `root`, or one for each."""
    ranks = len(shape_of(root)), len(shape_of(deviation))
    if ranks == (2, 1):
        return P["solve_triangular"](root, deviation, lower=True)
    if ranks == (2, 2):
        turned = P["transpose"](deviation, axes=(1, 0))
        return P["transpose"](P["solve_triangular"](root, turned, lower=True), axes=(1, 0))
    columns = P["solve_triangular"](root, _column(deviation), lower=True)
    return P["squeeze"](columns, axes=(len(shape_of(columns)) - 1,))


def _multi_normal(x: Any, mu: Any, sigma: Any) -> Any:
    """By the Cholesky factor of Sigma, which is nan where Sigma is not positive definite."""
    root = P["cholesky"](sigma)
    white = _whitened(root, sub(x, mu))
    diagonal = _total(sub(P["tril"](root, k=0), P["tril"](root, k=-1)))
    size = _size(sigma)
    constant = HALF_LOG_2PI * size if isinstance(size, int) else mul(HALF_LOG_2PI, P["to_real"](size))
    return sub(mul(-0.5, _total(mul(white, white))), add(_total(log(diagonal)), constant))


def _multi_normal_draw(uniforms: Uniforms, mu: Any, sigma: Any) -> Any:
    z = _column(P["normal_quantile"](uniforms(0)))
    moved = P["matmul"](P["cholesky"](sigma), z)
    return add(mu, P["squeeze"](moved, axes=(len(shape_of(moved)) - 1,)))


# dirichlet


def _dirichlet(x: Any, alpha: Any) -> Any:
    """By Stirling remainders, as the beta: for large alpha the log Gamma functions cancel against the powers."""
    total = _column(_total(alpha))
    spread = mul(alpha, P["log_ratio"](alpha, mul(total, x)))
    edge = sub(P["strong_mul"](sub(alpha, 1.0), log(x)), mul(alpha, P["log_ratio"](alpha, total)))
    powers = select(le(x, TINY), edge, neg(add(spread, log(x))))
    rest = sub(P["stirling"](_total(alpha)), log(_total(alpha)))
    density = add(rest, _total(add(powers, sub(log(alpha), P["stirling"](alpha)))))
    positive = P["all"](gt(alpha, 0.0), axis=len(shape_of(alpha)) - 1, keepdims=False)
    return select(positive, select(_simplex(x), density, -math.inf), math.nan)


def _dirichlet_mean(alpha: Any) -> Any:
    return div(alpha, _column(_total(alpha)))


def _dirichlet_draw(uniforms: Uniforms, alpha: Any) -> Any:
    """Gamma variables over their sum, by their logs: for a small shape a, gamma(a) is gamma(a + 1) u^(1 / a)."""
    larger = P["gamma_quantile"](add(alpha, 1.0), uniforms(0))
    logs = add(log(larger), div(log(uniforms(1)), alpha))
    return P["softmax"](logs, axis=len(shape_of(logs)) - 1)


ENTRIES = (
    Distribution(
        "categorical",
        ("theta",),
        _categorical,
        "0 … k - 1, by their k chances: a vector, or a row of a matrix for each observation",
        _categorical_mean,
        _categorical_cdf,
        _categorical_draw,
        parameter_events=(1,),
        discrete=True,
    ),
    Distribution(
        "multi_normal",
        ("mu", "Sigma"),
        _multi_normal,
        "vectors, normal with a covariance matrix; rows of a matrix are observations",
        lambda mu, sigma: mu,
        None,
        _multi_normal_draw,
        event=1,
        parameter_events=(1, 2),
    ),
    Distribution(
        "dirichlet",
        ("alpha",),
        _dirichlet,
        "vectors of chances that sum to 1; rows of a matrix are observations",
        _dirichlet_mean,
        None,
        _dirichlet_draw,
        event=1,
        parameter_events=(1,),
    ),
)

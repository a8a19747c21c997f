"""Distributions of counts. An observation has no derivative: it is a whole number.

Source: Stan Functions Reference, binary, bounded and unbounded discrete distributions; Loader 2000, Fast and accurate
computation of binomial probabilities, for the arrangement of the densities.
"""

from __future__ import annotations

from typing import Any

from dlang.distributions.core import (
    ABOVE_0,
    FROM_0,
    OF_CHANCES,
    Distribution,
    P,
    Uniforms,
    chance,
    nan_stays,
    positive,
    unless,
    valid,
)

__all__ = ["ENTRIES"]

add, sub, mul, div, neg = P["add"], P["sub"], P["mul"], P["div"], P["neg"]
log, log1p, lgamma = P["log"], P["log1p"], P["lgamma"]
eq, lt, gt, ge, select, strong_mul = P["eq"], P["lt"], P["gt"], P["ge"], P["select"], P["strong_mul"]
floor, stirling = P["floor"], P["stirling"]


def _not_negative(x: Any) -> Any:
    return ge(x, 0.0)


def _held(x: Any) -> Any:
    return P["stop_gradient"](x)


def _no_count(x: Any) -> Any:
    """Whether x is negative or has a fraction; false of nan, so that nan comes out."""
    return P["logical_or"](lt(x, 0.0), gt(sub(x, floor(x)), 0.0))


def _first(mean: Any, *_: Any) -> Any:
    return mean


# bernoulli


def _no_bit(x: Any) -> Any:
    return P["logical_or"](_no_count(x), gt(x, 1.0))


def _bernoulli(x: Any, theta: Any) -> Any:
    density = select(eq(x, 1.0), log(theta), log1p(neg(theta)))
    return valid(unless(_no_bit(x), nan_stays(x, density)), (chance, theta))


def _bernoulli_logit(x: Any, alpha: Any) -> Any:
    signed = select(eq(x, 1.0), neg(alpha), alpha)
    return unless(_no_bit(x), nan_stays(x, neg(P["softplus"](signed))))


def _two_steps(x: Any, missed: Any) -> Any:
    """0 below 0, `missed` below 1, else 1."""
    return unless(lt(x, 0.0), unless(ge(x, 1.0), missed, 1.0), 0.0)


def _bernoulli_cdf(x: Any, theta: Any) -> Any:
    return valid(_two_steps(x, sub(1.0, theta)), (chance, theta))


def _bernoulli_logit_cdf(x: Any, alpha: Any) -> Any:
    return _two_steps(x, P["sigmoid"](neg(alpha)))


def _bernoulli_draw(uniforms: Uniforms, theta: Any) -> Any:
    return P["binomial_quantile"](uniforms(0), 1.0, theta)


def _bernoulli_logit_draw(uniforms: Uniforms, alpha: Any) -> Any:
    return P["binomial_quantile"](uniforms(0), 1.0, P["sigmoid"](alpha))


# poisson


def _poisson(x: Any, mean: Any) -> Any:
    x = _held(x)
    density = neg(add(stirling(x), P["divergence"](x, mean)))
    return valid(unless(_no_count(x), density), (_not_negative, mean))


def _poisson_cdf(x: Any, mean: Any) -> Any:
    at_most = P["gamma_upper"](add(floor(x), 1.0), mean)
    return valid(unless(lt(x, 0.0), at_most, 0.0), (_not_negative, mean))


def _poisson_draw(uniforms: Uniforms, mean: Any) -> Any:
    return P["poisson_quantile"](uniforms(0), mean)


# binomial


def _binomial(x: Any, n: Any, theta: Any) -> Any:
    """By remainders and a divergence; at x = n, where their derivatives in n are infinite and cancel, plainly."""
    x = _held(x)
    missed = sub(n, x)
    choose = sub(sub(stirling(n), stirling(x)), stirling(missed))
    main = sub(choose, P["binary_divergence"](x, missed, theta, sub(1.0, theta)))
    plainly = sub(sub(lgamma(add(n, 1.0)), lgamma(add(x, 1.0))), lgamma(add(missed, 1.0)))
    ends = add(plainly, add(strong_mul(x, log(theta)), strong_mul(missed, log1p(neg(theta)))))
    outside = P["logical_or"](_no_count(x), gt(x, n))
    density = select(eq(missed, 0.0), ends, main)
    return valid(unless(outside, density), (_not_negative, n), (chance, theta))


def _binomial_cdf(x: Any, n: Any, theta: Any) -> Any:
    count = floor(x)
    at_most = P["beta_upper"](add(count, 1.0), sub(n, count), theta)
    inside = unless(ge(count, n), at_most, 1.0)
    return valid(unless(lt(x, 0.0), inside, 0.0), (_not_negative, n), (chance, theta))


def _binomial_draw(uniforms: Uniforms, n: Any, theta: Any) -> Any:
    return P["binomial_quantile"](uniforms(0), n, theta)


# neg_binomial


def _neg_binomial(x: Any, alpha: Any, beta: Any) -> Any:
    x = _held(x)
    whole = add(alpha, x)
    rest = sub(sub(stirling(whole), stirling(alpha)), stirling(x))
    share = P["log_ratio"](alpha, whole)
    density = sub(add(rest, share), P["binary_divergence"](alpha, x, beta, 1.0))
    return valid(unless(_no_count(x), density), (positive, alpha), (positive, beta))


def _neg_binomial_mean(alpha: Any, beta: Any) -> Any:
    return valid(div(alpha, beta), (positive, alpha), (positive, beta))


def _neg_binomial_cdf(x: Any, alpha: Any, beta: Any) -> Any:
    at_most = P["beta_upper"](add(floor(x), 1.0), alpha, div(1.0, add(1.0, beta)))
    return valid(unless(lt(x, 0.0), at_most, 0.0), (positive, alpha), (positive, beta))


def _neg_binomial_draw(uniforms: Uniforms, alpha: Any, beta: Any) -> Any:
    return P["neg_binomial_quantile"](uniforms(0), alpha, beta)


ENTRIES = (
    Distribution(
        "bernoulli",
        ("theta",),
        _bernoulli,
        "0 or 1, by the chance of 1",
        _first,
        _bernoulli_cdf,
        _bernoulli_draw,
        discrete=True,
        bounds=(OF_CHANCES,),
    ),
    Distribution(
        "bernoulli_logit",
        ("alpha",),
        _bernoulli_logit,
        "0 or 1, by the log-odds of 1",
        P["sigmoid"],
        _bernoulli_logit_cdf,
        _bernoulli_logit_draw,
        discrete=True,
    ),
    Distribution(
        "poisson",
        ("lambda",),
        _poisson,
        "counts, by mean",
        _first,
        _poisson_cdf,
        _poisson_draw,
        discrete=True,
        bounds=(FROM_0,),
    ),
    Distribution(
        "binomial",
        ("N", "theta"),
        _binomial,
        "successes of N tries",
        mul,
        _binomial_cdf,
        _binomial_draw,
        discrete=True,
        bounds=(FROM_0, OF_CHANCES),
    ),
    Distribution(
        "neg_binomial",
        ("alpha", "beta"),
        _neg_binomial,
        "counts whose Poisson mean is gamma(alpha, beta)",
        _neg_binomial_mean,
        _neg_binomial_cdf,
        _neg_binomial_draw,
        discrete=True,
        bounds=(ABOVE_0, ABOVE_0),
    ),
)

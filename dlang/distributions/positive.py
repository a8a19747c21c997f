"""Distributions of positive Reals, and the beta on 0..1.

Gamma, inverse gamma and beta are written with the divergences and Stirling remainders of `dlang.primitives`, in
Loader's manner: their log Gamma functions cancel against the powers for large shapes, and this is what is left. Where
a power of x under- or overflows, the plain form serves: there nothing cancels.

Source: Stan Functions Reference, positive and bounded continuous distributions; Loader 2000, Fast and accurate
computation of binomial probabilities.
"""

from __future__ import annotations

import math
from typing import Any

from dlang.distributions.core import ABOVE_0, Distribution, P, Uniforms, positive, unless, valid
from dlang.distributions.on_the_line import normal_cdf, normal_draw

__all__ = ["ENTRIES"]

add, sub, mul, div, neg = P["add"], P["sub"], P["mul"], P["div"], P["neg"]
log, log1p, exp, expm1 = P["log"], P["log1p"], P["exp"], P["expm1"]
gt, lt, le, select, strong_mul = P["gt"], P["lt"], P["le"], P["select"], P["strong_mul"]
stirling, divergence = P["stirling"], P["divergence"]
TINY = 1e-290
"""Below it products may have lost digits; the plain forms are exact there."""


# lognormal


def _lognormal(x: Any, mu: Any, sigma: Any) -> Any:
    y = log(x)
    z = div(sub(y, mu), sigma)
    density = sub(sub(sub(mul(-0.5, mul(z, z)), log(sigma)), 0.5 * math.log(2.0 * math.pi)), y)
    return valid(unless(le(x, 0.0), density), (positive, sigma))


def _lognormal_cdf(x: Any, mu: Any, sigma: Any) -> Any:
    return valid(unless(le(x, 0.0), normal_cdf(log(x), mu, sigma), 0.0), (positive, sigma))


def _lognormal_draw(uniforms: Uniforms, mu: Any, sigma: Any) -> Any:
    return exp(normal_draw(uniforms, mu, sigma))


# exponential


def _exponential(x: Any, beta: Any) -> Any:
    return valid(unless(lt(x, 0.0), sub(log(beta), mul(beta, x))), (positive, beta))


def _exponential_cdf(x: Any, beta: Any) -> Any:
    return valid(unless(le(x, 0.0), neg(expm1(neg(mul(beta, x)))), 0.0), (positive, beta))


def _exponential_draw(uniforms: Uniforms, beta: Any) -> Any:
    return valid(div(neg(log1p(neg(uniforms(0)))), beta), (positive, beta))


# gamma


def _gamma(x: Any, alpha: Any, beta: Any) -> Any:
    m = mul(beta, x)
    main = sub(sub(log(alpha), add(stirling(alpha), divergence(alpha, m))), log(x))
    powers = add(mul(alpha, log(beta)), strong_mul(sub(alpha, 1.0), log(x)))
    density = select(le(m, TINY), sub(sub(powers, m), P["lgamma"](alpha)), main)
    return valid(unless(lt(x, 0.0), density), (positive, alpha), (positive, beta))


def _gamma_cdf(x: Any, alpha: Any, beta: Any) -> Any:
    chance = unless(le(x, 0.0), P["gamma_lower"](alpha, mul(beta, x)), 0.0)
    return valid(chance, (positive, alpha), (positive, beta))


def _gamma_draw(uniforms: Uniforms, alpha: Any, beta: Any) -> Any:
    draw = div(P["gamma_quantile"](alpha, uniforms(0)), beta)
    return valid(draw, (positive, alpha), (positive, beta))


# inv_gamma


def _inv_gamma(x: Any, alpha: Any, beta: Any) -> Any:
    m = div(beta, x)
    main = sub(sub(log(alpha), add(stirling(alpha), divergence(alpha, m))), log(x))
    powers = sub(mul(alpha, log(beta)), mul(add(alpha, 1.0), log(x)))
    density = select(le(m, TINY), sub(sub(powers, m), P["lgamma"](alpha)), main)
    return valid(unless(le(x, 0.0), density), (positive, alpha), (positive, beta))


def _inv_gamma_mean(alpha: Any, beta: Any) -> Any:
    mean = unless(le(alpha, 1.0), div(beta, sub(alpha, 1.0)), math.inf)
    return valid(mean, (positive, alpha), (positive, beta))


def _inv_gamma_cdf(x: Any, alpha: Any, beta: Any) -> Any:
    chance = unless(le(x, 0.0), P["gamma_upper"](alpha, div(beta, x)), 0.0)
    return valid(chance, (positive, alpha), (positive, beta))


def _inv_gamma_draw(uniforms: Uniforms, alpha: Any, beta: Any) -> Any:
    draw = div(beta, P["gamma_quantile"](alpha, uniforms(0)))
    return valid(draw, (positive, alpha), (positive, beta))


# weibull


def _weibull(x: Any, alpha: Any, sigma: Any) -> Any:
    ratio = P["log_ratio"](x, sigma)
    density = sub(add(sub(log(alpha), log(sigma)), strong_mul(sub(alpha, 1.0), ratio)), exp(mul(alpha, ratio)))
    return valid(unless(lt(x, 0.0), density), (positive, alpha), (positive, sigma))


def _weibull_mean(alpha: Any, sigma: Any) -> Any:
    mean = mul(sigma, exp(P["lgamma"](add(1.0, div(1.0, alpha)))))
    return valid(mean, (positive, alpha), (positive, sigma))


def _weibull_cdf(x: Any, alpha: Any, sigma: Any) -> Any:
    chance = neg(expm1(neg(exp(mul(alpha, P["log_ratio"](x, sigma))))))
    return valid(unless(le(x, 0.0), chance, 0.0), (positive, alpha), (positive, sigma))


def _weibull_draw(uniforms: Uniforms, alpha: Any, sigma: Any) -> Any:
    draw = mul(sigma, P["pow"](neg(log1p(neg(uniforms(0)))), div(1.0, alpha)))
    return valid(draw, (positive, alpha), (positive, sigma))


# beta


def _beta(x: Any, alpha: Any, beta: Any) -> Any:
    y = sub(1.0, x)
    rest = sub(sub(stirling(add(alpha, beta)), stirling(alpha)), stirling(beta))
    shapes = sub(add(log(alpha), log(beta)), log(add(alpha, beta)))
    spread = P["binary_divergence"](alpha, beta, x, y)
    main = sub(sub(sub(add(rest, shapes), spread), log(x)), log1p(neg(x)))
    sides = add(strong_mul(sub(alpha, 1.0), log(x)), strong_mul(sub(beta, 1.0), log1p(neg(x))))
    # at an end, where the density is neither 0 nor infinite, one shape is 1, and B is 1 over the other
    edge = add(sides, add(log(alpha), log(beta)))
    density = select(P["eq"](mul(x, y), 0.0), edge, main)
    outside = P["logical_or"](lt(x, 0.0), gt(x, 1.0))
    return valid(unless(outside, density), (positive, alpha), (positive, beta))


def _beta_cdf(x: Any, alpha: Any, beta: Any) -> Any:
    inside = unless(P["ge"](x, 1.0), P["beta_lower"](alpha, beta, x), 1.0)
    return valid(unless(le(x, 0.0), inside, 0.0), (positive, alpha), (positive, beta))


def _beta_draw(uniforms: Uniforms, alpha: Any, beta: Any) -> Any:
    draw = P["beta_quantile"](alpha, beta, uniforms(0))
    return valid(draw, (positive, alpha), (positive, beta))


def _beta_mean(alpha: Any, beta: Any) -> Any:
    mean = div(alpha, add(alpha, beta))
    return valid(mean, (positive, alpha), (positive, beta))


SHAPE_RATE = ("alpha", "beta")
ENTRIES = (
    Distribution(
        "lognormal",
        ("mu", "sigma"),
        _lognormal,
        "log(x) is normal",
        lambda mu, sigma: exp(add(mu, mul(0.5, mul(sigma, sigma)))),
        _lognormal_cdf,
        _lognormal_draw,
        bounds=("", ABOVE_0),
    ),
    Distribution(
        "exponential",
        ("beta",),
        _exponential,
        "exponential, by rate",
        lambda beta: div(1.0, beta),
        _exponential_cdf,
        _exponential_draw,
        bounds=(ABOVE_0,),
    ),
    Distribution(
        "gamma", SHAPE_RATE, _gamma, "gamma, by shape and rate", div, _gamma_cdf, _gamma_draw, bounds=(ABOVE_0, ABOVE_0)
    ),
    Distribution(
        "inv_gamma",
        SHAPE_RATE,
        _inv_gamma,
        "1 / x is gamma, by shape and scale",
        _inv_gamma_mean,
        _inv_gamma_cdf,
        _inv_gamma_draw,
        bounds=(ABOVE_0, ABOVE_0),
    ),
    Distribution(
        "weibull",
        ("alpha", "sigma"),
        _weibull,
        "Weibull, by shape and scale",
        _weibull_mean,
        _weibull_cdf,
        _weibull_draw,
        bounds=(ABOVE_0, ABOVE_0),
    ),
    Distribution(
        "beta", SHAPE_RATE, _beta, "beta on 0..1", _beta_mean, _beta_cdf, _beta_draw, bounds=(ABOVE_0, ABOVE_0)
    ),
)

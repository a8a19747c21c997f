"""Distributions of Reals of either sign: location and scale, and the uniform.

Source: Stan Functions Reference, unbounded and bounded continuous distributions.
"""

from __future__ import annotations

import math
from typing import Any

from dlang.distributions.core import (
    ABOVE_0,
    HALF_LOG_2PI,
    Distribution,
    P,
    Uniforms,
    nan_stays,
    positive,
    standardised,
    unless,
    valid,
)

__all__ = ["ENTRIES"]

add, sub, mul, div, neg = P["add"], P["sub"], P["mul"], P["div"], P["neg"]
log, exp, select, lt = P["log"], P["exp"], P["select"], P["lt"]
LOG_PI, LOG_4 = math.log(math.pi), math.log(4.0)


def _first(location: Any, *_: Any) -> Any:
    return location


def _moved(mu: Any, sigma: Any, z: Any) -> Any:
    return add(mu, mul(sigma, z))


# normal: log(sigma) and the division make nan of a scale that is none


def _normal(x: Any, mu: Any, sigma: Any) -> Any:
    z = standardised(x, mu, sigma)
    return sub(sub(mul(-0.5, mul(z, z)), log(sigma)), HALF_LOG_2PI)


def normal_cdf(x: Any, mu: Any, sigma: Any) -> Any:
    """By erfc, which keeps its digits in the lower tail."""
    chance = mul(0.5, P["erfc"](mul(-math.sqrt(0.5), standardised(x, mu, sigma))))
    return valid(chance, (positive, sigma))


def normal_draw(uniforms: Uniforms, mu: Any, sigma: Any) -> Any:
    """By the inverse of the distribution function."""
    return valid(_moved(mu, sigma, P["normal_quantile"](uniforms(0))), (positive, sigma))


# student_t


def _student_t(x: Any, nu: Any, mu: Any, sigma: Any) -> Any:
    """-(nu + 1) / 2 log(1 + z^2 / nu) less log B(nu / 2, 1/2) + log(nu) / 2, arranged so that nothing cancels.

    With K(z) = nu / 2 log(1 + z^2 / nu), which is z^2 / 2 in the limit, the difference of the log Gamma functions is
    K(1) - 1/2 but for two of Binet's remainders, which vanish.
    """
    z, half = standardised(x, mu, sigma), mul(0.5, nu)
    tail = P["student_t_tail"]
    scale = add(sub(P["binet"](add(half, 0.5)), P["binet"](half)), tail(1.0, nu))
    root = log(P["hypot"](1.0, div(z, P["sqrt"](nu))))
    density = sub(sub(sub(sub(scale, tail(z, nu)), root), log(sigma)), 0.5 + HALF_LOG_2PI)
    return valid(density, (positive, nu), (positive, sigma))


def _student_t_cdf(x: Any, nu: Any, mu: Any, sigma: Any) -> Any:
    return valid(P["student_t_cdf"](standardised(x, mu, sigma), nu), (positive, sigma))


def _student_t_mean(nu: Any, mu: Any, sigma: Any) -> Any:
    return unless(P["le"](nu, 1.0), mu, math.nan)


def _student_t_draw(uniforms: Uniforms, nu: Any, mu: Any, sigma: Any) -> Any:
    return valid(_moved(mu, sigma, P["student_t_quantile"](uniforms(0), nu)), (positive, sigma))


# cauchy, by the distance from (mu, 0) to (x, sigma), which does not overflow


def _cauchy(x: Any, mu: Any, sigma: Any) -> Any:
    distance = P["hypot"](sigma, sub(x, mu))
    return valid(sub(sub(log(sigma), mul(2.0, log(distance))), LOG_PI), (positive, sigma))


def _cauchy_cdf(x: Any, mu: Any, sigma: Any) -> Any:
    """An angle over pi, which keeps its digits in the lower tail."""
    return valid(div(P["atan2"](sigma, sub(mu, x)), math.pi), (positive, sigma))


def _cauchy_draw(uniforms: Uniforms, mu: Any, sigma: Any) -> Any:
    u = uniforms(0)
    low = lt(u, 0.5)
    size = div(1.0, P["tan"](mul(math.pi, select(low, u, sub(1.0, u)))))
    return valid(_moved(mu, sigma, select(low, neg(size), size)), (positive, sigma))


# laplace


def _laplace(x: Any, mu: Any, sigma: Any) -> Any:
    density = sub(neg(P["abs"](standardised(x, mu, sigma))), log(mul(2.0, sigma)))
    return valid(density, (positive, sigma))


def _laplace_cdf(x: Any, mu: Any, sigma: Any) -> Any:
    z = standardised(x, mu, sigma)
    below = lt(z, 0.0)
    tail = mul(0.5, exp(select(below, z, neg(z))))
    return valid(select(below, tail, sub(1.0, tail)), (positive, sigma))


def _laplace_draw(uniforms: Uniforms, mu: Any, sigma: Any) -> Any:
    u = uniforms(0)
    low = lt(u, 0.5)
    size = log(mul(2.0, select(low, u, sub(1.0, u))))
    return valid(_moved(mu, sigma, select(low, size, neg(size))), (positive, sigma))


# logistic


def _logistic(x: Any, mu: Any, sigma: Any) -> Any:
    half = mul(0.5, standardised(x, mu, sigma))
    return valid(sub(sub(mul(-2.0, P["log_cosh"](half)), log(sigma)), LOG_4), (positive, sigma))


def _logistic_cdf(x: Any, mu: Any, sigma: Any) -> Any:
    return valid(P["sigmoid"](standardised(x, mu, sigma)), (positive, sigma))


def _logistic_draw(uniforms: Uniforms, mu: Any, sigma: Any) -> Any:
    u = uniforms(0)
    return valid(_moved(mu, sigma, sub(log(u), P["log1p"](neg(u)))), (positive, sigma))


# uniform


def _uniform(x: Any, alpha: Any, beta: Any) -> Any:
    outside = P["logical_or"](lt(x, alpha), P["gt"](x, beta))
    width = sub(beta, alpha)
    return valid(unless(outside, nan_stays(x, neg(log(width)))), (positive, width))


def _uniform_cdf(x: Any, alpha: Any, beta: Any) -> Any:
    width = sub(beta, alpha)
    inside = div(sub(x, alpha), width)
    return valid(unless(lt(x, alpha), unless(P["gt"](x, beta), inside, 1.0), 0.0), (positive, width))


def _uniform_draw(uniforms: Uniforms, alpha: Any, beta: Any) -> Any:
    width = sub(beta, alpha)
    return valid(_moved(alpha, width, uniforms(0)), (positive, width))


SCALED = ("mu", "sigma")
ENTRIES = (
    Distribution(
        "normal",
        SCALED,
        _normal,
        "normal, by standard deviation",
        _first,
        normal_cdf,
        normal_draw,
        bounds=("", ABOVE_0),
    ),
    Distribution(
        "student_t",
        ("nu", "mu", "sigma"),
        _student_t,
        "Student's t, nu degrees of freedom",
        _student_t_mean,
        _student_t_cdf,
        _student_t_draw,
        bounds=(ABOVE_0, "", ABOVE_0),
    ),
    Distribution(
        "cauchy", SCALED, _cauchy, "Cauchy; it has no mean", None, _cauchy_cdf, _cauchy_draw, bounds=("", ABOVE_0)
    ),
    Distribution(
        "laplace", SCALED, _laplace, "double exponential", _first, _laplace_cdf, _laplace_draw, bounds=("", ABOVE_0)
    ),
    Distribution(
        "logistic", SCALED, _logistic, "logistic", _first, _logistic_cdf, _logistic_draw, bounds=("", ABOVE_0)
    ),
    Distribution(
        "uniform",
        ("alpha", "beta"),
        _uniform,
        "uniform on alpha..beta",
        lambda alpha, beta: add(mul(0.5, alpha), mul(0.5, beta)),
        _uniform_cdf,
        _uniform_draw,
    ),
)

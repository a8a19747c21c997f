"""Distributions: log-densities as functions of primitives, in Stan's parameterisation.

An entry has no derivative rule of its own: its density is made of primitives, which have theirs. Densities are
elementwise and broadcast; outside the support they are -inf.

Source: the densities of the Stan Functions Reference, chapters on continuous and discrete distributions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from dlang.primitives.table import TABLE
from dlang.records import record

__all__ = ["DISTRIBUTIONS", "Distribution"]

P = TABLE
add, sub, mul, div, neg = P["add"], P["sub"], P["mul"], P["div"], P["neg"]
log, log1p, lgamma, square = P["log"], P["log1p"], P["lgamma"], P["power_n"]
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
LOG_PI = math.log(math.pi)


@record
class Distribution:
    """An entry: the names of its parameters, and (x, *parameters) -> log-density, element by element.

    `mean` gives the expected value from the parameters, None where there is none for all of them.
    """

    name: str
    parameters: tuple[str, ...]
    logpdf: Callable[..., Any]
    mean: Callable[..., Any] | None
    doc: str

    @property
    def signature(self) -> str:
        """As it is written: `normal(mu, sigma)`."""
        return f"{self.name}({', '.join(self.parameters)})"


def _inside(condition: Any, density: Any) -> Any:
    return P["select"](condition, density, -math.inf)


def _standard(x: Any, mu: Any, sigma: Any) -> Any:
    return div(sub(x, mu), sigma)


def _normal(x: Any, mu: Any, sigma: Any) -> Any:
    z = _standard(x, mu, sigma)
    return sub(sub(mul(-0.5, mul(z, z)), log(sigma)), HALF_LOG_2PI)


def _lognormal(x: Any, mu: Any, sigma: Any) -> Any:
    y = log(x)
    return _inside(P["gt"](x, 0.0), sub(_normal(y, mu, sigma), y))


def _student_t(x: Any, nu: Any, mu: Any, sigma: Any) -> Any:
    z = _standard(x, mu, sigma)
    half = mul(0.5, add(nu, 1.0))
    scale = sub(sub(lgamma(half), lgamma(mul(0.5, nu))), add(mul(0.5, log(mul(nu, math.pi))), log(sigma)))
    return sub(scale, mul(half, log1p(div(mul(z, z), nu))))


def _cauchy(x: Any, mu: Any, sigma: Any) -> Any:
    z = _standard(x, mu, sigma)
    return sub(neg(add(log(sigma), log1p(mul(z, z)))), LOG_PI)


def _laplace(x: Any, mu: Any, sigma: Any) -> Any:
    return sub(neg(P["abs"](_standard(x, mu, sigma))), log(mul(2.0, sigma)))


def _logistic(x: Any, mu: Any, sigma: Any) -> Any:
    z = _standard(x, mu, sigma)
    softplus = P["softplus"]
    return neg(add(add(softplus(z), softplus(neg(z))), log(sigma)))


def _exponential(x: Any, beta: Any) -> Any:
    return _inside(P["ge"](x, 0.0), sub(log(beta), mul(beta, x)))


def _gamma(x: Any, alpha: Any, beta: Any) -> Any:
    scale = sub(mul(alpha, log(beta)), lgamma(alpha))
    density = sub(add(scale, P["strong_mul"](sub(alpha, 1.0), log(x))), mul(beta, x))
    return _inside(P["ge"](x, 0.0), density)


def _beta(x: Any, alpha: Any, beta: Any) -> Any:
    zero_safe = P["strong_mul"]
    density = add(zero_safe(sub(alpha, 1.0), log(x)), zero_safe(sub(beta, 1.0), log1p(neg(x))))
    inside = P["logical_and"](P["ge"](x, 0.0), P["le"](x, 1.0))
    return _inside(inside, sub(density, P["lbeta"](alpha, beta)))


def _uniform(x: Any, alpha: Any, beta: Any) -> Any:
    inside = P["logical_and"](P["ge"](x, alpha), P["le"](x, beta))
    return _inside(inside, neg(log(sub(beta, alpha))))


def _bernoulli(x: Any, theta: Any) -> Any:
    one, nought = P["eq"](x, 1.0), P["eq"](x, 0.0)
    density = P["select"](one, log(theta), log1p(neg(theta)))
    return _inside(P["logical_or"](one, nought), density)


def _bernoulli_logit(x: Any, alpha: Any) -> Any:
    one, nought = P["eq"](x, 1.0), P["eq"](x, 0.0)
    signed = P["select"](one, neg(alpha), alpha)
    return _inside(P["logical_or"](one, nought), neg(P["softplus"](signed)))


def _counts(x: Any) -> Any:
    return P["logical_and"](P["ge"](x, 0.0), P["eq"](P["floor"](x), x))


def _poisson(x: Any, lam: Any) -> Any:
    density = sub(sub(P["strong_mul"](x, log(lam)), lam), lgamma(add(x, 1.0)))
    return _inside(_counts(x), density)


def _binomial(x: Any, n: Any, theta: Any) -> Any:
    missed = sub(n, x)
    choose = sub(lgamma(add(n, 1.0)), add(lgamma(add(x, 1.0)), lgamma(add(missed, 1.0))))
    chance = add(P["strong_mul"](x, log(theta)), P["strong_mul"](missed, log1p(neg(theta))))
    inside = P["logical_and"](_counts(x), P["le"](x, n))
    return _inside(inside, add(choose, chance))


def _first(location: Any, *_: Any) -> Any:
    return location


_ENTRIES: tuple[Distribution, ...] = (
    Distribution("normal", ("mu", "sigma"), _normal, _first, "normal, by standard deviation"),
    Distribution(
        "lognormal",
        ("mu", "sigma"),
        _lognormal,
        lambda mu, sigma: P["exp"](add(mu, mul(0.5, mul(sigma, sigma)))),
        "log(x) is normal",
    ),
    Distribution(
        "student_t", ("nu", "mu", "sigma"), _student_t, lambda nu, mu, sigma: mu, "Student's t, nu degrees of freedom"
    ),
    Distribution("cauchy", ("mu", "sigma"), _cauchy, None, "Cauchy"),
    Distribution("laplace", ("mu", "sigma"), _laplace, _first, "double exponential"),
    Distribution("logistic", ("mu", "sigma"), _logistic, _first, "logistic"),
    Distribution("exponential", ("beta",), _exponential, lambda beta: div(1.0, beta), "exponential, by rate"),
    Distribution("gamma", ("alpha", "beta"), _gamma, div, "gamma, by shape and rate"),
    Distribution("beta", ("alpha", "beta"), _beta, lambda alpha, beta: div(alpha, add(alpha, beta)), "beta on 0..1"),
    Distribution(
        "uniform", ("alpha", "beta"), _uniform, lambda alpha, beta: mul(0.5, add(alpha, beta)), "uniform on alpha..beta"
    ),
    Distribution("bernoulli", ("theta",), _bernoulli, _first, "0 or 1, by the chance of 1"),
    Distribution("bernoulli_logit", ("alpha",), _bernoulli_logit, P["sigmoid"], "0 or 1, by the log-odds of 1"),
    Distribution("poisson", ("lambda",), _poisson, _first, "counts, by mean"),
    Distribution("binomial", ("N", "theta"), _binomial, mul, "successes of N tries"),
)

DISTRIBUTIONS: Mapping[str, Distribution] = {entry.name: entry for entry in _ENTRIES}

NOT_YET = frozenset(
    ("inv_gamma", "weibull", "neg_binomial", "categorical", "multi_normal", "dirichlet", "double_exponential")
)
"""Distributions of the language that this version does not have."""

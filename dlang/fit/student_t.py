"""Quantiles and distribution functions of the normal and of Student's t, without SciPy.

`fit` needs one quantile a run; SciPy's import would cost more than the fit.
"""

from __future__ import annotations

import math

__all__ = ["normal_quantile", "t_cdf", "t_quantile"]


def normal_quantile(p: float) -> float:
    """The z with P(Z <= z) = p, for 0 < p < 1; relative error about 1e-15.

    Source: the start is Hastings 1955, 26.2.23 in Abramowitz & Stegun; Halley's method on `erfc` does the rest.
    """
    if p > 0.5:
        return -normal_quantile(1.0 - p)
    t = math.sqrt(-2.0 * math.log(p))
    z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
    for _ in range(4):
        error = 0.5 * math.erfc(-z / math.sqrt(2.0)) - p
        step = error * math.sqrt(2.0 * math.pi) * math.exp(0.5 * z * z)
        z -= step / (1.0 + 0.5 * z * step)
    return z


def t_cdf(t: float, dof: float) -> float:
    """P(T <= t) for Student's t with dof > 0 degrees of freedom; small tails keep their relative accuracy."""
    if t > 0:
        return 1.0 - _lower_tail(t, dof)
    return _lower_tail(-t, dof)


def t_quantile(p: float, dof: float) -> float:
    """The t with P(T <= t) = p, for 0 < p < 1 and dof > 0; relative error about 1e-13.

    Newton's method on the logarithm of the tail, from the normal quantile; dof = 1 and 2 are closed forms.
    """
    if p > 0.5:
        return -t_quantile(1.0 - p, dof)
    if p == 0.5:
        return 0.0
    if dof == 1:
        return -1.0 / math.tan(math.pi * p)
    if dof == 2:
        return (2.0 * p - 1.0) / math.sqrt(2.0 * p * (1.0 - p))
    z = normal_quantile(p)
    if dof >= 1e4 and z > -6.0:
        return _from_normal(z, dof)
    # The logarithm of the tail is concave in t and nearly linear in log t far out: Newton in log t climbs there.
    t = max(-z, 1e-3)
    for _ in range(100):
        tail = _lower_tail(t, dof)
        slope = -math.exp(_log_density(t, dof)) * t / tail
        ahead = t * math.exp(min(max((math.log(p) - math.log(tail)) / slope, -2.0), 2.0))
        if abs(ahead - t) <= 4e-16 * t:
            return -ahead
        t = ahead
    return -t


def _from_normal(z: float, dof: float) -> float:
    """The quantile for many degrees of freedom. Source: the series of Fisher, 26.7.5 in Abramowitz & Stegun."""
    s = z * z
    first = z * (s + 1.0) / 4.0
    second = z * (s * (5.0 * s + 16.0) + 3.0) / 96.0
    third = z * (s * (s * (3.0 * s + 19.0) + 17.0) - 15.0) / 384.0
    return z + (first + (second + third / dof) / dof) / dof


def _log_density(t: float, dof: float) -> float:
    return _log_gamma_step(dof / 2.0) - 0.5 * math.log(dof * math.pi) - (dof + 1.0) / 2.0 * math.log1p(t * t / dof)


def _log_gamma_step(x: float) -> float:
    """log(gamma(x + 1/2) / gamma(x)); a difference of `lgamma` loses its digits where x is large.

    Source: the asymptotic series of Tricomi & Erdélyi 1951.
    """
    if x < 30:
        return math.lgamma(x + 0.5) - math.lgamma(x)
    u = 1.0 / x
    series = 1.0 + u * (-1 / 8 + u * (1 / 128 + u * (5 / 1024 + u * (-21 / 32768 + u * (-399 / 262144)))))
    return 0.5 * math.log(x) + math.log(series + u**6 * 869 / 4194304)


def _lower_tail(t: float, dof: float) -> float:
    """P(T <= -t), t >= 0: half the incomplete beta function I_x(dof/2, 1/2), x = dof / (dof + t^2)."""
    square = t * t
    x, rest = dof / (dof + square), square / (dof + square)
    a = dof / 2.0
    # x^a (1 - x)^(1/2) / B(a, 1/2), with the logarithm of x exact where x is near 1
    log_front = -a * math.log1p(square / dof) + 0.5 * math.log(rest) if square > 0 else -math.inf
    front = math.exp(log_front + _log_gamma_step(a) - 0.5 * math.log(math.pi))
    if x < (a + 1.0) / (a + 2.5):
        return 0.5 * front * _beta_fraction(a, 0.5, x) / a
    return 0.5 - 0.5 * front * _beta_fraction(0.5, a, rest) / 0.5


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by the modified method of Lentz.

    Source: DLMF 8.17.22.
    """
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + term / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1.0) <= 1e-16:
            break
    return value

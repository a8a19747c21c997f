"""Log-densities and their derivatives against mpmath: far tails, tiny and huge scales, large shapes and counts.

The tolerance is 1e-12 of the result, plus what rounding the arguments changes (a few of their last places): no
algorithm that takes doubles can do better.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from properties.checks import Program

from dlang.distributions.table import DISTRIBUTIONS
from dlang.types import REAL

EPS = 2.0**-53


def lbeta(a: Any, b: Any) -> Any:
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def choose(n: Any, k: Any) -> Any:
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def xlogy(x: Any, y: Any) -> Any:
    return x * mp.log(y) if x else mp.mpf(0)


REFERENCE: dict[str, Callable[..., Any]] = {
    "normal": lambda x, m, s: -(((x - m) / s) ** 2) / 2 - mp.log(s) - mp.log(2 * mp.pi) / 2,
    "lognormal": lambda x, m, s: -(((mp.log(x) - m) / s) ** 2) / 2 - mp.log(s) - mp.log(2 * mp.pi) / 2 - mp.log(x),
    "student_t": lambda x, nu, m, s: (
        mp.loggamma((nu + 1) / 2)
        - mp.loggamma(nu / 2)
        - mp.log(nu * mp.pi) / 2
        - mp.log(s)
        - (nu + 1) / 2 * mp.log1p(((x - m) / s) ** 2 / nu)
    ),
    "cauchy": lambda x, m, s: -mp.log(mp.pi) - mp.log(s) - mp.log1p(((x - m) / s) ** 2),
    "laplace": lambda x, m, s: -abs(x - m) / s - mp.log(2 * s),
    "logistic": lambda x, m, s: -(x - m) / s - mp.log(s) - 2 * mp.log1p(mp.exp(-(x - m) / s)),
    "exponential": lambda x, b: mp.log(b) - b * x,
    "gamma": lambda x, a, b: a * mp.log(b) - mp.loggamma(a) + (a - 1) * mp.log(x) - b * x,
    "inv_gamma": lambda x, a, b: a * mp.log(b) - mp.loggamma(a) - (a + 1) * mp.log(x) - b / x,
    "weibull": lambda x, a, s: mp.log(a / s) + (a - 1) * mp.log(x / s) - (x / s) ** a,
    "beta": lambda x, a, b: (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) - lbeta(a, b),
    "uniform": lambda x, a, b: -mp.log(b - a) + 0 * x,
    "bernoulli": lambda x, t: mp.log(t) if x == 1 else mp.log1p(-t),
    "bernoulli_logit": lambda x, a: -mp.log1p(mp.exp(-a)) if x == 1 else -mp.log1p(mp.exp(a)),
    "poisson": lambda x, r: xlogy(x, r) - r - mp.loggamma(x + 1),
    "binomial": lambda x, n, t: choose(n, x) + xlogy(x, t) + (n - x) * mp.log1p(-t),
    "neg_binomial": lambda x, a, b: choose(x + a - 1, x) + a * mp.log(b / (b + 1)) - x * mp.log(b + 1),
}

POINTS: dict[str, list[tuple[float, ...]]] = {
    "normal": [(0.3, 0.1, 2.0), (1e150, 0.0, 1.0), (1e-300, 0.0, 1e-300), (5e200, 1e200, 1e200), (-30.0, 7.0, 0.01)],
    "lognormal": [(0.3, 0.1, 2.0), (1e-300, 0.0, 1.0), (1e300, -3.0, 0.5), (1.0, 0.0, 1e-6), (7.0, 2.0, 1e5)],
    "student_t": [
        *((0.3, 4.0, 0.1, 2.0), (1e200, 3.0, 0.0, 1.0), (-1e200, 0.5, 0.0, 2.0), (1e5, 1e-3, 0.0, 1.0)),
        *((0.3, 1e8, 0.1, 2.0), (3.0, 1e8, 0.0, 1.0), (1e3, 1e8, 0.0, 1.0), (1e6, 1e8, 0.0, 1.0)),
        *((0.5, 1e15, 0.0, 1.0), (1e-9, 7.0, 0.0, 1.0), (2.5, 40.0, 0.0, 1e-3), (1e-200, 3.0, 0.0, 1e-201)),
        *((12.0, 1.0, 3.0, 5.0), (2.0, 25.3, 0.0, 1.0), (1.7, 19.0, 1.0, 1.3)),
    ],
    "cauchy": [(0.3, 0.1, 2.0), (1e200, 0.0, 1.0), (-1e300, 1e299, 1e-5), (1e-200, 0.0, 1e-180), (3.0, 3.0, 1e200)],
    "laplace": [(0.3, 0.1, 2.0), (1e200, 0.0, 1.0), (-5.0, 3.0, 1e-3), (1e-300, 0.0, 1e-200)],
    "logistic": [
        (0.3, 0.1, 2.0),
        (1e4, 0.0, 1.0),
        (-1e4, 0.0, 1.0),
        (1e-9, 0.0, 1.0),
        (1e300, 0.0, 2.0),
        (1.0, 1.5, 40.0),
    ],
    "exponential": [(0.3, 2.0), (1e200, 1e-200), (1e-200, 1e200), (700.0, 3.0)],
    "gamma": [
        *((0.3, 2.0, 1.5), (1e-300, 0.01, 1.0), (1e8, 1e8, 1.0), (1.0002e8, 1e8, 1.0), (2.0, 1e8, 5e7)),
        *((1e5, 3.0, 1.0), (7e-5, 1e-8, 1e3), (1e-307, 0.5, 1e-3), (1e-200, 2.0, 1e-150), (3e15, 1e15, 0.4)),
        *((0.9, 1.0000001, 3.0), (50.0, 12.0, 0.3)),
    ],
    "inv_gamma": [
        *((0.3, 2.0, 1.5), (1e300, 0.01, 1.0), (1e-8, 1e8, 1.0), (0.9999e-8, 1e8, 1.0), (1e-5, 3.0, 1.0)),
        *((1e5, 1e-8, 1e3), (1e200, 2.0, 1e-150), (4.0, 7.0, 30.0)),
    ],
    "weibull": [
        *((0.3, 2.0, 1.5), (1e-200, 0.5, 1e200), (1e200, 0.01, 1e-200), (1.00000001, 1e6, 1.0), (5.0, 1.0, 2.0)),
        *((30.0, 1.2, 3.0), (0.999, 1e3, 1.0)),
    ],
    "beta": [
        *((0.3, 2.0, 1.5), (1e-300, 0.5, 3.0), (0.5, 1e6, 1e6), (0.4997, 1e6, 1e6), (1e-6, 1.0, 1e6)),
        *((0.999999, 1e6, 2.0), (0.3, 1e-8, 1e-8), (0.3, 3e15, 7e15), (1e-11, 0.01, 1e10), (0.75, 30.0, 8.0)),
    ],
    "uniform": [(0.3, 0.0, 2.0), (1e200, -1e300, 1e300), (1.0, 1.0, 1.0 + 1e-9)],
    "bernoulli": [(1.0, 0.3), (0.0, 0.3), (0.0, 1e-300), (1.0, 1e-300), (1.0, 1.0 - 1e-10)],
    "bernoulli_logit": [(1.0, 0.3), (0.0, 0.3), (1.0, 1e4), (0.0, 1e4), (1.0, -1e4), (0.0, -40.0)],
    "poisson": [
        *((3.0, 2.5), (0.0, 2.5), (0.0, 1e-300), (5.0, 1e-300), (1e10, 1e10), (10000300000.0, 1e10), (1.0, 1e10)),
        *((1e10, 5.0), (1e15, 1e15), (40.0, 41.5), (9.0, 11.0), (1e5, 1e5 + 0.3)),
    ],
    "binomial": [
        *((3.0, 10.0, 0.4), (0.0, 10.0, 0.4), (10.0, 10.0, 0.4), (0.0, 1e10, 1e-12), (1e10, 1e10, 1.0 - 1e-12)),
        *((5e9, 1e10, 0.5), (5000100000.0, 1e10, 0.5), (3.0, 1e10, 1e-9), (1.0, 1e10, 0.5), (1e10 - 3, 1e10, 0.99)),
        *((7.0, 12.0, 1e-200), (1.0, 1.0, 0.2), (30.0, 77.0, 0.41), (2.0, 3.5, 0.3)),
    ],
    "neg_binomial": [
        *((3.0, 2.0, 1.5), (0.0, 2.0, 1.5), (3.0, 1e8, 3e7), (1e10, 2.0, 2e-10), (1e10, 1e10, 1.0)),
        *((0.0, 1e-8, 1e10), (5.0, 1e-8, 1e-10), (7.0, 5.0, 1e10), (10000200000.0, 1e10, 1.0), (17.0, 4.5, 0.3)),
    ],
}
EVENTS = {"multi_normal", "dirichlet", "categorical"}


def test_every_distribution_has_points() -> None:
    assert set(REFERENCE) == set(POINTS) == set(DISTRIBUTIONS) - EVENTS


CASES = [pytest.param(name, point, id=f"{name}{point}") for name, points in POINTS.items() for point in points]


def moved(at: tuple[Any, ...], steps: dict[int, Any]) -> list[Any]:
    """The point with steps added to some coordinates."""
    return [a + steps.get(k, 0) for k, a in enumerate(at)]


def step_of(at: tuple[Any, ...], k: int) -> Any:
    """So small that a difference has 50 right digits and more; of 0, by the smallest of the others."""
    return mp.mpf(2) ** -200 * (abs(at[k]) or min(abs(a) for a in at if a))


def partial(f: Callable[..., Any], at: tuple[Any, ...], k: int) -> Any:
    """df / dk by central differences."""
    h = step_of(at, k)
    return (f(*moved(at, {k: h})) - f(*moved(at, {k: -h}))) / (2 * h)


def mixed(f: Callable[..., Any], at: tuple[Any, ...], i: int, j: int) -> Any:
    """d2 f / di dj by central differences."""
    h, k = step_of(at, i), step_of(at, j)
    if i == j:
        return (f(*moved(at, {i: h})) - 2 * f(*at) + f(*moved(at, {i: -h}))) / h**2
    corners = ((1, 1), (-1, 1), (1, -1), (-1, -1))
    return sum(a * b * f(*moved(at, {i: a * h, j: b * k})) for a, b in corners) / (4 * h * k)


def slopes(name: str, point: tuple[float, ...]) -> tuple[float, list[float]]:
    """The log-density and its derivatives, by the rules of what the entry writes."""
    program = Program([REAL] * len(point))
    program.yields([DISTRIBUTIONS[name].logpdf(*program.refs)])
    found = []
    with np.errstate(all="ignore"):
        for k in range(len(point)):
            [value], [tangent] = program.run(point, [1.0 if k == j else None for j in range(len(point))])
            found.append(0.0 if tangent is None else tangent)
    return value, found


def within(found: float, wanted: Any, unavoidable: Any) -> bool:
    return abs(mp.mpf(found) - wanted) <= 1e-12 * abs(wanted) + 8 * EPS * unavoidable + 1e-300


@pytest.mark.parametrize(("name", "point"), CASES)
def test_the_log_density_and_its_derivatives_agree_with_mpmath(name: str, point: tuple[float, ...]) -> None:
    f, discrete = REFERENCE[name], DISTRIBUTIONS[name].discrete
    value, found = slopes(name, point)
    with mp.workdps(700):
        at = tuple(map(mp.mpf, point))
        moving = range(1, len(at)) if discrete else range(len(at))
        first = {k: partial(f, at, k) for k in moving}
        assert within(value, f(*at), sum(abs(at[k] * first[k]) for k in moving)), (value, f(*at))
        for k in moving:
            unavoidable = sum(abs(at[j] * mixed(f, at, k, j)) for j in moving)
            assert within(found[k], first[k], unavoidable), (k, found[k], mp.nstr(first[k], 20))
    assert not discrete or found[0] == 0.0


@pytest.mark.parametrize(("name", "point"), CASES)
def test_arrays_agree_with_scalars(name: str, point: tuple[float, ...]) -> None:
    with np.errstate(all="ignore"):
        one = DISTRIBUTIONS[name].logpdf(*point)
        many = DISTRIBUTIONS[name].logpdf(*(np.array([p, p]) for p in point))
    np.testing.assert_allclose(many, [one, one], rtol=1e-13, atol=1e-14)


OUTSIDE = {
    "lognormal": [(0.0, 0.0, 1.0), (-1.0, 0.0, 1.0)],
    "exponential": [(-0.1, 2.0)],
    "gamma": [(-0.1, 2.0, 1.0)],
    "inv_gamma": [(0.0, 2.0, 1.0), (-2.0, 2.0, 1.0)],
    "weibull": [(-0.1, 2.0, 1.0)],
    "beta": [(-0.1, 2.0, 2.0), (1.1, 2.0, 2.0)],
    "uniform": [(-0.1, 0.0, 1.0), (1.5, 0.0, 1.0)],
    "bernoulli": [(2.0, 0.5), (0.5, 0.5), (-1.0, 0.5)],
    "bernoulli_logit": [(2.0, 0.5), (0.5, 0.5)],
    "poisson": [(-1.0, 2.0), (1.5, 2.0)],
    "binomial": [(-1.0, 3.0, 0.5), (4.0, 3.0, 0.5), (0.5, 3.0, 0.5)],
    "neg_binomial": [(-1.0, 3.0, 0.5), (0.5, 3.0, 0.5)],
}


@pytest.mark.parametrize(("name", "point"), [(n, p) for n, points in OUTSIDE.items() for p in points])
def test_outside_the_support_it_is_minus_infinity_with_derivative_zero(name: str, point: tuple[float, ...]) -> None:
    value, found = slopes(name, point)
    assert (value, found) == (-math.inf, [0.0] * len(point))


EDGES = [
    # at an end of the support, or of the parameters: value and derivatives
    ("exponential", (0.0, 2.0), math.log(2.0), (-2.0, 0.5)),
    ("gamma", (0.0, 1.0, 3.0), math.log(3.0), (-3.0, -math.inf, 1 / 3)),
    ("gamma", (0.0, 2.0, 3.0), -math.inf, None),
    ("gamma", (0.0, 0.5, 3.0), math.inf, None),
    ("weibull", (0.0, 1.0, 2.0), -math.log(2.0), None),
    ("weibull", (0.0, 2.0, 2.0), -math.inf, None),
    ("beta", (0.0, 1.0, 3.0), math.log(3.0), None),
    ("beta", (1.0, 4.0, 1.0), math.log(4.0), None),
    ("beta", (0.0, 2.0, 3.0), -math.inf, None),
    ("beta", (0.0, 0.5, 3.0), math.inf, None),
    ("uniform", (0.0, 0.0, 2.0), -math.log(2.0), (0.0, 0.5, -0.5)),
    ("bernoulli", (0.0, 0.0), 0.0, (0.0, -1.0)),
    ("bernoulli", (1.0, 1.0), 0.0, (0.0, 1.0)),
    ("bernoulli", (1.0, 0.0), -math.inf, None),
    ("poisson", (0.0, 0.0), 0.0, (0.0, -1.0)),
    ("poisson", (3.0, 0.0), -math.inf, None),
    ("binomial", (0.0, 5.0, 0.0), 0.0, (0.0, 0.0, -5.0)),
    ("binomial", (5.0, 5.0, 1.0), 0.0, None),
    ("binomial", (0.0, 0.0, 0.3), 0.0, None),
    ("normal", (1e160, 0.0, 1.0), -math.inf, None),
    ("student_t", (1.5, math.inf, 0.0, 1.0), -1.125 - 0.5 * math.log(2.0 * math.pi), None),
]


@pytest.mark.parametrize(("name", "point", "wanted", "derivatives"), EDGES)
def test_edges(name: str, point: tuple[float, ...], wanted: float, derivatives: tuple[float, ...] | None) -> None:
    value, found = slopes(name, point)
    assert value == pytest.approx(wanted, rel=1e-14, abs=1e-15)
    if derivatives is not None:
        assert found == pytest.approx(derivatives, rel=1e-14)


INVALID = {
    "sigma": (0.0, -1.0),
    "nu": (0.0, -1.0),
    "lambda": (-1.0,),
    "N": (-1.0,),
    "theta": (-0.1, 1.1),
    "mu": (),
    "alpha": (0.0, -1.0),
    "beta": (0.0, -1.0),
}
ANY_ALPHA = {"bernoulli_logit"}


def invalid() -> list[tuple[str, tuple[float, ...]]]:
    """A valid point with one parameter made invalid."""
    found = []
    for name, points in POINTS.items():
        for k, parameter in enumerate(DISTRIBUTIONS[name].parameters, 1):
            for bad in INVALID[parameter] if name not in ANY_ALPHA else ():
                point = list(points[0])
                point[k] = bad
                if name == "uniform":
                    point[1:] = [2.0, 1.0]
                found.append((name, tuple(point)))
    return found


@pytest.mark.parametrize(("name", "point"), invalid())
def test_parameters_that_are_none_give_nan(name: str, point: tuple[float, ...]) -> None:
    value, _ = slopes(name, point)
    assert math.isnan(value)


@pytest.mark.parametrize("name", POINTS)
def test_a_nan_is_never_taken_for_a_number(name: str) -> None:
    point = POINTS[name][0]
    for k in range(len(point)):
        with_nan = [math.nan if k == j else p for j, p in enumerate(point)]
        with np.errstate(all="ignore"):
            assert math.isnan(DISTRIBUTIONS[name].logpdf(*with_nan)), k

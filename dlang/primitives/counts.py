"""Counts by their chances: the inverses of discrete distribution functions. Their values are Ints.

A count is found between bounds that close in on it: first by doubling steps away from a normal guess, then by
halving, on all elements at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.core import Domain, Mismatch, Primitive, Static
from dlang.primitives.operands import plain
from dlang.primitives.signatures import REAL_ONLY, Checked, broadcasting, check_dtype
from dlang.types import DType, Type, broadcast_shapes

__all__ = ["binomial_quantile", "categorical_quantile", "neg_binomial_quantile", "poisson_quantile"]

_CHANCE = Domain(0.05, 0.95)
_LIMIT = 2.0**53
"""Beyond it neighbouring counts are not told apart by Reals."""


def _least(cdf: Callable[[np.ndarray], Any], p: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """The least count k >= 0 with cdf(k) >= p, for each element."""
    enough = _enough(cdf, p)
    high = np.floor(np.clip(guess, 0.0, _LIMIT))
    low = high - 1.0
    step = 1.0
    while (short := ~enough(high)).any():
        low, high = np.where(short, high, low), np.where(short, high + step, high)
        step *= 2.0
    step = 1.0
    while (long := (low >= 0.0) & enough(low)).any():
        high, low = np.where(long, low, high), np.where(long, np.maximum(low - step, -1.0), low)
        step *= 2.0
    while (high - low > 1.0).any():
        middle = np.floor(0.5 * (low + high))
        reached = enough(middle)
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.asarray(high)


def _enough(cdf: Callable[[np.ndarray], Any], p: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    def enough(k: np.ndarray) -> np.ndarray:
        return np.asarray((k >= _LIMIT) | (np.where(k >= 0.0, cdf(np.maximum(k, 0.0)), 0.0) >= p))

    return enough


def _quantile(
    name: str,
    doc: str,
    cdf: Callable[..., Any],
    moments: Callable[..., tuple[Any, Any]],
    valid: Callable[..., Any],
    domain: Sequence[Domain],
) -> Primitive:
    """(p, *parameters) -> Int. `moments` are mean and variance; `valid` tells the parameters that have draws."""
    word = name.removesuffix("_quantile")

    def impl(p: Any, *parameters: Any) -> Any:
        from scipy.special import ndtri

        p, *given = np.broadcast_arrays(p, *map(np.asarray, parameters))
        fit = np.asarray(valid(*given))
        if not fit.all():
            first = ", ".join(repr(float(g[~fit].flat[0])) for g in given)
            raise ValueError(f"`{word}({first})` has no draws")
        with np.errstate(all="ignore"):
            mean, variance = moments(*given)
            if np.any(mean + 40.0 * np.sqrt(variance) > _LIMIT):
                raise ValueError(f"a draw of `{word}` with mean {float(np.max(mean))!r} may be beyond 2^53")
            guess = mean + np.sqrt(variance) * ndtri(p)
            out = _least(lambda k: cdf(k, *given), p, np.nan_to_num(guess))
        return plain(out.astype(np.int64))

    return Primitive(
        name=name,
        doc=doc,
        type_rule=broadcasting(name, len(domain) + 1, result=DType.INT),
        impl=impl,
        discrete=True,
        domain=(_CHANCE, *domain),
    )


def _poisson_cdf(k: np.ndarray, mean: np.ndarray) -> Any:
    from scipy.special import gammaincc

    return gammaincc(k + 1.0, mean)


def _binomial_cdf(k: np.ndarray, n: np.ndarray, theta: np.ndarray) -> Any:
    from scipy.special import betaincc

    return np.where(k >= n, 1.0, betaincc(k + 1.0, np.maximum(n - k, 1.0), theta))


def _neg_binomial_cdf(k: np.ndarray, alpha: np.ndarray, beta: np.ndarray) -> Any:
    from scipy.special import betaincc

    return betaincc(k + 1.0, alpha, 1.0 / (1.0 + beta))


poisson_quantile: Primitive = _quantile(
    "poisson_quantile",
    "the least Int k such that a Poisson count of this mean is at most k with chance p or more, given as (p, mean)",
    _poisson_cdf,
    lambda mean: (mean, mean),
    lambda mean: (mean >= 0.0) & (mean < np.inf),
    (Domain(0.5, 20.0),),
)
binomial_quantile: Primitive = _quantile(
    "binomial_quantile",
    "the least Int k such that a binomial count is at most k with chance p or more, given as (p, n, theta)",
    _binomial_cdf,
    lambda n, theta: (n * theta, n * theta * (1.0 - theta)),
    lambda n, theta: (n >= 0.0) & (n == np.floor(n)) & (n < np.inf) & (theta >= 0.0) & (theta <= 1.0),
    (Domain(7.0, 7.0), Domain(0.1, 0.9)),
)
neg_binomial_quantile: Primitive = _quantile(
    "neg_binomial_quantile",
    "the least Int k such that a negative binomial count is at most k with chance p or more, given as (p, alpha, beta)",
    _neg_binomial_cdf,
    lambda alpha, beta: (alpha / beta, alpha / beta * (1.0 + 1.0 / beta)),
    lambda alpha, beta: (alpha > 0.0) & (beta > 0.0) & (alpha < np.inf) & (beta < np.inf),
    (Domain(0.5, 8.0), Domain(0.2, 3.0)),
)


def _categorical_type(types: Sequence[Type], static: Static) -> Checked:
    wrong = check_dtype("categorical", types, REAL_ONLY)
    if wrong is None and not types[1].rank:
        wrong = Mismatch("`categorical` takes a vector of chances, found Real", operand=1)
    if wrong is not None:
        return wrong
    shape = broadcast_shapes(types[0].shape, types[1].shape[:-1])
    return (
        Mismatch("the draws and the rows of chances do not broadcast") if shape is None else (Type(DType.INT, shape),)
    )


def _categorical(p: Any, theta: np.ndarray) -> Any:
    total = theta.sum(axis=-1)
    if not (np.all(theta >= 0.0) and np.all(np.abs(total - 1.0) <= 1e-8)):
        raise ValueError("the chances of `categorical` are 0 or more and sum to 1")
    below = np.cumsum(theta, axis=-1)[..., :-1] <= np.asarray(p * total)[..., None]
    return plain(np.asarray(below.sum(axis=-1), dtype=np.int64))


categorical_quantile: Primitive = Primitive(
    name="categorical_quantile",
    doc="how many running sums of the chances theta[…, k] but the last are at most p, given as (p, theta)",
    type_rule=_categorical_type,
    impl=_categorical,
    discrete=True,
    domain=(Domain(0.05, 0.95, shape=(4,)), Domain(0.25, 0.25, shape=(4,))),
    cases=(({}, (Domain(0.05, 0.95), Domain(0.5, 0.5, shape=(2,)))),),
)

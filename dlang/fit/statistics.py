"""How well a model fits, in numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dlang.fit.result import Statistics

if TYPE_CHECKING:
    from dlang.optimize.objective import Vector

__all__ = ["of_likelihood", "of_residuals"]


def of_residuals(residuals: Vector, rank: int, observed: Vector | None, *, whole: bool = True) -> Statistics:
    """The statistics of least squares.

    Args:
        residuals: (m,), y - model.
        rank: directions of the parameters that the data determine.
        observed: (m,), y; r2 is the share of its variance about the mean that the model explains.
        whole: the residuals are all of the objective. Where a `minimize` joins them, no likelihood is given.
    """
    m = residuals.size
    rss = float(residuals @ residuals)
    dof = max(m - rank, 0)
    r2 = None
    if observed is not None and observed.size:
        total = float(np.sum((observed - observed.mean()) ** 2))
        r2 = 1.0 - rss / total if total > 0 else None
    log_likelihood = aic = bic = None
    if whole and rss > 0 and m > 0 and math.isfinite(rss):
        log_likelihood = -0.5 * m * (math.log(2.0 * math.pi * rss / m) + 1.0)
        aic = 2.0 * (rank + 1) - 2.0 * log_likelihood
        bic = math.log(m) * (rank + 1) - 2.0 * log_likelihood
    return Statistics(m, dof, rss, math.sqrt(rss / dof) if dof else None, r2, log_likelihood, aic, bic)


def of_likelihood(log_likelihood: float | None, rank: int, count: int | None) -> Statistics:
    """The statistics of a likelihood; without one, only the count of the data.

    Args:
        log_likelihood: the log-density of the data, priors left out.
        rank: directions of the parameters that the data determine.
        count: data in the density's terms.
    """
    dof = None if count is None else max(count - rank, 0)
    if log_likelihood is None:
        return Statistics(n=count, dof=dof)
    bic = math.log(count) * rank - 2.0 * log_likelihood if count else None
    return Statistics(n=count, dof=dof, log_likelihood=log_likelihood, aic=2.0 * rank - 2.0 * log_likelihood, bic=bic)

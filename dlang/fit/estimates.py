"""Flat vectors as named estimates: numbers for scalars, arrays for arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang.fit.result import Estimate, ReportEstimate
from dlang.records import record

if TYPE_CHECKING:
    from dlang.fit.uncertainty import Uncertainty
    from dlang.optimize.objective import Mask, Matrix, Vector

    Structure: TypeAlias = Sequence[tuple[str, tuple[int, ...]]]

__all__ = ["Reports", "estimates", "report_estimates", "unflatten"]


@record
class Reports:
    """The derived quantities of a program, as functions of the free parameters.

    Args:
        structure: name and shape of each.
        values: x (n,) to all of them in one vector (r,), arrays row by row.
        jacobian: x (n,) to their derivative (r, n).
    """

    structure: Structure
    values: Callable[[Vector], Vector]
    jacobian: Callable[[Vector], Matrix]


def unflatten(structure: Structure, flat: Vector | Mask) -> list[Any]:
    """The pieces of a flat vector: Python numbers for scalars, arrays of their shape for the others."""
    out, at = [], 0
    for _, shape in structure:
        size = int(np.prod(shape))
        piece = flat[at : at + size]
        out.append(piece.reshape(shape) if shape else piece[0].item())
        at += size
    return out


def estimates(
    structure: Structure,
    x: Vector,
    std_error: Vector,
    quantile: float,
    gradient: Vector,
    at_bound: Mask,
    fixed: Mapping[str, Any],
    order: Sequence[str],
) -> dict[str, Estimate]:
    """Every parameter by name, in `order` where it is given, else the free ones first.

    Args:
        structure: name and shape of each free parameter.
        x: (n,), the estimates.
        std_error: (n,), NaN where there is none.
        quantile: half the width of an interval in standard errors.
        gradient: (n,), NaN where it is not known.
        at_bound: (n,), bool.
        fixed: values of the parameters that are held.
        order: names of all parameters.
    """
    pieces = (unflatten(structure, each) for each in (x, std_error, gradient, at_bound))
    out = {
        name: Estimate(name, value, *_error(value, error, quantile), None if np.isnan(slope).all() else slope, bound)
        for (name, _), value, error, slope, bound in zip(structure, *pieces, strict=True)
    }
    out |= {name: Estimate(name, value, fixed=True) for name, value in fixed.items()}
    return {name: out[name] for name in [*(name for name in order if name in out), *out]}


def report_estimates(reports: Reports, x: Vector, known: Uncertainty, quantile: float) -> dict[str, ReportEstimate]:
    """Every report by name, with the error that the parameters' covariance gives it; what is not finite has none."""
    values = np.asarray(reports.values(x), dtype=np.float64)
    errors = np.full(values.size, np.nan)
    if known.covariance is not None:  # the Jacobian may be dear: networks have thousands of parameters, and no errors
        jacobian = np.asarray(reports.jacobian(x), dtype=np.float64).reshape(values.size, x.size)
        errors = np.where(np.isfinite(values), known.of(jacobian), np.nan)
    pieces = unflatten(reports.structure, values), unflatten(reports.structure, errors)
    return {
        name: ReportEstimate(name, value, *_error(value, error, quantile))
        for (name, _), value, error in zip(reports.structure, *pieces, strict=True)
    }


def _error(value: Any, error: Any, quantile: float) -> tuple[Any, tuple[Any, Any] | None]:
    """The standard error and the interval, None where no element has one."""
    if not np.isfinite(error).any():
        return None, None
    half = quantile * error
    return error, (value - half, value + half)

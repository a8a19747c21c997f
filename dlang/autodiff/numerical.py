"""Derivatives by differences: the independent check of the exact ones."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["central_derivative"]

ROWS = 8
SHRINK = 1.6


def central_derivative(fn: Callable[[float], float], x: float, scale: float) -> tuple[float, float]:
    """The derivative of `fn` at `x`, and an estimate of its error.

    Central differences with steps that shrink from `scale`, extrapolated to step 0; of the tableau's entries the one
    with the least estimated error is taken. Non-finite entries are passed over.

    Args:
        fn: a function of one Real.
        x: where.
        scale: the first step, > 0, in the units of x.

    Source: Ridders 1982, "Accurate computation of F'(x) and F'(x) F''(x)".
    """
    best, error = float("nan"), float("inf")
    previous: list[float] = []
    step = scale
    for _ in range(ROWS):
        row = [(fn(x + step) - fn(x - step)) / ((x + step) - (x - step))]
        factor = SHRINK * SHRINK
        for k, old in enumerate(previous):
            row.append((factor * row[k] - old) / (factor - 1.0))
            factor *= SHRINK * SHRINK
            estimate = max(abs(row[k + 1] - row[k]), abs(row[k + 1] - old))
            if estimate < error:
                best, error = row[k + 1], estimate
        previous = row
        step /= SHRINK
    return best, error

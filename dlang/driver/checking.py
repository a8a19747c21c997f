"""Gradients against independent numerical derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from dlang.autodiff.numerical import central_derivative
from dlang.driver.results import CheckResult, CheckRow

__all__ = ["compare"]

TOLERANCE = 1e-6
"""Relative: extrapolated differences of a smooth function reach about 1e-9, of a rough one 1e-7."""

SHORTER = 1e-2
"""Where the differences do not confirm an entry, they are taken once more with steps shorter by this factor: a kink or
a jump nearby, such as a branch has, spoils the long ones, and they may not notice."""


def compare(
    fn: Callable[[Any], float],
    x: Any,
    gradient: Any,
    chosen: Sequence[tuple[int, str]],
    bounds: Sequence[tuple[float, float]],
) -> CheckResult:
    """A CheckResult for entries of a gradient.

    An entry passes if it differs from the differences by less than `TOLERANCE` of the gradient's size, or by less
    than twice what the differences themselves may be off. Steps stay within the bounds where there is room.

    Args:
        fn: the objective of a (n,) vector.
        x: (n,), where.
        gradient: (n,), what is to be checked.
        chosen: which entries, with their names.
        bounds: (lower, upper) of each entry.
    """
    size = max((abs(float(g)) for g in gradient), default=0.0)
    rows = []
    worst, passed = 0.0, True
    for k, name in chosen:
        at = float(x[k])
        lower, upper = bounds[k]
        scale = 1e-2 * max(abs(at), 1e-2)
        room = min(at - lower, upper - at)
        if room > 0:
            scale = min(scale, room)

        def along(value: float, k: int = k) -> float:
            moved = x.copy()
            moved[k] = value
            return fn(moved)

        exact = float(gradient[k])
        for step in (scale, SHORTER * scale):
            numerical, error = central_derivative(along, at, step)
            off = abs(exact - numerical)
            relative = off / max(abs(exact), abs(numerical), 1e-3 * size, 1e-300)
            good = isfinite(off) and (relative <= TOLERANCE or off <= 2 * error)
            if exact == numerical:
                relative, good = 0.0, True
            if good:
                break
        worst = max(worst, relative) if relative == relative else relative
        passed = passed and good
        rows.append(CheckRow(name, exact, numerical, relative))
    return CheckResult(worst, passed, rows)

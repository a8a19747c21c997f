"""Functions that a param can lead out of their domain: which, where, and the bound that would see to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, models
from dlang.ir.nodes import Apply
from dlang.lint.facts import Doubt
from dlang.lint.ranges import Range

__all__ = ["at_risk", "fits", "outside"]

_FROM: dict[str, float] = {"sqrt": 0.0, "log": 1e-6, "log2": 1e-6, "log10": 1e-6}
"""Functions whose operand must not be negative, and where a bound is to begin."""

_BESIDE_ZERO = 1e-6
"""Where a bound is to begin or end that keeps a divisor away from 0."""


def at_risk(stmt: Apply) -> Iterator[int]:
    """The operands of an application that have a domain."""
    if stmt.prim.name in _FROM or (stmt.prim.name == "power_n" and stmt.static["n"] < 0):
        yield 0
    elif stmt.prim.name == "div":
        yield 1


def fits(what: str, operand: Range) -> bool:
    """Whether a function has a value for all operands in a range; infinities at its very end are let pass."""
    if what in _FROM:
        return operand.lower >= 0
    return not operand.lower < 0 < operand.upper or 0.0 not in operand


def outside(doubt: Doubt, param: str, start: Any, bounds: Range) -> Diagnostic:
    """The warning of a doubt, of a part of `param` that starts somewhere and has these bounds.

    The bound that is proposed keeps the start, as far as there is one that does.
    """
    line = doubt.line
    least = _FROM.get(doubt.what)
    is_below = least is None and bool(np.all(np.less(np.multiply(start, line.scale) + line.shift, 0)))
    wanted = Range(upper=-_BESIDE_ZERO) if is_below else Range(lower=_BESIDE_ZERO if least is None else least)
    kept = line.preimage(wanted) & bounds
    proposed = f"{_number(kept.lower)}..{_number(kept.upper)}" if kept.lower < kept.upper else None
    return models.outside_domain(doubt.span, doubt.what, str(line), param, proposed)


def _number(value: float) -> str:
    """A number as a person writes it, `1e-6`."""
    return f"{value + 0.0:.7g}".replace("e-0", "e-").replace("e+", "e")

"""Functions that a param can lead out of their domain: which, where, and the bound that would see to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, models
from dlang.ir.nodes import Apply
from dlang.lint.facts import Doubt
from dlang.lint.ranges import Range

__all__ = ["at_risk", "fits", "outside"]

_FROM = ("sqrt", "log", "log2", "log10")
"""Functions whose operand must not be negative."""

_BESIDE_ZERO = 1e-6
"""Where a bound is to begin or end that keeps a value away from 0, unless that starts nearer to it."""


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
    """The warning of a doubt, of a part of `param` that starts somewhere and has these bounds."""
    return models.outside_domain(doubt.span, doubt.what, str(doubt.line), param, _proposed(doubt, start, bounds))


def _proposed(doubt: Doubt, start: Any, bounds: Range) -> str | None:
    """Bounds that keep the operand in the domain, on the side of 0 on which it starts; None if the start is outside."""
    operand = np.multiply(start, doubt.line.scale) + doubt.line.shift
    least, most = float(np.min(operand, initial=np.inf)), float(np.max(operand, initial=-np.inf))
    if doubt.what == "sqrt":
        wanted = Range(lower=0.0)
    elif least > 0:
        wanted = Range(lower=_beside_zero(least))
    elif most < 0 and doubt.what not in _FROM:
        wanted = Range(upper=-_beside_zero(-most))
    else:
        return None
    kept = doubt.line.preimage(wanted) & bounds
    lower, upper = _number(kept.lower), _number(kept.upper)
    holds_start = np.all(np.greater_equal(start, float(lower))) and np.all(np.less_equal(start, float(upper)))
    return f"{lower}..{upper}" if kept.lower < kept.upper and holds_start else None


def _beside_zero(size: float) -> float:
    """Where a bound is to stand that keeps what has this size at the start away from 0: well inside of that."""
    return _BESIDE_ZERO if size >= _BESIDE_ZERO else 10.0 ** (math.floor(math.log10(size)) - 3)


def _number(value: float) -> str:
    """A number as a person writes it, `1e-6`."""
    return f"{value + 0.0:.7g}".replace("e-0", "e-").replace("e+", "e")

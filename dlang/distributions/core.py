"""What a distribution is, and what all densities do outside their support and for parameters that are none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from dlang.primitives.operands import constant
from dlang.primitives.table import TABLE
from dlang.records import record

__all__ = [
    "ABOVE_0",
    "FROM_0",
    "HALF_LOG_2PI",
    "OF_CHANCES",
    "Distribution",
    "Uniforms",
    "both",
    "chance",
    "in_range",
    "known_valid",
    "nan_stays",
    "positive",
    "standardised",
    "unless",
    "valid",
]

P = TABLE
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)

Uniforms: TypeAlias = Callable[[int], Any]
"""Gives independent uniform Reals in the shape of a draw; each number asked for gives others."""


@record
class Distribution:
    """An entry: the names of its parameters, and functions of primitives, which have their derivatives.

    One observation, and one value of each parameter, may have axes of its own, its *event*: `event` is the rank of an
    observation's, `parameter_events` are those of the parameters (0 for each where it is empty). Event axes are the
    last ones; the axes before them broadcast.

    Attributes:
        name: as it is written.
        parameters: names, in order.
        logpdf: (x, *parameters) -> log-density. Outside the support it is -inf, with derivative 0; with parameters
            that are none (a negative scale) it is nan.
        doc: one line for the reference.
        mean: (*parameters) -> expected value; None where there is none.
        cdf: (x, *parameters) -> the chance of at most x; None for those of vectors.
        sample: (uniforms, *parameters) -> a draw, as a function of uniform numbers: its derivative in the parameters
            is that of the draw with these numbers held.
        event: rank of one observation.
        parameter_events: ranks of one value of each parameter.
        discrete: draws are Ints.
        bounds: for each parameter, bounds of a `param` that keep it in its range; "" where they are none, or depend.
    """

    name: str
    parameters: tuple[str, ...]
    logpdf: Callable[..., Any]
    doc: str
    mean: Callable[..., Any] | None
    cdf: Callable[..., Any] | None
    sample: Callable[..., Any]
    event: int = 0
    parameter_events: tuple[int, ...] = ()
    discrete: bool = False
    bounds: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """As it is written: `normal(mu, sigma)`."""
        return f"{self.name}({', '.join(self.parameters)})"

    @property
    def events(self) -> tuple[int, ...]:
        """Ranks of one observation and of one value of each parameter."""
        return (self.event, *(self.parameter_events or (0,) * len(self.parameters)))


# Support and parameters

ABOVE_0 = "1e-6..inf"
FROM_0 = "0..inf"
OF_CHANCES = "0..1"

_IN_RANGE: Mapping[str, Callable[[float], bool]] = {
    ABOVE_0: lambda value: value > 0,
    FROM_0: lambda value: value >= 0,
    OF_CHANCES: lambda value: 0 <= value <= 1,
}


def in_range(bounds: str, value: float) -> bool:
    """Whether a parameter may have a value, by its `bounds`; where they are open, a bound stands a little inside."""
    return not bounds or _IN_RANGE[bounds](value)


def unless(outside: Any, density: Any, otherwise: float = -math.inf) -> Any:
    """The density, or `otherwise` where `outside` holds; nan as x stays nan if `outside` does not hold of it."""
    return P["select"](outside, otherwise, density)


def nan_stays(x: Any, result: Any) -> Any:
    """The result, which does not depend on x but by comparisons; nan where x is."""
    return P["select"](P["is_nan"](x), math.nan, result)


def both(*conditions: Any) -> Any:
    """Whether all conditions hold."""
    held = conditions[0]
    for condition in conditions[1:]:
        held = P["logical_and"](held, condition)
    return held


Constraint: TypeAlias = Callable[[Any], Any]


def positive(x: Any) -> Any:
    """x > 0."""
    return P["gt"](x, 0.0)


def chance(x: Any) -> Any:
    """0 <= x <= 1."""
    return both(P["ge"](x, 0.0), P["le"](x, 1.0))


def known_valid(constraint: Constraint, x: Any) -> bool:
    """Whether a constraint is known to hold, of a constant."""
    value = constant(x)
    return value is not None and bool(constraint(value))


def valid(result: Any, *constraints: tuple[Constraint, Any]) -> Any:
    """The result, or nan where a constraint does not hold of its parameter. Constants that are fine cost nothing."""
    conditions = [constraint(x) for constraint, x in constraints if not known_valid(constraint, x)]
    return P["select"](both(*conditions), result, math.nan) if conditions else result


def standardised(x: Any, mu: Any, sigma: Any) -> Any:
    """(x - mu) / sigma."""
    return P["div"](P["sub"](x, mu), sigma)

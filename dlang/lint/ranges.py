"""Where a value can be: intervals, and what primitives, comparisons and linear functions make of them.

k in -inf..inf       exp(k) in 0..inf       k^2 + 1 in 1..inf       where k > 0: k in 0..inf without 0

A range says no more than it knows: `EVERYWHERE` is nothing. Ends are rounded as numbers are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from dlang.records import record

__all__ = [
    "EVERYWHERE",
    "MIRRORED",
    "NEGATED",
    "Line",
    "Range",
    "answer",
    "applied",
    "implied",
    "point",
    "widened",
]


@record
class Range:
    """The numbers from `lower` to `upper`, ends included, but for those in `without`.

    One whose ends are the wrong way round is empty: what is asked of it never runs.
    """

    lower: float = -math.inf
    upper: float = math.inf
    without: frozenset[float] = frozenset()

    def __or__(self, other: Range) -> Range:
        """Numbers that are in one or the other, and what is between."""
        out = frozenset(p for p in self.without | other.without if p not in self and p not in other)
        return Range(min(self.lower, other.lower), max(self.upper, other.upper), out)

    def __and__(self, other: Range) -> Range:
        """Numbers that are in both."""
        return Range(max(self.lower, other.lower), min(self.upper, other.upper), self.without | other.without)

    def __contains__(self, number: float) -> bool:
        return self.lower <= number <= self.upper and number not in self.without

    @property
    def value(self) -> float | None:
        """The one number in it, if there is just one."""
        return self.lower if self.lower == self.upper and math.isfinite(self.lower) and not self.without else None

    def scaled(self, scale: float, shift: float) -> Range:
        """The range of `scale * x + shift`; `scale` is not 0."""
        ends = sorted((_times(self.lower, scale) + shift, _times(self.upper, scale) + shift))
        return Range(ends[0], ends[1], frozenset(p * scale + shift for p in self.without))


EVERYWHERE = Range()
NOT_NEGATIVE = Range(0.0)


def point(value: float) -> Range:
    """The range of one number."""
    return EVERYWHERE if math.isnan(value) else Range(float(value), float(value))


def widened(before: Range, after: Range) -> Range:
    """`after`, with ends that have moved put at infinity, so that a loop comes to an end."""
    return Range(
        after.lower if after.lower >= before.lower else -math.inf,
        after.upper if after.upper <= before.upper else math.inf,
        after.without & before.without,
    )


@record
class Line:
    """A value that is `scale * param + shift`; of an element of the param if it is not `whole`."""

    param: str
    scale: float = 1.0
    shift: float = 0.0
    whole: bool = True

    def __str__(self) -> str:
        size = abs(self.scale)
        term = self.param if size == 1 else f"{size:g} * {self.param}"
        if not self.shift:
            return term if self.scale > 0 else f"-{term}"
        if self.scale < 0:
            return f"{self.shift:g} - {term}"
        return f"{term} {'+' if self.shift > 0 else '-'} {abs(self.shift):g}"

    def scaled(self, scale: float, shift: float = 0.0) -> Line | None:
        """`scale` times this, and `shift`; None if nothing is left of it."""
        made = Line(self.param, self.scale * scale, self.shift * scale + shift, self.whole)
        return made if made.scale and math.isfinite(made.scale) and math.isfinite(made.shift) else None

    def image(self, param: Range) -> Range:
        """The range of the value where the param is in one."""
        return param.scaled(self.scale, self.shift)

    def preimage(self, value: Range) -> Range:
        """The range of the param where the value is in one."""
        back = value.scaled(1 / self.scale, -self.shift / self.scale)
        return Range(back.lower, back.upper, frozenset((p - self.shift) / self.scale for p in value.without))


# ---- comparisons

NEGATED: Mapping[str, str] = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
"""What holds where a comparison does not (but for NaN)."""

MIRRORED: Mapping[str, str] = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
"""The same comparison, with its sides exchanged."""


def answer(comparison: str, left: Range, right: Range) -> bool | None:
    """What a comparison always gives for values in two ranges, if it does."""
    if left.lower > left.upper or right.lower > right.upper:
        return None
    if comparison in ("gt", "ge", "ne"):
        opposite = answer(NEGATED[comparison], left, right)
        return None if opposite is None else not opposite
    apart = left.upper == right.lower and (left.upper in left.without or right.lower in right.without)
    above = left.lower == right.upper and (left.lower in left.without or right.upper in right.without)
    if comparison == "eq":
        if left.value is not None and left.value == right.value:
            return True
        missing = (left.value is not None and left.value not in right) or (
            right.value is not None and right.value not in left
        )
        return False if left.upper < right.lower or left.lower > right.upper or missing or apart or above else None
    if comparison == "le":
        return True if left.upper <= right.lower else False if left.lower > right.upper or above else None
    return True if left.upper < right.lower or apart else False if left.lower >= right.upper else None


def implied(comparison: str, other: Range) -> Range:
    """Where the left side is if a comparison with a value in `other` holds."""
    match comparison:
        case "lt":
            return Range(upper=other.upper, without=frozenset({other.upper}))
        case "le":
            return Range(upper=other.upper)
        case "gt":
            return Range(lower=other.lower, without=frozenset({other.lower}))
        case "ge":
            return Range(lower=other.lower)
        case "eq":
            return other
        case _:
            return Range(without=frozenset({other.value}) if other.value is not None else frozenset())


# ---- primitives

Rule: TypeAlias = Callable[..., Range]
"""The range of a result from those of the operands."""


def applied(name: str, operands: Sequence[Range], static: Mapping[str, Any], *, same: bool = False) -> Range:
    """The range of what a primitive gives for operands in ranges; `same`: both operands are one value."""
    if name == "power_n":
        return _power(operands[0], int(static["n"]))
    if name in ("stack", "concat"):
        found = operands[0]
        for each in operands[1:]:
            found |= each
        return found
    if name == "mul" and same:
        return _power(operands[0], 2)
    rule = _RULES.get(name)
    return rule(*operands[: _ARITY.get(name, 1)]) if rule is not None else EVERYWHERE


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _hull(*ends: float) -> Range:
    return EVERYWHERE if any(math.isnan(end) for end in ends) else Range(min(ends), max(ends))


def _nonzero(found: Range, *given: Range) -> Range:
    """A range without 0 if none of the given has it."""
    return found if any(0.0 in each for each in given) else Range(found.lower, found.upper, frozenset({0.0}))


def _sum(a: Range, b: Range) -> Range:
    if a.value is not None or b.value is not None:
        fixed, other = (b, a) if b.value is not None else (a, b)
        return other.scaled(1.0, fixed.lower)
    lower, upper = a.lower + b.lower, a.upper + b.upper
    ends = ((lower, a.lower, b.lower), (upper, a.upper, b.upper))
    return Range(lower, upper, frozenset(end for end, x, y in ends if x in a.without or y in b.without))


def _negative(a: Range) -> Range:
    return a.scaled(-1.0, 0.0)


def _product(a: Range, b: Range) -> Range:
    return _nonzero(_hull(*(_times(x, y) for x in (a.lower, a.upper) for y in (b.lower, b.upper))), a, b)


def _inverse(a: Range) -> Range:
    if a.lower < 0 < a.upper:
        return EVERYWHERE
    if a.upper <= 0 and a.lower < 0:
        return _negative(_inverse(_negative(a)))
    return Range(1 / a.upper if a.upper else math.inf, 1 / a.lower if a.lower else math.inf)


def _magnitude(a: Range) -> Range:
    lower = 0.0 if a.lower <= 0 <= a.upper else min(abs(a.lower), abs(a.upper))
    return _nonzero(Range(lower, max(abs(a.lower), abs(a.upper))), a)


def _power(a: Range, n: int) -> Range:
    if n < 0:
        return _inverse(_power(a, -n))
    if n == 0:
        return point(1.0)
    base = _magnitude(a) if n % 2 == 0 else a
    return _nonzero(Range(_at(lambda x: x**n, base.lower), _at(lambda x: x**n, base.upper)), a)


def _at(fn: Callable[[float], float], x: float) -> float:
    """A function at an end of a range: what it overflows to there, and where it has no value the whole line."""
    try:
        return fn(x)
    except OverflowError:
        return -math.inf if x < 0 else math.inf


def _rising(fn: Callable[[float], float], least: float = -math.inf) -> Rule:
    """The rule of a function that rises, from `least` on."""

    def rule(a: Range) -> Range:
        if a.upper <= least or a.lower > a.upper:
            return EVERYWHERE
        return Range(_at(fn, a.lower) if a.lower > least else -math.inf, _at(fn, a.upper))

    return rule


def _within(lower: float, upper: float) -> Rule:
    return lambda *_: Range(lower, upper)


def _gathered(a: Range) -> Range:
    """Of sums of any number of values, none included: their sign."""
    return Range(0.0 if a.lower >= 0 else -math.inf, 0.0 if a.upper <= 0 else math.inf)


def _root(a: Range) -> Range:
    return Range(math.sqrt(max(a.lower, 0.0)), math.sqrt(max(a.upper, 0.0)))


def _quotient(a: Range, b: Range) -> Range:
    return _product(a, _inverse(b))


def _real_power(a: Range, b: Range) -> Range:
    return NOT_NEGATIVE if a.lower >= 0 else EVERYWHERE


def _same(a: Range) -> Range:
    return a


def _either(*arms: Range) -> Range:
    return arms[-2] | arms[-1]


_SAME = (
    "to_real", "stop_gradient", "get", "reshape", "reshape_dynamic", "reshape_like", "expand_dims", "squeeze",
    "transpose", "flip", "roll", "broadcast_to", "broadcast_like", "full", "fill", "amax", "amin", "sort",
    "permute_along", "average_ties",
)  # fmt: skip
"""Primitives that give elements of what they are given."""

_RULES: dict[str, Rule] = {
    **dict.fromkeys(_SAME, _same),
    "diag": lambda a: a | point(0.0),
    "add": _sum,
    "sub": lambda a, b: _sum(a, _negative(b)),
    "neg": _negative,
    "mul": _product,
    "div": _quotient,
    "abs": _magnitude,
    "pow": _real_power,
    "sqrt": _root,
    "cbrt": _rising(math.cbrt),
    "exp": _rising(math.exp),
    "expm1": _rising(math.expm1),
    "log": _rising(math.log, 0.0),
    "log1p": _rising(math.log1p, -1.0),
    "atan": _rising(math.atan),
    "tanh": _rising(math.tanh),
    "erf": _rising(math.erf),
    "maximum": lambda a, b: Range(max(a.lower, b.lower), max(a.upper, b.upper)),
    "minimum": lambda a, b: Range(min(a.lower, b.lower), min(a.upper, b.upper)),
    "relu": lambda a: Range(max(a.lower, 0.0), max(a.upper, 0.0)),
    "select": _either,
    "set": lambda x, v: x | v,
    "sum": _gathered,
    "cumsum": _gathered,
    "floor": lambda a: Range(_whole(math.floor, a.lower), _whole(math.floor, a.upper)),
    "ceil": lambda a: Range(_whole(math.ceil, a.lower), _whole(math.ceil, a.upper)),
    "round": lambda a: Range(_whole(round, a.lower), _whole(round, a.upper)),
    "zeros": lambda *_: point(0.0),
    "zeros_like": lambda *_: point(0.0),
    **dict.fromkeys(("sin", "cos", "sign"), _within(-1.0, 1.0)),
    **dict.fromkeys(
        ("sigmoid", "normal_cdf", "softmax", "random_uniform", "share", "to_int", "gamma_lower", "gamma_upper"),
        _within(0.0, 1.0),
    ),
    "erfc": _within(0.0, 2.0),
    "cosh": _within(1.0, math.inf),
    **dict.fromkeys(("softplus", "hypot", "norm", "log_cosh", "length"), _within(0.0, math.inf)),
}

_ARITY: Mapping[str, int] = {
    **dict.fromkeys(("add", "sub", "mul", "div", "pow", "maximum", "minimum", "set"), 2),
    "select": 3,
}
"""How many operands matter, where it is not the first alone."""


def _whole(fn: Callable[[float], int], x: float) -> float:
    return float(fn(x)) if math.isfinite(x) else x

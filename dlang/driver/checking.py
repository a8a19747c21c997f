"""Gradients against independent numerical derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf, isfinite, isinf, nan
from typing import Any

from dlang.autodiff.differences import Differences, differences
from dlang.autodiff.refutation import refutes
from dlang.diagnostics import Diagnostic, DlangError, derivatives
from dlang.driver.flat import Piece
from dlang.driver.results import PASSING, CheckResult, CheckRow, CheckState
from dlang.driver.ways import Way, ways_of
from dlang.ir.nodes import Apply, Block, Module
from dlang.ir.walk import inner_blocks
from dlang.records import replace
from dlang.source import Span
from dlang.trees import root

__all__ = ["compare", "concluded", "examined", "judged"]

TOLERANCE = 1e-6
"""Relative: extrapolated differences of a smooth function reach about 1e-9."""

MARGIN = 3.0
"""A derivative is not refused within so many times what the differences themselves may be off."""

TRUST = 1e-3
"""Relative: differences that may be off by more confirm nothing."""

BADNESS: tuple[CheckState, ...] = ("agrees", "kink", "jump", "unsure", "disagrees")
"""From the best state to the worst."""

MOST_TOLD = 5
"""Rows that are told one by one; the table has the others."""


def compare(
    fn: Callable[[Any], float],
    x: Any,
    gradient: Any,
    chosen: Sequence[Piece],
    bounds: Sequence[tuple[float, float]],
) -> CheckResult:
    """A CheckResult for pieces of a gradient. Nothing is evaluated out of the bounds.

    Each has a row for each of its elements, or, if it is large, one: the worst that was found along its directions.

    Args:
        fn: the objective of a (n,) vector.
        x: (n,), where.
        gradient: (n,), what is to be checked.
        chosen: which pieces.
        bounds: (lower, upper) of each entry.
    """
    size = max((abs(float(g)) for g in gradient if isfinite(g)), default=0.0)
    rows = []
    for name, ways in ways_of(chosen, x, gradient, bounds, size):
        rows.append(max((_along(fn, name, way) for way in ways), key=_badness))
    errors = [row.relative_error for row in rows]
    worst = nan if any(e != e for e in errors) else max(errors, default=0.0)
    return CheckResult(worst, all(row.state in PASSING for row in rows), rows)


def _along(fn: Callable[[Any], float], name: str, way: Way) -> CheckRow:
    """What differences along a way say, as a row."""

    def value_at(value: float) -> float:
        try:
            return fn(way.moved(value))
        except DlangError:  # such as an assert that fails: there is no value there
            return nan

    found = examined(value_at, way.begin, way.exact, way.size, way.lower, way.upper)
    return _row(name, way.exact, *found, way.size)


def _badness(row: CheckRow) -> tuple[int, float]:
    """Which of several rows is to be told: the one that is most in doubt."""
    error = row.relative_error
    return BADNESS.index(row.state), inf if error != error else error


def examined(
    fn: Callable[[float], float],
    x: float,
    exact: float,
    size: float,
    lower: float = -inf,
    upper: float = inf,
    reach: float | None = None,
) -> tuple[CheckState, float, Differences]:
    """What differences say of a derivative, see `judged`; it disagrees only where a second look says so too.

    Args:
        fn: a function of one Real.
        x: where.
        exact: its derivative, to be examined.
        size: the largest entry of the gradient.
        lower: x is not moved below.
        upper: x is not moved above.
        reach: > 0, the size of x, where its own value does not say it.
    """
    found = differences(fn, x, lower, upper, reach)
    state, off = judged(exact, found, size)
    if state == "disagrees" and not refutes(fn, x, exact, found, lower, upper, reach):
        state = "unsure"
    return state, off, found


def _row(name: str, exact: float, state: CheckState, off: float, found: Differences, size: float) -> CheckRow:
    """What differences say of a derivative, as a row; `size` is the largest entry of its gradient."""
    against = max(abs(exact), abs(found.value))
    if TOLERANCE * against < off <= MARGIN * found.error:  # near 0 the differences' own error makes much of little
        against = max(against, TRUST * max(size, found.steepness))
    relative = 0.0 if off == 0.0 else off / against if against and not isinf(off) else off
    left, right = (None if side is None else side.value for side in (found.left, found.right))
    return CheckRow(name, exact, found.value, relative, state, left, right)


def judged(exact: float, found: Differences, size: float) -> tuple[CheckState, float]:
    """Whether differences confirm a derivative, and how far it is from what they say.

    At a kink or beside a jump the derivative is a convention: it is to lie between what the two sides say.

    Args:
        exact: the derivative.
        found: what differences say.
        size: the largest entry of the gradient; differences that are sure against this and against the slopes around
            are so against a derivative near 0.
    """
    sides = [side.value for side in (found.left, found.right) if side is not None]
    if found.has_kink or found.has_jump:
        off = max(min(sides) - exact, exact - max(sides), 0.0)
    else:
        off = 0.0 if exact == found.value else abs(exact - found.value)
        sides = [found.value]
    largest = max((abs(each) for each in (exact, *sides) if isfinite(each)), default=0.0)
    if not isfinite(found.error) or off != off:
        return "unsure", nan
    if off > max(TOLERANCE * largest, MARGIN * found.error):
        return "disagrees", off
    if off > 0.0 and not found.error <= max(TRUST * largest, TOLERANCE * max(size, found.steepness)):
        return "unsure", off
    if found.has_jump:
        return "jump", off
    return ("kink" if found.has_kink else "agrees"), off


def concluded(
    checked: CheckResult, rules: Sequence[Diagnostic], places: Mapping[str, Span], module: Module
) -> CheckResult:
    """The result of a check: what is wrong with rules of the program's own, or else with which entries, and where.

    Args:
        checked: what `compare` says.
        rules: what is wrong with rules.
        places: where the parameters or arguments that rows are named after are declared.
        module: what was differentiated, as elaborated.
    """
    if rules:
        return replace(checked, passed=False, warnings=[*checked.warnings, *rules])
    failing = [row for row in checked.rows if row.state not in PASSING][:MOST_TOLD]
    stops = list(_stops(module)) if failing else []
    told = [
        derivatives.gradient_disagrees(
            places[root(row.name.partition(" ")[0])],
            row.name,
            row.exact,
            row.numerical,
            row.state == "disagrees",
            stops,
        )
        for row in failing
    ]
    return replace(checked, warnings=[*checked.warnings, *told])


def _stops(module: Module) -> Iterator[Span]:
    """Where the program says `stop_gradient`; what the built-ins do for themselves is not meant."""
    found = dict.fromkeys(span for fn in module.values() for span in _stops_in(fn.block))
    yield from (span for span in found if "stop_gradient" in span.text)


def _stops_in(block: Block) -> Iterator[Span]:
    for stmt in block.body:
        if isinstance(stmt, Apply) and stmt.prim.name == "stop_gradient" and stmt.span is not None:
            yield stmt.span
        for inner in inner_blocks(stmt):
            yield from _stops_in(inner)

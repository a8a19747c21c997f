"""A second look, before differences are believed against a derivative.

What differences by long steps say is of no use where the function moves by steps shorter than these, and what they say
by short ones where rounding hides it. So a derivative is called wrong only if, by the shortest steps that rounding
leaves, slopes do not fit it, and by steps of several sizes they agree with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise, takewhile
from math import copysign, inf, isfinite, isinf, nan, nextafter, ulp

from dlang.autodiff.differences import Differences
from dlang.records import record

__all__ = ["refutes"]

EPSILON = ulp(1.0)

LARGEST = nextafter(inf, 0.0)

ROUNDINGS = 2
"""So many roundings a value of the function may be off."""

CLEAR = 10.0
"""A step is long enough if noise changes its slope by no more than such a part of what is to be seen."""

SIZES = 9
"""Steps that are to agree with each other, each three times as long as the one before."""

FEWEST = 4
"""Of them, where bounds and the function leave no more."""

SETTLING = 0.7
"""From size to size, slopes move by no more than this part of their move before, if they have a limit."""

DEEP = 1e-75
"""Beside 0, the shortest step as a part of the size of x."""


def refutes(
    fn: Callable[[float], float],
    x: float,
    exact: float,
    found: Differences,
    lower: float = -inf,
    upper: float = inf,
    size: float | None = None,
) -> bool:
    """Whether differences that say otherwise are to be believed, and `exact` is not the derivative of `fn` at `x`.

    Args:
        fn: a function of one Real; NaN or infinite where it has no value.
        x: where.
        exact: what is said to be the derivative.
        found: what `differences` says, by as much else that `exact` cannot be right if it is.
        lower: x is not moved below.
        upper: x is not moved above.
        size: > 0, that of x, where its own value does not say it.
    """
    reach = size if size else abs(x) or min(1.0, upper - lower)
    views = [_View(fn, x, lower, upper, *ends, reach) for ends in _ends(found)]
    limits = [found.value]
    if found.has_kink or found.has_jump:
        limits = [side.value for side in (found.left, found.right) if side is not None]
    if views and _leaps(views[0], exact, limits):
        return False
    return all(_refutes(view, exact, limit, found.noise) for view, limit in zip(views, limits, strict=True))


def _ends(found: Differences) -> list[tuple[float, float]]:
    """From where to where slopes are taken, in steps: to both sides, or to each; beside a jump not from the point."""
    signs = [sign for sign, side in ((-1.0, found.left), (1.0, found.right)) if side is not None]
    if found.has_jump:
        return [(sign, 2.0 * sign) for sign in signs]
    if found.has_kink or len(signs) < 2:
        return [(0.0, sign) for sign in signs]
    return [(-1.0, 1.0)]


@record
class _Slope:
    """A slope by a step, as the numbers allow it, and the largest of the function's values that it is made of."""

    value: float
    step: float
    height: float


class _View:
    """Slopes of a function at a point."""

    def __init__(
        self, fn: Callable[[float], float], x: float, lower: float, upper: float, begin: float, end: float, reach: float
    ) -> None:
        self.x, self._fn, self._bounds = x, fn, (lower, upper)
        self.begin, self.end = begin, end
        self.shortest = 8 * ulp(x) if x else DEEP * reach
        self.longest, self.reach = 0.5 * max(reach, 1.0), reach

    def at(self, place: float) -> float:
        """The function; NaN where it has no value."""
        value = self._fn(place) if self._bounds[0] <= place <= self._bounds[1] else nan
        return value if isfinite(value) else nan

    @cached_property
    def height(self) -> float:
        """The largest of the function's values around."""
        sides = [sign for sign in (self.begin, self.end) if sign]
        places = [self.x, *(self.x + sign * self.longest * part for sign in sides for part in (0.5, 1e-2, 1e-4))]
        return max((abs(value) for value in map(self.at, places) if isfinite(value)), default=0.0)

    def slope(self, step: float) -> _Slope:
        """The slope by a step; NaN where the function has no value."""
        outward = copysign(1.0, self.begin + self.end or self.x)
        step = abs((self.x + outward * step) - self.x)
        low, high = self.x + self.begin * step, self.x + self.end * step
        at_low, at_high = self.at(low), self.at(high)
        value = (at_high - at_low) / (high - low) if high != low else nan
        return _Slope(value, step, max(abs(at_low), abs(at_high)))


def _refutes(view: _View, exact: float, limit: float, noise: float) -> bool:
    """Whether slopes come to a limit that differs from a derivative, and do not come to the derivative."""
    if isinf(limit):
        steepest = _steepest(view)
        return not (exact * limit > 0 and abs(exact) >= steepest) and not _fits(view, exact, abs(exact))
    off = min(abs(exact - limit), LARGEST)
    return not _fits(view, exact, off) and _settles(view, limit, off, noise)


def _leaps(view: _View, exact: float, limits: Sequence[float]) -> bool:
    """Whether the function leaps between neighbouring numbers, which a slope as steep as `exact` would make it do."""
    own, near = view.at(view.x), ulp(view.x)

    def moves(count: int) -> float:
        found = [abs(view.at(view.x + sign * count * near) - own) for sign in (-1.0, 1.0)]
        return max((each for each in found if isfinite(each)), default=0.0)

    leap = max(map(moves, (1, 2, 4)))
    smooth = 50 * (4 * max(map(abs, limits)) * near + _rounding(abs(own)))
    return abs(exact) * 16 * near >= leap > max(smooth, 0.5 * moves(64))


def _is_stairs(view: _View, step: float) -> bool:
    """Whether the function moves, and yet stands still by short steps wherever it has moved to.

    As one does that adds a small number to a large one, and has the steps of the large one.
    """
    own = view.at(view.x)
    moved, still = list[float](), 0
    for part in (0.13, 0.11, 0.07, 0.05, 0.03):
        for sign in filter(None, (view.begin, view.end)):
            place = view.x + sign * view.reach * part
            value = view.at(place)
            rounding, secant = 8 * _rounding(max(abs(value), abs(own))), abs(value - own) / (view.reach * part)
            if abs(value - own) > rounding:
                short = max(step, 8 * ulp(place), rounding / secant)  # by which it moves, if evenly
                moved.append(value)
                still += view.at(place + short) == value
    is_level = len(set(moved)) <= len(moved) / 2  # one that stands still far out has no stairs
    return not is_level and still >= 0.75 * len(moved)


def _fits(view: _View, exact: float, off: float) -> bool:
    """Whether the shortest slopes that say anything are those of a function with that derivative.

    They may be off by what rounding does to the function's values, and to x inside of it, if `exact` is right.
    """
    if not isfinite(exact) or not off:
        return False
    by_place = 2 * abs(exact) * ulp(view.x)
    step = max(view.shortest / 2, 2 * (by_place + _rounding(abs(view.at(view.x)))) / off)
    fitting = 0
    for k in range(3):
        if step * 2**k > view.longest:
            break
        slope = view.slope(step * 2**k)
        doubt = (by_place + _rounding(slope.height)) / slope.step if slope.step else inf
        fitting += abs(slope.value - exact) <= doubt <= 0.6 * off
    return fitting >= 2


def _settles(view: _View, limit: float, off: float, noise: float) -> bool:
    """Whether slopes by steps of several sizes are near `limit`, and the nearer to each other the shorter they are."""
    rounding = _rounding(abs(view.at(view.x)))
    is_rounding = noise <= 8 * _rounding(view.height)
    seen = off if is_rounding else min(off, abs(limit))  # what is no rounding may be the function itself
    clear = _clear_slopes(view, seen, max(noise, rounding))
    slopes = list(takewhile(lambda slope: abs(slope.value - limit) <= off / 4, clear))
    if len(slopes) < FEWEST:
        return False
    if slopes[0].value == 0.0 and _is_stairs(view, slopes[0].step):
        return False
    moves = [abs(a.value - b.value) for a, b in pairwise(slopes)]
    doubts = [_doubt(view, slope, noise) for slope in slopes]
    return all(
        move <= max(SETTLING * longer, 4 * doubt)
        for (move, longer), doubt in zip(pairwise(moves), doubts, strict=False)
    )


def _clear_slopes(view: _View, seen: float, noise: float) -> Sequence[_Slope]:
    """Slopes by longer and longer steps, from the shortest that noise does not hide what is to be seen of."""
    if not seen:
        return []
    step, slopes = max(view.shortest, CLEAR * noise / seen), list[_Slope]()
    while step <= view.longest and len(slopes) < SIZES:
        slope = view.slope(step)
        if CLEAR * _rounding(slope.height) <= seen * slope.step:
            slopes.append(slope)
        elif slopes:
            break
        step *= 3.0
    return slopes


def _doubt(view: _View, slope: _Slope, noise: float) -> float:
    """What noise and the roundings of x make of a slope."""
    values = max(noise, _rounding(slope.height))
    return (values + 2 * abs(slope.value) * ulp(view.x)) / slope.step


def _rounding(height: float) -> float:
    """How far a value of that size may be off by roundings, the one to 0 included."""
    return ROUNDINGS * (EPSILON * height + ulp(0.0))


def _steepest(view: _View) -> float:
    """The slope by the shortest step that noise does not hide."""
    step, steepest = view.longest, 0.0
    while step >= view.shortest:
        slope = view.slope(step)
        if CLEAR * _rounding(slope.height) <= abs(slope.value) * slope.step:
            steepest = max(steepest, abs(slope.value))
        step /= 4.0
    return steepest

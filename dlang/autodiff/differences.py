"""What differences of a function say of its derivative at a point, be there a kink, a jump or an edge or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from math import copysign, hypot, inf, isfinite, isinf, nan, sqrt, ulp

from dlang.autodiff.numerical import ROWS, SHRINK, accelerated, extrapolated, steps_from
from dlang.records import record

__all__ = ["Differences", "Estimate", "differences"]

FIRST = 0.13
"""The longest step, as a part of the size of x. No round number: steps that are multiples of a period see nothing."""

WINDOW = SHRINK ** (ROWS - 1)
"""From the longest of the steps that are extrapolated together to the shortest."""

LADDER = 9
"""So many times are steps taken that begin where the ones before ended: down to 1e-13 of the size of x."""

DEEPER = 12
"""Beside 0, where x has no size: so many times more, with gaps, down to 1e-70."""

SURE = 1e-9
"""Relative: with such an error at both sides of x, long steps are enough."""

PROBES = (1e-2, 1e-4)
"""Parts of the shortest of the long steps at which the derivative they give is tried."""

LONG = 0.01
"""A function that does not change by steps so long is taken for constant; shorter ones its rounding may hide."""

ROUGH = 1e-5
"""Relative: an error that asks for another way."""

AGREE = 10.0
"""Two estimates say the same if they differ by less than this times their errors."""

KINK = 1e-6
"""Relative: less is no kink."""

EPSILON = ulp(1.0)

CONDITION = 16 * EPSILON
"""Of the slopes around: as much as rounding x changes the derivative."""


@record
class Estimate:
    """A derivative, and an estimate of its error; infinite where the function rises ever more steeply towards x."""

    value: float
    error: float


@record
class Differences:
    """The derivative at a point by differences.

    Attributes:
        value: the derivative; where left and right differ, what lies between; NaN if nothing can be said.
        error: an estimate of its error.
        left: the derivative towards the left, None where the function has no values there.
        right: towards the right.
        has_kink: left and right differ.
        has_jump: the function jumps at the point; left and right are the derivatives beside the jump.
        steepness: the greatest slope around: a derivative is 0 only against this.
        noise: how far the function's values may be off.
    """

    value: float
    error: float
    left: Estimate | None
    right: Estimate | None
    has_kink: bool
    has_jump: bool
    steepness: float
    noise: float = 0.0


def differences(
    fn: Callable[[float], float], x: float, lower: float = -inf, upper: float = inf, size: float | None = None
) -> Differences:
    """The derivative of `fn` at `x`, where it has values between `lower` and `upper`.

    Long steps to both sides come first: where they are sure, and left and right agree, that is the derivative. Else
    steps are taken down to the shortest that the numbers allow. An estimate by short steps is honest, if rough, as it
    counts the noise of the function; one by longer steps is taken in its place if it says the same more exactly. So
    what lies aside of x, as a kink nearby or many waves, does not count.

    Args:
        fn: a function of one Real; NaN or infinite where it has no value.
        x: where.
        lower: x is not moved below.
        upper: x is not moved above.
        size: > 0, that of x, where its own value does not say it.
    """
    around = _Around(fn, x, lower, upper)
    reach = size if size else abs(x) or min(1.0, upper - lower)
    quick = _quick(around, FIRST * reach)
    if quick is not None:
        return quick
    scales = [FIRST * reach / WINDOW**k for k in range(LADDER)]
    found = _slow(around, scales)
    if _is_resolved(found) and not (x == 0.0 and found.has_jump):  # beside 0 what rises fast looks like a jump
        return found
    if x == 0.0:
        return _slow(around, [*scales, *(reach * 10.0 ** (-15 - 5 * k) for k in range(DEEPER))])
    longer = [FIRST / WINDOW**k for k in range(LADDER) if FIRST / WINDOW**k > 2 * scales[0]]
    return _slow(around, [*longer, *scales]) if longer else found  # x is tiny, and the function may not be


class _Around:
    """A function around a point, each value computed once; NaN out of its bounds, and where it is not finite."""

    def __init__(self, fn: Callable[[float], float], x: float, lower: float, upper: float) -> None:
        self.x = x
        self._fn, self._lower, self._upper = fn, lower, upper
        self._known: dict[float, float] = {}

    def __call__(self, at: float) -> float:
        if not self._lower <= at <= self._upper:
            return nan
        if at not in self._known:
            value = self._fn(at)
            self._known[at] = value if isfinite(value) else nan
        return self._known[at]

    def window(self, begin: float, scale: float, left: float, right: float) -> tuple[list[float], list[float]]:
        """Slopes around a place, from `left` times a step to `right` times it, and the steps from a scale.

        The steps are those that the numbers allow: a large `begin` rounds its sum with a step, which would make the
        two sides uneven, and steps other than extrapolation takes them for.
        """
        outward = left + right or copysign(1.0, begin)
        steps = [abs((begin + outward * step) - begin) for step in steps_from(scale)]
        ends = [(begin + left * step, begin + right * step) for step in steps]
        return [(self(b) - self(a)) / (b - a) if a != b else nan for a, b in ends], steps


class _Side:
    """One side of the point: where it begins, beside a jump if there is one, and what the function's noise is."""

    def __init__(self, around: _Around, sign: float, spacing: float) -> None:
        self.around, self.sign, self.spacing = around, sign, spacing

    @cached_property
    def _near(self) -> list[float]:
        """Values close by, evenly spaced; the first is the point's own."""
        x, step = self.around.x, self.sign * self.spacing
        return [self.around(x + k * step) for k in range(8)]

    @cached_property
    def noise(self) -> float:
        """The noise of the function's values, from their third and fourth differences; that of rounding at least.

        It may turn out to be more.

        Source: Moré & Wild 2011, "Estimating computational noise".
        """
        finite = [v for v in self._near if v == v]
        found, row = [EPSILON * max(map(abs, finite), default=0.0)], self._near[1:]
        for order, chance in enumerate((2, 6, 20, 70), start=1):
            row = [b - a for a, b in pairwise(row)]
            if order >= 3 and all(map(isfinite, row)):
                found.append(hypot(*row) / sqrt(len(row) * chance))
        return max(found)

    @cached_property
    def has_jump(self) -> bool:
        """The value at the point is not the limit from this side."""
        own, *others = self._near
        if not all(map(isfinite, self._near)):
            return False
        moves = max(abs(b - a) for a, b in pairwise(others))
        return abs(others[0] - own) > 10 * moves + 100 * self.noise

    def window(self, scale: float) -> tuple[list[float], list[float]]:
        """Slopes by shorter and shorter steps, from the point or from beside its jump; and the steps."""
        begin = self.around.x + (self.sign * self.spacing if self.has_jump else 0.0)
        return self.around.window(begin, scale, 0.0, self.sign)

    def estimate(self, scales: Sequence[float]) -> Estimate | None:
        """The derivative towards this side; None where the function has no values here."""
        windows = [self.window(scale) for scale in scales]
        if all(slope != slope for slopes, _ in windows for slope in slopes):
            return None
        found = self._estimates(windows)
        limit = _limit(found)
        other = next((k for k, each in enumerate(found) if _contradicts(each, limit)), None)
        if other is not None:  # by a kink or a wave, or because short steps see no more than steps of rounding
            slope = max(abs(limit.value), abs(found[other].value))
            rounding = self._steps_of_rounding(windows[-1 - other][1][0], slope)
            moves = (abs(slope) * step for slope, step in zip(*windows[0], strict=True) if isfinite(slope))
            if 4 * self.noise < rounding <= max(8 * EPSILON, 1e-6 * max(moves, default=0.0)):
                self.noise = rounding
                limit = _limit(self._estimates(windows))
        steep = None if limit.error <= 1e-3 * abs(limit.value) else self._steep(windows)
        return limit if steep is None else Estimate(steep, 0.0)

    def _estimates(self, windows: Sequence[tuple[list[float], list[float]]]) -> list[Estimate]:
        """What each of the scales says, from short to long."""
        found = []
        for slopes, steps in reversed(windows):
            estimate = Estimate(*extrapolated(slopes, steps, 1, self.noise))
            if not estimate.error <= ROUGH * abs(estimate.value):  # the powers of the step may not be whole
                other = Estimate(*accelerated(slopes, steps, self.noise))
                estimate = min(estimate, other, key=lambda each: each.error)
            found.append(estimate)
        return found

    def _steps_of_rounding(self, width: float, slope: float) -> float:
        """How far the function jumps between neighbouring numbers, if it does so everywhere; else 0.

        As a large number does to which a small one is added. One jump is the function's own, but not one in each of
        several intervals of a width, if it is small against how far the function moves.
        """
        found = []
        for k in range(1, 5):
            low, high = (self.around.x + self.sign * width * end for end in (k, k + 1))
            while (middle := low + (high - low) / 2) not in (low, high):
                at_low, at_middle, at_high = map(self.around, (low, middle, high))
                low, high = (low, middle) if abs(at_middle - at_low) >= abs(at_high - at_middle) else (middle, high)
            found.append(abs(self.around(high) - self.around(low)) - 4 * slope * abs(high - low))
        return sorted(found)[1] if all(map(isfinite, found)) else 0.0

    def _steep(self, windows: Sequence[tuple[list[float], list[float]]]) -> float | None:
        """An infinity, where slopes grow with every shorter step that noise does not hide."""
        loud = [k for k, (slopes, steps) in enumerate(windows) if abs(slopes[-1]) * steps[-1] > 100 * self.noise]
        ends = [windows[k][0][-1] for k in loud][-4:]
        quiet = windows[loud[-1] + 1 :] if loud else []
        if any(abs(ends[-1]) * steps[-1] > 200 * self.noise for _, steps in quiet):  # it would be heard there too
            return None
        if len(ends) < 4 or not all(a * b > 0 and abs(b) > 1.3 * abs(a) for a, b in pairwise(ends)):
            return None
        return inf if ends[-1] > 0 else -inf


def _quick(around: _Around, scale: float) -> Differences | None:
    """The derivative by long steps to both sides, if it is sure, and a few short ones say nothing else."""
    x = around.x
    slopes, steps = around.window(x, scale, -1.0, 1.0)
    noise = EPSILON * max(map(abs, map(around, (x, x - scale, x + scale))))
    value, error = extrapolated(slopes, steps, 2, noise)
    probes = [steps[-1] * share for share in PROBES]
    if scale >= LONG and all(around(x + sign * h) == around(x) for sign in (-1.0, 1.0) for h in (*steps, *probes)):
        lost = 2 * max(noise, EPSILON) / scale  # what may vanish beside a number such as 1
        nothing = Estimate(0.0, lost)
        return Differences(0.0, lost, nothing, nothing, False, False, 0.0, noise)
    if not error <= SURE * abs(value):
        return None
    for h in probes:
        low, high = x - h, x + h
        if not abs(around(high) - around(low) - value * (high - low)) <= 1e-3 * abs(value) * h + 10 * noise:
            return None
    steepness = 0.0
    for sign in (-1.0, 1.0):
        slopes, steps = around.window(x, scale, 0.0, sign)
        side, _ = extrapolated(slopes, steps, 1, noise)
        if not abs(side - value) <= 1e-4 * abs(value):
            return None
        steepness = max(steepness, *map(abs, slopes))
    best = Estimate(value, max(error, CONDITION * steepness))
    return Differences(best.value, best.error, best, best, False, False, steepness, noise)


def _slow(around: _Around, scales: Sequence[float]) -> Differences:
    """The derivative by steps of all scales, from long to short."""
    x = around.x
    spacing = max(1e-3 * steps_from(scales[-1])[-1], ulp(0.0)) if x == 0.0 else 16 * ulp(x)
    sides = [_Side(around, sign, spacing) for sign in (-1.0, 1.0)]
    around_x = [slope for side in sides for slope in side.window(scales[0])[0]]
    steepness = max((abs(slope) for slope in around_x if isfinite(slope)), default=0.0)
    left, right = (side.estimate(scales) for side in sides)
    has_jump = any(side.has_jump for side in sides)
    noise = max(side.noise for side in sides)
    if left is None or right is None:
        only = left or right or Estimate(nan, inf)
        error = max(only.error, CONDITION * steepness)
        return Differences(only.value, error, left, right, False, has_jump, steepness, noise)
    doubt = AGREE * (left.error + right.error + CONDITION * steepness)
    apart = abs(left.value - right.value) if left.value != right.value else 0.0
    has_kink = apart > doubt + KINK * max(abs(left.value), abs(right.value)) or isinf(apart)
    if has_kink or has_jump or isinf(left.value):
        value = left.value if left.value == right.value else left.value / 2 + right.value / 2
        return Differences(value, left.error + right.error, left, right, has_kink, has_jump, steepness, noise)
    windows = [around.window(x, scale, -1.0, 1.0) for scale in scales]
    central = _limit([Estimate(*extrapolated(slopes, steps, 2, noise)) for slopes, steps in reversed(windows)])
    fitting = [each for each in (left, right, central) if abs(each.value - left.value) <= doubt]
    best = min(fitting or [left], key=lambda each: each.error)
    error = max(best.error, CONDITION * steepness)
    return Differences(best.value, error, left, right, False, False, steepness, noise)


def _is_resolved(found: Differences) -> bool:
    """Every side there is says what the derivative is, or that it is nothing against what is around."""
    sides = [side for side in (found.left, found.right) if side is not None]
    return bool(sides) and all(s.error <= 1e-6 * max(abs(s.value), found.steepness) for s in sides)


def _limit(found: Iterable[Estimate]) -> Estimate:
    """The best of estimates by longer and longer steps that say the same as those by shorter ones."""
    best = Estimate(nan, inf)
    for each in found:
        better = each.error < best.error and not _contradicts(each, best)
        if isfinite(each.error) and (better or not isfinite(best.error)):
            best = each
    return best


def _contradicts(one: Estimate, other: Estimate) -> bool:
    """Two estimates do not say the same."""
    return abs(one.value - other.value) > AGREE * (one.error + other.error)

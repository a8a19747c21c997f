"""The ways along which a gradient is checked: element by element, and a large array along a few random directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from dlang.driver.flat import Piece, element_names
from dlang.records import record

__all__ = ["DIRECTIONS", "LARGE", "Way", "ways_of"]

LARGE = 50
"""An array of more elements is checked along directions of the whole of it, so that the cost does not grow with it."""

FEW = 8
"""Beside such an array all arrays of more elements than this are, for its sake."""

DIRECTIONS = 3
"""How many, or fewer where there are many such arrays, but one at least: an entry that is wrong is seen along each of
them, but for a chance of probability 0."""

MOST = 12
"""Directions of all arrays together, about."""


@record(eq=False)
class Way:
    """A way through a point: a vector for each value of one Real, and the derivative along it.

    Attributes:
        moved: the vector (n,) at a value; the point is at `begin`.
        begin: the value at the point.
        exact: what the gradient says of the derivative in the value.
        size: of the gradient along such ways, against which a derivative may be small.
        lower: the value is not to be less.
        upper: the value is not to be more.
    """

    moved: Callable[[float], Any]
    begin: float
    exact: float
    size: float
    lower: float
    upper: float


def ways_of(
    pieces: Sequence[Piece], x: Any, gradient: Any, bounds: Sequence[tuple[float, float]], size: float
) -> Iterator[tuple[str, list[Way]]]:
    """Names of what is to be checked of pieces of the vector, each with the ways along which it is.

    Args:
        pieces: of the vector.
        x: (n,), the point.
        gradient: (n,).
        bounds: (lower, upper) of each entry.
        size: the largest entry of the gradient.
    """
    counts = [piece.place.stop - piece.begin for piece in pieces]
    most = FEW if any(count > LARGE for count in counts) else LARGE
    directions = min(DIRECTIONS, max(1, MOST // max(1, sum(count > most for count in counts))))
    rng = np.random.default_rng(1)
    for piece, count in zip(pieces, counts, strict=True):
        if count > most:
            ways = [_way(rng, piece.place, x, gradient, np.array(bounds[piece.place])) for _ in range(directions)]
            yield f"{piece.name} along {directions} random direction{'s' * (directions > 1)}", ways
            continue
        for k, name in enumerate(element_names(piece.name, piece.shape), start=piece.begin):
            yield name, [Way(_with(x, k), float(x[k]), float(gradient[k]), size, *bounds[k])]


def _with(x: Any, k: int) -> Callable[[float], Any]:
    def moved(value: float) -> Any:
        out = x.copy()
        out[k] = value
        return out

    return moved


def _way(rng: np.random.Generator, place: slice, x: Any, gradient: Any, bounds: Any) -> Way:
    """A random direction of an array in which each element moves by a part of its own size, and none out of bounds.

    It begins at the value 1, so that values are as far from each other as elements of the size of their steps are.
    """
    unit, is_free = _steps(rng, x[place], gradient[place], bounds[:, 0], bounds[:, 1])

    def moved(value: float) -> Any:
        out = x.copy()
        out[place] = np.clip(x[place] + (value - 1.0) * unit, bounds[:, 0], bounds[:, 1])
        return out

    slopes = gradient[place] * unit
    with np.errstate(invalid="ignore"):  # infinities of both signs leave nothing to be compared: nan
        exact, size = float(np.sum(slopes)), float(np.linalg.norm(slopes))
    return Way(moved, 1.0, exact, size, 0.0 if is_free else 1.0, 2.0)


def _steps(rng: np.random.Generator, x: Any, gradient: Any, lower: Any, upper: Any) -> tuple[Any, bool]:
    """How far each element moves where the value does so by 1, and whether all may also move the other way.

    From a bound an element moves inward, and where its slope is infinite, upward: infinities are not to cancel, and it
    leads into the domain. None moves by much less than its share, so that it is seen.
    """
    typical = float(np.max(np.abs(x))) or 1.0
    sizes = np.where(x == 0.0, typical, np.abs(x))
    below, above = x - lower, upper - x
    at_bound = (below == 0.0) | (above == 0.0)
    room = np.where(at_bound, np.maximum(below, above), np.minimum(below, above))
    signs = np.where(np.isinf(gradient), np.sign(gradient), rng.choice([-1.0, 1.0], x.shape))
    signs = np.where(at_bound, np.where(below == 0.0, 1.0, -1.0), signs)
    return signs * np.minimum(sizes, room) * rng.uniform(0.5, 1.0, x.shape), not bool(at_bound.any())

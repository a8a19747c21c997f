"""Whether a value bends at the start: its slopes on the two sides of it differ, however near they are taken.

abs(k) at 0       -1 and 1           it bends
k^1.5 at 0        the one side has no value: it begins there
sqrt(k^4) at 0    -h and h           they meet as h shrinks: it is smooth
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

import numpy as np

from dlang.interpreter.observe import Observer
from dlang.ir.nodes import Apply, If, Stmt
from dlang.records import record
from dlang.source import Span

__all__ = ["NEARER", "STEP", "Place", "Values", "bend", "place_of"]

STEP = 1e-5
"""How far beside the start slopes are taken, relative to its size."""

NEARER = 16.0
"""The second comparison is nearer by this: the jump of a kink stays, the change of a curve shrinks with the step."""


@record
class Place:
    """What was computed at a place of the source: by a primitive, or `if`."""

    span: Span
    what: str


def place_of(stmt: Apply | If) -> Place | None:
    """The place of a statement."""
    return None if stmt.span is None else Place(stmt.span, stmt.prim.name if isinstance(stmt, Apply) else "if")


class Values(Observer):
    """Keeps what is computed at some places, in the order of the run."""

    def __init__(self, places: Collection[Place], in_place: frozenset[Stmt]) -> None:
        super().__init__()
        self.kept: dict[Place, list[Any]] = {place: [] for place in places}
        self._in_place = in_place

    def see(self, stmt: Apply, operands: tuple[Any, ...]) -> Any:
        updates = stmt.prim.inplace if stmt in self._in_place else None
        out = (updates or stmt.prim.impl)(*operands, **stmt.static)
        self._keep(stmt, out if len(stmt.outs) > 1 else (out,))
        return out

    def joined(self, stmt: If, results: tuple[Any, ...]) -> None:
        self._keep(stmt, results)

    def _keep(self, stmt: Apply | If, values: Sequence[Any]) -> None:
        place = place_of(stmt)
        kept = None if place is None else self.kept.get(place)
        if kept is not None:
            kept += [np.array(each) for each in values]


Run: TypeAlias = Callable[[float], "Values | None"]
"""The values in a run where params are a step from the start; None if it fails."""


def bend(run: Run, places: Collection[Place]) -> set[Place]:
    """Those of some places at which a value bends, or at which that cannot be told.

    Where no run on one of the sides succeeds, and where the runs do different things, it cannot.
    """
    steps = (0.0, STEP, STEP / NEARER, -STEP, -STEP / NEARER)
    runs = [run(step) for step in steps]
    found = [each.kept for each in runs if each is not None]
    if len(found) < len(steps):
        return set(places)
    return {place for place in places if _bends([kept[place] for kept in found])}


def _bends(runs: Sequence[Sequence[Any]]) -> bool:
    """Whether one of the values at a place bends, given them at the start and at the four steps beside it."""
    if not runs[0] or len({len(kept) for kept in runs}) > 1:
        return True
    return any(map(_bent, zip(*runs, strict=True)))


def _bent(values: Sequence[Any]) -> bool:
    start, right, near_right, left, near_left = values
    if len({each.shape for each in values}) > 1:
        return True
    if start.dtype.kind != "f":
        return any(np.any(each != start) for each in values)
    with np.errstate(all="ignore"):
        near = STEP / NEARER
        far_jump = np.abs((right - start) - (start - left)) / STEP
        slopes = np.array([(near_right - start) / near, (start - near_left) / near])
        near_jump = np.abs(slopes[0] - slopes[1])
        rounding = 16 * np.finfo(float).eps * np.abs(start) / near
        is_large = near_jump > np.maximum(1e-6 * np.max(np.abs(slopes), axis=0), rounding)
        known = np.isfinite(near_jump) & np.isfinite(far_jump)
        return bool(np.any(known & is_large & (near_jump > 0.5 * far_jump)))

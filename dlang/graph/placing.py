"""The fourth step of a layout: where in its row each node lies, so that links run straight and boxes stand over
the middle of what they feed.

Nodes are aligned with the median of their neighbours in four ways: with those above or below, leaning left or right.
Aligned nodes are a block, which has one place. Each way gives a layout as narrow as its blocks allow, and a node comes
to lie in the middle of the two middle ones of its four places. At last what is aligned by then moves as a whole to
where its links are shortest, as far as there is room.

Source: Brandes, Köpf 2001, "Fast and simple horizontal coordinate assignment", with sizes. Where they place blocks
class by class, whose offsets their erratum of 2020 (Brandes, Walter, Zink) corrects, we take the longest path through
the graph of blocks, and draw blocks towards their neighbours where there is room.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from dlang.graph.settling import settle
from dlang.graph.strands import Rows

__all__ = ["centres"]

_BEND_GAP = 0.5
"""The distance of two bends, or a bend and a box, as a part of that of two boxes."""

Pairs = set[tuple[int, int]]
"""Links, by their upper and lower node."""


def centres(graph: Rows, rows: Sequence[Sequence[int]], gap: float) -> list[float]:
    """The x coordinate of the centre of each node.

    Args:
        graph: the nodes.
        rows: their order, from left to right.
        gap: the least distance between two boxes of a row.
    """
    position = [0] * len(graph.sizes)
    for row in rows:
        for at, node in enumerate(row):
            position[node] = at
    crossed = _crossed(graph, rows, position)
    room = [
        size[0] / 2 + (gap * _BEND_GAP / 2 if inner else gap / 2)
        for size, inner in zip(graph.sizes, graph.inner, strict=True)
    ]
    found = []
    for upwards in (True, False):
        for mirrored in (False, True):
            place = _Alignment(
                graph, rows, position, room, upwards=upwards, mirrored=mirrored, crossed=crossed
            ).places()
            found.append([-x for x in place] if mirrored else place)
    x = _balanced(found, room)
    settle(graph, rows, room, x)
    return x


def _crossed(graph: Rows, rows: Sequence[Sequence[int]], position: list[int]) -> Pairs:
    """Links that may not be aligned, as they cross one between bends, which is to run straight.

    Of those between bends that cross each other, as many as possible are kept straight.
    """
    inner = graph.inner
    found: Pairs = set()
    for row in rows:
        pairs = [(upper, lower) for upper in row if inner[upper] for lower in graph.down[upper] if inner[lower]]
        if not pairs:
            continue
        kept = _rising([position[lower] for _, lower in pairs])
        found.update(pair for at, pair in enumerate(pairs) if at not in kept)
        above = [position[pairs[at][0]] for at in sorted(kept)]
        below = [position[pairs[at][1]] for at in sorted(kept)]
        for upper in row:
            left, right = bisect_left(above, position[upper]), bisect_right(above, position[upper])
            goes_on = inner[upper] and any(inner[lower] for lower in graph.down[upper])
            for lower in graph.down[upper]:
                at = position[lower]
                if goes_on and not inner[lower]:
                    found.add((upper, lower))  # the strand goes on straight, not the link that leaves it here
                elif (left and below[left - 1] > at) or (right < len(below) and below[right] < at):
                    found.add((upper, lower))
    return found


def _rising(values: list[int]) -> set[int]:
    """Where the longest part of a list that rises strictly has its elements."""
    tops: list[int] = []
    ends: list[int] = []
    before = [-1] * len(values)
    for at, value in enumerate(values):
        length = bisect_left(tops, value)
        before[at] = ends[length - 1] if length else -1
        if length == len(tops):
            tops.append(value)
            ends.append(at)
        else:
            tops[length], ends[length] = value, at
    found = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found


class _Alignment:
    """One of the four layouts. Mirrored, everything that leans left leans right, and coordinates are negative."""

    def __init__(
        self,
        graph: Rows,
        rows: Sequence[Sequence[int]],
        position: list[int],
        room: list[float],
        *,
        upwards: bool,
        mirrored: bool,
        crossed: Pairs,
    ) -> None:
        self.rows = [row[::-1] for row in rows] if mirrored else rows
        self.room, self.crossed, self.upwards = room, crossed, upwards
        self.neighbours = graph.up if upwards else graph.down
        self.inner = graph.inner
        self.position = position
        if mirrored:
            self.position = [0] * len(position)
            for row in self.rows:
                for at, node in enumerate(row):
                    self.position[node] = at
        self.root = list(range(len(position)))

    def places(self) -> list[float]:
        """The x coordinate of each node."""
        self._align()
        x = self._placed()
        return [x[root] for root in self.root]

    def _align(self) -> None:
        """Join each node to the block of a median neighbour, unless the link crosses one that is straight."""
        position, root, crossed, upwards = self.position, self.root, self.crossed, self.upwards
        taken = [False] * len(root)
        for row in self.rows if upwards else reversed(self.rows):
            last = -1
            for node in row:
                ends = self.neighbours[node]
                if len(ends) > 1:
                    ends = self._medians(node, ends)
                for end in ends:
                    pair = (end, node) if upwards else (node, end)
                    if position[end] > last and not taken[end] and pair not in crossed:
                        root[node] = root[end]
                        taken[end] = True
                        last = position[end]
                        break

    def _medians(self, node: int, ends: list[int]) -> list[int]:
        """The one or two neighbours in the middle; those of a bend are the next bend or label, if there is one."""
        if self.inner[node]:
            ends = [end for end in ends if self.inner[end]] or ends
        ends = sorted(ends, key=self.position.__getitem__)
        return ends[(len(ends) - 1) // 2 : len(ends) // 2 + 1]

    def _placed(self) -> list[float]:
        """The place of each block, by its root: as far left as it can be, then drawn right towards its neighbours."""
        root, room = self.root, self.room
        count = len(root)
        after: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        waiting = [0] * count
        for row in self.rows:
            for left, right in pairwise(row):
                after[root[left]].append((root[right], room[left] + room[right]))
                waiting[root[right]] += 1
        x = [0.0] * count
        order = [node for node in range(count) if root[node] == node and not waiting[node]]
        for block in order:
            for other, distance in after[block]:
                x[other] = max(x[other], x[block] + distance)
                waiting[other] -= 1
                if not waiting[other]:
                    order.append(other)
        for block in reversed(order):
            if after[block]:
                x[block] = max(x[block], min(x[other] - distance for other, distance in after[block]))
        return x


def _balanced(found: Sequence[list[float]], room: list[float]) -> list[float]:
    """The middle of the two middle places of each node, after all layouts are moved to meet the narrowest."""
    if not room:
        return []
    spans = [
        (min(x - r for x, r in zip(one, room, strict=True)), max(x + r for x, r in zip(one, room, strict=True)))
        for one in found
    ]
    left, right = min(spans, key=lambda span: span[1] - span[0])
    moved = []
    for number, (one, span) in enumerate(zip(found, spans, strict=True)):
        shift = left - span[0] if number % 2 == 0 else right - span[1]
        moved.append([x + shift for x in one])
    balanced = []
    for places in zip(*moved, strict=True):
        _, second, third, _ = sorted(places)
        balanced.append((second + third) / 2)
    return balanced

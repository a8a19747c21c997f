"""The third step of a layout: the order of the nodes in each row, so that few links cross.

Rows take the order of the barycentres or medians of their neighbours in the row before, downwards and upwards in turn;
then neighbours change places where that leaves fewer crossings. The best order that was met is kept.

Sources: Gansner, Koutsofios, North, Vo 1993, section 3. Crossings are counted as inversions, as Barth, Jünger, Mutzel
2002 do; a sorted list stands in for their tree of counters, as Python's `bisect` is faster for rows of any size drawn.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from dlang.graph.strands import Rows

__all__ = ["crossings", "ordered"]

_ROUNDS = ((300, 24, 6), (2_500, 16, 4), (20_000, 6, 4))
"""Up to so many nodes, how many sweeps are made, and after how many without a better order there are no more. Each
costs time in proportion to nodes and links."""

_LEAST_ROUNDS = (2, 2)
"""The same for more nodes."""

_EXCHANGES = 4
"""How often a row's neighbours are compared in one sweep."""

_POLISHING = 10
"""The same for all rows, after the sweeps."""

Neighbours = list[list[int]]


def ordered(graph: Rows) -> list[list[int]]:
    """The nodes of each row, from left to right."""
    count = len(graph.sizes)
    rounds, patience = next((effort for most, *effort in _ROUNDS if count <= most), _LEAST_ROUNDS)
    found = []
    for upwards in (True, False):
        ordering = _Ordering(graph, upwards)
        found.append((ordering.sweep(rounds, patience), ordering))
        if not found[-1][0]:
            break
    _, best = min(found, key=lambda pair: pair[0])
    best.polish()
    return best.rows


def crossings(rows: Sequence[Sequence[int]], down: Neighbours, position: Sequence[int]) -> int:
    """How many pairs of links cross in straight lines between rows."""
    return sum(_inversions(row, down, position) for row in rows)


def _inversions(row: Sequence[int], down: Neighbours, position: Sequence[int]) -> int:
    found = 0
    ends: list[int] = []
    greatest = -1
    for node in row:
        for end in _places(down[node], position):
            if end >= greatest:
                ends.append(end)
                greatest = end
            else:
                at = bisect_right(ends, end)
                found += len(ends) - at
                ends.insert(at, end)
    return found


def _places(nodes: list[int], position: Sequence[int]) -> list[int]:
    """The positions of nodes, sorted."""
    if len(nodes) == 1:
        return [position[nodes[0]]]
    return sorted([position[node] for node in nodes])


class _Ordering:
    """Rows whose order changes."""

    def __init__(self, graph: Rows, upwards: bool) -> None:
        self.up, self.down = graph.up, graph.down
        self.position = [0] * len(graph.sizes)
        self.rows = _walked(graph, upwards)
        for row in self.rows:
            self._number(row)

    def sweep(self, rounds: int, patience: int) -> int:
        """Sweep so many times, or until so many sweeps are no better, and take the best order met; its crossings."""
        self._exchange()
        fewest = crossings(self.rows, self.down, self.position)
        best = [list(row) for row in self.rows]
        idle = 0
        for number in range(rounds):
            if not fewest or idle == patience:
                break
            self._sort(downwards=number % 2 == 0, medians=number % 4 >= 2, turned=number % 8 >= 4)
            self._exchange()
            found = crossings(self.rows, self.down, self.position)
            idle += 1
            if found < fewest:
                fewest, best, idle = found, [list(row) for row in self.rows], 0
        self.rows = best
        for row in best:
            self._number(row)
        return fewest

    def polish(self) -> None:
        """Exchange neighbours until none is a gain, or as often as is worth the time."""
        for _ in range(_POLISHING):
            if not self._exchange():
                break

    def _number(self, row: list[int]) -> None:
        position = self.position
        for at, node in enumerate(row):
            position[node] = at

    def _sort(self, downwards: bool, medians: bool, turned: bool) -> None:
        """Order each row by its neighbours in the row before; nodes without any stay where they are.

        Args:
            downwards: the row before is the one above.
            medians: by medians and not by barycentres.
            turned: nodes that are level change their order, which leads out of orders that sweeps do not better.
        """
        neighbours = self.up if downwards else self.down
        position = self.position
        for row in self.rows if downwards else reversed(self.rows):
            weights: dict[int, float] = {}
            for node in row:
                ends = neighbours[node]
                if len(ends) == 1:
                    weights[node] = position[ends[0]]
                elif ends:
                    places = [position[end] for end in ends]
                    weights[node] = _median(sorted(places)) if medians else sum(places) / len(places)
            if len(weights) == len(row):
                if turned:
                    row.reverse()
                row.sort(key=weights.__getitem__)
            else:
                level = reversed(row) if turned else row
                moving = iter(sorted((node for node in level if node in weights), key=weights.__getitem__))
                row[:] = [next(moving) if node in weights else node for node in row]
            self._number(row)

    def _exchange(self) -> bool:
        """Let neighbours change places where fewer links cross then; whether any did."""
        position, changed = self.position, False
        for row in self.rows:
            if len(row) < 2:
                continue
            above = [_places(self.up[node], position) for node in row]
            below = [_places(self.down[node], position) for node in row]
            order = _exchanged(above, below)
            if order:
                row[:] = [row[at] for at in order]
                self._number(row)
                changed = True
        return changed


def _exchanged(above: list[list[int]], below: list[list[int]]) -> list[int] | None:
    """The order of a row's nodes after neighbours have changed places, or None if that is no gain anywhere.

    Args:
        above: of each node, the sorted positions of its neighbours in the row above.
        below: the same in the row below.
    """
    order = list(range(len(above)))
    todo, changed = order[:-1], False
    for _ in range(_EXCHANGES):
        again: set[int] = set()
        for at in todo:
            left, right = order[at], order[at + 1]
            a, b, c, d = above[left], above[right], below[left], below[right]
            # Most neighbours cross nowhere, and this is where the time goes.
            if ((a and b and a[-1] > b[0]) or (c and d and c[-1] > d[0])) and _gain(a, b) + _gain(c, d) > 0:
                order[at], order[at + 1] = right, left
                again.update((at - 1, at + 1))
        if not again:
            break
        changed = True
        todo = sorted(at for at in again if 0 <= at < len(order) - 1)
    return order if changed else None


def _gain(left: list[int], right: list[int]) -> int:
    """How many crossings fewer there are if two nodes change places, by the sorted positions of their neighbours."""
    if len(left) == 1 and len(right) == 1:
        return (left[0] > right[0]) - (left[0] < right[0])
    count = len(right)
    return sum([bisect_left(right, one) + bisect_right(right, one) - count for one in left])


def _median(places: list[int]) -> float:
    """The middle; of an even number, nearer to the side where they are dense (Gansner et al., page 14)."""
    middle = len(places) // 2
    if len(places) % 2:
        return places[middle]
    if len(places) == 2:
        return (places[0] + places[1]) / 2
    left, right = places[middle - 1] - places[0], places[-1] - places[middle]
    if not left + right:
        return (places[middle - 1] + places[middle]) / 2
    return (places[middle - 1] * right + places[middle] * left) / (left + right)


def _walked(graph: Rows, upwards: bool) -> list[list[int]]:
    """Rows in the order in which a walk in depth meets their nodes, from the results up or from the inputs down."""
    rows: list[list[int]] = [[] for _ in graph.spacious]
    ahead, behind = (graph.up, graph.down) if upwards else (graph.down, graph.up)
    seen = [False] * len(graph.sizes)
    ends = [node for node in range(len(graph.sizes)) if not behind[node]]
    for end in ends:
        path = [end]
        while path:
            node = path.pop()
            if not seen[node]:
                seen[node] = True
                rows[graph.row[node]].append(node)
                path.extend(reversed(ahead[node]))
    return rows

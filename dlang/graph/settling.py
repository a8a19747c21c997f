"""The end of the fourth step of a layout: what is linked straight moves, as a whole, to where its links are shortest.

A block, nodes that straight links join, moves to the weighted median of where its other links go, as far as there is
room. So no link that is straight becomes slanted, and the weighted length of all links becomes less.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dlang.graph.strands import Rows

__all__ = ["settle"]

_STIFF = (2, 1, 8)
"""How much a link resists a slant, by the number of its ends that are bends or labels. Gansner et al. 1993 have 1, 2
and 8; here a chain of boxes rather stays straight where a long link leaves it."""

_SETTLING = 16
"""How often everything is moved to where its links are shortest."""

_SAME = 1e-6
"""Coordinates that differ by less are the same."""


def settle(graph: Rows, rows: Sequence[Sequence[int]], room: Sequence[float], x: list[float]) -> None:
    """Move nodes of a layout to where their links are shorter.

    Args:
        graph: the nodes.
        rows: their order, which they keep.
        room: half of the space that each node takes in its row, its distance from others included.
        x: their centres, which are changed.
    """
    left, right = [-1] * len(x), [-1] * len(x)
    for row in rows:
        for one, other in pairwise(row):
            right[one], left[other] = other, one
    for _ in range(_SETTLING):
        if not _settled(graph, left, right, room, x):
            break


def _settled(graph: Rows, left: list[int], right: list[int], room: Sequence[float], x: list[float]) -> bool:
    """Move each block once, the first to the last; whether any moved."""
    moved = False
    for block in _straight(graph, x):
        wanted = _wanted(graph, block, x)
        if wanted > _SAME:
            gaps = [x[other] - x[node] - room[node] - room[other] for node in block if (other := right[node]) >= 0]
            wanted = max(min([wanted, *gaps]), 0.0)
        elif wanted < -_SAME:
            gaps = [x[node] - x[other] - room[node] - room[other] for node in block if (other := left[node]) >= 0]
            wanted = -max(min([-wanted, *gaps]), 0.0)
        if abs(wanted) > _SAME:
            moved = True
            for node in block:
                x[node] += wanted
    return moved


def _straight(graph: Rows, x: list[float]) -> list[list[int]]:
    """Sets of nodes that straight links join."""
    seen = [False] * len(x)
    found = []
    for first in range(len(x)):
        if not seen[first]:
            seen[first] = True
            block, at = [first], x[first]
            for node in block:
                for ends in (graph.up[node], graph.down[node]):
                    for end in ends:
                        if not seen[end] and abs(x[end] - at) < _SAME:
                            seen[end] = True
                            block.append(end)
            found.append(block)
    return found


def _wanted(graph: Rows, block: list[int], x: list[float]) -> float:
    """How far a block would have to move, at least, for its links to be as short as they can be."""
    inner, at = graph.inner, x[block[0]]
    slants: list[tuple[float, int]] = []
    for node in block:
        for ends in (graph.up[node], graph.down[node]):
            slants += [(x[end] - at, _STIFF[inner[node] + inner[end]]) for end in ends if abs(x[end] - at) >= _SAME]
    whole = sum(weight for _, weight in slants)
    passed, level = 0, False
    for distance, weight in sorted(slants):
        passed += weight
        if 2 * passed > whole or (2 * passed == whole and distance > 0):
            return min(distance, 0.0) if level else distance
        level = 2 * passed == whole  # from here to the next, one place is as good as another
    return 0.0

"""Which boxes of a picture are drawn open: the outer ones first, as long as there is room."""

from __future__ import annotations

from collections import deque

from dlang.graph.model import Kind, Sheet

__all__ = ["opened"]


def opened(sheet: Sheet, room: int) -> frozenset[str]:
    """Keys of the boxes to open, so that there are at most `room` nodes; the others stay closed.

    A box that does not fit stays closed, and what is inside with it; smaller ones behind it may still open.
    """
    found = set()
    left = room - len(sheet.nodes)
    waiting = deque(node for node in sheet.nodes if node.inside is not None)
    while waiting:
        node = waiting.popleft()
        assert node.inside is not None
        size = sum(each.kind not in (Kind.ENTRY, Kind.EXIT) for each in node.inside.nodes)
        if size <= left:
            left -= size
            found.add(node.key)
            # of the passes of a loop the last one first: its values are those that the loop yields
            waiting.extend(each for each in reversed(node.inside.nodes) if each.inside is not None)
    return frozenset(found)

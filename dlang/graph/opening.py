"""Which boxes of a picture are drawn open, or can be opened: the outer ones first, as long as there is room."""

from __future__ import annotations

from collections import deque

from dlang.graph.model import Kind, Node, Sheet, walk

__all__ = ["held", "opened"]


def opened(sheet: Sheet, room: int) -> frozenset[str]:
    """Keys of the boxes to open, so that there are at most `room` nodes; the others stay closed.

    A box that does not fit stays closed, and what is inside with it; smaller ones behind it may still open. Of a long
    loop the last pass is opened, whose values are those that the loop yields. What the standard library does inside its
    functions stays closed: the picture is of the reader's program.
    """
    found = set()
    left = room - len(sheet.nodes)
    waiting = deque(_candidates(sheet))
    while waiting:
        node = waiting.popleft()
        assert node.inside is not None
        size = sum(each.kind not in (Kind.ENTRY, Kind.EXIT) for each in node.inside.nodes)
        if size <= left:
            left -= size
            found.add(node.key)
            waiting.extend(_candidates(node.inside))
    return frozenset(found)


def held(sheet: Sheet, room: int) -> frozenset[str]:
    """Keys of the boxes whose insides can be handed on, if about `room` nodes can: those of `opened`, then the outer.

    A box is among them only if that around it is.
    """
    found = set(opened(sheet, room))
    known = (node.inside for node in walk(sheet) if node.inside is not None and node.key in found)
    left = room - len(sheet.nodes) - sum(len(inside.nodes) for inside in known)
    sheets = [sheet]
    for each in sheets:
        for node in each.nodes:
            if node.inside is None:
                continue
            if node.key not in found and len(node.inside.nodes) <= left:
                left -= len(node.inside.nodes)
                found.add(node.key)
            if node.key in found:
                sheets.append(node.inside)
    return frozenset(found)


def _candidates(sheet: Sheet) -> list[Node]:
    boxes = [node for node in reversed(sheet.nodes) if node.inside is not None and not _in_library(node.inside)]
    is_long = any(node.kind is Kind.MIDDLE for node in boxes)
    return [node for node in boxes if node.kind is Kind.PASS][:1] if is_long else boxes


def _in_library(sheet: Sheet) -> bool:
    """Whether a sheet is of the standard library's doing, and the run did not end there."""
    spans = [node.span for node in sheet.nodes if node.span is not None and node.kind not in (Kind.ENTRY, Kind.EXIT)]
    return any(span.source.in_library for span in spans) and all(node.kind is not Kind.FAULT for node in walk(sheet))

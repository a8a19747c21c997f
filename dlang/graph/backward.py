"""The backward graph: the forward one with its edges turned, each value's cotangent in its place.

k ──▶ exp ──▶ objective          ∂k ◀── ∂exp ◀── ∂objective = 1
"""

from __future__ import annotations

from dlang.graph.model import Edge, Kind, Node, Sheet
from dlang.records import replace

__all__ = ["backward", "mirrored"]

_TURNED = {Kind.ENTRY: Kind.EXIT, Kind.EXIT: Kind.ENTRY}


def mirrored(key: str) -> str:
    """The key, in the backward graph, of the cotangent of a node."""
    return f"d{key}"


def backward(sheet: Sheet) -> Sheet:
    """The sheet of the cotangents of what has one; boxes that hold none are left out."""
    made: dict[str, Sheet] = {}
    for inner in reversed(_sheets(sheet)):
        nodes = [node for node in inner.nodes if _carries(node, made)]
        kept = {node.key for node in nodes}
        turned = tuple(_turned(node, made) for node in reversed(nodes))
        edges = tuple(
            Edge(
                mirrored(e.target),
                mirrored(e.source),
                mirrored(e.entry) if e.entry else None,
                mirrored(e.exit) if e.exit else None,
                e.type,
                e.flow,
            )
            for e in inner.edges
            if e.flow is not None and e.source in kept and e.target in kept
        )
        made[_place(inner)] = Sheet(turned, edges)
    return made[_place(sheet)]


def _sheets(sheet: Sheet) -> list[Sheet]:
    """The sheet and those inside of its boxes, the outer before the inner."""
    found = [sheet]
    for each in found:
        found += [node.inside for node in each.nodes if node.inside is not None]
    return found


def _place(sheet: Sheet) -> str:
    return str(id(sheet))


def _carries(node: Node, made: dict[str, Sheet]) -> bool:
    if node.inside is None:
        return node.gradient is not None
    return bool(made[_place(node.inside)].nodes)


def _turned(node: Node, made: dict[str, Sheet]) -> Node:
    return replace(
        node,
        key=mirrored(node.key),
        kind=_TURNED.get(node.kind, node.kind),
        label=f"\u2202{node.label}",
        detail=node.detail if node.kind is Kind.LOOP else "",
        value=node.gradient,
        inside=None if node.inside is None else made[_place(node.inside)],
    )

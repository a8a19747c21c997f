"""The JSON form: everything that is known of a picture, boxes within boxes."""

from __future__ import annotations

from typing import Any

from dlang.graph.look import Look
from dlang.graph.model import Edge, Node, Picture, Sheet
from dlang.values import plain

__all__ = ["as_data", "render"]

_MOST = 1000
"""Elements of an array that are written out."""


def render(picture: Picture, look: Look) -> str:
    """The picture as one JSON object on a line."""
    from json import dumps

    return dumps({"schema": "difftool.graph/1", **as_data(picture)}, allow_nan=False) + "\n"


def as_data(picture: Picture) -> dict[str, Any]:
    """The picture as objects and lists that JSON has."""
    return {
        "title": picture.title,
        "note": picture.note or None,
        "forward": _sheet(picture.forward),
        "backward": None if picture.backward is None else _sheet(picture.backward),
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {"nodes": [_node(node) for node in sheet.nodes], "edges": [_edge(edge) for edge in sheet.edges]}


def _node(node: Node) -> dict[str, Any]:
    span = node.span
    return {
        "key": node.key,
        "kind": node.kind.value,
        "label": node.label,
        "detail": node.detail or None,
        "type": node.type or None,
        "file": span.source.name if span is not None else None,
        "line": span.line if span is not None else None,
        "column": span.column if span is not None else None,
        "value": _value(node.value),
        "gradient": _value(node.gradient),
        "rule": node.rule or None,
        "inside": None if node.inside is None else _sheet(node.inside),
    }


def _value(value: Any) -> Any:
    """A number or array in full; a large array by its shape and range."""
    if getattr(value, "size", 0) <= _MOST:
        return plain(value)
    known = value[value == value]
    low, high = (known.min(), known.max()) if known.size else (None, None)
    return plain({"shape": list(value.shape), "min": low, "max": high})


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "source": edge.source,
        "target": edge.target,
        "exit": edge.exit,
        "entry": edge.entry,
        "type": edge.type or None,
        "flow": plain(edge.flow),
    }

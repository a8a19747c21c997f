"""What a page holds of a picture: sheets laid out, and what is known of each node; what recurs is there once.

    {"graphs": [{"name": "forward", "sheet": 0}], "sheets": [{"layout": 0, "nodes": [0, 1], "edges": [...]}],
     "layouts": [...], "nodes": [...], "values": [...], "rules": [...], "places": [...]}

Of arrays it holds the first entries. Boxes deep in a large picture say how many nodes are in them, and no more.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from dlang.briefly import number
from dlang.diagnostics.ansi import visible
from dlang.graph.backward import mirrored
from dlang.graph.model import Edge, Kind, Node, Picture, Sheet, count
from dlang.graph.opening import held, opened
from dlang.graph.palette import PILLS, class_of
from dlang.graph.scene import (
    ADVANCE,
    FONTS,
    HEAD,
    LINE,
    PAD,
    PLATE,
    Scene,
    Text,
    closed,
    head_of,
    narrowest,
)
from dlang.records import field, record
from dlang.source import Span
from dlang.values import format_value

__all__ = ["contents"]

_ROOM = 6000
"""Nodes that a page holds, of each graph."""

_ALL, _OUTER = 250, 60
"""A graph of up to so many nodes is open at first; of a larger one only so many are shown, the outer ones."""

_PARTS, _ENTRIES = (64, 32, 16, 8, 4), 80_000
"""Entries of an array that it holds: the most that make no more than so many of all arrays, else the fewest."""

_DIGITS = 8
"""Digits of the entries of arrays; scalars are told in full."""


@record(frozen=False, eq=False)
class _Pool:
    """Things that are counted from 0, each once."""

    things: list[Any] = field(default_factory=list)
    _numbers: dict[Hashable, int] = field(default_factory=dict)

    def number(self, key: Hashable, thing: Any) -> int:
        """The number of a thing, by a key that is its own."""
        found = self._numbers.setdefault(key, len(self.things))
        if found == len(self.things):
            self.things.append(thing)
        return found


@record(frozen=False, eq=False)
class _Contents:
    """Contents in the making."""

    sheets: list[dict[str, Any]] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    layouts: _Pool = field(default_factory=_Pool)
    values: _Pool = field(default_factory=_Pool)
    rules: _Pool = field(default_factory=_Pool)
    spans: _Pool = field(default_factory=_Pool)


def contents(picture: Picture) -> dict[str, Any]:
    """What the page of a picture holds, as objects and lists that JSON has."""
    graphs = [("forward", picture.forward)]
    if picture.backward is not None:
        graphs.append(("backward", picture.backward))
    found = _Contents()
    known = []
    for name, sheet in graphs:
        known.append({"name": name, "sheet": len(found.sheets)})
        _add(found, sheet)
    number_of = {node["key"]: at for at, node in enumerate(found.nodes)}
    for at, node in enumerate(found.nodes):
        twin = number_of.get(mirrored(node["key"]))
        if twin is not None:
            node["twin"], found.nodes[twin]["twin"] = twin, at
    arrays = sum(hasattr(value, "dtype") for value in found.values.things)
    most = next((part for part in _PARTS if part * arrays <= _ENTRIES), _PARTS[-1])
    return {
        "title": visible(picture.title),
        "note": visible(picture.note),
        "graphs": known,
        "sheets": found.sheets,
        "layouts": found.layouts.things,
        "nodes": found.nodes,
        "values": [_value(value, most) for value in found.values.things],
        "rules": found.rules.things,
        "places": [_place(span) for span in found.spans.things],
        "kinds": {kind.value: class_of(kind) for kind in Kind},
        "measures": {
            "pad": PAD, "head": HEAD, "line": LINE, "plate": PLATE, "advance": ADVANCE, "fonts": FONTS
        },
    }  # fmt: skip


def _add(found: _Contents, outermost: Sheet) -> None:
    """Add the sheets of a graph, the outer before the inner."""
    inner = held(outermost, _ROOM)
    shown = opened(outermost, _ALL if count(outermost) <= _ALL else _OUTER)
    first = len(found.sheets)
    sheets = [outermost]
    number_of: dict[str, int] = {}
    sheet_of: dict[str, int] = {}
    for sheet in sheets:
        for node in sheet.nodes:
            number_of[node.key] = len(found.nodes) + len(number_of)
            if node.inside is not None and node.key in inner:
                sheet_of[node.key] = first + len(sheets)
                sheets.append(node.inside)
    for scene in closed(sheets):
        for place in scene.places:
            node = place.node
            data = _node(found, node, place.texts)
            if node.key in sheet_of:
                head = head_of(node)
                data |= {"sheet": sheet_of[node.key], "open": node.key in shown}
                data["head"] = [head.words, round(narrowest(head), 1)]
            elif node.inside is not None:
                data["hidden"] = count(node.inside)
            found.nodes.append(data)
        layout = _layout(scene)
        found.sheets.append(
            {
                "layout": found.layouts.number(repr(layout), layout),
                "nodes": [number_of[place.node.key] for place in scene.places],
                "edges": [_edge(way.edge, way.words, number_of) for way in scene.ways],
            }
        )


def _layout(scene: Scene) -> dict[str, Any]:
    """Where everything lies: boxes as left, top, width, height; lines as x, y, x, y…, their labels as x, y."""
    return {
        "size": [round(scene.width, 1), round(scene.height, 1)],
        "boxes": [[round(each, 1) for each in (p.x, p.y, p.width, p.height)] for p in scene.places],
        "lines": [[round(each, 1) for point in way.points for each in point] for way in scene.ways],
        "labels": [way.label and [round(each, 1) for each in way.label] for way in scene.ways],
    }


def _edge(edge: Edge, words: str, number_of: dict[str, int]) -> list[Any]:
    """Source, target, label, whether a gradient flows back, and the ports inside; those that are not held are null."""
    ports = [number_of.get(port) if port is not None else None for port in (edge.exit, edge.entry)]
    return [number_of[edge.source], number_of[edge.target], words, int(bool(edge.flow)), *ports]


def _node(found: _Contents, node: Node, lines: Iterable[Text]) -> dict[str, Any]:
    """What is known of a node; what is not known of it is left out."""
    texts = {text.role: text.words for text in lines}
    is_cotangent = node.label.startswith("\u2202")
    gradient = None if is_cotangent else node.gradient
    data = {
        "key": node.key,
        "kind": node.kind.value,
        "pill": int(node.kind in PILLS),
        "lines": [texts.get(role, "") for role in ("name", "value", "gradient")],
        "label": visible(node.label),
        "detail": visible(node.detail),
        "type": node.type,
        "place": None if node.span is None else found.spans.number(node.span, node.span),
        "value": None if node.value is None else _number(found, node.value),
        "gradient": None if gradient is None else _number(found, gradient),
        "rule": found.rules.number(node.rule, visible(node.rule)) if node.rule else None,
    }
    return {name: each for name, each in data.items() if each is not None and each != ""}


def _number(found: _Contents, value: Any) -> int:
    """The number of a value: a scalar is known by its type and text, an array is one thing wherever it is read."""
    return found.values.number(id(value) if hasattr(value, "dtype") else format_value(value), value)


def _value(value: Any, most: int) -> str | dict[str, Any]:
    """A scalar in full; of an array its shape, range and first entries."""
    if not getattr(value, "shape", ()):
        return format_value(value)
    flat = value.reshape(-1)
    first = ", ".join(number(each, _DIGITS) for each in flat[:most].tolist())
    told = {"shape": list(value.shape), "first": first, "count": min(most, flat.size)}
    known = flat[flat == flat]
    if known.size and value.dtype.kind != "b":
        told["range"] = [number(each, _DIGITS) for each in (known.min().item(), known.max().item())]
    if known.size < flat.size:
        told["nan"] = flat.size - known.size
    return told


def _place(span: Span) -> list[Any]:
    """File, line, and the text of the line: before the span, of it, and behind it."""
    line = span.source.line(span.line)
    start = span.column - 1
    end = min(start + span.end - span.start, len(line))
    parts = (line[:start].lstrip(), line[start:end], line[end:].rstrip())
    return [visible(span.source.name), span.line, *map(visible, parts)]

"""Where everything of a sheet lies: boxes within boxes, laid out from the inside to the outside.

Units are pixels. Texts are set in a monospaced font, so that their widths are known without a screen.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import NamedTuple

from dlang.briefly import brief, number
from dlang.diagnostics.cells import width_of
from dlang.graph.layout import Box, Layout, Link, lay_out
from dlang.graph.model import Edge, Kind, Node, Sheet
from dlang.graph.numbers import caption, gradient_text
from dlang.records import record

__all__ = [
    "ADVANCE",
    "FONTS",
    "HEAD",
    "LINE",
    "PAD",
    "PLATE",
    "Laid",
    "Place",
    "Scene",
    "Text",
    "Way",
    "closed",
    "head_of",
    "laid_out",
    "lines_of",
    "narrowest",
    "plate",
    "width_of_text",
]

FONTS = {"name": 13.0, "value": 11.0, "gradient": 11.0, "label": 10.0}
"""Sizes of the font by what a text is: what a node is called, what is known of it, or the label of an edge."""

ADVANCE = 0.61
"""The width of a character, in sizes of the font: that of the widest of the usual monospaced ones."""

LINE, PAD, HEAD = 16.0, 9.0, 26.0
"""The height of a line, the room around texts, and the height of the title of an open box."""

_LONGEST = 34
"""Characters of a text in a node; what is longer is cut."""

PLATE = 14.0
"""The height of the label of an edge."""

_STEP = 12.0
"""Widths are multiples of this, so that much of a long loop is laid out once."""

_MANY = 8
"""Sheets of so many nodes that are joined alike are taken for the same piece of a program, run again."""


class Text(NamedTuple):
    """A line in a node: its words, and what it tells, `name`, `value` or `gradient`."""

    words: str
    role: str


@record(eq=False)
class Place:
    """A node where it lies; `scene` is what is inside of an open box, from the corner (`PAD`, `HEAD`) on."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    scene: Scene | None = None


@record(eq=False)
class Way:
    """An edge where it runs; `words` are its label, with the centre at `label`."""

    edge: Edge
    points: tuple[tuple[float, float], ...]
    words: str
    label: tuple[float, float] | None


@record(eq=False)
class Scene:
    """A sheet laid out: all of it lies within (0, 0) and (width, height)."""

    width: float
    height: float
    places: tuple[Place, ...]
    ways: tuple[Way, ...]


class Laid(NamedTuple):
    """What is laid out of a sheet: sizes of nodes, and links with the widths of their labels, 0 for none."""

    boxes: tuple[tuple[float, float], ...]
    links: tuple[tuple[int, int, float], ...]


@record(eq=False)
class _Measured:
    """A sheet before it is laid out: the texts in its nodes, the labels of its edges, and the room that they need."""

    sheet: Sheet
    insides: tuple[Scene | None, ...]
    texts: tuple[tuple[Text, ...], ...]
    words: tuple[str, ...]
    laid: Laid


def laid_out(sheet: Sheet, opened: Collection[str]) -> Scene:
    """A sheet laid out, with the boxes in `opened` open."""
    known: dict[Laid, Layout] = {}
    scenes: dict[Sheet, Scene] = {}
    for inner in reversed(_open_sheets(sheet, opened)):
        measured = _measured(inner, opened, scenes)
        if measured.laid not in known:
            known[measured.laid] = _layout(measured.laid)
        scenes[inner] = _scene(measured, measured.laid, known[measured.laid])
    return scenes[sheet]


def closed(sheets: Iterable[Sheet]) -> list[Scene]:
    """Sheets laid out, each with its boxes closed.

    Those that differ in values only, as the passes of a loop do, get one layout, with room for the widest of each.
    """
    measured = [_measured(sheet, (), {}) for sheet in sheets]
    alike: dict[Hashable, list[Laid]] = {}
    for each in measured:
        alike.setdefault(_structure(each), []).append(each.laid)
    laid = {structure: _widest(group) for structure, group in alike.items()}
    layouts = {each: _layout(each) for each in dict.fromkeys(laid.values())}
    commons = [laid[_structure(each)] for each in measured]
    return [_scene(each, common, layouts[common]) for each, common in zip(measured, commons, strict=True)]


def _structure(measured: _Measured) -> Hashable:
    """What sheets that are laid out alike have in common: in small ones the names of nodes too."""
    named = len(measured.texts) < _MANY
    nodes = tuple(
        (node.kind, len(texts), named and texts[0].words)
        for node, texts in zip(measured.sheet.nodes, measured.texts, strict=True)
    )
    return nodes, tuple((source, target, width > 0) for source, target, width in measured.laid.links)


def _widest(alike: list[Laid]) -> Laid:
    boxes = tuple(
        (max(w for w, _ in each), max(h for _, h in each)) for each in zip(*(a.boxes for a in alike), strict=True)
    )
    links = tuple(
        (*each[0][:2], max(width for *_, width in each)) for each in zip(*(a.links for a in alike), strict=True)
    )
    return Laid(boxes, links)


def _open_sheets(sheet: Sheet, opened: Collection[str]) -> list[Sheet]:
    """The sheet and those of its open boxes, the outer before the inner."""
    found = [sheet]
    for each in found:
        found += [node.inside for node in each.nodes if node.inside is not None and node.key in opened]
    return found


def _measured(sheet: Sheet, opened: Collection[str], scenes: Mapping[Sheet, Scene]) -> _Measured:
    insides = tuple(scenes[n.inside] if n.inside is not None and n.key in opened else None for n in sheet.nodes)
    texts = tuple(
        lines_of(node) if inside is None else (head_of(node),)
        for node, inside in zip(sheet.nodes, insides, strict=True)
    )
    sizes = tuple(_size(*each) for each in zip(sheet.nodes, texts, insides, strict=True))
    words = tuple(_label(edge) for edge in sheet.edges)
    number_of = {node.key: k for k, node in enumerate(sheet.nodes)}
    links = tuple(
        (number_of[e.source], number_of[e.target], plate(label, (0.0, 0.0))[2] if label else 0.0)
        for e, label in zip(sheet.edges, words, strict=True)
    )
    return _Measured(sheet, insides, texts, words, Laid(sizes, links))


def _layout(laid: Laid) -> Layout:
    boxes = [Box(str(k), *size) for k, size in enumerate(laid.boxes)]
    links = [Link(str(a), str(b), width, PLATE if width else 0.0) for a, b, width in laid.links]
    return lay_out(boxes, links, gap=22.0, layer_gap=30.0)


def _scene(measured: _Measured, laid: Laid, layout: Layout) -> Scene:
    nodes = zip(measured.sheet.nodes, laid.boxes, measured.texts, measured.insides, strict=True)
    places = tuple(
        Place(node, layout.boxes[str(k)].x, layout.boxes[str(k)].y, *size, texts, inside)
        for k, (node, size, texts, inside) in enumerate(nodes)
    )
    ways = tuple(
        Way(edge, route.points, words, route.label)
        for edge, words, route in zip(measured.sheet.edges, measured.words, layout.routes, strict=True)
    )
    return Scene(layout.width, layout.height, places, ways)


def head_of(node: Node) -> Text:
    """The title of an open box."""
    return Text(_cut(caption(node), 60), "name")


def narrowest(head: Text) -> float:
    """The width that an open box needs for its title."""
    return _stepped(width_of_text(head.words, head.role)) + 2 * PAD


def plate(words: str, centre: tuple[float, float]) -> tuple[float, float, float, float]:
    """The rectangle behind the label of an edge: left, top, width, height."""
    width = width_of_text(words, "label") + 6
    return centre[0] - width / 2, centre[1] - PLATE / 2, width, PLATE


def lines_of(node: Node) -> tuple[Text, ...]:
    """The lines in a node: what it is called, its value, its gradient."""
    if node.kind in (Kind.ENTRY, Kind.EXIT):
        return (Text(_cut(node.label, 16), "name"),)
    name = Text(_cut(caption(node), _LONGEST), "name")
    if node.kind is Kind.CONSTANT:
        return (name,)
    is_array = node.type.startswith("[")
    value = f"{node.type} {brief(node.value)}" if is_array and node.value is not None else brief(node.value)
    found = [name, Text(_cut(value or node.type, 26), "value")]
    gradient = gradient_text(node)
    if gradient and not node.label.startswith("\u2202"):
        found.append(Text(f"\u2202 {gradient}", "gradient"))
    return tuple(text for text in found if text.words)


def _size(node: Node, texts: tuple[Text, ...], inside: Scene | None) -> tuple[float, float]:
    wide = max(width_of_text(text.words, text.role) for text in texts)
    wide = _stepped(wide)
    if inside is not None:
        return max(narrowest(texts[0]), inside.width + 2 * PAD), inside.height + HEAD + PAD
    if node.kind in (Kind.ENTRY, Kind.EXIT):
        return wide, LINE + 4
    return wide + (LINE if node.inside is not None else 0.0), LINE * len(texts) + PAD


def _stepped(width: float) -> float:
    """The width of a node around texts of a width."""
    return _STEP * -(-(width + 2 * PAD) // _STEP)


def width_of_text(text: str, role: str) -> float:
    """The room that a text takes: a `name`, a `value`, a `gradient` or a `label`."""
    cells = len(text) if text.replace("\u2202", "").isascii() else width_of(text)
    return cells * FONTS[role] * ADVANCE


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"


def _label(edge: Edge) -> str:
    """What stands on an edge: the shape of what goes along it, and the size of the gradient that comes back."""
    shape = edge.type if edge.type.startswith("[") else ""
    gradient = "" if edge.flow is None else f"\u2202{number(edge.flow, 3)}"
    return f"{shape} {gradient}".strip()

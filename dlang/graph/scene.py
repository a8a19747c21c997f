"""Where everything of a sheet lies: boxes within boxes, laid out from the inside to the outside.

Units are pixels. Texts are set in a monospaced font, so that their widths are known without a screen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from dlang.briefly import brief, number
from dlang.diagnostics.cells import width_of
from dlang.graph.layout import Box, Layout, Link, lay_out
from dlang.graph.model import Edge, Kind, Node, Sheet
from dlang.graph.numbers import caption, gradient_text
from dlang.records import record

__all__ = ["FONT", "SMALL", "Laid", "Place", "Scene", "Text", "Way", "laid_out", "lines_of", "width_of_text"]

FONT, SMALL = 13.0, 11.0
"""Sizes of the font for names, and for what is known of them."""

_FONTS = {"name": FONT, "value": SMALL, "gradient": SMALL, "label": SMALL - 1}

_ADVANCE = 0.61
"""The width of a character, in sizes of the font: that of the widest of the usual monospaced ones."""

LINE, PAD, HEAD = 16.0, 9.0, 26.0
"""The height of a line, the room around texts, and the height of the title of an open box."""

_LONGEST = 34
"""Characters of a text in a node; what is longer is cut."""

_STEP = 12.0
"""Widths are multiples of this, so that much of a long loop is laid out once."""


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
    """What was laid out, for all that is alike: sizes and links."""

    boxes: tuple[tuple[float, float], ...]
    links: tuple[tuple[int, int, float], ...]


def laid_out(sheet: Sheet, opened: Collection[str]) -> Scene:
    """A sheet laid out, with the boxes in `opened` open."""
    known: dict[Laid, Layout] = {}
    scenes: dict[Sheet, Scene] = {}
    for inner in reversed(_open_sheets(sheet, opened)):
        scenes[inner] = _scene(inner, opened, scenes, known)
    return scenes[sheet]


def _open_sheets(sheet: Sheet, opened: Collection[str]) -> list[Sheet]:
    """The sheet and those of its open boxes, the outer before the inner."""
    found = [sheet]
    for each in found:
        found += [node.inside for node in each.nodes if node.inside is not None and node.key in opened]
    return found


def _scene(sheet: Sheet, opened: Collection[str], scenes: Mapping[Sheet, Scene], known: dict[Laid, Layout]) -> Scene:
    insides = [scenes[n.inside] if n.inside is not None and n.key in opened else None for n in sheet.nodes]
    texts = [
        lines_of(node) if inside is None else (Text(_cut(caption(node), 60), "name"),)
        for node, inside in zip(sheet.nodes, insides, strict=True)
    ]
    sizes = [_size(node, lines, inside) for node, lines, inside in zip(sheet.nodes, texts, insides, strict=True)]
    words = [_label(edge) for edge in sheet.edges]
    number_of = {node.key: str(k) for k, node in enumerate(sheet.nodes)}
    boxes = [Box(str(k), *size) for k, size in enumerate(sizes)]
    links = [
        Link(
            number_of[e.source],
            number_of[e.target],
            width_of_text(label, "label") + 6 if label else 0.0,
            14.0 if label else 0.0,
        )
        for e, label in zip(sheet.edges, words, strict=True)
    ]
    alike = Laid(tuple(sizes), tuple((int(k.source), int(k.target), k.width) for k in links))
    layout = known.get(alike)
    if layout is None:
        layout = known[alike] = lay_out(boxes, links, gap=22.0, layer_gap=30.0)
    places = tuple(
        Place(node, layout.boxes[str(k)].x, layout.boxes[str(k)].y, *sizes[k], texts[k], insides[k])
        for k, node in enumerate(sheet.nodes)
    )
    ways = tuple(
        Way(edge, route.points, label, route.label)
        for edge, label, route in zip(sheet.edges, words, layout.routes, strict=True)
    )
    return Scene(layout.width, layout.height, places, ways)


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
    wide = _STEP * -(-(wide + 2 * PAD) // _STEP)
    if inside is not None:
        return max(wide + 2 * PAD, inside.width + 2 * PAD), inside.height + HEAD + PAD
    if node.kind in (Kind.ENTRY, Kind.EXIT):
        return wide, LINE + 4
    return wide + (LINE if node.inside is not None else 0.0), LINE * len(texts) + PAD


def width_of_text(text: str, role: str) -> float:
    """The room that a text takes: a `name`, a `value`, a `gradient` or a `label`."""
    return width_of(text) * _FONTS[role] * _ADVANCE


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"


def _label(edge: Edge) -> str:
    """What stands on an edge: the shape of what goes along it, and the size of the gradient that comes back."""
    shape = edge.type if edge.type.startswith("[") else ""
    gradient = "" if edge.flow is None else f"\u2202{number(edge.flow, 3)}"
    return f"{shape} {gradient}".strip()

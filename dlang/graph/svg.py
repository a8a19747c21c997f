"""The SVG form: one file, light or dark as its reader's screen."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from dlang.diagnostics.ansi import visible
from dlang.graph.look import Look
from dlang.graph.model import Node, Picture
from dlang.graph.opening import opened
from dlang.graph.palette import COLOURS, PILLS, SHAPES, class_of
from dlang.graph.scene import FONTS, HEAD, LINE, PAD, Place, Scene, Way, laid_out, plate

__all__ = ["path", "render"]

_ROOM = 300
"""Nodes that are drawn; boxes for which there is no room stay closed."""

_MARGIN, _BETWEEN, _TOP = 16.0, 48.0, 44.0

STYLE = f"""\
{COLOURS}{SHAPES}
.title{{font-size:15px;font-weight:600;text-anchor:start}}.note{{font-size:12px;fill:var(--grad);text-anchor:start}}
"""


def render(picture: Picture, look: Look) -> str:
    """The picture as an SVG document; the backward graph, if there is one, to the right."""
    parts = (
        [("", picture.forward)]
        if picture.backward is None
        else [("forward", picture.forward), ("backward", picture.backward)]
    )
    scenes = [(title, laid_out(sheet, opened(sheet, _ROOM))) for title, sheet in parts]
    width = sum(scene.width for _, scene in scenes) + _BETWEEN * (len(scenes) - 1) + 2 * _MARGIN
    top = _TOP + (18.0 if picture.note else 0.0)
    height = max(scene.height for _, scene in scenes) + top + _MARGIN + (20.0 if len(scenes) > 1 else 0.0)
    width = max(width, len(picture.title) * 10.0 + 2 * _MARGIN, len(picture.note) * 7.5 + 2 * _MARGIN)
    body = list(_body(picture, scenes, top))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}"'
            f' viewBox="0 0 {_n(width)} {_n(height)}" role="img">',
            f"<title>The computation graph of {_text(picture.title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{_n(width)}" height="{_n(height)}"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def _body(picture: Picture, scenes: list[tuple[str, Scene]], top: float) -> Iterator[str]:
    yield f'<text class="title" x="{_n(_MARGIN)}" y="28">{_text(picture.title)}</text>'
    if picture.note:
        yield f'<text class="note" x="{_n(_MARGIN)}" y="46">{_text(picture.note)}</text>'
    x = _MARGIN
    for title, scene in scenes:
        y = top
        if title:
            yield f'<text class="head" x="{_n(x)}" y="{_n(y + 10)}">{title}</text>'
            y += 20.0
        yield from _scene(scene, x, y)
        x += scene.width + _BETWEEN


def _scene(scene: Scene, left: float, top: float) -> Iterator[str]:
    """A scene with its corner at (left, top)."""
    yield f'<g transform="translate({_n(left)} {_n(top)})">'
    for way in scene.ways:
        yield from _way(way)
    for place in scene.places:
        yield from _place(place)
    for way in scene.ways:
        if way.label is not None and way.words:
            x, y, width, height = plate(way.words, way.label)
            yield f'<rect class="plate" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'
            yield f'<text class="label" x="{_n(way.label[0])}" y="{_n(way.label[1] + 3.5)}">{_text(way.words)}</text>'
    yield "</g>"


def _place(place: Place) -> Iterator[str]:
    node = place.node
    rect = f'x="{_n(place.x)}" y="{_n(place.y)}" width="{_n(place.width)}" height="{_n(place.height)}"'
    if place.scene is not None:
        yield f'<g class="box {class_of(node.kind)}"><rect {rect} rx="8"/>'
        yield f'<text class="head" x="{_n(place.x + PAD)}" y="{_n(place.y + 17)}">{_text(place.texts[0].words)}</text>'
        inside = (place.width - place.scene.width) / 2
        yield from _scene(place.scene, place.x + inside, place.y + HEAD)
        yield "</g>"
        return
    pill = node.kind in PILLS
    closed = " closed" if node.inside is not None else ""
    yield f'<g class="node {class_of(node.kind)}{closed}"><title>{_text(_told(node))}</title>'
    yield f'<rect {rect} rx="{_n(min(place.height / 2, 14) if pill else 5)}"/>'
    middle = place.x + place.width / 2
    first = place.y + place.height / 2 - LINE * (len(place.texts) - 1) / 2
    for k, text in enumerate(place.texts):
        words = f"\u25b8 {text.words}" if node.inside is not None and not k else text.words
        down = first + LINE * k + FONTS[text.role] * 0.34
        yield f'<text class="{text.role}" x="{_n(middle)}" y="{_n(down)}">{_text(words)}</text>'
    yield "</g>"


def _told(node: Node) -> str:
    """What a reader is told who points at a node."""
    where = f"line {node.span.line}" if node.span is not None else ""
    rule = f"rule {node.rule}" if node.rule else ""
    return "\n".join(part for part in (node.label, node.detail, node.type, where, rule) if part)


def _way(way: Way) -> Iterator[str]:
    flow = " flow" if way.edge.flow else ""
    yield f'<path class="way{flow}" d="{path(way.points)}"/>'
    (x, y) = way.points[-1]
    down = 1 if len(way.points) < 2 or way.points[-2][1] <= y else -1
    yield f'<path class="arrow{flow}" d="M{_n(x)} {_n(y)}l-3.5 {_n(-7 * down)}h7z"/>'


def path(points: tuple[tuple[float, float], ...]) -> str:
    """A smooth line through points, vertical at each: what a layout keeps free."""
    (x, y), *rest = points
    parts = [f"M{_n(x)} {_n(y)}"]
    for to_x, to_y in rest:
        middle = (y + to_y) / 2
        if abs(x - to_x) < 0.05:
            parts.append(f"V{_n(to_y)}")
        else:
            parts.append(f"C{_n(x)} {_n(middle)} {_n(to_x)} {_n(middle)} {_n(to_x)} {_n(to_y)}")
        x, y = to_x, to_y
    return "".join(parts)


def _n(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return escape(visible(text))

"""A layered layout of boxes and links: where each box lies, and the line of each link.

Links point down. The steps are those of Sugiyama, Tagawa, Toda 1981: `layering` says on which layer each box is,
`strands` what a link passes on the layers between, `ordering` what is left of what, `placing` and `routing` where
everything lies. Parts that no link joins are laid out alone and packed side by side.

It is deterministic, needs no recursion, and takes time nearly in proportion to boxes and links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dlang.graph.layering import against, layers
from dlang.graph.ordering import ordered
from dlang.graph.placing import centres
from dlang.graph.routing import banded, centre, lines
from dlang.graph.strands import strung
from dlang.records import record

__all__ = ["Box", "Layout", "Link", "Placed", "Route", "lay_out"]

_RATIO = 1.6
"""About how many times as wide as high a picture of many parts is."""

_GATHERED = 2.0
"""How many times as much links meet as they part, that a graph is laid out upside down."""

_LOOP = 14.0
"""How far beside its box a link to itself runs."""


@record
class Box:
    """What is laid out: a name and a size."""

    key: str
    width: float
    height: float


@record
class Link:
    """A directed link between boxes, with the size of its label. A label of no width is none."""

    source: str
    target: str
    width: float = 0.0
    height: float = 0.0


@record
class Placed:
    """The left upper corner of a box."""

    x: float
    y: float


@record
class Route:
    """The line of a link.

    Args:
        points: from the border of its source to that of its target. Between points above or beside each other the line
            is straight; between others it lies between two rows, where a curve that leaves and arrives vertically is
            as free of boxes and labels as a straight line.
        label: the centre of its label, if it has one; the line passes it.
    """

    points: tuple[tuple[float, float], ...]
    label: tuple[float, float] | None


@record
class Layout:
    """Boxes by their keys, and the routes of links in their order, all within (0, 0) and (width, height)."""

    width: float
    height: float
    boxes: Mapping[str, Placed]
    routes: tuple[Route, ...]


@record
class _Part:
    """What is laid out alone: numbers of boxes and of links, their places and routes, and the size of it all."""

    boxes: list[int]
    corners: list[Placed]
    links: list[int]
    routes: list[Route]
    width: float
    height: float


def lay_out(boxes: Sequence[Box], links: Sequence[Link], *, gap: float = 24.0, layer_gap: float = 40.0) -> Layout:
    """The layout of a graph.

    Args:
        boxes: in any order, with different keys.
        links: between them. A link that closes a cycle points up.
        gap: the least distance between boxes side by side.
        layer_gap: that between boxes one below the other; there is more where links have far to go aside.

    Raises:
        KeyError: a link names a box that there is not.
    """
    number_of = {box.key: number for number, box in enumerate(boxes)}
    arcs = [(number_of[link.source], number_of[link.target]) for link in links]
    parts = [_laid_out(boxes, links, arcs, *part, gap, layer_gap) for part in _parts(len(boxes), arcs)]
    placed: list[Placed] = [Placed(0.0, 0.0)] * len(boxes)
    routes: list[Route] = [Route((), None)] * len(links)
    width = height = 0.0
    for part, (x, y) in zip(parts, _packed(parts, gap, layer_gap), strict=True):
        for number, corner in zip(part.boxes, part.corners, strict=True):
            placed[number] = Placed(corner.x + x, corner.y + y)
        for number, route in zip(part.links, part.routes, strict=True):
            routes[number] = _moved(route, x, y)
        width, height = max(width, x + part.width), max(height, y + part.height)
    keys = (box.key for box in boxes)
    return Layout(width, height, dict(zip(keys, placed, strict=True)), tuple(routes))


def _parts(count: int, arcs: Sequence[tuple[int, int]]) -> list[tuple[list[int], list[int]]]:
    """The boxes and links of each part that no link joins to another, in the order of their first boxes."""
    around: list[list[int]] = [[] for _ in range(count)]
    for source, target in arcs:
        around[source].append(target)
        around[target].append(source)
    part = [-1] * count
    found: list[tuple[list[int], list[int]]] = []
    for first in range(count):
        if part[first] < 0:
            part[first] = len(found)
            reached = [first]
            for box in reached:
                for other in around[box]:
                    if part[other] < 0:
                        part[other] = len(found)
                        reached.append(other)
            found.append((sorted(reached), []))
    for number, (source, _) in enumerate(arcs):
        found[part[source]][1].append(number)
    return found


def _laid_out(
    boxes: Sequence[Box],
    links: Sequence[Link],
    arcs: Sequence[tuple[int, int]],
    members: list[int],
    numbers: list[int],
    gap: float,
    layer_gap: float,
) -> _Part:
    """One part, its left upper corner at (0, 0)."""
    own = {box: at for at, box in enumerate(members)}
    loops: dict[int, list[int]] = {}
    for number in numbers:
        if arcs[number][0] == arcs[number][1]:
            loops.setdefault(arcs[number][0], []).append(number)
    sizes = [_size(boxes[box], [links[number] for number in loops.get(box, [])]) for box in members]
    straight = [number for number in numbers if arcs[number][0] != arcs[number][1]]
    inner = [(own[arcs[number][0]], own[arcs[number][1]]) for number in straight]
    turned = against(len(members), inner)
    inner = [(arc[1], arc[0]) if at in turned else arc for at, arc in enumerate(inner)]
    down = -1 if _gathers(inner) else 1
    if down < 0:
        inner = [(target, source) for source, target in inner]
    labels = [(links[number].width, links[number].height) for number in straight]
    graph = strung(sizes, inner, labels, layers(len(members), inner))
    x = centres(graph, ordered(graph), gap)
    bands = banded(graph, x, layer_gap)
    drawn = lines(graph, x, bands, [(boxes[box].width, boxes[box].height) for box in members])
    routes: dict[int, Route] = {}
    for at, (number, line, way) in enumerate(zip(straight, drawn, graph.ways, strict=True)):
        points = [(px, py * down) for px, py in line]
        label = centre(graph, x, bands, way.label) if way.label >= 0 else None
        backwards = (at in turned) != (down < 0)
        routes[number] = Route(
            tuple(reversed(points)) if backwards else tuple(points), label and (label[0], label[1] * down)
        )
    corners = []
    for at, box in enumerate(members):
        middle, level = centre(graph, x, bands, at)
        corners.append(Placed(middle - boxes[box].width / 2, level * down - boxes[box].height / 2))
    for box, own_loops in loops.items():
        turns = _looped(boxes[box], corners[own[box]], [links[number] for number in own_loops])
        routes.update(zip(own_loops, turns, strict=True))
    part = _Part(members, corners, numbers, [routes[number] for number in numbers], 0.0, 0.0)
    return _framed(part, boxes, links)


def _gathers(arcs: Sequence[tuple[int, int]]) -> bool:
    """Whether many links lead to few boxes, rather than from few to many: it is then laid out upside down, as strands
    and labels are made for links that part."""
    leaving, entering = (Counter(arc[end] for arc in arcs) for end in (0, 1))
    spread, gathered = (sum(n * n for n in each.values()) for each in (leaving, entering))
    return gathered > _GATHERED * spread


def _size(box: Box, loops: list[Link]) -> tuple[float, float]:
    """The size of a box with room at both sides for links to itself."""
    beside = _LOOP + max((link.width for link in loops), default=0.0) if loops else 0.0
    return box.width + 2 * beside, max(box.height, sum(_slot(link) for link in loops))


def _slot(loop: Link) -> float:
    """The height of a link from a box to itself."""
    return max(loop.height, _LOOP)


def _looped(box: Box, corner: Placed, loops: list[Link]) -> list[Route]:
    """The routes of links from a box to itself: a fan at its right side, the labels one below the other."""
    right = corner.x + box.width
    step = box.height / (3 * len(loops) + 1)
    y = corner.y + box.height / 2 - sum(_slot(link) for link in loops) / 2
    found = []
    for number, link in enumerate(loops):
        leaves = corner.y + (3 * number + 1) * step
        turn = (right + _LOOP, y + _slot(link) / 2)
        label = (turn[0] + link.width / 2, turn[1]) if link.width > 0 else None
        found.append(Route(((right, leaves), turn, (right, leaves + 2 * step)), label))
        y += _slot(link)
    return found


def _framed(part: _Part, boxes: Sequence[Box], links: Sequence[Link]) -> _Part:
    """The part moved to (0, 0), with its size."""
    xs, ys = [], []
    for box, corner in zip(part.boxes, part.corners, strict=True):
        xs += [corner.x, corner.x + boxes[box].width]
        ys += [corner.y, corner.y + boxes[box].height]
    for number, route in zip(part.links, part.routes, strict=True):
        xs += [x for x, _ in route.points]
        ys += [y for _, y in route.points]
        if route.label:
            xs += [route.label[0] + side * links[number].width / 2 for side in (-1, 1)]
            ys += [route.label[1] + side * links[number].height / 2 for side in (-1, 1)]
    left, top = min(xs), min(ys)
    corners = [Placed(corner.x - left, corner.y - top) for corner in part.corners]
    routes = [_moved(route, -left, -top) for route in part.routes]
    return _Part(part.boxes, corners, part.links, routes, max(xs) - left, max(ys) - top)


def _moved(route: Route, x: float, y: float) -> Route:
    label = route.label and (route.label[0] + x, route.label[1] + y)
    return Route(tuple((px + x, py + y) for px, py in route.points), label)


def _packed(parts: Sequence[_Part], gap: float, layer_gap: float) -> list[tuple[float, float]]:
    """Where parts lie: the high ones first, in shelves of columns as high as the shelf's first part."""
    area = sum((part.width + gap) * (part.height + layer_gap) for part in parts)
    widest = max((part.width for part in parts), default=0.0)
    limit = max(widest, (area * _RATIO) ** 0.5)
    found = [(0.0, 0.0)] * len(parts)
    shelf_y = shelf_height = column_x = column_width = column_y = 0.0
    for count, number in enumerate(sorted(range(len(parts)), key=lambda number: -parts[number].height)):
        part = parts[number]
        if count and column_y + part.height <= shelf_height and part.width <= column_width:
            found[number] = (column_x, shelf_y + column_y)
            column_y += part.height + layer_gap
            continue
        if count:
            column_x += column_width + gap
        if not count or column_x + part.width > limit:
            shelf_y += shelf_height + layer_gap if count else 0.0
            shelf_height, column_x = part.height, 0.0
        found[number] = (column_x, shelf_y)
        column_width, column_y = part.width, part.height + layer_gap
    return found

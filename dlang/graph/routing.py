"""The last step of a layout: the lines of the links.

A line runs straight down where it passes a row, and slants only between rows, where there are no boxes; so it never
passes through one. Where it leaves or enters a box it has a port of its own, across from where it goes if the box is
wide enough. Lanes are lines beside all boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from dlang.graph.strands import NO_LANE, Rows, Size
from dlang.records import record

__all__ = ["Bands", "Line", "Point", "banded", "centre", "lines"]

Point = tuple[float, float]
Line = list[Point]

_PORT_GAP = 12.0
"""The least distance of two ports of a box, where it is wide enough."""

_CORNER = 5.0
"""How far from a corner of a box its ports begin."""

_LANE_GAP = 8.0
"""The distance of two lanes."""

_SLANT = 0.08
"""How much space between two rows there is at least, as a part of the longest way aside that a link makes there."""

_MOST_SPACE = 3.0
"""How many times the usual space that makes at most."""

_LABEL_SPACE = 0.55
"""The space beside a row of labels, as a part of that between rows of boxes."""


@record
class Bands:
    """Where rows lie.

    Args:
        top: of each row.
        bottom: of each row, below its tallest node.
    """

    top: list[float]
    bottom: list[float]


def banded(graph: Rows, x: Sequence[float], space: float) -> Bands:
    """Rows one below the other, with more space between them where links have far to go aside."""
    tallest = [0.0] * len(graph.spacious)
    farthest = [0.0] * len(graph.spacious)
    for node, at in enumerate(graph.row):
        tallest[at] = max(tallest[at], graph.sizes[node][1])
        for other in graph.down[node]:
            farthest[at] = max(farthest[at], abs(x[other] - x[node]))
    bands = Bands([], [])
    y = 0.0
    for at, height in enumerate(tallest):
        bands.top.append(y)
        bands.bottom.append(y + height)
        beside = graph.spacious[at] and (at + 1 == len(tallest) or graph.spacious[at + 1])
        least = space if beside else space * _LABEL_SPACE
        y += height + max(least, min(_MOST_SPACE * space, _SLANT * farthest[at]))
    return bands


def centre(graph: Rows, x: Sequence[float], bands: Bands, node: int) -> Point:
    """The centre of a node, which is in the middle of its row."""
    at = graph.row[node]
    return x[node], (bands.top[at] + bands.bottom[at]) / 2


def lines(graph: Rows, x: Sequence[float], bands: Bands, boxes: Sequence[Size]) -> list[Line]:
    """The line of each link, from its source's border to its target's.

    Args:
        graph: the nodes.
        x: their centres.
        bands: where their rows lie.
        boxes: their sizes as they are drawn; a node may be larger, to keep room around it.
    """
    right = max((place + width / 2 for place, (width, _) in zip(x, graph.sizes, strict=True)), default=0.0)
    lanes = _lanes(graph, right)
    ranges = _ranges([width for width, _ in boxes], x)
    leaves, enters = _ports(graph, x, lanes, ranges)
    heights = _lane_heights(graph, bands, lanes)
    found = []
    for number, way in enumerate(graph.ways):
        first, last = way.nodes[0], way.nodes[-1]
        line: Line = [
            (leaves[number], centre(graph, x, bands, first)[1] + boxes[first][1] / 2),
            (leaves[number], bands.bottom[graph.row[first]]),
        ]
        if way.lane != NO_LANE:
            lane, (begin, end) = lanes[way.lane], heights[number]
            after = enters[number] if way.nodes[1] == last else x[way.nodes[1]]
            line += [(leaves[number], begin), (lane, begin), (lane, end), (after, end)]
        for node in way.nodes[1:-1]:
            at = graph.row[node]
            line += [(x[node], bands.top[at]), (x[node], bands.bottom[at])]
        line += [
            (enters[number], bands.top[graph.row[last]]),
            (enters[number], centre(graph, x, bands, last)[1] - boxes[last][1] / 2),
        ]
        found.append(_simplified(line))
    return found


def _simplified(line: Line) -> Line:
    """The line without points that are on the way from the one before to the one after."""
    kept: Line = []
    for x, y in line:
        if kept and kept[-1] == (x, y):
            continue
        while len(kept) > 1:
            (ax, ay), (bx, by) = kept[-2:]
            if abs((bx - ax) * (y - ay) - (x - ax) * (by - ay)) > 1e-6 * (abs(y - ay) + abs(x - ax)):
                break
            kept.pop()
        kept.append((x, y))
    return kept if len(kept) > 1 else [*kept, *kept]


def _lanes(graph: Rows, right: float) -> dict[int, float]:
    """The x coordinate of each lane: the short ones inside. Those that pass no row together, come from one box, or all
    lead to one, may be in one line."""
    ends: dict[int, tuple[int, int]] = {}
    for way in graph.ways:
        if way.lane != NO_LANE:
            source, target = ends.get(way.lane, (way.nodes[0], way.nodes[1]))
            lower = target if graph.row[target] >= graph.row[way.nodes[1]] else way.nodes[1]
            ends[way.lane] = (source, lower)
    leaving = Counter(source for source, _ in ends.values())
    units: dict[tuple[bool, int], tuple[int, int]] = {}
    unit_of: dict[int, tuple[bool, int]] = {}
    for lane, (source, target) in ends.items():
        unit = unit_of[lane] = (True, source) if leaving[source] > 1 else (False, target)
        begin, end = units.get(unit, (graph.row[source], 0))
        units[unit] = (min(begin, graph.row[source]), max(end, graph.row[target]))
    tracks: list[list[tuple[int, int]]] = []
    track_of: dict[tuple[bool, int], int] = {}
    for unit, (begin, end) in sorted(units.items(), key=lambda item: (item[1][1] - item[1][0], item)):
        free = (k for k, track in enumerate(tracks) if all(end < other[0] or other[1] < begin for other in track))
        number = track_of[unit] = next(free, len(tracks))
        if number == len(tracks):
            tracks.append([])
        tracks[number].append((begin, end))
    return {lane: right + (track_of[unit] + 2) * _LANE_GAP for lane, unit in unit_of.items()}


def _lane_heights(graph: Rows, bands: Bands, lanes: dict[int, float]) -> dict[int, tuple[float, float]]:
    """For each link with a lane, the y coordinates at which it goes there and back, each between two rows."""
    runs: dict[int, set[tuple[float, int]]] = {}
    ends: dict[int, tuple[float, int, int]] = {}
    for number, way in enumerate(graph.ways):
        if way.lane != NO_LANE:
            x, source, target = lanes[way.lane], way.nodes[0], way.nodes[1]
            ends[number] = (x, source, target)
            runs.setdefault(graph.row[source], set()).add((x, source))
            runs.setdefault(graph.row[target] - 1, set()).add((x, target))
    height: dict[tuple[float, int], float] = {}
    for at, found in runs.items():
        above, below = bands.bottom[at], bands.top[at + 1]
        for index, run in enumerate(sorted(found)):
            height[run] = above + (below - above) * (index + 1) / (len(found) + 1)
    return {number: (height[x, source], height[x, target]) for number, (x, source, target) in ends.items()}


def _ports(
    graph: Rows, x: Sequence[float], lanes: dict[int, float], ranges: list[Point]
) -> tuple[list[float], list[float]]:
    """The x coordinates at which each link leaves its source and enters its target."""
    leaves, enters = [0.0] * len(graph.ways), [0.0] * len(graph.ways)
    below: dict[int, list[tuple[float, int, int]]] = {}
    above: dict[int, list[tuple[float, int, int]]] = {}
    for number, way in enumerate(graph.ways):
        first, last = way.nodes[0], way.nodes[-1]
        after, before = way.nodes[1], way.nodes[-2]
        if way.lane != NO_LANE:
            below.setdefault(first, []).append((lanes[way.lane], -1 - way.lane, number))
        else:
            below.setdefault(first, []).append((x[after], after, number))
        reached = lanes[way.lane] if way.lane != NO_LANE and before == first else x[before]
        above.setdefault(last, []).append((reached, before, number))
    for node, ends in below.items():
        _spread(x, node, ends, leaves, ranges, shared=True)
    for node, ends in above.items():
        _spread(x, node, ends, enters, ranges, shared=False)
    return leaves, enters


def _spread(
    x: Sequence[float],
    node: int,
    ends: list[tuple[float, int, int]],
    ports: list[float],
    ranges: list[Point],
    shared: bool,
) -> None:
    """Give the links at one side of a box their ports, in the order of where they go.

    Args:
        x: the centres of nodes.
        node: the box.
        ends: of each link, the x coordinate it goes to, a node (or, negative, a lane) there, and its number.
        ports: where the coordinates are written.
        ranges: where boxes may have ports.
        shared: whether links to one bend, or lane, are one strand and have one port.
    """
    groups: list[tuple[float, list[int]]] = []
    previous = None
    low, high = ranges[node]
    for reached, other, number in sorted(ends):
        is_box = 0 <= other < len(ranges)
        if shared and other == previous and not is_box:
            groups[-1][1].append(number)
            continue
        previous = other
        wanted = reached
        if is_box:  # the middle of the narrower one is where both ends can be
            least, most = ranges[other]
            wanted = min(max(x[node], least), most) if high - low < most - least else reached
        groups.append((min(max(wanted, low), high), [number]))
    places = _apart([wanted for wanted, _ in groups], low, high)
    for place, (_, numbers) in zip(places, groups, strict=True):
        for number in numbers:
            ports[number] = place


def _ranges(widths: Sequence[float], x: Sequence[float]) -> list[Point]:
    """Where on its border each box may have ports."""
    halves = [max(width / 2 - _CORNER, 0.0) for width in widths]
    return [(place - half, place + half) for place, half in zip(x, halves, strict=False)]


def _apart(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """The places nearest to those wanted, in their order, within bounds and a port's distance apart.

    They are the isotonic regression of what is wanted less the room that those to the left take
    (least squares; neighbours that collide are pooled).
    """
    count = len(wanted)
    step = min(_PORT_GAP, (high - low) / (count - 1)) if count > 1 else 0.0
    pools: list[tuple[float, int]] = []
    for number, place in enumerate(wanted):
        mean, size = place - number * step, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean, size = (mean * size + other * others) / (size + others), size + others
        pools.append((mean, size))
    flat = _repeated(pools)
    return [min(max(place, low), high - (count - 1) * step) + at * step for at, place in enumerate(flat)]


def _repeated(pools: Iterable[tuple[float, int]]) -> list[float]:
    return [mean for mean, size in pools for _ in range(size)]

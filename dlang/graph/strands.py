"""The second step of a layout: links as strands through the layers between their ends.

A link that skips layers has a node in each, a bend, which keeps its place free; a label is such a node with a size.
There is a layer for labels between two layers only where a link between them has one: other labels find their
place among the boxes they pass.

Links that leave a box for many others far down are one strand, which loses a link at each of them. And where
strands would be too many or too long to be laid out in time, the longest run outside, in lanes beside the boxes.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.graph.layering import Arcs
from dlang.records import record

__all__ = ["NO_LANE", "Rows", "Way", "strung"]

NO_LANE = -1
"""The lane of a way that needs none."""

_BUNDLED = 4
"""How many links that skip a layer leave a box before they are one strand."""

_BENDS_PER_BOX, _BENDS = 4, 500
"""How many bends there may be, for each box and beside, before strands are put into lanes."""

_PASSING = 1 / 40
"""What it costs that a link passes a bend, as a part of what the bend costs: a strand of many links has fewer bends
than its links have points."""

Size = tuple[float, float]
"""Width and height."""


@record
class Way:
    """What a link passes.

    Args:
        nodes: from its source to its target, one on each layer; with a lane, those after the lane.
        lane: the lane it takes from its source to the node after it, or NO_LANE. Ways with one lane share a strand.
        label: the node that is its label, or -1.
    """

    nodes: tuple[int, ...]
    lane: int
    label: int


@record
class Rows:
    """A graph of nodes in rows, with links from a row to the next one only. Boxes come first, in their order.

    Args:
        sizes: of each node; a bend has none.
        row: of each node.
        inner: whether a node is a bend or a label, which no link begins or ends at.
        up: neighbours of each node in the row above.
        down: neighbours of each node in the row below.
        spacious: for each row, whether it has boxes and not labels only.
        ways: of each link.
    """

    sizes: list[Size]
    row: list[int]
    inner: list[bool]
    up: list[list[int]]
    down: list[list[int]]
    spacious: list[bool]
    ways: list[Way]


def strung(sizes: Sequence[Size], arcs: Arcs, labels: Sequence[Size], layer: Sequence[int]) -> Rows:
    """The rows of a graph whose layers are known.

    Args:
        sizes: of the boxes.
        arcs: the links; every one leads to a greater layer.
        labels: their sizes; one of no width is none.
        layer: of each box.
    """
    split = {
        layer[source]
        for (source, target), (width, _) in zip(arcs, labels, strict=True)
        if width > 0 and layer[target] == layer[source] + 1
    }
    spacious: list[bool] = []
    row_of = []
    for one in range(max(layer, default=-1) + 1):
        row_of.append(len(spacious))
        spacious.append(True)
        if one in split:
            spacious.append(False)
    builder = _Builder(sizes, [row_of[one] for one in layer], spacious)
    builder.string(arcs, labels)
    return builder.rows


class _Builder:
    """Makes the nodes between the ends of links."""

    def __init__(self, sizes: Sequence[Size], row: list[int], spacious: list[bool]) -> None:
        count = len(sizes)
        self.rows = Rows(
            list(sizes), row, [False] * count, [[] for _ in range(count)], [[] for _ in range(count)], spacious, []
        )

    def string(self, arcs: Arcs, labels: Sequence[Size]) -> None:
        """Give every link its way."""
        row = self.rows.row
        label_row = [self._label_row(arc, size) for arc, size in zip(arcs, labels, strict=True)]
        last = [row[target] if at < 0 else at for (_, target), at in zip(arcs, label_row, strict=True)]
        strand, in_lane = self._strands(arcs, last)
        shared: dict[tuple[int, int], int] = {}
        for number, (source, target) in enumerate(arcs):
            nodes = [source]
            lane = strand[number] if strand[number] in in_lane else NO_LANE
            if lane == NO_LANE:
                for at in range(row[source] + 1, last[number]):
                    key = (strand[number], at)
                    if key not in shared:
                        shared[key] = self._node((0.0, 0.0), at)
                        self._link(nodes[-1], shared[key])
                    nodes.append(shared[key])
            strung = len(nodes) - 1
            if label_row[number] >= 0:
                nodes.append(self._node(labels[number], label_row[number]))
                nodes.extend(self._node((0.0, 0.0), at) for at in range(label_row[number] + 1, row[target]))
            nodes.append(target)
            first = strung + (lane != NO_LANE)
            for upper, lower in zip(nodes[first:], nodes[first + 1 :], strict=False):
                self._link(upper, lower)
            label = nodes[strung + 1] if label_row[number] >= 0 else -1
            self.rows.ways.append(Way(tuple(nodes), lane, label))

    def _label_row(self, arc: tuple[int, int], size: Size) -> int:
        """The row of a link's label: one of labels if it passes any, and the nearest to its target."""
        if size[0] <= 0:
            return -1
        above, below = self.rows.row[arc[0]], self.rows.row[arc[1]]
        for at in range(below - 1, above, -1):
            if not self.rows.spacious[at]:
                return at
        return below - 1

    def _strands(self, arcs: Arcs, last: list[int]) -> tuple[list[int], set[int]]:
        """The strand of each link, and those strands that are put into lanes."""
        row, spacious = self.rows.row, self.rows.spacious
        budget = _BENDS_PER_BOX * len(self.rows.sizes) + _BENDS
        skips = [any(spacious[row[source] + 1 : end]) for (source, _), end in zip(arcs, last, strict=True)]
        cost: dict[int, float] = {}
        for least in (_BUNDLED, 2):
            leaving: dict[int, list[int]] = {}
            for number, (source, _) in enumerate(arcs):
                if skips[number]:
                    leaving.setdefault(source, []).append(number)
            strand = list(range(len(arcs)))
            for links in leaving.values():
                if len(links) >= least:
                    for number in links:
                        strand[number] = links[0]
            cost = _costs(strand, [end - row[source] - 1 for (source, _), end in zip(arcs, last, strict=True)])
            if sum(cost.values()) <= budget:
                return strand, set()
        left, lanes = sum(cost.values()), set()
        for one in sorted(cost, key=lambda number: (-cost[number], number)):
            if left <= budget:
                break
            left -= cost[one]
            lanes.add(one)
        return strand, lanes

    def _node(self, size: Size, at: int) -> int:
        rows = self.rows
        rows.sizes.append(size)
        rows.row.append(at)
        rows.inner.append(True)
        rows.up.append([])
        rows.down.append([])
        return len(rows.sizes) - 1

    def _link(self, upper: int, lower: int) -> None:
        self.rows.down[upper].append(lower)
        self.rows.up[lower].append(upper)


def _costs(strand: list[int], lengths: list[int]) -> dict[int, float]:
    """The cost of each strand, in bends: of its longest link, and of the passing of them all."""
    longest: dict[int, int] = {}
    passed: dict[int, int] = {}
    for one, length in zip(strand, lengths, strict=True):
        longest[one] = max(longest.get(one, 0), length)
        passed[one] = passed.get(one, 0) + length
    return {one: longest[one] + _PASSING * passed[one] for one in longest}

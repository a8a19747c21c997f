"""A picture under construction: items in boxes, and connections, which are cut where they cross the border of a box.

k ──────▶ exp in signal        k ──▶ [signal]        inside: (in k) ──▶ exp
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlang.briefly import largest
from dlang.graph.model import Edge, Kind, Node, Sheet
from dlang.records import field, record
from dlang.source import Span

__all__ = ["DEEPEST", "DraftBox", "DraftEdge", "DraftItem", "PictureDraft"]

DEEPEST = 24
"""Boxes nest no deeper; what would, lies in the last one."""


@record(frozen=False, eq=False)
class DraftItem:
    """A node to be; `box` is the box that it lies in, `body` the box that it is, `name` what the source calls it."""

    key: str
    box: DraftBox
    kind: Kind
    label: str
    name: str = ""
    detail: str = ""
    type: str = ""
    span: Span | None = None
    value: Any = None
    gradient: Any = None
    rule: str = ""
    body: DraftBox | None = None

    @property
    def is_named(self) -> bool:
        """It is known by a name, not only by what was computed."""
        return self.kind is not Kind.OPERATION or bool(self.name)


@record(frozen=False, eq=False)
class DraftEdge:
    """An edge to be; `flow` is the gradient that comes back along it, of all whose way it is."""

    source: DraftItem
    target: DraftItem
    exit: DraftItem | None
    entry: DraftItem | None
    type: str
    flow: Any


@record(frozen=False, eq=False)
class DraftBox:
    """A box to be: the item that stands for it outside, and what is inside."""

    item: DraftItem | None
    depth: int
    items: list[DraftItem] = field(default_factory=list)
    edges: dict[tuple[object, ...], DraftEdge] = field(default_factory=dict)
    entries: dict[DraftItem, DraftItem] = field(default_factory=dict)
    exits: dict[DraftItem, DraftItem] = field(default_factory=dict)

    @property
    def outside(self) -> DraftBox:
        """The box that this one lies in."""
        assert self.item is not None
        return self.item.box


class PictureDraft:
    """Collects items and connections; `finish` makes the sheet of them."""

    def __init__(self) -> None:
        self.top = DraftBox(None, 0)
        self._made = 0

    def item(self, box: DraftBox, kind: Kind, label: str, **known: Any) -> DraftItem:
        """A node in a box; `known` are its other attributes."""
        self._made += 1
        made = DraftItem(f"n{self._made}", box, kind, label, **known)
        box.items.append(made)
        return made

    def box(self, outside: DraftBox, kind: Kind, label: str, **known: Any) -> DraftBox:
        """A box in a box; at the deepest level that is allowed, the box outside itself."""
        if outside.depth >= DEEPEST:
            return outside
        made = self.item(outside, kind, label, **known)
        made.body = DraftBox(made, outside.depth + 1)
        return made.body

    def entry(self, box: DraftBox, source: DraftItem, here: DraftItem) -> DraftItem:
        """The port by which a value of outside enters a box; `here` is where it comes from on its own level."""
        if source not in box.entries:
            box.entries[source] = self._port(box, Kind.ENTRY, source, source if source.is_named else here)
        return box.entries[source]

    def exit(self, box: DraftBox, source: DraftItem) -> DraftItem:
        """The port by which a value of inside leaves a box."""
        if source not in box.exits:
            outside = box.item if box.item is not None else source
            box.exits[source] = self._port(box, Kind.EXIT, source, source if source.is_named else outside)
        return box.exits[source]

    def _port(self, box: DraftBox, kind: Kind, source: DraftItem, named: DraftItem) -> DraftItem:
        port = self.item(box, kind, named.name or named.label, type=source.type, span=source.span)
        port.value = source.value
        return port

    def connect(
        self,
        source: DraftItem,
        target: DraftItem,
        type_: str = "",
        flow: Any = None,
        entry: DraftItem | None = None,
    ) -> None:
        """An edge between items wherever they lie, in pieces where it crosses borders.

        Args:
            source: what gives the value; it may be a port by which the value leaves its box.
            target: what reads it.
            type_: its type.
            flow: the gradient that comes back along the edge, a number or array; None if none does.
            entry: the port inside the target, which is a box, to which the value goes.
        """
        out, into = source.box, target.box
        ways: list[DraftBox] = []
        here: DraftItem = source
        exit_: DraftItem | None = None
        if source.kind is Kind.EXIT and out is not into and out.item is not None and not _around(out, into):
            here, exit_, out = out.item, source, out.outside
        while out is not into:
            if out.depth > into.depth:
                port = self.exit(out, source)
                self._edge(out, here, port, exit_, None, type_, flow)
                assert out.item is not None
                here, exit_, out = out.item, port, out.outside
            elif into.depth > out.depth:
                ways.append(into)
                into = into.outside
            else:  # neither is around the other
                port = self.exit(out, source)
                self._edge(out, here, port, exit_, None, type_, flow)
                assert out.item is not None
                here, exit_, out = out.item, port, out.outside
                ways.append(into)
                into = into.outside
        for way in reversed(ways):
            port = self.entry(way, source, here)
            assert way.item is not None
            self._edge(out, here, way.item, exit_, port, type_, flow)
            here, exit_, out = port, None, way
        self._edge(out, here, target, exit_, entry, type_, flow)

    @staticmethod
    def _edge(
        box: DraftBox,
        source: DraftItem,
        target: DraftItem,
        exit_: DraftItem | None,
        entry: DraftItem | None,
        type_: str,
        flow: Any,
    ) -> None:
        crosses = entry is not None or target.kind is Kind.EXIT
        # one value enters or leaves a box once, however often it is read there
        place = (source, target, exit_, entry) if crosses else (len(box.edges),)
        known = box.edges.get(place)
        if known is None:
            known = box.edges[place] = DraftEdge(source, target, exit_, entry, type_, flow)
        elif flow is not None:
            known.flow = flow if known.flow is None else known.flow + flow
        port = entry if entry is not None else target
        if port.kind in (Kind.ENTRY, Kind.EXIT):
            port.gradient = known.flow  # of a value that is read elsewhere too, what comes back this way

    def finish(self) -> Sheet:
        """The sheet of the outermost box."""
        made: dict[DraftBox, Sheet] = {}
        for box in reversed(list(self._boxes())):
            nodes = tuple(self._node(item, made) for item in _in_order(box))
            made[box] = Sheet(nodes, tuple(map(_edge, box.edges.values())))
        return made[self.top]

    def _boxes(self) -> Iterator[DraftBox]:
        stack = [self.top]
        while stack:
            box = stack.pop()
            yield box
            stack.extend(item.body for item in box.items if item.body is not None)

    @staticmethod
    def _node(item: DraftItem, made: dict[DraftBox, Sheet]) -> Node:
        value, gradient, type_ = item.value, item.gradient, item.type
        if item.body is not None:
            first = next(iter(item.body.exits), None)
            if first is not None:
                value, gradient, type_ = first.value, first.gradient, first.type
        inside = made[item.body] if item.body is not None else None
        return Node(item.key, item.kind, item.label, item.detail, type_, item.span, value, gradient, item.rule, inside)


def _around(box: DraftBox, inner: DraftBox) -> bool:
    """Whether a box is around another."""
    while inner.depth > box.depth:
        inner = inner.outside
    return inner is box


def _edge(edge: DraftEdge) -> Edge:
    return Edge(edge.source.key, edge.target.key, _key(edge.exit), _key(edge.entry), edge.type, largest(edge.flow))


def _key(item: DraftItem | None) -> str | None:
    return None if item is None else item.key


def _in_order(box: DraftBox) -> list[DraftItem]:
    """Items in an order of evaluation: entries first, exits last."""
    ranks = {Kind.ENTRY: 0, Kind.CARRIED: 0, Kind.EXIT: 2, Kind.RESULT: 2}
    return sorted(box.items, key=lambda item: ranks.get(item.kind, 1))

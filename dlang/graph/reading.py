"""Reading a sheet against its edges: what a node was computed from, seen through the borders of boxes."""

from __future__ import annotations

from collections.abc import Collection

from dlang.graph.model import Edge, Kind, Node, Sheet, walk
from dlang.records import record

__all__ = ["Link", "Reader", "Seen", "ends", "links", "visible_nodes"]


@record
class Seen:
    """A node as another reads it: of a box, what comes out of the port `exit`."""

    node: Node
    exit: str | None = None


@record
class Link:
    """An edge between nodes that are drawn, wherever they lie.

    `target_box` is the box, drawn open, that reads the value itself, as a branch does its condition; the target is
    then a node in it.
    """

    source: Node
    target: Node
    type: str
    flow: float | None
    target_box: str | None = None


def visible_nodes(sheet: Sheet) -> list[Node]:
    """The nodes of a sheet, ports left out."""
    return [node for node in sheet.nodes if node.kind not in (Kind.ENTRY, Kind.EXIT)]


def links(sheet: Sheet, opened: Collection[str]) -> list[Link]:
    """The edges between what is drawn if some boxes are open: they cross their borders, without ports."""
    reader = Reader(sheet, opened)
    found = []
    sheets = [sheet]
    for each in sheets:
        nodes = {node.key: node for node in each.nodes}
        sheets += [node.inside for node in each.nodes if node.inside is not None and node.key in opened]
        for edge in each.edges:
            target, box = nodes[edge.target], None
            if target.kind is Kind.EXIT:
                continue  # goes on outside
            if target.key in opened:
                carried = reader.carried(edge)
                if edge.entry is not None and carried is None:
                    continue  # goes on inside
                box, target = (None, carried) if carried is not None else (target.key, reader.first(target))
            source = reader.source(edge)
            if source is not None:
                found.append(Link(source, target, edge.type, edge.flow, box))
    return found


def ends(sheet: Sheet) -> list[Node]:
    """What nothing reads: where a run ended first, then results, then what else there is."""
    read = {edge.source for edge in sheet.edges}
    found = [node for node in visible_nodes(sheet) if node.key not in read]
    return sorted(found, key=lambda node: 0 if _has_fault(node) else 1 if node.kind is Kind.RESULT else 2)


def _has_fault(node: Node) -> bool:
    inside = walk(node.inside) if node.inside is not None else ()
    return any(each.kind is Kind.FAULT for each in (node, *inside))


class Reader:
    """Answers what nodes were computed from; keys are one namespace, so one index serves every sheet.

    Args:
        sheet: the outermost one.
        opened: keys of the boxes that can be looked into.
    """

    def __init__(self, sheet: Sheet, opened: Collection[str]) -> None:
        self._opened = opened
        self._nodes: dict[str, Node] = {}
        self._incoming: dict[str, list[Edge]] = {}
        self._entering: dict[str, Edge] = {}
        for inner in (sheet, *(node.inside for node in walk(sheet) if node.inside is not None)):
            for node in inner.nodes:
                self._nodes[node.key] = node
            for edge in inner.edges:
                self._incoming.setdefault(edge.target, []).append(edge)
                if edge.entry is not None:
                    self._entering[edge.entry] = edge

    def operands(self, seen: Seen) -> list[Seen]:
        """What a node was computed from, each once; of an open box, what the value that leaves it is inside."""
        node = seen.node
        if node.inside is not None and seen.exit is None and node.key in self._opened:
            return [Seen(each) for each in ends(node.inside)]  # nothing leaves it: what it came to
        if node.kind is Kind.CARRIED:
            edges = [self._entering[node.key]]
        elif node.inside is not None and node.key in self._opened:
            ports = [seen.exit] if seen.exit is not None else []
            inner = [edge for port in ports for edge in self._incoming.get(port, ())]
            tests = [edge for edge in self._incoming.get(node.key, ()) if edge.entry is None]
            edges = [*inner, *tests]
        else:
            edges = self._incoming.get(node.key, [])
        return list(dict.fromkeys(self._source(edge) for edge in edges))

    def port(self, seen: Seen) -> Node | None:
        """The port by which a value leaves a box."""
        return self._nodes[seen.exit] if seen.exit is not None else None

    def source(self, edge: Edge) -> Node | None:
        """The drawn node that an edge comes from, through ports and out of open boxes."""
        seen = self._source(edge)
        while seen.node.key in self._opened:
            inner = self._incoming.get(seen.exit or "", [])
            if not inner:
                return None
            seen = self._source(inner[0])
        return seen.node

    def carried(self, edge: Edge) -> Node | None:
        """The value of a loop, carried from pass to pass, that an edge starts."""
        node = self._nodes[edge.entry] if edge.entry is not None else None
        return node if node is not None and node.kind is Kind.CARRIED else None

    def first(self, box: Node) -> Node:
        """A drawn node in an open box."""
        node = box
        while node.inside is not None and node.key in self._opened:
            node = visible_nodes(node.inside)[0]
        return node

    def is_open(self, node: Node) -> bool:
        """Whether a node is a box that can be looked into."""
        return node.key in self._opened

    def ways(self, node: Node) -> int:
        """How many values leave a box."""
        return 0 if node.inside is None else sum(each.kind is Kind.EXIT for each in node.inside.nodes)

    def _source(self, edge: Edge) -> Seen:
        """Where an edge comes from; through ports, to the outside."""
        node = self._nodes[edge.source]
        while node.kind is Kind.ENTRY and node.key in self._entering:
            edge = self._entering[node.key]
            node = self._nodes[edge.source]
        return Seen(node, edge.exit)

"""The first step of a layout: which layer each node is on, so that links point down and are short.

Source: Gansner, Koutsofios, North, Vo 1993, "A technique for drawing directed graphs", section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

__all__ = ["Arcs", "against", "layers"]

Arcs = Sequence[tuple[int, int]]
"""Links between nodes that are numbered from 0: source and target."""

_EFFORT = 60
"""How many nodes the network simplex may move, for each node there is, and _LEAST_EFFORT more. It needs a tenth
of it for the graphs of programs; what it has not improved by then is a few links that are longer than they need."""
_LEAST_EFFORT = 20_000


def against(count: int, arcs: Arcs) -> set[int]:
    """Numbers of arcs that, turned round, leave no cycle: those that a walk in depth finds to lead back.

    An arc from a node to itself is not among them; no turn mends it.
    """
    leaving: list[list[int]] = [[] for _ in range(count)]
    entered = [False] * count
    for number, (source, target) in enumerate(arcs):
        leaving[source].append(number)
        entered[target] = entered[target] or source != target
    found: set[int] = set()
    state = [0] * count  # 0 before the walk, 1 while its descendants are visited, 2 after
    for first in sorted(range(count), key=lambda node: entered[node]):
        if state[first]:
            continue
        state[first] = 1
        path = [(first, iter(leaving[first]))]
        while path:
            node, rest = path[-1]
            for number in rest:
                target = arcs[number][1]
                if state[target] == 1 and target != node:
                    found.add(number)
                elif state[target] == 0:
                    state[target] = 1
                    path.append((target, iter(leaving[target])))
                    break
            else:
                state[node] = 2
                path.pop()
    return found


def layers(count: int, arcs: Arcs) -> list[int]:
    """The layer of each node of a connected graph without cycles, from 0: arcs lead to a greater one.

    The sum of the arcs' lengths is the least there is, or near it in graphs of many thousand nodes.
    """
    below: list[list[int]] = [[] for _ in range(count)]
    above: list[list[int]] = [[] for _ in range(count)]
    for source, target in arcs:
        below[source].append(target)
        above[target].append(source)
    layer = _settled(below, above)
    if count > 1:
        layer = _Tree(layer, arcs, below, above).improved()
    first = min(layer, default=0)
    return [one - first for one in layer]


def _settled(below: list[list[int]], above: list[list[int]]) -> list[int]:
    """Layers by the longest path from above; then each node that gains by it moves as far down as it can, or up."""
    waiting = [len(sources) for sources in above]
    order = [node for node, number in enumerate(waiting) if not number]
    layer = [0] * len(below)
    for node in order:
        for target in below[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    for node in reversed(order):
        if below[node] and len(below[node]) >= len(above[node]):
            layer[node] = min(layer[target] for target in below[node]) - 1
    for node in order:
        if len(above[node]) > len(below[node]):
            layer[node] = max(layer[source] for source in above[node]) + 1
    return layer


class _Tree:
    """A spanning tree of arcs of length 1, which the network simplex changes until no change makes arcs shorter.

    The nodes below a node in the tree, with itself, are its branch. `excess` of a branch is the number of arcs that
    leave it less those that enter it: what is gained for each layer the branch moves down. (It is the cut value of
    the branch's arc, up to its sign. As arcs within a branch cancel, it is a sum over nodes, and cheap to keep.)
    """

    def __init__(self, layer: list[int], arcs: Arcs, below: list[list[int]], above: list[list[int]]) -> None:
        self.layer, self.below, self.above = layer, below, above
        count = len(layer)
        self.excess = [len(below[node]) - len(above[node]) for node in range(count)]
        self.parent = [-1] * count
        self.children: list[list[int]] = [[] for _ in range(count)]
        neighbours = self._joined(arcs)
        order, seen = [0], [False] * count
        seen[0] = True
        for node in order:
            for other in neighbours[node]:
                if not seen[other]:
                    seen[other] = True
                    self.parent[other] = node
                    self.children[node].append(other)
                    order.append(other)
        for node in reversed(order[1:]):
            self.excess[self.parent[node]] += self.excess[node]
        self.inside = [0] * count
        self.changes = 0

    def _joined(self, arcs: Arcs) -> list[list[int]]:
        """Move parts that are joined by arcs of length 1, the smallest first, until they touch; the tree's arcs."""
        count = len(self.layer)
        neighbours: list[list[int]] = [[] for _ in range(count)]
        part = [-1] * count
        members: list[list[int]] = []
        touching: list[list[int]] = [[] for _ in range(count)]
        for source, target in arcs:
            if self.layer[target] - self.layer[source] == 1:
                touching[source].append(target)
                touching[target].append(source)
        for node in range(count):
            if part[node] < 0:
                part[node] = len(members)
                reached = [node]
                for one in reached:
                    for other in touching[one]:
                        if part[other] < 0:
                            part[other] = part[node]
                            neighbours[one].append(other)
                            neighbours[other].append(one)
                            reached.append(other)
                members.append(reached)
        sizes = [(len(nodes), number) for number, nodes in enumerate(members)]
        heapify(sizes)
        while len(sizes) > 1:
            size, number = heappop(sizes)
            if size != len(members[number]):
                continue  # it has grown, or become part of another, since
            inner, outer = self._moved(members[number], part, number)
            neighbours[inner].append(outer)
            neighbours[outer].append(inner)
            other = part[outer]
            for node in members[number]:
                part[node] = other
            members[other].extend(members[number])
            members[number] = []
            heappush(sizes, (len(members[other]), other))
        return neighbours

    def _moved(self, nodes: list[int], part: list[int], number: int) -> tuple[int, int]:
        """Move a part down or up, whichever makes arcs shorter, until an arc to another part has length 1: that arc."""
        layer = self.layer
        down = [(layer[t] - layer[n] - 1, n, t) for n in nodes for t in self.below[n] if part[t] != number]
        up = [(layer[n] - layer[s] - 1, n, s) for n in nodes for s in self.above[n] if part[s] != number]
        downwards = len(down) > len(up)
        slack, inner, outer = min(down if downwards else up)
        for node in nodes:
            layer[node] += slack if downwards else -slack
        return inner, outer

    def improved(self) -> list[int]:
        """The layers, after every change of the tree that makes arcs shorter, or as many as _EFFORT allows."""
        count = len(self.layer)
        effort = _EFFORT * count + _LEAST_EFFORT
        node = unchanged = 0
        while unchanged < count and effort > 0:
            parent, excess = self.parent[node], self.excess[node]
            unchanged += 1
            if parent >= 0 and (excess > 0) == (self.layer[node] > self.layer[parent]) and excess:
                effort -= self._exchange(node, downwards=excess > 0)
                unchanged = 0
            node = (node + 1) % count
        return self.layer

    def _branch(self, node: int) -> list[int]:
        self.changes += 1
        branch = [node]
        for one in branch:
            self.inside[one] = self.changes
            branch.extend(self.children[one])
        return branch

    def _exchange(self, top: int, downwards: bool) -> int:
        """Move a branch until an arc from it has length 1, and hang it up there; how many nodes that touched."""
        layer, inside, mark = self.layer, self.inside, self.changes + 1
        branch = self._branch(top)
        links, sign = (self.below, 1) if downwards else (self.above, -1)
        slack, inner, outer = min(
            ((layer[other] - layer[node]) * sign, node, other)
            for node in branch
            for other in links[node]
            if inside[other] != mark
        )
        if slack > 1:
            for node in branch:
                layer[node] += (slack - 1) * sign
        return len(branch) + self._hang(top, inner, outer)

    def _hang(self, top: int, inner: int, outer: int) -> int:
        """Take a branch off its place, turn it so that `inner` is its top, and make it a child of `outer`."""
        excess, parent, children, total = self.excess, self.parent, self.children, self.excess[top]
        steps = self._add(parent[top], -total)
        children[parent[top]].remove(top)
        node, before, carried = inner, outer, 0
        while True:
            following, whole = parent[node], excess[node]
            excess[node] = total - carried
            carried = whole
            parent[node] = before
            children[before].append(node)
            steps += 1
            if node == top:
                break
            children[following].remove(node)
            node, before = following, node
        return steps + self._add(outer, total)

    def _add(self, node: int, amount: int) -> int:
        """Add to the excess of a branch and of those it is in; how many they are."""
        steps = 0
        while node >= 0:
            self.excess[node] += amount
            node = self.parent[node]
            steps += 1
        return steps

"""What the layout of a computation graph costs.

    python -m benchmarks.layouts

Prints the time of graphs like those of programs (a tenth of the boxes are inputs, a few of which many boxes read; the
others read one or two that are near, and now and then one far above) and of shapes that are hard on a layered layout,
beside the goal where there is one. The ratio is to a yardstick in the same run, sorting a list of a million
numbers: only that means anything on a shared machine.
"""

from __future__ import annotations

import random

from benchmarks.loops import best
from dlang.graph.layout import Box, Link, lay_out

Graph = tuple[list[Box], list[Link]]

GOALS = {60: 20.0, 400: 150.0, 2_000: 1_500.0}
"""Milliseconds for so many boxes."""


def program(count: int, labels: float = 0.0, seed: int = 1) -> Graph:
    """A graph like that of a program, with labels on a part of its links."""
    chance = random.Random(seed)
    inputs = max(2, count // 10)
    boxes = [Box(str(n), chance.choice([44.0, 60.0, 120.0]), chance.choice([28.0, 44.0])) for n in range(count)]
    links = []
    for reader in range(inputs, count):
        for _ in range(chance.choice([1, 2, 2])):
            kind = chance.random()
            if kind < 0.15:
                source = chance.randrange(3) if chance.random() < 0.5 else chance.randrange(inputs)
            else:
                source = chance.randrange(reader) if kind < 0.2 else chance.randrange(max(0, reader - 12), reader)
            wide = chance.random() < labels
            links.append(Link(str(source), str(reader), 40.0 if wide else 0.0, 14.0 if wide else 0.0))
    return boxes, links


def shape(pairs: list[tuple[int, int]]) -> Graph:
    """A graph of equal boxes with these links."""
    count = 1 + max(max(pair) for pair in pairs)
    return [Box(str(n), 44.0, 28.0) for n in range(count)], [Link(str(one), str(other)) for one, other in pairs]


SHAPES = {
    "a chain of 10,000": [(n, n + 1) for n in range(9_999)],
    "2,000, each reads the first": [(n, n + 1) for n in range(1_999)] + [(0, n) for n in range(2, 2_000)],
    "2,000, forward and backward": [(n, n + 1) for n in range(1_999)] + [(n, 1_999 - n) for n in range(999)],
    "1,000 readers, one sum": [(0, n) for n in range(1, 1_001)] + [(n, 1_001) for n in range(1, 1_001)],
}


def layouts() -> None:
    """Print the table."""
    chance = random.Random(0)
    numbers = [chance.random() for _ in range(1_000_000)]
    yardstick = best(lambda: sorted(numbers), rounds=3)
    print(f"{'a layout':<32}{'time':>12}{'goal':>12}{'sorts of 10^6':>16}")
    graphs = {f"{count:,} boxes": (program(count), goal) for count, goal in GOALS.items()}
    graphs |= {f"{count:,} boxes, labels": (program(count, labels=0.4), goal) for count, goal in GOALS.items()}
    graphs |= {name: (shape(pairs), 0.0) for name, pairs in SHAPES.items()}
    for name, (graph, goal) in graphs.items():
        seconds = best(lambda graph=graph: lay_out(*graph), rounds=3)
        shown = f"{goal:,.0f} ms" if goal else ""
        print(f"{name:<32}{seconds * 1e3:>9,.1f} ms{shown:>12}{seconds / yardstick:>16.2f}")


if __name__ == "__main__":
    layouts()

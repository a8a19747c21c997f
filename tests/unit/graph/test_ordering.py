import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlang.graph.layering import layers
from dlang.graph.ordering import crossings, ordered
from dlang.graph.strands import strung


def arranged_crossings(pairs):
    """How many links cross in the order found for a connected graph of boxes without labels."""
    count = max(max(pair) for pair in pairs) + 1
    graph = strung([(40.0, 28.0)] * count, pairs, [(0.0, 0.0)] * len(pairs), layers(count, pairs))
    rows = ordered(graph)
    return crossings(rows, graph.down, positions(rows, len(graph.sizes)))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32))
@settings(deadline=None, max_examples=50)
def test_crossings_are_the_pairs_that_cross(above, below, seed):
    chance = random.Random(seed)
    down = [[above + node for node in range(below) for _ in range(chance.choice([0, 1, 1, 2]))] for _ in range(above)]
    down += [[] for _ in range(below)]
    rows = [chance.sample(range(above), above), chance.sample(range(above, above + below), below)]
    position = positions(rows, above + below)
    links = [(position[one], position[other]) for one in range(above) for other in down[one]]
    expected = sum((a - c) * (b - d) < 0 for at, (a, b) in enumerate(links) for c, d in links[:at])
    assert crossings(rows, down, position) == expected


PLANAR = {
    "tree": [((child - 1) // 2, child) for child in range(1, 63)],
    "expression": [(child, (child - 1) // 2) for child in range(1, 63)],
    "ladder": [pair for n in range(0, 30, 2) for pair in ((n, n + 2), (n + 1, n + 3), (n, n + 3))],
    "grid": [(i * 7 + j, i * 7 + j + 1) for i in range(7) for j in range(6)]
    + [(i * 7 + j, i * 7 + 7 + j) for i in range(6) for j in range(7)],
    "caterpillar": [(n, n + 1) for n in range(19)] + [(20 + n, n) for n in range(20)],
}


@pytest.mark.parametrize("name", PLANAR)
def test_no_links_of_a_planar_graph_cross(name):
    pairs = PLANAR[name]
    assert arranged_crossings(pairs) == 0
    shuffled = random.Random(3).sample(pairs, len(pairs))
    assert arranged_crossings(shuffled) == 0


def test_small_graphs_cross_hardly_more_than_they_must():
    found = fewest = 0
    for seed in range(10):
        chance = random.Random(seed)
        pairs = sorted({(chance.randrange(5), 5 + chance.randrange(5)) for _ in range(14)})
        count = 10
        layer = [0] * 5 + [1] * 5
        graph = strung([(40.0, 28.0)] * count, pairs, [(0.0, 0.0)] * len(pairs), layer)
        found += crossings(rows := ordered(graph), graph.down, positions(rows, count))
        fewest += min(
            crossings([above, below], graph.down, positions([above, below], count))
            for above in itertools.permutations(range(5))
            for below in itertools.permutations(range(5, 10))
        )
    assert found <= 1.02 * fewest


@pytest.mark.parametrize("seed", range(20))
def test_no_exchange_of_two_neighbours_leaves_fewer_crossings(seed):
    chance = random.Random(seed)
    pairs = [(chance.randrange(max(0, node - 15), node), node) for node in range(1, 60) for _ in range(2)]
    graph = strung([(40.0, 28.0)] * 60, pairs, [(0.0, 0.0)] * len(pairs), layers(60, pairs))
    rows = ordered(graph)
    fewest = crossings(rows, graph.down, positions(rows, len(graph.sizes)))
    for row in rows:
        for at in range(len(row) - 1):
            row[at], row[at + 1] = row[at + 1], row[at]
            assert crossings(rows, graph.down, positions(rows, len(graph.sizes))) >= fewest
            row[at], row[at + 1] = row[at + 1], row[at]


def positions(rows, count):
    position = [0] * count
    for row in rows:
        for at, node in enumerate(row):
            position[node] = at
    return position

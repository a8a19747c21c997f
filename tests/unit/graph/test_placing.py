import itertools
import random

import pytest

from dlang.graph.layering import layers
from dlang.graph.ordering import ordered
from dlang.graph.placing import centres
from dlang.graph.strands import strung

GAP, NEAR = 24.0, 1e-6


@pytest.mark.parametrize("seed", range(40))
def test_links_between_bends_slant_only_where_they_cross_each_other(seed):
    chance = random.Random(seed)
    count = chance.randint(10, 40)
    pairs = [(chance.randrange(node), node) for node in range(1, count)]
    pairs += [tuple(sorted(chance.sample(range(count), 2))) for _ in range(count // 3)]
    pairs += [(0, node) for node in chance.sample(range(1, count), count // 2)]
    graph = strung([(40.0, 28.0)] * count, pairs, [(0.0, 0.0)] * len(pairs), layers(count, pairs))
    rows = ordered(graph)
    x = centres(graph, rows, GAP)
    for row in rows:
        assert least_room(graph, row, x) > -NEAR
        inner = [(a, b) for a in row if graph.inner[a] for b in graph.down[a] if graph.inner[b]]
        for a, b in inner:
            crossed = any((x[a] - x[c]) * (x[b] - x[d]) < 0 for c, d in inner)
            assert crossed or x[a] == pytest.approx(x[b])


def least_room(graph, row, x):
    sizes = graph.sizes
    return min((x[b] - x[a] - (sizes[a][0] + sizes[b][0]) / 2 for a, b in itertools.pairwise(row)), default=0.0)

import random

import pytest
from scipy.optimize import linprog

from dlang.graph.layering import against, layers


@pytest.mark.parametrize("seed", range(60))
def test_the_sum_of_link_lengths_is_the_least_there_is(seed):
    chance = random.Random(seed)
    count = chance.randint(2, 40)
    arcs = [tuple(sorted(chance.sample(range(count), 2))) for _ in range(chance.randint(0, count))]
    arcs += [(chance.randrange(node), node) for node in range(1, count)]  # now it is connected
    layer = layers(count, arcs)
    assert all(layer[target] > layer[source] for source, target in arcs)
    assert sum(layer[target] - layer[source] for source, target in arcs) == least_length(count, arcs)


def least_length(count, arcs):
    """By the linear program itself, whose matrix is totally unimodular."""
    costs, rows = [0] * count, []
    for source, target in arcs:
        costs[target] += 1
        costs[source] -= 1
        rows.append([(node == source) - (node == target) for node in range(count)])
    solved = linprog(costs, A_ub=rows or None, b_ub=[-1] * len(rows) or None, bounds=[(0, count)] * count)
    return round(solved.fun)


def test_arcs_against_the_others_are_those_that_lead_back():
    assert against(4, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 3)]) == {2}
    assert against(3, [(0, 1), (0, 1), (1, 2), (0, 2)]) == set()


@pytest.mark.parametrize("seed", range(20))
def test_no_cycle_is_left_when_they_are_turned(seed):
    chance = random.Random(seed)
    arcs = [(chance.randrange(12), chance.randrange(12)) for _ in range(30)]
    turned = against(12, arcs)
    left = {arc[::-1] if at in turned else arc for at, arc in enumerate(arcs) if arc[0] != arc[1]}
    while left:
        sinks = {target for _, target in left} - {source for source, _ in left}
        assert sinks, left
        left = {arc for arc in left if arc[1] not in sinks}

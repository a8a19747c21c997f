import math
import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlang.graph.layering import layers
from dlang.graph.layout import Box, Layout, Link, lay_out
from dlang.graph.strands import NO_LANE, strung

GAP, LAYER_GAP, NEAR = 24.0, 40.0, 1e-6


@st.composite
def graphs(draw, cyclic=False, most=16):
    """Boxes of mixed sizes and links between them, with and without labels; parallel ones occur."""
    count = draw(st.integers(1, most))
    side = st.sampled_from([0.0, 5.0, 30.0, 44.0, 200.0])
    boxes = [Box(f"b{number}", draw(side), draw(st.sampled_from([10.0, 28.0, 90.0]))) for number in range(count)]
    links = []
    for _ in range(draw(st.integers(0, 2 * count)) if count > 1 or cyclic else 0):
        one, other = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
        if not cyclic:
            if one == other:
                continue
            one, other = min(one, other), max(one, other)
        width = draw(st.sampled_from([0.0, 0.0, 20.0, 70.0]))
        links.append(Link(f"b{one}", f"b{other}", width, 14.0 if width else 0.0))
    return draw(st.permutations(boxes)), links


def numbered(pairs, count=None, width=40.0, height=28.0):
    count = count or max(max(pair) for pair in pairs) + 1
    return [Box(str(n), width, height) for n in range(count)], [Link(str(a), str(b)) for a, b in pairs]


def rectangles(boxes, links, layout: Layout):
    """(left, top, right, bottom) of each box by its key, and of each label by its link's number."""
    found = {}
    for box in boxes:
        corner = layout.boxes[box.key]
        found[box.key] = (corner.x, corner.y, corner.x + box.width, corner.y + box.height)
    for number, (link, route) in enumerate(zip(links, layout.routes, strict=True)):
        assert (route.label is not None) == (link.width > 0)
        if route.label:
            x, y = route.label
            half, tall = link.width / 2, link.height / 2
            found[number] = (x - half, y - tall, x + half, y + tall)
    return found


def overlap(one, other):
    return min(one[2], other[2]) - max(one[0], other[0]) > NEAR and min(one[3], other[3]) - max(one[1], other[1]) > NEAR


def passes(begin, end, rectangle):
    """Whether a segment has a point inside a rectangle (Liang and Barsky 1984)."""
    left, top, right, bottom = rectangle
    low, high = 0.0, 1.0
    for start, step, least, most in (
        (begin[0], end[0] - begin[0], left + NEAR, right - NEAR),
        (begin[1], end[1] - begin[1], top + NEAR, bottom - NEAR),
    ):
        if least >= most:
            return False
        if abs(step) < 1e-12:
            if not least < start < most:
                return False
            continue
        near, far = sorted(((least - start) / step, (most - start) / step))
        low, high = max(low, near), min(high, far)
    return low < high


def segments(route):
    return list(zip(route.points, route.points[1:], strict=False))


def assert_sound(boxes, links, layout: Layout, acyclic=True):
    """What holds of every layout: nothing overlaps, no line passes what is not its own, all is within the frame."""
    found = rectangles(boxes, links, layout)
    by_left = sorted(found.items(), key=lambda item: item[1][0])
    for at, (key, one) in enumerate(by_left):
        for other_key, other in by_left[at + 1 :]:
            if other[0] >= one[2]:
                break
            assert not overlap(one, other), (key, other_key)
    for rectangle in found.values():
        assert rectangle[0] >= -NEAR
        assert rectangle[1] >= -NEAR
        assert rectangle[2] <= layout.width + NEAR
        assert rectangle[3] <= layout.height + NEAR
    for number, (link, route) in enumerate(zip(links, layout.routes, strict=True)):
        for x, y in route.points:
            assert -NEAR <= x <= layout.width + NEAR
            assert -NEAR <= y <= layout.height + NEAR
        assert_between_borders(found[link.source], found[link.target], route, link.source == link.target)
        if acyclic:
            assert all(begin[1] <= end[1] for begin, end in segments(route)), "a link goes up"
        for begin, end in segments(route):
            for key, rectangle in found.items():
                if key != number:
                    assert not passes(begin, end, rectangle), (link, "passes", key)


def assert_between_borders(source, target, route, loop):
    (ax, ay), (bx, by) = route.points[0], route.points[-1]
    assert source[0] - NEAR <= ax <= source[2] + NEAR
    assert target[0] - NEAR <= bx <= target[2] + NEAR
    if loop:
        assert math.isclose(ax, source[2])
        assert math.isclose(bx, source[2])
    else:
        assert min(abs(ay - source[1]), abs(ay - source[3])) < NEAR
        assert min(abs(by - target[1]), abs(by - target[3])) < NEAR


@given(graphs())
@settings(deadline=None)
def test_nothing_overlaps_and_links_lead_down_past_what_is_not_theirs(graph):
    boxes, links = graph
    assert_sound(boxes, links, lay_out(boxes, links, gap=GAP, layer_gap=LAYER_GAP))


@given(graphs(cyclic=True))
@settings(deadline=None)
def test_a_graph_with_cycles_is_laid_out_as_soundly(graph):
    boxes, links = graph
    assert_sound(boxes, links, lay_out(boxes, links), acyclic=False)


@given(graphs(), st.sampled_from([0.0, 3.0, 60.0]), st.sampled_from([8.0, 90.0]))
@settings(deadline=None, max_examples=30)
def test_boxes_of_a_row_keep_the_gap_and_rows_theirs(graph, gap, layer_gap):
    boxes, links = graph
    layout = lay_out(boxes, links, gap=gap, layer_gap=layer_gap)
    found = rectangles(boxes, [], Layout(layout.width, layout.height, layout.boxes, ()))
    items = list(found.values())
    for at, one in enumerate(items):
        for other in items[at + 1 :]:
            aside = max(one[0], other[0]) - min(one[2], other[2])
            apart = max(one[1], other[1]) - min(one[3], other[3])
            assert aside >= gap - NEAR or apart >= layer_gap - NEAR


def test_a_long_link_is_straight_but_at_its_ends():
    boxes, links = numbered([(n, n + 1) for n in range(8)] + [(0, 8)])
    layout = lay_out(boxes, links)
    route = layout.routes[-1]
    upright = [end[1] - begin[1] for begin, end in segments(route) if abs(begin[0] - end[0]) < NEAR]
    assert len(route.points) <= 4
    assert max(upright) > layout.height / 2


def test_a_chain_is_a_vertical_line():
    boxes, links = numbered([(n, n + 1) for n in range(9)])
    boxes = [Box(box.key, 20.0 + 13 * n, 28.0) for n, box in enumerate(boxes)]
    layout = lay_out(boxes, links)
    assert {round(layout.boxes[box.key].x + box.width / 2, 6) for box in boxes} == {round(layout.width / 2, 6)}
    assert all(len(route.points) == 2 and route.points[0][0] == route.points[1][0] for route in layout.routes)


def test_a_box_stands_over_the_middle_of_what_it_feeds():
    boxes, links = numbered([(0, 1), (0, 2), (0, 3)])
    layout = lay_out(boxes, links)
    assert layout.boxes["0"].x == pytest.approx(layout.boxes["2"].x)
    assert layout.boxes["2"].x - layout.boxes["1"].x == pytest.approx(40.0 + GAP)


def test_an_input_lies_just_above_its_first_reader():
    boxes, links = numbered([*((n, n + 1) for n in range(6)), (7, 5), (7, 6)])
    layout = lay_out(boxes, links)
    assert layout.boxes["7"].y == layout.boxes["4"].y


def test_labels_make_room_only_between_the_layers_where_they_are():
    boxes, links = numbered([(0, 1), (1, 2), (2, 3)])
    plain = lay_out(boxes, links)
    labelled = lay_out(boxes, [links[0], Link("1", "2", 30.0, 14.0), links[2]])
    step = plain.boxes["1"].y - plain.boxes["0"].y
    assert labelled.boxes["1"].y - labelled.boxes["0"].y == step
    assert labelled.boxes["2"].y - labelled.boxes["1"].y > step
    assert labelled.boxes["3"].y - labelled.boxes["2"].y == step


def test_a_label_of_a_long_link_takes_no_layer_of_its_own():
    boxes, links = numbered([(0, 1), (1, 2), (0, 2)])
    labelled = [*links[:2], Link("0", "2", 30.0, 14.0)]
    assert lay_out(boxes, labelled).height == lay_out(boxes, links).height


def test_parallel_links_have_lines_and_ports_of_their_own():
    boxes, links = numbered([(0, 1), (0, 1), (0, 1)])
    routes = lay_out(boxes, links).routes
    assert len({route.points[0] for route in routes}) == 3
    assert len({route.points[-1] for route in routes}) == 3
    assert all(route.points[0][0] == route.points[-1][0] for route in routes)


def test_ports_of_a_box_are_in_the_order_of_where_links_go():
    boxes, links = numbered([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)])
    layout = lay_out(boxes, links)
    leaving = sorted(layout.routes[:3], key=lambda route: route.points[0][0])
    assert leaving == sorted(layout.routes[:3], key=lambda route: route.points[-1][0])
    assert len({route.points[0][0] for route in leaving}) == 3


def test_many_long_links_of_one_box_are_one_strand():
    pairs = [(n, n + 1) for n in range(1, 12)] + [(0, n) for n in range(1, 13)]
    boxes, links = numbered(pairs)
    layout = lay_out(boxes, links)
    starts = defaultdict(int)
    for route in layout.routes[11:]:
        starts[route.points[0]] += 1
    assert max(starts.values()) >= 10
    assert_sound(boxes, links, layout)


@pytest.mark.parametrize("labelled", [False, True])
def test_links_too_long_for_bends_run_in_lanes_beside_the_boxes(labelled):
    pairs = [(n, n + 1) for n in range(199)] + [(n, 199 - n) for n in range(98)]
    width = 30.0 if labelled else 0.0
    boxes = [Box(str(n), 40.0, 28.0) for n in range(200)]
    links = [Link(str(a), str(b), width, width / 2) for a, b in pairs]
    graph = strung([(40.0, 28.0)] * 200, pairs, [(width, width / 2)] * len(pairs), layers(200, pairs))
    assert any(way.lane != NO_LANE for way in graph.ways)
    assert_sound(boxes, links, lay_out(boxes, links))


def test_lanes_to_one_box_share_a_line():
    pairs = [(n, n + 1) for n in range(400)] + [(n, 400) for n in range(400)]
    boxes, links = numbered(pairs)
    assert lay_out(boxes, links).width < 2000


def test_the_empty_graph_has_no_size():
    assert lay_out([], []) == Layout(0.0, 0.0, {}, ())


def test_one_box_is_the_whole_picture():
    layout = lay_out([Box("x", 50.0, 20.0)], [])
    assert (layout.width, layout.height) == (50.0, 20.0)
    assert (layout.boxes["x"].x, layout.boxes["x"].y) == (0.0, 0.0)


def test_a_link_to_itself_runs_beside_its_box():
    boxes, links = [Box("x", 50.0, 20.0)], [Link("x", "x", 30.0, 14.0)]
    assert_sound(boxes, links, lay_out(boxes, links), acyclic=False)


def test_parts_that_nothing_joins_lie_side_by_side():
    boxes, links = numbered([(0, 1), (1, 2), (3, 4), (4, 5)], count=8)
    layout = lay_out(boxes, links)
    assert_sound(boxes, links, layout)
    assert layout.boxes["0"].y == layout.boxes["3"].y == 0.0
    assert layout.height == 3 * 28.0 + 2 * LAYER_GAP


def test_a_link_to_a_box_that_there_is_not_is_an_error():
    with pytest.raises(KeyError):
        lay_out([Box("x", 1.0, 1.0)], [Link("x", "y")])


def test_a_chain_of_five_thousand_and_a_cycle_of_as_many_need_no_recursion():
    boxes, links = numbered([(n, n + 1) for n in range(4999)])
    assert lay_out(boxes, links).width == 40.0
    layout = lay_out(boxes, [*links, Link("4999", "0")])
    assert layout.routes[-1].points[0][1] > layout.routes[-1].points[-1][1]


def test_a_hub_of_a_thousand_readers_is_laid_out_soundly():
    boxes, links = numbered([(0, n) for n in range(1, 1001)])
    layout = lay_out(boxes, links)
    assert layout.width == pytest.approx(1000 * 40.0 + 999 * GAP)
    assert len({route.points[0] for route in layout.routes}) == 1000


def test_a_layout_is_the_same_each_time():
    chance = random.Random(11)
    pairs = [(chance.randrange(node), node) for node in range(1, 120) for _ in range(2)]
    boxes, links = numbered(pairs)
    assert lay_out(boxes, links) == lay_out(list(boxes), list(links))


@pytest.mark.parametrize("seed", range(6))
def test_larger_graphs_are_sound_too(seed):
    chance = random.Random(seed)
    boxes = [Box(str(n), chance.choice([10.0, 44.0, 180.0]), chance.choice([12.0, 28.0, 70.0])) for n in range(150)]
    links = []
    for node in range(8, 150):
        for _ in range(chance.choice([1, 2])):
            source = chance.randrange(8) if chance.random() < 0.3 else chance.randrange(max(0, node - 25), node)
            width = chance.choice([0.0, 0.0, 45.0])
            links.append(Link(str(source), str(node), width, 14.0 if width else 0.0))
    assert_sound(boxes, links, lay_out(boxes, links))

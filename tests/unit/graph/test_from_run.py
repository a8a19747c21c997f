"""The graph of a run says what the run did: no value more, no value less, and the gradients that flowed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from agreement import load
from drawing import drawn
from hypothesis import given
from programs import Program, programs
from unit.graph.pictures import EXAMPLES, LOOP, labelled, ran, sheets

import dlang
from dlang.driver.drawn import drawn_program, run_drawn
from dlang.graph.backward import backward, mirrored
from dlang.graph.from_run import from_run
from dlang.graph.model import Kind, Sheet, count, walk
from dlang.graph.reading import links
from dlang.interpreter.record import Node as Ran

PORTS = (Kind.ENTRY, Kind.EXIT)


def everything(sheet: Sheet) -> frozenset[str]:
    return frozenset(node.key for node in walk(sheet) if node.inside is not None)


def says_what_ran(program: dlang.Program) -> None:
    """With every box open, the edges between values are those from operands to applications."""
    drawn = drawn_program(program, "")
    run = run_drawn(drawn)
    sheet = from_run(drawn, run)
    drawn_links = Counter(
        (id(link.source.value), id(link.target.value))
        for link in links(sheet, everything(sheet))
        if link.target.kind is not Kind.RESULT and link.target_box is None
    )
    live = reached(run.recording.results)
    wanted = Counter(
        (id(source.value), id(node.value))
        for node in live
        if node.primitive != "to_real"
        for source in map(converted, node.operands)
        if isinstance(source, Ran)
    )
    assert not wanted - drawn_links


def converted(operand: object) -> object:
    """What an operand was before it became Real."""
    while isinstance(operand, Ran) and operand.primitive == "to_real":
        operand = operand.operands[0]
    return operand


def reached(results: tuple[object, ...]) -> set[Ran]:
    found: set[Ran] = set()
    todo = [each for each in results if isinstance(each, Ran)]
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += [each for each in node.operands if isinstance(each, Ran)]
    return found


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.stem not in ("chars", "lynx")], ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    says_what_ran(dlang.load(path))


@drawn(40)
@given(programs())
def test_random_programs(program: Program) -> None:
    says_what_ran(load(program))


@drawn(40)
@given(programs())
def test_edges_stay_on_their_sheet_and_ports_belong_to_their_box(program: Program) -> None:
    drawn = drawn_program(load(program), "")
    whole = from_run(drawn, run_drawn(drawn))
    for picture in (whole, backward(whole)):
        keys = Counter(node.key for node in walk(picture))
        assert max(keys.values()) == 1
        for sheet in sheets(picture):
            nodes = {node.key: node for node in sheet.nodes}
            for edge in sheet.edges:
                source, target = nodes[edge.source], nodes[edge.target]
                for box, port, kind in ((source, edge.exit, Kind.EXIT), (target, edge.entry, Kind.ENTRY)):
                    if port is not None:
                        assert box.inside is not None
                        assert port in {n.key for n in box.inside.nodes if n.kind is kind}
                assert (edge.exit is not None) == (source.inside is not None)


def test_names_lines_and_values_are_those_of_the_source() -> None:
    _, _, sheet = ran(LOOP)
    travelled = labelled(sheet, "travelled")
    assert (travelled.kind, travelled.detail) == (Kind.CALL, "travelled(speed, drag, 3)")
    assert travelled.value == dlang.loads(LOOP).function("travelled")(1.5, 0.2, 3)
    (loop,) = [n for n in walk(sheet) if n.kind is Kind.LOOP]
    assert (loop.label, loop.detail) == ("for i in 0..n", "3 passes")
    assert [n.label for n in walk(sheet) if n.kind is Kind.PASS] == ["pass 1", "pass 2", "pass 3"]
    assert [n.detail for n in walk(sheet) if n.kind is Kind.BRANCH] == ["then", "then", "else"]
    moved = [n for n in walk(sheet) if n.label == "x" and n.kind is Kind.OPERATION]
    assert [n.span.line for n in moved if n.span is not None] == [9, 9, 9]
    assert [n.detail for n in moved] == ["x += v"] * 3


def test_gradients_stand_on_values_and_their_parts_on_edges() -> None:
    _, run, sheet = ran("""
        param k = 2.0
        minimize k^2 + 3 * k
    """)
    assert run.backward is not None
    assert labelled(sheet, "k").gradient == 7.0
    flows = sorted(edge.flow for s in sheets(sheet) for edge in s.edges if edge.source == labelled(sheet, "k").key)
    assert flows == [3.0, 4.0]


def test_what_enters_a_box_once_carries_all_that_comes_back() -> None:
    _, _, sheet = ran("""
        param k = 2.0
        fn f(x) = x^2 + 3 * x
        minimize f(k)
    """)
    key = labelled(sheet, "k").key
    (entering,) = [edge for edge in sheet.edges if edge.source == key]
    assert entering.flow == 7.0


def test_a_term_is_one_box_wherever_its_parts_are_computed() -> None:
    _, _, sheet = ran("""
        data y = [1.0, 2.0]
        param m = 1.0
        param s = 2.0
        y ~ m + s
        report ratio = m / s
    """)
    term = labelled(sheet, "y ~ m + s")
    assert term.kind is Kind.TERM
    assert term.inside is not None
    assert [n.label for n in term.inside.nodes if n.kind not in PORTS] == ["-", "*", "sum"]


def test_the_middle_of_a_long_loop_lies_in_a_box() -> None:
    _, _, sheet = ran(LOOP.replace("travelled(speed, drag, 3)", "travelled(speed, drag, 30)"))
    (loop,) = [n for n in walk(sheet) if n.kind is Kind.LOOP]
    assert loop.inside is not None
    labels = [n.label for n in loop.inside.nodes if n.kind not in PORTS]
    assert labels == ["pass 1", "pass 2", "passes 3 to 29", "pass 30"]
    (middle,) = [n for n in loop.inside.nodes if n.kind is Kind.MIDDLE]
    assert middle.inside is not None
    assert sum(n.kind is Kind.PASS for n in middle.inside.nodes) == 27


def test_boxes_nest_to_a_limit_and_lose_nothing() -> None:
    _, _, sheet = ran("""
        param k = 1.01
        fn f(n, x) = if n == 0 { x } else { k * f(n - 1, x) }
        minimize f(500, k)
    """)
    multiplied = [n for n in walk(sheet) if n.label == "*"]
    assert len(multiplied) == 500
    depth, level = 0, [sheet]
    while level:
        depth += 1
        level = [n.inside for s in level for n in s.nodes if n.inside is not None]
    assert depth <= 26


def test_only_what_the_results_need_is_drawn() -> None:
    _, _, sheet = ran("""
        param k = 1.0
        unused = sin(k) + cos(k)
        minimize k^2
    """)
    assert count(sheet) == 3


def test_the_backward_graph_turns_every_edge_that_carries_a_gradient() -> None:
    _, _, sheet = ran(LOOP)
    back = backward(sheet)
    forward_edges = {(edge.target, edge.source) for s in sheets(sheet) for edge in s.edges if edge.flow is not None}
    found = {(edge.source, edge.target) for s in sheets(back) for edge in s.edges}
    assert found == {(mirrored(a), mirrored(b)) for a, b in forward_edges}
    assert labelled(back, "\u2202speed").value == labelled(sheet, "speed").gradient


def test_of_a_run_that_fails_what_ran_is_kept_with_the_end() -> None:
    _, run, sheet = ran("""
        param k = 2.0
        xs = [1.0, 2.0]
        fn total(k) {
          s = 0.0
          for i in 0..3 { s += k * xs[i] }
          s
        }
        minimize total(k)
    """)
    assert run.backward is None
    (fault,) = [n for n in walk(sheet) if n.kind is Kind.FAULT]
    assert fault.label == "index 2 is out of range for an axis of size 2"
    (last,) = [n for n in walk(sheet) if n.label == "pass 3"]
    assert last.inside is not None
    assert fault in last.inside.nodes
    assert sum(n.label == "s" and n.kind is Kind.OPERATION for n in walk(sheet)) == 2


def test_arrays_that_share_a_value_are_told_apart_by_shape() -> None:
    _, _, sheet = ran("""
        param w = [[1.0, 2.0], [3.0, 4.0]]
        minimize sum(w @ [1.0, 1.0])
    """)
    product = labelled(sheet, "@")
    assert product.type == "[2]"
    np.testing.assert_array_equal(product.value, [3.0, 7.0])
    np.testing.assert_array_equal(labelled(sheet, "w").gradient, np.ones((2, 2)))

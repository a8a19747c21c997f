from __future__ import annotations

import numpy as np
import pytest
from ir_programs import SIZE, VECTOR, Program, random_module

import dlang
from dlang.diagnostics.core import DlangError
from dlang.driver.drawn import drawn_program, run_drawn
from dlang.interpreter.evaluate import compile_module
from dlang.interpreter.record import Node, record, record_within
from dlang.ir.nodes import Assert, Print, Var
from dlang.types import BOOL, REAL


def test_a_node_for_every_application_with_what_it_read() -> None:
    x, p = Var(REAL, "x"), Program()
    out = p.apply("mul", p.apply("sin", x), 2.0)
    recording = record({"f": p.function([x], out)}, "f", [0.5])
    given, sine, product = recording.nodes
    assert [n.primitive for n in recording.nodes] == ["input", "sin", "mul"]
    assert (given.name, given.value) == ("x", 0.5)
    assert sine.operands == (given,)
    assert product.operands == (sine, 2.0)
    assert recording.results == (product,)
    assert [n.index for n in recording.nodes] == [0, 1, 2]


def test_a_node_knows_the_passes_of_the_loops_around_it() -> None:
    p = Program()

    def outer(b: Program, i: Var, s: Var) -> tuple[Var, ...]:
        return b.loop([s], lambda c, j, t: [c.apply("add", t, 1.0)], count=2)

    (out,) = p.loop([0.0], outer, count=2)
    recording = record({"f": p.function([], out)}, "f", [])
    assert [n.iterations for n in recording.nodes] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert recording.results[0].value == 4.0


def test_each_version_of_an_array_is_kept() -> None:
    p = Program()
    start = p.apply("zeros", shape=(SIZE,))
    (out,) = p.loop([start], lambda b, i, a: [b.set(a, 1.0, i)], count=2)
    values = [n.value.tolist() for n in record({"f": p.function([], out)}, "f", []).nodes]
    assert values == [[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]


@pytest.mark.parametrize("seed", range(20))
def test_a_recorded_run_yields_what_a_plain_run_does(seed: int) -> None:
    module, args = random_module(seed)
    with np.errstate(all="ignore"):
        recording = record(module, "f", args)
    held = [r.value if isinstance(r, Node) else r for r in recording.results]
    np.testing.assert_equal(tuple(held), compile_module(module)("f", *args))


def test_a_replay_prints_nothing_and_still_asserts(capsys: pytest.CaptureFixture[str]) -> None:
    flag, p = Var(BOOL), Program()
    p.body += [Print(("hello",)), Assert(flag, "flag must hold")]
    module = {"f": p.function([flag])}
    record(module, "f", [True])
    assert capsys.readouterr().out == ""
    with pytest.raises(DlangError, match="flag must hold"):
        record(module, "f", [False])


def test_a_long_history_has_a_short_text() -> None:
    p = Program()
    (out,) = p.loop([0.0], lambda b, i, s: [b.apply("add", s, 1.0)], count=5000)
    (last,) = record({"f": p.function([], out)}, "f", []).results
    assert repr(last) == "Node(4999, 'add', 5000.0)"


def test_an_array_argument_is_an_input() -> None:
    xs, p = Var(VECTOR, "xs"), Program()
    recording = record({"f": p.function([xs], p.get(xs, 1))}, "f", [[1, 2, 3, 4]])
    assert recording.nodes[0].value.dtype == np.float64
    assert recording.results[0].value == 2.0


def test_a_node_knows_the_calls_and_branches_around_it() -> None:
    program = dlang.loads("""
        param k = 1.0
        fn half(x) = if x > 0 { x / 2 } else { 0.0 }
        minimize half(k)
    """)
    drawn = drawn_program(program, "")
    nodes = run_drawn(drawn).recording.nodes
    (divided,) = [n for n in nodes if n.primitive == "div"]
    branch = divided.region
    assert branch is not None
    assert (type(branch.stmt).__name__, branch.taken) == ("If", True)
    assert isinstance(branch.test, Node)
    assert branch.test.primitive == "gt"
    assert branch.parent is not None
    assert branch.parent.stmt.callee == "half"
    assert branch.parent.parent is None


def test_a_run_that_fails_is_kept_as_far_as_it_came() -> None:
    xs, p = Var(VECTOR, "xs"), Program()
    p.apply("mul", p.get(xs, 1), 2.0)
    recording = record_within({"f": p.function([xs], p.get(xs, 9))}, "f", [[1, 2, 3, 4]], nodes=100, size=100)
    assert [n.primitive for n in recording.nodes] == ["input", "get", "mul"]
    assert recording.results == ()
    stopped = recording.stopped
    assert stopped is not None
    assert stopped.fault is not None
    assert stopped.fault.diagnostics[0].code == "E0602"
    assert stopped.operands == (recording.nodes[0], 9)


def test_a_failed_assert_is_an_end_with_its_condition() -> None:
    flag, p = Var(BOOL), Program()
    p.body += [Assert(flag, "flag must hold")]
    recording = record_within({"f": p.function([flag])}, "f", [False], nodes=100, size=100)
    assert recording.stopped is not None
    assert recording.stopped.operands == (recording.nodes[0],)


@pytest.mark.parametrize("limits", [{"nodes": 50, "size": 10**9}, {"nodes": 10**9, "size": 200}])
def test_a_run_stops_when_there_is_more_to_keep_than_was_asked_for(limits: dict[str, int]) -> None:
    p = Program()
    start = p.apply("zeros", shape=(SIZE,))
    (out,) = p.loop([start], lambda b, i, a: [b.set(a, 1.0, 0)], count=10_000)
    recording = record_within({"f": p.function([], out)}, "f", [], **limits)
    assert recording.stopped is not None
    assert recording.stopped.fault is None
    assert 40 <= len(recording.nodes) <= 60

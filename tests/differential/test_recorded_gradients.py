"""The walk backward over a recorded run gives the gradient that the adjoint does: rule by rule the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from agreement import load
from drawing import drawn
from hypothesis import given
from programs import Program, programs

import dlang
from dlang.driver.drawn import Drawn, Ran, drawn_function, drawn_program, run_drawn
from dlang.trees import named_leaves

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = sorted([*(ROOT / "examples").rglob("*.dl"), *(ROOT / "tests" / "golden" / "ir").glob("*.dl")])


def gradient(drawn: Drawn, ran: Ran) -> dict[str, object]:
    """The cotangents of what the objective is differentiated in, by name."""
    assert ran.backward is not None
    found = ran.backward.cotangents
    return {drawn.params[k].hint: found.get(ran.inputs[k], np.zeros(np.shape(ran.inputs[k].value))) for k in drawn.wrt}


def agrees(program: dlang.Program, rtol: float) -> None:
    drawn = drawn_program(program, "")
    ran = run_drawn(drawn)
    wanted = {leaf: value for name, tree in program.gradient().items() for leaf, value in named_leaves(name, tree)}
    found = gradient(drawn, ran)
    assert found.keys() == {k for k, v in wanted.items() if v is not None}
    for name, value in found.items():
        np.testing.assert_allclose(value, wanted[name], rtol=rtol, atol=1e-300, err_msg=name)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_of_every_example(path: Path) -> None:
    program = dlang.load(path)
    if program.has_objective and program.parameters:
        agrees(program, 1e-11)


@drawn(60)
@given(programs())
def test_of_random_programs(program: Program) -> None:
    agrees(load(program), 1e-11)


def test_a_rule_of_the_program_goes_before_what_its_function_does() -> None:
    program = dlang.loads("""
        param a = 3.0
        fn clipped(x) = x
        vjp clipped(x; ct) = min(ct, 1.0)
        minimize 5 * clipped(a^2)
    """)
    drawn = drawn_program(program, "")
    ran = run_drawn(drawn)
    assert gradient(drawn, ran) == {"a": 6.0}


def test_a_forward_rule_is_transposed() -> None:
    program = dlang.loads("""
        param a = 3.0
        fn f(x, y) = x * y
        jvp f(x, y; dx, dy) = 10 * dx + 100 * dy
        minimize f(a, 2 * a) + a
    """)
    drawn = drawn_program(program, "")
    assert gradient(drawn, run_drawn(drawn)) == {"a": 211.0}


def test_of_a_function_at_a_point() -> None:
    program = dlang.loads("fn f(x, p) = sum(p.w * x) + p.b^2")
    drawn = drawn_function(program, "f", {"x": [1.0, 2.0], "p": "{w: [3.0, 4.0], b: 5.0}"})
    found = gradient(drawn, run_drawn(drawn))
    np.testing.assert_array_equal(found["x"], [3.0, 4.0])
    np.testing.assert_array_equal(found["p.w"], [1.0, 2.0])
    assert found["p.b"] == 10.0


def test_what_comes_by_each_reader_adds_up() -> None:
    program = dlang.loads("""
        param k = 2.0
        minimize k * sin(k) + exp(k) * k^3
    """)
    ran = run_drawn(drawn_program(program, ""))
    assert ran.backward is not None
    parts = [
        flow for (reader, position), flow in ran.backward.flows.items() if reader.operands[position] is ran.inputs[0]
    ]
    assert len(parts) == 4
    assert sum(parts) == pytest.approx(ran.backward.cotangents[ran.inputs[0]], rel=1e-15)

"""A datum that the program computes is data, where it depends on data alone."""

from __future__ import annotations

import numpy as np
import pytest

import dlang
from dlang.diagnostics import DlangError


def inputs(text: str) -> dict[str, object]:
    return {i.name: i.value for i in dlang.loads(text + "\nminimize 0.0").elaborated.inputs}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("linspace(0, 2, 3)", [0.0, 1.0, 2.0]),
        ("[1.0, 2.0] * 2", [2.0, 4.0]),
        ("[0.5, nan, inf]", [0.5, np.nan, np.inf]),
        ("0..4", [0, 1, 2, 3]),
        ("[sin(x) for x in [0.0, 1.0]]", [0.0, np.sin(1.0)]),
    ],
)
def test_what_is_computed_is_an_input(value: str, expected: list[float]) -> None:
    np.testing.assert_array_equal(inputs(f"data x = {value}")["x"], expected)


def test_a_datum_may_be_made_of_another() -> None:
    found = inputs("data x = linspace(0, 1, 3)\ndata y = x * 2 + 1")
    np.testing.assert_array_equal(found["y"], [1.0, 2.0, 3.0])


def test_random_draws_are_those_of_a_run() -> None:
    program = dlang.loads("data x = rand(4)\nreport r = x\nminimize 0.0")
    (drawn,) = (i.value for i in program.elaborated.inputs)
    np.testing.assert_array_equal(program.run().reports["r"], drawn)


def test_a_whole_number_decides_shapes() -> None:
    assert dlang.loads("param k = 1.0\ndata n = 2 + 3\nminimize k * sum(ones(n))").value() == 5.0


def test_what_depends_on_a_param_stays_computed() -> None:
    assert "x" not in inputs("param a = 1.0\ndata x = [a, 2.0]")


def test_what_may_not_end_or_fails_is_left_to_the_run() -> None:
    assert "x" not in inputs("fn f(n) {\n  x = n\n  while x < 10.0 { x = x + 1.0 }\n  x\n}\ndata x = f(1.0)")
    program = dlang.loads("fn f(i) = [1.0, 2.0][i]\nn = len([1, 2, 3])\ndata x = f(n + 0)\nminimize x")
    with pytest.raises(DlangError):
        program.value()

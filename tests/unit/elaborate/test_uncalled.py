"""Functions that nothing calls are checked where their parameters have types."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlang.driver import check
from dlang.source import Source


def codes(text: str) -> list[str]:
    return [d.code for d in check(Source("test.dl", text), folder=Path())[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('fn f(x: Real) = x + "a"', ["E0301"]),
        ("fn f(a: [3], b: [4]) = a + b", ["E0302"]),
        ("fn f(x: [n, d], w: [d]) -> [n] = x @ w", []),
        ("fn f(n: Int) = eye(n)", []),  # a call may know n
        ('fn f(x) = x + "a"', []),  # its type is for a call to say
        ('fn f(x: Real) = x + "a"\nprint(f(1.0))', ["E0301"]),  # told once
    ],
)
def test_what_is_told_of_a_function_that_nothing_calls(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_checking_it_leaves_nothing_in_the_program() -> None:
    import dlang

    program = dlang.loads("fn f(x: Real) = sin(x)\nfn g(x: Real) = f(x) + 1\nprint(2)")
    assert not program.elaborated.module
    assert program.function("g").grad()(0.0) == 1.0

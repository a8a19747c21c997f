"""Deep nesting, as deep as the parser admits, runs and is differentiated, in all its forms."""

from __future__ import annotations

import pytest

import dlang


def nested_ifs(depth: int) -> str:
    return "param a = 1.0\nx = a\ns = 0.0\n" + "if x == 1 { " * depth + "s = a" + " }" * depth + "\nminimize s^2"


def nested_fors(depth: int) -> str:
    heads = "".join(f"for i{k} in 0..1 {{ " for k in range(depth))
    return f"param a = 1.0\ns = a\n{heads}s += a{' }' * depth}\nminimize s^2"


def nested_whiles(depth: int) -> str:
    heads = "".join(f"i{k} = 0\nwhile i{k} < 1 {{ i{k} += 1\n" for k in range(depth))
    return f"param a = 1.0\ns = 0.0\n{heads}s += a{' }' * depth}\nminimize s^2"


def ladder(rungs: int) -> str:
    middle = "".join(f" else if a == {k}.5 {{ a * {k} }}" for k in range(rungs))
    return f"param a = 1.0\ns = if a == 0 {{ 0.0 }}{middle} else {{ a }}\nminimize s^2"


def nested_values(depth: int) -> str:
    return "param a = 1.0\ns = " + "if a > 0 { " * depth + "a" + " } else { 0.0 }" * depth + "\nminimize s^2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (nested_ifs(180), (1.0, 2.0)),
        (nested_fors(60), (4.0, 8.0)),
        (nested_whiles(40), (1.0, 2.0)),
        (ladder(180), (1.0, 2.0)),
        (nested_values(150), (1.0, 2.0)),
    ],
    ids=["if", "for", "while", "else if", "if as a value"],
)
def test_nesting_costs_no_more_than_time(text: str, expected: tuple[float, float]) -> None:
    program = dlang.loads(text)
    value, gradient = program.value_and_grad()
    assert (value, gradient["a"]) == expected
    assert program.differentiate(mode="forward").gradient["a"] == expected[1]

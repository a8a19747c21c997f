"""Draws in the language: shapes, ranges, seeds, and what is refused."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from small_programs import codes, printed, slopes

import dlang


def values(text: str) -> list:
    """What the lines of a program print, read as Python."""
    return [ast.literal_eval(line) for line in printed(text)]


def shape(value: object) -> tuple[int, ...]:
    return (len(value), *shape(value[0])) if isinstance(value, list) else ()


def test_shapes_are_given_one_by_one_or_as_a_tuple() -> None:
    drawn = values("print(rand())\nprint(rand(3))\nprint(rand(2, 3))\nprint(randn((2, 3, 4)))\nprint(randn(0))")
    assert [shape(v) for v in drawn[:4]] == [(), (3,), (2, 3), (2, 3, 4)]
    assert drawn[4] == []


def test_shapes_may_be_known_only_while_running() -> None:
    drawn = values(
        "n = 0\nwhile n < 3 { n += 1 }\nprint(rand(n, 2))\nprint(randint(0, 9, n))\nprint(choice(5, (n, 2)))"
    )
    assert [shape(v) for v in drawn] == [(3, 2), (3,), (3, 2)]


def test_every_place_draws_its_own_numbers_and_a_program_draws_the_same_again() -> None:
    text = "print(rand())\nprint(rand())\nprint(randn())"
    first = values(text)
    assert len(set(first)) == 3
    assert values(text) == first


def test_a_seed_decides_what_follows_it() -> None:
    a, b, c = values("seed(7)\nprint(rand())\nseed(8)\nprint(rand())\nseed(7)\nprint(rand())")
    assert a == c != b
    assert values("seed(7)\nprint(rand())") == [a]


def test_ints_are_of_the_range() -> None:
    [drawn] = values("print(randint(-2, 3, 200))")
    assert set(drawn) == {-2, -1, 0, 1, 2}
    assert isinstance(values("print(randint(0, 9))")[0], int)


def test_choice_takes_elements_and_rows_and_ints() -> None:
    one, many, rows, grid, ints = values(
        "x = [10.5, 20.5, 30.5]\nprint(choice(x))\nprint(choice(x, 50))\nprint(choice([[1, 2], [3, 4]], 20))\n"
        "print(choice([[1, 2], [3, 4]], (3, 2)))\nprint(choice(3, 50))"
    )
    assert one in (10.5, 20.5, 30.5)
    assert set(many) == {10.5, 20.5, 30.5}
    assert {tuple(r) for r in rows} == {(1, 2), (3, 4)}
    assert shape(grid) == (3, 2, 2)
    assert set(ints) == {0, 1, 2}


def test_choice_without_replacement_takes_each_once() -> None:
    [drawn] = values("print(choice([1, 2, 3, 4, 5], 5, replace=false))")
    assert sorted(drawn) == [1, 2, 3, 4, 5]
    assert codes("print(choice(3, 4, replace=false))") == ["E0301"]


def test_shuffle_keeps_the_elements_and_moves_rows_together() -> None:
    flat, rows, names = values(
        "x = 0..8\nprint(shuffle(x))\nprint(shuffle([[1, 10], [2, 20], [3, 30]]))\nprint(shuffle([1.5, 2.5]))"
    )
    assert sorted(flat) == list(range(8))
    assert flat != list(range(8))
    assert sorted(map(tuple, rows)) == [(1, 10), (2, 20), (3, 30)]
    assert sorted(names) == [1.5, 2.5]


def test_draws_are_constants_to_derivatives() -> None:
    text = "param a = 2.0\nz = randn(4)\nminimize sum(a * z) + a^2"
    value, gradient = slopes(text)
    assert gradient[0] == pytest.approx((value - 4.0) / 2.0 + 4.0)


def test_a_function_called_from_outside_draws_as_one_called_at_the_end_of_the_file() -> None:
    text = "fn noisy(x) = x + randn(2)\nfn unused() = randn(3)\nprint(noisy(1.0))"
    program = dlang.loads(text)
    [_, last] = values(text + "\nprint(noisy(5.0))")
    for _ in range(2):
        assert program.function("noisy")(5.0).tolist() == last
    assert program.function("noisy")(np.array([5.0, 5.0])).tolist() == last
    assert program.function("noisy").jacobian("x")(5.0).tolist() == [1.0, 1.0]
    assert program.run().printed == [printed(text)[0]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("print(randint(3, 3))", "E0301"),
        ("print(randint(3))", "E0307"),
        ("print(randint(0.5, 3))", "E0301"),
        ("print(rand(-1))", "E0301"),
        ("print(rand(2.5))", "E0301"),
        ("print(choice(zeros(0)))", "E0301"),
        ("print(choice(2.5))", "E0301"),
        ("print(choice(0))", "E0301"),
        ("print(shuffle(3))", "E0301"),
        ("seed(1.5)", "E0301"),
        ("x = seed(1)", "E0313"),
        ("n = 3\nwhile n > 0 { n -= 1 }\nprint(randint(0, n))", "E0611"),
    ],
)
def test_what_has_no_draw_is_refused(text: str, code: str) -> None:
    assert codes(text) == [code]

"""Starts at a kink: found by the values of one run, and only where the gradient jumps there."""

from __future__ import annotations

import pytest

import dlang
from dlang.lint import kinks
from dlang.lint.kinks import kink_lints


def told(text: str) -> list[tuple[str, str]]:
    """(the place, the title) of every start at a kink."""
    return [(d.primary.span.text, d.title) for d in kink_lints(dlang.loads(text)) if d.primary is not None]


@pytest.mark.parametrize(
    ("text", "place", "title"),
    [
        ("param k = 0.0\nminimize abs(k) + k^2", "abs(k)", "`k` starts at 0, where `abs` has a kink"),
        ("param k = 0.0\nminimize relu(k)", "relu(k)", "`k` starts at 0, where `relu` has a kink"),
        ("param k = 1.0\nminimize max(k, 1.0)", "max(k, 1.0)", "`k` starts at 1, where `max` has a kink"),
        ("param k = 1.0\nminimize clamp(k, 1, 2)", "clamp(k, 1, 2)", "`k` starts at 1, where `clamp` has a kink"),
        ("param k = [0.0, 1.0]\nminimize sum(abs(k))", "abs(k)", "`k` starts at 0, where `abs` has a kink"),
        ("param k = 2.0\nminimize abs(k - 2)", "abs(k - 2)", "the start is at a kink of `abs`"),
        ("param k = 1.0\nminimize relu(k - 1)", "relu(k - 1)", "the start is at a kink of `relu`"),
        ("param k = 0.0\nminimize abs(k * 2)", "abs(k * 2)", "the start is at a kink of `abs`"),
        ("param a = 1.0\nparam b = 1.0\nminimize abs(a - b)", "abs(a - b)", "the start is at a kink of `abs`"),
        ("param a = 1.0\nparam b = 1.0\nminimize max(a, b)^2", "max(a, b)", "the start is at a kink of `max`"),
        ("param d = [1.0, 1.0, 0.0]\nminimize max(d, axis=0)", "max(d, axis=0)", "the start is at a kink of `max`"),
        ("param d = [[1.0, 1.0]]\nminimize sum(min(d, axis=1))", "min(d, axis=1)", "the start is at a kink of `min`"),
        ("param d = [1.0, 1.0]\nminimize sort(d)[0]", "sort(d)", "the start is at a kink of `sort`"),
        ("param a = 0.0\nparam b = 0.0\nminimize hypot(a, b)", "hypot(a, b)", "the start is at a kink of `hypot`"),
        ("param d = [0.0, 0.0]\nminimize norm(d)", "norm(d)", "the start is at a kink of `norm`"),
        ("param a = 0.0\nminimize sqrt(a^2)", "sqrt(a^2)", "the start is at a kink of `sqrt`"),
        ("param b in 0..inf = 0.0\nminimize abs(b) + b", "abs(b)", "`b` starts at 0, where `abs` has a kink"),
        ("param k = 2.0\nfn f(x) = abs(x - 2)\nminimize f(k)", "abs(x - 2)", "the start is at a kink of `abs`"),
        (
            "data y = [1.0, 2.0]\nparam m = 1.0\ny ~ laplace(m, 1.0)",
            "y ~ laplace(m, 1.0)",
            "the start is at a kink of this term",
        ),
        (
            "param a = 0.0\nminimize if a > 0 { a } else { -a }",
            "a > 0",
            "the start is on the border of this condition, where the derivative jumps",
        ),
        (
            "param a = 1.0\nminimize where(a >= 1 and a < 4, 2 * a, a)",
            "a >= 1",
            "the start is on the border of this condition, where the derivative jumps",
        ),
    ],
)
def test_a_start_where_the_gradient_jumps_is_told(text: str, place: str, title: str) -> None:
    assert told(text) == [(place, title)]


@pytest.mark.parametrize(
    "text",
    [
        "param k = 0.5\nminimize abs(k) + max(k, 0)",
        "param k = 0.0\nminimize relu(k)^2 + abs(k)^2 + abs(k)^3 + k * abs(k)",
        "param k = 0.0\nminimize sqrt(k^2 + 1) + max(k, k)",
        "param k = 2.0\nminimize if k > 2 { k^2 } else { 4 * k - 4 }",
        "param k = 1.0\nminimize k^2 + 0 * abs(k - 1) + stop_gradient(abs(k - 1))",
        "param k in 0..inf = 0.0\nminimize sqrt(k) + k",
        "param k = 0.0, fixed\nparam a = 1.0\nminimize abs(k) + a^2",
        "data y = [0.0, 2.0, 2.0]\nparam k = 1.0\nminimize sum(abs(y)) * k^2 + max(y) + k",
        "param k = 1.0\nprint(abs(k - 1))\nreport r = abs(k - 1)\nminimize k^2",
        "param d = [1.0, 1.0]\nminimize sum(sort(d))",
        "param k = 1.0\nminimize k^2 + (if k > 1 { 1.0 } else { 2.0 })",
        "param k = 0.0\nprint(abs(k))",
    ],
)
def test_a_start_where_the_gradient_does_not_jump_is_left_in_peace(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "param k = 0.0\nassert k > 0\nminimize abs(k)",
        "param k = 0.0\nx = [1.0]\nminimize abs(k) + x[int(k) + 5]",
        "param k = 0.0\nx = k\nwhile x < 1 {\n  x = x * 2\n}\nminimize abs(k) + x",
    ],
)
def test_a_program_that_cannot_be_run_has_no_start_at_a_kink(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinks, "MOST_APPLICATIONS", 1000)
    assert told(text) == []


def test_of_several_kinks_of_a_param_those_are_told_that_the_objective_has_a_slope_in() -> None:
    text = "param k = 1.0\nminimize relu(k - 1)^2 + max(k, 1.0) + 3 * abs(1 - k)^2"
    assert [place for place, _ in told(text)] == ["max(k, 1.0)"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("param k in 0..inf = 0.0\nminimize abs(k) + k^1.5", [("abs(k)", "`k` starts at 0, where `abs` has a kink")]),
        (
            "param a = 1.0\nparam b = 1.0\nminimize max(a, b) - min(a, b) + sqrt((a - b)^4)",
            [("max(a, b)", "the start is at a kink of `max`"), ("min(a, b)", "the start is at a kink of `min`")],
        ),
        (
            "param k = 0.0\nx = if k > 0 { k^2 } else { k^3 }\nminimize abs(k) + x + where(k > 0, 2 * k^2, k^2)",
            [("abs(k)", "`k` starts at 0, where `abs` has a kink")],
        ),
        (
            "param k = 0.0\nminimize abs(k) + where(k > 0, 2 * k, k)",
            [
                ("abs(k)", "`k` starts at 0, where `abs` has a kink"),
                ("k > 0", "the start is on the border of this condition, where the derivative jumps"),
            ],
        ),
        (
            "param k = 0.0\nminimize abs(k) + (k^2)^0.5 + (k^2)^0.75",
            [
                ("abs(k)", "`k` starts at 0, where `abs` has a kink"),
                ("(k^2)^0.5", "the start is at a kink of `^`"),
            ],
        ),
    ],
)
def test_what_is_smooth_is_not_blamed_for_the_jump_of_another_term(text: str, found: list[tuple[str, str]]) -> None:
    assert told(text) == found


def test_where_a_side_of_the_start_cannot_be_run_what_may_be_a_kink_is_told() -> None:
    text = "param k = 0.0\nassert k >= 0\nminimize relu(k) + abs(k)"
    assert [place for place, _ in told(text)] == ["relu(k)", "abs(k)"]


def test_a_loop_that_ends_at_the_start_alone_is_given_up_beside_it() -> None:
    text = "param k = 1.0\nx = 0.0\nwhile x != k {\n  x = x + 0.5\n}\nminimize abs(k - 1) + 0 * x"
    assert told(text) == []


def test_a_kink_is_found_in_an_array_that_a_loop_fills() -> None:
    text = "param k = 0.0\nx = zeros(500)\nfor i in 0..500 {\n  x[i] = abs(k - i)\n}\nminimize sum(x)"
    assert told(text) == [("abs(k - i)", "the start is at a kink of `abs`")]


def test_the_start_that_is_proposed_is_within_the_bounds_and_mends() -> None:
    (one,) = kink_lints(dlang.loads("param k in 0..2 = 2.0\nminimize abs(k - 2)"))
    assert (one.notes, one.help) == (("the start is `k = 2`",), "start beside it: `--set k=1.8`")
    assert kink_lints(dlang.loads("param k in 0..2 = 1.8\nminimize abs(k - 2)")) == []

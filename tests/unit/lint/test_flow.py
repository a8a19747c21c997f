"""Lints that follow values: what they find, and what they leave in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

import dlang
from dlang.lint.flow import flow_lints
from dlang.lint.lint import lint

ROOT = Path(__file__).parent.parent.parent.parent


def told(text: str) -> list[tuple[str, str]]:
    """(code, the place) of every lint."""
    found = flow_lints(dlang.loads(text))
    return sorted((d.code, d.primary.span.text) for d in found if d.primary is not None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("param k = 2.5\nminimize (floor(k) - 3)^2", "floor(k)"),
        ("param k = 2.5\nn = round(2 * k)\nminimize n^2", "round(2 * k)"),
        ("param k = 2.5\nminimize if k > 1 { 2.0 } else { 1.0 }", "k > 1"),
        ("param k = 2.5\nminimize sum(where([1.0, 2.0] < k, 1.0, 0.0))", "[1.0, 2.0] < k"),
        ("param k = 2.5\nfn f(x) = sign(x) * 2\nminimize f(k)", "sign(x)"),
        ("param k = 2.5\nminimize stop_gradient(k)^2", "stop_gradient(k)"),
        ("param k = [1.0, 2.0]\nxs = [3.0, 4.0]\nminimize xs[argmax(k)]", "argmax(k)"),
        ("param k = 2.5\nn = 0\nwhile n < k { n += 1 }\nminimize 1.0 * n", "n < k"),
    ],
)
def test_a_param_without_a_derivative_is_told_where_it_ends(text: str, place: str) -> None:
    assert told(text) == [("W0403", place)]


@pytest.mark.parametrize(
    "text",
    [
        "param k = 2.5\nminimize (floor(k) - 3)^2 + k^2",
        "param k = 2.5\nminimize if k > 1 { k } else { 2 * k }",
        "param k = 2.5, fixed\nparam j = 1.0\nminimize floor(k) * j^2",
        "param k = 2.5\nfn f(x, n: Int) = if n == 0 { x } else { f(x * x, n - 1) }\nminimize f(k, 3)",
        "param k = 2.5\nx = 0.0\nfor i in 0..3 { x = x + k }\nminimize x^2",
        "param k = 2.5\nfn f(x) = x^3\nminimize f'(k)",
        "param k = 2.5\nxs = zeros(3)\nxs[1] = k\nminimize sum(xs)",
    ],
)
def test_a_param_with_a_derivative_is_left_in_peace(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("param k = 1.0\nminimize log(k)^2", [("W0404", "log(k)")]),
        ("param k = 1.0\nminimize sqrt(k)^2", [("W0404", "sqrt(k)")]),
        ("param k = 1.0\nminimize (1 / k)^2", [("W0404", "1 / k")]),
        ("param k in -1..inf = 1.0\nfn f(x) = log(x)\nminimize f(k)^2", [("W0404", "log(x)")]),
        ("param k in 0..inf = 1.0\nminimize log(k)^2 + 1 / k", []),
        ("param k in -inf..-1 = -2.0\nminimize (1 / k)^2", []),
        ("param k = 1.0\nminimize log(exp(k))^2", []),
        ("param k = 1.0\nminimize k^2\nreport r = 1 / k", []),
    ],
)
def test_functions_that_a_param_leads_out_of_their_domain(text: str, found: list[tuple[str, str]]) -> None:
    assert told(text) == found


def test_the_bound_that_is_proposed_keeps_the_start() -> None:
    (one,) = flow_lints(dlang.loads("param k = -1.0\nminimize (1 / k + 3)^2"))
    assert one.help == "bound it: `param k in -inf..-1e-6`"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("param k = 1.0\nfn f(x) = if x == 0 { 1.0 } else { sin(x) / x }\nminimize f(k)", ["x == 0"]),
        ("param k = 1.0\nminimize sum(where(k * [1.0, 2.0] != 2, k, 2 * k))", ["k * [1.0, 2.0] != 2"]),
        ("param k = 1.0\nfn f(x, n: Int) = if n == 0 { x } else { f(x, n - 1) }\nminimize f(k, 2)", []),
        ("param k = 1.0\nfn f(x) = if x < 0 { -x } else { x }\nminimize f(k)", []),
        ("data x = 0.0\nparam k = 1.0\nminimize if x == 0 { k } else { 2 * k }", []),
    ],
)
def test_branches_on_equality(text: str, found: list[str]) -> None:
    assert [place for code, place in told(text) if code == "W0405"] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("param k = 0.0\nminimize abs(k) + k^2", ["abs(k)"]),
        ("param k = 0.0\nminimize relu(k) + k^2", ["relu(k)"]),
        ("param k = 1.0\nminimize max(k, 1.0) + k^2", ["max(k, 1.0)"]),
        ("param k = [0.0, 1.0]\nminimize sum(abs(k)) + sum(k^2)", ["abs(k)"]),
        ("param k = 0.5\nminimize abs(k) + max(k, 0)", []),
    ],
)
def test_starts_at_a_kink(text: str, found: list[str]) -> None:
    assert [place for code, place in told(text) if code == "W0406"] == found


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.dl")), ids=lambda path: path.stem)
def test_the_examples_have_no_lints(path: Path) -> None:
    assert [d.title for d in lint(dlang.load(path))] == []


def test_what_was_warned_of_before_is_not_told_again() -> None:
    program = dlang.loads("param k = 1.0\nparam j = 1.0\nminimize j^2")
    assert [d.code for d in program.warnings] == ["W0223"]
    assert lint(program) == []


def test_a_loop_that_calls_is_followed_to_an_end() -> None:
    text = "param k = 1.0\nfn f(x) = sin(x) + k\nx = 0.0\nwhile x < 10 { x = f(x) + 2 }\nminimize x"
    assert told(text) == []


def test_a_call_behind_a_guard_does_not_answer_for_one_without() -> None:
    text = "param k = 4.0\nfn f(x) = sqrt(x)\ny = if k > 0 { f(k) } else { 0.0 }\nminimize y + f(k)"
    assert [code for code, _ in told(text)] == ["W0404"]

"""A wrong rule is found at its call, and a right one is left in peace."""

from __future__ import annotations

import pytest

import dlang
from dlang.driver.disputes import disputed_rules


def told(text: str) -> list[tuple[str, int]]:
    """(code, line) of what is disputed."""
    found = disputed_rules(dlang.loads(text))
    return [(d.code, d.primary.span.line) for d in found if d.primary is not None]


WRONG = "param a = 2.0\nfn cube(x) = x^3\njvp cube(x; dx) = {rule} * dx\ng = 2 * a\nminimize cube(g) + a"


def test_a_wrong_rule_is_told_at_its_first_call() -> None:
    assert told(WRONG.format(rule="3 * x")) == [("W1018", 5)]


@pytest.mark.parametrize("rule", ["3 * x^2 * 1.001", "-3 * x^2", "(3 * x^2 + 1e-2)"])
def test_a_rule_that_is_a_little_wrong_is_told_too(rule: str) -> None:
    assert told(WRONG.format(rule=rule)) == [("W1018", 5)]


@pytest.mark.parametrize(
    "text",
    [
        WRONG.format(rule="3 * x^2"),
        "param a = 2.0\nminimize a^2",
        "param a = 2.0\nfn f(x, y) = sum(x * y)\nvjp f(x, y; ct) = (ct * y, ct * x)\nminimize f([a, 1.0], [3.0, a])^2",
        "param a = 2.0\nfn f(x, y) = {a: x * y, b: sum(x)}\n"
        "vjp f(x, y; ct) = (ct.a * y + ct.b, sum(ct.a * x))\nr = f([a, 0.0, -1e6], a)\nminimize sum(r.a)^2 + r.b",
        "param x = 0.0\nfn f(x) = max(x, 0)\njvp f(x; dx) = where(x > 0, dx, 0)\nminimize f(x) + f(x + 1)",
        "param a = -30.0\nfn f(x) = log(1 + exp(x))\njvp f(x; dx) = dx / (1 + exp(-x))\nminimize f(a) + f(4 * a)",
        "param W = [i - 20.5 for i in 0..40]\nfn f(w) = abs(w) * w\nvjp f(w; ct) = 2 * abs(w) * ct\nminimize sum(f(W))",
        "param a = 1.0\nfn f(x, n: Int) = x^n\njvp f(x, n; dx, dn) = n * x^(n - 1) * dx\nminimize f(a, 3)",
        "param a = 0.0\nfn f(x) = sqrt(abs(x))^3\njvp f(x; dx) = 1.5 * sqrt(abs(x)) * sign(x) * dx\nminimize f(a) + a",
        "import roots\nparam a = 2.0\nminimize roots.root(fn(x) = x^3 - a, 0, 4)",
        "param a = 2.0\nfn root(f, x0) {\n  x = x0\n  for n in 0..9 { x = x - f(x) / f'(x) }\n  x\n}\n"
        "jvp root(f, x0; df, dx0) = { x = root(f, x0); -df(x) / f'(x) }\nminimize root(fn(x) = x^2 - a, a)",
    ],
)
def test_right_rules_are_left_in_peace(text: str) -> None:
    assert told(text) == []


def test_a_rule_is_tried_where_the_parameters_are_put() -> None:
    text = "param a = 1.0\nfn f(x) = x^2\njvp f(x; dx) = if x > 2 { 3 * dx } else { 2 * x * dx }\nminimize f(a)"
    program = dlang.loads(text)
    assert program.check_gradient().passed
    assert [d.code for d in program.check_gradient({"a": 3.0}).warnings] == ["W1018"]


def test_a_rule_that_fails_at_a_call_of_a_report_is_no_wrong_rule() -> None:
    text = """param a = 2.0
fn f(x) = x^2
jvp f(x; dx) {
  assert x < 1, "too large"
  2 * x * dx
}
minimize a^2
report r = f(a)"""
    assert told(text) == []


def test_a_rule_inside_of_a_library_call_is_told_at_the_call_of_the_user() -> None:
    text = """import roots
param a = 2.0
fn cube(x) = x^3
jvp cube(x; dx) = 2.9 * x^2 * dx
minimize roots.root(fn(x) = cube(x) - a, 0, 4)"""
    assert told(text) == [("W1018", 5)]


def test_of_two_rules_the_wrong_one_is_told() -> None:
    text = """param a = 2.0
fn f(x) = x^2
vjp f(x; ct) = 2 * x * ct
fn g(x) = sin(x)
vjp g(x; ct) = cos(x) * ct * 2
minimize f(a) + g(a)"""
    assert told(text) == [("W1018", 6)]
    assert not dlang.loads(text).check_gradient().passed
    assert [d.code for d in dlang.loads(text).check_gradient().warnings] == ["W1018"]


BENT = {
    "both signs": "param a = 2.0\nfn f(x) = 3 * x\nvjp f(x; ct) = 3 * abs(ct)\nminimize f(a) - 2 * f(a^2)",
    "a clipped gradient": "param a = [1.0, 2.0]\nfn f(x) = x\nvjp f(x; ct) = clamp(ct, -1, 1)\nminimize sum(f(a) * 5)",
    "one clipped far out": "param a = 2.0\nfn f(x) = x^2\nvjp f(x; ct) = 2 * x * min(ct, 100)\nminimize f(a)",
    "a second argument": "param a = 2.0\nfn f(x, y) = x + y^2\nvjp f(x, y; ct) = (ct, 2 * y * max(ct, -1))\nminimize f(a, a)",
    "many elements": "param a = [1.0 + i for i in 0..40]\nfn f(x) = x^2\n"
    "vjp f(x; ct) = 2 * x * where(ct > 1, 1, ct)\nminimize sum(f(a))",
}  # fmt: skip


@pytest.mark.parametrize("name", BENT)
def test_a_rule_that_is_not_linear_in_its_cotangent_is_told(name: str) -> None:
    assert [code for code, _ in told(BENT[name])] == ["W1018"]


def test_what_a_bent_rule_gives_is_told_beside_what_it_should() -> None:
    (found,) = disputed_rules(dlang.loads(BENT["both signs"]))
    assert found.title == "the derivative rule of `f` is not linear in its cotangent"
    assert found.notes == (
        "in `x`, at `x = 2`: for a cotangent -2.7 times as large the rule gives 8.1, and not -2.7 times as much, -8.1",
    )


@pytest.mark.parametrize(
    "text",
    [
        "param a = [1.0, 2.0]\nfn f(x) = sum(x^2)\nvjp f(x; ct) = ct * 2 * x\nminimize f(a) - 3 * f(2 * a)",
        "param a = 0.0\nfn f(x) = sqrt(x)\nvjp f(x; ct) = ct / (2 * sqrt(x))\nminimize f(a^2 + 1) + 0 * f(a)",
        "param a = 1e-200\nfn f(x) = 1e-150 * x\nvjp f(x; ct) = 1e-150 * ct\nminimize f(a)",
    ],
)
def test_a_linear_rule_is_none(text: str) -> None:
    assert told(text) == []


HELD = {
    "a datum": "param x = 2.0\nlo = 5.0\nfn clip(x, lo) = x * lo\nvjp clip(x, lo; ct) = (ct * lo, 7.0 * lo)\n"
    "minimize clip(x, lo)",
    "a literal": "param x = 2.0\nfn f(x, n) = x * n\nvjp f(x, n; ct) = (ct * n, 2 * ct * x)\nminimize f(x, 3.0)",
    "an array": "param x = 2.0\nfn f(x, w) = sum(x * w)\nvjp f(x, w; ct) = (ct * sum(w), ct * w)\nminimize f(x, [3.0, 4])",
    "the first": "param x = 2.0\nfn f(n, x) = x * n\njvp f(n, x; dn, dx) = n * dx + 2 * x * dn\nminimize f(3.0, x)",
    "a report": "param x = 2.0\nfn f(x) = x^2\nvjp f(x; ct) = 3 * ct * x\nminimize x^2\nreport r = f(3.0)",
}


@pytest.mark.parametrize("name", HELD)
def test_a_rule_is_asked_for_arguments_that_are_held_constant_too(name: str) -> None:
    assert [code for code, _ in told(HELD[name])] == ["W1018"]


@pytest.mark.parametrize(
    "text",
    [
        "param x = 2.0\nlo = 5.0\nfn f(x, lo) = x * lo\nvjp f(x, lo; ct) = (ct * lo, ct * x)\nminimize f(x, lo)",
        "param x = 2.0\nfn f(x, n) = x^n\njvp f(x, n; dx, dn) = n * x^(n - 1) * dx + log(x) * x^n * dn\nminimize f(x, 3.0)",
        "param x = 2.0\nfn f(x, n) = sum(zeros(int(n)) + x)\nvjp f(x, n; ct) = (ct * int(n), 0.0)\nminimize f(x, 3.0)",
    ],
)
def test_a_right_rule_of_constants_is_left_in_peace(text: str) -> None:
    assert told(text) == []


def test_a_program_runs_with_its_constants_as_they_are() -> None:
    text = HELD["a literal"]
    assert dlang.loads(text).gradient() == {"x": 3.0}
    assert not dlang.loads(text).check_gradient().passed

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
    ("text", "place"),
    [
        ("param k = 1.0\nminimize (if k < 100 { log(k) } else { 0.0 })^2", "log(k)"),
        ("param k = 1.0\nminimize where(k > -5, sqrt(k), 0.0)", "sqrt(k)"),
        ("param k = 1.0\nminimize if k < -1 or k > 5 { log(k) } else { 0.0 }", "log(k)"),
        ("param k = 1.0\nminimize if k > 0 { 0.0 } else { log(k) }", "log(k)"),
        ("param k = 1.0\nfn f(x) = sqrt(x)\nminimize where(k > 0, f(k), 0) + f(k)", "sqrt(x)"),
        ("param k = 1.0\nassert k > -1\nminimize log(k)", "log(k)"),
        ("param k = 1.0\nminimize log(2 * k)", "log(2 * k)"),
        ("param k = 1.0\nminimize sqrt(3 - k)", "sqrt(3 - k)"),
        ("param k = 1.0\nminimize k^-1", "k^-1"),
        ("param k in 0..inf = 1.0\nminimize (2 / (5 - k))^2", "2 / (5 - k)"),
        ("param k = [1.0, 2.0]\nminimize sum(log(k))", "log(k)"),
        ("param k = [1.0, 2.0]\nassert max(k) > 0\nminimize sum(log(k))", "log(k)"),
        ("param k = [1.0, 2.0]\nassert k[0] > 0\nminimize log(k[0]) + log(k[1])", "log(k[1])"),
        ("param k = 1.0\nminimize if log(k) > 0 { k } else { 2 * k }", "log(k)"),
        ("param k = 1.0\ns = 0.0\nfor i in 0..3 {\n  s += i * log(k)\n}\nminimize s", "log(k)"),
        ("data y = 1.0\nparam s = 1.0\ny ~ normal(0.0, s)", "y ~ normal(0.0, s)"),
    ],
)
def test_a_guard_that_lets_the_param_out_of_the_domain_does_not_silence(text: str, place: str) -> None:
    assert told(text) == [("W0404", place)]


@pytest.mark.parametrize(
    "text",
    [
        "param k = 1.0\nassert k > 0\nminimize log(k)^2",
        "param k = 1.0\nassert 0 < k < 3\nminimize log(k)^2",
        "param k = 1.0\nassert not (k <= 0) and k < 3\nminimize log(k)^2",
        "data y = 1.0\nparam s = 1.0\nassert s > 0\ny ~ normal(0.0, s)",
        "data y = 1.0\nparam s = 1.0\ny ~ normal(0.0, s)\nassert s > 0",
        "param k = 1.0\nfn f(x) {\n  assert x > 0\n  log(x)\n}\nminimize f(k)^2",
        "param k = 1.0\nfn check(x) {\n  assert x > 0\n  x\n}\nminimize check(k) + log(k)",
        "param k = [1.0, 2.0]\nassert all(k > 0)\nminimize sum(log(k)) + log(k[1])",
        "param k = [1.0, 2.0]\nassert min(k) > 0\nminimize sum(log(k))",
        "param a = 1.0\nparam b = 1.0\nassert min(a, b) > 0 and max(-a, -b) < 3\nminimize log(a) + sqrt(b)",
        "param k = [1.0, 2.0]\ns = 0.0\nfor i in 0..2 {\n  assert k[i] > 0\n  s += log(k[i])\n}\nminimize s",
        "param k = 1.0\nminimize where(abs(k) < 1e-9, 1.0, sin(k) / k)",
        "param k = 1.0\nminimize if isfinite(1 / k) { 1 / k } else { 0.0 }",
        "param k = 1.0\nminimize if k > 0 and k < 5 { log(k) } else { 0.0 }",
        "param k = 1.0\nminimize if k <= 0 or k > 5 { 0.0 } else { log(k) }",
        "param k = 1.0\nminimize if k > 0 { log(k) } else { log(-k + 1) }",
        "param k = 1.0\nminimize if abs(k) > 1e-9 { 1 / k } else { 0.0 }",
        "param k = 1.0\nminimize if k^2 > 1e-9 { 1 / k } else { 0.0 }",
        "param k = 1.0\nok = k > 0\nminimize if ok { log(2 * k) } else { 0.0 }",
        "param k = 1.0\ny = 2 * k\nminimize if k > 0 { log(y) } else { 0.0 }",
        "param k = 1.0\nfn good(x) = x > 0\nminimize if good(k) { log(k) } else { 0.0 }",
        "param k = 1.0\nfn f(x) {\n  if x <= 0 { return 0.0 }\n  log(x)\n}\nminimize f(k)",
        "param k = 1.0\nfn f(x) = log(x)\nminimize where(k > 0, f(k), 0.0)",
        "param k = [1.0, 2.0]\nminimize sum(where(k > 0, log(k), 1.0))",
        "param k = [1.0, 2.0]\nminimize sum(where(k <= 0, 1.0, log(k)))",
        "param k = 1.0\ny = log(k)\nminimize where(isnan(y), 0.0, y)",
        "param k = 1.0\nparam m in 2..3 = 2.5\nminimize if k > m { log(k) } else { m }",
        "param k = 1.0\nminimize log(exp(k)) + sqrt(k^2) + log(k^2 + 1) + log(max(k, 1e-9)) + 1 / (1 + exp(k))",
        "param k in 0..10 = 1.0\nminimize log(20 - k) + sqrt(k + 1) + 1 / (1 + k)",
        "data x = [1.0, 2.0]\nparam a = 1.0\nparam b = 1.0\nx ~ a * log(b * x + 1)",
    ],
)
def test_what_keeps_a_param_in_the_domain_silences(text: str) -> None:
    assert told(text) == []


def test_the_bound_that_is_proposed_is_one_of_the_param_and_keeps_its_other_end() -> None:
    (one,) = flow_lints(dlang.loads("param k in -inf..10 = 1.0\nminimize log(2 * k)"))
    assert (one.title, one.help) == ("`log` of `2 * k`, which may be negative", "bound it: `param k in 5e-7..10`")
    (one,) = flow_lints(dlang.loads("param p = {a: 1.0, b: 2.0}\nminimize sqrt(3 - p.a) + p.b^2"))
    assert (one.title, one.help) == ("`sqrt` of `3 - p.a`, which may be negative", "bound it: `param p in -inf..3`")


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        ("fn f(n: Int, x) = if n == 0 { 0.5 } else { f(n - 1, x * 0.5) }\nminimize a^2 + f(3, c)", ["c"]),
        ("fn f(n: Int, x) = if n == 0 { x } else { f(n - 1, x * 0.5) }\nminimize a^2 + f(3, c)", []),
        ("fn f(n, x, y) = if n < 1 { x } else { f(n - 1, y, x) }\nminimize f(3, a, c)", []),
        ("fn f(x, y) = x\nminimize f(a, c)", ["c"]),
        ("x = zeros(2)\nx[0] = a\nx[1] = c\nminimize x[0]^2", ["c"]),
        ("x = zeros(2)\nx[0] = a\nx[-1] = c\nminimize x[1]^2", ["a"]),
        ("x = [c, c]\nx[0] = a\nx[1] = a\nminimize sum(x^2)", ["c"]),
        ("x = [a, c]\nfor i in 0..2 { x[i] = 2 * x[i] }\nminimize x[0]^2", []),
        ("x = [a, c]\nfor _ in 0..2 { x[0] = 2 * x[0] }\nminimize x[0]^2", ["c"]),
        ("x = [a, 1.0]\nif a > 0 { x[1] = c }\nminimize x[1]^2", []),
    ],
)
def test_params_that_a_call_or_a_vector_drops_do_not_influence_the_objective(rest: str, names: list[str]) -> None:
    found = told(f"param a = 1.0\nparam c = 1.0\n{rest}")
    assert [place for code, place in found if code == "W0401"] == names


def test_functions_that_call_each_other_are_followed_to_an_end() -> None:
    calls = " + ".join(f"f{k}(n - 1, x)" for k in range(6))
    functions = "\n".join(
        f"fn f{k}(n: Int, x) = if n < 1 {{ {'x' if k == 5 else '1.0'} }} else {{ {calls} }}" for k in range(6)
    )
    assert told(f"param a = 1.0\n{functions}\nminimize f0(2, a)") == []


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("x = if k >= 0 { k } else { 0.0 }", ["k >= 0"]),
        ("x = if k > 0 { k } else { 0.0 }", []),
        ("x = where(k > 1, 2.0, k)", ["k > 1"]),
        ("x = if k < 2 and k > 0.5 { k } else { 0.0 }", ["k < 2"]),
        ("x = if exp(k) >= 1 { k } else { 0.0 }", ["exp(k) >= 1"]),
        ("y = 2 * k\nx = if y <= 2 { y } else { 0.0 }", ["y <= 2"]),
        ("x = if k > 0.5 {\n  if k > 0.2 { k } else { 1.0 }\n} else { 0.0 }", ["k > 0.2"]),
        ("fn f(q) = if q >= 0 { q } else { 0.0 }\nx = f(k)", []),
        ("fn f(q) = if q >= 0 { q } else { 0.0 }\nx = f(k) + f(k - 3)", []),
        ("data t = [1.0, 2.0]\nn = len(t)\nx = if k < n { k } else { 0.0 }", []),
        ("data t = 1.0\nx = if k * t^2 < -1 { k } else { 0.0 }", []),
        ("x = k\nwhile x < 10 {\n  x = 2 * x + 1\n}", []),
        ("x = 0.0\nfor _ in 0..3 {\n  x = if x == 0 { k } else { 2 * x }\n}", []),
    ],
)
def test_conditions_that_the_bounds_settle(rest: str, found: list[str]) -> None:
    program = dlang.loads(f"param k in 0..1 = 0.5\n{rest}\nminimize x + k^2")
    assert [d.primary.span.text for d in lint(program) if d.primary and d.code == "W0225"] == found


def test_bounds_that_the_data_decide_settle_nothing() -> None:
    text = "data t = [1.0, 2.0]\nparam k in 0..max(t) = 1.0\nminimize if k <= 2 { k } else { 0.0 }"
    assert lint(dlang.loads(text)) == []


@pytest.mark.parametrize(
    "rest",
    [
        'if k < -1 { print("WARN", k) }\nassert k > -1, "k too small"',
        'assert k > -1\nif k < -1 { print("WARN", k) }',
        'fn g(x) {\n  assert x > -1\n  x\n}\nif k < -1 { print("WARN", k) }\nreport r = g(k)',
    ],
)
def test_an_assert_settles_no_condition_but_keeps_the_logarithm_in_its_domain(rest: str) -> None:
    assert lint(dlang.loads(f"param k = 1.0\n{rest}\nminimize log(k + 1)^2 + k^2")) == []


def test_a_branch_around_a_condition_settles_it_beside_an_assert() -> None:
    text = "param k = 1.0\nassert k < 9\nx = if k > 0 { if k < -1 { 1.0 } else { 2.0 } } else { 3.0 }\nminimize k^2 + x"
    assert [d.primary.span.text for d in lint(dlang.loads(text)) if d.primary] == ["k < -1"]


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


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("param k = 1e-200\nminimize log(k)^2", "bound it: `param k in 1e-203..inf`"),
        ("param k = -1e-9\nminimize (1 / k)^2", "bound it: `param k in -inf..-1e-12`"),
        ("param k = 1e-6\nminimize log(k)^2", "bound it: `param k in 1e-6..inf`"),
        ("param k = -1.0\nminimize sqrt(k)", "bound `k`, or `assert` it"),
        ("param k = 0.0\nminimize log(k)", "bound `k`, or `assert` it"),
        ("param k = 0.0\nminimize 1 / k", "bound `k`, or `assert` it"),
        ("param k = [1.0, -1.0]\nminimize sum(1 / k)", "bound `k`, or `assert` it"),
        ("param k = [1.0, 1e-8]\nminimize sum(1 / k)", "bound it: `param k in 1e-11..inf`"),
        ("param k = -3.0\nminimize if k > -2 { log(k) } else { k^2 }", "bound `k`, or `assert` it"),
    ],
)
def test_bounds_that_are_proposed_contain_the_start(text: str, help: str) -> None:
    (one,) = flow_lints(dlang.loads(text))
    assert (one.code, one.help) == ("W0404", help)

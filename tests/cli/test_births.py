"""Where a NaN or an infinity was born, as `run`, `grad`, `fit` and `trace` tell it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.app import main

TABLES = {"d.csv": "t,y\n1,1.5\n-1,1\n3,2\n4,2.2\n", "zero.csv": "t,y\n0,1.5\n1,1\n3,2\n4,2.2\n"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tables, in which the commands run at a width of 80."""
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """What a verb writes of a program to standard error."""

    def run(text: str, verb: str = "grad", *options: str) -> str:
        (folder / "p.dl").write_text(text)
        main([verb, "p.dl", *options])
        return capsys.readouterr().err

    return run


@pytest.fixture
def record(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The JSON that a verb writes of a program."""

    def run(text: str, verb: str, *options: str) -> Any:
        (folder / "p.dl").write_text(text)
        main([verb, "p.dl", "--json", *options])
        return json.loads(capsys.readouterr().out)

    return run


# ---- fits


def test_a_fit_tells_where_a_derivative_at_the_start_was_born(told: Any, record: Any) -> None:
    text = 'data t, y from "d.csv"\nparam a = 1.0\ny ~ sqrt(a*t + 1)\n'
    said = told(text, "fit")
    assert "error[E0801]: the derivative in `a` is not finite at the start\n  --> p.dl:3:5" in said
    assert "the derivative of `sqrt(0.0)` is inf here, data row 2" in said
    assert "only its derivative is not" in said
    (error,) = record(text, "fit")["errors"]
    assert (error["file"], error["line"], error["column"]) == ("p.dl", 3, 5)


def test_a_fit_tells_of_a_derivative_that_a_residual_of_0_hides(told: Any) -> None:
    said = told("param a = 0.0\nr = [0.0, 1.0]\nr ~ [sqrt(a), 1.0 + a]\n", "fit")
    assert "the derivative of a residual is not finite at the start" in said
    assert "the derivative of `sqrt(a)` at a = 0.0 is inf here" in said


@pytest.mark.parametrize("verb", ["fit", "grad"])
def test_a_fit_says_what_grad_says(told: Any, verb: str) -> None:
    said = told("param k = 0.0\nminimize sqrt(2*k) + k\n", verb)
    assert "2 | minimize sqrt(2*k) + k\n     |          ^^^^^^^^^ the derivative of `sqrt(0.0)` is inf here" in said
    assert "the objective is finite there, 0.0: only its derivative is not" in said


# ---- second derivatives, reports


def test_a_hessian_that_is_infinite_is_told(told: Any) -> None:
    said = told("param k = 0.0\nminimize k^1.5\n", "grad", "--hessian")
    assert "warning[E0601]: the Hessian is inf" in said
    assert "the second derivative of `k^1.5` at k = 0.0 is inf here" in said


def test_a_hessian_of_a_function_that_is_infinite_is_told(told: Any) -> None:
    said = told("fn f(x) = x^1.5\n", "grad", "--fn", "f", "--at", "x=0", "--hessian")
    assert "the Hessian of `f` is inf" in said
    assert "the second derivative of `x^1.5` at x = 0.0 is inf here" in said


def test_a_trace_tells_of_a_report_that_is_not_finite(told: Any, record: Any) -> None:
    text = "param a = 1.0\nreport r = log(a - 2)\nminimize a^2\n"
    assert "warning[E0601]: the report `r` is nan" in told(text, "trace")
    birth = record(text, "trace")["birth"]
    assert (birth["line"], birth["what"], birth["of"], birth["operands"]) == (
        2,
        "the report `r`",
        "value",
        [{"name": None, "value": -1.0}],
    )


# ---- data rows


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("z = [1, 2, 0, 4]\nminimize a*sum(log(z))", None),
        ("minimize a*sum(log(linspace(0, 1, 4)))", None),
        ("y ~ a*log(cumsum(t))", None),
        ("y ~ a*log(flip(t))", 1),
        ("y[1:] ~ a*log(t[1:] - 1)", 2),
        ("y ~ a / roll(t, 1)", 1),
        ("i = argmin(t)\nminimize a / t[i]", 1),
        ("s = 0.0\nfor i in 0..len(t) { s = s + a/t[i] }\nminimize s", 1),
        ("s = 0.0\nfor (x, z) in zip(t, y) { s = s + log(a*x)*z }\nminimize s", 1),
        ("fn m(x) = a*log(x)\ny ~ map(m, t)", 1),
        ("fn res(i) = y[i] - a*log(t[i])\nminimize sum([res(i)^2 for i in 0..len(t)])", 1),
        ("q = zeros(4)\nfor i in 0..4 { q[3 - i] = t[i] }\nminimize a*sum(log(q))", 1),
        ("minimize sum((t + flip(y)) * a / 0)", None),
    ],
)
def test_a_data_row_is_told_only_of_what_comes_of_it(record: Any, text: str, row: int | None) -> None:
    birth = record(f'data t, y from "zero.csv"\nparam a = 1.0\n{text}\n', "trace")["birth"]
    assert birth["row"] == row


def test_where_data_of_two_lengths_have_rows_a_datum_is_named(told: Any) -> None:
    said = told('data t, y from "d.csv"\ndata u = [1.0, 0.0]\nparam a = 1.0\nminimize sum(log(a*u)) + sum(t)\n')
    assert "`log(0.0)` is -inf here, data row 2 of `u`" in said


def test_without_a_row_the_element_is_told_by_all_its_axes(told: Any) -> None:
    said = told("param s = -1.0\nA = [[1, 2], [3, s]]\nminimize sum(log(A))\n")
    assert "note: at element [1, 1], counted from 0" in said


# ---- calls


def test_the_chain_of_calls_is_shown(told: Any) -> None:
    said = told(
        "param k = -1.0\nfn inner(z) = log(z) + 1\nfn outer(z) = inner(z*2)\nminimize outer(1.0 + 0*k) + outer(k)\n"
    )
    assert "`log(-2.0)` is nan here (z = -2.0)" in said
    assert "3 | fn outer(z) = inner(z*2)\n     |               ---------- called from here" in said
    last = said[said.index("4 | minimize") :].splitlines()
    assert (
        last[1].split("|")[1]
        == " " * (last[0].rindex("outer(k)") - last[0].index("|") - 1) + "-------- called from here"
    )


def test_a_recursion_is_told_by_its_depth(told: Any) -> None:
    said = told("param k = 3.0\nfn f(x) {\n  if x < -2.5 { return log(x) }\n  return f(x - 1)\n}\nminimize f(k)\n")
    assert "called from here, 6 calls within each other" in said
    assert "7 calls deep" in said


def test_a_derivative_in_a_recursion_has_the_operands_of_its_own_call(told: Any) -> None:
    said = told("param k = 2.0\nfn f(x) {\n  if x < 0.5 { return sqrt(x) }\n  return f(x - 1)*2\n}\nminimize f(k)\n")
    assert "the derivative of `sqrt(x)` at x = 0.0 is inf here" in said
    assert "called from here, 2 calls within each other" in said


@pytest.mark.parametrize(
    ("module", "call"), [("stats", "stats.kde([k, k], [0.0, k])"), ("nn", "nn.layer_norm([k, k], 1.0, 0.0, 0.0)")]
)
def test_what_is_born_in_the_library_is_told_at_the_call(told: Any, record: Any, module: str, call: str) -> None:
    text = f"import {module}\nparam k = 1.0\nminimize sum({call})\n"
    said = told(text)
    assert "  --> p.dl:3:14\n" in said
    assert "`0.0 / 0.0` is nan in this call" in said
    assert f"  --> <library>/{module}.dl:" in said
    assert record(text, "trace")["birth"]["line"] == 3


# ---- operands


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("param z = 0.0\nminimize sqrt(z)", "the derivative of `sqrt(z)` at z = 0.0 is inf here"),
        ("param z = 1.0\nminimize asin(z)", "the derivative of `asin(z)` at z = 1.0 is inf here"),
        ("param z = 1.0\nminimize acosh(z)", "the derivative of `acosh(z)` at z = 1.0 is inf here"),
        ("param z = 0.0\nminimize cbrt(z)", "the derivative of `cbrt(z)` at z = 0.0 is inf here"),
        ("param x = 1.34e+200\nminimize x^2", "`1.34e+200 ^ 2` is inf here (x = 1.34e+200)"),
        ("param s = 1.0\nminimize sum([1e308, 1e308, s])", "`sum` of 3 numbers, the largest 1e+308, is inf here"),
        ("param s = 1.0\nminimize sum(inv([[s, 1], [1, 1]]))", "`inv([[1.0, 1.0], [1.0, 1.0]])` is"),
        (
            "data y = [1.5, 2.0]\nparam s = 1.0\ny ~ normal(0, exp(s) - exp(1))",
            "y = 1.5, mu = 0.0, sigma = 0.0, data row 1",
        ),
        (
            "data y = [1.0, -2.0]\nparam s = 1.0\ny ~ gamma(2, s)",
            "a datum is outside the support: y = -2.0, alpha = 2.0, beta = 1.0, data row 2",
        ),
    ],
)
def test_operands_are_told_as_the_source_has_them(told: Any, text: str, words: str) -> None:
    assert words in told(text + "\n")


def test_a_jacobian_is_no_loop_of_the_source(told: Any) -> None:
    said = told("A = jacobian(fn(v) = sqrt(v))([1.0, 0.0])\nprint(A)\n", "run")
    assert "the derivative of `sqrt(v)` at v = 0.0 is inf here" in said
    assert "loop" not in said


def test_a_name_of_a_function_is_not_taken_for_a_parameter(told: Any) -> None:
    said = told("param a = 1.0\nfn f(a) = log(a)\nminimize f(a - 2)\n")
    assert "`log(-1.0)` is nan here (a = -1.0)" in said
    assert "start `a` elsewhere" not in said


def test_passes_are_named_after_what_makes_them(told: Any) -> None:
    said = told("param a = 1.0\nfn m(x) = a*log(x)\nminimize sum(map(m, [1.0, 0.0]))\n")
    assert "note: in pass 2 of `map`" in said
    said = told("param a = 1.0\nminimize sum([a*log(1 - i) for i in 0..2])\n")
    assert "note: in pass 2 of the comprehension" in said


# ---- what a trace shows beside a birth


def test_passes_of_loops_in_the_library_are_its_own_affair(told: Any) -> None:
    said = told("import quad\nparam k = 1.0\nfn f(x) = log(k - x)\nminimize quad.integrate(f, 0.0, 2.0)\n")
    assert "`log(0.0)` is -inf here" in said
    assert "pass" not in said


def test_a_birth_says_whether_it_is_of_a_derivative(record: Any) -> None:
    birth = record("param z = 0.0\nminimize sqrt(z)\n", "trace")["birth"]
    assert (birth["of"], birth["operation"], birth["operands"]) == (
        "derivative",
        "sqrt",
        [{"name": "z", "value": 0.0}],
    )


def test_finite_gradients_are_shown_beside_one_that_is_not(record: Any, capsys: pytest.CaptureFixture[str]) -> None:
    text = "param a = 1.0\nparam b = 0.0\nx = a^2\nz = sqrt(b)\nminimize x + z\n"
    lines = {line["line"]: line["gradient"] for line in record(text, "trace")["lines"]}
    assert lines == {1: 2.0, 2: "inf", 3: 1.0, 4: 1.0, 5: 1.0}
    main(["trace", "p.dl"])
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["value", "gradient"]
    assert out[1].split()[-2:] == ["1.0", "2.0"]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("y = f'(k)", 6.0),
        ("y = grad(f)(k)", 6.0),
        ("y = hessian(f)(k)", 2.0),
        ("y = value_and_grad(f)(k)", [9.0, 6.0]),
        ("y = jvp(f, (k,), (2.0,))", [9.0, 12.0]),
        ("y = {a: k, b: [k, 1.0]}", {"a": 3.0, "b": [3.0, 1.0]}),
        ("y = (k, k + 1)", [3.0, 4.0]),
    ],
)
def test_a_line_shows_what_its_name_stands_for(record: Any, line: str, value: Any) -> None:
    lines = record(f"param k = 3.0\nfn f(x) = x^2\n{line}\nminimize k\n", "trace")["lines"]
    assert {each["line"]: each["value"] for each in lines}[3] == value


def test_a_name_that_is_given_another_value_later_is_not_taken_for_it(record: Any) -> None:
    lines = record("param k = 3.0\nx = 1.0\nif k > 2 { x = 2*k }\nminimize x\n", "trace")["lines"]
    assert {each["line"]: each["value"] for each in lines} == {1: 3.0, 2: 1.0, 3: 6.0, 4: 6.0}


def test_the_call_of_a_rule_of_the_program_is_one_call(told: Any, record: Any) -> None:
    text = "param k = 1.0\nfn f(x) = x^2\nvjp f(x; ct) = ct / (x - 1)\nminimize f(k) + f(2*k)\n"
    assert "     |          ---- called from here\n" in told(text)
    birth = record(text, "trace")["birth"]
    assert (birth["line"], birth["of"], len(birth["calls"])) == (3, "derivative", 1)


def test_what_an_index_of_data_picks_comes_of_its_row(told: Any) -> None:
    text = 'data t, y from "d.csv"\ndata c = [0, 1, 0, 0]\nparam m = [1.0, 0.0]\n'
    assert "data row 2" in told(text + "minimize sum(log(m[c]))\n")
    assert "data row 2" in told(text + "s = 0.0\nfor i in 0..4 { s += log(m[c[i]]) }\nminimize s\n")


def test_a_start_that_is_not_finite_itself_has_no_birth_and_no_traceback(told: Any) -> None:
    assert "error[E0601]: the objective is" in told("param k = 1.0\nminimize k + inf\n")


def test_changing_a_copy_of_data_leaves_the_rows_of_the_data(record: Any) -> None:
    text = 'data t, y from "zero.csv"\nparam a = 1.0\nq = exp(t)\nq[0] = a\nminimize sum(log(t)) + sum(q)\n'
    assert record(text, "trace")["birth"]["row"] == 1


# ---- derivative rules of the program's own


def test_a_rule_that_gives_no_finite_derivative_names_its_argument_and_not_its_seed(told: Any) -> None:
    said = told("param k = 0.0\nfn f(x) = sqrt(x)\njvp f(x; dx) = dx / (2 * sqrt(x))\nminimize f(k) + 1\n")
    assert "`1.0 / 0.0` is inf here (x = 0.0)" in said
    assert "dx = 0.0" not in said
    assert "help: keep the divisor away from 0" in said


def test_a_rule_that_runs_in_a_loop_names_the_argument_of_the_pass_in_question(told: Any) -> None:
    rule = "fn f(x) = sqrt(x)\njvp f(x; dx) = dx / (2 * sqrt(x))\n"
    said = told(f"param k = 2.0\n{rule}s = 0.0\nfor i in 0..5 {{ s += f(k - 2 + (i - 2)^2) }}\nminimize s\n")
    assert "(x = 0.0)" in said
    assert "pass 3 of the loop" in said


def test_a_vjp_rule_names_the_argument_beside_its_cotangent(told: Any) -> None:
    said = told("param k = 0.0\nfn f(x) = sqrt(x)\nvjp f(x; ct) = ct / (2 * sqrt(x))\nminimize f(k) + 1\n")
    assert "`1.0 / 0.0` is inf here (ct = 1.0, x = 0.0)" in said


def test_a_part_of_a_record_that_a_rule_takes_goes_without_a_name(told: Any) -> None:
    said = told(
        "param k = 0.0\nfn f(p) = sqrt(p.a)\nvjp f(p; ct) = {a: ct / (2 * sqrt(p.a))}\nminimize f({a: k}) + 1\n"
    )
    assert "`1.0 / 0.0` is inf here (ct = 1.0)" in said


def test_the_second_derivative_of_a_rule_is_still_one_of_what_stands_there(record: Any) -> None:
    text = "param k = 0.0\nfn f(x) = x^1.5\njvp f(x; dx) = 1.5 * sqrt(x) * dx\nminimize f(k) + k^2\n"
    record(text, "grad", "--hessian")
    assert record(text, "grad", "--hessian")["hessian"]["matrix"] == [["inf"]]


# ---- operands in parentheses


@pytest.mark.parametrize(
    ("text", "underlined"),
    [
        ("minimize 2 * (k - 2)^0.5", "(k - 2)^0.5"),
        ("minimize 1 / (k-1) + k", "1 / (k-1)"),
        ("minimize ((k-1))^-1 + k", "((k-1))^-1"),
        ("minimize k * 1 / ( (k - 1) * 2 ) + 3", "k * 1 / ( (k - 1) * 2 )"),
        ("y = 1.0\ny /= (k - 1)\nminimize y", "y /= (k - 1)"),
        ("minimize log((k + 1) * (k - 1) - (3))", "log((k + 1) * (k - 1) - (3))"),
        ("fn f(x) = (x)\nminimize 1 / f((k - 1)) + 2", "1 / f((k - 1))"),
    ],
)
def test_the_parentheses_of_operands_are_part_of_the_place(record: Any, text: str, underlined: str) -> None:
    text = f"param k = 1.0\n{text}\n"
    found = record(text, "grad")
    (error,) = found["errors"] if "errors" in found else found["warnings"]
    line = text.splitlines()[error["line"] - 1]
    assert line[error["column"] - 1 : error["end_column"] - 1] == underlined


def test_a_negative_number_to_a_power_is_written_as_the_language_reads_it(told: Any) -> None:
    assert "`(-3.0) ^ 0.3` is nan here" in told("param k = -3.0\nminimize (k)^0.3\n")


def test_operands_of_comparisons_and_models_are_named_with_their_parentheses(told: Any) -> None:
    assert "(t > 1)" in told("t = [1.0, 2.0]\nprint(1 + (t > 1))\n", "run")
    assert "^^^^^^^" in told("t = [1.0, 2.0]\nprint(1 + (t > 1))\n", "run")


# ---- distributions


def test_the_parameter_of_a_density_that_is_out_of_its_range_is_named_in_the_mend(told: Any) -> None:
    said = told("data t = [1.0, 3.0]\ndata y = [1.0, 2.0]\nparam k = 1.0\ny ~ poisson(k * (t - 2))\n")
    assert "lambda = -1.0, data row 1" in said
    assert "bound its parameter: `param lambda in 0..inf`" in said
    assert "sigma" not in said


@pytest.mark.parametrize(
    ("asked", "facts", "mend"),
    [
        ("logpdf(normal(k, -1), 2.0)", "a parameter of `normal` is out of its range here: sigma = -1.0", "sigma"),
        ("logpdf(d = normal(k, -k), x = 2.0)", "of `normal` is out of its range here: sigma = -1.0", "sigma"),
        ("logpdf(laplace(mu = 0, sigma = s), 2.0)", "of `laplace` is out of its range here: sigma", "sigma"),
        ("logpdf(normal(0, s * 3), 2.0)", "a parameter of `normal` is out of its range here: sigma = -6.0", "sigma"),
    ],
)
def test_what_a_distribution_computes_is_told_by_its_parameters(told: Any, asked: str, facts: str, mend: str) -> None:
    said = told(f"param k = 1.0\nparam s = -2.0\nminimize {asked} + k + s\n")
    assert facts in said
    assert f"`param {mend} in 1e-6..inf`" in said
    assert "log(" not in said.replace("logpdf(", "")


def test_a_distribution_of_which_nothing_is_known_is_told_by_its_name(told: Any) -> None:
    said = told("param k = 1.0\nparam s = -2.0\nminimize logpdf(gamma(s * k, s + k), 2.0)\n")
    assert "the log-density of `gamma` is nan here" in said


def test_the_log_of_a_program_is_still_one(told: Any) -> None:
    assert "`log(-2.0)` is nan here" in told("param s = -2.0\nminimize log(s)\n")
    assert "`log(-2.0)` is nan here" in told("param s = -2.0\nminimize logpdf(normal(0, 1), log(s))\n")

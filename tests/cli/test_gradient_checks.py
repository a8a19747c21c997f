"""`check --grad` and `grad --check`: what fails, what passes, and what they say, on whole programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.app import main

WRONG_RULES = {
    "a tiny parameter": "param r = 1e-9\nfn f(x) = exp(x)\njvp f(x; dx) = 2 * exp(x) * dx\nminimize f(-r * 1e9)",
    "a larger term": "param a = 2.0\nfn f(x) = x^2\nvjp f(x; ct) = 5 * x * ct\nminimize 1e9 * a^2 + f(a)",
    "a cotangent of zero": "param k = 2.0\nfn f(x) = x^2\nvjp f(x; ct) = ct * x\nminimize (f(k) - 4)^2",
    "a rule that makes up for it": "param k = 2.0\nfn f(x) = x^2\nvjp f(x; ct) = ct * x\nfn g(x) = x^2\n"
    "vjp g(x; ct) = ct * 3 * x\nminimize f(k) + g(k)",
    "a report": "param k = 2.0\nfn f(x) = x^2\nvjp f(x; ct) = ct * x\nminimize k^2\nreport q = f(k)",
    "a gradient in the program": "param k = 2.0\nfn f(x) = x^3\njvp f(x; dx) = x^2 * dx\nminimize (grad(f)(k) - 2.5)^2",
    "a gradient of what calls it": "param k = 2.0\nfn f(x) = x^3\njvp f(x; dx) = x^2 * dx\nfn g(x) = sin(f(x))\n"
    "minimize (hessian(g)(k) - 2.5)^2",
    "a gradient in a report": "param k = 2.0\nfn f(x) = x^3\nvjp f(x; ct) = x^2 * ct\nminimize k^2\nreport q = grad(f)(k)",
    "a large other argument": "param a = 1.0\nparam b = 1.0\nfn f(x, y) = 1e6 * x^2 + y^2\n"
    "vjp f(x, y; ct) = (2e6 * x * ct, 3 * y * ct)\nminimize f(a, b)",
    "a large other element": "param W = [1, 1e6]\nfn f(w) = sum(w^2)\nvjp f(w; ct) = ct * [3, 2] * w\nminimize f(W)",
    "a millionth": "param a = 2.0\nfn f(x) = x^3\njvp f(x; dx) = 3.00001 * x^2 * dx\nminimize f(a)",
    "a late call": "param a = 0.5\nfn f(x) = x^3\njvp f(x; dx) = if x > 10.4 { 2 * x^2 * dx } else { 3 * x^2 * dx }\n"
    "s = 0.0\nfor i in 0..100 { s += f(a + 0.5 * i) }\nminimize s",
    "the last call of thousands": "param a = 0.5\nfn f(x) = x^3\n"
    "jvp f(x; dx) = if x > 2999.2 { 2 * x^2 * dx } else { 3 * x^2 * dx }\n"
    "s = 0.0\nfor i in 0..3000 { s += f(a + i) }\nminimize s",
    "one of many elements": "param W = [0.5 + i for i in 0..40]\nfn f(w) = w^2\n"
    "vjp f(w; ct) = ct * where(w > 39, 2.01, 2) * w\nminimize sum(f(W))",
    "one of two values": "param a = 2.0\nfn f(x) = (x^2, x^3)\njvp f(x; dx) = (2 * x * dx, 2 * x^2 * dx)\n"
    "minimize f(a)[0] + 0 * f(a)[1]",
}

WORDS = {
    "a large other argument": "in `y`, at `x = 1, y = 1`: the rule gives 3, and differences of `f` give 2",
    "a large other element": "in `w[0]`: the rule gives 3,",
    "a millionth": "the rule gives 12.00004, and differences of `f` give 12",
    "a late call": "at `x = 10.5`: the rule gives 220.5, and differences of `f` give 330.75",
    "one of many elements": "in `w` along a random direction",
    "one of two values": "in `x`, of number 2 of the value, at `x = 2`: the rule gives 8, and differences of `f` give 12",
}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("model.dl")


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, Any]]:
    code = main([*argv, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_fails_both_verbs_wherever_it_hides(
    name: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.write_text(WRONG_RULES[name] + "\n")
    for argv, key in ((["check", "model.dl", "--grad"], "errors"), (["grad", "model.dl", "--check"], "warnings")):
        assert main(argv) == 4
        shown = capsys.readouterr()
        assert "warning[W1018]: the derivative rule of `f` disagrees with `f` itself" in shown.err
        assert "the rule\n" in shown.err
        assert WORDS.get(name, "") in shown.err
        code, found = answer(capsys, *argv)
        assert (code, found["check"]["passed"]) == (4, False)
        assert "W1018" in {each["code"] for each in found[key]}


CONVENTIONS = {
    "a branch": ("param x = 0.0\nminimize if x > 0 { x^2 } else { -x }", "x: at a kink: left -1, right 0"),
    "another branch": ("param x = 0.0\nminimize if x >= 0 { x } else { -2 * x }", "x: at a kink: left -2, right 1"),
    "a ramp": ("param m = 1.0\nminimize relu(m - 1) + m^2", "m: at a kink: left 2, right 3"),
    "a root": (
        "param k = 0.0\nminimize where(k > 0, sqrt(k), 0) + sqrt(k * k) + norm([k, k]) + k",
        "k: at a kink: left -1.41421, right inf",
    ),
    "steps": ("param x = 0.5\nminimize floor(x * 3.999) + x + round(x)", "x: at a jump; beside it: left 1, right 1"),
    "a remainder": ("param x = 1.0\nminimize clamp(x, 1, 2) + x % 1.0", "x: at a jump; beside it: left 1, right 2"),
    "a rule at a kink": (
        "param x = 0.0\nfn f(x) = max(x, 0)\njvp f(x; dx) = where(x > 0, dx, 0)\nminimize f(x) + x^2",
        "x: at a kink: left 0, right 1",
    ),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_at_a_kink_or_a_jump_passes_and_is_told(
    name: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, words = CONVENTIONS[name]
    model.write_text(text + "\n")
    for argv in (["check", "model.dl", "--grad"], ["grad", "model.dl", "--check"]):
        assert main(argv) == 0
        shown = capsys.readouterr().out
        assert words in shown.splitlines()
        assert max(map(len, shown.splitlines())) <= 80


RIGHT = {
    "a kink nearby": "param x = 1.0000001\nminimize abs(x - 1) + x",
    "a half power on a bound": "param c in 0..inf = 0.0\nminimize (c - 1)^2 + c^1.5",
    "a logarithm on a bound": "param k in 0..1 = 1.0\nminimize log(1 - k + 1e-6) + k^2",
    "a root on a bound": "param d in 0..1 = 1.0\nminimize sqrt(1 - d + 1e-8)",
    "a tiny bound": "param p in 1e-300..1 = 1e-300\nminimize p * log(p) + p",
    "a stationary point": "param b = 1e-8\nminimize log(b) + 1e-8 / b",
    "a high frequency at a large value": "param k = 1e8\nminimize sin(k)",
    "a high frequency": "param k = 1.0\nminimize sin(1e6 * k)",
    "an assert beside the point": "param k = 1.0\nfn f(x) {\n  assert x <= 1, \"too large\"\n  x^2\n}\nminimize f(k)",
    "a stable rule of what loses digits": "param a = -30.0\nfn softplus(x) = log(1 + exp(x))\n"
    "jvp softplus(x; dx) = dx / (1 + exp(-x))\nminimize softplus(a) + softplus(a - 100) + a^2",
    "a small number beside a large one": "param a = 1.0\nminimize ((1e8 + a) - 1e8 - 2)^2",
    "an infinite slope": "param k in 0..inf = 0.0\nminimize sqrt(k)",
    "a parameter that does nothing": "param k = 1.0\nparam n = 2.0\nminimize k^2 + 0 * n",
    "a function that is found by steps": "import ode\nparam k = 0.7\n"
    "minimize sum(ode.solve(fn(t, y) = -k * y + sin(3 * t), 1.0, linspace(0, 10, 50)))",
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_is_confirmed(name: str, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text(RIGHT[name] + "\n")
    code, found = answer(capsys, "grad", "model.dl", "--check")
    assert (code, found["check"]["passed"]) == (0, True)
    assert {row["state"] for row in found["check"]["rows"]} == {"agrees"}
    assert found["check"]["max_relative_error"] <= 1e-6
    assert answer(capsys, "check", "model.dl", "--grad")[1]["check"] == found["check"]


DECEIVING = {
    "a logarithm that rounding hides": "param p in 0..1 = 0.0\nminimize 3 + p * log(p + 1e-30)",
    "a wave between the numbers": "param x = 1e15\nminimize sin(x)",
    "a fast wave": "param k = 1.0\nminimize sin(1e14 * k) + k",
}

SMOOTH = {
    "a smooth |x| at its centre": "param k = 1.0\nminimize sqrt(1e-20 + (k - 1)^2)",
    "a smooth |x| by hypot": "param k = 1.0\nminimize hypot(k - 1, 1e-12)",
    "a wave at 1e12": "param x = 1e12\nminimize sin(x) + 1",
    "a slope of 1e308": "param a = 1.0\nminimize a * 1e308",
    "a step that is not here": "param k = 1.0\nminimize tanh(1e9 * (k - 1.0000001))",
}


@pytest.mark.parametrize("name", [*DECEIVING, *SMOOTH])
def test_no_right_gradient_is_called_wrong(name: str, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text({**DECEIVING, **SMOOTH}[name] + "\n")
    code, found = answer(capsys, "check", "model.dl", "--grad")
    (row,) = found["check"]["rows"]
    assert (code, row["state"]) == ((4, "unsure") if name in DECEIVING else (0, "agrees"))


def test_a_row_has_its_name_its_numbers_and_its_state(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text("param W = [1.0, 0.0]\nminimize W[0]^2 + abs(W[1])\n")
    _, found = answer(capsys, "grad", "model.dl", "--check")
    first, second = found["check"]["rows"]
    assert (first["name"], first["exact"], first["state"]) == ("W[0]", 2.0, "agrees")
    assert first["numerical"] == pytest.approx(2.0, rel=1e-9)
    assert (second["name"], second["exact"], second["state"]) == ("W[1]", 0.0, "kink")
    assert (second["left"], second["right"]) == (pytest.approx(-1.0), pytest.approx(1.0))


def test_a_disagreement_names_its_parameter_and_the_stop_gradient_that_may_be_meant(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.write_text("param a = 1.5\nparam b = 1.0\nminimize stop_gradient(a) * a + b^2\n")
    code, found = answer(capsys, "check", "model.dl", "--grad")
    (told,) = found["errors"]
    assert (code, told["code"], told["line"], told["column"]) == (4, "W1019", 1, 7)
    assert told["labels"][0]["line"] == 3
    assert any("stop_gradient" in note for note in told["notes"])
    assert [row["state"] for row in found["check"]["rows"]] == ["disagrees", "agrees"]


def test_differences_that_cannot_tell_do_not_confirm(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The slope is lost in noise: a wave shorter than the distance of two numbers."""
    model.write_text("param a = 1.0\nminimize 1e-6 * stop_gradient(sin(1e17 * a)) + 1e-9 * a\n")
    code, found = answer(capsys, "grad", "model.dl", "--check")
    assert (code, found["check"]["passed"]) == (4, False)
    assert [row["state"] for row in found["check"]["rows"]] == ["unsure"]
    assert [each["code"] for each in found["warnings"]] == ["W1019"]
    assert main(["check", "model.dl", "--grad"]) == 4
    shown = capsys.readouterr()
    assert "the gradients are NOT confirmed: numerical derivatives cannot tell" in shown.out
    assert "the derivative in `a` cannot be compared with numerical derivatives" in shown.err


def test_a_wrong_rule_of_a_module_is_called_by_its_full_name(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("lib.dl").write_text("fn f(x) = x^3\njvp f(x; dx) = x^2 * dx\n")
    model.write_text('import "lib.dl" as lib\nparam a = 2.0\nminimize lib.f(a)\n')
    assert main(["check", "model.dl", "--grad"]) == 4
    shown = capsys.readouterr().err
    assert "the derivative rule of `lib.f` disagrees with `lib.f` itself" in shown
    assert "--> model.dl:3:10" in shown
    assert "--> lib.dl:2:5" in shown


def test_the_rules_that_a_function_uses_are_checked_with_it_and_no_others(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.write_text(
        "fn f(x) = x^3\nvjp f(x; ct) = x^2 * ct\nfn g(x) = (f(x) - 8)^2\nfn h(x) = x^2\nparam k = 1.0\nminimize f(k)\n"
    )
    code, found = answer(capsys, "grad", "model.dl", "--fn", "g", "--at", "x=2", "--check")
    assert (code, found["check"]["rows"][0]["state"]) == (4, "agrees")  # the cotangent is zero
    assert [each["code"] for each in found["warnings"]] == ["W1018"]
    code, found = answer(capsys, "grad", "model.dl", "--fn", "h", "--at", "x=2", "--check")
    assert (code, found["check"]["passed"], found["warnings"]) == (0, True, [])


def test_a_failed_check_says_why_even_where_warnings_are_not_wanted(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.write_text(WRONG_RULES["a report"] + "\n")
    for argv in (["check", "model.dl", "--grad", "--quiet"], ["grad", "model.dl", "--check", "--quiet"]):
        assert main(argv) == 4
        shown = capsys.readouterr()
        assert "W1018" in shown.err
        assert "the gradients agree with differences, but a derivative rule is wrong" in shown.out


def test_a_part_of_a_record_that_a_rule_is_wrong_in_is_called_by_its_name(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.write_text(
        "param r = {a: 1.0, b: (2.0, 3.0)}\nfn f(r) = r.a^2 * r.b[0] * r.b[1]\n"
        "jvp f(r; dr) = 2 * dr.a * r.a * r.b[0] * r.b[1] + r.a^2 * (dr.b[0] * r.b[1] + 2 * r.b[0] * dr.b[1])\n"
        "minimize f(r)\n"
    )
    main(["check", "model.dl", "--grad"])
    said = capsys.readouterr().err
    assert "in `r.b[1]`, at `r.a = 1, r.b[0] = 2, r.b[1] = 3`: the rule gives 4" in said


def test_a_large_parameter_has_one_row_for_all_of_it(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text("param b = 2.0\nparam W = zeros(100, 100) + 0.01\nminimize sum(W @ W) + b^2\n")
    code, found = answer(capsys, "check", "model.dl", "--grad")
    assert code == 0
    assert [row["name"] for row in found["check"]["rows"]] == ["b", "W along 3 random directions"]
    assert main(["grad", "model.dl", "--check"]) == 0
    shown = capsys.readouterr().out
    assert "W                            [100, 100], 0.01 to 0.01" in shown
    assert "\nW along 3 random directions " in shown
    assert "W[0,1]" not in shown


def test_a_wrong_gradient_of_a_large_parameter_is_told_at_it(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text("param b = 2.0\nparam W = zeros(100) + 0.5\nminimize sum(W * stop_gradient(W)) + b^2\n")
    code, found = answer(capsys, "check", "model.dl", "--grad")
    (told,) = found["errors"]
    assert (code, told["code"], told["line"], told["column"]) == (4, "W1019", 2, 7)
    assert "the derivative in `W along 3 random directions` disagrees" in told["message"]


def test_a_large_argument_of_a_function_has_one_row(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text("fn f(w, k) = sum(w^3) * k\n")
    numbers = ", ".join(str(k) for k in range(200))
    code, found = answer(capsys, "grad", "model.dl", "--fn", "f", "--at", f"w=[{numbers}]", "--at", "k=2", "--check")
    assert code == 0
    assert [row["name"] for row in found["check"]["rows"]] == ["w along 3 random directions", "k"]


def test_a_function_s_rule_is_asked_for_a_constant_that_it_is_given(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.write_text(
        "fn clip(x, lo) = x * lo\nvjp clip(x, lo; ct) = (ct * lo, 7.0 * lo)\nfn g(x) = clip(x, 5.0)\n"
        "param k = 1.0\nminimize clip(k, 5.0)\n"
    )
    for argv in (["check", "model.dl", "--grad"], ["grad", "model.dl", "--fn", "g", "--at", "x=2", "--check"]):
        assert main(argv) == 4
        assert "in `lo`" in capsys.readouterr().err


def test_a_rule_that_says_0_for_a_constant_leaves_it_alone(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "fn clip(x, lo) = max(x, lo)\nvjp clip(x, lo; ct) = (if x > lo { ct } else { 0.0 }, 0.0)\nparam k = 7.0\n"
    model.write_text(f"{rule}minimize clip(k, 5.0) + clip(2 * k, 3.0)\n")
    assert main(["check", "model.dl", "--grad"]) == 0
    model.write_text(f"{rule}minimize clip(5.0, k)\n")
    assert main(["check", "model.dl", "--grad"]) == 4
    assert "in `lo`" in capsys.readouterr().err


@pytest.mark.parametrize("start", ["zeros(60)", "[i % 2 for i in 0..60] * 1.0"])
def test_infinite_slopes_in_a_large_array_do_not_cancel(
    start: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.write_text(f"param W = {start}\nminimize sum(sqrt(W))\n")
    code, found = answer(capsys, "check", "model.dl", "--grad")
    (row,) = found["check"]["rows"]
    assert (code, row["exact"], row["numerical"], row["state"]) == (0, "inf", "inf", "agrees")

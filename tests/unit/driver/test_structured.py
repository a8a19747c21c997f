"""Params, reports and functions of tuples and records: everything that is known of them is built as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlang

LINE = """
data x = [0.0, 1.0, 2.0, 3.0, 4.0]
data y = [1.1, 2.9, 5.2, 6.8, 9.1]
param p in -50..50 = {slope: 1.0, bend: (0, [0.5, 0.0]), "any name": 0.5}
y ~ p["any name"] + p.slope * x + p.bend[0] * x^2
p.bend[1] ~ [1.0, 2.0]
report line = {slope: p.slope, ends: (p["any name"], [p.slope, p.bend[1][0]])}
"""
FLAT = """
data x = [0.0, 1.0, 2.0, 3.0, 4.0]
data y = [1.1, 2.9, 5.2, 6.8, 9.1]
param slope = 1.0
param bend = 0.0
param w = [0.5, 0.0]
param b = 0.5
y ~ b + slope * x + bend * x^2
w ~ [1.0, 2.0]
"""
START = {"slope": 1.0, "bend": (0.0, [0.5, 0.0]), "any name": 0.5}
ELEMENTS = ("p.slope", "p.bend[0]", "p.bend[1][0]", "p.bend[1][1]", 'p["any name"]')


@pytest.fixture
def line() -> dlang.Program:
    return dlang.loads(LINE)


def plain(tree: Any) -> Any:
    """A tree with lists for its arrays, to compare."""
    if isinstance(tree, dict):
        return {name: plain(part) for name, part in tree.items()}
    if isinstance(tree, tuple):
        return tuple(map(plain, tree))
    return tree.tolist() if hasattr(tree, "tolist") else tree


# ---- what the program is made of


def test_a_parameter_is_built_as_the_param_is(line: dlang.Program) -> None:
    [p] = line.parameters
    assert (p.name, plain(p.start), p.lower, p.upper, p.fixed) == ("p", START, -50, 50, False)
    assert p.shape == {"slope": (), "bend": ((), (2,)), "any name": ()}


def test_every_element_has_a_name_and_the_bounds(line: dlang.Program) -> None:
    objective = line.objective()
    assert objective.names == ELEMENTS
    np.testing.assert_array_equal(objective.lower, [-50] * 5)
    np.testing.assert_array_equal(objective.upper, [50] * 5)
    np.testing.assert_array_equal(objective.start, [1, 0, 0.5, 0, 0.5])


def test_the_gradient_is_that_of_separate_params(line: dlang.Program) -> None:
    value, gradient = line.value_and_grad()
    expected, flat = dlang.loads(FLAT).value_and_grad()
    assert value == expected
    assert plain(gradient) == {
        "p": {"slope": flat["slope"], "bend": (flat["bend"], flat["w"].tolist()), "any name": flat["b"]}
    }
    names, matrix = line.hessian()
    assert names == ELEMENTS
    _, flat_matrix = dlang.loads(FLAT).hessian()
    np.testing.assert_array_equal(matrix, flat_matrix)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_gradient_in_parts(line: dlang.Program, mode: str) -> None:
    whole = plain(line.gradient())["p"]
    found = line.differentiate(mode=mode, wrt=["p.bend", "p.slope"]).gradient
    assert plain(found) == {"p.bend": whole["bend"], "p.slope": whole["slope"]}
    assert line.hessian(wrt="p.bend")[0] == ELEMENTS[1:4]


def test_the_gradient_is_checked_by_element(line: dlang.Program) -> None:
    checked = line.check_gradient()
    assert checked.passed
    assert tuple(row.name for row in checked.rows) == ELEMENTS


# ---- points and starts


@pytest.mark.parametrize(
    "at",
    [
        {"p": {"slope": 2.0, "bend": (0.1, [1.0, 3.0]), "any name": 4.0}},
        {"p": {"any name": 4, "bend": [0.1, (1, 3)], "slope": 2}},
        {"p.slope": 2.0, "p.bend": (0.1, np.array([1.0, 3.0])), 'p["any name"]': 4.0},
        {"p.slope": 2.0, "p.bend[0]": 0.1, "p.bend[1]": [1.0, 3.0], 'p["any name"]': 4.0},
    ],
)
def test_a_point_is_given_whole_or_in_parts(line: dlang.Program, at: Any) -> None:
    expected = dlang.loads(FLAT).value({"slope": 2.0, "bend": 0.1, "w": [1.0, 3.0], "b": 4.0})
    assert line.value(at) == expected
    assert dlang.loads(LINE, start=at).value() == expected


def test_a_start_for_a_part_goes_before_that_of_the_whole() -> None:
    whole = {"slope": 2.0, "bend": (0.1, [1.0, 3.0]), "any name": 4.0}
    [p] = dlang.loads(LINE, start={"p.bend[0]": 7, "p": whole}).parameters
    assert plain(p.start) == {**whole, "bend": (7.0, [1.0, 3.0])}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a number": ({"p": 1.0}, "E0714"),
    "a field too few": ({"p": {"slope": 1.0}}, "E0714"),
    "another field": ({"p": {**START, "more": 1.0}}, "E0714"),
    "another length": ({"p": {**START, "bend": (0.0,)}}, "E0714"),
    "another shape": ({"p.bend[1]": [1.0, 2.0, 3.0]}, "E0714"),
    "a record for a number": ({"p.slope": {"a": 1.0}}, "E0714"),
    "text in it": ({"p": {**START, "slope": "fast"}}, "E0703"),
    "a Bool": ({"p.slope": True}, "E0703"),
    "no part of it": ({"p.sloep": 1.0}, "E0709"),
    "an element of an array": ({"p.bend[1][0]": 1.0}, "E0709"),
    "no parameter": ({"q.w": 1.0}, "E0709"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("where", ["at", "start"])
def test_what_does_not_fit_is_told(line: dlang.Program, case: str, where: str) -> None:
    given, code = WRONG[case]
    with pytest.raises(dlang.DlangError) as caught:
        line.value(given) if where == "at" else dlang.loads(LINE, start=given)
    [fault] = caught.value.diagnostics
    assert fault.code == code
    assert f'{where}={{"{next(iter(given))}": …}}' in " ".join((fault.title, *fault.notes))


def test_every_part_must_be_within_the_bounds() -> None:
    with pytest.raises(dlang.DlangError, match="E0402") as caught:
        dlang.loads(LINE.replace("[0.5, 0.0]", "[0.5, 60.0]"))
    assert "the start of `p.bend[1]`, 60, is outside its bounds -50..50" in caught.value.diagnostics[0].title
    with pytest.raises(dlang.DlangError, match="E0713"):
        dlang.loads(LINE, start={"p.bend[0]": 51})


# ---- fits


def test_a_fit_is_that_of_separate_params(line: dlang.Program) -> None:
    result, flat = line.fit(), dlang.loads(FLAT).fit()
    [p] = result.parameters.values()
    expected = {name: flat.parameters[name] for name in ("slope", "bend", "w", "b")}
    for field in ("value", "std_error"):
        found = getattr(p, field)
        got = [found["slope"], found["bend"][0], *found["bend"][1], found["any name"]]
        parts = [getattr(expected[name], field) for name in ("slope", "bend", "w", "b")]
        np.testing.assert_allclose(got, [parts[0], parts[1], *parts[2], parts[3]], rtol=1e-6, atol=1e-9)
    lower, upper = p.ci
    assert lower["slope"] < p.value["slope"] < upper["slope"]
    assert (lower["bend"][1] < upper["bend"][1]).all()
    assert result.covariance[0] == ELEMENTS


def test_reports_are_built_as_they_are_written(line: dlang.Program) -> None:
    assert plain(line.run().reports) == {"line": {"slope": 1.0, "ends": (0.5, [1.0, 0.5])}}
    result = line.fit()
    report, p = result.reports["line"], result.parameters["p"]
    assert report.value["slope"] == p.value["slope"]
    np.testing.assert_allclose(report.std_error["ends"][0], p.std_error["any name"], rtol=1e-6)
    np.testing.assert_allclose(report.std_error["ends"][1][0], p.std_error["slope"], rtol=1e-6)


def test_the_report_has_a_row_an_element(line: dlang.Program) -> None:
    text = str(line.fit())
    for name in (*ELEMENTS, "line.slope", "line.ends[0]", "line.ends[1][1]"):
        assert f"\n{name} " in text


def test_json_has_objects_for_records_and_lists_for_tuples(line: dlang.Program) -> None:
    found = json.loads(json.dumps(line.fit().to_json()))
    p = found["parameters"]["p"]
    for key in ("value", "std_error", "gradient"):
        assert list(p[key]) == ["slope", "bend", "any name"]
        assert isinstance(p[key]["bend"][0], float)
        assert len(p[key]["bend"][1]) == 2
    assert [list(end) for end in p["ci"]] == [["slope", "bend", "any name"]] * 2
    assert p["at_bound"] == {"slope": False, "bend": [False, [False, False]], "any name": False}
    assert list(found["reports"]["line"]["value"]) == ["slope", "ends"]


def test_what_is_held_has_no_error_and_no_gradient() -> None:
    program = dlang.loads(LINE, fix=["p.bend"])
    [p] = program.parameters
    assert p.fixed == {"slope": False, "bend": (True, True), "any name": False}
    assert program.objective().names == ("p.slope", 'p["any name"]')
    assert plain(program.gradient())["p"]["bend"] == (None, None)
    result = program.fit()
    assert plain(result.parameters["p"].value)["bend"] == (0.0, [0.5, 0.0])
    assert plain(result.parameters["p"].std_error)["bend"] == (None, None)
    assert result.parameters["p"].std_error["slope"] > 0
    assert "p.bend[1][0]        0.5" in str(result)
    assert str(result).count("  fixed\n") == 3
    assert result.to_json()["parameters"]["p"]["std_error"]["bend"] == [None, None]


def test_a_whole_param_is_held() -> None:
    for program in (
        dlang.loads(LINE, fix="p"),
        dlang.loads(LINE.replace('"any name": 0.5}', '"any name": 0.5}, fixed')),
    ):
        [p] = program.parameters
        assert p.fixed is True
        with pytest.raises(dlang.DlangError, match="E0408") as caught:
            program.fit()
        assert caught.value.diagnostics[0].title == "`fit` needs a free parameter, and all are held: `p`"
        assert program.gradient() == {}


def test_a_saved_fit_is_a_start(line: dlang.Program, tmp_path: Path) -> None:
    line.fit(steps=1).save(tmp_path / "fit.json")
    again = line.fit(start_from=tmp_path / "fit.json")
    assert again.converged
    assert not again.warnings
    np.testing.assert_allclose(
        again.parameters["p"].value["slope"], line.fit().parameters["p"].value["slope"], rtol=1e-8
    )


@pytest.mark.parametrize(
    ("param", "code"),
    [
        ("param p = {slope: 1.0}\nminimize p.slope^2", "E0804"),
        ('param p = {slope: 1.0, bend: (0, [1.0, 2.0, 3.0]), "any name": 0.5}\nminimize p.slope^2', "E0804"),
        ("param p = 1.0\nminimize p^2", "E0804"),
        ("param q = {slope: 1.0}\nminimize q.slope^2", "E0709"),
    ],
)
def test_a_saved_fit_that_is_built_otherwise_is_refused(
    line: dlang.Program, tmp_path: Path, param: str, code: str
) -> None:
    dlang.loads(param).fit(steps=1).save(tmp_path / "fit.json")
    with pytest.raises(dlang.DlangError, match=code):
        line.fit(start_from=tmp_path / "fit.json")


def test_a_part_on_its_bound_is_told_by_name() -> None:
    result = dlang.loads("param p in 0..1 = (0.5, {a: 0.5})\nminimize (p[0] - 0.2)^2 + (p[1].a - 3)^2").fit()
    assert result.verdict == "at bound"
    assert "`p[1].a` is on its upper bound 1" in result.status
    assert result.parameters["p"].at_bound == (False, {"a": True})


def test_what_is_not_identified_is_told_by_the_part_to_hold() -> None:
    result = dlang.loads("param p = (1.0, {w: [1.0, 2.0]})\n[1.0, 2.0, 4.0] ~ p[0] * p[1].w[0] * [1.0, 2.0, 3.0]").fit()
    assert result.verdict == "not identified"
    assert "`p[0]*p[1].w[0]`" in result.status
    assert "--fix p[1].w" in result.next or "--fix 'p[1].w'" in result.next


# ---- priors, warnings, and what cannot be


def test_a_prior_on_a_part_is_no_datum() -> None:
    text = "param p = {w: [0.0, 0.0], s: 1.0}\ndata y = [1.0, 2.0]\ny ~ normal(p.w, 1)\n"
    priors = "p.w ~ normal(0, 10)\np.s ~ normal(0, 1)\np.w[0] ~ normal(0, 5)\n"
    result = dlang.loads(text + priors).fit()
    assert result.statistics.n == 2


def test_parts_without_influence_are_named() -> None:
    [warning] = dlang.loads("param p = {a: 1.0, b: 2.0, c: 3.0}\nminimize p.b^2\nprint(p)").warnings
    assert (warning.code, warning.title) == ("W0401", "`p.a` and `p.c` do not influence the objective")
    [warning] = dlang.loads("param p = {a: 1.0, b: 2.0}\nparam q = 1.0\nminimize q^2\nprint(p)").warnings
    assert warning.title == "`p` does not influence the objective"


REFUSED = {
    "a prior on a record": ("param p = {a: 1.0}\np ~ normal(0, 1)", "E0409"),
    "a prior on a tuple": ("param p = (1.0, 2.0)\np ~ normal(0, 1)", "E0409"),
    "text in a param": ('param p = {a: 1.0, b: "x"}\nminimize p.a', "E0406"),
    "a Bool in a param": ("param p = (1.0, (true, 2.0))\nminimize p[0]", "E0406"),
    "a function in a param": ("param p = {f: sin}\nminimize 1.0", "E0406"),
    "a param of nothing": ("param p = ()\nminimize 1.0", "E0406"),
    "text in a report": ('report r = {a: 1.0, b: "x"}', "E0411"),
    "a start that depends on a param": ("param a = 1.0\nparam p = {b: 2.0, c: a}\nminimize p.c * a", "E0410"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused(case: str) -> None:
    text, code = REFUSED[case]
    with pytest.raises(dlang.DlangError) as caught:
        dlang.loads(text)
    assert [each.code for each in caught.value.diagnostics] == [code]


# ---- functions

FUNCTIONS = """
fn dense(p, x) = sum(p.w * x) + p.b
fn layers(p, x) = sum(p[0].w * x) * p[1]
fn stats(x) = {mean: mean(x), both: (sum(x), x[0]), unit: "m"}
fn kind_of(x) = (x, "made")
fn make(x) = {value: x, f: sin}
"""
WEIGHTS = {"w": [1.0, 2.0], "b": 3.0}


@pytest.fixture
def functions() -> Any:
    return dlang.loads(FUNCTIONS).function


def test_a_function_takes_and_gives_what_it_is_written_for(functions: Any) -> None:
    assert functions("dense")(WEIGHTS, [1, 1]) == 6
    assert functions("layers")(({"w": [1, 2]}, 2), [1, 1]) == 6
    assert functions("stats")([1, 2]) == {"mean": 1.5, "both": (3.0, 1.0), "unit": "m"}
    kind_of = functions("kind_of")
    assert [kind_of(()), kind_of({}), kind_of((1, ()))] == [((), "made"), ({}, "made"), ((1.0, ()), "made")]
    with pytest.raises(dlang.DlangError, match="E0417") as caught:
        functions("make")(1.0)
    assert "its value is a function, which Python has no value for" in caught.value.diagnostics[0].title


def test_derivatives_are_built_as_the_arguments(functions: Any) -> None:
    dense = functions("dense")
    assert plain(dense.grad()(WEIGHTS, [1, 1])) == {"w": [1, 1], "b": 1}
    value, (in_p, in_x) = dense.value_and_grad(wrt=("p", 1))(WEIGHTS, [1, 1])
    assert (value, plain(in_p), plain(in_x)) == (6, {"w": [1, 1], "b": 1}, [1, 2])
    assert plain(dense.jacobian()(WEIGHTS, [1, 1])) == {"w": [1, 1], "b": 1}
    assert dense.jvp((WEIGHTS, [1, 1]), ({"w": [1, 0], "b": 2}, [0, 1])) == (6, 5)
    value, pullback = dense.vjp(WEIGHTS, [1, 1])
    assert tuple(map(plain, pullback(2.0))) == ({"w": [2, 2], "b": 2}, [2, 4])
    assert plain(functions("layers").grad()(({"w": [1, 2]}, 2), [1, 1])) == ({"w": [2, 2]}, 3)

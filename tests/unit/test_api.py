"""The Python package: what it gives, that its documents are true, and that what is wrong is a DlangError."""

from __future__ import annotations

import doctest
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import check_grad

import dlang
from dlang import api
from dlang.fit.program import fit_program

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"

MATRIX = """
data x = [1.0, 2.0, 3.0]
param w in -5..5 = [[1.0, 2.0], [3.0, 4.0]]
param c = 1.0
x ~ w[0, 0] + w[1, 1] * x + c^2 * w[0, 1] * w[1, 0]
report total = sum(w)
"""

FUNCTIONS = """
param a = 2.0
fn scaled(x) = a * x
fn mix(x, y, n: Int = 2) = sum(x^n) * y
fn first(n, x) = sum(zeros(n) + x)
fn pair(x) = (x, 2 * x)
fn sign_of(x) = if x > 0 { 1 } else { -1 }
fn root(x) = sqrt(x)
"""


@pytest.fixture
def decay() -> dlang.Program:
    return dlang.load(EXAMPLES / "decay.dl")


@pytest.fixture
def functions() -> Callable[[str], Any]:
    return dlang.loads(FUNCTIONS).function


# ---- the documents


def test_the_page_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    page = str(ROOT / "docs" / "python.md")
    found = doctest.testfile(page, module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, encoding="utf-8")
    assert found.attempted > 40
    assert found.failed == 0


@pytest.mark.parametrize("module", [api], ids=["dlang.api"])
def test_examples_in_docstrings_are_true(module: Any) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_everything_offered_can_be_had() -> None:
    assert [name for name in dlang.__all__ if not hasattr(dlang, name)] == []
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = dlang.nothing_of_the_kind


def test_fit_has_the_options_of_the_fit() -> None:
    offered = inspect.signature(dlang.Program.fit).parameters.keys() - {"self"}
    assert offered == inspect.signature(fit_program).parameters.keys() - {"program"}


# ---- programs


def test_parameters(decay: dlang.Program) -> None:
    assert [p.name for p in decay.parameters] == ["a", "k"]
    assert decay.parameters[0] == dlang.Parameter("a", (), 1.0, 0.0, float("inf"), False)


def test_an_array_parameter_has_its_shape() -> None:
    w = dlang.loads(MATRIX).parameters[0]
    assert (w.shape, w.lower, w.upper) == ((2, 2), -5.0, 5.0)
    np.testing.assert_array_equal(w.start, [[1.0, 2.0], [3.0, 4.0]])


def test_the_value_is_the_objective(decay: dlang.Program) -> None:
    t, y = np.loadtxt(EXAMPLES / "decay.csv", delimiter=",", skiprows=2).T
    assert decay.value() == pytest.approx(np.sum((y - np.exp(-0.1 * t)) ** 2), rel=1e-14)
    assert decay.value({"a": 2}) == pytest.approx(np.sum((y - 2 * np.exp(-0.1 * t)) ** 2), rel=1e-14)


def test_values_and_gradients_have_the_shapes_of_the_parameters() -> None:
    value, gradient = dlang.loads(MATRIX).value_and_grad({"c": 0.5})
    assert type(value) is float
    assert type(gradient["c"]) is float
    assert gradient["w"].shape == (2, 2)
    assert gradient["w"].dtype == np.float64


def test_the_gradient_agrees_with_differences() -> None:
    objective = dlang.loads(MATRIX).objective()
    x = objective.start + 0.1
    assert check_grad(objective.value, lambda at: objective.value_and_grad(at)[1], x) < 1e-4 * objective.value(x)


def test_the_hessian_is_that_of_its_products() -> None:
    program = dlang.loads(MATRIX)
    names, matrix = program.hessian()
    assert names == ("w[0,0]", "w[0,1]", "w[1,0]", "w[1,1]", "c")
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12)
    objective = program.objective()
    v = np.arange(5.0)
    np.testing.assert_allclose(objective.hvp(objective.start, v), matrix @ v, rtol=1e-12)
    assert program.hessian(wrt=["c"])[1] == pytest.approx(matrix[4:, 4:])


def test_residuals_and_their_jacobian() -> None:
    objective = dlang.loads(MATRIX).objective()
    residuals, jacobian = objective.residuals(objective.start), objective.jacobian(objective.start)
    assert residuals is not None
    assert jacobian is not None
    assert (residuals.shape, jacobian.shape) == ((3,), (3, 5))
    value, gradient = objective.value_and_grad(objective.start)
    assert value == pytest.approx(residuals @ residuals)
    np.testing.assert_allclose(gradient, 2 * jacobian.T @ residuals, rtol=1e-12)


def test_a_likelihood_has_no_residuals() -> None:
    objective = dlang.loads("param m = 1.0\n2.0 ~ normal(m, 1)").objective()
    assert objective.residuals(objective.start) is None
    assert objective.jacobian(objective.start) is None


def test_fixed_parameters_are_no_part_of_the_vector() -> None:
    program = dlang.loads(MATRIX, fix="w")
    assert program.objective().names == ("c",)
    assert list(program.gradient()) == ["c"]
    assert program.value() == dlang.loads(MATRIX).value()


@pytest.mark.parametrize("numbers", [np.array, list, tuple], ids=["array", "list", "tuple"])
def test_data_come_from_python(numbers: Callable[[list[float]], Any]) -> None:
    given = {"t": numbers([0.0, 1.0, 2.0]), "y": numbers([1.0, 0.5, 0.25])}
    result = dlang.load(EXAMPLES / "decay.dl", data=given).fit()
    assert result.parameters["k"].value == pytest.approx(np.log(2), rel=1e-10)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (np.arange(3, dtype=np.int8), "[0, 1, 2]"),
        (np.array([True, False]), "[true, false]"),
        (np.float32(0.5), "0.5"),
        (np.bool_(True), "true"),
        (((1, 2), (3, 4)), "[[1, 2], [3, 4]]"),
        (np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]), "[[1.0, 2.0], [3.0, 4.0]]"),
        (np.array([1.0, 2.0], ">f8"), "[1.0, 2.0]"),
        (["b", "a", "b"], "[0, 1, 0]"),
        (np.array(["b", "a"]), "[0, 1]"),
        ([], "[]"),
    ],
)
def test_data_of_every_kind_come_from_python(value: Any, printed: str) -> None:
    assert dlang.loads("data x = 0\nprint(x)", data={"x": value}).run().printed == [printed]


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        [2**63],
        np.array([2**63], np.uint64),
        1j,
        None,
        "word",
        ["1.5", "2.5"],
        ["a", 1],
        [[1], [2, 3]],
        {"a": [1]},
        np.ma.masked_array([1.0, 2.0], [False, True]),
        np.array(["2020-01-01"], "M8[D]"),
        np.array(["1e4000"], np.longdouble),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_is_no_datum_is_told(value: Any) -> None:
    with pytest.raises(dlang.DlangError, match="E0703") as caught:
        dlang.loads("data x = 0\nprint(x)", data={"x": value})
    assert caught.value.diagnostics[0].title.startswith('`data={"x": …}` cannot be')


def test_data_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("0\n1\n")
    program = dlang.loads('data t from "nowhere.csv"\nprint(t)', data={"t": tmp_path / "t.csv"})
    assert program.run().printed == ["[0.0, 1.0]"]


def test_start_moves_the_start() -> None:
    program = dlang.load(EXAMPLES / "decay.dl", start={"a": 2, "k": 0.5})
    assert [p.start for p in program.parameters] == [2.0, 0.5]


def test_a_byte_order_mark_is_no_part_of_a_program(tmp_path: Path) -> None:
    (tmp_path / "bom.dl").write_bytes(b"\xef\xbb\xbfprint(1)\r\n")
    assert dlang.load(tmp_path / "bom.dl").run().printed == ["1"]


def test_a_run_gives_what_was_printed_and_the_reports() -> None:
    result = dlang.loads('print("x", 1)\nparam k = 2.0\nreport double = 2 * k').run()
    assert (result.printed, result.objective, result.reports) == (["x 1"], None, {"double": 4.0})


def test_nothing_prints(decay: dlang.Program, capfd: pytest.CaptureFixture[str]) -> None:
    program = dlang.loads('param k = 2.0\nprint("loud")\nminimize (k - log(3))^2\nreport r = log(-k)')
    program.run()
    program.value_and_grad()
    program.fit()
    decay.fit()
    assert capfd.readouterr() == ("", "")


# ---- fits


def test_a_fit(decay: dlang.Program, tmp_path: Path) -> None:
    result = decay.fit()
    assert (result.verdict, result.converged, result.method) == ("converged", True, "lm")
    k = result.parameters["k"]
    assert k.ci[0] < k.value < k.ci[1]
    names, matrix = result.covariance
    assert names == ("a", "k")
    assert matrix[1, 1] == pytest.approx(k.std_error**2)
    half_life = result.reports["half_life"]
    assert half_life.value == pytest.approx(np.log(2) / k.value)
    assert half_life.std_error == pytest.approx(np.log(2) / k.value**2 * k.std_error, rel=1e-10)
    assert "half_life" in str(result)
    result.save(tmp_path / "fit.json")
    assert json.loads((tmp_path / "fit.json").read_text()) == result.to_json()
    assert decay.fit(start_from=tmp_path / "fit.json").parameters["k"].value == pytest.approx(k.value, rel=1e-9)


def test_a_fit_tells_its_steps(decay: dlang.Program) -> None:
    seen: list[tuple[int, float]] = []
    result = decay.fit(observe=lambda iteration, objective: seen.append((iteration, objective)))
    assert [iteration for iteration, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][1] == pytest.approx(result.objective)


def test_a_fit_that_does_not_converge_is_a_result(decay: dlang.Program) -> None:
    result = decay.fit(method="sgd", steps=1, lr=1e-6)
    assert (result.verdict, result.converged) == ("not converged", False)
    assert result.next


def test_a_fit_that_fails_is_a_result() -> None:
    result = dlang.loads("param k = -1.0\nminimize log(k)").fit()
    assert result.verdict == "failed"
    assert [each.code for each in result.errors] == ["E0601"]


# ---- functions


def test_a_function_takes_numbers_and_arrays(functions: Callable[[str], Any]) -> None:
    scaled = functions("scaled")
    assert scaled(3) == scaled(x=3.0) == 6.0
    np.testing.assert_array_equal(scaled([1, 2]), [2.0, 4.0])
    assert functions("pair")(3) == (3.0, 6.0)
    assert functions("sign_of")(3) == 1
    assert functions("first")(3, 2.0) == 6.0


def test_derivatives_of_a_function(functions: Callable[[str], Any]) -> None:
    mix = functions("mix")
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(mix.grad()(x, 3.0), [6.0, 12.0])
    value, (in_y, in_x) = mix.value_and_grad(wrt=("y", 0))(x, 3.0)
    assert (value, in_y) == (15.0, 5.0)
    np.testing.assert_array_equal(in_x, [6.0, 12.0])
    np.testing.assert_array_equal(mix.grad(wrt="x")(x, 3.0, n=3), [9.0, 36.0])
    assert mix.jvp((x, 3.0), (np.array([1.0, 0.0]), 1.0)) == (15.0, 11.0)
    value, pullback = mix.vjp(x, 3.0)
    np.testing.assert_array_equal(pullback(2.0)[0], [12.0, 24.0])
    assert pullback(2.0)[1] == 10.0


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
def test_a_jacobian_has_the_shape_of_value_and_argument(
    shape: tuple[int, ...], functions: Callable[[str], Any]
) -> None:
    x = np.ones(shape)
    jacobian = functions("scaled").jacobian()(x)
    assert np.shape(jacobian) == 2 * shape
    np.testing.assert_array_equal(np.reshape(jacobian, (x.size, x.size)), 2 * np.eye(x.size))


def test_both_modes_make_the_same_jacobian() -> None:
    program = dlang.loads("fn wide(x) = concat(sin(x), x^2)\nfn narrow(x) = stack(sum(sin(x)), sum(x^2))")
    x = np.array([0.3, 0.7, 1.1])
    by_columns = program.function("wide").jacobian()(x)
    by_rows = program.function("narrow").jacobian()(x)
    np.testing.assert_allclose(by_columns[:3].sum(axis=0), by_rows[0], rtol=1e-14)
    np.testing.assert_allclose(by_columns[3:].sum(axis=0), by_rows[1], rtol=1e-14)


def test_a_call_anew_is_not_traced_anew(functions: Callable[[str], Any]) -> None:
    scaled = functions("scaled")
    first, _ = scaled.trace((1.0,), {})
    again, _ = scaled.trace((2.0,), {})
    assert first is again


# ---- what is wrong

LOADS: dict[str, tuple[str, Callable[[], Any]]] = {
    "no such file": ("E0705", lambda: dlang.load(EXAMPLES / "nothing.dl")),
    "a folder": ("E0706", lambda: dlang.load(EXAMPLES)),
    "syntax": ("E0101", lambda: dlang.loads("x = ")),
    "no data file": ("E0501", lambda: dlang.loads('data t from "nothing.csv"')),
    "an engine": ("E0703", lambda: dlang.load(EXAMPLES / "decay.dl", engine="steam")),
    "a datum of another name": ("E0709", lambda: dlang.load(EXAMPLES / "decay.dl", data={"z": 1.0})),
    "a datum that is no number": ("E0703", lambda: dlang.load(EXAMPLES / "decay.dl", data={"t": [None]})),
    "data of other lengths": ("E0302", lambda: dlang.load(EXAMPLES / "decay.dl", data={"t": [1.0, 2.0]})),
    "a start of another name": ("E0709", lambda: dlang.load(EXAMPLES / "decay.dl", start={"z": 1.0})),
    "a start outside its bounds": ("E0713", lambda: dlang.load(EXAMPLES / "decay.dl", start={"k": -1.0})),
    "a start of another shape": ("E0714", lambda: dlang.load(EXAMPLES / "decay.dl", start={"k": [1.0]})),
    "a fixed name of another name": ("E0709", lambda: dlang.load(EXAMPLES / "decay.dl", fix=["z"])),
}

USES: dict[str, tuple[str, Callable[[dlang.Program], Any]]] = {
    "a point of another name": ("E0709", lambda p: p.value({"z": 1.0})),
    "a point that is no number": ("E0703", lambda p: p.value({"a": "x"})),
    "a point of another shape": ("E0714", lambda p: p.value_and_grad({"a": [1.0, 2.0]})),
    "a Hessian in another name": ("E0709", lambda p: p.hessian(wrt=["z"])),
    "a vector of another size": ("E0703", lambda p: p.objective().value(np.ones(3))),
    "a method": ("E0703", lambda p: p.fit(method="magic")),
    "a level": ("E0703", lambda p: p.fit(level=2.0)),
    "no steps": ("E0703", lambda p: p.fit(steps=0)),
    "a negative step size": ("E0703", lambda p: p.fit(method="sgd", lr=-1.0)),
    "momentum": ("E0703", lambda p: p.fit(method="sgd", momentum=1.0)),
    "an option of another method": ("E0805", lambda p: p.fit(method="lm", lr=0.1)),
    "no saved fit": ("E0804", lambda p: p.fit(start_from=EXAMPLES / "decay.csv")),
    "a function of another name": ("E0709", lambda p: p.function("nothing")),
}

CALLS: dict[str, tuple[str, Callable[[Callable[[str], Any]], Any]]] = {
    "too few arguments": ("E0417", lambda f: f("mix")(1.0)),
    "too many arguments": ("E0417", lambda f: f("scaled")(1.0, 2.0)),
    "an argument of another name": ("E0709", lambda f: f("scaled")(1.0, z=1.0)),
    "an argument that is no number": ("E0703", lambda f: f("scaled")(None)),
    "a text": ("E0301", lambda f: f("scaled")("x")),
    "shapes": ("E0302", lambda f: f("first")(3, [1.0, 2.0])),
    "a derivative in a position that is none": ("E0709", lambda f: f("scaled").grad(wrt=1)(1.0)),
    "a derivative in a name that is none": ("E0709", lambda f: f("scaled").jacobian(wrt="z")(1.0)),
    "a derivative in an Int": ("E0417", lambda f: f("mix").grad(wrt="n")([1.0], 2.0, 3)),
    "a derivative in what is not given": ("E0417", lambda f: f("mix").grad(wrt="n")([1.0], 2.0)),
    "a gradient of an array": ("E0416", lambda f: f("scaled").grad()([1.0, 2.0])),
    "a gradient of an Int": ("E0416", lambda f: f("sign_of").grad()(1.0)),
    "a Jacobian of two values": ("E0416", lambda f: f("pair").jacobian()(1.0)),
    "tangents of another number": ("E0417", lambda f: f("scaled").jvp((1.0,), ())),
    "tangents of another shape": ("E0417", lambda f: f("scaled").jvp(([1.0, 2.0],), (1.0,))),
    "a cotangent of another shape": ("E0417", lambda f: f("scaled").vjp(1.0)[1]([1.0])),
}


@pytest.mark.parametrize("what", LOADS)
def test_a_program_that_cannot_be_had_is_an_error(what: str) -> None:
    code, act = LOADS[what]
    with pytest.raises(dlang.DlangError) as caught:
        act()
    assert caught.value.diagnostics[0].code == code


WORDS: dict[str, Callable[[], Any]] = {
    'start={"z": …}': lambda: dlang.load(EXAMPLES / "decay.dl", start={"z": 1.0}),
    'start={"k": …}': lambda: dlang.load(EXAMPLES / "decay.dl", start={"k": -1.0}),
    'fix="z"': lambda: dlang.load(EXAMPLES / "decay.dl", fix="z"),
    'fix="a"': lambda: dlang.load(EXAMPLES / "decay.dl", fix=["k", "a"]).fit(),
    'data={"q": …}': lambda: dlang.load(EXAMPLES / "decay.dl", data={"q": 1.0}),
    'data={"t": …}': lambda: dlang.load(EXAMPLES / "decay.dl", data={"t": Path("nothing.csv")}),
    'function("sig")': lambda: dlang.load(EXAMPLES / "decay.dl").function("sig"),
    "z=…": lambda: dlang.load(EXAMPLES / "decay.dl").function("signal")(1.0, z=1.0),
    'wrt="z"': lambda: dlang.load(EXAMPLES / "decay.dl").hessian(wrt="z"),
    'at={"z": …}': lambda: dlang.load(EXAMPLES / "decay.dl").value({"z": 1.0}),
    'at={"a": …}': lambda: dlang.load(EXAMPLES / "decay.dl").value({"a": [1.0]}),
    "function(…)": lambda: dlang.loads("fn f(x) = x").gradient(),
}


@pytest.mark.parametrize("written", WORDS)
def test_an_error_calls_what_was_given_by_its_python_name(written: str) -> None:
    with pytest.raises(dlang.DlangError) as caught:
        WORDS[written]()
    assert f"`{written}`" in str(caught.value)
    assert "--" not in str(caught.value).replace("-->", "")


def test_a_fixed_parameter_is_where_the_point_says() -> None:
    program = dlang.loads("param a = 1.0\nparam k = 2.0, fixed\nminimize k * a^2")
    point = {"a": 3.0, "k": 5.0}
    assert program.value(point) == 45.0
    assert program.value_and_grad(point) == (45.0, {"a": 30.0})
    assert program.differentiate(point, mode="forward").gradient == {"a": 30.0}
    assert program.hessian(point)[1].tolist() == [[10.0]]
    assert program.check_gradient(point).rows[0].exact == 30.0


@pytest.mark.parametrize("what", USES)
def test_a_wrong_use_of_a_program_is_an_error(what: str, decay: dlang.Program) -> None:
    code, act = USES[what]
    with pytest.raises(dlang.DlangError) as caught:
        act(decay)
    assert [each.code for each in caught.value.diagnostics] == [code]


@pytest.mark.parametrize("what", CALLS)
def test_a_wrong_call_is_an_error(what: str, functions: Callable[[str], Any]) -> None:
    code, act = CALLS[what]
    with pytest.raises(dlang.DlangError) as caught:
        act(functions)
    assert caught.value.diagnostics[0].code == code


@pytest.mark.parametrize("act", ["value", "gradient", "hessian", "fit", "objective"])
def test_without_an_objective_there_is_none(act: str) -> None:
    with pytest.raises(dlang.DlangError) as caught:
        getattr(dlang.loads("param k = 1.0\nprint(k)"), act)()
    assert caught.value.diagnostics[0].code == "E0407"


def test_a_nan_is_refused_where_a_gradient_is_asked_for() -> None:
    program = dlang.loads("param k = -1.0\nminimize log(k)")
    assert np.isnan(program.value())
    with pytest.raises(dlang.DlangError, match="log"):
        program.value_and_grad()


def test_the_gradient_of_a_function_says_where_its_nan_was_born() -> None:
    program = dlang.loads("fn f(x, y) = x^y")
    with pytest.raises(dlang.DlangError) as caught:
        program.function_gradient("f", at={"x": -1.0, "y": 2.0})
    assert caught.value.diagnostics[0].primary.span.text == "x^y"


def test_an_infinite_derivative_is_a_warning() -> None:
    result = dlang.loads(FUNCTIONS).function_gradient("root", at={"x": 0.0})
    assert result.gradient == {"x": np.inf}
    assert [each.severity for each in result.warnings] == ["warning"]

"""A session as a program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlang import driver
from dlang.diagnostics import DlangError
from dlang.driver import check
from dlang.driver.session import Session
from dlang.repl.saving import program_text
from dlang.source import Source
from dlang.trees import leaves


def saved(*lines: str, folder: Path = Path(), into: Path | None = None, starts: dict[str, str] | None = None) -> str:
    session = Session(folder)
    for line in lines:
        session.run(Source("<repl>", line), lambda text: None)
    for name, text in (starts or {}).items():
        session.set_start(name, text)
    text = program_text(session, into or folder)
    assert [d for d in check(Source("saved.dl", text), folder=into or folder)[0] if d.severity == "error"] == []
    return text


def test_statements_stand_as_they_were_typed() -> None:
    lines = (
        "t = linspace(0, 5, 6)",
        "fn f(x) = x^2",
        "param k in 0..1 = 0.5",
        "minimize (k - 0.2)^2",
        "report h = 2 * k",
    )
    assert saved(*lines) == "\n".join([*lines[:3], lines[4], lines[3]]) + "\n"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("x = 1", "x = x + 1"), "x = 2\n"),
        (("x = 1", "y = x", "x = 5"), "y = 1\nx = 5\n"),
        (("a = [1, 2]", "a[0] = 9"), "a = [9, 2]\n"),
        (("for i in 0..3 { x = i }", "s = 0", "for i in 0..3 { s += i }"), "s = 3\n"),
        (("x = 1.5", 'r = {w: (x, 0.1), "a b": "t\\n"}', "x = 2.0"), 'r = {w: (1.5, 0.1), "a b": "t\\n"}\nx = 2.0\n'),
        (("k = 1.0", "f = fn(x) = k * x", "f = fn(x) = x"), "k = 1.0\nf = fn(x) = x\n"),
        (("a = -0.0", "b = a", "a = nan"), "b = -0.0\na = nan\n"),
        (("r = 0..5", "q = r", "r = 1"), "q = 0..5 by 1\nr = 1\n"),
    ],
)
def test_what_a_statement_would_not_give_again_is_written_as_its_value(lines: tuple[str, ...], text: str) -> None:
    assert saved(*lines) == text


def test_a_draw_is_written_as_its_value() -> None:
    assert saved("x = rand()") == "x = 0.2295276106462657\n"


def test_a_value_without_a_text_is_left_out_and_said_so() -> None:
    text = saved("fn make(k) = fn(x) = k * x", "k = 2", "f = make(k)", "k = 3")
    assert "# `f` is left out" in text


def test_a_closure_that_can_be_made_again_is_kept() -> None:
    assert "f = make(2)\n" in saved("fn make(k) = fn(x) = k * x", "f = make(2)")


def test_a_start_that_was_set_is_written() -> None:
    text = saved("param p in 0..5 = {w: [1.0, 2.0], b: 0.5}", "minimize sum(p.w) + p.b", starts={"p.w": "[3, 4]"})
    assert text.startswith("param p in 0.0..5.0 = {w: [3.0, 4.0], b: 0.5}\n")


def test_rules_go_with_their_function() -> None:
    assert saved("fn f(x) = x^2", "jvp f(x; dx) = 2 * x * dx") == "fn f(x) = x^2\njvp f(x; dx) = 2 * x * dx\n"


def test_paths_are_written_for_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,y\n1,2\n")
    (tmp_path / "lib.dl").write_text("c = 1\n")
    (tmp_path / "out").mkdir()
    text = saved(
        'data x, y from "d.csv"', 'import "lib.dl" as lib', "data y = [1, 2]", folder=tmp_path, into=tmp_path / "out"
    )
    assert text == 'data x from "../d.csv"\nimport "../lib.dl" as lib\ndata y = [1, 2]\n'


def test_an_empty_session_is_an_empty_program() -> None:
    assert saved() == ""


def test_what_is_computed_from_parameters_is_a_formula() -> None:
    text = saved("param k = 1.0", "tau = exp(k)", "minimize tau")
    assert text == "param k = 1.0\ntau = exp(k)\nminimize tau\n"


def agree(session: Session, folder: Path) -> None:
    """The saved program has the session's objective and gradient."""
    source = Source("saved.dl", program_text(session, folder))
    value, gradient = driver.load(source, folder=folder).value_and_grad()
    again, slopes = session.program().value_and_grad()
    assert again == value
    for name, slope in slopes.items():
        for part, other in zip(leaves(slope), leaves(gradient[name]), strict=True):
            np.testing.assert_allclose(other, part, rtol=1e-13, atol=1e-15)


EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.dl")), ids=lambda path: path.stem)
def test_an_example_is_the_same_when_it_was_loaded_and_saved(path: Path, tmp_path: Path) -> None:
    session = Session(path.parent)
    session.run(Source(str(path), path.read_text(encoding="utf-8")), lambda line: None, file=path)
    agree(session, tmp_path)
    session.run(Source(str(path), path.read_text(encoding="utf-8")), lambda line: None, file=path)
    agree(session, tmp_path)


@pytest.mark.parametrize(
    "lines",
    [
        ("param a = 2.0", "s = 0.0", "for i in 0..3 { s += a * i }", "minimize (s - 1)^2"),
        ("param a = 2.0", "x = a + 1", "x = x * 2", "minimize x^2"),
        ("param a = 2.0", "z = [a, 2 * a]", "z[1] += 1", "minimize sum(z^2)"),
        ("param a = 2.0", "k = 3.0", "x = k * a", "k = 5.0", "minimize (x + k)^2"),
        ("param a = 2.0", "x = 3.0", "x = a + 1", "minimize x^2"),
        ("fn x(t) = t", "param a = 2.0", "x = a + 1", "minimize x^2"),
        ("param a = 2.0", "(p, q) = (a, a^2)", "p = 7.0", "minimize p * q"),
        ("param a = 2.0", "x = 2 * a", "y = x", "x = 3 * a", "minimize (x - y)^2"),
        ("param a = 2.0", "tau = exp(a)", "param a in 0..5 = 0.5", "minimize tau"),
        ("param a = 2.0", "tau = exp(a)", "b = 0.25", "param a in b..5 = 2 * b", "minimize tau"),
        ("param a = 2.0", "report h = a / 2", "z = h * 3", "minimize z^2"),
        ("param a = 2.0", "report h = a / 2", "minimize h^2", "param a = 3.0"),
        ("param a = 2.0", "s = 1.0", "if a > 1 { s = a } else { s = -a }", "minimize s^3"),
        ("param a = 2.0", "fn f(x) = x^2", "z = f(a)", "fn f(x) = x^2", "minimize z + f(a)"),
        ("param a = 2.0", "fn make(k) = fn(x) = k * x", "f = make(a)", "g = make(3)", "minimize f(2) + g(a)"),
        ("param a = 2.0", "x = a; y = x; x = y * a", "minimize x + y"),
    ],
    ids=lambda lines: "; ".join(lines),
)
def test_a_saved_model_has_the_objective_and_the_gradient_of_the_session(
    lines: tuple[str, ...], tmp_path: Path
) -> None:
    session = Session(tmp_path)
    for line in lines:
        session.run(Source("<repl>", line), lambda text: None)
    agree(session, tmp_path)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("param a = 2.0", "fn f(x) = x^2", "z = f(a)", "fn f(x) = x^3", "minimize z"), "f"),
        (("param a = 2.0", "k = 1.0", "fn g(x) = k * x", "z = g(a)", "k = 5.0", "minimize z + g(a)"), "k"),
        (("param a = 2.0", "z = exp(a)", "fn exp(x) = x", "minimize z"), "exp"),
        (("param a = 2.0", "z = 2 * a", "data a = 1.0", "minimize z"), "a"),
        (("param a = 2.0", "k = 2.0", "z = k * a", "param k = 1.0", "minimize z * k"), "k"),
        (("param a = 2.0", "data d = 2.0", "z = d * a", "data d = 3.0", "minimize z * d"), "d"),
        (("param a = 2.0", "z = a * rand()", "minimize z"), "z"),
        (("param a = 2.0", "fn m(k) = fn(x) = k * x", "k = 2", "f = m(k)", "k = 3", "minimize f(a)"), "f"),
        (("param a = 2.0", "fn m(k) = fn(x) = k * x", "k = 2", "f = m(k)", "k = 3", "z = f(a)"), "f"),
    ],
    ids=lambda each: "; ".join(each) if isinstance(each, tuple) else each,
)
def test_a_session_that_no_program_stands_for_is_refused(lines: tuple[str, ...], name: str) -> None:
    session = Session()
    for line in lines:
        session.run(Source("<repl>", line), lambda text: None)
    with pytest.raises(DlangError) as caught:
        program_text(session, Path())
    (told,) = caught.value.diagnostics
    assert (told.code, f"cannot write `{name}`" in told.title) == ("E1105", True)

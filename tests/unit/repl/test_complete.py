"""What may stand where the cursor is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlang.driver.session import Session
from dlang.repl.complete import Candidate, completions
from dlang.source import Source

LINES = """
import ode
alpha = 2.5
r = {width: [1.0, 2.0], inner: {deep: 1}, "two words": 1}
fn signal(t, amplitude = 1.0) = amplitude * t
param alps in 0..inf = 1.0
"""


@pytest.fixture(scope="module")
def session() -> Session:
    made = Session()
    made.run(Source("<repl>", LINES), print)
    return made


def offered(session: Session, text: str) -> dict[str, str]:
    return {each.text: each.meta for each in completions(session, text)}


def test_names_of_the_session_come_first_with_what_they_are(session: Session) -> None:
    found = completions(session, "x = al")
    assert found[:2] == [Candidate("alps", 2, "param alps: Real"), Candidate("alpha", 2, "alpha: Real")]
    assert offered(session, "sig")["signal"] == "signal(t, amplitude = 1.0)"


def test_built_ins_and_distributions_have_their_signatures(session: Session) -> None:
    assert offered(session, "1 + softm") == {"softmax": "softmax(x, axis=-1)"}
    assert offered(session, "lognor") == {"lognormal": "lognormal(mu, sigma)"}


def test_keywords_are_offered(session: Session) -> None:
    assert "while" in offered(session, "whi")


def test_a_word_that_is_whole_is_not_offered_again(session: Session) -> None:
    assert "alpha" not in offered(session, "alpha")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("r.", ["width", "inner"]),
        ("r.w", ["width"]),
        ("x = r.inner.", ["deep"]),
        ("alpha.", []),
        ("nothing.", []),
    ],
)
def test_fields_of_a_record(text: str, names: list[str], session: Session) -> None:
    assert list(offered(session, text)) == names


def test_members_of_a_module(session: Session) -> None:
    found = offered(session, "ode.rk")
    assert found["rk4"].startswith("rk4(f, ")
    assert not any(name.startswith("_") for name in offered(session, "ode."))


def test_modules_behind_import(session: Session) -> None:
    assert offered(session, "import st") == {"stats": "a module of the library"}


def test_arguments_of_the_call_that_is_open(session: Session) -> None:
    assert "amplitude=" in offered(session, "signal(1.0, am")
    assert "axis=" in offered(session, "1 + sum([(1), 2], ax")
    assert "axis=" not in offered(session, "sum([1, 2]) + ax")


def test_names_of_what_is_being_typed(session: Session) -> None:
    assert "velocity" in offered(session, "fn f(velocity) {\n  vel")


@pytest.mark.parametrize("text", ['"al', "# al", '"a" + "al'])
def test_nothing_in_a_string_or_a_comment(text: str, session: Session) -> None:
    assert completions(session, text) == []


def test_commands(session: Session) -> None:
    assert set(offered(session, ":")) >= {"help", "type", "quit"}
    assert list(offered(session, ":re")) == ["reload"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (":type alp", "alpha"),
        (":grad 2 * alp", "alpha"),
        (":set al", "alps"),
        (":fit --me", "--method"),
        (":help soft", "softmax"),
        (":help lo", "load"),
    ],
)
def test_what_follows_a_command(text: str, name: str, session: Session) -> None:
    assert name in offered(session, text)


@pytest.mark.parametrize("text", [":load {}/de", ":save {}/de", 'data x from "{}/de', 'import "{}/de'])
def test_files(text: str, session: Session, tmp_path: Path) -> None:
    (tmp_path / "decay.dl").write_text("")
    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").write_text("")
    assert list(offered(session, text.format(tmp_path))) == ["decay.dl", "deep/"]
    assert ".hidden" not in offered(session, text.format(tmp_path).removesuffix("de"))


def test_every_option_of_a_fit_is_offered(session: Session) -> None:
    from dlang.cli import fit
    from dlang.cli.parser import Parser

    parser = Parser("fit", "", "fit", "")
    fit.add_fit_options(parser)
    known = {option for option in parser._option_string_actions if option.startswith("--")} - {"--help"}
    assert set(offered(session, ":fit --")) == {*known, "--set", "--fix", "--quiet"}

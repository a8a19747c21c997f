"""The text forms of graphs, as `difftool graph` prints them; a person reads the difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlang.cli.app import main

FOLDER = Path(__file__).parent / "graph"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.dl"))
FORMS = {"dot": ".dot", "mermaid": ".mmd", "json": ".json", "svg": ".svg"}
"""Forms that say what the tree says, in another grammar: a few programs are enough."""

TREES: dict[str, tuple[tuple[str, ...], str]] = {
    "tree": ((), "100"),
    "backward": (("--grad",), "80"),
    "static": (("--static",), "80"),
    "narrow": ((), "40"),
}
"""What is pinned of each program: options, and the width of the terminal."""

Drawn = Callable[..., str]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Drawn:
    monkeypatch.chdir(FOLDER)

    def draw(name: str, *options: str, columns: str = "100") -> str:
        monkeypatch.setenv("COLUMNS", columns)
        code = main(["graph", f"{name}.dl", "--quiet", *options])
        assert code == (3 if name == "ended" and "--static" not in options else 0)
        return capsys.readouterr().out

    return draw


@pytest.mark.parametrize("kind", TREES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_tree(name: str, kind: str, drawn: Drawn, golden: Callable[[Path, str], None]) -> None:
    options, columns = TREES[kind]
    text = drawn(name, *options, columns=columns)
    assert max(map(len, text.splitlines())) <= int(columns)
    golden(FOLDER / f"{name}.{kind}.txt", text)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["decay", "ended"])
def test_form(name: str, form: str, drawn: Drawn, golden: Callable[[Path, str], None]) -> None:
    golden(FOLDER / f"{name}{FORMS[form]}", drawn(name, "--format", form, *(["--grad"] if name == "decay" else [])))


def test_ascii(drawn: Drawn, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlang.cli.graph.takes_text", lambda stream, text: False)
    text = drawn("loop_and_branch", "--grad")
    assert text.isascii()
    golden(FOLDER / "loop_and_branch.ascii.txt", text)


def test_a_function_at_a_point(drawn: Drawn, golden: Callable[[Path, str], None]) -> None:
    golden(FOLDER / "decay.signal.txt", drawn("decay", "--fn", "signal", "--at", "t=2", "--grad"))


def test_every_expectation_has_its_program() -> None:
    assert {path.name.split(".")[0] for path in FOLDER.iterdir()} == set(PROGRAMS)

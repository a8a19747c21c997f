"""docs/tutorial.md is true: its files are written, its commands are run in order, and print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dlang.cli.app import main

PAGE = (Path(__file__).parent.parent.parent / "docs" / "tutorial.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
FILES = {re.match(r"# ([\w.]+)", text)[1]: text for kind, text in FENCES if kind in ("dl", "csv")}  # type: ignore[index]
COMMANDS = [text.removeprefix("$ difftool ").partition("\n")[::2] for kind, text in FENCES if kind == "text"]

CHANGING = re.compile(r"\d+ iterations, \d+ evaluations, [\d.]+ s$|^converged: .*$|\d\.\de-\d\d$", re.MULTILINE)
"""Times, and what differs with the machine's arithmetic."""


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_shows(
    command: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    code = main(shlex.split(command))
    out, err = capsys.readouterr()
    assert CHANGING.sub("…", out + err) == CHANGING.sub("…", shown)
    assert code == (1 if "error[" in shown else 0)


def test_every_program_is_in_a_command_of_the_page() -> None:
    assert {kind for kind, _ in FENCES} == {"dl", "csv", "text"}
    used = {word for command, _ in COMMANDS for word in command.split()}
    assert [name for name in FILES if name.endswith(".dl") and name not in used] == []
    assert all(text.startswith("$ difftool ") for kind, text in FENCES if kind == "text")


def test_programs_of_the_page_are_in_the_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = [str(path) for path in sorted(tmp_path.glob("*.dl")) if path.name != "typo.dl"]
    assert main(["fmt", "--check", "--diff", *paths]) == 0, capsys.readouterr().out

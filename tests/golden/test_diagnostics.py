"""What people read when something is wrong: each program's messages on the command line, whole.

A program is named after the code it shows. Its first line may say the command, `# difftool run FILE --set k=5`;
without one it is checked.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from dlang.cli.app import main
from dlang.cli.exits import Exit

FOLDER = Path(__file__).parent / "diagnostics"
PROGRAMS = sorted(FOLDER.glob("*.dl"))


def command(path: Path) -> list[str]:
    """The command line of a program, its first word aside."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    line = first.removeprefix("# difftool ") if first.startswith("# difftool ") else "check FILE"
    return [path.name if word == "FILE" else word for word in shlex.split(line)]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_message(
    path: Path,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(FOLDER)
    monkeypatch.delenv("COLUMNS", raising=False)  # of whoever runs the tests
    code = main(command(path))
    assert code != Exit.INTERNAL, "a bug of ours is nothing to expect"
    shown = capsys.readouterr()
    text = re.sub(r"\d+\.\d+ s$", "… s", shown.out, flags=re.MULTILINE)
    golden(path.with_suffix(".expected"), f"{text}{shown.err}exit {code}\n")
    if path.stem[1:5].isdigit():
        assert main([*command(path), "--json"]) == code
        answer = json.loads(capsys.readouterr().out)
        found = answer.get("errors") or answer["warnings"]
        assert {each["code"] for each in found} == {path.stem.split("_")[0]}, "the file is named after its code"


def test_every_expectation_has_its_program() -> None:
    assert {path.stem for path in FOLDER.glob("*.expected")} == {path.stem for path in PROGRAMS}

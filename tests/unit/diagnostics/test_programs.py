"""The programs on the pages do what the pages say: the first has the fault, the mended one has not.

A page may say the command that meets the fault, in a fence of its own; the program is then called `model.dl`. It may
show files that the program imports in fences before it, which begin with their name: `# lib/flow.dl`.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from dlang import driver
from dlang.cli.app import main
from dlang.diagnostics import Diagnostic, pages
from dlang.lint.lint import lint
from dlang.source import Source

TABLE = "t,y,x\n0,1.0,0.5\n1,0.7,1.5\n2,0.5,2.5\n3,0.3,3.5\n"

# What a program's text alone decides, syntax, names, types and models; what is given for one that it declares; a trace.
GIVEN = ("E0612", "E0613", "E0713", "E0714", "E0715", "E0716")
STATIC = [code for code in pages.codes() if code[1:3] in ("01", "02", "03", "04", "10", "09") or code in GIVEN]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the tables that the pages' programs read."""
    for code in STATIC:
        for name in re.findall(r'from "([\w.]+\.csv)"', pages.page(code)):
            (tmp_path / name).write_text(TABLE)
    return tmp_path


def checked(source: Source, folder: Path) -> list[Diagnostic]:
    """What `difftool check` finds."""
    found, program = driver.check(source, folder=folder)
    return [*found, *(lint(program) if program is not None else [])]


def found(part: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """(severity, code) of what is wrong with the program on one half of a page."""
    fences = re.findall(r"^```(dl|sh)\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    *modules, program = [text for language, text in fences if language == "dl"]
    for text in modules:
        file = folder / text.partition("\n")[0].removeprefix("# ")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    commands = [text for language, text in fences if language == "sh"]
    if not commands:
        return [(each.severity, each.code) for each in checked(Source("page.dl", program), folder)]
    (folder / "model.dl").write_text(program)
    main([*shlex.split(commands[-1])[1:], "--json"])
    return [(each["severity"], each["code"]) for each in json.loads(capsys.readouterr().out).get("errors", [])]


@pytest.mark.parametrize("code", STATIC)
def test_the_first_program_has_the_fault_and_the_second_has_not(
    code: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    fault, mend = pages.page(code).split("\n## The mend\n")
    assert code in {each for _, each in found(fault, folder, capsys)}
    after = found(mend, folder, capsys)
    assert [each for severity, each in after if severity == "error"] == []
    assert code not in {each for _, each in after}

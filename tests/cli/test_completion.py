"""Completion, asked of the shells themselves: what a press of the tab key would offer."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dlang.cli.app import VERBS, main
from dlang.cli.parser import parser_of

SHELLS = ("bash", "zsh", "fish")


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"no {shell} here")


each_shell = pytest.mark.parametrize("shell", [pytest.param(shell, marks=needs(shell)) for shell in SHELLS])

QUESTIONS = [
    ("difftool f", {"fit", "fmt"}),
    ("difftool --v", {"--version"}),
    ("difftool help ch", {"check"}),
    ("difftool fit --pl", {"--plot"}),
    ("difftool fit decay.dl --method l", {"lm", "lbfgs"}),
    ("difftool grad --mode ", {"auto", "forward", "reverse"}),
    ("difftool run --hess", set()),
    ("difftool fit --steps ", set()),
    ("difftool fit dec", {"decay.dl"}),
    ("difftool fmt a.dl dec", {"decay.dl"}),
    ("difftool fit --save fit", {"fit.json"}),
    ("difftool completion z", {"zsh"}),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program and other files, in which the shells run."""
    for name in ("decay.dl", "fit.json", "data.csv"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@each_shell
def test_a_script_is_read_by_its_shell_without_a_word(
    shell: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "script").write_text(script(shell, capsys), encoding="utf-8")
    done = subprocess.run([shell, "-n", "script"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs("bash")
@pytest.mark.parametrize(("line", "offered"), [*QUESTIONS, ("difftool fit --color=al", {"always"})])
def test_bash_offers(line: str, offered: set[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = line.replace("=", " = ").split(" ")
    ask = f"COMP_WORDS=({shlex.join(words)}) COMP_CWORD={len(words) - 1}; _difftool 2>/dev/null"
    program = f'{script("bash", capsys)}\n{ask}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == offered


@needs("fish")
@pytest.mark.parametrize(("line", "offered"), QUESTIONS)
def test_fish_offers(line: str, offered: set[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = f"{script('fish', capsys)}\ncomplete -C {shlex.quote(line)}"
    done = subprocess.run(
        ["fish", "--no-config", "-c", program], capture_output=True, text=True, check=True, env={"HOME": str(folder)}
    )
    assert {each.partition("\t")[0] for each in done.stdout.splitlines()} - {"data.csv"} == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_and_option_is_offered(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    for verb in VERBS:
        assert verb.name in text
        for action in parser_of(verb)[1].actions:
            for option in action.option_strings:
                if option.startswith("--"):
                    assert (f" -l {option[2:]} " if shell == "fish" else option) in text


def test_the_script_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    text = script("bash", capsys)
    assert main(["completion", "bash", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": "difftool.completion/1", "shell": "bash", "text": text}


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["completion"], "needs SHELL"),
        (["completion", "tcsh"], "one of `bash`, `zsh`, `fish`"),
        (["complet"], "`completion`"),
    ],
)
def test_a_shell_must_be_named(argv: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert told in capsys.readouterr().err

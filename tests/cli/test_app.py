from __future__ import annotations

import io
import json
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from dlang.cli.app import VERBS, main
from dlang.version import __version__

each_verb = pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])


def test_alone_it_greets_with_the_commands_one_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert [f"difftool {verb} " in out for verb in ("fit", "grad", "check", "explain")] == [True] * 4


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"difftool {__version__}\n"


def test_help_lists_every_verb_on_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    for verb in VERBS:
        assert any(line.startswith(f"  {verb.name} ") for line in lines)


@each_verb
def test_help_of_a_verb_begins_with_an_example_that_runs(
    verb: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    assert main([verb.name, "--help"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"Example: difftool {verb.name} ")
    monkeypatch.chdir(root)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert main(shlex.split(first)[2:]) == 0


@each_verb
def test_every_verb_takes_json(verb: object) -> None:
    from dlang.cli.parser import Parser

    parser = Parser(*verb)
    import_module(f"dlang.cli.{verb.name}").add_options(parser)
    assert {"--json", "--quiet", "--color"} <= set(parser._option_string_actions)


@pytest.mark.parametrize("width", ["40", "80", "200"])
@each_verb
def test_help_keeps_to_the_width(
    verb: object, width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    main([verb.name, "--help"])
    lines = capsys.readouterr().out.splitlines()[2:]
    assert max(map(len, lines)) <= max(int(width), 48)


@pytest.mark.parametrize(
    ("argv", "code", "mend"),
    [
        (["fti"], "E0701", "`fit`"),
        (["decay.dl"], "E0701", "difftool run decay.dl"),
        (["--hlep"], "E0702", "`--help`"),
        (["fit", "--metod", "lm", "x.dl"], "E0702", "`--method`"),
        (["fit", "--metod=lm", "x.dl"], "E0702", "`--method`"),
        (["fit", "x.dl", "--method", "lmm"], "E0703", "`lm`"),
        (["fit", "x.dl", "--steps", "many"], "E0703", "a whole number"),
        (["fit", "x.dl", "--level", "95"], "E0703", "between 0 and 1"),
        (["fit", "x.dl", "--time", "1d"], "E0703", "60s"),
        (["fit", "x.dl", "--save", "no-such-folder/fit.json"], "E0703", "a folder that exists"),
        (["fit"], "E0704", "needs FILE"),
        (["run", "x.dl", "--set"], "E0704", "`--set` needs a value"),
        (["run", "x.dl", "y.dl"], "E0704", "`y.dl`"),
        (["run", "x.dl", "--json=1"], "E0704", "--json"),
        (["run", "x.dl", "--set", "3"], "E0705", "no such file"),
        (["grad", "x.dl", "--at", "3"], "E0708", "--at k=2.5"),
        (["explain", "E0799"], "E0710", "`E07"),
    ],
)
def test_faults_of_the_command_line(argv: list[str], code: str, mend: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"error[{code}]: " in err
    assert mend in err


def test_every_unknown_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--metod", "lm", "--sead", "3", "x.dl"]) == 2
    err = capsys.readouterr().err
    assert "`--method`" in err
    assert "`--seed`" in err
    assert "2 errors" in err


@pytest.mark.parametrize("option", ["--batch", "--bogus", "--x"])
def test_an_option_like_no_other_gets_no_suggestion(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "x.dl", option]) == 2
    assert "help: `difftool fit --help` lists the options" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--json"], ["--jsn", "--json"], ["fti", "--json"]])
def test_a_failure_without_a_verb_has_a_schema_of_its_own(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "difftool.error/1"
    assert found["errors"]


def test_options_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "x.dl", "--meth", "lm"]) == 2
    assert "has no option `--meth`" in capsys.readouterr().err

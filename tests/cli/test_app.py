from __future__ import annotations

import io
import json
import shlex
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from dlang.cli.app import VERBS, main
from dlang.version import __version__

each_verb = pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])


def test_alone_it_greets_with_the_commands_one_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert [f"  difftool {verb} " in out for verb in ("fit", "grad", "graph", "repl")] == [True] * 4


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
    verb: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, root: Path, tmp_path: Path
) -> None:
    assert main([verb.name, "--help"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"Example: difftool {verb.name} ")
    shutil.copytree(root / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1 + 1\n")))
    assert main(shlex.split(first)[2:]) == 0
    out, err = capsys.readouterr()
    assert out
    assert err == ""


@pytest.mark.parametrize("argv", [[], ["--help"], *([verb.name, "--help"] for verb in VERBS)], ids=" ".join)
def test_what_help_says(
    argv: list[str], golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    assert main(argv) == 0
    out = capsys.readouterr().out.replace(f"difftool {__version__}:", "difftool VERSION:")
    assert max(map(len, out.splitlines())) <= 80
    name = argv[0].lstrip("-") if argv else "greeting"
    golden(root / "tests" / "golden" / "help" / f"{name}.txt", out)


def test_every_golden_help_has_its_verb(root: Path) -> None:
    stems = {path.stem for path in (root / "tests" / "golden" / "help").iterdir()}
    assert stems == {"greeting", "help", *(verb.name for verb in VERBS)}


@each_verb
@pytest.mark.parametrize("form", ["help {}", "{} -h", "{} x.dl --bogus --help"])
def test_help_is_found_where_it_is_looked_for(verb: object, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb.name, "--help"]) == 0
    expected = capsys.readouterr().out
    assert main(form.format(verb.name).split()) == 0
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("argv", [["help"], ["-h"], ["help", "--help"], ["help", "help"]], ids=" ".join)
def test_help_of_the_whole(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    expected = capsys.readouterr().out
    assert main(argv) == 0
    assert capsys.readouterr().out == expected


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
        (["FIT", "x.dl"], "E0701", "did you mean `fit`?"),
        (["help", "fti"], "E0701", "did you mean `fit`?"),
        (["halp"], "E0701", "did you mean `help`?"),
        (["version"], "E0701", "did you mean `--version`?"),
        (["decay.dl"], "E0701", "say what to do with it: `difftool run decay.dl`, or `difftool fit decay.dl`"),
        (["some/where.dl", "--json=1"], "E0701", "`some/where.dl` is a program, and a verb comes before it"),
        (["--hlep"], "E0702", "`--help`"),
        (["--verson"], "E0702", "did you mean `--version`?"),
        (["-v"], "E0702", "did you mean `--version`?"),
        (["--steps", "5", "fit", "x.dl"], "E0702", "write `difftool fit … --steps`"),
        (["--hessian=1", "x.dl"], "E0702", "`--hessian` is an option of a verb, and comes behind it"),
        (["run", "x.dl", "--hessian"], "E0702", "help: `--hessian` is an option of `difftool grad`"),
        (["run", "x.dl", "--check"], "E0702", "`--check` is an option of `difftool grad` and `difftool fmt`"),
        (["run", "x.dl", "--steps=5"], "E0702", "`--steps` is an option of `difftool fit`"),
        (["fit", "x.dl", "-q"], "E0702", "did you mean `--quiet`?"),
        (["fit", "x.dl", "-s"], "E0702", "lists the options"),
        (["fit", "--metod", "lm", "x.dl"], "E0702", "`--method`"),
        (["fit", "--metod=lm", "x.dl"], "E0702", "`--method`"),
        (["fit", "x.dl", "--method", "lmm"], "E0703", "`lm`"),
        (["fit", "x.dl", "--method", "LBFGS"], "E0703", "did you mean `lbfgs`?"),
        (["fit", "x.dl", "--color", "alwyas"], "E0703", "did you mean `always`?"),
        (["fit", "x.dl", "--steps", "many"], "E0703", "a whole number"),
        (["fit", "x.dl", "--level", "95"], "E0703", "between 0 and 1"),
        (["fit", "x.dl", "--time", "1d"], "E0703", "60s"),
        (["fit", "x.dl", "--save", "no-such-folder/fit.json"], "E0703", "a folder that exists"),
        (["fit"], "E0704", "needs FILE"),
        (["run", "x.dl", "--set"], "E0704", "`--set` needs a value"),
        (["run", "x.dl", "--set"], "E0704", "it is written `--set NAME=VALUE`"),
        (["fit", "x.dl", "--method"], "E0704", "it is written `--method auto|lm|lbfgs|sgd|adam`"),
        (["run", "x.dl", "y.dl"], "E0704", "`y.dl`"),
        (["run", "x.dl", "--json=1"], "E0704", "`--json` takes no value"),
        (["run", "x.dl", "--help=1"], "E0704", "`--help` takes no value"),
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


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an empty program in it."""
    (tmp_path / "decay.dl").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["fit"], "note: programs here: `decay.dl`\nhelp: write for example `difftool fit decay.dl`\n"),
        (["fmt", "--check"], "note: programs here: `decay.dl`\nhelp: write for example `difftool fmt decay.dl`\n"),
        (["fit", "decya.dl"], "help: did you mean `decay.dl`?\n"),
        (["fit", "decay"], "help: did you mean `decay.dl`?\n"),
        (["fit", "q.dl"], "error[E0705]: no such file `q.dl`\nnote: programs there: `decay.dl`\n"),
        (["fit", "."], "note: it is a folder, not a file\nnote: programs in it: `decay.dl`\n"),
    ],
)
def test_programs_that_are_there_are_named(
    argv: list[str], told: str, programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert capsys.readouterr().err.endswith(told)


def test_of_many_programs_some_are_named(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(20):
        (programs / f"p{k:02}.dl").write_text("")
    assert main(["fit"]) == 2
    assert "`p06.dl` and 13 more\n" in capsys.readouterr().err


def test_where_no_program_is_the_help_shows_an_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["fit"]) == 2
    assert capsys.readouterr().err.endswith("needs FILE\nhelp: `difftool fit --help` shows an example\n")


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

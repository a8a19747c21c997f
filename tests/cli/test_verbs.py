"""The verbs from end to end: standard output, standard error, JSON and exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.app import main

PROGRAM = """
data t, y from "decay.csv"
param a in 0..inf = 1.0
param k in 0..inf = 0.3
fn signal(t) = a * exp(-k * t)
fn bowl(x, y) = x^2 + 3 * y
y ~ signal(t)
report half_life = log(2) / k
print("hello", 1 + 1)
"""
TABLE = "t,y\n0,1.02\n1,0.71\n2,0.52\n3,0.36\n4,0.24\n5,0.18\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program and its table, in which the commands run."""
    (tmp_path / "decay.dl").write_text(PROGRAM)
    (tmp_path / "decay.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def record(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> dict[str, Any]:
    """The one JSON object that a command prints."""
    assert main([*argv, "--json"]) == code
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    found = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert found["schema"] == f"difftool.{argv[0]}/1"
    return found


def test_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "decay.dl"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "hello 2"
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["objective", "half_life"]
    assert err == ""


def test_run_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = record(capsys, "run", "decay.dl", "--set", "k=0.5")
    assert found["printed"] == ["hello 2"]
    assert found["reports"]["half_life"] == pytest.approx(1.3862943611198906, rel=1e-15)
    assert found["objective"] > 0


def test_run_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"print(1 + 1)\n")))
    assert main(["run", "-"]) == 0
    assert capsys.readouterr().out == "2\n"


def test_grad(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grad", "decay.dl"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("value  ")
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["name", "a", "k"]
    assert "hello 2" in err


@pytest.mark.parametrize(
    ("options", "names"),
    [([], ["a", "k"]), (["--fix", "k"], ["a"]), (["--wrt", "k"], ["k"]), (["--mode", "forward"], ["a", "k"])],
)
def test_grad_json(options: list[str], names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert list(record(capsys, "grad", "decay.dl", *options)["gradient"]) == names


def test_grad_at_a_point_is_that_of_the_start_there(capsys: pytest.CaptureFixture[str]) -> None:
    at = record(capsys, "grad", "decay.dl", "--at", "a=1.1,k=0.2")
    start = record(capsys, "grad", "decay.dl", "--set", "a=1.1", "--set", "k=0.2")
    assert at == start


def test_grad_of_a_function(capsys: pytest.CaptureFixture[str]) -> None:
    found = record(capsys, "grad", "decay.dl", "--fn", "bowl", "--at", "x=3,y=2")
    assert (found["value"], found["gradient"]) == (15.0, {"x": 6.0, "y": 3.0})


def test_grad_with_hessian_and_check(capsys: pytest.CaptureFixture[str]) -> None:
    found = record(capsys, "grad", "decay.dl", "--hessian", "--check")
    assert found["hessian"]["names"] == ["a", "k"]
    assert found["hessian"]["matrix"][0][1] == pytest.approx(found["hessian"]["matrix"][1][0], rel=1e-12)
    assert found["check"]["passed"] is True


def test_fit_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = record(capsys, "fit", "decay.dl")
    assert found["verdict"] == "converged"
    assert found["parameters"]["k"]["value"] == pytest.approx(0.35, abs=0.03)
    assert set(found["reports"]) == {"half_life"}


def test_fit_writes_what_it_is_asked_to(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert main(["fit", "decay.dl", "--save", "fit.json", "--out", "out.csv", "--log", "log.jsonl"]) == 0
    assert json.loads((folder / "fit.json").read_text())["verdict"] == "converged"
    assert len((folder / "out.csv").read_text().splitlines()) == 7
    steps = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert steps
    assert all({"iteration", "objective", "seconds"} <= set(step) for step in steps)
    assert main(["fit", "decay.dl", "--from", "fit.json"]) == 0


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "decay.dl"]) == 0
    assert capsys.readouterr().out == "decay.dl: no errors\n"
    assert record(capsys, "check", "decay.dl", "--grad")["check"]["passed"] is True


@pytest.mark.parametrize("stage", ["ast", "ir"])
def test_ir(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = record(capsys, "ir", "decay.dl", "--stage", stage)
    assert found["stage"] == stage
    assert "signal" in found["text"] or stage == "ir"
    assert found["text"]


@pytest.mark.parametrize("verb", ["run", "grad", "fit", "check", "ir"])
@pytest.mark.parametrize(
    ("old", "new", "code", "exit_code"),
    [
        ("signal(t)", "signl(t)", "E02", 1),
        ('"decay.csv"', '"dekay.csv"', "E05", 5),
        ("a * exp", "a * * exp", "E01", 1),
    ],
    ids=["name", "data", "syntax"],
)
def test_faults_have_their_code_in_every_verb(
    verb: str, old: str, new: str, code: str, exit_code: int, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "bad.dl").write_text(new.join(PROGRAM.rsplit(old, 1)) if old != "a * exp" else PROGRAM.replace(old, new))
    found = record(capsys, verb, "bad.dl", code=exit_code)
    assert [each["code"][:3] for each in found["errors"]] == [code]
    assert found["errors"][0]["file"] is None or found["errors"][0]["line"] > 0
    assert main([verb, "bad.dl"]) == exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert f"error[{code}" in err


@pytest.mark.parametrize("verb", ["run", "grad", "fit"])
def test_a_nan_objective_is_a_numeric_failure(verb: str, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "nan.dl").write_text("param a = -1.0\nminimize log(a)\n")
    assert main([verb, "nan.dl"]) == 3
    assert "log" in capsys.readouterr().err


def test_grad_without_an_objective_is_a_fault_of_the_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "none.dl").write_text("param a = 1.0\n")
    assert main(["grad", "none.dl"]) == 1


@pytest.mark.parametrize("option", [["--set", "kk=1"], ["--fix", "kk"], ["--data", "kk=1"]])
def test_an_option_that_names_nothing_is_a_fault_of_the_command_line(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "decay.dl", *option]) == 2
    assert "`kk`" in capsys.readouterr().err

"""Programs of several files on the command line, from a folder that is not theirs."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.app import main

MAIN = """\
import stats
import "lib/decay.dl"
data t, y from "signal.csv"
param a = 1.0
param k = 0.5
y ~ decay.signal(t, a, k)
report spread = stats.covariance(y, y)
"""
DECAY = """\
import "units.dl"
data shift from "shift.csv"
print("shift", shift)
fn signal(t, a, k) = a * exp(-k * t / units.second) + shift[0]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program in a subfolder; the current folder is another one."""
    models = tmp_path / "home" / "models"
    (models / "lib").mkdir(parents=True)
    (models / "main.dl").write_text(MAIN)
    (models / "signal.csv").write_text("t,y\n0,2.5\n1,1.7\n2,1.2\n3,0.95\n4,0.8\n")
    (models / "lib" / "decay.dl").write_text(DECAY)
    (models / "lib" / "units.dl").write_text("second = 1.0\n")
    (models / "lib" / "shift.csv").write_text("shift\n0.5\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "home"


PROGRAM = "../home/models/main.dl"


def shown(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    code = main([*argv, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {**found, "exit": code}


def test_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", PROGRAM]) == 0
    out, err = capsys.readouterr()
    assert (out.splitlines()[0], err) == ("shift [0.5]", "")
    found = shown(capsys, "run", PROGRAM)
    assert found["printed"] == ["shift [0.5]"]
    assert found["reports"]["spread"] == pytest.approx(0.4745)


def test_fit(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "fit", PROGRAM)
    assert (found["exit"], found["verdict"]) == (0, "converged")
    assert found["parameters"]["a"]["value"] == pytest.approx(2.0, abs=0.05)


def test_grad(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "grad", PROGRAM, "--check")
    assert found["check"]["passed"]
    found = shown(capsys, "grad", PROGRAM, "--fn", "decay.signal", "--at", "t=0,a=2,k=1", "--wrt", "a")
    assert (found["value"], found["gradient"]) == (2.5, {"a": 1.0})


def test_check(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", PROGRAM, "--strict", "--grad"]) == 0
    capsys.readouterr()
    (home / "models" / "lib" / "units.dl").write_text("second = minute / 60\nfn f(x) = x +\n")
    found = shown(capsys, "check", PROGRAM)
    assert found["exit"] == 1
    files = {each["file"] for each in found["errors"]}
    assert files == {"../home/models/lib/units.dl"}
    (home / "models" / "lib" / "units.dl").write_text("second = minute / 60\n")
    (home / "models" / "main.dl").write_text(MAIN + "report half = log2(k)\n")
    found = shown(capsys, "check", PROGRAM)
    places = {(each["code"], each["file"], each["line"], each["column"]) for each in found["errors"]}
    assert places == {("E0201", "../home/models/lib/units.dl", 1, 10)}
    assert main(["check", PROGRAM]) == 1
    assert "  --> ../home/models/lib/units.dl:1:10\n" in capsys.readouterr().err


def test_a_fault_in_the_data_of_a_module_is_one_of_data(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "models" / "lib" / "shift.csv").write_text("shift\nnone\n0.5\n")
    found = shown(capsys, "run", PROGRAM)
    assert (found["exit"], [each["code"] for each in found["errors"]]) == (5, ["E0506"])


def test_data_of_the_program_alone_is_replaced(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "other.csv").write_text("t,y\n0,2.5\n1,1.7\n2,1.2\n")
    found = shown(capsys, "run", PROGRAM, "--data", "../home/other.csv")
    assert (found["exit"], found["printed"]) == (0, ["shift [0.5]"])
    found = shown(capsys, "run", PROGRAM, "--data", "shift=../home/other.csv")
    assert (found["exit"], [each["code"] for each in found["errors"]]) == (2, ["E0709"])


def test_standard_input_imports_from_the_current_folder(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'import "../home/models/lib/units.dl"\nprint(units.second)\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["run", "-"]) == 0
    assert capsys.readouterr().out == "1.0\n"


def test_ir_names_functions_by_their_module(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ir", PROGRAM]) == 0
    out = capsys.readouterr().out
    assert "fn decay.signal.1(" in out
    assert "fn stats.covariance.1(" in out

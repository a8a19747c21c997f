from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlang.cli.errors import exit_for, reports_errors
from dlang.cli.exits import Exit
from dlang.diagnostics.core import Diagnostic, DlangError, InternalError


def guarded(error: BaseException, argv: list[str]) -> int:
    def action(_: list[str]) -> Exit:
        raise error

    return reports_errors(action)(argv)


@pytest.mark.parametrize(
    ("codes", "exit_code"),
    [
        ([], 0),
        (["W0801"], 0),
        (["E0101"], 1),
        (["E0201", "E0501"], 1),
        (["E0405", "E0601", "E0701"], 1),
        (["E0701"], 2),
        (["E0601"], 3),
        (["E0601", "E0501"], 3),
        (["E0501", "E0502", "W0801"], 5),
    ],
)
def test_the_codes_decide_how_it_ends(codes: list[str], exit_code: int) -> None:
    found = [Diagnostic(code, "t", severity="error" if code[0] == "E" else "warning") for code in codes]
    assert exit_for(found) == exit_code


def test_diagnostics_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(DlangError(Diagnostic("E0501", "no such file")), ["fit", "x.dl"]) == 5
    out, err = capsys.readouterr()
    assert (out, err) == ("", "error[E0501]: no such file\n")


def test_with_json_they_are_one_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(DlangError(Diagnostic("E0201", "a"), Diagnostic("E0202", "b")), ["fit", "x.dl", "--json"]) == 1
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert err == ""
    assert record["schema"] == "difftool.fit/1"
    assert [each["code"] for each in record["errors"]] == ["E0201", "E0202"]


@pytest.mark.parametrize("argv", [["run", "--color", "always"], ["run", "--color=always"]])
def test_colour_is_on_request(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    guarded(DlangError(Diagnostic("E0201", "a")), argv)
    assert "\x1b[" in capsys.readouterr().err


@pytest.mark.parametrize("error", [InternalError("after pass `fold`"), RecursionError(), ZeroDivisionError("x")])
def test_a_bug_of_ours_is_a_report_file_and_no_traceback(
    error: Exception, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded(error, ["run", "my model.dl"]) == 70
    out, err = capsys.readouterr()
    (report,) = tmp_path.iterdir()
    assert out == ""
    assert "Traceback" not in err
    assert str(report) in err
    text = report.read_text()
    assert "Traceback" in text
    assert type(error).__name__ in text
    assert "my model.dl" in text


def test_a_bug_of_ours_with_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded(ZeroDivisionError(), ["run", "x.dl", "--json"]) == 70
    (record,) = json.loads(capsys.readouterr().out)["errors"]
    assert record["code"] is None
    assert record["message"] == "a bug of ours: ZeroDivisionError"


def test_a_file_that_the_system_refuses_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(PermissionError(13, "Permission denied", "/fit.json"), ["fit", "x.dl"]) == 2
    assert capsys.readouterr().err == "error[E0712]: cannot use the file `/fit.json`\nnote: Permission denied\n"


def test_an_interruption_is_told_and_has_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(KeyboardInterrupt(), ["fit", "x.dl"]) == 130
    assert capsys.readouterr().err == "difftool: interrupted\n"


def test_a_closed_pipe_ends_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "--help"], stdout=write, stderr=subprocess.PIPE, check=False, text=True
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_the_encoding_lacks_is_escaped() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "run", "möl.dl"],
        capture_output=True,
        check=False,
        text=True,
        env=environment,
    )
    assert done.returncode == 2
    assert "m\\xf6l.dl" in done.stderr

"""`difftool cache`: what was compiled is kept for the next run, shown and deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlang.cli.app import main
from dlang.native import machine

pytest.importorskip("llvmlite")

PROGRAM = "param k = 0.3\nx = k\nfor i in 0..20 { x = sin(x) + k }\nminimize x\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "p.dl"
    path.write_text(PROGRAM)
    return str(path)


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["cache", "--json", *words]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_a_second_run_compiles_nothing(
    program: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["grad", program, "--engine", "native", "--json"]) == 0
    first = capsys.readouterr().out
    assert shown(capsys)["objects"] != 0

    def refuse(text: str, level: int) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(machine, "_compile", refuse)
    assert main(["grad", program, "--engine", "native", "--json"]) == 0
    assert capsys.readouterr().out == first


def test_what_is_torn_or_forged_is_compiled_anew(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grad", program, "--engine", "native"]) == 0
    first = capsys.readouterr().out
    for path in Path(str(shown(capsys)["folder"])).iterdir():
        path.write_bytes(path.read_bytes()[:-40])
    assert main(["grad", program, "--engine", "native"]) == 0
    assert capsys.readouterr().out == first


def test_a_folder_that_others_may_write_to_is_not_used(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(str(shown(capsys)["folder"]))
    folder.chmod(0o777)
    assert main(["grad", program, "--engine", "native"]) == 0
    capsys.readouterr()
    assert list(folder.iterdir()) == []
    assert shown(capsys)["folder"] is None


def test_clear(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grad", program, "--engine", "native"]) == 0
    capsys.readouterr()
    kept = shown(capsys)["objects"]
    assert shown(capsys, "--clear")["removed"] == kept
    assert shown(capsys)["objects"] == 0
    assert main(["cache"]) == 0
    assert "0 compiled objects, 0.0 MB" in capsys.readouterr().out

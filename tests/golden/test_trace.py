"""What `difftool trace` shows of the programs whose graphs are pinned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlang.cli.app import main

FOLDER = Path(__file__).parent / "trace"
PROGRAMS = sorted((Path(__file__).parent / "graph").glob("*.dl"))


@pytest.mark.parametrize("form", ["txt", "json"])
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_trace(
    path: Path,
    form: str,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("COLUMNS", "80")
    code = main(["trace", path.name, "--quiet", *(["--json"] if form == "json" else [])])
    assert code == (3 if path.stem == "ended" else 0)
    golden(FOLDER / f"{path.stem}.{form}", capsys.readouterr().out)


def test_every_expectation_has_its_program() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {path.stem for path in PROGRAMS}

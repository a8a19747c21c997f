"""What elaboration makes of each construct, and what the parser does, as `difftool ir` prints them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlang.cli.app import main

FOLDER = Path(__file__).parent / "ir"
TREES = ("decay", "filling_an_array", "if_expression", "model_terms")
"""The programs whose tree is pinned too: it follows the text, so that a few are enough."""


def stage(name: str, path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["ir", path.name, "--stage", name, "--quiet"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.dl")), ids=lambda path: path.stem)
def test_ir(
    path: Path,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(FOLDER)
    golden(path.with_suffix(".ir"), stage("ir", path, capsys))


ADJOINTS = ("decay", "filling_an_array", "if_expression")
"""The programs whose adjoint is pinned too: a loss over data, a loop that fills an array, a branch."""


@pytest.mark.parametrize(
    ("shown", "name"), [*(("ast", name) for name in TREES), *(("adjoint", name) for name in ADJOINTS)]
)
def test_stage(
    shown: str,
    name: str,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(FOLDER)
    golden(FOLDER / f"{name}.{shown}", stage(shown, FOLDER / f"{name}.dl", capsys))


def test_the_text_for_llvm_is_one_loop_for_a_loss_and_its_gradient(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("llvmlite")
    monkeypatch.chdir(FOLDER)
    text = stage("llvm", FOLDER / "decay.dl", capsys)
    assert "define i64 @dl.entry(ptr %rt, ptr %slots)" in text
    assert text.count("<8 x double> @dl.exp(<8 x double> %x)") == 1


def test_every_expectation_has_its_program() -> None:
    programs = {path.stem for path in FOLDER.glob("*.dl")}
    assert {path.stem for path in FOLDER.glob("*.ir")} == programs
    assert {path.stem for path in FOLDER.glob("*.ast")} == set(TREES) <= programs
    assert {path.stem for path in FOLDER.glob("*.adjoint")} == set(ADJOINTS) <= programs

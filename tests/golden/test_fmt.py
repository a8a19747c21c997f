"""Layouts as pairs of files: a program as it may be written, and as `difftool fmt` writes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlang.source import Source
from dlang.syntax.format import format_program

PROGRAMS = sorted((Path(__file__).parent / "fmt").glob("*.dl"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_layout(path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(path.with_suffix(".expected"), format_program(Source(path.name, path.read_text(encoding="utf-8"))))


def test_there_are_pairs() -> None:
    assert len(PROGRAMS) >= 4

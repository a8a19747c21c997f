from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from dlang.data import write_table
from dlang.data.writing import format_table, write_text
from dlang.diagnostics import DlangError, InternalError


def test_numbers_are_the_shortest_text_that_reads_back() -> None:
    text = format_table(["t", "y z"], [np.array([0.1, 1e-300, 2.0]), [np.inf, -np.inf, np.nan]])
    assert text == 't,"y z"\n0.1,inf\n1e-300,-inf\n2.0,nan\n'


def test_columns_of_unequal_length_are_our_own_fault() -> None:
    with pytest.raises(InternalError):
        format_table(["t", "y"], [[1.0], [1.0, 2.0]])


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    write_table(path, ["t"], [[1.0]])
    assert path.read_text() == "t\n1.0\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_table(tmp_path / "link.csv", ["t"], [[1.0]])
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "t\n1.0\n"


def test_a_failure_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.csv"]


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(pipe, "t\n1.0\n")
        assert os.read(reader, 100) == b"t\n1.0\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", [".", "no/such/folder.csv", "nul\0.csv"])
def test_what_cannot_be_written_says_why_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(DlangError, match="E0512"):
        write_table(tmp_path / name, ["t"], [[1.0]])
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)  # one that the file system takes, and our way to it does not
    with pytest.raises(OSError, match="x") as caught:
        write_text(path, "new")
    assert caught.value.filename == str(path)
    assert not any(tmp_path.iterdir())

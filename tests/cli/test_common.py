from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.common import names, pairs, program_options, read_program
from dlang.cli.parser import Parser
from dlang.diagnostics.core import DlangError


def options(*argv: str) -> dict[str, Any]:
    from dlang.cli import run

    parser = Parser("run", "FILE", "runs", "difftool run x.dl")
    run.add_options(parser)
    return program_options(parser.parse(["x.dl", *argv]))


def codes(error: pytest.ExceptionInfo[DlangError]) -> list[str]:
    return [each.code for each in error.value.diagnostics]


def test_pairs_are_cut_at_commas_outside_brackets_and_strings() -> None:
    given = ["x=3,y=[1,2]", 'r={a: 1, b: (2, 3)}, s="a,]b"', "z = -inf"]
    assert pairs("--at", given) == {
        "x": "3",
        "y": "[1,2]",
        "r": "{a: 1, b: (2, 3)}",
        "s": '"a,]b"',
        "z": "-inf",
    }


@pytest.mark.parametrize("text", ["3", "=3", "k=", "2k=1", "", "k=1,,l=2"])
def test_what_is_no_pair_is_told(text: str) -> None:
    with pytest.raises(DlangError) as error:
        pairs("--set", [text])
    assert set(codes(error)) == {"E0708"}


def test_names_come_one_by_one_or_with_commas() -> None:
    assert names(["a,k", " b "]) == ("a", "k", "b")
    assert names([]) == ()


def test_data_are_numbers_lists_or_files() -> None:
    found = options("--data", "n=2000", "--data", "s=-1.5", "--data", "b=true", "--data", "t=a.csv", "--data", "w.csv")
    assert found["data"] == {"n": 2000, "s": -1.5, "b": True, "t": Path("a.csv")}
    assert found["table"] == Path("w.csv")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2.5]", [1, 2.5]),
        ("[[1], [2]]", [[1], [2]]),
        ("[true, false]", [True, False]),
        ("-inf", -math.inf),
        ("1_000", 1000),
        ("{t: [0, 1], y: 2}", {"t": [0, 1], "y": 2}),
        ("(1, [2])", (1, [2])),
    ],
)
def test_a_datum_is_a_literal_of_the_language(text: str, value: Any) -> None:
    assert options("--data", f"x={text}")["data"]["x"] == value


@pytest.mark.parametrize("text", ["x=[1, [2)", "x=[a]", 'x={"a"}', "x={...r}"])
def test_brackets_that_hold_something_else_are_told(text: str) -> None:
    with pytest.raises(DlangError) as error:
        options("--data", text)
    assert codes(error) == ["E0703"]


def test_a_file_may_be_called_as_an_array_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("[1].csv").write_text("x\n1\n")
    assert options("--data", "x=[1].csv")["data"] == {"x": Path("[1].csv")}


@pytest.mark.parametrize("text", ["./a=b.csv", "2020.csv", "x/y=z.csv"])
def test_what_looks_like_no_name_is_a_path(text: str) -> None:
    assert options("--data", text)["table"] == Path(text)


def test_a_file_may_begin_with_a_digit() -> None:
    assert options("--data", "t=2020-data.csv")["data"] == {"t": Path("2020-data.csv")}


def test_two_tables_exclude_each_other() -> None:
    with pytest.raises(DlangError) as error:
        options("--data", "a.csv", "--data", "b.csv")
    assert codes(error) == ["E0711"]


def test_negative_numbers_are_values() -> None:
    assert options("--seed", "-3")["seed"] == -3
    assert options("--set", "k=-1")["start"] == {"k": "-1"}


def test_a_missing_program_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "decay.dl").write_text("")
    with pytest.raises(DlangError) as error:
        read_program(str(tmp_path / "dekay.dl"))
    (fault,) = error.value.diagnostics
    assert fault.code == "E0705"
    assert "decay.dl" in fault.help


def test_a_folder_is_no_program(tmp_path: Path) -> None:
    with pytest.raises(DlangError) as error:
        read_program(str(tmp_path))
    assert codes(error) == ["E0706"]


@pytest.mark.parametrize("path", ["a\0b.dl", "x" * 5000])
def test_impossible_names_are_told(path: str) -> None:
    with pytest.raises(DlangError) as error:
        read_program(path)
    assert codes(error) == ["E0706"]


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "m.dl").write_bytes("# eins\n# zwei: \xe9t\xe9\n".encode("latin-1"))
    with pytest.raises(DlangError) as error:
        read_program(str(tmp_path / "m.dl"))
    (fault,) = error.value.diagnostics
    assert fault.code == "E0707"
    assert fault.notes == ("line 2 has the byte 0xe9, which does not fit",)


def test_a_byte_order_mark_is_dropped_and_line_ends_are_kept(tmp_path: Path) -> None:
    (tmp_path / "m.dl").write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    source, folder = read_program(str(tmp_path / "m.dl"))
    assert source.text == "a = 1\r\n"
    assert folder == tmp_path


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("x = ä\n".encode())))
    source, folder = read_program("-")
    assert (source.name, source.text, folder) == ("<stdin>", "x = ä\n", Path())

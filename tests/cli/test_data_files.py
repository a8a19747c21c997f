"""Data from files of every kind, from end to end: what they give, and that a fault is exit 5 with its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlang
from dlang.cli.app import main
from dlang.cli.exits import Exit

T, Y = [0.0, 1.0, 2.0], [1.5, 2.5, 4.0]


def npz(**arrays: Any) -> bytes:
    stream = BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def npy(array: Any) -> bytes:
    stream = BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


FILES: dict[str, bytes] = {
    "d.csv": b"t,y\n0,1.5\n1,2.5\n2,4\n",
    "d.tsv": b"t\ty\n0\t1.5\n1\t2.5\n2\t4\n",
    "d.txt": b"t   y\n0   1.5\n1   2.5\n2   4\n",
    "d.dat": b"t;y\n0;1.5\n1;2.5\n2;4\n",
    "crlf.csv": b"\xef\xbb\xbft,y\r\n0,1.5\r\n1,2.5\r\n2,4\r\n",
    "d.npz": npz(t=np.array(T, ">f4"), y=np.array(Y)),
    "d.json": json.dumps({"t": T, "y": Y}).encode(),
    "rows.json": json.dumps([{"t": t, "y": y} for t, y in zip(T, Y, strict=True)]).encode(),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run(program, *options)`: exit code, output and errors."""

    def of(program: str, *options: str) -> tuple[int, str, str]:
        (folder / "p.dl").write_text(program)
        code = main(["run", "p.dl", *options])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return of


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_gives_the_same_columns(name: str, run: Run, folder: Path) -> None:
    (folder / name).write_bytes(FILES[name])
    wanted = "[0.0, 1.0, 2.0] [1.5, 2.5, 4.0]\n"
    assert run(f'data t, y from "{name}"\nprint(t, y)') == (0, wanted, "")
    assert run('data t, y from "none.csv"\nprint(t, y)', "--data", name) == (0, wanted, "")
    assert run('data t, y from "none.csv"\nprint(t, y)', f"--data=t={name}", f"--data=y={name}") == (0, wanted, "")


@pytest.mark.parametrize(
    ("name", "content", "printed"),
    [
        ("x.npy", npy(np.arange(6).reshape(2, 3).T), "[[0, 3], [1, 4], [2, 5]]"),
        ("x.npy", npy(np.array(7, np.uint8)), "7"),
        ("x.npy", npy(np.array([True])), "[true]"),
        ("x.json", b"[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
        ("x.json", b'{"x": [true, false]}', "[true, false]"),
        ("x.json", b'{"x": ["b", "a", "b"]}', "[0, 1, 0]"),
        ("x.json", b'{"x": 5}', "5"),
        ("x.csv", b"x\nb\na\nb\n", "[0, 1, 0]"),
    ],
)
def test_one_name_of_a_file(name: str, content: bytes, printed: str, run: Run, folder: Path) -> None:
    (folder / name).write_bytes(content)
    assert run(f'data x from "{name}"\nprint(x)') == (0, f"{printed}\n", "")
    assert run("data x = 0\nprint(x)", "--data", f"x={name}") == (0, f"{printed}\n", "")


def test_a_number_from_a_file_decides_sizes(run: Run, folder: Path) -> None:
    (folder / "n.json").write_text('{"n": 3}')
    assert run('data n from "n.json"\nprint(zeros(n))')[:2] == (0, "[0.0, 0.0, 0.0]\n")


@pytest.mark.parametrize(
    ("text", "printed"),
    [("2000", "2000"), ("[1, 2.5]", "[1.0, 2.5]"), ("[true]", "[true]"), ("-inf", "-inf"), ("1e3", "1000.0")],
)
def test_a_datum_is_replaced_by_a_literal(text: str, printed: str, run: Run) -> None:
    assert run("data x = 0\nprint(x)", "--data", f"x={text}") == (0, f"{printed}\n", "")


FAULTS: dict[str, tuple[str, bytes, str, str]] = {
    "empty table": ("d.csv", b"", "E0504", "`d.csv` is empty"),
    "empty json": ("d.json", b"", "E0504", "`d.json` is empty"),
    "empty npy": ("d.npy", b"", "E0510", "it is no `.npy` file"),
    "empty npz": ("d.npz", b"", "E0510", "it is no `.npz` file"),
    "latin-1": ("d.csv", b"t,y\n1,\xe9\n", "E0503", "line 2 holds the byte 0xe9"),
    "latin-1 json": ("d.json", b'{"t":\n"\xe9"}', "E0503", "line 2 holds the byte 0xe9"),
    "zero byte": ("d.csv", b"t,y\n1,\0\n", "E0503", "line 2 holds a zero byte"),
    "bad cell": ("d.csv", b"t,y\n0,1\n1,x\n", "E0506", "--> d.csv:3:3"),
    "too large": ("d.csv", b"t,y\n0,1\n1,1e999\n", "E0506", "--> d.csv:3:3"),
    "no column": ("d.csv", b"t,z\n0,1\n", "E0507", "no column `y`"),
    "no json": ("d.json", b'{"t": [1],\n "y": [1,]}', "E0513", "--> d.json:2:"),
    "null": ("d.json", b'{"t": [1, 2],\n "y": [1, null]}', "E0514", "--> d.json:2:11"),
    "ragged": ("d.json", b'{"t": [1, 2],\n "y": [[1], []]}', "E0514", "--> d.json:2:13"),
    "in quotes": ("d.json", b'{"t": [1],\n "y": ["1.5"]}', "E0514", '`y[0]` is "1.5", a number in quotes'),
    "numbers as text": ("d.npz", npz(t=np.zeros(1), y=np.array(["1.5"])), "E0510", 'holds the number "1.5"'),
    "no key": ("d.json", b'{"t": [1, 2]}', "E0507", "no column `y`"),
    "key twice": ("d.json", b'{"t": 1, "y": 1,\n "t": 2}', "E0508", "--> d.json:2:2"),
    "deep": ("d.json", b"[" * 100_000, "E0513", "deeper than 100"),
    "one array": ("d.npy", npy(np.eye(2)), "E0515", "one array without a name"),
    "pickled": ("d.npz", npz(t=np.zeros(1), y=np.array([{}], dtype=object)), "E0510", "`d.npz: y`"),
    "complex": ("d.npz", npz(t=np.zeros(1), y=np.array([1j])), "E0510", "complex128"),
    "unsigned": ("d.npz", npz(t=np.zeros(1), y=np.array([2**64 - 1], np.uint64)), "E0510", "above the largest Int"),
    "truncated": ("d.npz", npz(t=np.zeros(9), y=np.zeros(9))[:-30], "E0510", "it is damaged"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_a_file_is_exit_5_with_its_place(case: str, run: Run, folder: Path) -> None:
    name, content, code, place = FAULTS[case]
    (folder / name).write_bytes(content)
    for program, options in ((f'data t, y from "{name}"', ()), ('data t, y from "none.csv"', ("--data", name))):
        found, _, errors = run(program + "\nprint(t, y)", *options)
        assert found == Exit.DATA_AT_FAULT
        assert f"error[{code}]" in errors
        assert place in errors
        assert ("p.dl:1:" in errors) or options
        assert ("the path is given by `--data" in errors) == bool(options)


def test_a_folder_and_a_device_are_no_files(run: Run, folder: Path) -> None:
    (folder / "sub.csv").mkdir()
    for name, said in (("sub.csv", "it is a folder"), ("/dev/zero", "it is a device")):
        code, _, errors = run(f'data t from "{name}"\nprint(t)')
        assert code == Exit.DATA_AT_FAULT
        assert said in errors


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_fault(run: Run, folder: Path) -> None:
    (folder / "d.csv").write_text("t\n1\n")
    (folder / "d.csv").chmod(0)
    code, _, errors = run('data t from "d.csv"\nprint(t)')
    assert code == Exit.DATA_AT_FAULT
    assert "error[E0502]: cannot read `d.csv`: permission denied" in errors


def test_a_pipe_is_a_file(folder: Path) -> None:
    (folder / "p.dl").write_text('data t, y from "none.csv"\nprint(t, y)')
    command = [sys.executable, "-m", "dlang", "run", "p.dl", "--data", "/dev/stdin"]
    done = subprocess.run(command, input=FILES["d.csv"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"[0.0, 1.0, 2.0] [1.5, 2.5, 4.0]\n")


def test_a_file_is_read_once_for_all_its_statements(run: Run, folder: Path) -> None:
    """A pipe has its content only once."""
    os.mkfifo(folder / "pipe.npz")
    writer = subprocess.Popen([sys.executable, "-c", f"open('pipe.npz', 'wb').write({FILES['d.npz']!r})"])
    assert run('data t from "pipe.npz"\ndata y from "pipe.npz"\nprint(t, y)')[:2] == (
        0,
        "[0.0, 1.0, 2.0] [1.5, 2.5, 4.0]\n",
    )
    assert writer.wait(10) == 0


# ---- whole tables, and text

WINE = b"ash,Total SO2,kind,n\n1.5,2,red,3\n2.5,4,white,4\n3.5,7,red,5\n"
WHOLE = {
    "wine.csv": WINE,
    "wine.tsv": WINE.replace(b",", b"\t"),
    "wine.npz": npz(
        **{"ash": [1.5, 2.5, 3.5], "Total SO2": [2.0, 4.0, 7.0], "kind": ["a", "b", "a"], "n": [3.0, 4, 5]}
    ),
    "wine.json": b'{"ash": [1.5, 2.5, 3.5], "Total SO2": [2.0, 4.0, 7.0], "kind": ["a", "b", null], "n": [3.0, 4, 5]}',
}
TABLE = 'data d from "FILE" as table\nprint(d, d.ash + d["Total SO2"])'
SHOWN = '{ash: [1.5, 2.5, 3.5], "Total SO2": [2.0, 4.0, 7.0], n: [3.0, 4.0, 5.0]} [3.5, 6.5, 10.5]\n'


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_table_is_a_record_of_its_numbers(name: str, run: Run, folder: Path) -> None:
    (folder / name).write_bytes(WHOLE[name])
    assert run(TABLE.replace("FILE", name)) == (0, SHOWN, "")
    assert run(TABLE.replace("FILE", "none.csv"), "--data", name) == (0, SHOWN, "")
    assert run(TABLE.replace("FILE", "none.csv"), "--data", f"d={name}") == (0, SHOWN, "")


def test_a_whole_table_is_replaced_by_a_record(run: Run) -> None:
    literal = 'd={ash: [1], "Total SO2": [2]}'
    assert run(TABLE, "--data", literal) == (0, '{ash: [1], "Total SO2": [2]} [3]\n', "")


def test_a_whole_table_is_replaced_from_python() -> None:
    class Frame:
        """What has keys and items, as a frame of pandas has."""

        def keys(self) -> list[str]:
            return ["ash", "Total SO2", "kind", "words"]

        def __getitem__(self, key: str) -> Any:
            return {"kind": ["a", "b"], "words": np.array(["a", "b"], dtype=object)}.get(key, np.array([1.0, 2.0]))

    for table in (Frame(), {"ash": [1.0, 2.0], "Total SO2": (1.0, 2.0)}):
        printed = dlang.loads(TABLE, data={"d": table}).run().printed
        assert printed == ['{ash: [1.0, 2.0], "Total SO2": [1.0, 2.0]} [2.0, 4.0]']
    for wrong in (3.0, [1.0], {"kind": ["a"]}, {"ash": [None]}, {}):
        with pytest.raises(dlang.DlangError, match="E0703"):
            dlang.loads(TABLE, data={"d": wrong})


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("d.csv", b"ash,kind\n1,a\nNA,b\n", "E0506"),
        ("d.json", b'{"ash": [1, null]}', "E0514"),
        ("d.npz", npz(ash=np.array([1j])), "E0510"),
        ("d.npy", npy(np.eye(2)), "E0515"),
        ("d.csv", b"kind\na\nb\n", "E0516"),
        ("d.json", b"{}", "E0516"),
        ("d.npz", npz(o=np.array([{}], dtype=object)), "E0516"),
    ],
)
def test_a_fault_of_a_whole_table_is_told(name: str, content: bytes, code: str, run: Run, folder: Path) -> None:
    (folder / name).write_bytes(content)
    found, _, errors = run(f'data d from "{name}" as table\nprint(d)')
    assert found == Exit.DATA_AT_FAULT
    assert f"error[{code}]" in errors


LEVELS = """
data kind from "wine.csv"
fn first() = levels(kind)[0]
fn count() { fn inner() = len(levels(kind)); inner() }
copy = kind
print(kind, levels(kind), first(), count(), levels(copy))
print(zeros(len(levels(kind)))[kind])
"""


def test_the_words_of_a_column_of_text(run: Run, folder: Path) -> None:
    (folder / "wine.csv").write_bytes(WINE)
    shown = "[0, 1, 0] (red, white) red 2 (red, white)\n[0.0, 0.0, 0.0]\n"
    assert run(LEVELS) == (0, shown, "")
    (folder / "other.json").write_text('["x", "y", "z"]')
    shown = "[0, 1, 2] (x, y, z) x 3 (x, y, z)\n[0.0, 0.0, 0.0]\n"
    assert run(LEVELS, "--data", "kind=other.json") == (0, shown, "")
    assert dlang.loads(LEVELS, data={"kind": ["x", "y", "z"]}).run().printed == shown.splitlines()


@pytest.mark.parametrize("text", ["levels([1, 2])", "levels(1.0)", 'levels("a")', "levels(sin)", "levels(2 * kind)"])
def test_only_columns_of_text_have_words(text: str, run: Run, folder: Path) -> None:
    (folder / "wine.csv").write_bytes(WINE)
    code, _, errors = run(f'data kind from "wine.csv"\nprint(kind)\nprint({text})')
    assert code == Exit.PROGRAM_AT_FAULT
    assert "the argument `c` of `levels` must be the name of a column of text, not " in errors

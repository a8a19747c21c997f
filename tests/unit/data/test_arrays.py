"""NumPy's files: what they give, and that nothing in one is believed, loaded or guessed that should not be."""

from __future__ import annotations

import warnings
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlang.data import Text, Values, open_dataset, single_value, values, whole
from dlang.data.arrays import load_array, open_archive
from dlang.diagnostics import Diagnostic, DlangError


def fault(path: Path, *names: str) -> Diagnostic:
    """The one fault of reading a file's names, or of the file alone."""
    with pytest.raises(DlangError) as caught:
        values(open_dataset(path, shown_as=path.name), [(name, None) for name in names or ("x",)])
    [diagnostic] = caught.value.diagnostics
    return diagnostic


def loaded(folder: Path, array: Any, **options: Any) -> Values:
    np.save(folder / "x.npy", array, **options)
    return single_value(open_dataset(folder / "x.npy", shown_as="x.npy"), "x")


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.arange(6.0).reshape(2, 3), np.float64),
        (np.array([1, 2], np.int32), np.int64),
        (np.array([1, 2], np.uint8), np.int64),
        (np.array([1, 2], ">i2"), np.int64),
        (np.array([2**63 - 1], np.uint64), np.int64),
        (np.array([True, False]), np.bool_),
        (np.array([1.5, -2], np.float16), np.float64),
        (np.array([1.5, -2], ">f4"), np.float64),
        (np.array([1.5, np.nan, np.inf], np.longdouble), np.float64),
        (np.zeros((0, 3)), np.float64),
        (np.asfortranarray(np.arange(6).reshape(2, 3)), np.int64),
    ],
)
def test_every_width_and_byte_order_is_an_array_of_the_language(tmp_path: Path, array: Any, dtype: type) -> None:
    found = loaded(tmp_path, array)
    assert isinstance(found, np.ndarray)
    assert found.dtype == dtype
    assert found.dtype.isnative
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("number", [3, 2.5, True, np.uint8(7), np.float32(0.5)])
def test_an_array_without_axes_is_a_number(tmp_path: Path, number: Any) -> None:
    found = loaded(tmp_path, number)
    assert found == number
    assert type(found) in (int, float, bool)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_format_is_read(version: tuple[int, int]) -> None:
    stream = BytesIO()
    np.lib.format.write_array(stream, np.arange(3), version=version)
    np.testing.assert_array_equal(load_array(stream.getvalue(), shown_as="x", at=None), [0, 1, 2])


def test_text_is_codes_and_levels(tmp_path: Path) -> None:
    for array in (np.array(["b", "a", "b"]), np.array([b"b", b"a", b"b"])):
        found = loaded(tmp_path, array)
        assert isinstance(found, Text)
        assert found.levels == ("b", "a")
        np.testing.assert_array_equal(found.codes, [0, 1, 0])


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([1j]), "its elements are complex128"),
        (np.array(["2020-01-01"], "M8[D]"), "its elements are datetime64[D]"),
        (np.array([2**63], np.uint64), "9223372036854775808 is above the largest Int, 9223372036854775807"),
        (np.zeros(2, [("a", float)]), "its elements are [('a', '<f8')]"),
        (np.array(["1e4000"], np.longdouble), "it holds numbers beyond the largest Real"),
        (np.array([b"\xff"]), "its text is damaged"),
    ],
)
def test_an_array_of_anything_else_is_refused(tmp_path: Path, array: Any, said: str) -> None:
    np.save(tmp_path / "x.npy", array)
    told = fault(tmp_path / "x.npy")
    assert told.code == "E0510"
    assert told.title == f"cannot use `x.npy`: {said}"


class Trap:
    """Unpickling this writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("packed", [False, True])
def test_python_objects_are_never_unpickled(tmp_path: Path, packed: bool) -> None:
    objects = np.array([Trap(tmp_path / "sprung")], dtype=object)
    path = tmp_path / ("x.npz" if packed else "x.npy")
    if packed:
        np.savez(path, x=objects)
    else:
        np.save(path, objects, allow_pickle=True)
    told = fault(path)
    assert told.code == "E0510"
    assert told.title.endswith("it holds Python objects, not numbers")
    assert not (tmp_path / "sprung").exists()


def header(text: str) -> bytes:
    """The beginning of an `.npy` file with this header."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin-1")


@pytest.mark.parametrize(
    "raw",
    [
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}") + b"\0" * 8,
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}") + b"\0" * 16,
        header("{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * 9000 + "}"),
        header("{" + " " * 60_000 + "}"),
        b"\x93NUMPY\x09\x00" + b"\0" * 30,
        b"\x93NUMPY",
    ],
)
def test_a_header_is_believed_only_as_far_as_the_bytes_bear_it_out(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.npy").write_bytes(raw)
    assert fault(tmp_path / "x.npy").code == "E0510"


def test_a_bool_that_is_neither_0_nor_1_is_one_true() -> None:
    raw = header("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}") + b"\x00\x07"
    found = load_array(raw, shown_as="x", at=None)
    assert isinstance(found, np.ndarray)
    assert found.sum() == 1


def test_a_file_cut_anywhere_is_a_fault(tmp_path: Path) -> None:
    for name, save in (("x.npy", np.save), ("x.npz", lambda path, x: np.savez(path, x=x))):
        save(tmp_path / name, np.arange(3.0))
        raw = (tmp_path / name).read_bytes()
        for end in range(len(raw)):
            (tmp_path / name).write_bytes(raw[:end])
            assert fault(tmp_path / name).code in ("E0510", "E0507"), end


def test_an_array_is_known_whatever_its_file_is_called(tmp_path: Path) -> None:
    (tmp_path / "x.dat").write_bytes(
        header("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}") + b"\x05" + b"\0" * 7
    )
    assert values(open_dataset(tmp_path / "x.dat", shown_as="x"), [("x", None)])[0] == np.array([5])


def test_an_array_without_a_name_is_no_table(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.eye(2))
    assert fault(tmp_path / "x.npy", "t", "y").code == "E0515"
    with pytest.raises(DlangError, match="E0515"):
        whole(open_dataset(tmp_path / "x.npy", shown_as="x.npy"), None)


# ---- archives


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    named = {"t": np.arange(3), "y": np.eye(2), "n": np.array(4), "s": np.array(["a", "b"])}
    np.savez(tmp_path / "d.npz", **named, o=np.array([{}], dtype=object))  # type: ignore[arg-type]  # o is no option
    with zipfile.ZipFile(tmp_path / "d.npz", "a") as packed:
        packed.writestr("README", "what lies beside the arrays")
    return tmp_path / "d.npz"


def test_named_arrays(archive: Path) -> None:
    t, y, n, s = values(open_dataset(archive, shown_as="d.npz"), [(name, None) for name in "tyns"])
    np.testing.assert_array_equal(t, [0, 1, 2])  # type: ignore[arg-type]
    np.testing.assert_array_equal(y, np.eye(2))  # type: ignore[arg-type]
    assert n == 4
    assert isinstance(s, Text)


def test_the_whole_archive_is_its_numbers(archive: Path) -> None:
    assert list(whole(open_dataset(archive, shown_as="d.npz"), None)) == ["t", "y", "n"]


def test_every_fault_of_the_names_is_told(archive: Path) -> None:
    with pytest.raises(DlangError) as caught:
        values(open_dataset(archive, shown_as="d.npz"), [("T_", None), ("t", None), ("o", None)])
    missing, objects = caught.value.diagnostics
    assert (missing.code, objects.code) == ("E0507", "E0510")
    assert missing.notes == ("its columns are `t`, `y`, `n`, `s`, `o`",)
    assert "`d.npz: o`" in objects.title


def test_one_value_of_an_archive(archive: Path, tmp_path: Path) -> None:
    assert single_value(open_dataset(archive, shown_as="d.npz"), "n") == 4
    with pytest.raises(DlangError, match="E0511"):
        single_value(open_dataset(archive, shown_as="d.npz"), "z")
    np.savez(tmp_path / "one.npz", other=np.array(7))
    assert single_value(open_dataset(tmp_path / "one.npz", shown_as="one.npz"), "z") == 7


def test_two_arrays_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile sees it too
        packed.writestr("x.npy", "")
        packed.writestr("x.npy", "")
    assert "two of its arrays are called `x`" in fault(tmp_path / "x.npz").title


# ---- damage


def test_a_fault_of_ours_while_reading_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", np.ones(3))

    def broken(*_: object, **__: object) -> None:
        raise AttributeError("a bug")

    monkeypatch.setattr(np.lib.format, "read_magic", broken)
    with pytest.raises(AttributeError, match="a bug"):
        open_dataset(tmp_path / "x.npy", shown_as="x.npy")


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(["deflated", "bzip2", "lzma", "npy"]), st.data())
def test_a_byte_that_is_changed_is_a_fault_or_a_number(kind: str, data: st.DataObject) -> None:
    """Whatever the unpacking raises is a damaged file, and not a bug of ours."""
    plain, packed = BytesIO(), BytesIO()
    np.save(plain, np.eye(3))
    codes = {"deflated": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}
    if kind != "npy":
        with zipfile.ZipFile(packed, "w", codes[kind]) as archive:
            archive.writestr("t.npy", plain.getvalue())
    raw = bytearray(plain.getvalue() if kind == "npy" else packed.getvalue())
    at = data.draw(st.integers(0, 127 if kind == "npy" else len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings(), suppress(DlangError):
        warnings.simplefilter("ignore")
        if kind == "npy":
            load_array(bytes(raw), shown_as="x", at=None)
        else:
            opened = open_archive(bytes(raw), shown_as="x", at=None)
            for read in (lambda: whole(opened, None), lambda: values(opened, [(name, None) for name in opened.names])):
                with suppress(DlangError):
                    read()


@settings(deadline=None)
@given(raw=st.binary(max_size=30), cut=st.integers(0, 120))
def test_a_damaged_file_is_a_fault(tmp_path_factory: pytest.TempPathFactory, raw: bytes, cut: int) -> None:
    whole_file = tmp_path_factory.getbasetemp() / "whole.npz"
    np.savez(whole_file, t=np.arange(3))
    damaged = tmp_path_factory.getbasetemp() / "damaged.npz"
    damaged.write_bytes(whole_file.read_bytes()[:cut] + raw)
    assert fault(damaged, "t").code == "E0510"
    npy = tmp_path_factory.getbasetemp() / "damaged.npy"
    npy.write_bytes(b"\x93NUMPY\x01\x00" + raw)
    assert fault(npy).code == "E0510"

from __future__ import annotations

import warnings
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlang.data import array_of, read_array, read_arrays
from dlang.data.arrays import _load
from dlang.diagnostics import DlangError


def code(path: Path) -> str:
    with pytest.raises(DlangError) as caught:
        read_array(path, shown_as=path.name)
    [fault] = caught.value.diagnostics
    return fault.code


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.ones((2, 3), np.float32), np.float64),
        (np.arange(3, dtype=np.uint8), np.int64),
        (np.array(True), np.bool_),
        (np.arange(6.0).reshape(2, 3).T, np.float64),
    ],
)
def test_an_array_comes_in_the_languages_types(tmp_path: Path, values: np.ndarray, dtype: type) -> None:
    np.save(tmp_path / "x.npy", values)
    found = read_array(tmp_path / "x.npy", shown_as="x.npy")
    assert isinstance(found, np.ndarray)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize(
    "values", [np.array([1j]), np.array(["a"]), np.array([2**63], np.uint64), np.zeros(2, [("a", float)])]
)
def test_an_array_of_anything_else_is_refused(tmp_path: Path, values: np.ndarray) -> None:
    np.save(tmp_path / "x.npy", values)
    assert code(tmp_path / "x.npy") == "E0510"


def test_a_fault_of_ours_while_reading_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", np.ones(3))

    def broken(*_: object, **__: object) -> None:
        raise AttributeError("a bug")

    monkeypatch.setattr(np, "load", broken)
    with pytest.raises(AttributeError, match="a bug"):
        read_array(tmp_path / "x.npy", shown_as="x.npy")


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
    at = data.draw(st.integers(6, 90) if kind == "npy" else st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings(), suppress(DlangError):
        warnings.simplefilter("ignore")
        _load(bytes(raw), "x", None)


def test_python_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    assert code(tmp_path / "x.npy") == "E0510"


def test_a_table_of_one_column_gives_its_values(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x\n1\n2\n")
    np.testing.assert_array_equal(read_array(tmp_path / "x.csv", shown_as="x.csv"), [1, 2])
    (tmp_path / "xy.csv").write_text("x,y\n1,2\n")
    assert code(tmp_path / "xy.csv") == "E0511"


def test_named_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", t=np.arange(3), y=np.eye(2))
    arrays = read_arrays(tmp_path / "d.npz", shown_as="d.npz")
    assert arrays["t"].dtype == np.int64
    assert array_of(arrays, "y", shown_as="d.npz", at=None).shape == (2, 2)
    with pytest.raises(DlangError, match="E0507") as caught:
        array_of(arrays, "T_", shown_as="d.npz", at=None)
    assert caught.value.diagnostics[0].notes == ("its columns are `t`, `y`",)


@settings(deadline=None)
@given(raw=st.binary(max_size=30), cut=st.integers(0, 120))
def test_a_damaged_file_is_a_fault(tmp_path_factory: pytest.TempPathFactory, raw: bytes, cut: int) -> None:
    whole = tmp_path_factory.getbasetemp() / "whole.npz"
    np.savez(whole, t=np.arange(3))
    damaged = tmp_path_factory.getbasetemp() / "damaged.npz"
    damaged.write_bytes(whole.read_bytes()[:cut] + raw)
    with pytest.raises(DlangError, match="E0510"):
        read_arrays(damaged, shown_as="damaged.npz")
    npy = tmp_path_factory.getbasetemp() / "damaged.npy"
    npy.write_bytes(b"\x93NUMPY\x01\x00" + raw)
    assert code(npy) == "E0510"

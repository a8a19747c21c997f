"""Whatever lies in a file, reading it gives values or faults of the file: for every kind, by every way to read it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlang.data import Dataset, open_dataset, single_value, values, whole
from dlang.diagnostics import DlangError
from dlang.diagnostics.text import render

WAYS: tuple[Callable[[Dataset], Any], ...] = (
    lambda dataset: values(dataset, [("x", None), ("y", None)]),
    lambda dataset: values(dataset, [("x", None)]),
    lambda dataset: whole(dataset, None),
    lambda dataset: single_value(dataset, "x"),
)


def npz(**arrays: Any) -> bytes:
    stream = BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def zipped(name: str, raw: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, raw)
    return stream.getvalue()


SEEDS = (
    b"x,y\n1,2\n3,4\n",
    b"x y\n1 2\n3 a\n",
    b'x;y\n"a;b";2\n',
    b'{"x": [1, 2.5], "y": ["a", null]}',
    b'[{"x": 1, "y": true}, {"y": 1e5}]',
    b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }" + b" " * 59 + b"\n" + b"\0" * 8,
    npz(x=np.arange(3), y=np.array(["a", "b"])),
    zipped("x.npy", b"no array"),
    zipped("../x.npy", b""),
    zipped(".npy", b""),
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Random bytes, or a file of some kind with bytes changed, left out and doubled."""
    if draw(st.booleans()):
        return draw(
            st.binary(max_size=60)
            | st.text(alphabet='0123456789.,;\t\n "#[]{}:-+eEaxyntf\\', max_size=60).map(str.encode)
        )
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        match draw(st.sampled_from(["change", "delete", "double", "cut"])):
            case "change" if raw:
                raw[at] = draw(st.integers(0, 255))
            case "delete":
                del raw[at : at + draw(st.integers(1, 4))]
            case "double":
                raw[at:at] = raw[at : at + draw(st.integers(1, 8))]
            case _:
                del raw[at:]
    return bytes(raw)


@settings(deadline=None, max_examples=400)
@given(contents(), st.sampled_from(["d.csv", "d.tsv", "d.txt", "d", "d.json", "d.npy", "d.npz", "d.xlsx"]))
@example(b"", "d.json")
@example(b"\xef\xbb\xbf", "d.csv")
@example(b"\xef\xbb\xbf{", "d.json")
@example(b"\0", "d.csv")
@example(b"1e999\n", "d.csv")
@example(b'"\\ud800"', "d.json")
@example(b'{"\\ud800": 1}', "d.json")
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_any_bytes_give_values_or_faults(tmp_path_factory: pytest.TempPathFactory, raw: bytes, name: str) -> None:
    path: Path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(raw)
    faults: list[Any] = []
    for way in WAYS:
        with suppress(DlangError):
            try:
                way(open_dataset(path, shown_as=name))
            except DlangError as error:
                faults += error.diagnostics
    assert all(fault.code.startswith("E05") for fault in faults)
    for fault in faults:
        assert render(fault)

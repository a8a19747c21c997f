"""Arrays in NumPy's own files, and the values of one name from a file of any kind."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.data.columns import Text
from dlang.data.files import read_bytes
from dlang.data.tables import column, read_table
from dlang.diagnostics import data as faults
from dlang.diagnostics.core import DlangError
from dlang.source import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["array_of", "read_array", "read_arrays"]

_MAGIC = b"\x93NUMPY"
_ZIP = b"PK"


def read_array(path: Path, *, shown_as: str, at: Span | None = None) -> NDArray[Any] | Text:
    """The array of an `.npy` file, or the column of a table that has one.

    Args:
        path: the file.
        shown_as: its name in diagnostics.
        at: where the program declares the name that gets the values.

    Returns:
        float64, int64 or bool of any rank from `.npy`; float64 (n,) or `Text` from a table.

    Raises:
        DlangError: E0510, E0511, and those of `read_table` and `column`.
    """
    if path.suffix.lower() == ".npy":
        raw = read_bytes(path, shown_as, at)
        if not raw.startswith(_MAGIC):
            raise DlangError(faults.bad_array_file(shown_as, at, "it is no `.npy` file", None))
        return _checked(_load(raw, shown_as, at), shown_as, at)
    table = read_table(path, shown_as=shown_as, at=at)
    if len(table.names) != 1:
        raise DlangError(faults.not_one_column(shown_as, at, table.names))
    return column(table, table.names[0], at)


def read_arrays(path: Path, *, shown_as: str, at: Span | None = None) -> dict[str, NDArray[Any]]:
    """The named arrays of an `.npz` file: float64, int64 or bool, of any rank.

    Raises:
        DlangError: E0501, E0502, E0510.
    """
    raw = read_bytes(path, shown_as, at)
    if not raw.startswith(_ZIP):
        raise DlangError(faults.bad_array_file(shown_as, at, "it is no `.npz` file", None))
    return {name: _checked(values, f"{shown_as}: {name}", at) for name, values in _load(raw, shown_as, at).items()}


def array_of(arrays: dict[str, NDArray[Any]], name: str, *, shown_as: str, at: Span | None) -> NDArray[Any]:
    """One array of an `.npz` file.

    Raises:
        DlangError: E0507.
    """
    from difflib import get_close_matches

    if name in arrays:
        return arrays[name]
    near = get_close_matches(name, arrays, n=1)
    raise DlangError(faults.missing_column(shown_as, name, at, list(arrays), True, near[0] if near else None))


def _load(raw: bytes, shown_as: str, at: Span | None) -> Any:
    try:
        loaded = np.load(BytesIO(raw), allow_pickle=False)
        return {name: loaded[name] for name in loaded.files} if hasattr(loaded, "files") else loaded
    except _damages() as error:
        fault, mend = "it is damaged", "write it again with `numpy.save` or `numpy.savez`"
        if "Object arrays" in str(error):
            fault, mend = "it holds Python objects, not numbers", "save an array of numbers: `a.astype(float)`"
        raise DlangError(faults.bad_array_file(shown_as, at, fault, mend)) from None


def _damages() -> tuple[type[Exception], ...]:
    """What a damaged file makes NumPy, and the modules that it reads with, raise: evaluated only when one does."""
    from contextlib import suppress
    from struct import error as struct_error
    from tokenize import TokenError
    from zipfile import BadZipFile
    from zlib import error as zlib_error

    # NumPy on a header and on what does not fit it: ValueError, TypeError, SyntaxError, TokenError, OverflowError,
    # MemoryError (a shape that is no memory for); EOFError and OSError on data that end too soon. The archive of an
    # `.npz`: LookupError on its names, RuntimeError on encrypted, and on unknown kinds of compression.
    text = (ValueError, TypeError, SyntaxError, TokenError, OverflowError, MemoryError, EOFError, OSError)
    archive = (LookupError, RuntimeError, BadZipFile, struct_error, zlib_error)
    with suppress(ImportError):  # not every Python has it, and then no archive is unpacked with it
        from lzma import LZMAError

        return (*text, *archive, LZMAError)
    return (*text, *archive)


def _checked(values: NDArray[Any], shown_as: str, at: Span | None) -> NDArray[Any]:
    """The array in one of the language's element types.

    Raises:
        DlangError: E0510 for complex numbers, text, dates, records, and Ints that 64 bits do not hold.
    """
    code = values.dtype.kind
    if code == "b":
        return values
    if code in "iu":
        if code == "u" and values.size and int(values.max()) > np.iinfo(np.int64).max:
            fault = f"{int(values.max())} is above the largest Int, {np.iinfo(np.int64).max}"
            raise DlangError(faults.bad_array_file(shown_as, at, fault, "save it as float64"))
        return values.astype(np.int64)
    if code == "f":
        return values.astype(np.float64)
    raise DlangError(
        faults.bad_array_file(shown_as, at, f"its elements are {values.dtype}", "save an array of Real, Int or Bool")
    )

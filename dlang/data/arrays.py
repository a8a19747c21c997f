"""Arrays in NumPy's own files, `.npy` and `.npz`. Python objects in them are never loaded: that can run anything."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.data.columns import Text, Values, coded, is_number
from dlang.data.files import MAGIC
from dlang.diagnostics import data as faults
from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.records import record
from dlang.source import Span

if TYPE_CHECKING:
    from zipfile import ZipFile

    from numpy.typing import NDArray

__all__ = ["Archive", "load_array", "open_archive"]

_AGAIN = "write it again with `numpy.save` or `numpy.savez`"
_LONGEST_HEADER = 10_000


@record(eq=False)
class Archive:
    """An `.npz` file, whose arrays are unpacked one by one as they are asked for: `members` are theirs by name."""

    shown_as: str
    packed: ZipFile
    members: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays, in order."""
        return tuple(self.members)

    def value(self, name: str, at: Span | None) -> Values:
        """One of the arrays: `name` is one of `names`, `at` where the program names it.

        Raises:
            DlangError: E0510.
        """
        shown_as = f"{self.shown_as}: {name}"
        try:
            raw = self.packed.read(self.members[name])
        except _damages():
            raise DlangError(faults.bad_array_file(shown_as, at, "it is damaged", _AGAIN)) from None
        return load_array(raw, shown_as=shown_as, at=at)

    def has_numbers(self, name: str) -> bool:
        """Whether an array holds numbers or Bools, and not text, dates or Python objects; one that is damaged may."""
        try:
            with self.packed.open(self.members[name]) as member:
                return _header(member.read(_LONGEST_HEADER + 16))[0].kind not in "USOMmV"
        except _Unusable:
            return True
        except _damages():
            return True


def open_archive(raw: bytes, *, shown_as: str, at: Span | None) -> Archive:
    """An `.npz` file's table of contents.

    Raises:
        DlangError: E0508, E0510.
    """
    from unicodedata import normalize
    from zipfile import ZipFile

    if not raw.startswith(b"PK"):
        raise DlangError(faults.bad_array_file(shown_as, at, "it is no `.npz` file", None))
    try:
        packed = ZipFile(BytesIO(raw))
    except _damages():
        raise DlangError(faults.bad_array_file(shown_as, at, "it is damaged", _AGAIN)) from None
    members: dict[str, str] = {}
    for member in packed.namelist():
        name = normalize("NFC", member.removesuffix(".npy"))
        if not member.endswith(".npy"):  # what lies there beside arrays
            continue
        if name in members:
            raise DlangError(faults.bad_array_file(shown_as, at, f"two of its arrays are called `{name}`", _AGAIN))
        members[name] = member
    return Archive(shown_as, packed, members)


def load_array(raw: bytes, *, shown_as: str, at: Span | None) -> Values:
    """The array in the bytes of an `.npy` file: float64, int64 or bool of any rank, a number if it has no axis.

    Raises:
        DlangError: E0510, the file is damaged, or its elements are nothing of the kind.
    """
    try:
        array = _loaded(raw)
        if array.dtype.kind in "US":
            return _words(array)
        elements = _elements(array)
        return elements if elements.ndim else _number(elements)
    except _Unusable as fault:
        raise DlangError(fault.told(shown_as, at)) from None


def _number(array: NDArray[Any]) -> float | int | bool:
    number: float | int | bool = array.item()
    return number


class _Unusable(Exception):  # noqa: N818  caught here, and told with its file
    """Why an array cannot be used, and the mend."""

    def __init__(self, fault: str, mend: str | None = _AGAIN) -> None:
        super().__init__(fault)
        self.fault, self.mend = fault, mend

    def told(self, shown_as: str, at: Span | None) -> Diagnostic:
        return faults.bad_array_file(shown_as, at, self.fault, self.mend)


def _loaded(raw: bytes) -> NDArray[Any]:
    """The array as the file has it; its header is believed only as far as the bytes bear it out."""
    dtype, shape, by_columns, begin = _header(raw)
    if dtype.hasobject:
        raise _Unusable("it holds Python objects, not numbers", "save an array of numbers: `a.astype(float)`")
    count, found = prod(shape), len(raw) - begin
    if dtype.kind == "V" or found != count * dtype.itemsize:
        if dtype.kind == "V":
            raise _Unusable(f"its elements are {dtype}", "save each field as an array of its own, with `numpy.savez`")
        whole = f"{count * dtype.itemsize:,} bytes of elements"
        raise _Unusable(f"its header speaks of {whole}, and it has {found:,}: it is damaged")
    return np.frombuffer(raw, dtype, count, begin).reshape(shape, order="F" if by_columns else "C")


def _header(raw: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
    """Element type, shape, whether columns come first, and where the elements begin."""
    if not raw.startswith(MAGIC):
        raise _Unusable("it is no `.npy` file", None)
    stream = BytesIO(raw)
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
        elif version in ((2, 0), (3, 0)):  # 3.0 is 2.0 with names of fields in UTF-8, and fields are refused
            shape, by_columns, dtype = np.lib.format.read_array_header_2_0(stream)
        else:
            raise _Unusable(f"its format, {version[0]}.{version[1]}, is not known")
    except _damages():
        raise _Unusable("it is damaged") from None
    if any(size < 0 for size in shape):
        raise _Unusable("it is damaged")
    return dtype, shape, by_columns, stream.tell()


def _damages() -> tuple[type[Exception], ...]:
    """What a damaged file makes NumPy, and the modules that it reads with, raise: evaluated only when one does."""
    from contextlib import suppress
    from struct import error as struct_error
    from tokenize import TokenError
    from zipfile import BadZipFile
    from zlib import error as zlib_error

    # NumPy on a header and on what does not fit it: ValueError, TypeError, SyntaxError, TokenError, OverflowError,
    # MemoryError; EOFError and OSError on data that end too soon. The archive of an `.npz`: LookupError on its names,
    # RuntimeError on encrypted, and on unknown kinds of compression.
    text = (ValueError, TypeError, SyntaxError, TokenError, OverflowError, MemoryError, EOFError, OSError)
    archive = (LookupError, RuntimeError, BadZipFile, struct_error, zlib_error)
    with suppress(ImportError):  # not every Python has it, and then no archive is unpacked with it
        from lzma import LZMAError

        return (*text, *archive, LZMAError)
    return (*text, *archive)


def _elements(values: NDArray[Any]) -> NDArray[Any]:
    """The array in one of the language's element types, row by row."""
    code = values.dtype.kind
    if code == "b":
        return np.array(values.view(np.uint8) != 0, order="C")  # a byte that is neither 0 nor 1 is still one Bool
    if code in "iu":
        if code == "u" and values.size and int(values.max()) > np.iinfo(np.int64).max:
            fault = f"{int(values.max())} is above the largest Int, {np.iinfo(np.int64).max}"
            raise _Unusable(fault, "save it as float64")
        return np.array(values, np.int64, order="C")
    if code == "f":
        with np.errstate(over="ignore"):
            reals = np.array(values, np.float64, order="C")
        if values.dtype.itemsize > 8 and bool((np.isinf(reals) & ~np.isinf(values)).any()):
            raise _Unusable("it holds numbers beyond the largest Real", "save it as float64")
        return reals
    raise _Unusable(f"its elements are {values.dtype}", "save an array of Real, Int or Bool")


def _words(values: NDArray[Any]) -> Text:
    """Text as codes, in order of first appearance."""
    try:
        words = [each if isinstance(each, str) else each.decode() for each in values.ravel().tolist()]
    except ValueError:  # no Unicode
        raise _Unusable("its text is damaged") from None
    number = next((word for word in dict.fromkeys(words) if is_number(word)), None)
    if number is not None:
        raise _Unusable(f'it is text, and holds the number "{number}"', "save numbers: `a.astype(float)`")
    return coded(words, values.shape)

"""What comes from outside a program: the files of its data statements, and what replaces them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dlang.data.columns import Text, Values, coded, is_number
from dlang.data.datasets import Dataset, open_dataset, single_value, values, whole
from dlang.diagnostics import DlangError, usage
from dlang.driver.wording import Wording, said
from dlang.elaborate.program import Coded
from dlang.records import replace
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["Sources", "check_replacements", "numeric_array", "real", "shortened"]


class Sources:
    """Loads data statements. A file is read once, and only if a name is wanted of it.

    Args:
        folder: what the program's paths are relative to.
        replaced: values by name: numbers, arrays, or paths of files; columns by name, or paths, for whole tables.
        table: a file in place of the program's one table.
        wording: of what is given.
        tables: the names that stand for whole tables.
    """

    def __init__(
        self,
        folder: Path,
        replaced: Mapping[str, Any],
        table: Path | None,
        wording: Wording,
        tables: Collection[str] = (),
    ) -> None:
        self._folder = folder
        self._table = table
        self._wording = wording
        self._opened: dict[Path, Dataset] = {}
        self.replaced = {
            name: (_given_table if name in tables else _given)(said(wording.data, name), name, value)
            for name, value in replaced.items()
        }

    def __call__(self, stmt: ast.DataDecl) -> dict[str, Any]:
        """The values of a `data … from` statement, by name; of a whole table, a dict of its columns.

        Raises:
            DlangError: E05xx, all that the columns have.
        """
        found = {n.text: self.replaced[n.text] for n in stmt.names if n.text in self.replaced}
        wanted = [n for n in stmt.names if n.text not in found]
        if not wanted or stmt.path is None:
            return found
        if self._table is None:
            path, shown_as, at = self._folder / stmt.path.value, stmt.path.value, stmt.path.span
            return {**found, **self._read(stmt, wanted, path, shown_as, at)}
        with _naming(said(self._wording.table, self._table)):
            return {**found, **self._read(stmt, wanted, self._table, str(self._table), None)}

    def _read(
        self, stmt: ast.DataDecl, wanted: Sequence[ast.Name], path: Path, shown_as: str, at: Span | None
    ) -> dict[str, Any]:
        """The values of names in a file; `at` is where the program says the file's name, if it does."""
        if path not in self._opened:
            self._opened[path] = open_dataset(path, shown_as=shown_as, at=at)
        dataset = self._opened[path]
        if stmt.as_table:
            return {wanted[0].text: _columns(whole(dataset, at))}
        read = values(dataset, [(name.text, name.span) for name in wanted])
        return {name.text: _coded(each) for name, each in zip(wanted, read, strict=True)}


def check_replacements(tree: ast.Program, replaced: Collection[str], table: Path | None, wording: Wording) -> None:
    """Every replacement must name a datum, and `--data FILE` needs exactly one table.

    Raises:
        DlangError: E0709, E0715.
    """
    statements = [s for s in tree.statements if isinstance(s, ast.DataDecl)]
    names = [n.text for s in statements for n in s.names]
    faults = [
        usage.unknown_target(said(wording.data, name), name, "datum", names) for name in replaced if name not in names
    ]
    tables = {s.path.value for s in statements if s.path is not None}
    if table is not None and len(tables) != 1:
        faults.append(usage.no_single_table(said(wording.table, table), len(tables)))
    if faults:
        raise DlangError(*faults)


@contextmanager
def _naming(given: str) -> Iterator[None]:
    """Let the faults of a file say that it was not the program that named it."""
    try:
        yield
    except DlangError as error:
        note = f"the path is given by `{given}`, relative to the current folder"
        raise DlangError(*(replace(each, notes=(*each.notes, note)) for each in error.diagnostics)) from None


def _given(what: str, name: str, value: Any) -> Any:
    """A replacement as elaboration wants it: a number, a float64, int64 or bool array, or codes of text."""
    if isinstance(value, Path):
        with _naming(what):
            return _coded(single_value(open_dataset(value, shown_as=str(value)), name))
    if isinstance(value, str):
        expected = "a number, an array, or a file, which is a `pathlib.Path`"
        raise DlangError(usage.bad_option_value(what, shortened(value), expected))
    return _words(what, value) if _is_text(value) else numeric_array(what, value)


def _given_table(what: str, name: str, value: Any) -> dict[str, Any]:
    """A replacement of a whole table: what has keys and items is one, as a dict, an `.npz` or a frame of pandas."""
    if isinstance(value, Path):
        with _naming(what):
            return _columns(whole(open_dataset(value, shown_as=str(value)), None))
    if not hasattr(value, "keys") or not hasattr(value, "__getitem__"):
        raise DlangError(usage.bad_option_value(what, shortened(value), "a table: columns by name, or a file"))
    columns = {str(key): value[key] for key in value.keys()}  # noqa: SIM118  not only dicts have keys
    found = {key: numeric_array(f"{what}: {key}", each) for key, each in columns.items() if not _is_text(each)}
    if not found:
        raise DlangError(usage.bad_option_value(what, shortened(value), "a table with columns of numbers"))
    return found


def _is_text(value: Any) -> bool:
    """A list or array of Strings, along one axis; one String alone is none."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(each, str) for each in value)
    kind, rank = getattr(getattr(value, "dtype", None), "kind", ""), getattr(value, "ndim", 0)
    if rank != 1 or kind not in ("U", "T", "O"):
        return False
    return kind != "O" or (len(value) > 0 and all(isinstance(each, str) for each in value))


def _words(what: str, value: Any) -> Coded:
    words = [str(each) for each in value]
    if any(map(is_number, words)):
        raise DlangError(usage.bad_option_value(what, shortened(value), "numbers, or words that are none"))
    text = coded(words, (len(words),))
    return Coded(text.codes, text.levels)


def _columns(found: Mapping[str, Values]) -> dict[str, Any]:
    return {name: _coded(each) for name, each in found.items()}


def _coded(value: Values) -> Any:
    """Text as elaboration knows it; everything else is what it is."""
    return Coded(value.codes, value.levels) if isinstance(value, Text) else value


def shortened(value: Any) -> str:
    """A value as Python writes it, its end left out if it is long."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def numeric_array(what: str, value: Any) -> Any:
    """A Python number, list, tuple or array as a number, or a float64, int64 or bool array.

    Raises:
        DlangError: E0703, if it is nothing of the kind, an Int that 64 bits do not hold, or an array that hides some
            of its elements.
    """
    import numpy as np

    try:
        array = np.asarray(value)
    except (ValueError, OverflowError, TypeError):
        array = np.asarray(None)
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DlangError(usage.bad_option_value(what, "a masked array", "an array without missing values"))
    wanted = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.bool_}.get(array.dtype.kind)
    if wanted is None:
        beyond = array.dtype.kind == "O" and array.size and all(isinstance(each, int) for each in array.flat)
        expected = "Ints of 64 bits; give Reals" if beyond else "a number or an array of numbers"
        raise DlangError(usage.bad_option_value(what, shortened(value), expected))
    if array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise DlangError(usage.bad_option_value(what, str(array.max()), "Ints of 64 bits; give Reals"))
    with np.errstate(over="ignore"):
        reals = array.astype(wanted) if array.dtype.itemsize > 8 else array
    if reals is not array and bool((np.isinf(reals) & ~np.isinf(array)).any()):
        raise DlangError(usage.bad_option_value(what, shortened(value), "numbers below 1.8e308, the largest Real"))
    array = np.asarray(reals, dtype=wanted, order="C")  # not ascontiguousarray, which gives a scalar an axis
    return array if array.ndim else array.item()


def real(what: str, value: Any) -> Any:
    """A number or array of numbers from outside as a float or a float64 array.

    Raises:
        DlangError: E0703, if it is nothing of the kind.
    """
    number = numeric_array(what, value)
    if isinstance(number, bool) or (hasattr(number, "dtype") and number.dtype.kind == "b"):
        raise DlangError(usage.bad_option_value(what, shortened(value), "a number or an array of numbers"))
    return float(number) if isinstance(number, (int, float)) else number.astype("float64")

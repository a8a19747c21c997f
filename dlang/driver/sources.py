"""What comes from outside a program: the files of its data statements, and what replaces them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dlang.data.arrays import array_of, read_array, read_arrays
from dlang.data.columns import Text
from dlang.data.tables import Table, columns, read_table
from dlang.diagnostics import DlangError, usage
from dlang.driver.wording import Wording, said
from dlang.records import replace
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["Sources", "check_replacements", "numeric_array"]


class Sources:
    """Loads data statements. A file is read once, and only if a name is wanted of it.

    Args:
        folder: what the program's paths are relative to.
        replaced: values by name: numbers, arrays, or paths of files.
        table: a file in place of the program's one table.
        wording: of what is given.
    """

    def __init__(self, folder: Path, replaced: Mapping[str, Any], table: Path | None, wording: Wording) -> None:
        self._folder = folder
        self._table = table
        self._wording = wording
        self._tables: dict[Path, Table] = {}
        self.replaced = {name: _given(said(wording.data, name), value) for name, value in replaced.items()}

    def __call__(self, stmt: ast.DataDecl) -> dict[str, Any]:
        """The values of a `data … from` statement, by name.

        Raises:
            DlangError: E05xx, all that the columns have.
        """
        found = {n.text: self.replaced[n.text] for n in stmt.names if n.text in self.replaced}
        wanted = [n for n in stmt.names if n.text not in found]
        if not wanted or stmt.path is None:
            return found
        if self._table is not None:
            with _naming(said(self._wording.table, self._table)):
                return {**found, **self._read(wanted, self._table, str(self._table), None)}
        return {**found, **self._read(wanted, self._folder / stmt.path.value, stmt.path.value, stmt.path.span)}

    def _read(self, wanted: Sequence[ast.Name], path: Path, shown_as: str, at: Span | None) -> dict[str, Any]:
        """The values of names in a file; `at` is where the program says the file's name, if it does."""
        found = {}
        if path.suffix.lower() == ".npz":
            arrays = read_arrays(path, shown_as=shown_as, at=at)
            for name in wanted:
                found[name.text] = array_of(arrays, name.text, shown_as=shown_as, at=name.span)
            return found
        if path.suffix.lower() == ".npy" and len(wanted) == 1:
            values = read_array(path, shown_as=shown_as, at=at)
            return {wanted[0].text: values.codes if isinstance(values, Text) else values}
        if path not in self._tables:
            self._tables[path] = read_table(path, shown_as=shown_as, at=at)
        wanted_columns: list[tuple[str, Span | None]] = [(n.text, n.span) for n in wanted]
        for name, values in zip(wanted, columns(self._tables[path], wanted_columns), strict=True):
            found[name.text] = values.codes if isinstance(values, Text) else values
        return found


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


def _given(what: str, value: Any) -> Any:
    """A replacement as elaboration wants it: a number, or a float64, int64 or bool array."""
    if isinstance(value, Path):
        with _naming(what):
            read = read_array(value, shown_as=str(value))
        return read.codes if isinstance(read, Text) else read
    if isinstance(value, (bool, int, float)):
        return value
    return numeric_array(what, value)


def numeric_array(what: str, value: Any) -> Any:
    """A Python list, tuple or array as a float, or a float64, int64 or bool array.

    Raises:
        DlangError: E0703, if it is nothing of the kind.
    """
    import numpy as np

    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        array = np.asarray(None)
    wanted = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.bool_}.get(array.dtype.kind)
    if wanted is None:
        raise DlangError(usage.bad_option_value(what, repr(value)[:40], "a number or an array of numbers"))
    array = np.asarray(array, dtype=wanted, order="C")  # not ascontiguousarray, which gives a scalar an axis
    return array if array.ndim else array.item()

"""What comes from outside a program: the files of its data statements, and what replaces them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dlang.data.arrays import array_of, read_array, read_arrays
from dlang.data.columns import Text
from dlang.data.tables import Table, columns, read_table
from dlang.diagnostics import DlangError, usage
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["Sources"]


class Sources:
    """Loads data statements. A file is read once, and only if a name is wanted of it.

    Args:
        folder: what the program's paths are relative to.
        replaced: values by name: numbers, arrays, or paths of files.
        table: a file in place of the program's one table.
    """

    def __init__(self, folder: Path, replaced: Mapping[str, Any], table: Path | None) -> None:
        self._folder = folder
        self._table = table
        self._tables: dict[Path, Table] = {}
        self.replaced = {name: _given(name, value) for name, value in replaced.items()}

    def __call__(self, stmt: ast.DataDecl) -> dict[str, Any]:
        """The values of a `data … from` statement, by name.

        Raises:
            DlangError: E05xx, all that the columns have.
        """
        found = {n.text: self.replaced[n.text] for n in stmt.names if n.text in self.replaced}
        wanted = [n for n in stmt.names if n.text not in found]
        if not wanted or stmt.path is None:
            return found
        path, shown_as = self._folder / stmt.path.value, stmt.path.value
        if self._table is not None:
            path, shown_as = self._table, str(self._table)
        at = stmt.path.span
        if path.suffix.lower() == ".npz":
            arrays = read_arrays(path, shown_as=shown_as, at=at)
            for name in wanted:
                found[name.text] = array_of(arrays, name.text, shown_as=shown_as, at=name.span)
            return found
        if path.suffix.lower() == ".npy" and len(wanted) == 1:
            values = read_array(path, shown_as=shown_as, at=at)
            return {**found, wanted[0].text: values.codes if isinstance(values, Text) else values}
        if path not in self._tables:
            self._tables[path] = read_table(path, shown_as=shown_as, at=at)
        wanted_columns: list[tuple[str, Span | None]] = [(n.text, n.span) for n in wanted]
        for name, values in zip(wanted, columns(self._tables[path], wanted_columns), strict=True):
            found[name.text] = values.codes if isinstance(values, Text) else values
        return found


def check_replacements(tree: ast.Program, replaced: Collection[str], table: Path | None) -> None:
    """Every replacement must name a datum, and `--data FILE` needs exactly one table.

    Raises:
        DlangError: E0709, E0711.
    """
    statements = [s for s in tree.statements if isinstance(s, ast.DataDecl)]
    names = [n.text for s in statements for n in s.names]
    faults = [usage.unknown_target("--data", name, "datum", names) for name in replaced if name not in names]
    tables = {s.path.value for s in statements if s.path is not None}
    if table is not None and len(tables) != 1:
        count = f"{len(tables)} tables" if tables else "no table"
        faults.append(
            usage.conflicting_options(f"--data {table}", "the program", f"it reads {count}; write --data NAME=FILE")
        )
    if faults:
        raise DlangError(*faults)


def _given(name: str, value: Any) -> Any:
    """A replacement as elaboration wants it: a number, or a float64, int64 or bool array."""
    if isinstance(value, Path):
        read = read_array(value, shown_as=str(value))
        return read.codes if isinstance(read, Text) else read
    if isinstance(value, (bool, int, float)):
        return value
    return numeric_array(f"--data {name}", value)


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

"""Values by name from a file of any kind: a table of text, NumPy's `.npy` and `.npz`, JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dlang.data.columns import Faulty, Text, Values
from dlang.data.files import MAGIC, decoded, read_bytes
from dlang.data.tables import Table, columns, parse_table
from dlang.diagnostics import data as faults
from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.records import record
from dlang.source import Span

if TYPE_CHECKING:
    from dlang.data.arrays import Archive
    from dlang.data.documents import Document

__all__ = ["Dataset", "Single", "open_dataset", "single_value", "values", "whole"]


@record(eq=False)
class Single:
    """A file that is one value, and has no names: an `.npy`, or a JSON file that is a list or a number."""

    shown_as: str
    value: Values


Dataset: TypeAlias = "Table | Archive | Document | Single"


def open_dataset(path: Path, *, shown_as: str, at: Span | None = None) -> Dataset:
    """What a file holds. Its name's ending tells the kind; an `.npy` file is known by its content too.

    Args:
        path: the file.
        shown_as: its name in diagnostics, as the program or the command line wrote it.
        at: where the program asks for it; shown beside every fault.

    Raises:
        DlangError: E0501 to E0505, E0508 to E0510, E0513, E0514. What is wrong within a named value is raised when
            that is asked for, so that what nothing reads may be anything.
    """
    raw = read_bytes(path, shown_as, at)
    kind = path.suffix.lower()
    if kind in (".npy", ".npz") or raw.startswith(MAGIC):
        from dlang.data.arrays import load_array, open_archive

        if kind == ".npz" and not raw.startswith(MAGIC):
            return open_archive(raw, shown_as=shown_as, at=at)
        return Single(shown_as, load_array(raw, shown_as=shown_as, at=at))
    text = decoded(raw, path, shown_as, at)
    if kind != ".json":
        return parse_table(text, shown_as=shown_as, at=at)
    from dlang.data.documents import parse_document

    document = parse_document(text, shown_as=shown_as, at=at)
    if not document.names and not isinstance(document.content, dict):
        return Single(shown_as, document.value(None, at))
    return document


def values(dataset: Dataset, wanted: Iterable[tuple[str, Span | None]]) -> tuple[Values, ...]:
    """Several values at once, so that the faults of all are reported together.

    Args:
        dataset: an opened file.
        wanted: the names, and where the program has them.

    Raises:
        DlangError: E0506, E0507, E0510, E0514, E0515.
    """
    pairs = list(wanted)
    if isinstance(dataset, Table):
        return columns(dataset, pairs)
    if isinstance(dataset, Single):
        if len(pairs) != 1:
            raise DlangError(faults.without_names(dataset.shown_as, pairs[0][1], f"{len(pairs)} names are read"))
        return (dataset.value,)
    found: list[Values] = []
    wrong: list[Diagnostic] = []
    for name, at in pairs:
        try:
            found.append(_named(dataset, name, at))
        except DlangError as error:
            wrong.extend(error.diagnostics)
    if wrong:
        raise DlangError(*wrong)
    return tuple(found)


def whole(dataset: Dataset, at: Span | None) -> dict[str, Values]:
    """All values of numbers or Bools by name, in the order of the file; text is left out.

    Raises:
        DlangError: E0506, E0510, E0514; E0515 for a file without names; E0516 for one without numbers.
    """
    if isinstance(dataset, Single):
        raise DlangError(faults.without_names(dataset.shown_as, at, "a table is read"))
    names = [name for name in dataset.names if _is_numeric(dataset, name)]
    if not names:
        raise DlangError(faults.no_numbers(dataset.shown_as, at, dataset.names))
    return dict(zip(names, values(dataset, [(name, at) for name in names]), strict=True))


def single_value(dataset: Dataset, name: str) -> Values:
    """The value that a file gives for one name from outside: the one it has, or of several the one so called.

    Raises:
        DlangError: E0511, and those of `values`.
    """
    if isinstance(dataset, Single):
        return dataset.value
    if len(dataset.names) == 1:
        return values(dataset, [(dataset.names[0], None)])[0]
    if name not in dataset.names:
        raise DlangError(faults.not_one_column(dataset.shown_as, name, None, dataset.names))
    return values(dataset, [(name, None)])[0]


def _named(dataset: Archive | Document, name: str, at: Span | None) -> Values:
    from unicodedata import normalize

    name = normalize("NFC", name)
    if name not in dataset.names:
        from difflib import get_close_matches

        near = get_close_matches(name, dataset.names, n=1)
        fault = faults.missing_column(dataset.shown_as, name, at, dataset.names, True, near[0] if near else None)
        raise DlangError(fault)
    return dataset.value(name, at)


def _is_numeric(dataset: Table | Archive | Document, name: str) -> bool:
    if isinstance(dataset, Table):
        column = dataset.columns[dataset.names.index(name)]
        return column.has_numbers if isinstance(column, Faulty) else not isinstance(column, Text)
    return dataset.has_numbers(name)

"""Tables written so that `read_table` reads the same numbers back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dlang.diagnostics import data as faults
from dlang.diagnostics.core import DlangError, InternalError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["format_table", "write_document", "write_table", "write_text"]

Values: TypeAlias = "NDArray[np.float64] | Sequence[float] | Sequence[str]"


def write_table(path: Path, names: Sequence[str], columns: Sequence[Values]) -> None:
    """Write a CSV file with a header: all of it or, if that fails, nothing.

    Args:
        path: the file; what is there is replaced in one step.
        names: (p,) the header.
        columns: p columns of n numbers or words. A number is the shortest text that reads back to it.

    Raises:
        DlangError: E0512.
        InternalError: the columns' lengths differ.
    """
    write_document(path, format_table(names, columns))


def write_document(path: Path, text: str) -> None:
    """Write a file as `write_text` does.

    Raises:
        DlangError: E0512.
    """
    try:
        write_text(path, text)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise DlangError(faults.cannot_write(str(path), reason[:1].lower() + reason[1:])) from None


def format_table(names: Sequence[str], columns: Sequence[Values]) -> str:
    """The text of a table: comma separated, a header, a newline behind every row.

    Raises:
        InternalError: the number of names or the columns' lengths do not fit.
    """
    if len(names) != len(columns) or len({len(values) for values in columns}) > 1:
        raise InternalError(f"a table of {len(names)} names and columns of {[len(c) for c in columns]} rows")
    cells = [[_cell(value) for value in values] for values in columns]
    rows = [",".join(map(_cell, names)), *map(",".join, zip(*cells, strict=True))]
    return "\n".join(rows) + "\n"


def _cell(value: float | str) -> str:
    if not isinstance(value, str):
        return repr(float(value))
    plain = value.strip() == value and value and not any(char in value for char in '",;#\n\r\t ')
    return value if plain else '"' + value.replace('"', '""') + '"'


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees what was there or all of the text, and a failure leaves what was there.

    The permissions of a file that was there stay.

    Raises:
        OSError, ValueError: the file cannot be written.
    """
    if path.exists() and not path.is_file():
        # A terminal or a pipe cannot be replaced; a folder says so itself.
        path.write_text(text, encoding="utf-8", newline="")
        return
    target = path.resolve()  # a link goes on pointing where it points
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):  # it may never have been made
            temporary.unlink()
        if isinstance(error, OSError) and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from None  # what was asked for, not our way to it
        raise

"""How a program comes into Python: from a file or from text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlang import driver
from dlang.diagnostics import DlangError, usage
from dlang.driver import program as base
from dlang.source import Source

if TYPE_CHECKING:
    from dlang.fit import FitResult

__all__ = ["Program", "load", "loads"]


class Program(base.Program):
    """A loaded program, with everything that Python asks of it."""

    def fit(self, **options: Any) -> FitResult:
        """Fit the free parameters; the options are those of `dlang.fit.program.fit_program`.

        Raises:
            DlangError: E0407, E0408; E06xx if the program fails at its start.
        """
        from dlang.fit.program import fit_program

        return fit_program(self, **options)


def load(
    path: str | PathLike[str],
    *,
    data: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
    fix: Sequence[str] = (),
    seed: int | None = None,
    engine: str = "auto",
) -> Program:
    """The program in a `.dl` file, read and checked.

    Args:
        path: the file; paths in it are relative to its folder.
        data: values by name that replace data of the program: numbers, arrays, or `pathlib.Path`s of files.
        start: starts of parameters by name, numbers or arrays.
        fix: names of parameters to hold at their starts.
        seed: of random draws.
        engine: `auto` or `interpreter`.

    Raises:
        DlangError: the file cannot be read, or anything is wrong with the program or its data.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise DlangError(usage.cannot_read_program(str(file), (error.strerror or str(error)).lower())) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DlangError(usage.not_utf8(str(file), line, error.object[error.start])) from None
    source = Source(str(file), text)
    return driver.load(
        source,
        folder=file.parent,
        data=data,
        start=start,
        fix=fix,
        seed=seed,
        engine=_known_engine(engine),
        kind=Program,
    )


def loads(
    text: str,
    path: str = "inline.dl",
    *,
    data: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
    fix: Sequence[str] = (),
    seed: int | None = None,
    engine: str = "auto",
) -> Program:
    """The program in a text, as `load` reads it from a file; `path` names it in errors and places its data.

    >>> loads("param x = 3.0\\nminimize (x - 1)^2").value_and_grad()
    (4.0, {'x': 4.0})
    """
    source = Source(path, text)
    folder = Path(path).parent
    return driver.load(
        source, folder=folder, data=data, start=start, fix=fix, seed=seed, engine=_known_engine(engine), kind=Program
    )


def _known_engine(engine: str) -> str:
    if engine not in ("auto", "interpreter"):
        raise DlangError(usage.bad_option_value("engine", engine, "auto or interpreter", ("auto", "interpreter")))
    return engine

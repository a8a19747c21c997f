"""How a program comes into Python: from a file or from text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlang import driver
from dlang.diagnostics import DlangError, usage
from dlang.driver import program as base
from dlang.driver.wording import PYTHON
from dlang.engines import ENGINES
from dlang.source import Source

if TYPE_CHECKING:
    from dlang.fit import FitResult

__all__ = ["Program", "load", "loads"]

METHODS = ("auto", "lm", "lbfgs", "sgd", "adam")


class Program(base.Program):
    """A loaded program, with everything that Python asks of it."""

    wording = PYTHON

    def fit(
        self,
        *,
        method: str = "auto",
        steps: int | None = None,
        lr: float | None = None,
        momentum: float | None = None,
        nesterov: bool = False,
        tol: float | None = None,
        time: float | None = None,
        ci: str = "wald",
        level: float = 0.95,
        seed: int | None = None,
        start_from: str | PathLike[str] | None = None,
        observe: Callable[[int, float], None] | None = None,
    ) -> FitResult:
        """Fit the free parameters. A fit that does not converge, or fails, is a result too: see its verdict.

        Args:
            method: `auto`, `lm`, `lbfgs`, `sgd` or `adam`.
            steps: stop after so many.
            lr: the step size of sgd and adam.
            momentum: of sgd, from 0 to below 1.
            nesterov: take the momentum in Nesterov's form.
            tol: stop where |gradient| * max(|parameter|, 1) is at most this times the objective, there or at the
                start; without, at the last digit.
            time: stop after so many seconds.
            ci: how intervals are found: `wald`, from the standard errors.
            level: of the intervals, between 0 and 1.
            seed: of the fit's random draws, recorded in the result; by default that of the program.
            start_from: a saved fit, whose estimates are the start.
            observe: is told each iteration's number and the objective after it.

        Raises:
            DlangError: E0407, E0408, nothing to fit; E06xx, the program fails at its start; E0703, E08xx, options
                do not fit.
        """
        from dlang.fit.program import fit_program

        _check_fit(method=method, steps=steps, lr=lr, momentum=momentum, tol=tol, time=time, level=level)
        return fit_program(
            self,
            method=method,
            steps=steps,
            lr=lr,
            momentum=momentum,
            nesterov=nesterov,
            tol=tol,
            time=time,
            ci=ci,
            level=level,
            seed=seed,
            start_from=None if start_from is None else Path(start_from),
            observe=observe,
        )


def load(
    path: str | PathLike[str],
    *,
    data: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
    fix: str | Sequence[str] = (),
    seed: int | None = None,
    engine: str = "auto",
    tape_limit: int | None = None,
) -> Program:
    """The program in a `.dl` file, read and checked.

    Args:
        path: the file; paths in it are relative to its folder.
        data: values by name that replace data of the program: numbers, arrays, lists of words, or `pathlib.Path`s of
            files; for a whole table a dict of columns, or what else has keys and items.
        start: starts of parameters by name: numbers, arrays, and tuples and dicts of them as the param is built. A part
            of a parameter has a name too, `p.w`.
        fix: a name, or names, of parameters, or parts of them, to hold at their starts.
        seed: of random draws.
        engine: `auto`, `native` or `interpreter`.
        tape_limit: bytes that reverse mode may keep of loops; by default a quarter of the memory.

    Raises:
        DlangError: the file cannot be read, or anything is wrong with the program or its data.
    """
    file = Path(path)
    source = Source(str(file), _text(file))
    return driver.load(
        source,
        folder=file.parent,
        data=data,
        start=start,
        fix=_names(fix),
        seed=seed,
        engine=_known_engine(engine),
        tape_limit=tape_limit,
        kind=Program,
    )


def loads(
    text: str,
    path: str = "inline.dl",
    *,
    data: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
    fix: str | Sequence[str] = (),
    seed: int | None = None,
    engine: str = "auto",
    tape_limit: int | None = None,
) -> Program:
    """The program in a text, as `load` reads it from a file; `path` names it in errors and places its data.

    >>> loads("param x = 3.0\\nminimize (x - 1)^2").value_and_grad()
    (4.0, {'x': 4.0})
    """
    source = Source(path, text)
    folder = Path(path).parent
    return driver.load(
        source,
        folder=folder,
        data=data,
        start=start,
        fix=_names(fix),
        seed=seed,
        engine=_known_engine(engine),
        tape_limit=tape_limit,
        kind=Program,
    )


def _known_engine(engine: str) -> str:
    if engine not in ENGINES:
        raise DlangError(usage.bad_option_value("engine", engine, "auto, native or interpreter", ENGINES))
    return engine


def _names(fix: str | Sequence[str]) -> tuple[str, ...]:
    """One name, or several."""
    return (fix,) if isinstance(fix, str) else tuple(fix)


def _text(file: Path) -> str:
    """A program's text, without a byte order mark."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        beside = [str(each) for each in file.parent.glob("*.dl")]
        raise DlangError(usage.missing_program(str(file), beside)) from None
    except OSError as error:
        raise DlangError(usage.cannot_read_program(str(file), (error.strerror or str(error)).lower())) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DlangError(usage.not_utf8(str(file), line, error.object[error.start])) from None


def _check_fit(
    *, method: str, steps: int | None, level: float, momentum: float | None, **positive: float | None
) -> None:
    """What the command line checks where it reads its options.

    Raises:
        DlangError: E0703, for each value that its option cannot have.
    """
    faults = []
    if method not in METHODS:
        faults.append(usage.bad_option_value("method", str(method), f"one of {', '.join(METHODS)}", METHODS))
    if steps is not None and steps < 1:
        faults.append(usage.bad_option_value("steps", str(steps), "a whole number from 1"))
    if not 0 < level < 1:
        faults.append(usage.bad_option_value("level", str(level), "a number between 0 and 1"))
    if momentum is not None and not 0 <= momentum < 1:
        faults.append(usage.bad_option_value("momentum", str(momentum), "a number from 0 to below 1"))
    for name, value in positive.items():
        if value is not None and not value > 0:
            faults.append(usage.bad_option_value(name, str(value), "a number above 0"))
    if faults:
        raise DlangError(*faults)

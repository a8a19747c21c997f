"""The one border where errors end: what a verb raises becomes text or JSON, and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dlang.cli.exits import Exit

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic

__all__ = ["exit_for", "failure", "reports_errors", "told"]


def reports_errors(action: Callable[[list[str]], Exit]) -> Callable[[list[str]], int]:
    """`action` as a function that raises nothing.

    DlangError becomes diagnostics; a closed pipe or stream ends quietly; Ctrl-C and faults of our own end
    with a line and their code, never with a traceback.
    """

    def guarded(argv: list[str]) -> int:
        try:
            _open_closed_streams()
            for stream in (sys.stdout, sys.stderr):
                # A name that the terminal's encoding lacks is shown as an escape, rather than ending the program.
                if hasattr(stream, "reconfigure"):
                    stream.reconfigure(errors="backslashreplace")
            code = action(argv)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read our output has seen enough.
            _discard_output()
            return int(Exit.DONE)
        except (KeyboardInterrupt, Exception) as error:  # the border: what is no DlangError is a bug of ours
            return int(told(argv, error))
        return int(code)

    return guarded


def _open_closed_streams() -> None:
    """Open the null device for an output that was closed before we began (`>&-`): Python has None for it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  open until the end


def _discard_output() -> None:
    """Lead both outputs to the null device: Python flushes them at its end, and would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def exit_for(diagnostics: Iterable[Diagnostic]) -> Exit:
    """The exit code for errors: a fault in the program outweighs the command line, that running, that data."""
    families = {each.code[1:3] for each in diagnostics if each.severity == "error"}
    if not families:
        return Exit.DONE
    if families - {"05", "06", "07", "08", "11"}:
        return Exit.PROGRAM_AT_FAULT
    # 08: an option of `fit` that does not suit the program, a saved fit that is none; 11: a command of a session
    if families & {"07", "08", "11"}:
        return Exit.USAGE
    return Exit.NUMERIC_FAILURE if "06" in families else Exit.DATA_AT_FAULT


def told(argv: list[str], error: BaseException) -> Exit:
    """Tell what ended the command, as far as it can be told; the exit code."""
    from dlang.diagnostics.core import DlangError

    message, report = "interrupted", None
    if isinstance(error, OSError):
        # A full disk, a file that may not be written: nothing we could have known, and no bug.
        from dlang.diagnostics.usage import system_refused

        error = DlangError(system_refused(str(error.filename or ""), error.strerror or str(error)))
    if isinstance(error, DlangError):
        code = exit_for(error.diagnostics)
    elif isinstance(error, KeyboardInterrupt):
        code = Exit.INTERRUPTED
    else:
        code = Exit.INTERNAL
        message, report = f"a bug of ours: {type(error).__name__}", _write_report(argv, error)
    for as_json in (True, False) if "--json" in argv else (False,):
        try:
            if isinstance(error, DlangError):
                _show(argv, error.diagnostics, as_json)
            else:
                _show_failure(argv, message, report, as_json)
            sys.stdout.flush()
            return code
        except OSError:
            pass  # standard output fails, and perhaps it is that which is to be told: on standard error, if that works
    _discard_output()
    return code


def _show(argv: list[str], diagnostics: Sequence[Diagnostic], as_json: bool) -> None:
    if as_json:
        from dlang.cli.jsonout import write
        from dlang.diagnostics.json import to_json

        write(_subject(argv), {"errors": [to_json(each) for each in diagnostics]})
    else:
        from dlang.cli.terminal import colours, width, write_error
        from dlang.diagnostics.text import render_all

        on = colours(sys.stderr, _colour_choice(argv))
        write_error(render_all(diagnostics, colour=on, width=width(sys.stderr)))


def _show_failure(argv: list[str], message: str, report: str | None, as_json: bool) -> None:
    """A failure without a code of the catalogue: a line, and where its report lies."""
    help_ = f"the details are in {report}; please send it to us with the program" if report else None
    if as_json:
        from dlang.cli.jsonout import write

        write(_subject(argv), {"errors": [failure(message, help_)]})
    else:
        from dlang.cli.terminal import write_error

        write_error(f"difftool: {message}" + (f"\nhelp: {help_}" if help_ else ""))


def failure(message: str, help_: str | None = None) -> dict[str, Any]:
    """A failure without a code as an error in JSON."""
    places = ("file", "line", "column", "end_line", "end_column")
    record = {"severity": "error", "code": None, "message": message, **dict.fromkeys(places)}
    return {**record, "labels": [], "notes": [], "help": help_}


def _write_report(argv: list[str], error: BaseException) -> str:
    """Write what we need to find the bug to a file in the temporary folder; its path."""
    import platform
    import tempfile
    from traceback import format_exception

    from dlang.version import __version__

    # mkstemp makes the file unreadable for others: the command line may name private things.
    handle, path = tempfile.mkstemp(prefix="difftool-", suffix=".txt")
    with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123  a handle, not a path
        file.write(f"difftool {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        file.write(f"arguments: {argv!r}\n\n")
        file.writelines(format_exception(error))
    return path


def _subject(argv: list[str]) -> str:
    """What the JSON object of a failure is about: the verb, or `error` where the command line has none."""
    from dlang.cli.app import VERBS

    return argv[0] if argv and argv[0] in {verb.name for verb in VERBS} else "error"


def _colour_choice(argv: list[str]) -> str:
    """The value of `--color`, where the options could not be parsed too."""
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word.startswith("--color="):
            return word.removeprefix("--color=")
        if word == "--color":
            return following
    return "auto"

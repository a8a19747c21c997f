"""The one border where errors end: what a verb raises becomes text or JSON, and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dlang.cli.exits import Exit

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic

__all__ = ["exit_for", "reports_errors"]


def reports_errors(action: Callable[[list[str]], Exit]) -> Callable[[list[str]], int]:
    """`action` as a function that raises nothing.

    DlangError becomes diagnostics; a closed pipe ends quietly; Ctrl-C and faults of our own end
    with a line and their code, never with a traceback.
    """

    def guarded(argv: list[str]) -> int:
        try:
            for stream in (sys.stdout, sys.stderr):
                # A name that the terminal's encoding lacks is shown as an escape, rather than ending the program.
                if hasattr(stream, "reconfigure"):
                    stream.reconfigure(errors="backslashreplace")
            code = action(argv)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read our output has seen enough. Python would flush once more at exit, into the void.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return int(Exit.DONE)
        except KeyboardInterrupt:
            return int(_show_failure(argv, "interrupted", None, Exit.INTERRUPTED))
        except Exception as error:  # the border: whatever is not a DlangError is a bug of ours and becomes a report
            return int(_show(argv, error))
        return int(code)

    return guarded


def exit_for(diagnostics: Iterable[Diagnostic]) -> Exit:
    """The exit code for errors: a fault in the program outweighs the command line, that running, that data."""
    families = {each.code[1:3] for each in diagnostics if each.severity == "error"}
    if not families:
        return Exit.DONE
    if families - {"05", "06", "07", "08"}:
        return Exit.PROGRAM_AT_FAULT
    if families & {"07", "08"}:  # 08: an option of `fit` that does not suit the program, a saved fit that is none
        return Exit.USAGE
    return Exit.NUMERIC_FAILURE if "06" in families else Exit.DATA_AT_FAULT


def _show(argv: list[str], error: Exception) -> Exit:
    from dlang.diagnostics.core import DlangError

    if isinstance(error, OSError):
        # A full disk, a file that may not be written: nothing we could have known, and no bug.
        from dlang.diagnostics.usage import system_refused

        error = DlangError(system_refused(str(error.filename or ""), error.strerror or str(error)))
    if not isinstance(error, DlangError):
        return _show_failure(argv, f"a bug of ours: {type(error).__name__}", _write_report(argv, error), Exit.INTERNAL)
    if "--json" in argv:
        from dlang.cli.jsonout import write
        from dlang.diagnostics.json import to_json

        write(_verb(argv), {"errors": [to_json(each) for each in error.diagnostics]})
    else:
        from dlang.cli.terminal import colours, width, write_error
        from dlang.diagnostics.text import render_all

        on = colours(sys.stderr, _colour_choice(argv))
        write_error(render_all(error.diagnostics, colour=on, width=width(sys.stderr)))
    return exit_for(error.diagnostics)


def _show_failure(argv: list[str], message: str, report: str | None, code: Exit) -> Exit:
    """A failure without a code of the catalogue: a line, and where its report lies."""
    help_ = f"the details are in {report}; please send it to us with the program" if report else None
    if "--json" in argv:
        from dlang.cli.jsonout import write

        places = ("file", "line", "column", "end_line", "end_column")
        record = {"severity": "error", "code": None, "message": message, **dict.fromkeys(places)}
        write(_verb(argv), {"errors": [{**record, "labels": [], "notes": [], "help": help_}]})
    else:
        from dlang.cli.terminal import write_error

        write_error(f"difftool: {message}" + (f"\nhelp: {help_}" if help_ else ""))
    return code


def _write_report(argv: list[str], error: Exception) -> str:
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


def _verb(argv: list[str]) -> str:
    return argv[0] if argv and not argv[0].startswith("-") else "difftool"


def _colour_choice(argv: list[str]) -> str:
    """The value of `--color`, where the options could not be parsed too."""
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word.startswith("--color="):
            return word.removeprefix("--color=")
        if word == "--color":
            return following
    return "auto"

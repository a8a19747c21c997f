"""`difftool fmt`: programs in the canonical layout."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

from dlang.cli import common, jsonout
from dlang.cli.errors import exit_for
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.source import Source

__all__ = ["add_options", "run"]


class _Formatted(NamedTuple):
    """A program before and after. A byte order mark and `\\r` count as a difference too."""

    path: str
    name: str
    before: str
    after: str
    is_changed: bool


def add_options(parser: Parser) -> None:
    """The options of `fmt`."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a .dl program; - is standard input, and the result goes to standard output",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Format every file that can be; those that cannot are left alone and told."""
    done: list[_Formatted] = []
    found: list[Diagnostic] = []
    for path in args.files:
        try:
            each = _formatted(path)
            if each.is_changed and not (args.check or args.diff or path == "-"):
                _write(path, each.after)
        except DlangError as error:
            found += error.diagnostics
        else:
            done.append(each)
    if args.json:
        from dlang.diagnostics.json import to_json

        files = [
            {
                "file": each.name,
                "changed": each.is_changed,
                "diff": _diff(each) if args.diff else None,
                "text": each.after if each.path == "-" else None,
            }
            for each in done
        ]
        jsonout.write("fmt", {"files": files, "errors": [to_json(each) for each in found]})
    else:
        for each in done:
            _show(each, args)
        common.show_diagnostics(found, args)
    if args.check and any(each.is_changed for each in done):
        return Exit.PROGRAM_AT_FAULT
    return exit_for(found)


def _formatted(path: str) -> _Formatted:
    from dlang.syntax.format import format_program

    name, content = common.read_bytes(path)
    after = format_program(Source(name, common.decoded(name, content)))
    return _Formatted(path, name, content.decode(), after, content != after.encode())


def _write(path: str, text: str) -> None:
    """Replace a file in one step.

    Raises:
        DlangError: E0712.
    """
    from dlang.data.writing import write_text
    from dlang.diagnostics.usage import system_refused

    try:
        with Path(path).open("r+b"):
            pass  # to replace a file asks nothing of it, but one that may not be written shall stay
        write_text(Path(path), text)
    except OSError as error:
        raise DlangError(system_refused(path, (error.strerror or str(error)).lower())) from None


def _show(each: _Formatted, args: Namespace) -> None:
    if args.diff:
        from dlang.cli.terminal import colours

        sys.stdout.write(_coloured(_diff(each)) if colours(sys.stdout, args.color) else _diff(each))
    elif each.path == "-" and not args.check:
        sys.stdout.flush()
        sys.stdout.buffer.write(each.after.encode())  # a program is UTF-8, whatever the terminal's encoding is
        sys.stdout.flush()
    if args.quiet or (each.path == "-" and not args.check) or (args.diff and not args.check):
        return
    verb = "would be reformatted" if args.check else "reformatted"
    line = f"{each.name}: {verb if each.is_changed else 'unchanged'}\n"
    (sys.stderr if args.diff else sys.stdout).write(line)


def _diff(each: _Formatted) -> str:
    """The difference in the unified format; empty if there is none."""
    from difflib import unified_diff

    lines = unified_diff(_lines(each.before), _lines(each.after), each.name, f"{each.name} (formatted)")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Lines with their ends; unlike `str.splitlines` only `\\n` ends one."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def _coloured(diff: str) -> str:
    """A difference for a terminal, which control characters must not reach."""
    from dlang.diagnostics.ansi import style, visible

    styles = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
    lines = visible(diff).split("\n")
    return "\n".join(style(line, *styles.get(line[:1], ()), on=line[:1] in styles) for line in lines)

"""What the verbs share: options for a program, reading it, and warnings."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlang.cli.parser import Parser
from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.engines import ENGINES
from dlang.source import Source
from dlang.trees import root

if TYPE_CHECKING:
    from dlang.driver import Program

__all__ = [
    "WRITABLE",
    "add_output_options",
    "add_point_options",
    "add_program_options",
    "decoded",
    "load",
    "names",
    "pairs",
    "program_options",
    "read_bytes",
    "read_program",
    "show_diagnostics",
    "show_warnings",
    "speak",
    "writable",
]

WRITABLE = "a file in a folder that exists"
"""What `writable` takes."""


def add_output_options(parser: Parser) -> None:
    """`--json`, `--quiet`, `--color`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--quiet", action="store_true", help="no warnings, no progress and no picture")
    parser.add_choice("--color", ("auto", "always", "never"), "auto", "colour the output")


def add_program_options(parser: Parser) -> None:
    """FILE, and what may be changed in it: `--set`, `--fix`, `--data`, `--seed`, `--engine`, …"""
    parser.add_argument("file", metavar="FILE", help="a .dl program; - is standard input")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter's start, as the language writes it: k=2.5, x=[1,2], p.w=0; repeatable",
    )
    parser.add_argument(
        "--fix", action="append", default=[], metavar="NAME", help="hold a parameter at its start; repeatable"
    )
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="replace a datum by a file or a value, or without NAME the program's table; repeatable",
    )
    parser.add_parsed("--seed", int, "a whole number", "N", "the seed of random draws")
    parser.add_choice("--engine", ENGINES, "auto", "what runs the program")
    parser.add_parsed(
        "--tape-limit",
        _bytes,
        "a size such as 500M or 2G",
        "SIZE",
        "what reverse mode may keep of loops (default: a quarter of the memory)",
    )
    parser.add_parsed("--threads", _count, "a whole number from 1", "N", "threads of matrix products (default: 1)")


def add_point_options(parser: Parser, action: str) -> None:
    """`--fn`, the function on which the verb does its `action`, and `--at`, the point."""
    parser.add_argument("--fn", metavar="NAME", help=f"{action} this function, at the point --at")
    parser.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the point: x=3,y=[1,2]; arguments with --fn, else parameters",
    )


def load(args: Namespace, at: Mapping[str, str] | None = None) -> Program:
    """The program that the options describe, checked; its warnings are shown. `at` is a point to start from."""
    source, folder = read_program(args.file)
    options = program_options(args)
    from dlang import driver  # behind what can fail without it, so that a mistyped name is answered at once

    program: Program = driver.load(source, folder=folder, at=at, **options)
    show_warnings(program.warnings, args)
    return program


def speak(program: Program) -> None:
    """Run the file once, at its start; what it prints goes to standard error: standard output is the verb's own."""
    from dlang.cli.terminal import write_error

    program.begin(write_error)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def program_options(args: Namespace) -> dict[str, Any]:
    """The keyword arguments of `driver.load` and `driver.check` that the options give."""
    # Before NumPy is loaded. One thread, if nothing is said: beside other work, two that wait for each other stall.
    os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads or os.environ.get("OPENBLAS_NUM_THREADS", 1))
    data, table = _data(args.data)
    return {
        "data": data or None,
        "table": table,
        "start": pairs("--set", args.set) or None,
        "fix": names(args.fix),
        "seed": args.seed,
        "engine": args.engine,
        "tape_limit": args.tape_limit,
    }


def read_program(path: str) -> tuple[Source, Path]:
    """The text of a program, and the folder that its paths are relative to.

    Raises:
        DlangError: E0705 to E0707, if there is no such file, or no text in it.
    """
    name, content = read_bytes(path)
    return Source(name, decoded(name, content)), Path() if path == "-" else Path(path).parent


def read_bytes(path: str) -> tuple[str, bytes]:
    """The name to show for a program, and what its file or standard input holds.

    Raises:
        DlangError: E0705, E0706.
    """
    from dlang.diagnostics import usage

    if path == "-":
        if sys.stdin is None:
            raise DlangError(usage.cannot_read_program("<stdin>", "standard input is closed"))
        return "<stdin>", sys.stdin.buffer.read()
    file = Path(path)
    try:
        return path, file.read_bytes()
    except FileNotFoundError:
        raise DlangError(usage.missing_program(path, _programs_in(file.parent))) from None
    except IsADirectoryError:
        fault = usage.cannot_read_program(path, "it is a folder, not a file", _programs_in(file))
        raise DlangError(fault) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise DlangError(usage.cannot_read_program(path, reason)) from None


def show_warnings(warnings: Iterable[Diagnostic], args: Namespace) -> None:
    """Warnings on standard error, unless `--quiet`."""
    if not args.quiet:
        show_diagnostics(warnings, args)


def show_diagnostics(diagnostics: Iterable[Diagnostic], args: Namespace) -> None:
    """Diagnostics on standard error."""
    shown = list(diagnostics)
    if not shown:
        return
    from dlang.cli.terminal import colours, width, write_error
    from dlang.diagnostics.text import render

    on = colours(sys.stderr, args.color)
    for each in shown:
        write_error(render(each, colour=on, width=width(sys.stderr)))


def _bytes(text: str) -> int:
    """`2G`, `500M`, `64K`, or a bare number of bytes; powers of 1024."""
    scale = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}.get(text[-1:].upper())
    size = float(text) if scale is None else float(text[:-1]) * scale
    if not 1 <= size < 1e18:
        raise ValueError
    return int(size)


def writable(text: str) -> Path:
    """A path that can be written as far as one can see: told before long work, not after it."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError
    return path


def names(given: Sequence[str]) -> tuple[str, ...]:
    """Names given one by one or with commas: `["a,k", "b"]` is a, k, b."""
    return tuple(name.strip() for each in given for name in each.split(",") if name.strip())


def pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE pairs, given one by one or with commas; the values stay text, as the language writes them.

    A comma inside brackets or a string belongs to the value: `x=3,y=[1,2]` are two pairs.

    Raises:
        DlangError: E0708, for every pair that is none.
    """
    from dlang.diagnostics import usage

    found: dict[str, str] = {}
    faults = []
    for piece in (piece for each in given for piece in _split(each)):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if equals and value and root(name).isidentifier():
            found[name] = value
        else:
            faults.append(usage.malformed_pair(option, piece.strip(), "k=2.5"))
    if faults:
        raise DlangError(*faults)
    return found


def _split(text: str) -> list[str]:
    """Cut at the commas that stand outside brackets and strings."""
    pieces, depth, quoted, begin = [], 0, False, 0
    for at, char in enumerate(text):
        if char == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            pieces.append(text[begin:at])
            begin = at + 1
    return [*pieces, text[begin:]]


def _data(given: Sequence[str]) -> tuple[dict[str, Any], Path | None]:
    """`--data`: replacements by name, and the one for the program's table.

    What stands before the first `=` is a name where it can be one; `./a=b.csv` is a path.

    Raises:
        DlangError: E0711, if the table is replaced twice.
    """
    data: dict[str, Any] = {}
    table: Path | None = None
    for each in given:
        name, equals, value = each.partition("=")
        if equals and name.isidentifier():
            data[name] = _datum(name, value)
        elif table is None:
            table = Path(each)
        else:
            from dlang.diagnostics.usage import conflicting_options

            reason = "each replaces the program's one table; name a datum: --data NAME=FILE"
            raise DlangError(conflicting_options(f"--data {table}", f"--data {each}", reason))
    return data, table


def _datum(name: str, text: str) -> Any:
    from dlang.driver.literals import datum

    return datum(text, f"--data {name}")


def decoded(name: str, content: bytes) -> str:
    """UTF-8 text, without a byte order mark.

    Raises:
        DlangError: E0707.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        from dlang.diagnostics.usage import not_utf8

        line = error.object.count(b"\n", 0, error.start) + 1
        raise DlangError(not_utf8(name, line, error.object[error.start])) from None


def _programs_in(folder: Path) -> list[str]:
    """The programs in a folder, written as its path is."""
    try:
        return [str(folder / each.name) for each in folder.iterdir() if each.suffix == ".dl"]
    except OSError:
        return []

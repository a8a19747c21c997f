"""`difftool fit`: fit a program's parameters, and say whether to believe the answer."""

from __future__ import annotations

import math
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from dlang.cli import common, jsonout
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours, takes_text, width

if TYPE_CHECKING:
    from dlang.driver import Program
    from dlang.fit.result import FitResult

__all__ = ["add_fit_options", "add_options", "exit_of", "fitted", "run", "shown"]

_WIDTH = 80  # of the report where the output is no terminal

_EXITS = {
    "converged": Exit.DONE,
    "at bound": Exit.DONE,
    "not identified": Exit.NOT_RELIABLE,
    "not converged": Exit.NOT_RELIABLE,
    "failed": Exit.NUMERIC_FAILURE,
}

_PICTURE = "a file whose name ends in `.svg`, in a folder that exists"


def add_options(parser: Parser) -> None:
    """The options of `fit`."""
    common.add_program_options(parser)
    add_fit_options(parser)
    common.add_output_options(parser)


def add_fit_options(parser: Parser) -> None:
    """How to fit, and what to write: the options that a session's `:fit` takes too."""
    parser.add_choice("--method", ("auto", "lm", "lbfgs", "sgd", "adam"), "auto", "the optimizer")
    parser.add_parsed("--steps", _count, "a whole number from 1", "N", "stop after so many steps")
    parser.add_parsed("--lr", _positive, "a number above 0", "X", "the step size of sgd and adam")
    parser.add_parsed("--momentum", _fraction, "a number from 0 to below 1", "X", "the momentum of sgd")
    parser.add_argument("--nesterov", action="store_true", help="take sgd's momentum in Nesterov's form")
    parser.add_parsed(
        "--tol",
        _positive,
        "a number above 0",
        "X",
        "stop where |gradient| * max(|parameter|, 1) is at most X times the objective, there or at the start",
    )
    parser.add_parsed("--time", _seconds, "a time such as 60s, 5m or 1h", "TIME", "stop after so long, e.g. 60s")
    parser.add_parsed(
        "--level",
        _level,
        "a number between 0 and 1",
        "X",
        "the level of the intervals (default: 0.95)",
        default=0.95,
    )
    parser.add_parsed("--save", common.writable, common.WRITABLE, "FILE", "save the result as JSON")
    parser.add_argument("--from", dest="from_", type=Path, metavar="FILE", help="start where a saved fit ended")
    parser.add_parsed(
        "--out", common.writable, common.WRITABLE, "FILE", "write data, fitted values and residuals as CSV"
    )
    parser.add_parsed(
        "--plot", _picture_file, _PICTURE, "FILE.svg", "draw data, fitted curve, residuals, objective by step"
    )
    parser.add_parsed("--log", common.writable, common.WRITABLE, "FILE", "write a JSON line a step")


def run(args: Namespace) -> Exit:
    """Load, fit, show; the exit code is the verdict's."""
    program = common.load(args)
    result = fitted(program, args)
    if args.json:
        jsonout.write("fit", result.to_json())
    else:
        sys.stdout.write(shown(program, result, args))
    return exit_of(result)


def fitted(program: Program, args: Namespace) -> FitResult:
    """Fit a program as the options say, tell warnings and errors, and write the files that they name."""
    from dlang.cli.progress import observing
    from dlang.fit.program import fit_program, write_fitted

    common.speak(program)
    with observing(args.log, quiet=args.quiet) as observe:
        result = fit_program(
            program,
            method=args.method,
            steps=args.steps,
            lr=args.lr,
            momentum=args.momentum,
            nesterov=args.nesterov,
            tol=args.tol,
            time=args.time,
            level=args.level,
            start_from=args.from_,
            observe=observe,
        )
    common.show_warnings(result.warnings, args)
    if not args.json:
        common.show_diagnostics(result.errors, args)
    if args.save is not None:
        result.save(args.save)
    if args.out is not None:
        write_fitted(program, result, args.out)
    if args.plot is not None:
        from dlang.fit.pictures import write_pictures

        write_pictures(program, result, args.plot)
    return result


def shown(program: Program, result: FitResult, args: Namespace) -> str:
    """The text of a result, with a picture unless `--quiet`, and a line end behind the last line."""
    from dlang.fit.report import render

    colour, wide = colours(sys.stdout, args.color), width(sys.stdout)
    picture = "" if args.quiet else _picture(program, result, colour, wide or _WIDTH)
    return render(result, colour=colour, width=wide, picture=picture).rstrip("\n") + "\n"


def exit_of(result: FitResult) -> Exit:
    """The exit code of a result."""
    return Exit.INTERRUPTED if result.interrupted else _EXITS[result.verdict]


def _picture(program: Program, result: FitResult, colour: bool, width: int) -> str:
    """The first term's data and fitted values, with the residuals under them; empty where there is no room for it."""
    from dlang.fit.pictures import first_picture
    from dlang.plots.canvas import ASCII, BRAILLE
    from dlang.plots.terminal import LEAST_WIDTH, draw

    found = first_picture(program, result) if width >= LEAST_WIDTH else None
    if found is None:
        return ""
    charset = BRAILLE if takes_text(sys.stdout, BRAILLE.text) else ASCII
    return draw(found.figure, found.residuals, width=width, charset=charset, colour=colour)


def _picture_file(text: str) -> Path:
    path = common.writable(text)
    if path.suffix.lower() != ".svg":
        raise ValueError
    return path


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError
    return value


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise ValueError
    return value


def _level(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    """`60s`, `5m`, `1h`, or a bare number of seconds."""
    scale = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:])
    return _positive(text) if scale is None else _positive(text[:-1]) * scale

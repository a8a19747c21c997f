"""`difftool run`: what a program prints, then its objective and its reports."""

from __future__ import annotations

import math
import sys
from argparse import Namespace

from dlang.cli import common, jsonout, views
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `run`."""
    common.add_program_options(parser)
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Load, run, show; NUMERIC_FAILURE where the objective is not finite."""
    program = common.load(args)
    result = program.run(emit=_silent if args.json else _print)
    common.show_warnings(result.warnings, args)
    if args.json:
        jsonout.write("run", {"printed": result.printed, "objective": result.objective, "reports": result.reports})
    else:
        text = views.run_view(result.objective, result.reports, colour=colours(sys.stdout, args.color))
        sys.stdout.write(text + "\n" if text else "")
    finite = result.objective is None or math.isfinite(result.objective)
    return Exit.DONE if finite else Exit.NUMERIC_FAILURE


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


def _silent(line: str) -> None:
    """What a run printed is in its result."""

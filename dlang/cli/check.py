"""`difftool check`: every static error and warning of a program, and on request its gradients."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlang.cli import common, jsonout, views
from dlang.cli.errors import exit_for
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours, width, write_error
from dlang.diagnostics.core import DlangError

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `check`."""
    common.add_program_options(parser)
    parser.add_argument(
        "--grad", action="store_true", help="verify every gradient at the start point by numerical derivatives"
    )
    parser.add_argument("--strict", action="store_true", help="let warnings fail")
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Check, show, and give the exit code of what was found."""
    source, folder = common.read_program(args.file)
    options = common.program_options(args)
    from dlang import driver  # behind what can fail without it, so that a mistyped name is answered at once

    found, program = driver.check(source, folder=folder, **options)
    if program is not None:
        from dlang.lint.lint import lint

        found = [*found, *lint(program)]
    code = exit_for(found)
    if code is Exit.DONE and args.strict and found:
        code = Exit.PROGRAM_AT_FAULT
    check = None
    if args.grad and code is Exit.DONE:
        try:
            check = driver.load(source, folder=folder, **options).check_gradient()
        except DlangError as error:
            found = [*found, *error.diagnostics]
            code = exit_for(found)
        else:
            found = [*found, *check.warnings]
            code = Exit.DONE if check.passed else Exit.NOT_RELIABLE
    if args.json:
        from dlang.diagnostics.json import to_json

        record: dict[str, Any] = {"errors": [to_json(each) for each in found]}
        if check is not None:
            record["check"] = {"max_relative_error": check.max_relative_error, "passed": check.passed}
        jsonout.write("check", record)
        return code
    _show_findings(found, args)
    colour = colours(sys.stdout, args.color)
    if check is not None:
        rows = [
            [row.name, *map(views.shown, (row.exact, row.numerical)), views.number(row.relative_error, 2)]
            for row in check.rows
        ]
        header = ["name", "gradient", "numerical", "relative error"]
        sys.stdout.write(views.table(header, rows, colour=colour) + "\n\n")
        verdict = "agree with" if check.passed else "do NOT agree with"
        sys.stdout.write(f"{source.name}: the gradients {verdict} numerical derivatives\n")
    elif code is Exit.DONE:
        sys.stdout.write(f"{source.name}: no errors\n")
    return code


def _show_findings(found: Sequence[Diagnostic], args: Namespace) -> None:
    """The diagnostics on standard error; `--quiet` leaves out warnings, unless they fail the check."""
    from dlang.diagnostics.text import render_all

    shown = [each for each in found if each.severity == "error" or args.strict or not args.quiet]
    if shown:
        on = colours(sys.stderr, args.color)
        write_error(render_all(shown, colour=on, width=width(sys.stderr)))

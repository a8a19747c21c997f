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
from dlang.diagnostics.ansi import visible
from dlang.diagnostics.core import DlangError

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic
    from dlang.driver.results import CheckResult

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
            from dlang.cli.checked import record_of

            record["check"] = record_of(check)
        jsonout.write("check", record)
        return code
    _show_findings(found, args, failed=check is not None and not check.passed)
    colour = colours(sys.stdout, args.color)
    if check is not None:
        from dlang.cli.checked import verdict

        sys.stdout.write(_table(check, colour))
        sys.stdout.write(f"{source.name}: {verdict(check)}\n")
    elif code is Exit.DONE:
        sys.stdout.write(f"{source.name}: no errors\n")
    return code


def _table(check: CheckResult, colour: bool) -> str:
    """A row a parameter, and below them what is to be said of some."""
    from dlang.cli.checked import checks_of

    checks = checks_of(check)
    compared = views.check_header(checks.values())
    rows = [
        [visible(row.name), views.shown(row.exact), *views.check_cells(checks[row.name], compared)]
        for row in check.rows
    ]
    parts = [views.table(["name", "gradient", *compared], rows, colour=colour), "\n".join(views.check_notes(checks))]
    return "".join(f"{part}\n\n" for part in parts if part)


def _show_findings(found: Sequence[Diagnostic], args: Namespace, *, failed: bool) -> None:
    """The diagnostics on standard error; `--quiet` leaves out warnings, unless they fail the check."""
    from dlang.diagnostics.text import render_all

    shown = [each for each in found if each.severity == "error" or args.strict or failed or not args.quiet]
    if shown:
        on = colours(sys.stderr, args.color)
        write_error(render_all(shown, colour=on, width=width(sys.stderr)))

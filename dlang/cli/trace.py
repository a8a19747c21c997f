"""`difftool trace`: the source with values and sensitivities beside it, and where what is not finite was born."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlang.cli import common, jsonout
from dlang.cli.errors import exit_for
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours, takes_text, width

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic
    from dlang.driver.results import NotFinite
    from dlang.trace.trace import Trace

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `trace`."""
    common.add_program_options(parser)
    parser.add_argument(
        "--at", action="append", default=[], metavar="NAME=VALUE", help="the point: a=1,k=0.3 (default: the start)"
    )
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Load, run under watch, show; of a run that failed, what it had come to, and its exit code."""
    from dlang.trace.trace import trace

    program = common.load(args, common.pairs("--at", args.at))
    found = trace(program)
    faults = list(found.faults)
    if args.json:
        jsonout.write("trace", _record(found, faults))
    else:
        from dlang.briefly import UNICODE
        from dlang.trace.view import render

        text = render(
            found,
            colour=colours(sys.stdout, args.color),
            width=width(sys.stdout) or 100,
            ascii_only=not takes_text(sys.stdout, UNICODE),
        )
        sys.stdout.write(text)
        errors = [each for each in faults if each.severity == "error"]
        common.show_diagnostics(errors, args)
        common.show_warnings([each for each in faults if each.severity != "error"], args)
    return exit_for(faults)


def _record(found: Trace, faults: Sequence[Diagnostic]) -> dict[str, Any]:
    from dlang.diagnostics.json import to_json

    record: dict[str, Any] = {
        "lines": [
            {
                "line": line.number,
                "text": line.text,
                "value": line.value,
                "gradient": line.gradient,
                "share": line.share,
            }
            for line in found.lines
        ],
        "birth": None if found.not_finite is None else _birth(found.not_finite),
    }
    errors = [to_json(each) for each in faults if each.severity == "error"]
    return {**record, "errors": errors} if errors else record


def _birth(found: NotFinite) -> dict[str, Any] | None:
    birth = found.birth
    if birth is None:
        return None
    return {
        "line": birth.span.line if birth.span is not None else None,
        "column": birth.span.column if birth.span is not None else None,
        "what": found.what,
        "operation": birth.primitive,
        "operands": [{"name": name or None, "value": value} for name, value in birth.operands],
        "iteration": birth.iterations[-1] if birth.iterations else None,
        "row": found.row,
    }

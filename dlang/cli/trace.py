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
    from dlang.diagnostics.births import Fed
    from dlang.diagnostics.core import Diagnostic
    from dlang.driver.results import NotFinite
    from dlang.source import Source
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
        "birth": None if found.not_finite is None else _birth(found.not_finite, found.source),
    }
    errors = [to_json(each) for each in faults if each.severity == "error"]
    return {**record, "errors": errors} if errors else record


def _birth(found: NotFinite, source: Source) -> dict[str, Any] | None:
    from dlang.diagnostics.births import visible_passes

    birth = found.birth
    if birth is None:
        return None
    span = found.seen_in(source)
    return {
        "line": span.line if span is not None else None,
        "column": span.column if span is not None else None,
        "what": found.what,
        "of": found.of,
        "operation": birth.primitive,
        "operands": [_operand(each) for each in birth.operands],
        "iteration": next((each.number for each in reversed(visible_passes(birth))), None),
        "element": list(birth.place) or None,
        "row": birth.row,
        "calls": [{"file": each.source.name, "line": each.line, "column": each.column} for each in birth.calls],
    }


def _operand(fed: Fed) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": fed.name or None, "value": fed.value}
    return {**shown, "shape": list(fed.shape), "largest": fed.largest} if fed.shape else shown

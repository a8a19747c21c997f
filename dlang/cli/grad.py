"""`difftool grad`: the objective's value and gradient, or those of a function at a point."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlang.cli import common, jsonout, views
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `grad`."""
    common.add_program_options(parser)
    parser.add_argument(
        "--wrt", action="append", default=[], metavar="NAMES", help="only these, e.g. a,k (default: all)"
    )
    common.add_point_options(parser, "differentiate")
    parser.add_choice("--mode", ("auto", "reverse", "forward"), "auto", "how derivatives are propagated")
    parser.add_argument("--hessian", action="store_true", help="the second derivatives too")
    parser.add_argument("--check", action="store_true", help="compare with independent numerical derivatives")
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Load, differentiate, show; NUMERIC_FAILURE for a NaN, NOT_RELIABLE for a failed check."""
    at = common.pairs("--at", args.at)
    wrt = common.names(args.wrt) or None
    if args.fn is None:
        program = common.load(args, at)  # a point for the objective is another start of its parameters
        common.speak(program)
        result = program.differentiate(mode=args.mode, wrt=wrt)
        hessian = program.hessian(wrt=wrt) if args.hessian else None
        doubts = program.hessian_warnings(hessian[1], wrt=wrt) if hessian is not None else []
        check = program.check_gradient(wrt=wrt) if args.check else None
        point = {parameter.name: parameter.start for parameter in program.parameters}
    else:
        program = common.load(args)
        result = program.function_gradient(
            args.fn, at=at, wrt=wrt, mode=args.mode, hessian=args.hessian, check=args.check
        )
        from dlang.driver.literals import literal_value

        hessian, check, doubts = result.hessian, result.check, []
        point = {name: literal_value(text, "--at") for name, text in at.items()}
    found = [each for each in check.warnings if each not in result.warnings] if check is not None else []
    common.show_warnings([*result.warnings, *doubts], args)
    (common.show_warnings if check is None or check.passed else common.show_diagnostics)(found, args)
    if args.json:
        jsonout.write("grad", _record(result, hessian, check, [*result.warnings, *found]))
    else:
        sys.stdout.write(_text(result, point, hessian, check, colours(sys.stdout, args.color)))
    if _has_nan(result.value) or any(map(_has_nan, result.gradient.values())):
        return Exit.NUMERIC_FAILURE
    return Exit.NOT_RELIABLE if check is not None and not check.passed else Exit.DONE


def _record(result: Any, hessian: Any, check: Any, warnings: Sequence[Diagnostic]) -> dict[str, Any]:
    record: dict[str, Any] = {
        "value": result.value,
        "gradient": result.gradient,
        "mode": result.mode,
        "engine": result.engine,
    }
    if hessian is not None:
        names, matrix = hessian
        record["hessian"] = {"names": names, "matrix": matrix}
    if check is not None:
        from dlang.cli.checked import record_of

        record["check"] = record_of(check)
    from dlang.diagnostics.json import to_json

    return {**record, "warnings": [to_json(each) for each in warnings]}


def _text(result: Any, point: dict[str, Any], hessian: Any, check: Any, colour: bool) -> str:
    from dlang.cli.checked import checks_of, verdict

    checks = None if check is None else checks_of(check)
    parts = [views.gradient_view(result.value, result.gradient, point, checks, colour=colour)]
    if hessian is not None:
        names, matrix = hessian
        parts.append(views.matrix_view(names, matrix, colour=colour))
    if checks is not None:
        notes = views.check_notes(checks)
        parts += ["\n".join(notes)] if notes else []
        parts += [] if check.passed else [f"the check failed: {verdict(check)}"]
    return "\n\n".join(parts) + "\n"


def _has_nan(value: Any) -> bool:
    """Whether a NaN is anywhere in a number, an array, or a tuple or record of them."""
    if value is None:
        return False
    if isinstance(value, dict):
        return any(map(_has_nan, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_nan, value))
    if getattr(value, "shape", ()):
        return bool((value != value).any())
    return bool(value != value)

"""`difftool graph`: the computation graph of a program or function, in a form to look at or to pass on."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dlang.briefly import UNICODE
from dlang.cli import common, jsonout
from dlang.cli.errors import exit_for
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours, takes_text, width
from dlang.diagnostics import Diagnostic, DlangError, usage
from dlang.graph.look import Look
from dlang.graph.table import FORMATS, Format, by_suffix

if TYPE_CHECKING:
    from dlang.graph.model import Picture

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `graph`."""
    common.add_program_options(parser)
    names = [form.name for form in FORMATS]
    parser.add_parsed(
        "--format",
        {form.name: form for form in FORMATS}.__getitem__,
        "one of " + ", ".join(f"`{name}`" for name in names),
        "|".join(names),
        "the form of the picture (default: what the ending of --out says, else tree)",
        choices=names,
    )
    common.add_point_options(parser, "draw")
    parser.add_argument("--grad", action="store_true", help="the backward graph too")
    parser.add_argument(
        "--static", action="store_true", help="do not run it: loops, branches and functions as they are written"
    )
    parser.add_parsed("--out", common.writable, common.WRITABLE, "FILE", "write to this file")
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Load, draw, show or write; of a run that failed, what it had come to, and its exit code."""
    from dlang.graph.draw import draw

    _refuse_conflicts(args)
    form = args.format or (by_suffix(args.out.suffix) if args.out is not None else None)
    if form is None:
        form = _default_form(args.out)
    at = common.pairs("--at", args.at)
    program = common.load(args, at if args.fn is None else None)
    title = Path(program.elaborated.span.source.name).name
    drawing = draw(program, title, function=args.fn, at=at, static=args.static, grad=args.grad)
    faults = [each for each in drawing.faults if each.severity == "error"]
    _show(args, form, drawing.picture, faults)
    if not args.json:
        common.show_diagnostics(faults, args)
    common.show_warnings([each for each in drawing.faults if each.severity != "error"], args)
    return exit_for(faults)


def _show(args: Namespace, form: Format, picture: Picture, faults: Sequence[Diagnostic]) -> None:
    if args.out is not None:
        from dlang.data.writing import write_document

        write_document(args.out, form.render(picture, Look()))
    if args.json:
        from dlang.diagnostics.json import to_json
        from dlang.graph.json import as_data

        errors = [to_json(each) for each in faults]
        jsonout.write("graph", {**as_data(picture), **({"errors": errors} if errors else {})})
    elif args.out is None:
        look = Look(colours(sys.stdout, args.color), width(sys.stdout), not takes_text(sys.stdout, UNICODE))
        sys.stdout.write(form.render(picture, look))


def _default_form(out: Path | None) -> Format:
    """The tree for a terminal; a file must say by its ending what it is to hold."""
    if out is None:
        return FORMATS[0]
    known = [suffix for form in FORMATS for suffix in form.suffixes]
    raise DlangError(
        usage.bad_option_value("--out", str(out), f"a file that ends in {', '.join(known)}, or `--format`")
    )


def _refuse_conflicts(args: Namespace) -> None:
    if args.static and args.grad:
        raise DlangError(usage.conflicting_options("--static", "--grad", "gradients are those of a run"))

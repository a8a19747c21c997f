"""`difftool explain`: the page of a code, of a built-in, or of a module of the library; or the list of codes."""

from __future__ import annotations

import sys
from argparse import Namespace

from dlang.cli import common, jsonout
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours, width
from dlang.cli.views import markdown_view
from dlang.diagnostics import pages
from dlang.diagnostics.ansi import style
from dlang.diagnostics.catalogue import FAMILIES
from dlang.diagnostics.core import DlangError
from dlang.diagnostics.usage import unknown_code

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `explain`."""
    parser.add_argument(
        "code",
        nargs="?",
        metavar="CODE",
        help="a code (E0201), a built-in (softmax), a part of the library (stats, stats.kde); without it, all codes",
    )
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Show a page, or every code with its title."""
    colour = colours(sys.stdout, args.color)
    if args.code is None:
        _list(args, colour)
        return Exit.DONE
    code = args.code.upper()
    if code in pages.codes():
        page = pages.page(code)
        record = {"code": code, "title": pages.title(code), "page": page}
    else:
        page = _reference(args.code)
        record = {"code": None, "title": args.code, "page": page}
    if args.json:
        jsonout.write("explain", record)
    else:
        sys.stdout.write(markdown_view(page, colour=colour, width=min(width() or 100, 100)) + "\n")
    return Exit.DONE


def _reference(name: str) -> str:
    """The page of a module of the standard library, of one of its functions, or of a built-in.

    Raises:
        DlangError: E0710, there is neither that nor a code of this name.
    """
    from dlang.driver import library, reference

    for known in (library.reference, reference.page):
        try:
            return known(name)
        except KeyError:
            continue
    word = name.upper() if name[1:].isdigit() else name
    raise DlangError(unknown_code(word, (*pages.codes(), *library.names(), *reference.names())))


def _list(args: Namespace, colour: bool) -> None:
    codes = pages.codes()
    if args.json:
        jsonout.write("explain", {"codes": [{"code": code, "title": pages.title(code)} for code in codes]})
        return
    for family in FAMILIES:
        rows = [f"  {code}  {pages.title(code)}\n" for code in codes if code[1:3] == family.digits]
        if rows:
            sys.stdout.write(style(family.subject, "bold", on=colour) + "\n" + "".join(rows) + "\n")
    sys.stdout.write("`difftool explain CODE` shows a page.\n")

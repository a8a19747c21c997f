"""`difftool ir`: the stages between a program's text and what runs."""

from __future__ import annotations

import sys
from argparse import Namespace

from dlang.cli import common, jsonout
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `ir`."""
    common.add_program_options(parser)
    what = "the syntax tree, the typed representation, that of the gradient, or the gradient's machine code before LLVM"
    parser.add_choice("--stage", ("ast", "ir", "adjoint", "llvm"), "ir", what)
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Load as far as the stage needs, show."""
    if args.stage == "ast":
        source, _ = common.read_program(args.file)
        from dlang.syntax.dump import dump
        from dlang.syntax.parse import parse

        text = dump(parse(source))
    else:
        program = common.load(args)
        from dlang.driver import stages

        show = {"ir": stages.ir_text, "adjoint": stages.adjoint_text, "llvm": stages.llvm_text}
        text = show[args.stage](program)
    if args.json:
        jsonout.write("ir", {"stage": args.stage, "text": text})
    else:
        sys.stdout.write(text.rstrip("\n") + "\n")
    return Exit.DONE

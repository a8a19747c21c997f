"""`difftool cache`: the compiled objects that are kept between runs."""

from __future__ import annotations

import sys
from argparse import Namespace

from dlang import cache
from dlang.cli import common, jsonout
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.native.machine import KEPT

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `cache`."""
    parser.add_argument("--clear", action="store_true", help="delete what is kept")
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Show, or delete, what is kept."""
    kept = cache.entries(KEPT)
    size = sum(each for _, each in kept)
    removed = cache.remove([path for path, _ in kept]) if args.clear else 0
    record = {"folder": cache.folder(KEPT), "objects": len(kept), "bytes": size, "removed": removed}
    if args.json:
        jsonout.write("cache", record)
    elif record["folder"] is None:
        sys.stdout.write("no folder of yours to keep compiled objects in\n")
    else:
        what = f"{len(kept)} compiled object{'s' * (len(kept) != 1)}, {size / 1e6:.1f} MB"
        sys.stdout.write(f"deleted {what}\n" if args.clear else f"{record['folder']}: {what}\n")
    return Exit.DONE

"""The command: which verbs there are, and the way to each. A verb's module is imported when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from dlang.cli.errors import reports_errors
from dlang.cli.exits import Exit

__all__ = ["VERBS", "Verb", "main"]


class Verb(NamedTuple):
    """A verb: the name of it and of its module in this package, what follows it, and what it does.

    `example` is a command that runs in a clone of the project; the verb's help begins with it. The
    module has `add_options(parser)` and `run(args)`.
    """

    name: str
    argument: str
    summary: str
    example: str


VERBS: tuple[Verb, ...] = (
    Verb("run", "FILE", "run the program: its output, objective and reports",
         "difftool run examples/decay.dl"),
    Verb("grad", "FILE", "the objective's value and its gradient in every parameter",
         "difftool grad examples/decay.dl --check"),
    Verb("fit", "FILE", "fit the parameters: estimates, errors, and a verdict",
         "difftool fit examples/decay.dl"),
    Verb("check", "FILE", "find every error without running; verify gradients",
         "difftool check examples/decay.dl"),
    Verb("graph", "FILE", "draw what the program computes, with values and gradients",
         "difftool graph examples/decay.dl"),
    Verb("trace", "FILE", "what happened, line by line, and what the objective hangs on",
         "difftool trace examples/decay.dl"),
    Verb("ir", "FILE", "show the program's intermediate representation",
         "difftool ir examples/decay.dl --stage ir"),
    Verb("repl", "[FILE]", "an interactive session, or lines from a pipe",
         "difftool repl examples/decay.dl"),
    Verb("fmt", "FILE...", "the canonical layout of programs",
         "difftool fmt examples/decay.dl --check"),
    Verb("explain", "[CODE]", "what an error code, a built-in or a module is",
         "difftool explain E0201"),
    Verb("cache", "", "the compiled objects that are kept between runs",
         "difftool cache --json"),
    Verb("completion", "SHELL", "a script that completes commands in bash, zsh or fish",
         "difftool completion bash"),
)  # fmt: skip

_GREETING = """\
difftool {version}: fit models to data, with exact derivatives

  difftool fit decay.dl            fit the parameters, with standard errors
  difftool grad decay.dl --check   the gradient, compared with differences
  difftool graph decay.dl          what is computed from what
  difftool repl                    try the language, line by line

`difftool --help` lists all verbs.
"""

_HELP = """\
Example: difftool fit examples/decay.dl

Verbs:
{verbs}

FILE is a .dl program (- is standard input). `difftool help VERB` shows a verb's
options; each has --json, for one JSON object. `difftool --version` shows ours.

Exit codes: 0 done, 1 program at fault, 2 command line at fault, 3 numeric
failure, 4 finished but not to be relied on, 5 data file at fault, 70 a bug of
ours, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line without its first word (None: the process's own); the exit code."""
    return _dispatch(list(sys.argv[1:] if argv is None else argv))


@reports_errors
def _dispatch(argv: list[str]) -> Exit:
    while argv[:1] == ["help"]:  # `help fit` is `fit --help`, `help` is `--help`
        argv = [*argv[1:2], "--help"]
    first = argv[0] if argv else ""
    for verb in VERBS:
        if verb.name == first:
            return _call(verb, argv[1:])
    if first in ("", "--version"):
        from dlang.version import __version__

        sys.stdout.write(f"difftool {__version__}\n" if first else _GREETING.format(version=__version__))
        return Exit.DONE
    if first in ("-h", "--help"):
        rows = [f"  {f'{verb.name} {verb.argument}':<17} {verb.summary}" for verb in VERBS]
        sys.stdout.write(_HELP.format(verbs="\n".join(rows)))
        return Exit.DONE
    return _complain(first)


def _call(verb: Verb, argv: list[str]) -> Exit:
    """Parse the verb's own options, then run it."""
    from dlang.cli.parser import parser_of

    module, parser = parser_of(verb)
    if "-h" in argv or "--help" in argv:
        sys.stdout.write(parser.format_help())
        return Exit.DONE
    return Exit(module.run(parser.parse(argv)))


def _complain(first: str) -> Exit:
    from dlang.diagnostics.core import DlangError
    from dlang.diagnostics.usage import unknown_option, unknown_verb

    if not first.startswith("-") or first == "-":
        raise DlangError(unknown_verb(first, [*(verb.name for verb in VERBS), "help"]))
    from dlang.cli.parser import verbs_with

    option = first.partition("=")[0]
    raise DlangError(unknown_option(option, "", ["--help", "--version"], verbs_with(option)))

"""`difftool repl`: a session with prompts on a terminal, and without them from a pipe."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from dlang.cli import common, jsonout
from dlang.cli.errors import exit_for, failure, told
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser
from dlang.cli.terminal import colours, takes_escapes, takes_text, width
from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.diagnostics.usage import unknown_option
from dlang.records import replace

if TYPE_CHECKING:
    from dlang.driver.session import Session
    from dlang.fit.result import FitResult
    from dlang.repl.output import Output
    from dlang.repl.shell import Shell

__all__ = ["add_options", "run"]


def add_options(parser: Parser) -> None:
    """The options of `repl`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .dl program to begin with")
    parser.add_parsed("--seed", int, "a whole number", "N", "the seed of random draws")
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Load the file, then answer line by line; from a pipe, the exit code is that of the first error."""
    is_typed = sys.stdin is not None and sys.stdin.isatty()
    if is_typed and takes_escapes(sys.stdout) and not args.json:
        from dlang.repl.terminal import begin

        colour = colours(sys.stdout, args.color)
        begin(_shell(args, "<repl>", patient=True), args.file, colour=colour, quiet=args.quiet)
        return Exit.DONE
    shell = _shell(args, "<stdin>", patient=is_typed)
    interrupted = False
    try:
        if args.file is not None:
            shell.open(args.file)
        _answer(shell, is_typed)
    except KeyboardInterrupt:
        if not args.json:
            raise
        interrupted = True
    if args.json:
        from dlang.repl.output import Record

        assert isinstance(shell.output, Record)
        entries = shell.output.entries
        errors: list[Any] = [error for each in entries for error in each["errors"]]
        errors += [failure("interrupted")] if interrupted else []
        jsonout.write("repl", {"entries": entries, "errors": errors})
    return Exit.INTERRUPTED if interrupted else Exit(shell.code)


def _shell(args: Namespace, name: str, *, patient: bool) -> Shell:
    from dlang.driver.session import Session
    from dlang.repl.output import Record, Screen
    from dlang.repl.shell import Front, Shell

    def gradient(value: Any, slopes: Any, at: Any) -> str:
        from dlang.cli.views import gradient_view

        return gradient_view(value, slopes, at, colour=colour)

    def tree(picture: Any) -> str:
        from dlang.briefly import UNICODE
        from dlang.graph.look import Look
        from dlang.graph.tree import render as drawn

        return drawn(picture, Look(colour, width(sys.stdout), not takes_text(sys.stdout, UNICODE)))

    def page(text: str) -> str:
        from dlang.cli.views import markdown_view

        return markdown_view(text, colour=colour, width=min(width() or 100, 100))

    def render(diagnostics: Sequence[Any]) -> str:
        from dlang.diagnostics.text import render_all

        return render_all(diagnostics, colour=colours(sys.stderr, args.color), width=width(sys.stderr))

    colour = colours(sys.stdout, args.color)
    output: Output = Record() if args.json else Screen(colour, lambda: width(sys.stdout), render, args.quiet)
    front = Front(
        exit_for=exit_for,
        read=common.read_program,
        fit=lambda session, words, out: _fit(session, words, out, args),
        gradient=gradient,
        tree=tree,
        page=page,
        bug=lambda error: int(told(sys.argv[1:], error)),
    )
    return Shell(Session(seed=_seed(args.seed)), output, front, name, patient)


def _seed(seed: int | None) -> int | None:
    from dlang.driver.load import checked_seed
    from dlang.driver.wording import COMMAND_LINE

    return checked_seed(seed, COMMAND_LINE)


def _answer(shell: Shell, is_typed: bool) -> None:
    """Answer all entries of standard input; to who types them it is not closed by Ctrl-C."""
    from dlang.diagnostics.usage import cannot_read_program
    from dlang.repl.reading import entries

    if sys.stdin is None:
        raise DlangError(cannot_read_program("<stdin>", "standard input is closed"))
    # no generator in between, which an interruption would end
    lines = enumerate(iter(sys.stdin.buffer.readline, b""), start=1)
    reading = entries(lines, "<stdin>", ahead=not is_typed)
    while not shell.is_over:
        try:
            entry = next(reading, None)
            if entry is None:
                return
            shell.enter(entry)
            sys.stdout.flush()
        except KeyboardInterrupt:
            if not is_typed:
                raise
            reading = entries(lines, "<stdin>", ahead=False)  # what was typed of a statement is forgotten
            sys.stdout.write("interrupted\n")
            sys.stdout.flush()


class _FitParser(Parser):
    """The options of `:fit`, which takes nothing else."""

    def __init__(self) -> None:
        from dlang.cli import fit

        super().__init__("fit", "", "fit the session's parameters", ":fit --fix a --steps 100")
        self.prog, self.usage = ":fit", ":fit [options]"
        self.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a start, for this fit")
        self.add_argument("--fix", action="append", default=[], metavar="NAME", help="hold a parameter, for this fit")
        self.add_argument("--quiet", action="store_true", help="no warnings, no progress and no picture")
        fit.add_fit_options(self)

    def parse(self, argv: Sequence[str]) -> Namespace:
        """As that of a verb, but nothing refers to the command line."""
        self.refuse_unknown(argv, self._unknown)
        args, rest = self.parse_known_args(argv)
        if rest:
            self.error(f"`:fit` takes options only; unexpected argument `{rest[0]}`")
        return args

    def error(self, message: str) -> NoReturn:
        """Raise E0704, whose help is the session's."""
        try:
            super().error(message)
        except DlangError as error:
            raise DlangError(*(replace(each, help=_FIT_HELP) for each in error.diagnostics)) from None

    def _unknown(self, option: str) -> Diagnostic:
        """E0702; an option of the verb that depends on the program's file, or on the command line, is none here."""
        told = unknown_option(option, "fit", self._option_string_actions)
        mend = told.help if told.help and "did you mean" in told.help else _FIT_HELP
        return replace(told, title=f"`:fit` has no option `{option}`", help=mend)


_FIT_HELP = "`:fit --help` lists the options"


def _fit(session: Session, words: Sequence[str], output: Output, args: Namespace) -> tuple[FitResult | None, int]:
    """`:fit`, with the options of `difftool fit`."""
    from dlang.cli import fit

    parser = _FitParser()
    if "-h" in words or "--help" in words:
        output.text(parser.format_help().rstrip("\n"))
        return None, 0
    given = parser.parse(words)
    given.json, given.quiet, given.color = args.json, args.quiet or given.quiet, args.color
    program = session.program(fix=common.names(given.fix), starts=common.pairs("--set", given.set))
    output.diagnostics([] if given.quiet else program.warnings)
    result = fit.fitted(program, given)
    text = fit.shown(program, result, given).rstrip("\n")
    output.text(text, fit=result.to_json() if args.json else None)
    return result, int(fit.exit_of(result))

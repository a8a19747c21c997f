"""Options: argparse, with our diagnostics for what it rejects and help that begins with an example."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

__all__ = ["Parser"]

T = TypeVar("T")


class Parser(argparse.ArgumentParser):
    """The options of one verb. A fault raises DlangError with every E07xx that was found."""

    def __init__(self, verb: str, argument: str, summary: str, example: str) -> None:
        super().__init__(
            prog=f"difftool {verb}",
            usage=f"difftool {verb} {argument} [options]",
            description=summary[0].upper() + summary[1:] + ".",
            add_help=False,
            allow_abbrev=False,
            formatter_class=_formatter,
        )
        self.verb = verb
        self.example = example
        self.color = False  # since Python 3.14 argparse paints its help; ours is plain
        self.add_argument("-h", "--help", action="store_true", help="show this help")

    def format_help(self) -> str:
        """The example, then argparse's own text."""
        return f"Example: {self.example}\n\n{super().format_help()}"

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """The options in `argv`, which is the command line behind the verb.

        Raises:
            DlangError: E0702 for each unknown option, else the first other fault.
        """
        self._reject_unknown(argv)
        args, rest = self.parse_known_intermixed_args(argv)  # options between files leave the files together
        if rest:
            self.error(f"`{self.prog}` takes one file; unexpected argument `{rest[0]}`")
        return args

    def error(self, message: str) -> NoReturn:
        """Raise E0704 for what argparse found wrong."""
        from dlang.diagnostics.core import DlangError
        from dlang.diagnostics.usage import wrong_arguments

        required = message.removeprefix("the following arguments are required: ")
        if required != message:
            message = f"`{self.prog}` needs {required}"
        elif message.startswith("argument "):
            option, _, fault = message.removeprefix("argument ").partition(": ")
            message = f"`{option}` needs a value" if fault.startswith("expected") else f"`{option}`: {fault}"
        raise DlangError(wrong_arguments(self.verb, message))

    def add_choice(self, option: str, choices: Sequence[str], default: str, text: str) -> None:
        """An option that takes one of a few words."""
        listed = ", ".join(f"`{each}`" for each in choices)
        self.add_parsed(
            option,
            {choice: choice for choice in choices}.__getitem__,
            f"one of {listed}",
            "|".join(choices),
            f"{text} (default: {default})",
            default=default,
            choices=choices,
        )

    def add_parsed(
        self,
        option: str,
        read: Callable[[str], T],
        expected: str,
        metavar: str,
        text: str,
        *,
        default: T | None = None,
        choices: Sequence[str] = (),
    ) -> None:
        """An option whose value `read` makes from its text; `read` raises ValueError or KeyError otherwise.

        Args:
            option: with its dashes.
            read: from the text to the value.
            expected: completes `expected …` in E0703.
            metavar: the value's name in the help.
            text: the help.
            default: the value where the option is not given.
            choices: words that a typing error may be near to.
        """

        def convert(found: str) -> T:
            try:
                return read(found)
            except (ValueError, KeyError, OverflowError):
                from dlang.diagnostics.core import DlangError
                from dlang.diagnostics.usage import bad_option_value

                raise DlangError(bad_option_value(option, found, expected, choices)) from None

        self.add_argument(option, type=convert, default=default, metavar=metavar, help=text)

    def _reject_unknown(self, argv: Sequence[str]) -> None:
        unknown = []
        for word in argv:
            if word == "--":
                break
            option = word.partition("=")[0]
            if option.startswith("-") and option not in self._option_string_actions and not _is_value(option):
                unknown.append(option)
        if unknown:
            from dlang.diagnostics.core import DlangError
            from dlang.diagnostics.usage import unknown_option

            raise DlangError(*(unknown_option(each, self.verb, self._option_string_actions) for each in unknown))


def _is_value(word: str) -> bool:
    """`-` (standard input) and negative numbers begin with a dash, but are no options."""
    return word == "-" or word[1:2].isdigit() or word[1:2] == "." or word == "-inf"


def _formatter(prog: str) -> argparse.HelpFormatter:
    from dlang.cli.terminal import width

    return argparse.HelpFormatter(prog, max_help_position=26, width=min(width() or 100, 100))

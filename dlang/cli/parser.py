"""Options: argparse, with our diagnostics for what it rejects and help that begins with an example."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from dlang.cli.app import Verb
    from dlang.diagnostics.core import Diagnostic

__all__ = ["Parser", "parser_of", "verbs_with"]

T = TypeVar("T")


class Parser(argparse.ArgumentParser):
    """The options of one verb. A fault raises DlangError with every E07xx that was found.

    Attributes:
        words: what an argument or option can be, where that is one of a few words.
    """

    def __init__(self, verb: str, argument: str, summary: str, example: str) -> None:
        super().__init__(
            prog=f"difftool {verb}",
            usage=f"difftool {verb} {argument} [options]",
            description=summary[0].upper() + summary[1:] + ".",
            add_help=False,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        self._positionals.title, self._optionals.title = "Arguments", "Options"
        self.verb = verb
        self.example = example
        self.words: dict[str, tuple[str, ...]] = {}
        self.color = False  # since Python 3.14 argparse paints its help; ours is plain
        self.add_argument("-h", "--help", action="store_true", help="show this help")

    @property
    def actions(self) -> list[argparse.Action]:
        """The arguments and options, in the order of the help."""
        return self._actions

    def format_help(self) -> str:
        """The example, then argparse's own text."""
        return f"Example: {self.example}\n\n{super().format_help()}"

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """The options in `argv`, which is the command line behind the verb.

        Raises:
            DlangError: E0702 for each unknown option, else the first other fault.
        """
        self.refuse_unknown(argv, self._unknown)
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
            programs = _programs_here() if "FILE" in required else []
            raise DlangError(wrong_arguments(self.verb, f"`{self.prog}` needs {required}", programs=programs))
        note = None
        if message.startswith("argument "):
            names, _, fault = message.removeprefix("argument ").partition(": ")
            option = names.rpartition("/")[2]  # argparse says `-h/--help`
            message = f"`{option}`: {fault}"
            if fault.startswith("expected"):
                action = self._option_string_actions.get(option)
                message = f"`{option}` needs a value"
                note = f"it is written `{option} {action.metavar}`" if action is not None else None
            elif fault.startswith("ignored explicit argument"):
                message = f"`{option}` takes no value"
        raise DlangError(wrong_arguments(self.verb, message, note))

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

        convert = _converter(option, read, expected, choices)
        self.add_argument(option, type=convert, default=default, metavar=metavar, help=text)
        if choices:
            self.words[option] = tuple(choices)

    def add_words(self, name: str, words: Sequence[str], metavar: str, text: str) -> None:
        """An argument that is one of a few words."""
        listed = ", ".join(f"`{each}`" for each in words)
        read = {word: word for word in words}.__getitem__
        convert = _converter(metavar, read, f"one of {listed}", words)
        self.add_argument(name, type=convert, metavar=metavar, help=text)
        self.words[name] = tuple(words)

    def refuse_unknown(self, argv: Sequence[str], fault: Callable[[str], Diagnostic]) -> None:
        """Raise the faults of all options that there are not."""
        unknown = []
        for word in argv:
            if word == "--":
                break
            option = word.partition("=")[0]
            if option.startswith("-") and option not in self._option_string_actions and not _is_value(option):
                unknown.append(option)
        if unknown:
            from dlang.diagnostics.core import DlangError

            raise DlangError(*map(fault, unknown))

    def _unknown(self, option: str) -> Diagnostic:
        """E0702, which knows the verbs that have the option."""
        from dlang.diagnostics.usage import unknown_option

        return unknown_option(option, self.verb, self._option_string_actions, verbs_with(option))


def _converter(name: str, read: Callable[[str], T], expected: str, choices: Sequence[str]) -> Callable[[str], T]:
    """`read`, with E0703 for what it refuses."""

    def convert(found: str) -> T:
        try:
            return read(found)
        except (ValueError, KeyError, OverflowError):
            from dlang.diagnostics.core import DlangError
            from dlang.diagnostics.usage import bad_option_value

            raise DlangError(bad_option_value(name, found, expected, choices)) from None

    return convert


def _is_value(word: str) -> bool:
    """`-` (standard input) and negative numbers begin with a dash, but are no options."""
    return word == "-" or word[1:2].isdigit() or word[1:2] == "." or word == "-inf"


class _Formatter(argparse.HelpFormatter):
    """Argparse's own, as wide as the terminal, in the form of the help of the whole command."""

    def __init__(self, prog: str) -> None:
        from dlang.cli.terminal import width

        super().__init__(prog, max_help_position=26, width=min(width() or 80, 100))

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """What argparse begins with `usage: ` begins with a capital."""
        super().add_usage(usage, actions, groups, prefix or "Usage: ")


def parser_of(verb: Verb) -> tuple[ModuleType, Parser]:
    """A verb's module, and the parser of its options."""
    from importlib import import_module

    module = import_module(f"dlang.cli.{verb.name}")
    parser = Parser(*verb)
    module.add_options(parser)
    return module, parser


def verbs_with(option: str) -> list[str]:
    """The verbs that have an option, for whoever gave it to another one."""
    from dlang.cli.app import VERBS

    return [verb.name for verb in VERBS if option in parser_of(verb)[1]._option_string_actions]


def _programs_here() -> list[str]:
    """The programs in the current folder or, if there are none, among the examples in it."""
    for folder in (Path(), Path("examples")):
        try:
            found = sorted(str(each) for each in folder.iterdir() if each.suffix == ".dl")
        except OSError:
            continue
        if found:
            return found
    return []

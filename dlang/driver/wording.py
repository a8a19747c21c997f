"""What whoever asks calls the things it gives: options on the command line, arguments in Python."""

from __future__ import annotations

from dlang.records import record, replace

__all__ = ["COMMAND_LINE", "PYTHON", "SESSION", "Wording", "said"]


@record
class Wording:
    """How each thing is written; NAME stands for the name, or the file, that it is given for.

    Args:
        start: the start of a parameter.
        at: the value of a parameter at a point.
        argument: the value of a function's argument.
        fix: a parameter to hold.
        data: what replaces a datum.
        table: what replaces the program's one table.
        wrt: a name to differentiate in.
        function: a function of the program.
        saved: a saved fit to start from.
        seed: the seed of random draws.
        instead: how a function is differentiated, where the program has no objective.
    """

    start: str
    at: str
    argument: str
    fix: str
    data: str
    table: str
    wrt: str
    function: str
    saved: str
    seed: str
    instead: str


COMMAND_LINE = Wording(
    start="--set NAME",
    at="--at NAME",
    argument="--at NAME",
    fix="--fix NAME",
    data="--data NAME",
    table="--data NAME",
    wrt="--wrt NAME",
    function="--fn NAME",
    saved="--from NAME",
    seed="--seed",
    instead="name a function with `--fn`",
)

PYTHON = Wording(
    start='start={"NAME": …}',
    at='at={"NAME": …}',
    argument="NAME=…",
    fix='fix="NAME"',
    data='data={"NAME": …}',
    table='table="NAME"',
    wrt='wrt="NAME"',
    function='function("NAME")',
    saved='start_from="NAME"',
    seed="seed",
    instead="take a function of it with `function(…)`",
)

SESSION = replace(
    COMMAND_LINE,
    start=":set NAME",
    at=":set NAME",
    instead="name an expression: `:grad EXPR`",
)


def said(wording: str, name: object) -> str:
    """One of the wordings for a name."""
    return wording.replace("NAME", str(name))

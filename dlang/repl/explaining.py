"""What `:help` shows: the commands, or the page of a command, of a name in the session, the language or the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlang.diagnostics import DlangError, pages
from dlang.diagnostics.ansi import visible
from dlang.diagnostics.usage import unknown_code
from dlang.driver import library, reference
from dlang.driver.definitions import Definition
from dlang.driver.session import Session
from dlang.elaborate.describing import spelled
from dlang.elaborate.values import Func, ModuleValue
from dlang.syntax import ast

if TYPE_CHECKING:
    from dlang.repl.commands import Command

__all__ = ["commands_page", "page", "signature"]


def commands_page(commands: Sequence[Command]) -> str:
    """A row a command."""
    rows = [(f":{c.usage}", c.summary) for c in commands]
    wide = max(len(usage) for usage, _ in rows)
    return "\n".join([*(f"{usage:<{wide}}  {summary}" for usage, summary in rows), "", _KEYS])


_KEYS = """\
Tab completes; Ctrl-R searches what was typed; Alt-Enter begins a new line;
Ctrl-C cancels what is typed or runs; Ctrl-D leaves."""


def page(session: Session, name: str) -> str:
    """A page, as Markdown.

    Raises:
        DlangError: E0710, nothing is called so.
    """
    from dlang.repl.commands import COMMANDS

    command = next((c for c in COMMANDS if c.name == name.removeprefix(":")), None)
    told = None if name.startswith(":") else _of_a_name(session, name)
    if command is None and told is None:
        names = (*session.state.names, *library.names(), *reference.names(), *(c.name for c in COMMANDS))
        raise DlangError(unknown_code(name, names))
    return "\n".join(([told] if told else []) + ([_of_a_command(command)] if command else []))


def _of_a_command(command: Command) -> str:
    return f"### `:{command.usage}`\n\n{command.summary[0].upper()}{command.summary[1:]}.\n"


def _of_a_name(session: Session, name: str) -> str | None:
    """The page of a name of the session, else of the language or the library."""
    definition = session.state.names.get(name)
    if definition is not None and definition.kind != "import":
        return _of_the_session(definition)
    like = definition.value.like if definition is not None and definition.value is not None else None
    module = like.name if isinstance(like, ModuleValue) else name
    for known in (library.reference, reference.page):
        try:
            return known(module if known is library.reference else name)
        except KeyError:
            continue
    if name.upper() in pages.codes():
        return pages.page(name.upper())
    return f"### `{name}`\n\n{_WORDS[name]}\n" if name in _WORDS else None


_WORDS = {
    "pi": "The constant 3.141592653589793.",
    "inf": "The Real that is greater than every other.",
    "nan": "The Real that stands for no number: what `0.0 / 0.0` gives.",
    "print": "`print(a, b, …)` writes its arguments on a line, separated by a space.",
}
"""What has no entry in the reference."""


def _of_the_session(definition: Definition) -> str:
    return visible(f"### `{signature(definition)}`\n\n```dl\n{definition.stmt.span.text}\n```\n")


def signature(definition: Definition) -> str:
    """A name and what it stands for, on one line: `f(x, k=2)`, `param a: Real`, `r: {w: [2]}`."""
    name, kept = definition.name, definition.value
    match definition.stmt:
        case ast.FunctionDef(parameters=parameters):
            return f"{name}({', '.join(parameter.span.text for parameter in parameters)})"
        case ast.Report(value=value):
            return f"report {name} = {' '.join(value.span.text.split())}"
        case ast.Import():
            return f"module {name}"
        case _:
            pass
    if kept is not None and isinstance(kept.like, Func):
        return f"{name}({', '.join(parameter.span.text for parameter in kept.like.parameters)})"
    keyword = f"{definition.kind} " if definition.kind in ("param", "data") else ""
    return f"{keyword}{name}: {spelled(kept.like)}" if kept is not None else name

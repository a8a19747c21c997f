"""E11xx: commands of the interactive session."""

from __future__ import annotations

from collections.abc import Iterable

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.suggest import did_you_mean, nearest
from dlang.source import Span

__all__ = ["file_is_there", "no_such_program", "nothing_to_do", "unknown_command", "wrong_command"]


def unknown_command(at: Span, command: str, commands: Iterable[str]) -> Diagnostic:
    """E1101: a line that begins with `:` names no command."""
    near = nearest(command, commands)
    return Diagnostic(
        "E1101",
        f"unknown command `:{command}`",
        Label(at, "no command"),
        help=did_you_mean(f":{near}") if near else "`:help` lists the commands",
    )


def wrong_command(at: Span, command: str, usage: str, fault: str) -> Diagnostic:
    """E1102: what follows a command is missing, or there should be nothing."""
    return Diagnostic("E1102", f"`:{command}` {fault}", Label(at), help=f"write `:{usage}`")


def file_is_there(at: Span, path: str) -> Diagnostic:
    """E1103: `:save` would write over a file that this session has not written."""
    return Diagnostic(
        "E1103",
        f"the file `{path}` is there already",
        Label(at, "not written by this session"),
        help="choose another name, or write over it with `:save!`",
    )


def nothing_to_do(at: Span, command: str, fault: str, help_: str) -> Diagnostic:
    """E1104: a command has nothing to work on, e.g. `:reload` where nothing was loaded."""
    return Diagnostic("E1104", f"`:{command}`: {fault}", Label(at), help=help_)


def no_such_program(at: Span, name: str, reason: str) -> Diagnostic:
    """E1105: `:save` where no program gives what the session has."""
    return Diagnostic(
        "E1105",
        f"`:save` cannot write `{name}`: {reason}",
        Label(at),
        help="enter again what was made before the change, or give the new value another name",
    )

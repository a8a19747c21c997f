"""The commands of a session: a row each, with what follows it, what it does, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from dlang.diagnostics import DlangError, models
from dlang.diagnostics import session as faults
from dlang.diagnostics.ansi import visible
from dlang.driver import questions
from dlang.records import replace
from dlang.repl.shell import Shell
from dlang.source import Source, Span
from dlang.syntax import ast
from dlang.syntax.parse import parse_expression
from dlang.trees import named_leaves

__all__ = ["COMMANDS", "Command", "run_command"]


class Call(NamedTuple):
    """A command as it was given: the text behind its name, and where both stand."""

    shell: Shell
    command: Command
    argument: str
    source: Source
    name_span: Span
    argument_span: Span

    def expression(self) -> ast.Expr:
        """The argument as an expression, at its place in the line."""
        return parse_expression(self.source, self.argument_span.start)


class Command(NamedTuple):
    """A command: `argument` is what follows it, in brackets if it may be left out, empty if nothing does."""

    name: str
    argument: str
    summary: str
    run: Callable[[Call], None]

    @property
    def usage(self) -> str:
        """As it is written, without the colon."""
        return f"{self.name} {self.argument}".rstrip()


def run_command(shell: Shell, source: Source) -> None:
    """Run the command that a line is.

    Raises:
        DlangError: E11xx, and whatever the command raises.
    """
    text = source.text
    begin = text.index(":") + 1
    word = text[begin:].split(maxsplit=1)[0] if text[begin:].strip() else ""
    start = text.index(word, begin)
    span = Span(source, start, start + len(word))
    found = _BY_NAME.get(word)
    if found is None:
        raise DlangError(faults.unknown_command(Span(source, begin - 1, span.end), word, _BY_NAME))
    argument = text[span.end :].strip()
    at = text.index(argument, span.end) if argument else len(text.rstrip())
    whole = Span(source, begin - 1, span.end)
    if not found.argument and argument:
        there = Span(source, at, at + len(argument))
        raise DlangError(faults.wrong_command(there, word, found.usage, "takes nothing"))
    if found.argument and not argument and not found.argument.startswith("["):
        raise DlangError(faults.wrong_command(whole, word, found.usage, f"needs {found.argument}"))
    found.run(Call(shell, found, argument, source, whole, Span(source, at, at + len(argument))))


# ---- about expressions


def _type(call: Call) -> None:
    call.shell.output.text(visible(questions.type_of(call.shell.session, call.expression())))


def _grad(call: Call) -> None:
    session, output = call.shell.session, call.shell.output
    slope = questions.gradient_of(session, call.expression()) if call.argument else questions.model_gradient(session)
    text = call.shell.front.gradient(slope.value, slope.gradient, slope.at)
    output.text(text, value=slope.value, gradient=slope.gradient, at=slope.at)
    if slope.warnings:
        output.diagnostics(slope.warnings)


def _ir(call: Call) -> None:
    call.shell.output.text(questions.ir_of(call.shell.session, call.expression()).rstrip("\n"))


def _graph(call: Call) -> None:
    from dlang.driver.drawn import drawn_program
    from dlang.graph.draw import drawing_of
    from dlang.graph.json import as_data

    session = call.shell.session
    if call.argument:
        try:
            drawn = questions.drawn_expression(session, call.expression())
        except ValueError as error:
            fault = f"draws numbers and arrays, and this is {error}"
            raise DlangError(faults.wrong_command(call.argument_span, "graph", call.command.usage, fault)) from None
    elif not session.state.terms and not any(d.kind == "report" for d in session.state.names.values()):
        raise DlangError(models.no_objective("graph", "name an expression: `:graph EXPR`"))
    else:
        drawn = drawn_program(session.program(), "the model", session.state.moved)
        drawn = replace(drawn, file=call.source.name)
    drawing = drawing_of(drawn)
    call.shell.output.text(call.shell.front.tree(drawing.picture).rstrip("\n"), graph=as_data(drawing.picture))
    if drawing.faults:
        raise DlangError(*drawing.faults)


_LEAST = 0.1
"""Seconds that an expression is computed at least, so that the clock can tell."""
_ROUNDS = 5


def _time(call: Call) -> None:
    began = perf_counter()
    compute = questions.prepared(call.shell.session, call.expression())
    compute()  # the first time some of it is still made
    ready = perf_counter() - began
    count, spent = 1, 0.0
    while True:
        spent = _seconds(compute, count)
        if spent >= _LEAST / _ROUNDS or count >= 10**7:
            break
        count *= 10 if spent < _LEAST / 100 else 2
    best = min([spent, *(_seconds(compute, count) for _ in range(_ROUNDS - 1))]) / count
    text = f"{_shown(best)}, the best of {_ROUNDS} rounds of {count:,}; {_shown(ready)} to prepare"
    call.shell.output.text(text, seconds=best, preparation=ready)


def _seconds(compute: Callable[[], object], count: int) -> float:
    began = perf_counter()
    for _ in range(count):
        compute()
    return perf_counter() - began


def _shown(seconds: float) -> str:
    """A time in the unit that reads best."""
    for unit, scale in (("ns", 1e9), ("µs", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.3g} s"


# ---- about the model


def _set(call: Call) -> None:
    name, equals, value = (part.strip() for part in call.argument.partition("="))
    if not name or not equals or not value:
        raise DlangError(faults.wrong_command(call.argument_span, "set", call.command.usage, "needs NAME=VALUE"))
    call.shell.session.set_start(name, value)


def _forget(call: Call) -> None:
    term = call.shell.session.forget_term()
    if term is None:
        help_ = "add one, such as `y ~ f(x)` or `minimize e`"
        raise DlangError(faults.nothing_to_do(call.name_span, "forget", "the objective has no term", help_))
    text = visible(" ".join(term.stmt.span.text.split()))
    call.shell.output.text(f"without {text}", term=text)


def _fit(call: Call) -> None:
    import shlex

    shell = call.shell
    try:
        words = shlex.split(call.argument)
    except ValueError as error:
        fault = f"cannot be read: {str(error).lower()}"
        raise DlangError(faults.wrong_command(call.argument_span, "fit", call.command.usage, fault)) from None
    result, code = shell.front.fit(shell.session, words, shell.output)
    shell.note(code)
    if result is not None and result.verdict != "failed":
        values = {n: v for e in result.parameters.values() for n, v in named_leaves(e.name, e.value)}
        shell.session.moved_to(values)


# ---- files


def _load(call: Call) -> None:
    path = _path(call.argument)
    call.shell.load("./-" if path == "-" else path)  # standard input is the session's own


def _reload(call: Call) -> None:
    files = call.shell.files
    if not files:
        help_ = "`:load FILE` loads one"
        raise DlangError(faults.nothing_to_do(call.name_span, "reload", "no file was loaded", help_))
    for path in list(files):
        call.shell.load(path)


def _save(call: Call) -> None:
    path = Path(_path(call.argument))
    if path.exists() and str(path.resolve()) not in call.shell.saved:
        raise DlangError(faults.file_is_there(call.argument_span, str(path)))
    _write(call, path)


def _save_over(call: Call) -> None:
    _write(call, Path(_path(call.argument)))


def _write(call: Call, path: Path) -> None:
    from dlang.data.writing import write_text
    from dlang.diagnostics.usage import system_refused
    from dlang.repl.saving import program_text

    session = call.shell.session
    if not session.state.names and not session.state.terms:
        help_ = "define something first"
        raise DlangError(faults.nothing_to_do(call.name_span, "save", "the session is empty", help_))
    text = program_text(session, path.parent)
    try:
        write_text(path, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DlangError(system_refused(str(path), reason.lower())) from None
    call.shell.saved.add(str(path.resolve()))
    count = text.count("\n")
    call.shell.output.text(f"saved {count} line{'s' * (count != 1)} to {path}", file=str(path))


def _path(text: str) -> str:
    """A path as it was written, in quotes or without; `~` is the home folder."""
    import os

    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return os.path.expanduser(text)  # noqa: PTH111  a Path would lose `./`


# ---- about the session


def _help(call: Call) -> None:
    from dlang.repl.explaining import commands_page, page

    text = page(call.shell.session, call.argument) if call.argument else commands_page(COMMANDS)
    call.shell.output.text(call.shell.front.page(text) if call.argument else text)


def _quit(call: Call) -> None:
    call.shell.is_over = True


COMMANDS: tuple[Command, ...] = (
    Command("help", "[NAME]", "the commands; or a command, built-in, module or name of yours", _help),
    Command("type", "EXPR", "the type and shape of an expression, which is not run", _type),
    Command("grad", "[EXPR]", "a value and its gradient; without EXPR, the objective's", _grad),
    Command("graph", "[EXPR]", "what a value is computed from; without EXPR, the objective", _graph),
    Command("ir", "EXPR", "the intermediate representation of an expression", _ir),
    Command("time", "EXPR", "how long an expression takes", _time),
    Command("fit", "[OPTIONS]", "fit the parameters, with the options of `difftool fit`", _fit),
    Command("set", "NAME=VALUE", "a parameter's start", _set),
    Command("forget", "", "take back the objective's last term", _forget),
    Command("load", "FILE", "run a program's statements, and have its names", _load),
    Command("reload", "", "load again the files that were loaded", _reload),
    Command("save", "FILE", "write the session as a program", _save),
    Command("save!", "FILE", "the same, over a file that is there", _save_over),
    Command("quit", "", "leave; so does Ctrl-D", _quit),
)

_BY_NAME = {command.name: command for command in COMMANDS}

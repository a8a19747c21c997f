"""The session as a person drives it: an entry is a line of the language or a command, and is answered at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlang.diagnostics import Diagnostic, DlangError
from dlang.driver.session import Outcome, Session
from dlang.records import field, record
from dlang.recursion import deep_recursion
from dlang.repl.output import Output, Record
from dlang.repl.reading import Entry
from dlang.source import Source

if TYPE_CHECKING:
    from dlang.fit.result import FitResult

__all__ = ["Front", "Shell"]


@record(eq=False)
class Front:
    """What the command line lends to the session.

    Attributes:
        exit_for: the exit code for errors.
        read: the text of a program and the folder of its paths.
        fit: fits the model with options of `difftool fit`, shows the result, and gives it with its exit code; no result
            if it was only asked for help.
        gradient: the text of a value and its gradient.
        tree: the text of a graph.
        page: the text of a page in Markdown.
        bug: tells of a fault of our own; the exit code.
    """

    exit_for: Callable[[Iterable[Diagnostic]], int]
    read: Callable[[str], tuple[Source, Path]]
    fit: Callable[[Session, Sequence[str], Output], tuple[FitResult | None, int]]
    gradient: Callable[[Any, Any, Any], str]
    tree: Callable[[Any], str]
    page: Callable[[str], str]
    bug: Callable[[Exception], int]


@record(frozen=False, eq=False)
class Shell:
    """A session with its answers.

    Attributes:
        session: what is known.
        output: takes the answers.
        front: of the command line.
        name: what the text that is typed is called.
        patient: a fault of our own does not end the session.
        code: the exit code: that of the first error.
        files: that were loaded, in order.
        saved: that this session has written.
        is_over: `:quit` was said.
    """

    session: Session
    output: Output
    front: Front
    name: str = "<stdin>"
    patient: bool = False
    code: int = 0
    files: list[str] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    is_over: bool = False

    def enter(self, entry: Entry) -> None:
        """Answer an entry; what is wrong with it is told, and the session goes on."""
        self._answer(entry.line, entry.text, partial(self._enter, entry))

    def open(self, path: str) -> None:
        """Begin with a file; what is wrong with it is told."""
        self._answer(0, f":load {path}", partial(self.load, path))

    def _enter(self, entry: Entry) -> None:
        if entry.fault is not None:
            raise DlangError(entry.fault)
        source = Source(self.name, entry.text, entry.line)
        if entry.text.lstrip().startswith(":"):
            from dlang.repl.commands import run_command

            run_command(self, source)
        else:
            self.session.run(source, self.output.printed, self._show)

    def _answer(self, line: int, text: str, action: Callable[[], None]) -> None:
        if isinstance(self.output, Record):
            self.output.begin(line, text)
        try:
            with deep_recursion():  # values may nest as deep as lines have nested them
                action()
        except DlangError as error:
            self.fail(error.diagnostics)
        except OSError:
            raise
        except Exception as error:
            if not self.patient:
                raise
            self.note(self.front.bug(error))

    def load(self, path: str) -> None:
        """Run a file's statements; what it prints is shown, and what fails ends it there.

        Raises:
            DlangError: what is wrong with it; what stands before that is kept.
        """
        source, folder = self.front.read(path)
        self.files = [*(each for each in self.files if each != path), path]
        before = self.session.state
        try:
            self.session.run(source, self.output.printed, self._warn, folder=folder, file=Path(path).resolve())
        finally:
            if self.patient:
                names = [name for name, d in self.session.state.names.items() if d is not before.names.get(name)]
                self.output.text(f"{path}: {', '.join(names) or 'no names'}")

    def fail(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Tell errors, of which the first one gives the session's exit code."""
        self.note(int(self.front.exit_for(diagnostics)))
        self.output.diagnostics(diagnostics)

    def note(self, code: int) -> None:
        """Take an exit code, if there was no other before."""
        self.code = self.code or code

    def _show(self, outcome: Outcome) -> None:
        if outcome.value is not None:
            self.output.value(outcome.value)
        self._warn(outcome)

    def _warn(self, outcome: Outcome) -> None:
        if outcome.warnings:
            self.output.diagnostics(outcome.warnings)

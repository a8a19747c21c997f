"""Where a session's answers go: to people as text, or into one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from dlang.diagnostics import Diagnostic
from dlang.diagnostics.ansi import style
from dlang.driver.kept import Kept
from dlang.records import field, record
from dlang.repl.pretty import plain, pretty

__all__ = ["Output", "Record", "Screen"]


class Output(Protocol):
    """What takes the answers, in their order."""

    def printed(self, line: str) -> None:
        """A line that the program prints."""

    def value(self, value: Kept) -> None:
        """The value of an expression."""

    def text(self, text: str, **facts: Any) -> None:
        """What a command answers; `facts` are the same for a program."""

    def diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Errors or warnings."""


@record(frozen=False, eq=False)
class Screen:
    """Answers as text on standard output, and diagnostics on standard error.

    Attributes:
        colour: whether standard output takes colours.
        width: gives the cells of its lines, which may change.
        render: the text of diagnostics.
        quiet: leave out warnings.
    """

    colour: bool
    width: Callable[[], int | None]
    render: Callable[[Sequence[Diagnostic]], str]
    quiet: bool = False

    def printed(self, line: str) -> None:
        self._write(line)

    def value(self, value: Kept) -> None:
        lines = pretty(value, self.width(), dots=_dots()).split("\n")
        body, mark, remark = lines[-1].rpartition("# ")
        if mark and (not body or body.endswith("  ")) and '"' not in remark:
            lines[-1] = body + style(mark + remark, "dim", on=self.colour)
        self._write("\n".join(lines))

    def text(self, text: str, **facts: Any) -> None:
        self._write(text)

    def diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        shown = [each for each in diagnostics if not (self.quiet and each.severity == "warning")]
        if shown:
            sys.stdout.flush()
            sys.stderr.write(self.render(shown) + "\n")
            sys.stderr.flush()

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")


@record(frozen=False, eq=False)
class Record:
    """Answers as data: `entries`, of each its line, its text, and what it gave in order."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    def begin(self, line: int, text: str) -> None:
        """The next entry."""
        self.entries.append({"line": line, "input": text, "outputs": [], "errors": [], "warnings": []})

    def printed(self, line: str) -> None:
        self._add("printed", text=line)

    def value(self, value: Kept) -> None:
        self._add("value", text=pretty(value), value=plain(value))

    def text(self, text: str, **facts: Any) -> None:
        self._add("answer", text=text, **facts)

    def diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        from dlang.diagnostics.json import to_json

        for each in diagnostics:
            self.entries[-1]["errors" if each.severity == "error" else "warnings"].append(to_json(each))

    def _add(self, kind: str, **facts: Any) -> None:
        self.entries[-1]["outputs"].append({"kind": kind, **facts})


def _dots() -> str:
    """What stands for numbers that are left out, as far as the output can write it."""
    try:
        "…".encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return "..."
    return "…"

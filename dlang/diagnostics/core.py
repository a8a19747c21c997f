"""A diagnostic is data; the two exceptions; and how a stage reports many at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from dlang.records import field, record
from dlang.source import Span

__all__ = ["Diagnostic", "DlangError", "InternalError", "Label", "Reporter", "Severity", "stage"]

Severity = Literal["error", "warning"]


@record
class Label:
    """A span with words beside it."""

    span: Span
    text: str = ""


@record
class Diagnostic:
    """What went wrong, where, and the likely mend.

    `title` stands alone in a list. `primary` is None only where there is no text to point at (a
    mistyped option, a file that is missing). `labels` are further places; `notes` further facts
    (expected and found); `help` is the mend and nothing else. `file` and `line` name a place in a
    file that has no `Source` here (a cell of a table).
    """

    code: str
    title: str
    primary: Label | None = None
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    severity: Severity = "error"


class DlangError(Exception):
    """The user's program, data or input is wrong; carries what to tell them."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(f"{d.code}: {d.title}" for d in diagnostics))
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        from dlang.diagnostics.text import render

        return "\n".join(render(d) for d in self.diagnostics)


class InternalError(Exception):
    """dlang itself is wrong. Never raised for a mistake of the user's."""


@record(frozen=False)
class Reporter:
    """Collects diagnostics, one per (code, place)."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    _seen: set[tuple[str, Span | None, str]] = field(default_factory=set)

    def __call__(self, diagnostic: Diagnostic) -> bool:
        """Report it; whether it is new."""
        span = diagnostic.primary.span if diagnostic.primary else None
        key = (diagnostic.code, span, "" if span else diagnostic.title)
        if key in self._seen:
            return False
        self._seen.add(key)
        self.diagnostics.append(diagnostic)
        return True

    @property
    def errors(self) -> list[Diagnostic]:
        """What was reported at severity error."""
        return [d for d in self.diagnostics if d.severity == "error"]

    @property
    def in_order(self) -> list[Diagnostic]:
        """All of it in the order of the places."""
        return sorted(self.diagnostics, key=_place)

    def raise_if_errors(self) -> None:
        """Raise one DlangError with every error, in the order of their places."""
        if self.errors:
            raise DlangError(*sorted(self.errors, key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int]:
    if diagnostic.primary is None:
        return "", 0
    return diagnostic.primary.span.source.name, diagnostic.primary.span.start


@contextmanager
def stage() -> Iterator[Reporter]:
    """A Reporter whose errors are raised together when the block ends."""
    report = Reporter()
    yield report
    report.raise_if_errors()

"""Whether a statement that is being typed needs another line.

A line leaves a statement open with a bracket that is not closed, or with what cannot end one: an operator, `=`, a
comma. What is wrong in any case, such as a string without its end or a bracket that closes nothing, is not open: it
is for the parser to say.
"""

from __future__ import annotations

from dlang.diagnostics.core import Reporter
from dlang.source import Source
from dlang.syntax.load import tables
from dlang.syntax.newlines import GOES_ON_AFTER, GOES_ON_BEFORE
from dlang.syntax.scan import scan
from dlang.syntax.tokens import CLOSER_OF, CLOSERS, EOF

__all__ = ["OpenLines", "is_unfinished", "joins"]

INDENT = 2
"""Spaces a level, as `difftool fmt` writes."""


class OpenLines:
    """Lines of a statement as they come, each looked at once."""

    def __init__(self) -> None:
        self._closers: list[str] = []
        self._last = ""
        self._is_broken = False

    def add(self, line: str) -> None:
        """Take the next line, without its end."""
        for token in scan(Source("", line), tables().lexicon, Reporter()):
            kind = token.kind
            if kind in CLOSER_OF:
                self._closers.append(CLOSER_OF[kind])
            elif kind in CLOSERS:
                self._is_broken = self._is_broken or not self._closers or self._closers.pop() != kind
            if kind not in (EOF, "NEWLINE"):
                self._last = kind

    @property
    def is_open(self) -> bool:
        """Whether the statement cannot end here."""
        return not self._is_broken and (bool(self._closers) or self._last in GOES_ON_AFTER)

    @property
    def is_blank(self) -> bool:
        """Whether there was nothing but space and comments."""
        return not self._last

    @property
    def indent(self) -> int:
        """How many spaces the next line begins with."""
        going_on = self._last in GOES_ON_AFTER and self._last != "COMMA" and not self._closers
        return INDENT * (len(self._closers) + going_on)


def is_unfinished(text: str) -> bool:
    """Whether a text needs another line to be whole statements."""
    lines = OpenLines()
    for line in text.split("\n"):
        lines.add(line)
    return lines.is_open


def joins(line: str) -> bool:
    """Whether a line goes on with the statement of the line before although that was whole: `else`, `|>`."""
    for token in scan(Source("", line), tables().lexicon, Reporter()):
        if token.kind != "NEWLINE":
            return token.kind in GOES_ON_BEFORE
    return False

"""Where text came from: sources and spans, and the lines and columns people read."""

from __future__ import annotations

from bisect import bisect_right

from dlang.records import field, record

__all__ = ["LIBRARY", "Source", "Span"]

LIBRARY = "<library>/"
"""What the names of the standard library's files begin with."""


@record(eq=False)
class Source:
    """A text and the name to show for it. Compared by identity.

    A text that is a piece of a longer one, such as a line of a session, says on which line of that it begins.
    """

    name: str
    text: str
    first_line: int = 1
    _line_starts: list[int] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    @property
    def in_library(self) -> bool:
        """Whether the text is the standard library's, not the user's."""
        return self.name.startswith(LIBRARY)

    def _starts(self) -> list[int]:
        if not self._line_starts:
            starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._line_starts.extend(starts)
        return self._line_starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, columns in code points and counted from 1, lines from `first_line`."""
        starts = self._starts()
        line = bisect_right(starts, offset)
        return line + self.first_line - 1, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from `first_line`, without its line end."""
        starts = self._starts()
        at = number - self.first_line
        begin = starts[at]
        end = starts[at + 1] - 1 if at + 1 < len(starts) else len(self.text)
        return self.text[begin:end].rstrip("\r")


@record
class Span:
    """A half-open piece `[start, end)` of a source, in code points."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The piece itself."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """The line on which the span begins, from 1."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """The column at which the span begins, from 1."""
        return self.source.position(self.start)[1]

    def encloses(self, other: Span) -> bool:
        """Whether another span is part of this one."""
        return self.source is other.source and self.start <= other.start and other.end <= self.end

    def to(self, other: Span) -> Span:
        """The span from the beginning of this one to the end of `other`."""
        return Span(self.source, self.start, max(self.end, other.end))

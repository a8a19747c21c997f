"""Documents: text with the places at which it may break, and the lines that come of it at a width.

A document is a string, or one of the classes below. A `Group` stands on one line if it fits, else its own lines break,
and not those of the groups inside it. This is the algebra of Wadler, with Oppen's way of deciding.

Comments are documents too. What must not stand on one line because of a comment knows it (`forced`), and so does all
that is around it; a comment at the very beginning or end of a group does not break it (`leads`, `trails`).

Source: Oppen 1980, "Prettyprinting"; Wadler 2003, "A prettier printer".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

__all__ = [
    "HARD",
    "LINE",
    "SOFT",
    "Behind",
    "Choice",
    "Concat",
    "Doc",
    "Fill",
    "Flat",
    "Group",
    "IfBroken",
    "Indent",
    "Remark",
    "Row",
    "render",
]

INDENT = 2


class Line:
    """A place to break; on one line it is `flat`. A line that is `forced` always breaks."""

    __slots__ = ("flat", "forced")
    leads = trails = False

    def __init__(self, flat: str, forced: bool) -> None:
        self.flat = flat
        self.forced = forced


LINE = Line(" ", False)
SOFT = Line("", False)
HARD = Line("", True)


class IfBroken:
    """Text that is written only if the group around it breaks."""

    __slots__ = ("text",)
    forced = leads = trails = False

    def __init__(self, text: str) -> None:
        self.text = text


class Remark:
    """A comment on a line of its own, before what follows."""

    __slots__ = ("text",)
    forced = trails = False
    leads = True

    def __init__(self, text: str) -> None:
        self.text = text


class Behind:
    """A comment at the end of the line. Only a comma may still follow on the line, and stands before it.

    Attributes:
        text: with its `#`.
        column: at which it stands in the source, from 0.
        gap: how many characters are between it and the code there.
    """

    __slots__ = ("column", "gap", "text")
    forced = leads = False
    trails = True

    def __init__(self, text: str, column: int, gap: int) -> None:
        self.text = text
        self.column = column
        self.gap = gap


class Concat:
    """Documents one behind the other."""

    __slots__ = ("forced", "leads", "parts", "trails")

    def __init__(self, *parts: Doc) -> None:
        self.parts = parts
        self.forced = self.leads = self.trails = False
        begun = False
        for part in parts:
            if part == "":
                continue
            if self.trails:
                self.forced = True
            if isinstance(part, str):
                self.trails = False
            else:
                self.forced |= part.forced or (begun and part.leads)
                self.leads |= part.leads and not begun
                self.trails = part.trails
            begun = True


class _Around:
    """A document around another one, with its properties."""

    __slots__ = ("doc", "forced", "leads", "trails")

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.forced, self.leads, self.trails = False, False, False
        if not isinstance(doc, str):
            self.forced, self.leads, self.trails = doc.forced, doc.leads, doc.trails


class Indent(_Around):
    """What breaks inside is indented."""

    __slots__ = ()


class Flat(_Around):
    """Stands on one line, whether it fits or not."""

    __slots__ = ()


class Group(_Around):
    """Stands on one line if it fits and `forced` is not asked for."""

    __slots__ = ()

    def __init__(self, doc: Doc, *, forced: bool = False) -> None:
        super().__init__(doc)
        self.forced |= forced


class Choice:
    """`first` if it fits on one line, or as far as the first place at which it may break; else `second`."""

    __slots__ = ("first", "forced", "leads", "second", "trails")

    def __init__(self, first: Concat, second: Doc) -> None:
        self.first = first
        self.second = second
        self.forced, self.leads, self.trails = first.forced, first.leads, first.trails


class Fill(Concat):
    """Items, one or more, with a `LINE` between every two: as many on a line as fit."""

    __slots__ = ()


Doc: TypeAlias = str | Line | IfBroken | Remark | Behind | Concat | Indent | Flat | Group | Choice


class Row(NamedTuple):
    """A line: its code, and the comment behind it, if there is one."""

    code: str
    comment: Behind | None


_State: TypeAlias = tuple[int, bool, "Doc | tuple[Fill, int]"]
"""Indentation, whether on one line, and what is to be written: of a fill, the rest from an item on."""


def render(doc: Doc, width: int) -> list[Row]:
    """The lines of a document, without white space at their ends; `width` counts what is no comment."""
    writer = _Writer(width)
    writer.write(doc)
    return writer.rows


class _Writer:
    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[Row] = []
        self.pieces: list[str] = []
        self.used = 0
        self.margin = 0  # where the line begins
        self.comment: Behind | None = None

    def write(self, doc: Doc) -> None:  # noqa: C901 (a case a kind of document)
        stack: list[_State] = [(0, False, doc)]
        while stack:
            indent, flat, each = stack.pop()
            if isinstance(each, str):
                self.text(indent, each)
            elif isinstance(each, Fill):
                stack.append((indent, flat, (each, 0)))
            elif isinstance(each, tuple):
                self.fill(indent, flat, *each, stack)
            elif isinstance(each, Concat):
                stack.extend([(indent, flat, part) for part in reversed(each.parts)])
            elif isinstance(each, Line):
                if flat and not each.forced:
                    self.text(indent, each.flat)
                else:
                    self.newline(indent)
            elif isinstance(each, Indent):
                stack.append((indent + INDENT, flat, each.doc))
            elif isinstance(each, Flat):
                stack.append((indent, True, each.doc))
            elif isinstance(each, Group):
                flat = flat or (not each.forced and self.fits([(indent, True, each.doc)], stack))
                stack.append((indent, flat, each.doc))
            elif isinstance(each, Choice):
                stack.append((indent, *self.choose(indent, flat, each, stack)))
            elif isinstance(each, IfBroken):
                self.text(indent, "" if flat else each.text)
            else:
                self.remark(indent, each)
        if self.pieces:
            self.newline(0)

    def text(self, indent: int, text: str) -> None:
        if self.comment is not None and text not in ("", ",", " "):
            self.newline(indent)
        if not self.pieces:
            text = text.lstrip(" ")
            if not text:
                return
            self.pieces.append(" " * self.margin)
            self.used = self.margin
        self.pieces.append(text)
        self.used += len(text)

    def newline(self, margin: int) -> None:
        self.rows.append(Row("".join(self.pieces).rstrip(" "), self.comment))
        self.pieces.clear()
        self.used = 0
        self.margin = margin
        self.comment = None

    def remark(self, indent: int, comment: Remark | Behind) -> None:
        if isinstance(comment, Behind) and self.pieces and self.comment is None:
            self.comment = comment
            return
        if self.pieces:
            self.newline(indent)
        self.rows.append(Row(" " * self.margin + comment.text, None))

    def choose(self, indent: int, flat: bool, choice: Choice, rest: Sequence[_State]) -> tuple[bool, Doc]:
        if flat or (not choice.forced and self.fits([(indent, True, choice.first)], rest)):
            return True, choice.first
        return False, choice.first if self.fits([(indent, False, choice.first)], rest) else choice.second

    def fill(self, indent: int, flat: bool, fill: Fill, at: int, stack: list[_State]) -> None:
        """Write the item of a fill at `at`, and the line before it."""
        item = fill.parts[at]
        last = at == len(fill.parts) - 1
        if not last:
            stack.append((indent, flat, (fill, at + 1)))
        stack.append((indent, flat, item))
        if at:
            on_line = flat or self.fits([(indent, True, item), (indent, True, LINE)], stack[:-1] if last else ())
            stack.append((indent, on_line, LINE))

    def fits(self, pending: list[_State], rest: Sequence[_State]) -> bool:  # noqa: C901 (a case a kind of document)
        """Whether `pending`, and what follows it up to where it may break, fits on the rest of the line."""
        left = self.width - (self.used if self.pieces else self.margin)
        fresh = self.comment is not None  # behind a comment a new line begins
        measured = False
        at = len(rest)
        while left >= 0:
            if pending:
                indent, flat, each = pending.pop()
            elif at:
                at -= 1
                indent, flat, each = rest[at]
            else:
                return True
            if isinstance(each, str):
                if fresh and each != ",":
                    left, fresh = self.width - indent, False
                left -= len(each)
                measured = True
            elif isinstance(each, tuple):
                return True  # before the next item it may break
            elif isinstance(each, Concat):
                between = [(indent, flat, LINE)] if isinstance(each, Fill) else []
                for part in reversed(each.parts):
                    pending.append((indent, flat, part))
                    pending += between
                if between:
                    pending.pop()
            elif isinstance(each, Line):
                if not flat or each.forced:
                    return True
                left -= len(each.flat)
            elif isinstance(each, Choice):
                pending.append((indent, flat, each.first if flat else each.second))
            elif isinstance(each, IfBroken):
                left -= 0 if flat else len(each.text)
            elif isinstance(each, Remark):
                if measured:
                    return True
                fresh = fresh or bool(self.pieces)
            elif not isinstance(each, Behind):
                inner = isinstance(each, Flat) or (flat and not each.forced)
                pending.append((indent, inner, each.doc))
        return False

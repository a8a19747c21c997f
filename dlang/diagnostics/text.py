"""Diagnostics as text, in the form

error[E0201]: unknown name `wieght`
  --> decay.dl:1:23
   1 | fn f(weight, x) = sin(wieght * x)
     |                       ^^^^^^ not defined here
help: did you mean `weight`?
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlang.diagnostics.ansi import style, visible
from dlang.diagnostics.cells import ELLIPSIS, Layout, layout, width_of
from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.place import place
from dlang.records import record
from dlang.source import Source

__all__ = ["render", "render_all", "summary"]

_WIDTH = 140  # cells of a line where the width of the output is not known
_GUTTER = 4  # cells of a line number; more digits widen it
_LEAST = 24  # cells of source text that a narrow terminal still gets


@record
class _Mark:
    """A piece of one line to underline, in characters from 0; `text` stands beside it."""

    line: int
    start: int
    end: int
    text: str
    primary: bool


def render(diagnostic: Diagnostic, *, colour: bool = False, width: int | None = None) -> str:
    """The diagnostic as lines of text, without a line end after the last.

    Args:
        diagnostic: what to show. Without a primary label there is no window.
        colour: whether to use escape sequences.
        width: cells of the output's lines; longer source lines are clipped around what is marked.
    """
    tint = "red" if diagnostic.severity == "error" else "yellow"
    head = style(f"{diagnostic.severity}[{diagnostic.code}]", "bold", tint, on=colour)
    lines = [head + style(": " + _indented(diagnostic.title, 2), "bold", on=colour)]
    for source, labels in _by_source(diagnostic):
        lines += _window(source, labels, tint, colour, width or _WIDTH)
    lines += [style("note", "bold", on=colour) + ": " + _indented(note, 6) for note in diagnostic.notes]
    if diagnostic.help is not None:
        lines.append(style("help", "bold", "cyan", on=colour) + ": " + _indented(diagnostic.help, 6))
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic], *, colour: bool = False, width: int | None = None) -> str:
    """Every diagnostic, a blank line between two, then the count; no line end after the last."""
    shown = list(diagnostics)
    parts = [render(diagnostic, colour=colour, width=width) for diagnostic in shown]
    if len(shown) > 1:
        parts.append(summary(shown))
    return "\n\n".join(parts)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """The closing line: `2 errors`, `1 error and 3 warnings`; `no errors` where there is nothing."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = [
        f"{n} {word}{'s' if n > 1 else ''}"
        for word, n in (("error", severities.count("error")), ("warning", severities.count("warning")))
        if n
    ]
    return " and ".join(counts) or "no errors"


def _indented(text: str, by: int) -> str:
    return visible(text).replace("\n", "\n" + " " * by)


def _by_source(diagnostic: Diagnostic) -> list[tuple[Source, list[tuple[Label, bool]]]]:
    """The labels with whether each is the primary one, grouped by source, the primary's group first."""
    if diagnostic.primary is None:
        return []
    groups: list[tuple[Source, list[tuple[Label, bool]]]] = []
    for label, primary in [(diagnostic.primary, True), *((label, False) for label in diagnostic.labels)]:
        for source, labels in groups:
            if source is label.span.source:
                labels.append((label, primary))
                break
        else:
            groups.append((label.span.source, [(label, primary)]))
    return groups


def _window(source: Source, labels: list[tuple[Label, bool]], tint: str, colour: bool, width: int) -> Iterator[str]:
    """The place, then the marked lines with their underlines, `...` for what lies between."""
    marks = [mark for label, primary in labels for mark in _marks(label, primary)]
    by_line: dict[int, list[_Mark]] = {}
    for mark in sorted(marks, key=lambda m: (m.line, not m.primary, m.start)):
        by_line.setdefault(mark.line, []).append(mark)
    gutter = max(_GUTTER, len(str(max(by_line))))
    at = place(labels[0][0].span)
    arrow = style("-->", "blue", on=colour)
    yield f"{' ' * (gutter - 2)}{arrow} {visible(source.name)}:{at.line}:{at.column}"
    before = None
    for number, on_line in by_line.items():
        if before is not None and number == before + 2:
            yield from _source_line(source.line(before + 1), before + 1, [], gutter, tint, colour, width)
        elif before is not None and number > before + 2:
            yield style(ELLIPSIS.rjust(gutter), "blue", on=colour)
        yield from _source_line(source.line(number), number, on_line, gutter, tint, colour, width)
        before = number


def _marks(label: Label, primary: bool) -> Iterator[_Mark]:
    """One mark for a span on one line; else the rest of its first line, and its last line up to its end."""
    at = place(label.span)
    if at.line == at.end_line:
        yield _Mark(at.line, at.column - 1, max(at.end_column - 1, at.column), label.text, primary)
        return
    first, last = label.span.source.line(at.line), label.span.source.line(at.end_line)
    yield _Mark(at.line, at.column - 1, max(len(first.rstrip()), at.column), "", primary)
    indent = min(len(last) - len(last.lstrip()), at.end_column - 2) if at.end_column > 1 else 0
    yield _Mark(at.end_line, indent, max(at.end_column - 1, indent + 1), label.text, primary)


def _source_line(
    text: str, number: int, marks: list[_Mark], gutter: int, tint: str, colour: bool, width: int
) -> Iterator[str]:
    """The numbered line and an underline for each mark; a line too long once for each group that fits."""
    line = layout(text)
    room = max(width - gutter - 3, _LEAST)
    numbered = style(f"{number:>{gutter}} |", "blue", on=colour)
    blank = style(f"{'':>{gutter}} |", "blue", on=colour)
    for group in _groups(line, marks, room):
        lo, hi = _view(line, group, room)
        shown, moved = line.clip(lo, hi)
        yield f"{numbered} {shown}".rstrip()
        for mark in group:
            begin = line.cell(mark.start) - moved
            end = min(line.cell(mark.end), max(hi, begin + moved + 1)) - moved
            under = ("^" if mark.primary else "-") * max(end - begin, 1)
            said = f"{under} {visible(mark.text)}".rstrip().replace("\n", " ")
            yield f"{blank} {' ' * begin}{style(said, tint if mark.primary else 'blue', on=colour)}"


def _groups(line: Layout, marks: list[_Mark], room: int) -> list[list[_Mark]]:
    """Marks that one view of the line can hold together: all of them, unless the line must be clipped."""
    if line.width <= room or len(marks) < 2:
        return [marks]
    groups = [[marks[0]]]
    for mark in marks[1:]:
        for group in groups:
            together = [*group, mark]
            wide = max(line.cell(m.end) for m in together) - min(line.cell(m.start) for m in together)
            if wide <= room - 2 * len(ELLIPSIS):
                group.append(mark)
                break
        else:
            groups.append([mark])
    return groups


def _view(line: Layout, marks: list[_Mark], room: int) -> tuple[int, int]:
    """The cells `lo:hi` of a line to show: all, or `room` of them around the marks.

    A mark wider than the room is shown from its beginning. Words beside the marks get half of
    what is left, so that the place is rarely pushed out of sight by a long label.
    """
    if line.width <= room:
        return 0, line.width
    if not marks:
        return 0, room
    start = min(line.cell(mark.start) for mark in marks)
    end = max(line.cell(mark.end) for mark in marks)
    words = max(width_of(mark.text) for mark in marks)
    spare = max(room - (end - start) - min(words, room // 2), 2 * len(ELLIPSIS))
    lo = max(min(start - spare // 2, line.width + 1 - room), 0)
    if start - lo < len(ELLIPSIS):
        lo = max(start - len(ELLIPSIS), 0)
    return lo, lo + room

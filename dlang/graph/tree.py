"""The tree form: what a result was computed from, a line a value, for a terminal.

                                value  gradient  line
objective                       9.762       1.0
└ y ~ signal(t)                 9.762       1.0     9
  └ sum ← * ← -                 9.762       1.0     9
    ├ y                          [40]                2
    └ signal(t)                  [40]     ±3.13     9
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from textwrap import wrap
from typing import TypeAlias

from dlang.briefly import in_ascii
from dlang.diagnostics.ansi import style, visible
from dlang.diagnostics.cells import width_of
from dlang.graph.look import Look
from dlang.graph.model import Kind, Node, Picture, Sheet
from dlang.graph.numbers import caption, gradient_text, value_text
from dlang.graph.opening import opened
from dlang.graph.reading import Reader, Seen, ends
from dlang.records import record

__all__ = ["render"]

_ROOM = 80
"""Nodes in boxes that are opened."""

_LINES = 200
"""Lines of a tree; what is left is counted."""

_WIDTH = 100
_ROOMY = 80
"""From so many cells on arrays are shown with their range."""

_CHAIN, _CUT = " \u2190 ", "\u2026"
_COLOURS: dict[Kind, tuple[str, ...]] = {
    Kind.PARAM: ("green",), Kind.DATA: ("cyan",), Kind.ARGUMENT: ("green",), Kind.CONSTANT: ("dim",),
    Kind.CALL: ("blue",), Kind.RULE: ("blue",), Kind.TERM: ("blue",), Kind.GROUP: ("blue",), Kind.LOOP: ("blue",),
    Kind.PASS: ("blue",),
    Kind.MIDDLE: ("blue",), Kind.BRANCH: ("blue",), Kind.RESULT: ("bold",), Kind.FAULT: ("bold", "red"),
}  # fmt: skip
_LEAVES = (Kind.PARAM, Kind.DATA, Kind.ARGUMENT, Kind.CONSTANT)


Columns: TypeAlias = Callable[[Node, Node, bool, str], tuple[str, ...]]
"""(node, what leaves it, whether there is little room, the picture's file) -> its columns."""


@record
class _Line:
    """A line to be laid out: guide and text to the left, columns to the right."""

    guide: str
    text: str
    kind: Kind
    columns: tuple[str, ...] = ()


def render(picture: Picture, look: Look) -> str:
    """The picture as text, 100 cells wide where nothing says otherwise; under it the backward graph if there is one."""
    wide, colour = look.width or _WIDTH, look.colour
    words = in_ascii if look.ascii_only else str
    parts = [style(words(visible(picture.title)), "bold", on=colour)]
    for sheet, heads, columns in (
        (picture.forward, ("value", "gradient", "line"), _forward_columns),
        (picture.backward, ("gradient", "", "line"), _backward_columns),
    ):
        if sheet is None:
            continue
        if sheet is picture.backward:
            parts += ["", style("backward", "bold", on=colour)]
        lines = [_in_words(line, words) for line in _Grower(sheet, picture.file, columns, wide).lines()]
        parts += _laid_out(lines, heads, colour, wide, words(_CUT))
    if picture.note:
        parts += ["", *wrap(words(visible(picture.note)), wide)]
    return "\n".join(parts) + "\n"


def _in_words(line: _Line, words: Callable[[str], str]) -> _Line:
    return _Line(words(line.guide), words(line.text), line.kind, tuple(map(words, line.columns)))


# ---- from the sheet to lines


@record(frozen=False, eq=False)
class _Branch:
    """A node that is to be written: the guide in front of it, and of what is below."""

    seen: Seen
    lead: str
    below: str
    alone: bool


class _Grower:
    """Writes a sheet as lines, from its ends to what they were computed from; without recursion."""

    def __init__(self, sheet: Sheet, file: str, columns: Columns, wide: int) -> None:
        self._sheet, self._file, self._columns = sheet, file, columns
        self._deepest, self._narrow = max(2, (wide - 14) // 2 if wide < 40 else 6 + (wide - 40) // 3), wide < _ROOMY
        self._reader = Reader(sheet, opened(sheet, _ROOM))
        self._written: set[Seen] = set()

    def lines(self) -> Iterator[_Line]:
        """The lines of every end."""
        stack = [_Branch(Seen(node), "", "", True) for node in reversed(ends(self._sheet))]
        left = _LINES
        while stack:
            if not left:
                yield _Line("", f"\u2026 and {len(stack)} more branches", Kind.CONSTANT)
                return
            left -= 1
            branch = stack.pop()
            line, below = self._line(branch)
            yield line
            for k, child in enumerate(reversed(below)):
                last = k == 0
                lead, rest = ("\u2514 ", "  ") if last else ("\u251c ", "\u2502 ")
                stack.append(_Branch(child, branch.below + lead, branch.below + rest, len(below) == 1))

    def _line(self, branch: _Branch) -> tuple[_Line, list[Seen]]:
        """The line of a node, joined with those that only it was computed from; and what goes below."""
        seen = branch.seen
        first = self._known(seen)
        texts, below = [self._called(seen)], [] if first else self._reader.operands(seen)
        mark = "" if not first or seen.node.kind in _LEAVES else " \u2191"
        while len(below) == 1 and _folds(seen.node) and _folds(below[0].node) and below[0] not in self._written:
            seen = below[0]
            self._written.add(seen)
            texts.append(caption(seen.node))
            below = self._reader.operands(seen)
        if below and len(branch.lead) >= 2 * self._deepest:
            texts, below = [*texts, "\u2026"], []
        port = self._reader.port(branch.seen) or branch.seen.node
        columns = self._columns(branch.seen.node, port, self._narrow, self._file)
        return _Line(branch.lead, _CHAIN.join(texts) + mark, branch.seen.node.kind, columns), below

    def _called(self, seen: Seen) -> str:
        """A node's text; of a box with several ways out, with that by which it is read."""
        port = self._reader.port(seen)
        text = caption(seen.node)
        return f"{text} \u203a {visible(port.label)}" if port is not None and self._reader.ways(seen.node) > 1 else text

    def _known(self, seen: Seen) -> bool:
        """Whether the node was written before; it is now."""
        if seen.node.inside is not None and not self._reader.is_open(seen.node):
            seen = Seen(seen.node)  # whatever leaves a closed box was computed from the same
        if seen in self._written:
            return True
        self._written.add(seen)
        return False


def _folds(node: Node) -> bool:
    """Whether a node may share a line with its only operand: an operation without a name of its own."""
    return node.kind is Kind.OPERATION and not node.detail


def _forward_columns(node: Node, port: Node, narrow: bool, file: str) -> tuple[str, ...]:
    value = "" if node.kind is Kind.CONSTANT else value_text(port, narrow=narrow)
    return value, gradient_text(port), _place(node, file)


def _backward_columns(node: Node, port: Node, narrow: bool, file: str) -> tuple[str, ...]:
    return value_text(port, narrow=narrow), "", _place(node, file)


def _place(node: Node, file: str) -> str:
    """The line, and the file where it is another than the picture's."""
    if node.span is None:
        return ""
    name = node.span.source.name
    return f"{node.span.line}" if name == file else f"{PurePath(name).stem}:{node.span.line}"


# ---- from lines to text


def _laid_out(lines: Sequence[_Line], heads: Sequence[str], colour: bool, wide: int, cut: str) -> list[str]:
    """Lines with their columns to the right, as many as there is room for."""
    chosen = [k for k in range(len(heads)) if any(len(line.columns) > k and line.columns[k] for line in lines)]
    while True:
        widths = {
            k: max(width_of(heads[k]), *(width_of(line.columns[k]) for line in lines if line.columns)) for k in chosen
        }
        room = wide - sum(widths.values()) - 2 * len(chosen)
        if room >= min(40, wide // 2) or not chosen:
            break
        chosen.pop()
    room = min(room, max((width_of(line.guide + line.text) for line in lines), default=0))

    def row(left: str, cells: Sequence[str]) -> str:
        return (left + "".join("  " + " " * (widths[k] - width_of(cells[k])) + cells[k] for k in chosen)).rstrip()

    out = [style(row(" " * room, heads), "dim", on=colour)] if chosen else []
    for line in lines:
        text = _clipped(line.guide, line.text, room, cut)
        pad = " " * (room - width_of(line.guide + text))
        shown = style(line.guide, "dim", on=colour) + style(
            text, *_COLOURS.get(line.kind, ()), on=colour and bool(_COLOURS.get(line.kind))
        )
        out.append(row(shown + pad, line.columns) if line.columns else (shown + pad).rstrip())
    return out


def _clipped(guide: str, text: str, room: int, cut: str) -> str:
    left = room - width_of(guide)
    if width_of(text) <= left:
        return text
    while text and width_of(text + cut) > left:
        text = text[:-1]
    return (text + cut)[: max(1, left)]

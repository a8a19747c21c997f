"""Comments, which the scanner skips: found in the gaps between the tokens, and attached to them.

A comment on a line of its own belongs to the token that follows, one behind code to the token before it. Before an
operator between two operands, or a comma, a comment moves behind it: the line breaks there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlang.records import record
from dlang.source import Source
from dlang.syntax.tokens import EOF, OPERAND_ENDS, Token

__all__ = ["Comment", "Comments", "comments"]

_COMMENT = re.compile("#[^\n]*")
_MOVING = frozenset(
    (
        *("COMMA", "ASSIGN", "COMPOUND", "TILDE", "ARROW", "AND", "OR"),
        *("COMPARISON", "RANGE", "BY", "MULTIPLICATIVE", "POWER"),
    )
)
"""Tokens behind which a line can break, and the formatter breaks it."""


@record
class Comment:
    """A comment, from its `#` to the end of its line.

    Attributes:
        text: without white space at its end.
        start: its offset.
        column: from 0, tabs as wide as a terminal shows them.
        gap: how many characters are between it and the token before, for a comment behind code.
    """

    text: str
    start: int
    column: int
    gap: int


@record
class Comments:
    """The comments of a program, by the offset at which their token starts."""

    before: dict[int, list[Comment]]
    behind: dict[int, Comment]


def comments(source: Source, tokens: Sequence[Token]) -> Comments:
    """Attach every comment of a program to one of its tokens; `tokens` are as the grammar has them."""
    found = Comments({}, {})
    held: Comment | None = None  # has moved over `before`, and now stands behind it
    waiting: list[Comment] = []  # likewise, on lines of their own
    before: Token | None = None
    begins = True
    for token in tokens:
        if token.kind == "_END":
            begins = True
            continue
        behind, own = _gap(source, before, token)
        if held is not None or waiting:
            behind, own = held, [*waiting, *([behind] if behind is not None else []), *own]
        held, waiting = None, []
        if not begins and _moves(before, token):
            held, waiting = behind, own
        else:
            if behind is not None and before is not None:
                found.behind[before.start] = behind
            if own:
                found.before[token.start] = own
        before, begins = token, False
    return found


def _moves(before: Token | None, token: Token) -> bool:
    if token.kind == "ADDITIVE":
        return before is not None and before.kind in OPERAND_ENDS
    return token.kind in _MOVING


def _gap(source: Source, before: Token | None, token: Token) -> tuple[Comment | None, list[Comment]]:
    """The comment behind a token and those on the lines between it and the next."""
    end = before.end if before else 0
    stop = len(source.text) if token.kind == EOF else token.start
    if source.text.find("#", end, stop) < 0:
        return None, []
    first, *rest = (_comment(source, match, end) for match in _COMMENT.finditer(source.text, end, stop))
    if before is None or "\n" in source.text[end : first.start]:
        return None, [first, *rest]
    return first, rest


def _comment(source: Source, match: re.Match[str], end: int) -> Comment:
    start = match.start()
    line_start = source.text.rfind("\n", 0, start) + 1
    column = len(source.text[line_start:start].expandtabs())
    return Comment(match[0].rstrip(), start, column, start - end)

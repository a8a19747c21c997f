"""After a syntax error: which statement to drop, and where to go on."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.syntax.tokens import CLOSERS, EOF, OPENERS, Token

__all__ = ["resume", "statement_before"]


def statement_before(tokens: Sequence[Token], at: int) -> tuple[int, list[Token]]:
    """Where the innermost statement around a token begins, and the brackets that are open in it."""
    opened: list[Token] = []
    closed = 0
    index = at
    while index > 0:
        token = tokens[index - 1]
        if token.kind in CLOSERS:
            closed += 1
        elif token.kind in OPENERS:
            if closed:
                closed -= 1
            elif token.kind == "_LBLOCK":
                break
            else:
                opened.append(token)
        elif token.kind == "_END" and not closed:
            break
        index -= 1
    return index, opened


def resume(tokens: Sequence[Token], at: int, open_brackets: int) -> int:
    """Where to go on after an error at `at`: behind the end of the statement, or at the end of its block.

    `open_brackets` is how many brackets are open in the statement there.
    """
    while tokens[at].kind != EOF:
        kind = tokens[at].kind
        if kind in OPENERS:
            open_brackets += 1
        elif kind in CLOSERS:
            if not open_brackets:
                return at
            open_brackets -= 1
        elif kind == "_END" and not open_brackets:
            return at + 1
        at += 1
    return at

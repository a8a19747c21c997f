"""Brackets that do not match: each is reported once, and the rest of the file is still read."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import Reporter
from dlang.source import Source
from dlang.syntax.tokens import CLOSER_OF, EOF, ERROR, OPENER_OF, Token

__all__ = ["mend_brackets"]

_SIGNS = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}


def mend_brackets(tokens: Sequence[Token], source: Source, report: Reporter) -> list[Token]:
    """The tokens with balanced brackets.

    A bracket that is never closed, or closes nothing, becomes an `ERROR`, so that its statement is dropped in
    silence and its newlines are those around it; one of the wrong kind is read as the right one. A bracket is not
    reported whose end may stand in a string that is not closed.
    """
    mended = list(tokens)
    unclosed: list[tuple[int, int]] = []
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind in CLOSER_OF:
            stack.append(index)
        elif token.kind in OPENER_OF:
            depth = _depth_of(OPENER_OF[token.kind], stack, tokens)
            if not stack:
                report(catalogue.unmatched_bracket(token.span(source), token.text, None))
                mended[index] = token.of_kind(ERROR)
            elif depth is None:
                opened = tokens[stack.pop()]
                report(catalogue.unmatched_bracket(token.span(source), token.text, opened.span(source)))
                mended[index] = token.of_kind(CLOSER_OF[opened.kind])
            else:
                unclosed += [(opener, index) for opener in stack[depth + 1 :]]
                del stack[depth:]
    unclosed += [(opener, len(tokens) - 1) for opener in stack]
    lines: set[int] = set()
    for opener, at in sorted(unclosed):
        token = tokens[opener]
        mended[opener] = token.of_kind(ERROR)
        span = token.span(source)
        if span.line not in lines and not any(map(_is_open_string, tokens[opener:at])):
            # of several on a line the first says it all
            lines.add(span.line)
            instead = None if tokens[at].kind == EOF else tokens[at].span(source)
            report(catalogue.unclosed_bracket(span, token.text, _SIGNS[CLOSER_OF[token.kind]], instead))
    return mended


def _is_open_string(token: Token) -> bool:
    return token.kind == ERROR and token.text.startswith('"')


def _depth_of(opener: str, stack: Sequence[int], tokens: Sequence[Token]) -> int | None:
    """Where on the stack the innermost bracket of a kind stands."""
    for depth in range(len(stack) - 1, -1, -1):
        if tokens[stack[depth]].kind == opener:
            return depth
    return None

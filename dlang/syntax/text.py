"""The text that a string literal stands for."""

from __future__ import annotations

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import Reporter
from dlang.source import Span

__all__ = ["literal_text"]

_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def literal_text(span: Span, literal: str, report: Reporter) -> str:
    """The literal without its quotes, with its escapes resolved; an unknown escape is left out."""
    if "\\" not in literal:
        return literal[1:-1]
    pieces: list[str] = []
    at, stop = 1, len(literal) - 1
    while at < stop:
        backslash = literal.find("\\", at, stop)
        if backslash < 0:
            backslash = stop
        pieces.append(literal[at:backslash])
        if backslash == stop:
            break
        length, character = _escape(literal, backslash, stop)
        if character is None:
            place = Span(span.source, span.start + backslash, span.start + backslash + length)
            report(catalogue.unknown_escape(place, literal[backslash : backslash + length]))
        else:
            pieces.append(character)
        at = backslash + length
    return "".join(pieces)


def _escape(literal: str, at: int, stop: int) -> tuple[int, str | None]:
    """How long the escape at `at` is, and its character if it has one."""
    letter = literal[at + 1]
    if letter != "u" or literal[at + 2 : at + 3] != "{":
        return 2, _ESCAPES.get(letter)
    closing = literal.find("}", at, stop)
    if closing < 0:
        return 3, None
    digits = literal[at + 3 : closing]
    length = closing + 1 - at
    if not (1 <= len(digits) <= 6 and all(c in "0123456789abcdefABCDEF" for c in digits)):
        return length, None
    code_point = int(digits, 16)
    if code_point > _LAST_CODE_POINT or code_point in _SURROGATES:
        return length, None
    return length, chr(code_point)

"""The post-lexer: which newlines end a statement, which braces are records, which words are keywords.

What needs a longer look than LALR's one token is decided here, so that the grammar has no conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import Reporter
from dlang.source import Source
from dlang.syntax.brackets import mend_brackets
from dlang.syntax.tokens import (
    BINARY,
    CLOSER_OF,
    CLOSERS,
    EOF,
    HARD_WORDS,
    OPERAND_ENDS,
    SOFT_WORDS,
    WORDS,
    Token,
)

__all__ = ["GOES_ON_AFTER", "GOES_ON_BEFORE", "MAX_DEPTH", "arrange"]

MAX_DEPTH = 200
"""How deep brackets, and constructs in each other, may nest."""

_BEGINNINGS = frozenset(("_END", "_LBLOCK"))
GOES_ON_AFTER = BINARY | {"ASSIGN", "COMPOUND", "ARROW", "TILDE", "COMMA", "NOT"}
"""Kinds behind which a newline ends no statement."""
GOES_ON_BEFORE = frozenset(("ELSE", "PIPE"))
"""Kinds before which it ends none."""
_NO_END_AFTER = GOES_ON_AFTER | _BEGINNINGS
_BLOCK_AFTER = OPERAND_ENDS | {"ELSE"}
_NOT_NAMED = frozenset(("AND", "OR", "IF", "ELSE"))
_NAMED = (WORDS | {"INT", "REAL", "STRING"}) - _NOT_NAMED
_OPERANDS = (WORDS | {"INT", "REAL", "STRING", "LPAR", "ADDITIVE", "LBRACE"}) - {"AND", "OR", "IN", "BY", "ELSE"}


class _Frame:
    """An open bracket: what closes it, and the declaration that its current statement is, if it is one."""

    __slots__ = ("closer", "head", "is_block", "is_record")

    def __init__(self, closer: str, kind: str) -> None:
        self.closer = closer
        self.is_block = kind == "_LBLOCK"
        self.is_record = kind == "_LRECORD"
        self.head = ""


class _Arrangement:
    """One pass over the scanner's tokens, and what it has to remember."""

    __slots__ = ("frames", "out", "previous", "raw")

    def __init__(self, raw: Sequence[Token], outermost: str) -> None:
        self.raw = raw
        self.out: list[Token] = []
        self.previous = "_END" if outermost == "_LBLOCK" else ""
        self.frames = [_Frame(EOF, outermost)]

    def run(self) -> Token:
        """Arrange the tokens up to the last, or up to the bracket that does not match or nests too deep."""
        append = self.out.append
        handlers = _HANDLERS
        for index, token in enumerate(self.raw):
            handler = handlers.get(token.kind)
            if handler is None:
                append(token)
                self.previous = token.kind
            elif not handler(self, index, token):
                return token
        return self.raw[-1]

    def append(self, token: Token) -> bool:
        self.out.append(token)
        self.previous = token.kind
        return True

    def next_kinds(self, index: int) -> tuple[str, str]:
        """The kinds of the two tokens behind `index`, newlines left out."""
        kinds = [token.kind for token in self.raw[index + 1 : index + 5] if token.kind != "NEWLINE"]
        kinds += (EOF, EOF)
        return kinds[0], kinds[1]

    def begins(self) -> bool:
        """Whether the next token begins a statement."""
        return self.previous in _BEGINNINGS and self.frames[-1].is_block

    def newline(self, index: int, token: Token) -> bool:
        if (
            self.frames[-1].is_block
            and self.previous not in _NO_END_AFTER
            and self.raw[index + 1].kind not in GOES_ON_BEFORE
        ):
            end = self.out[-1].end
            self.end(Token("_END", end, end, "\n"))
        return True

    def semicolon(self, index: int, token: Token) -> bool:
        if not self.frames[-1].is_block:
            return self.append(token)
        if self.previous not in _BEGINNINGS:
            self.end(token.of_kind("_END"))
        return True

    def end(self, token: Token) -> None:
        self.frames[-1].head = ""
        self.append(token)

    def open(self, index: int, token: Token) -> bool:
        if len(self.frames) > MAX_DEPTH:
            return False
        self.frames.append(_Frame(CLOSER_OF[token.kind], token.kind))
        return self.append(token)

    def brace(self, index: int, token: Token) -> bool:
        kind = "_LBLOCK"
        if self.previous not in _BLOCK_AFTER:
            first, second = self.next_kinds(index)
            if first in ("RBRACE", "ELLIPSIS") or (second == "COLON" and (first in WORDS or first == "STRING")):
                kind = "_LRECORD"
        return self.open(index, token.of_kind(kind))

    def close(self, index: int, token: Token) -> bool:
        if self.frames[-1].closer != token.kind:
            return False
        self.frames.pop()
        return self.append(token)

    def word(self, index: int, token: Token) -> bool:
        kind = token.kind
        frame = self.frames[-1]
        is_key = frame.is_record and self.previous in ("_LRECORD", "COMMA") and self.next_kinds(index)[0] == "COLON"
        if self.previous == "DOT" or is_key:
            return self.append(token.of_kind("NAME"))
        can_stand = _SOFT.get(kind)
        if can_stand is not None and not can_stand(self, frame, token, self.raw[index + 1]):
            return self.append(token.of_kind("NAME"))
        if kind in _HEADS and self.begins():
            frame.head = kind
        return self.append(token)


_HEADS = frozenset(("PARAM", "DATA", "IMPORT"))


def _declares(a: _Arrangement, frame: _Frame, word: Token, following: Token) -> bool:
    return following.kind in _NAMED and a.begins()


def _weighs(a: _Arrangement, frame: _Frame, word: Token, following: Token) -> bool:
    is_array = following.kind == "LSQB" and following.start > word.end  # `minimize[0]` is an element of a variable
    return (following.kind in _OPERANDS or is_array) and a.begins()


def _from(a: _Arrangement, frame: _Frame, word: Token, following: Token) -> bool:
    return frame.head == "DATA" and a.previous == "NAME"


def _as(a: _Arrangement, frame: _Frame, word: Token, following: Token) -> bool:
    return (frame.head == "IMPORT" and a.previous in ("NAME", "STRING")) or (
        frame.head == "DATA" and a.previous == "STRING"
    )


def _table(a: _Arrangement, frame: _Frame, word: Token, following: Token) -> bool:
    return frame.head == "DATA" and a.previous == "AS"


def _fixed(a: _Arrangement, frame: _Frame, word: Token, following: Token) -> bool:
    return frame.head == "PARAM" and a.previous == "COMMA"


def _by(a: _Arrangement, frame: _Frame, word: Token, following: Token) -> bool:
    return a.previous in OPERAND_ENDS


_SOFT: dict[str, Callable[[_Arrangement, _Frame, Token, Token], bool]] = {
    "PARAM": _declares,
    "DATA": _declares,
    "REPORT": _declares,
    "JVP": _declares,
    "VJP": _declares,
    "MINIMIZE": _weighs,
    "MAXIMIZE": _weighs,
    "FROM": _from,
    "AS": _as,
    "TABLE": _table,
    "FIXED": _fixed,
    "BY": _by,
}

_HANDLERS: dict[str, Callable[[_Arrangement, int, Token], bool]] = {
    "NEWLINE": _Arrangement.newline,
    "SEMICOLON": _Arrangement.semicolon,
    "LPAR": _Arrangement.open,
    "LSQB": _Arrangement.open,
    "LBRACE": _Arrangement.brace,
    "RPAR": _Arrangement.close,
    "RSQB": _Arrangement.close,
    "RBRACE": _Arrangement.close,
    **dict.fromkeys(HARD_WORDS | SOFT_WORDS, _Arrangement.word),
}


def arrange(raw: Sequence[Token], source: Source, report: Reporter, *, inside: bool = False) -> list[Token]:
    """The tokens as the grammar wants them, with balanced brackets; the last is of kind `EOF`.

    Args:
        raw: from the scanner.
        source: for spans of what is reported.
        report: gets brackets that do not match, and those that nest too deep.
        inside: whether the whole text stands as if in brackets, where no newline ends anything.

    Raises:
        DlangError: brackets nest deeper than `MAX_DEPTH`; there is no use in reading on.
    """
    outermost = "LPAR" if inside else "_LBLOCK"
    arrangement = _Arrangement(raw, outermost)
    failed = arrangement.run()
    if failed.kind in CLOSERS or (failed.kind == EOF and len(arrangement.frames) > 1):
        arrangement = _Arrangement(mend_brackets(raw, source, report), outermost)
        failed = arrangement.run()
    if failed.kind != EOF:
        report(catalogue.too_deep(failed.span(source), MAX_DEPTH))
        report.raise_if_errors()
    return arrangement.out

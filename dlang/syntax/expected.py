"""Syntax errors in the user's words: what could have stood here, what stands here, and the mend."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import Diagnostic
from dlang.source import Source, Span
from dlang.syntax.habits import FOREIGN_WORDS, foreign_word, habit, misspelt_keyword
from dlang.syntax.recover import statement_before
from dlang.syntax.tables import Tables
from dlang.syntax.tokens import BINARY, CLOSERS, EOF, HARD_WORDS, WORDS, Token

__all__ = ["accepted", "unexpected"]

_OPERAND = frozenset(
    (
        *("NAME", "INT", "REAL", "STRING", "TRUE", "FALSE", "LPAR", "LSQB", "_LRECORD", "_LBLOCK"),
        *("FN", "IF", "NOT", "ADDITIVE"),
    )
)
_STATEMENT = frozenset(("FOR", "WHILE", "RETURN", "BREAK", "CONTINUE", "ASSERT", "IMPORT"))
_AFTER_OPERAND = BINARY | {"LPAR", "LSQB", "DOT", "PRIME"}
_NOT_ADVISED = frozenset(("COMPOUND", "TILDE", "AS", "ELSE", EOF))
_PHRASES = {
    "NAME": "a name",
    "INT": "a number",
    "STRING": "a string in double quotes",
    "_LBLOCK": "`{`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "LSQB": "`[`",
    "ASSIGN": "`=`",
    "ARROW": "`->`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "SEMICOLON": "`;`",
    "RANGE": "`..`",
    "COMPOUND": "a compound assignment",
    "TILDE": "`~`",
    "ELLIPSIS": "`...`",
    EOF: "the end of the text",
}


def accepted(tables: Tables, states: Sequence[int]) -> set[str]:
    """The kinds of token that could come next: those that the automaton would shift after its reductions."""
    return {kind for kind in tables.actions[states[-1]] if _would_shift(tables, states, kind)}


def _would_shift(tables: Tables, states: Sequence[int], kind: str) -> bool:
    depth = len(states)  # of what is left of the real stack; `above` stands on it
    above: list[int] = []
    while True:
        step = tables.actions[above[-1] if above else states[depth - 1]].get(kind)
        if step is None:
            return False
        if step >= 0:
            return True
        rule = tables.rules[~step]
        size = rule.size
        if size > len(above):
            depth -= size - len(above)
            above.clear()
        elif size:
            del above[-size:]
        above.append(rule.gotos[above[-1] if above else states[depth - 1]])


def unexpected(tables: Tables, states: Sequence[int], tokens: Sequence[Token], at: int, source: Source) -> Diagnostic:
    """The diagnostic for the token at `at`, which cannot stand there."""
    token = tokens[at]
    first, opened = statement_before(tokens, at)
    word = foreign_word(tokens, first, at)
    if word is not None:
        what = "is no keyword of dl"
        return catalogue.foreign_spelling(word.span(source), word.text, what, FOREIGN_WORDS[word.text])
    kinds = accepted(tables, states)
    bracket = opened[0] if opened else None
    expected = _expectation(kinds, bracket, token, source)
    shown: Span | None = None
    if bracket is not None and CLOSERS & kinds:
        shown = bracket.span(source)
    mend = misspelt_keyword(tokens, first, at) or habit(tokens, first, at, bracket, source)
    return catalogue.unexpected(token.span(source), expected, _found(token, source), opened=shown, mend=mend)


def _expectation(kinds: set[str], bracket: Token | None, found: Token, source: Source) -> str:
    phrases: list[str] = []
    if kinds >= _STATEMENT:
        return "a statement"
    if "INT" in kinds and "LPAR" in kinds:
        phrases.append("an expression")
        kinds = kinds - _OPERAND
    elif "MULTIPLICATIVE" in kinds:
        kinds = kinds - _AFTER_OPERAND
    if "_END" in kinds:
        return "a newline or `;` after the statement" if not phrases else "an expression or the end of the statement"
    closers = [kind for kind in ("RPAR", "RSQB", "RBRACE") if kind in kinds]
    if bracket is not None:
        kinds = kinds - {"ASSIGN"}  # of a named argument
    advised = sorted(kinds - _NOT_ADVISED - CLOSERS) or sorted(kinds - CLOSERS)
    phrases += [_PHRASES.get(kind, f"`{kind.lower()}`") for kind in advised]
    if bracket is not None and closers:
        phrase = f"`{_closing(bracket)}`"
        line = source.position(bracket.start)[0]
        if line != source.position(found.start)[0]:
            phrase += f" to close the `{bracket.text}` of line {line}"
        phrases.append(phrase)
    return _either(phrases)


def _closing(bracket: Token) -> str:
    return {"(": ")", "[": "]", "{": "}"}[bracket.text]


def _either(phrases: list[str]) -> str:
    if len(phrases) <= 1:
        return "".join(phrases) or "the end of the text"
    return f"{', '.join(phrases[:-1])} or {phrases[-1]}"


def _found(token: Token, source: Source) -> str:
    if token.kind == EOF:
        return "the end of the text"
    if token.kind == "_END" and token.text != ";":
        return "the end of the line"
    if token.kind == "STRING":
        return "a string"
    text = source.text[token.start : token.end]
    if token.kind in HARD_WORDS or (token.kind in WORDS and token.kind != "NAME"):
        return f"the keyword `{text}`"
    return f"`{text}`"

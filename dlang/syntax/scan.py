"""From characters to tokens: one regular expression, made from the grammar's own terminals.

Faults of spelling are reported here, and the scan goes on with the token that was probably meant.
"""

from __future__ import annotations

import re
from typing import cast

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import Reporter
from dlang.source import Source, Span
from dlang.syntax.foreign import FOREIGN
from dlang.syntax.tables import Lexicon
from dlang.syntax.tokens import EOF, ERROR, OPERAND_ENDS, WORDS, Token

__all__ = ["scan"]

_PRIMED = OPERAND_ENDS | WORDS
_NUMBERS = ("INT", "REAL")
_BOM = "\ufeff"
_LONGEST_SHOWN = 8


def scan(source: Source, lexicon: Lexicon, report: Reporter, begin: int = 0) -> list[Token]:
    """Every token of the source from `begin` on, with newlines, ending with one of kind `EOF`.

    Words have their keyword's kind everywhere; whether they are keywords is for the post-lexer.
    """
    text = source.text
    match = lexicon.pattern.match
    words, signs = lexicon.words, lexicon.signs
    tokens: list[Token] = []
    append = tokens.append
    at = begin or (len(_BOM) if text.startswith(_BOM) else 0)
    while True:
        found = cast("re.Match[str]", match(text, at))  # `.` takes any character, and a newline is a token
        kind = cast(str, found.lastgroup)
        spelling = found[kind]
        at = found.end()
        start = at - len(spelling)
        if kind == "NAME":
            append(Token(words.get(spelling, "NAME"), start, at, spelling))
            if not spelling.isascii():
                at = _name(source, tokens, report)
        elif kind == "SIGN":
            append(Token(signs[spelling], start, at, spelling))
        elif kind == "MARK":
            kind = signs[spelling]
            append(Token(kind, start, at, spelling))
            if kind == "PRIME" and not (len(tokens) > 1 and _may_be_primed(tokens[-2], start)):
                at = _quoted(source, tokens, report)
        elif kind in _NUMBERS:
            append(Token(kind, start, at, spelling))
            if _goes_on(text, at):
                at = _malformed(source, tokens, report)
        elif kind == "EOF":
            end = tokens[-1].end if tokens else at
            append(Token(EOF, end, end, ""))
            return tokens
        elif kind == "STRANGE":
            at = _strange(source, start, lexicon, tokens, report)
        elif kind == "FOREIGN":
            _foreign(source, start, tokens, report)
        else:
            append(Token(kind, start, at, spelling))


def _may_be_primed(before: Token, start: int) -> bool:
    return before.end == start and before.kind in _PRIMED


def _name(source: Source, tokens: list[Token], report: Reporter) -> int:
    """Shorten the last token, a name beyond ASCII, to what can be a name; where to go on.

    `x²` is taken apart: the regular expression's letters are more than those of a name.
    """
    token = tokens.pop()
    length = len(token.text)
    while length and not token.text[:length].isidentifier():
        length -= 1
    if length:
        end = token.start + length
        tokens.append(Token(token.kind, token.start, end, token.text[:length]))
        return end
    end = token.start + 1
    if not _foreign(source, token.start, tokens, report):
        report(catalogue.not_in_the_language(Span(source, token.start, end), token.text[0]))
        tokens.append(Token(ERROR, token.start, end, token.text[0]))
    return end


def _quoted(source: Source, tokens: list[Token], report: Reporter) -> int:
    """Report the last token, a `'` that is no derivative; where to go on."""
    start = tokens.pop().start
    closing = source.text.find("'", start + 1)
    line_end = source.text.find("\n", start)
    if line_end < 0:
        line_end = len(source.text)
    if 0 <= closing < line_end:
        report(catalogue.single_quotes(Span(source, start, closing + 1)))
        tokens.append(Token("STRING", start, closing + 1, '""'))
        return closing + 1
    help_ = "`'` follows a function, without a space: `f'`; a string stands in `\"`"
    report(catalogue.foreign_spelling(Span(source, start, start + 1), "'", "has nothing to differentiate", help_))
    tokens.append(Token(ERROR, start, start + 1, "'"))
    return start + 1


def _goes_on(text: str, at: int) -> bool:
    """Whether something adjoins the number that ends at `at` which cannot follow one."""
    follower = text[at : at + 1]
    return follower.isidentifier() or (follower == "." and text[at + 1 : at + 2].isdecimal())


_REST = re.compile(r"(?:[eE][+-])?\w*(?:\.(?!\.)\w*)*")


def _malformed(source: Source, tokens: list[Token], report: Reporter) -> int:
    """Report the last token, a number that goes on as something else; where to go on."""
    token = tokens[-1]
    rest = _REST.match(source.text, token.end)
    end = rest.end() if rest else token.end
    text = source.text[token.start : end]
    tail = source.text[token.end : end]
    if tail.startswith("_"):
        mend = "one `_` may stand between two digits"
    elif tail.startswith("."):
        mend = "a number has one point"
    elif tail[0] in "eE" and not any(c.isalpha() for c in tail[1:]):
        mend = "an exponent has digits: `1e-3`"
    elif token.text == "0" and tail[0] in "xXbBoO":
        mend = "numbers are written in decimal"
    else:
        mend = f"a product is written `{token.text} * {tail}`; a name does not begin with a digit"
    report(catalogue.malformed_number(Span(source, token.start, end), text, mend))
    tokens[-1] = Token("INT", token.start, end, "0")
    return end


def _foreign(source: Source, start: int, tokens: list[Token], report: Reporter) -> bool:
    """Report a spelling of another language, if one begins here, and add the token that dl has for it."""
    for entry in FOREIGN:
        found = re.compile(entry.pattern).match(source.text, start)
        if found is not None:
            shown = found[0]
            if len(shown) > _LONGEST_SHOWN or "\n" in shown:
                shown = shown[:2]  # of a whole comment or string, what opens it
            span = Span(source, start, start + len(shown))
            if not shown.isprintable() or shown.isspace():
                shown = f"U+{ord(shown[0]):04X}"
            report(catalogue.foreign_spelling(span, shown, entry.what, entry.help))
            if entry.kind:
                tokens.append(Token(entry.kind, start, found.end(), entry.text))
            return True
    return False


def _strange(source: Source, start: int, lexicon: Lexicon, tokens: list[Token], report: Reporter) -> int:
    """Report characters without meaning, a run of them once; where to go on."""
    text = source.text
    if text[start] == '"':
        line_end = text.find("\n", start)
        end = len(text) if line_end < 0 else line_end
        report(catalogue.unclosed_string(Span(source, start, start + 1)))
        tokens.append(Token(ERROR, start, end, text[start:end]))
        return end
    end = start + 1
    while end < len(text):
        found = lexicon.pattern.match(text, end)
        if found is None or found.lastgroup != "STRANGE" or found.start("STRANGE") != end or text[end] == '"':
            break
        end += 1
    report(catalogue.not_in_the_language(Span(source, start, end), text[start:end]))
    tokens.append(Token(ERROR, start, end, text[start:end]))
    return end

"""What editors colour: patterns over the text, made from the table of words, for every kind of highlighter.

The patterns look at a line alone, and mean the same to Python and to Oniguruma (which TextMate's grammars are written
for). Whether a soft keyword is one is guessed from its neighbours; the parser knows.
"""

from __future__ import annotations

from collections.abc import Iterable

from dlang.syntax.tokens import CONSTANTS, KEYWORDS, TYPES

__all__ = ["CLASSES", "ESCAPE", "OPERATORS", "patterns"]

CLASSES = (
    *("comment", "number", "field", "function", "declaration", "control", "word operator", "constant"),
    *("type", "builtin", "name", "operator", "punctuation"),
)
"""What a piece of the text can be, besides a string and what is in it."""

_NAME = r"[^\W\d][\w\u0300-\u036f]*"
_DIGITS = "[0-9](?:_?[0-9])*"
_EXPONENT = f"[eE][+-]?{_DIGITS}"

ESCAPE = r'\\(?:[nt"\\]|u\{[0-9a-fA-F]{1,6}\})'
"""An escape in a string."""

OPERATORS = (
    *("...", "..=", "..", "|>", "->", "//=", "//", "+=", "-=", "*=", "/=", "%=", "@=", "^="),
    *("==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "@", "^", "~", "'"),
)

_WORD_OPERATORS = ("and", "or", "not", "in")
_CONTROL = ("return", "if", "else", "for", "while", "break", "continue")
_LITERALS = ("true", "false")
_OPENING = ("param", "data", "report", "jvp", "vjp")
_WEIGHING = ("minimize", "maximize")

_AFTER_OPERAND = r"""(?:(?<=[)\]}'"])|(?<=[\w)\]}'"][ \t]))"""
_CONTEXT = {
    "from": _AFTER_OPERAND + r'from\b(?=[ \t]*")',
    "as": _AFTER_OPERAND + rf"as\b(?=[ \t]+{_NAME})",
    "by": _AFTER_OPERAND + r"by\b(?=[ \t]*[^\s=,:;)\]}|])",
    "fixed": r"(?:(?<=,)|(?<=,[ \t]))fixed\b(?=[ \t]*(?:[#;}]|\r?$))",
    "table": r"(?<=\bas[ \t])table\b",
}
"""Where the soft keywords that are inside a statement are keywords."""


def patterns(builtins: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of a class and a regular expression, to be tried in order; strings and white space are not among them.

    Args:
        builtins: the names of the built-in functions and distributions.
    """
    hard = [word for word in KEYWORDS if word not in (*_WORD_OPERATORS, *_CONTROL, *_LITERALS)]
    not_name = rf"(?:{'|'.join([*_WORD_OPERATORS, *_CONTROL])})\b|by\b(?![ \t]*[=,])"
    followed = rf"(?=[ \t]+(?!{not_name}){_NAME})"
    return (
        ("comment", r"#[^\n]*"),
        ("number", rf"{_DIGITS}(?:\.(?!\.)(?:{_DIGITS})?)?(?:{_EXPONENT})?|\.{_DIGITS}(?:{_EXPONENT})?"),
        ("field", rf"(?<![.]\.)(?<=\.){_NAME}"),
        ("field", rf"{_any(KEYWORDS)}(?=[ \t]*:)"),
        ("function", rf"(?<=\bfn[ \t]){_NAME}|(?<=\b[jv]vp[ \t]){_NAME}(?=[ \t]*\()"),
        ("declaration", _any(hard)),
        ("declaration", _any(_OPENING) + followed),
        ("declaration", _any(_WEIGHING) + r'(?=[ \t]*[\w("{.]|[ \t]+(?:\[|[-+][\w(.]))' + _no_operator()),
        ("declaration", "|".join(_CONTEXT[word] for word in ("from", "as", "fixed", "table"))),
        ("control", _any(_CONTROL)),
        ("word operator", f"{_any(_WORD_OPERATORS)}|{_CONTEXT['by']}"),
        ("constant", _any(sorted((*CONSTANTS, *_LITERALS)))),
        ("type", _any(sorted(TYPES))),
        ("builtin", _any(sorted(builtins)) + r"(?![ \t]*=(?!=))"),
        ("name", _NAME),
        ("operator", "|".join(_escaped(each) for each in OPERATORS)),
        ("punctuation", r"[()\[\]{},:;.]"),
    )


def _any(words: Iterable[str]) -> str:
    """Any of some words, whole."""
    return rf"\b(?:{'|'.join(words)})\b"


def _no_operator() -> str:
    return rf"(?![ \t]*(?:{'|'.join(_WORD_OPERATORS)})\b)"


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in ".|+*^" else char for char in text)

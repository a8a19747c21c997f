"""What people write who come from Python, Julia, R, Stan or C, and what dl has for it.

Here are the habits that show in the characters: the scanner reports them and goes on with the right token
in their place, so that nothing else is reported. Those that show in words and in the order of tokens are
in `habits`.
"""

from __future__ import annotations

from typing import NamedTuple

from dlang.syntax.tokens import ERROR

__all__ = ["FOREIGN", "Foreign"]


class Foreign(NamedTuple):
    """A spelling that dl does not have.

    Attributes:
        pattern: a regular expression, tried before the tokens of the grammar.
        kind: of the token to go on with; `ERROR` to drop the statement, "" to go on without one.
        text: of that token.
        what: the thing, to follow its spelling: "`&&` is no operator of dl".
        help: the mend.
    """

    pattern: str
    kind: str
    text: str
    what: str
    help: str


_OPERATOR = "is no operator of dl"
_CHARACTER = "is no character of dl's operators"
_ELEMENTWISE = "arithmetic works element by element as it is: write `{}`"

FOREIGN: tuple[Foreign, ...] = (
    Foreign(r"\*\*", "POWER", "^", _OPERATOR, "a power is written `^`"),
    Foreign(r"<-(?=\s)", "ASSIGN", "=", "does not assign", "write `=`, or `< -` to compare with a negative"),
    Foreign(r"<>|~=|!==", "COMPARISON", "!=", _OPERATOR, "write `!=`"),
    Foreign(r"===", "COMPARISON", "==", _OPERATOR, "write `==`"),
    Foreign(r"=>", ERROR, "", _OPERATOR, "a function is written `fn(x) = …`"),
    Foreign(r":=", "ASSIGN", "=", _OPERATOR, "write `=`"),
    Foreign(r"(?:\+\+|--)(?=[ \t\r]*(?:[;\n#})\]]|\Z))", "", "", _OPERATOR, "write `x += 1` or `x -= 1`"),
    Foreign(r"&&?", "AND", "and", _OPERATOR, "write `and`"),
    Foreign(r"\|\|", "OR", "or", _OPERATOR, "write `or`"),
    Foreign(r"\|(?!>)", "OR", "or", _OPERATOR, "write `or`; a pipe is `|>`"),
    Foreign(r"(?<=[\w)\]])!(?!=)", "", "", _OPERATOR, "remove it; a factorial is written `exp(lgamma(n + 1))`"),
    Foreign(r"!(?!=)", "NOT", "not", _OPERATOR, "write `not`"),
    Foreign(r"\?", ERROR, "", _OPERATOR, "a choice is written `if c { a } else { b }`, per element `where(c, a, b)`"),
    Foreign(r"%\*%", "MULTIPLICATIVE", "@", _OPERATOR, "a product of matrices is written `@`"),
    Foreign(r"%%", "MULTIPLICATIVE", "%", _OPERATOR, "a remainder is written `%`"),
    Foreign(r"\.\*", "MULTIPLICATIVE", "*", _OPERATOR, _ELEMENTWISE.format("*")),
    Foreign(r"\./", "MULTIPLICATIVE", "/", _OPERATOR, _ELEMENTWISE.format("/")),
    Foreign(r"\.\^", "POWER", "^", _OPERATOR, _ELEMENTWISE.format("^")),
    Foreign(r"\.\+", "ADDITIVE", "+", _OPERATOR, _ELEMENTWISE.format("+")),
    Foreign(r"\.-", "ADDITIVE", "-", _OPERATOR, _ELEMENTWISE.format("-")),
    Foreign(r"/\*(?s:.*?(?:\*/|\Z))", "", "", "opens no comment", "a comment begins with `#` and ends with its line"),
    Foreign(
        r'"""(?s:.*?(?:"""|\Z))',
        "STRING",
        '""',
        "opens no string",
        "strings end on their line; a comment begins with `#`",
    ),
    Foreign("\u201c[^\u201d\n]*\u201d?", "STRING", '""', "is not quoted as dl reads it", 'use straight quotes: `"…"`'),
    Foreign("[\u2212\u2013]", "ADDITIVE", "-", _CHARACTER, "write `-`"),
    Foreign("[\u00d7\u00b7\u22c5]", "MULTIPLICATIVE", "*", _CHARACTER, "write `*`"),
    Foreign("\u00f7", "MULTIPLICATIVE", "/", _CHARACTER, "write `/`"),
    Foreign("\u2264", "COMPARISON", "<=", _CHARACTER, "write `<=`"),
    Foreign("\u2265", "COMPARISON", ">=", _CHARACTER, "write `>=`"),
    Foreign("\u2260", "COMPARISON", "!=", _CHARACTER, "write `!=`"),
    Foreign("\u2192", "ARROW", "->", _CHARACTER, "write `->`"),
    Foreign("\u2032", "PRIME", "'", _CHARACTER, "write the derivative with a straight `'`"),
    Foreign("\u221e", "NAME", "inf", "is no number of dl", "write `inf`"),
    Foreign("\u2026", "ELLIPSIS", "...", _CHARACTER, "write three dots, `...`"),
    Foreign(
        "[\u00b2\u00b3\u00b9\u2070-\u2079]+", ERROR, "", "is no exponent in dl", "write a power with `^`, as `x^2`"
    ),
    Foreign("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]+", "", "", "is no white space of dl", "write an ordinary space"),
)

"""Tokens, the words of the language, and the sets of token kinds on which several stages of the front end agree.

The built-in functions and distributions have tables of their own, in the layers that give them their meaning.

A kind is the name of a terminal of `grammars/dl.lark`. Four kinds come from elsewhere: `_END`,
`_LBLOCK` and `_LRECORD` from the post-lexer, and `ERROR`, which stands in no rule: it makes the
parser drop a statement whose fault has been reported already.
"""

from __future__ import annotations

from dlang.source import Source, Span

__all__ = [
    "BINARY",
    "CLOSERS",
    "CLOSER_OF",
    "CONSTANTS",
    "EOF",
    "ERROR",
    "HARD_WORDS",
    "KEYWORDS",
    "OPENERS",
    "OPENER_OF",
    "OPERAND_ENDS",
    "SOFT_KEYWORDS",
    "SOFT_WORDS",
    "TYPES",
    "WORDS",
    "Token",
]

KEYWORDS = (
    "fn", "return", "if", "else", "for", "in", "while", "break", "continue",
    "and", "or", "not", "true", "false", "import", "assert",
)  # fmt: skip
"""Words that are never names, except after `.` and as keys of a record."""

SOFT_KEYWORDS = (
    "param", "data", "from", "minimize", "maximize", "report", "as", "jvp", "vjp", "by", "fixed", "table",
)  # fmt: skip
"""Words that are keywords only where their form can stand."""

CONSTANTS = frozenset(("pi", "inf", "nan"))
"""Names that mean the same everywhere; `true` and `false` are no names."""

TYPES = frozenset(("Real", "Int", "Bool", "String"))
"""The words that an annotation may use; an array holds all but Strings."""

EOF = "$END"
ERROR = "ERROR"

HARD_WORDS = frozenset(word.upper() for word in KEYWORDS)
SOFT_WORDS = frozenset(word.upper() for word in SOFT_KEYWORDS)
WORDS = HARD_WORDS | SOFT_WORDS | {"NAME"}
"""Kinds of everything that is spelled like a name."""

CLOSER_OF = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "_LBLOCK": "RBRACE", "_LRECORD": "RBRACE"}
OPENER_OF = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
OPENERS = frozenset(CLOSER_OF)
CLOSERS = frozenset(OPENER_OF)

OPERAND_ENDS = frozenset(("NAME", "INT", "REAL", "STRING", "TRUE", "FALSE", "RPAR", "RSQB", "RBRACE", "PRIME"))
"""Kinds that can end an expression."""

BINARY = frozenset(("AND", "OR", "COMPARISON", "RANGE", "BY", "ADDITIVE", "MULTIPLICATIVE", "POWER", "PIPE"))
"""Operators between two expressions."""


class Token:
    """A piece of the text: its kind, where it stands, and how it is written."""

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: str, start: int, end: int, text: str) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.text = text

    def __repr__(self) -> str:
        return f"Token({self.kind}, {self.start}, {self.end}, {self.text!r})"

    def of_kind(self, kind: str) -> Token:
        """The same piece under another kind."""
        return Token(kind, self.start, self.end, self.text)

    def span(self, source: Source) -> Span:
        """Where the token stands."""
        return Span(source, self.start, self.end)

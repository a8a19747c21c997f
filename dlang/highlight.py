"""A lexer for Pygments, which finds it by its entry point: `pygmentize -l dl decay.dl`, Sphinx, MkDocs, Jupyter.

Nothing of the package imports this module, so Pygments is needed only by those who have it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pygments.lexer import Future, RegexLexer
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from dlang.syntax.highlighting import ESCAPE, patterns

__all__ = ["DlLexer"]

_TOKENS = {
    "comment": Comment.Single,
    "number": Number,
    "field": Name.Attribute,
    "function": Name.Function,
    "declaration": Keyword.Declaration,
    "control": Keyword,
    "word operator": Operator.Word,
    "constant": Keyword.Constant,
    "type": Keyword.Type,
    "builtin": Name.Builtin,
    "name": Name,
    "operator": Operator,
    "punctuation": Punctuation,
}


class _Pattern(Future):  # type: ignore[misc]  # Pygments has no types
    """One of `patterns`, made when the first text is read: the tables of names take time to load."""

    def __init__(self, index: int) -> None:
        self.index = index

    def get(self) -> str:
        """The regular expression."""
        from dlang.driver.load import NAMES

        return patterns(NAMES)[self.index][1]


class DlLexer(RegexLexer):  # type: ignore[misc]  # Pygments has no types
    """The dl language."""

    name = "dl"
    aliases: ClassVar = ["dl", "difftool"]
    filenames: ClassVar = ["*.dl"]
    mimetypes: ClassVar = ["text/x-dl"]

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"\s+", Whitespace),
            ('"', String, "string"),
            *((_Pattern(index), _TOKENS[kind]) for index, (kind, _) in enumerate(patterns(()))),
        ],
        "string": [
            (ESCAPE, String.Escape),
            (r'[^"\\\n]+|\\.', String),
            ('"', String, "#pop"),
            (r"\n", Whitespace, "#pop"),
        ],
    }

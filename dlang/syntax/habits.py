"""Syntax errors that go back to a habit from another language, and the mend for each.

`FOREIGN_WORDS` are words that open or join a form elsewhere; `HABITS` are orders of tokens. Habits that show in
the characters are in `foreign`. This module is loaded with the first syntax error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dlang.diagnostics.suggest import did_you_mean, nearest
from dlang.source import Source
from dlang.syntax.tokens import EOF, KEYWORDS, Token

__all__ = ["FOREIGN_WORDS", "HABITS", "Habit", "foreign_word", "habit", "misspelt_keyword"]

_FUNCTION = "a function is written `fn f(x) = …` or `fn f(x) { … }`"
_LAMBDA = "a function without a name is written `fn(x) = …`"
_BINDING = "a name needs no declaration: write `x = …`"
_BRACES = "a body stands in braces: `if c { … } else { … }`, `for x in xs { … }`"
_CHAIN = "write `else if c { … }`"

FOREIGN_WORDS: dict[str, str] = {
    **dict.fromkeys(("def", "function", "func", "fun", "proc"), _FUNCTION),
    **dict.fromkeys(("lambda",), _LAMBDA),
    **dict.fromkeys(("elif", "elsif", "elseif"), _CHAIN),
    **dict.fromkeys(("let", "var", "val", "const", "local", "auto", "double", "float", "int", "real"), _BINDING),
    **dict.fromkeys(("vector", "matrix", "row_vector", "array", "simplex"), _BINDING),
    **dict.fromkeys(("then", "do", "begin", "end"), _BRACES),
    "foreach": "a loop is written `for x in xs { … }`",
    "until": "write `while not c { … }`",
    "switch": "write `if … { } else if … { }`",
    "match": "write `if … { } else if … { }`",
    "is": "equality is written `==`",
    "raise": 'write `assert c, "message"`',
    "parameters": "a free parameter is written `param k = 1.0`",
    "fit": "the verb belongs on the command line; a term of the fit is written `y ~ …`",
    "minimise": "write `minimize`",
    "maximise": "write `maximize`",
}
"""Words that open or join a form in other languages, with the mend. In dl they are ordinary names."""


class Habit(NamedTuple):
    """A syntax error's surroundings, and the mend. An empty set matches everything.

    Each set holds kinds or spellings. The help may quote the program: `<before>` and `<found>` are those
    tokens, `<name>` is the statement's second one, `<statement>` all of it, `<rest>` what of it begins at `found`,
    `<value>` what follows its first token, and `<start>` what begins with `in` or `=` behind `found`.

    Attributes:
        found: the token that could not stand.
        before: the one before it.
        after: the one behind it.
        within: tokens, one of which stands earlier in the statement.
        head: the first token of the statement.
        later: tokens, one of which stands behind `found` in the statement.
        inside: the bracket that is open there, the innermost.
        place: of `found` in the statement, from 0; -1 is any.
    """

    help: str
    found: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()
    head: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()
    place: int = -1


def _of(*texts: str) -> frozenset[str]:
    return frozenset(texts)


_FORMS = _of("IF", "ELSE", "FOR", "WHILE", "FN")
_VALUES = _of("NAME", "INT", "REAL", "STRING", "TRUE", "FALSE")
_VALUE_ENDS = _VALUES | _of("RPAR", "RSQB", "PRIME")
_STARTS = _of("NAME", "INT", "REAL", "STRING", "LPAR")
_FACTORS = _of("NAME", "INT", "REAL")

_OF_A_VALUE = _of("ASSIGN", "COMPOUND", "TILDE", "LPAR", "_LRECORD", "RETURN", "MINIMIZE", "MAXIMIZE")

_TABLE = 'a data file is read with `data t, y from "file.csv"`'
_CHOICE = "a choice is written `if c { a } else { b }`"
_WEIGHTS = "a term is `y ~ f`; to weight its points, write `y ~ normal(f, s)`, or scale both sides: `y / s ~ f / s`"

HABITS: tuple[Habit, ...] = (
    # declarations
    Habit("a file name stands in quotes", found=_of("NAME"), before=_of("FROM")),
    Habit("a column is read by a name: rename it in the file's header to a name such as `time`", found=_of("STRING"),
          head=_of("DATA"), later=_of("from")),
    Habit("a column keeps its name; rename it in the file's header", found=_of("as"), head=_of("DATA")),
    Habit(f"{_TABLE}; one value with `data k = 1.0`", found=_of("ASSIGN"), head=_of("DATA")),
    Habit("commas stand between the names: `data t, y from …`", found=_of("NAME"), before=_of("NAME"),
          head=_of("DATA"), later=_of("from")),
    Habit('a column is read by its name in the header: `data t, y from "file.csv"`', found=_of("NAME"),
          before=_of("STRING"), head=_of("DATA")),
    Habit(_TABLE, head=_of("DATA"), found=_of("NAME", "STRING", "COMMA", "COLON", "_END", EOF)),
    Habit("declare a parameter: `param <statement>`", found=_of("IN"), before=_of("NAME"), later=_of("ASSIGN"),
          place=1),
    Habit("a param has no type: `param <name> <start>`", found=_of("COLON"), head=_of("PARAM"), place=2),
    Habit("bounds are written `param <name> in 0..1 = 0.5`, or `0..inf`", found=_of("COMPARISON"),
          head=_of("PARAM")),
    Habit("one param a line: `param <rest>`", found=_of("NAME"), before=_of("COMMA"), head=_of("PARAM"),
          later=_of("ASSIGN")),
    Habit("bounds stand before the start value: `param k in lo..hi = start`", found=_of("IN"), head=_of("PARAM")),
    Habit("bounds are written `param k in lo..hi = start`", found=_of("ASSIGN", "_END", EOF), within=_of("IN"),
          head=_of("PARAM")),
    Habit("give the start value first, `param k = 1.0`, then the prior, `k ~ …`", found=_of("~"), head=_of("PARAM")),
    Habit("a parameter needs a start value: `param k = 1.0`", found=_of("_END", EOF), head=_of("PARAM")),
    Habit("each parameter has a statement of its own", found=_of("COMMA"), head=_of("PARAM")),
    Habit("a report has a name: `report name = <value>`", found=_of("INT", "REAL"), head=_of("REPORT"), place=1),
    Habit("a report has a name: `report name = <value>`", head=_of("REPORT"), place=2),
    Habit("the seed of a rule stands behind `;`: `jvp f(x; dx) = …`", found=_of("RPAR"), head=_of("JVP", "VJP")),
    Habit("each module has a statement of its own", found=_of("COMMA"), head=_of("IMPORT")),
    Habit(
        "write `import stats`, then `stats.quantile(x, q)`; mathematical functions need no import",
        found=_of("NAME"),
        head=_of("from"),
        place=1,
    ),
    Habit("keywords cannot be names; choose another", found=_of(*map(str.upper, KEYWORDS)),
          before=_of("FN", "PARAM", "DATA", "REPORT", "FOR")),
    # bodies and conditions
    Habit("equality is written `==`", found=_of("ASSIGN"), within=_of("IF", "WHILE")),
    Habit("a range is written `1..5`, its end not included", found=_of("COLON"), after=_STARTS, within=_of("FOR")),
    Habit("a body stands in braces, without `:`", found=_of("COLON"), within=_FORMS),
    Habit("a body stands in braces, without `:`", found=_of("ELSE"), after=_of("COLON")),
    Habit("a body opens on the same line: put `{` here", found=_of("_END"), within=_FORMS,
          after=_of("_LBLOCK", "_LRECORD")),
    Habit("the loop variable stands without brackets: `for i in 0..n { … }`", found=_of("IN"), head=_of("FOR")),
    Habit("several loop variables stand in brackets: `for (x, y) in …`", found=_of("COMMA"), head=_of("FOR")),
    Habit("a body stands in braces: `if c { … }`", found=_VALUES, before=_VALUE_ENDS, head=_of("IF", "FOR", "WHILE")),
    Habit("`else` stands behind the `}` of its `if`", found=_of("ELSE")),
    Habit(_CHOICE, found=_of("IF")),
    # commas and colons
    Habit("several values stand in brackets: `return (a, b)`", found=_of("COMMA"), head=_of("RETURN")),
    Habit(_WEIGHTS, found=_of("COMMA"), within=_of("TILDE")),
    Habit("several names stand in brackets: `(a, b) = …`", found=_of("COMMA"), before=_of("NAME")),
    Habit("a record as the value of a function is written `fn f(x) = {name: …}`", found=_of("COLON"),
          before=_of("NAME")),
    Habit("commas stand between the parts of a record", found=_of("NAME", "STRING"), after=_of("COLON"),
          within=_of("_LRECORD")),
    # operators
    Habit("assignment is a statement: write one for each name", found=_of("ASSIGN", "COMPOUND"),
          before=_VALUE_ENDS, within=_of("ASSIGN", "COMPOUND")),
    Habit("a function without a name is written `fn(x) = …`", found=_of("ARROW")),
    Habit("a comment begins with `#`, not `//`", found=_of("//")),
    Habit("a comment begins with `#`, not `//`", found=_of("NAME"), within=_of("//")),
    Habit("a range is written with two dots, `a..b`", found=_of("ELLIPSIS")),
    Habit("functions work element by element as they are: write `f(x)`", found=_of("LPAR"), before=_of("DOT")),
    Habit("print is a function: `print(a, b, …)`", before=_of("print")),
    Habit('text and values are printed side by side: `print("k =", k)`', found=_of("STRING"), before=_of("f", "r")),
    Habit("elements stand between commas: `[a, b]`", found=_VALUES, before=_VALUE_ENDS, inside=_of("LSQB")),
    Habit(_CHOICE, found=_VALUES, before=_VALUE_ENDS, within=_of("IF")),
    Habit("to multiply, write `<before> * <found>`", found=_of("NAME"), before=_FACTORS, within=_OF_A_VALUE),
    Habit("to multiply, write `*`", found=_of("NAME"), before=_of("RPAR", "RSQB"), within=_OF_A_VALUE),
    Habit("whether an array has an element is written `any(xs == x)`", found=_of("IN")),
)  # fmt: skip


def _stands(wanted: frozenset[str], token: Token) -> bool:
    return not wanted or token.kind in wanted or token.text in wanted


def habit(tokens: Sequence[Token], first: int, at: int, bracket: Token | None, source: Source) -> str | None:
    """The mend for the token at `at` that could not stand, in a statement that begins at `first`.

    `bracket` is the innermost that is open there.
    """
    head, found = tokens[first], tokens[at]
    before, after = tokens[max(at - 1, 0)], tokens[min(at + 1, len(tokens) - 1)]
    end = at
    while tokens[end].kind not in ("_END", EOF):
        end += 1
    earlier = {name for token in tokens[first:at] for name in (token.kind, token.text)}
    later = {name for token in tokens[at + 1 : end] for name in (token.kind, token.text)}
    for row in HABITS:
        if (
            _stands(row.found, found)
            and _stands(row.before, before)
            and _stands(row.after, after)
            and _stands(row.head, head)
            and (not row.within or not row.within.isdisjoint(earlier))
            and (not row.later or not row.later.isdisjoint(later))
            and (not row.inside or (bracket is not None and _stands(row.inside, bracket)))
            and row.place in (-1, at - first)
        ):
            return _quoting(row.help, tokens, first, at, end, source) if "<" in row.help else row.help
    return None


def _quoting(help: str, tokens: Sequence[Token], first: int, at: int, end: int, source: Source) -> str:
    """A help with what it quotes of the statement `tokens[first:end]`."""

    def text(begin: int) -> str:
        return " ".join(source.text[tokens[begin].start : tokens[end - 1].end].split()) if begin < end else "…"

    start = next((i for i in range(at, end) if tokens[i].kind in ("IN", "ASSIGN")), None)
    quoted = {
        "<before>": tokens[max(at - 1, 0)].text,
        "<found>": tokens[at].text,
        "<name>": tokens[min(first + 1, len(tokens) - 1)].text,
        "<statement>": text(first),
        "<rest>": text(at),
        "<value>": text(first + 1),
        "<start>": "= …" if start is None else text(start),
    }
    for mark, words in quoted.items():
        help = help.replace(mark, words)
    return help


def foreign_word(tokens: Sequence[Token], first: int, at: int) -> Token | None:
    """The word of another language to which the error at `at` goes back."""
    for index in (at, at - 1, first):
        token = tokens[index]
        if index >= first and token.kind == "NAME" and token.text in FOREIGN_WORDS and index + 1 < len(tokens):
            follower = tokens[index + 1].kind
            if index == at or follower in _STARTS or follower in ("COLON", "_LBLOCK", "IF", "FN", "FOR"):
                return token
    return None


_OPENING = (
    "fn", "return", "if", "for", "while", "import", "assert",
    "param", "data", "minimize", "maximize", "report", "jvp", "vjp",
)  # fmt: skip
"""Keywords that open a statement."""


def misspelt_keyword(tokens: Sequence[Token], first: int, at: int) -> str | None:
    """The mend where a statement begins with a word that is nearly a keyword, and the error at `at` is behind it."""
    head = tokens[first]
    if at != first + 1 or head.kind != "NAME" or tokens[at].kind not in _VALUES | {"NOT"}:
        return None
    meant = nearest(head.text, _OPENING, likeness=0.75)
    return f"`{head.text}` is no keyword: {did_you_mean(meant)}" if meant is not None else None

"""E01xx: the text of a program is not one of dl. One function a code."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.source import Span

__all__ = [
    "foreign_spelling",
    "integer_too_large",
    "malformed_number",
    "not_assignable",
    "not_in_the_language",
    "positional_after_named",
    "single_quotes",
    "table_not_program",
    "too_deep",
    "unclosed_bracket",
    "unclosed_string",
    "unexpected",
    "unknown_escape",
    "unmatched_bracket",
]


def unexpected(
    span: Span, expected: str, found: str, *, opened: Span | None = None, mend: str | None = None
) -> Diagnostic:
    """E0101: something other than what can stand here; `opened` is the bracket that could be closed."""
    return Diagnostic(
        code="E0101",
        title=f"expected {expected}, found {found}",
        primary=Label(span, "unexpected"),
        labels=(Label(opened, "opened here"),) if opened else (),
        help=mend,
    )


def foreign_spelling(span: Span, spelling: str, what: str, mend: str) -> Diagnostic:
    """E0102: an operator, keyword or quotation of another language."""
    return Diagnostic(code="E0102", title=f"`{spelling}` {what}", primary=Label(span, "not in dl"), help=mend)


def not_in_the_language(span: Span, characters: str) -> Diagnostic:
    """E0103: characters that mean nothing outside strings and comments."""
    names = " ".join(f"U+{ord(c):04X}" for c in characters[:4])
    shown = f"`{characters}`" if characters.isprintable() else names
    return Diagnostic(
        code="E0103",
        title=f"{shown} has no meaning in dl",
        primary=Label(span, names if not characters.isascii() else ""),
        help="remove it, or put it into a string or a comment",
    )


def unclosed_string(span: Span) -> Diagnostic:
    """E0104: a string that does not end on its line."""
    return Diagnostic(
        code="E0104",
        title="the string does not end on its line",
        primary=Label(span, "begins here"),
        help='close it with `"`; a line end inside a string is written `\\n`',
    )


def unknown_escape(span: Span, escape: str) -> Diagnostic:
    r"""E0105: a backslash followed by something other than n, t, ", \ or u{…}."""
    return Diagnostic(
        code="E0105",
        title=f"`{escape}` is no escape",
        primary=Label(span),
        notes=('the escapes are `\\n`, `\\t`, `\\"`, `\\\\` and `\\u{…}` with one to six hexadecimal digits',),
        help="a backslash itself is written `\\\\`",
    )


def malformed_number(span: Span, text: str, mend: str) -> Diagnostic:
    """E0106: characters that begin as a number and do not go on as one."""
    return Diagnostic(code="E0106", title=f"`{text}` is not a number", primary=Label(span), help=mend)


def integer_too_large(span: Span) -> Diagnostic:
    """E0107: an Int that does not fit 64 bits."""
    return Diagnostic(
        code="E0107",
        title="the integer does not fit 64 bits",
        primary=Label(span),
        notes=("the largest Int is 9223372036854775807",),
        help="write a Real: add `.0`, or use an exponent as in `1e19`",
    )


def unclosed_bracket(span: Span, bracket: str, closer: str, instead: Span | None) -> Diagnostic:
    """E0108: an opening bracket without its end; `instead` is the closing one that shows it."""
    return Diagnostic(
        code="E0108",
        title=f"`{bracket}` is never closed",
        primary=Label(span, "opened here"),
        labels=(Label(instead, f"`{closer}` is missing before this"),) if instead else (),
        help=f"add `{closer}`",
    )


def unmatched_bracket(span: Span, bracket: str, opened: Span | None) -> Diagnostic:
    """E0109: a closing bracket that closes nothing, or not the kind that is open (`opened`)."""
    if opened is None:
        return Diagnostic(
            code="E0109",
            title=f"`{bracket}` closes nothing",
            primary=Label(span, "no bracket is open here"),
            help=f"remove `{bracket}`, or add what it should close",
        )
    return Diagnostic(
        code="E0109",
        title=f"`{opened.text}` is closed by `{bracket}`",
        primary=Label(span, "closed here"),
        labels=(Label(opened, "opened here"),),
        help="brackets close as they open: `( )`, `[ ]`, `{ }`",
    )


def too_deep(span: Span, limit: int) -> Diagnostic:
    """E0110: constructs inside each other beyond the limit."""
    return Diagnostic(
        code="E0110",
        title=f"nested deeper than {limit} levels",
        primary=Label(span, f"level {limit + 1} is reached here"),
        help="give parts of it names, or use a loop or a function",
    )


def single_quotes(span: Span) -> Diagnostic:
    """E0111: a string in single quotes; `'` is the derivative."""
    return Diagnostic(
        code="E0111",
        title="a string stands in double quotes",
        primary=Label(span, "`'` is the derivative of a function, as in `f'`"),
        help='write `"…"`',
    )


def not_assignable(span: Span, what: str, mend: str) -> Diagnostic:
    """E0112: something else than a name, element, field or tuple of them before `=`."""
    return Diagnostic(
        code="E0112",
        title=f"{what} cannot be assigned",
        primary=Label(span, "not a place to assign to"),
        notes=("names, elements `a[i]`, fields `r.w` and tuples of them can be assigned",),
        help=mend,
    )


def positional_after_named(span: Span, named: Span) -> Diagnostic:
    """E0113: an argument without a name behind one with a name."""
    return Diagnostic(
        code="E0113",
        title="a positional argument stands behind a named one",
        primary=Label(span, "positional"),
        labels=(Label(named, "named"),),
        help="give positional arguments first, or name this one too",
    )


def table_not_program(first: Span, file: str, names: Sequence[str]) -> Diagnostic:
    """E0114: rows of numbers where a program is wanted; `names` are those of columns, for the help."""
    return Diagnostic(
        code="E0114",
        title="this is a table, not a program",
        primary=Label(first, "its first row"),
        help=f'name it in a program: `data {", ".join(names)} from "{file}"`',
    )

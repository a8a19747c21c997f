"""Any text either parses or is refused with diagnostics; nothing else happens."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Token
from lark.exceptions import UnexpectedToken

from dlang.diagnostics import DlangError
from dlang.diagnostics.core import Reporter
from dlang.source import Source
from dlang.syntax import KEYWORDS, SOFT_KEYWORDS, dump, parse, parse_expression
from dlang.syntax.grammar import STARTS, grammar_text
from dlang.syntax.load import tables
from dlang.syntax.newlines import arrange
from dlang.syntax.scan import scan

SIGNS = [*"()[]{}{}=+-*/%@^~,:;.'<\n\n", "+=", "//=", "//", "..", "..=", "...", "|>", "->", "=="]
FOREIGN = [
    "**",
    "&&",
    "!",
    "'a'",
    "$",
    "²",
    "\u00a0",
    '"',
    "/*",
    "<- ",
    "def",
    "elif",
    "1__0",
    "3x",
    "\\",
    "\ufeff",
    "\0",
]
VOCABULARY = [*KEYWORDS, *SOFT_KEYWORDS, *SIGNS, "x", "y", "f", "\u03b1", "1", "2.5", ".5", '"s"', "# c\n", "x", "1"]

PROGRAMS = [
    'data t, y from "d.csv"\nparam k in 0..inf = 0.1, fixed\nfn f(t) = exp(-k * t)\ny ~ f(t)\nreport h = log(2) / k\n',
    "fn g(x, n: Int = 3) -> [d] {\n  for (i, a) in enumerate(x) {\n    if i == 0 { continue } else { x[i] += a^2 }\n"
    "  }\n  x\n}\n",
    "r = {w: [1, 2; 3], ...s}\nz = [a for a in b if a > 0] |> map(fn(q) { q' })\njvp f(x; dx) = r.w[1:, :]\n",
]


def outcome(text: str) -> list[str]:
    """The codes of the errors; a tree that comes out can be written down, a diagnostic points into the text."""
    try:
        dump(parse(Source("any.dl", text)))
    except DlangError as error:
        for diagnostic in error.diagnostics:
            assert diagnostic.primary is not None
            assert 0 <= diagnostic.primary.span.start <= diagnostic.primary.span.end <= len(text)
            assert diagnostic.title
        places = [d.primary.span.start for d in error.diagnostics if d.primary]
        assert places == sorted(places)
        return [d.code for d in error.diagnostics]
    return []


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    outcome(text)
    with suppress(DlangError):
        parse_expression(Source("any", text))


@given(st.lists(st.sampled_from([*VOCABULARY, *FOREIGN]), max_size=60), st.sampled_from(["", " "]))
@settings(max_examples=300)
def test_any_order_of_words(words: list[str], between: str) -> None:
    outcome(between.join(words))


@given(st.sampled_from(PROGRAMS), st.data())
@settings(max_examples=200)
def test_a_program_with_pieces_deleted_doubled_and_swapped(program: str, data: st.DataObject) -> None:
    source = Source("p.dl", program)
    pieces = [program[t.start : t.end] for t in scan(source, tables().lexicon, Reporter())]
    for _ in range(data.draw(st.integers(1, 4))):
        i, j = (data.draw(st.integers(0, len(pieces) - 1)) for _ in range(2))
        match data.draw(st.integers(0, 2)):
            case 0:
                del pieces[i]
            case 1:
                pieces.insert(i, pieces[i])
            case _:
                pieces[i], pieces[j] = pieces[j], pieces[i]
    outcome(" ".join(pieces))


@pytest.fixture(scope="module")
def lark() -> Lark:
    return Lark(grammar_text(), parser="lalr", start=list(STARTS))


@given(words=st.lists(st.sampled_from(VOCABULARY), max_size=12))
@settings(max_examples=300)
def test_our_parser_takes_what_lark_takes(words: list[str], lark: Lark) -> None:
    text = " ".join(words)
    source = Source("any.dl", text)
    report = Reporter()
    tokens = arrange(scan(source, tables().lexicon, report), source, report)
    if report.errors:
        return
    parser: Any = lark.parse_interactive(start="program")
    try:
        for token in tokens[:-1]:
            parser.feed_token(Token(token.kind, token.text))
        parser.feed_eof()
    except UnexpectedToken:
        refused = True
    else:
        refused = False
    syntax_errors = set(outcome(text)) & {"E0101", "E0102"}
    assert bool(syntax_errors) == refused


@given(st.sampled_from(PROGRAMS[:2]), st.lists(st.sampled_from(["x = 1 1", "f(x", "x = = 2"]), min_size=1, max_size=4))
def test_errors_do_not_hide_each_other(program: str, faults: list[str]) -> None:
    text = "".join(f"{fault}\n{program}" for fault in faults)
    assert len(outcome(text)) == len(faults)

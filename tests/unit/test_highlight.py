"""What editors colour: the lexer for Pygments and the grammar of TextMate, from one list of patterns."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from any_programs import any_program
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token, Whitespace

from dlang.diagnostics import DlangError
from dlang.diagnostics.core import Reporter
from dlang.driver.load import NAMES
from dlang.elaborate import expressions
from dlang.highlight import DlLexer
from dlang.source import Source
from dlang.syntax import KEYWORDS, SOFT_KEYWORDS, parse
from dlang.syntax.format import format_program
from dlang.syntax.highlighting import CLASSES, OPERATORS, patterns
from dlang.syntax.load import tables
from dlang.syntax.newlines import arrange
from dlang.syntax.scan import scan
from dlang.syntax.tokens import CONSTANTS, HARD_WORDS, SOFT_WORDS, TYPES

ROOT = Path(__file__).parent.parent.parent
GRAMMAR = json.loads((ROOT / "docs" / "editors" / "dl.tmLanguage.json").read_text(encoding="utf-8"))
SAMPLE = ROOT / "tests" / "golden" / "highlight" / "sample.dl"


def programs() -> list[str]:
    """The programs of the project that have no syntax error."""
    found = [path.read_text(encoding="utf-8") for path in ROOT.rglob("*.dl") if ".venv" not in path.parts]
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "dlang").rglob("*.md")]:
        found += re.findall(r"^```(?:dl)?\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [text for text in found if is_program(text)]


def is_program(text: str) -> bool:
    try:
        parse(Source("any.dl", text))
    except DlangError:
        return False
    return True


def formatted(text: str) -> str:
    """The program as it is mostly written: what a soft keyword is, is guessed from its neighbours."""
    return format_program(Source("any.dl", text))


def lexed(text: str) -> list[tuple[int, Any, str]]:
    """Offset, type and text of each token, white space left out."""
    lexer = DlLexer(stripnl=False, ensurenl=False)
    tokens = list(lexer.get_tokens_unprocessed(text))
    assert "".join(piece for _, _, piece in tokens) == text
    assert [piece for _, kind, piece in tokens if kind is Token.Error] == []
    return [(at, kind, piece) for at, kind, piece in tokens if kind is not Whitespace]


def test_the_sample(golden: Any) -> None:
    rows = [f"{str(kind).removeprefix('Token.'):<22} {piece}\n" for _, kind, piece in lexed(SAMPLE.read_text())]
    assert is_program(SAMPLE.read_text())
    golden(SAMPLE.with_suffix(".expected"), "".join(rows))


def test_the_lexer_agrees_with_the_scanner() -> None:
    count = 0
    for text in map(formatted, [*programs(), SAMPLE.read_text()]):
        count += 1
        found = {at: (kind, piece) for at, kind, piece in lexed(text)}
        source = Source("any.dl", text)
        for token in arrange(scan(source, tables().lexicon, Reporter()), source, Reporter()):
            if token.kind in ("_END", "$END"):
                continue
            kind, piece = found[token.start]
            if token.kind == "STRING":
                assert kind in String
                continue
            assert piece == token.text
            if token.kind in HARD_WORDS | SOFT_WORDS:
                assert kind in Keyword or kind is Operator.Word, (text, token)
            elif token.kind == "NAME":
                assert kind in Name or piece in CONSTANTS | TYPES, (text, token)
            elif token.kind in ("INT", "REAL"):
                assert kind is Number
            else:
                assert kind in Operator or str(kind) == "Token.Punctuation"
        comments = [piece.rstrip() for _, kind, piece in lexed(text) if kind in Comment]
        assert all(each.startswith("#") for each in comments)
    assert count > 100


@pytest.mark.parametrize("seed", range(50))
def test_any_program_is_lexed(seed: int) -> None:
    lexed(any_program(Random(seed), 40))


@pytest.mark.parametrize("text", ['"never closed\nx = 1', "$ ? \\ ½", '"\\', "\0", "'"])
def test_what_is_no_program_still_comes_out_whole(text: str) -> None:
    lexer = DlLexer(stripnl=False, ensurenl=False)
    assert "".join(piece for _, _, piece in lexer.get_tokens_unprocessed(text)) == text


def test_a_string_ends_with_its_line() -> None:
    assert (14, Name, "x") in lexed('"never closed\nx = 1')


def test_every_sign_of_the_grammar_is_an_operator_or_punctuation() -> None:
    regular = {"=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "^=", "==", "!=", "<=", ">=", "<", ">", "..", "..="}
    signs = set(tables().lexicon.signs) | regular | {"+", "-", "*", "//", "/", "%", "@"}
    assert set(OPERATORS) == signs - set("()[]{},:;.")
    for sign in OPERATORS:
        assert [piece for _, _, piece in lexed(f"a {sign} b")] == ["a", sign, "b"]


def test_every_keyword_has_a_place_where_it_is_coloured() -> None:
    keywords = {piece for _, kind, piece in lexed(SAMPLE.read_text()) if kind in Keyword or kind is Operator.Word}
    more = {"while", "continue", "or", "vjp", "false"}
    for word in more:
        kind = next(kind for _, kind, piece in lexed(f"{word} f(x; dx) = 1") if piece == word)
        assert kind in Keyword or kind is Operator.Word
    assert keywords | more >= {*KEYWORDS, *SOFT_KEYWORDS}


def test_constants_are_those_that_have_values() -> None:
    assert set(expressions.CONSTANTS) == CONSTANTS


def test_built_in_names_are_coloured_but_not_where_they_name_an_argument() -> None:
    assert {"exp", "print", "normal", "zeros"} <= NAMES
    assert ("size", Name) in [(piece, kind) for _, kind, piece in lexed("f(size = 3)")]
    assert ("size", Name.Builtin) in [(piece, kind) for _, kind, piece in lexed("size(x) == 3")]
    assert ("exp", Name.Builtin) in [(piece, kind) for _, kind, piece in lexed("map(exp, xs)")]


def test_the_entry_point_leads_to_the_lexer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pygments.lexers"] == {"dl": f"{DlLexer.__module__}:{DlLexer.__name__}"}


# ---- TextMate


def scopes(line: str) -> Iterator[tuple[int, str, str]]:
    """Offset, scope and text of what TextMate's grammar finds in a line: the leftmost match, the first pattern of those."""
    string, *rest = GRAMMAR["patterns"]
    at = 0
    while at < len(line):
        begin = re.compile(string["begin"]).search(line, at)
        found = [
            (m.start(), n, m, p["name"]) for n, p in enumerate(rest) if (m := re.compile(p["match"]).search(line, at))
        ]
        if begin and (not found or begin.start() <= min(found)[0]):
            inner = re.compile(f'(?:{"|".join(p["match"] for p in string["patterns"])}|[^"\\\\])*').match(
                line, begin.end()
            )
            assert inner is not None
            end = re.compile(string["end"]).match(line, inner.end())
            assert end is not None
            yield begin.start(), string["name"], line[begin.start() : end.end()]
            at = max(end.end(), begin.end())
        elif found:
            start, _, match, name = min(found)
            yield start, name, match[0]
            at = match.end()
        else:
            return


def test_the_grammar_is_what_the_patterns_say() -> None:
    assert [p["match"] for p in GRAMMAR["patterns"][1:]] == [each for _, each in patterns(NAMES)]
    assert {kind for kind, _ in patterns(())} == set(CLASSES)


def test_every_pattern_is_the_same_to_oniguruma() -> None:
    """Neither inline flags nor Python's named groups; what looks behind has one width."""
    for _, pattern in patterns(NAMES):
        re.compile(pattern)
        assert re.search(r"\(\?[aiLmsux]|\(\?P|\\Z|\(\?\(", pattern) is None


def test_textmate_and_pygments_find_the_same() -> None:
    classes: dict[str, set[Any]] = {}
    for text in [*programs(), SAMPLE.read_text()]:
        for line in text.split("\n"):
            theirs = {at: (kind, piece) for at, kind, piece in lexed(line)}
            for at, scope, piece in scopes(line):
                kind, same = theirs[at]
                if not scope.startswith("string"):
                    assert same == piece, (line, piece)
                classes.setdefault(scope, set()).add(kind)
    assert {scope: len(kinds) for scope, kinds in classes.items()} == dict.fromkeys(classes, 1)
    assert len(classes) == len(CLASSES) + 1

"""The grammar is LALR(1) and strict, and every table that goes with it is complete."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lark import Lark, Token
from lark.exceptions import GrammarError, UnexpectedToken
from unit.syntax.test_parse import EXPRESSIONS, STATEMENTS

from dlang.diagnostics.core import InternalError, Reporter
from dlang.source import Source
from dlang.syntax import KEYWORDS, SOFT_KEYWORDS
from dlang.syntax.build import ACTIONS, NESTING
from dlang.syntax.grammar import STARTS, compile_grammar, grammar_text
from dlang.syntax.load import tables
from dlang.syntax.newlines import arrange
from dlang.syntax.scan import scan
from dlang.syntax.tables import decode


@pytest.fixture(scope="module")
def strict() -> Lark:
    return Lark(grammar_text(), parser="lalr", strict=True, start=list(STARTS))


def lark_accepts(lark: Lark, text: str) -> bool:
    """Whether Lark's own parser takes the tokens that ours is given."""
    source = Source("test.dl", text)
    report = Reporter()
    tokens = arrange(scan(source, tables().lexicon, report), source, report)
    assert report.errors == []
    parser: Any = lark.parse_interactive(start="program")
    try:
        for token in tokens[:-1]:
            parser.feed_token(Token(token.kind, token.text))
        parser.feed_eof()
    except UnexpectedToken:
        return False
    return True


def test_the_grammar_has_no_conflict_and_no_overlapping_tokens(strict: Lark) -> None:
    assert {rule.origin.name for rule in strict.rules} >= {"program", "statement", "expr"}


def test_a_conflict_is_an_error() -> None:
    with pytest.raises(GrammarError):
        Lark('start: start "x" start | "y"', parser="lalr", strict=True)
    with pytest.raises(InternalError, match="cannot be compiled"):
        compile_grammar('program: a | b\nexpression: a\na: "x"\nb: "x"')


@pytest.mark.parametrize("text", [*STATEMENTS, *EXPRESSIONS])
def test_lark_takes_what_our_parser_takes(text: str, strict: Lark) -> None:
    assert lark_accepts(strict, text)


@pytest.mark.parametrize("text", ["x = ", "x y", "x = = 3", "fn f(x", "if x", "else", "x = 3 else 4", "[a b]"])
def test_lark_refuses_what_our_parser_refuses(text: str, strict: Lark) -> None:
    if text.count("(") == text.count(")"):
        assert not lark_accepts(strict, text)


def test_every_shape_of_the_grammar_has_an_action_and_every_action_a_shape() -> None:
    shapes = {rule.action for rule in tables().rules} - {None, ""}
    assert shapes == set(ACTIONS)
    assert set(ACTIONS) >= NESTING


def test_the_keywords_are_those_of_the_grammar() -> None:
    assert sorted(KEYWORDS + SOFT_KEYWORDS) == sorted(tables().lexicon.words)
    assert all(kind == word.upper() for word, kind in tables().lexicon.words.items())


def test_tables_survive_json_and_are_the_same_each_time() -> None:
    fresh = compile_grammar(grammar_text())
    stored = json.loads(json.dumps(fresh))
    assert stored == json.loads(json.dumps(compile_grammar(grammar_text())))
    assert decode(stored) == decode(fresh) == tables()

"""Depth is limited and length is not; neither ends in a crash."""

from __future__ import annotations

import pytest

from dlang.diagnostics import DlangError
from dlang.source import Source
from dlang.syntax import ast, dump, parse
from dlang.syntax.newlines import MAX_DEPTH

MANY = 10_000

DEEP = {
    "open brackets": "(" * MANY,
    "brackets": "(" * MANY + "x" + ")" * MANY,
    "arrays": "[" * MANY + "]" * MANY,
    "braces": "{" * MANY + "}" * MANY,
    "minus": "-" * MANY + "x",
    "not": "not " * MANY + "x",
    "calls": "f" + "(x)" * MANY,
    "primes": "f" + "'" * MANY,
    "powers": "x" + "^x" * MANY,
    "fields": "r" + ".a" * MANY,
    "indexes": "a" + "[0]" * MANY,
    "functions": "fn(x) = " * MANY + "x",
    "else if": "if a { 1 }" + " else if a { 1 }" * 3000 + " else { 2 }",
    "mixed": "".join("-(2^" for _ in range(150)) + "x" + ")" * 150,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_one_error(name: str) -> None:
    with pytest.raises(DlangError) as caught:
        parse(Source("deep.dl", DEEP[name]))
    assert [d.code for d in caught.value.diagnostics] == ["E0110"]


LONG = {
    "sum": "x" + " + x" * MANY,
    "product": "x" + " * x" * MANY,
    "and": "x" + " and x" * MANY,
    "comparison": "x" + " < x" * MANY,
    "pipe": "x" + " |> f" * MANY,
    "array": "[" + "x, " * MANY + "]",
    "arguments": "f(" + "x, " * MANY + ")",
    "statements": "x = 1\n" * MANY,
    "else if": "if a { 1 }" + " else if a { 1 }" * (MAX_DEPTH - 2),
    "brackets": "(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH,
    "minus": "-" * MAX_DEPTH + "x",
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_long_or_at_the_limit_is_fine(name: str) -> None:
    program = parse(Source("long.dl", LONG[name]))
    assert dump(program).startswith("Program 1:1\n")


def test_a_chain_of_one_level_is_one_node() -> None:
    [statement] = parse(Source("long.dl", LONG["sum"])).statements
    assert isinstance(statement, ast.ExprStatement)
    assert isinstance(statement.value, ast.Chain)
    assert len(statement.value.rest) == MANY


def test_one_level_more_than_the_limit_is_an_error_at_its_bracket() -> None:
    with pytest.raises(DlangError) as caught:
        parse(Source("deep.dl", "(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1)))
    [error] = caught.value.diagnostics
    assert error.primary is not None
    assert error.primary.span.column == MAX_DEPTH + 1

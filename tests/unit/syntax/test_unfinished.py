"""Whether a text needs another line to be whole statements."""

from __future__ import annotations

import pytest

from dlang.syntax.unfinished import OpenLines, is_unfinished, joins


@pytest.mark.parametrize(
    "text",
    [
        "f(1,",
        "f(1",
        "x = [1, 2",
        "r = {w: 1,",
        "fn f(x) {",
        "fn f(x) {\n  y = x\n",
        "if x > 0 {\n  1\n} else {",
        "x =",
        "x +=",
        "fn f(x) =",
        "fn f(x) ->",
        "1 +",
        "1 + # a comment",
        "2 *",
        "2 ^",
        "a and",
        "not",
        "x |>",
        "y ~",
        "data t,",
        "x ==",
        "0..",
        "0..5 by",
        "f({",
        "f(fn(x) {\n  x\n}",
        "x = 1\ny = (",
    ],
)
def test_it_does(text: str) -> None:
    assert is_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "x = 1;",
        "# only a comment (",
        'x = "open',
        'x = "(["',
        "f(1))",
        "f(1]",
        "}",
        "x = (1, ]",
        "f'",
        "x'",
        "if x > 0 { 1 }",
        "fn f(x) {\n  x\n}",
        "[1, 2]\n",
        "while true {}",
        "1 + + 2",
        "fn",
        "$",
        "(" * 3 + ")" * 4,
        "f(fn(x) {\n  x\n})",
    ],
)
def test_it_does_not(text: str) -> None:
    assert not is_unfinished(text)


@pytest.mark.parametrize(
    ("line", "does"), [("else {", True), ("  |> f", True), ("elsewhere", False), ("x |> f", False), ("", False)]
)
def test_a_line_that_goes_on_with_a_statement_that_was_whole(line: str, does: bool) -> None:
    assert joins(line) is does


@pytest.mark.parametrize(
    ("text", "indent"),
    [("fn f(x) {", 2), ("fn f(x) {\n  if x {", 4), ("f(\n", 2), ("x =", 2), ("data t,", 0), ("x", 0), ("f(a,", 2)],
)
def test_the_next_line_is_indented(text: str, indent: int) -> None:
    lines = OpenLines()
    for line in text.split("\n"):
        lines.add(line)
    assert lines.indent == indent

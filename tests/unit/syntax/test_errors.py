"""What a syntax error says: where, what was expected, what was found; and what is still read after it."""

from __future__ import annotations

import re

import pytest

from dlang.diagnostics import Diagnostic, DlangError, pages
from dlang.source import Source
from dlang.syntax import parse


def errors(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(DlangError) as caught:
        parse(Source("test.dl", text))
    return caught.value.diagnostics


def places(text: str) -> list[tuple[str, int, int]]:
    return [(d.code, d.primary.span.line, d.primary.span.column) for d in errors(text) if d.primary]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("x = ", "expected an expression, found the end of the text"),
        ("x = )", "`)` closes nothing"),
        ("x = * 3", "expected an expression, found `*`"),
        ("x = [1, 2\n  3]", "expected `,` or `]` to close the `[` of line 1, found `3`"),
        ("x = (1 2)", "expected `,` or `)`, found `2`"),
        ("x = f(a b)", "expected `,` or `)`, found `b`"),
        ("x = a[1 2]", "expected `:`, `,` or `]`, found `2`"),
        ("x = {a: 1 b: 2}", "expected `,` or `}`, found `b`"),
        ("x = 3 4", "expected a newline or `;` after the statement, found `4`"),
        ("if x\n", "expected `{`, found the end of the line"),
        ("fn f(x) 3", "expected `->`, `=` or `{`, found `3`"),
        ("fn (x y) = 3", "expected `:`, `,` or `)`, found `y`"),
        ("fn in(x) = x", "expected `(` or a name, found the keyword `in`"),
        ("for 3 in x { }", "expected `(` or a name, found `3`"),
        ("for x y { }", "expected `in`, found `y`"),
        ("param k", "expected `=` or `in`, found the end of the text"),
        ("param k in 0 = 1", "expected `..`, found `=`"),
        ("data t, y", "expected `,` or `from`, found the end of the text"),
        ("data t from 3", "expected a string in double quotes, found `3`"),
        ("report 3", "expected a name, found `3`"),
        ("import 3", "expected a name or a string in double quotes, found `3`"),
        ("jvp f(x) = 3", "expected `;`, found `)`"),
        ('x = "a" "b"', "expected a newline or `;` after the statement, found a string"),
        ("x = r.3", "expected a newline or `;` after the statement, found `.3`"),
        ("x = r.(a)", "expected a name, found `(`"),
        ("= 3", "expected a statement, found `=`"),
        ("return = 3", "expected an expression or the end of the statement, found `=`"),
        ("x = 3; ; y = = 4", "expected an expression, found `=`"),
    ],
)
def test_expected_and_found(text: str, title: str) -> None:
    assert [d.title for d in errors(text)] == [title]


def test_the_bracket_that_could_be_closed_is_shown() -> None:
    [error] = errors("x = f(1,\n  2\n  3)")
    assert [(label.span.text, label.span.line) for label in error.labels] == [("(", 1)]


def test_several_errors_of_a_file_are_reported_in_order() -> None:
    text = "x = = 1\ny = 2\nz = 3 4 5 6; w = 5 5\nfn f(a) {\n  b = 1 1\n  c = 2\n  d = {\n    e = 2 2\n  }\n}\nv = 1 1"
    assert places(text) == [
        ("E0101", 1, 5),
        ("E0101", 3, 7),
        ("E0101", 3, 20),
        ("E0101", 5, 9),
        ("E0101", 8, 11),
        ("E0101", 11, 7),
    ]


def test_a_statement_is_dropped_with_its_block() -> None:
    assert places("fn f(x y) {\n  a = 1 1\n}\nb = 2 2") == [("E0101", 1, 8), ("E0101", 4, 7)]


def test_faults_of_all_stages_come_together() -> None:
    text = 'x = $1\ny = 1__0\nz = "\\q"\nw = 99999999999999999999\nv = 1 1\nf(x) = 1\nf(a=1, 2)'
    assert [code for code, _, _ in places(text)] == [
        "E0103", "E0106", "E0105", "E0107", "E0101", "E0112", "E0113",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = f(1, 2\ny = 3\nz = 4", [("E0108", 1, 6)]),
        ("x = f(1,\n 2,\n 3\ny = 3 3", [("E0108", 1, 6), ("E0101", 4, 7)]),
        ("fn f(x) {\n  y = 3\n  return y", [("E0108", 1, 9)]),
        ("fn f(x) {\n  y = (3\n  z = 4\n}\nw = 5 5", [("E0108", 2, 7), ("E0101", 5, 7)]),
        ("x = f(g(h(1, [2", [("E0108", 1, 6)]),
        ("x = (1\ny = [2", [("E0108", 1, 5), ("E0108", 2, 5)]),
        ("x = {a: 1\ny = 2", [("E0108", 1, 5)]),
        ("x = 3)\ny = 4", [("E0109", 1, 6)]),
        ("}\ny = 4 4", [("E0109", 1, 1), ("E0101", 2, 7)]),
        ("x = f(1]\ny = 4", [("E0109", 1, 8)]),
        ("x = [f(1]\ny = 4", [("E0108", 1, 7)]),
        ('print(["a)\ny = 4 4', [("E0104", 1, 8), ("E0101", 2, 7)]),
    ],
)
def test_a_bracket_without_a_partner_is_one_error(text: str, found: list[tuple[str, int, int]]) -> None:
    assert places(text) == found


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("f(x) = 1", "f(x)"),
        ("3 = x", "3"),
        ("true = 1", "true"),
        ("a < b = 3", "a < b"),
        ("[a, b] = c", "[a, b]"),
        ("(a, 3) = c", "3"),
        ("() = c", "()"),
        ("(a, b) += 1", "(a, b)"),
        ("f(x)[0] = 1", "f(x)"),
        ("a + b -= 1", "a + b"),
        ("f' = 1", "f'"),
        ("-x = 1", "-x"),
    ],
)
def test_only_places_are_assigned(text: str, target: str) -> None:
    [error] = errors(text)
    assert error.primary is not None
    assert (error.code, error.primary.span.text) == ("E0112", target)
    assert error.help


@pytest.mark.parametrize("code", [code for code in pages.codes() if code.startswith("E01")])
def test_the_page_of_a_code_shows_it_and_its_mend(code: str) -> None:
    fault, mend = re.findall(r"^```dl\n(.*?)^```$", pages.page(code), re.DOTALL | re.MULTILINE)
    assert {d.code for d in errors(fault)} == {code}
    parse(Source("mend.dl", mend))

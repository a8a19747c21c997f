"""Which newlines end a statement, which braces are records, which words are keywords."""

from __future__ import annotations

import pytest
from unit.syntax.shapes import only, statements

from dlang.diagnostics import DlangError


@pytest.mark.parametrize(
    "text",
    [
        "x = a\ny = b",
        "x = a;y = b",
        "x = a; ; y = b;",
        "\n\nx = a\n\n\ny = b\n\n",
        "x = a # one\n# two\n  # three\ny = b # four",
        "x = a\r\ny = b\r\n",
        "\ufeffx = a\n\ty\t=\tb",
        "x =\n a\ny =\n\n# here\n b",
    ],
)
def test_two_statements(text: str) -> None:
    assert statements(text) == ["x = a", "y = b"]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("x = f(a,\n b\n)", "x = f(a, b)"),
        ("x = [\n 1,\n 2\n]", "x = [1, 2]"),
        ("x = {\n w: 1,\n b: 2\n}", "x = record{w: 1, b: 2}"),
        ("x = {\n\n}", "x = record{}"),
        ("x = {\n ...r\n}", "x = record{...r}"),
        ('x = {\n "a b"\n : 2}', "x = record{a b: 2}"),
        ("x = a\n[0]", None),
        ("x = a +\n b", "x = (a + b)"),
        ("x = a and\n b or\n c", "x = ((a and b) or c)"),
        ("x = not\n a", "x = (not a)"),
        ("x = a ==\n b", "x = (a ==? b)"),
        ("x = 0..\n b by\n 2", "x = (0 .. b by 2)"),
        ("x = a ^\n b", "x = (a ^ b)"),
        ("x +=\n b", "x += b"),
        ("y ~\n b", "y ~ b"),
        ("fn f(x) ->\n [n] {}", "fn f(x) -> [n] Real { }"),
        ("fn f(x) =\n x", "fn f(x) { x }"),
        ('data a,\n b from "c"', 'data a, b from "c"'),
        ("param k = 1.0,\n fixed", "param k = 1.0 fixed"),
        ("x = a\n  |> f\n  |> g", "x = (a |> f |> g)"),
        ("x = a |>\n f", "x = (a |> f)"),
        ("if c { a }\nelse { b }", "if c { a } else { b }"),
        ("if c { a }\n\n# comment\nelse if d { b }", "if c { a } else { if d { b } }"),
        ("x = (a\n + b\n - c)", "x = (a + b - c)"),
        ("x = a\n - b", None),
        # a block inside a call has its newlines back
        ("f(fn(x) {\n y = x\n -y\n},\n 2)", "f(fn(x) { y = x; (- y) }, 2)"),
        ("f([\n{\n y = x\n z = (1\n +2)\n z\n}])", "f([{ y = x; z = (1 + 2); z }])"),
        ("{ a; b }", "{ a; b }"),
        ("{\n\n a\n\n}", "{ a }"),
    ],
)
def test_the_innermost_bracket_and_the_last_token_decide(text: str, shape: str | None) -> None:
    found = statements(text)
    assert (found == [shape]) if shape else (len(found) == 2)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("x = {}", "x = record{}"),
        ("f({})", "f(record{})"),
        ("return {}", "return record{}"),
        ("fn f() {}", "fn f() { }"),
        ("fn f() -> Real {}", "fn f() -> Real { }"),
        ("fn f() -> [n] {}", "fn f() -> [n] Real { }"),
        ("x = fn() {}", "x = fn() { }"),
        ("if c {} else {}", "if c { } else { }"),
        ("for i in xs {}", "for i in xs { }"),
        ("for i in {a: 1} {}", "for i in record{a: 1} { }"),
        ("while f' {}", "while f' { }"),
        ('x = { "text" }', 'x = { "text" }'),
        ("x = { a }", "x = { a }"),
        ("fn f() { {...r, a: 1} }", "fn f() { record{...r, a: 1} }"),
    ],
)
def test_a_brace_opens_a_block_or_a_record(text: str, shape: str) -> None:
    assert only(text) == shape


@pytest.mark.parametrize(
    "word",
    ["param", "data", "from", "minimize", "maximize", "report", "as", "jvp", "vjp", "by", "fixed", "table"],
)
def test_a_soft_keyword_is_a_name_elsewhere(word: str) -> None:
    assert statements(f"{word} = 3\n{word} += {word} * {word}\nx = f({word}, {word}={word})") == [
        f"{word} = 3",
        f"{word} += ({word} * {word})",
        f"x = f({word}, {word}={word})",
    ]
    assert statements(f"{word}\n{word}.{word}\n{word}[0] = 1\n[{word} for {word} in {word}]") == [
        word,
        f"{word}.{word}",
        f"{word}[0] = 1",
        f"[{word} for {word} in {word}]",
    ]
    assert only(f"fn {word}({word}) = {word}'") == f"fn {word}({word}) {{ {word}' }}"
    assert only(f"x = {{{word}: {word}}}") == f"x = record{{{word}: {word}}}"
    assert only(f'data {word}, x from "x.csv"') == f'data {word}, x from "x.csv"'
    assert only(f'data {word} from "x.csv"') == f'data {word} from "x.csv"'
    assert only(f"param {word} in 0..{word} = {word}, fixed") == f"param {word} in (0 .. {word}) = {word} fixed"
    assert only(f"report {word} = {word}") == f"report {word} = {word}"
    assert only(f"x = {word}..{word} by {word}") == f"x = ({word} .. {word} by {word})"
    assert only(f"import {word} as {word}") == f"import {word} as {word}"
    assert only(f"for {word} in {word} {{ {word} ~ {word} }}") == f"for {word} in {word} {{ {word} ~ {word} }}"


def test_jvp_and_vjp_are_also_functions() -> None:
    assert statements("jvp(f, (x,), (dx,))\n(y, pullback) = vjp(f, x)") == [
        "jvp(f, (x,), (dx,))",
        "(y, pullback,) = vjp(f, x)",
    ]


@pytest.mark.parametrize("word", ["fn", "if", "for", "in", "and", "return", "true", "import"])
def test_a_keyword_is_a_name_behind_a_point_and_as_a_key_only(word: str) -> None:
    assert only(f"x = r.{word} + {{a: 1, {word}: 2}}.{word}") == f"x = (r.{word} + record{{a: 1, {word}: 2}}.{word})"
    with pytest.raises(DlangError):
        statements(f"{word} = 3")

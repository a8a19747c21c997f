"""Numbers, strings and names."""

from __future__ import annotations

import math

import pytest

from dlang.diagnostics import DlangError
from dlang.source import Source
from dlang.syntax import ast, parse, parse_expression


def value(text: str) -> ast.Expr:
    return parse_expression(Source("test", text))


def codes(text: str) -> list[tuple[str, str]]:
    """(code, underlined text) of each error."""
    with pytest.raises(DlangError) as caught:
        parse(Source("test.dl", text))
    return [(d.code, d.primary.span.text) for d in caught.value.diagnostics if d.primary]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("007", 7),
        ("1_000", 1000),
        ("1_0_0", 100),
        ("9223372036854775807", 2**63 - 1),
        ("000000000000000000000000000001", 1),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("6.02e23", 6.02e23),
        ("1E5", 1e5),
        ("1e-3", 1e-3),
        ("2.e+2", 200.0),
        (".5e1", 5.0),
        ("1_0.2_5e1_0", 10.25e10),
        ("1e400", math.inf),
    ],
)
def test_a_number(text: str, number: float) -> None:
    node = value(text)
    assert isinstance(node, ast.Number)
    assert node.value == number
    assert type(node.value) is type(number)


@pytest.mark.parametrize(
    ("text", "start", "stop", "inclusive"),
    [
        ("0..5", 0, 5, False),
        ("0..=5", 0, 5, True),
        ("0.5..1.5", 0.5, 1.5, False),
        ("0...5", None, None, False),
        ("1.0...5", None, None, False),
        ("0 .. .5", 0, 0.5, False),
    ],
)
def test_points_between_numbers_make_a_range(text: str, start: float, stop: float, inclusive: bool) -> None:
    if start is None:
        assert codes(text) == [("E0101", "...")]
        return
    node = value(text)
    assert isinstance(node, ast.Range)
    assert isinstance(node.start, ast.Number)
    assert isinstance(node.stop, ast.Number)
    assert (node.start.value, node.stop.value, node.inclusive) == (start, stop, inclusive)


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("1__0", "1__0"),
        ("1_", "1_"),
        ("12abc + 1", "12abc"),
        ("0x1F", "0x1F"),
        ("1e", "1e"),
        ("(1e+)", "1e+"),
        ("1.5.2", "1.5.2"),
        ("1.5e3.2", "1.5e3.2"),
        ("3x..5", "3x"),
        ("2.π", "2.π"),
    ],
)
def test_a_malformed_number_is_one_error(text: str, bad: str) -> None:
    assert codes(f"x = {text}") == [("E0106", bad)]


@pytest.mark.parametrize("digits", ["9223372036854775808", "9" * 5000])
def test_an_integer_beyond_64_bits_is_an_error(digits: str) -> None:
    assert codes(f"x = {digits} + 1") == [("E0107", digits)]


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ('""', ""),
        ('"a b"', "a b"),
        (r'"a\nb\tc\"d\\e"', 'a\nb\tc"d\\e'),
        (r'"\u{41}\u{1F600}\u{10FFFF}"', "A\U0001f600\U0010ffff"),
        ('"# no comment"', "# no comment"),
        (r'"\\n"', "\\n"),
        ('"β → δ"', "β → δ"),
    ],
)
def test_a_string(literal: str, text: str) -> None:
    node = value(literal)
    assert isinstance(node, ast.Text)
    assert node.value == text


@pytest.mark.parametrize(
    ("literal", "bad"),
    [
        (r'"a\qb"', [r"\q"]),
        (r'"\'\x41"', [r"\'", r"\x"]),
        (r'"\u{}"', [r"\u{}"]),
        (r'"\u{110000}"', [r"\u{110000}"]),
        (r'"\u{D800}"', [r"\u{D800}"]),
        (r'"\u{1234567}"', [r"\u{1234567}"]),
        (r'"\u{12"', [r"\u{"]),
        (r'"\u41"', [r"\u"]),
        (r'"\u{ 41}"', [r"\u{ 41}"]),
        (r'"\u{٤١}"', [r"\u{٤١}"]),
    ],
)
def test_an_unknown_escape_is_an_error(literal: str, bad: list[str]) -> None:
    assert codes(f"x = {literal}") == [("E0105", each) for each in bad]


def test_a_string_ends_on_its_line() -> None:
    assert codes('x = "abc\ny = "d\\"\nz = = 1') == [("E0104", '"'), ("E0104", '"'), ("E0101", "=")]


def test_names_are_compared_in_nfc() -> None:
    [first, second] = parse(Source("test.dl", "e\u0301 = 1\n\u00e9")).statements
    assert isinstance(first, ast.Assign)
    assert isinstance(second, ast.ExprStatement)
    assert isinstance(first.target, ast.Name)
    assert isinstance(second.value, ast.Name)
    assert first.target.text == second.value.text == "\u00e9"


@pytest.mark.parametrize("name", ["x_1", "_", "__a", "\u03b1", "Δx", "x̂", "ñandú", "变量", "x1y2"])
def test_a_name(name: str) -> None:
    assert isinstance(value(name), ast.Name)


@pytest.mark.parametrize(
    ("text", "bad"),
    [("x = $3", "$"), ("x = §§ + 1", "§§"), ("x = a\\b", "\\"), ("😀 = 1", "😀"), ("x = `a", "`")],
)
def test_a_character_without_meaning_is_one_error(text: str, bad: str) -> None:
    assert codes(text) == [("E0103", bad)]


def test_a_prime_follows_what_it_differentiates() -> None:
    assert codes("x = 'abc' + 1") == [("E0111", "'abc'")]
    assert codes("x = f 'abc'") == [("E0111", "'abc'"), ("E0101", "'abc'")]
    assert codes("x = f ' + 1") == [("E0102", "'")]
    assert codes("x = ''") == [("E0111", "''")]

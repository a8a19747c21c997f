"""Values as a session shows them."""

from __future__ import annotations

import pytest

from dlang.driver.kept import Kept
from dlang.driver.session import Session
from dlang.repl.pretty import plain, pretty
from dlang.source import Source


def value(text: str) -> Kept:
    found: list[Kept] = []
    Session().run(Source("<repl>", text), print, lambda outcome: outcome.value and found.append(outcome.value))
    return found[-1]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("3", "3"),
        ("2 / 1", "2.0"),
        ("1e300", "1e300"),
        ("-0.0", "-0.0"),
        ("1 > 2", "false"),
        ('"a\\"\\t\\u{1b}"', '"a\\"\\t\\u{1b}"'),
        ("[1.5, 2]", "[1.5, 2.0]"),
        ("[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
        ("(1,)", "(1,)"),
        ('{w: (1, 2.5), "two words": "x"}', '{w: (1, 2.5), "two words": "x"}'),
        ("0..5", "0..5"),
        ("0..=6 by 2", "0..7 by 2"),
        ("normal(0, [1, 2])", "normal(0.0, [1.0, 2.0])"),
        ("fn(x, k=2) = x", "fn(x, k)"),
        ("sin", "fn sin(x)"),
        ("grad(sin)", "fn grad(sin)"),
        ("zeros(0)", "[]"),
    ],
)
def test_a_value_is_written_as_the_language_writes_it(expression: str, shown: str) -> None:
    assert pretty(value(expression), 80) == shown


def test_a_large_array_is_abbreviated_and_its_shape_told() -> None:
    assert pretty(value("linspace(0, 1, 1001)"), 80) == "[0.0, 0.001, 0.002, …, 0.998, 0.999, 1.0]  # [1001]"
    assert pretty(value("[i > 3 for i in 0..99]"), 80).endswith("  # [99] Bool")


def test_a_narrow_terminal_sees_fewer_items() -> None:
    lines = pretty(value("linspace(0, 1, 1001)"), 32).split("\n")
    assert lines[0] == "[0.0, 0.001, …, 0.999, 1.0]"
    assert max(map(len, lines)) <= 32


def test_a_matrix_that_does_not_fit_stands_in_columns_to_six_digits() -> None:
    assert pretty(value("[[1 / 3, 2, 3], [4, -50 / 3, 6]]"), 40).split("\n") == [
        "[[0.333333,      2.0,      3.0],",
        " [     4.0, -16.6667,      6.0]]",
        "# to 6 digits",
    ]


def test_what_fits_on_a_line_is_exact() -> None:
    assert pretty(value("[1 / 3, 0.1 + 0.2]"), 80) == "[0.3333333333333333, 0.30000000000000004]"


def test_rounding_is_told() -> None:
    lines = pretty(value("[[k / 7 + j for j in 0..6] for k in 0..6]"), 80).split("\n")
    assert len(lines) == 6
    assert lines[-1].endswith("# to 6 digits")
    assert "0.142857" in lines[1]


def test_a_record_that_is_too_wide_has_a_field_a_line() -> None:
    text = pretty(value('{weights: linspace(0, 1, 5), name: "a long name", inner: {a: (1, 2), b: zeros(9, 9)}}'), 50)
    assert text.split("\n")[:4] == [
        "{",
        "  weights: [0.0, 0.25, 0.5, 0.75, 1.0],",
        '  name: "a long name",',
        "  inner: {",
    ]
    assert "  # [9, 9]" in text


@pytest.mark.parametrize("width", [20, 40, 80, 120])
@pytest.mark.parametrize(
    "expression",
    ["[k / 7 for k in 0..40]", "zeros(3, 4, 50)", "{a: [k / 7 for k in 0..40], b: (1, 2)}", "zeros(70, 1)"],
)
def test_lines_keep_to_the_width(expression: str, width: int) -> None:
    assert max(map(len, pretty(value(expression), width).split("\n"))) <= max(width, 40)


def test_dots_can_be_plain() -> None:
    assert pretty(value("zeros(100)"), 80, dots="...").isascii()


def test_what_is_nested_deep_is_cut() -> None:
    deep = "(" * 60 + "1" + ",)" * 60
    assert len(pretty(value(deep), 40)) < 2000


@pytest.mark.parametrize(
    ("expression", "expected"),
    [('(1, {a: "x", b: true})', (1, {"a": "x", "b": True})), ("0..3", "0..3"), ("sin", "fn sin(x)")],
)
def test_a_value_as_data(expression: str, expected: object) -> None:
    assert plain(value(expression)) == expected

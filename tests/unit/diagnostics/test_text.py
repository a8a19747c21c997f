from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.text import render, render_all, summary
from dlang.source import Source, Span


def span(source: Source, text: str) -> Span:
    start = source.text.index(text)
    return Span(source, start, start + len(text))


def at(text: str, piece: str, said: str = "here", **fields: object) -> Diagnostic:
    return Diagnostic("E0201", "a fault", Label(span(Source("m.dl", text), piece), said), **fields)


def expected(text: str) -> str:
    return dedent(text).strip("\n")


def test_the_house_form() -> None:
    source = Source("decay.dl", "fn f(weight, x) = sin(wieght * x)\n")
    fault = Diagnostic(
        "E0201",
        "unknown name `wieght`",
        Label(span(source, "wieght"), "not defined here"),
        help="did you mean `weight`?",
    )
    assert render(fault) == expected("""
        error[E0201]: unknown name `wieght`
          --> decay.dl:1:23
           1 | fn f(weight, x) = sin(wieght * x)
             |                       ^^^^^^ not defined here
        help: did you mean `weight`?
    """)


def test_without_a_place_there_is_no_window() -> None:
    assert render(Diagnostic("E0701", "unknown verb `fti`")) == "error[E0701]: unknown verb `fti`"


def test_a_warning_says_so() -> None:
    assert render(Diagnostic("W0801", "slow", severity="warning")) == "warning[W0801]: slow"


def test_notes_come_before_help_and_hang() -> None:
    fault = Diagnostic("E0301", "shapes", notes=("found [3]\nexpected [2]", "second"), help="one\ntwo")
    assert render(fault) == expected("""
        error[E0301]: shapes
        note: found [3]
              expected [2]
        note: second
        help: one
              two
    """)


def test_further_labels_share_the_window_and_far_lines_are_elided() -> None:
    source = Source("m.dl", "a = 1\nb = 2\nc = a + b\nd\ne\nf\ng = a\n")
    fault = Diagnostic(
        "E0301",
        "many places",
        Label(span(source, "a + b"), "main"),
        (
            Label(span(source, "a = 1"), "first"),
            Label(Span(source, source.text.rindex("a"), source.text.rindex("a") + 1), "last"),
            Label(Span(source, 16, 17)),
        ),
    )
    assert render(fault) == expected("""
        error[E0301]: many places
          --> m.dl:3:5
           1 | a = 1
             | ----- first
           2 | b = 2
           3 | c = a + b
             |     ^^^^^ main
             |     -
         ...
           7 | g = a
             |     - last
    """)


def test_a_label_in_another_source_has_its_own_window() -> None:
    fault = at("f(1)\n", "f(1)", labels=(Label(span(Source("lib.dl", "\nfn f() = 1\n"), "f()"), "declared here"),))
    assert render(fault) == expected("""
        error[E0201]: a fault
          --> m.dl:1:1
           1 | f(1)
             | ^^^^ here
          --> lib.dl:2:4
           2 | fn f() = 1
             |    --- declared here
    """)


def test_a_span_over_lines_marks_its_first_and_its_last() -> None:
    assert render(at("x = {\n  a\n  b\n  c }\n", "{\n  a\n  b\n  c }")) == expected("""
        error[E0201]: a fault
          --> m.dl:1:5
           1 | x = {
             |     ^
         ...
           4 |   c }
             |   ^^^ here
    """)


@pytest.mark.parametrize("tail", ["", "\n", "\n\n  \n"], ids=["no line end", "line end", "blank lines"])
def test_the_end_of_the_file_is_behind_the_last_character(tail: str) -> None:
    source = Source("m.dl", "f(1" + tail)
    end = len(source.text)
    assert render(Diagnostic("E0101", "unclosed", Label(Span(source, end, end), "`)` expected"))) == expected("""
        error[E0101]: unclosed
          --> m.dl:1:4
           1 | f(1
             |    ^ `)` expected
    """)


def test_an_empty_file_has_a_place() -> None:
    assert render(Diagnostic("E0101", "empty", Label(Span(Source("m.dl", ""), 0, 0), "here"))) == expected("""
        error[E0101]: empty
          --> m.dl:1:1
           1 |
             | ^ here
    """)


@pytest.mark.parametrize(
    ("line", "indent"),
    [("\tx", 4), ("ab\tx", 4), ("界x", 2), ("e\u0301x", 1), ("\x1bx", 1), ("\u202ex", 1)],
    ids=["tab", "tab stop", "wide", "combining", "escape", "bidi"],
)
def test_underlines_stand_below_what_they_mark(line: str, indent: int) -> None:
    rows = render(at(line, "x")).split("\n")
    assert rows[3] == "     | " + " " * indent + "^ here"


def test_escape_sequences_of_the_user_do_not_reach_the_terminal() -> None:
    source = Source("\x1b[31m.dl", "x = \x1b[2J\n")
    label = Label(span(source, "x"), "\x1b[1m")
    fault = Diagnostic("E0201", "bad \x1b[0m", label, notes=("\x1b",), help="\x9b")
    assert "\x1b" not in render(fault)
    assert "\x9b" not in render(fault)


def test_line_ends_of_windows_are_not_shown() -> None:
    assert "\r" not in render(at("a = 1\r\nb = x\r\n", "x"))


LONG = "y = " + " + ".join(f"x{i}" for i in range(300))


@pytest.mark.parametrize("piece", ["y =", "x100", "x299"])
def test_a_long_line_is_clipped_around_the_mark(piece: str) -> None:
    rows = render(at(LONG, piece), width=60).split("\n")
    text, under = rows[2], rows[3]
    assert len(text) <= 60
    begin = under.index("^")
    assert text[begin : begin + len(piece)] == piece


def test_marks_that_no_view_can_hold_have_a_view_each() -> None:
    source = Source("m.dl", LONG)
    fault = Diagnostic(
        "E0301", "far", Label(span(source, "x200"), "main"), (Label(span(source, "x10 ")), Label(span(source, "x202")))
    )
    rows = render(fault, width=60).split("\n")
    assert [row[:6] for row in rows[2:]] == ["   1 |", "     |", "     |", "   1 |", "     |"]
    assert "x200" in rows[2]
    assert "x202" in rows[2]
    assert "x10" in rows[5]


def test_a_mark_wider_than_the_view_is_shown_from_its_beginning() -> None:
    rows = render(at(LONG, LONG), width=60).split("\n")
    assert rows[2].startswith("   1 | y = x0 + x1")
    assert rows[3].endswith("^ here")
    assert rows[3].count("^") == 60 - 7


def test_colour_adds_only_escape_sequences() -> None:
    fault = at("a = x\n", "x", notes=("n",), help="h", labels=())
    coloured = render(fault, colour=True)
    assert coloured != render(fault)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(fault)


@given(st.text(), st.integers(0, 40), st.integers(0, 40), st.integers(1, 100))
def test_no_text_and_no_span_breaks_it(text: str, start: int, length: int, width: int) -> None:
    start = min(start, len(text))
    span = Span(Source("m.dl", text), start, min(start + length, len(text)))
    rows = render(Diagnostic("E0101", "t", Label(span, "here")), width=width).split("\n")
    assert rows[-1].endswith(" here")
    assert "^" in rows[-1]


@pytest.mark.parametrize(
    ("errors", "warnings", "said"),
    [
        (0, 0, "no errors"),
        (1, 0, "1 error"),
        (2, 0, "2 errors"),
        (0, 1, "1 warning"),
        (1, 3, "1 error and 3 warnings"),
    ],
)
def test_the_summary_counts(errors: int, warnings: int, said: str) -> None:
    found = [Diagnostic("E0101", "e")] * errors + [Diagnostic("W0801", "w", severity="warning")] * warnings
    assert summary(found) == said


def test_several_are_set_apart_and_counted() -> None:
    assert render_all([Diagnostic("E0101", "a"), Diagnostic("E0102", "b")]) == expected("""
        error[E0101]: a

        error[E0102]: b

        2 errors
    """)
    assert render_all([Diagnostic("E0101", "a")]) == "error[E0101]: a"

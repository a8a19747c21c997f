"""A stream of lines, cut into entries."""

from __future__ import annotations

import pytest

from dlang.repl.reading import entries


def cut(text: str | bytes, *, ahead: bool = True) -> list[tuple[int, str]]:
    content = text.encode() if isinstance(text, str) else text
    return [
        (e.line, e.text if e.fault is None else e.fault.code)
        for e in entries(enumerate(content.splitlines(True), 1), "in", ahead=ahead)
    ]


@pytest.mark.parametrize("ahead", [True, False])
def test_every_statement_is_an_entry_with_its_line(ahead: bool) -> None:
    text = "x = 1\n\n# a comment\nfn f(x) {\n  # (\n\n  x\n}\nf(\n  x)\n"
    assert cut(text, ahead=ahead) == [(1, "x = 1"), (4, "fn f(x) {\n  # (\n\n  x\n}"), (9, "f(\n  x)")]


def test_what_goes_on_on_the_next_line_is_read_ahead() -> None:
    assert cut("if x { 1 }\nelse { 2 }\nxs\n  |> f\n  |> g\n") == [
        (1, "if x { 1 }\nelse { 2 }"),
        (3, "xs\n  |> f\n  |> g"),
    ]


def test_a_person_is_answered_without_another_line() -> None:
    lines = iter([b"1 + 1\n", b"never read\n"])
    assert next(entries(enumerate(lines, 1), "in", ahead=False)).text == "1 + 1"
    assert next(lines) == b"never read\n"


def test_a_command_is_a_line() -> None:
    assert cut(":type (\n:fit --steps\n1") == [(1, ":type ("), (2, ":fit --steps"), (3, "1")]


def test_a_colon_inside_a_statement_is_none() -> None:
    assert cut("r = {a\n: 1}\n") == [(1, "r = {a\n: 1}")]


def test_what_is_open_at_the_end_is_an_entry_too() -> None:
    assert cut("1\nf(2") == [(1, "1"), (2, "f(2")]


def test_line_ends_and_a_byte_order_mark_are_left_out() -> None:
    assert cut(b"\xef\xbb\xbfx = 1\r\ny = 2\r\n") == [(1, "x = 1"), (2, "y = 2")]


def test_a_line_that_is_not_utf8_is_a_fault_of_its_own() -> None:
    assert cut(b"x = 1\n\xff\ny = 2\n") == [(1, "x = 1"), (2, "E0707"), (3, "y = 2")]


def test_ten_thousand_open_lines_are_looked_at_once() -> None:
    assert cut("(\n" * 10_000) == [(1, "\n".join(["("] * 10_000))]

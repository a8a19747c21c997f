"""Running a program: in full, with a word on what is not finite and where it was born."""

from __future__ import annotations

import pytest

import dlang


def warned(text: str) -> list[tuple[str, str]]:
    """Titles and places of the warnings of a run."""
    found = dlang.loads(text).run().warnings
    return [(w.title, w.primary.span.text if w.primary else "") for w in found]


def test_a_printed_nan_is_traced_to_its_birth() -> None:
    assert warned("x = log(-1)\ny = x + 1\nprint(y)") == [("a printed value is nan", "log(-1)")]


def test_a_nan_that_nothing_shows_is_silent() -> None:
    assert warned("x = log(-1)\nprint(where(x > 0, x, 0))") == []


def test_a_nan_printed_inside_a_function_is_traced_too() -> None:
    assert warned("fn f(y) { print(sqrt(y)); 1 }\nz = f(-4.0)\nprint(z)") == [("a printed value is nan", "sqrt(y)")]


def test_an_infinity_that_the_program_writes_is_meant() -> None:
    assert warned("print(inf, nan)") == []


def test_each_report_that_is_not_finite_is_told() -> None:
    text = "z = -4.0\nreport a = z / 0\nreport b = [1.0, log(z)]\nreport c = 1.0"
    assert warned(text) == [("the report `a` is -inf", "z / 0"), ("the report `b` is nan", "log(z)")]


@pytest.mark.parametrize(
    "text", ["x = zeros(3)\nn = 5\nfor i in 0..n { x[i] = 1 }", "n = 0\nfor i in 0..1 { n = 1 // n }"]
)
def test_a_fault_in_what_nothing_reads_is_a_fault_all_the_same(text: str) -> None:
    with pytest.raises(dlang.DlangError):
        dlang.loads(text).run()


def test_printed_lines_before_a_fault_are_shown() -> None:
    lines: list[str] = []
    with pytest.raises(dlang.DlangError):
        dlang.loads('print("first")\nn = 0\nfor i in 0..1 { print(1 // n) }').run(emit=lines.append)
    assert lines == ["first"]

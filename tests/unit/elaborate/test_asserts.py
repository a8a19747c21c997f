"""Asserts that cannot hold: what fails behind one is told as the assert, and nothing else of it changes."""

from __future__ import annotations

import pytest

import dlang
from dlang.diagnostics import DlangError

GUARDED = """\
fn last(x) {
  assert len(x) > 0, "there is no last value"
  x[-1]
}
"""


def codes(text: str) -> list[str]:
    """What is reported before anything runs."""
    with pytest.raises(DlangError) as caught:
        dlang.loads(text)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_a_fault_behind_an_assert_that_cannot_hold_is_told_as_the_assert() -> None:
    assert codes(GUARDED + "print(last(zeros(0)))") == ["E0605"]
    assert codes("print(zeros(0)[-1])") == ["E0602"]


def test_the_first_assert_that_cannot_hold_is_told() -> None:
    with pytest.raises(DlangError, match="one") as caught:
        dlang.loads(
            'fn f(x) {\n  assert rank(x) == 1, "one"\n  assert len(x) == 3, "two"\n  x[2]\n}\nprint(f([[1], [2]]))'
        )
    assert len(caught.value.diagnostics) == 1


def test_a_fault_before_the_assert_is_told_too() -> None:
    text = "fn f(x) {\n  y = [1, 2] + [1, 2, 3]\n  assert len(x) > 0\n  x[-1] + y\n}\nprint(f(zeros(0)))"
    assert codes(text) == ["E0302", "E0605"]


def test_an_assert_that_only_running_reaches_hides_nothing() -> None:
    text = "fn f(x, y) {\n  if y > 0 { assert len(x) > 0 }\n  x[-1]\n}\nprint(f(zeros(0), 1.0))"
    assert codes(text) == ["E0602"]


def test_without_a_fault_behind_it_an_assert_fails_while_running() -> None:
    program = dlang.loads('fn f(x) {\n  assert len(x) > 0, "none"\n  sum(x)\n}\nprint("before")\nprint(f(zeros(0)))')
    printed: list[str] = []
    with pytest.raises(DlangError, match="E0605"):
        program.run(emit=printed.append)
    assert printed == ["before"]


def test_the_result_that_is_annotated_counts_as_behind() -> None:
    text = "fn f(x: [n]) -> [n] {\n  assert len(x) > 2\n  x[1:]\n}\nprint(f([1.0, 2.0]))"
    assert codes(text) == ["E0605"]
    assert codes(text.replace("[1.0, 2.0]", "[1.0, 2.0, 3.0]")) == ["E0316"]

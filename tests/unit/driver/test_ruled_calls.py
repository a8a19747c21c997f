"""Which calls of functions with rules a run is seen to make."""

from __future__ import annotations

from itertools import pairwise

import dlang
from dlang.driver.drawn import drawn_program
from dlang.driver.ruled_calls import MOST, ruled_calls
from dlang.ir.nodes import Ruled

HEAD = "param a = 2.0\nfn f(x) = x^3\njvp f(x; dx) = 3 * x^2 * dx\n"


def arguments(text: str) -> list[float]:
    """What `f` is called with."""
    drawn = drawn_program(dlang.loads(HEAD + text), "")
    names = [name for name, fn in drawn.defined.items() if isinstance(fn.definition, Ruled)]
    values = [argument.value for argument in drawn.arguments]
    found = ruled_calls(drawn.defined, drawn.entry, values, names)
    return [call.primals[0] for calls in found.values() for call in calls]


def test_calls_of_terms_reports_and_what_is_printed_are_seen() -> None:
    assert arguments("minimize f(a)\nreport r = f(a + 1)\nprint(f(a + 2))") == [2.0, 3.0, 4.0]


def test_calls_of_what_only_a_derivative_is_taken_of_are_seen() -> None:
    assert set(arguments("minimize grad(fn(x) = sin(f(x)))(a)")) == {2.0}
    assert set(arguments("minimize grad(f)(a)")) == {2.0}
    assert set(arguments("fn g(x) = f(x) + x\nminimize g''(a)")) == {2.0}


def test_of_many_calls_the_first_the_last_and_some_between_are_kept() -> None:
    count = 10 * MOST
    found = arguments(f"s = 0.0\nfor i in 0..{count} {{ s += f(a + i) }}\nminimize s")
    assert (found[0], found[-1]) == (2.0, 1.0 + count)
    assert MOST / 2 <= len(found) <= MOST + 1
    gaps = {int(y - x) for x, y in pairwise(found)}
    assert max(gaps) <= 32

"""Lints that read the text alone."""

from __future__ import annotations

import pytest

from dlang.lint.words import word_lints
from dlang.source import Source
from dlang.syntax.parse import parse


def told(text: str) -> list[str]:
    return [d.title for d in word_lints(parse(Source("test.dl", text)))]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("x = 1\nprint(2)", ["variable `x` is never used"]),
        ("x = 1\nx = 2\nprint(3)", ["variable `x` is never used"]),
        ("fn f(x) {\n  y = x\n  x\n}\nprint(f(1))", ["variable `y` is never used"]),
        ("fn f(x) {\n  if x > 0 { y = x } else { y = -x }\n  x\n}\nprint(f(1))", ["variable `y` is never used"]),
        ('data t, y from "a.csv"\nparam k = 1.0\ny ~ k', ["datum `t` is never used"]),
        ("import ode\nprint(1)", ["module `ode` is never used"]),
        ("import ode as o\nprint(1)", ["module `o` is never used"]),
    ],
)
def test_names_that_nothing_reads(text: str, titles: list[str]) -> None:
    assert told(text) == titles


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\nprint(x)",
        "_x = 1\nprint(2)",
        "x = 1\nfn f(y) = x + y\nprint(f(1))",
        "xs = [1, 2]\nxs[0] = 3\nprint(xs)",
        "(q, r) = (1, 2)\nprint(q)",
        "fn f(unused) = 1\nprint(f(2))",
        "for i in 0..3 { print(1) }",
        "import ode\nprint(ode.rk4)",
        "x = 1\nfn f(y) = x + y",
        'data d from "a.csv" as table\nprint(d.x)',
        "r = {w: 1}\nprint(r.w)",
        "x = 1\nx += 1\nprint(2)",
        "fn f(x) = x^2\njvp f(x; dx) = 2 * x * dx\nprint(f'(1))",
        "k = 2\nxs = [k * x for x in [1, 2]]\nprint(xs)",
    ],
)
def test_names_that_are_read_or_are_for_others(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("1 < 2", "true"),
        ("true", "true"),
        ("not true", "false"),
        ("x == x", "true"),
        ("x != x", "false"),
        ("-1 > 0", "false"),
    ],
)
def test_conditions_that_are_always_the_same(condition: str, answer: str) -> None:
    assert told(f"x = 1\nif {condition} {{ print(x) }}") == [f"this condition is always {answer}"]


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\nif x < 2 { print(x) }",
        "x = 1\nwhile true { break }\nprint(x)",
        "if rand() == rand() { print(1) }",
        "n = 3\nif n == 3 { print(n) }",
    ],
)
def test_conditions_that_may_change(text: str) -> None:
    assert told(text) == []

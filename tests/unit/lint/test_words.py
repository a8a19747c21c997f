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
        ("param k = 1.0\nfn spare(q) = q + 1\nminimize k^2", ["function `spare` is never used"]),
        ("fn down(n) = if n < 1 { 0 } else { down(n - 1) }\nprint(1)", ["function `down` is never used"]),
        ("fn f(x) = x^2\njvp f(x; dx) = 2 * x * dx\nprint(1)", ["function `f` is never used"]),
        ("for i in 0..3 { print(1) }", ["loop variable `i` is never used"]),
        ("for i in 0..3 { print(1) }\nfor i in 0..3 { print(i) }", ["loop variable `i` is never used"]),
        ("xs = [rand() for i in 0..3]\nprint(xs)", ["loop variable `i` is never used"]),
        (
            "for (i, x) in enumerate([1, 2]) { print(1) }",
            ["loop variable `i` is never used", "loop variable `x` is never used"],
        ),
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
        "for _ in 0..3 { print(1) }",
        "for (_, x) in enumerate([1, 2]) { print(x) }",
        "for (i, x) in enumerate([1, 2]) { print(x) }",
        "i = 0\nfor i in 0..3 { print(1) }\nprint(i)",
        "xs = [rand() for _ in 0..3]\nprint(xs)",
        "fn f(x) = g(x)\nfn g(x) = x\nprint(f(1))",
        "fn f(x) = x\nprint(map(f, [1, 2]))",
        "fn _spare(x) = x\nprint(1)",
        "fn f(x) = x^2\nfn g(x) {\n  for i in 0..3 { x = x + 1 }\n  x\n}",
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
        ("0 < 1 < 2", "true"),
        ("0 < 1 < 1", "false"),
        ("x > 0 or true", "true"),
        ("x > 0 and 2 < 1", "false"),
        ("n == 3", "true"),
        ("n + 1 > 3 and not off", "true"),
        ("off", "false"),
        ("pi < 3", "false"),
    ],
)
def test_conditions_that_are_always_the_same(condition: str, answer: str) -> None:
    assert told(f"x = rand()\nn = 3\noff = false\nif {condition} {{ print(x, n, off) }}") == [
        f"this condition is always {answer}"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\nif x < 2 { print(x) }\nx = 3",
        "x = 1\nx += 1\nif x < 2 { print(x) }",
        "x = 1\nfor _ in 0..3 {\n  if x < 2 { print(x) }\n  x = 2\n}",
        "x = 1\nfn f(x) = if x < 2 { x } else { 2 }\nprint(f(1) + x)",
        "xs = [1]\nif xs[0] < 2 { print(xs) }",
        "data n = 3\nif n < 2 { print(n) }",
        "fn where(c, a, b) = a\nprint(where(true, 1, 2))",
        "print([x for x in [1, 2] if x > 1])",
        "x = 1\nwhile true { break }\nprint(x)",
        "if rand() == rand() { print(1) }",
        "n = 3\nif rand() > n { print(n) }",
        "x = rand()\nif x > 0 and true { print(x) }",
        "assert 1 < 2\nprint(1)",
    ],
)
def test_conditions_that_may_change(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "print(where(true, 1, 2))",
        "on = true\nfn f(x) = if on { x } else { 2 * x }\nprint(f(1))",
        "m = 3\nn = m - 3\nprint([x for x in [1, 2] if n == 0])",
    ],
)
def test_conditions_elsewhere_that_the_text_answers(text: str) -> None:
    assert told(text) == ["this condition is always true"]

"""What elaboration costs, counted instead of timed: text that nests twice as deep is no power of two more work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from counting import calls as counted

import dlang


def nested(wrap: str, core: str) -> Callable[[int], str]:
    """A text in itself, n deep; `{}` is what stands inside, `#` the level."""

    def text(n: int) -> str:
        made = core
        for level in range(n):
            made = wrap.replace("#", str(level)).replace("{}", made)
        return made

    return text


def chained(first: str, each: str, last: str) -> Callable[[int], str]:
    """Lines of which each refers to the one before it: `#` is its number, `@` that of the one before."""

    def text(n: int) -> str:
        lines = (each.replace("#", str(k)).replace("@", str(k - 1)) for k in range(1, n))
        return "\n".join([first, *lines, last.replace("@", str(n - 1))])

    return text


TRUTH = "c = sum([1]) > 0\n"
SOME = "xs = [1, 2]\nys = xs[xs > 0]\n"
TEXTS = {
    "and, with assignments": lambda n: TRUTH + "b = " + nested("c and { x# = 1; {} }", "true")(n),
    "and, with draws": lambda n: TRUTH + "b = " + nested("c and ({} and rand() > 0)", "true")(n),
    "whiles that draw": nested("while rand() < 0.5 {\n{}\n}", "x = 1"),
    "whiles that assign": nested("k# = 0\nwhile { k# += 1; k# < 3 } {\n{}\n}", "x = 1"),
    "loops that draw": nested("for i# in 0..2 {\n{}\n}", "x = rand()"),
    "loops that return": lambda n: (
        "fn f() {\n" + nested("for i# in 0..2 {\n{}\n}", "x = 1; if x > 5 { return { z = x; z } }")(n) + "\n7 }\nprint(f())"
    ),
    "loops that make an Int Real": lambda n: "x = 1\n" + nested("for i# in 0..2 {\n{}\nx += 0.5\n}", "x += 0.5")(n),
    "loops that leave names to others": chained(
        "for i in 0..2 { y0 = 0.5 }\ny0 = 1", "y# = 1\nfor i in 0..2 { for j in 0..2 { y# = y@ } }", "print(y@)"
    ),
    "comprehensions that draw": nested("sum([{} for i# in 0..2])", "rand()"),
    "comprehensions of unknown size": lambda n: SOME + "z = " + nested("[{} for i# in 0..2]", "ys")(n),
    "maps": lambda n: SOME + "z = " + nested("map(fn(a#) { {} }, 0..2)", "ys")(n),
    "folds": lambda n: "z = " + nested("fold(fn(c, a#) { c + {} }, 0, 0..2)", "0.5")(n),
    "folds that draw": lambda n: "z = " + nested("fold(fn(c, a#) { c + {} }, 0, 0..2)", "rand()")(n),
    "functions that draw": chained("fn f0() = rand()", "fn f#() = f@() + f@()", "print(f@())"),
    "functions that draw in loops": chained(
        "fn f0() = rand()", "fn f#() { s = 0; for i in 0..2 { s += f@() }; s }", "print(f@())"
    ),
    "recursions in recursions": chained(
        "fn f0(n) = if n <= 0 { 1 } else { f0(n - 1) / 2 }",
        "fn f#(n) = if n <= 0 { f@(3) + 1 } else { f#(n - 1) + f@(2) / 2 }",
        "print(f@(3))",
    ),
    "closures over closures": chained("x = 2.0\nf0 = fn(y) = x * y", "f# = fn(y) = f@(y) + f@(1.0)", "print(f@(1.0))"),
    "choices of closures": lambda n: TRUTH + chained(
        "f0 = if c { sin } else { cos }", "f# = if c { fn(y) { f@(f@(y)) } } else { cos }", "print(f@(1.0))"
    )(n),
    "chosen functions": lambda n: TRUTH + chained(
        "f0 = if c { sin } else { cos }", "f# = if c { sin } else { cos }\nz# = f#(f@(1.0))", "print(z@)"
    )(n),
    "records": lambda n: f"r = {nested('{a: {}, b: 1}', 'sum([1])')(n)}\nfor i in 0..2 {{ r{'.a' * n} += 0.5 }}",
    "ifs that return": lambda n: (
        "fn f(c) {\n"
        + "".join(f"if c > {k} {{ if c > {k + 99} {{ return {k} }} else {{ c += 1 }} }}\n" for k in range(n))
        + "c }\nprint(f(sum([1])))"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_nesting_does_not_double_the_work(name: str) -> None:
    """Seven more levels would be 128 times the calls."""
    few, many = (calls(TEXTS[name](n)) for n in (7, 14))
    assert many <= 12 * few


LONG = {
    "ifs among many names": "v# = [x * a for x in 0..3 if x % 2 == 0]",
    "unknown names": "v# = a + missing#",
    "functions of functions": "v# = twice(fn(x) = x * # + a, a)",
    "records": "r = {...r, w: r.w + #}",
}


@pytest.mark.parametrize("name", LONG)
def test_a_program_of_twice_the_length_is_twice_the_work(name: str) -> None:
    head = "param a = 1.0\nfn twice(f, x) = f(f(x))\nr = {w: a, b: 2}\n"
    few, many = (calls(head + "\n".join(LONG[name].replace("#", str(k)) for k in range(n))) for n in (400, 800))
    assert many <= 2.1 * few


def calls(text: str) -> int:
    """How often loading a program, or refusing it, calls a function of Python."""
    load(text)  # what is made once is made
    return counted(lambda: load(text))


def load(text: str) -> None:
    with suppress(dlang.DlangError):
        dlang.loads(text)

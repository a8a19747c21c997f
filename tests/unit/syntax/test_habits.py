"""Habits from other languages: each has its mend, and one mistake is one error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dlang.diagnostics import Diagnostic, DlangError
from dlang.source import Source
from dlang.syntax import parse
from dlang.syntax.foreign import FOREIGN
from dlang.syntax.habits import FOREIGN_WORDS, HABITS


def errors(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(DlangError) as caught:
        parse(Source("test.dl", text))
    return caught.value.diagnostics


SPELLINGS = {
    "x = a ** 2": "a power is written `^`",
    "x <- 3": "write `=`, or `< -` to compare with a negative",
    "x = a <> b": "write `!=`",
    "x = a ~= b": "write `!=`",
    "x = a !== b": "write `!=`",
    "x = a === b": "write `==`",
    "f = x => x^2": "a function is written `fn(x) = …`",
    "x := 3": "write `=`",
    "x++": "write `x += 1` or `x -= 1`",
    "while a { x-- }": "write `x += 1` or `x -= 1`",
    "x = a && b": "write `and`",
    "x = a & b": "write `and`",
    "x = a || b": "write `or`",
    "x = a | b": "write `or`; a pipe is `|>`",
    "x = !a": "write `not`",
    "n = len(x)!": "remove it; a factorial is written `exp(lgamma(n + 1))`",
    "y = x > 1 ? a : b": "a choice is written `if c { a } else { b }`, per element `where(c, a, b)`",
    "x = a %*% b": "a product of matrices is written `@`",
    "x = a %% b": "a remainder is written `%`",
    "x = a .* b": "arithmetic works element by element as it is: write `*`",
    "x = a ./ b": "arithmetic works element by element as it is: write `/`",
    "x = a .^ b": "arithmetic works element by element as it is: write `^`",
    "x = a .+ b": "arithmetic works element by element as it is: write `+`",
    "x = a .- b": "arithmetic works element by element as it is: write `-`",
    "/* a comment\n of two lines */ x = 3": "a comment begins with `#` and ends with its line",
    '"""A docstring.\n"""': "strings end on their line; a comment begins with `#`",
    "x = “text”": 'use straight quotes: `"…"`',
    "x = a \u2212 b": "write `-`",
    "x = a \u00d7 b": "write `*`",
    "x = a ÷ b": "write `/`",
    "x = a ≤ b": "write `<=`",
    "x = a ≥ b": "write `>=`",
    "x = a ≠ b": "write `!=`",
    "fn f(x) → Real = x": "write `->`",
    "x = f\u2032(1)": "write the derivative with a straight `'`",
    "param k in 0..∞ = 1": "write `inf`",
    "x = {…r}": "write three dots, `...`",
    "x = y²": "write a power with `^`, as `x^2`",
    "x =\u00a03": "write an ordinary space",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_foreign_spelling_is_one_error_with_its_mend(text: str) -> None:
    assert [(d.code, d.help) for d in errors(text)] == [("E0102", SPELLINGS[text])]


def test_every_foreign_spelling_is_tested() -> None:
    untested = [entry.pattern for entry in FOREIGN if not any(re.search(entry.pattern, text) for text in SPELLINGS)]
    assert untested == []


@pytest.mark.parametrize("text", ["x = a < -3", "x = a <-3", "x = a--b", "x = --a", "x = a*-b", "x = 2.*b", "x = a+-b"])
def test_what_only_looks_foreign_is_fine(text: str) -> None:
    parse(Source("test.dl", text))


def test_the_right_token_takes_the_place_of_a_foreign_one() -> None:
    text = "if a && b || !c { y = x ** 2 }\nz = 'text'\nw = 1 1"
    assert [d.code for d in errors(text)] == ["E0102", "E0102", "E0102", "E0102", "E0111", "E0101"]


WORDS = [
    ("def f(x):\n    return x", "def"),
    ("function f(x)\n  x\nend", "function"),
    ("lambda x: x + 1", "lambda"),
    ("f = lambda x: x + 1", "lambda"),
    ("if a { b } elif c { d }", "elif"),
    ("elif c { d }", "elif"),
    ("let x = 3", "let"),
    ("var x = 3", "var"),
    ("real x", "real"),
    ("vector x", "vector"),
    ("if a then b", "then"),
    ("for i in a do { }", "do"),
    ("foreach x { }", "foreach"),
    ("until x { }", "until"),
    ("switch x { }", "switch"),
    ("match x { }", "match"),
    ("x = a is b", "is"),
    ("raise x", "raise"),
    ("parameters { }", "parameters"),
    ("fit a * t", "fit"),
    ("minimise ss", "minimise"),
    ("maximise ss", "maximise"),
]


@pytest.mark.parametrize(("text", "word"), WORDS)
def test_a_foreign_word_is_named_with_its_mend(text: str, word: str) -> None:
    first = errors(text)[0]
    assert first.code == "E0102"
    assert first.primary is not None
    assert (first.primary.span.text, first.help) == (word, FOREIGN_WORDS[word])


@pytest.mark.parametrize("word", FOREIGN_WORDS)
def test_a_foreign_word_is_an_ordinary_name(word: str) -> None:
    parse(Source("test.dl", f"{word} = 3\nx = {word}({word}) + {word}[0]\n{word} ~ normal(0, 1)"))
    [error] = errors(f"{word} = = 3")
    assert error.code == "E0101"


ORDERS = {
    "data t from decay.csv": "a file name stands in quotes",
    'data t "decay.csv"': 'a data file is read with `data t, y from "file.csv"`',
    'data "time (s)", y from "a.csv"': "a column is read by a name: rename it in the file's header to a name "
    "such as `time`",
    'data t as t1 from "a.csv"': "a column keeps its name; rename it in the file's header",
    'data t, y = read("a.csv")': 'a data file is read with `data t, y from "file.csv"`; one value with `data k = 1.0`',
    'data t y from "a.csv"': "commas stand between the names: `data t, y from …`",
    'data t, y from "a.csv" using 1:2': 'a column is read by its name in the header: `data t, y from "file.csv"`',
    "k in 0..inf = 1.0": "declare a parameter: `param k in 0..inf = 1.0`",
    "param k: Real in 0..inf = 1": "a param has no type: `param k in 0..inf = 1`",
    "param k: Real": "a param has no type: `param k = …`",
    "param k > 0 = 1": "bounds are written `param k in 0..1 = 0.5`, or `0..inf`",
    "param k in 0 < k < 1 = 1": "bounds are written `param k in 0..1 = 0.5`, or `0..inf`",
    "param k = 1, b in 0..3 = 2": "one param a line: `param b in 0..3 = 2`",
    "report k": "a report has a name: `report name = k`",
    "report 2 * k": "a report has a name: `report name = 2 * k`",
    "y ~ a * x, x > 2": "a term is `y ~ f`; to weight its points, write `y ~ normal(f, s)`, or scale both sides: "
    "`y / s ~ f / s`",
    "param k = 1 in 0..2": "bounds stand before the start value: `param k in lo..hi = start`",
    "param k in [0, 1] = 0.5": "bounds are written `param k in lo..hi = start`",
    "param k ~ normal(0, 1)": "give the start value first, `param k = 1.0`, then the prior, `k ~ …`",
    "param k": "a parameter needs a start value: `param k = 1.0`",
    "param a, b = 1": "each parameter has a statement of its own",
    "jvp f(x, dx) = 2 * x": "the seed of a rule stands behind `;`: `jvp f(x; dx) = …`",
    "import ode, nn": "each module has a statement of its own",
    "from math import exp": "write `import stats`, then `stats.quantile(x, q)`; mathematical functions need no import",
    "fn in(x) = x": "keywords cannot be names; choose another",
    "if x = 3 { }": "equality is written `==`",
    "for i in 1:5 { }": "a range is written `1..5`, its end not included",
    "while x:\n  x += 1": "a body stands in braces, without `:`",
    "if a { b }\nelse:\n  c": "a body stands in braces, without `:`",
    "fn f(x)\n{\n}": "a body opens on the same line: put `{` here",
    "for (i in 0..5) { }": "the loop variable stands without brackets: `for i in 0..n { … }`",
    "for x, y in zip(a, b) { }": "several loop variables stand in brackets: `for (x, y) in …`",
    "if (x > 3) y = 4": "a body stands in braces: `if c { … }`",
    "x = 1 else 2": "`else` stands behind the `}` of its `if`",
    "x = a if b else c": "a choice is written `if c { a } else { b }`",
    "return a, b": "several values stand in brackets: `return (a, b)`",
    "a, b = f(x)": "several names stand in brackets: `(a, b) = …`",
    "fn f(x) { w: x }": "a record as the value of a function is written `fn f(x) = {name: …}`",
    "r = {a: 1 b: 2}": "commas stand between the parts of a record",
    "a = b = 3": "assignment is a statement: write one for each name",
    "f = x -> x^2": "a function without a name is written `fn(x) = …`",
    "// a comment": "a comment begins with `#`, not `//`",
    "x = 3 // a comment": "a comment begins with `#`, not `//`",
    "for i in 0...5 { }": "a range is written with two dots, `a..b`",
    "y = f.(x)": "functions work element by element as they are: write `f(x)`",
    "print x": "print is a function: `print(a, b, …)`",
    'f"k = {k}"': 'text and values are printed side by side: `print("k =", k)`',
    "y = 2 x": "to multiply, write `2 * x`",
    "y ~ exp(-k t)": "to multiply, write `k * t`",
    "y = (x + 1) k": "to multiply, write `*`",
    "y = [a b]": "elements stand between commas: `[a, b]`",
    "y = if c a else b": "a choice is written `if c { a } else { b }`",
    "y = x in xs": "whether an array has an element is written `any(xs == x)`",
}


@pytest.mark.parametrize("text", ORDERS)
def test_an_order_of_tokens_has_its_mend(text: str) -> None:
    first = errors(text)[0]
    assert (first.code, first.help) == ("E0101", ORDERS[text])


def test_every_habit_is_tested() -> None:
    def forms() -> Iterator[str]:
        for row in HABITS:
            yield re.sub("<[a-z]+>", ".+", re.escape(row.help))

    untested = [form for form in forms() if not any(re.fullmatch(form, each) for each in ORDERS.values())]
    assert untested == []


@pytest.mark.parametrize(
    ("text", "word", "keyword"),
    [
        ("parm a = 1", "parm", "param"),
        ("parm a in 0..1 = 0.5", "parm", "param"),
        ("Param a = 1", "Param", "param"),
        ("repot x = 2", "repot", "report"),
        ('date t, y from "a.csv"', "date", "data"),
        ("minimze a^2", "minimze", "minimize"),
        ("imprt ode", "imprt", "import"),
        ("asert 1 < 2", "asert", "assert"),
        ("fro i in 0..3 { print(i) }", "fro", "for"),
        ("wihle true { break }", "wihle", "while"),
        ("fn f(x) {\n  retrun x\n}", "retrun", "return"),
    ],
)
def test_a_misspelt_keyword_is_told_with_the_one_that_was_meant(text: str, word: str, keyword: str) -> None:
    first = errors(text)[0]
    assert (first.code, first.help) == ("E0101", f"`{word}` is no keyword: did you mean `{keyword}`?")


@pytest.mark.parametrize(
    "text",
    ["x = 1 1", "x = = 1", "param k in 0..1 = 3 3", "jvp f(x; dx) = 3 3", "from = 3 3", "f(1 2)", "a b", "foo x = 2"],
)
def test_no_mend_is_guessed_where_none_is_likely(text: str) -> None:
    assert [d.help for d in errors(text)] == [None]

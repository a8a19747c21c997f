"""What each form of the language is parsed to."""

from __future__ import annotations

import pytest
from unit.syntax.shapes import expression, only, statements

from dlang.diagnostics import DlangError
from dlang.source import Source
from dlang.syntax import ast, parse, parse_expression

DECAY = """\
# decay.dl: a decaying signal, fitted to measurements
data t, y from "decay.csv"              # two columns of a table, by name

param a in 0..inf = 1.0                 # start value, bounds
param k in 0..inf = 0.1

fn signal(t) = a * exp(-k * t)

y ~ signal(t)                           # least squares
report half_life = log(2) / k           # derived, with its standard error
"""

VDP = """\
# vdp.dl: a simulation with a loop and a branch, fitted by likelihood
data t, x_obs from "vdp.csv"
param mu = 0.5
param sigma in 0..inf = 1.0

fn simulate(mu, ts) {
  x = 2.0
  v = 0.0
  xs = zeros(len(ts))
  for i in 0..len(ts) {
    dt = if i == 0 { ts[0] } else { ts[i] - ts[i - 1] }
    a = mu * (1 - x^2) * v - x
    v += dt * a
    x += dt * v
    xs[i] = x
  }
  xs
}

mu ~ normal(0, 5)                       # a prior
x_obs ~ normal(simulate(mu, t), sigma)  # a likelihood
"""

EXPRESSIONS = {
    # each level of precedence against the next
    "x |> f |> g(y)": "(x |> f |> g(y))",
    "a or b |> f": "((a or b) |> f)",
    "a or b and c": "(a or (b and c))",
    "a and b or c and d": "((a and b) or (c and d))",
    "not a and b": "((not a) and b)",
    "not a == b": "(not (a ==? b))",
    "not not a": "(not (not a))",
    "0 < x <= 1 != y": "(0 <? x <=? 1 !=? y)",
    "a < 0..5": "(a <? (0 .. 5))",
    "(a < b) < c": "((a <? b) <? c)",
    "0..n + 1": "(0 .. (n + 1))",
    "0..=n - 1 by k * 2": "(0 ..= (n - 1) by (k * 2))",
    "10..0 by -1": "(10 .. 0 by (- 1))",
    "a + b - c + d": "(a + b - c + d)",
    "a - (b - c)": "(a - (b - c))",
    "a + b * c": "(a + (b * c))",
    "a * b / c // d % e @ f": "(a * b / c // d % e @ f)",
    "-a * b": "((- a) * b)",
    "a * -b": "(a * (- b))",
    "a - -b": "(a - (- b))",
    "-x^2": "(- (x ^ 2))",
    "+x": "(+ x)",
    "2^-1": "(2 ^ (- 1))",
    "2^-x^2": "(2 ^ (- (x ^ 2)))",
    "a^b^c": "(a ^ (b ^ c))",
    "(a^b)^c": "((a ^ b) ^ c)",
    "a^b * c": "((a ^ b) * c)",
    "f(x)^2": "(f(x) ^ 2)",
    "-f'(x)": "(- f'(x))",
    # behind an expression
    "f()": "f()",
    "f(x, n=3)": "f(x, n=3)",
    "f(x, y,)": "f(x, y)",
    "f(x)(y)[z].w": "f(x)(y)[z].w",
    "f''(x)": "f''(x)",
    "f'''": "f'''",
    "r.f'": "r.f'",
    "grad(f)'": "grad(f)'",
    "a[i, 1:, :]": "a[i, 1::, ::]",
    "a[lo:hi:step]": "a[lo:hi:step]",
    "a[::2]": "a[::2]",
    "a[:n]": "a[:n:]",
    "a[0..5 by 2]": "a[(0 .. 5 by 2)]",
    "r.if": "r.if",
    "r.from.in": "r.from.in",
    # atoms
    "(x)": "x",
    "()": "(,)",
    "(x,)": "(x,)",
    "(a, b)": "(a, b,)",
    "(a, b, c,)": "(a, b, c,)",
    "[]": "[]",
    "[1, 2,]": "[1, 2]",
    "[[1, 2], [3, 4]]": "[[1, 2], [3, 4]]",
    "[f(x) for x in xs]": "[f(x) for x in xs]",
    "[x for x in xs if x > 0]": "[x for x in xs if (x >? 0)]",
    "[[a * b for b in v] for a in u]": "[[(a * b) for b in v] for a in u]",
    "[x * y for (x, (y, z)) in ps]": "[(x * y) for (x, (y, z,),) in ps]",
    "{w: W, b: b}": "record{w: W, b: b}",
    '{"any name": 1, ...r, b: 0,}': "record{any name: 1, ...r, b: 0}",
    "{...r}": "record{...r}",
    "{for: 1, data: 2, true: 3}": "record{for: 1, data: 2, true: 3}",
    "[{}, {}]": "[record{}, record{}]",
    "true and false": "(true and false)",
    "fn(x) = x^2": "fn(x) { (x ^ 2) }",
    "fn() = 1": "fn() { 1 }",
    "fn(x, y: Int = 2) { x }": "fn(x, y: Int = 2) { x }",
    "fn(x) = x |> f": "fn(x) { (x |> f) }",
    "map(fn(x) = x + 1, xs)": "map(fn(x) { (x + 1) }, xs)",
    "fn(x) = fn(y) = x + y": "fn(x) { fn(y) { (x + y) } }",
    "fn(x) { x }(3)": "fn(x) { x }(3)",
    "if c { a } else { b } + 1": "(if c { a } else { b } + 1)",
    "if a { 1 } else if b { 2 } else { 3 }": "if a { 1 } else { if b { 2 } else { 3 } }",
    "{ x = 1; x }": "{ x = 1; x }",
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression(text: str) -> None:
    assert only(f"x = {text}") == f"x = {EXPRESSIONS[text]}"
    assert expression(parse_expression(Source("value", text))) == EXPRESSIONS[text]


STATEMENTS = {
    "x = 1": "x = 1",
    "x += 1": "x += 1",
    "x //= 2": "x //= 2",
    "x @= w": "x @= w",
    "x ^= 2": "x ^= 2",
    "x -= 1": "x -= 1",
    "x *= 1": "x *= 1",
    "x /= 1": "x /= 1",
    "x %= 1": "x %= 1",
    "a[i] = e": "a[i] = e",
    "a[i, :] += e": "a[i, ::] += e",
    "r.w = e": "r.w = e",
    "r.layers[0].w[1:] = e": "r.layers[0].w[1::] = e",
    "(q, r) = divide(7, 2)": "(q, r,) = divide(7, 2)",
    "(a, (b[0], c.d)) = f(x)": "(a, (b[0], c.d,),) = f(x)",
    "fn f(x) = x^2": "fn f(x) { (x ^ 2) }",
    "fn f() { }": "fn f() { }",
    "fn f() {}": "fn f() { }",
    "fn f() = {}": "fn f() { record{} }",
    "fn f() { {w: 1} }": "fn f() { record{w: 1} }",
    "fn f(x, W: [n, 3], k: Int = 3,) -> [n] { x }": "fn f(x, W: [n, 3] Real, k: Int = 3) -> [n] Real { x }",
    "fn f(k: [n, d] Int) -> Bool = true": "fn f(k: [n, d] Int) -> Bool { true }",
    "fn f(n: Int) -> [n] Int {}": "fn f(n: Int) -> [n] Int { }",
    "jvp f(x; dx) = 2 * x * dx": "jvp f(x; dx) { (2 * x * dx) }",
    "jvp f(x, y; dx, dy) { dx }": "jvp f(x, y; dx, dy) { dx }",
    "vjp f(x; ct) = ct": "vjp f(x; ct) { ct }",
    "vjp f(; ct) = ct": "vjp f(; ct) { ct }",
    "for x in xs {}": "for x in xs { }",
    "for (i, (x, y)) in enumerate(zip(xs, ys)) { print(i) }": (
        "for (i, (x, y,),) in enumerate(zip(xs, ys)) { print(i) }"
    ),
    "for (i) in xs { }": "for i in xs { }",
    "for i in 0..n by 2 { break; continue }": "for i in (0 .. n by 2) { break; continue }",
    "while x < 3 { x += 1 }": "while (x <? 3) { x += 1 }",
    "return": "return",
    "return x + 1": "return (x + 1)",
    "if c {}": "if c { }",
    "if c {} else {}": "if c { } else { }",
    "if c { } else if d { } else { }": "if c { } else { if d { } else { } }",
    "param k = 1.0": "param k = 1.0",
    "param k in 0..inf = 1.0": "param k in (0 .. inf) = 1.0",
    "param k in -1..2 * pi = 1.0, fixed": "param k in ((- 1) .. (2 * pi)) = 1.0 fixed",
    "param k = 1.0, fixed": "param k = 1.0 fixed",
    "param k = (1.0, fixed)": "param k = (1.0, fixed,)",
    'data t, y from "decay.csv"': 'data t, y from "decay.csv"',
    'data d from "wine.csv" as table': 'data d from "wine.csv" as table',
    "data n = 1000": "data n = 1000",
    "y ~ signal(t)": "y ~ signal(t)",
    "log(y) ~ normal(mu, sigma)": "log(y) ~ normal(mu, sigma)",
    "minimize sum(x^2)": "minimize sum((x ^ 2))",
    "maximize -x": "maximize (- x)",
    "minimize (a - b)^2": "minimize ((a - b) ^ 2)",
    "minimize [a, b] @ [a, b]": "minimize ([a, b] @ [a, b])",
    "report h = log(2) / k": "report h = (log(2) / k)",
    "assert x > 0": "assert (x >? 0)",
    'assert x > 0, "positive"': 'assert (x >? 0), "positive"',
    "import ode": "import ode",
    "import ode as o": "import ode as o",
    'import "lib/flow.dl" as flow': 'import "lib/flow.dl" as flow',
    "{ x = 1 }": "{ x = 1 }",
    "{w: 1}": "record{w: 1}",
}


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement(text: str) -> None:
    assert only(text) == STATEMENTS[text]


def test_the_programs_of_the_language_page() -> None:
    assert statements(DECAY) == [
        'data t, y from "decay.csv"',
        "param a in (0 .. inf) = 1.0",
        "param k in (0 .. inf) = 0.1",
        "fn signal(t) { (a * exp(((- k) * t))) }",
        "y ~ signal(t)",
        "report half_life = (log(2) / k)",
    ]
    assert statements(VDP) == [
        'data t, x_obs from "vdp.csv"',
        "param mu = 0.5",
        "param sigma in (0 .. inf) = 1.0",
        "fn simulate(mu, ts) { x = 2.0; v = 0.0; xs = zeros(len(ts)); "
        "for i in (0 .. len(ts)) { dt = if (i ==? 0) { ts[0] } else { (ts[i] - ts[(i - 1)]) }; "
        "a = ((mu * (1 - (x ^ 2)) * v) - x); v += (dt * a); x += (dt * v); xs[i] = x }; xs }",
        "mu ~ normal(0, 5)",
        "x_obs ~ normal(simulate(mu, t), sigma)",
    ]


def test_spans_cover_what_was_written() -> None:
    text = "y = (a + b) * c\nfn f(x) = x + 1\nif c { d } else if e { g }"
    assign, function, conditional = parse(Source("test.dl", text)).statements
    assert assign.span.text == "y = (a + b) * c"
    assert isinstance(assign, ast.Assign)
    assert assign.value.span.text == "(a + b) * c"
    assert isinstance(assign.value, ast.Chain)
    assert assign.value.first.span.text == "a + b"
    assert function.span.text == "fn f(x) = x + 1"
    assert isinstance(function, ast.FunctionDef)
    assert function.body.span.text == "x + 1"
    assert isinstance(conditional, ast.ExprStatement)
    assert isinstance(conditional.value, ast.If)
    assert conditional.value.orelse is not None
    assert conditional.value.orelse.span.text == "if e { g }"


def test_a_program_covers_its_file() -> None:
    program = parse(Source("test.dl", "\n# nothing\n"))
    assert program.statements == ()
    assert program.span.text == "\n# nothing\n"


@pytest.mark.parametrize("text", ["-1.5", " [1, 2,\n 3] ", "\n2\n", "# a comment\n 1"])
def test_a_value_of_the_command_line_is_one_expression(text: str) -> None:
    assert parse_expression(Source("--set k", text)).span.text == text.replace("# a comment", "").strip()


@pytest.mark.parametrize("text", ["", "1 2", "x = 1", "1;", "1 +", "if", "{ x = 1; y z }"])
def test_what_is_no_expression_is_an_error(text: str) -> None:
    with pytest.raises(DlangError):
        parse_expression(Source("--set k", text))

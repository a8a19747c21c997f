"""Names: what they resolve to, what may be bound and changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.elaborate.checking import check, codes, found, one

from dlang.diagnostics import pages

VDP = """
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
mu ~ normal(0, 5)
x_obs ~ normal(simulate(mu, t), sigma)
"""


LINTS = ("W0224", "W0225")
"""What is asked of programs without errors only."""


def test_a_sound_program_has_no_faults() -> None:
    assert codes(VDP) == []


@pytest.mark.parametrize("code", [code for code in pages.codes() if code[1:3] == "02" and code not in LINTS])
def test_the_pages_programs_do_what_the_pages_say(code: str) -> None:
    fault, mend = re.findall(r"^```dl\n(.*?)^```$", pages.page(code), re.DOTALL | re.MULTILINE)
    assert codes(fault) == [code]
    assert codes(mend) == []


def test_an_unknown_name_is_told_once_in_a_function_and_in_every_function() -> None:
    text = "fn f(x) = wieght * x + wieght\nfn g(weight) = wieght\nprint(wieght)"
    assert [line for _, line, _ in found(text)] == [1, 2, 3]
    assert [d.help for d in check(text)] == [None, "did you mean `weight`?", None]


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("lenn([1])", "did you mean `len`?"),
        ("Exp(1)", "did you mean `exp`?"),
        ("epx(1)", "did you mean `exp`?"),
        ("nsi(1)", "did you mean `sin`?"),
        ("e", "write `exp(1)`; `e` is free for a name of yours"),
        ("ode", "write `import ode` at the top of the file"),
        ("qqq", None),
        ("sigma", None),
        ("omega([1])", None),
        ("gaussian(1)", "the distribution is `normal(mu, sigma)`; a peak is written `exp(-((x - mu) / sigma)^2 / 2)`"),
        ("power(2, 3)", "a power is written `x^n`"),
        ("mod(2, 3)", "a remainder is written `a % b`"),
        ("average([1])", "write `mean`"),
        ("[1] |> meen", "did you mean `mean`?"),
    ],
)
def test_the_mend_of_an_unknown_name(name: str, mend: str | None) -> None:
    assert one(f"print({name})").help == mend


def test_functions_may_be_used_above_their_definition_and_call_each_other() -> None:
    text = """
print(even(4))
fn even(n) = if n == 0 { true } else { odd(n - 1) }
fn odd(n) = if n == 0 { false } else { even(n - 1) }
fn outer(x) {
  fn a(n) = if n == 0 { 0 } else { b(n - 1) }
  fn b(n) = a(n)
  a(x)
}
"""
    assert codes(text) == []


def test_a_comprehension_has_its_own_variable_and_a_block_has_not() -> None:
    assert codes("print([[a * b for b in [1]] for a in [2]])\nif true { c = 1 } else { c = 2 }\nprint(c)") == []
    assert found("v = [a for a in [1]]\nprint(a)") == [("E0201", 2, "a")]
    assert codes("a = [1]\nprint([a + 1 for a in a], a)") == []


def test_a_default_reads_earlier_parameters_and_names_outside() -> None:
    assert codes("k = 2\nfn f(x, n = len(x), k = k) = n * k\nprint(f([1]))") == []
    assert codes("fn f(a = b, b = 1) = a + b") == ["E0201"]


def test_a_builtin_may_be_shadowed_even_by_its_own_result() -> None:
    text = "mean = mean([1, 2])\nprint(mean)\nfn f(sum) = sum + 1"
    assert check(text) == []


def test_constants_are_bound_nowhere_and_go_on_meaning_what_they_mean() -> None:
    text = "pi = 3\nfn f(inf) = inf\nparam nan = 1\nv = [pi for pi in [1]]\nprint(pi, v, f(1))\npi += 1"
    assert codes(text) == ["E0209"] * 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("param k = 1\nparam k = k", ["E0206"]),
        ("data k = 1\nfn k(x) = x", ["E0206"]),
        ("k = 1\nprint(k)\nreport k = 2", ["E0206"]),
        ("import ode\nimport curve as ode", ["E0206"]),
        ('import "lib/flow.dl"\nflow = 1', ["E0207"]),
        ("fn f(g) {\n  fn g(x) = x\n  g\n}", ["E0206"]),
        ("if true { fn f(x) = x } else { fn f(x) = 1 }", ["E0206"]),
        ("data a = [1]\na[0] = 2", ["E0207"]),
        ("data a = [1]\na += 2", ["E0207"]),
        ("data i = 1\nfor i in 0..3 { print(i) }", ["E0207"]),
        ("fn f(x) = x\nf = 2", ["E0207"]),
        ("param k = 1\nfn f(k) { k += 1; k }\nfn g(x) { k = x; k }\nprint(k)", []),
    ],
)
def test_what_is_declared_is_declared_once_and_not_assigned(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_both_places_of_a_double_declaration_are_shown() -> None:
    fault = one("fn f(x) = x\n\nfn f(y) = y")
    assert fault.primary is not None
    assert (fault.primary.span.line, fault.labels[0].span.line) == (3, 1)


@pytest.mark.parametrize("change", ["x += 1", "x[0] = 1", "x.w = 1", "x.w[0] *= 1"])
def test_a_function_cannot_change_an_outer_name(change: str) -> None:
    fault = one(f"x = [1]\nfn f(y) {{\n  {change}\n  y\n}}")
    assert fault.code == "E0208"
    assert fault.labels[0].span.line == 1
    assert codes(f"fn f(x) {{\n  {change}\n  x\n}}") == []


def test_a_change_of_a_name_that_nothing_binds() -> None:
    assert codes("total += 1") == ["E0201"]
    assert one("sum += 1").help == "bind a variable first: `sum = 0`"


def test_a_param_that_nothing_reads_is_a_warning() -> None:
    fault = one("param a = 1\nparam b = 2\nfn f(x) = a * x")
    assert (fault.code, fault.severity) == ("W0223", "warning")
    assert "`b`" in fault.title


_lines = st.sampled_from(
    [
        "a = b",
        "b = 1",
        "a += 1",
        "c = fn(x) = x + a",
        "fn f(x, y = a) { x }",
        "fn g() { a = f(b); return a }",
        "if a > b { a = 1 } else { break }",
        "for a in b { continue; b = a }",
        "while true { return c; b = 2 }",
        "print([a for a in b if f(a)])",
        "param a = b",
        "a[b] = f(1) |> g",
        "b ~ c",
        "y = { a = 1 }",
    ]
)


@given(lines=st.lists(_lines, max_size=8), wrap=st.booleans())
def test_any_program_is_checked_to_its_end_and_told_once(lines: list[str], wrap: bool) -> None:
    text = "\n".join(lines)
    faults = check(f"fn outer() {{\n{text}\n}}" if wrap else text)
    places = [(d.code, d.primary.span.start) for d in faults if d.primary]
    assert len(set(places)) == len(faults)

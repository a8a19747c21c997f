"""Distributions as values and random draws: what is asked of them, where they may stand, what a draw depends on."""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import codes, printed, slopes

import dlang

VALUES = {
    "a distribution prints": ("print(normal(0, 1), gamma(alpha=2, beta=[1, 2]))", "normal(0.0, 1.0) gamma(2.0, [1.0, 2.0])"),
    "its density": ("d = uniform(0, 4)\nprint(exp(logpdf(d, [1, 5])), 1 |> fn(x) { exp(logpdf(d, x)) })", "[0.25, 0.0] 0.25"),
    "its chances and its mean": ("print(cdf(uniform(0, 4), 1), mean(uniform(0, 4)), mean(poisson([1, 2])))", "0.25 2.0 [1.0, 2.0]"),
    "in a record": ("m = {d: exponential(2), n: 1}\nprint(mean(m.d), m)", "0.5 {d: exponential(2.0), n: 1}"),
    "through a function": ("fn scaled(d, k) = k * mean(d)\nprint(scaled(gamma(4, 2), 3))", "6.0"),
    "made by a function": ("fn noise(s) = normal(0, s)\nprint(cdf(noise(2.0), 0))", "0.5"),
    "as a function": ("f = normal\nprint(f(0, 1), map(fn(s) { mean(exponential(s)) }, [1, 2]))", "normal(0.0, 1.0) [1.0, 0.5]"),
    "chosen while running": ("x = sum([1])\nd = if x > 0 { uniform(0, 2) } else { exponential(1) }\nprint(mean(d), d)", "1.0 uniform(0.0, 2.0)"),
    "of one kind with other parameters": ("x = sum([1])\nd = if x > 0 { normal(3, 1) } else { normal(5, 1) }\nprint(mean(d))", "3.0"),
    "changed in a loop": ("d = uniform(0, 1)\nfor i in 1..4 { d = uniform(0, i * mean(d)) }\nprint(mean(d))", "0.375"),
    "a name of one's own": ("normal = 3\nprint(normal + 1)", "4"),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_distributions_are_values(name: str) -> None:
    text, expected = VALUES[name]
    assert printed(text) == [expected]


def test_a_term_takes_a_distribution_from_anywhere() -> None:
    head = "param x = 2.0\nparam y = 5.0\ndata t = [1.0, 2.5]\n"
    direct = slopes(head + "t ~ normal(x, y)")
    for text in (
        "d = normal(x, y)\nt ~ d",
        "fn noise(m) = normal(m, y)\nt ~ noise(x)",
        "m = {noise: normal(x, y)}\nt ~ m.noise",
        "d = if x > 1 { normal(x, y) } else { cauchy(x, y) }\nt ~ d",
        "minimize -sum(logpdf(normal(x, y), t))",
    ):
        found = slopes(head + text)
        np.testing.assert_allclose(found.gradient, direct.gradient, rtol=1e-14)


def test_the_density_has_its_derivatives_and_so_has_a_draw() -> None:
    found = slopes("param x = 2.0\nparam y = 5.0\nminimize logpdf(normal(x, y), 4.0)")
    np.testing.assert_allclose(found.gradient, [2 / 25, -1 / 5 + 4 / 125], rtol=1e-13)
    moved = slopes("param x = 2.0\nparam y = 5.0\nminimize (sample(normal(x, y)) - x) / y + x")
    np.testing.assert_allclose(moved.gradient, [1.0, 0.0], atol=1e-15)


REFUSED = {
    "too many parameters": ("d = normal(0, 1, 2)", ["E0415"]),
    "a parameter of another name": ("d = normal(0, sd=1)", ["E0415"]),
    "a parameter twice": ("d = normal(0, mu=1)", ["E0415"]),
    "none at all": ("data t = [1.0]\nt ~ normal", ["E0301"]),
    "a parameter that is no number": ('d = normal("a", 1)', ["E0301"]),
    "parameters that do not fit": ("d = normal([1, 2], [1, 2, 3])", ["E0302"]),
    "a density of a number": ("print(logpdf(3, 1))", ["E0301"]),
    "arithmetic": ("print(normal(0, 1) + 1)", ["E0301"]),
    "no mean": ("print(mean(cauchy(0, 1)))", ["E0307"]),
    "no distribution function": ("print(cdf(dirichlet([1, 2]), [0.5, 0.5]))", ["E0307"]),
    "a mean along an axis": ("print(mean(normal(0, 1), axis=0))", ["E0307"]),
    "a seed that is no Int": ("seed(1.5)", ["E0301"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(name: str) -> None:
    text, expected = REFUSED[name]
    assert codes(text) == expected


# Random draws


def draws(text: str) -> list[float]:
    """The numbers that a program prints, one a line."""
    return [float(line) for line in printed(text)]


def test_every_draw_is_another_and_every_run_the_same() -> None:
    text = "print(rand())\nprint(rand())\nfor i in 0..3 { print(rand()) }\nfn f() = rand()\nprint(f())\nprint(f())"
    found = draws(text)
    assert len(set(found)) == len(found) == 7
    assert draws(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "fn walk(n) { x = 0.0; for i in 0..n { x += rand() }; x }\nprint(walk(3))",
        "fn walk(n) { if n == 0 { return 0.0 }; walk(n - 1) + rand() }\nprint(walk(3))",
        "print(sum([rand() for i in 0..3]))",
        "print(sum(map(fn(i) { rand() }, 0..3)))",
        "print(fold(fn(c, i) { c + rand() }, 0.0, 0..3))",
        "x = 0.0\nk = 0\nwhile k < 3 { x += rand(); k += 1 }\nprint(x)",
        "f = fn() = rand()\nx = 0.0\nfor i in 0..3 { x += f() }\nprint(x)",
        "x = 0.0\nfor i in (1, 2, 3) { x += rand() }\nprint(x)",
        "x = 0.0\nk = 0\nwhile { x += rand(); k += 1; k < 3 } { }\nprint(x)",
        "fn f(g) = g()\nx = f(rand) + f(rand) + f(rand)\nprint(x)",
    ],
)
def test_draws_come_one_after_the_other_whatever_leads_to_them(text: str) -> None:
    assert draws(text) == pytest.approx(draws("print(rand() + rand() + rand())"), rel=1e-15)


def test_a_draw_in_a_branch_moves_on_what_follows_only_if_it_is_reached() -> None:
    _, second, third = draws("print(rand())\nprint(rand())\nprint(rand())")
    text = "x = rand()\nif {} {{ y = rand() }}\nprint(rand())"
    assert draws(text.format("x > -1")) == [third]
    assert draws(text.format("x > 2")) == [second]
    logical = "x = rand()\nb = x > {} and rand() > -1\nprint(rand())"
    assert draws(logical.format(-1)) == [third]
    assert draws(logical.format(2)) == [second]


def test_a_seed_begins_anew_and_one_from_outside_stands_before_it() -> None:
    first, again, other = draws("seed(7)\nprint(rand())\nseed(7)\nprint(rand())\nseed(8)\nprint(rand())")
    assert first == again != other
    assert draws("fn f(n) { seed(n); rand() }\nprint(f(7))\nprint(rand())")[0] == first
    text = "param a = 0.0\nseed(7)\nminimize rand() + a"
    given = [dlang.loads(text, seed=seed).value() for seed in (None, 3, 3, 4)]
    assert given[0] == first
    assert given[1] == given[2] != given[3]
    assert first not in given[1:]


def test_an_objective_draws_the_same_at_every_evaluation() -> None:
    program = dlang.loads("param a = 1.0\nminimize sum((a - randn(5))^2)")
    objective = program.objective()
    assert objective.value([2.0]) == objective.value([2.0])
    [mean] = draws("print(mean(randn(5)))")
    assert program.fit().parameters["a"].value == pytest.approx(mean, rel=1e-12)


def test_derivatives_draw_as_their_functions_do() -> None:
    text = "fn f(x) = x * rand()\n{}\nprint(rand())"
    shown = [draws(text.format(line)) for line in ("print(f(1.0))", "print(f'(1.0))", "print(grad(f)(1.0))")]
    assert shown[0] == shown[1] == shown[2]
    pulled = draws("fn f(x) = x * rand()\n(v, pull) = vjp(f, 1.0)\nprint(v)\nprint(pull(1.0))\nprint(pull(1.0))")
    assert pulled == [shown[0][0]] * 3

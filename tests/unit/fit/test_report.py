"""The report as people see it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from optim.duals import exp
from optim.objectives import Problem

from dlang.fit import Reports, fit
from dlang.fit.numbers import measured
from dlang.fit.report import render

X = np.arange(5.0)
Y = np.array([1, 2.9, 5.1, 7, 9.2])


def masked(result, **options) -> str:
    return re.sub(r"\d+ evaluations?, +\d+\.\d\d s|\d+ evaluations?,\n\d+\.\d\d s", "E, T", render(result, **options))


def test_a_fit_reads_from_the_method_to_the_verdict() -> None:
    reports = Reports(
        (("root", ()),), lambda x: np.array([-x[1] / x[0]]), lambda x: np.array([[x[1] / x[0] ** 2, -1 / x[0]]])
    )
    problem = Problem([1, 1], lambda a, b: a * X + b, Y, names=("a", "b"))
    text = masked(fit(problem, observed=Y, reports=reports, fixed={"c": 0.25}))
    assert (
        text
        == """\
Levenberg-Marquardt (least squares), 1 iteration, E, T

parameter  estimate  std error   95 % interval
a             2.050      0.030  1.955 to 2.145
b             0.940      0.073  0.706 to 1.174
c              0.25                             fixed

report   value  std error     95 % interval
root    -0.459      0.042  -0.591 to -0.326

5 data, 3 degrees of freedom, rss 0.027, residual std 0.0948683, r2 0.999358
log-likelihood 5.9587, aic -5.9174, bic -7.08908

converged: no step lowers the objective further in double precision"""
    )


def test_the_verdict_ends_with_what_to_do_next() -> None:
    text = masked(fit(Problem([1, 1], lambda a, b: a * exp(X + b), Y, names=("a", "b"))), width=60)
    assert text.endswith("""\
not identified: the data determine only the combination
  `a*exp(b)`, not `a` and `b` separately
next: fix one of them (`--fix b`), or write the model with
  the combination as one parameter""")
    assert "a          0.141327  not identified" in text


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    names = tuple(f"a_rather_long_name_of_parameter_{i}" for i in range(2))
    problem = Problem([1, 1], lambda a, b: a * X + b, Y, names=names, lower=[-np.inf, 1], upper=[9, 2])
    text = render(fit(problem, observed=Y), width=width)
    assert max(map(len, text.split("\n"))) <= max(width, 40)


def test_colour_adds_escapes_and_nothing_else() -> None:
    result = fit(Problem([1, 1], lambda a, b: a * X + b, Y, lower=[0, 1], upper=[9, 2]))
    assert re.sub(r"\x1b\[[\d;]*m", "", render(result, colour=True)) == render(result)
    assert "\x1b" not in render(result)


def test_long_arrays_lose_their_middle() -> None:
    n = 30
    target = np.linspace(1, 2, n)
    problem = Problem(
        np.zeros(n),
        f=lambda *w: sum((each - t) ** 2 for each, t in zip(w, target, strict=True)),
        names=tuple(f"w[{i}]" for i in range(n)),
        structure=(("w", (n,)),),
        has_density=True,
    )
    text = render(fit(problem))
    assert "... 22 more" in text
    assert "w[5]" in text
    assert "w[6]" not in text
    assert "w[29]" in text


def test_printing_a_result_shows_its_warnings_and_errors() -> None:
    failed = fit(Problem([1.0], lambda a: a * X * np.nan, Y))
    assert "error[E0801]" in str(failed)
    assert "failed: the objective is not finite at the start" in str(failed)
    assert "error[" not in render(failed)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (238.94212918, 2.7070075241, ("238.9", "2.7")),
        (5.5015643181e-4, 7.2668688436e-6, ("0.0005502", "0.0000073")),
        (-6.1953516256e-6, 1.5408724409e-7, ("-6.20e-06", "1.5e-07")),
        (1288.13968, 4.6647963344, ("1288.1", "4.7")),
        (4512345.6, 12000.0, ("4512346", "12000")),
        (0.00312, 12.0, ("0.003", "12")),
        (1e-17, 0.038, ("0.000000", "0.038")),
        (-1e-17, 0.038, ("0.000000", "0.038")),
        (9.999, 0.0996, ("10.00", "0.10")),
        (2.0, 3e-16, ("2.00000000000", "3.0e-16")),
        (3.5e8, 2.1e6, ("3.500e+08", "2.1e+06")),
        (2.0, 0.0, ("2", "0")),
        (float("inf"), 1.0, ("inf", "1")),
    ],
)
def test_an_estimate_has_the_digits_that_its_error_warrants(value: float, error: float, shown: tuple[str, str]) -> None:
    assert measured(value, error)[:2] == shown


def test_what_is_empty_has_no_table() -> None:
    import dlang

    text = render(dlang.loads("data y = [1.0, 2.0]\nparam k = 1.0\ny ~ k\nreport big = y[y > 100]").fit())
    assert "report" not in text
    assert "there is nothing to fit" in render(dlang.loads("param k = []\nminimize sum(k^2)").fit())

"""The fit of a program: what Python asks of it, its reports, and an interruption while it is set up."""

from __future__ import annotations

import math
import os
import signal

import pytest

import dlang
from dlang.diagnostics import DlangError
from dlang.fit import Verdict

LINE = "param a = 1.0\ndata y = [1.0, 2.1, 2.9]\ny ~ a * [1, 2, 3]\n"
LINE_AND_REPORTS = LINE + "report z = log(-a)\nreport w = log([a, -a])\n"


def test_wald_intervals_are_all_there_are() -> None:
    program = dlang.loads(LINE)
    assert program.fit(ci="wald").parameters["a"].ci == program.fit().parameters["a"].ci
    with pytest.raises(DlangError) as caught:
        program.fit(ci="profile")
    assert [each.code for each in caught.value.diagnostics] == ["E0703"]
    assert "`wald`" in str(caught.value)


def test_the_seed_is_recorded() -> None:
    program = dlang.loads(LINE, seed=3)
    assert program.fit().seed == 3
    assert program.fit(seed=7).to_json()["seed"] == 7


def test_a_report_that_is_nan_says_where_it_was_born() -> None:
    result = dlang.loads(LINE_AND_REPORTS).fit()
    assert result.verdict is Verdict.CONVERGED
    z, w = result.reports["z"], result.reports["w"]
    assert math.isnan(z.value)
    assert z.std_error is None
    assert z.ci is None
    assert w.std_error[0] > 0
    assert math.isnan(w.std_error[1])
    places = [LINE_AND_REPORTS[each.primary.span.start : each.primary.span.end] for each in result.warnings]
    assert places == ["log(-a)", "log([a, -a])"]
    assert {each.severity for each in result.warnings} == {"warning"}
    found = result.to_json()["reports"]
    assert (found["z"]["value"], found["z"]["std_error"], found["z"]["ci"]) == ("nan", None, None)


def test_reports_that_are_finite_have_no_warnings() -> None:
    assert dlang.loads(LINE + "report z = log(a)\n").fit().warnings == ()


@pytest.mark.parametrize("what", ["fitted_pairs", "objective"])
def test_an_interruption_while_the_fit_is_set_up_is_a_result(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = dlang.loads(LINE)

    def interrupt(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    if what == "fitted_pairs":
        monkeypatch.setattr(program, "fitted_pairs", interrupt)
    else:
        monkeypatch.setattr(type(program.objective()), "value_and_grad", interrupt)
    result = program.fit()
    assert result.interrupted
    assert result.parameters["a"].value == 1.0
    assert result.to_json()["verdict"] == "not converged"


def test_the_tolerance_changes_the_number_of_iterations() -> None:
    program = dlang.loads("param a = -1.2\nparam b = 1.0\nminimize (1 - a)^2 + 100 * (b - a^2)^2\n")
    counts = [program.fit(tol=tol).iterations for tol in (1.0, 1e-3, None)]
    assert counts[0] < counts[1] < counts[2]

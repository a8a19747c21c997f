"""A fit as a whole: the six small cases that other programs get wrong, errors, statistics, reports and verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from optim.duals import exp, log, sqrt
from optim.objectives import Problem
from scipy import stats

from dlang.diagnostics import Diagnostic, DlangError
from dlang.fit import Reports, Verdict, fit
from dlang.optimize import StopReason

X = np.arange(5.0)
Y = np.array([1, 2.9, 5.1, 7, 9.2])


def codes(result) -> list[str]:
    return [each.code for each in result.warnings]


def test_inseparable_parameters_are_named_as_their_combination() -> None:
    result = fit(Problem([1, 1], lambda a, b: a * exp(X + b), Y, names=("a", "b")))
    assert result.verdict is Verdict.NOT_IDENTIFIED
    assert not result.converged
    assert result.status == "the data determine only the combination `a*exp(b)`, not `a` and `b` separately"
    (direction,) = result.unidentified
    assert direction.parameters == ("a", "b")
    a, moves = result.parameters["a"].value, direction.direction
    assert moves["a"] / a == pytest.approx(-moves["b"], rel=1e-9)
    assert max(map(abs, moves.values())) == 1.0
    assert result.parameters["a"].std_error is None
    assert result.covariance is None
    assert "--fix b" in result.next


def test_a_parameter_without_influence_is_named_and_the_others_have_their_errors() -> None:
    result = fit(Problem([1, 1], lambda a, c: a * X + 0 * c, Y, names=("a", "c")))
    alone = fit(Problem([1], lambda a: a * X, Y, names=("a",)))
    assert result.verdict is Verdict.NOT_IDENTIFIED
    assert result.status == "`c` does not influence the fit"
    assert result.parameters["c"].std_error is None
    assert result.parameters["a"].std_error == pytest.approx(alone.parameters["a"].std_error, rel=1e-12)
    assert result.statistics == alone.statistics
    assert result.covariance[0] == ("a",)


@pytest.mark.parametrize("row", [0, 3])
def test_a_start_out_of_the_domain_fails_and_says_what_its_explainer_says(row: int) -> None:
    x = np.array([1.0, 2, 3, 4, 5])
    x[row] = 0.0
    told = Diagnostic("E0601", f"`log` of 0 in data row {row + 1}", help="leave the row out")
    result = fit(Problem([1, 1], lambda a, b: a + b * np.log(np.where(x > 0, x, np.nan)), Y), explain=lambda x: told)
    assert result.verdict is Verdict.FAILED
    assert result.errors == (told,)
    assert result.status == told.title
    assert result.next == told.help
    assert result.parameters == {}


def test_a_negative_start_of_a_root_fails_without_an_explainer_too() -> None:
    result = fit(Problem([-1, 1], lambda a, b: sqrt(a) * X + b, Y))
    assert result.verdict is Verdict.FAILED
    assert [each.code for each in result.errors] == ["E0801"]


def test_a_derivative_that_is_infinite_at_the_start_fails_with_its_name() -> None:
    result = fit(Problem([0, 1], lambda a, b: sqrt(a) * X + b, Y, names=("a", "b")))
    assert result.verdict is Verdict.FAILED
    assert "`a`" in result.status


def test_an_exact_straight_line_converges() -> None:
    for slope, offset in ((2.0, 1.0), (0.1, 0.3), (1e-9, 1e9)):
        result = fit(Problem([1, 1], lambda a, b: a * X + b, slope * X + offset))
        assert result.verdict is Verdict.CONVERGED
        assert result.statistics.rss <= (1e-14 * (abs(slope) + abs(offset))) ** 2
        assert codes(result) == ["W0814"]


def test_an_optimum_on_a_bound_is_named_and_has_no_error() -> None:
    problem = Problem([1, 1], lambda a, b: a * X + b, Y, names=("a", "b"), lower=[0, 1], upper=[np.inf, 2])
    result = fit(problem)
    held = fit(Problem([1], lambda a: a * X + 1.0, Y, names=("a",)))
    assert result.verdict is Verdict.AT_BOUND
    assert result.converged
    assert result.parameters["b"].value == 1.0
    assert result.parameters["b"].at_bound is True
    assert result.parameters["b"].std_error is None
    assert result.parameters["a"].at_bound is False
    assert result.parameters["a"].std_error == pytest.approx(held.parameters["a"].std_error, rel=1e-12)
    assert result.statistics.dof == held.statistics.dof == 4
    assert "`b` is on its lower bound 1" in result.status


@pytest.mark.parametrize(
    ("model", "start", "said"),
    [
        (lambda a, b, c: a * b * X + c, [1, 2, 0.5], "`a*b`"),
        (lambda a, b, c: a / b * X + c, [1, 2, 0.5], "`a/b`"),
        (lambda a, b, c: (a + 2 * b) * X + c, [1, 2, 0.5], "`a + 2*b`"),
        (lambda a, b, c: (a - b) * X + c, [1, 2, 0.5], "`a - b`"),
        (lambda a, b, c: a * b**2 / c * X, [1, 2, 0.5], "`a*b^2/c`"),
    ],
)
def test_combinations_are_recognised(model, start, said: str) -> None:
    result = fit(Problem(start, model, Y, names=("a", "b", "c")))
    assert result.verdict is Verdict.NOT_IDENTIFIED
    assert f"only the combination {said}," in result.status


def test_combinations_are_recognised_in_likelihoods_too() -> None:
    def f(a, b, s, c):
        return 0.5 * ((Y - a * c * X - b) * (1 / s) * (Y - a * c * X - b) * (1 / s)).sum() + 5 * log(s)

    result = fit(Problem([1, 1, 1, 2], f=lambda a, b, s, c: f(a, b, s, c), names=tuple("absc"), has_density=True))
    assert "only the combination `a*c`," in result.status
    assert result.parameters["b"].std_error > 0
    assert result.parameters["a"].std_error is None


def test_two_separate_ambiguities_are_two_directions() -> None:
    result = fit(Problem([1, 2, 0.3, 1.0], lambda a, b, c, d: a * b * X + (c - d), Y, names=tuple("abcd")))
    assert [each.parameters for each in result.unidentified] == [("a", "b"), ("c", "d")]


def test_a_direction_that_is_no_simple_combination_is_described() -> None:
    result = fit(Problem([1.0] * 6, lambda *b: sum(c * X**i for i, c in enumerate(b)), Y))
    assert result.verdict is Verdict.NOT_IDENTIFIED
    assert "can change together" in result.status
    (direction,) = result.unidentified
    basis = np.array([X**i for i in range(6)])
    move = np.array([direction.direction.get(name, 0.0) for name in result.parameters])
    np.testing.assert_allclose(move @ basis, 0.0, atol=1e-9 * np.abs(basis).max())


def test_a_saturated_parameter_is_not_identified() -> None:
    """The curve is flat long before the first datum: nothing says how steep it is."""
    result = fit(Problem([5.0, 80.0], lambda a, b: a * (1 - exp(-b * (X + 1))), Y, names=("a", "b")))
    assert result.verdict is Verdict.NOT_IDENTIFIED
    assert result.status == "`b` has no influence on the fit any more at 80: its best value may be infinite"


def test_a_maximum_is_no_minimum() -> None:
    for problem in (
        Problem([0.0], f=lambda a: (a * a - 1) ** 2),
        Problem([0.0], lambda a: a * a * X, Y),
        Problem([0.0, 0.0], f=lambda a, b: a * b),
    ):
        result = fit(problem)
        assert result.verdict is Verdict.NOT_CONVERGED
        assert result.reason is StopReason.NOT_A_MINIMUM
        assert result.next.startswith("start elsewhere")


def test_standard_errors_and_intervals_of_a_line_are_the_textbooks() -> None:
    result = fit(Problem([1, 1], lambda a, b: a * X + b, Y, names=("a", "b")), observed=Y)
    known = stats.linregress(X, Y)
    a, b = result.parameters["a"], result.parameters["b"]
    assert (a.value, b.value) == pytest.approx((known.slope, known.intercept), rel=1e-13)
    assert (a.std_error, b.std_error) == pytest.approx((known.stderr, known.intercept_stderr), rel=1e-12)
    half = stats.t.ppf(0.975, 3) * known.stderr
    assert a.ci == pytest.approx((known.slope - half, known.slope + half), rel=1e-12)
    assert result.statistics.r2 == pytest.approx(known.rvalue**2, rel=1e-12)
    assert result.statistics.dof == 3
    names, matrix = result.covariance
    assert names == ("a", "b")
    np.testing.assert_allclose(np.sqrt(np.diagonal(matrix)), [known.stderr, known.intercept_stderr], rtol=1e-12)


def test_the_statistics_of_least_squares_count_the_variance_as_r_does() -> None:
    """R 4.2: d <- lm(c(1, 2.9, 5.1, 7, 9.2) ~ c(0:4)); logLik(d), AIC(d), BIC(d); here by their definitions."""
    s = fit(Problem([1, 1], lambda a, b: a * X + b, Y)).statistics
    residuals = Y - np.polyval(np.polyfit(X, Y, 1), X)
    log_likelihood = stats.norm.logpdf(residuals, scale=np.sqrt(np.mean(residuals**2))).sum()
    assert s.log_likelihood == pytest.approx(log_likelihood, rel=1e-10)
    assert s.aic == pytest.approx(2 * 3 - 2 * log_likelihood, rel=1e-10)
    assert s.bic == pytest.approx(np.log(5) * 3 - 2 * log_likelihood, rel=1e-10)


def normal_line(a, b, s):
    residual = (Y - a * X - b) / s
    return 0.5 * (residual * residual).sum() + 5 * log(s) + 2.5 * np.log(2 * np.pi)


def test_a_likelihood_has_errors_from_its_hessian_and_normal_intervals() -> None:
    names = ("a", "b", "s")
    result = fit(Problem([1, 1, 1], f=normal_line, has_density=True, names=names), data_count=5)
    design = np.array([X, np.ones(5)]).T
    residuals = Y - design @ np.linalg.lstsq(design, Y, rcond=None)[0]
    sigma = np.sqrt(np.mean(residuals**2))
    expected = [*np.sqrt(np.diagonal(sigma**2 * np.linalg.inv(design.T @ design))), sigma / np.sqrt(10)]
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["s"].value == pytest.approx(sigma, rel=1e-9)
    assert [each.std_error for each in result.parameters.values()] == pytest.approx(expected, rel=1e-8)
    a = result.parameters["a"]
    assert a.ci[1] - a.value == pytest.approx(stats.norm.ppf(0.975) * a.std_error, rel=1e-12)
    assert result.statistics.log_likelihood == pytest.approx(stats.norm.logpdf(residuals, scale=sigma).sum(), rel=1e-9)
    assert result.statistics.aic == pytest.approx(6 - 2 * result.statistics.log_likelihood, rel=1e-12)
    assert result.statistics.rss is None
    assert codes(result) == []


def test_a_bare_objective_has_errors_with_a_warning() -> None:
    result = fit(Problem([1, 1], f=lambda a, b: (a - 2) ** 2 + 4 * (b - 1) ** 2))
    assert codes(result) == ["W0812"]
    assert [each.std_error for each in result.parameters.values()] == pytest.approx([0.5**0.5, 0.125**0.5], rel=1e-12)
    assert result.statistics.log_likelihood is None


def test_a_penalised_fit_has_no_errors() -> None:
    result = fit(Problem([1, 1], lambda a, b: a * X + b, Y, penalty=lambda a, b: a * a + b * b))
    assert result.verdict is Verdict.CONVERGED
    assert codes(result) == ["W0811"]
    assert result.parameters["b1"].std_error is None
    design = np.array([X, np.ones(5)]).T
    ridge = np.linalg.solve(design.T @ design + np.eye(2), design.T @ Y)
    assert [each.value for each in result.parameters.values()] == pytest.approx(ridge, rel=1e-12)


def test_as_many_parameters_as_data_have_no_errors_but_a_verdict() -> None:
    result = fit(Problem([1.0] * 5, lambda *b: sum(c * X**i for i, c in enumerate(b)), Y))
    assert result.verdict is Verdict.CONVERGED
    assert result.statistics.dof == 0
    assert result.statistics.residual_std is None
    assert codes(result) == ["W0813"]
    assert all(each.std_error is None for each in result.parameters.values())


def test_reports_have_delta_method_errors() -> None:
    problem = Problem([1, 1], lambda a, b: a * X + b, Y, names=("a", "b"))
    reports = Reports(
        (("half", ()), ("both", (2,))),
        lambda x: np.array([np.log(2) / x[0], x[0] + x[1], 3.0]),
        lambda x: np.array([[-np.log(2) / x[0] ** 2, 0], [1, 1], [0, 0]]),
    )
    result = fit(problem, reports=reports)
    a = result.parameters["a"]
    half = result.reports["half"]
    assert half.value == pytest.approx(np.log(2) / a.value)
    assert half.std_error == pytest.approx(np.log(2) / a.value**2 * a.std_error, rel=1e-12)
    assert half.ci[0] < half.value < half.ci[1]
    both = result.reports["both"]
    total = np.ones(2) @ result.covariance[1] @ np.ones(2)
    np.testing.assert_allclose(both.std_error, [total**0.5, 0.0], rtol=1e-12)


def test_a_report_of_an_identified_combination_has_its_error() -> None:
    """a and b cannot be told apart, a*exp(b) can: its error is that of the amplitude in `c * exp(x)`."""
    reports = Reports(
        (("c", ()), ("a_alone", ())),
        lambda x: np.array([x[0] * np.exp(x[1]), x[0]]),
        lambda x: np.array([[np.exp(x[1]), x[0] * np.exp(x[1])], [1.0, 0.0]]),
    )
    result = fit(Problem([1, 1], lambda a, b: a * exp(X + b), Y), reports=reports)
    alone = fit(Problem([1], lambda c: c * np.exp(X), Y, names=("c",)))
    assert result.reports["c"].std_error == pytest.approx(alone.parameters["c"].std_error, rel=1e-9)
    assert result.reports["a_alone"].std_error is None


def test_array_parameters_keep_their_shape() -> None:
    names = ("W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]")
    problem = Problem(
        np.ones(4), lambda *b: sum(c * X**i for i, c in enumerate(b)), Y, names=names, structure=(("W", (2, 2)),)
    )
    result = fit(problem)
    w = result.parameters["W"]
    assert w.value.shape == w.std_error.shape == w.ci[0].shape == w.gradient.shape == w.at_bound.shape == (2, 2)
    np.testing.assert_allclose(w.value.ravel(), np.polyfit(X, Y, 3)[::-1], atol=1e-10)


def test_without_free_parameters_there_is_a_value() -> None:
    result = fit(Problem([], lambda: 2.0 * X, Y, names=()), fixed={"a": 2.0})
    assert result.verdict is Verdict.CONVERGED
    assert result.reason is StopReason.NO_PARAMETERS
    assert result.objective == pytest.approx(np.sum((Y - 2 * X) ** 2))
    assert result.parameters["a"].fixed
    assert result.statistics.dof == 5


def test_fixed_parameters_are_shown_in_the_order_of_the_program() -> None:
    problem = Problem([1.0], lambda b: 2 * X + b, Y, names=("b",))
    result = fit(problem, fixed={"a": 2.0, "z": np.ones(2)}, order=("z", "a", "b"))
    assert list(result.parameters) == ["z", "a", "b"]
    assert result.parameters["a"].std_error is None


def test_what_was_chosen_and_why_is_told() -> None:
    line = Problem([1, 1], lambda a, b: a * X + b, Y)
    assert (fit(line).method, fit(line).why) == ("lm", "least squares")
    assert fit(line, method="lbfgs").why == "asked for"
    assert fit(Problem([1, 1, 1], f=normal_line, has_density=True)).why == "a likelihood"


def test_methods_agree_on_least_squares() -> None:
    line = Problem([1, 1], lambda a, b: a * X + b, Y)
    lm, lbfgs = fit(line), fit(line, method="lbfgs")
    for name in lm.parameters:
        assert lbfgs.parameters[name].value == pytest.approx(lm.parameters[name].value, rel=1e-10)
        assert lbfgs.parameters[name].std_error == pytest.approx(lm.parameters[name].std_error, rel=1e-9)


def test_adam_that_ran_out_of_steps_is_not_converged_and_has_no_errors() -> None:
    result = fit(Problem([1, 1], lambda a, b: a * X + b, Y), method="adam", steps=50, rate=0.01)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert "--steps 100" in result.next
    assert result.parameters["b1"].std_error is None


def test_gradient_descent_that_arrives_is_converged_with_the_same_errors() -> None:
    line = Problem([1, 1], lambda a, b: a * X + b, Y)
    result = fit(line, method="sgd", rate=0.01, momentum=0.5, nesterov=True, steps=3000)
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["b1"].std_error == pytest.approx(fit(line).parameters["b1"].std_error, rel=1e-6)


def test_a_rate_that_is_too_high_says_to_lower_it() -> None:
    result = fit(Problem([1, 1], lambda a, b: a * X + b, Y), method="sgd", rate=10.0)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert "--lr" in result.next


def test_the_time_ends_a_fit() -> None:
    x = np.linspace(0, 1, 50)
    result = fit(Problem([1, 1], lambda a, b: a * exp(b * x), x), method="sgd", rate=1e-6, steps=10**6, time=0.05)
    assert result.reason is StopReason.TIME_UP
    assert result.verdict is Verdict.NOT_CONVERGED
    assert result.seconds < 5


def test_an_interrupted_fit_has_what_was_reached() -> None:
    x = np.linspace(0, 3, 20)
    problem = Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), 5 * np.exp(-2 * x) + 0.1 * x)
    start = problem.value(problem.start)

    def stop(iteration, *_):
        if iteration == 2:
            raise KeyboardInterrupt

    result = fit(problem, observe=stop)
    assert result.interrupted
    assert result.verdict is Verdict.NOT_CONVERGED
    assert result.objective < start


@pytest.mark.parametrize("method", ["auto", "lm", "lbfgs", "sgd", "adam"])
@pytest.mark.parametrize("call", range(1, 12))
def test_an_interruption_at_any_evaluation_is_a_result(method: str, call: int) -> None:
    """The first evaluations look for a method and at the start; the start is what was reached then."""
    x = np.linspace(0, 3, 20)
    options = {"rate": 1e-3} if method in ("sgd", "adam") else {}
    y = 5 * np.exp(-2 * x) + 0.1 * x
    problem = Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), y, names=("a", "b"), interrupt_at=call)
    result = fit(problem, method=method, **options)
    assert result.interrupted
    assert result.verdict is Verdict.NOT_CONVERGED
    start = Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), y).value(problem.start)
    if result.iterations == 0:
        assert [each.value for each in result.parameters.values()] == [1.0, 0.1]
        assert np.isnan(result.objective) or result.objective == start
    else:
        assert result.objective < start
    if np.isnan(result.objective):
        assert all(each.gradient is None for each in result.parameters.values())
        assert "objective" not in str(result)
        assert result.to_json()["objective"] == "nan"
    assert problem.calls <= call + 1, "at most one more evaluation, for what to show"


def test_an_interruption_after_the_start_has_its_objective() -> None:
    x = np.linspace(0, 3, 20)
    for method in ("lm", "lbfgs"):
        objectives = []
        for call in range(1, 8):
            problem = Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), x, interrupt_at=call)
            objectives.append(fit(problem, method=method).objective)
        known = np.isfinite(objectives)
        assert known[-1]
        assert (np.diff(known.astype(int)) >= 0).all(), "once known, it stays known"
        assert objectives[int(np.argmax(known))] == problem_value(x)


def problem_value(x) -> float:
    return Problem([1.0, 0.1], lambda a, b: a * exp(-b * x), x).value(np.array([1.0, 0.1]))


def test_a_fit_that_is_interrupted_before_it_begins_evaluates_nothing() -> None:
    problem = Problem([1.0], lambda a: a * X, Y, names=("a",))
    result = fit(problem, interrupted=True)
    assert problem.calls == 0
    assert result.interrupted
    assert result.parameters["a"].value == 1.0


def test_the_advice_after_an_interruption_holds_with_and_without_a_saved_fit() -> None:
    assert "--save" not in fit(Problem([1.0], lambda a: a * X, Y), interrupted=True).next


def test_a_tolerance_that_ends_it_early_is_not_converged_and_one_that_suffices_is() -> None:
    problem = Problem([-1.2, 1.0], f=lambda a, b: (1 - a) ** 2 + 100 * (b - a * a) ** 2)
    loose = fit(problem, tol=0.1)
    assert (loose.verdict, loose.reason) == (Verdict.NOT_CONVERGED, StopReason.SHORT)
    assert "--tol" in loose.next
    line = fit(Problem([1, 1], lambda a, b: a * X + b, Y), tol=1e-6)
    assert (line.verdict, line.reason) == (Verdict.CONVERGED, StopReason.TOLERANCE)


def test_a_report_that_is_not_finite_has_no_error_and_a_warning() -> None:
    told = Diagnostic("E0601", "`log` of -2", severity="warning")
    asked = []

    def explain(x):
        asked.append(x)
        return [told]

    reports = Reports(
        (("z", ()), ("both", (3,))),
        lambda x: np.array([np.nan, x[0], np.inf, x[1]]),
        lambda x: np.array([[0.1, 0.2], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]),
    )
    problem = Problem([1, 1], lambda a, b: a * X + b, Y, names=("a", "b"))
    result = fit(problem, reports=reports, explain_reports=explain)
    assert result.warnings == (told,)
    assert len(asked) == 1
    assert result.reports["z"].std_error is None
    assert result.reports["z"].ci is None
    a, nothing, b = result.reports["both"].std_error
    assert (a, b) == (result.parameters["a"].std_error, result.parameters["b"].std_error)
    assert np.isnan(nothing)
    assert np.isnan(result.reports["both"].ci[0][1])
    finite = Reports(reports.structure, lambda x: np.ones(4), reports.jacobian)
    assert fit(problem, reports=finite, explain_reports=explain).warnings == ()


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 datum for 2 parameters leaves nothing to estimate the noise from"),
        (2, "2 data for 2 parameters leave nothing to estimate the noise from"),
    ],
)
def test_as_many_parameters_as_data_are_counted_in_words(count: int, said: str) -> None:
    result = fit(Problem([1, 1], lambda a, b: a * X[:count] + b + 1, Y[:count]))
    assert result.warnings[0].title == f"no standard errors: {said}"
    assert result.statistics.dof == 0
    assert ("1 datum, 0 degrees" if count == 1 else "2 data, 0 degrees") in str(result)


def test_one_parameter_is_not_several() -> None:
    assert "for 1 parameter leaves" in fit(Problem([1.0], lambda a: a * X[1:2], Y[1:2])).warnings[0].title


def test_a_failed_fit_shows_no_objective() -> None:
    result = fit(Problem([-1.0], f=lambda a: log(a)))
    assert result.verdict is Verdict.FAILED
    assert "objective nan" not in str(result).splitlines()
    assert "\n\n\n" not in str(result)


def test_a_program_that_raises_at_the_start_raises_and_later_only_steps_back() -> None:
    fault = Diagnostic("E0605", "assertion failed")

    class Asserting(Problem):
        def _residual(self, x):
            if x[0] > 2.5:
                raise DlangError(fault)
            return super()._residual(x)

    assert fit(Asserting([1, 1], lambda a, b: a * X + b, Y)).verdict is Verdict.CONVERGED
    with pytest.raises(DlangError, match="E0605"):
        fit(Asserting([3, 1], lambda a, b: a * X + b, Y))


@pytest.mark.parametrize(("options", "code"), [({"method": "lm"}, "E0803"), ({"momentum": 0.9}, "E0805")])
def test_options_that_do_not_fit_are_refused(options, code: str) -> None:
    with pytest.raises(DlangError, match=code):
        fit(Problem([1.0], f=lambda a: a * a), **options)


def test_symmetric_data_give_a_small_parameter_its_error() -> None:
    """An estimate that is 0 to rounding is not a parameter without influence."""
    x = np.array([-1.0, 0.0, 1.0])
    result = fit(Problem([1.0, 0.0], lambda a, b: a * x + b, np.array([-1.0, 0.0, 1.1]) - 0.1 / 3))
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["b2"].std_error > 0


@pytest.mark.parametrize(("has_density", "expected"), [(True, ["W0815"]), (False, [])])
def test_more_parameters_than_a_hessian_is_made_for(has_density: bool, expected: list[str]) -> None:
    """A density is owed its errors, or a word; a bare `minimize`, such as the loss of a network, promises none."""
    n = 600
    target = np.linspace(0, 1, n)

    def f(*_):
        raise AssertionError

    problem = Problem(np.zeros(n), f=f, has_density=has_density)
    problem.value_and_grad = lambda x: (float(np.sum((x - target) ** 2)) + 1.0, 2 * (x - target))
    reports = Reports((("r", ()),), lambda x: x[-1:], f)
    result = fit(problem, reports=reports)
    assert result.verdict is Verdict.CONVERGED
    assert codes(result) == expected
    assert result.statistics.aic is None or has_density
    assert result.reports["r"].value == pytest.approx(1.0)
    assert result.reports["r"].std_error is None


@pytest.mark.parametrize("rate", [-3.0, -5.0, -7.0, -10.0, -20.0])
def test_a_start_of_the_wrong_sign_finds_the_minimum(rate: float) -> None:
    """The first steps are in a column of 1e20 and more; its size then must not hold the rate where it is."""
    t = np.linspace(0.0, 10.0, 40)
    y = 2.5 * np.exp(-0.4 * t) + 0.05 * np.cos(40.0 * t)
    problem = Problem([1.0, rate], lambda a, k: a * exp(-1.0 * k * t), y, names=("a", "k"))
    result = fit(problem)
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["k"].value == pytest.approx(0.4, abs=0.05)


def test_a_start_beside_which_any_point_looks_small_is_no_measure() -> None:
    t = np.linspace(0.0, 10.0, 40)
    y = 2.5 * np.exp(-0.4 * t)
    result = fit(Problem([1.0, -30.0], lambda a, k: a * exp(-1.0 * k * t), y, names=("a", "k")), steps=200)
    assert result.verdict is Verdict.NOT_CONVERGED

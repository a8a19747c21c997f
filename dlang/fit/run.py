"""A fit from start to verdict: choose a method, run it, measure what it found, and judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.diagnostics import fitting
from dlang.diagnostics.core import DlangError
from dlang.fit.estimates import Reports, estimates, report_estimates
from dlang.fit.result import FitResult, Statistics, Verdict
from dlang.fit.start import start_fault, with_place
from dlang.fit.stationary import LARGEST_HESSIAN, LARGEST_JACOBIAN, Stationarity, examine
from dlang.fit.statistics import of_likelihood, of_residuals
from dlang.fit.student_t import normal_quantile, t_quantile
from dlang.fit.uncertainty import Uncertainty, none, uncertainty
from dlang.fit.verdict import Judgement, Outcome, judge
from dlang.optimize.objective import Guarded
from dlang.optimize.result import OptimizeResult, StopReason
from dlang.optimize.table import OPTIMIZERS, Entry
from dlang.records import record, replace

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic
    from dlang.optimize.objective import Mask, Objective, Vector
    from dlang.optimize.result import Observe

__all__ = ["choose", "fit"]

_LARGEST_LM = 500  # parameters above which a step of Levenberg-Marquardt costs more than it is worth
_TRIALS = 10
_FLAGS = {"rate": "lr"}  # names on the command line, where they differ


@record
class _Context:
    """What a fit was asked to do."""

    objective: Objective
    entry: Entry
    why: str
    data_count: int | None
    observed: Vector | None
    log_likelihood: Callable[[Vector], float | None] | None
    reports: Reports | None
    fixed: Mapping[str, Any]
    order: Sequence[str]
    level: float
    explain: Callable[[Vector], Diagnostic | None] | None
    explain_reports: Callable[[Vector], Sequence[Diagnostic]] | None
    seed: int | None
    engine: Callable[[], str]
    began: float


def fit(
    objective: Objective,
    *,
    method: str = "auto",
    data_count: int | None = None,
    observed: Vector | None = None,
    log_likelihood: Callable[[Vector], float | None] | None = None,
    reports: Reports | None = None,
    fixed: Mapping[str, Any] | None = None,
    order: Sequence[str] = (),
    level: float = 0.95,
    time: float | None = None,
    observe: Observe | None = None,
    explain: Callable[[Vector], Diagnostic | None] | None = None,
    explain_reports: Callable[[Vector], Sequence[Diagnostic]] | None = None,
    interrupted: bool = False,
    seed: int | None = None,
    engine: Callable[[], str] = lambda: "interpreter",
    **options: Any,
) -> FitResult:
    """Fit the parameters of an objective. What does not converge, or fails, is a result too.

    So is what a `KeyboardInterrupt` ends at any time: it has the best point so far, which may be the start.

    Args:
        objective: what to minimise, over the parameters that are free.
        method: a name in `OPTIMIZERS`, or `auto`.
        data_count: how many data the densities of a likelihood have; least squares counts its residuals.
        observed: (m,), y of least squares, for r2.
        log_likelihood: of the data alone, where the objective holds more (a prior); without, minus a density objective.
        reports: the derived quantities.
        fixed: values of the parameters that are held, to be shown with the others.
        order: names of all parameters, in the order to show them in.
        level: of the intervals, between 0 and 1.
        time: seconds after which it ends.
        observe: is told each iteration, the objective, the gradient's norm and the step's norm.
        explain: says why the objective is not finite at a point, with its place.
        explain_reports: says why reports are not finite at a point, with their places.
        interrupted: the user ended it before it began; nothing is evaluated.
        seed: of the random draws, to be recorded.
        engine: says, at the end, what evaluated, to be recorded.
        options: of the method (`steps`, `tol`, `rate`, `momentum`, `nesterov`); None and False mean not given.

    Raises:
        DlangError: the program fails at the start; E0803, E0805: method and objective or options do not fit.
    """
    began = perf_counter()
    start = np.array(objective.start, dtype=np.float64)
    unknown = OptimizeResult(start, float("nan"), np.full(start.shape, np.nan), 0, 0, StopReason.INTERRUPTED)
    try:
        name, why = choose(objective, look=not interrupted) if method == "auto" else (method, "asked for")
    except KeyboardInterrupt:
        interrupted = True
        name, why = choose(objective, look=False)
    entry = OPTIMIZERS[name]
    given = _checked_options(entry, objective, options)
    context = _Context(
        objective,
        entry,
        why,
        data_count,
        observed,
        log_likelihood,
        reports,
        fixed or {},
        order,
        level,
        explain,
        explain_reports,
        seed,
        engine,
        began,
    )
    if interrupted:
        return _unfinished(context, unknown)
    reached = [unknown]
    try:
        return _fitted(context, start, given, _Watch(observe, None if time is None else began + time), reached)
    except KeyboardInterrupt:
        return _unfinished(context, replace(reached[-1], reason=StopReason.INTERRUPTED))


def _fitted(
    context: _Context, start: Vector, given: Mapping[str, Any], watch: _Watch, reached: list[OptimizeResult]
) -> FitResult:
    """The fit itself; `reached` gets what is known so far, for an interruption to hand back."""
    objective, entry, explain = context.objective, context.entry, context.explain
    guarded = Guarded(objective)
    value, gradient, fault = start_fault(objective, start, with_residuals=entry.needs_residuals)
    known = OptimizeResult(start, value, gradient, 0, 1, StopReason.INTERRUPTED)
    if fault is not None:
        best = replace(known, reason=StopReason.NOT_FINITE, trial=start)
        told = explain(start) if explain is not None else None
        return _failed(context, best, with_place(fault, told, value), known=False)
    reached.append(known)
    if not start.size:
        found = replace(known, reason=StopReason.NO_PARAMETERS, history=(value,))
    else:
        found = entry.build(**given).minimize(objective, watch.observer)
        if found.reason is StopReason.INTERRUPTED and not np.isfinite(found.value):
            found = replace(known, evaluations=1 + found.evaluations)  # nothing is better than the start yet
        if watch.is_late and found.reason is StopReason.INTERRUPTED:
            found = replace(found, reason=StopReason.TIME_UP)
    reached.append(found)
    if found.reason is StopReason.NOT_FINITE:
        trial = found.trial
        told = explain(trial) if explain is not None and trial is not None else None
        return _failed(context, found, told or fitting.no_step_in_domain(_TRIALS), known=True)
    return _concluded(context, guarded, found)


def choose(objective: Objective, *, look: bool = True) -> tuple[str, str]:
    """The method that suits an objective, and why; without a look, nothing is evaluated for it."""
    if objective.kind == "least-squares":
        residuals = objective.residuals(np.asarray(objective.start)) if look else None
        m, n = 0 if residuals is None else residuals.size, len(objective.names)
        if n <= _LARGEST_LM and m * n <= LARGEST_JACOBIAN:
            return "lm", "least squares"
        return "lbfgs", f"least squares, with {n} parameters too many for Levenberg-Marquardt"
    if objective.kind == "penalised":
        return "lbfgs", "least squares joined by another term"
    return "lbfgs", "a likelihood" if objective.has_density else "not a sum of squares"


def _checked_options(entry: Entry, objective: Objective, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, if the method has them and suits the objective."""
    if entry.needs_residuals and objective.kind != "least-squares":
        raise DlangError(fitting.no_residuals(entry.name))
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    for name in given:
        if name not in entry.options:
            others = tuple(other.name for other in OPTIMIZERS.values() if name in other.options)
            raise DlangError(fitting.option_of_another_method(_FLAGS.get(name, name), entry.name, others))
    return given


class _Watch:
    """Passes every iteration on to who observes, and ends the fit when its time is up."""

    def __init__(self, observe: Observe | None, deadline: float | None) -> None:
        self.observe = observe
        self.deadline = deadline
        self.is_late = False

    @property
    def observer(self) -> Observe | None:
        """None where there is nothing to do: an observer costs the norm of a gradient."""
        return None if self.observe is None and self.deadline is None else self._look

    def _look(self, iteration: int, value: float, gradient_norm: float, step: float) -> None:
        if self.observe is not None:
            self.observe(iteration, value, gradient_norm, step)
        if self.deadline is not None and perf_counter() > self.deadline:
            self.is_late = True
            raise KeyboardInterrupt


def _concluded(context: _Context, guarded: Guarded, found: OptimizeResult) -> FitResult:
    """The result of a fit that ended at a finite point: measured, with errors where they mean something."""
    objective, squares = context.objective, context.objective.kind == "least-squares"
    if found.reason in (StopReason.INTERRUPTED, StopReason.UNBOUNDED):
        seen = Stationarity(found.reason, np.ones(found.x.size, dtype=bool), None)
    else:
        seen = examine(guarded, found, squares=squares, has_density=objective.has_density)
    found = replace(found, reason=seen.reason)
    statistics = _statistics(context, found, seen)
    warnings: list[Diagnostic] = []
    known = none(found.x.size)
    if seen.reason.is_converged:
        known, warnings = _errors(context, guarded, found, seen, statistics)
    at_bound = [
        (name, _bound(x, low, high))
        for name, x, low, high, is_free in zip(
            objective.names, found.x, objective.lower, objective.upper, seen.free, strict=True
        )
        if not is_free
    ]
    scalars = frozenset(name for name, shape in objective.structure if not shape)
    name, first = context.entry.name, _first(objective)
    judgement = judge(Outcome(seen.reason, at_bound, known.unidentified, (), name, found.iterations, first, scalars))
    evaluations = found.evaluations + guarded.evaluations
    return _result(context, found, judgement, known, ~seen.free, statistics, evaluations, tuple(warnings), ())


def _first(objective: Objective) -> str:
    """The name of a scalar parameter, for examples; empty without one."""
    return next((name for name, shape in objective.structure if not shape), "")


def _unfinished(context: _Context, found: OptimizeResult) -> FitResult:
    """The result of a fit that was interrupted where nothing more is to be evaluated."""
    n = found.x.size
    judgement = judge(
        Outcome(found.reason, (), (), (), context.entry.name, found.iterations, _first(context.objective))
    )
    bare = replace(context, reports=None)
    at_bound = np.zeros(n, dtype=bool)
    return _result(bare, found, judgement, none(n), at_bound, Statistics(), found.evaluations, (), ())


def _bound(x: float, lower: float, upper: float) -> str:
    if lower == upper:
        return f"its only value {lower:g}"
    return f"its lower bound {lower:g}" if x <= lower else f"its upper bound {upper:g}"


def _errors(
    context: _Context, guarded: Guarded, found: OptimizeResult, seen: Stationarity, statistics: Statistics
) -> tuple[Uncertainty, list[Diagnostic]]:
    """The uncertainty of a converged fit, and what to warn of."""
    objective = context.objective
    n = found.x.size
    warnings = [
        fitting.no_curvature([name for name, is_bare in zip(objective.names, mask, strict=True) if is_bare], why.value)
        for why, mask in seen.bare.items()
    ]
    if seen.spectrum is None or n == 0:
        meant = objective.kind == "least-squares" or objective.has_density  # a bare `minimize` promises no errors
        too_many = [fitting.too_many_for_errors(n)] if meant and n > LARGEST_HESSIAN else []
        return none(n), [*warnings, *too_many]
    variance: float | None = 1.0
    if objective.kind == "least-squares":
        count, dof = statistics.n or 0, statistics.dof or 0
        variance = (statistics.rss or 0.0) / dof if dof else None
        if not dof:
            warnings.append(fitting.no_freedom(count, n))
        elif seen.is_exact:
            warnings.append(fitting.exact_fit())
    elif objective.kind == "penalised":
        variance = None
        warnings.append(fitting.penalised_errors())

    def gradient(x: Vector) -> Vector:
        return guarded.value_and_grad(x)[1]

    known = uncertainty(objective.names, found.x, seen.free, seen.spectrum, variance, gradient)
    if objective.kind == "likelihood" and not objective.has_density and np.isfinite(known.std_error).any():
        warnings.append(fitting.assumes_likelihood())
    return known, warnings


def _statistics(context: _Context, found: OptimizeResult, seen: Stationarity) -> Statistics:
    rank = int(np.count_nonzero(seen.free)) if seen.spectrum is None else seen.spectrum.determined
    objective = context.objective
    if objective.kind == "likelihood":
        known = -found.value if objective.has_density else None
        if context.log_likelihood is not None:
            known = context.log_likelihood(found.x)
        return of_likelihood(known, rank, context.data_count)
    residuals = seen.residuals if seen.residuals is not None else objective.residuals(found.x)
    if residuals is None:
        return Statistics(n=context.data_count)
    return of_residuals(residuals, rank, context.observed, whole=objective.kind == "least-squares")


def _failed(context: _Context, found: OptimizeResult, error: Diagnostic, *, known: bool) -> FitResult:
    """The result of a fit that never took a step; `known` if its start at least is finite."""
    judgement = judge(Outcome(StopReason.NOT_FINITE, (), (), (error,), context.entry.name, 0, ""))
    n = found.x.size
    result = _result(
        context, found, judgement, none(n), np.zeros(n, dtype=bool), Statistics(), found.evaluations, (), (error,)
    )
    return result if known else replace(result, parameters={}, reports={})


def _result(
    context: _Context,
    found: OptimizeResult,
    judgement: Judgement,
    known: Uncertainty,
    at_bound: Mask,
    statistics: Statistics,
    evaluations: int,
    warnings: tuple[Diagnostic, ...],
    errors: tuple[Diagnostic, ...],
) -> FitResult:
    objective = context.objective
    least_squares = objective.kind == "least-squares"
    tail = 0.5 + context.level / 2.0
    quantile = t_quantile(tail, statistics.dof) if least_squares and statistics.dof else normal_quantile(tail)
    has_error = np.isfinite(known.std_error)
    covariance = None
    if known.covariance is not None and has_error.any():
        names = tuple(name for name, has in zip(objective.names, has_error, strict=True) if has)
        covariance = names, known.covariance[np.ix_(has_error, has_error)]
    reports = {}
    if context.reports is not None and judgement.verdict is not Verdict.FAILED:
        reports = report_estimates(context.reports, found.x, known, quantile)
        if context.explain_reports and not all(np.isfinite(each.value).all() for each in reports.values()):
            warnings = (*warnings, *context.explain_reports(found.x))
    return FitResult(
        verdict=judgement.verdict,
        status=judgement.status,
        next=judgement.next,
        reason=found.reason,
        method=context.entry.name,
        title=context.entry.title,
        why=context.why,
        engine=context.engine(),
        objective=found.value,
        parameters=estimates(
            objective.structure,
            found.x,
            known.std_error,
            quantile,
            found.gradient,
            at_bound,
            context.fixed,
            context.order,
        ),
        covariance=covariance,
        statistics=statistics,
        reports=reports,
        unidentified=known.unidentified,
        iterations=found.iterations,
        evaluations=evaluations,
        seconds=perf_counter() - context.began,
        seed=context.seed,
        level=context.level,
        warnings=warnings,
        errors=errors,
        history=found.history,
    )

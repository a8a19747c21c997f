"""Fitting a program: its objective handed to `fit`, and the fitted values written as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, fitting, usage
from dlang.driver.flat import FlatObjective
from dlang.driver.sources import shortened
from dlang.driver.wording import said
from dlang.fit.estimates import Reports
from dlang.fit.result import Estimate, ReportEstimate, joined
from dlang.fit.run import fit
from dlang.records import replace
from dlang.trees import MisfitError, Tree, leaves, map_leaves, match

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlang.driver.program import Program
    from dlang.fit.result import FitResult

__all__ = ["INTERVALS", "fit_program", "write_fitted"]

INTERVALS = ("wald",)
"""The methods for intervals."""


def fit_program(
    program: Program,
    *,
    method: str = "auto",
    steps: int | None = None,
    lr: float | None = None,
    momentum: float | None = None,
    nesterov: bool = False,
    tol: float | None = None,
    time: float | None = None,
    ci: str = "wald",
    level: float = 0.95,
    seed: int | None = None,
    start_from: str | Path | None = None,
    observe: Callable[[int, float], None] | None = None,
) -> FitResult:
    """Fit the free parameters of a program; the options are those of `difftool fit`.

    Args:
        program: what to fit.
        method: `auto`, `lm`, `lbfgs`, `sgd` or `adam`.
        steps: stop after so many.
        lr: the step size of sgd and adam.
        momentum: of sgd.
        nesterov: take the momentum in Nesterov's form.
        tol: stop where the gradient is so small beside the objective (see `Tolerance`); without, at the last digit.
        time: stop after so many seconds.
        ci: how intervals are found; `wald`: from the standard errors.
        level: of the intervals, between 0 and 1.
        seed: of the fit's random draws, to be recorded; by default that of the program.
        start_from: a saved fit, whose estimates are the start.
        observe: is told each iteration's number and the objective after it.

    Raises:
        DlangError: E0407, E0408: nothing to fit; E06xx: the program fails at its start; E0703, E08xx: options do
            not fit.
    """
    if ci not in INTERVALS:
        known = ", ".join(f"`{each}`" for each in INTERVALS)
        raise DlangError(usage.bad_option_value("ci", str(ci), known, INTERVALS))
    flat = program.objective("fit")
    program.begin()
    differences: tuple[Diagnostic, ...] = ()
    if start_from is not None:
        flat, differences = _started_from(program, flat, Path(start_from))
    parts = program.elaborated.parameters
    fixed = {p.name: value for p, value in zip(parts, flat.values(flat.start), strict=True) if p.fixed}
    reports, observed, count, interrupted = None, None, None, False
    try:
        observed, count = _observations(program, flat)
        reports = _reports(program, flat)
    except KeyboardInterrupt:
        interrupted = True
    watch = None if observe is None else lambda i, value, slope, step: observe(i, value)
    result = fit(
        flat,
        method=method,
        data_count=count,
        observed=observed,
        reports=reports,
        fixed=fixed,
        order=[p.name for p in parts],
        level=level,
        time=time,
        observe=watch,
        log_likelihood=flat.log_likelihood,
        explain=program.start_fault,
        explain_reports=lambda x: program.report_warnings(flat.values(x)),
        interrupted=interrupted,
        seed=program.seed if seed is None else seed,
        engine=lambda: program.engine,
        steps=steps,
        rate=lr,
        momentum=momentum,
        nesterov=nesterov,
        tol=tol,
    )
    return replace(
        result,
        parameters=_whole(program.elaborated.parameter_trees, result.parameters),
        reports=_whole(program.elaborated.report_trees, result.reports),
        warnings=(*differences, *result.warnings),
    )


E = TypeVar("E", Estimate, ReportEstimate)


def _whole(built: Mapping[str, Tree], parts: Mapping[str, E]) -> dict[str, E]:
    """Estimates of parts as those of what they are parts of: `built` are trees of their names."""
    return {
        name: parts[tree] if isinstance(tree, str) else joined(name, map_leaves(parts.__getitem__, tree))
        for name, tree in built.items()
        if parts.keys() >= set(leaves(tree))
    }


def _started_from(program: Program, flat: FlatObjective, path: Path) -> tuple[FlatObjective, tuple[Diagnostic, ...]]:
    """The objective with the estimates of a saved fit as its start, moved into the bounds.

    Returns:
        The objective, and a warning if the fit is of a program with other parameters.
    """
    from dlang.fit.saved import load

    saved = load(path)
    trees = program.elaborated.parameter_trees
    known: dict[str, Any] = {}  # what was saved of parts of parameters
    for name in trees.keys() & saved.keys():
        try:
            found = match(trees[name], saved[name], np.asarray)
        except MisfitError:
            fault = f"`{name}` is built otherwise there: {shortened(saved[name])}"
            raise DlangError(fitting.bad_saved_fit(str(path), fault)) from None
        known |= zip(leaves(trees[name]), leaves(found), strict=True)
    values = dict(zip((name for name, _ in flat.structure), flat.pieces(flat.start), strict=True))
    for name in values.keys() & known.keys():
        if np.shape(known[name]) != np.shape(values[name]):
            found, wanted = list(np.shape(known[name])), list(np.shape(values[name]))
            raise DlangError(fitting.bad_saved_fit(str(path), f"`{name}` has shape {found} there and {wanted} here"))
    if not values.keys() & known.keys():
        given = said(program.wording.saved, path)
        free = [name for name, tree in trees.items() if not values.keys().isdisjoint(leaves(tree))]
        raise DlangError(usage.unknown_target(given, next(iter(saved)), "free parameter", free))
    start = flat.flatten([np.asarray(known.get(name, value), np.float64) for name, value in values.items()])
    fresh = FlatObjective(flat.model)
    fresh.start = np.clip(start, flat.lower, flat.upper)
    ours = dict(zip((p.name for p in flat.model.parameters), flat.model.start_values, strict=True))
    held = [
        p.name for p in flat.model.parameters if p.fixed and np.any(known.get(p.name, ours[p.name]) != ours[p.name])
    ]
    gone = [name for name in saved if name not in trees]
    new = [name for name in trees if name not in saved and not values.keys().isdisjoint(leaves(trees[name]))]
    if not (held or gone or new):
        return fresh, ()
    return fresh, (fitting.other_parameters(str(path), gone, new, held),)


def _observations(program: Program, flat: FlatObjective) -> tuple[NDArray[np.float64] | None, int | None]:
    """y of every observed term in one vector, and how many there are; None without any."""
    pairs = program.fitted_pairs(flat.values(flat.start))
    if not pairs:
        return None, None
    y = np.concatenate([np.broadcast_to(y, np.broadcast_shapes(np.shape(y), np.shape(f))).ravel() for y, f in pairs])
    return y, y.size


def _reports(program: Program, flat: FlatObjective) -> Reports | None:
    reports = program.elaborated.reports
    if not reports:
        return None
    shapes = [tuple(np.shape(v)) for v in flat.report_values(flat.start)]
    structure = list(zip((r.name for r in reports), shapes, strict=True))
    return Reports(structure, flat.reports, flat.reports_jacobian)


def write_fitted(program: Program, result: FitResult, path: str | Path) -> None:
    """Write a CSV file with the data, the fitted values and the residuals of a fit, row by row.

    Columns are the data that have as many rows as the observations, then `fitted` and `residual`, numbered if the
    program observes several times.

    Raises:
        DlangError: E0512, the file cannot be written; E0806, the program observes no data, or the fit failed.
    """
    from dlang.data.writing import write_table

    values = [part.value for each in result.parameters.values() for part in each.parts()]
    pairs = program.fitted_pairs(values) if values else []
    if not pairs:
        raise DlangError(fitting.nothing_fitted())
    names: list[str] = []
    columns: list[Any] = []
    rows = {int(np.broadcast(y, f).size) for y, f in pairs}
    if len(rows) > 1:
        raise DlangError(fitting.uneven_terms(sorted(rows)))
    count = rows.pop()
    for each in program.elaborated.inputs:
        if np.ndim(each.value) == 1 and len(each.value) == count:
            names.append(each.name)
            columns.append(np.asarray(each.value, dtype=np.float64))
    for number, (y, fitted) in enumerate(pairs, start=1):
        suffix = f"_{number}" if len(pairs) > 1 else ""
        observed, expected = (
            np.broadcast_to(v, np.broadcast_shapes(np.shape(y), np.shape(fitted))) for v in (y, fitted)
        )
        names += [_free(f"fitted{suffix}", names), _free(f"residual{suffix}", names)]
        columns += [expected.ravel(), (observed - expected).ravel()]
    write_table(Path(path), names, columns)


def _free(name: str, taken: list[str]) -> str:
    """A column name that no datum has."""
    while name in taken:
        name += "_"
    return name

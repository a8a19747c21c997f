"""What a fit looks like: the data with what the model says of them, the residuals, the objective step by step.

What is on the axis to the right: the one datum, of as many numbers as there are observations, that the fitted values
depend on. Where they depend on several, the fitted values themselves: the nearer the points lie to the line of equal
values, the better the model. Where they depend on none, such as in a recursion, the number of the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang.diagnostics import DlangError
from dlang.fit.result import Verdict
from dlang.ir.nodes import Var
from dlang.ir.walk import outs, reads
from dlang.plots.figure import Figure, series
from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlang.driver.program import Program
    from dlang.elaborate.program import Input, Term
    from dlang.fit.result import FitResult

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["Picture", "first_picture", "loss", "pictures"]

_MOST_SERIES = 4
_DECADES = 2.0  # numbers that span fewer are not on a logarithmic axis


@record(eq=False)
class Picture:
    """A term: its data and fitted values, and the residuals over the same x; None where they tell nothing."""

    fitted: Figure
    residuals: Figure | None


def first_picture(program: Program, result: FitResult) -> Picture | None:
    """The first of `pictures`; None without any, or where the fit failed: what it reached tells nothing."""
    return None if result.verdict is Verdict.FAILED else next(pictures(program, result), None)


def pictures(program: Program, result: FitResult) -> Iterator[Picture]:
    """A picture of each term that observes data and says what it expects of them, as far as they are known."""
    values = [part.value for each in result.parameters.values() for part in each.parts()]
    terms = [t for t in program.elaborated.terms if t.observed is not None and t.fitted is not None]
    if not values or not terms:
        return
    try:
        pairs = program.fitted_pairs(values)
    except DlangError:
        return  # a fit that failed where nothing can be evaluated
    for term, pair in zip(terms, pairs, strict=True):
        found = _picture(program, term, *pair)
        if found is not None and not found.fitted.is_empty:
            yield found


def loss(result: FitResult) -> Figure | None:
    """The objective by iteration; None where it is not known at two of them."""
    history = np.asarray(result.history, dtype=np.float64)
    line = series("line", "objective", np.arange(history.size), history)
    if line.x.size < 2:
        return None
    return Figure(
        "objective by iteration", "iteration", "objective", (line,), log_y=_spans_decades(line.y), whole_x=True
    )


def _picture(program: Program, term: Term, observed: Any, expected: Any) -> Picture | None:
    shape = np.broadcast_shapes(np.shape(observed), np.shape(expected))
    y, fitted = (np.broadcast_to(np.asarray(each, np.float64), shape) for each in (observed, expected))
    target, model = _sides(term)
    repeated, read = _origins(program, term)
    across = [each for each in read if y.ndim and y.shape[0] in np.shape(each.value)] if not repeated else []
    if y.size == 0:
        return None
    if not _varies(y) and np.ndim(observed) == 0 and y.size > 1:
        return _of_residuals_alone(y, fitted, target, model)
    if y.ndim == 2 and min(y.shape) <= _MOST_SERIES and max(y.shape) > 1:
        return _of_columns(across, y, fitted, target, model)
    y, fitted = y.ravel(), fitted.ravel()
    x, label = np.arange(1.0, y.size + 1.0), "row"
    if len(across) == 1 and np.ndim(across[0].value) == 1:
        x, label = np.asarray(across[0].value, dtype=np.float64), across[0].name
    elif across:
        return _against_fitted(y, fitted, target, model)
    return _against(x, label, [(y, fitted, "")], target, model)


def _against(x: Array, label: str, columns: Sequence[tuple[Array, Array, str]], target: str, model: str) -> Picture:
    """Data and fitted values over the same x, and the residuals; a column is a group of its own."""
    data, curves, residuals = [], [], []
    for group, (y, fitted, name) in enumerate(columns):
        data.append(series("points", name or "data", x, y, group))
        curves.append(series("line", "" if name else model, x, fitted, group))
        residuals.append(series("points", name or "residual", x, y - fitted, group))
    whole = label in ("row", "column")
    log_x = not whole and _lies_in_decades(x)
    shown = f"{target} and {model}" if len(columns) > 1 else target
    figure = Figure(f"{shown} against {label}", label, target, (*curves, *data), log_x=log_x, whole_x=whole)
    below = Figure("residuals", label, "residual", tuple(residuals), level=0.0, log_x=log_x, whole_x=whole)
    is_binary = all(bool(np.isin(y, (0.0, 1.0)).all()) for y, _, _ in columns)
    return Picture(figure, None if is_binary else below)


def _against_fitted(y: Array, fitted: Array, target: str, model: str) -> Picture:
    """Observed against fitted values, with the line on which they are equal."""
    points = series("points", "data", fitted, y)
    ends = np.array([points.x.min(), points.x.max()]) if points.x.size else np.zeros(0)
    line = series("line", "equal", ends, ends)
    label = f"fitted: {model}"
    below = Figure("residuals", label, "residual", (series("points", "residual", fitted, y - fitted),), level=0.0)
    return Picture(Figure(f"{target} against fitted values", label, target, (line, points)), below)


def _of_columns(across: Sequence[Input], y: Array, fitted: Array, target: str, model: str) -> Picture:
    """Each column of a matrix, or each row where those are fewer, as a series of its own."""
    kind = "column"
    if y.shape[1] > y.shape[0]:
        y, fitted, kind = y.T, fitted.T, "row"
    x, label = np.arange(1.0, len(y) + 1.0), "row" if kind == "column" else "column"
    named = [each for each in across if np.shape(each.value) == (len(y),)]
    if len(named) == 1:
        x, label = np.asarray(named[0].value, dtype=np.float64), named[0].name
    columns = [(y[:, k], fitted[:, k], f"{kind} {k}" if y.shape[1] > 1 else "") for k in range(y.shape[1])]
    return _against(x, label, columns, target, model)


def _of_residuals_alone(y: Array, fitted: Array, target: str, model: str) -> Picture:
    """`0 ~ distance`: what is observed is one number, and the misfit is all there is to see."""
    x = np.arange(1.0, y.size + 1.0)
    points = series("points", "residual", x, (y - fitted).ravel())
    return Picture(
        Figure(f"residuals of {target} ~ {model}", "row", "residual", (points,), level=0.0, whole_x=True), None
    )


# ---- what a term says


def _sides(term: Term) -> tuple[str, str]:
    """What is observed, and what is expected of it, in the words of the program."""
    text = " ".join(line.partition("#")[0].strip() for line in term.span.text.split("\n"))
    target, _, model = (part.strip() for part in text.partition("~"))
    return target, model if term.kind == "least squares" else f"mean of {model}"


def _origins(program: Program, term: Term) -> tuple[bool, list[Input]]:
    """Whether the fitted values are one number repeated for every datum, and else the data that they depend on."""
    needed = {term.fitted}
    for stmt in reversed(program.elaborated.main.body):
        if any(out in needed for out in outs(stmt)):
            needed.update(reads(stmt))
    # Elaboration repeats one number by taking the residual from the datum: no program can name the residual itself.
    repeated = isinstance(term.atom, Var) and term.kind == "least squares" and term.atom in needed
    return repeated, [each for each in program.elaborated.inputs if each.var in needed]


# ---- numbers


def _varies(values: Array) -> bool:
    return bool(values.size and np.min(values) != np.max(values))


def _spans_decades(values: Array) -> bool:
    """All above 0, and the greatest many times the least."""
    return bool(values.size and np.min(values) > 0 and np.log10(np.max(values)) - np.log10(np.min(values)) >= _DECADES)


def _lies_in_decades(values: Array) -> bool:
    """Numbers that a straight axis would heap up at its lower end."""
    if not np.isfinite(values).all() or not _spans_decades(values):
        return False
    low, high = float(np.min(values)), float(np.max(values))
    return float(np.median(values)) - low < 0.1 * (high - low)

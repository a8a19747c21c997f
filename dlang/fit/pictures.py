"""What a fit looks like: the data with what the model says of them, the residuals, the objective step by step.

What is on the axis to the right: the one datum, of as many numbers as there are observations, that the fitted values
depend on. Where they depend on several, the fitted values themselves: the nearer the points lie to the line of equal
values, the better the model. Where they depend on none, such as in a recursion, the number of the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang.diagnostics import DlangError, InternalError, fitting
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

__all__ = ["Picture", "first_picture", "loss", "pictures", "write_pictures"]

_FEW = 5  # iterations that are no curve
_MOST_SERIES = 4
_ROUNDING = 1e-12
_SMOOTH = 160  # points of a curve that looks smooth
_INVISIBLE = 1e-3  # of the height of a picture
_PATIENCE = 0.5  # seconds for a smooth curve


@record(eq=False)
class Picture:
    """What a term's data and fitted values look like, and its residuals over the same x if they tell anything."""

    figure: Figure
    residuals: Figure | None


def first_picture(program: Program, result: FitResult) -> Picture | None:
    """The first of `pictures`; without any the objective by iteration, if it took some to have a shape.

    None where the fit failed: what it reached tells nothing.
    """
    if result.verdict is Verdict.FAILED:
        return None
    fall = loss(result) if len(result.history) > _FEW else None
    return next(pictures(program, result), Picture(fall, None) if fall is not None else None)


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
    for k, (term, pair) in enumerate(zip(terms, pairs, strict=True)):
        with np.errstate(all="ignore"):  # residuals beyond all doubles are left out
            found = _Drawn(program, values, k, term).picture(*pair)
        if found is not None and not found.figure.is_empty:
            yield found


def loss(result: FitResult) -> Figure | None:
    """The objective by iteration; None where it is known at none."""
    history = np.asarray(result.history, dtype=np.float64)
    line = series("line" if history.size > 1 else "points", "", np.arange(history.size), history)
    if not line.x.size:
        return None
    return Figure(
        "objective by iteration", "iteration", "objective", (line,), log_y=_spans_decades(line.y, 1.0), whole_x=True
    )


def write_pictures(program: Program, result: FitResult, path: Path) -> None:
    """Write an SVG with all there is to see of a fit: each term, its residuals, and the objective by iteration.

    Raises:
        DlangError: E0512, the file cannot be written; E0808, there is nothing to draw.
    """
    from dlang.data.writing import write_document
    from dlang.plots.svg import draw

    figures = [each for picture in pictures(program, result) for each in (picture.figure, picture.residuals)]
    shown = [each for each in (*figures, loss(result)) if each is not None]
    if not shown:
        raise DlangError(fitting.nothing_to_draw())
    description = f"{result.verdict.value}: {result.status}. " + "; ".join(each.title for each in shown)
    write_document(path, draw(shown, f"A fit of {program.elaborated.span.source.name}", description))


@record(eq=False)
class _Drawn:
    """A term that is drawn: number `k` of those with data and fitted values, at values of all parameters."""

    program: Program
    values: Sequence[Any]
    k: int
    term: Term

    def picture(self, observed: Any, expected: Any) -> Picture | None:
        """The picture of what is observed and expected; None without any."""
        shape = np.broadcast_shapes(np.shape(observed), np.shape(expected))
        y, fitted = (np.broadcast_to(np.asarray(each, np.float64), shape) for each in (observed, expected))
        if y.size == 0:
            return None
        target, model = _sides(self.term)
        if np.ndim(observed) == 0 and y.size > 1:
            return _of_residuals_alone(y, fitted, target, model)
        across = _data_across(self.program, self.term, y.shape)
        if y.ndim == 2 and min(y.shape) <= _MOST_SERIES and max(y.shape) > 1:
            return self._of_columns(across, y, fitted, target, model)
        y, fitted = y.ravel(), fitted.ravel()
        if len(across) == 1 and np.ndim(across[0].value) == 1:
            return self._against(across[0], y[:, None], fitted[:, None], target, model, [""])
        if across:
            return _against_fitted(y, fitted, target, model)
        return self._against("row", y[:, None], fitted[:, None], target, model, [""])

    def _of_columns(self, across: Sequence[Input], y: Array, fitted: Array, target: str, model: str) -> Picture:
        """Each column of a matrix, or each row where those are fewer, as a series of its own."""
        kind, other = "column", "row"
        if y.shape[1] > y.shape[0]:
            y, fitted, kind, other = y.T, fitted.T, "row", "column"
        named = [each for each in across if np.shape(each.value) == (len(y),)]
        names = [f"{kind} {j}" for j in range(y.shape[1])] if y.shape[1] > 1 else [""]
        return self._against(named[0] if len(named) == 1 else other, y, fitted, target, model, names)

    def _against(
        self, datum: Input | str, y: Array, fitted: Array, target: str, model: str, names: Sequence[str]
    ) -> Picture:
        """Data and fitted values (n, c) over the same x, and the residuals; each column is a group of its own."""
        whole = isinstance(datum, str)
        label = datum if isinstance(datum, str) else datum.name
        x = np.arange(1.0, len(y) + 1.0) if isinstance(datum, str) else np.asarray(datum.value, dtype=np.float64)
        path = None if isinstance(datum, str) else self._between(datum, x, fitted)
        path_x, path_y = path or (x, fitted)
        data, curves, residuals = [], [], []
        for group, name in enumerate(names):
            data.append(series("points", name or "data", x, y[:, group], group))
            curves.append(series("line", "" if name else model, path_x, path_y[:, group], group))
            residuals.append(series("points", name or "residual", x, (y - fitted)[:, group], group))
        log_x = not whole and _lies_in_decades(x)
        shown = f"{target} and {model}" if len(names) > 1 else target
        title = f"{shown} against {label}"
        figure = Figure(title, label, target, (*curves, *data), log_x=log_x, whole_x=whole)
        below = Figure("residuals", label, "residual", tuple(residuals), level=0.0, log_x=log_x, whole_x=whole)
        return Picture(figure, None if _are_outcomes(y) or _are_rounding(y - fitted, y) else below)

    def _between(self, datum: Input, x: Array, fitted: Array) -> tuple[Array, Array] | None:
        """Fitted values (m, c) between those of the data, ascending in x; None where they cannot be told honestly.

        The model is evaluated where every other number of the datum has moved towards the next greater one. Only if
        the values at those that stayed are what they were is it a function of each number by itself: a model that
        takes the mean of the datum, or steps from one number to the next, has no values in between.
        """
        n = x.size
        parts = -(-_SMOOTH // max(n, 1))
        if n < 2 or parts < 2 or np.asarray(datum.value).dtype.kind != "f":
            return None
        order = np.argsort(x, kind="stable")
        ascending, before = x[order], fitted[order]
        gaps = np.append(np.diff(ascending), 0.0)
        tolerance = _INVISIBLE * (np.max(before) - np.min(before))
        found_x, found_y = [ascending], [before]
        began = perf_counter()
        for share in np.arange(1, parts) / parts:
            for first in (0, 1):
                moved = (np.arange(n) % 2 == first) & (gaps > 0)
                at = np.empty(n)
                at[order] = ascending + share * gaps * moved
                try:
                    out = self.program.fitted_elsewhere(self.values, {datum.name: at})[self.k]
                except (DlangError, InternalError):
                    return None  # sizes that hang on the numbers, an index that now leads nowhere
                after = np.broadcast_to(out, fitted.shape if np.ndim(out) == 2 else (n,)).reshape(fitted.shape)[order]
                if not np.isfinite(after).all() or perf_counter() - began > _PATIENCE:
                    return None
                if np.any(np.abs(after - before)[~moved] > tolerance):
                    return None
                found_x.append(at[order][moved])
                found_y.append(after[moved])
        return _ascending(np.concatenate(found_x), np.concatenate(found_y))


def _ascending(x: Array, y: Array) -> tuple[Array, Array]:
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _against_fitted(y: Array, fitted: Array, target: str, model: str) -> Picture:
    """Observed against fitted values, with the line on which they are equal."""
    points = series("points", "data", fitted, y)
    ends = np.array([points.x.min(), points.x.max()]) if points.x.size else np.zeros(0)
    line = series("line", f"equal to {model}", ends, ends)
    below = Figure("residuals", "fitted", "residual", (series("points", "residual", fitted, y - fitted),), level=0.0)
    figure = Figure(f"{target} against fitted values", "fitted", target, (line, points))
    return Picture(figure, None if _are_rounding(y - fitted, y) else below)


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


def _data_across(program: Program, term: Term, shape: tuple[int, ...]) -> list[Input]:
    """The data that the fitted values depend on and that have an axis as long as the first of them."""
    needed = {term.fitted}
    for stmt in reversed(program.elaborated.main.body):
        if any(out in needed for out in outs(stmt)):
            needed.update(reads(stmt))
    # One number for many data: elaboration makes the fitted values from the data and the residual, which no program
    # can name. They depend on the data in form only.
    if not shape or (term.kind == "least squares" and isinstance(term.atom, Var) and term.atom in needed):
        return []
    return [each for each in program.elaborated.inputs if each.var in needed and shape[0] in np.shape(each.value)]


# ---- numbers


def _are_outcomes(values: Array) -> bool:
    """Some are 0, the others 1."""
    return bool(np.isin(values, (0.0, 1.0)).all() and np.min(values) != np.max(values))


def _are_rounding(residuals: Array, values: Array) -> bool:
    """Residuals of an exact fit, which are of no size and no shape: they differ from machine to machine."""
    return bool(np.max(np.abs(residuals)) <= _ROUNDING * np.max(np.abs(values)))


def _spans_decades(values: Array, decades: float) -> bool:
    """All above 0, and so many powers of ten from the least to the greatest."""
    return bool(values.size and np.min(values) > 0 and np.log10(np.max(values)) - np.log10(np.min(values)) >= decades)


def _lies_in_decades(values: Array) -> bool:
    """Numbers that a straight axis would heap up at its lower end."""
    if not np.isfinite(values).all() or not _spans_decades(values, 2.0):
        return False
    low, high = float(np.min(values)), float(np.max(values))
    return float(np.median(values)) - low < 0.1 * (high - low)

"""What a fit hands back: the verdict, the estimates with their errors, and how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from dlang.optimize.result import StopReason
from dlang.records import field, field_names, record
from dlang.trees import Tree, leaves, map_leaves, named_leaves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlang.diagnostics.core import Diagnostic

    Number: TypeAlias = float | NDArray[np.float64]

__all__ = ["Estimate", "FitResult", "ReportEstimate", "Statistics", "Unidentified", "Verdict", "joined"]


class Verdict(StrEnum):
    """Whether to believe a fit; the value is the word shown to people and programs."""

    CONVERGED = "converged"
    AT_BOUND = "at bound"
    NOT_IDENTIFIED = "not identified"
    NOT_CONVERGED = "not converged"
    FAILED = "failed"


E = TypeVar("E", "Estimate", "ReportEstimate")


def joined(name: str, parts: Tree) -> Any:
    """A tree of estimates as the estimate of a tuple or record: every field is a tree, or None if no part has it.

    Args:
        name: of the whole.
        parts: of its parts, built as it is.
    """
    flat = list(leaves(parts))

    def field_of(get: Callable[[Any], Any]) -> Any:
        found = map_leaves(get, parts)
        return None if all(each is None for each in leaves(found)) else found

    lower, upper = (field_of(lambda part: part.ci and part.ci[0]), field_of(lambda part: part.ci and part.ci[1]))
    known = {
        "value": field_of(lambda part: part.value),
        "std_error": field_of(lambda part: part.std_error),
        "ci": None if lower is None else (lower, upper),
    }
    if isinstance(flat[0], Estimate):
        known["gradient"] = field_of(lambda part: part.gradient)
        known["at_bound"] = field_of(lambda part: part.at_bound)
        known["fixed"] = flat[0].fixed if len({part.fixed for part in flat}) == 1 else field_of(lambda part: part.fixed)
    return type(flat[0])(name, **known)


def _parts(whole: E) -> Iterator[E]:
    if not isinstance(whole.value, (dict, tuple)):
        yield whole
        return
    count = sum(1 for _ in leaves(whole.value))
    fields = [name for name in field_names(whole) if name not in ("name", "ci")]

    def spread(value: Any) -> list[Any]:
        return list(leaves(value)) if isinstance(value, (dict, tuple)) else [value] * count

    columns = {name: spread(getattr(whole, name)) for name in fields}
    ends = [spread(end) for end in whole.ci] if whole.ci is not None else [[None] * count] * 2
    for k, (name, _) in enumerate(named_leaves(whole.name, whole.value)):
        ci = None if ends[0][k] is None else (ends[0][k], ends[1][k])
        yield type(whole)(name, ci=ci, **{field: column[k] for field, column in columns.items()})


@record
class Estimate:
    """A parameter after a fit: floats for a scalar, arrays of its shape for an array, and for a tuple or record tuples
    and dicts of them, in which None stands for what there is not.

    `std_error` and `ci` are None where no element has one; in an array, NaN marks the elements without.
    `gradient` is None where it is not known. `at_bound` is a bool or a Bool array. A fixed parameter has a value and
    nothing else.
    """

    name: str
    value: Number | Tree
    std_error: Number | Tree | None = None
    ci: tuple[Number | Tree, Number | Tree] | None = None
    gradient: Number | Tree | None = None
    at_bound: Any = False
    fixed: Any = False

    def parts(self) -> Iterator[Estimate]:
        """Those of the numbers and arrays that a tuple or record is of; itself, if it is none."""
        return _parts(self)


@record
class ReportEstimate:
    """A derived quantity, with the standard error and interval that the parameters' covariance gives it.

    They are None, or NaN for an element of an array, where the value is not finite or depends on what is not
    determined.
    """

    name: str
    value: Number | Tree
    std_error: Number | Tree | None = None
    ci: tuple[Number | Tree, Number | Tree] | None = None

    def parts(self) -> Iterator[ReportEstimate]:
        """Those of the numbers and arrays that a tuple or record is of; itself, if it is none."""
        return _parts(self)


@record
class Unidentified:
    """A direction in which the parameters can move without changing the fit.

    Args:
        parameters: the names (of elements, `W[0,1]`, for arrays) that move.
        direction: how far each moves, in its own units; the greatest weight is 1 in size.
        text: the same in words.
    """

    parameters: tuple[str, ...]
    direction: dict[str, float]
    text: str


@record
class Statistics:
    """How well the model fits. None where it does not apply.

    Args:
        n: data, each element of `y` in `y ~ …` one.
        dof: n minus the number of directions that the data determine, parameters on a bound left out: never below 0.
        rss: the sum of squared residuals.
        residual_std: sqrt(rss / dof).
        r2: 1 - rss / sum of squares about the mean.
        log_likelihood: the log-density of the data, priors left out; for least squares that of normal residuals
            whose variance is rss / n.
        aic: 2 k - 2 log_likelihood, with k the determined directions, and the variance for least squares (as R does).
        bic: log(n) k - 2 log_likelihood.
    """

    n: int | None = None
    dof: int | None = None
    rss: float | None = None
    residual_std: float | None = None
    r2: float | None = None
    log_likelihood: float | None = None
    aic: float | None = None
    bic: float | None = None


@record
class FitResult:
    """Where a fit ended, and whether to believe it. A fit that fails is a result too.

    Args:
        verdict: what to make of it.
        status: the verdict in a sentence.
        next: the command or edit that comes next, None where there is nothing to do.
        reason: why the optimizer ended.
        method: the optimizer's name on the command line.
        title: its name in print.
        why: why it was chosen.
        engine: what evaluated the program.
        objective: the objective at the estimates; NaN where a fit was interrupted before it was known.
        parameters: by name, in the order of the program; empty where no finite point was found.
        covariance: names (of elements) and matrix, of the parameters that have an error; None without any.
        statistics: of the fit.
        reports: by name.
        unidentified: the directions that the data do not determine.
        iterations: steps of the optimizer.
        evaluations: calls of the objective.
        seconds: of wall clock.
        seed: of random draws, None where there are none.
        level: of the intervals.
        warnings: what else there is to know.
        errors: why a fit failed.
        history: the objective at the start and after every iteration.
    """

    verdict: Verdict
    status: str
    next: str | None
    reason: StopReason
    method: str
    title: str
    why: str
    engine: str
    objective: float
    parameters: Mapping[str, Estimate]
    covariance: tuple[tuple[str, ...], NDArray[np.float64]] | None
    statistics: Statistics
    reports: Mapping[str, ReportEstimate]
    unidentified: tuple[Unidentified, ...]
    iterations: int
    evaluations: int
    seconds: float
    seed: int | None = None
    level: float = 0.95
    warnings: tuple[Diagnostic, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    history: tuple[float, ...] = field(default_factory=tuple)

    @property
    def converged(self) -> bool:
        """The answer can be relied on: the verdict is `converged` or `at bound`."""
        return self.verdict in (Verdict.CONVERGED, Verdict.AT_BOUND)

    @property
    def interrupted(self) -> bool:
        """It was ended from outside."""
        return self.reason is StopReason.INTERRUPTED

    def to_json(self) -> dict[str, Any]:
        """The result as JSON has it: schema `difftool.fit/1`."""
        from dlang.fit.saved import to_json

        return to_json(self)

    def save(self, path: str | Path) -> None:
        """Write `to_json` to a file, in one piece or not at all."""
        from dlang.fit.saved import save

        save(self, path)

    def __str__(self) -> str:
        from dlang.fit.report import render

        return render(self, diagnostics=True)

"""What a program answers: records of a run, of a gradient, of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dlang.records import field, record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlang.diagnostics import Diagnostic
    from dlang.diagnostics.births import Birth
    from dlang.source import Source, Span

__all__ = [
    "PASSING",
    "CheckResult",
    "CheckRow",
    "CheckState",
    "GradResult",
    "NotFinite",
    "Parameter",
    "RunResult",
]

CheckState: TypeAlias = Literal["agrees", "kink", "jump", "disagrees", "unsure"]

PASSING = frozenset[CheckState](("agrees", "kink", "jump"))
"""What a row may be for a check to pass."""


@record
class Parameter:
    """A parameter, as the program declares it: shape `()` is a scalar.

    Of one that is a tuple or record, shape and start are tuples and dicts, and so is `fixed` if only parts are held.
    """

    name: str
    shape: Any
    start: Any
    lower: float
    upper: float
    fixed: Any


@record
class RunResult:
    """What a run printed, and its objective and reports where the program has them."""

    printed: list[str]
    objective: float | None
    reports: dict[str, Any]
    warnings: list[Diagnostic]


@record
class CheckRow:
    """One derivative and what differences say of it.

    Attributes:
        name: of the parameter, or of its element, or `W along 3 random directions`, of which it is the worst.
        exact: the derivative.
        numerical: by differences; at a kink or a jump the middle of what the two sides say.
        relative_error: how far `exact` is from `numerical`; at a kink or a jump, from what lies between the two sides.
        state: `agrees`; `kink` or `jump`, where the derivative is a convention and lies between the sides;
            `disagrees`; `unsure`, where differences cannot tell.
        left: the derivative towards the left; None where the function has no values there.
        right: towards the right.
    """

    name: str
    exact: float
    numerical: float
    relative_error: float
    state: CheckState
    left: float | None
    right: float | None


@record
class CheckResult:
    """A gradient compared with independent numerical derivatives.

    It passes if every row does, and every derivative rule of the program's own at its calls; `warnings` tell of rules
    that do not, and of rows.
    """

    max_relative_error: float
    passed: bool
    rows: list[CheckRow]
    warnings: list[Diagnostic] = field(default_factory=list)


@record
class GradResult:
    """A value and its gradient by name."""

    value: Any
    gradient: dict[str, Any]
    mode: str
    engine: str
    warnings: list[Diagnostic] = field(default_factory=list)
    hessian: tuple[tuple[str, ...], NDArray[np.float64]] | None = None
    check: CheckResult | None = None


@record
class NotFinite:
    """What is not finite, and where it was born.

    `what` is `the objective`, `the gradient` or a report; the diagnostic is an error where nothing can be made of the
    result.
    """

    birth: Birth | None
    what: str
    diagnostic: Diagnostic

    @property
    def of(self) -> Literal["value", "derivative"]:
        """Whether a value is not finite, or only the derivative of one."""
        in_derivative = self.what == "the gradient" or (self.birth is not None and self.birth.order > 0)
        return "derivative" if in_derivative else "value"

    def seen_in(self, source: Source) -> Span | None:
        """The place of the birth in a source, or that of the call that led out of it; else where the user sees it."""
        if self.birth is None:
            return None
        inside = (span for span in (self.birth.span, *reversed(self.birth.calls)) if span is not None)
        return next((span for span in inside if span.source is source), self.birth.seen)

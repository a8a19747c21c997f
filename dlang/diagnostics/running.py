"""E06xx: what is met while a program runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dlang.diagnostics.core import Diagnostic, Label, Severity
from dlang.records import record
from dlang.source import Span

__all__ = [
    "Birth",
    "assertion_failed",
    "cannot_compute",
    "division_by_zero",
    "index_out_of_range",
    "int_overflow",
    "negative_power",
    "not_finite",
    "out_of_memory",
    "recursion_too_deep",
    "shapes_differ",
    "step_of_zero",
]


@record
class Birth:
    """Where a value that reached a result stopped being finite.

    Attributes:
        span: the place in the source, if the statement has one.
        primitive: what was applied there.
        operands: (name or "", value) of each operand at the element in question; None for an array that is not taken
            element by element.
        value: what came of them: NaN or an infinity.
        iterations: passes of the loops around it, from 1, outermost first.
        element: index along axis 0 of an array result, from 0; None for a scalar.
        length: size of that axis.
    """

    span: Span | None
    primitive: str
    operands: tuple[tuple[str, float | int | bool | None], ...]
    value: float
    iterations: tuple[int, ...] = ()
    element: int | None = None
    length: int | None = None


def not_finite(
    birth: Birth | None,
    what: str,
    value: float | None = None,
    *,
    row: int | None = None,
    severity: Severity = "error",
) -> Diagnostic:
    """E0601: a result that is not finite.

    Args:
        birth: where it began, if that is known.
        what: the result in the user's words: "the objective", "the gradient in `k`".
        value: the result itself; that of the birth if it is not given.
        row: the data row that was at work, from 1.
        severity: a warning outside a fit.
    """
    shown = value if value is not None else birth.value if birth is not None else float("nan")
    title = f"{what} is {_number(shown)}"
    if birth is None:
        return Diagnostic("E0601", title, severity=severity)
    text = f"{_WORDS.get(birth.primitive) or f'`{_application(birth)}`'} is {_number(birth.value)} here"
    text += f", data row {row}" if row is not None else ""
    named = [f"{name} = {_number(v)}" for name, v in birth.operands if name and v is not None]
    text += f" ({', '.join(named)})" if named else ""
    notes = _passes(birth.iterations)
    if birth.element is not None and row is None:
        notes = (*notes, f"at element {birth.element} along the first axis")
    return Diagnostic("E0601", title, _label(birth.span, text), (), notes, _MENDS.get(birth.primitive), severity)


_WORDS: Mapping[str, str] = {
    "inverse_gaps": "the derivative of vectors of repeated values",
    "full_rank": "the derivative in a matrix without full rank",
}
"""What is said instead of the application, for what only derivatives apply."""

_MENDS: Mapping[str, str] = {
    "log": "keep the argument of `log` positive, for instance by a bound such as `param k in 1e-6..inf`",
    "sqrt": "keep the argument of `sqrt` at or above 0, for instance by a bound such as `param k in 0..inf`",
    "div": "keep the divisor away from 0",
    "exp": "keep the argument of `exp` below 709, for instance by bounds or by scaling the data",
    "pow": "keep the base positive: a negative number has no real power to a fraction",
    "inv": "the matrix is singular: are its rows, or its columns, multiples or sums of each other?",
    "solve": "the matrix is singular: are its rows, or its columns, multiples or sums of each other?",
    "logdet": "the matrix is singular: are its rows, or its columns, multiples or sums of each other?",
    "cholesky": "the matrix is not positive definite; one of parameters may be made as `L @ transpose(L)`",
    "full_rank": "leave out the columns that are multiples or sums of others, or start where none is",
    "inverse_gaps": "use what does not depend on the vectors, or start where the values differ",
}


def index_out_of_range(
    at: Span | None, index: int, size: int, axis: int, rank: int, passes: Iterable[str] = (), what: str = "an axis"
) -> Diagnostic:
    """E0602: an index out of range; `what` is what has only one axis."""
    which = what if rank == 1 else f"axis {axis}"
    allowed = f"an index here is from {-size} to {size - 1}" if size else "there are no elements"
    return Diagnostic(
        "E0602",
        f"index {index} is out of range for {which} of size {size}",
        _label(at, f"the index is {index}"),
        notes=(allowed, *passes),
        help="indexes count from 0; the last element is `-1`" if index == size and size else None,
    )


def int_overflow(at: Span | None, facts: str, passes: Iterable[str] = ()) -> Diagnostic:
    """E0603: an Int beyond 64 bits."""
    return Diagnostic(
        "E0603",
        "Int overflow",
        _label(at, facts),
        notes=("an Int is from -2^63 to 2^63 - 1", *passes),
        help="compute with Reals: write `2.0` for `2`",
    )


def division_by_zero(at: Span | None, facts: str, passes: Iterable[str] = ()) -> Diagnostic:
    """E0604: an Int divided by zero."""
    return Diagnostic(
        "E0604",
        "division of an Int by zero",
        _label(at, f"`{facts}`"),
        notes=("`//` and `%` of Ints have no value there", *passes),
        help="test the divisor first, or divide Reals with `/`, which gives an infinity or nan",
    )


def assertion_failed(at: Span | None, message: str, passes: Iterable[str] = ()) -> Diagnostic:
    """E0605: a failed assert."""
    title = f"assertion failed: {message}" if message else "assertion failed"
    return Diagnostic("E0605", title, _label(at, "this does not hold"), notes=tuple(passes))


def recursion_too_deep(at: Span | None, limit: int) -> Diagnostic:
    """E0606: functions nested too deep."""
    return Diagnostic(
        "E0606",
        f"functions are nested deeper than {limit:,} calls",
        _label(at, "the innermost call"),
        help="give the recursion an end that is reached, or write it as a loop",
    )


def shapes_differ(at: Span | None, shapes: Sequence[tuple[int, ...]], passes: Iterable[str] = ()) -> Diagnostic:
    """E0607: shapes, known only now, that do not fit."""
    written = [str(list(shape)) for shape in shapes]
    return Diagnostic(
        "E0607",
        f"shapes {' and '.join(written)} do not fit",
        _label(at, f"of {' and '.join(written)}"),
        notes=("sizes are compared from the last axis; they must be equal, or one of them 1", *passes),
    )


def out_of_memory(at: Span | None, facts: str, passes: Iterable[str] = ()) -> Diagnostic:
    """E0608: not enough memory."""
    notes = (facts, *passes) if facts else tuple(passes)
    return Diagnostic("E0608", "out of memory", _label(at, "needed here"), notes=notes, help="make the arrays smaller")


def negative_power(at: Span | None, base: int | None, exponent: int | None, passes: Iterable[str] = ()) -> Diagnostic:
    """E0609: an Int to a negative Int power."""
    shown = f"`{base}^{exponent}` is no Int" if base is not None and exponent is not None else "the power is negative"
    mend = "2" if base is None else str(base)
    return Diagnostic(
        "E0609", "an Int to a negative power", _label(at, shown), notes=tuple(passes), help=f"write `{mend}.0^…`"
    )


def step_of_zero(at: Span | None, passes: Iterable[str] = ()) -> Diagnostic:
    """E0610: a range that steps by zero."""
    if at is not None:
        at = Span(at.source, at.start, at.start + len(at.text.partition("\n")[0].rstrip()))
    return Diagnostic("E0610", "a range steps by 0", _label(at, "this range never ends"), notes=tuple(passes))


def cannot_compute(at: Span | None, what: str, facts: str, passes: Iterable[str] = ()) -> Diagnostic:
    """E0611: operands for which a function has no value."""
    from dlang.diagnostics.spoken import spoken  # words for a fault; a run without one needs none

    notes = (facts, *passes) if facts else tuple(passes)
    title = f"`{_as_called(at, spoken(what))}` has no value here"
    return Diagnostic("E0611", title, _label(at, "computed here"), notes=notes)


_INSTEAD: Mapping[str, str] = {
    "eigenvalues": "the sum of their squares is `trace(a @ a)`, that of their logarithms `logdet(a)`",
    "singular values": "the sum of their squares is `sum(a^2)`",
}


def repeated_values(at: Span | None, facts: str, passes: Iterable[str] = ()) -> Diagnostic:
    """E0614: a second derivative of eigenvalues or singular values where they are repeated; `facts` says which."""
    values = facts.partition(" that ")[0]
    return Diagnostic(
        "E0614",
        f"second derivative through {facts}",
        _label(at, f"it has {facts}"),
        notes=(f"it needs the derivative of vectors, and those of such {values} are not determined", *passes),
        help=f"move away from there, or say it without {values}: {_INSTEAD.get(values, '')}",
    )


def _as_called(at: Span | None, word: str) -> str:
    """The function that is called at a place, if its work has another `word`: `zeros(n)` is a case of `fill`."""
    name = at.text.partition("(")[0] if at is not None and at.text.endswith(")") else ""
    return name if name.isidentifier() and word.isidentifier() else word


def _label(span: Span | None, text: str) -> Label | None:
    return Label(span, text) if span is not None else None


def _passes(iterations: Sequence[int]) -> tuple[str, ...]:
    if not iterations:
        return ()
    if len(iterations) == 1:
        return (f"in pass {iterations[0]} of the loop",)
    return (f"in pass {', '.join(map(str, iterations))} of the loops, outermost first",)


def _application(birth: Birth) -> str:
    """What was computed, as the user would write it: `log(0.0)`, `1.0 / 0.0`."""
    from dlang.diagnostics.spoken import INFIX, spoken

    values = ["…" if v is None else _number(v) for _, v in birth.operands]
    symbol = INFIX.get(birth.primitive)
    if symbol is not None and len(values) == 2:
        return f"{values[0]} {symbol} {values[1]}"
    if birth.primitive == "neg":
        return f"-{values[0]}"
    return f"{spoken(birth.primitive)}({', '.join(values)})"


def tape_too_long(limit: int) -> Diagnostic:
    """E0613: reverse mode needs more memory for a program's loops than its tape may take, tile by tile too."""
    return Diagnostic(
        "E0613",
        f"reverse mode needs more than the {limit / 1e9:.3g} GB that its tape may take",
        notes=("loops are run again in pieces where they do not fit, and the pieces do not fit either",),
        help="allow more by `--tape-limit 8G`, or let the loops carry and keep less",
    )


def too_long_to_trace(most: int) -> Diagnostic:
    """E0612: a run of more operations than a trace keeps."""
    return Diagnostic(
        "E0612",
        f"the run has more than {most:,} operations, too many to trace",
        notes=("a trace keeps every value, to walk back over it",),
        help="give it less to do: fewer rows by `--data`, fewer passes of its loops",
    )


def _number(value: float | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)

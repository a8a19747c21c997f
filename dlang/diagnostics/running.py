"""E06xx: what is met while a program runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dlang.diagnostics.core import Diagnostic, Label, Severity
from dlang.source import Span

if TYPE_CHECKING:
    from dlang.diagnostics.births import Birth

__all__ = [
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


def not_finite(
    birth: Birth | None, what: str, value: float | None = None, *, severity: Severity = "error", facts: str = ""
) -> Diagnostic:
    """E0601: a result that is not finite.

    Args:
        birth: where it began, if that is known.
        what: the result in the user's words: "the objective", "the gradient in `k`".
        value: the result itself; that of the birth if it is not given.
        severity: a warning outside a fit.
        facts: what is said at the place, if it is known better than by the birth.
    """
    from dlang.diagnostics import births  # words for a fault; a run without one needs none

    shown = value if value is not None else birth.value if birth is not None else float("nan")
    title = f"{what} is {births.number(shown)}"
    if birth is None:
        return Diagnostic("E0601", title, severity=severity)
    primary, labels = births.labels_of(birth, facts)
    return Diagnostic("E0601", title, primary, labels, births.notes_of(birth), births.mend_of(birth), severity)


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


def tape_too_long(limit: int) -> Diagnostic:
    """E0613: reverse mode needs more memory for a program's loops than its tape may take, tile by tile too."""
    return Diagnostic(
        "E0613",
        f"reverse mode needs more than the {_size(limit)} that its tape may take",
        notes=("loops are run again in pieces where they do not fit, and the pieces do not fit either",),
        help="allow more by `--tape-limit 8G`, or let the loops carry and keep less",
    )


def _size(count: int) -> str:
    """A number of bytes in the unit that fits, `20 KB`; units are powers of 1024, as those of the option."""
    value, units = float(count), ["bytes", "KB", "MB", "GB", "TB"]
    while value >= 999.5 and units[1:]:
        value /= 1024
        del units[0]
    return f"{value:.3g} {units[0]}"


def too_long_to_trace(most: int) -> Diagnostic:
    """E0612: a run of more operations than a trace keeps."""
    return Diagnostic(
        "E0612",
        f"the run has more than {most:,} operations, too many to trace",
        notes=("a trace keeps every value, to walk back over it",),
        help="give it less to do: fewer rows by `--data`, fewer passes of its loops",
    )

"""Tracing a program at a point: one recorded run, a walk backward over it, and the birth of what is not finite."""

from __future__ import annotations

from dlang.diagnostics import DlangError, running
from dlang.diagnostics.core import Diagnostic
from dlang.driver.drawn import drawn_program, run_drawn
from dlang.driver.program import Program
from dlang.driver.results import NotFinite
from dlang.records import record
from dlang.source import Source
from dlang.trace.lines import Line, lines_of, place_of

__all__ = ["Trace", "trace"]

MOST_NODES = 300_000
"""Applications of a run that are kept: a hundred megabytes and more."""


@record(eq=False)
class Trace:
    """What a trace tells.

    Attributes:
        source: the program's text.
        lines: those on which something was computed.
        births: what is not finite in the objective or its gradient, in reports and prints, and where it was born.
        faults: what ended the run before its time, or is to be said of what is not finite.
        ended: the number of the line where the run ended before its time.
    """

    source: Source
    lines: tuple[Line, ...]
    births: tuple[NotFinite, ...]
    faults: tuple[Diagnostic, ...]
    ended: int | None = None

    @property
    def not_finite(self) -> NotFinite | None:
        """The first of the births."""
        return self.births[0] if self.births else None


def trace(program: Program) -> Trace:
    """A program's run at the start point, line by line.

    Raises:
        DlangError: E0407, the program has no objective and no reports, and prints nothing; E0612, the run is too long.
    """
    source = program.elaborated.span.source
    drawn = drawn_program(program, source.name, verb="trace")
    ran = run_drawn(drawn, nodes=MOST_NODES)
    stopped = ran.recording.stopped
    if stopped is not None:
        if stopped.fault is None:
            raise DlangError(running.too_long_to_trace(MOST_NODES))
        faults = tuple(stopped.fault.diagnostics)
        lines = tuple(lines_of(program, drawn, ran))
        place = place_of(stopped.span, stopped.region, source)
        return Trace(source, lines, (), faults, None if place is None else place.line)
    lines = tuple(lines_of(program, drawn, ran))
    if ran.fault is not None:
        return Trace(source, lines, (), tuple(ran.fault.diagnostics))
    births = tuple(program.births())
    return Trace(source, lines, births, tuple(each.diagnostic for each in births))

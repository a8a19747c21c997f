"""From a program to a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlang.diagnostics import Diagnostic
from dlang.driver.drawn import Drawn, drawn_function, drawn_program, run_drawn
from dlang.driver.program import Program
from dlang.graph.backward import backward
from dlang.graph.from_ir import from_ir
from dlang.graph.from_run import from_run
from dlang.graph.model import Picture
from dlang.records import record

__all__ = ["Drawing", "draw", "drawing_of"]


@record
class Drawing:
    """A picture, and what there is to say of the run that it is of: what ended it, or what is not finite in it."""

    picture: Picture
    faults: tuple[Diagnostic, ...] = ()


def draw(
    program: Program,
    title: str,
    *,
    function: str | None = None,
    at: Mapping[str, Any] | None = None,
    static: bool = False,
    grad: bool = False,
) -> Drawing:
    """The computation graph of a program, or of one of its functions.

    Args:
        program: what to draw.
        title: what to call it.
        function: draw this function instead.
        at: its arguments by name.
        static: do not run it: draw its own structure, with loops, branches and functions as they are written.
        grad: the backward graph too.

    Raises:
        DlangError: E0407, there is nothing to draw; or the function and its arguments do not fit.
    """
    drawn = drawn_program(program, title) if function is None else drawn_function(program, function, at or {})
    drawing = drawing_of(drawn, static=static, grad=grad)
    if drawing.faults or static or function is not None or not drawn.wrt:
        return drawing
    found = program.not_finite()
    return drawing if found is None else Drawing(drawing.picture, (found.diagnostic,))


def drawing_of(drawn: Drawn, *, static: bool = False, grad: bool = False) -> Drawing:
    """The picture of what is to be drawn; see `draw`."""
    if static:
        return Drawing(Picture(drawn.title, drawn.file, from_ir(drawn)))
    ran = run_drawn(drawn)
    stopped = ran.recording.stopped
    if stopped is not None and stopped.fault is None:
        return Drawing(Picture(drawn.title, drawn.file, from_ir(drawn), note=_too_long(drawn)))
    sheet = from_run(drawn, ran)
    back = backward(sheet) if grad and ran.backward is not None else None
    if ran.fault is not None:
        note = "A rule failed on the way back; the run is drawn without gradients."
        return Drawing(Picture(drawn.title, drawn.file, sheet, note=note), tuple(ran.fault.diagnostics))
    if stopped is None or stopped.fault is None:
        return Drawing(Picture(drawn.title, drawn.file, sheet, back))
    where = f"line {stopped.span.line}" if stopped.span is not None else "its end"
    note = f"The run ended at {where}; what ran before is drawn."
    return Drawing(Picture(drawn.title, drawn.file, sheet, note=note), tuple(stopped.fault.diagnostics))


def _too_long(drawn: Drawn) -> str:
    return f"The run of {drawn.title} is too long to draw: this is the program's own graph, without values."

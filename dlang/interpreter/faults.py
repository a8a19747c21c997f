"""From an exception out of generated code to a diagnostic with the place, the operands and the pass of the loop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

from dlang.diagnostics import running
from dlang.diagnostics.core import Diagnostic, DlangError, InternalError, Label
from dlang.interpreter.assemble import Assembled
from dlang.interpreter.runtime import AssertFailedError
from dlang.interpreter.unit import Site
from dlang.ir.nodes import Apply, Assert, Atom, Call, For, Literal
from dlang.primitives.core import Mismatch
from dlang.records import replace
from dlang.recursion import CALLS
from dlang.source import Span

__all__ = ["fault"]


def fault(error: Exception, code: Assembled) -> DlangError:
    """What to tell the user of `error`, raised by the safe form `code`.

    Raises:
        InternalError: the error was not raised by a statement.
    """
    places = list(_places(error, code))
    if isinstance(error, RecursionError):
        calls = [site.stmt.span for site, _ in places if isinstance(site.stmt, Call)]
        return DlangError(running.recursion_too_deep(calls[-1] if calls else None, CALLS))
    if not places:
        raise InternalError(f"generated code failed outside of a statement: {error!r}") from error
    site, frame = places[-1]
    return DlangError(_called(_diagnose(error, site, frame), places))


def _places(error: Exception, code: Assembled) -> Iterator[tuple[Site, FrameType]]:
    """The statements under way when an error was raised, outermost call first."""
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_filename == code.filename:
            site = code.sites[trace.tb_lineno - 1]
            if site is not None:
                yield site, frame
        trace = trace.tb_next


def _called(found: Diagnostic, places: Sequence[tuple[Site, FrameType]]) -> Diagnostic:
    """What is found in another file than the call that led there, with the place of the call.

    What shows inside the standard library is a fault of the call.
    """
    calls = [site.stmt.span for site, _ in places if isinstance(site.stmt, Call)]
    for span in reversed(calls):
        if span is None or found.primary is None or span.source == found.primary.span.source:
            continue
        call = Label(span, "in this call")
        if found.primary.span.source.in_library:
            return replace(found, primary=call, labels=(found.primary, *found.labels))
        return replace(found, labels=(*found.labels, call))
    return found


def _diagnose(error: Exception, site: Site, frame: FrameType) -> Diagnostic:
    stmt = site.stmt
    span: Span | None = getattr(stmt, "span", None)
    passes = _passes(site, frame)
    match error:
        case AssertFailedError():
            return running.assertion_failed(span, stmt.message if isinstance(stmt, Assert) else str(error), passes)
        case ZeroDivisionError():
            return running.division_by_zero(span, str(error), passes)
        case OverflowError():
            return running.int_overflow(span, str(error), passes)
        case MemoryError():
            return running.out_of_memory(span, str(error), passes)
        case IndexError(args=(int(index), int(size), int(axis))) if isinstance(stmt, Apply):
            return running.index_out_of_range(span, index, size, axis, stmt.args[0].type.rank, passes)
        case ValueError() if isinstance(stmt, For):
            return running.step_of_zero(span, passes)
        case ValueError() if isinstance(stmt, Apply):
            return _no_value(error, stmt, [_read(a, site, frame) for a in stmt.args], passes)
        case _:
            pass
    what = stmt.prim.name if isinstance(stmt, Apply) else type(stmt).__name__.lower()
    return running.cannot_compute(span, what, str(error), passes)


def _no_value(error: Exception, stmt: Apply, operands: Sequence[Any], passes: Sequence[str]) -> Diagnostic:
    if stmt.prim.name == "int_pow":
        base, exponent = (o if isinstance(o, int) else None for o in operands)
        return running.negative_power(stmt.span, base, exponent, passes)
    if stmt.prim.name == "unrepeated":
        return running.repeated_values(stmt.span, str(error), passes)
    shapes = [o.shape for o in operands if hasattr(o, "shape")]
    if len(shapes) > 1 and not _broadcast(shapes):
        elementwise = stmt.prim.is_elementwise or stmt.prim.name == "select"
        if elementwise:
            return running.shapes_differ(stmt.span, shapes, passes)
    found = _mismatch(stmt, operands)
    if found is not None:
        return running.cannot_compute(stmt.span, stmt.prim.name, found.title, (*found.notes, *passes))
    return running.cannot_compute(stmt.span, stmt.prim.name, _unfit_place(error) or str(error), passes)


def _unfit_place(error: Exception) -> str | None:
    """What NumPy says of a value that does not fit where it is put, such as a slice, with shapes as dl writes them."""
    unfit = re.match(r"could not broadcast input array from shape \((.*)\) into shape \((.*)\)", str(error))
    if unfit is None:
        return None
    value, place = (f"[{sizes.rstrip(',').replace(',', ', ')}]" for sizes in unfit.groups())
    return f"shape {value} does not fit into a place of shape {place}"


def _mismatch(stmt: Apply, operands: Sequence[Any]) -> Mismatch | None:
    """What the primitive's type rule says of operands whose shapes are known now; None if they fit, or are gone."""
    import numpy as np

    if any(operand is None for operand in operands):
        return None
    types = [a.type.with_shape(np.shape(operand)) for a, operand in zip(stmt.args, operands, strict=True)]
    found = stmt.prim.type_rule(types, stmt.static)
    return found if isinstance(found, Mismatch) else None


def _broadcast(shapes: Sequence[tuple[int, ...]]) -> bool:
    import numpy as np

    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _passes(site: Site, frame: FrameType) -> tuple[str, ...]:
    """Which pass of the loops around a statement was under way, outermost first."""
    notes = []
    for loop in site.loops:
        if not isinstance(loop, For):
            continue
        param = loop.body.params[0]
        index, start, step = (_read(a, site, frame) for a in (param, loop.start, loop.step))
        if index is None or start is None or not step:
            continue
        name = f", where `{param.hint}` is {index}" if param.hint else ""
        notes.append(f"in pass {(index - start) // step + 1} of the loop{name}")
    return tuple(notes)


def _read(atom: Atom, site: Site, frame: FrameType) -> Any:
    """The value of an atom in a frame; None if it is gone."""
    return atom.value if isinstance(atom, Literal) else frame.f_locals.get(site.names.get(atom, ""))

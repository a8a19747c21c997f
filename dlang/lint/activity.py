"""Through which operands of an application a derivative flows."""

from __future__ import annotations

from collections.abc import Iterator

from dlang.ir.nodes import Apply
from dlang.primitives.core import Primitive

__all__ = ["flowing"]


def flowing(stmt: Apply) -> Iterator[bool]:
    """For each operand, whether a derivative flows from it to the results."""
    prim: Primitive = stmt.prim
    is_real = any(out.type.is_real for out in stmt.outs)
    for position, atom in enumerate(stmt.args):
        has_partial = prim.partials is None or prim.partials[position] is not None
        blocked = prim.discrete or position in prim.reads_shape_only or prim.name == "stop_gradient"
        yield is_real and atom.type.is_real and has_partial and not blocked

"""The value of a datum that the program computes, while it is elaborated: so it is data as what comes from a file."""

from __future__ import annotations

from typing import Any

from dlang.diagnostics import DlangError
from dlang.elaborate.models import Elaborator
from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Atom, While
from dlang.ir.traits import statements
from dlang.ir.walk import free_vars
from dlang.ir.work import work
from dlang.passes.pipeline import finished
from dlang.passes.split import slice_function, without_effects

__all__ = ["computed"]

DATUM = "the.datum"

_MOST = 1e7
"""Primitives and elements beyond which a datum is left to be computed when the program runs."""


def computed(elaborator: Elaborator, atom: Atom) -> Any | None:
    """What an atom of the file comes to; None if it depends on a param, fails, or takes long.

    What fails is told when the program runs, with its place.
    """
    body, inputs = elaborator.frame.build.outermost, elaborator.inputs
    params, values = [i.var for i in inputs], [i.value for i in inputs]
    module = slice_function(DATUM, without_effects(elaborator.module), body, params, [atom])
    if free_vars(module[DATUM].block) or any(
        isinstance(s, While) for f in module.values() for s in statements(f.block)
    ):
        return None
    try:
        module = finished(module, DATUM)
        one = work(module, DATUM, values)
        if one.scalar + one.elements > _MOST:
            return None
        return compile_module(module)(DATUM, *values)
    except DlangError:
        return None

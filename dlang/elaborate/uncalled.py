"""Functions that nothing calls: where every parameter has a type, their bodies are checked all the same.

Sizes that the annotations name are left open, so what is told is wrong for every size; what would need a size or an
Int to be known is not told.
"""

from __future__ import annotations

from dlang.elaborate.arguments import Given
from dlang.elaborate.functions import Functions
from dlang.elaborate.values import Func, Num
from dlang.ir.nodes import Var
from dlang.records import replace
from dlang.syntax import ast
from dlang.types import DType, Type

__all__ = ["check_uncalled"]

NEEDS_VALUES = frozenset(("E0310", "E0401"))
"""Codes of faults that a call with known sizes may not have."""

DTYPES = {dtype.value: dtype for dtype in DType}


def check_uncalled(elaborator: Functions, program: ast.Program) -> None:
    """Report what is wrong in annotated functions of the file that no call has elaborated."""
    called = elaborator.called_bodies()
    for stmt in program.statements:
        if not isinstance(stmt, ast.FunctionDef) or id(stmt.body) in called:
            continue
        func = elaborator.frame.env.get(stmt.name.text)
        arguments = _arguments(elaborator, stmt)
        if arguments is None or not isinstance(func, Func) or func.body is not stmt.body:
            continue
        with elaborator.rehearsal() as reports:
            elaborator.call_value(func, arguments, stmt.name.span, stmt.name.span)
        for diagnostic in reports.diagnostics:
            if diagnostic.code not in NEEDS_VALUES:
                own = tuple(label for label in diagnostic.labels if label.span != stmt.name.span)
                elaborator.report(replace(diagnostic, labels=own))


def _arguments(elaborator: Functions, stmt: ast.FunctionDef) -> list[Given] | None:
    """A value of its annotated type for each parameter without a default, or None if one has no type."""
    found: list[Given] = []
    for parameter in stmt.parameters:
        note = parameter.annotation
        if note is None and parameter.default is not None:
            continue
        if note is None or note.dtype not in DTYPES:
            return None
        dims = tuple(int(d.value) if isinstance(d, ast.Number) else None for d in note.dims or ())
        var = Var(Type(DTYPES[note.dtype], dims), parameter.name.text)
        found.append((parameter.name.text, Num(elaborator.frame.build.ref(var)), parameter.span))
    return found

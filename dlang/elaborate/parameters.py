"""Arguments of the program's functions: bound to parameters, and fitted to what those are annotated with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from dlang.diagnostics import typing as faults
from dlang.elaborate.annotations import TYPES
from dlang.elaborate.describing import describe
from dlang.elaborate.operators import NOTHING, POISON, Given
from dlang.elaborate.statements import Statements
from dlang.elaborate.values import Func, Num, RangeValue, Value, is_string
from dlang.ir.nodes import Assert
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import INT, DType

__all__ = ["Parameters", "Sizes"]

Sizes: TypeAlias = dict[str, tuple[Num, Span]]
"""Sizes by the names that a signature gives them, and where each was met first."""


class Parameters(Statements):
    """Binds arguments."""

    def bound(self, func: Func, arguments: Sequence[Given], span: Span) -> dict[str, Value] | None:
        """Arguments by the names of the parameters; None if they do not fit."""
        names = [p.name.text for p in func.parameters]
        if len({*names}) < len(names):
            return None  # reported with the function
        bound: dict[str, Value] = {}
        places: dict[str, Span] = {}
        positional = iter(names)
        for name, value, at in arguments:
            target = next(positional, None) if name is None else name
            if target is None:
                return self._misfit(func, span, f"gives {len(arguments)} arguments", at, "one too many")
            if target not in names:
                return self._misfit(func, span, f"names `{target}`, which is no parameter", at, "no such parameter")
            if target in bound:
                return self._misfit(func, span, f"gives `{target}` twice", at, "the second")
            if value is NOTHING:
                self.missing(at, f"the argument `{target}` of `{func.name}`")
                return None
            if isinstance(value, RangeValue):
                value = self.range_array(value, at)
            bound[target], places[target] = value, at
        missing = [p.name.text for p in func.parameters if p.default is None and p.name.text not in bound]
        if missing:
            listed = " and ".join(f"`{name}`" for name in missing)
            return self._misfit(func, span, f"gives no {listed}", span, f"lacks {listed}")
        if not self._annotated(func, bound, places):
            return None
        return {name: bound[name] for name in names if name in bound}

    def _misfit(self, func: Func, call: Span, fault: str, at: Span, label: str) -> dict[str, Value] | None:
        """A call of a function that was only known as a value; calls by name were checked before."""
        signature = f"{func.name}({', '.join(p.span.text for p in func.parameters)})"
        if not self.told_within(call):
            fault = f"this call of `{func.name}` {fault}"
            self.fault(faults.builtin_arguments(at, signature, fault, label=label))
        return None

    def _annotated(self, func: Func, bound: dict[str, Value], places: dict[str, Span]) -> bool:
        """Whether the arguments fit their annotations; sizes of one name must agree, with an Int of that name too."""
        sizes: Sizes = {}
        good = True
        for parameter in func.parameters:
            name = parameter.name.text
            if name not in bound:
                continue
            if parameter.annotation is not None:
                what = f"the argument `{name}` of `{func.name}`"
                bound[name] = self.annotated(bound[name], parameter.annotation, sizes, places[name], what)
            good = good and bound[name] is not POISON and self.is_size(func, name, bound[name], places[name], sizes)
        return good

    def entry_sizes(self, func: Func) -> Sizes:
        """The sizes that the signature names, as the function begins; a default must agree with its annotation."""
        sizes: Sizes = {}
        for parameter in func.parameters:
            name, note = parameter.name.text, parameter.annotation
            value = self.frame.env.get(name, POISON)
            if note is not None:
                what = f"the default of `{name}` of `{func.name}`"
                at = parameter.default.span if parameter.default is not None else parameter.span
                value = self.frame.env[name] = self.annotated(value, note, sizes, at, what)
            self.is_size(func, name, value, parameter.span, sizes)
        return sizes

    def is_size(self, func: Func, name: str, value: Value, at: Span, sizes: Sizes) -> bool:
        """Whether a parameter agrees with the sizes of its name, if the signature has one and it is an Int."""
        notes = (func.result, *(parameter.annotation for parameter in func.parameters))
        dims = {d.text for note in notes if note is not None for d in note.dims or () if isinstance(d, ast.Name)}
        if name not in dims or not isinstance(value, Num) or value.type != INT:
            return True
        return self._agree(name, value, at, sizes)

    def annotated(self, value: Value, note: ast.Annotation, sizes: Sizes, at: Span, what: str) -> Value:
        """The value as its annotation says: an Int where a Real is due is converted; a misfit is reported.

        Sizes that only running knows are compared there.
        """
        if value is POISON or note.dtype not in TYPES or (note.dtype == "String" and note.dims is not None):
            return value  # a word that is no type was reported before
        if note.dtype == "String" and is_string(value):
            return value
        mismatch = faults.annotation_mismatch(at, note.span, what, describe(value))
        rank = len(note.dims or ())
        if not isinstance(value, Num) or value.type.rank != rank:
            return self.refuse(value, what, mismatch)
        if value.type.dtype.value != note.dtype:
            if note.dtype != "Real" or value.type.dtype is not DType.INT:
                return self.fault(mismatch)
            value = self.real(value, at)
        for axis, (dim, known) in enumerate(zip(note.dims or (), value.type.shape, strict=True)):
            if isinstance(dim, ast.Number) and known is not None and known != dim.value:
                return self.fault(mismatch)
            size = self.literal(known) if known is not None else self.apply(TABLE["length"], value, span=at, axis=axis)
            if not isinstance(size, Num):
                continue
            if isinstance(dim, ast.Number):
                self._check(size, self.literal(int(dim.value)), f"{what} has the size {dim.value}", at)
            elif not self._agree(dim.text, size, at, sizes):
                return POISON
        return value

    def _agree(self, name: str, size: Num, at: Span, sizes: Sizes) -> bool:
        """Whether a size is that which its name has elsewhere in the signature."""
        before, place = sizes.setdefault(name, (size, at))
        if before is size:
            return True
        if isinstance(before.known, int) and isinstance(size.known, int):
            if before.known != size.known:
                self.fault(faults.shape_name_differs(at, name, size.known, place, before.known))
            return before.known == size.known
        self._check(size, before, f"`{name}` is one size wherever the signature has it", at)
        return True

    def _check(self, size: Num, wanted: Num, message: str, at: Span) -> None:
        """Compare sizes while running, unless they are the same already."""
        if size.atom == wanted.atom:
            return
        equal = self.compare("==", size, wanted, (at, at))
        if isinstance(equal, Num):
            self.frame.build.emit(Assert(equal.atom, message, at))

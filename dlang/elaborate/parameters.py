"""Arguments of the program's functions: bound to parameters, and fitted to what those are annotated with."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics import typing as faults
from dlang.elaborate.annotations import TYPES
from dlang.elaborate.describing import describe
from dlang.elaborate.operators import NOTHING, POISON, Given
from dlang.elaborate.statements import Statements
from dlang.elaborate.values import Func, Num, RangeValue, Value, is_string
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import DType

__all__ = ["Parameters"]


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
        """Whether the arguments fit their annotations; sizes of one name must agree."""
        sizes: dict[str, tuple[int | None, Span]] = {}
        good = True
        for parameter in func.parameters:
            name = parameter.name.text
            if parameter.annotation is not None and name in bound:
                at = places[name]
                what = f"the argument `{name}` of `{func.name}`"
                fitted = self.annotated(bound[name], parameter.annotation, sizes, at, what)
                good = good and fitted is not POISON
                bound[name] = fitted
        return good

    def annotated(
        self, value: Value, note: ast.Annotation, sizes: dict[str, tuple[int | None, Span]], at: Span, what: str
    ) -> Value:
        """The value as its annotation says: an Int where a Real is due is converted; a misfit is reported."""
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
        for dim, size in zip(note.dims or (), value.type.shape, strict=True):
            if isinstance(dim, ast.Number):
                if size is not None and size != dim.value:
                    return self.fault(mismatch)
                continue
            known, place = sizes.setdefault(dim.text, (size, at))
            if known is not None and size is not None and known != size:
                return self.fault(faults.shape_name_differs(at, dim.text, size, place, known))
        return value

"""Reading and replacing parts of arrays and tuples."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from dlang.diagnostics import models as model_faults
from dlang.diagnostics import running
from dlang.diagnostics import typing as faults
from dlang.elaborate.operators import POISON, Operators
from dlang.elaborate.values import BuiltinValue, Func, Num, RangeValue, Tup, Value, describe, describe_type
from dlang.ir.nodes import Var
from dlang.primitives.core import Mismatch
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import BOOL, INT, DType, Type

__all__ = ["Indexing", "Place"]

Place = tuple[tuple[Any, ...], list[Num]]
"""The `spec` of an index and its operands, as the primitives get, set and add_at take them."""


class Indexing(Operators):
    """Indexes are evaluated once, also where an element is read and replaced."""

    @abstractmethod
    def value(self, node: ast.Expr) -> Value:
        """The value of an expression."""

    def element(self, node: ast.Index) -> Value:
        """`target[items]`."""
        target = self.value(node.target)
        if isinstance(target, Tup):
            return self._tuple_item(node, target)
        array = self.indexable(target, node.target.span)
        if array is None:
            for item in node.items:
                if not isinstance(item, ast.Slice):
                    self.value(item)
            return POISON
        place = self.place(array.type, node)
        return POISON if place is None else self.read(array, place, node.span)

    def _tuple_item(self, node: ast.Index, target: Tup) -> Value:
        item, size = node.items[0], len(target.items)
        if isinstance(item, ast.Slice) or len(node.items) > 1:
            at = node.items[0].span.to(node.items[-1].span)
            return self.fault(faults.wrong_type(at, "the index of a tuple", "one Int", "a slice or several"))
        value = self.value(item)
        if not isinstance(value, Num) or value.type != INT:
            what = "the index of a tuple"
            return self.refuse(value, what, faults.wrong_type(item.span, what, "an Int", describe(value)))
        if not isinstance(value.known, int):
            return self.fault(faults.must_be_known(item.span, "the index of a tuple"))
        if -size <= value.known < size:
            return target.items[value.known]
        return self.fault(running.index_out_of_range(item.span, value.known, size, 0, 1, what="a tuple"))

    def indexable(self, value: Value, span: Span) -> Num | None:
        """The value as an array."""
        if isinstance(value, Num) and value.type.rank:
            return value
        if isinstance(value, RangeValue):
            array = self.range_array(value, span)
            return array if isinstance(array, Num) else None
        mend = "to call it, write `(…)`" if isinstance(value, (Func, BuiltinValue)) else None
        self.refuse(value, "what is indexed", faults.not_indexable(span, describe(value), mend))
        return None

    def read(self, array: Num, place: Place, span: Span) -> Value:
        """The elements at a place."""
        spec, operands = place
        if not spec:
            return array
        return self.apply(TABLE["get"], array, *operands, span=span, shown=((span, array),), spec=spec)

    def replaced(self, array: Num, place: Place, value: Num, span: Span, at: Span) -> Value:
        """The array with the elements at a place replaced; a Real makes an array of Int one of Real."""
        spec, operands = place
        if DType.BOOL in (array.type.dtype, value.type.dtype) and array.type.dtype is not value.type.dtype:
            expected = "a Bool" if array.type.dtype is DType.BOOL else "a number"
            return self.fault(faults.wrong_type(at, "an element of this array", expected, describe(value)))
        if value.type.rank and all(one == "int" for one in spec) and len(spec) == array.type.rank:
            mend = "to replace several elements, write a slice such as `a[0:n] = …`"
            return self.fault(faults.wrong_type(at, "an element of an array", "one number", describe(value), mend))
        array, value = self.common([array, value], span)
        shown = ((span, self._slot(array, place)), (at, value)) if value.type.rank else ((span, array),)
        return self.apply(TABLE["set"], array, value, *operands, span=span, shown=shown, spec=spec)

    def _slot(self, array: Num, place: Place) -> Num:
        """A stand-in of the type that the elements at a place have."""
        spec, operands = place
        types = TABLE["get"].type_rule([array.type, *(o.type for o in operands)], {"spec": spec})
        return array if isinstance(types, Mismatch) else Num(self.frame.build.ref(Var(types[0])))

    def place(self, array: Type, node: ast.Index) -> Place | None:
        """The spec and operands of an index into a value of type `array`; None if a fault was reported."""
        if len(node.items) > array.rank:
            extra = node.items[array.rank].span.to(node.items[-1].span)
            found = describe_type(array)
            self.fault(faults.too_many_indexes(extra, len(node.items), node.target.span, found, array.rank))
            return None
        spec: list[Any] = []
        operands: list[Num] = []
        for axis, (item, size) in enumerate(zip(node.items, array.shape, strict=False)):
            one = (
                self._slice(item, operands)
                if isinstance(item, ast.Slice)
                else self._index(item, (axis, array.rank, size), operands)
            )
            spec.append(one)
        if None in spec:
            return None
        if sum(one in ("array", "mask") for one in spec) > 1:
            self.fault(model_faults.not_yet(node.span, "several arrays in one index"))
            return None
        while spec and spec[-1] == ("slice", None, None, None):
            spec.pop()
        return tuple(spec), operands

    def _index(self, item: ast.Expr, axis: tuple[int, int, int | None], operands: list[Num]) -> Any:
        number, rank, size = axis
        value = self.value(item)
        if isinstance(value, RangeValue):
            value = self.range_array(value, item.span)
        if isinstance(value, Num):
            if value.type == INT:
                known = value.known
                if isinstance(known, int) and size is not None and not -size <= known < size:
                    self.fault(running.index_out_of_range(item.span, known, size, number, rank))
                    return None
                operands.append(value)
                return "int"
            if value.type.rank == 1 and value.type.dtype is DType.INT:
                operands.append(value)
                return "array"
            if value.type.rank == 1 and value.type.dtype is DType.BOOL:
                operands.append(value)
                return "mask"
        mend = None
        if isinstance(value, Num) and value.type.is_real:
            mend = "an index counts elements; compute it with Ints (`//`, not `/`)"
        elif isinstance(value, Num) and value.type == BOOL:
            mend = "a mask is an array of Bool"
        self.refuse(value, "an index", faults.wrong_type(item.span, "an index", "an Int", describe(value), mend))
        return None

    def _slice(self, item: ast.Slice, operands: list[Num]) -> Any:
        parts: list[int | str | None] = []
        for part in (item.start, item.stop, item.step):
            if part is None:
                parts.append(None)
                continue
            value = self.value(part)
            if not (isinstance(value, Num) and value.type == INT):
                what = "an end or the step of a slice"
                self.refuse(value, what, faults.wrong_type(part.span, what, "an Int", describe(value)))
                return None
            if isinstance(value.known, int):
                parts.append(value.known)
            else:
                parts.append("?")
                operands.append(value)
        if parts[2] == 0 and item.step is not None:
            self.fault(faults.wrong_type(item.step.span, "the step of a slice", "an Int other than 0", "0"))
            return None
        return ("slice", *parts)

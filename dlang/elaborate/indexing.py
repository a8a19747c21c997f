"""Reading and replacing parts of arrays and tuples."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from dlang.diagnostics import running
from dlang.diagnostics import typing as faults
from dlang.elaborate.describing import describe, describe_type
from dlang.elaborate.operators import POISON, Operators
from dlang.elaborate.values import Num, RangeValue, Rec, Str, Tup, Value, is_function, is_string, placeholder
from dlang.primitives.core import Mismatch
from dlang.primitives.places import array_axis
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import BOOL, INT, DType, Type

__all__ = ["Indexing", "Place"]


@record
class Place:
    """The `spec` of an index and its operands, as the primitives get, set and add_at take them.

    A mask of several axes is laid flat, and so are the first `folded` axes of the array, which it covers. An array of
    Int of several axes is laid flat, too; `picked` are its sizes.
    """

    spec: tuple[Any, ...]
    operands: tuple[Num, ...]
    folded: int = 1
    picked: tuple[Num, ...] | None = None

    @property
    def is_elements(self) -> bool:
        """Only Ints: what follows may join them."""
        return all(one == "int" for one in self.spec)

    def then(self, other: Place) -> Place:
        """An index into what this one reads."""
        return Place((*self.spec, *other.spec), (*self.operands, *other.operands), other.folded, other.picked)


class Indexing(Operators):
    """Indexes are evaluated once, also where an element is read and replaced."""

    @abstractmethod
    def value(self, node: ast.Expr) -> Value:
        """The value of an expression."""

    def element(self, node: ast.Index) -> Value:
        """`target[items]`."""
        target = self.value(node.target)
        if isinstance(target, Tup) and len(node.items) == 1 and isinstance(node.items[0], ast.Slice):
            return self._tuple_slice(node.items[0], target)
        if isinstance(target, (Tup, Rec)):
            step = self.step(node, target)
            return POISON if step is None else target.items[step]
        array = self.indexable(target, node.target.span)
        if array is None:
            for item in node.items:
                if not isinstance(item, ast.Slice):
                    self.value(item)
            return POISON
        place = self.place(array.type, node)
        return POISON if place is None else self.read(array, place, node.span)

    def _tuple_slice(self, item: ast.Slice, target: Tup) -> Value:
        """Some of a tuple's items: which, must be known before the program runs."""
        operands: list[Num] = []
        found = self._slice(item, operands)
        if found is None:
            return POISON
        if operands:
            mend = "to run over a tuple, write `for x in t`; where an index is computed, use an array"
            return self.fault(faults.must_be_known(item.span, "the slice of a tuple", mend))
        return Tup(target.items[slice(*found[1:])])

    def step(self, node: ast.Index, target: Tup | Rec) -> int | None:
        """The position of the item that an index of a tuple, or a String in brackets behind a record, names."""
        item, size = node.items[0], len(target.items)
        what = "the index of a tuple" if isinstance(target, Tup) else "the index of a record"
        expected = "an Int" if isinstance(target, Tup) else 'a String, as in `r["name"]`'
        if isinstance(item, ast.Slice) or len(node.items) > 1:
            at = node.items[0].span.to(node.items[-1].span)
            self.fault(faults.wrong_type(at, what, expected, "a slice or several"))
            return None
        value = self.value(item)
        if isinstance(target, Rec) and isinstance(value, Str):
            if value.text in target.names:
                return target.names.index(value.text)
            self.fault(faults.unknown_field(item.span, value.text, node.target.span.text, target.names))
        elif isinstance(target, Rec) and is_string(value):
            self.fault(faults.must_be_known(item.span, what, "a String"))
        elif isinstance(target, Rec) or not isinstance(value, Num) or value.type != INT:
            self.refuse(value, what, faults.wrong_type(item.span, what, expected, describe(value)))
        elif not isinstance(value.known, int):
            mend = "to run over a tuple, write `for x in t`; where an index is computed, use an array"
            self.fault(faults.must_be_known(item.span, what, mend))
        elif -size <= value.known < size:
            return value.known % size
        else:
            self.fault(running.index_out_of_range(item.span, value.known, size, 0, 1, what="a tuple"))
        return None

    def indexable(self, value: Value, span: Span) -> Num | None:
        """The value as an array."""
        if isinstance(value, Num) and value.type.rank:
            return value
        if isinstance(value, RangeValue):
            array = self.range_array(value, span)
            return array if isinstance(array, Num) else None
        mend = "to call it, write `(…)`" if is_function(value) else None
        self.refuse(value, "what is indexed", faults.not_indexable(span, describe(value), mend))
        return None

    def read(self, array: Num, place: Place, span: Span) -> Value:
        """The elements at a place."""
        if not place.spec:
            return array
        flat = self._folded(array, place, span)
        read = self.apply(TABLE["get"], flat, *place.operands, span=span, shown=((span, array),), spec=place.spec)
        if place.picked is None or not isinstance(read, Num):
            return read
        at = array_axis(place.spec)
        sizes = self._sizes(read, span)
        return self.reshaped(read, [*sizes[:at], *place.picked, *sizes[at + 1 :]], span)

    def replaced(self, array: Num, place: Place, value: Num, span: Span, at: Span) -> Value:
        """The array with the elements at a place replaced; a Real makes an array of Int one of Real."""
        spec, operands = place.spec, place.operands
        if DType.BOOL in (array.type.dtype, value.type.dtype) and array.type.dtype is not value.type.dtype:
            expected = "a Bool" if array.type.dtype is DType.BOOL else "a number"
            return self.fault(faults.wrong_type(at, "an element of this array", expected, describe(value)))
        if value.type.rank and place.is_elements and len(spec) == array.type.rank:
            mend = "to replace several elements, write a slice such as `a[0:n] = …`"
            return self.fault(faults.wrong_type(at, "an element of an array", "one number", describe(value), mend))
        array, value = self.common([array, value], span)
        flat = self._folded(array, place, span)
        if place.picked is not None and value.type.rank:
            slot = self._slot(flat, place)
            axis, sizes = array_axis(spec), self._sizes(slot, span)
            whole = [*sizes[:axis], *place.picked, *sizes[axis + 1 :]]
            spread = self.broadcast(value, whole, span, at)
            if not isinstance(spread, Num):
                return POISON
            count = self.literal(-1)
            value = (
                spread
                if len(place.picked) == 1
                else self._as_number(self.reshaped(spread, [*sizes[:axis], count, *sizes[axis + 1 :]], span))
            )
        shown = ((span, self._slot(flat, place)), (at, value)) if value.type.rank else ((span, array),)
        changed = self.apply(TABLE["set"], flat, value, *operands, span=span, shown=shown, spec=spec)
        if place.folded == 1 or not isinstance(changed, Num):
            return changed
        return self.reshaped(changed, self._sizes(array, span), span)

    def _folded(self, array: Num, place: Place, span: Span) -> Num:
        """The array with the axes that a mask covers laid flat."""
        if place.folded == 1:
            return array
        sizes = self._sizes(array, span)
        return self._as_number(self.reshaped(array, [self.literal(-1), *sizes[place.folded :]], span))

    def _sizes(self, array: Num, span: Span) -> list[Num]:
        """The sizes of an array's axes."""
        return [
            self.literal(n)
            if n is not None
            else self._as_number(self.apply(TABLE["length"], array, span=span, axis=axis))
            for axis, n in enumerate(array.type.shape)
        ]

    def reshaped(self, array: Num, sizes: Sequence[Num], span: Span) -> Value:
        """The elements in another shape; one size may be -1."""
        known = [int(n.known) if n.known is not None else None for n in sizes]
        if array.type.is_static and None not in known:
            rest = math.prod(n for n in known if n is not None and n >= 0)
            count = math.prod(n or 0 for n in array.type.shape)
            shape = tuple(n if n is not None and n >= 0 else count // max(rest, 1) for n in known)
            return self.apply(TABLE["reshape"], array, span=span, shape=shape)
        return self.apply(TABLE["reshape_dynamic"], array, *sizes, span=span)

    def broadcast(self, value: Num, sizes: Sequence[Num], span: Span, at: Span) -> Value:
        """A value repeated to a shape."""
        known = tuple(int(n.known) if n.known is not None else None for n in sizes)
        if None not in known:
            return self.apply(TABLE["broadcast_to"], value, span=span, shown=((at, value),), shape=known)
        like = self.apply(TABLE["fill"], 0.0, *sizes, span=span)
        return self.apply(TABLE["broadcast_like"], value, like, span=span, shown=((at, value),))

    @staticmethod
    def _as_number(value: Value) -> Num:
        assert isinstance(value, Num)
        return value

    def _slot(self, array: Num, place: Place) -> Num:
        """A stand-in of the type that the elements at a place have."""
        types = TABLE["get"].type_rule([array.type, *(o.type for o in place.operands)], {"spec": place.spec})
        return array if isinstance(types, Mismatch) else placeholder(types[0])

    def place(self, array: Type, node: ast.Index) -> Place | None:
        """The spec and operands of an index into a value of type `array`; None if a fault was reported."""
        values = [None if isinstance(item, ast.Slice) else self._index_value(item) for item in node.items]
        covered = [v.type.rank if v is not None and v.type.dtype is DType.BOOL else 1 for v in values]
        if sum(covered) > array.rank:
            last = next(k for k in range(len(covered)) if sum(covered[: k + 1]) > array.rank)
            extra = node.items[last].span.to(node.items[-1].span)
            found = describe_type(array)
            self.fault(faults.too_many_indexes(extra, sum(covered), node.target.span, found, array.rank))
            return None
        folded = max(covered, default=1)
        wide = [v for v in values if v is not None and v.type.rank > 1]
        if wide and (len(wide) > 1 or (folded > 1 and covered[0] == 1) or self._is_beside(wide[0], values)):
            at = node.items[0].span.to(node.items[-1].span)
            mend = "read or assign in two steps, or lay the arrays flat"
            what, alone = "an array of several axes in an index", "the only array in it, a mask the first index"
            self.fault(faults.wrong_type(at, what, alone, "beside others", mend))
            return None
        spec: list[Any] = []
        operands: list[Num] = []
        picked: tuple[Num, ...] | None = None
        axis = 0
        for item, value, width in zip(node.items, values, covered, strict=True):
            size = array.shape[axis]
            if isinstance(item, ast.Slice):
                spec.append(self._slice(item, operands))
            elif value is None:
                spec.append(None)
            else:
                if value.type.rank > 1:
                    if width > 1 and not self._mask_fits(value, array, item.span):
                        return None
                    picked = None if width > 1 else tuple(self._sizes(value, item.span))
                    value = self._as_number(self.reshaped(value, [self.literal(-1)], item.span))
                spec.append(self._index(item, value, (axis, array.rank, size), operands))
            axis += width
        if None in spec:
            return None
        while spec and spec[-1] == ("slice", None, None, None):
            spec.pop()
        return Place(tuple(spec), tuple(operands), folded, picked)

    @staticmethod
    def _is_beside(wide: Num, values: Sequence[Num | None]) -> bool:
        """Whether other arrays stand beside one of several axes."""
        return any(v is not None and v is not wide and v.type.rank for v in values)

    def _mask_fits(self, mask: Num, array: Type, at: Span) -> bool:
        covered = array.shape[: mask.type.rank]
        if any(m != n for m, n in zip(mask.type.shape, covered, strict=True) if None not in (m, n)):
            found = describe_type(array)
            title = f"a mask of shape {_dims(mask.type.shape)} for {found}"
            self.fault(faults.shapes_do_not_fit(at, title, [(at, describe(mask))]))
            return False
        return True

    def _index_value(self, item: ast.Expr) -> Num | None:
        """What stands in an index, as a number or array; None if a fault was reported."""
        value = self.value(item)
        if isinstance(value, RangeValue):
            value = self.range_array(value, item.span)
        if isinstance(value, Num) and value.type.rank and value.type.is_real and value.type.shape[0] == 0:
            value = self.apply(TABLE["to_int"], value, span=item.span)  # `[]` picks nothing
        if isinstance(value, Num) and (value.type == INT or (value.type.rank and not value.type.is_real)):
            return value
        mend = None
        if isinstance(value, Num) and value.type.is_real:
            mend = "an index counts elements; `int(x)` makes Ints of whole numbers, as a column of a table holds"
        elif isinstance(value, Num) and value.type == BOOL:
            mend = "a mask is an array of Bool"
        self.refuse(value, "an index", faults.wrong_type(item.span, "an index", "an Int", describe(value), mend))
        return None

    def _index(self, item: ast.Expr, value: Num, axis: tuple[int, int, int | None], operands: list[Num]) -> Any:
        number, rank, size = axis
        operands.append(value)
        if value.type.rank:
            return "mask" if value.type.dtype is DType.BOOL else "array"
        known = value.known
        if isinstance(known, int) and size is not None and not -size <= known < size:
            self.fault(running.index_out_of_range(item.span, known, size, number, rank))
            return None
        return "int"

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


def _dims(shape: Sequence[int | None]) -> str:
    return f"[{', '.join('?' if n is None else str(n) for n in shape)}]"

"""Running over values: comprehensions, `map`, `fold`, `scan`, and what they can run over.

    [f(x) for x in xs]      %out = zeros(n); for i in 0..n { %out[i] = f(xs[i]) }

A tuple's items may be of different kinds, so that a loop over one is written out, an item after the other.
"""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Given
from dlang.elaborate.describing import describe
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.repeating import CARRY, LoopText, Repeating
from dlang.elaborate.tree import pattern_names
from dlang.elaborate.unions import union
from dlang.elaborate.values import Absent, Num, RangeValue, Rec, Tup, Value, Zipped, key, leaves, placeholder, rebuild
from dlang.ir.nodes import Assert, Atom, Block, For, If, Var
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import BOOL, INT, DType, Type

__all__ = ["Gathering", "Items"]


@record
class Items:
    """What a loop runs over: how many items, and the item at a place, counted from 0.

    `fixed` are the items themselves where they may be of different kinds; there is no `at` then.
    """

    count: Num
    at: Callable[[Num], Value]
    fixed: tuple[Value, ...] | None = None


Make: TypeAlias = Callable[[Value], tuple[Num | None, Value]]
"""From an item to the condition on it, if there is one, and what is made of it."""


class Gathering(Repeating):
    """Elaborates loops that have no statements."""

    @abstractmethod
    def unpack(self, pattern: ast.Expr, value: Value, at: Span) -> None:
        """Bind the names of a pattern."""

    # ---- what can be run over

    def items(self, value: Value, span: Span, what: str) -> Items | None:
        """The items of an array, range, tuple, `zip` or `enumerate`; anything else is reported."""
        match value:
            case Num() if value.type.rank:
                return Items(
                    self.length(value, span),
                    lambda i: self.apply(TABLE["get"], value, i, span=span, spec=("int",)),
                )
            case RangeValue():
                return Items(self.range_length(value, span), lambda i: self._of_range(value, i, span))
            case Tup():
                return Items(self.literal(len(value.items)), lambda i: POISON, value.items)
            case Zipped():
                return self._zipped(value, span)
            case _:
                mend = "write `0..n` for a range" if isinstance(value, Num) else None
                expected, found = "an array, a range or a tuple", describe(value)
                self.refuse(value, what, faults.wrong_type(span, what, expected, found, mend))
                return None

    def length(self, array: Num, span: Span) -> Num:
        """The size of the first axis."""
        size = array.type.shape[0]
        found = self.literal(size) if size is not None else self.apply(TABLE["length"], array, span=span, axis=0)
        assert isinstance(found, Num)
        return found

    def range_length(self, range_: RangeValue, span: Span) -> Num:
        """How many Ints a range holds."""
        start, stop, step = (Num(r) for r in (range_.start, range_.stop, range_.step))
        if all(isinstance(n.known, int) for n in (start, stop, step)) and step.known:
            return self.literal(len(range(*(int(n.known or 0) for n in (start, stop, step)))))
        array = self.range_array(range_, span)
        if start.known == 0 and step.known == 1:
            count = self.apply(TABLE["maximum"], stop, self.literal(0), span=span)
        else:
            count = self.apply(TABLE["length"], array, span=span, axis=0) if isinstance(array, Num) else POISON
        return count if isinstance(count, Num) else self.literal(0)

    def _of_range(self, range_: RangeValue, place: Num, span: Span) -> Value:
        start, step = Num(range_.start), Num(range_.step)
        offset = place if step.known == 1 else self.apply(TABLE["mul"], place, step, span=span)
        return offset if start.known == 0 else self.apply(TABLE["add"], start, offset, span=span)

    def _zipped(self, value: Zipped, span: Span) -> Items | None:
        found = [self.items(part, span, "what `zip` runs over") for part in value.items]
        parts = [part for part in found if part is not None]
        if len(parts) < len(found):
            return None
        if any(part.fixed is not None for part in parts):
            count = int(parts[0].count.known or 0)
            columns = [part.fixed or [part.at(self.literal(k)) for k in range(count)] for part in parts]
            rows = [Tup(row) for row in zip(*columns, strict=True)]
            fixed = rows if not value.counted else [Tup((self.literal(k), *row.items)) for k, row in enumerate(rows)]
            return Items(parts[0].count, lambda i: POISON, tuple(fixed))

        def at(place: Num) -> Value:
            row = tuple(part.at(place) for part in parts)
            if POISON in row:
                return POISON
            return Tup((place, *row)) if value.counted else Tup(row)

        return Items(parts[0].count, at)

    def together(self, values: Sequence[Value], places: Sequence[Span], span: Span, what: str) -> Value:
        """Values that are run over together, checked to be of one length, now or while running."""
        counts: list[Num] = []
        for value, at in zip(values, places, strict=True):
            items = self.items(value, at, f"an argument of `{what}`")
            if items is None:
                return POISON
            if not isinstance(items.count.known, int) and any(isinstance(v, Tup) for v in values):
                return self.fault(faults.must_be_known(at, f"the length of what `{what}` takes beside a tuple"))
            counts.append(items.count)
        known = [(at, int(n.known)) for at, n in zip(places, counts, strict=True) if n.known is not None]
        if len({n for _, n in known}) > 1:
            return self.fault(faults.unequal_lengths(span, f"`{what}`", known))
        for count in counts[1:]:
            if counts[0].known is None or count.known is None:
                equal = self.compare("==", counts[0], count, (span, span))
                if isinstance(equal, Num):
                    self.frame.build.emit(Assert(equal.atom, f"`{what}` takes values of one length", span))
        return Zipped(tuple(values))

    def count_of(self, value: Value, span: Span) -> Value:
        items = self.items(value, span, "what is run over")
        return POISON if items is None else items.count

    # ---- comprehensions

    def comprehension(self, node: ast.Comprehension) -> Value:
        items = self.items(self.value(node.iterable), node.iterable.span, "what a comprehension runs over")
        names = [name.text for name in pattern_names(node.pattern)]
        outer = {name: self.frame.env.pop(name) for name in names if name in self.frame.env}

        def make(item: Value) -> tuple[Num | None, Value]:
            self.unpack(node.pattern, item, node.iterable.span)
            if node.condition is None:
                return None, self._element(node.element)
            holds = self.condition(node.condition, "if") or placeholder(BOOL)
            if holds.known is True:
                return None, self._element(node.element)
            if holds.known is False:
                return holds, self.way(lambda: self._element(node.element)).value  # of which only the type counts
            then = self.way(lambda: self._element(node.element))
            return holds, self.join(holds, then, self.way(lambda: POISON), node.condition.span)

        if items is None:
            for name in pattern_names(node.pattern):
                self.bind(name.text, POISON)
            self.way(lambda: make(POISON)[1])
            value: Value = POISON
        elif items.fixed is not None:
            value = self._row_of(items.fixed, make, node.span)
        else:
            parts = [node.element] if node.condition is None else [node.condition, node.element]
            value = self._gathered(items, make, LoopText.of(node, *parts))
        for own in names:
            self.frame.env.pop(own, None)
        self.frame.env.update(outer)
        return value

    def bind(self, name: str, value: Value) -> None:
        """Bind a name in this frame; the IR calls its values so where they have no name yet."""
        self.frame.env[name] = value

    def _element(self, node: ast.Expr) -> Value:
        """An element of an array."""
        value = self.value(node)
        if isinstance(value, (Tup, Rec)):
            mend = "make an array of each part; `map` gives a tuple or record of arrays"
            what, found = "an element of an array", describe(value)
            return self.fault(faults.wrong_type(node.span, what, "a number or an array", found, mend))
        number = self.number(value, node.span, "an element of an array", bools=True)
        return POISON if number is None else number

    def _row_of(self, items: Sequence[Value], make: Make, span: Span) -> Value:
        """An array of what is made of each item of a tuple."""
        pairs = [make(item) for item in items]
        pairs = [pair for pair in pairs if pair[0] is None or pair[0].known is not False]
        if any(value is POISON for _, value in pairs):
            return POISON
        is_cut = any(cond is not None for cond, _ in pairs)
        if is_cut and not all(leaf.type.is_static for _, value in pairs for leaf in leaves(value)):
            what = "the shape of the elements of a comprehension over a tuple, with a condition,"
            return self.fault(faults.must_be_known(span, what))
        whole = self.stacked([value for _, value in pairs], span)
        if not isinstance(whole, Num) or not is_cut:
            return whole
        holds = [self.literal(True) if cond is None else cond for cond, _ in pairs]
        mask = self.apply(TABLE["stack"], *holds, span=span, axis=0)
        return self.apply(TABLE["get"], whole, mask, span=span, spec=("mask",))

    def _are_numbers(self, value: Value, span: Span) -> bool:
        """Whether a value is made of numbers and arrays only, so that arrays can hold many of it; else reported."""
        if isinstance(value, (Tup, Rec)):
            return all(self._are_numbers(part, span) for part in value.parts)
        return self.number(value, span, "an element of an array", bools=True) is not None

    def stacked(self, values: Sequence[Value], span: Span) -> Value:
        """One array of values alike; of tuples and records, one of arrays."""
        if not values:
            return self.apply(TABLE["zeros"], span=span, shape=(0,))
        if not all(self._are_numbers(value, span) for value in values):
            return POISON
        template: Value | None = values[0]
        for value in values[1:]:
            template = union(template, value) if template is not None else None
        if template is None:
            other = next(v for v in values if union(values[0], v) is None or describe(v) != describe(values[0]))
            title = f"the elements of one array cannot be {describe(values[0])} and {describe(other)}"
            return self.fault(faults.shapes_do_not_fit(span, title))
        rows = [list(self.fitted(value, template, span)) for value in values]
        for row in rows[1:]:
            for first, number in zip(rows[0], row, strict=True):
                if not self._is_as_large(first, number, span):
                    return POISON
        columns = [self.apply(TABLE["stack"], *column, span=span, axis=0) for column in zip(*rows, strict=True)]
        if POISON in columns:
            return POISON
        return rebuild(template, iter([column.ref for column in columns if isinstance(column, Num)]))

    def _is_as_large(self, first: Num, number: Num, span: Span) -> bool:
        """Whether two elements of an array can be of one shape; what only running knows is checked there."""
        sizes = list(enumerate(zip(first.type.shape, number.type.shape, strict=True)))
        if any(m != n for _, (m, n) in sizes if None not in (m, n)):
            title = f"the elements of one array cannot be {describe(first)} and {describe(number)}"
            self.fault(faults.shapes_do_not_fit(span, title))
            return False
        for axis in (k for k, pair in sizes if None in pair):
            lengths = [self.apply(TABLE["length"], n, span=span, axis=axis) for n in (first, number)]
            equal = self._certain(self.compare("==", lengths[0], lengths[1], (span, span)))
            self.frame.build.emit(Assert(equal.atom, "the elements of an array are of one shape", span))
        return True

    # ---- arrays that a loop fills

    def _gathered(self, items: Items, make: Make, text: LoopText) -> Value:
        """Arrays of what is made at each item, one for each number in it; where there is a condition, if it holds."""
        span = text.span
        index = Var(INT, "i")
        place = Num(self.frame.build.ref(index))
        made: list[tuple[Num | None, Value]] = [(None, POISON)]

        def run() -> Value:
            made[0] = make(items.at(place))
            return POISON

        carried, params, way = self.fixpoint(text, run)
        holds, value = made[0]
        if value is NOTHING:
            value = self.missing(span, "an element of an array")
        if isinstance(value, Absent) or not self._are_numbers(value, span):
            return POISON
        starts = self._empty_arrays(items, value, span)
        if holds is not None:
            starts.append(self.literal(0))
        inits, outs = self.loop_ends(carried, span)
        results = self.loop_results(carried, way, span)
        inner = [Var(start.type) for start in starts]
        with self.frame.build.resumed(way.body):
            results += self._filled(leaves(value), inner, items, place, holds, span)
        behind = [Var(start.type) for start in starts]
        ends = self.literal(0).atom, items.count.atom, self.literal(1).atom
        body = Block((index, *params, *inner), tuple(way.body), tuple(results))
        started = (*inits, *(start.atom for start in starts))
        self.frame.build.emit(For((*outs, *behind), *ends, started, body, False, span))
        arrays = [Num(self.frame.build.ref(out)) for out in behind]
        if holds is not None:
            count = arrays.pop()
            cut = ("slice", None, "?", None)
            arrays = [self._certain(self.apply(TABLE["get"], a, count, span=span, spec=(cut,))) for a in arrays]
        return rebuild(value, iter([array.ref for array in arrays]))

    @staticmethod
    def _certain(value: Value) -> Num:
        assert isinstance(value, Num)
        return value

    def _filled(
        self, made: Iterator[Num], arrays: Sequence[Var], items: Items, place: Num, holds: Num | None, span: Span
    ) -> list[Atom]:
        """The arrays with one more element each; with a condition, only if it holds, and how many there are now."""
        ref = self.frame.build.ref
        if holds is None:
            grown: list[Atom] = []
            for var, one in zip(arrays, made, strict=True):
                whole = Num(ref(var))
                if not one.type.is_static:
                    whole = self._opened(whole, one, items, place, span)
                    self._check_sizes(whole, one, span)
                grown.append(self._certain(self.apply(TABLE["set"], whole, one, place, span=span, spec=("int",))).atom)
            return grown
        if holds.known is False:
            return list(arrays)
        *arrays, count = arrays
        with self.frame.build.nested() as body:
            at = Num(ref(count))
            changed = self._filled(made, arrays, items, at, None, span)
            changed.append(self._certain(self.apply(TABLE["add"], at, 1, span=span)).atom)
        kept = (*arrays, count)
        outs = tuple(Var(var.type) for var in kept)
        self.frame.build.emit(If(outs, holds.atom, Block((), tuple(body), tuple(changed)), Block((), (), kept), span))
        return list(outs)

    def _opened(self, array: Num, element: Num, items: Items, place: Num, span: Span) -> Num:
        """The array that a loop fills; before its first element it is made of the size that this one has."""

        def make() -> Value:
            sizes = [self.apply(TABLE["length"], element, span=span, axis=k) for k in range(element.type.rank)]
            return self._blank(element.type, [items.count, *map(self._certain, sizes)], span)

        is_first = self._certain(self.compare("==", place, self.literal(0), (span, span)))
        return self._certain(self.join(is_first, self.way(make), self.way(lambda: array), span))

    def _check_sizes(self, array: Num, element: Num, span: Span) -> None:
        """Check while running that an element is as large as the first one."""
        for axis in (k for k, n in enumerate(element.type.shape) if n is None):
            first = self.apply(TABLE["length"], array, span=span, axis=axis + 1)
            own = self.apply(TABLE["length"], element, span=span, axis=axis)
            equal = self._certain(self.compare("==", first, own, (span, span)))
            self.frame.build.emit(Assert(equal.atom, "the elements of an array are of one shape", span))

    def _empty_arrays(self, items: Items, value: Value, span: Span) -> list[Num]:
        """An array for each number in a value, as many times as there are items, before the loop fills them.

        A size that only running knows is 0 until then.
        """
        return [
            self._blank(leaf.type, [items.count, *(self.literal(0 if n is None else n) for n in leaf.type.shape)], span)
            for leaf in leaves(value)
        ]

    def _blank(self, element: Type, shape: Sequence[Num], span: Span) -> Num:
        """An array of zeros; its type leaves open what the type of its elements does."""
        scalar: float | int | bool = {DType.REAL: 0.0, DType.INT: 0, DType.BOOL: False}[element.dtype]
        if element.is_static and all(n.known is not None for n in shape):
            known = tuple(int(n.known or 0) for n in shape)
            return self._certain(self.apply(TABLE["full"], scalar, span=span, shape=known))
        return self._certain(self.apply(TABLE["fill"], scalar, *shape, span=span))

    # ---- map, fold, scan

    def mapped(self, f: Given, xs: Sequence[Given], span: Span) -> Value:
        """`map(f, xs)`: an array of f of each item, or a tuple where `xs` is one; several go together."""
        over = xs[0][1] if len(xs) == 1 else self.together([x[1] for x in xs], [x[2] for x in xs], span, "map")
        items = self.items(over, xs[0][2], "what `map` runs over")
        if items is None:
            return POISON

        def make(item: Value) -> tuple[Num | None, Value]:
            row = item.parts if isinstance(over, Zipped) and len(xs) > 1 else (item,)
            return None, self.called(f, row, span)

        if items.fixed is not None:
            results = tuple(make(item)[1] for item in items.fixed)
            return POISON if any(isinstance(r, Absent) for r in results) else Tup(results)
        given = "map", key(f[1]), *(key(x[1]) for x in xs)
        return self._gathered(items, make, LoopText(span, span, (), given=given))

    def folded(self, f: Given, init: Value, xs: Given, span: Span) -> Value:
        """`fold(f, init, xs)`: init and the items in order taken together by f; its last value."""
        items = self.items(xs[1], xs[2], "what `fold` runs over")
        if items is None:
            return POISON
        if items.fixed is not None:
            for item in items.fixed:
                init = self.called(f, (init, item), span)
            return init
        name = self._begin_carry(init)

        def run(place: Num) -> Value:
            self.frame.env[name] = self.called(f, (self.frame.env[name], items.at(place)), span)
            return POISON

        nought, one = self.literal(0), self.literal(1)
        text = LoopText(span, span, (name,), given=("fold", key(f[1]), key(xs[1])))
        self.count_through(text, RangeValue(nought.ref, items.count.ref, one.ref), run)
        return self.frame.env.pop(name)

    def scanned(self, f: Given, init: Value, xs: Given, span: Span) -> Value:
        """`scan(f, init, xs)`: as `fold`, with the value after each item; arrays of them."""
        items = self.items(xs[1], xs[2], "what `scan` runs over")
        if items is None:
            return POISON
        if items.fixed is not None:
            values: list[Value] = []
            for item in items.fixed:
                init = self.called(f, (init, item), span)
                values.append(init)
            return POISON if any(isinstance(v, Absent) for v in values) else self.stacked(values, span)
        name = self._begin_carry(init)

        def make(item: Value) -> tuple[Num | None, Value]:
            self.frame.env[name] = value = self.called(f, (self.frame.env[name], item), span)
            return None, value

        text = LoopText(span, span, (name,), given=("scan", key(f[1]), key(xs[1])))
        gathered = self._gathered(items, make, text)
        self.frame.env.pop(name, None)
        return gathered

    def _begin_carry(self, init: Value) -> str:
        """A name of its own for what a fold carries, as one may run inside another."""
        name = next(name for k in itertools.count() if (name := f"{CARRY}.{k}") not in self.frame.env)
        self.frame.env[name] = init
        return name

    def called(self, f: Given, values: Sequence[Value], span: Span) -> Value:
        """A function's value at arguments that are already there."""
        return self.call_value(f[1], [(None, value, span) for value in values], span, f[2])

"""Binding the arguments of a built-in function, and asking them for what it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from dlang.diagnostics import Diagnostic, InternalError
from dlang.diagnostics import typing as faults
from dlang.elaborate.describing import describe
from dlang.elaborate.operators import NOTHING, POISON, Given, Operators
from dlang.elaborate.values import Num, RangeValue, Str, Tup, Value, is_string
from dlang.primitives.core import Primitive
from dlang.primitives.places import ALL
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.source import Span
from dlang.types import INT, Shape

__all__ = ["Arguments", "Builtin", "Formal", "Given", "near"]


@record
class Formal:
    """A parameter of a built-in; `default` is how it reads in the signature, None if it must be given."""

    name: str
    default: str | None = None


@record
class Builtin:
    """A function of the language.

    Attributes:
        formals: the parameters; of a variadic function, those after the first ones, given by name only.
        lower: makes the value from the bound arguments.
        variadic: how the leading arguments read in the signature (`sizes…`, `x, sizes…`), or None.
    """

    name: str
    formals: tuple[Formal, ...]
    lower: Callable[[Arguments], Value]
    doc: str
    variadic: str | None = None

    @property
    def signature(self) -> str:
        """As the reference prints it: `sum(x, axis=none, keepdims=false)`."""
        parts = [f.name if f.default is None else f"{f.name}={f.default}" for f in self.formals]
        if self.variadic:
            parts.insert(0, self.variadic)
        return f"{self.name}({', '.join(parts)})"

    def call(self, el: Operators, given: Sequence[Given], span: Span) -> Value:
        """Elaborate a call; a fault is reported and gives poison."""
        try:
            return self.lower(_bind(self, el, given, span))
        except _Stopped:
            return POISON


class _Stopped(Exception):  # noqa: N818  # not an error: a way out, after the fault has been reported
    pass


def _bind(builtin: Builtin, el: Operators, given: Sequence[Given], span: Span) -> Arguments:
    bound: dict[str, tuple[Value, Span]] = {}
    many: list[tuple[Value, Span]] = []
    names = [f.name for f in builtin.formals]
    positional = 0

    def stop(
        fault: str, at: Span = span, label: str = "in this call", help: str | None = None, first: Span | None = None
    ) -> None:
        el.fault(faults.builtin_arguments(at, builtin.signature, fault, help, label, first))
        raise _Stopped

    for name, value, at in given:
        if name is None and builtin.variadic:
            many.append((value, at))
        elif name is None:
            if positional == len(names):
                positions = sum(each[0] is None for each in given)
                label = "one too many" if positions == len(names) + 1 else f"{positions - len(names)} too many"
                stop(f"`{builtin.name}` takes {_count(len(names))}, and {len(given)} were given", at, label)
            bound[names[positional]] = (value, at)
            positional += 1
        elif name not in names:
            stop(f"`{builtin.name}` has no argument `{name}`", at, "no such argument", near(name, names))
        elif name in bound:
            fault = f"the argument `{name}` of `{builtin.name}` is given twice"
            stop(fault, at, "the second", "remove one of them", bound[name][1])
        else:
            bound[name] = (value, at)
    missing = [f.name for f in builtin.formals if f.default is None and f.name not in bound]
    if missing:
        listed = " and ".join(f"`{name}`" for name in missing)
        stop(f"`{builtin.name}` lacks its argument{'s' if len(missing) > 1 else ''} {listed}", label=f"lacks {listed}")
    if any(value is POISON for value, _ in (*bound.values(), *many)):
        raise _Stopped
    for value, at in (*bound.values(), *many):
        if value is NOTHING:
            el.missing(at, f"an argument of `{builtin.name}`")
            raise _Stopped
    return Arguments(builtin, el, span, bound, tuple(many))


def _count(n: int) -> str:
    return "1 argument" if n == 1 else f"{n} arguments"


def near(name: str, names: Sequence[str]) -> str | None:
    """The help for an argument that was probably misspelt."""
    from difflib import get_close_matches

    found = get_close_matches(name, names, n=1)
    return f"did you mean `{found[0]}`?" if found else None


@record
class Arguments:
    """The bound arguments of one call. What does not fit is reported and ends the call."""

    builtin: Builtin
    el: Operators
    span: Span
    bound: dict[str, tuple[Value, Span]]
    many: tuple[tuple[Value, Span], ...]

    def __contains__(self, name: str) -> bool:
        return name in self.bound

    def stop(self, diagnostic: Diagnostic) -> NoReturn:
        """Report and end the call."""
        self.el.fault(diagnostic)
        raise _Stopped

    def fits(self, value: Value) -> Num:
        """A number that was just made, or the end of the call if making it was a fault."""
        if isinstance(value, Num):
            return value
        if value is POISON:
            raise _Stopped
        raise InternalError(f"{self.builtin.name} made {value!r}")

    def apply(self, prim: Primitive, *operands: Num | float | int | bool, **static: Any) -> Num:
        """An application at the place of the call; where shapes do not fit, the arrays given are shown."""
        given = [(at, value) for value, at in (*self.bound.values(), *self.many)]
        shown = [(at, value) for at, value in given if isinstance(value, Num) and (value.type.rank or len(given) == 1)]
        return self.fits(self.el.apply(prim, *operands, span=self.span, shown=shown, **static))

    def several(self, prim: Primitive, *operands: Num) -> tuple[Num, ...]:
        """An application of a primitive with several results."""
        given = [(at, value) for value, at in self.bound.values()]
        found = self.el.apply(prim, *operands, span=self.span, shown=given)
        return tuple(map(self.fits, found.items)) if isinstance(found, Tup) else (self.fits(found),)

    def length(self, x: Num, axis: int) -> Num:
        """The size of an axis."""
        size = x.type.shape[axis]
        return self.el.literal(size) if size is not None else self.apply(TABLE["length"], x, axis=axis)

    def cut(self, x: Num, axis: int, start: Num | None, stop: Num | None) -> Num:
        """The part of an array from start to stop along an axis; None is the axis's own end."""
        ends = [end for end in (start, stop) if end is not None and end.known is None]
        parts = (None if end is None else "?" if end.known is None else end.known for end in (start, stop))
        return self.apply(TABLE["get"], x, *ends, spec=(*(ALL,) * axis, ("slice", *parts, None)))

    def operate(self, operator: str, left: Num, right: Num) -> Num:
        """An arithmetic operator at the place of the call."""
        return self.fits(self.el.binary(operator, left, right, (self.span, self.span)))

    def _what(self, name: str) -> str:
        return f"the argument `{name}` of `{self.builtin.name}`"

    def as_number(self, value: Value, at: Span, what: str, *, bools: bool = False) -> Num:
        """A number or array; a range counts as an array of Int."""
        if isinstance(value, RangeValue):
            value = self.el.range_array(value, at)
        number = self.el.number(value, at, what, bools=bools)
        if number is None:
            raise _Stopped
        return number

    def number(self, name: str, *, bools: bool = False) -> Num:
        """An argument that is a number or an array."""
        value, at = self.bound[name]
        return self.as_number(value, at, self._what(name), bools=bools)

    def real(self, name: str) -> Num:
        """A number or array, as Real."""
        return self.el.real(self.number(name), self.span)

    def array(self, name: str, *, bools: bool = False) -> Num:
        """An argument with at least one axis."""
        number = self.number(name, bools=bools)
        if not number.type.rank:
            at = self.bound[name][1]
            self.stop(faults.wrong_type(at, self._what(name), "an array", describe(number)))
        return number

    def numbers(self) -> list[Num]:
        """The leading arguments of a variadic function, in one element type."""
        what = f"an argument of `{self.builtin.name}`"
        found = [self.as_number(value, at, what, bools=True) for value, at in self.many]
        if not found:
            self.stop(faults.builtin_arguments(self.span, self.builtin.signature, f"`{self.builtin.name}` of nothing"))
        return self.el.common(found, self.span)

    def integer(self, name: str) -> Num:
        """An argument that is one Int."""
        value, at = self.bound[name]
        return self._integer(value, at, self._what(name))

    def _integer(self, value: Value, at: Span, what: str) -> Num:
        if isinstance(value, Num) and value.type == INT:
            return value
        return self.stop(faults.wrong_type(at, what, "an Int", describe(value)))

    def known_int(self, name: str, default: int) -> int:
        """An Int that must be known before the program runs."""
        if name not in self.bound:
            return default
        known = self.integer(name).known
        if not isinstance(known, int):
            self.stop(faults.must_be_known(self.bound[name][1], self._what(name)))
        assert isinstance(known, int)
        return known

    def flag(self, name: str) -> bool:
        """A Bool that must be known before the program runs; false if not given."""
        if name not in self.bound:
            return False
        value, at = self.bound[name]
        if not (isinstance(value, Num) and isinstance(value.known, bool)):
            self.stop(faults.wrong_type(at, self._what(name), "`true` or `false`", describe(value)))
        return value.known

    def text(self, name: str, default: str) -> str:
        """A String."""
        if name not in self.bound:
            return default
        value, at = self.bound[name]
        if isinstance(value, Str):
            return value.text
        if is_string(value):
            self.stop(faults.must_be_known(at, self._what(name), "a String"))
        return self.stop(faults.wrong_type(at, self._what(name), "a String", describe(value)))

    def axis(self, rank: int, default: int | None = None) -> int | tuple[int, ...] | None:
        """The argument `axis`, counted from 0: one, several as a tuple, or the default."""
        if "axis" not in self.bound:
            return default
        value, at = self.bound["axis"]
        items = value.items if isinstance(value, Tup) else (value,)
        axes = []
        for item in items:
            known = self._integer(item, at, self._what("axis")).known
            if not isinstance(known, int):
                self.stop(faults.must_be_known(at, self._what("axis")))
            assert isinstance(known, int)
            if not -rank <= known < rank:
                axes_text = f"an axis from {-rank} to {rank - 1}" if rank else "no axis: the value is one number"
                self.stop(faults.wrong_type(at, self._what("axis"), axes_text, str(known)))
            axes.append(known % rank)
        return tuple(sorted(set(axes))) if isinstance(value, Tup) else axes[0]

    def order(self, name: str, rank: int) -> tuple[int, ...]:
        """An argument that is the axes 0 to rank - 1 in some order; reversed if not given."""
        if name not in self.bound:
            return tuple(reversed(range(rank)))
        value, at = self.bound[name]
        items = value.items if isinstance(value, Tup) else (value,)
        known = [self._integer(item, at, self._what(name)).known for item in items]
        if None in known:
            self.stop(faults.must_be_known(at, self._what(name)))
        axes = tuple(int(k) % rank if -rank <= k < rank else int(k) for k in known if k is not None)
        if sorted(axes) != [*range(rank)]:
            wanted = f"the axes 0 to {rank - 1} in some order" if rank > 1 else "the axis 0"
            found = f"({', '.join(map(str, known))})" if isinstance(value, Tup) else str(known[0])
            self.stop(faults.wrong_type(at, self._what(name), wanted, found))
        return axes

    def one_axis(self, rank: int, default: int) -> int:
        """The argument `axis` where exactly one is needed."""
        axis = self.axis(rank, default)
        if not isinstance(axis, int):
            self.stop(faults.wrong_type(self.bound["axis"][1], self._what("axis"), "one axis", "several"))
        assert isinstance(axis, int)
        return axis

    def sizes(self, name: str | None = None) -> list[Num]:
        """Sizes of a shape, given one by one, as a tuple, or as the argument `name`."""
        return self._sizes([self.bound[name]] if name else self.many)

    def _sizes(self, given: Sequence[tuple[Value, Span]]) -> list[Num]:
        if len(given) == 1 and isinstance(given[0][0], Tup):
            at = given[0][1]
            given = [(item, at) for item in given[0][0].items]
        return [self._size(self._integer(v, at, f"a size given to `{self.builtin.name}`"), at) for v, at in given]

    def array_and_sizes(self) -> tuple[Num, list[Num]]:
        """The leading arguments of a variadic function: an array or number, and the sizes of a shape."""
        if len(self.many) < 2:
            lacking = "its sizes" if self.many else "its array"
            fault = f"`{self.builtin.name}` lacks {lacking}"
            self.stop(faults.builtin_arguments(self.span, self.builtin.signature, fault))
        (value, at), *rest = self.many
        return self.as_number(value, at, f"what `{self.builtin.name}` takes", bools=True), self._sizes(rest)

    def known_size(self, size: Num, at: Span) -> int:
        """A size, 0 or more, that must be known before the program runs."""
        known = self._size(size, at).known
        if not isinstance(known, int):
            self.stop(faults.must_be_known(at, f"a size given to `{self.builtin.name}`"))
        assert isinstance(known, int)
        return known

    def _size(self, size: Num, at: Span) -> Num:
        if isinstance(size.known, int) and size.known < 0:
            self.stop(faults.wrong_type(at, f"a size given to `{self.builtin.name}`", "0 or more", str(size.known)))
        return size

    @staticmethod
    def static_shape(sizes: Sequence[Num]) -> Shape | None:
        """The shape, if every size is known."""
        known = tuple(s.known for s in sizes)
        return tuple(int(k) for k in known if k is not None) if None not in known else None

    def typed_real(self, number: Num) -> Num:
        """The number as Real."""
        return self.el.real(number, self.span)

"""The least value that holds two others: what a name is where branches meet, and what a loop carries.

    3 and 2.5                 a Real
    (1, xs) and (2, ys)       a tuple of the unions of its parts
    sin and fn(x) = a * x     a choice of two, with a tag and the numbers that each brings along

Only the builds and the types of the results count; their numbers are placeholders.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.elaborate.operators import POISON
from dlang.elaborate.values import Choice, Num, Rec, Value, is_choosable, leaves, placeholder
from dlang.types import INT, join_types

__all__ = ["MOST_OPTIONS", "option_of", "same", "same_build", "union"]

MOST_OPTIONS = 64
"""Functions, distributions or Strings that one name may stand for."""


def union(a: Value, b: Value) -> Value | None:
    """The least value that holds both; None if there is none. Poison takes any build."""
    if a is POISON or b is POISON or a is b:
        return b if a is POISON else a
    if isinstance(a, Num) and isinstance(b, Num):
        joined = join_types(a.type, b.type)
        return None if joined is None else placeholder(joined)
    if isinstance(a, Choice) or isinstance(b, Choice):
        return _either(a, b)
    if isinstance(a, Rec) and isinstance(b, Rec) and sorted(a.names) == sorted(b.names):
        b = b.in_order(a.names)
    if a.kind == b.kind:
        met = [union(x, y) for x, y in zip(a.parts, b.parts, strict=True)]
        parts = [part for part in met if part is not None]
        return a.with_parts(parts) if len(parts) == len(met) else None
    return _either(a, b)


def _either(a: Value, b: Value) -> Value | None:
    if not (is_choosable(a) and is_choosable(b)):
        return None
    options: list[Value] = list(a.options) if isinstance(a, Choice) else [a]
    for option in b.options if isinstance(b, Choice) else (b,):
        at, met = _matched(option, options)
        if at is None:
            options.append(option)
        else:
            options[at] = met
    return Choice(placeholder(INT), tuple(options)) if len(options) <= MOST_OPTIONS else None


def option_of(value: Value, options: Sequence[Value]) -> int | None:
    """The position of the option that a value is one of."""
    return _matched(value, options)[0]


def _matched(value: Value, options: Sequence[Value]) -> tuple[int | None, Value]:
    """The position of the option that a value is one of, and their union; the value itself if it is none of them."""
    kind = value.kind
    for k, option in enumerate(options):
        met = union(option, value) if option.kind == kind else None
        if met is not None:
            return k, met
    return None, value


def same_build(a: Value, b: Value) -> bool:
    """Whether two values are built alike, of numbers of equal types."""
    if isinstance(a, Num) and isinstance(b, Num):
        return a.type == b.type
    return a.kind == b.kind and len(a.parts) == len(b.parts) and all(map(same_build, a.parts, b.parts))


def same(a: Value, b: Value) -> bool:
    """Whether two values are one: built alike, of the same numbers."""
    if a is b:
        return True
    if isinstance(a, Num) and isinstance(b, Num):
        if a.known is not None and b.known is not None:
            return type(a.known) is type(b.known) and repr(a.known) == repr(b.known)
        return a.atom is b.atom
    return a.kind == b.kind and all(map(same, leaves(a), leaves(b)))

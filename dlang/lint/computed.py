"""What an application makes of what is known of its operands, activity and doubts aside."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.ir.nodes import Apply, Literal
from dlang.lint.facts import NOTHING, Fact, joined
from dlang.lint.ranges import Line, applied
from dlang.records import replace

__all__ = ["computed", "element"]

_PIECES = ("get", "reshape", "expand_dims", "squeeze", "transpose", "flip", "broadcast_to", "broadcast_like")
"""Primitives that give elements of an array as they are."""

_MOST_ELEMENTS = 32
"""Vectors up to this length are followed element by element."""


def computed(stmt: Apply, given: Sequence[Fact]) -> Fact:
    """Where a result is, the line that it is, what follows if it is true, its elements."""
    if len(stmt.outs) > 1:
        return NOTHING
    match stmt.prim.name:
        case "logical_and":
            return Fact(holds=given[0].holds | given[1].holds)
        case "logical_or":
            return Fact(fails=given[0].fails | given[1].fails)
        case "logical_not":
            return Fact(holds=given[0].fails, fails=given[0].holds, asked=given[0].asked)
        case "all":
            return Fact(holds=given[0].holds, asked=given[0].asked)
        case "any":
            return Fact(fails=given[0].fails, asked=given[0].asked)
        case "is_nan" | "is_finite":
            return Fact(asked=given[0].doubts)
        case name:
            same = len(stmt.args) > 1 and stmt.args[0] == stmt.args[1]
            where = applied(name, [each.range for each in given], stmt.static, same=same)
            return Fact(line=_line(stmt, given), range=where, elements=_elements(stmt, given))


def _line(stmt: Apply, given: Sequence[Fact]) -> Line | None:
    """The result as a linear function of one param."""
    first = given[0].line if given else None
    name = stmt.prim.name
    if name in _PIECES:
        return replace(first, whole=False) if first is not None else None
    if name == "select":
        return given[1].line if given[1].line == given[2].line else None
    if name in ("to_real", "stop_gradient"):
        return first
    if name == "neg":
        return first.scaled(-1.0) if first is not None else None
    if name not in ("add", "sub", "mul", "div"):
        return None
    second = given[1].line
    left, right = given[0].range.value, given[1].range.value
    if first is not None and right is not None:
        match name:
            case "add":
                return first.scaled(1.0, right)
            case "sub":
                return first.scaled(1.0, -right)
            case "mul":
                return first.scaled(right)
            case _:
                return first.scaled(1 / right) if right else None
    if second is not None and left is not None and name != "div":
        if name == "mul":
            return second.scaled(left)
        return second.scaled(1.0 if name == "add" else -1.0, left)
    return None


# ---- vectors by their elements


def element(stmt: Apply, given: Sequence[Fact]) -> Fact | None:
    """What is known of `x[2]`, where the elements of `x` are known one by one."""
    if stmt.prim.name != "get" or given[0].elements is None:
        return None
    place = _place(stmt, 1, len(given[0].elements))
    return None if place is None else given[0].elements[place]


def _elements(stmt: Apply, given: Sequence[Fact]) -> tuple[Fact, ...] | None:
    """The elements of a short vector, where an application makes one of them."""
    out = stmt.outs[0].type
    if out.rank != 1 or out.shape[0] is None or not 0 < out.shape[0] <= _MOST_ELEMENTS:
        return None
    length = out.shape[0]
    match stmt.prim.name:
        case "stack":
            return tuple(given)
        case "full":
            return (given[0],) * length
        case "zeros":
            return (NOTHING,) * length
        case "set":
            before = given[0].elements
            place = _place(stmt, 2, length)
            if before is None or stmt.static["spec"] != ("int",):
                return None
            if place is None:
                return tuple(joined((each, given[1])) for each in before)
            return (*before[:place], given[1], *before[place + 1 :])
        case _:
            return None


def _place(stmt: Apply, index: int, length: int) -> int | None:
    """The one place that the text names, counted from the front."""
    atom = stmt.args[index] if len(stmt.args) > index else None
    if stmt.static.get("spec") != ("int",) or not isinstance(atom, Literal) or not isinstance(atom.value, int):
        return None
    place = atom.value + length if atom.value < 0 else atom.value
    return place if 0 <= place < length else None

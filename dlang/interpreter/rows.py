"""Which data row each element of a value came of, from an application's operands to its result.

    t of rows 1 2 3    =>    flip(t) of rows 3 2 1,  t[1:] of rows 2 3,  sum(t) of several

A tag is 0 for what came of no data, MIXED for what came of several rows, and else a group of data, whose first axes
have one length, together with a row of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from dlang.ir.nodes import Apply
from dlang.primitives.table import TABLE
from dlang.records import record

__all__ = ["MIXED", "Rowed", "moves", "rows_of", "rows_within", "tagged"]

MIXED = -1

_SHIFT = 40
"""A tag is a group, shifted, plus a row, from 1."""

_MOVES = frozenset({"set", "select", "concat", "stack", "flip", "roll"})
"""Primitives that, beside the views, give elements of their operands as they are."""

_JOINS = frozenset({"concat", "stack"})
"""Those of them of which every operand is given."""


@record(frozen=False, eq=False)
class Rowed:
    """A value that came of data, and the tag of each element."""

    value: Any
    rows: Any

    def copy(self) -> Rowed:
        if not hasattr(self.value, "copy"):
            return self
        return Rowed(self.value.copy(), self.rows.copy())


def moves(stmt: Apply) -> bool:
    """Whether the elements of a result are elements of operands; those of a view may also be averages of them."""
    prim = stmt.prim
    return prim.name in _MOVES or (prim.view and not prim.is_elementwise and prim.name != "average_ties")


def tagged(value: Any, group: int) -> Rowed:
    """An array whose first axis are the rows of a group of data."""
    import numpy as np

    column = np.arange(1, len(value) + 1, dtype=np.int64) + (group << _SHIFT)
    return Rowed(value, np.broadcast_to(column.reshape(-1, *([1] * (value.ndim - 1))), value.shape).copy())


def rows_within(tag: int) -> tuple[int, int]:
    """The group and the row of a tag; row 0 for none, or several."""
    return (tag >> _SHIFT, tag & ((1 << _SHIFT) - 1)) if tag > 0 else (0, 0)


def rows_of(stmt: Apply, held: Sequence[Any], values: Sequence[Any], out: Any, in_place: bool) -> Any:
    """The tags of an application's result, in its shape; those of operand 0 are changed where it is, if `in_place`."""
    import numpy as np

    shape = np.shape(out)
    rows = [h.rows if isinstance(h, Rowed) else 0 for h in held]
    prim, static = stmt.prim, stmt.static
    if prim.name == "select":
        rows[1:] = [_chosen(values[0], rows[1], 0), _chosen(values[0], 0, rows[2])]
    if prim.updates:
        return _updated(stmt, rows, values, in_place)
    if prim.is_elementwise or prim.name == "select":
        joined = reduce(_both, rows)
        if any(joined is each for each in rows) and shape:
            joined = np.array(joined)  # the result has memory of its own
        return _spread(joined, out) if shape else int(joined)
    if moves(stmt):
        count = len(rows) if prim.name in _JOINS else 1
        moved = [_spread(r, v) for r, v in zip(rows[:count], values, strict=False)]
        return _picked(prim.impl(*moved, *values[count:], **static), rows[count:])
    if prim.name == "matmul":
        return _product(rows, values, out)
    axis = static.get("axis")
    if isinstance(axis, int) and len(rows) == 1 and np.shape(rows[0]) and _is_reduced(values[0], axis, shape):
        return _collapsed(rows[0], axis).reshape(shape)
    return _spread(reduce(_both, (_collapsed(r, None) for r in rows)), out)


def _picked(rows: Any, indexes: Sequence[Any]) -> Any:
    """The tags of what indexes pick: their own where they pick something that came of no data."""
    import numpy as np

    shape = np.shape(rows)
    for index in indexes:
        size = np.shape(index)
        if size and size == shape[: len(size)]:
            index = np.reshape(index, (*size, *([1] * (len(shape) - len(size)))))
        else:
            index = _collapsed(index, None)
        rows = np.where(np.equal(rows, 0), index, rows) if shape else rows or index
    return rows


def _spread(rows: Any, like: Any) -> Any:
    """Tags in the shape of a value."""
    import numpy as np

    shape = np.shape(like)
    if not shape:
        return int(rows)
    return rows if np.shape(rows) == shape else np.broadcast_to(np.asarray(rows, np.int64), shape).copy()


def _chosen(condition: Any, left: Any, right: Any) -> Any:
    """The tags of what a condition chooses, element by element."""
    import numpy as np

    if not np.shape(condition):
        return left if condition else right
    return np.where(condition, left, right)


def _both(left: Any, right: Any) -> Any:
    """The tags of what is made of two."""
    if isinstance(left, int) and isinstance(right, int):
        return left if right in (0, left) else right if left == 0 else MIXED
    import numpy as np

    return np.where(right == 0, left, np.where((left == 0) | (left == right), right, MIXED))


def _collapsed(rows: Any, axis: int | None) -> Any:
    """The tags of what is made of all elements along an axis, or of all."""
    import numpy as np

    if not np.shape(rows):
        return rows
    least = np.min(np.where(rows == 0, np.iinfo(np.int64).max, rows), axis=axis, initial=np.iinfo(np.int64).max)
    most = np.max(rows, axis=axis, initial=0)
    found = np.where(np.any(rows == MIXED, axis=axis), MIXED, np.where(most == 0, 0, np.where(least == most, most, -1)))
    return found if axis is not None else int(found)


def _is_reduced(value: Any, axis: int, shape: tuple[int, ...]) -> bool:
    import numpy as np

    before = np.shape(value)
    if axis >= len(before):
        return False
    left, right = before[:axis], before[axis + 1 :]
    return shape in ((*left, *right), (*left, 1, *right))


def _product(rows: Sequence[Any], values: Sequence[Any], out: Any) -> Any:
    """Of a matrix product: element (i, j) comes of row i of the left side and column j of the right one."""
    import numpy as np

    ranks = [np.ndim(v) for v in values]
    if max(ranks) > 2:
        return _spread(reduce(_both, (_collapsed(r, None) for r in rows)), out)
    left, right = (_spread(r, v) for r, v in zip(rows, values, strict=True))
    left = _collapsed(left, 1)[:, None] if ranks[0] == 2 else _collapsed(left, None)
    right = _collapsed(right, 0)[None, :] if ranks[1] == 2 else _collapsed(right, None)
    joined = np.asarray(_both(left, right))
    return _spread(joined.reshape(np.shape(out)), out)


def _updated(stmt: Apply, rows: Sequence[Any], values: Sequence[Any], in_place: bool) -> Any:
    """Of an array with a part set, or added to."""
    import numpy as np

    own = rows[0]
    if not np.shape(own):
        own = np.zeros(np.shape(values[0]), np.int64)
    elif not in_place:
        own = own.copy()
    index, part = values[2:], rows[1]
    if stmt.prim.name != "set":
        part = _both(TABLE["get"].impl(own, *index, **stmt.static), part)
    change = TABLE["set"].inplace
    assert change is not None
    return change(own, part, *index, **stmt.static)

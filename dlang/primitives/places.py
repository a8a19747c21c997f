"""What an index means: a `spec`, one item an indexed axis, with its operands.

| item | operands | the axis |
| --- | --- | --- |
| `"int"` | an Int | goes |
| `("slice", a, b, c)` | an Int for each part that is `"?"`; others are an int or None | keeps what is in it |
| `"array"` | a vector of Int | has the vector's length |
| `"mask"` | a vector of Bool | has as many as hold |

Axes beyond the spec are taken whole. Ints count from the end if negative, and must be in range; slices are clipped.
Several arrays go pointwise: `a[[0, 1], [2, 3]]` are two elements; their common axis stands where the first of them
stood, or first of all if another axis is between them (NumPy's rule, applied after ints and slices).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from dlang.primitives.core import Mismatch
from dlang.types import BOOL, INT, DType, Shape, Type

__all__ = ["ALL", "Item", "Place", "Spec", "array_axis", "is_advanced", "locate", "slot_shape"]

Item: TypeAlias = str | tuple[Any, ...]
Spec: TypeAlias = tuple[Item, ...]

ALL: Item = ("slice", None, None, None)
"""A whole axis."""


def is_advanced(spec: Spec) -> bool:
    """Whether the slot is gathered, and not a view."""
    return "array" in spec or "mask" in spec


# Types


def slot_shape(found: Type, index: Sequence[Type], spec: Spec) -> Shape | Mismatch:
    """The shape of what an index with operands of these types reads from a value of type `found`."""
    if len(spec) > found.rank:
        return Mismatch(f"{len(spec)} indexes into {found}, which has rank {found.rank}", operand=0)
    operands = iter(enumerate(index, start=1))
    kept: list[int | str | None] = []  # a size, or the word of an array's place
    lengths: list[int | None] = []
    for axis, item in enumerate(spec):
        size = found.shape[axis]
        if isinstance(item, tuple):
            for part in item[1:]:
                if part == "?":
                    at, of = next(operands)
                    if of != INT:
                        return Mismatch(f"an end of a slice is an Int, found {of}", operand=at)
            if item[3] == 0:
                return Mismatch("a slice `by 0` goes nowhere")
            kept.append(_slice_size(item, size))
            continue
        at, of = next(operands)
        if item == "int":
            if of != INT:
                return Mismatch(f"an index is an Int, found {of}", operand=at)
            continue
        length = _checked_length(item, of, size, at)
        if isinstance(length, Mismatch):
            return length
        lengths.append(length)
        kept.append("array")
    kept += found.shape[len(spec) :]
    return _assembled(kept, lengths)


def _slice_size(item: tuple[Any, ...], size: int | None) -> int | None:
    _, start, stop, step = item
    if item == ALL:
        return size
    if size is None or "?" in (start, stop, step):
        return None
    return len(range(*slice(start, stop, step).indices(size)))


def _checked_length(item: str, of: Type, size: int | None, at: int) -> int | Mismatch | None:
    if item == "array":
        if of.dtype is not DType.INT or of.rank != 1:
            return Mismatch(f"an array index is a vector of Int, found {of}", operand=at)
        return of.shape[0]
    if of.dtype is not BOOL.dtype or of.rank != 1:
        return Mismatch(f"a mask is a vector of Bool, found {of}", operand=at)
    if None not in (size, of.shape[0]) and size != of.shape[0]:
        return Mismatch(f"a mask of {of.shape[0]} for an axis of {size}", operand=at)
    return None


def _assembled(kept: Sequence[int | str | None], lengths: Sequence[int | None]) -> Shape | Mismatch:
    """The result's shape: sizes of axes, with one axis in place of all arrays."""
    sizes = [n for n in kept if not isinstance(n, str)]
    if not lengths:
        return tuple(sizes)
    known = {n for n in lengths if n is not None} - {1}
    if len(known) > 1:
        shown = " and ".join(map(str, sorted(known)))
        return Mismatch(f"array indexes of lengths {shown}", ("several go element by element",))
    if known:
        length: int | None = known.pop()
    else:
        length = None if None in lengths else 1
    at = _array_place([isinstance(n, str) for n in kept])
    return (*sizes[:at], length, *sizes[at:])


def _array_place(arrays: Sequence[bool]) -> int:
    """The place of the arrays' axis, from which of the axes left have one."""
    first = arrays.index(True)
    last = len(arrays) - 1 - arrays[::-1].index(True)
    return first if all(arrays[first : last + 1]) else 0


def array_axis(spec: Spec) -> int:
    """The axis of the slot that arrays and masks make."""
    return _array_place([item in ("array", "mask") for item in spec if item != "int"])


# Numbers

Place: TypeAlias = tuple[tuple[Any, ...], tuple[Any, ...]]
"""Index by ints and slices, then, into what that gives, by arrays (empty if there are none)."""


def locate(x: np.ndarray, index: Sequence[Any], spec: Spec) -> Place:
    """What to index x with, checked.

    Raises:
        IndexError: out of range; `args` are (index, size, axis).
        ValueError: a mask of another length than its axis; a slice by 0.
    """
    operands = iter(index)
    basic: list[Any] = []
    advanced: list[Any] = []
    for axis, item in enumerate(spec):
        size = x.shape[axis]
        if isinstance(item, tuple):
            basic.append(slice(*(next(operands) if part == "?" else part for part in item[1:])))
            advanced.append(slice(None))
        elif item == "int":
            i = next(operands)
            if not -size <= i < size:
                raise IndexError(i, size, axis)
            basic.append(i)
        else:
            basic.append(slice(None))
            advanced.append(_indexes(next(operands), item, size, axis))
    if not is_advanced(spec):
        return tuple(basic), ()
    return tuple(basic), tuple(advanced)


def _indexes(vector: np.ndarray, item: str, size: int, axis: int) -> np.ndarray:
    if item == "mask":
        if len(vector) != size:
            raise ValueError(f"a mask of {len(vector)} for an axis of {size}")
        return np.nonzero(vector)[0]
    out_of_range = (vector < -size) | (vector >= size)
    if out_of_range.any():
        raise IndexError(int(vector[out_of_range][0]), size, axis)
    return vector

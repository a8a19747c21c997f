"""Types of values in the IR: an element type and a shape. In elaboration a Type is the abstract value."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from dlang.records import record

__all__ = ["BOOL", "INT", "REAL", "DType", "Shape", "Type", "broadcast_shapes", "join_types"]

Shape: TypeAlias = tuple[int | None, ...]
"""Sizes along the axes; None is a dimension that only running decides (written `?`)."""


class DType(Enum):
    """The element type; the value is the word the user writes."""

    REAL = "Real"
    INT = "Int"
    BOOL = "Bool"


@record
class Type:
    """An element type with a shape; shape `()` is a scalar.

    Prints as the user writes it: `Real`, `[3, 4]`, `[?] Int`.
    """

    dtype: DType
    shape: Shape = ()

    def __str__(self) -> str:
        if not self.shape:
            return self.dtype.value
        dims = ", ".join("?" if n is None else str(n) for n in self.shape)
        return f"[{dims}]" if self.dtype is DType.REAL else f"[{dims}] {self.dtype.value}"

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def is_scalar(self) -> bool:
        """No axes."""
        return not self.shape

    @property
    def is_real(self) -> bool:
        """Elements are Real, so that derivatives can flow."""
        return self.dtype is DType.REAL

    @property
    def is_static(self) -> bool:
        """Every dimension is known."""
        return None not in self.shape

    def with_dtype(self, dtype: DType) -> Type:
        """The same shape over another element type."""
        return Type(dtype, self.shape)

    def with_shape(self, shape: Shape) -> Type:
        """The same element type in another shape."""
        return Type(self.dtype, shape)


REAL = Type(DType.REAL)
INT = Type(DType.INT)
BOOL = Type(DType.BOOL)


def broadcast_shapes(*shapes: Shape) -> Shape | None:
    """The NumPy broadcast of shapes, or None where they do not fit.

    A dynamic dimension against 1 stays dynamic, against n > 1 becomes n (checked when running).
    """
    rank = max(map(len, shapes), default=0)
    out: list[int | None] = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        known = sizes - {None}
        if len(known) > 1:
            return None
        out.append(known.pop() if known else (None if sizes else 1))
    return tuple(out)


def join_types(a: Type, b: Type) -> Type | None:
    """The least type that holds both: Int with Real is Real, n with m is `?`; None if there is none."""
    if a == b:
        return a
    if a.rank != b.rank:
        return None
    if a.dtype is b.dtype:
        dtype = a.dtype
    elif {a.dtype, b.dtype} == {DType.INT, DType.REAL}:
        dtype = DType.REAL
    else:
        return None
    return Type(dtype, tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True)))

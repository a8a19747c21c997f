"""Arrays as machine code sees them: a pointer to an element, and how far it is to the next along each axis."""

from __future__ import annotations

from itertools import count
from math import prod

from dlang.native.text import ELEMENT, SIZE
from dlang.records import record
from dlang.types import Type

__all__ = ["TAPE", "Memory", "byte_size", "dense_strides", "padded", "size_of"]

TAPE = 0
"""The root of arrays that lie on the tape."""


@record
class Memory:
    """An array in memory.

    Attributes:
        pointer: LLVM's name of the address of element 0.
        type: its static type.
        strides: elements from one to the next along each axis.
        roots: numbers of the buffers that it may lie in.
    """

    pointer: str
    type: Type
    strides: tuple[int, ...]
    roots: frozenset[int]

    @property
    def element(self) -> str:
        """The LLVM type of an element."""
        return ELEMENT[self.type.dtype]

    @property
    def is_dense(self) -> bool:
        """Elements lie row by row without gaps."""
        return all(
            n == 1 or found == wanted
            for n, found, wanted in zip(self.sizes, self.strides, dense_strides(self.sizes), strict=True)
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The static shape."""
        return tuple(n or 0 for n in self.type.shape)


def dense_strides(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Elements from one to the next along each axis where the array lies row by row."""
    return tuple(prod(sizes[k + 1 :]) for k in range(len(sizes)))


def size_of(type_: Type) -> int:
    """The number of elements."""
    return prod(n or 0 for n in type_.shape)


def byte_size(type_: Type) -> int:
    """Bytes that the elements take."""
    return size_of(type_) * SIZE[type_.dtype]


def padded(size: int, unit: int = 8) -> int:
    """A size rounded up to whole units."""
    return -(-size // unit) * unit


class Roots:
    """Numbers for buffers; 0 is the tape."""

    def __init__(self) -> None:
        self._next = count(TAPE + 1)

    def new(self) -> frozenset[int]:
        """The root of a new buffer."""
        return frozenset((next(self._next),))

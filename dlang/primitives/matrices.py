"""What the primitives of linear algebra share: stacks of matrices, in rules and on numbers.

A stack is an array whose last two axes are those of its matrices; a matrix is a stack of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, mul, strong_mul
from dlang.primitives.broadcasting import sum_to, sum_to_like
from dlang.primitives.core import Mismatch, Operand
from dlang.primitives.operands import plain, shape_of
from dlang.primitives.reductions import sum_
from dlang.primitives.shaping import expand_dims, transpose
from dlang.primitives.signatures import REAL_ONLY, check_dtype, dims
from dlang.types import Type

__all__ = [
    "check_square",
    "column_sums",
    "finite",
    "fitted",
    "inner",
    "quietly",
    "scaled_columns",
    "scaled_rows",
    "square_mismatch",
    "square_size",
    "stacks_mismatch",
    "swapped",
    "symmetric",
    "tried",
    "with_axes",
]


# In rules


def swapped(x: Operand) -> Operand:
    """Each matrix transposed."""
    rank = len(shape_of(x))
    return transpose(x, axes=(*range(rank - 2), rank - 1, rank - 2))


def fitted(ct: Operand, x: Operand) -> Operand:
    """A cotangent over broadcast stacks, summed to the shape of x."""
    shape = shape_of(x)
    if None in shape:
        return sum_to_like(ct, x) if len(shape) > 2 or len(shape_of(ct)) > 2 else ct
    return ct if shape_of(ct) == shape else sum_to(ct, shape=shape)


def symmetric(x: Operand) -> Operand:
    """The symmetric part of each matrix, (x + x^T) / 2."""
    return mul(0.5, add(x, swapped(x)))


def scaled_columns(x: Operand, factors: Operand) -> Operand:
    """Column j of each matrix times factor j; 0 where either is."""
    return strong_mul(x, expand_dims(factors, axes=(len(shape_of(x)) - 2,)))


def scaled_rows(x: Operand, factors: Operand) -> Operand:
    """Row i of each matrix times factor i; 0 where either is."""
    return strong_mul(x, expand_dims(factors, axes=(len(shape_of(x)) - 1,)))


def with_axes(scalars: Operand) -> Operand:
    """One number a matrix, so that it broadcasts over the matrix."""
    rank = len(shape_of(scalars))
    return expand_dims(scalars, axes=(rank, rank + 1)) if rank else scalars


def inner(x: Operand, y: Operand) -> Operand:
    """For each pair of matrices the sum of the products of their elements, 0 where either is."""
    rank = len(shape_of(x))
    return sum_(strong_mul(x, y), axis=(rank - 2, rank - 1), keepdims=False)


def column_sums(x: Operand) -> Operand:
    """For each matrix the sums of its columns."""
    return sum_(x, axis=len(shape_of(x)) - 2, keepdims=False)


# In type rules


def stacks_mismatch(spoken: str, types: Sequence[Type]) -> Mismatch | None:
    """A Mismatch unless every operand is a matrix, or a stack of them, of Real."""
    for i, found in enumerate(types):
        if found.rank < 2:
            return Mismatch(f"`{spoken}` takes a matrix, found {found}", operand=i)
    return check_dtype(spoken, types, REAL_ONLY)


def square_mismatch(spoken: str, found: Type) -> Mismatch | None:
    """A Mismatch unless operand 0 is a square matrix, or a stack of them, of Real."""
    if found.rank < 2:
        return Mismatch(f"`{spoken}` takes a square matrix, found {found}", operand=0)
    rows, columns = found.shape[-2:]
    if rows != columns and None not in (rows, columns):
        sizes = f"it has {rows} row{'s' * (rows != 1)} and {columns} column{'s' * (columns != 1)}"
        return Mismatch(f"`{spoken}` takes a square matrix, found {found}", (sizes,), operand=0)
    return check_dtype(spoken, [found], REAL_ONLY)


def square_size(found: Type) -> int | None:
    """The number of rows and columns of a square matrix, where either is known."""
    rows, columns = found.shape[-2:]
    return columns if rows is None else rows


# On numbers


def check_square(spoken: str, x: np.ndarray) -> None:
    """Raise ValueError unless the matrices are square, which a type with `?` leaves open."""
    if x.shape[-1] != x.shape[-2]:
        raise ValueError(f"`{spoken}` takes a square matrix, found {dims(x.shape)}")


def quietly(compute: Callable[..., Any], *operands: Any, **options: Any) -> Any:
    """What `compute` gives, plain, without warnings of NaN, overflow or division by zero."""
    with np.errstate(all="ignore"):
        return plain(compute(*operands, **options))


def finite(compute: Callable[..., Any]) -> Callable[..., Any]:
    """`compute`, raising LinAlgError where a matrix has nan or infinities: LAPACK may print to the terminal of them."""

    def checked(*stacks: np.ndarray) -> Any:
        if not all(np.isfinite(x).all() for x in stacks):
            raise np.linalg.LinAlgError("not finite")
        return compute(*stacks)

    return checked


def tried(compute: Callable[..., Any], *stacks: np.ndarray) -> Any:
    """`compute` on stacks of matrices; where a matrix has no answer, all elements of its results are nan.

    Args:
        compute: a function of NumPy on stacks, which raises LinAlgError if one of the matrices has no answer.
        stacks: its operands; leading axes broadcast.

    Returns:
        An array, or a tuple of them if `compute` gives several.
    """
    try:
        return _results(quietly(compute, *stacks))
    except np.linalg.LinAlgError:
        lead = np.broadcast_shapes(*(x.shape[:-2] for x in stacks))
    # what the results look like is seen on unit matrices, which have an answer
    made = _results(compute(*(np.broadcast_to(np.eye(*x.shape[-2:]), x.shape) for x in stacks)))
    outs = made if isinstance(made, tuple) else (made,)
    outs = tuple(np.full_like(out, np.nan) for out in outs)
    if lead:
        parts = [np.broadcast_to(x, (*lead, *x.shape[-2:])) for x in stacks]
        for place in np.ndindex(*lead):
            found = tried(compute, *(x[place] for x in parts))
            for out, each in zip(outs, found if isinstance(found, tuple) else (found,), strict=True):
                out[place] = each
    return outs if isinstance(made, tuple) else outs[0]


def _results(found: Any) -> Any:
    return tuple(found) if isinstance(found, tuple) else found

"""What rules may ask of an operand, whether it is a number, an array or a Traced."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlang.primitives.core import Operand, Primitive
from dlang.types import BOOL, INT, REAL, DType, Shape, Type

__all__ = ["axes_of", "beside", "constant", "plain", "shape_of", "type_of"]

_KINDS = {"f": DType.REAL, "i": DType.INT, "b": DType.BOOL}


def type_of(value: Operand) -> Type:
    """The Type of a number, an array or a Traced."""
    if isinstance(value, float):
        return REAL
    if isinstance(value, int):
        return BOOL if isinstance(value, bool) else INT
    if isinstance(value, np.ndarray):
        return Type(_KINDS[value.dtype.kind], value.shape)
    found: Type = value.type
    return found


def shape_of(value: Operand) -> Shape:
    """The shape of an operand; None is a dimension that only running decides."""
    return type_of(value).shape


def constant(value: Operand) -> float | None:
    """The value of a Real that is known while a rule runs: a float, or a Traced with a float as `known`."""
    if isinstance(value, float):
        return value
    known = getattr(value, "known", None)
    return known if isinstance(known, float) else None


def beside(x: Operand, prim: Primitive, *operands: Operand, **static: Any) -> Operand:
    """`prim` applied where x belongs: on the IR if x is Traced, although no operand may be."""
    apply = getattr(x, "apply", None)
    return prim(*operands, **static) if apply is None else apply(prim, operands, static)


def plain(value: Any) -> Any:
    """An array of rank >= 1 as it is; a NumPy scalar or array of rank 0 as a Python number."""
    if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0:
        return value.item()
    return value


def axes_of(axis: int | tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """Normalised axes: None is all of them, negative ones count from the end."""
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(a % rank if -rank <= a < rank else a for a in axes)

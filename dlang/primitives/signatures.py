"""Type rules that many primitives share, and the words of their mismatches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from dlang.primitives.core import Mismatch, Static
from dlang.primitives.operands import axes_of
from dlang.types import DType, Shape, Type, broadcast_shapes

__all__ = [
    "ANY",
    "NUMBER",
    "REAL_ONLY",
    "Checked",
    "TypeRule",
    "broadcasting",
    "check_axes",
    "check_dtype",
    "check_rank",
    "dims",
    "reduced",
    "reducing",
    "same_type",
    "stretches",
]

TypeRule: TypeAlias = Callable[[Sequence[Type], Static], tuple[Type, ...] | Mismatch]
Checked: TypeAlias = tuple[Type, ...] | Mismatch

REAL_ONLY = (DType.REAL,)
NUMBER = (DType.REAL, DType.INT)
ANY = (DType.REAL, DType.INT, DType.BOOL)


def dims(shape: Shape) -> str:
    """A shape as the user writes it: `[3, ?]`; a scalar's is `[]`."""
    return "[" + ", ".join("?" if n is None else str(n) for n in shape) + "]"


def check_dtype(spoken: str, types: Sequence[Type], accepts: Sequence[DType]) -> Mismatch | None:
    """A Mismatch for the first operand whose elements are none of `accepts`, or that differ among themselves."""
    for i, found in enumerate(types):
        if found.dtype not in accepts:
            wanted = " or ".join(d.value for d in accepts)
            on_bool = found.dtype is DType.BOOL
            return Mismatch(
                f"`{spoken}` takes {wanted}, found {found}",
                help="for a choice per element write `where(c, a, b)`" if on_bool else None,
                operand=i,
            )
    if len({t.dtype for t in types}) > 1:
        return Mismatch(f"`{spoken}` of {' and '.join(map(str, types))}", ("the elements are of one type",))
    return None


def stretches(found: Shape, shape: Shape) -> bool:
    """Whether `found` broadcasts to `shape` itself; dynamic dimensions may turn out to."""
    joined = broadcast_shapes(found, shape)
    if joined is None or len(joined) > len(shape):
        return False
    return all(n != 1 or m in (1, None) for n, m in zip(shape, joined, strict=True))


def broadcasting(
    spoken: str, arity: int, accepts: Sequence[DType] = REAL_ONLY, result: DType | None = None
) -> TypeRule:
    """Operands of one element type among `accepts`, broadcast together.

    Args:
        spoken: what the user calls it: `+`, `exp`.
        arity: number of operands.
        accepts: element types.
        result: the element type of the result; None is that of the operands.
    """

    def rule(types: Sequence[Type], static: Static) -> Checked:
        if len(types) != arity:
            return Mismatch(f"`{spoken}` takes {arity} operands, found {len(types)}")
        wrong = check_dtype(spoken, types, accepts)
        if wrong is not None:
            return wrong
        shape = broadcast_shapes(*(t.shape for t in types))
        if shape is None:
            shown = " and ".join(dims(t.shape) for t in types if t.shape)
            return Mismatch(
                f"shapes {shown} do not broadcast",
                (f"`{spoken}` works element by element; each pair of sizes, from the last, is equal or has a 1",),
            )
        return (Type(result or types[0].dtype, shape),)

    return rule


def same_type(spoken: str, accepts: Sequence[DType] = ANY, min_rank: int = 0) -> TypeRule:
    """One operand, whose type the result has; `static["axis"]`, if given, must be among its axes."""

    def rule(types: Sequence[Type], static: Static) -> Checked:
        wrong = check_dtype(spoken, types[:1], accepts) or check_rank(spoken, types[0], min_rank)
        if wrong is None and static.get("axis") is not None:
            wrong = check_axes(spoken, types[0], static["axis"])
        return wrong or (types[0],)

    return rule


def check_rank(spoken: str, found: Type, low: int) -> Mismatch | None:
    """A Mismatch unless the rank is at least `low`."""
    if found.rank >= low:
        return None
    wanted = "an array" if low == 1 else f"an array of rank {low} or more"
    return Mismatch(f"`{spoken}` takes {wanted}, found {found}", operand=0)


def check_axes(spoken: str, found: Type, axis: int | tuple[int, ...] | None) -> Mismatch | None:
    """A Mismatch unless every axis is one of the array's, each at most once."""
    axes = axes_of(axis, found.rank)
    for a in axes:
        if not 0 <= a < found.rank:
            has = "it has no axes" if found.rank == 0 else f"its axes are 0 to {found.rank - 1}"
            return Mismatch(f"`{spoken}` along axis {a} of {found}", (has,), operand=0)
    if len(set(axes)) < len(axes):
        return Mismatch(f"`{spoken}` names an axis twice: {axes}")
    return None


def reduced(shape: Shape, axis: int | tuple[int, ...] | None, keepdims: bool) -> Shape:
    """The shape that is left when `axis` is reduced."""
    axes = axes_of(axis, len(shape))
    if keepdims:
        return tuple(1 if k in axes else n for k, n in enumerate(shape))
    return tuple(n for k, n in enumerate(shape) if k not in axes)


def reducing(
    spoken: str,
    accepts: Sequence[DType] = NUMBER,
    result: Callable[[DType], DType] = lambda dtype: dtype,
    nonempty: bool = False,
) -> TypeRule:
    """One operand, reduced over `axis` (None, an int or several; `keepdims` keeps them with size 1)."""

    def rule(types: Sequence[Type], static: Static) -> Checked:
        (found,) = types
        axis = static.get("axis")
        wrong = check_dtype(spoken, types, accepts) or check_axes(spoken, found, axis)
        if wrong is not None:
            return wrong
        if nonempty and any(found.shape[a] == 0 for a in axes_of(axis, found.rank)):
            return Mismatch(f"`{spoken}` of no elements", (f"the array is {found}",), operand=0)
        return (Type(result(found.dtype), reduced(found.shape, axis, static.get("keepdims", False))),)

    return rule

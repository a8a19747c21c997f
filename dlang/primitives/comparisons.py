"""Comparisons, logic, and the choice per element. Their derivatives are zero, but for what `select` lets through."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.broadcasting import unbroadcast
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.forms import elementwise
from dlang.primitives.signatures import ANY, NUMBER, Checked, broadcasting, dims
from dlang.types import DType, Type, broadcast_shapes

__all__ = [
    "eq",
    "ge",
    "gt",
    "is_finite",
    "is_nan",
    "le",
    "logical_and",
    "logical_not",
    "logical_or",
    "lt",
    "ne",
    "select",
]


def _comparison(name: str, symbol: str, compare: Callable[[Any, Any], Any], doc: str) -> Primitive:
    return elementwise(
        name,
        doc,
        [None, None],
        scalar=f"{{0}} {symbol} {{1}}",
        array=compare,
        on_arrays=f"{{0}} {symbol} {{1}}",
        impl=compare,
        spoken=symbol,
        accepts=ANY if name in ("eq", "ne") else NUMBER,
        result=DType.BOOL,
        domain=(Domain(edges=(0.0, 1.0)), Domain(edges=(0.0, 1.0))),
    )


eq: Primitive = _comparison("eq", "==", operator.eq, "whether a and b are equal; nan equals nothing")
ne: Primitive = _comparison("ne", "!=", operator.ne, "whether a and b differ")
lt: Primitive = _comparison("lt", "<", operator.lt, "whether a is less than b")
le: Primitive = _comparison("le", "<=", operator.le, "whether a is at most b")
gt: Primitive = _comparison("gt", ">", operator.gt, "whether a is greater than b")
ge: Primitive = _comparison("ge", ">=", operator.ge, "whether a is at least b")


def _logic(name: str, spoken: str, scalar: str, ufunc: Callable[..., Any], arity: int, doc: str) -> Primitive:
    def impl(*operands: Any) -> Any:
        out = ufunc(*operands)
        return out if isinstance(out, np.ndarray) else bool(out)

    return elementwise(
        name,
        doc,
        [None] * arity,
        scalar=scalar,
        array=ufunc,
        impl=impl,
        spoken=spoken,
        accepts=(DType.BOOL,),
        domain=(Domain(boolean=True),) * arity,
    )


logical_and: Primitive = _logic("logical_and", "and", "{0} and {1}", np.logical_and, 2, "whether both hold")
logical_or: Primitive = _logic("logical_or", "or", "{0} or {1}", np.logical_or, 2, "whether one holds")
logical_not: Primitive = _logic("logical_not", "not", "not {0}", np.logical_not, 1, "whether it does not hold")


def _is_nan(x: Any) -> Any:
    return x != x


def _is_finite(x: Any) -> Any:
    return x - x == 0.0


is_nan: Primitive = elementwise(
    "is_nan",
    "whether x is not a number",
    [None],
    scalar="{0} != {0}",
    array=np.isnan,
    impl=_is_nan,
    spoken="isnan",
    result=DType.BOOL,
)
is_finite: Primitive = elementwise(
    "is_finite",
    "whether x is neither infinite nor nan",
    [None],
    scalar="{0} - {0} == 0.0",
    array=np.isfinite,
    impl=_is_finite,
    spoken="isfinite",
    result=DType.BOOL,
)


def _select_type(types: Sequence[Type], static: Static) -> Checked:
    chooser, *choices = types
    if chooser.dtype is not DType.BOOL:
        return Mismatch(f"`where` chooses by Bool, found {chooser}", operand=0)
    joined = broadcasting("where", 2, ANY)(choices, static)
    if isinstance(joined, Mismatch):
        return joined
    shape = broadcast_shapes(chooser.shape, joined[0].shape)
    if shape is None:
        shown = f"{dims(chooser.shape)} and {dims(joined[0].shape)}"
        return Mismatch(f"shapes {shown} do not broadcast", ("`where` chooses element by element",), operand=0)
    return (Type(choices[0].dtype, shape),)


def _select(c: Any, a: Any, b: Any) -> Any:
    if isinstance(c, bool) and not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray):
        return a if c else b
    return np.where(c, a, b)


def _select_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    _, da, db = tangents
    if da is None and db is None:
        return None
    return select(primals[0], 0.0 if da is None else da, 0.0 if db is None else db)


def _select_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    c = primals[0]
    return (
        None,
        unbroadcast(select(c, ct, 0.0), 1, primals) if wanted[1] else None,
        unbroadcast(select(c, 0.0, ct), 2, primals) if wanted[2] else None,
    )


def _select_fast(types: Sequence[Type], static: Static) -> Any:
    return "{1} if {0} else {2}" if all(t.is_scalar for t in types) else np.where


select: Primitive = Primitive(
    name="select",
    doc="a where c holds, else b, with broadcasting; no cotangent reaches what was not chosen",
    type_rule=_select_type,
    impl=_select,
    scalar="{1} if {0} else {2}",
    specialise=_select_fast,
    jvp=_select_jvp,
    vjp=_select_vjp,
    domain=(Domain(boolean=True, shape=(2, 3)), Domain(shape=(3,)), Domain(shape=(2, 1))),
    cases=(({}, (Domain(boolean=True), Domain(), Domain())),),
)

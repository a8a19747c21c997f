"""Reading and writing parts of arrays: get, set, add_at. What an index means is in `places`.

`get`'s cotangent is added in place to the array's by `add_at`, so that reading one element costs O(1) in reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import to_real
from dlang.primitives.broadcasting import sum_to, sum_to_like, zeros_like, zeros_of
from dlang.primitives.comparisons import eq, select
from dlang.primitives.core import Domain, Fast, Mismatch, Operand, Primitive, Static
from dlang.primitives.counting import arange, length
from dlang.primitives.operands import beside, plain, shape_of
from dlang.primitives.places import ALL, Place, Spec, array_axis, locate, slot_shape
from dlang.primitives.shaping import expand_dims
from dlang.primitives.signatures import Checked, dims, stretches
from dlang.types import DType, Type

__all__ = ["add_at", "get", "set_"]


def _fit_slot(ct: Operand, v: Operand) -> Operand:
    """A cotangent of the slot's shape, for the value that was broadcast into it."""
    wanted, found = shape_of(v), shape_of(ct)
    if not wanted or None not in wanted:
        return ct if wanted == found else sum_to(ct, shape=wanted)
    return sum_to_like(ct, v)


# Reading


def _get_type(types: Sequence[Type], static: Static) -> Checked:
    shape = slot_shape(types[0], types[1:], static["spec"])
    return shape if isinstance(shape, Mismatch) else (types[0].with_shape(shape),)


def _read(x: np.ndarray, place: Place) -> Any:
    basic, advanced = place
    part = x[basic]
    return plain(part[advanced] if advanced else part)


def _get(x: np.ndarray, *index: Any, spec: Spec) -> Any:
    if spec.count("int") == len(spec):
        try:
            return plain(x[index])
        except IndexError:
            pass  # `locate` says which
    return _read(x, locate(x, index, spec))


def _get_fast(types: Sequence[Type], static: Static) -> Fast | None:
    spec: Spec = static["spec"]
    if not spec or any(item != "int" for item in spec):
        return None
    names = ", ".join(f"{{{k + 1}}}" for k in range(len(spec)))
    return f"{{0}}.item({names})" if len(spec) == types[0].rank else f"{{0}}[{names}]"


def _get_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    return None if tangents[0] is None else get(tangents[0], *primals[1:], **static)


def _get_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    x, *index = primals
    pulled = add_at(zeros_of(x), ct, *index, **static) if wanted[0] else None
    return (pulled, *(None for _ in index))


def _get_vjp_into(so_far: Operand, out: Operand, primals: Sequence[Operand], ct: Operand, static: Static) -> Operand:
    return add_at(so_far, ct, *primals[1:], **static)


_MATRIX = Domain(shape=(4, 3))
_ROW, _COLUMN = Domain(-4, 3, integer=True), Domain(-3, 2, integer=True)
_ROWS, _COLUMNS = Domain(-4, 3, shape=(5,), integer=True), Domain(-3, 2, shape=(5,), integer=True)
_CUT = Domain(-5, 5, integer=True)
_SOME = ("slice", None, None, 2)
_SPECS: tuple[tuple[Spec, tuple[Domain, ...], tuple[int, ...]], ...] = (
    (("int",), (_ROW,), (3,)),
    (("int", "int"), (_ROW, _COLUMN), ()),
    ((_SOME, "int"), (_COLUMN,), (2,)),
    ((("slice", "?", "?", None),), (_CUT, _CUT), ()),
    ((("slice", None, None, -1), ("slice", 1, None, None)), (), (4, 2)),
    (("array",), (_ROWS,), (5, 3)),
    (("array", "int"), (_ROWS, _COLUMN), (5,)),
    ((_SOME, "array"), (_COLUMNS,), (2, 5)),
    (("array", "array"), (_ROWS, _COLUMNS), (5,)),
    (("mask",), (Domain(shape=(4,), boolean=True),), ()),
)
"""For tests: specs into a 4 by 3 matrix, their operands, and the slot's shape (scalar where it varies)."""

get: Primitive = Primitive(
    name="get",
    doc="the part of x at an index; out of range is an error, slices are clipped",
    type_rule=_get_type,
    impl=_get,
    specialise=_get_fast,
    jvp=_get_jvp,
    vjp=_get_vjp,
    vjp_into=_get_vjp_into,
    view=True,
    domain=(_MATRIX,),
    statics=({"spec": ()},),
    cases=tuple(({"spec": spec}, (_MATRIX, *operands)) for spec, operands, _ in _SPECS),
)


# Writing


def _slot_type(types: Sequence[Type], static: Static) -> Checked:
    x, v, *index = types
    if v.dtype is not x.dtype:
        return Mismatch(f"{v} into an array of {x.dtype.value}", operand=1)
    shape = slot_shape(x, index, static["spec"])
    if isinstance(shape, Mismatch):
        if shape.operand is not None and shape.operand > 0:
            return Mismatch(shape.title, shape.notes, shape.help, shape.operand + 1)
        return shape
    if not stretches(v.shape, shape):
        return Mismatch(f"shape {dims(v.shape)} does not fit into a place of shape {dims(shape)}", operand=1)
    return (x,)


def _add_at_type(types: Sequence[Type], static: Static) -> Checked:
    if types[0].dtype is not DType.REAL:
        return Mismatch(f"`add_at` takes Reals, found {types[0]}", operand=0)
    return _slot_type(types, static)


def _set_inplace(x: np.ndarray, v: Any, *index: Any, spec: Spec) -> np.ndarray:
    if spec.count("int") == len(spec):
        try:
            x[index] = v
            return x
        except IndexError:
            pass  # `locate` says which
    basic, advanced = locate(x, index, spec)
    if advanced:
        x[basic][advanced] = v
    else:
        x[basic] = v
    return x


def _add_at_inplace(x: np.ndarray, v: Any, *index: Any, spec: Spec) -> np.ndarray:
    if spec.count("int") == len(spec):
        try:
            x[index] += v
            return x
        except IndexError:
            pass  # `locate` says which
    basic, advanced = locate(x, index, spec)
    if advanced:
        np.add.at(x[basic], advanced, v)  # an index may come twice
    else:
        x[basic] += v
    return x


def _last_writes(v: Operand, primals: Sequence[Operand], spec: Spec) -> Operand:
    """The cotangent `v` of a slot that arrays pick, 0 where a later element of it went to the same place."""
    x, _, *index = primals
    axis, rank = array_axis(spec), len(shape_of(v))
    size = shape_of(v)[axis]
    known = {} if size is None else {"size": size}
    order = to_real(beside(v, arange, 0, length(v, axis=axis) if size is None else size, 1, **known))
    order = expand_dims(order, axes=tuple(k for k in range(rank) if k != axis)) if rank > 1 else order
    written = set_(zeros_like(x), order, *index, spec=spec)
    return select(eq(get(written, *index, spec=spec), order), v, 0.0)


def _set_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    x, _, *index = primals
    dx, dv = tangents[:2]
    if dx is None and dv is None:
        return None
    return set_(zeros_of(x) if dx is None else dx, 0.0 if dv is None else dv, *index, **static)


def _set_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    _, v, *index = primals
    to_x = to_v = None
    if wanted[1]:  # read before what follows overwrites `ct`
        to_v = get(ct, *index, **static)
        if "array" in static["spec"]:
            to_v = _last_writes(to_v, primals, static["spec"])
        to_v = _fit_slot(to_v, v)
    if wanted[0]:
        to_x = set_(ct, 0.0, *index, **static)
    return (to_x, to_v, *(None for _ in index))


def _add_at_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    x, _, *index = primals
    dx, dv = tangents[:2]
    if dv is None:
        return dx
    return add_at(zeros_of(x) if dx is None else dx, dv, *index, **static)


def _add_at_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    _, v, *index = primals
    to_v = _fit_slot(get(ct, *index, **static), v) if wanted[1] else None
    return (ct if wanted[0] else None, to_v, *(None for _ in index))


_CASES: tuple[tuple[Static, tuple[Domain, ...]], ...] = (
    *(({"spec": spec}, (_MATRIX, Domain(shape=shape), *operands)) for spec, operands, shape in _SPECS),
    ({"spec": (_SOME, "array")}, (_MATRIX, Domain(shape=(2, 1)), _COLUMNS)),
)

set_: Primitive = Primitive(
    name="set",
    doc="x with v, broadcast, at an index; of an element that is named twice the last write counts",
    type_rule=_slot_type,
    impl=lambda x, v, *index, spec: _set_inplace(x.copy(), v, *index, spec=spec),
    inplace=_set_inplace,
    jvp=_set_jvp,
    vjp=_set_vjp,
    updates=True,
    domain=(_MATRIX, Domain(shape=(3,))),
    statics=({"spec": (ALL,)},),
    cases=_CASES,
)
add_at: Primitive = Primitive(
    name="add_at",
    doc="x with v, broadcast, added at an index, as often as an element is named",
    type_rule=_add_at_type,
    impl=lambda x, v, *index, spec: _add_at_inplace(x.copy(), v, *index, spec=spec),
    inplace=_add_at_inplace,
    jvp=_add_at_jvp,
    vjp=_add_at_vjp,
    updates=True,
    domain=(_MATRIX, Domain(shape=(3,))),
    statics=({"spec": (ALL,)},),
    cases=_CASES,
)

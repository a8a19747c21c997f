"""Order along an axis: sorting, and where the extremes are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.forms import linear
from dlang.primitives.operands import plain
from dlang.primitives.signatures import NUMBER, Checked, reducing, same_type
from dlang.types import DType, Type

__all__ = ["argmax", "argmin", "argsort", "average_ties", "permute_along", "sort"]

_MATRIX = Domain(shape=(3, 4))
_ALONG: tuple[Static, ...] = ({"axis": 0}, {"axis": 1})


def _argument(name: str, doc: str, find: Callable[..., Any]) -> Primitive:
    def impl(x: Any, *, axis: int | None = None) -> Any:
        if isinstance(x, np.ndarray) and (x.size if axis is None else x.shape[axis]) == 0:
            raise ValueError(f"`{name}` of no elements")
        return plain(find(x, axis))

    def type_rule(types: Sequence[Type], static: Static) -> Checked:
        if isinstance(static.get("axis"), tuple):
            return Mismatch(f"`{name}` over several axes", ("one axis, or all of them",))
        return reducing(name, NUMBER, lambda dtype: DType.INT, nonempty=True)(types, static)

    return Primitive(
        name=name,
        doc=doc,
        type_rule=type_rule,
        impl=impl,
        discrete=True,
        domain=(_MATRIX,),
        statics=({"axis": None}, *_ALONG),
    )


argmax: Primitive = _argument(
    "argmax", "index (Int) of the greatest along an axis, or in all; the first of equals", np.argmax
)
argmin: Primitive = _argument(
    "argmin", "index (Int) of the least along an axis, or in all; the first of equals", np.argmin
)


def _argsort_type(types: Sequence[Type], static: Static) -> Checked:
    found = same_type("argsort", NUMBER, min_rank=1)(types, static)
    return found if isinstance(found, Mismatch) else (found[0].with_dtype(DType.INT),)


argsort: Primitive = Primitive(
    name="argsort",
    doc="the order (Int) that sorts along an axis; equals keep theirs; nan is last",
    type_rule=_argsort_type,
    impl=lambda x, *, axis: np.argsort(x, axis=axis, kind="stable"),
    discrete=True,
    domain=(_MATRIX,),
    statics=_ALONG,
)
permute_along: Primitive = linear(
    "permute_along",
    "x with its elements along an axis in the given order, a permutation",
    lambda types, static: (types[0],),
    lambda x, order, *, axis: np.take_along_axis(x, order, axis),
    lambda ct, x, order, *, axis: permute_along(ct, argsort(order, axis=axis), axis=axis),
    domain=(Domain(shape=(4,)), Domain(0, 3, shape=(4,), integer=True)),
    statics=({"axis": 0},),
)


def _average_ties(x: np.ndarray, keys: np.ndarray, *, axis: int) -> np.ndarray:
    keys = np.moveaxis(keys, axis, -1)
    same = keys[..., 1:] == keys[..., :-1]
    if not same.any():
        return x
    out = np.moveaxis(x, axis, -1).copy()
    for row, ties in zip(out.reshape(-1, out.shape[-1]), same.reshape(-1, same.shape[-1]), strict=True):
        run = np.concatenate(([0], np.cumsum(~ties)))
        row[:] = (np.bincount(run, row) / np.bincount(run))[run]
    return np.moveaxis(out, -1, axis)


average_ties: Primitive = linear(
    "average_ties",
    "x, averaged over each run of equal keys along an axis; the keys are sorted",
    lambda types, static: (types[0],),
    _average_ties,
    lambda ct, x, keys, *, axis: average_ties(ct, keys, axis=axis),
    view=True,
    domain=(_MATRIX, Domain(0, 1, shape=(3, 4), integer=True)),
    statics=_ALONG,
)


def _sort_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    if tangents[0] is None:
        return None
    moved = permute_along(tangents[0], argsort(primals[0], **static), **static)
    return average_ties(moved, out, **static)


def _sort_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    back = argsort(argsort(primals[0], **static), **static)
    return (permute_along(average_ties(ct, out, **static), back, **static),)


sort: Primitive = Primitive(
    name="sort",
    doc="x ascending along an axis, Real or Int; nan is last; ties share the derivative",
    type_rule=same_type("sort", NUMBER, min_rank=1),
    impl=lambda x, *, axis: np.sort(x, axis=axis),
    jvp=_sort_jvp,
    vjp=_sort_vjp,
    domain=(_MATRIX,),
    statics=_ALONG,
)

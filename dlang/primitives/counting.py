"""Arrays made of numbers alone: ranges, even spacing, the identity; and the size of an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import mul
from dlang.primitives.broadcasting import sum_to
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.operands import beside
from dlang.primitives.signatures import Checked, check_axes, check_dtype
from dlang.types import INT, REAL, DType, Type

__all__ = ["arange", "eye", "length", "linspace"]


def _arange_type(types: Sequence[Type], static: Static) -> Checked:
    for i, found in enumerate(types):
        if found != INT:
            return Mismatch(f"a range is of Ints, found {found}", operand=i)
    return (Type(DType.INT, (static.get("size"),)),)


def _arange(start: int, stop: int, step: int, *, size: int | None = None) -> np.ndarray:
    if step == 0:
        raise ValueError("a range `by 0` goes nowhere")
    return np.arange(start, stop, step, dtype=np.int64)


arange: Primitive = Primitive(
    name="arange",
    doc="Ints from start by step while short of stop; `size` is how many, where that is known",
    type_rule=_arange_type,
    impl=_arange,
    discrete=True,
    domain=(Domain(0, 3, integer=True), Domain(4, 9, integer=True), Domain(1, 2, integer=True)),
)


def _length_type(types: Sequence[Type], static: Static) -> Checked:
    wrong = check_axes("len", types[0], static["axis"])
    return wrong or (INT,)


length: Primitive = Primitive(
    name="length",
    doc="the size of x along an axis",
    type_rule=_length_type,
    impl=lambda x, *, axis: x.shape[axis],
    specialise=lambda types, static: f"{{0}}.shape[{static['axis']}]",
    discrete=True,
    reads_shape_only=(0,),
    domain=(Domain(shape=(2, 3)),),
    statics=({"axis": 0}, {"axis": 1}),
)


def _eye_type(types: Sequence[Type], static: Static) -> Checked:
    n = static["n"]
    return (Type(DType.REAL, (n, n)),) if n >= 0 else Mismatch(f"a matrix cannot have the size {n}")


eye: Primitive = Primitive(
    name="eye",
    doc="the identity matrix of size n",
    type_rule=_eye_type,
    impl=lambda *, n: np.eye(n),
    discrete=True,
    statics=({"n": 3},),
)


def _linspace_type(types: Sequence[Type], static: Static) -> Checked:
    wrong = check_dtype("linspace", types, (DType.REAL,))
    for i, found in enumerate(types):
        if wrong is None and found != REAL:
            wrong = Mismatch(f"an end of `linspace` is a Real, found {found}", operand=i)
    if wrong is None and static["n"] < 0:
        wrong = Mismatch(f"an array cannot have the size {static['n']}")
    return wrong or (Type(DType.REAL, (static["n"],)),)


def _linspace_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    if all(t is None for t in tangents):
        return None
    return linspace(*(0.0 if t is None else t for t in tangents), **static)


def _linspace_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    def weighted(at_start: float, at_end: float) -> Any:
        return sum_to(mul(ct, beside(ct, linspace, at_start, at_end, **static)), shape=())

    return (weighted(1.0, 0.0) if wanted[0] else None, weighted(0.0, 1.0) if wanted[1] else None)


linspace: Primitive = Primitive(
    name="linspace",
    doc="n evenly spaced Reals from a to b, both included",
    type_rule=_linspace_type,
    impl=lambda a, b, *, n: np.linspace(a, b, n),
    jvp=_linspace_jvp,
    vjp=_linspace_vjp,
    domain=(Domain(), Domain()),
    statics=({"n": 5}, {"n": 1}, {"n": 0}),
)

"""Discrete convolution of two vectors: out[k] is the sum of a[i] b[k - i].

Its rules are convolutions in which 0 times anything is 0, as those of matrix products are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add
from dlang.primitives.assembling import flip
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.linear_algebra import strong_product
from dlang.primitives.operands import plain
from dlang.primitives.signatures import REAL_ONLY, Checked, check_dtype
from dlang.types import REAL, Type

__all__ = ["convolve", "strong_convolve"]


def _convolve_type(types: Sequence[Type], static: Static) -> Checked:
    for i, found in enumerate(types):
        if found.rank != 1:
            return Mismatch(f"`convolve` takes two vectors, found {found}", operand=i)
        if found.shape == (0,):
            return Mismatch("`convolve` of no elements", operand=i)
    wrong = check_dtype("convolve", types, REAL_ONLY)
    if wrong is not None:
        return wrong
    (n,), (m,) = types[0].shape, types[1].shape
    if n is None or m is None:
        return (REAL.with_shape((None,)),)
    if static["valid"] and n < m:
        return Mismatch(f"`convolve` of a longer vector, {m}, inside a shorter one, {n}")
    return (REAL.with_shape((n - m + 1 if static["valid"] else n + m - 1,)),)


def _convolve(a: np.ndarray, b: np.ndarray, *, valid: bool) -> Any:
    if not len(a) or not len(b):
        raise ValueError("`convolve` of no elements")
    if valid and len(a) < len(b):
        raise ValueError(f"`convolve` of a longer vector, {len(b)}, inside a shorter one, {len(a)}")
    return np.convolve(a, b, "valid" if valid else "full")


def _strong_convolve(a: np.ndarray, b: np.ndarray, *, valid: bool) -> Any:
    out = _convolve(a, b, valid=valid)
    if not np.isnan(out).any():
        return out
    a = a if valid else np.pad(a, len(b) - 1)
    return strong_product(np.lib.stride_tricks.sliding_window_view(a, len(b)), b[::-1])


def _convolve_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    (a, b), (da, db) = primals, tangents
    if da is None:
        return None if db is None else strong_convolve(a, db, **static)
    along = strong_convolve(da, b, **static)
    return along if db is None else add(along, strong_convolve(a, db, **static))


def _convolve_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    a, b = primals
    valid = static["valid"]
    to_a = strong_convolve(ct, flip(b, axis=0), valid=not valid) if wanted[0] else None
    if not wanted[1]:
        return (to_a, None)
    # the result is at most as long as a where it is "valid", and at least as long where it is not
    if valid:
        return (to_a, flip(strong_convolve(a, flip(ct, axis=0), valid=True), axis=0))
    return (to_a, strong_convolve(ct, flip(a, axis=0), valid=True))


def _convolution(name: str, doc: str, impl: Callable[..., Any]) -> Primitive:
    return Primitive(
        name=name,
        doc=doc,
        type_rule=_convolve_type,
        impl=lambda a, b, *, valid: plain(impl(a, b, valid=valid)),
        jvp=_convolve_jvp,
        vjp=_convolve_vjp,
        domain=(Domain(shape=(5,)), Domain(shape=(3,))),
        statics=({"valid": False}, {"valid": True}),
        cases=(
            ({"valid": False}, (Domain(shape=(2,)), Domain(shape=(4,)))),
            ({"valid": True}, (Domain(shape=(3,)), Domain(shape=(3,)))),
        ),
    )


convolve: Primitive = _convolution(
    "convolve",
    "the convolution of two vectors, n + m - 1 long; with `valid` only where b is all inside a, n - m + 1 long",
    _convolve,
)
strong_convolve: Primitive = _convolution(
    "strong_convolve",
    "cotangents (or tangents) convolved with partials: as `convolve`, where 0 times anything is exactly 0",
    _strong_convolve,
)

"""Constructors for the two common kinds of primitive: element by element, and linear in one operand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.core import Domain, Fast, Mismatch, Operand, Partial, Primitive, Static
from dlang.primitives.operands import plain
from dlang.primitives.signatures import REAL_ONLY, broadcasting
from dlang.types import DType, Type

__all__ = ["constantly", "elementwise", "libm", "linear", "unary"]


def constantly(value: float) -> Partial:
    """The partial that is one number everywhere."""
    return lambda *_, **__: value


def libm(scalar: Callable[..., float], array: Callable[..., Any]) -> Callable[..., Any]:
    """The `impl` that takes `scalar` (of `math`) for floats and `array` (of NumPy) otherwise.

    Where `scalar` raises, `array` answers with the NaN or infinity of IEEE.
    """

    def impl(*operands: Any) -> Any:
        for x in operands:
            if not isinstance(x, float):
                return array(*operands)
        try:
            return scalar(*operands)
        except (ValueError, OverflowError, ZeroDivisionError):
            return float(array(*operands))

    return impl


def elementwise(
    name: str,
    doc: str,
    partials: Sequence[Partial | None],
    *,
    scalar: Fast | None,
    array: Callable[..., Any],
    impl: Callable[..., Any] | None = None,
    integer: Callable[..., Any] | None = None,
    on_arrays: Fast | None = None,
    spoken: str | None = None,
    accepts: Sequence[DType] = REAL_ONLY,
    result: DType | None = None,
    domain: Sequence[Domain] | None = None,
    kinks: Sequence[float] = (),
    view: bool = False,
) -> Primitive:
    """A primitive that works element by element, with broadcasting.

    Args:
        name: as the IR prints it.
        doc: one line for the reference.
        partials: d out / d operand, one an operand; None is constant on purpose.
        scalar: as `Primitive.scalar`.
        array: on arrays of Real or Bool, one at least; Python scalars may be among them.
        impl: on everything; None is `scalar`, a callable, with `array` where that raises or cannot serve.
        integer: on Ints, one or arrays, with the checks that `Primitive.impl` owes.
        on_arrays: what generated code runs on arrays that are not of Int; None is `array`.
        spoken: what the user calls it; None is `name`.
        accepts: element types of the operands.
        result: the element type of the result, if not that of the operands.
        domain: see `Primitive`; None is the default Domain for each operand.
        kinks: see `Primitive`.
        view: the result may be operand 0 itself.
    """
    if impl is None:
        if not callable(scalar):
            raise TypeError(f"{name}: an impl is needed where `scalar` is a template")
        impl = libm(scalar, array)
    reals = impl

    def specialise(types: Sequence[Type], static: Static) -> Fast | None:
        if integer is not None and types[0].dtype is DType.INT:
            return integer
        return scalar if all(t.is_scalar for t in types) else on_arrays or array

    def either(*operands: Any) -> Any:
        for x in operands:
            if isinstance(x, float):
                return reals(*operands)
            if isinstance(x, np.ndarray):
                return ints(*operands) if x.dtype.kind == "i" else reals(*operands)
        return ints(*operands)

    ints = integer or reals
    return Primitive(
        name=name,
        doc=doc,
        type_rule=broadcasting(spoken or name, len(partials), accepts, result),
        impl=reals if integer is None else either,
        scalar=scalar,
        specialise=specialise,
        partials=tuple(partials),
        discrete=all(p is None for p in partials),
        view=view,
        domain=tuple(domain) if domain is not None else (Domain(),) * len(partials),
        kinks=tuple(kinks),
    )


def unary(
    name: str,
    doc: str,
    scalar: Callable[..., float],
    array: Callable[..., Any],
    partial: Partial | None,
    domain: Domain | None = None,
    kinks: Sequence[float] = (),
) -> Primitive:
    """An elementwise primitive of one Real, sampled from -3..3 and far out where no domain says otherwise."""
    return elementwise(
        name,
        doc,
        [partial],
        scalar=scalar,
        array=array,
        domain=(domain or Domain(-3.0, 3.0, edges=(0.0, 20.0, -20.0)),),
        kinks=kinks,
    )


def linear(
    name: str,
    doc: str,
    type_rule: Callable[[Sequence[Type], Static], tuple[Type, ...] | Mismatch],
    impl: Callable[..., Any],
    transpose: Callable[..., Operand],
    *,
    view: bool = False,
    reads_shape_only: tuple[int, ...] = (),
    domain: Sequence[Domain] = (),
    statics: Sequence[Static] = ({},),
    cases: Sequence[tuple[Static, tuple[Domain, ...]]] = (),
) -> Primitive:
    """A primitive that is linear in operand 0 and constant in the others.

    Args:
        name: as the IR prints it.
        doc: one line for the reference.
        type_rule: see `Primitive`.
        impl: see `Primitive`; what it gives is made plain.
        transpose: (cotangent, *primals, **static) -> cotangent of operand 0.
        view: see `Primitive`, as the rest.
        reads_shape_only: see `Primitive`.
        domain: see `Primitive`.
        statics: see `Primitive`.
        cases: see `Primitive`.
    """

    def jvp(out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static) -> Operand:
        return None if tangents[0] is None else primitive(tangents[0], *primals[1:], **static)

    def vjp(
        out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
    ) -> tuple[Operand | None, ...]:
        pulled = transpose(ct, *primals, **static) if wanted[0] else None
        return (pulled, *(None for _ in primals[1:]))

    primitive = Primitive(
        name=name,
        doc=doc,
        type_rule=type_rule,
        impl=lambda *operands, **static: plain(impl(*operands, **static)),
        jvp=jvp,
        vjp=vjp,
        view=view,
        reads_shape_only=reads_shape_only,
        domain=tuple(domain),
        statics=tuple(statics),
        cases=tuple(cases),
    )
    return primitive

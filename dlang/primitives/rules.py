"""Derivatives of a primitive, from its entry: where partials meet cotangents, and broadcasting is undone.

    mul, cotangent ct of shape [2, 3], b of shape [3]   =>   sum_to(strong_mul(ct, a), [3])

The same text runs on numbers and, when operands are Traced, writes IR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dlang.diagnostics.core import InternalError
from dlang.primitives.arithmetic import add, mul, neg, strong_mul
from dlang.primitives.broadcasting import broadcast_up, unbroadcast
from dlang.primitives.core import Operand, Primitive, Static
from dlang.primitives.operands import constant, shape_of, type_of

__all__ = ["jvp", "missing", "times", "type_of", "vjp"]


def vjp(
    prim: Primitive,
    out: Operand,
    primals: Sequence[Operand],
    cotangent: Operand,
    static: Static,
    wanted: Sequence[bool],
) -> tuple[Operand | None, ...]:
    """Cotangents of the operands; None is zero, or not wanted.

    Args:
        prim: what was applied.
        out: its result, a tuple if it has several, as is `cotangent`.
        primals: its operands.
        cotangent: of the result, in its shape; of several, None is zero, and one at least is not.
        static: what it was specialised on.
        wanted: for each operand, whether its cotangent is asked for; if not, it is not computed.

    Raises:
        InternalError: the primitive has no rule.
    """
    _check(prim, wanted)
    if prim.discrete or not any(wanted):
        return (None,) * len(primals)
    if prim.partials is None:
        if prim.vjp is None:
            raise InternalError(f"`{prim.name}` has no reverse derivative")
        pulled: tuple[Operand | None, ...] = prim.vjp(out, primals, cotangent, static, wanted)
        return pulled
    cotangents: list[Operand | None] = []
    for index, (partial, is_wanted) in enumerate(zip(prim.partials, wanted, strict=True)):
        ct = None
        if is_wanted and partial is not None:
            ct = times(cotangent, partial(out, *primals, **static))
        cotangents.append(ct if ct is None else unbroadcast(ct, index, primals))
    return tuple(cotangents)


def jvp(
    prim: Primitive,
    out: Operand,
    primals: Sequence[Operand],
    tangents: Sequence[Operand | None],
    static: Static,
) -> Any:
    """Tangent of the result, in its shape; None is zero. A tuple if there are several results.

    Args:
        prim: what was applied.
        out: its result, a tuple if it has several.
        primals: its operands.
        tangents: one an operand; None is zero.
        static: what it was specialised on.

    Raises:
        InternalError: the primitive has no rule.
    """
    _check(prim, [t is not None for t in tangents])
    if prim.discrete or all(t is None for t in tangents):
        return (None,) * len(out) if isinstance(out, tuple) else None
    if prim.partials is None:
        if prim.jvp is None:
            raise InternalError(f"`{prim.name}` has no forward derivative")
        pushed = prim.jvp(out, primals, tangents, static)
        if pushed is None or isinstance(out, tuple) or shape_of(pushed) == shape_of(out):
            return pushed
        return broadcast_up(pushed, out, primals)
    total = None
    for partial, tangent in zip(prim.partials, tangents, strict=True):
        if partial is not None and tangent is not None:
            term = times(tangent, partial(out, *primals, **static))
            if term is not None:
                total = term if total is None else add(total, term)
    return None if total is None else broadcast_up(total, out, primals)


def missing(prim: Primitive, wanted: Sequence[bool]) -> str | None:
    """What is asked for, in words, if an operand is wanted in which there is no rule."""
    return next((what for index, what in prim.no_rule if wanted[index]), None)


def _check(prim: Primitive, wanted: Sequence[bool]) -> None:
    what = missing(prim, wanted)
    if what is not None:
        raise InternalError(f"`{prim.name}` has no derivative: {what}")


def times(ct: Operand, partial: Operand) -> Operand | None:
    """Cotangent (or tangent) times partial, exactly zero where either is; None where that is known here.

    Known factors leave no more IR than is needed: 1 leaves the other factor, -1 its negative.
    """
    for known, other in ((constant(partial), ct), (constant(ct), partial)):
        if known is None:
            continue
        if known == 0.0:
            return None
        if known == 1.0:
            return other
        if known == -1.0:
            return neg(other)
        if math.isfinite(known):
            return mul(ct, partial)
    return strong_mul(ct, partial)

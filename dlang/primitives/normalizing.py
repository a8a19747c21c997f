"""Exponentials normalised over axes: logsumexp, softmax, log_softmax. None overflows, and infinities are taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import strong_mul, sub
from dlang.primitives.core import Operand, Primitive, Static
from dlang.primitives.operands import plain
from dlang.primitives.reductions import CUBE, Axis, sum_, weighted
from dlang.primitives.signatures import REAL_ONLY, reducing, same_type
from dlang.primitives.transcendental import exp

__all__ = ["log_softmax", "logsumexp", "softmax"]

_ALONG: tuple[Static, ...] = ({"axis": 1}, {"axis": (0, 2)}, {"axis": None})


def _below_largest(x: Any, axis: Axis) -> tuple[Any, Any, Any]:
    """The largest over axes, which elements equal it, and x minus it (0 there, also between infinities)."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    at_top = np.equal(x, largest)
    return largest, at_top, np.where(at_top, 0.0, x - largest)


def _log_of_sum(x: Any, axis: Axis) -> tuple[Any, Any, Any]:
    """The largest, x minus it, and the log of the sum of exp of that, reduced axes kept."""
    largest, at_top, below = _below_largest(x, axis)
    tops = np.sum(at_top, axis=axis, keepdims=True)
    rest = np.sum(np.where(at_top, 0.0, np.exp(below)), axis=axis, keepdims=True)
    # the rest apart from the tops, so that a result near 0 keeps its digits
    return largest, below, np.log(tops) + np.log1p(rest / tops)


def _logsumexp(x: Any, axis: Axis, keepdims: bool) -> Any:
    if np.size(x) == 0:
        return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))
    largest, _, log_sum = _log_of_sum(x, axis)
    out = largest + log_sum
    if keepdims:
        return out
    return np.squeeze(out, axis) if axis is not None else out.reshape(())


logsumexp: Primitive = weighted(
    "logsumexp",
    "log of the sum of exp over axes, without overflow; -inf of nothing",
    lambda over, x, axis: softmax(x, axis=axis),
    impl=_logsumexp,
    type_rule=reducing("logsumexp", REAL_ONLY),
)


def _softmax(x: Any, *, axis: Axis) -> Any:
    weights = np.exp(_below_largest(x, axis)[2])
    return plain(weights / np.sum(weights, axis=axis, keepdims=True))


def _log_softmax(x: Any, *, axis: Axis) -> Any:
    if np.size(x) == 0:
        return np.exp(x)
    _, below, log_sum = _log_of_sum(x, axis)
    return plain(below - log_sum)


def _total(x: Operand, axis: Axis) -> Operand:
    return sum_(x, axis=axis, keepdims=True)


def _map(
    name: str, doc: str, impl: Callable[..., Any], forward: Callable[..., Operand], back: Callable[..., Operand]
) -> Primitive:
    """A map whose two linear rules are given by (out, tangent or cotangent, axis)."""

    def jvp(
        out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
    ) -> Operand | None:
        return None if tangents[0] is None else forward(out, tangents[0], static["axis"])

    def vjp(
        out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
    ) -> tuple[Operand | None, ...]:
        return (back(out, ct, static["axis"]),)

    return Primitive(
        name=name,
        doc=doc,
        type_rule=same_type(name, REAL_ONLY),
        impl=impl,
        jvp=jvp,
        vjp=vjp,
        domain=(CUBE,),
        statics=_ALONG,
    )


def _centred(t: Operand, weights: Operand, axis: Axis) -> Operand:
    """t less its mean: twice, so that beside a weight close to 1 the sum of the others is left, and not rounding."""
    for _ in range(2):
        t = sub(t, _total(strong_mul(t, weights), axis))
    return t


def _without_shares(ct: Operand, weights: Operand, axis: Axis) -> Operand:
    """ct less its sum times the weights, the transpose of `_centred`: twice, for the same reason."""
    for _ in range(2):
        ct = sub(ct, strong_mul(_total(ct, axis), weights))
    return ct


def _softmax_rule(out: Operand, t: Operand, axis: Axis) -> Operand:
    return strong_mul(_centred(t, out, axis), out)


softmax: Primitive = _map(
    "softmax", "exp(x) over its sum along `axis`; of infinities, the limit", _softmax, _softmax_rule, _softmax_rule
)
log_softmax: Primitive = _map(
    "log_softmax",
    "log of softmax along `axis`, without loss",
    _log_softmax,
    lambda out, t, axis: _centred(t, exp(out), axis),
    lambda out, ct, axis: _without_shares(ct, exp(out), axis),
)

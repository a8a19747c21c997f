"""Activations: what stands between the layers of a network. `gelu` is with the normal distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import mul
from dlang.primitives.comparisons import gt, select
from dlang.primitives.core import Domain, Primitive
from dlang.primitives.forms import elementwise
from dlang.primitives.transcendental import sech_squared

__all__ = ["relu", "sigmoid", "softplus"]

_POSITIVE = Domain(0.2, 6.0)
_TAILS = Domain(edges=(0.0, 40.0, -40.0))


def _sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    tail = math.exp(x)
    return tail / (1.0 + tail)


def _sigmoid_array(x: np.ndarray) -> np.ndarray:
    tail = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0.0, 1.0, tail) / (1.0 + tail))


sigmoid: Primitive = elementwise(
    "sigmoid",
    "1 / (1 + exp(-x)), with full accuracy in both tails",
    # out * (1 - out) would cancel for large x, and the derivative of sigmoid(x) sigmoid(-x) for small ones
    [lambda out, x: mul(0.25, sech_squared(mul(0.5, x)))],
    scalar=_sigmoid,
    array=_sigmoid_array,
    domain=(_TAILS,),
)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _softplus_array(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))))


softplus: Primitive = elementwise(
    "softplus",
    "log(1 + exp(x)), with full accuracy in both tails",
    [lambda out, x: sigmoid(x)],
    scalar=_softplus,
    array=_softplus_array,
    domain=(_TAILS,),
)


def _relu(x: Any) -> Any:
    if isinstance(x, float):
        return x if x > 0.0 or x != x else 0.0
    return np.maximum(x, 0.0)


relu: Primitive = elementwise(
    "relu",
    "max(x, 0); derivative 0 at 0",
    [lambda out, x: select(gt(x, 0.0), 1.0, 0.0)],
    scalar="{0} if {0} > 0.0 or {0} != {0} else 0.0",
    array=_relu,
    impl=_relu,
    kinks=(0.0,),
    domain=(Domain(edges=(0.0,)),),
)

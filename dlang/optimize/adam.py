"""Adam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Vector

__all__ = ["Adam", "AdamState"]


@record
class AdamState:
    """count: steps taken; m, v: (n,), running means of the gradient and of its square."""

    count: int
    m: Vector
    v: Vector


@record
class Adam:
    """Adam with bias correction.

    m <- b1 m + (1-b1) g,   v <- b2 v + (1-b2) g^2,
    x <- x - rate * (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)

    Source: Kingma & Ba 2015, Algorithm 1 (eps outside the root).
    """

    rate: float = 1e-2
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8

    def init(self, params: Vector) -> AdamState:
        """The state before the first step."""
        return AdamState(0, np.zeros_like(params), np.zeros_like(params))

    def step(self, params: Vector, gradient: Vector, state: AdamState) -> tuple[Vector, AdamState]:
        """The parameters after one step, and the state for the next."""
        t = state.count + 1
        m = self.b1 * state.m + (1 - self.b1) * gradient
        v = self.b2 * state.v + (1 - self.b2) * gradient**2
        update = (m / (1 - self.b1**t)) / (np.sqrt(v / (1 - self.b2**t)) + self.eps)
        return params - self.rate * update, AdamState(t, m, v)

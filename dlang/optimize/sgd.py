"""Gradient descent with momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlang.records import record

if TYPE_CHECKING:
    from dlang.optimize.objective import Vector

__all__ = ["SGD", "SGDState"]


@record
class SGDState:
    """velocity: (n,), the running sum of gradients."""

    velocity: Vector


@record
class SGD:
    """Gradient descent with momentum, plain or Nesterov's.

    v <- momentum v + g,   x <- x - rate * v            (plain)
    v <- momentum v + g,   x <- x - rate * (g + momentum v)   (nesterov)

    Source: Polyak 1964; Sutskever et al. 2013 for Nesterov's form, with g taken at x as in PyTorch.
    """

    rate: float = 1e-2
    momentum: float = 0.0
    nesterov: bool = False

    def init(self, params: Vector) -> SGDState:
        """The state before the first step."""
        return SGDState(np.zeros_like(params))

    def step(self, params: Vector, gradient: Vector, state: SGDState) -> tuple[Vector, SGDState]:
        """The parameters after one step, and the state for the next."""
        velocity = self.momentum * state.velocity + gradient
        update = gradient + self.momentum * velocity if self.nesterov else velocity
        return params - self.rate * update, SGDState(velocity)

"""Objectives for the tests, from plain functions of the parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optim.duals import Dual, variables


@dataclass
class Problem:
    """An objective: `model(*params)` against `y` (least squares), or `f(*params)` alone."""

    start: Any
    model: Any = None
    y: Any = None
    f: Any = None
    names: tuple[str, ...] = ()
    structure: Any = ()
    lower: Any = None
    upper: Any = None
    kind: str = ""
    has_density: bool = False
    penalty: Any = None
    calls: int = 0
    interrupt_at: int | None = field(default=None)

    def __post_init__(self):
        self.start = np.array(self.start, dtype=float)
        n = self.start.size
        self.names = self.names or tuple(f"b{i + 1}" for i in range(n))
        self.structure = self.structure or tuple((name, ()) for name in self.names)
        self.lower = np.full(n, -np.inf) if self.lower is None else np.array(self.lower, dtype=float)
        self.upper = np.full(n, np.inf) if self.upper is None else np.array(self.upper, dtype=float)
        if not self.kind:
            self.kind = "likelihood" if self.model is None else "penalised" if self.penalty else "least-squares"

    def start_duals(self):
        return variables(self.start)

    def _residual(self, x):
        self.calls += 1
        if self.interrupt_at is not None and self.calls >= self.interrupt_at:
            raise KeyboardInterrupt
        with np.errstate(all="ignore"):
            out = Dual.lift(self.model(*variables(x)), x.size)
            value = self.y - out.value
            return value, -np.broadcast_to(out.tangent, (*value.shape, x.size))

    def residuals(self, x):
        return None if self.model is None else self._residual(x)[0]

    def jacobian(self, x):
        return None if self.model is None else self._residual(x)[1]

    def _total(self, x):
        if self.model is None:
            self.calls += 1
            if self.interrupt_at is not None and self.calls >= self.interrupt_at:
                raise KeyboardInterrupt
            with np.errstate(all="ignore"):
                out = Dual.lift(self.f(*variables(x)), x.size)
            return out.value, out.tangent
        r, j = self._residual(x)
        with np.errstate(all="ignore"):
            value, gradient = r @ r, 2 * j.T @ r
        if self.penalty:
            extra = self.penalty(*variables(x))
            value, gradient = value + extra.value, gradient + extra.tangent
        return value, gradient

    def value(self, x):
        return float(self._total(x)[0])

    def value_and_grad(self, x):
        value, gradient = self._total(x)
        return float(value), gradient

    def hessian(self, x):
        n, h = x.size, 1e-30
        columns = [self._total(x + 1j * h * np.eye(n)[i])[1].imag / h for i in range(n)]
        return np.array(columns).reshape(n, n)

    def hvp(self, x, v):
        return self.hessian(x) @ v

"""Exact derivatives for the tests' objectives, by a dual number over arrays: independent of dlang's own."""

from __future__ import annotations

import numpy as np


class Dual:
    """A value of shape s with its derivatives, s + (n,). Complex values are fine: that gives second derivatives."""

    __array_ufunc__ = None

    def __init__(self, value, tangent):
        self.value = np.asarray(value)
        self.tangent = np.asarray(tangent)

    @staticmethod
    def lift(other, n):
        if isinstance(other, Dual):
            return other
        value = np.asarray(other)
        return Dual(value, np.zeros((*value.shape, n)))

    def _chain(self, value, partial):
        return Dual(value, np.asarray(partial)[..., None] * self.tangent)

    def _pair(self, other, value, p, q):
        other = Dual.lift(other, self.tangent.shape[-1])
        a, b = self.value, other.value
        return Dual(
            value(a, b), np.asarray(p(a, b))[..., None] * self.tangent + np.asarray(q(a, b))[..., None] * other.tangent
        )

    def __add__(self, other):
        return self._pair(other, np.add, lambda a, b: np.ones_like(a + b), lambda a, b: np.ones_like(a + b))

    def __mul__(self, other):
        return self._pair(other, np.multiply, lambda a, b: b, lambda a, b: a)

    def __pow__(self, other):
        if isinstance(other, Dual):
            return exp(log(self) * other)
        return self._chain(self.value**other, other * self.value ** (other - 1))

    def __rpow__(self, base):
        return self._chain(base**self.value, base**self.value * np.log(base))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self._pair(other, np.divide, lambda a, b: 1 / b, lambda a, b: -a / b / b)

    def __rtruediv__(self, other):
        return Dual.lift(other, self.tangent.shape[-1]) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def sum(self):
        return Dual(self.value.sum(), self.tangent.reshape(-1, self.tangent.shape[-1]).sum(axis=0))


def _unary(f, df):
    return lambda x: x._chain(f(x.value), df(x.value)) if isinstance(x, Dual) else f(x)


exp = _unary(np.exp, np.exp)
log = _unary(np.log, lambda x: 1 / x)
sqrt = _unary(np.sqrt, lambda x: 0.5 / np.sqrt(x))
sin = _unary(np.sin, np.cos)
cos = _unary(np.cos, lambda x: -np.sin(x))
atan = _unary(np.arctan, lambda x: 1 / (1 + x * x))


def variables(x):
    """The entries of x (n,) as duals that are scalars."""
    eye = np.eye(x.size)
    return [Dual(x[i], eye[i]) for i in range(x.size)]

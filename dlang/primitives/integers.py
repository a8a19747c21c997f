"""Arithmetic on Ints that fails where 64 bits do not hold the result, on Python ints and int64 arrays.

Arrays are bounded by their largest magnitude first; only where the bound does not rule overflow out is the
result computed in Python's integers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from dlang.primitives.operands import plain

__all__ = ["absolute", "accumulate", "add", "floordiv", "mod", "mul", "neg", "power", "reduce", "sign", "sub"]

_LIMIT = 2**63


def add(a: Any, b: Any) -> Any:
    """a + b. Raises OverflowError."""
    if isinstance(a, int) and isinstance(b, int):
        out = a + b
        return out if -_LIMIT <= out < _LIMIT else _overflow(f"{a} + {b}")
    return _exact(operator.add, _magnitude(a) + _magnitude(b), a, b)


def sub(a: Any, b: Any) -> Any:
    """a - b. Raises OverflowError."""
    if isinstance(a, int) and isinstance(b, int):
        out = a - b
        return out if -_LIMIT <= out < _LIMIT else _overflow(f"{a} - {b}")
    return _exact(operator.sub, _magnitude(a) + _magnitude(b), a, b)


def mul(a: Any, b: Any) -> Any:
    """a * b. Raises OverflowError."""
    if isinstance(a, int) and isinstance(b, int):
        out = a * b
        return out if -_LIMIT <= out < _LIMIT else _overflow(f"{a} * {b}")
    return _exact(operator.mul, _magnitude(a) * _magnitude(b), a, b)


def neg(a: Any) -> Any:
    """-a. Raises OverflowError."""
    return sub(0, a)


def absolute(a: Any) -> Any:
    """|a|. Raises OverflowError."""
    if isinstance(a, int):
        return a if a >= 0 else sub(0, a)
    return _exact(abs, _magnitude(a), a)


def sign(a: Any) -> Any:
    """-1, 0 or 1."""
    return (a > 0) - (a < 0) if isinstance(a, int) else np.sign(a)


def floordiv(a: Any, b: Any) -> Any:
    """Floor of a / b. Raises ZeroDivisionError, OverflowError."""
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            raise ZeroDivisionError(f"{a} // 0")
        out = a // b
        return out if out < _LIMIT else _overflow(f"{a} // {b}")
    _check_divisor(b, "//")
    return _exact(operator.floordiv, _magnitude(a), a, b)


def mod(a: Any, b: Any) -> Any:
    """a - b * (a // b), of the divisor's sign. Raises ZeroDivisionError."""
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            raise ZeroDivisionError(f"{a} % 0")
        return a % b
    _check_divisor(b, "%")
    return np.mod(a, b)


def power(a: Any, b: Any) -> Any:
    """a^b for b >= 0. Raises ValueError for a negative exponent, OverflowError."""
    if isinstance(a, int) and isinstance(b, int):
        if b < 0:
            raise ValueError(f"{a}^{b}: an Int to a negative power is no Int; write `{a}.0^{b}`")
        if abs(a) > 1 and b > 64:
            return _overflow(f"{a}^{b}")
        out = a**b
        return out if -_LIMIT <= out < _LIMIT else _overflow(f"{a}^{b}")
    bases, exponents = np.broadcast_arrays(np.asarray(a, np.int64), np.asarray(b, np.int64))
    powers = [power(x, n) for x, n in zip(bases.ravel().tolist(), exponents.ravel().tolist(), strict=True)]
    return np.array(powers, np.int64).reshape(bases.shape)


def reduce(ufunc: np.ufunc, x: Any, axis: int | tuple[int, ...] | None, keepdims: bool) -> Any:
    """Sum (`np.add`) or product (`np.multiply`) over axes. Raises OverflowError."""
    x = np.asarray(x, np.int64)
    if _fits(ufunc, x):
        return plain(ufunc.reduce(x, axis=axis, keepdims=keepdims))
    return _narrow(ufunc.reduce(x.astype(object), axis=axis, keepdims=keepdims))


def accumulate(ufunc: np.ufunc, x: np.ndarray, axis: int) -> np.ndarray:
    """Running sums or products along an axis. Raises OverflowError."""
    if _fits(ufunc, x):
        return np.asarray(ufunc.accumulate(x, axis=axis))
    return np.asarray(_narrow(ufunc.accumulate(x.astype(object), axis=axis)))


def _fits(ufunc: np.ufunc, x: np.ndarray) -> bool:
    """Whether no partial result over all elements can overflow."""
    largest = _magnitude(x)
    if ufunc is np.add:
        return largest * x.size < _LIMIT
    return largest <= 1 or largest.bit_length() * x.size < 64


def _magnitude(a: Any) -> int:
    """The largest |element|; 0 of nothing."""
    if isinstance(a, int):
        return abs(a)
    return max(-int(a.min()), int(a.max())) if a.size else 0


def _exact(op: Callable[..., Any], bound: int, *operands: Any) -> Any:
    """`op` on arrays whose results are at most `bound` in magnitude."""
    if bound < _LIMIT:
        return op(*operands)
    return _narrow(op(*(np.asarray(x, dtype=object) for x in operands)))


def _narrow(wide: Any) -> Any:
    """Python ints, one or an array of them, back in 64 bits. Raises OverflowError."""
    if not isinstance(wide, np.ndarray):
        return wide if -_LIMIT <= wide < _LIMIT else _overflow(str(wide))
    for value in wide.flat:
        if not -_LIMIT <= value < _LIMIT:
            _overflow(str(value))
    return wide.astype(np.int64)


def _check_divisor(b: Any, symbol: str) -> None:
    if np.any(np.equal(b, 0)):
        raise ZeroDivisionError(f"Int {symbol} 0")


def _overflow(what: str) -> Any:
    raise OverflowError(f"{what} does not fit 64 bits")

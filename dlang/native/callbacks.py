"""Primitives that have no instructions of their own: compiled code calls back what the interpreter calls.

A callback reads its operands from an array of 8-byte slots, a number or an address each, and writes its results to
the addresses that follow. It takes a microsecond or two, beside which a decomposition or a special function is long.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dlang.ir.nodes import Apply
from dlang.native.memory import byte_size
from dlang.records import field, record
from dlang.types import DType, Type

__all__ = ["Callbacks"]

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
_NUMPY = {DType.REAL: np.dtype(np.float64), DType.INT: np.dtype(np.int64), DType.BOOL: np.dtype(np.bool_)}
_FAULTS = (ArithmeticError, ValueError, IndexError, RecursionError, MemoryError)


@record(frozen=False, eq=False)
class Callbacks:
    """The callbacks of one module by symbol, kept alive as long as its code.

    Attributes:
        raised: an exception that is not the program's fault, to be raised where the run was called.
    """

    functions: dict[str, Any] = field(default_factory=dict)
    raised: list[BaseException] = field(default_factory=list)
    _known: dict[Any, str] = field(default_factory=dict)

    def symbol(self, stmt: Apply, name: str) -> str:
        """The symbol of the callback for an application, `name` if it is a new one."""
        operands = tuple(a.type for a in stmt.args)
        results = tuple(o.type for o in stmt.outs)
        key = (stmt.prim, operands, results, tuple(sorted(stmt.static.items(), key=lambda item: item[0])))
        if key not in self._known:
            self._known[key] = name
            fast = stmt.prim.fast(operands, stmt.static) if not any(t.shape for t in operands) else None
            function = _guarded(stmt.prim.impl, fast if callable(fast) else None, stmt.static)
            self.functions[name] = _CALLBACK(self._caller(function, operands, results))
        return self._known[key]

    def _caller(
        self, function: Callable[..., Any], operands: Sequence[Type], results: Sequence[Type]
    ) -> Callable[[int], int]:
        readers = [_reader(8 * k, type_) for k, type_ in enumerate(operands)]
        writers = [_writer(8 * (len(operands) + k), type_) for k, type_ in enumerate(results)]

        def call(slots: int) -> int:
            try:
                found = function(*(read(slots) for read in readers))
                for write, value in zip(writers, found if len(writers) > 1 else (found,), strict=True):
                    write(slots, value)
            except _FAULTS:
                return 1
            except BaseException as error:
                self.raised.append(error)
                return 1
            return 0

        return call


def _guarded(impl: Callable[..., Any], fast: Callable[..., Any] | None, static: Mapping[str, Any]) -> Any:
    """The quick form where it answers, else the one that follows IEEE."""
    if fast is None:
        return lambda *operands: impl(*operands, **static)

    def function(*operands: Any) -> Any:
        try:
            return fast(*operands)
        except (ValueError, OverflowError, ZeroDivisionError):
            return impl(*operands, **static)

    return function


def _reader(offset: int, type_: Type) -> Callable[[int], Any]:
    if not type_.shape:
        match type_.dtype:
            case DType.REAL:
                return lambda slots: ctypes.c_double.from_address(slots + offset).value
            case DType.INT:
                return lambda slots: ctypes.c_int64.from_address(slots + offset).value
            case DType.BOOL:
                return lambda slots: ctypes.c_int64.from_address(slots + offset).value != 0
    return lambda slots: _view(ctypes.c_int64.from_address(slots + offset).value, type_)


def _view(address: int, type_: Type) -> Any:
    dtype = _NUMPY[type_.dtype]
    size = byte_size(type_)
    if not size:
        return np.empty(type_.shape, dtype)
    bytes_: Any = (ctypes.c_char * size).from_address(address)
    return np.frombuffer(bytes_, dtype).reshape(type_.shape)


def _writer(offset: int, type_: Type) -> Callable[[int, Any], None]:
    if type_.shape:

        def write(slots: int, value: Any) -> None:
            _view(ctypes.c_int64.from_address(slots + offset).value, type_)[...] = value

        return write
    kind: Any = ctypes.c_double if type_.dtype is DType.REAL else ctypes.c_int64

    def write_scalar(slots: int, value: Any) -> None:
        kind.from_address(slots + offset).value = value

    return write_scalar

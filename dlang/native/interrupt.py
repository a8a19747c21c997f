"""Ctrl-C while machine code runs.

Python's own handler only notes the signal, and acts when Python runs again. So a handler of ours stands before it: it
raises the flag that the loops of the run on the main thread look at, and hands the signal on. The run then ends within
a pass, and Python's handler has its say.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from dlang.native import machine
from dlang.native.callbacks import Callbacks

__all__ = ["interruptible"]

_HANDLER = """
@dl.state = global ptr null
@dl.before = global ptr null

define void @dl.handler(i32 %signal) {
  %state = load volatile ptr, ptr @dl.state
  %some = icmp ne ptr %state, null
  br i1 %some, label %raise, label %on
raise:
  store volatile i64 1, ptr %state
  br label %on
on:
  %before = load volatile ptr, ptr @dl.before
  call void %before(i32 %signal)
  ret void
}

define ptr @dl.places(i64 %which) {
  %first = icmp eq i64 %which, 0
  %second = icmp eq i64 %which, 1
  %a = select i1 %second, ptr @dl.before, ptr @dl.handler
  %b = select i1 %first, ptr @dl.state, ptr %a
  ret ptr %b
}
"""

_ACTION = 256
"""Bytes enough for a `struct sigaction`, of which the handler's address is the first 8."""


class _Handler:
    def __init__(self) -> None:
        callbacks = Callbacks()
        self._code = machine.load(_HANDLER, callbacks.functions, "dl.places", callbacks)
        places = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_int64)(self._code.address)
        self.state = ctypes.c_uint64.from_address(places(0))
        self.before = ctypes.c_uint64.from_address(places(1))
        self.address = places(2)
        self.sigaction: Any = ctypes.CDLL(None).sigaction
        self.sigaction.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


@cache
def _handler() -> _Handler:
    return _Handler()


@contextmanager
def interruptible(state: int) -> Iterator[None]:
    """Have Ctrl-C raise the flag at an address; on other threads than the main one, nothing changes.

    Our handler stays where it is put, and does nothing but hand the signal on while no run is under way: to take it
    away again would be one more moment at which a signal may come. Who sets another handler replaces it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = _handler()
    old = ctypes.create_string_buffer(_ACTION)
    handler.sigaction(signal.SIGINT, None, old)
    before = ctypes.c_uint64.from_buffer(old).value
    if before <= 1:  # the system's own way
        yield
        return
    if before != handler.address:
        new = ctypes.create_string_buffer(old.raw, _ACTION)
        ctypes.c_uint64.from_buffer(new).value = handler.address
        handler.before.value = before
        handler.sigaction(signal.SIGINT, new, None)
    handler.state.value = state
    try:
        yield
    finally:
        handler.state.value = 0

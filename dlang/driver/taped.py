"""Derivatives that run in the memory there is: all of a loop on the tape or, where that does not fit, tile by tile."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from dlang.diagnostics import DlangError, running
from dlang.interpreter.evaluate import Compiled, compile_module
from dlang.interpreter.runtime import TapeFullError
from dlang.ir.nodes import Module
from dlang.recursion import deep_recursion

__all__ = ["Taped", "default_limit"]

_SHARE = 4
"""The tape may take this part of the machine's memory, if nothing else is said."""

_LEAST = 1 << 30


def default_limit() -> int:
    """Bytes that a tape may hold: a quarter of the memory."""
    try:
        return max(_LEAST, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _SHARE)
    except (AttributeError, OSError, ValueError):  # a system that does not say
        return _LEAST


class Taped:
    """A function that keeps records on a tape; it is called as a Compiled is.

    Args:
        make: the module, with loops tiled or not.
        limit: bytes that the tape may hold, about.
    """

    def __init__(self, make: Callable[[bool], Module], limit: int) -> None:
        self._make, self._limit, self._is_tiled = make, limit, False
        self._compiled: Compiled | None = None

    def __call__(self, name: str, *args: Any) -> Any:
        """Run a function.

        Raises:
            DlangError: running it failed; E0613, the tape does not hold what it needs tile by tile either.
        """
        while True:
            if self._compiled is None:
                with deep_recursion():
                    self._compiled = compile_module(self._make(self._is_tiled), tape_limit=self._limit)
            try:
                return self._compiled(name, *args)
            except TapeFullError:
                if self._is_tiled:
                    raise DlangError(running.tape_too_long(self._limit)) from None
                self._is_tiled, self._compiled = True, None

"""Functions as they are run: in the engine that suits them, in the memory there is.

All of a loop is kept on the tape or, where that does not fit, it is run again tile by tile. What the machine code
meets and cannot tell (a fault, too deep a recursion) the interpreter runs again, and tells.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlang.diagnostics import DlangError, running, usage
from dlang.interpreter.evaluate import Compiled, compile_module
from dlang.interpreter.runtime import TapeFullError
from dlang.ir.nodes import Module
from dlang.ir.work import work
from dlang.passes.policy import Policy
from dlang.records import record
from dlang.recursion import deep_recursion

if TYPE_CHECKING:
    from dlang.native.evaluate import Native

__all__ = ["Settings", "Taped", "default_limit"]

_SHARE = 4
"""The tape may take this part of the machine's memory, if nothing else is said."""

_LEAST = 1 << 30

_WORTH = 1_500_000
"""Executed primitives on scalars from which machine code pays: the interpreter takes about 0.1 s for them, loading
LLVM and compiling as long."""

_ELEMENTS = 40
"""Elements of arrays, which NumPy goes through in the time that the interpreter takes for one scalar."""

_ROOMY = 512 << 20
"""Bytes of frames from which the interpreter, which frees what is no longer read, is the better choice."""

_BESIDE = 2
"""So many of them for each primitive on whole arrays, which machine code calls back for."""


def default_limit() -> int:
    """Bytes that a tape may hold: a quarter of the memory."""
    try:
        return max(_LEAST, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _SHARE)
    except (AttributeError, OSError, ValueError):  # a system that does not say
        return _LEAST


@record(frozen=False, eq=False)
class Settings:
    """How the functions of a program are run.

    Attributes:
        engine: one of `engines.ENGINES`.
        tape_limit: bytes that a tape may hold, about.
        ran_native: something was run as machine code.
    """

    engine: str
    tape_limit: int
    ran_native: bool = False

    @property
    def used(self) -> str:
        """The engine that results come from."""
        return "native" if self.ran_native else "interpreter"


class Taped:
    """A function that may keep records on a tape; it is called as a Compiled is, from any thread.

    Args:
        make: the module, by what its adjoints keep.
        settings: shared by the functions of a program.
    """

    def __init__(self, make: Callable[[Policy], Module], settings: Settings) -> None:
        self._settings = settings
        self._ways = {tiled: _Way(make, settings, tiled) for tiled in (False, True)}
        self._is_tiled = False
        self._done = 0.0

    def __call__(self, name: str, *args: Any) -> Any:
        """Run a function.

        Raises:
            DlangError: running it failed; E0613, the tape does not hold what it needs tile by tile either; E0716, the
                native engine was asked for and cannot take it.
        """
        is_worth = self._is_worth(self._ways[self._is_tiled], name, args)  # for all of the call: tiles change no bits
        while True:
            tiled = self._is_tiled
            way = self._ways[tiled]
            try:
                if is_worth and way.may_be_native:
                    return way.native(name, args)
                return way.interpreted()(name, *args)
            except TapeFullError:
                if tiled:
                    raise DlangError(running.tape_too_long(self._settings.tape_limit)) from None
                self._is_tiled = True

    def _is_worth(self, way: _Way, name: str, args: tuple[Any, ...]) -> bool:
        """Whether machine code is asked for, is there, or pays, what was done so far included."""
        if self._settings.engine != "auto" or way.is_native:
            return self._settings.engine != "interpreter"
        if not way.may_be_native:
            return False
        self._done += way.work(name, args)
        return self._done >= _WORTH


class _Way:
    """A function with all on the tape, or tile by tile: interpreted, and as machine code."""

    def __init__(self, make: Callable[[Policy], Module], settings: Settings, tiled: bool) -> None:
        self._make, self._settings, self._tiled = make, settings, tiled
        self._interpreted: Compiled | None = None
        self._native: Native | None = None
        self._work: dict[tuple[int, ...], float] = {}
        self.may_be_native = settings.engine != "interpreter"

    @property
    def is_native(self) -> bool:
        """Machine code is made."""
        return self._native is not None

    def work(self, name: str, args: tuple[Any, ...]) -> float:
        """About how many primitives on scalars a call is worth that machine code saves."""
        ints = tuple(arg for arg in args if isinstance(arg, int))
        if ints not in self._work:
            one = work(self.interpreted().module, name, args)
            gained = one.scalar + one.elements / _ELEMENTS
            self._work[ints] = gained if gained > _BESIDE * one.array else 0.0
        return self._work[ints]

    def interpreted(self) -> Compiled:
        """The function in the interpreter."""
        if self._interpreted is None:
            with deep_recursion():
                module = self._make(Policy(self._tiled))
                self._interpreted = compile_module(module, tape_limit=self._settings.tape_limit)
        return self._interpreted

    def native(self, name: str, args: tuple[Any, ...]) -> Any:
        """Run as machine code; what that cannot take or tell, in the interpreter."""
        compiled = self._native or self._compiled(name)
        if compiled is None:
            return self.interpreted()(name, *args)
        from dlang.native.evaluate import Stopped
        from dlang.native.runtime import TAPE_FULL

        try:
            found = compiled(*args)
        except Stopped as stopped:
            if stopped.code == TAPE_FULL:
                raise TapeFullError from None
            return self.interpreted()(name, *args)
        except MemoryError:
            return self.interpreted()(name, *args)
        self._settings.ran_native = True
        return found

    def _compiled(self, name: str) -> Native | None:
        """Machine code, or None where it cannot be made; where it was asked for, that is an error."""
        from dlang.native.machine import is_available

        wanted = self._settings.engine == "native"
        if not is_available():
            if wanted:
                raise DlangError(usage.not_native(None, None))
            self.may_be_native = False
            return None
        from dlang.native.evaluate import compile_native
        from dlang.native.unsupported import Unsupported

        try:
            with deep_recursion():
                module = self._make(Policy(self._tiled, lean=True))
                native = compile_native(module, name, tape_limit=self._settings.tape_limit)
        except Unsupported as construct:
            if wanted:
                raise DlangError(usage.not_native(construct.what, construct.span)) from None
            self.may_be_native = False
            return None
        except Exception:
            if wanted:
                raise
            self.may_be_native = False  # a bug of ours, which `--engine native` shows, is not to cost the answer
            return None
        if native.frame > _ROOMY and not wanted:
            self.may_be_native = False
            return None
        self._native = native
        return native

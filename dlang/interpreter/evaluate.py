"""Running a module of IR on numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Lock
from typing import Any

from dlang.interpreter.assemble import Assembled, assemble
from dlang.interpreter.faults import fault
from dlang.interpreter.runtime import FAULTS
from dlang.ir.nodes import Function, Module
from dlang.ir.ownership import Ownership, Result, analyse_module
from dlang.ir.traits import Traits, reachable, traits
from dlang.records import record
from dlang.recursion import CALLS
from dlang.types import DType, Type

__all__ = ["Compiled", "admit", "call_limit", "compile_module", "silent"]

_SLACK = 200
"""Frames of Python that the deepest function may use inside primitives."""

_PATIENCE = 3
"""After so many faults in a row the fast form is not tried again."""


def compile_module(
    module: Module, *, safe: bool = False, in_place: bool = True, tape_limit: int | None = None
) -> Compiled:
    """A module ready to run; each function is generated when it is first called.

    Args:
        module: the functions.
        safe: run the safe form only, a statement at a time.
        in_place: update arrays in place where ownership allows; off, every update copies (to test the other).
        tape_limit: bytes that the tape may hold, about; a loop that needs more raises TapeFullError.
    """
    return Compiled(module, safe=safe, in_place=in_place, tape_limit=tape_limit)


class Compiled:
    """A module that runs: `compiled("objective", 1.0, 2.0)`.

    A function yields its result, or a tuple of them unless it has exactly one. Arguments are never changed, and no
    result shares memory with one.

    Attributes:
        emit_print: receives each line that the program prints; starts as writing to standard output.
    """

    emit_print: Callable[[str], None]

    def __init__(self, module: Module, *, safe: bool, in_place: bool, tape_limit: int | None = None) -> None:
        self.module = module
        self.tape_limit = tape_limit
        self.emit_print = _write_line
        self._safe = safe
        self._in_place = in_place
        self._entries: dict[str, _Entry] = {}

    def __call__(self, name: str, *args: Any) -> Any:
        """Run a function.

        Raises:
            DlangError: running it failed: an index out of range, overflow, a failed `assert`, …
        """
        entry = self._entries.get(name)
        if entry is None:
            entry = self._entries[name] = self._entry(name)
        return entry.run(args)

    def text(self, name: str, *, safe: bool = False) -> str:
        """The generated Python of a function and those it calls."""
        return self._entry(name).code(safe=safe).text

    def _entry(self, name: str) -> _Entry:
        functions = reachable(self.module, name)
        ownership = analyse_module(functions)
        if not self._in_place:
            ownership = {k: Ownership(frozenset(), {}, owned.summary) for k, owned in ownership.items()}
        entry = _Entry(self, functions[name], functions, ownership, traits(functions))
        if self._safe or entry.traits.prints:
            entry.failures = _PATIENCE
        return entry


@record(frozen=False, eq=False)
class _Entry:
    """One function as seen from outside, with the functions it needs."""

    compiled: Compiled
    function: Function
    functions: dict[str, Function]
    ownership: dict[str, Ownership]
    traits: Traits
    fast: Assembled | None = None
    safe: Assembled | None = None
    failures: int = 0

    def code(self, *, safe: bool) -> Assembled:
        found = self.safe if safe else self.fast
        if found is None:
            space = {"emit_print": lambda line: self.compiled.emit_print(line)}
            limit = self.compiled.tape_limit
            found = assemble(
                self.functions, self.ownership, self.traits.taped, safe=safe, namespace=space, tape_limit=limit
            )
            if safe:
                self.safe = found
            else:
                self.fast = found
        return found

    def run(self, args: tuple[Any, ...]) -> Any:
        params = self.function.block.params
        given = [admit(arg, param.type) for arg, param in zip(args, params, strict=True)]
        if self.failures < _PATIENCE:
            try:
                out = self._call(self.code(safe=False), given, quiet=self.traits.arrays)
            except FAULTS:
                self.failures += 1
            else:
                self.failures = 0
                return self._own(out)
        code = self.code(safe=True)
        try:
            return self._own(self._call(code, given, quiet=True))
        except FAULTS as error:
            raise fault(error, code) from None

    def _call(self, code: Assembled, args: list[Any], *, quiet: bool) -> Any:
        name = self.function.name
        if name in self.traits.taped:
            args = [[], *args]
        function = code.function(name)
        if quiet:
            import numpy as np

            with np.errstate(all="ignore"):
                return self._deep(function, args)
        return self._deep(function, args)

    def _deep(self, function: Callable[..., Any], args: list[Any]) -> Any:
        if not self.traits.recursive:
            return function(*args)
        with call_limit():
            return function(*args)

    def _own(self, out: Any) -> Any:
        """The results, copied where they may be an argument's own memory."""
        results = self.ownership[self.function.name].summary.results
        if not any(r.params for r in results):
            return out
        if len(results) == 1:
            return _copied(out, results[0])
        return tuple(_copied(o, r) for o, r in zip(out, results, strict=True))


def _copied(out: Any, result: Result) -> Any:
    return out.copy() if result.params and hasattr(out, "copy") else out


class call_limit:  # noqa: N801  # used as a function: `with call_limit():`
    """Lets Python nest CALLS calls deeper than here, and no more.

    The limit is one for all threads, so it stays up until the last of those inside has left.
    """

    _lock = Lock()
    _inside = 0
    _before = 0

    def __enter__(self) -> None:
        depth, frame = 0, sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            depth += 1
        limit = depth + CALLS + _SLACK
        with call_limit._lock:
            if not call_limit._inside:
                call_limit._before = sys.getrecursionlimit()
            sys.setrecursionlimit(max(limit, sys.getrecursionlimit()) if call_limit._inside else limit)
            call_limit._inside += 1

    def __exit__(self, *_: object) -> None:
        with call_limit._lock:
            call_limit._inside -= 1
            if not call_limit._inside:
                sys.setrecursionlimit(call_limit._before)


def admit(arg: Any, wanted: Type) -> Any:
    """An argument as generated code expects it: a Python scalar, or an array of the element type."""
    if not wanted.shape:
        kind = _SCALARS[wanted.dtype]
        return arg if type(arg) is kind else kind(arg)
    import numpy as np

    return np.asarray(arg, _ELEMENTS[wanted.dtype])


_SCALARS: dict[DType, Callable[[Any], Any]] = {DType.REAL: float, DType.INT: int, DType.BOOL: bool}
_ELEMENTS = {DType.REAL: "float64", DType.INT: "int64", DType.BOOL: "bool"}


def silent(line: str) -> None:
    """For `emit_print` where nobody is to read what is printed."""


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")

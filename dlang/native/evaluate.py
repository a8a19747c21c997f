"""Running a module of IR as machine code: what `interpreter.evaluate` does, or a word why not."""

from __future__ import annotations

import ctypes
import mmap
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from dlang.ir.nodes import Function, Module
from dlang.ir.ownership import analyse_module
from dlang.ir.traits import reachable, traits
from dlang.native import machine, runtime
from dlang.native.assemble import assemble
from dlang.native.expand import expanded
from dlang.native.interrupt import interruptible
from dlang.native.products import has_strong_products, products_may_be_plain, with_plain_products
from dlang.types import DType, Type

__all__ = ["Native", "Stopped", "compile_native", "text_of"]

_FRAMES = 256 << 20
"""Bytes of address space for the frames of functions that call themselves."""

_RELEASED = 64 << 20
"""Bytes of a tape that a run may leave in memory for the next one."""

_LEAST = 1 << 20
"""Bytes of memory that is not even asked for in halves."""

_MARGIN = 256 << 10
"""Bytes of the machine's stack that are left to what compiled code calls."""


class Stopped(Exception):  # noqa: N818  # the interpreter takes over
    """A run that did not end: `code` is one of `runtime`'s."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def compile_native(module: Module, name: str, *, tape_limit: int) -> Native:
    """One function of a module, and what it calls, as machine code.

    Args:
        module: the functions.
        name: the entry.
        tape_limit: bytes that the tape may hold.

    Raises:
        Unsupported: a construct that machine code is not made of.
    """
    functions = reachable(module, name)
    plain = has_strong_products(functions) and products_may_be_plain(functions)
    native = _made(functions, name, tape_limit, plain=plain)
    if plain:
        native.strong = lambda: _made(functions, name, tape_limit, plain=False)
    return native


def text_of(module: Module, name: str) -> str:
    """LLVM text of one function of a module, and what it calls.

    Raises:
        Unsupported: a construct that machine code is not made of.
    """
    functions = expanded(reachable(module, name))
    return assemble(functions, analyse_module(functions), name, traits(functions)).text


def _made(functions: dict[str, Function], name: str, tape_limit: int, *, plain: bool) -> Native:
    functions = expanded(functions)
    if plain:
        functions = with_plain_products(functions)
    assembled = assemble(functions, analyse_module(functions), name, traits(functions))
    code = machine.load(assembled.text, assembled.callbacks.functions, runtime.ENTRY, assembled.callbacks)
    frame = _FRAMES if assembled.frame is None else assembled.frame
    return Native(
        functions[name],
        code,
        frame=frame,
        tape=tape_limit if assembled.taped else 0,
        raised=assembled.callbacks.raised,
        calls_back=bool(assembled.callbacks.functions),
        loops=assembled.loops,
        deep=assembled.frame is None,
    )


class Native:
    """A compiled function: called with arguments, it yields its result, or a tuple of them unless it has exactly one.

    Arguments are never changed, and no result shares memory with one. Calls from several threads are independent.

    Attributes:
        frame: bytes of frames that a call may need.
        strong: where products are ordinary ones, makes the function with strong products, for results that are NaN.
    """

    strong: Callable[[], Native] | None = None

    def __init__(
        self,
        function: Function,
        code: machine.Code,
        *,
        frame: int,
        tape: int,
        raised: list[BaseException],
        calls_back: bool,
        loops: bool,
        deep: bool,
    ) -> None:
        self._code, self._raised = code, raised
        self._calls_back, self._loops, self._deep = calls_back, loops, deep
        self._entry = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(code.address)
        self._params = [p.type for p in function.block.params]
        self._results = [r.type for r in function.block.results]
        self._operands, self._answers = _packing(self._params), _packing(self._results)
        self._plain = all(t.is_scalar for t in self._params)
        self._bare = all(t.is_scalar and t.dtype is not DType.BOOL for t in self._results)
        self.frame, self._tape = frame, tape
        self._idle: list[_Room] = []
        self._instead: Native | None = None

    def __call__(self, *args: Any) -> Any:
        """Run. Raises as `into` does."""
        results = self.into([None if t.is_scalar else _empty(t) for t in self._results], *args)
        return results[0] if len(results) == 1 else tuple(results)

    def into(self, places: Sequence[Any], *args: Any) -> list[Any]:
        """Run, with arrays for the results that are arrays, row by row; what stands there is written over.

        Returns:
            The results, in which the given arrays stand.

        Raises:
            Stopped: it met a fault, too deep a recursion or a full tape.
            KeyboardInterrupt: it was interrupted.
        """
        words: Sequence[Any] = args
        if not self._plain:
            given = [admit(a, t) for a, t in zip(args, self._params, strict=True)]
            words = [g if t.is_scalar else _data(g) for g, t in zip(given, self._params, strict=True)]
        try:
            room = self._idle.pop()
        except IndexError:
            room = _Room(self._operands.size + self._answers.size, self.frame, self._tape)
        try:
            left = runtime.INTERRUPTED
            while left == runtime.INTERRUPTED:  # by a signal that Python did not make an exception of
                self._operands.pack_into(room.slots, 0, *words)
                if not self._bare:
                    homes = (0 if t.is_scalar else _data(r) for r, t in zip(places, self._results, strict=True))
                    self._answers.pack_into(room.slots, self._operands.size, *homes)
                left = self._run(room)
            if self._tape:
                room.clean()
            if left:
                self._stopped(left)
            results = list(self._answers.unpack_from(room.slots, self._operands.size))
        finally:
            self._idle.append(room)
        if not self._bare:
            pairs = zip(results, places, self._results, strict=True)
            results = [_answer(found, place, type_) for found, place, type_ in pairs]
        if self.strong is not None and any(map(_has_nan, results)):
            if self._instead is None:
                self._instead = self.strong()
            return self._instead.into(places, *args)
        return results

    def _run(self, room: _Room) -> int:
        """Run on this thread; 0, or a code of `runtime`."""
        if not (self._calls_back or self._loops or self._deep):
            return int(self._entry(room.state_at, room.slots_at))
        room.prepare()
        with ExitStack() as stack:
            if self._calls_back:
                import numpy as np

                stack.enter_context(np.errstate(all="ignore"))
            if self._loops:
                stack.enter_context(interruptible(room.state_at))
            return int(self._entry(room.state_at, room.slots_at))

    def _stopped(self, code: int) -> None:
        if self._raised:
            raise self._raised.pop()
        raise Stopped(code)


_states: list[bytearray] = []
"""Blocks of state that no room has at the moment. They are never freed: a signal may still write to the flag of a run
that is over."""


class _Room:
    """The memory of one run at a time: state, slots, tape and frames."""

    def __init__(self, slots: int, frame: int, tape: int) -> None:
        try:
            self._state = _states.pop()
        except IndexError:
            self._state = bytearray(runtime.STATE_SIZE)
        self.slots = bytearray(max(slots, 8))
        self.slots_at, self.state_at = _address(self.slots), _address(self._state)
        self._tape, tape = _mapped(tape)
        self._frame, frame = _mapped(frame)
        self._tape_at, frame_at = _address(self._tape), _address(self._frame)
        words = (self._tape_at + tape, frame_at + frame, 0, self._tape_at, frame_at, self._tape_at)
        struct.pack_into("=QQ6Q", self._state, 0, 0, 0, *words)

    def __del__(self) -> None:
        _states.append(self._state)

    def prepare(self) -> None:
        """Get ready for a run on this thread."""
        struct.pack_into("=Q", self._state, 0, 0)
        struct.pack_into("=Q", self._state, runtime.STACK_END, _stack_end())

    def clean(self) -> None:
        """Give a long tape's memory back to the system; the next run finds it empty."""
        (most,) = struct.unpack_from("=Q", self._state, runtime.TAPE_MOST)
        if most - self._tape_at > _RELEASED and isinstance(self._tape, mmap.mmap):
            if hasattr(mmap, "MADV_DONTNEED"):
                self._tape.madvise(mmap.MADV_DONTNEED)
            struct.pack_into("=Q", self._state, runtime.TAPE_MOST, self._tape_at)


_here = threading.local()


def _stack_end() -> int:
    """The lowest address that this thread's stack may reach, with room for what is called; 0 if no one says."""
    end: int | None = getattr(_here, "end", None)
    if end is None:
        end = _here.end = _lowest() + _MARGIN
    return end


def _lowest() -> int:
    """Where the stack of this thread ends, as the threads of Linux know it."""
    process = ctypes.CDLL(None)
    try:
        attributes, at, size = (ctypes.c_char * 128)(), ctypes.c_void_p(), ctypes.c_size_t()
        process.pthread_self.restype = ctypes.c_void_p
        if process.pthread_getattr_np(ctypes.c_void_p(process.pthread_self()), attributes):
            return 0
        process.pthread_attr_getstack(attributes, ctypes.byref(at), ctypes.byref(size))
        process.pthread_attr_destroy(attributes)
    except AttributeError:
        return 0
    return at.value or 0


def _mapped(size: int) -> tuple[mmap.mmap | bytearray, int]:
    """Memory of so many bytes, which the system gives when it is written to, or as many as it lets us have.

    Raises:
        MemoryError: it lets us have none.
    """
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    while size:
        try:
            return mmap.mmap(-1, size, flags=flags), size
        except OSError:
            if size < _LEAST:
                raise MemoryError from None
            size //= 2
    return bytearray(8), 0


def _address(memory: mmap.mmap | bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


_SLOTS = {DType.REAL: "d", DType.INT: "q", DType.BOOL: "q"}
_ADMITTED: dict[DType, Callable[[Any], Any]] = {DType.REAL: float, DType.INT: int, DType.BOOL: bool}
_ELEMENTS = {DType.REAL: "float64", DType.INT: "int64", DType.BOOL: "bool"}


def _packing(types: Sequence[Type]) -> struct.Struct:
    return struct.Struct("=" + "".join(_SLOTS[t.dtype] if t.is_scalar else "Q" for t in types))


def admit(arg: Any, wanted: Type) -> Any:
    """An argument as compiled code reads it: a Python scalar, or an array row by row."""
    if wanted.is_scalar:
        kind = _ADMITTED[wanted.dtype]
        return arg if type(arg) is kind else kind(arg)
    import numpy as np

    return np.ascontiguousarray(arg, _ELEMENTS[wanted.dtype])


def _has_nan(result: Any) -> bool:
    """Whether something in a result is NaN: then the least of it is."""
    if isinstance(result, float):
        return result != result
    if isinstance(result, (int, bool)) or result.dtype.kind != "f":
        return False
    least = result.min(initial=0.0)
    return bool(least != least)


def _answer(found: Any, place: Any, type_: Type) -> Any:
    """A result, from what stands in its slot: an array is where it was to be put."""
    if not type_.is_scalar:
        return place
    return bool(found) if type_.dtype is DType.BOOL else found


def _data(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _empty(type_: Type) -> Any:
    import numpy as np

    return np.empty(type_.shape, _ELEMENTS[type_.dtype])

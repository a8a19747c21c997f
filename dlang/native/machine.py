"""LLVM: text to machine code in this process. The one place that imports llvmlite."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dlang import cache

__all__ = ["KEPT", "Code", "is_available", "load"]

KEPT = "native"
"""The part of the cache that holds object files."""

_LONG = 4000
"""Lines from which code is generated the quick way: in a quarter of the time, and a fifth slower to run."""

_MOST = 2000
"""Object files that are kept, some 10 KB each; beyond, the older half goes."""


@lru_cache
def is_available() -> bool:
    """Whether LLVM is there, on a system whose `setjmp` the engine knows."""
    import sys

    if sys.platform == "win32":
        return False
    try:
        _target(2)
    except Exception:  # not installed, another version, a library that does not load: whatever it says
        return False
    return True


@lru_cache
def _llvm() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    process = ctypes.CDLL(None)
    for name in ("_setjmp", "longjmp", "memcpy", "memset", "memmove"):
        llvm.add_symbol(name, ctypes.cast(getattr(process, name), ctypes.c_void_p).value)
    return llvm


@lru_cache
def _target(level: int) -> Any:
    llvm = _llvm()
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=level, jit=True)


class Code:
    """Machine code, alive as long as this object.

    Attributes:
        address: of the entry.
    """

    def __init__(self, engine: Any, address: int, kept: Any) -> None:
        self._engine, self._kept, self.address = engine, kept, address


_one_at_a_time = threading.RLock()
"""LLVM's context and its table of symbols are one for the process, and llvmlite lets other threads run meanwhile."""


def load(text: str, symbols: Mapping[str, Any], entry: str, kept: Any) -> Code:
    """Machine code of a module's text, ready to run; see `compiled` and `link`."""
    with _one_at_a_time:
        return link(compiled(text), symbols, entry, kept)


def compiled(text: str) -> bytes:
    """An object file of a module's text, from the disk where it was compiled before."""
    level = 2 if text.count("\n") < _LONG else 0
    import hashlib

    llvm = _llvm()
    processor = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    made_by = f"{llvm.llvm_version_info} {_target(level).triple} {processor} {level}"
    name = hashlib.sha256(made_by.encode() + b"\0" + text.encode()).hexdigest() + ".o"
    found = cache.read(name, KEPT)
    if found is None:
        found = _compile(text, level)
        cache.write(name, found, KEPT)
        if name.startswith("0"):  # one time in sixteen: to look at all of them takes as long as compiling some
            kept = cache.entries(KEPT)
            if len(kept) > _MOST:
                cache.remove([path for path, _ in kept[: len(kept) // 2]])
    return found


def _compile(text: str, level: int) -> bytes:
    llvm = _llvm()
    module = llvm.parse_assembly(text)
    module.triple = _target(level).triple
    module.data_layout = str(_target(level).target_data)
    _optimize(llvm, module, level)
    return bytes(_target(level).emit_object(module))


def _optimize(llvm: Any, module: Any, level: int) -> None:
    """Simplify; the text is in registers and vectors already, so LLVM's own pipelines take three times as long, and run
    as fast (`benchmarks/native.py`)."""
    builder = llvm.create_pass_builder(_target(level), llvm.create_pipeline_tuning_options(speed_level=level))
    manager = llvm.create_new_module_pass_manager()
    manager.add_sroa_pass()
    manager.add_instruction_combine_pass()
    manager.add_simplify_cfg_pass()
    manager.run(module, builder)


def link(code: bytes, symbols: Mapping[str, Any], entry: str, kept: Any) -> Code:
    """Object code loaded, with addresses for what it calls.

    Args:
        code: an object file.
        symbols: ctypes functions by name.
        entry: the function whose address is wanted.
        kept: what must live as long as the code.
    """
    llvm = _llvm()
    for name, function in symbols.items():
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    empty = llvm.parse_assembly("")
    engine = llvm.create_mcjit_compiler(empty, _target_for_engine())
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Code(engine, engine.get_function_address(entry), kept)


def _target_for_engine() -> Any:
    """A machine of its own: an execution engine takes it over."""
    llvm = _llvm()
    return llvm.Target.from_default_triple().create_target_machine(opt=2, jit=True)

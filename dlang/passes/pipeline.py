"""The order of the passes that make a derivative, with the verifier after each."""

from __future__ import annotations

from collections.abc import Callable

from dlang.ir.nodes import Module
from dlang.ir.verify import verify
from dlang.passes.dead_code import drop_dead_code, reachable, renamed
from dlang.passes.derivatives import written_out
from dlang.passes.inline import inline
from dlang.passes.outline import outline
from dlang.passes.policy import KEEP_ALL, Policy

__all__ = ["derivative", "finished"]


def derivative(
    make: Callable[[], tuple[Module, str]], name: str, *, policy: Policy = KEEP_ALL, inlined: bool = True
) -> Module:
    """The module of a derivative alone, under `name`.

    Args:
        make: runs the derivative's own passes; gives the enlarged module and the name of what they made.
        name: what to call it.
        policy: of the adjoints that are left to be written; `make` has its own.
        inlined: what is written out is put where it is called.

    Raises:
        InternalError: a pass broke the IR.
    """
    module, made = make()
    verify(module, after=made)
    module = finished(reachable(drop_dead_code(module), [made]), made, policy=policy, inlined=inlined)
    return module if made == name else renamed(module, made, name)


def finished(module: Module, name: str, *, policy: Policy = KEEP_ALL, inlined: bool = True) -> Module:
    """What a function needs to run, every derivative in it written out, and put where it is called.

    Raises:
        InternalError: a pass broke the IR.
    """
    verify(module, after=f"making '{name}'")
    written = written_out(module, name, policy=policy)
    if written is not module:
        verify(written, after="writing out derivatives")
        written = reachable(drop_dead_code(inline(written) if inlined else written), [name])
        verify(written, after="dead code")
    module = outline(written)
    if module is not written:
        verify(module, after="outlining")
    return module

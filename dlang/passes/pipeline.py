"""The order of the passes that make a derivative, with the verifier after each."""

from __future__ import annotations

from collections.abc import Callable

from dlang.ir.nodes import Module
from dlang.ir.verify import verify
from dlang.passes.dead_code import drop_dead_code, reachable, renamed
from dlang.passes.outline import outline

__all__ = ["derivative"]


def derivative(make: Callable[[], tuple[Module, str]], name: str) -> Module:
    """The module of a derivative alone, under `name`.

    Args:
        make: runs the derivative's own passes; gives the enlarged module and the name of what they made.
        name: what to call it.

    Raises:
        InternalError: a pass broke the IR.
    """
    module, made = make()
    verify(module, after=made)
    module = reachable(drop_dead_code(module), [made])
    verify(module, after="dead code")
    module = outline(module if made == name else renamed(module, made, name))
    verify(module, after="outlining")
    return module

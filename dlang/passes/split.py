"""Split a program: what depends on no parameter is computed once.

t = …data…                    setup:       t, n
n = mean(t)            =>     objective:   reads n and k; yields the sum of the terms
minimize (k - n)^2            reports:     read n and k
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dlang.ir.nodes import Assert, Atom, Block, Function, Module, Print, Stmt, Var
from dlang.ir.walk import dependents, free_vars, reads, with_inner
from dlang.passes.dead_code import drop_dead_code, reachable
from dlang.passes.derivatives import with_tangents, written_out
from dlang.passes.inline import inline
from dlang.passes.outline import outline
from dlang.passes.policy import KEEP_ALL, Policy

__all__ = [
    "bare",
    "quiet",
    "setup_and_rest",
    "slice_function",
    "whole_function",
    "without_asserts",
    "without_effects",
    "without_prints",
]


def slice_function(
    name: str,
    module: Module,
    body: Sequence[Stmt],
    params: Sequence[Var],
    results: Sequence[Atom],
    *,
    inlined: bool = True,
) -> Module:
    """The module with a function `name` that computes `results`, with what of `body` it needs, from `params`.

    What it calls is put into it if it is small, but where not `inlined`: a replay is to know its calls.
    """
    block = Block(tuple(params), tuple(body), tuple(results))
    whole = reachable(with_tangents({**module, name: Function(name, block)}), [name])
    whole = inline(whole) if inlined else whole
    return outline(reachable(drop_dead_code(whole), [name]))


def whole_function(
    name: str,
    module: Module,
    body: Sequence[Stmt],
    params: Sequence[Var],
    results: Sequence[Atom],
    *,
    policy: Policy = KEEP_ALL,
) -> Module:
    """The module with a function `name` that runs all of `body` and yields `results`: what fails in it, fails.

    Its derivatives keep of the primal what `policy` says.
    """
    block = Block(tuple(params), tuple(body), tuple(results))
    return outline(reachable(written_out({**module, name: Function(name, block)}, name, policy=policy), [name]))


def setup_and_rest(
    body: Sequence[Stmt], parameters: Collection[Var], results: Sequence[Atom]
) -> tuple[list[Stmt], list[Var], list[Stmt]]:
    """Statements that depend on no parameter, the Vars that the others or `results` read of them, and the others.

    The Vars include inputs: whatever is read and is the same at every evaluation.
    """
    moving = dependents(body, parameters)
    setup = [s for s in body if not _depends(s, moving)]
    rest = [s for s in body if _depends(s, moving)]
    needed = free_vars(Block((), tuple(rest), tuple(results)))
    return setup, [v for v in needed if v not in moving], rest


def _depends(stmt: Stmt, moving: set[Var]) -> bool:
    return any(v in moving for v in reads(stmt))


def without_asserts(body: Sequence[Stmt]) -> list[Stmt]:
    """The statements without the asserts among them."""
    return [stmt for stmt in body if not isinstance(stmt, Assert)]


def without_prints(module: Module) -> Module:
    """The functions without Print: an objective is evaluated many times, and speaks once."""
    return {name: fn.with_block(quiet(fn.block)) for name, fn in module.items()}


def without_effects(module: Module) -> Module:
    """The functions without Print and Assert, for values that are wanted before the program runs."""
    return {name: fn.with_block(bare(fn.block)) for name, fn in module.items()}


def quiet(block: Block) -> Block:
    """The block without Print, at any depth."""
    return _without(block, (Print,))


def bare(block: Block) -> Block:
    """The block without Print and Assert, at any depth."""
    return _without(block, (Print, Assert))


def _without(block: Block, kinds: tuple[type, ...]) -> Block:

    def inner(nested: Block) -> Block:
        return _without(nested, kinds)

    body = tuple(with_inner(s, inner) for s in block.body if not isinstance(s, kinds))
    return Block(block.params, body, block.results)

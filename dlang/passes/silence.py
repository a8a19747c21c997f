"""What runs again does not say again what it said when it ran first.

    fn f(x) { print "at" x; y = call g(x); … }     =>     fn f.run_again(x) { y = call g.run_again(x); … }

Reverse mode runs the tiles of loops and what is checkpointed a second time. Functions that neither print nor assert,
themselves or in what they call, are called as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import assert_never

from dlang.ir.nodes import (
    Adjoint,
    Assert,
    Block,
    Call,
    Checkpoint,
    Function,
    Print,
    Rule,
    Ruled,
    Stmt,
    Tangent,
)
from dlang.ir.traits import statements
from dlang.ir.walk import with_inner
from dlang.passes.dead_code import reachable
from dlang.passes.tangent import Tangents

__all__ = ["silenced", "silent"]


def silent(block: Block, callee: Callable[[str], str]) -> Block:
    """The block without what was printed and asserted when it ran first, calling `callee(f)` where it calls f."""

    def inner(stmt: Stmt) -> Stmt:
        if isinstance(stmt, Call):
            return Call(stmt.outs, callee(stmt.callee), stmt.args, stmt.span)
        return with_inner(stmt, lambda nested: silent(nested, callee))

    body = tuple(inner(s) for s in block.body if not isinstance(s, (Print, Assert)))
    return Block(block.params, body, block.results)


def silenced(tangents: Tangents, name: str) -> str:
    """The name of a function that does what another does, but neither prints nor asserts; its own, if that does not.

    Args:
        tangents: the module, which has that function from here on.
        name: of the other, in that module.
    """
    module = tangents.module
    if not any(_speaks(fn.block) for fn in reachable(module, [name]).values()):
        return name
    source, again = module[name], partial(silenced, tangents)
    match source.definition:
        case None:
            made = f"{name}.run_again"
            if made not in module:
                module[made] = Function(made, source.block, source.span)  # for calls of itself, while it is made
                module[made] = Function(made, silent(source.block, again), source.span)
            return made
        case Tangent(of, wrt):
            return tangents.defined(Tangent(again(of), wrt))
        case Adjoint(of, wrt, seeded):
            return tangents.defined(Adjoint(again(of), wrt, seeded))
        case Checkpoint(of):
            return tangents.defined(Checkpoint(again(of)))
        case Ruled(of, jvp, vjp):
            rules = (None if rule is None else Rule(again(rule.name), rule.wrt) for rule in (jvp, vjp))
            return tangents.defined(Ruled(again(of), *rules))
        case _:
            assert_never(source.definition)


def _speaks(block: Block) -> bool:
    return any(isinstance(stmt, (Print, Assert)) for stmt in statements(block))

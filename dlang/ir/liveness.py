"""Which arrays are still read after a statement.

A name that a loop's body takes from outside is read again by the next pass, so it is live everywhere in that body.
What an `if` leaves live after itself is live at the end of both its branches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlang.ir.nodes import Apply, Atom, Block, For, Function, If, Stmt, Var, While
from dlang.ir.walk import free_vars, operands, outs

__all__ = ["array_vars", "live_after"]


def array_vars(atoms: Iterable[Atom]) -> set[Var]:
    """The names among `atoms` that hold arrays."""
    return {a for a in atoms if isinstance(a, Var) and not a.type.is_scalar}


def live_after(function: Function) -> Mapping[Stmt, frozenset[Var]]:
    """The arrays live after each updating application and each loop of a function, their own outs aside."""
    after: dict[Stmt, frozenset[Var]] = {}
    _block(function.block, set(), after)
    return after


def _block(block: Block, live_out: set[Var], after: dict[Stmt, frozenset[Var]]) -> set[Var]:
    """The arrays live where the block begins, its own params included."""
    live = live_out | array_vars(block.results)
    for stmt in reversed(block.body):
        live.difference_update(outs(stmt))
        match stmt:
            case Apply() if stmt.prim.updates:
                after[stmt] = frozenset(live)
            case If():
                live = _block(stmt.then, live, after) | _block(stmt.orelse, live, after)
            case For() | While():
                after[stmt] = frozenset(live)
                blocks = (stmt.body,) if isinstance(stmt, For) else (stmt.cond, stmt.body)
                for inner in blocks:
                    live |= array_vars(free_vars(inner))
                for inner in blocks:
                    _block(inner, live, after)
            case _:
                pass
        live |= array_vars(operands(stmt))
    return live

"""Records that hold less: what a little arithmetic gives again is computed again where the reverse reads it.

    %1 = mul x x                                 push x
    %2 = add %1 1.0              =>              …
    push %1 %2                                   x = pop
                                                 %1 = mul x x
                                                 %2 = add %1 1.0

Only scalars are computed again, by primitives that cost about what a store and a load do; numbers read from an array
are read again where the array is at hand in the reverse. What is carried, and results of loops, branches, calls and
dear functions are leaves, and kept. The statements are the primal's own, so the bits are the same.

Source: the min-cut between recomputing and storing of Enzyme (Moses & Churavy 2020, section 4) and NATIVE-style
demand-driven records; here the two ends of it only: all that is cheap, or nothing, whichever keeps fewer numbers.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from dlang.ir.nodes import Apply, Atom, Block, Var
from dlang.ir.walk import bound_vars, free_vars, substitute

__all__ = ["recomputed"]

_CHEAP = frozenset(
    (
        *("add", "sub", "mul", "div", "neg", "abs", "sign", "maximum", "minimum", "share", "strong_mul"),
        *("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_not", "select"),
        *("to_real", "to_int", "stop_gradient", "complement", "is_nan", "is_finite", "relu"),
    )
)
"""About as quick as memory."""

_PRODUCTS = frozenset((-1, 0, 1, 2, 3))
"""Exponents of `power_n` that are products."""


def recomputed(primal: Block, reverse: Block, free: Container[Var], at_hand: Container[Var]) -> Block:
    """The reverse of a block, that reads fewer numbers of the primal: the others it computes again, first of all.

    Args:
        primal: the block.
        reverse: what reverses it, which may read anything the primal binds.
        free: what the primal binds and the reverse has without a record, such as the index of a loop.
        at_hand: arrays that the reverse may read.
    """
    bound = bound_vars(primal)
    wanted = [v for v in free_vars(reverse) if v in bound]
    makers = {s.outs[0]: s for s in primal.body if isinstance(s, Apply) and _is_cheap(s, bound, at_hand)}
    again = _needed(wanted, makers)
    leaves = {a for v in again for a in makers[v].args if _is_leaf(a, again, bound, free)}
    leaves |= {v for v in wanted if v not in again and v not in free}
    if not again or len(leaves) >= sum(v not in free for v in wanted):
        return reverse
    names: dict[Var, Atom] = {v: Var(v.type, v.hint) for v in again}
    statements = []
    for stmt in primal.body:
        if isinstance(stmt, Apply) and stmt.outs[0] in again:
            out = names[stmt.outs[0]]
            assert isinstance(out, Var)
            args = tuple(names.get(a, a) if isinstance(a, Var) else a for a in stmt.args)
            statements.append(Apply((out,), stmt.prim, args, stmt.static, stmt.span, stmt.of))
    inside = substitute(reverse, names)
    return Block(inside.params, (*statements, *inside.body), inside.results)


def _is_cheap(stmt: Apply, bound: Container[Var], at_hand: Container[Var]) -> bool:
    if len(stmt.outs) != 1 or not stmt.outs[0].type.is_scalar:
        return False
    if stmt.prim.name == "get":
        array, *index = stmt.args
        return array not in bound and array in at_hand and all(a.type.is_scalar for a in index)
    if not all(a.type.is_scalar for a in stmt.args):
        return False
    return stmt.prim.name in _CHEAP or (stmt.prim.name == "power_n" and stmt.static["n"] in _PRODUCTS)


def _needed(wanted: Sequence[Var], makers: dict[Var, Apply]) -> set[Var]:
    """What has to be computed again for what is wanted."""
    found: set[Var] = set()
    todo = [v for v in wanted if v in makers]
    while todo:
        var = todo.pop()
        if var not in found:
            found.add(var)
            todo.extend(a for a in makers[var].args if isinstance(a, Var) and a in makers)
    return found


def _is_leaf(atom: Atom, again: Container[Var], bound: Container[Var], free: Container[Var]) -> bool:
    return isinstance(atom, Var) and atom in bound and atom not in again and atom not in free

"""Which names a derivative can flow through: forward from the inputs, backward from the results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlang.diagnostics.core import DlangError, InternalError
from dlang.diagnostics.models import not_yet
from dlang.ir.nodes import Apply, Atom, Block, Call, For, If, Stmt, Var, While
from dlang.ir.walk import inner_blocks, operands, outs
from dlang.primitives import rules

__all__ = ["active_vars", "check_rules", "influences"]


def active_vars(block: Block, seeds: Iterable[Var]) -> set[Var]:
    """Every Real Var, at any depth of `block`, that depends differentiably on a seed.

    A fixpoint over loops. A call's results depend on its arguments.
    """
    active = {seed for seed in seeds if seed.type.is_real}
    before = -1
    while before != len(active):
        before = len(active)
        _spread(block, active)
    return active


def _spread(block: Block, active: set[Var]) -> None:
    for stmt in block.body:
        match stmt:
            case Apply():
                if not stmt.prim.discrete and any(a in active for a in stmt.args):
                    active.update(o for o in stmt.outs if o.type.is_real)
            case Call():
                if any(a in active for a in stmt.args):
                    active.update(o for o in stmt.outs if o.type.is_real)
            case If():
                for branch in (stmt.then, stmt.orelse):
                    _spread(branch, active)
                    _pair(branch.results, stmt.outs, active)
            case For() | While():
                carried = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
                _pair(stmt.inits, carried, active)
                _spread(stmt.body, active)
                _pair(stmt.body.results, carried, active)
                _pair(carried, stmt.outs, active)
            case _:
                pass


def _pair(sources: Sequence[Atom], targets: Sequence[Var], active: set[Var]) -> None:
    active.update(t for s, t in zip(sources, targets, strict=True) if s in active and t.type.is_real)


def influences(block: Block, results: Iterable[Atom], active: set[Var]) -> set[Var]:
    """The active Vars, params and free names included, that the given results may depend on.

    Of nested statements every active name they read counts once any of their outs does.
    """
    wanted = {r for r in results if isinstance(r, Var) and r in active}
    for stmt in reversed(block.body):
        if wanted.intersection(outs(stmt)):
            wanted.update(v for v in _reads_deep(stmt) if v in active)
    return wanted


def _reads_deep(stmt: Stmt) -> Iterable[Var]:
    """What a statement reads, what its inner blocks bind included (harmless: they are bound nowhere else)."""
    yield from (a for a in operands(stmt) if isinstance(a, Var))
    for inner in inner_blocks(stmt):
        for nested in inner.body:
            yield from _reads_deep(nested)
        yield from (r for r in inner.results if isinstance(r, Var))


def check_rules(stmt: Apply, wanted: Sequence[bool]) -> None:
    """Refuse a derivative that the primitive has no rule for.

    Raises:
        DlangError: E0401, at the place of the application.
        InternalError: the same, where the application has no place.
    """
    what = rules.missing(stmt.prim, wanted)
    if what is not None and stmt.span is not None:
        mend = "hold what it depends on: `, fixed` behind a param"
        raise DlangError(not_yet(stmt.span, f"derivatives of {what} of a distribution", mend))
    if what is not None:
        raise InternalError(f"`{stmt.prim.name}` has no derivative: {what}")

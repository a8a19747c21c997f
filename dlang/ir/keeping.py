"""Which parts of arrays must be copied where they are taken.

    r = get x (i - 1)          r is a view of a row of x,
    x1 = set x v i             x is updated, with r or while r is still read,
    push r                     or the tape keeps it, and a later pass updates x.

As a view, the row would keep all of x from being updated in place, and every pass would copy x. So the row is
copied, where it is read after its array may have been updated, and else stays a view.

Names are grouped by the array they may be, or be a part of: what an update, a view, a branch, a loop or a call may
hand on. That is coarser than ownership, and costs at most the copy of a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlang.ir.nodes import Apply, Atom, Block, Call, For, Function, If, Push, Stmt, Var, While
from dlang.ir.walk import inner_blocks, operands

__all__ = ["copied_parts"]


def copied_parts(function: Function, live: Mapping[Stmt, frozenset[Var]]) -> frozenset[Stmt]:
    """The views that must be copied; `live` are the arrays that are live after each update."""
    statements = list(_deep(function.block))
    views = {s.outs[0]: s for s in statements if isinstance(s, Apply) and s.prim.view and not s.outs[0].type.is_scalar}
    updates = [s for s in statements if _updated(s)]
    if not views or not updates:
        return frozenset()
    groups = _Groups()
    for stmt in statements:
        groups.link_all(stmt)
    read = set[Var]()
    for stmt in updates:
        changed = groups.of(_updated(stmt)[0])
        around = live[stmt].union(a for a in operands(stmt)[1:] if isinstance(a, Var))
        read.update(v for v in around if groups.of(v) is changed)
    _walk(function.block, set(), groups, read)
    return frozenset(stmt for var, stmt in views.items() if var in read)


def _deep(block: Block) -> Iterator[Stmt]:
    for stmt in block.body:
        yield stmt
        for inner in inner_blocks(stmt):
            yield from _deep(inner)


class _Groups:
    """Names that may be the same array, or parts of it: a forest of links to a representative."""

    def __init__(self) -> None:
        self._links: dict[Var, Var] = {}

    def of(self, var: Var) -> Var:
        """The representative of a name's group."""
        while var in self._links:
            var = self._links[var]
        return var

    def link(self, a: Atom, b: Atom) -> None:
        """Put two names in one group, if they are arrays."""
        if isinstance(a, Var) and isinstance(b, Var) and not (a.type.is_scalar or b.type.is_scalar):
            a, b = self.of(a), self.of(b)
            if a is not b:
                self._links[a] = b

    def link_all(self, stmt: Stmt) -> None:
        """Link what a statement may hand on."""
        match stmt:
            case Apply() if stmt.prim.view or stmt.prim.updates:
                self.link(stmt.outs[0], stmt.args[0])
            case Call():
                for out in stmt.outs:
                    for arg in stmt.args:
                        self.link(out, arg)
            case If():
                for out, *results in zip(stmt.outs, stmt.then.results, stmt.orelse.results, strict=True):
                    for result in results:
                        self.link(out, result)
            case For() | While():
                params = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
                for param, *others in zip(params, stmt.inits, stmt.body.results, stmt.outs, strict=True):
                    for other in others:
                        self.link(param, other)
            case _:
                pass


def _walk(block: Block, later: set[Var], groups: _Groups, kept: set[Var]) -> None:
    """Walk a block backwards; `later` are the groups that are updated after it, and then after its beginning.

    What a push leaves on the tape, and an update changes later, joins `kept`.
    """
    for stmt in reversed(block.body):
        if isinstance(stmt, Push):
            kept.update(v for v in stmt.values if isinstance(v, Var) and groups.of(v) in later)
            continue
        if isinstance(stmt, (For, While)):  # the next pass comes after this one
            later |= {groups.of(out) for b in inner_blocks(stmt) for s in _deep(b) for out in _updated(s)}
        inside = [(inner, set(later)) for inner in inner_blocks(stmt)]
        for inner, after in inside:
            _walk(inner, after, groups, kept)
            later |= after
        later |= set(map(groups.of, _updated(stmt)))


def _updated(stmt: Stmt) -> tuple[Var, ...]:
    return stmt.outs if isinstance(stmt, Apply) and stmt.prim.updates else ()

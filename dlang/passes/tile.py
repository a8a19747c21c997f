"""Reverse mode over long loops in little memory: checkpoints at tiles, and each tile is run again before its reverse.

    for i in 0..n carrying c                  for t in 0..T carrying c       push c; run tile t from c, keep nothing
      c = body(i, c), push          =>
    for i in n..0 carrying ct                 for t in T..0 carrying ct      pop c; run tile t again from c, and push;
      pop, ct = reverse(i, ct)                                               then its passes last first, pop, reverse

With n passes in tiles of about sqrt(n) the tape holds about 2 sqrt(n) records instead of n, for one more run of the
loop. Cotangents are carried from tile to tile as they are from pass to pass, so that the gradient is the same to the
last bit. Loops inside are tiled too. What the body asserts is not asserted again.

Source: Griewank & Walther 2008, section 12.3 (multilevel checkpointing), with one level a loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.ir.nodes import Apply, Assert, Atom, Block, For, Literal, Pop, Print, Push, Stmt, Var, While
from dlang.ir.walk import with_inner
from dlang.passes.inline import copied_block
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.types import BOOL, INT, REAL, Type

__all__ = ["Plan", "forward_for", "forward_while", "planned", "reversed_for", "reversed_while"]

_PASSES = 1024
"""Passes in a tile of a `while`, whose number nobody knows before."""

_PASSES_WITH_ARRAYS = 64


@record(eq=False)
class Plan:
    """Names that the forward loop binds and its reverse reads: passes in a tile, tiles, and of a `for` all passes."""

    length: Atom
    tiles: Var
    count: Var | None

    @property
    def bound(self) -> tuple[Var, ...]:
        """Those that are no literals."""
        return tuple(v for v in (self.length, self.tiles, self.count) if isinstance(v, Var))


def planned(stmt: For | While) -> Plan:
    """The names for a loop."""
    if isinstance(stmt, For):
        return Plan(Var(INT, "length"), Var(INT, "tiles"), Var(INT, "passes"))
    has_arrays = any(not p.type.is_scalar for p in stmt.body.params)
    return Plan(Literal(_PASSES_WITH_ARRAYS if has_arrays else _PASSES), Var(INT, "tiles"), None)


class _Writer:
    """Statements on Ints, one after the other."""

    def __init__(self) -> None:
        self.body: list[Stmt] = []

    def apply(self, prim: str, *args: Atom, type_: Type = INT, out: Var | None = None) -> Var:
        made = out if out is not None else Var(type_)
        self.body.append(Apply((made,), TABLE[prim], args, {}))
        return made


# ---- for


def forward_for(stmt: For, plan: Plan) -> list[Stmt]:
    """The loop, tile by tile: it keeps what it carries at the beginning of each."""
    assert isinstance(plan.length, Var)
    assert plan.count is not None
    w = _Writer()
    # the number of passes is the quotient rounded up, if it is positive
    down = w.apply("floordiv", w.apply("sub", stmt.start, stmt.stop), stmt.step)
    w.apply("maximum", w.apply("neg", down), Literal(0), out=plan.count)
    root = w.apply("sqrt", w.apply("to_real", plan.count, type_=REAL), type_=REAL)
    whole = w.apply("whole", w.apply("ceil", root, type_=REAL))
    w.apply("maximum", whole, Literal(1), out=plan.length)
    most = w.apply("floordiv", w.apply("neg", plan.count), plan.length)
    w.apply("neg", most, out=plan.tiles)

    carried = [Var(p.type, p.hint) for p in stmt.body.params[1:]]
    tile = Var(INT, "tile")
    inside = _Writer()
    lo, hi = _bounds(inside, plan, tile)
    names: dict[Var, Atom] = {}
    body = copied_block(stmt.body, names)
    outs = tuple(Var(o.type, o.hint) for o in stmt.outs)
    inner = For(outs, lo, hi, Literal(1), tuple(carried), _indexed(stmt, body, plan.count), span=stmt.span)
    block = Block((tile, *carried), (*_pushed(carried), *inside.body, inner), outs)
    outer = For(stmt.outs, Literal(0), plan.tiles, Literal(1), stmt.inits, block, span=stmt.span)
    return [*w.body, outer]


def reversed_for(
    stmt: For, plan: Plan, primal: Block, reverse: Block, outs: Sequence[Var], inits: Sequence[Atom]
) -> For:
    """The loop's reverse, tile by tile from the last one.

    Args:
        stmt: the loop.
        plan: its names.
        primal: its body, with pushes; it binds the body's own names, which `reverse` reads.
        reverse: the reverse of a pass; its params are the index and cotangents.
        outs: what the reverse yields.
        inits: the cotangents it begins with.
    """
    assert plan.count is not None
    carried = [Var(p.type, p.hint) for p in stmt.body.params[1:]]
    cts = [Var(p.type, "ct") for p in reverse.params[1:]]
    tile = Var(INT, "tile")
    w = _Writer()
    lo, hi = _bounds(w, plan, tile)
    again = For(
        tuple(Var(o.type) for o in stmt.outs), lo, hi, Literal(1), tuple(carried),
        _indexed(stmt, _silent(primal), plan.count), span=stmt.span,
    )  # fmt: skip
    found = tuple(Var(p.type, "ct") for p in cts)
    back = For(found, lo, hi, Literal(1), tuple(cts), _indexed(stmt, reverse, plan.count), reverse=True, span=stmt.span)
    block = Block((tile, *cts), (*_popped(carried), *w.body, again, back), found)
    return For(tuple(outs), Literal(0), plan.tiles, Literal(1), tuple(inits), block, reverse=True, span=stmt.span)


def _bounds(w: _Writer, plan: Plan, tile: Var) -> tuple[Var, Var]:
    """The first pass of a tile, and the one past its last."""
    assert plan.count is not None
    lo = w.apply("mul", tile, plan.length)
    return lo, w.apply("minimum", w.apply("add", lo, plan.length), plan.count)


def _indexed(stmt: For, body: Block, count: Var) -> Block:
    """A body whose first param is the loop's index as one whose first param is the number of the pass."""
    number, index = Var(INT, "pass"), body.params[0]
    w = _Writer()
    at: Atom = number
    if stmt.reverse:  # the last index comes first
        at = w.apply("sub", w.apply("sub", count, Literal(1)), number)
    if not (isinstance(stmt.step, Literal) and stmt.step.value == 1):
        at = w.apply("mul", at, stmt.step)
    w.apply("add", stmt.start, at, out=index)
    return Block((number, *body.params[1:]), (*w.body, *body.body), body.results)


# ---- while


def forward_while(stmt: While, plan: Plan) -> list[Stmt]:
    """The loop, tile by tile; the tiles are counted."""
    carried = [Var(p.type, p.hint) for p in stmt.body.params]
    seen, following = Var(INT, "tiles"), Var(INT, "tiles")
    inner = _tile(stmt, plan, carried, copied_block(stmt.body, {}))
    count = Apply((following,), TABLE["add"], (seen, Literal(1)), {})
    block = Block((*carried, seen), (*_pushed(carried), inner, count), (*inner.outs[:-1], following))
    cond = copied_block(stmt.cond, {})
    tested = Block((*cond.params, Var(INT)), cond.body, cond.results)
    return [While((*stmt.outs, plan.tiles), (*stmt.inits, Literal(0)), tested, block, stmt.span)]


def reversed_while(
    stmt: While, plan: Plan, primal: Block, reverse: Block, outs: Sequence[Var], inits: Sequence[Atom]
) -> For:
    """The loop's reverse, tile by tile from the last one; see `reversed_for`."""
    carried = [Var(p.type, p.hint) for p in stmt.body.params]
    cts = [Var(p.type, "ct") for p in reverse.params[1:]]
    again = _tile(stmt, plan, carried, _silent(primal))
    found = tuple(Var(p.type, "ct") for p in cts)
    back = For(found, Literal(0), again.outs[-1], Literal(1), tuple(cts), reverse, reverse=True, span=stmt.span)
    block = Block((Var(INT, "tile"), *cts), (*_popped(carried), again, back), found)
    return For(tuple(outs), Literal(0), plan.tiles, Literal(1), tuple(inits), block, reverse=True, span=stmt.span)


def _tile(stmt: While, plan: Plan, carried: Sequence[Var], body: Block) -> While:
    """The passes of a tile from what it carries; the last of its outs is their number."""
    tested, seen, following = Var(INT, "passes"), Var(INT, "passes"), Var(INT, "passes")
    cond = copied_block(stmt.cond, {})
    short, both = Var(BOOL), Var(BOOL)
    limit = (
        Apply((short,), TABLE["lt"], (tested, plan.length), {}),
        Apply((both,), TABLE["logical_and"], (cond.results[0], short), {}),
    )
    whole = Block((*cond.params, tested), (*cond.body, *limit), (both,))
    count = Apply((following,), TABLE["add"], (seen, Literal(1)), {})
    block = Block((*body.params, seen), (*body.body, count), (*body.results, following))
    outs = (*(Var(o.type, o.hint) for o in stmt.outs), Var(INT, "passes"))
    return While(outs, (*carried, Literal(0)), whole, block, stmt.span)


# ---- both


def _pushed(carried: Sequence[Var]) -> tuple[Stmt, ...]:
    return (Push(tuple(carried)),) if carried else ()


def _popped(carried: Sequence[Var]) -> tuple[Stmt, ...]:
    return (Pop(tuple(carried)),) if carried else ()


def _silent(block: Block) -> Block:
    """The block without what was printed and asserted when it ran first."""
    body = tuple(with_inner(s, _silent) for s in block.body if not isinstance(s, (Print, Assert)))
    return Block(block.params, body, block.results)

"""Reverse mode over long loops in little memory: checkpoints at tiles, and each tile is run again before its reverse.

    for i in 0..n carrying c                  for t in 0..T carrying c       push c; run tile t from c, keep nothing
      c = body(i, c), push          =>
    for i in n..0 carrying ct                 for t in T..0 carrying ct      pop c; run tile t again from c, and push;
      pop, ct = reverse(i, ct)                                               then its passes last first, pop, reverse

With n passes in tiles of sqrt(n) the tape holds 2 sqrt(n) records instead of n, for one more run of the loop. Where
what a tile keeps is larger than a record, say q times, tiles of sqrt(q n) passes make the sum least. As nobody knows n
before a `while`, its tiles grow, by q passes from each to the next, and are sqrt(2 n / q) in number.

Of what is carried, a tile keeps and runs again only what its records are computed from: an array that a loop fills and
no record reads costs nothing. Cotangents are carried from tile to tile as they are from pass to pass, so that the
gradient is the same to the last bit. Loops inside are tiled too. What the body asserts is not asserted again.

Source: Griewank & Walther 2008, section 12.3 (multilevel checkpointing), with one level a loop.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dlang.ir.nodes import Apply, Atom, Block, For, Literal, Module, Pop, Push, Stmt, Var, While
from dlang.ir.traits import record_bytes, statements
from dlang.ir.walk import free_vars
from dlang.passes.dead_code import callees, needs, without_unneeded
from dlang.passes.inline import copied_block
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.types import BOOL, INT, REAL, Type

__all__ = ["Plan", "forward_loop", "planned", "reversed_loop"]

_INSIDE = 32
"""So many records, as a guess, a loop inside leaves of a pass: the tiles of a thousand of its own."""


@record(eq=False)
class Plan:
    """What the forward loop and its reverse share.

    Attributes:
        length: of a `for`, passes in a tile; of a `while`, passes that each has more than the one before.
        tiles: their number, which the forward loop binds.
        count: of a `for`, all passes, bound by the forward loop too.
        tile: the number of the tile that is reversed.
        kept: places of the carried values that a tile keeps.
        again: a tile that is run again from those, with records; it yields its first pass and the one past its last.
        record: bytes, about, that a pass leaves on the tape; 0 if it leaves none, or nobody can say.
    """

    length: Var
    tiles: Var
    count: Var | None
    tile: Var
    kept: tuple[int, ...]
    again: Block
    record: int

    @property
    def bound(self) -> tuple[Var, ...]:
        """What the forward loop binds and its reverse reads."""
        return (self.length, self.tiles) if self.count is None else (self.length, self.tiles, self.count)


def planned(stmt: For | While, primal: Block, effectful: Collection[str], module: Module) -> Plan:
    """The plan of a loop.

    Args:
        stmt: the loop.
        primal: its body, silent, with pushes; it binds the body's own names, which the reverse of a pass reads.
        effectful: functions that push, of those which the body calls.
        module: those of them that are there already.
    """
    length, tiles, tile = Var(INT, "length"), Var(INT, "tiles"), Var(INT, "tile")
    params = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
    carried = tuple(Var(p.type, p.hint) for p in params)
    w = _Writer()
    count: Var | None = None
    first: Atom = Literal(0)
    loop: For | While
    if isinstance(stmt, For):
        count = Var(INT, "passes")
        first, past = _bounds(w, length, count, tile)
        outs = tuple(Var(o.type) for o in stmt.outs)
        loop = For(outs, first, past, Literal(1), carried, _indexed(stmt, primal, count), span=stmt.span)
    else:
        loop = _tile(stmt, _passes(w, length, tile), carried, primal)
        past = loop.outs[-1]
    whole = Block(carried, (*w.body, loop), (first, past))
    slim = without_unneeded(whole, needs(whole, effectful))
    read = free_vars(Block((), slim.body, slim.results))
    kept = tuple(k for k, var in enumerate(carried) if var in read)
    again = Block(_at(kept, carried), slim.body, slim.results)
    record = _left_by(primal, {*effectful, *module}, module) or 0
    return Plan(length, tiles, count, tile, kept, again, record)


def _left_by(block: Block, effectful: Collection[str], module: Module) -> int | None:
    """About how many bytes a pass leaves on the tape, loops inside included; None if that depends on unknown sizes."""
    pushed = [stmt for stmt in statements(block) if isinstance(stmt, Push)]
    if not all(value.type.is_static for stmt in pushed for value in stmt.values):
        return None
    calls: dict[str, int] = {}
    for name in set(callees(block)).intersection(effectful):
        others = {n: fn for n, fn in module.items() if n != name}  # without what calls itself
        left = _left_by(module[name].block, effectful, others) if name in module else None
        if left is None:
            return None
        calls[name] = left
    inside = (record_bytes(inner.body, calls) for inner in statements(block) if isinstance(inner, (For, While)))
    return record_bytes(block, calls) + _INSIDE * sum(inside)


def reversed_loop(stmt: For | While, plan: Plan, reverse: Block, outs: Sequence[Var], inits: Sequence[Atom]) -> For:
    """The loop's reverse, tile by tile from the last one.

    Args:
        stmt: the loop.
        plan: of it.
        reverse: the reverse of a pass; its params are the index and cotangents.
        outs: what the reverse yields.
        inits: the cotangents it begins with.
    """
    cts = tuple(Var(p.type, "ct") for p in reverse.params[1:])
    found = tuple(Var(p.type, "ct") for p in cts)
    if isinstance(stmt, For) and plan.count is not None:
        reverse = _indexed(stmt, reverse, plan.count)
    first, past = plan.again.results
    back = For(found, first, past, Literal(1), cts, reverse, reverse=True, span=stmt.span)
    popped = (Pop(plan.again.params),) if plan.kept else ()
    block = Block((plan.tile, *cts), (*popped, *plan.again.body, back), found)
    return For(tuple(outs), Literal(0), plan.tiles, Literal(1), tuple(inits), block, reverse=True, span=stmt.span)


def forward_loop(stmt: For | While, plan: Plan) -> list[Stmt]:
    """The loop, tile by tile: of what it carries at the beginning of each it keeps what the tile is run again from."""
    return _forward_for(stmt, plan) if isinstance(stmt, For) else _forward_while(stmt, plan)


class _Writer:
    """Statements on Ints, one after the other."""

    def __init__(self) -> None:
        self.body: list[Stmt] = []

    def apply(self, prim: str, *args: Atom, type_: Type = INT, out: Var | None = None) -> Var:
        made = out if out is not None else Var(type_)
        self.body.append(Apply((made,), TABLE[prim], args, {}))
        return made

    def length(self, array: Atom, axis: int) -> Var:
        made = Var(INT, "size")
        self.body.append(Apply((made,), TABLE["length"], (array,), {"axis": axis}))
        return made


# ---- for


def _forward_for(stmt: For, plan: Plan) -> list[Stmt]:
    assert plan.count is not None
    w = _Writer()
    # the number of passes is the quotient rounded up, if it is positive
    down = w.apply("floordiv", w.apply("sub", stmt.start, stmt.stop), stmt.step)
    w.apply("maximum", w.apply("neg", down), Literal(0), out=plan.count)
    passes, larger = (w.apply("to_real", n, type_=REAL) for n in (plan.count, _larger(w, stmt, plan)))
    root = w.apply("sqrt", w.apply("mul", passes, larger, type_=REAL), type_=REAL)
    whole = w.apply("whole", w.apply("ceil", root, type_=REAL))
    w.apply("maximum", whole, Literal(1), out=plan.length)
    most = w.apply("floordiv", w.apply("neg", plan.count), plan.length)
    w.apply("neg", most, out=plan.tiles)

    carried = [Var(p.type, p.hint) for p in stmt.body.params[1:]]
    tile = Var(INT, "tile")
    inside = _Writer()
    lo, hi = _bounds(inside, plan.length, plan.count, tile)
    body = copied_block(stmt.body, {})
    outs = tuple(Var(o.type, o.hint) for o in stmt.outs)
    inner = For(outs, lo, hi, Literal(1), tuple(carried), _indexed(stmt, body, plan.count), span=stmt.span)
    block = Block((tile, *carried), (*_pushed(plan, carried), *inside.body, inner), outs)
    outer = For(stmt.outs, Literal(0), plan.tiles, Literal(1), stmt.inits, block, span=stmt.span)
    return [*w.body, outer]


def _bounds(w: _Writer, length: Atom, count: Atom, tile: Var) -> tuple[Var, Var]:
    """The first pass of a tile, and the one past its last."""
    lo = w.apply("mul", tile, length)
    return lo, w.apply("minimum", w.apply("add", lo, length), count)


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


def _forward_while(stmt: While, plan: Plan) -> list[Stmt]:
    before, inside = _Writer(), _Writer()
    before.apply("maximum", _larger(before, stmt, plan), Literal(1), out=plan.length)
    carried = [Var(p.type, p.hint) for p in stmt.body.params]
    seen = Var(INT, "tiles")
    inner = _tile(stmt, _passes(inside, plan.length, seen), carried, copied_block(stmt.body, {}))
    inside.body.append(inner)
    following = inside.apply("add", seen, Literal(1))
    block = Block((*carried, seen), (*_pushed(plan, carried), *inside.body), (*inner.outs[:-1], following))
    cond = copied_block(stmt.cond, {})
    tested = Block((*cond.params, Var(INT)), cond.body, cond.results)
    return [*before.body, While((*stmt.outs, plan.tiles), (*stmt.inits, Literal(0)), tested, block, stmt.span)]


def _passes(w: _Writer, length: Var, tile: Var) -> Var:
    """How many passes a tile of a `while` has."""
    return w.apply("mul", length, w.apply("add", tile, Literal(1)))


def _tile(stmt: While, length: Atom, carried: Sequence[Var], body: Block) -> While:
    """The passes of a tile from what it carries; the last of its outs is their number."""
    tested, seen, following = Var(INT, "passes"), Var(INT, "passes"), Var(INT, "passes")
    cond = copied_block(stmt.cond, {})
    short, both = Var(BOOL), Var(BOOL)
    limit = (
        Apply((short,), TABLE["lt"], (tested, length), {}),
        Apply((both,), TABLE["logical_and"], (cond.results[0], short), {}),
    )
    whole = Block((*cond.params, tested), (*cond.body, *limit), (both,))
    count = Apply((following,), TABLE["add"], (seen, Literal(1)), {})
    block = Block((*body.params, seen), (*body.body, count), (*body.results, following))
    outs = (*(Var(o.type, o.hint) for o in stmt.outs), Var(INT, "passes"))
    return While(outs, (*carried, Literal(0)), whole, block, stmt.span)


# ---- both


def _larger(w: _Writer, stmt: For | While, plan: Plan) -> Atom:
    """How many times as large as a record what a tile keeps is, an Int of 1 or more."""
    if not plan.kept or not plan.record:
        return Literal(1)
    kept = [stmt.inits[k] for k in plan.kept]
    size: Atom = Literal(record_bytes(Block((), (Push(tuple(a for a in kept if a.type.is_static)),), ()), {}))
    for atom in kept:
        if not atom.type.is_static:
            elements: Atom = Literal(8)
            for axis in range(len(atom.type.shape)):
                elements = w.apply("mul", elements, w.length(atom, axis))
            size = w.apply("add", size, elements)
    return w.apply("maximum", w.apply("floordiv", size, Literal(plan.record)), Literal(1))


def _pushed(plan: Plan, carried: Sequence[Var]) -> tuple[Stmt, ...]:
    return (Push(_at(plan.kept, carried)),) if plan.kept else ()


def _at(places: Sequence[int], carried: Sequence[Var]) -> tuple[Var, ...]:
    return tuple(carried[k] for k in places)

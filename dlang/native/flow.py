"""Branches and loops as blocks and phis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlang.ir.nodes import Atom, For, If, Literal, Var, While
from dlang.ir.walk import free_vars, inner_blocks
from dlang.native import runtime
from dlang.native.memory import TAPE, Memory
from dlang.native.text import Text, type_of

if TYPE_CHECKING:
    from dlang.native.emit import Emitter

__all__ = ["emit_for", "emit_if", "emit_while"]


def settle_before(emitter: Emitter, stmt: If | For | While) -> None:
    """Write out everything that waits, and what the blocks of a statement read: they may run often, or not."""
    emitter.settle()
    for block in inner_blocks(stmt):
        for var in free_vars(block):
            if emitter.uniform(var) is not None:
                emitter.array(var)


def emit_if(emitter: Emitter, stmt: If) -> None:
    """Emit a branch: two blocks, and phis for what it yields."""
    settle_before(emitter, stmt)
    text = emitter.text
    labels = text.fresh("then"), text.fresh("else")
    done = text.fresh("done")
    text.branch(emitter.scalar(stmt.cond), *labels)
    before, ends = emitter.tape, []
    for label, branch in zip(labels, (stmt.then, stmt.orelse), strict=True):
        text.begin(label)
        emitter.tape = before
        emitter.block(branch)
        emitter.settle()
        values = [_yielded(emitter, r) for r in branch.results]
        ends.append((values, emitter.tape, text.label))
        text.go(done)
    text.begin(done)
    (then, then_tape, then_end), (orelse, else_tape, else_end) = ends
    if then_tape != else_tape:
        emitter.tape = text.phi("ptr", [(then_tape, then_end), (else_tape, else_end)])
    else:
        emitter.tape = then_tape
    for out, a, b in zip(stmt.outs, then, orelse, strict=True):
        if isinstance(a, Memory) and isinstance(b, Memory):
            pointer = a.pointer
            if a.pointer != b.pointer:
                pointer = text.phi("ptr", [(a.pointer, then_end), (b.pointer, else_end)])
            emitter.bind(out, Memory(pointer, out.type, a.strides, a.roots | b.roots))
        else:
            emitter.bind(out, text.phi(type_of(out.type), [(str(a), then_end), (str(b), else_end)]))


def _yielded(emitter: Emitter, atom: Atom) -> str | Memory:
    """What a branch yields: a scalar, or an array row by row that no record will be written over."""
    if atom.type.is_scalar:
        return emitter.scalar(atom)
    found = emitter.array(atom)
    if TAPE in found.roots:
        target = emitter.buffer(found.type)
        emitter.copy(target.pointer, found)
        return target
    return emitter.dense(found)


def _enter(emitter: Emitter, stmt: For | While, carried: Sequence[Var]) -> dict[Var, str]:
    """Places for the carried arrays, which are filled; the starts of the carried scalars."""
    starts: dict[Var, str] = {}
    taken = emitter.ownership.taken.get(stmt, ())
    for k, (param, init, result) in enumerate(zip(carried, stmt.inits, stmt.body.results, strict=True)):
        if param.type.is_scalar:
            starts[param] = emitter.scalar(init)
            continue
        found = emitter.array(init)
        if (k in taken or result is param) and found.is_dense:
            emitter.bind(param, found)
        else:
            place = emitter.buffer(param.type)
            emitter.copy(place.pointer, found)
            emitter.bind(param, place)
    return starts


def _moves(emitter: Emitter, carried: Sequence[Var], results: Sequence[Atom]) -> None:
    """Bring the arrays of the next pass to their places, all of them before any is written over."""
    moves = [
        (emitter.array(param), emitter.array(result))
        for param, result in zip(carried, results, strict=True)
        if not param.type.is_scalar
    ]
    moves = [(to, source) for to, source in moves if to.pointer != source.pointer or not source.is_dense]
    for k, (to, source) in enumerate(moves):
        others = frozenset[int]().union(*(t.roots for j, (t, _) in enumerate(moves) if j != k))
        if source.roots & others or (not source.is_dense and source.roots & to.roots):
            safe = emitter.buffer(source.type)
            emitter.copy(safe.pointer, source)
            moves[k] = (to, safe)
    for to, source in moves:
        emitter.copy(to.pointer, source)


def emit_for(emitter: Emitter, stmt: For) -> None:
    """Emit a loop that counts its passes down, and its index up or down."""
    settle_before(emitter, stmt)
    text = emitter.text
    index, *carried = stmt.body.params
    starts = _enter(emitter, stmt, carried)
    begin, count, step = _counted(emitter, stmt)
    loop, done, before = text.fresh("loop"), text.fresh("done"), text.label
    text.branch(text.op(f"icmp ne i64 {count}, 0"), loop, done)
    text.begin(loop)
    left, place = f"%{text.fresh('n')}", f"%{text.fresh('i')}"
    names = {param: f"%{text.fresh('c')}" for param in starts}
    tape_before, tape = emitter.tape, f"%{text.fresh('t')}"
    holes = len(text.lines)
    emitter.bind(index, place)
    for param, name in names.items():
        emitter.bind(param, name)
    pushes = stmt in emitter.may_push or emitter.moves_tape(stmt.body)
    emitter.tape = tape if pushes else tape_before
    emitter.block(stmt.body)
    emitter.settle()
    results = {p: emitter.scalar(r) for p, r in zip(carried, stmt.body.results, strict=True) if p.type.is_scalar}
    _moves(emitter, carried, stmt.body.results)
    fewer = text.op(f"sub i64 {left}, 1")
    further = text.op(f"add i64 {place}, {step}")
    _poll(emitter)
    end = text.label
    text.branch(text.op(f"icmp ne i64 {fewer}, 0"), loop, done)
    head = Text()
    head.lines = []
    head.phi("i64", [(count, before), (fewer, end)], left)
    head.phi("i64", [(begin, before), (further, end)], place)
    for param, start in starts.items():
        head.phi(type_of(param.type), [(start, before), (results[param], end)], names[param])
    if pushes:
        head.phi("ptr", [(tape_before, before), (emitter.tape, end)], tape)
    text.lines[holes:holes] = head.lines
    text.begin(done)
    if pushes:
        emitter.tape = text.phi("ptr", [(tape_before, before), (emitter.tape, end)])
    for param, out in zip(carried, stmt.outs, strict=True):
        if param.type.is_scalar:
            kind = type_of(param.type)
            emitter.bind(out, text.phi(kind, [(starts[param], before), (results[param], end)]))
        else:
            emitter.bind(out, emitter.array(param))
    if stmt in emitter.may_push:
        emitter.note_tape()


def _counted(emitter: Emitter, stmt: For) -> tuple[str, str, str]:
    """The first index, the number of passes, and the step between indices, in the order of the passes."""
    text = emitter.text
    start, stop, step = emitter.scalar(stmt.start), emitter.scalar(stmt.stop), emitter.scalar(stmt.step)
    if stmt.step == Literal(1):
        some = text.op(f"icmp slt i64 {start}, {stop}")
        count = text.op(f"select i1 {some}, i64 {text.op(f'sub i64 {stop}, {start}')}, i64 0")
    else:
        up = text.op(f"icmp sgt i64 {step}, 0")
        emitter.fault_if(text.op(f"icmp eq i64 {step}, 0"))
        low = text.op(f"select i1 {up}, i64 {start}, i64 {stop}")
        high = text.op(f"select i1 {up}, i64 {stop}, i64 {start}")
        size = text.op(f"select i1 {up}, i64 {step}, i64 {text.op(f'sub i64 0, {step}')}")
        some = text.op(f"icmp slt i64 {low}, {high}")
        span = text.op(f"sub i64 {text.op(f'sub i64 {high}, {low}')}, 1")
        whole = text.op(f"add i64 {text.op(f'udiv i64 {span}, {size}')}, 1")
        count = text.op(f"select i1 {some}, i64 {whole}, i64 0")
    if not stmt.reverse:
        return start, count, step
    last = text.op(f"mul i64 {text.op(f'sub i64 {count}, 1')}, {step}")
    return text.op(f"add i64 {start}, {last}"), count, text.op(f"sub i64 0, {step}")


def emit_while(emitter: Emitter, stmt: While) -> None:
    """Emit a loop with its condition at the head."""
    settle_before(emitter, stmt)
    text = emitter.text
    carried = stmt.body.params
    starts = _enter(emitter, stmt, carried)
    before = text.label
    loop, body, done = text.fresh("loop"), text.fresh("body"), text.fresh("done")
    text.go(loop)
    text.begin(loop)
    names = {param: f"%{text.fresh('c')}" for param in starts}
    tape_before, tape = emitter.tape, f"%{text.fresh('t')}"
    holes = len(text.lines)
    for tested, param in zip(stmt.cond.params, carried, strict=True):
        if param.type.is_scalar:
            emitter.bind(param, names[param])
            emitter.bind(tested, names[param])
        else:
            emitter.bind(tested, emitter.array(param))
    pushes = stmt in emitter.may_push or any(emitter.moves_tape(b) for b in (stmt.cond, stmt.body))
    emitter.tape = tape if pushes else tape_before
    emitter.block(stmt.cond)
    emitter.settle()
    text.branch(emitter.scalar(stmt.cond.results[0]), body, done)
    tape_after = emitter.tape
    text.begin(body)
    emitter.block(stmt.body)
    emitter.settle()
    results = {p: emitter.scalar(r) for p, r in zip(carried, stmt.body.results, strict=True) if p.type.is_scalar}
    _moves(emitter, carried, stmt.body.results)
    _poll(emitter)
    end = text.label
    text.go(loop)
    head = Text()
    head.lines = []
    for param, start in starts.items():
        head.phi(type_of(param.type), [(start, before), (results[param], end)], names[param])
    if pushes:
        head.phi("ptr", [(tape_before, before), (emitter.tape, end)], tape)
    text.lines[holes:holes] = head.lines
    text.begin(done)
    emitter.tape = tape_after
    for param, out in zip(carried, stmt.outs, strict=True):
        if param.type.is_scalar:
            emitter.bind(out, names[param])
        else:
            emitter.bind(out, emitter.array(param))
    if stmt in emitter.may_push:
        emitter.note_tape()


def _poll(emitter: Emitter) -> None:
    """Leave the run if it was interrupted."""
    flag = emitter.text.op("load atomic i64, ptr %rt monotonic, align 8")
    emitter.fault_if(emitter.text.op(f"icmp ne i64 {flag}, 0"), runtime.INTERRUPTED)

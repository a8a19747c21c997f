"""What an entry of a module needs, and what those functions do, taken together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlang.ir.nodes import Atom, Block, Call, Function, If, Module, Pop, Print, Push, Stmt
from dlang.ir.walk import inner_blocks
from dlang.records import record

__all__ = ["Traits", "atom_bytes", "pushed_bytes", "reachable", "record_bytes", "statements", "traits"]


@record
class Traits:
    """What an entry's functions do, taken together."""

    taped: frozenset[str]
    prints: bool
    arrays: bool
    recursive: bool


def statements(block: Block) -> Iterator[Stmt]:
    """Every statement of a block, nested ones included."""
    for stmt in block.body:
        yield stmt
        for inner in inner_blocks(stmt):
            yield from statements(inner)


def reachable(module: Module, entry: str) -> dict[str, Function]:
    """The entry and every function it calls, directly or not."""
    found: dict[str, Function] = {}
    todo = [entry]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = module[name]
            todo.extend(s.callee for s in statements(module[name].block) if isinstance(s, Call))
    return found


def traits(functions: Mapping[str, Function]) -> Traits:
    """What functions do: which need the tape, whether any prints, has arrays, or calls itself."""
    callees: dict[str, set[str]] = {}
    taped: set[str] = set()
    prints = arrays = False
    for name, function in functions.items():
        callees[name] = set()
        arrays = arrays or any(not p.type.is_scalar for p in function.block.params)
        for stmt in statements(function.block):
            match stmt:
                case Call():
                    callees[name].add(stmt.callee)
                case Push() | Pop():
                    taped.add(name)
                case Print():
                    prints = True
                case _:
                    arrays = arrays or any(not o.type.is_scalar for o in getattr(stmt, "outs", ()))
    while True:
        more = {name for name, called in callees.items() if called & taped} - taped
        if not more:
            break
        taped |= more
    return Traits(frozenset(taped), prints, arrays, _recursive(callees))


def _recursive(callees: Mapping[str, set[str]]) -> bool:
    """Whether following calls can come back: whether leaves taken away again and again leave something."""
    left = {name: set(called) for name, called in callees.items()}
    while True:
        leaves = {name for name, called in left.items() if not called}
        if not leaves:
            return bool(left)
        left = {name: called - leaves for name, called in left.items() if name not in leaves}


# ---- the tape

_OBJECT, _RECORD, _UNKNOWN = 32, 64, 8000
"""Bytes of a number on the tape, of a record beside what it holds, and of an array of unknown size."""


def pushed_bytes(functions: Mapping[str, Function]) -> dict[str, int]:
    """About how many bytes a call of each function leaves on the tape, its loops aside; of recursion one level.

    Below 0 stands for a function that takes from the tape what another has left there.
    """
    found: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in found:
            found[name] = 0  # for calls of itself
            callees = {s.callee for s in statements(functions[name].block) if isinstance(s, Call)}
            calls = {callee: of(callee) for callee in callees if callee in functions}
            found[name] = record_bytes(functions[name].block, calls)
        return found[name]

    for name in functions:
        of(name)
    return found


def record_bytes(block: Block, calls: Mapping[str, int]) -> int:
    """About how many bytes a block leaves on the tape, loops inside aside; `calls` says it of functions.

    A block that pushes and pops, as an adjoint does, leaves nothing.
    """
    size, pops = 0, False
    for stmt in block.body:
        own = 0
        match stmt:
            case Push():
                own = _RECORD + sum(map(atom_bytes, stmt.values))
            case Pop():
                own = -1
            case If():
                sides = record_bytes(stmt.then, calls), record_bytes(stmt.orelse, calls)
                own = max(sides) or min(sides)
            case Call():
                own = calls.get(stmt.callee, 0)
            case _:
                pass
        size += max(own, 0)
        pops = pops or own < 0
    if pops:
        return 0 if size else -1
    return size


def atom_bytes(atom: Atom) -> int:
    """About how many bytes a value takes on the tape."""
    if atom.type.is_scalar:
        return _OBJECT
    if not atom.type.is_static:
        return _UNKNOWN
    count = 8
    for n in atom.type.shape:
        count *= n or 0
    return _OBJECT + count

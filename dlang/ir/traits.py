"""What an entry of a module needs, and what those functions do, taken together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlang.ir.nodes import Block, Call, Function, Module, Pop, Print, Push, Stmt
from dlang.ir.walk import inner_blocks
from dlang.records import record

__all__ = ["Traits", "reachable", "statements", "traits"]


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

"""From the functions that an entry needs to compiled Python: one unit, one namespace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from dlang.interpreter.emit import Emitter
from dlang.interpreter.unit import Site, Unit
from dlang.ir.nodes import Block, Call, Function, Module, Pop, Print, Push, Stmt
from dlang.ir.ownership import Ownership
from dlang.ir.walk import inner_blocks
from dlang.records import record

__all__ = ["Assembled", "Traits", "assemble", "compile_unit", "python_names", "reachable", "traits"]

_NUMBERS = count()


@record
class Traits:
    """What an entry's functions do, taken together."""

    taped: frozenset[str]
    prints: bool
    arrays: bool
    recursive: bool


@record
class Assembled:
    """Compiled code: its file name in tracebacks, text, Sites by line from 1, and the namespace it runs in."""

    filename: str
    text: str
    sites: list[Site | None]
    namespace: dict[str, Any]
    names: Mapping[str, str]

    def function(self, name: str) -> Any:
        """The Python function of an IR function; one that is taped takes the tape first."""
        return self.namespace[self.names[name]]


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


def assemble(
    functions: Mapping[str, Function],
    ownership: Mapping[str, Ownership],
    taped: frozenset[str],
    *,
    safe: bool,
    namespace: Mapping[str, Any],
    tape_limit: int | None = None,
) -> Assembled:
    """Generate and compile functions in the fast or the safe form; the tape may hold about so many bytes."""
    unit = Unit(namespace=dict(namespace))
    names = python_names(functions)
    for name, function in functions.items():
        Emitter(unit, names, taped, safe=safe, tape_limit=tape_limit).function(function, ownership[name])
    return compile_unit(unit, names)


def python_names(functions: Mapping[str, Function]) -> dict[str, str]:
    """A name in generated code for each function."""
    words = {name: "".join(c if c.isascii() and c.isalnum() else "_" for c in name) for name in functions}
    return {name: f"fn{k}_{words[name]}" for k, name in enumerate(functions)}


def compile_unit(unit: Unit, names: Mapping[str, str]) -> Assembled:
    """Compile a unit and run its definitions."""
    text = "\n".join(unit.lines) + "\n"
    filename = f"<dl {next(_NUMBERS)}>"
    exec(compile(text, filename, "exec"), unit.namespace)
    return Assembled(filename, text, unit.sites, unit.namespace, names)

"""From the functions that an entry needs to compiled Python: one unit, one namespace."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from dlang.interpreter.emit import Emitter
from dlang.interpreter.unit import Site, Unit
from dlang.ir.nodes import Function
from dlang.ir.ownership import Ownership
from dlang.ir.traits import pushed_bytes
from dlang.records import record

__all__ = ["Assembled", "assemble", "compile_unit", "python_names"]

_NUMBERS = count()


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
    pushed = pushed_bytes(functions) if tape_limit is not None else {}
    for name, function in functions.items():
        emitter = Emitter(unit, names, taped, safe=safe, tape_limit=tape_limit, pushed=pushed)
        emitter.function(function, ownership[name])
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

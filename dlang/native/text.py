"""LLVM text of one function under construction.

Text and not objects: writing and parsing five thousand instructions takes 8 ms, building them as llvmlite's objects 25.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from dlang.types import DType, Type

__all__ = ["ELEMENT", "SCALAR", "SIZE", "Text", "literal", "real", "type_of"]

SCALAR = {DType.REAL: "double", DType.INT: "i64", DType.BOOL: "i1"}
"""The LLVM type of a scalar in a register."""

ELEMENT = {DType.REAL: "double", DType.INT: "i64", DType.BOOL: "i8"}
"""The LLVM type of an element in memory; a Bool is a byte that is 0 or 1, as in NumPy."""

SIZE = {DType.REAL: 8, DType.INT: 8, DType.BOOL: 1}
"""Bytes of an element in memory."""


def type_of(type_: Type) -> str:
    """The LLVM type of a value: a scalar, or a pointer to the elements row by row."""
    return SCALAR[type_.dtype] if type_.is_scalar else "ptr"


def real(value: float) -> str:
    """A double constant, to the last bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def literal(value: float | int | bool) -> str:
    """A scalar constant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else real(value)


class Text:
    """Lines of instructions; knows the block it is in, for the phis of what follows.

    Attributes:
        label: of the block that is being written.
        declared: declarations of outside functions that were called.
        used: functions of our own vector mathematics that were called.
    """

    def __init__(self) -> None:
        self.lines: list[str] = ["entry:"]
        self.label = "entry"
        self.declared: set[str] = set()
        self.used: set[str] = set()
        self._slots: list[str] = []
        self._count = 0

    @property
    def body(self) -> str:
        """All of the text, with its variables in the first block."""
        return "\n".join([*self.lines[:1], *self._slots, *self.lines[1:]])

    def variable(self, kind: str) -> str:
        """The address of a variable, which LLVM turns into registers."""
        name = f"%{self.fresh('slot')}"
        self._slots.append(f"  {name} = alloca {kind}, align 64")
        return name

    def fresh(self, word: str) -> str:
        """A name, without its % sign, that nothing else has."""
        self._count += 1
        return f"{word}{self._count}"

    def line(self, text: str) -> None:
        """Append an instruction without a result."""
        self.lines.append(f"  {text}")

    def op(self, text: str) -> str:
        """Append an instruction; the name of its result."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def begin(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.label = label

    def go(self, label: str) -> None:
        """End the block by a jump."""
        self.line(f"br label %{label}")

    def branch(self, cond: str, then: str, orelse: str) -> None:
        """End the block by a choice."""
        self.line(f"br i1 {cond}, label %{then}, label %{orelse}")

    def phi(self, kind: str, sources: Iterable[tuple[str, str]], name: str | None = None) -> str:
        """Append a phi of (value, label) pairs; its name."""
        text = f"phi {kind} " + ", ".join(f"[ {value}, %{label} ]" for value, label in sources)
        if name is None:
            return self.op(text)
        self.lines.append(f"  {name} = {text}")
        return name

    def call(
        self, result: str, function: str, arguments: Iterable[tuple[str, str]], attributes: str = "", flags: str = ""
    ) -> str:
        """Append a call of an outside function with (type, value) arguments, and declare it."""
        given = list(arguments)
        kinds = ", ".join(kind for kind, _ in given)
        self.declared.add(f"declare {result} @{function}({kinds}) {attributes}".rstrip())
        text = f"call {flags} {result} @{function}({', '.join(f'{kind} {value}' for kind, value in given)})"
        if result == "void":
            self.line(text)
            return ""
        return self.op(text)

    def at(self, pointer: str, offset: str | int, element: str = "i8") -> str:
        """A pointer some elements further."""
        if offset in (0, "0"):
            return pointer
        return self.op(f"getelementptr {element}, ptr {pointer}, i64 {offset}")

"""Generated text under construction: lines, what each does, and the objects its names stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dlang.ir.nodes import For, Stmt, Var, While
from dlang.records import field, record

__all__ = ["Expr", "Site", "Unit"]


@record
class Site:
    """What a line of generated code does: a statement, the loops around it, and how its names are called there."""

    stmt: Stmt
    loops: tuple[For | While, ...]
    names: Mapping[Var, str]


@record(frozen=False, eq=False)
class Unit:
    """Generated text, one Site (or None) a line, and the objects its names stand for."""

    lines: list[str] = field(default_factory=list)
    sites: list[Site | None] = field(default_factory=list)
    namespace: dict[str, Any] = field(default_factory=dict)
    _bound: dict[int, str] = field(default_factory=dict)

    def bind(self, word: str, thing: Any) -> str:
        """A name for an object; the same one for the same object."""
        if id(thing) not in self._bound:
            name = f"p{len(self._bound)}_{word}"
            self._bound[id(thing)] = name
            self.namespace[name] = thing
        return self._bound[id(thing)]

    def free(self, names: set[str], chunks: Sequence[tuple[int, int]]) -> None:
        """Delete each of `names`, which hold arrays, after the piece of the function that mentions it last.

        The pieces are given by their first line and the one past their last; after them comes the `return`.
        """
        seen = {name for name in names if _mentions(self.lines[-1], name)}
        for first, end in reversed(chunks) if names else ():
            text = "\n".join(self.lines[first:end])
            dead = sorted(name for name in names - seen if _mentions(text, name))
            if dead:
                self.lines.insert(end, f" del {', '.join(dead)}")
                self.sites.insert(end, None)
                seen.update(dead)


class Expr(NamedTuple):
    """An expression on its way into a larger one; `memory` if it reads an array."""

    text: str
    compound: bool = False
    memory: bool = False
    depth: int = 0

    @property
    def tight(self) -> str:
        """The text as an operand of any operator."""
        return f"({self.text})" if self.compound else self.text


def _mentions(text: str, name: str) -> bool:
    """Whether a text has a name as a word of its own."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        before, after = text[at - 1 : at], text[end : end + 1]
        if not (after.isalnum() or after == "_" or before.isalnum() or before == "_"):
            return True
        at = text.find(name, end)
    return False

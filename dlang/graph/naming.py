"""What things are called: names and expressions from the source, operations as the language writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from dlang.briefly import number
from dlang.diagnostics.core import DlangError
from dlang.diagnostics.spoken import INFIX, spoken
from dlang.elaborate.tree import root_name, target_parts
from dlang.ir.nodes import Apply, Literal
from dlang.records import field_names
from dlang.source import Source, Span
from dlang.syntax import ast
from dlang.syntax.parse import parse

__all__ = ["SourceNames", "call_title", "operation", "snippet"]

_SNIPPET = 200
"""Characters of an expression that are kept."""

PLACE = "\u00b7"
"""Stands for an operand in an operation: `2 * ·`."""


class SourceNames:
    """Names that expressions were given in their sources, which are parsed when first asked about."""

    def __init__(self) -> None:
        self._known: dict[Source, Mapping[tuple[int, int], str]] = {}
        self._calls: dict[Source, Mapping[tuple[int, int], str]] = {}

    def name(self, span: Span | None) -> str:
        """The name of the variable that an expression was assigned to; empty if it was not."""
        if span is None:
            return ""
        self._read(span.source)
        return self._known[span.source].get((span.start, span.end), "")

    def callee(self, span: Span | None) -> str:
        """The name of what an expression calls; empty if it is no call."""
        if span is None:
            return ""
        self._read(span.source)
        return self._calls[span.source].get((span.start, span.end), "")

    def _read(self, source: Source) -> None:
        if source in self._known:
            return
        try:
            self._known[source], self._calls[source] = _names(parse(source))
        except DlangError:  # a command of a session, of which an expression is the end: it assigns nothing
            self._known[source], self._calls[source] = {}, {}


def _names(program: ast.Program) -> tuple[dict[tuple[int, int], str], dict[tuple[int, int], str]]:
    """By place: the names of what is assigned, and of what is called."""
    named: dict[tuple[int, int], str] = {}
    called: dict[tuple[int, int], str] = {}
    stack: list[Any] = list(program.statements)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Assign):
            named |= _assigned(node)
        elif isinstance(node, ast.Call):
            called[node.span.start, node.span.end] = node.callee.span.text
        stack.extend(_parts(node))
    return named, called


def _parts(node: Any) -> Iterator[Any]:
    """Every node right below a node of the tree."""
    waiting = [getattr(node, name) for name in field_names(node)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting.extend(part)
        elif hasattr(part, "span"):
            yield part


def _assigned(node: ast.Assign) -> dict[tuple[int, int], str]:
    """Where the value of an assignment is made, in each of the branches that may."""
    found = {}
    for part in target_parts(node.target):
        root = root_name(part)
        if root is not None and not isinstance(part, ast.Name):
            found[part.span.start, part.span.end] = root.text  # `a[i] = x` makes another `a`
    if isinstance(node.target, ast.Name):
        name = node.target.text
        if node.operator != "=":
            found[node.span.start, node.span.end] = name
        else:
            found |= {(end.span.start, end.span.end): name for end in _ends(node.value)}
    elif isinstance(node.target, ast.TupleLiteral) and isinstance(node.value, ast.TupleLiteral):
        for part, value in zip(node.target.items, node.value.items, strict=False):
            if isinstance(part, ast.Name):
                found[value.span.start, value.span.end] = part.text
    return found


def _ends(value: ast.Expr) -> Iterator[ast.Expr]:
    """The expressions whose value an expression has: itself, or the ends of its branches."""
    match value:
        case ast.Block(statements=(*_, ast.ExprStatement(value=last))):
            yield from _ends(last)
        case ast.If(then=then, orelse=orelse):
            yield from _ends(then)
            if orelse is not None:
                yield from _ends(orelse)
        case _:
            yield value


def snippet(span: Span | None, most: int = _SNIPPET) -> str:
    """The text of an expression on one line, or the head of a loop or branch, not too long."""
    if span is None:
        return ""
    text = span.text
    if text.startswith("fn ") and text[3:4] != "(":
        return ""  # a function that was called from outside is known by its name
    if text.startswith(("for ", "while ", "if ")):
        text = text.partition("{")[0]
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"


Constant: TypeAlias = float | int | bool


def operation(stmt: Apply, known: Sequence[Constant | None] | None = None) -> str:
    """An application in the language's words, with its constants: `exp`, `*`, `2 * ·`, `· ^ 2`, `[0]`.

    `known` are the operands that are constants, None for others; by default those of the program's text.
    """
    if known is None:
        known = [a.value if isinstance(a, Literal) else None for a in stmt.args]
    name = stmt.prim.name
    special = _SPECIAL.get(name)
    if special is not None:
        return special(stmt, known)
    constants = [PLACE if each is None else number(each) for each in known]
    if all(each is PLACE for each in constants):
        return INFIX.get(name) or spoken(name)
    if name in INFIX and len(constants) == 2:
        return f"{constants[0]} {INFIX[name]} {constants[1]}"
    return f"{spoken(name)}({', '.join(constants)})"


def _index(stmt: Apply, known: Sequence[Constant | None]) -> str:
    """The brackets of an index, from the source where it has them."""
    text = snippet(stmt.span)
    if text.endswith("]") and not text.startswith("["):
        return text[text.index("[") :]
    places = [PLACE if each is None else number(each) for each in known]
    return f"[{', '.join(places) or PLACE}]"


_SPECIAL: Mapping[str, Callable[[Apply, Sequence[Constant | None]], str]] = {
    "get": lambda stmt, known: _index(stmt, known[1:]),
    "set": lambda stmt, known: f"{_index(stmt, known[2:])} =",
    "add_at": lambda stmt, known: f"{_index(stmt, known[2:])} +=",
    "neg": lambda stmt, known: f"-{PLACE}" if known[0] is None else number(-known[0]),
    "power_n": lambda stmt, known: f"{PLACE if known[0] is None else number(known[0])} ^ {stmt.static['n']}",
    "zeros": lambda stmt, known: f"zeros({', '.join(map(str, stmt.static.get('shape', ())))})",
}
"""Operations that are written otherwise than their name says."""


def call_title(callee: str) -> str:
    """A function of the IR in the user's words: `roots.root.1` is `roots.root`, `f.tangent_0` the tangent of f."""
    parts = [
        part for part in callee.split(".") if not part.isdigit() and not part.startswith(("applied_", "run_again"))
    ]
    words = []
    while len(parts) > 1 and (kind := _DERIVED.get(parts[-1].partition("_")[0])) is not None:
        words.append(kind)
        parts.pop()
    return "".join(f"{word} of " for word in words) + ".".join(parts)


_DERIVED = {
    "tangent": "tangent", "adjoint": "adjoint", "checkpoint": "checkpoint", "inner": "part",
    "forward": "forward half", "backward": "backward half",
}  # fmt: skip

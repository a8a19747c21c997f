"""The concrete tree: every token of a program, in the shapes of the grammar.

The tree of `ast` has forgotten parentheses, spellings and commas, which a formatter keeps. This one is made by the same
automaton on the same tokens; only what its rules build differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias, cast

from dlang.diagnostics.core import InternalError, Reporter
from dlang.source import Source
from dlang.syntax.build import NESTING
from dlang.syntax.load import tables
from dlang.syntax.newlines import arrange
from dlang.syntax.parse import Reduction, automaton
from dlang.syntax.scan import scan
from dlang.syntax.tokens import Token

__all__ = ["PARENTHESES", "Node", "Part", "concrete", "first_token", "last_token"]

PARENTHESES = "parentheses"
"""The shape of `( expression )`, which has no name in the grammar."""


class Node:
    """A shape of the grammar, by its name there, with its nodes and tokens in order."""

    __slots__ = ("kind", "parts")

    def __init__(self, kind: str, parts: Sequence[Part]) -> None:
        self.kind = kind
        self.parts = parts

    def __repr__(self) -> str:
        return f"Node({self.kind}, {list(self.parts)})"

    def nodes(self) -> list[Node]:
        """The parts that are nodes."""
        return [part for part in self.parts if isinstance(part, Node)]


Part: TypeAlias = Node | Token


def concrete(source: Source) -> tuple[Node, list[Token]]:
    """The concrete tree of a program that `parse` accepts, and its tokens, which end with that of kind `EOF`.

    Raises:
        InternalError: the program has a syntax error.
    """
    report = Reporter()
    run = tables()
    tokens = arrange(scan(source, run.lexicon, report), source, report)
    tree = automaton(run, "program", tokens, source, report, _reductions())
    if report.errors or tree is None:
        raise InternalError(f"the concrete tree of {source.name}, which is no program")
    return cast(Node, tree), tokens


def first_token(part: Part) -> Token | None:
    """The first token of a part; a node has none only where the program is empty."""
    while isinstance(part, Node):
        if not part.parts:
            return None
        part = part.parts[0]
    return part


def last_token(part: Part) -> Token | None:
    """The last token of a part."""
    while isinstance(part, Node):
        if not part.parts:
            return None
        part = part.parts[-1]
    return part


@cache
def _reductions() -> list[Reduction]:
    """The rules, with actions that keep everything."""
    return list(_keeping())


def _keeping() -> Iterator[Reduction]:
    for rule in tables().rules:
        is_group = rule.action == ""
        whole = tuple(~index if ~index in rule.plan else index for index in range(rule.size))
        plan = None if not is_group and all(index >= 0 for index in whole) else whole
        chain = rule.action is None and rule.size == 1
        action = None if is_group or chain else _builder(rule.action or PARENTHESES)
        yield rule.size, rule.gotos, action, plan, int(rule.action in NESTING), is_group


def _builder(kind: str) -> Any:
    return lambda report, span, *parts: Node(kind, parts)

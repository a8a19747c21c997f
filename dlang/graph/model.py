"""What is drawn: sheets of nodes and edges. A box is a node with a sheet inside.

        t ──┐
    ┌ signal ▼ ─────────┐
    │  k ─▶ * ─▶ exp    │  ─▶  y ~ signal(t)  ─▶  objective
    └───────────────────┘

An edge never crosses the border of a box: it ends at the box, and goes on inside from a port of its sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from dlang.records import record
from dlang.source import Span

__all__ = ["Edge", "Kind", "Node", "Picture", "Sheet", "count", "walk"]


class Kind(Enum):
    """What a node is; the value is the word that the JSON form and the legend use."""

    PARAM = "param"
    DATA = "data"
    ARGUMENT = "argument"
    CONSTANT = "constant"
    OPERATION = "operation"
    CALL = "call"
    RULE = "call with its own rule"
    TERM = "term"
    GROUP = "group"
    LOOP = "loop"
    PASS = "pass"
    MIDDLE = "passes"
    BRANCH = "branch"
    CARRIED = "carried"
    ENTRY = "in"
    EXIT = "out"
    RESULT = "result"
    FAULT = "fault"


@record(eq=False)
class Node:
    """A value, or a box: a piece of the program with its values inside.

    Attributes:
        key: its name in the picture, `n7`.
        kind: what it is.
        label: what a person calls it: the source's name (`signal`, `k`), else the operation (`exp`, `*`).
        detail: what stands behind the label: the expression that a name was given, how many passes a loop made.
        type: type and shape, as the language writes them; empty if not known.
        span: the place in the source.
        value: what it was in the run: a number or array; None if it did not run.
        gradient: of the objective in it; None if none flows.
        rule: how cotangents go through it, `x: ct * cos(x)`.
        inside: what is in a box.
    """

    key: str
    kind: Kind
    label: str
    detail: str = ""
    type: str = ""
    span: Span | None = None
    value: Any = None
    gradient: Any = None
    rule: str = ""
    inside: Sheet | None = None


@record(eq=False)
class Edge:
    """A value on its way from one node of a sheet to another.

    Attributes:
        source: the key of the node that gives it.
        target: the key of the node that reads it.
        exit: the port inside the source from which it comes, if that is a box.
        entry: the port inside the target to which it goes, if that is a box.
        type: type and shape.
        flow: the size of the gradient that comes back along it, its largest entry; None if none does.
    """

    source: str
    target: str
    exit: str | None = None
    entry: str | None = None
    type: str = ""
    flow: float | None = None


@record(eq=False)
class Sheet:
    """Nodes in an order of evaluation, and the edges between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@record(eq=False)
class Picture:
    """A computation graph.

    Attributes:
        title: what it is of: `decay.dl`, `signal(t)`.
        file: the name of the source that it is of; what lies elsewhere says so.
        forward: from data and parameters to results.
        backward: from the objective to the gradient, if it was asked for.
        note: what a reader must know of it in a sentence, such as where the run ended; empty if nothing.
    """

    title: str
    file: str
    forward: Sheet
    backward: Sheet | None = None
    note: str = ""


def walk(sheet: Sheet) -> Iterator[Node]:
    """Every node, in boxes too; a box comes before what is inside."""
    stack = list(reversed(sheet.nodes))
    while stack:
        node = stack.pop()
        yield node
        if node.inside is not None:
            stack.extend(reversed(node.inside.nodes))


def count(sheet: Sheet) -> int:
    """How many nodes there are, in boxes too, ports left out."""
    return sum(node.kind not in (Kind.ENTRY, Kind.EXIT) for node in walk(sheet))

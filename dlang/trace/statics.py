"""What names of the file stand for in a run, line by line, and the constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dlang.driver.drawn import Drawn, Ran
from dlang.driver.program import Program
from dlang.elaborate.values import Num, Rec, Tup, Value
from dlang.interpreter.record import Operand, Region
from dlang.ir.nodes import Literal, Var
from dlang.records import field_names
from dlang.source import Span
from dlang.syntax import ast
from dlang.syntax.parse import parse
from dlang.trees import Tree

__all__ = ["bound_values", "constants", "heads_of_loops"]


def bound_values(program: Program, drawn: Drawn, ran: Ran, calls: Iterable[Region]) -> Iterator[tuple[int, Tree]]:
    """(line, value) of assignments, params and data of the file whose names are given a value nowhere else.

    A value is a tree of operands, as those of records and tuples are; of several names it is a tuple of theirs.
    """
    tree = parse(program.elaborated.span.source)
    known: dict[Var, Operand] = dict(zip(drawn.params, ran.inputs, strict=True))
    for node in ran.recording.nodes:
        if node.region is None and node.stmt is not None:
            known[node.stmt.outs[node.result]] = node
    for region in (*ran.recording.chosen, *calls):
        if region.parent is None:
            known.update(zip(region.stmt.outs, region.results, strict=False))
    times = Counter(name.text for node in _all(tree) for name in _given(node))
    for stmt in tree.statements:
        names = _names(stmt)
        if not names or any(times[name.text] > 1 for name in names):
            continue
        values = [_tree(program.bindings.get(name.text), known) for name in names]
        if any(value is None for value in values):
            continue
        is_unpacked = isinstance(stmt, ast.Assign) and not isinstance(stmt.target, ast.Name)
        yield stmt.span.line, tuple(values) if is_unpacked or len(values) > 1 else values[0]


def heads_of_loops(program: Program) -> dict[Span, frozenset[Span]]:
    """The places at which a loop only counts, in its passes, for each `for` of the file; a range does so anywhere."""
    found: dict[Span, frozenset[Span]] = {}
    for node in _all(parse(program.elaborated.span.source)):
        if isinstance(node, ast.For):
            found[node.span] = frozenset((node.span, node.iterable.span))
        elif isinstance(node, ast.Range):
            found[node.span] = frozenset((node.span,))
    return found


def constants(program: Program) -> Iterator[tuple[int, float | int | bool]]:
    """(line, value) of assignments of constants, anywhere."""
    for node in _all(parse(program.elaborated.span.source)):
        if isinstance(node, ast.Assign) and node.operator == "=":
            constant = _constant(node.value)
            if constant is not None:
                yield node.span.line, constant


def _tree(value: Value | None, known: Mapping[Var, Operand]) -> Tree:
    """The operands that a number, or a record or tuple of numbers, is of; None if something else is in it."""
    match value:
        case Num():
            return value.atom.value if isinstance(value.atom, Literal) else known.get(value.atom)
        case Tup() | Rec():
            parts = [_tree(item, known) for item in value.items]
            if any(part is None for part in parts):
                return None
            return tuple(parts) if isinstance(value, Tup) else dict(zip(value.names, parts, strict=True))
        case _:
            return None


def _names(stmt: ast.Statement) -> tuple[ast.Name, ...]:
    """The names that a statement of the file gives a value, if it is one that computes nothing but that."""
    if isinstance(stmt, ast.Assign) and stmt.operator == "=":
        target = stmt.target
        items = target.items if isinstance(target, ast.TupleLiteral) else (target,)
        names = tuple(item for item in items if isinstance(item, ast.Name))
        return names if len(names) == len(items) else ()
    if isinstance(stmt, ast.ParamDecl):
        return (stmt.name,)
    return stmt.names if isinstance(stmt, ast.DataDecl) else ()


def _given(node: Any) -> Iterator[ast.Name]:
    """The names that a statement, in whatever block, may give another value."""
    if isinstance(node, ast.Assign):
        yield from (each for each in _all(node.target) if isinstance(each, ast.Name))
    elif isinstance(node, ast.For):
        yield from (each for each in _all(node.pattern) if isinstance(each, ast.Name))
    elif isinstance(node, ast.DataDecl):
        yield from node.names
    elif isinstance(node, ast.ParamDecl):
        yield node.name


def _all(tree: Any) -> Iterator[Any]:
    """The nodes of a syntax tree."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif hasattr(node, "span") and hasattr(node, "__slots__"):
            yield node
            stack.extend(getattr(node, name) for name in field_names(node) if name != "span")


def _constant(value: ast.Expr) -> float | int | bool | None:
    match value:
        case ast.Number(value=number) | ast.Boolean(value=number):
            return number
        case ast.Unary(operator="-", operand=ast.Number(value=number)):
            return -number
        case _:
            return None

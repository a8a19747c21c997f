"""Values of lines on which nothing is computed while the program runs: constants, what was known, other names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from dlang.driver.drawn import Drawn, Ran
from dlang.driver.program import Program
from dlang.elaborate.values import Num
from dlang.interpreter.record import Operand
from dlang.ir.nodes import Literal, Var
from dlang.records import field_names
from dlang.syntax import ast
from dlang.syntax.parse import parse

__all__ = ["static_values"]


def static_values(program: Program, drawn: Drawn, ran: Ran) -> Iterator[tuple[int, Operand]]:
    """(line, value) of assignments and data; names of the file that are bound once, and constants anywhere."""
    tree = parse(program.elaborated.span.source)
    known: dict[Var, Operand] = dict(zip(drawn.params, ran.inputs, strict=True))
    for node in ran.recording.nodes:
        if node.region is None and node.stmt is not None:
            known[node.stmt.outs[node.result]] = node
    for region in ran.recording.chosen:
        if region.parent is None:
            known.update(zip(region.stmt.outs, region.results, strict=True))
    bound = Counter(name.text for stmt in tree.statements for name in _names(stmt))
    for stmt in tree.statements:
        for name in _names(stmt):
            value = program.bindings.get(name.text)
            if bound[name.text] == 1 and isinstance(value, Num):
                operand = value.atom.value if isinstance(value.atom, Literal) else known.get(value.atom)
                if operand is not None:
                    yield stmt.span.line, operand
    for assign in _assignments(tree):
        constant = _constant(assign.value)
        if constant is not None:
            yield assign.span.line, constant


def _names(stmt: ast.Statement) -> tuple[ast.Name, ...]:
    """The names that a statement of the file gives a value, if it is one that computes nothing but that."""
    if isinstance(stmt, ast.Assign) and stmt.operator == "=" and isinstance(stmt.target, ast.Name):
        return (stmt.target,)
    return stmt.names if isinstance(stmt, ast.DataDecl) and stmt.path is None else ()


def _assignments(tree: ast.Program) -> Iterator[ast.Assign]:
    stack: list[Any] = [tree.statements]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif hasattr(node, "span") and hasattr(node, "__slots__"):
            if isinstance(node, ast.Assign) and node.operator == "=":
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

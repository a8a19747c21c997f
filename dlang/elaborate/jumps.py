"""Questions about the text of a block: what it assigns, how it may leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlang.records import field_names
from dlang.syntax import ast

__all__ = ["always_leaves", "assigned_names", "contains", "leaves_block", "names_read", "pattern_names"]

Jump = ast.Break | ast.Continue | ast.Return


def nested_statements(stmt: ast.Statement) -> Iterator[Sequence[ast.Statement]]:
    """The statement lists inside a statement that belong to the same function."""
    match stmt:
        case ast.For() | ast.While():
            yield stmt.body.statements
        case ast.ExprStatement():
            yield from _inside(stmt.value)
        case ast.Assign():
            yield from _inside(stmt.value)
        case ast.Return() if stmt.value is not None:
            yield from _inside(stmt.value)
        case _:
            return


def _inside(expr: ast.Expr) -> Iterator[Sequence[ast.Statement]]:
    match expr:
        case ast.If():
            yield expr.then.statements
            if expr.orelse is not None:
                yield expr.orelse.statements
        case ast.Block():
            yield expr.statements
        case _:
            return


def contains(statements: Sequence[ast.Statement], kinds: tuple[type, ...], *, in_loops: bool) -> bool:
    """Whether a jump of these kinds stands in the statements; `in_loops` looks into loops too."""
    for stmt in statements:
        if isinstance(stmt, kinds):
            return True
        if isinstance(stmt, (ast.For, ast.While)) and not in_loops:
            continue
        if any(contains(inner, kinds, in_loops=in_loops) for inner in nested_statements(stmt)):
            return True
    return False


def leaves_block(statements: Sequence[ast.Statement]) -> bool:
    """Whether control may leave the statements by `break`, `continue` or `return`."""
    return contains(statements, (ast.Break, ast.Continue), in_loops=False) or contains(
        statements, (ast.Return,), in_loops=True
    )


def always_leaves(statements: Sequence[ast.Statement]) -> bool:
    """Whether every path through the statements ends in a jump."""
    for stmt in statements:
        if isinstance(stmt, (ast.Break, ast.Continue, ast.Return)):
            return True
        if isinstance(stmt, ast.ExprStatement) and isinstance(stmt.value, ast.If) and stmt.value.orelse is not None:
            branches = stmt.value.then.statements, stmt.value.orelse.statements
            if all(map(always_leaves, branches)):
                return True
    return False


def pattern_names(pattern: ast.Expr) -> Iterator[str]:
    """The names that a pattern, or the target of an assignment, binds or changes."""
    match pattern:
        case ast.Name():
            yield pattern.text
        case ast.TupleLiteral():
            for item in pattern.items:
                yield from pattern_names(item)
        case ast.Index() | ast.Field():
            yield from pattern_names(pattern.target)
        case _:
            return


def assigned_names(statements: Sequence[ast.Statement]) -> dict[str, None]:
    """Names that the statements assign, loops and branches included, in order."""
    found: dict[str, None] = {}
    for stmt in statements:
        match stmt:
            case ast.Assign():
                found.update((name, None) for name in pattern_names(stmt.target))
            case ast.For():
                found.update((name, None) for name in pattern_names(stmt.pattern))
            case _:
                pass
        for inner in nested_statements(stmt):
            found.update(assigned_names(inner))
    return found


def names_read(node: object) -> dict[str, None]:
    """Every name that the text of a node mentions, nested functions included."""
    found: dict[str, None] = {}
    todo: list[object] = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, ast.Name):
            found[item.text] = None
        elif isinstance(item, tuple):
            todo.extend(item)
        else:
            todo.extend(getattr(item, name) for name in field_names(item) if name != "span")
    return found

"""Lints that read the text alone: names that nothing uses, conditions that are always the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dlang.diagnostics import Diagnostic, names
from dlang.elaborate.tree import pattern_names
from dlang.records import field_names
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["word_lints"]

_CONSTANTS = ("pi", "inf", "nan")


def word_lints(program: ast.Program) -> list[Diagnostic]:
    """Unused names and constant conditions of a file."""
    return [*_unused(program), *_constant(program)]


# ---- names that nothing uses


def _unused(program: ast.Program) -> Iterator[Diagnostic]:
    """Names of functions and of the file that are bound and never read.

    A file without an objective, a report and a `print` is there for others: what it binds is for them. A name that
    begins with `_` is meant to be unused.
    """
    for node in _nodes(program.statements):
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.RuleDef):
            yield from _unread(node.body.statements, "variable", ())
    statements = program.statements
    does_something = any(isinstance(s, ast.Tilde | ast.Objective | ast.Report) for s in statements)
    if not does_something and not any(_is_print(node) for node in _nodes(statements)):
        return
    data = [n for s in statements if isinstance(s, ast.DataDecl) and not s.as_table for n in s.names]
    modules = [n for s in statements if isinstance(s, ast.Import) for n in (s.alias or s.module,) if n is not None]
    inside = [s for s in statements if not isinstance(s, ast.FunctionDef | ast.RuleDef)]
    yield from _unread(inside, "variable", statements)
    read = _read(statements)
    yield from (names.unused_name(n.span, n.text, "datum") for n in data if n.text not in read)
    yield from (names.unused_name(n.span, n.text, "module") for n in modules if n.text not in read)


def _unread(statements: Iterable[ast.Statement], kind: str, readers: Iterable[Any]) -> Iterator[Diagnostic]:
    body = tuple(statements)
    read = _read((*body, *readers))
    seen: set[str] = set()
    for node in _own(body):
        if isinstance(node, ast.Assign) and isinstance(node.target, ast.Name):
            name = node.target
            if name.text not in read and name.text not in seen and not name.text.startswith("_"):
                seen.add(name.text)
                yield names.unused_name(name.span, name.text, kind)


def _read(nodes: Iterable[Any]) -> set[str]:
    """Every name that is read: all that stand somewhere, but for those that are only bound there."""
    found: set[str] = set()
    bound: set[int] = set()
    for node in _nodes(nodes):
        match node:
            case ast.Assign(target=target, operator="="):
                bound |= {id(name) for name in pattern_names(target)}
            case ast.For(pattern=pattern) | ast.Comprehension(pattern=pattern):
                bound |= {id(name) for name in pattern_names(pattern)}
            case ast.ParamDecl(name=name) | ast.FunctionDef(name=name) | ast.Report(name=name):
                bound.add(id(name))
            case ast.Parameter(name=name):
                bound.add(id(name))
            case ast.Field(name=name):
                bound.add(id(name))
            case ast.DataDecl(names=declared):
                bound |= {id(name) for name in declared}
            case ast.Import(module=module, alias=alias):
                bound |= {id(name) for name in (module, alias) if name is not None}
            case _:
                pass
    for node in _nodes(nodes):
        if isinstance(node, ast.Name) and id(node) not in bound:
            found.add(node.text)
        if isinstance(node, ast.RuleDef):
            found.add(node.name.text)
    return found


def _is_print(node: Any) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.callee, ast.Name) and node.callee.text == "print"


# ---- conditions


def _constant(program: ast.Program) -> Iterator[Diagnostic]:
    """Conditions whose answer stands in the text; `while true` is a way to write a loop that is left by `break`."""
    for node in _nodes(program.statements):
        if not isinstance(node, ast.If | ast.While):
            continue
        condition = node.condition
        answer = _answer(condition)
        if answer is not None and not (isinstance(node, ast.While) and answer):
            yield names.constant_condition(condition.span, answer)


def _answer(condition: ast.Expr) -> bool | None:
    """What a condition always is, if the text alone says so."""
    match condition:
        case ast.Boolean(value=value):
            return value
        case ast.Unary(operator="not", operand=operand):
            inner = _answer(operand)
            return None if inner is None else not inner
        case ast.Compare(first=first, rest=((operator, second),)):
            same = first.span.text == second.span.text and not _calls(first)
            if same:
                return operator in ("==", "<=", ">=")  # but for NaN, which `isnan` asks for
            left, right = _number(first), _number(second)
            return None if left is None or right is None else _compared(operator, left, right)
        case _:
            return None


def _calls(node: ast.Expr) -> bool:
    """Whether an expression calls something, which may be random."""
    return any(isinstance(part, ast.Call | ast.Pipe) for part in _nodes((node,)))


def _number(node: ast.Expr) -> float | None:
    match node:
        case ast.Number(value=value):
            return float(value)
        case ast.Unary(operator="-", operand=ast.Number(value=value)):
            return -float(value)
        case _:
            return None


def _compared(operator: str, left: float, right: float) -> bool:
    found: dict[str, bool] = {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    return found[operator]


# ---- walking


def _own(statements: Iterable[ast.Statement]) -> Iterator[Any]:
    """Every node of some statements that is in the same function."""
    return _walk(statements, (ast.FunctionDef, ast.Lambda, ast.RuleDef))


def _nodes(nodes: Iterable[Any]) -> Iterator[Any]:
    """Every node, at any depth."""
    return _walk(nodes, ())


def _walk(nodes: Iterable[Any], closed: tuple[type, ...]) -> Iterator[Any]:
    stack: list[Any] = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif hasattr(node, "span") and not isinstance(node, Span) and not isinstance(node, closed):
            yield node
            stack.extend(getattr(node, name) for name in reversed(field_names(node)))

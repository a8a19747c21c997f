"""Lints that read the text alone: names that nothing uses, conditions that are always the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from dlang.diagnostics import Diagnostic, names
from dlang.elaborate.tree import pattern_names
from dlang.lint.conditions import constant_conditions
from dlang.lint.nodes import nodes, own_nodes
from dlang.syntax import ast

__all__ = ["word_lints"]


def word_lints(program: ast.Program) -> list[Diagnostic]:
    """Unused names and constant conditions of a file."""
    return [*_unused(program), *constant_conditions(program)]


# ---- names that nothing uses


def _unused(program: ast.Program) -> Iterator[Diagnostic]:
    """Names of functions and of the file that are bound and never read.

    A file without an objective, a report and a `print` is there for others: what it binds is for them. A name that
    begins with `_` is meant to be unused.
    """
    for node in nodes(program.statements):
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.RuleDef):
            yield from _unread(node.body.statements, "variable", ())
    statements = program.statements
    does_something = any(isinstance(s, ast.Tilde | ast.Objective | ast.Report) for s in statements)
    if not does_something and not any(_is_print(node) for node in nodes(statements)):
        return
    data = [n for s in statements if isinstance(s, ast.DataDecl) and not s.as_table for n in s.names]
    modules = [n for s in statements if isinstance(s, ast.Import) for n in (s.alias or s.module,) if n is not None]
    inside = [s for s in statements if not isinstance(s, ast.FunctionDef | ast.RuleDef)]
    yield from _unread(inside, "variable", statements)
    yield from _unused_functions(statements)
    yield from _unused_in_loops(statements)
    read = _read(statements)
    yield from (names.unused_name(n.span, n.text, "datum") for n in data if n.text not in read)
    yield from (names.unused_name(n.span, n.text, "module") for n in modules if n.text not in read)


def _unread(statements: Iterable[ast.Statement], kind: str, readers: Iterable[Any]) -> Iterator[Diagnostic]:
    body = tuple(statements)
    read = _read((*body, *readers))
    seen: set[str] = set()
    for node in own_nodes(body):
        if isinstance(node, ast.Assign) and isinstance(node.target, ast.Name):
            name = node.target
            if name.text not in read and name.text not in seen and not name.text.startswith("_"):
                seen.add(name.text)
                yield names.unused_name(name.span, name.text, kind)


def _unused_functions(statements: Iterable[ast.Statement]) -> Iterator[Diagnostic]:
    """Functions that nothing reads but they themselves, and rules of theirs."""
    own: dict[str, list[ast.FunctionDef | ast.RuleDef]] = {}
    others: Counter[str] = Counter()
    for stmt in statements:
        others.update(_read((stmt,)))
        if isinstance(stmt, ast.FunctionDef | ast.RuleDef):
            own.setdefault(stmt.name.text, []).append(stmt)
    for name, definitions in own.items():
        reads = others[name] - sum(name in _read((stmt,)) for stmt in definitions)
        first = definitions[0].name
        if reads == 0 and not name.startswith("_"):
            yield names.unused_name(first.span, name, "function")


def _unused_in_loops(statements: Iterable[ast.Statement]) -> Iterator[Diagnostic]:
    """Loop variables that the loop does not read; of several that go together one that is read is enough.

    One that is bound elsewhere, too, may be read behind the loop.
    """
    assigned = {
        name.text for node in nodes(statements) if isinstance(node, ast.Assign) for name in pattern_names(node.target)
    }
    for node in nodes(statements):
        match node:
            case ast.For(pattern=pattern, body=body):
                read = _read((body,))
            case ast.Comprehension(pattern=pattern, element=element, condition=condition):
                read = _read((element, *(() if condition is None else (condition,))))
            case _:
                continue
        bound = list(pattern_names(pattern))
        if not any(name.text in read or name.text in assigned for name in bound):
            unused = (name for name in bound if not name.text.startswith("_"))
            yield from (names.unused_name(name.span, name.text, "loop variable") for name in unused)


def _read(statements: Iterable[Any]) -> set[str]:
    """Every name that is read: all that stand somewhere, but for those that are only bound there."""
    found: set[str] = set()
    bound: set[int] = set()
    for node in nodes(statements):
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
    for node in nodes(statements):
        if isinstance(node, ast.Name) and id(node) not in bound:
            found.add(node.text)
        if isinstance(node, ast.RuleDef):
            found.add(node.name.text)
    return found


def _is_print(node: Any) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.callee, ast.Name) and node.callee.text == "print"

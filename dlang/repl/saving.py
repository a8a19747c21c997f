"""A session as a program that gives the same names, parameters, data and terms.

What a name stands for is written as the statement that bound it, if that still gives the same; else as its value. A
value that has no text, such as a function that closes over others, is left out, and a comment says so.
"""

from __future__ import annotations

import os
from pathlib import Path

from dlang.driver.definitions import Definition, State, mentions, needed
from dlang.driver.kept import FILE, Kept
from dlang.driver.session import Session
from dlang.elaborate.values import BuiltinValue, Func, Num, RangeValue, Rec, Str, Tup
from dlang.repl.pretty import quoted
from dlang.syntax import ast
from dlang.trees import Tree, root
from dlang.values import format_value

__all__ = ["program_text"]


def program_text(session: Session, folder: Path) -> str:
    """The program, for a file in a folder."""
    state = session.state
    parts = [f"seed({state.draws[0]})\n"] if state.draws[0] else []
    told: set[int] = set()
    in_order = sorted(state.names.values(), key=lambda d: d.serial)
    for definition in in_order:
        if definition.kind != "report" and id(definition.stmt) not in told:
            if isinstance(definition.stmt, ast.DataDecl):
                told.add(id(definition.stmt))
            parts.append(_defined(definition, session, folder))
    reports = [d.name for d in in_order if d.kind == "report"]
    parts += [d.stmt.span.text for d in needed(state, reports).values() if d.kind == "report"]
    parts += [term.stmt.span.text for term in state.terms]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n" if parts else ""


def _defined(definition: Definition, session: Session, folder: Path) -> str:
    stmt, text, state = definition.stmt, definition.stmt.span.text, session.state
    match stmt:
        case ast.FunctionDef():
            return "\n".join([text, *(rule.span.text for rule in definition.rules)])
        case ast.Import() | ast.DataDecl() if stmt.path is not None:
            live = [d.name for d in state.names.values() if d.stmt is stmt]
            path = quoted(_moved(stmt.path.value, definition.folder, folder))
            if isinstance(stmt, ast.Import):
                return f"import {path} as {definition.name}"
            return f"data {', '.join(live)} from {path}" + (" as table" if stmt.as_table else "")
        case ast.Import():
            return text
        case ast.ParamDecl():
            return _param(definition, stmt, session)
        case _ if _still_gives_the_same(definition, state):
            return text
        case _:
            assert definition.value is not None
            value = _literal(definition.value)
            keyword = "data " if isinstance(stmt, ast.DataDecl) else ""
            if value is None:
                return f"# `{definition.name}` is left out: it is a value without a text of its own"
            return f"{keyword}{definition.name} = {value}"


def _param(definition: Definition, stmt: ast.ParamDecl, session: Session) -> str:
    is_moved = any(root(part) == definition.name for part in session.state.starts)
    if not is_moved and _still_gives_the_same(definition, session.state):
        return stmt.span.text
    bounds = ""
    if stmt.bounds is not None and definition.bounds is not None:
        lower, upper = (format_value(bound.number) for bound in definition.bounds)
        bounds = f" in {lower}..{upper}"
    start = _tree(session.start_of(definition.name))
    return f"param {definition.name}{bounds} = {start}" + (", fixed" if stmt.fixed else "")


def _still_gives_the_same(definition: Definition, state: State) -> bool:
    """Whether the statement may be run again: nothing that it needs has changed since."""
    if not definition.is_plain:
        return False
    read = needed(state, mentions(definition.stmt), {definition.name})
    return all(each.serial < definition.serial for each in read.values())


def _moved(path: str, old: Path, new: Path) -> str:
    """A path relative to a folder, as it is written in another one."""
    if os.path.isabs(path) or os.path.realpath(old) == os.path.realpath(new):  # noqa: PTH117
        return path
    return os.path.relpath(old / path, new)


def _literal(kept: Kept) -> str | None:
    """The text of a value, if the language has one."""
    match kept.like:
        case Num(type=type_):
            is_odd = type_.rank and (kept.number.size == 0 and (type_.rank > 1 or not type_.is_real))
            return None if is_odd else format_value(kept.number)
        case Str(text=text):
            return quoted(text)
        case Tup() | Rec():
            inside = [_literal(part) for part in kept.parts]
            return None if None in inside else _bracketed(kept.like, [text or "" for text in inside])
        case RangeValue():
            start, stop, step = (part.number for part in kept.parts)
            return f"{start}..{stop} by {step}"
        case BuiltinValue(name=name):
            return name
        case Func() if kept.frame is FILE and kept.like.span.text.startswith("fn("):
            return kept.like.span.text
        case _:
            return None


def _tree(tree: Tree) -> str:
    """The text of numbers in tuples and records."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_key(name)}: {_tree(part)}" for name, part in tree.items()) + "}"
    if isinstance(tree, tuple):
        return f"({', '.join(map(_tree, tree))}{',' if len(tree) == 1 else ''})"
    return format_value(tree)


def _key(name: str) -> str:
    return name if name.isidentifier() else quoted(name)


def _bracketed(like: Tup | Rec, inside: list[str]) -> str:
    if isinstance(like, Rec):
        return "{" + ", ".join(f"{_key(name)}: {text}" for name, text in zip(like.names, inside, strict=True)) + "}"
    return f"({', '.join(inside)}{',' if len(inside) == 1 else ''})"

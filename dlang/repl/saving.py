"""A session as a program that gives the same names, parameters, data and terms.

What a name stands for is written as the statement that bound it, if that still gives the same; else as its value. What
is computed from parameters is written as the statements that computed it, in their order, with what names stood for
then; a session that no program stands for is refused. A value that has no text, such as a function that closes over
others, is left out, and a comment says so.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from dlang.diagnostics import DlangError
from dlang.diagnostics import session as faults
from dlang.driver.definitions import Definition, Formula, State, mentions, needed
from dlang.driver.kept import FILE, Kept
from dlang.driver.session import Session
from dlang.elaborate.values import BuiltinValue, Func, Num, RangeValue, Rec, Str, Tup
from dlang.repl.pretty import quoted
from dlang.source import Source
from dlang.syntax import ast
from dlang.trees import Tree, root
from dlang.values import format_value

__all__ = ["program_text"]


def program_text(session: Session, folder: Path) -> str:
    """The program, for a file in a folder.

    Raises:
        DlangError: E1105, a program cannot say what something is computed from.
    """
    state = session.state
    versions = _versions(state)
    places = _places(versions, state)
    late = _late_reports(state, places)
    parts = [f"seed({state.draws[0]})\n"] if state.draws[0] else []
    told: set[int] = set()
    lost: list[str] = []
    for definition in sorted(versions, key=lambda d: places[id(d)]):
        is_one_of_many = definition.formula is not None or isinstance(definition.stmt, ast.DataDecl)
        if definition.name in late or (is_one_of_many and id(definition.stmt) in told):
            continue
        told.add(id(definition.stmt))
        text = _defined(definition, session, folder, places[id(definition)])
        if text is None:
            lost.append(definition.name)
            text = f"# `{definition.name}` is left out: it is a value without a text of its own"
        parts.append(text)
    parts += [d.stmt.span.text for d in needed(state, late).values() if d.name in late]
    parts += [term.stmt.span.text for term in state.terms]
    text = "\n".join(part.rstrip("\n") for part in parts) + "\n" if parts else ""
    _refuse_lost(versions, lost, state)
    _refuse_clashes(text, folder, state)
    return text


# ---- what is written, and where


def _versions(state: State) -> list[Definition]:
    """What the names stand for, and what they stood for where that is part of a formula; declarations as they are."""
    found: dict[int, Definition] = {}
    todo = list(state.names.values())
    while todo:
        definition = todo.pop()
        if id(definition) in found:
            continue
        found[id(definition)] = definition
        formula = definition.formula
        if formula is not None:
            _refuse_formula(definition, formula, state)
            todo += formula.known.values()
    return list(found.values())


def _refuse_formula(definition: Definition, formula: Formula, state: State) -> None:
    """Refuse what is not computed in the same way in a program."""
    name = definition.name
    if formula.is_drawn:
        raise DlangError(faults.no_such_program(definition.span, name, "it was drawn at random"))
    for each in formula.known.values():
        now = state.names.get(each.name)
        if each.kind != "value" and (now is None or not _is_same(each, now)):
            reason = f"it has changed since `{name}` was computed with it"
            raise DlangError(faults.no_such_program(each.span, each.name, reason))
    read = mentions(formula.stmt).union(*(each.mentions for each in formula.known.values()))
    for other in sorted(read - formula.known.keys()):  # a built-in then; a program has its functions from the beginning
        now = state.names.get(other)
        if now is not None and now.kind == "fn" and now.serial > definition.serial:
            reason = f"it was the built-in when `{name}` was computed"
            raise DlangError(faults.no_such_program(now.span, other, reason))


def _is_same(then: Definition, now: Definition) -> bool:
    """Whether a declaration is what it was; a parameter is, for what is computed from it follows it."""
    if then is now or then.kind == now.kind == "param":
        return True
    texts = [[d.stmt.span.text, *(rule.span.text for rule in d.rules)] for d in (then, now)]
    if then.kind != now.kind or then.folder != now.folder or texts[0] != texts[1]:
        return False
    if then.value is None or now.value is None:
        return True
    old, new = ([leaf.number for leaf in d.value.leaves()] for d in (then, now) if d.value is not None)
    return len(old) == len(new) and all(np.array_equal(a, b) for a, b in zip(old, new, strict=True))


def _places(versions: list[Definition], state: State) -> dict[int, int]:
    """Where each stands, as a serial; a declaration is written once, where the first one of its name stood."""
    first: dict[str, int] = {}
    for each in versions:
        if each.kind != "value":
            first[each.name] = min(each.serial, first.get(each.name, each.serial))
    old = [d for d in versions if d.kind != "value" and d is not state.names[d.name]]
    for each in old:
        versions.remove(each)
    return {id(d): d.serial if d.kind == "value" else first[d.name] for d in versions}


def _late_reports(state: State, places: dict[int, int]) -> list[str]:
    """The reports that need what was bound after them: those stand at the end."""
    return [
        d.name
        for d in state.names.values()
        if d.kind == "report"
        and any(places[id(each)] > places[id(d)] for each in needed(state, mentions(d.stmt)).values())
    ]


# ---- what no program says


_CLASHES = frozenset(("E0202", "E0205", "E0206", "E0207", "E0410"))
"""What is wrong with names in the order in which a session has bound them."""


def _refuse_clashes(text: str, folder: Path, state: State) -> None:
    """Refuse a program that would bind a name as a session may and a program may not."""
    from dlang.driver import check

    for diagnostic in check(Source("program", text), folder=folder)[0]:
        if diagnostic.code in _CLASHES and diagnostic.primary is not None:
            name = root(diagnostic.primary.span.text)
            at = state.names[name].span if name in state.names else diagnostic.primary.span
            raise DlangError(faults.no_such_program(at, name, diagnostic.title))


def _refuse_lost(versions: list[Definition], lost: list[str], state: State) -> None:
    """Refuse what is computed from a value that has no text."""
    model = {*(d.name for d in state.names.values() if d.kind == "report")}.union(*(t.mentions for t in state.terms))
    read = {*needed(state, model)}.union(*(d.formula.known for d in versions if d.formula is not None))
    for definition in versions:
        if definition.name in lost and definition.name in read:
            reason = "it is a value without a text of its own, and the model needs it"
            raise DlangError(faults.no_such_program(definition.span, definition.name, reason))


# ---- the texts


def _defined(definition: Definition, session: Session, folder: Path, place: int) -> str | None:
    """The text of a definition; None for a value that has none."""
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
        case ast.Import() | ast.Report():
            return text
        case ast.ParamDecl():
            return _param(definition, stmt, session, place)
        case _ if definition.formula is not None or _still_gives_the_same(definition, state, place):
            return text
        case _:
            assert definition.value is not None
            value = _literal(definition.value)
            keyword = "data " if isinstance(stmt, ast.DataDecl) else ""
            return None if value is None else f"{keyword}{definition.name} = {value}"


def _param(definition: Definition, stmt: ast.ParamDecl, session: Session, place: int) -> str:
    is_moved = any(root(part) == definition.name for part in session.state.starts)
    if not is_moved and _still_gives_the_same(definition, session.state, place):
        return stmt.span.text
    bounds = ""
    if stmt.bounds is not None and definition.bounds is not None:
        lower, upper = (format_value(bound.number) for bound in definition.bounds)
        bounds = f" in {lower}..{upper}"
    start = _tree(session.start_of(definition.name))
    return f"param {definition.name}{bounds} = {start}" + (", fixed" if stmt.fixed else "")


def _still_gives_the_same(definition: Definition, state: State, place: int) -> bool:
    """Whether the statement may be run again at a place: nothing that it needs has changed since, or comes later."""
    if not definition.is_plain:
        return False
    read = needed(state, mentions(definition.stmt), {definition.name})
    return all(each.serial < place for each in read.values())


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

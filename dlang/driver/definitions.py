"""What a session knows: its names and what each stands for, its terms, and the state of its random draws."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from dlang.driver.kept import Kept
from dlang.elaborate.bindings import Members
from dlang.elaborate.tree import pattern_names, target_parts
from dlang.elaborate.values import Func
from dlang.records import field, field_names, record
from dlang.source import Source, Span
from dlang.syntax import ast

__all__ = ["Definition", "Formula", "Kind", "State", "Term", "assigned", "mentions", "needed", "reads"]

Kind: TypeAlias = Literal["value", "fn", "param", "data", "report", "import"]


@record(eq=False)
class Formula:
    """A statement that computes something from parameters, and what it needs: `known` is what names stood for then.

    `draws` is the state of random draws before it, and `is_drawn` says whether it has changed that.
    """

    stmt: ast.Statement
    known: Mapping[str, Definition]
    draws: tuple[int, int]
    is_drawn: bool = False


@record(eq=False)
class Definition:
    """What a name stands for, by the statement that bound it last.

    Attributes:
        name: the name.
        kind: a `value` was computed once; a `fn` and a `report` are text that is read anew where it is needed.
        stmt: the statement.
        span: where it binds the name.
        mentions: names that it needs to be read again.
        folder: what paths in the statement are relative to.
        value: what a value, data or an import came to; of a param its start.
        bounds: of a param, the lower and the upper one.
        members: what can be read of the module that it is.
        rules: derivative rules of the function that it is.
        formula: how the value was computed, if that was from parameters.
        serial: grows from statement to statement.
        is_plain: a value whose statement says all of it: no draw, no print, and nothing of its own former value.
    """

    name: str
    kind: Kind
    stmt: ast.Statement
    span: Span
    mentions: frozenset[str]
    folder: Path
    value: Kept | None = None
    bounds: tuple[Kept, Kept] | None = None
    members: Members | None = None
    rules: tuple[ast.RuleDef, ...] = ()
    formula: Formula | None = None
    serial: int = 0
    is_plain: bool = False


@record(eq=False)
class Term:
    """A term of the objective.

    Attributes:
        stmt: the statement.
        mentions: names that it needs.
        serial: as that of a definition.
        entry: number of the text that it came with: a `~` replaces those of earlier texts, and joins those of its own.
        file: that it was loaded from; another load of it replaces the term.
    """

    stmt: ast.Tilde | ast.Objective
    mentions: frozenset[str]
    serial: int
    entry: int
    file: Path | None


@record(frozen=False, eq=False)
class State:
    """All that a session keeps between two lines.

    Attributes:
        names: what each name stands for.
        terms: of the objective, in order.
        draws: the seed of random draws, and how many were drawn from it.
        moved: values of parameters, by the names of their parts, where a fit has left them.
        starts: starts of parameters or their parts that were set, as texts of the language.
        module_rules: derivative rules of functions of modules, by `id` of the function's body.
        libraries: the files of the standard library that were imported.
        serial: counts statements.
    """

    names: dict[str, Definition] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    draws: tuple[int, int] = (0, 0)
    moved: dict[str, Any] = field(default_factory=dict)
    starts: dict[str, str] = field(default_factory=dict)
    module_rules: dict[int, Mapping[str, Func]] = field(default_factory=dict)
    libraries: frozenset[Source] = frozenset()
    serial: int = 0

    def copy(self) -> State:
        """The state as it is now; what is in it is never changed, only replaced."""
        return State(
            dict(self.names),
            list(self.terms),
            self.draws,
            dict(self.moved),
            dict(self.starts),
            dict(self.module_rules),
            self.libraries,
            self.serial,
        )


def needed(state: State, roots: Iterable[str], without: Collection[str] = ()) -> dict[str, Definition]:
    """The definitions behind names and what those need in turn, each behind what it needs itself."""
    found: dict[str, Definition] = {}
    entered: set[str] = set(without)
    stack = [(name, False) for name in sorted(roots, reverse=True)]
    while stack:
        name, is_done = stack.pop()
        definition = state.names.get(name)
        if definition is None:
            continue
        if is_done:
            found[name] = definition
        elif name not in entered:
            entered.add(name)
            stack.append((name, True))
            stack += [(each, False) for each in sorted(definition.mentions, reverse=True)]
    return found


def mentions(*nodes: object) -> frozenset[str]:
    """Every name that a piece of the tree may read from outside: what its functions bind is their own."""
    found: set[str] = set()
    todo: list[object] = list(nodes)
    while todo:
        node = todo.pop()
        match node:
            case tuple():
                todo.extend(node)
            case ast.Name():
                found.add(node.text)
            case ast.Field():
                todo.append(node.target)
            case ast.Argument() | ast.RecordField():
                todo.append(node.value)
            case ast.Assign(operator="="):
                todo.append(node.value)
                todo.extend(part for part in target_parts(node.target) if not isinstance(part, ast.Name))
            case ast.For():
                todo += (node.iterable, node.body)
            case ast.FunctionDef() | ast.Lambda() | ast.RuleDef():
                todo += [parameter.default for parameter in node.parameters]
                found |= _read_by(node)
            case ast.Comprehension():
                todo.append(node.iterable)
                own = {name.text for name in pattern_names(node.pattern)}
                found |= mentions(node.element, node.condition) - own
            case Span():
                pass
            case _:
                todo.extend(getattr(node, name) for name in field_names(node))
    return frozenset(found)


def _read_by(function: ast.FunctionDef | ast.Lambda | ast.RuleDef) -> frozenset[str]:
    """What a function's body reads from outside; a rule reads the function that it is for."""
    body = function.body.statements
    own = {parameter.name.text for parameter in function.parameters} | assigned(body).keys()
    own |= {node.name.text for node in _own(body, functions=True) if isinstance(node, ast.FunctionDef)}
    if isinstance(function, ast.RuleDef):
        return (mentions(body) - own - {seed.text for seed in function.seeds}) | {function.name.text}
    return mentions(body) - own


def reads(*statements: ast.Statement) -> frozenset[str]:
    """What statements need as it is before them: what they mention, and what they change or may leave as it is."""
    surely = {
        name.text
        for stmt in statements
        if isinstance(stmt, ast.Assign) and stmt.operator == "="
        for name in pattern_names(stmt.target)
    }
    return mentions(*statements) | (assigned(statements).keys() - surely)


def assigned(statements: Iterable[ast.Statement]) -> dict[str, tuple[Span, bool]]:
    """Names that statements bind by assignment or a loop, with the first place, and whether it is a loop's variable."""
    found: dict[str, tuple[Span, bool]] = {}
    for node in _own(statements):
        if isinstance(node, ast.Assign):
            names = list(target_parts(node.target))
            while any(isinstance(part, (ast.Index, ast.Field)) for part in names):
                names = [part.target if isinstance(part, (ast.Index, ast.Field)) else part for part in names]
            for part in names:
                if isinstance(part, ast.Name):
                    found.setdefault(part.text, (part.span, False))
        elif isinstance(node, ast.For):
            for name in pattern_names(node.pattern):
                found.setdefault(name.text, (name.span, True))
    return found


def _own(statements: Iterable[ast.Statement], *, functions: bool = False) -> Iterator[object]:
    """The nodes of statements in their order, without those in functions and comprehensions; functions if asked for."""
    todo: list[object] = [tuple(statements)]
    while todo:
        node = todo.pop()
        if isinstance(node, tuple):
            todo.extend(reversed(node))
        elif isinstance(node, ast.FunctionDef) and functions:
            yield node
        elif not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.RuleDef, ast.Comprehension, Span)):
            yield node
            todo.extend(getattr(node, name) for name in reversed(field_names(node)))

"""The scopes of a program and what each binds; which scope every name belongs to.

One walk over the tree, with its own stack, that knows nothing of paths: `paths` follows those. A scope is
the file, a function, or a comprehension; blocks, branches and loops have none of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, TypeAlias

from dlang.diagnostics.core import Label
from dlang.elaborate.tree import Node, children, declared_names, pattern_names, root_name, target_parts
from dlang.records import field, record
from dlang.source import Span
from dlang.syntax import ast
from dlang.syntax.tokens import CONSTANTS

__all__ = ["CONSTANTS", "Binding", "Function", "Kind", "Members", "Names", "Scope", "Update", "collect"]

Function: TypeAlias = ast.FunctionDef | ast.Lambda | ast.RuleDef
Kind = Literal["parameter", "assigned", "for", "param", "data", "fn", "report", "import"]


@record
class Members:
    """What can be read of a module: the names that its file binds, each with the first place.

    `functions` are those that certainly are a function of its text. `partial` are the names that only some of the
    paths to the file's end bind, each with one that does not. `imports` are the modules that it imports for itself.
    """

    places: Mapping[str, Span]
    functions: Mapping[str, Function]
    partial: Mapping[str, Label]
    imports: Collection[str]


@record
class Binding:
    """A place that binds a name.

    `function` is set where the value is a function of the program's text, `members` where it is a module that was
    found.
    """

    kind: Kind
    span: Span
    function: Function | None = None
    members: Members | None = None


@record
class Update:
    """`x += e`, `a[i] = e`, `r.w = e`: a change of a name that must be bound before."""

    name: ast.Name
    target: Span
    written: str


@record(frozen=False, eq=False)
class Scope:
    """Names that live together: of the file, a function, a comprehension, or a parameter's default.

    `owner` is the function, None for the file. `function_scope` is set on the last two kinds: the scope of
    the function (or file) around the comprehension, or whose parameter it is. `bindings` are in the order
    of the text. `captured` maps a name of an enclosing scope to that scope and the first place that reads it.
    """

    owner: Function | None
    parent: Scope | None
    function_scope: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    captured: dict[str, tuple[Scope, Span]] = field(default_factory=dict)

    @property
    def home(self) -> Scope:
        """The scope of the function (or the file) itself."""
        return self.function_scope or self

    @property
    def is_inner(self) -> bool:
        """A comprehension's or a default's: what it binds is bound wherever it can be read."""
        return self.function_scope is not None

    def find(self, name: str) -> Scope | None:
        """The nearest scope, from here outwards, that binds a name."""
        scope: Scope | None = self
        while scope is not None and name not in scope.bindings:
            scope = scope.parent
        return scope

    def visible(self) -> Iterator[str]:
        """Every name that can be read here."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.bindings
            scope = scope.parent

    def function(self, name: str) -> Function | None:
        """The function that a name of this scope certainly is: bound once, to a function's text."""
        found = self.bindings.get(name, [])
        return found[0].function if len(found) == 1 else None

    def module(self, name: str) -> Binding | None:
        """The import that binds a name as it is read here; what else binds it is a fault of its own."""
        scope = self.find(name)
        first = scope.bindings[name][0] if scope is not None else None
        return first if first is not None and first.kind == "import" else None


@record
class Names:
    """What the walk found. Keys are `id` of nodes.

    `scopes`: of functions, comprehensions and parameters with a default. `assigned`: of `If`, `For`, `While`
    and `Block`, the names that statements inside bind or change in the same function. `constants`: places
    that bind a constant, which stays one. `reads`: every name that is read, with its scope; `read`: each once, as
    the scope that binds it and the name. `fields`: every `name.field` that is read, with its scope.
    """

    file: Scope
    scopes: dict[int, Scope]
    assigned: dict[int, set[str]]
    constants: list[ast.Name]
    reads: list[tuple[ast.Name, Scope]]
    read: set[tuple[Scope, str]]
    fields: list[tuple[ast.Field, Scope]]


@record
class _Around:
    """A node around the one that is visited, in the same function, and what is around that."""

    node: Node
    outer: _Around | None


def collect(program: ast.Program, members: Mapping[int, Members], given: Mapping[str, Binding] | None = None) -> Names:
    """Find the scopes, bindings and captures of a program, and what its blocks assign and where they jump to.

    `members` are those of its imports, by `id` of the statement; `given` are names that are bound before it begins.
    """
    file = Scope(None, None, bindings={name: [binding] for name, binding in (given or {}).items()})
    names = Names(file, {}, {}, [], [], set(), [])
    stack: list[tuple[Node, Scope, _Around | None]]
    stack = [(statement, file, None) for statement in reversed(program.statements)]
    while stack:
        node, scope, around = stack.pop()
        match node:
            case ast.Name():
                names.reads.append((node, scope))
                continue
            case ast.FunctionDef() | ast.Lambda() | ast.RuleDef():
                if isinstance(node, ast.FunctionDef):
                    _bind(names, scope.home, around, node.name, "fn", node)
                elif isinstance(node, ast.RuleDef):
                    names.reads.append((node.name, scope))
                inner = _function_scope(names, node, scope)
                names.scopes[id(node)] = inner
                stack.append((node.body, inner, None))
                for parameter in reversed(node.parameters):
                    if parameter.default is not None:
                        default = _default_scope(node, parameter, inner, scope)
                        names.scopes[id(parameter)] = default
                        stack.append((parameter.default, default, None))
                continue
            case ast.Comprehension():
                inner = Scope(scope.owner, scope, scope.home)
                names.scopes[id(node)] = inner
                for name in pattern_names(node.pattern):
                    _bind(names, inner, None, name, "for")
                parts = [node.element] if node.condition is None else [node.condition, node.element]
                stack.extend((part, inner, around) for part in reversed(parts))
                stack.append((node.iterable, scope, around))
                continue
            case ast.Field(target=ast.Name()):
                names.fields.append((node, scope))
            case _:
                _bind_all(names, scope, around, node, members)
        below = _Around(node, around) if isinstance(node, _CONTAINERS) else around
        stack.extend((child, scope, below) for child in reversed(children(node)))
    for name, scope in names.reads:
        _resolve(names, name, scope)
    return names


_CONTAINERS = (
    ast.If,
    ast.Block,
    ast.For,
    ast.While,
    ast.Assign,
    ast.ExprStatement,
    ast.Return,
    ast.ParamDecl,
    ast.DataDecl,
    ast.Tilde,
    ast.Objective,
    ast.Report,
    ast.Assert,
)


def _function_scope(names: Names, node: Function, scope: Scope) -> Scope:
    inner = Scope(node, scope)
    seeds = node.seeds if isinstance(node, ast.RuleDef) else ()
    for name in (*(parameter.name for parameter in node.parameters), *seeds):
        if name.text not in inner.bindings:  # the second of a name is reported elsewhere
            _bind(names, inner, None, name, "parameter")
    return inner


def _default_scope(node: Function, parameter: ast.Parameter, inner: Scope, outer: Scope) -> Scope:
    """A default reads the parameters before its own, and what is around the function: `fn f(x, n=len(x), k=k)`."""
    before = node.parameters[: node.parameters.index(parameter)]
    scope = Scope(node, outer, inner)
    for earlier in before:
        if earlier.name.text in inner.bindings:
            scope.bindings[earlier.name.text] = [Binding("parameter", earlier.name.span)]
    return scope


def _bind_all(names: Names, scope: Scope, around: _Around | None, node: Node, members: Mapping[int, Members]) -> None:
    """Bind what a statement binds."""
    home = scope.home
    match node:
        case ast.Assign():
            for part in target_parts(node.target):
                _bind_target(names, scope, around, node, part)
        case ast.For(pattern=pattern):
            for name in pattern_names(pattern):
                _bind(names, home, _Around(node, around), name, "for")
        case ast.Import():
            for name in declared_names(node):
                _bind(names, home, around, name, "import", members=members.get(id(node)))
        case _:
            for name in declared_names(node):
                _bind(names, home, around, name, _DECLARES[type(node)])


_DECLARES: dict[type, Kind] = {
    ast.ParamDecl: "param",
    ast.DataDecl: "data",
    ast.Report: "report",
}


def _bind_target(names: Names, scope: Scope, around: _Around | None, node: ast.Assign, part: ast.Expr) -> None:
    """Bind or update one part of an assignment's left side."""
    root = root_name(part)
    if root is None:
        return
    if node.operator != "=" or part is not root:
        scope.home.updates.append(Update(root, part.span, f"{part.span.text} {node.operator} …"))
        _mark_assigned(names, around, root.text)
        return
    function = node.value if part is node.target and isinstance(node.value, ast.Lambda) else None
    owner = scope.find(root.text)
    # Within a comprehension its variable may be assigned; any other name is the function's.
    inner = owner if owner is not None and owner.is_inner and owner.home is scope.home else scope.home
    _bind(names, inner, around, root, "assigned", function)


def _bind(
    names: Names,
    scope: Scope,
    around: _Around | None,
    name: ast.Name,
    kind: Kind,
    function: Function | None = None,
    members: Members | None = None,
) -> None:
    if name.text in CONSTANTS:
        names.constants.append(name)
        return
    scope.bindings.setdefault(name.text, []).append(Binding(kind, name.span, function, members))
    if not scope.is_inner:
        _mark_assigned(names, around, name.text)


def _mark_assigned(names: Names, around: _Around | None, name: str) -> None:
    while around is not None:
        if isinstance(around.node, ast.If | ast.For | ast.While | ast.Block):
            names.assigned.setdefault(id(around.node), set()).add(name)
        around = around.outer


def _resolve(names: Names, name: ast.Name, scope: Scope) -> None:
    """Note the scope that a read name belongs to, in every function between the two."""
    found = scope.find(name.text)
    if found is None:
        return
    names.read.add((found, name.text))
    home = scope.home
    while home is not found.home:
        home.captured.setdefault(name.text, (found, name.span))
        if home.parent is None:
            return
        home = home.parent.home

"""Name resolution and the checks of names, arguments and control flow, in every function, called or not.

    names      which scope every name belongs to             bindings
    paths      what is bound on every path, what is captured  paths
    placement  what stands where, arguments, values           placement, calls

One pass reports every independent error. What it returns is keyed by `id` of the tree's nodes, so it
holds the tree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dlang.diagnostics import modules as module_faults
from dlang.diagnostics import names as faults
from dlang.diagnostics.core import Reporter
from dlang.elaborate.bindings import CONSTANTS, Binding, Function, Kind, Members, Names, Scope, collect
from dlang.elaborate.members import check_members, members_of
from dlang.elaborate.needs import needs
from dlang.elaborate.paths import Paths
from dlang.elaborate.placement import check_placement
from dlang.elaborate.tree import Node, callees, children
from dlang.syntax import ast

__all__ = ["CONSTANTS", "check_names"]

MOST_LIKENED = 100
"""Unknown names for which a likely one is looked for: each is compared with all that are visible."""

_KINDS: dict[Kind, str] = {
    "parameter": "a parameter",
    "assigned": "a variable",
    "for": "a loop variable",
    "param": "a param",
    "data": "data",
    "fn": "a function",
    "report": "a report",
    "import": "a module",
}
_DECLARED: frozenset[Kind] = frozenset({"param", "data", "fn", "report", "import"})


def check_names(
    program: ast.Program,
    builtins: Collection[str],
    report: Reporter,
    members: Mapping[int, Members] | None = None,
    given: Mapping[str, Binding] | None = None,
) -> Members:
    """Resolve the names of a program and report what is wrong with names, arguments and control flow.

    Args:
        program: the tree.
        builtins: names that mean something where the program binds nothing of that name.
        report: where to; nothing is raised.
        members: what can be read of the modules that it imports, by `id` of the import.
        given: names that are bound before the program begins, as it continues a session: there a name may be assigned
            though functions have captured it, and they see what it stands for when they are called.

    Returns: what can be read of the file, if it is a module.

    Reports: every code of `dlang.diagnostics.names`, and E0907 to E0910.
    """
    names = collect(program, members or {}, given)
    tables = [s for s in program.statements if isinstance(s, ast.DataDecl) and s.path is not None]
    files = {name.span.start: s.path.value for s in tables if s.path is not None for name in s.names}
    functions = {id(f): f for f in (s.owner for s in names.scopes.values()) if f is not None}
    builtin_uses: set[int] = set()
    endless: set[int] = set()
    _check_reads(program, names, builtins, builtin_uses, report)
    for name in names.constants:
        report(faults.constant_assigned(name.span, name.text))
    for scope in _homes(names):
        _check_bindings(scope, files, report)
        _check_updates(scope, builtins, report)
        if scope.owner is not None:
            _check_parameters(scope.owner, report)
    hoisted = {id(statement) for statement in program.statements if isinstance(statement, ast.FunctionDef)}
    read_outside = needs(names, functions, hoisted)
    file = Paths(names, read_outside, builtins, report, names.file, endless, builtin_uses, given)
    file.follow_file(program)
    for scope in _homes(names):
        if scope.owner is not None:
            paths = Paths(names, read_outside, builtins, report, scope, endless, builtin_uses)
            paths.follow_function(scope.owner)
    check_members(names, report)
    check_placement(program, names.file, names.scopes, endless, report)
    _check_params_read(names, report)
    return members_of(names, file.partial)


def _homes(names: Names) -> list[Scope]:
    """The scopes of the file and of its functions."""
    return [names.file, *(scope for scope in names.scopes.values() if not scope.is_inner)]


def _check_reads(
    program: ast.Program, names: Names, builtins: Collection[str], builtin_uses: set[int], report: Reporter
) -> None:
    """Report names that nothing binds, each once in a function."""
    told: set[tuple[Scope, str]] = set()
    called: set[int] | None = None
    for name, scope in names.reads:
        if name.text in CONSTANTS or (scope.find(name.text) is None and name.text in builtins):
            builtin_uses.add(id(name))
        elif scope.find(name.text) is None and (scope.home, name.text) not in told:
            told.add((scope.home, name.text))
            called = _called(program) if called is None else called
            fitting = builtins if id(name) in called else CONSTANTS
            own = {*scope.visible()} if len(told) <= MOST_LIKENED else ()
            report(faults.unknown_name(name.span, name.text, own, fitting))


def _called(program: ast.Program) -> set[int]:
    """The `id` of every name that is called, in functions too."""
    found: set[int] = set()
    todo: list[Node] = list(program.statements)
    while todo:
        node = todo.pop()
        found.update(map(id, callees(node)))
        todo.extend(children(node))
        match node:
            case ast.FunctionDef() | ast.Lambda() | ast.RuleDef():
                todo += [node.body, *(p.default for p in node.parameters if p.default is not None)]
            case ast.Comprehension():
                todo += [node.iterable, node.element, *([] if node.condition is None else [node.condition])]
            case _:
                pass
    return found


def _check_bindings(scope: Scope, files: Mapping[int, str], report: Reporter) -> None:
    """Report second declarations, and assignments to what is declared; `files` are those of data, by their place."""
    for name, bindings in scope.bindings.items():
        declared = next((binding for binding in bindings if binding.kind in _DECLARED), None)
        if declared is None:
            continue
        first = bindings[0]
        for binding in bindings[1:]:
            if binding.kind in _DECLARED:
                read = (files.get(first.span.start), files.get(binding.span.start))
                both = (read[0], read[1]) if read[0] is not None and read[1] is not None else None
                kind, before = _KINDS[binding.kind], _KINDS[first.kind]
                report(faults.declared_twice(binding.span, name, kind, first.span, before, both))
            elif _is_after(binding, declared):
                kind, is_datum = _KINDS[declared.kind], declared.kind == "data"
                report(faults.assigned_declared(binding.span, name, kind, declared.span, is_datum))


def _is_after(binding: Binding, other: Binding) -> bool:
    return binding.span.source is not other.span.source or binding.span.start > other.span.start


def _check_updates(scope: Scope, builtins: Collection[str], report: Reporter) -> None:
    """Report changes of names that the function does not own, or that are declared."""
    for update in scope.updates:
        name = update.name.text
        own = scope.bindings.get(name)
        module = scope.module(name)
        if module is not None:
            report(module_faults.module_changed(update.target, name, update.written, module.span))
        elif own is not None:
            declared = next((binding for binding in own if binding.kind in _DECLARED), None)
            if declared is not None:
                kind = _KINDS[declared.kind]
                report(faults.assigned_declared(update.name.span, name, kind, declared.span))
        elif (outer := scope.find(name)) is not None:
            report(faults.outer_updated(update.name.span, name, update.written, outer.bindings[name][0].span))
        elif name in CONSTANTS:
            report(faults.constant_assigned(update.name.span, name))
        elif name in builtins:
            report(faults.outer_updated(update.name.span, name, update.written, None))


def _check_parameters(function: Function, report: Reporter) -> None:
    first: dict[str, ast.Name] = {}
    seeds = function.seeds if isinstance(function, ast.RuleDef) else ()
    for name in (*(parameter.name for parameter in function.parameters), *seeds):
        before = first.setdefault(name.text, name)
        if before is not name:
            report(faults.duplicate_parameter(name.span, name.text, before.span))


def _check_params_read(names: Names, report: Reporter) -> None:
    if any(diagnostic.code == "E0201" for diagnostic in report.errors):
        return  # the param may be what the unknown name means
    for name, bindings in names.file.bindings.items():
        if bindings[0].kind == "param" and (names.file, name) not in names.read:
            report(faults.unused_param(bindings[0].span, name))

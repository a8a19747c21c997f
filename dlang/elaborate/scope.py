"""Name resolution and the checks of names, arguments and control flow, in every function, called or not.

    names      which scope every name belongs to             bindings
    paths      what is bound on every path, what is captured  paths
    placement  what stands where, arguments, values           placement, calls

One pass reports every independent error. What it returns is keyed by `id` of the tree's nodes, so it
holds the tree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dlang.diagnostics import names as faults
from dlang.diagnostics.core import Reporter
from dlang.elaborate.bindings import CONSTANTS, Binding, Function, Kind, Names, Scope, collect
from dlang.elaborate.needs import needs
from dlang.elaborate.paths import Paths
from dlang.elaborate.placement import check_placement
from dlang.records import record
from dlang.syntax import ast

__all__ = ["CONSTANTS", "FunctionNames", "Resolution", "check_names"]

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
_NONE: frozenset[str] = frozenset()


@record
class FunctionNames:
    """A function's own names, parameters included, and the names of enclosing functions or the file it reads.

    `captured` is in the order of first use, and includes what functions inside it capture through it.
    """

    local: frozenset[str]
    captured: tuple[str, ...]


@record(eq=False)
class Resolution:
    """What elaboration may ask of the names of a program. The mappings are keyed by `id` of its nodes.

    `functions` has every FunctionDef, Lambda and RuleDef; `file` the top level. `assigned` has `If`, `For`,
    `While` and `Block` nodes that bind or change names of the function they stand in, loop variables
    included. `jumps` has statements, `If` and `Block` nodes that control may leave by `break`, `continue`
    or `return`. `builtin_uses` has the Names that mean a built-in or a constant.
    """

    program: ast.Program
    file: FunctionNames
    functions: Mapping[int, FunctionNames]
    assigned: Mapping[int, frozenset[str]]
    jumps: Mapping[int, frozenset[str]]
    builtin_uses: frozenset[int]

    def names_of(self, function: Function) -> FunctionNames:
        """Own and captured names of a function."""
        return self.functions[id(function)]

    def assigned_in(self, node: ast.If | ast.For | ast.While | ast.Block) -> frozenset[str]:
        """Names that the node binds or changes in the function it stands in."""
        return self.assigned.get(id(node), _NONE)

    def jumps_of(self, node: ast.Statement | ast.Expr) -> frozenset[str]:
        """`break`, `continue`, `return`: how control may leave the node other than at its end."""
        return self.jumps.get(id(node), _NONE)

    def means_builtin(self, name: ast.Name) -> bool:
        """Whether a name that is read means a built-in or a constant."""
        return id(name) in self.builtin_uses


def check_names(program: ast.Program, builtins: Collection[str], report: Reporter) -> Resolution:
    """Resolve the names of a program and report what is wrong with names, arguments and control flow.

    Args:
        program: the tree.
        builtins: names that mean something where the program binds nothing of that name.
        report: where to; nothing is raised.

    Reports: every code of `dlang.diagnostics.names`.
    """
    names = collect(program)
    functions = {id(f): f for f in (s.owner for s in names.scopes.values()) if f is not None}
    builtin_uses: set[int] = set()
    endless: set[int] = set()
    _check_reads(names, builtins, builtin_uses, report)
    for name in names.constants:
        report(faults.constant_assigned(name.span, name.text))
    for scope in _homes(names):
        _check_bindings(scope, report)
        _check_updates(scope, builtins, report)
        if scope.owner is not None:
            _check_parameters(scope.owner, report)
    read_outside = needs(names, functions)
    for scope in _homes(names):
        paths = Paths(names, read_outside, builtins, report, scope, endless, builtin_uses)
        if scope.owner is None:
            paths.follow_file(program)
        else:
            paths.follow_function(scope.owner)
    check_placement(program, names.file, names.scopes, endless, report)
    _check_params_read(names, report)
    return Resolution(
        program=program,
        file=_function_names(names.file),
        functions={key: _function_names(names.scopes[key]) for key in functions},
        assigned={key: frozenset(found) for key, found in names.assigned.items()},
        jumps={key: frozenset(found) for key, found in names.jumps.items()},
        builtin_uses=frozenset(builtin_uses),
    )


def _homes(names: Names) -> list[Scope]:
    """The scopes of the file and of its functions."""
    return [names.file, *(scope for scope in names.scopes.values() if not scope.is_inner)]


def _function_names(scope: Scope) -> FunctionNames:
    return FunctionNames(frozenset(scope.bindings), tuple(scope.captured))


def _check_reads(names: Names, builtins: Collection[str], builtin_uses: set[int], report: Reporter) -> None:
    """Report names that nothing binds, each once in a function."""
    told: set[tuple[Scope, str]] = set()
    for name, scope in names.reads:
        if name.text in CONSTANTS or (scope.find(name.text) is None and name.text in builtins):
            builtin_uses.add(id(name))
        elif scope.find(name.text) is None and (scope.home, name.text) not in told:
            told.add((scope.home, name.text))
            known = {*scope.visible(), *builtins, *CONSTANTS}
            report(faults.unknown_name(name.span, name.text, known))


def _check_bindings(scope: Scope, report: Reporter) -> None:
    """Report second declarations, and assignments to what is declared."""
    for name, bindings in scope.bindings.items():
        declared = next((binding for binding in bindings if binding.kind in _DECLARED), None)
        if declared is None:
            continue
        first = bindings[0]
        for binding in bindings[1:]:
            if binding.kind in _DECLARED:
                kind, before = _KINDS[binding.kind], _KINDS[first.kind]
                report(faults.declared_twice(binding.span, name, kind, first.span, before))
            elif _is_after(binding, declared):
                report(faults.assigned_declared(binding.span, name, _KINDS[declared.kind], declared.span))


def _is_after(binding: Binding, other: Binding) -> bool:
    return binding.span.start > other.span.start


def _check_updates(scope: Scope, builtins: Collection[str], report: Reporter) -> None:
    """Report changes of names that the function does not own, or that are declared."""
    for update in scope.updates:
        name = update.name.text
        own = scope.bindings.get(name)
        if own is not None:
            declared = next((binding for binding in own if binding.kind in _DECLARED), None)
            if declared is not None:
                kind = _KINDS[declared.kind]
                report(faults.assigned_declared(update.name.span, name, kind, declared.span))
            continue
        outer = scope.find(name)
        if outer is not None:
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

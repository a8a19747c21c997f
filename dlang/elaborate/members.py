"""What is read of modules: `flow.step`, in every function, called or not."""

from __future__ import annotations

from collections.abc import Mapping

from dlang.diagnostics import modules as faults
from dlang.diagnostics.core import Label, Reporter
from dlang.diagnostics.names import bound_on_some_paths
from dlang.elaborate.bindings import Members, Names
from dlang.syntax import ast

__all__ = ["check_members", "is_private", "members_of"]


def is_private(name: str) -> bool:
    """Whether a module keeps a name of its own for itself."""
    return name.startswith("_")


def members_of(names: Names, partial: Mapping[str, Label]) -> Members:
    """What can be read of a file: what it binds itself. What it imports belongs to it alone."""
    own = {name: found for name, found in names.file.bindings.items() if found[0].kind != "import"}
    functions = {name: function for name in own if (function := names.file.function(name)) is not None}
    places = {name: found[0].span for name, found in own.items()}
    return Members(places, functions, partial, names.file.bindings.keys() - own.keys())


def check_members(names: Names, report: Reporter) -> None:
    """Report what is read of modules that they do not have, and modules that stand where a value is needed.

    Reports: E0203, E0907 to E0909.
    """
    spoken_for = {id(update.name) for scope in (names.file, *names.scopes.values()) for update in scope.updates}
    for field, scope in names.fields:
        assert isinstance(field.target, ast.Name)
        module = scope.module(field.target.text)
        if module is not None and id(field.target) not in spoken_for:
            spoken_for.add(id(field.target))
            if module.members is not None:
                _check_member(field.target.text, field.name, module.members, report)
    for name, scope in names.reads:
        owner = scope.find(name.text)
        is_one = owner is not None and len(owner.bindings[name.text]) == 1
        if is_one and id(name) not in spoken_for and scope.module(name.text) is not None:
            report(faults.module_as_value(name.span, name.text))


def _check_member(module: str, name: ast.Name, members: Members, report: Reporter) -> None:
    known, text = members.places, name.text
    if text not in known:
        public = [each for each in known if not is_private(each)]
        note = "what a module imports is its own; import it here too" if text in members.imports else None
        report(faults.unknown_member(name.span, module, text, public, note))
    elif is_private(text):
        report(faults.private_member(name.span, module, text, known[text]))
    elif text in members.partial:
        report(bound_on_some_paths(name.span, f"{module}.{text}", members.partial[text]))

"""Imports: the file behind each is elaborated once, where it is met first, into names of its own.

Its statements become statements of the program, so what it computes are values like any other, and what it prints is
printed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlang.diagnostics import Reporter
from dlang.elaborate.annotations import check_annotations
from dlang.elaborate.members import is_private
from dlang.elaborate.operators import POISON
from dlang.elaborate.terms import Terms
from dlang.elaborate.uncalled import check_uncalled
from dlang.elaborate.values import Frame, Func, ModuleValue, Value
from dlang.syntax import ast

if TYPE_CHECKING:
    from dlang.elaborate.imports import File, Imports, Loader

__all__ = ["Modules"]


class Modules(Terms):
    """Knows the file that is being elaborated: where its data come from, and what replaces them."""

    def __init__(self, report: Reporter, imports: Imports | None, load: Loader, replaced: Mapping[str, Any]) -> None:
        super().__init__(report)
        self._load, self._replaced = load, replaced
        self._files = imports.files if imports is not None else ()
        self._found = imports.found if imports is not None else {}
        self._modules: dict[str, ModuleValue] = {}
        self.libraries = frozenset(file.tree.span.source for file in self._files if file.is_library)

    def imported(self, stmt: ast.Import) -> Value:
        """The module that a statement imports; poison where there is none, as reported before."""
        file = self._found.get(id(stmt))
        if file is None:
            return POISON
        if file.key not in self._modules:
            self._modules[file.key] = self._elaborated(file)
        return self._modules[file.key]

    def _elaborated(self, file: File) -> ModuleValue:
        outer, loading = self.frame, (self._load, self._replaced)
        self.frame = Frame(outer.build, None, f"the module {file.name}", module=file.name)
        self._load, self._replaced = file.load, {}
        self.statements(file.tree.statements, False)
        module = ModuleValue(file.name, self.frame)
        self.frame, (self._load, self._replaced) = outer, loading
        return module

    def functions(self) -> dict[str, Func]:
        """The functions that the file can name, by that name: `f`, `flow.step`."""
        found = {name: value for name, value in self.frame.env.items() if isinstance(value, Func)}
        for name, value in self.frame.env.items():
            members = value.frame.env if isinstance(value, ModuleValue) else {}
            public = {each: func for each, func in members.items() if not is_private(each)}
            found |= {f"{name}.{each}": func for each, func in public.items() if isinstance(func, Func)}
        return found

    def check_files(self) -> None:
        """Report what is wrong in modules that no use has shown; the library's own have been tested."""
        for file in self._files:
            if not file.is_library:
                check_annotations(file.tree, self.report)
                self._check_uncalled(file)

    def _check_uncalled(self, file: File) -> None:
        outer, module = self.frame, self._modules.get(file.key)
        if module is not None:
            self.frame = module.frame
            check_uncalled(self, file.tree)
            self.frame = outer

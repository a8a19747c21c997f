"""What a program imports, through however many files: each file once, and no file through itself.

Only statements at the top level count; an `import` elsewhere is reported where all misplaced statements are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from dlang.diagnostics import DlangError, Reporter
from dlang.diagnostics import modules as faults
from dlang.elaborate.tree import declared_names, first_line, is_name
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["File", "Finder", "Imports", "Loader", "module_name", "resolve"]

Loader: TypeAlias = Callable[[ast.DataDecl], Mapping[str, Any]]
"""Values of a data statement by name: floats, ints, bools, float64, int64 and bool arrays, or Coded; of a whole table,
a dict of them. Raises DlangError."""

Finder: TypeAlias = "Callable[[ast.Import], File]"
"""The file that an import names, the same one for the same file. Raises DlangError."""


@record(eq=False)
class File:
    """A file that is imported.

    Attributes:
        key: the same for the same file, by whatever path it was reached.
        name: what it is called for people: the stem of its path, if that is a name, or its name in the library.
        tree: its text, parsed.
        load: gives the values of its data statements.
        find: finds what it imports itself.
        is_library: it is part of the standard library.
    """

    key: str
    name: str
    tree: ast.Program
    load: Loader
    find: Finder
    is_library: bool


@record(eq=False)
class Imports:
    """The `files` of a program, each behind those that it imports, and by `id` of the import statement what it found.

    A statement that found nothing, or nothing that can be imported, has been reported and is not there.
    """

    files: tuple[File, ...]
    found: Mapping[int, File]


def resolve(program: ast.Program, key: str, find: Finder, report: Reporter) -> Imports:
    """Find what a program imports.

    Args:
        program: the tree of the program itself.
        key: of the program's file, as a `File` has it.
        find: finds what the program imports.
        report: where to.

    Reports: E0904 to E0906, and what `find` raises: E09xx, and what is wrong with the text of a file.
    """
    resolver = _Resolver(report)
    resolver.follow(program, key, find)
    return Imports(tuple(resolver.files.values()), resolver.found)


class _Resolver:
    """Follows imports depth first; `_open` are the files that are being followed, by key, with the import in each."""

    def __init__(self, report: Reporter) -> None:
        self.files: dict[str, File] = {}
        self.found: dict[int, File] = {}
        self._report = report
        self._open: dict[str, tuple[str, Span]] = {}

    def follow(self, program: ast.Program, key: str, find: Finder) -> None:
        shown = program.span.source.name
        for stmt in program.statements:
            if isinstance(stmt, ast.Import):
                self._open[key] = shown, stmt.span
                self._import(stmt, find)
        self._open.pop(key, None)

    def _import(self, stmt: ast.Import, find: Finder) -> None:
        if not declared_names(stmt) and stmt.path is not None:
            self._report(faults.module_needs_name(stmt.path.span, stmt.path.value, module_name(stmt.path.value)))
        try:
            file = find(stmt)
        except DlangError as error:
            for diagnostic in error.diagnostics:
                self._report(diagnostic)
            return
        if file.key in self._open:
            chain = list(self._open.values())
            self._report(faults.import_cycle(chain[list(self._open).index(file.key) :]))
            return
        if file.key not in self.files:
            places = list(_model_parts(file.tree))
            if places:
                self._report(faults.not_a_module(stmt.span, file.tree.span.source.name, places))
                return
            self.follow(file.tree, file.key, file.find)
            self.files[file.key] = file
        self.found[id(stmt)] = file


_MODEL: dict[type, str] = {ast.ParamDecl: "a `param`", ast.Tilde: "a term with `~`", ast.Report: "a `report`"}


def _model_parts(program: ast.Program) -> Iterator[tuple[str, Span]]:
    """What makes a file a model, as (what, where): the first of each kind."""
    told = set()
    for stmt in program.statements:
        what = f"`{stmt.kind}`" if isinstance(stmt, ast.Objective) else _MODEL.get(type(stmt))
        if what is not None and what not in told:
            told.add(what)
            yield what, first_line(stmt.span)


def module_name(path: str) -> str:
    """The name of a file's module, or one like it where the file's name cannot be written."""
    stem = path.replace("\\", "/").rpartition("/")[2].removesuffix(".dl")
    word = "".join(c if c.isalnum() else "_" for c in stem).strip("_")
    return next((each for each in (word, word and f"{word}_module", f"m{word}") if is_name(each)), "m")

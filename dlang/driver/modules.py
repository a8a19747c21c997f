"""Files that programs import, and the standard library's: found, read, parsed, their names checked, once each."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from dlang.diagnostics import DlangError, Reporter
from dlang.diagnostics import modules as faults
from dlang.driver import library
from dlang.driver.sources import Sources
from dlang.driver.wording import Wording
from dlang.elaborate.bindings import Members
from dlang.elaborate.imports import File, Imports, module_name, resolve
from dlang.elaborate.scope import check_names
from dlang.source import LIBRARY, Source, Span
from dlang.syntax import ast
from dlang.syntax.parse import parse

__all__ = ["find_modules"]


def find_modules(
    tree: ast.Program, folder: Path, builtins: Collection[str], report: Reporter, wording: Wording
) -> tuple[Imports, dict[int, Members]]:
    """Find what a program imports, and check the names in all of it.

    Args:
        tree: the program.
        folder: what the paths in it are relative to.
        builtins: names that mean something where a file binds nothing of that name.
        report: where to; nothing is raised.
        wording: of what is given.

    Returns: the files, and what can be read of them, by `id` of the program's import statements.
    """
    files = _Files(wording)
    imports = resolve(tree, os.path.realpath(tree.span.source.name), files.finder(folder), report)
    members: dict[str, Members] = {}

    def behind(program: ast.Program) -> dict[int, Members]:
        found = {id(stmt): imports.found.get(id(stmt)) for stmt in program.statements}
        return {stmt: members[file.key] for stmt, file in found.items() if file is not None}

    for file in imports.files:
        members[file.key] = check_names(file.tree, builtins, report, behind(file.tree))
    return imports, behind(tree)


class _Files:
    """Reads files that are imported; the same path gives the same file."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._known: dict[str, File] = {}

    def finder(self, folder: Path) -> Callable[[ast.Import], File]:
        """What finds the imports of a file in a folder.

        It raises:
            DlangError: E0901 to E0903, and everything that is wrong with the text of the file found.
        """
        return lambda stmt: self._module(stmt.module, folder) if stmt.module else self._file(stmt, folder)

    def _module(self, name: ast.Name, folder: Path) -> File:
        known = library.modules()
        if name.text in known:
            path = library.FOLDER / f"{name.text}.dl"
            return self._read(path, name.text, path.name, f"{LIBRARY}{path.name}", name.span)
        beside = f"{name.text}.dl" if (folder / f"{name.text}.dl").is_file() else None
        raise DlangError(faults.unknown_module(name.span, name.text, known, beside))

    def _file(self, stmt: ast.Import, folder: Path) -> File:
        assert stmt.path is not None
        path = folder / stmt.path.value
        return self._read(path, module_name(stmt.path.value), stmt.path.value, os.path.normpath(path), stmt.path.span)

    def _read(self, path: Path, name: str, written: str, shown_as: str, at: Span) -> File:
        """The file at a path, of which the import at `at` has written so much."""
        key = os.path.realpath(path) if "\0" not in str(path) else str(path)
        if key not in self._known:
            tree = parse(Source(shown_as, _text(path, written, at)))
            load = Sources(path.parent, {}, None, self._wording)
            self._known[key] = File(key, name, tree, load, self.finder(path.parent), path.parent == library.FOLDER)
        return self._known[key]


def _text(path: Path, shown: str, at: Span) -> str:
    """The text of a file, without a byte order mark."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise DlangError(faults.missing_module(at, shown, _near(path, shown))) from None
    except IsADirectoryError:
        raise DlangError(faults.unreadable_module(at, shown, "it is a folder, not a file")) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DlangError(faults.unreadable_module(at, shown, f"it is not UTF-8 text (line {line})")) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise DlangError(faults.unreadable_module(at, shown, reason)) from None


def _near(path: Path, shown: str) -> str | None:
    """A program in the same folder that is likely meant, written as the path is."""
    from difflib import get_close_matches

    try:
        beside = sorted(each.stem for each in path.parent.iterdir() if each.suffix == ".dl")
    except (OSError, ValueError):
        return None
    near = next(iter(get_close_matches(path.stem, beside, n=1)), None)
    return None if near is None else f"{shown.removesuffix(path.name)}{near}.dl"

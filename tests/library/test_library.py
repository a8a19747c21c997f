"""What holds of every module of the standard library."""

from __future__ import annotations

import time

import pytest

import dlang
from dlang.diagnostics.names import LIBRARY
from dlang.driver.library import FOLDER, modules, reference
from dlang.source import Source
from dlang.syntax import ast, parse
from dlang.syntax.documentation import documentation

MODULES = modules()


def source(name: str) -> Source:
    return Source(f"{name}.dl", (FOLDER / f"{name}.dl").read_text(encoding="utf-8"))


def test_the_library_has_the_modules_that_messages_name() -> None:
    assert set(MODULES) == LIBRARY


def test_the_library_is_not_empty_and_holds_programs_only() -> None:
    assert "stats" in MODULES
    assert {path.suffix for path in FOLDER.iterdir()} == {".dl"}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_imported_without_an_error_or_a_warning(name: str) -> None:
    program = dlang.loads(f"import {name}")
    assert program.warnings == []
    assert program.run().printed == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_and_each_of_its_functions_have_a_doc_comment_of_whole_sentences(name: str) -> None:
    found = documentation(source(name))
    assert found.entries
    for text in (found.text, *(entry.text for entry in found.entries)):
        assert text.endswith((".", ":", "`"))
        assert "  \n" not in text


@pytest.mark.parametrize("name", MODULES)
def test_the_top_level_of_a_module_is_definitions_only(name: str) -> None:
    """So that an import costs nothing but the parsing."""
    kinds = {type(stmt) for stmt in parse(source(name)).statements}
    assert kinds <= {ast.FunctionDef, ast.RuleDef, ast.Import, ast.Assign}


@pytest.mark.parametrize("name", MODULES)
def test_lines_fit_a_page(name: str) -> None:
    assert [line for line in source(name).text.splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("name", MODULES)
def test_parsing_a_module_is_quick_enough_to_need_no_cache(name: str) -> None:
    """See docs/adr/0011: about 25 ms; ten times that here, as the machine may be busy."""
    parse(Source("warm.dl", "x = 1"))
    text = source(name)
    begin = time.perf_counter()
    parse(text)
    assert time.perf_counter() - begin < 0.25


def test_the_reference_of_a_function_is_a_part_of_its_modules() -> None:
    whole, part = reference("stats"), reference("stats.kde")
    assert whole.startswith("## stats\n\nDescriptive statistics")
    assert part.startswith("### `stats.kde(x: [n], points, bandwidth = silverman(x))`\n\nThe density")
    assert part in whole + "\n"
    for name in ("stat", "stats.", "stats.kernel", "stats._kernel", "../stats", "stats.kde.x", ""):
        with pytest.raises(KeyError):
            reference(name)

"""Every code has a page, every page a code, and every page the same form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc, getmembers, isfunction

import pytest

from dlang.diagnostics import pages
from dlang.diagnostics.catalogue import FAMILIES, family

CODE = re.compile(r"([EW]\d{4}):")


def catalogue() -> Iterator[tuple[str, str]]:
    """(code, module) of every function of the catalogue's modules whose docstring begins with a code."""
    for each in FAMILIES:
        module = import_module(f"dlang.diagnostics.{each.module}")
        for _, function in getmembers(module, isfunction):
            found = CODE.match(getdoc(function) or "")
            if function.__module__ == module.__name__ and found:
                yield found[1], each.module


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {code for code, _ in catalogue()} == set(pages.codes())


def test_no_code_is_given_twice() -> None:
    assert [code for code, n in Counter(code for code, _ in catalogue()).items() if n > 1] == []


def test_every_code_stands_in_its_familys_module() -> None:
    assert [(code, module) for code, module in catalogue() if family(code).module != module] == []


@pytest.mark.parametrize("module", [each.module for each in FAMILIES])
def test_every_public_function_of_the_catalogue_names_its_code(module: str) -> None:
    members = getmembers(import_module(f"dlang.diagnostics.{module}"), isfunction)
    own = [f for name, f in members if not name.startswith("_") and f.__module__ == f"dlang.diagnostics.{module}"]
    assert own
    assert [f.__name__ for f in own if not CODE.match(getdoc(f) or "")] == []


@pytest.mark.parametrize("code", pages.codes())
def test_a_page_has_the_form(code: str) -> None:
    text = pages.page(code)
    heading, _, rest = text.partition("\n\n")
    assert re.fullmatch(rf"# {code}: \S.*\S", heading)
    fault, mend, after = rest.partition("\n## The mend\n")
    assert mend, "no mend"
    for part in (fault, after):
        fence = re.search(r"^```(\w+)\n(.+?)^```$", part, re.DOTALL | re.MULTILINE)
        assert fence, "no program"
        assert fence[1] in ("dl", "sh"), "the fence has no language"
    assert text.endswith("\n")
    assert pages.title(code) == heading.removeprefix(f"# {code}: ")


def test_an_unknown_code_has_no_page() -> None:
    with pytest.raises(KeyError):
        pages.page("../../../pyproject")

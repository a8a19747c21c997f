"""The programs on the pages of E06xx, run: the first fails as the page says, the mended one does not."""

from __future__ import annotations

import re

import pytest

import dlang
from dlang.diagnostics import DlangError, pages

RUNNING = [code for code in pages.codes() if code.startswith("E06") and code not in ("E0612", "E0613")]
"""The codes of a run; the others are of a trace and of a gradient, which their pages' commands show."""


def programs(code: str) -> tuple[str, str]:
    fault, mend = re.findall(r"^```dl\n(.*?)^```$", pages.page(code), re.DOTALL | re.MULTILINE)
    return fault, mend


def codes(text: str) -> set[str]:
    try:
        result = dlang.loads(text).run()
    except DlangError as error:
        return {d.code for d in error.diagnostics}
    return {d.code for d in result.warnings}


@pytest.mark.parametrize("code", RUNNING)
def test_the_first_program_fails_as_the_page_says_and_the_second_does_not(code: str) -> None:
    fault, mend = programs(code)
    assert codes(fault) == {code}
    assert codes(mend) == set()

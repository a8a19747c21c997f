"""The programs on the pages do what the pages say: the first has the fault, the mended one has not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlang import driver
from dlang.diagnostics import pages
from dlang.source import Source

TABLE = "t,y,x\n0,1.0,0.5\n1,0.7,1.5\n2,0.5,2.5\n3,0.3,3.5\n"

# What a program's text alone decides: syntax, names, types and models.
STATIC = [code for code in pages.codes() if code[:3] in ("E01", "E02", "E03", "E04")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the tables that the pages' programs read."""
    for code in STATIC:
        for name in re.findall(r'from "([\w.]+\.csv)"', pages.page(code)):
            (tmp_path / name).write_text(TABLE)
    return tmp_path


@pytest.mark.parametrize("code", STATIC)
def test_the_first_program_has_the_fault_and_the_second_has_not(code: str, folder: Path) -> None:
    fault, mend = re.findall(r"^```dl\n(.*?)^```$", pages.page(code), re.DOTALL | re.MULTILINE)[:2]
    assert code in {each.code for each in driver.check(Source("page.dl", fault), folder=folder)}
    assert [
        str(each) for each in driver.check(Source("page.dl", mend), folder=folder) if each.severity == "error"
    ] == []

"""The pages of E05xx: their first program has the fault on their file, the mended one has not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlang.data import open_dataset, values, whole
from dlang.diagnostics import DlangError, pages
from dlang.source import Source
from dlang.syntax import ast, parse


def read(part: str, folder: Path) -> None:
    """Read the data of the program on one half of a page, with the files that stand there."""
    for name, text in re.findall(r"^```(?:csv|json) (\S+)\n(.*?)^```$", part, re.DOTALL | re.MULTILINE):
        (folder / name).write_text(text)
    [program] = re.findall(r"^```dl\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    for statement in parse(Source("page.dl", program)).statements:
        if isinstance(statement, ast.DataDecl) and statement.path is not None:
            name = statement.path.value
            dataset = open_dataset(folder / name, shown_as=name, at=statement.path.span)
            if statement.as_table:
                whole(dataset, statement.path.span)
            else:
                values(dataset, [(each.text, each.span) for each in statement.names])


@pytest.mark.parametrize("code", [f"E05{i:02}" for i in (*range(1, 10), *range(13, 17))])
def test_the_page_of_a_file_that_is_at_fault(code: str, tmp_path: Path) -> None:
    fault, mend = pages.page(code).split("\n## The mend\n")
    (tmp_path / "decay.xlsx").write_bytes(b"PK\x03\x04\n\n\0")
    with pytest.raises(DlangError) as caught:
        read(fault, tmp_path)
    assert [each.code for each in caught.value.diagnostics] == [code]
    read(mend, tmp_path)

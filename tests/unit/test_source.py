"""Lines and columns of a text, and of one that is a piece of a longer one."""

from __future__ import annotations

import pytest

from dlang.source import Source


@pytest.mark.parametrize("first", [1, 7])
def test_lines_are_counted_from_that_on_which_the_text_begins(first: int) -> None:
    source = Source("<repl>", "x = 1\nyy = 2\r\n\nz", first)
    assert source.position(0) == (first, 1)
    assert source.position(source.text.index("yy") + 1) == (first + 1, 2)
    assert source.position(len(source.text)) == (first + 3, 2)
    assert [source.line(first + k) for k in range(4)] == ["x = 1", "yy = 2", "", "z"]

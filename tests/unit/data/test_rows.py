from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.data.rows import SEPARATORS, Cell, UnclosedQuoteError, detect, scan, split


def scanned(text: str, separator: str) -> list[list[str]]:
    at, rows = 0, []
    while at < len(text):
        cells, at = scan(text, at, separator)
        if cells:
            rows.append([cell.value for cell in cells])
    return rows


@given(text=st.text(",; #\nab1", max_size=40), separator=st.sampled_from([",", ";", " ", ""]))
def test_splitting_and_scanning_give_the_same_cells(text: str, separator: str) -> None:
    rows = split(text, separator)
    flat = [cell.strip() for cell in rows.cells(0, len(rows.rows))]
    expected = [row for row in scanned(text, separator) if row]
    assert rows.widths() == [len(row) for row in expected]
    assert flat == [cell for row in expected for cell in row]


@given(text=st.text('",# \nab', max_size=30), separator=st.sampled_from(list(SEPARATORS)))
def test_a_cell_lies_where_the_scanner_says(text: str, separator: str) -> None:
    try:
        cells, after = scan(text, 0, separator)
    except UnclosedQuoteError as quote:
        cells, after = [Cell('"', quote.at, quote.at + 1)], len(text)
    assert 0 < after <= len(text) or not text
    for cell in cells:
        piece = text[cell.start : cell.end]
        assert cell.value == piece or piece.startswith('"')


@pytest.mark.parametrize(
    ("text", "separator", "width"),
    [
        ("a,b\n1,2\n", ",", 2),
        ("a b, c\n1, 2\n", ",", 2),
        ("a;b\n1,5;2,5\n", ";", 2),
        ("a b\tc\n1 2\t3\n", "\t", 2),
        ("a\t\tb\n1\t\t2\n", " ", 2),
        ("one column of words\nanother\nthird\n", "", 1),
        ("a,b\n1,2\n3\n4,5\n", ",", 2),
    ],
)
def test_the_separator_on_which_rows_agree(text: str, separator: str, width: int) -> None:
    assert detect(text) == (separator, width)


def test_blocks_are_the_cells_in_order() -> None:
    text = "".join(f"{i},{-i}\n" for i in range(10_000))
    rows = split(text, ",")
    cells = [cell for block in rows.blocks(1) for cell in block]
    assert cells == rows.cells(1, 10_000)
    assert list(islice(cells, 2)) == ["1", "-1"]

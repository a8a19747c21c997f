"""A table given as a program is one error; a program with numbers in it is none of the kind."""

from __future__ import annotations

import pytest

from dlang.diagnostics import DlangError
from dlang.source import Source
from dlang.syntax import parse


def told(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(DlangError) as caught:
        parse(Source("decay.csv", text))
    return [(each.code, each.help) for each in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("t,y\n0,5.1\n1,3.2\n", "t, y"),
        ("# measured\ntime\tsignal\n0\t5.1\n1\t3.2\n", "time, signal"),
        ("time (s);signal [mV]\n0,5;5,1\n1,5;3,2\n", "t, y"),
        ("0 5.1e0\n1 -3.2\n", "t, y"),
    ],
)
def test_a_table_is_one_error(text: str, names: str) -> None:
    assert told(text) == [("E0114", f'name it in a program: `data {names} from "decay.csv"`')]


@pytest.mark.parametrize("text", ["y = [\n1, 2,\n3, 4,\n5, 6\n]\nz = = 3", "1, 2", "a b\nc d\n1 2"])
def test_a_program_with_numbers_is_no_table(text: str) -> None:
    assert {code for code, _ in told(text)} == {"E0101"}

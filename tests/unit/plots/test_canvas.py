from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.plots.canvas import ASCII, BRAILLE, Canvas, Charset


def text(canvas: Canvas) -> str:
    return "\n".join("".join(run for run, _ in row).rstrip() for row in canvas.rows())


def drawn(charset: Charset, x: list[float], y: list[float], width: int = 6, height: int = 3) -> str:
    canvas = Canvas(width, height, charset)
    canvas.line(np.array(x), np.array(y), 0)
    return text(canvas)


def test_a_rising_line_in_braille() -> None:
    assert drawn(BRAILLE, [0, 1], [0, 1]) == "    ⡠⠊\n  ⡠⠊\n⡠⠊"


def test_a_rising_line_in_ascii() -> None:
    assert drawn(ASCII, [0, 1], [0, 1]) == "    :'\n  .:\n.:"


def test_a_flat_and_an_upright_line() -> None:
    assert drawn(BRAILLE, [0, 1], [0, 0]) == "\n\n⣀⣀⣀⣀⣀⣀"
    assert drawn(BRAILLE, [0, 0], [0, 1]) == "⡇\n⡇\n⡇"
    assert drawn(ASCII, [0, 0], [0, 1]) == "|\n|\n|"


def test_each_dot_of_braille_is_where_unicode_has_it() -> None:
    canvas = Canvas(1, 1, BRAILLE)
    for row in range(4):
        for column in range(2):
            canvas = Canvas(1, 1, BRAILLE)
            canvas.dots(np.array([(column + 0.5) / 2]), np.array([(3.5 - row) / 4]), 0)
            bit = (1, 2, 4, 64)[row] if column == 0 else (8, 16, 32, 128)[row]
            assert text(canvas) == chr(0x2800 + bit)


def test_marks_stand_in_place_of_dots_and_the_level_behind_both() -> None:
    canvas = Canvas(5, 1, BRAILLE)
    canvas.line(np.array([0.0, 0.3]), np.array([0.5, 0.5]), 0)
    canvas.marks(np.array([0.1, 0.9]), np.array([0.5, 0.5]), "•", 1)
    canvas.level(0.5, 2)
    assert canvas.rows() == [[("•", 1), ("⠒", 0), ("╌╌", 2), ("•", 1)]]


def test_a_heavy_line_tells_flat_from_steep() -> None:
    canvas = Canvas(5, 3, BRAILLE)
    canvas.heavy_line(np.array([0.0, 0.5, 0.5, 1.0]), np.array([0.0, 0.0, 1.0, 1.0]), 0)
    assert text(canvas) == "  ┃━━\n  ┃\n━━┃"


@pytest.mark.parametrize("charset", [BRAILLE, ASCII], ids=["braille", "ascii"])
@given(points=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20))
def test_whatever_is_drawn_stays_on_the_canvas(charset: Charset, points: list[tuple[float, float]]) -> None:
    x, y = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    canvas = Canvas(7, 4, charset)
    canvas.line(x, y, 0)
    canvas.dots(x, y, 1)
    canvas.marks(x, y, "o", 2)
    canvas.heavy_line(x, y, 3)
    rows = canvas.rows()
    assert [sum(len(run) for run, _ in row) for row in rows] == [7] * 4


@given(points=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_a_line_has_no_gaps(points: list[tuple[float, float]]) -> None:
    canvas = Canvas(9, 5, BRAILLE)
    canvas.line(np.array([p[0] for p in points]), np.array([p[1] for p in points]), 0)
    lit = {(int(r), int(c)) for r, c in np.argwhere(canvas._dots)}
    seen, todo = set(), [next(iter(lit))]
    while todo:
        row, column = todo.pop()
        if (row, column) in lit - seen:
            seen.add((row, column))
            todo += [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert seen == lit

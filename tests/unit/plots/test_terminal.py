from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang.diagnostics.cells import width_of
from dlang.plots.canvas import ASCII, BRAILLE, Charset
from dlang.plots.figure import Figure, series
from dlang.plots.terminal import draw

ESCAPE = re.compile(r"\x1b\[[\d;]*m")


def figure(x: Any, y: Any, curve: Any = None, **options: Any) -> Figure:
    points = series("points", "data", x, y)
    return Figure(
        "y against x", "x", "y", (series("line", "f(x)", x, y if curve is None else curve), points), **options
    )


def test_a_picture_to_the_letter() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    below = Figure("residuals", "x", "residual", (series("points", "residual", x, [0.1, -0.1, 0, 0, 0.1]),), level=0.0)
    assert draw(figure(x, x**2), below, width=30, charset=ASCII).split("\n") == [
        "y against x   o data  -- f(x)",
        "  15 |                      .o",
        "     |                     :'",
        "     |                    :'",
        "  10 |                   :'",
        "     |                 .o",
        "     |               .-'",
        "   5 |             .-'",
        "     |           .o'",
        "     |        .-'",
        "   0 |o...--o'",
        "residuals",
        " 0.1 |o                      o",
        " 0.0 |------------o-----o-----",
        "-0.1 |      o",
        "     ++-----------+----------+",
        "      0           2          x",
    ]


@pytest.mark.parametrize("charset", [BRAILLE, ASCII], ids=["braille", "ascii"])
@given(
    values=st.lists(st.tuples(st.floats(width=64), st.floats(width=64)), max_size=30),
    width=st.integers(30, 130),
    log=st.booleans(),
)
def test_no_line_is_wider_than_the_terminal(
    charset: Charset, values: list[tuple[float, float]], width: int, log: bool
) -> None:
    if log:
        values = [(x, y) for x, y in values if x > 0 and y > 0]
    x, y = [v[0] for v in values], [v[1] for v in values]
    shown = figure(x, y, log_x=log, log_y=log)
    text = draw(shown, figure(x, y, level=0.0, log_x=log), width=width, charset=charset, colour=False)
    assert (text == "") == shown.is_empty
    assert "nan" not in text
    for line in text.split("\n"):
        assert width_of(line) <= width
        assert line == line.rstrip()
    coloured = draw(shown, figure(x, y, level=0.0, log_x=log), width=width, charset=charset, colour=True)
    assert ESCAPE.sub("", coloured) == text  # of so few points, in which no curve is heavy


def test_ascii_is_ascii() -> None:
    x = np.linspace(0, 1, 500)
    for n in (5, 500):
        assert draw(figure(x[:n], x[:n], level=0.0), width=60, charset=ASCII).isascii()


def test_there_is_no_picture_where_there_is_no_room() -> None:
    assert draw(figure([1, 2], [3, 4]), width=29, charset=BRAILLE) == ""


def test_many_points_are_dots_under_a_heavy_line() -> None:
    x = np.linspace(0, 1, 400)
    text = draw(figure(x, np.sin(40 * x), x), width=60, charset=BRAILLE)
    assert "•" not in text
    assert "━" in text
    assert text.startswith("y against x   ⢕ data  ━━ f(x)\n")


def test_in_colour_the_curve_among_many_points_is_fine() -> None:
    x = np.linspace(0, 1, 400)
    text = draw(figure(x, np.sin(40 * x), x), width=60, charset=BRAILLE, colour=True)
    assert "━" not in text
    assert "\x1b[36m⠤⠤\x1b[0m f(x)" in text


def test_a_million_points_are_drawn_at_once() -> None:
    """A million steps of a loop in Python, or a line for each, would take minutes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=10**6)
    text = draw(figure(x, x + rng.normal(size=x.size), np.sin(x)), width=80, charset=BRAILLE)
    assert len(text.split("\n")) == 13


def test_groups_differ_in_marks_and_a_curve_without_a_name_is_told_with_its_points() -> None:
    x = np.arange(5.0)
    shown = Figure(
        "two",
        "x",
        "y",
        tuple(
            each
            for g in (0, 1)
            for each in (series("line", "", x, x + g, g), series("points", f"row {g}", x, x + g, g))
        ),
    )
    assert draw(shown, width=40, charset=ASCII).split("\n")[0] == "two   o- row 0  x- row 1"


def test_control_characters_do_not_reach_the_terminal() -> None:
    evil = Figure("a\x1b[2Jb", "x\x07", "y", (series("points", "\x1b[31m", [1.0, 2.0], [1.0, 2.0]),))
    text = draw(evil, width=60, charset=BRAILLE)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_long_legend_has_lines_of_its_own_and_is_cut() -> None:
    x = [0.0, 1.0]
    long = Figure("y against x", "x", "y", (series("line", "f" * 100, x, x), series("points", "data", x, x)))
    lines = draw(long, width=40, charset=BRAILLE).split("\n")
    assert lines[:3] == ["y against x", "• data", "⠤⠤ " + "f" * 36 + "…"]

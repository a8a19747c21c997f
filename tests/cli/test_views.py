from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest

from dlang.cli import views


def expected(text: str) -> str:
    return dedent(text).strip("\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (True, "true"),
        (2.0, "2"),
        (1 / 3, "0.333333"),
        (1e-300, "1e-300"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("x=[1,2]", "x=[1,2]"),
        (np.array([1.0, 2.5]), "[1, 2.5]"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "[[1, 2], [3, 4]]"),
        (np.linspace(-1, 1, 100).reshape(4, 25), "[4, 25], -1 to 1"),
        (np.array([1.0] * 9 + [np.nan]), "[10], 1 to 1, 1 nan"),
        (np.full(10, np.nan), "[10], 10 nan"),
        (np.zeros(0), "[]"),
        ((1, 2.5), "(1, 2.5)"),
        ((1,), "(1,)"),
        ({"w": 1.5, "b": [1]}, "{w: 1.5, b: [1]}"),
        (None, ""),
    ],
)
def test_a_value_in_one_line(value: object, text: str) -> None:
    assert views.shown(value) == text


def test_a_gradient() -> None:
    text = views.gradient_view(2.5, {"a": -1.25, "rate": np.array([1.0, 2.0])}, {"a": 1.0, "rate": [0.5, 0.5]})
    assert text == expected("""
        value  2.5

        name          at  gradient
        a              1     -1.25
        rate  [0.5, 0.5]    [1, 2]
    """)


def test_a_checked_gradient() -> None:
    text = views.gradient_view(2.5, {"a": -1.25}, {"a": 1.0}, {"a": views.Check(-1.2500001, 8e-8)})
    assert text == expected("""
        value  2.5

        name  at  gradient  numerical  relative error
        a      1     -1.25      -1.25           8e-08
    """)


def test_a_gradient_in_nothing_is_the_value_alone() -> None:
    assert views.gradient_view(2.5, {}, {}) == "value  2.5"


def test_a_run_shows_objective_and_reports() -> None:
    assert views.run_view(0.125, {"half_life": 6.93147}) == "objective  0.125\nhalf_life  6.93147"
    assert views.run_view(None, {}) == ""


def test_a_matrix_has_names_on_both_sides() -> None:
    assert views.matrix_view(["a", "W[0]"], np.array([[1.0, -0.5], [-0.5, 2.0]])) == expected("""
                 a  W[0]
        a        1  -0.5
        W[0]  -0.5     2
    """)


def test_wide_names_are_aligned() -> None:
    assert views.table(["n", "x"], [["界", "1"], ["ab", "2"]]) == "n   x\n界  1\nab  2"


def test_a_page_is_filled_and_its_programs_are_indented() -> None:
    page = "# E0201: unknown name\n\nA line\nand more `x`\nof it.\n\n```dl\nx  =  1\n```\n\n## The mend\n\n`x` it.\n"
    assert views.markdown_view(page, width=20) == expected("""
        E0201: unknown name

        A line and more `x`
        of it.

            x  =  1

        The mend

        `x` it.
    """)
    assert "\x1b[1mThe mend\x1b[0m" in views.markdown_view(page, colour=True)

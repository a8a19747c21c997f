from __future__ import annotations

import re
from itertools import combinations
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlang.diagnostics.cells import width_of
from dlang.plots.figure import Figure, series
from dlang.plots.svg import draw

NAME = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    """Where a text is, of a font no letter of which is wider than 0.62 of its size."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


def boxes(root: ElementTree.Element) -> list[Box]:
    found = []
    for text in root.iter(f"{NAME}text"):
        classes = text.get("class", "").split()
        size = 15.0 if "title" in classes else 12.0
        wide = width_of(text.text or "") * size * 0.62
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        left = x - wide if "end" in classes else x - wide / 2 if "middle" in classes else x
        found.append(Box(left, y - size * 0.8, left + wide, y + size * 0.2, text.text or ""))
    return found


def overlapping(found: list[Box]) -> list[tuple[str, str]]:
    return [
        (a.text, b.text)
        for a, b in combinations(found, 2)
        if a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
    ]


def drawn(*figures: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(draw(figures, "a title", "a description"))


def figure(x: Any, y: Any, label: str = "f(x)", **options: Any) -> Figure:
    lines = series("line", label, x, y), series("points", "data", x, y)
    return Figure(options.pop("title", "y against x"), options.pop("name", "x"), "y", lines, **options)


numbers = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=60)
@given(
    values=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20),
    title=st.text(max_size=90),
    label=st.text(min_size=1, max_size=90),
    log=st.booleans(),
)
def test_no_text_lies_on_another_or_leaves_the_picture(
    values: list[tuple[float, float]], title: str, label: str, log: bool
) -> None:
    if log:
        values = [(x, y) for x, y in values if x > 0 and y > 0]
    x, y = [v[0] for v in values], [v[1] for v in values]
    shown = figure(x, y, label, title=title, name=label, log_x=log, log_y=log)
    root = drawn(shown, figure(x, y, label, level=0.0), shown)
    found = boxes(root)
    assert overlapping(found) == []
    height = float(root.get("height", ""))
    for box in found:
        assert box.left >= 0
        assert box.right <= 720
        assert box.top >= 0
        assert box.bottom <= height
    assert "nan" not in "".join(path.get("d", "") for path in root.iter(f"{NAME}path"))


def test_texts_that_lie_on_each_other_would_be_found() -> None:
    one = Box(0, 0, 10, 10, "a")
    assert overlapping([one, Box(9, 9, 20, 20, "b"), Box(10, 0, 20, 9, "c")]) == [("a", "b")]


def test_every_number_is_in_the_picture() -> None:
    root = drawn(figure([1.0, 2.0, 5.0], [-3.0, 8.0, 1.0]), figure([1e-300, 1e300], [1e300, -1e300]))
    height = float(root.get("height", ""))
    for path in root.iter(f"{NAME}path"):
        for x, y in re.findall(r"[ML]([-\d.e]+) ([-\d.e]+)", path.get("d", "")):
            assert 0 <= float(x) <= 720
            assert 0 <= float(y) <= height


def test_it_needs_nothing_else_and_is_named() -> None:
    text = draw([figure([1, 2], [3, 4])], "A fit of <decay> & more", "converged")
    assert re.findall(r"https?://\S+", text) == ['http://www.w3.org/2000/svg"']
    root = ElementTree.fromstring(text)
    assert root.find(f"{NAME}title").text == "A fit of <decay> & more"
    assert root.find(f"{NAME}desc").text == "converged"
    assert root.get("role") == "img"
    assert set(root.get("aria-labelledby").split()) == {each.get("id") for each in root if each.get("id")}


def test_every_class_has_a_colour_by_day_and_by_night() -> None:
    x = np.arange(4.0)
    groups = (*tuple(series("line", f"f{g}", x, x + g, g) for g in range(4)), series("points", "data", x, x))
    text = draw([Figure("a", "x", "y", groups, level=0.0)], "t", "d")
    day, _, night = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1].partition("@media")
    assert "prefers-color-scheme: dark" in night
    coloured = re.compile(r"\.(\w+) \{ (?:fill|stroke): (#\w{6})")
    assert dict(coloured.findall(day)).keys() == dict(coloured.findall(night)).keys()
    assert all(dict(coloured.findall(night))[name] != colour for name, colour in coloured.findall(day))
    used = {name for each in re.findall(r'class="([^"]*)"', text) for name in each.split()}
    assert used <= set(re.findall(r"\.(\w+) \{", day))


def test_curves_of_several_groups_differ_without_colour_too() -> None:
    x = np.arange(4.0)
    root = drawn(Figure("a", "x", "y", tuple(series("line", f"f{g}", x, x + g, g) for g in range(4))))
    dashes = {path.get("stroke-dasharray") for path in root.iter(f"{NAME}path") if "line" in path.get("class").split()}
    assert len(dashes) == 4


@pytest.mark.parametrize("count", [4000, 10**6])
def test_a_file_of_many_points_stays_small(count: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=count)
    assert len(draw([figure(x, x + rng.normal(size=count))], "t", "d")) < 400_000


def test_control_characters_make_no_broken_file() -> None:
    text = draw([figure([1, 2], [3, 4], "a\x00\x1b[31m\x0b", title="\x08")], "\x01", "\x02")
    ElementTree.fromstring(text)

"""The tree: it fits its width, says each thing once, and ends."""

from __future__ import annotations

import pytest
from agreement import load
from drawing import drawn
from hypothesis import given
from programs import Program, programs
from unit.graph.pictures import LOOP, picture

from dlang.briefly import UNICODE
from dlang.diagnostics.cells import width_of
from dlang.graph.draw import draw
from dlang.graph.look import Look
from dlang.graph.tree import render


@drawn(20)
@given(programs())
def test_no_line_is_wider_than_the_terminal(program: Program) -> None:
    found = draw(load(program), "program.dl", grad=True).picture
    for width in (20, 40, 80, 120):
        assert max(map(width_of, render(found, Look(width=width)).splitlines())) <= width


@drawn(20)
@given(programs())
def test_ascii_is_ascii_and_unicode_is_what_was_announced(program: Program) -> None:
    found = draw(load(program), "program.dl", grad=True).picture
    assert render(found, Look(ascii_only=True)).isascii()
    assert {c for c in render(found, Look()) if not c.isascii()} <= set(UNICODE)


def test_a_shared_value_is_drawn_once_and_referred_to() -> None:
    text = render(picture("param k = 2.0\ns = exp(k * 2)\nminimize s * sin(s)"), Look())
    assert text.count("s = exp(k * 2)") == 2
    assert text.count("s = exp(k * 2) \u2191") == 1
    assert text.count("\u2514 k") == 1


def test_operations_without_names_share_a_line() -> None:
    text = render(picture("param k = 2.0\nminimize sin(cos(exp(-k)))"), Look())
    assert "\u2514 sin \u2190 cos \u2190 exp \u2190 -\u00b7" in text


def test_a_deep_chain_ends_with_a_word_about_the_rest() -> None:
    lines = "\n".join(f"x{k} = x{k - 1} * k + {k}" for k in range(1, 200))
    text = render(picture(f"param k = 1.0\nx0 = k\n{lines}\nminimize x199"), Look(width=80))
    assert len(text.splitlines()) < 220
    assert "\u2026" in text


def test_colour_only_adds_escapes() -> None:
    import re

    found = picture(LOOP)
    plain, coloured = render(found, Look()), render(found, Look(colour=True))
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("form", ["dot", "mermaid"])
def test_other_forms_name_what_they_draw(form: str) -> None:
    from dlang.graph.table import FORMATS

    (made,) = [each for each in FORMATS if each.name == form]
    text = made.render(picture(LOOP, grad=True), Look())
    for word in ("speed", "drag", "x += v", "objective", "\u2202speed"):
        assert word in text

"""Geometry of pictures: nothing overlaps, everything is inside of what it belongs to, texts fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from agreement import load
from drawing import drawn
from hypothesis import given
from programs import Program, programs
from unit.graph.pictures import EXAMPLES, LOOP, picture

import dlang
from dlang.graph.draw import draw
from dlang.graph.look import Look
from dlang.graph.model import Picture, Sheet, walk
from dlang.graph.opening import opened
from dlang.graph.scene import Scene, laid_out, width_of_text
from dlang.graph.svg import render

Rect = tuple[float, float, float, float]
SLACK = 0.01


def overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] - SLACK and b[0] < a[2] - SLACK and a[1] < b[3] - SLACK and b[1] < a[3] - SLACK


def scenes(scene: Scene) -> Iterator[Scene]:
    yield scene
    for place in scene.places:
        if place.scene is not None:
            yield from scenes(place.scene)


def is_tidy(sheet: Sheet, room: int = 300) -> None:
    for scene in scenes(laid_out(sheet, opened(sheet, room))):
        boxes = [(p.x, p.y, p.x + p.width, p.y + p.height) for p in scene.places]
        labels = []
        for way in scene.ways:
            if way.label is not None and way.words:
                half = width_of_text(way.words, "label") / 2
                labels.append((way.label[0] - half, way.label[1] - 7, way.label[0] + half, way.label[1] + 7))
        everything = [*boxes, *labels]
        for k, one in enumerate(everything):
            assert one[0] >= -SLACK
            assert one[1] >= -SLACK
            assert one[2] <= scene.width + SLACK
            assert one[3] <= scene.height + SLACK
            for other in everything[k + 1 :]:
                assert not overlap(one, other)
        for place in scene.places:
            for text in place.texts:
                assert width_of_text(text.words, text.role) <= place.width
            if place.scene is not None:
                assert place.scene.width <= place.width
                assert place.scene.height <= place.height


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_tidy(path: Path) -> None:
    found = draw(dlang.load(path), path.name, grad=True).picture
    is_tidy(found.forward)
    if found.backward is not None:
        is_tidy(found.backward)
    is_tidy(draw(dlang.load(path), path.name, static=True).picture.forward)


@drawn(12)
@given(programs())
def test_random_programs_are_tidy(program: Program) -> None:
    is_tidy(draw(load(program), "", static=True).picture.forward)
    is_tidy(draw(load(program), "").picture.forward)


def test_the_passes_of_a_loop_are_laid_out_alike() -> None:
    sheet = picture(LOOP.replace("travelled(speed, drag, 3)", "travelled(speed, drag, 6)")).forward
    boxes = frozenset(node.key for node in walk(sheet) if node.inside is not None)
    sizes = {
        place.node.label: (place.width, place.height)
        for scene in scenes(laid_out(sheet, boxes))
        for place in scene.places
        if place.node.label in ("pass 4", "pass 5")
    }
    assert sizes["pass 4"] == sizes["pass 5"]


def drawn(found: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(render(found, Look()))


def test_an_svg_is_well_formed_whatever_the_names() -> None:
    found = picture("""
        data d = [1.0, 2.0]
        param k = 1.0
        r = {"<b> & \\"q\\"": k}
        minimize sum(d * r["<b> & \\"q\\""])  # </svg> & <script>
    """)
    root = drawn(found)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = "".join(root.itertext())
    assert "<script>" not in texts.replace("minimize", "")


def test_the_backward_graph_stands_beside_the_forward_one() -> None:
    both = drawn(picture(LOOP, grad=True))
    one = drawn(picture(LOOP))
    assert float(both.get("width", 0)) > 1.5 * float(one.get("width", 0))
    texts = [text.text for text in both.iter("{http://www.w3.org/2000/svg}text")]
    assert "\u2202speed" in texts


def test_nothing_is_fetched() -> None:
    text = render(picture(LOOP), Look())
    assert text.count("http") == 1  # the name of the namespace
    assert "url(" not in text

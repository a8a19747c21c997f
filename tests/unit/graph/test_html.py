"""The HTML form as text: well formed, closed to the outside, complete, and not larger than it may be."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dlang import driver
from dlang.graph import contents as contents_module
from dlang.graph.contents import contents
from dlang.graph.draw import draw
from dlang.graph.html import render
from dlang.graph.look import Look
from dlang.graph.model import Kind, Picture, Sheet, count, walk
from dlang.graph.opening import held
from dlang.graph.palette import DARK, LIGHT, class_of
from dlang.graph.scene import closed
from dlang.source import Source

ROOT = Path(__file__).parent.parent.parent.parent
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.dl"))
VOID = {"meta", "link", "input"}

LOOP = "x = 1.0\nparam k = 0.5\nfor i in 0..PASSES { x = x + k * sin(x) * exp(-x) }\nminimize x ^ 2\n"


def example(name: str, **options: Any) -> Picture:
    path = ROOT / "examples" / f"{name}.dl"
    program = driver.load(Source(path.name, path.read_text(encoding="utf-8")), folder=path.parent)
    return draw(program, path.name, **options).picture


def picture(text: str, name: str = "program.dl", **options: Any) -> Picture:
    return draw(driver.load(Source(name, text), folder=ROOT), name, **options).picture


class Parts(HTMLParser):
    """Elements of a page, and what is in those that hold no elements; fails where an end fits no beginning."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def parts(text: str) -> Parts:
    parser = Parts()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def data_of(text: str) -> dict[str, Any]:
    block = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    found: dict[str, Any] = json.loads(block[1], parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return found


@pytest.mark.parametrize("name", ["decay", "heat"])
def test_a_page_is_well_formed_and_names_nothing_outside(name: str) -> None:
    text = render(example(name, grad=True), Look())
    found = parts(text)
    assert [tag for tag, _ in found.elements].count("script") == 2
    assert {
        value for _, attributes in found.elements for key, value in attributes.items() if key in ("src", "href")
    } == {"data:,"}
    assert set(re.findall(r"\w+://[^\"'\s]*", text)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"url\(|@import|fetch\(|XMLHttpRequest|innerHTML|eval\(", text) == []


def test_the_policy_allows_the_script_and_style_of_the_page_and_nothing_else() -> None:
    text = render(example("decay"), Look())
    found = parts(text)
    (policy,) = [each["content"] for tag, each in found.elements if each.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy).split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        hashed = hashlib.sha256(found.texts[tag][-1].encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(hashed).decode()}'"
    assert set(rules) == {"default-src", "img-src", "style-src", "script-src", "base-uri", "form-action"}


HOSTILE = "</script><script>alert(1)</script><!-- <script> &amp; \" ' \u202e \x1b[31m"


def test_no_text_of_a_program_is_markup() -> None:
    program = f'# {HOSTILE}\nparam k = 0.5\nprint("{{{{script}}}}")\nminimize k ^ 2  # {HOSTILE.strip()}.\n'
    plain = render(picture("param k = 0.5\nminimize k ^ 2\n"), Look())
    text = render(picture(program.replace("\x1b", ""), f"{HOSTILE}.dl"), Look())
    assert [tag for tag, _ in parts(text).elements] == [tag for tag, _ in parts(plain).elements]
    assert "\u202e" not in text
    assert "\x1b" not in text
    data = data_of(text)
    assert data["title"] == HOSTILE.replace("\u202e", "\ufffd").replace("\x1b", "\ufffd") + ".dl"
    assert any("</script><script>alert(1)</script><!-- <script>" in place[4] for place in data["places"])


def test_a_name_that_is_no_unicode_can_be_written() -> None:
    text = render(picture("param k = 0.5\nminimize k ^ 2\n", "caf\udce9.dl"), Look())
    assert "<title>caf\ufffd.dl" in text.encode("utf-8").decode("utf-8")


@pytest.mark.parametrize("name", ["decay", "vdp", "digits", "schools"])
def test_every_node_that_fits_is_in_the_page_with_all_that_is_known_of_it(name: str) -> None:
    drawn = example(name, grad=True)
    data = contents(drawn)
    by_key = {node["key"]: node for node in data["nodes"]}
    assert drawn.backward is not None
    known = [*walk(drawn.forward), *walk(drawn.backward)]
    assert len(known) == len(data["nodes"]) == len(by_key)
    for node in known:
        told = by_key[node.key]
        assert (told["label"], told["kind"]) == (node.label, node.kind.value)
        assert ("sheet" in told) == (node.inside is not None)
        assert ("value" in told) == (node.value is not None)
        if node.span is not None:
            file, line, *text = data["places"][told["place"]]
            assert (file, line) == (node.span.source.name, node.span.line)
            assert "".join(text) == node.span.source.line(line).strip()
        if isinstance(node.value, float):
            assert float(data["values"][told["value"]]) == pytest.approx(node.value, rel=0, abs=0, nan_ok=True)
        if node.rule:
            assert data["rules"][told["rule"]] == node.rule
    edges = sum(len(sheet["edges"]) for sheet in data["sheets"])
    sheets = [drawn.forward, drawn.backward, *(node.inside for node in known if node.inside is not None)]
    assert edges == sum(len(sheet.edges) for sheet in sheets)


def test_cotangents_are_linked_both_ways() -> None:
    data = contents(example("decay", grad=True))
    twins = [(k, node["twin"]) for k, node in enumerate(data["nodes"]) if "twin" in node]
    assert twins
    for here, there in twins:
        assert data["nodes"][there]["twin"] == here
        names = sorted((data["nodes"][here]["label"], data["nodes"][there]["label"]), key=len)
        assert names[1] == f"\u2202{names[0]}"
        forward, backward = (here, there) if data["nodes"][there]["label"].startswith("\u2202") else (there, here)
        assert data["nodes"][forward]["gradient"] == data["nodes"][backward]["value"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_of_an_example_has_a_bounded_size(name: str) -> None:
    drawn = example(name, grad=True)
    text = render(drawn, Look())
    assert len(text.encode()) < 6_000_000
    data = data_of(text)
    for graph, sheet in zip(data["graphs"], (drawn.forward, drawn.backward), strict=False):
        assert sheet is not None
        inside = [graph["sheet"]]
        for each in inside:
            inside += [data["nodes"][k]["sheet"] for k in data["sheets"][each]["nodes"] if "sheet" in data["nodes"][k]]
        nodes = [data["nodes"][k] for each in inside for k in data["sheets"][each]["nodes"]]
        assert len(nodes) <= 6000
        shown = sum(node["kind"] not in ("in", "out") for node in nodes)
        assert shown + sum(node.get("hidden", 0) for node in nodes) == count(sheet)


def test_boxes_for_which_there_is_no_room_say_how_many_nodes_are_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = picture(LOOP.replace("PASSES", "50"), grad=True)
    monkeypatch.setattr(contents_module, "_ROOM", 40)
    hidden = [node for node in contents(drawn)["nodes"] if "hidden" in node]
    assert hidden
    insides = {node.key: node.inside for sheet in (drawn.forward, drawn.backward) if sheet for node in walk(sheet)}
    for node in hidden:
        inside = insides[node["key"]]
        assert inside is not None
        assert node["hidden"] == count(inside)
        assert "sheet" not in node


@pytest.mark.parametrize("room", [5, 40, 100, 10_000])
def test_what_is_held_fits_and_lies_in_boxes_that_are_held(room: int) -> None:
    sheet = picture(LOOP.replace("PASSES", "30")).forward
    kept = held(sheet, room)
    reached, nodes = set(), len(sheet.nodes)
    sheets = [sheet]
    for each in sheets:
        for node in each.nodes:
            if node.inside is not None and node.key in kept:
                reached.add(node.key)
                nodes += len(node.inside.nodes)
                sheets.append(node.inside)
    assert reached == kept
    ports = sum(node.kind in (Kind.ENTRY, Kind.EXIT) for each in sheets for node in each.nodes)
    assert nodes - ports <= max(room, len(sheet.nodes))
    if room == 10_000:
        assert kept == {node.key for node in walk(sheet) if node.inside is not None}


def test_sheets_that_differ_in_values_only_get_one_layout_with_room_for_each() -> None:
    sheet = picture(LOOP.replace("PASSES", "30")).forward
    passes = [node.inside for node in walk(sheet) if node.kind is Kind.PASS and node.inside is not None]
    assert len(passes) == 30
    alone = [closed([each])[0] for each in passes]
    together = closed(passes)
    frames = {tuple((p.x, p.y, p.width, p.height) for p in scene.places) for scene in together[1:]}
    assert len(frames) == 1
    for one, common in zip(alone, together, strict=True):
        for mine, shared in zip(one.places, common.places, strict=True):
            assert (mine.node, mine.texts) == (shared.node, shared.texts)
            assert mine.width <= shared.width


def test_large_arrays_are_told_by_their_beginning() -> None:
    drawn = picture("param k = ones(5000)\nminimize sum(k ^ 2)\n")
    told = [value for value in contents(drawn)["values"] if isinstance(value, dict) and value["shape"] == [5000]]
    assert told
    for value in told:
        assert value["count"] == len(value["first"].split(", ")) == 64


def test_more_arrays_than_there_is_room_for_are_told_by_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents_module, "_ENTRIES", 100)
    values = contents(picture("param k = ones(5000)\nminimize sum(sin(k) ^ 2 + exp(k) * cos(k))\n"))["values"]
    counts = [value["count"] for value in values if isinstance(value, dict)]
    assert {*counts} == {8}
    assert 50 < sum(counts) <= 100


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("xs = [nan, inf, -inf]\nparam k = 0.5\nminimize sum(where(xs > 0, k, 2 * k))\n", "nan, inf, -inf"),
        ("xs = [1e300, 5e-324, -0.0]\nparam k = 0.5\nminimize sum(xs * k)\n", "1e300, 5e-324, -0.0"),
    ],
)
def test_entries_of_arrays_are_written_as_the_language_writes_them(text: str, wanted: str) -> None:
    values = contents(picture(text))["values"]
    assert wanted in [value["first"] for value in values if isinstance(value, dict)]


def test_an_empty_sheet_makes_a_page() -> None:
    nothing = Picture("nothing", "nothing.dl", Sheet((), ()))
    assert data_of(render(nothing, Look()))["nodes"] == []


def test_light_and_dark_name_the_same_colours_and_the_page_no_other() -> None:
    assert LIGHT.keys() == DARK.keys()
    page = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dlang" / "graph" / "page").iterdir())
    own = set(re.findall(r"--([\w-]+):", page))
    assert set(re.findall(r"var\(--([\w-]+)\)", page)) <= LIGHT.keys() | own


def test_every_kind_has_a_class() -> None:
    assert all(re.fullmatch(r"[a-z]+", class_of(kind)) for kind in Kind)

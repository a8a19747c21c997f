"""The page of a computation graph, in a real browser: what it shows, does, and asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import BINARY, Browser

from dlang import driver
from dlang.graph.draw import draw
from dlang.graph.html import render
from dlang.graph.look import Look
from dlang.source import Source

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.skipif(BINARY is None, reason="there is no Chromium or Chrome on this machine")

LOOP = """param k = 0.7
fn step(x, i) = if x > 1.5 { x - sin(k * x) } else { x + k / (i + 1) }
x = 1.0
for i in 0..20 { x = step(x, i) }
minimize (x - 2) ^ 2 + k ^ 2
"""

HOSTILE = """# </script><img src=x onerror=alert(1)> "quotes" 'and' &amp; <!-- \u202e
param k = 0.5
print("</script><img src=x onerror=alert(1)>")
minimize sin(k) ^ 2  # </script><img src=x onerror=alert(2)><!-- <script> "&lt;" ' \u2028.
"""

# of each node and label of an edge (which is no node) its frame, sheet, box and texts, in pixels of the screen
DRAWN = """(() => {
  const frame = (element) => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height]; };
  const sheets = new Map();
  const number = (sheet) => { if (!sheets.has(sheet)) sheets.set(sheet, sheets.size); return sheets.get(sheet); };
  return [...document.querySelectorAll(".world [data-node], .world .words")].map((group) => ({
    node: group.dataset.node === undefined ? null : Number(group.dataset.node),
    sheet: number(group.parentNode.parentNode),
    box: group.parentNode.closest("[data-node]") ? Number(group.parentNode.closest("[data-node]").dataset.node) : null,
    frame: frame(group.querySelector("rect")),
    texts: [...group.children].filter((each) => each.tagName === "text").map(frame),
  }));
})()"""

# of each edge the points where it begins and ends, and its sheet, numbered as above
ENDS = """(() => {
  const sheets = new Map();
  const number = (sheet) => { if (!sheets.has(sheet)) sheets.set(sheet, sheets.size); return sheets.get(sheet); };
  for (const group of document.querySelectorAll(".world [data-node], .world .words")) number(group.parentNode.parentNode);
  return [...document.querySelectorAll(".world .way")].map((line) => {
    const place = (at) => { const { x, y } = line.getPointAtLength(at).matrixTransform(line.getScreenCTM()); return [x, y]; };
    return [number(line.parentNode.parentNode.parentNode), place(0), place(line.getTotalLength())];
  });
})()"""

# what is drawn, as large as it is
UNSCALED = """for (const svg of document.querySelectorAll(".pane svg")) {
  svg.classList.remove("far", "farther");
  svg.querySelector(".world").removeAttribute("transform");
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def page(folder: Path, text: str, name: str = "program.dl", **options: Any) -> tuple[Path, dict[str, Any]]:
    """The page of a program in a file, and the data in it."""
    program = driver.load(Source(name, text), folder=folder)
    return written(folder, program, name, **options)


def example(folder: Path, name: str, **options: Any) -> tuple[Path, dict[str, Any]]:
    path = ROOT / "examples" / f"{name}.dl"
    program = driver.load(Source(path.name, path.read_text(encoding="utf-8")), folder=path.parent)
    return written(folder, program, path.name, **options)


def written(folder: Path, program: driver.Program, name: str, **options: Any) -> tuple[Path, dict[str, Any]]:
    text = render(draw(program, name, **options).picture, Look())
    path = folder / "graph.html"
    path.write_text(text, encoding="utf-8")
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    return path, json.loads(data[1])


def node(data: dict[str, Any], label: str) -> int:
    """The first node that is called so."""
    return next(
        k for k, each in enumerate(data["nodes"]) if each["label"] == label and each["kind"] not in ("in", "out")
    )


def middle(browser: Browser, selector: str) -> tuple[float, float]:
    x, y, width, height = browser.evaluate(
        f"(() => {{ const {{ x, y, width, height }} = document.querySelector({json.dumps(selector)})"
        ".getBoundingClientRect(); return [x, y, width, height]; })()"
    )
    return x + width / 2, y + height / 2


def nodes(browser: Browser) -> dict[int, list[float]]:
    """The frames of the nodes that are drawn."""
    return {each["node"]: each["frame"] for each in browser.evaluate(DRAWN) if each["node"] is not None}


def click_node(browser: Browser, number: int) -> None:
    """At the lower border of a node, where no title is."""
    x, y, width, height = nodes(browser)[number]
    browser.click(x + width / 2, y + height - 2)


def panel(browser: Browser) -> dict[str, str]:
    """What the panel tells, by its headings."""
    rows: list[list[str]] = browser.evaluate(
        "[...document.querySelectorAll('#panel > dl > dt')].map((each) => [each.textContent, each.nextSibling.innerText])"
    )
    return dict(rows)


def title(browser: Browser) -> str:
    return str(browser.evaluate("document.querySelector('#panel h2').textContent"))


def marked(browser: Browser, mark: str) -> list[int]:
    return list(
        browser.evaluate(
            f"[...document.querySelectorAll('.world [data-node].{mark}')].map((e) => Number(e.dataset.node))"
        )
    )


def overlapping(frames: list[list[float]]) -> list[tuple[list[float], list[float]]]:
    """Pairs of frames with more in common than a hundredth of a pixel, by a sweep from left to right."""
    found = []
    active: list[list[float]] = []
    for each in sorted(frames):
        active = [other for other in active if other[0] + other[2] > each[0] + 0.01]
        found += [
            (other, each)
            for other in active
            if other[1] < each[1] + each[3] - 0.01 and each[1] < other[1] + other[3] - 0.01
        ]
        active.append(each)
    return found


def on_border(frame: list[float], x: float, y: float) -> bool:
    left, top, width, height = frame
    within = left - 0.5 <= x <= left + width + 0.5 and top - 0.5 <= y <= top + height + 0.5
    return within and min(abs(y - top), abs(y - top - height), abs(x - left - width)) <= 0.5


def assert_in_order(browser: Browser) -> int:
    """No two nodes or labels of a sheet overlap, each is within its box, its texts within
    it, and each edge joins borders. How many nodes there are.
    """
    browser.press("0")
    browser.evaluate(UNSCALED)
    drawn = browser.evaluate(DRAWN)
    frames = {each["node"]: each["frame"] for each in drawn}
    sheets: dict[int, list[list[float]]] = {}
    for each in drawn:
        sheets.setdefault(each["sheet"], []).append(each["frame"])
        x, y, width, height = each["frame"]
        for left, top, wide, high in each["texts"]:
            assert left >= x - 0.6
            assert top >= y - 0.6
            assert left + wide <= x + width + 0.6
            assert top + high <= y + height + 0.6
        if each["box"] is not None:
            left, top, wide, high = frames[each["box"]]
            assert left <= x + 0.01
            assert top <= y + 0.01
            assert x + width <= left + wide + 0.01
            assert y + height <= top + high + 0.01
    assert [pair for sheet in sheets.values() for pair in overlapping(sheet)] == []
    loose = [
        (sheet, x, y)
        for sheet, *ends in browser.evaluate(ENDS)
        for x, y in ends
        if not any(on_border(frame, x, y) for frame in sheets[sheet])
    ]
    assert loose == []
    browser.press("0")
    return len(frames) - (None in frames)


def test_a_page_asks_for_nothing_and_complains_of_nothing(browser: Browser, tmp_path: Path) -> None:
    path, _ = example(tmp_path, "vdp", grad=True)
    browser.open(path)
    for key in ("e", "n", "n", "Enter", "c", "+", "-", "0", "/"):
        browser.press(key)
    browser.type("exp")
    browser.press("Enter")
    browser.press("Escape")
    assert browser.faults() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [path.as_uri()]


def test_a_click_tells_value_gradient_type_rule_and_source_line(browser: Browser, tmp_path: Path) -> None:
    path, data = page(tmp_path, "param k = 0.5\nr = exp(-k)\nminimize r ^ 2\n", grad=True)
    browser.open(path)
    click_node(browser, node(data, "k"))
    assert title(browser) == "k"
    told = panel(browser)
    assert told["value"] == "0.5"
    assert float(told["gradient"]) == pytest.approx(-2 * 2.718281828459045**-1.0, rel=1e-15)
    assert told["source"].startswith("program.dl:1")
    click_node(browser, node(data, "r"))
    told = panel(browser)
    assert told["type"] == "Real"
    assert told["rule"] == "x: ct * out"
    assert told["source"].split("\n") == ["program.dl:2", "r = exp(-k)"]
    assert browser.evaluate("document.querySelector('#panel mark').textContent") == "exp(-k)"
    assert told["reads"].startswith("-·")
    assert "^ 2" in told["read by"]
    browser.press("Escape")
    assert title(browser) == "Computation graph"


def test_an_array_is_told_by_shape_range_and_first_entries(browser: Browser, tmp_path: Path) -> None:
    text = "xs = [nan, 2.5, 4.0]\nparam k = 0.5\nminimize sum(where(isnan(xs), k, xs) ^ 2)\n"
    path, data = page(tmp_path, text)
    browser.open(path)
    number = next(k for k, each in enumerate(data["nodes"]) if isinstance(data["values"][each.get("value", 0)], dict))
    click_node(browser, number)
    told = panel(browser)["value"]
    assert "shape [3]" in told
    assert "2.5 to 4.0" in told
    assert "1 entry nan" in told
    assert "[nan, 2.5, 4.0]" in told


def test_the_cotangent_is_marked_beside_and_the_other_way_round(browser: Browser, tmp_path: Path) -> None:
    path, data = example(tmp_path, "decay", grad=True)
    browser.open(path)
    here, there = node(data, "exp"), node(data, "\u2202exp")
    click_node(browser, here)
    assert (marked(browser, "chosen"), marked(browser, "twin")) == ([here], [there])
    click_node(browser, there)
    assert (marked(browser, "chosen"), marked(browser, "twin")) == ([there], [here])
    browser.press("Escape")
    assert (marked(browser, "chosen"), marked(browser, "twin")) == ([], [])


def test_a_box_opens_in_place_and_closes_again(browser: Browser, tmp_path: Path) -> None:
    path, data = page(tmp_path, LOOP, grad=True)
    browser.open(path, 1600, 1000)
    browser.press("c")
    before = nodes(browser)
    boxes = [number for number in before if "sheet" in data["nodes"][number]]
    assert boxes
    for box in boxes:
        browser.click(*middle(browser, f'[data-bar="{box}"]'))
        opened = nodes(browser)
        assert len(opened) > len(before)
        assert opened[box][:2] == pytest.approx(before[box][:2], abs=0.1)
        assert title(browser) == data["nodes"][box]["label"]
        assert_in_order(browser)
        browser.click(*middle(browser, f'[data-bar="{box}"]'))
        browser.press("0")
        after = nodes(browser)
        assert {key: pytest.approx(frame, abs=0.1) for key, frame in before.items()} == after


def test_a_box_stays_where_it_is_whatever_is_open_around_it(browser: Browser, tmp_path: Path) -> None:
    path, data = example(tmp_path, "bezier", grad=True)
    browser.open(path, 1600, 1000)
    browser.press("e")
    browser.press("0")
    boxes = [number for number in nodes(browser) if "sheet" in data["nodes"][number]]
    assert len(boxes) > 40
    moved = 0
    for box in boxes[::20]:
        before = nodes(browser)
        if box not in before:
            continue
        click = f"document.querySelector('[data-bar=\"{box}\"]').dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))"
        browser.evaluate(click)
        after = nodes(browser)
        assert after[box][:2] == pytest.approx(before[box][:2], abs=0.05)
        assert after[box][2:] != before[box][2:]
        moved += any(abs(after[key][1] - before[key][1]) > 1 for key in before.keys() & after.keys())
        browser.evaluate(click)
    assert moved > 1


@pytest.mark.parametrize("name", ["decay", "bezier", "newton", "digits", "heat"])
@pytest.mark.parametrize("static", [False, True], ids=["run", "static"])
def test_nothing_overlaps_when_all_is_open(browser: Browser, tmp_path: Path, name: str, static: bool) -> None:
    path, data = example(tmp_path, name, grad=not static, static=static)
    browser.open(path, 1600, 1000)
    first = assert_in_order(browser)
    browser.press("c")
    closed = assert_in_order(browser)
    assert closed == sum(len(data["sheets"][graph["sheet"]]["nodes"]) for graph in data["graphs"])
    browser.press("e")
    everything = assert_in_order(browser)
    assert closed <= first <= everything
    assert everything == len(data["nodes"])
    assert browser.faults() == []


def test_search_finds_in_names_expressions_and_lines_and_opens_the_boxes_around(
    browser: Browser, tmp_path: Path
) -> None:
    path, data = page(tmp_path, LOOP, grad=True)
    browser.open(path)
    browser.press("c")
    browser.press("/")
    browser.type("sin")
    browser.press("Enter")
    hits = browser.evaluate("document.getElementById('hits').textContent")
    assert re.fullmatch(r"1 of \d+", hits)
    (chosen,) = marked(browser, "chosen")
    assert data["nodes"][chosen]["label"] == "sin"
    x, y = middle(browser, f'[data-node="{chosen}"]')
    left, top, width, height = browser.evaluate(
        "(() => { const { x, y, width, height } = document.querySelector('.pane svg').getBoundingClientRect(); return [x, y, width, height]; })()"
    )
    assert (x, y) == pytest.approx((left + width / 2, top + height / 2), abs=2)
    browser.press("Enter")
    assert browser.evaluate("document.getElementById('hits').textContent") == hits.replace("1", "2", 1)
    assert marked(browser, "chosen") != [chosen]
    browser.evaluate("document.getElementById('query').select()")
    browser.type("for i in 0..20")
    assert browser.evaluate("document.getElementById('hits').textContent").endswith("found")
    browser.evaluate("document.getElementById('query').select()")
    browser.type("no such thing")
    assert browser.evaluate("document.getElementById('hits').textContent") == "none"


def test_the_graph_is_moved_by_dragging_and_scaled_around_the_pointer(browser: Browser, tmp_path: Path) -> None:
    path, data = example(tmp_path, "decay")
    browser.open(path)
    number = node(data, "exp")
    x, y = middle(browser, f'[data-node="{number}"]')
    browser.drag((x - 150, y + 100), (x - 90, y + 130))
    assert middle(browser, f'[data-node="{number}"]') == pytest.approx((x + 60, y + 30), abs=1)
    assert title(browser) == "Computation graph"
    wide = browser.evaluate(f"document.querySelector('[data-node=\"{number}\"]').getBoundingClientRect().width")
    browser.wheel(x + 60, y + 30, -200)
    browser.evaluate("new Promise(requestAnimationFrame).then(() => 1)")
    assert middle(browser, f'[data-node="{number}"]') == pytest.approx((x + 60, y + 30), abs=1)
    assert (
        browser.evaluate(f"document.querySelector('[data-node=\"{number}\"]').getBoundingClientRect().width")
        > 1.2 * wide
    )


def test_two_fingers_scale_around_what_lies_between_them(browser: Browser, tmp_path: Path) -> None:
    path, data = example(tmp_path, "decay")
    browser.open(path)
    number = node(data, "exp")
    x, y = middle(browser, f'[data-node="{number}"]')
    before = nodes(browser)[number][2]
    for kind, spread in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", None)):
        fingers = [] if spread is None else [{"x": x - spread, "y": y, "id": 0}, {"x": x + spread, "y": y, "id": 1}]
        browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)
    assert middle(browser, f'[data-node="{number}"]') == pytest.approx((x, y), abs=2)
    assert nodes(browser)[number][2] == pytest.approx(2 * before, rel=0.05)
    assert title(browser) == "Computation graph"


def test_keys_go_from_node_to_node(browser: Browser, tmp_path: Path) -> None:
    path, data = page(tmp_path, "param k = 0.5\nr = exp(-k)\nminimize r ^ 2\n")
    browser.open(path)
    met = []
    for _ in range(3):
        browser.press("n")
        met.append(data["nodes"][marked(browser, "chosen")[0]]["label"])
    assert met == ["k", "-\u00b7", "r"]
    browser.press("p")
    assert data["nodes"][marked(browser, "chosen")[0]]["label"] == "-\u00b7"
    spoken = browser.evaluate("document.activeElement.getAttribute('aria-label')")
    assert spoken == "operation, -\u00b7, -0.5, \u2202 0.736"


def test_text_of_a_program_is_text_on_the_page(browser: Browser, tmp_path: Path) -> None:
    name = '</title><script>alert(3)</script>".dl'
    path, data = page(tmp_path, HOSTILE, name, grad=True)
    browser.open(path)
    click_node(browser, node(data, "sin"))
    assert browser.evaluate("document.querySelectorAll('img, script').length") == 2
    assert browser.evaluate("document.getElementById('title').textContent") == name
    told = panel(browser)["source"]
    assert '</script><img src=x onerror=alert(2)><!-- <script> "&lt;" \' \ufffd.' in told
    assert browser.faults() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [path.as_uri()]


def test_the_page_says_where_a_run_ended(browser: Browser, tmp_path: Path) -> None:
    path, data = page(tmp_path, "param k = 0.5\nxs = [1.0, 2.0]\ni = int(k * 8)\nminimize xs[i]\n")
    browser.open(path)
    assert "The run ended at line 4" in browser.evaluate("document.getElementById('note').textContent")
    browser.press("c")
    browser.click(*middle(browser, "#note button"))
    assert [data["nodes"][each]["kind"] for each in marked(browser, "chosen")] == ["fault"]
    assert browser.evaluate("document.querySelector('#panel .kind').textContent") == "fault"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(browser: Browser, tmp_path: Path, scheme: str) -> None:
    path, data = example(tmp_path, "decay", grad=True)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(path)
    click_node(browser, node(data, "exp"))
    pairs = browser.evaluate("""(() => {
      const found = [];
      for (const text of document.querySelectorAll(".world .node text")) {
        found.push([getComputedStyle(text).fill, getComputedStyle(text.parentNode.querySelector("rect")).fill]);
      }
      const page = getComputedStyle(document.body).backgroundColor;
      for (const each of document.querySelectorAll("header *, #panel *, .pane h2")) {
        let around = each;
        while (getComputedStyle(around).backgroundColor === "rgba(0, 0, 0, 0)" && around !== document.body) around = around.parentNode;
        found.push([getComputedStyle(each).color, getComputedStyle(around).backgroundColor || page]);
      }
      return found.filter((pair) => !pair.includes("none"));
    })()""")
    browser.call("Emulation.setEmulatedMedia", features=[])
    low = {tuple(pair) for pair in pairs if contrast(*pair) < 4.5}
    assert len(pairs) > 60
    assert low == set()
    dark = contrast(pairs[0][1], "rgb(255, 255, 255)") > 4.5
    assert dark == (scheme == "dark")


def contrast(one: str, other: str) -> float:
    """The ratio of luminances, as WCAG 2 defines it."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_paper_gets_all_of_each_graph(browser: Browser, tmp_path: Path) -> None:
    path, data = example(tmp_path, "decay", grad=True)
    browser.open(path)
    for _ in range(8):
        browser.press("+")
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(nodes(browser)) == len(data["nodes"])
    assert browser.evaluate("document.querySelector('.pane svg').hasAttribute('viewBox')")
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not browser.evaluate("document.querySelector('.pane svg').hasAttribute('viewBox')")
    assert browser.faults() == []

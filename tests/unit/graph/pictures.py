"""Pictures of programs, for the tests of what is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dlang
from dlang.driver.drawn import Drawn, Ran, drawn_program, run_drawn
from dlang.graph.draw import draw
from dlang.graph.from_run import from_run
from dlang.graph.model import Node, Picture, Sheet, walk

ROOT = Path(__file__).parent.parent.parent.parent
EXAMPLES = sorted((ROOT / "examples").rglob("*.dl"))

LOOP = """
param speed = 1.5
param drag in 0..inf = 0.2
fn travelled(speed, drag, n: Int) {
  x = 0.0
  v = speed
  for i in 0..n {
    v -= if v > 1 { drag * v^2 } else { drag * v }
    x += v
  }
  x
}
minimize (travelled(speed, drag, 3) - 3)^2
"""


def ran(text: str) -> tuple[Drawn, Ran, Sheet]:
    """A program, its run, and the sheet of it."""
    drawn = drawn_program(dlang.loads(text), "")
    run = run_drawn(drawn)
    return drawn, run, from_run(drawn, run)


def picture(text: str, **options: bool) -> Picture:
    """The picture of a program, called `program`."""
    return draw(dlang.loads(text), "program", **options).picture


def sheets(sheet: Sheet) -> Iterator[Sheet]:
    """A sheet, and those of its boxes."""
    yield sheet
    yield from (node.inside for node in walk(sheet) if node.inside is not None)


def labelled(sheet: Sheet, label: str) -> Node:
    """The one node of a label that is not a port."""
    (found,) = [n for n in walk(sheet) if n.label == label and n.kind.value not in ("in", "out")]
    return found

"""Pictures of fits, whole: as text at three widths and in ASCII, and one as SVG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import dlang
from dlang.fit.pictures import loss, pictures, write_pictures
from dlang.plots.canvas import ASCII, BRAILLE
from dlang.plots.terminal import draw

FOLDER = Path(__file__).parent / "plots"
DECAY = Path(__file__).parent.parent.parent / "examples" / "decay.dl"
PROGRAMS = [DECAY, *sorted(FOLDER.glob("*.dl"))]
each_program = pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)


@pytest.mark.parametrize("form", ["40", "80", "120", "80.ascii", "80.colour"])
@each_program
def test_text(path: Path, form: str, golden: Callable[[Path, str], None]) -> None:
    program = dlang.load(path)
    result = program.fit()
    drawn = [(each.figure, each.residuals) for each in pictures(program, result)] + [(loss(result), None)]
    charset = ASCII if form.endswith("ascii") else BRAILLE
    width, colour = int(form.partition(".")[0]), form.endswith("colour")
    texts = [draw(figure, below, width=width, charset=charset, colour=colour) for figure, below in drawn]
    golden(FOLDER / f"{path.stem}.{form}.txt", "\n\n".join(texts) + "\n")


@each_program
def test_svg(path: Path, golden: Callable[[Path, str], None], tmp_path: Path) -> None:
    program = dlang.load(path)
    write_pictures(program, program.fit(), tmp_path / "fit.svg")
    text = (tmp_path / "fit.svg").read_text(encoding="utf-8")
    name = program.elaborated.span.source.name
    golden(FOLDER / f"{path.stem}.svg", text.replace(f"A fit of {name}", f"A fit of {path.name}"))


def test_every_expectation_has_its_program() -> None:
    assert {path.name.partition(".")[0] for path in FOLDER.iterdir()} == {path.stem for path in PROGRAMS}

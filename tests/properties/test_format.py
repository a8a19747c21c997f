"""The layout of any program keeps its meaning and its comments, is a fixed point, and keeps to the width."""

from __future__ import annotations

import ast as python_ast
import re
from pathlib import Path
from random import Random

import pytest
from any_programs import any_program
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import Program, programs

from dlang.diagnostics import DlangError
from dlang.source import Source
from dlang.syntax import dump, parse
from dlang.syntax.format import WIDTH, format_program

ROOT = Path(__file__).parent.parent.parent
STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*')


def shape(text: str) -> str:
    """The tree without its places."""
    return re.sub(r" \d+:\d+", "", dump(parse(Source("any.dl", text))))


def comments(text: str) -> list[str]:
    return [each.rstrip() for each in STRING_OR_COMMENT.findall(text) if each.startswith("#")]


def code(line: str) -> str:
    """A line without its comment, with strings left empty: what of it could have been broken."""
    return STRING_OR_COMMENT.sub(lambda found: '""' if found[0].startswith('"') else "", line).rstrip()


def check(text: str) -> str:
    """Format a program, and check everything that is true of every layout."""
    out = format_program(Source("any.dl", text))
    assert shape(out) == shape(text)
    assert comments(out) == comments(text)
    assert format_program(Source("any.dl", out)) == out
    assert [line for line in out.split("\n") if len(code(line)) > WIDTH] == []
    assert [line for line in out.split("\n") if line != line.rstrip()] == []
    assert "\t" not in re.sub("#.*", "", out)
    assert "\n\n\n\n" not in out
    assert out == "" or (out[0] != "\n" and out.endswith("\n") and not out.endswith("\n\n"))
    return out


@given(seed=st.integers(0, 2**32), size=st.sampled_from([3, 12, 40, 80]))
@settings(max_examples=200)
def test_any_program(seed: int, size: int) -> None:
    check(any_program(Random(seed), size))


@given(programs())
@settings(max_examples=30)
def test_well_typed_programs(program: Program) -> None:
    check(program.dl)


def programs_of_the_project() -> list[str]:
    """The examples, the programs of the documents, and every string in a test that is a program."""
    found = [path.read_text(encoding="utf-8") for path in ROOT.rglob("*.dl") if ".venv" not in path.parts]
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "dlang").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        found += re.findall(r"^```(?:dl)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    for module in (ROOT / "tests").rglob("*.py"):
        nodes = python_ast.walk(python_ast.parse(module.read_text(encoding="utf-8")))
        found += [n.value for n in nodes if isinstance(n, python_ast.Constant) and isinstance(n.value, str)]
    return sorted(set(found))


@pytest.mark.slow
def test_every_program_of_the_project() -> None:
    formatted = 0
    for text in programs_of_the_project():
        try:
            parse(Source("any.dl", text))
        except DlangError:
            continue
        check(text)
        formatted += 1
    assert formatted > 1000


OURS = sorted([*(ROOT / "examples").rglob("*.dl"), *(ROOT / "dlang" / "library").rglob("*.dl")])


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_what_users_read_of_ours_is_in_the_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_program(Source(path.name, text)) == text

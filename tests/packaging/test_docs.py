"""The documents are true of the checkout: generated pages are fresh, links lead somewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from dlang.cli.app import VERBS, main

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_generated_pages_are_not_stale() -> None:
    for name, text in runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"].items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text(), f"docs/{name} is stale: run `make docs`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def anchors(path: Path) -> set[str]:
    """What a page's headings are called in links, as GitHub makes them."""
    prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_links_to_headings_lead_to_one(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*\.md|)#([^)]*)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if link[1] not in anchors(path.parent / link[0] if link[0] else path)] == []


@pytest.mark.parametrize("marker", ["fit line", "test line"])
def test_the_readme_has_each_line_once(marker: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"<!-- {marker} -->\n```sh\n(.*?)\n```", text, re.DOTALL)
    assert len(blocks) == 1
    assert "\n" not in blocks[0]
    assert blocks[0].startswith("python3 -m venv .venv && ")


def between(name: str, page: str = "README.md") -> str:
    """What a page's fence between two markers holds."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- {name}: begin -->\n```\n(.*?)```\n<!-- {name}: end -->", text, re.DOTALL)
    return str(found)


def test_the_readme_shows_the_example_as_it_is() -> None:
    assert between("examples/decay.dl") == (ROOT / "examples" / "decay.dl").read_text(encoding="utf-8")


def test_the_readme_shows_what_its_fit_line_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but the time, and the counts, which may differ with the machine's arithmetic."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["fit", str(ROOT / "examples" / "decay.dl")]) == 0
    changing = re.compile(r"\d+ iterations, \d+ evaluations, [\d.]+ s$|^converged: .*$", re.MULTILINE)
    printed, shown = capsys.readouterr().out, between("output of the fit line")
    assert changing.sub("…", shown) == changing.sub("…", printed)
    assert len(changing.findall(shown)) == 2


def test_the_page_on_graphs_shows_one_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(ROOT)
    assert main(["graph", "examples/decay.dl"]) == 0
    assert between("graph of examples/decay.dl", "docs/graphs.md") == capsys.readouterr().out


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(folder.glob("[0-9]*.md"))
    wanted = []
    for number, page in enumerate(pages, start=1):
        title = page.read_text(encoding="utf-8").partition("\n")[0]
        assert title.startswith(f"# {number}. ")
        wanted.append(f"{number}. [{title.partition('. ')[2]}]({page.name})")
    assert [line for line in index.splitlines() if line[:1].isdigit()] == wanted


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_option_of_a_verb_is_in_its_reference(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", capsys.readouterr().out, re.MULTILINE))
    assert len(options) >= 4
    reference = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert options - set(re.findall(r"--[\w-]+", reference)) == set()

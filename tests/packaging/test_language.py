"""docs/language.md is true: its programs run and print what it says, and what it calls not supported is not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dlang import driver
from dlang.cli.app import main
from dlang.diagnostics import DlangError
from dlang.source import Source

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")

FILES = dict(re.findall(r"^```(?:dl|csv)\n# ([\w.]+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
"""What programs of the page import and read, by name."""

FENCES = re.findall(r"^```dl\n((?!# \w+\.dl\n).*?)^```$(?:\n\n```text\n(.*?)^```$)?", PAGE, re.DOTALL | re.MULTILINE)
"""Programs, and what they print."""

NOT_SUPPORTED = {
    "jumps out of an expression": "for i in 0..3 { x = 1 + { if i > 1 { break }\n 2 }\n print(x) }",
    "functions made at every call": "fn f(n, g) = if n == 0 { g(1) } else { f(n - 1, fn(x) = g(x) + 1) }\nprint(f(3, sin))",
    "derivatives of the beta's cdf": "param a = 2.0\nminimize cdf(beta(a, 2), 0.5)",
    "derivatives of Student's cdf": "param a = 2.0\nminimize cdf(student_t(a, 0, 1), 0.5)",
}


@pytest.mark.parametrize(("text", "wanted"), FENCES, ids=[text.splitlines()[0] for text, _ in FENCES])
def test_a_program_prints_what_the_page_says(
    text: str, wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "examples" / "decay.csv", tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "page.dl").write_text(text, encoding="utf-8")
    code = main(["run", str(tmp_path / "page.dl")])
    out, err = capsys.readouterr()
    if wanted.startswith("error["):
        assert (code, err.splitlines()[0]) == (1, wanted.strip())
    else:
        assert (code, out, err) == (0, wanted, "")


def test_every_program_of_the_page_says_what_it_prints() -> None:
    assert len(FENCES) + sum(name.endswith(".dl") for name in FILES) == PAGE.count("```dl\n")
    assert [text for text, wanted in FENCES if not wanted] == []


def test_every_file_of_the_page_is_read_by_a_program_of_it() -> None:
    assert [name for name in FILES if not any(f'"{name}"' in text for text, _ in FENCES)] == []


@pytest.mark.parametrize("what", NOT_SUPPORTED)
def test_what_is_not_supported_yet_is_said_so(what: str) -> None:
    text = Source("page.dl", NOT_SUPPORTED[what] + "\n")
    with pytest.raises(DlangError) as caught:
        driver.load(text, folder=ROOT / "examples").gradient()
    assert {each.code for each in caught.value.diagnostics} <= {"E0401", "E0202", "E0203"}
    assert "E0401" in {each.code for each in caught.value.diagnostics}

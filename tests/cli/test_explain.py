from __future__ import annotations

import json

import pytest

from dlang.cli.app import main
from dlang.diagnostics import pages


def test_alone_it_lists_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert [code for code in pages.codes() if f"  {code}  {pages.title(code)}\n" not in out] == []


@pytest.mark.parametrize("word", ["E0701", "e0701"])
def test_a_page_without_its_markdown(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 0
    out = capsys.readouterr().out
    assert out.startswith("E0701: unknown verb\n")
    assert "```" not in out
    assert "\n    difftool fit decay.dl\n" in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "E0701", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["schema"] == "difftool.explain/1"
    assert record["page"] == pages.page("E0701")
    assert main(["explain", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [each["code"] for each in record["codes"]] == list(pages.codes())


@pytest.mark.parametrize("word", ["E9999", "../E0701", "E0701.md", ""])
def test_an_unknown_code(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 2
    assert "error[E0710]" in capsys.readouterr().err


def test_a_module_of_the_library_and_one_of_its_functions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "stats"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("stats\n\nDescriptive statistics of samples")
    assert "\n`stats.quantile(x: [n], q)`\n\nThe value below which" in out
    assert main(["explain", "stats.silverman", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["code"], record["title"]) == (None, "stats.silverman")
    assert record["page"].startswith("### `stats.silverman(x: [n]) -> Real`\n\nSilverman's bandwidth")


def test_a_built_in_and_a_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "clamp"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("`clamp(x, lo, hi)`\n")
    assert "clamp([-1, 0.5, 2], 0, 1)" in out
    assert main(["explain", "normal", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["code"], record["title"]) == (None, "normal")
    assert record["page"].startswith("### `normal(mu, sigma)`\n\nNormal, by standard deviation.")


@pytest.mark.parametrize(
    ("word", "mend"),
    [("stat", "`stats`"), ("e02101", "`E0211`"), ("stats.quantil", "`stats.quantile`"), ("sofmax", "`softmax`")],
)
def test_a_misspelt_word_is_told_what_is_like_it(word: str, mend: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 2
    err = capsys.readouterr().err
    assert "error[E0710]" in err
    assert f"did you mean {mend}?" in err

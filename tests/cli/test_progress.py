from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from dlang.cli.progress import observing


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with observing(None, quiet=False) as observe:
        observe(1, 0.5)
        assert "step 1  objective 0.5" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")
    assert "\n" not in stream.getvalue()


@pytest.fixture(autouse=True)
def able_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("stream", "quiet", "term"),
    [(io.StringIO(), False, "xterm"), (Terminal(), True, "xterm"), (Terminal(), False, "dumb")],
    ids=["no terminal", "quiet", "a terminal that cannot rewrite a line"],
)
def test_nobody_watches_means_no_observer(
    stream: io.StringIO, quiet: bool, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", term)
    with observing(None, quiet=quiet) as observe:
        assert observe is None
    assert stream.getvalue() == ""


def test_the_log_is_written_on_a_dumb_terminal_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "dumb")
    with observing(tmp_path / "fit.jsonl", quiet=False) as observe:
        observe(1, 0.5)
    assert (tmp_path / "fit.jsonl").read_text() != ""
    assert stream.getvalue() == ""


def test_the_log_has_a_line_of_json_a_step(tmp_path: Path) -> None:
    with observing(tmp_path / "fit.jsonl", quiet=True) as observe:
        observe(1, 0.5)
        observe(2, float("inf"))
    records = [json.loads(line) for line in (tmp_path / "fit.jsonl").read_text().splitlines()]
    assert [(each["iteration"], each["objective"]) for each in records] == [(1, 0.5), (2, "inf")]

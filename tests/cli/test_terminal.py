from __future__ import annotations

import io
from typing import Any

import pytest

from dlang.cli.terminal import colours, takes_text, width


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_terminal_is_coloured_and_a_file_is_not() -> None:
    assert colours(Terminal())
    assert not colours(io.StringIO())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_can_forbid_it(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert not colours(Terminal())
    assert colours(Terminal(), "always")


def test_an_empty_no_color_forbids_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert colours(Terminal())


def test_the_option_decides() -> None:
    assert colours(io.StringIO(), "always")
    assert not colours(Terminal(), "never")


@pytest.mark.parametrize(("value", "cells"), [("72", 72), ("0", None), ("wide", None), ("", None)])
def test_columns_gives_the_width(value: str, cells: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", value)
    assert width(io.StringIO()) == cells


class Stream(io.StringIO):
    """A stream of some encoding."""

    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding

    @property
    def encoding(self) -> Any:
        return self._encoding


@pytest.mark.parametrize(
    ("encoding", "environment", "expected"),
    [
        ("utf-8", {}, True),
        ("utf-8", {"LANG": "de_DE.UTF-8"}, True),
        ("utf-8", {"LC_CTYPE": "C.UTF-8"}, True),
        ("utf-8", {"LANG": "C", "PYTHONIOENCODING": "utf-8"}, True),
        ("ascii", {}, False),
        ("latin-1", {"LANG": "de_DE.UTF-8"}, False),
        ("no-such-encoding", {}, False),
        (None, {}, False),
        ("utf-8", {"TERM": "dumb"}, False),
        ("utf-8", {"LANG": "C"}, False),
        ("utf-8", {"LC_ALL": "POSIX"}, False),
        ("utf-8", {"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ("utf-8", {"LANG": "C", "LC_ALL": "en_GB.UTF-8"}, True),
    ],
)
def test_characters_go_where_they_can_be_shown(
    encoding: str | None, environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANG", "LC_ALL", "LC_CTYPE", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert takes_text(Stream(encoding), "\u28ff") is expected
    assert takes_text(Stream(encoding), "plain") is (encoding not in ("no-such-encoding",))

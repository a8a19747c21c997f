from __future__ import annotations

import io

import pytest

from dlang.cli.terminal import colours, width


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

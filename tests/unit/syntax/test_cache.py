"""The cache of tables: private, whole or not at all, and never needed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlang import cache
from dlang.syntax import load


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache home of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load.tables.cache_clear()
    yield tmp_path
    load.tables.cache_clear()


def test_what_is_stored_is_loaded() -> None:
    cache.store("name", {"a": [1, None, "ä"]})
    assert cache.load("name") == {"a": [1, None, "ä"]}
    assert cache.load("other") is None


def test_the_folder_and_the_file_are_the_users_own(home: Path) -> None:
    cache.store("name", 1)
    folder = home / "difftool"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()] == [("name.json", 0o600)]


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_to_is_left_alone(home: Path, mode: int) -> None:
    cache.store("name", 1)
    (home / "difftool").chmod(mode)
    assert cache.folder() is None
    assert cache.load("name") is None
    cache.store("more", 1)
    assert not (home / "difftool" / "more.json").exists()


def test_a_folder_of_another_user_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store("name", 1)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert cache.load("name") is None


def test_a_relative_cache_home_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache.folder() == str(tmp_path / "home" / ".cache" / "difftool")


@pytest.mark.parametrize("damage", [b"", b"[1", b"3 00000000\n[1]", b"not\njson"])
def test_a_damaged_file_is_not_loaded(home: Path, damage: bytes) -> None:
    cache.store("name", [1])
    (home / "difftool" / "name.json").write_bytes(damage)
    assert cache.load("name") is None


def test_nothing_fails_where_nothing_can_be_written(home: Path) -> None:
    (home / "difftool").write_text("a file")
    cache.store("name", 1)
    assert cache.load("name") is None
    assert load.tables().rules


def test_tables_are_compiled_once_and_then_loaded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = load.tables()
    load.tables.cache_clear()
    monkeypatch.setattr(load, "compile_grammar", lambda text: pytest.fail("compiled again"))
    assert load.tables() == fresh


@pytest.mark.parametrize("stored", [{}, [], {"terminals": 3}, None, 7, "text"])
def test_stale_or_damaged_tables_are_made_anew(home: Path, stored: object) -> None:
    fresh = load.tables()
    load.tables.cache_clear()
    [path] = (home / "difftool").iterdir()
    cache.store(path.stem, stored)
    assert load.tables() == fresh
    assert cache.load(path.stem) not in ({}, [], None)


def test_lark_is_not_imported_when_the_cache_is_there() -> None:
    code = "import sys, dlang.syntax as s; from dlang.source import Source; s.parse(Source('x', 'x = 1'))"
    for check in ("", "; sys.exit('lark' in sys.modules or 'numpy' in sys.modules or 'pathlib' in sys.modules)"):
        subprocess.run([sys.executable, "-c", code + check], check=True)

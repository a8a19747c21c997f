"""Writes the pages of docs/ that are made from the code: `make docs`. A test fails when one is stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from dlang.diagnostics import pages

PAGES: Mapping[str, Callable[[], str]] = {"errors.md": pages.index}


def main() -> None:
    """Write every generated page beside this file."""
    for name, text in PAGES.items():
        (Path(__file__).parent / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()

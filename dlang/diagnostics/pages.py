"""The pages of `difftool explain`: one Markdown file a code, beside this module."""

from __future__ import annotations

from pathlib import Path

from dlang.diagnostics.catalogue import FAMILIES

__all__ = ["codes", "index", "page", "title"]

_FOLDER = Path(__file__).parent / "explain"


def codes() -> tuple[str, ...]:
    """Every code that has a page, in order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.md")))


def page(code: str) -> str:
    """The page of a code, as Markdown.

    Raises:
        KeyError: the code has no page.
    """
    # The code is compared with names that exist, never made into a path: it may come from a command line.
    if code not in codes():
        raise KeyError(code)
    return (_FOLDER / f"{code}.md").read_text(encoding="utf-8")


def title(code: str) -> str:
    """What stands behind the code in the heading of its page: `unknown name`."""
    heading = page(code).split("\n", 1)[0]
    return heading.removeprefix("# ").removeprefix(f"{code}:").strip()


def index() -> str:
    """`docs/errors.md`: every code with its title, by subject."""
    lines = [
        "# Error codes",
        "",
        "`difftool explain CODE` shows the page of a code: why it happens, a program that has it, and the mend.",
        "Codes are stable. This page is written by `make docs`.",
    ]
    known = codes()
    for family in FAMILIES:
        rows = [code for code in known if code[1:3] == family.digits]
        if rows:
            lines += ["", f"## {family.subject}", "", "| code | meaning |", "| --- | --- |"]
            lines += [f"| [{code}](../dlang/diagnostics/explain/{code}.md) | {title(code)} |" for code in rows]
    return "\n".join(lines) + "\n"

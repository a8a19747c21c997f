"""The colours of what is typed: the project's own patterns, as prompt_toolkit's classes of style."""

from __future__ import annotations

import re
from functools import cache

from dlang.driver.load import NAMES
from dlang.syntax.highlighting import ESCAPE, patterns

__all__ = ["STYLE", "pieces"]

STYLE = {
    "prompt": "bold",
    "more": "ansibrightblack",
    "comment": "ansibrightblack",
    "string": "ansigreen",
    "declaration": "bold ansimagenta",
    "control": "bold ansimagenta",
    "word-operator": "bold ansimagenta",
    "function": "bold",
    "builtin": "ansicyan",
    "constant": "ansicyan",
    "type": "ansicyan",
    "command": "bold ansiblue",
}
"""Colours of the terminal's own palette, which its owner can read, on light and on dark."""


@cache
def _pattern() -> re.Pattern[str]:
    kinds = [(kind.replace(" ", "_"), pattern) for kind, pattern in patterns(NAMES)]
    named: list[str] = [r"(?P<space>\s+)", rf'(?P<string>"(?:{ESCAPE}|[^"\\\n]|\\.)*"?)']
    seen: dict[str, int] = {}
    for kind, pattern in kinds:
        seen[kind] = seen.get(kind, 0) + 1
        named.append(f"(?P<{kind}__{seen[kind]}>{pattern})")
    return re.compile("|".join([*named, r"(?P<other>.)"]))


def pieces(line: str) -> list[tuple[str, str]]:
    """A line as pairs of a style and a text."""
    out: list[tuple[str, str]] = []
    at = 0
    command = re.match(r"\s*:\S*", line)
    if command is not None:
        out.append(("class:command", command[0]))
        at = command.end()
    while at < len(line):
        found = _pattern().match(line, at)
        if found is None or found.end() == at:
            out.append(("", line[at]))
            at += 1
            continue
        kind = (found.lastgroup or "").partition("__")[0].replace("_", "-")
        out.append((f"class:{kind}" if kind in STYLE else "", found[0]))
        at = found.end()
    return out

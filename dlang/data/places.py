"""Where things stand in a JSON text: asked only when something is wrong there, and then in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from dlang.records import record
from dlang.trees import written as step

__all__ = ["Path", "Place", "depth", "normal", "places", "written"]

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a value: `("rows", 3, "y")`."""

_STRING = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(rf'{_STRING}|[\[\]{{}},:]|[^\s\[\]{{}},:"]+')


@record
class Place:
    """A value: its path, the piece `[start, end)` of the text that it is, and that of its key in an object."""

    path: Path
    start: int
    end: int
    key: tuple[int, int] | None


def normal(name: str) -> str:
    """A name in Unicode's NFC, in which the language compares names."""
    from unicodedata import normalize

    return name if name.isascii() else normalize("NFC", name)


def written(path: Path) -> str:
    """A path as a program would write it: `rows[3].y`, `["any name"][0]`."""
    return "".join(map(step, path)).removeprefix(".")


def depth(text: str) -> int:
    """How deep the brackets of a text nest, those in strings aside."""
    bare = re.sub(_STRING, "", text) if '"' in text else text
    # In ASCII, `[` and `{` differ in one bit, and so do `]` and `}`.
    characters = np.frombuffer(bare.encode("ascii", "replace"), np.uint8) & 0xDF
    brackets = characters[(characters == ord("[")) | (characters == ord("]"))]
    return int(np.cumsum(np.where(brackets == ord("["), 1, -1)).max(initial=0))


def places(text: str) -> Iterator[Place]:
    """Every value of a text that is JSON, each behind those within it."""
    from json import loads

    # One entry an open bracket: where it began, the step to the value that is next in it, and that step's own place.
    stack: list[tuple[int, Any, tuple[int, int] | None]] = []
    key: tuple[str, tuple[int, int]] | None = None
    last = ""
    for token in _TOKEN.finditer(text):
        word, (start, end) = token.group(), token.span()
        if word in "[{":
            stack.append((start, 0 if word == "[" else None, None))
        elif word in "]}":
            start = stack.pop()[0]
            yield _place(stack, start, end)
        elif word == ":":
            assert key is not None, "the text is JSON"
            stack[-1] = (stack[-1][0], *key)
        elif word == ",":
            opened, step, at = stack[-1]
            stack[-1] = (opened, step + 1 if isinstance(step, int) else None, at)
        elif stack and stack[-1][1] is None and last in "{,":
            key = normal(loads(word)), (start, end)
        else:
            yield _place(stack, start, end)
        last = word


def _place(stack: list[tuple[int, Any, tuple[int, int] | None]], start: int, end: int) -> Place:
    return Place(tuple(step for _, step, _ in stack), start, end, stack[-1][2] if stack else None)

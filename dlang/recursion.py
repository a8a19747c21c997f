"""Room for functions that call themselves over trees and nested blocks.

Nesting is bounded by the parser, and each level takes some frames, so the depth is bounded too, above Python's own
limit. Frames of Python functions take no C stack (since CPython 3.11).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["CALLS", "deep_recursion"]

CALLS = 10_000
"""Functions of a program nest no deeper than this while running."""

FRAMES = 40_000


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Raise Python's limit of nested calls for the block."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)

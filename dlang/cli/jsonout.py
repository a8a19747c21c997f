"""JSON output: one object, always valid, numbers that read back to the same double."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from dlang.values import plain

__all__ = ["dumps", "write"]


def write(verb: str, fields: Mapping[str, Any]) -> None:
    """Write a verb's object to standard output, headed by its schema `difftool.VERB/1`."""
    sys.stdout.write(dumps({"schema": f"difftool.{verb}/1", **fields}) + "\n")


def dumps(value: Any) -> str:
    """JSON text, on one line, in ASCII so that every terminal and locale takes it."""
    from json import dumps as to_text

    return to_text(plain(value), allow_nan=False)

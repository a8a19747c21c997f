"""JSON output: one object, always valid, numbers that read back to the same double."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["dumps", "plain", "write"]


def write(verb: str, fields: Mapping[str, Any]) -> None:
    """Write a verb's object to standard output, headed by its schema `difftool.VERB/1`."""
    sys.stdout.write(dumps({"schema": f"difftool.{verb}/1", **fields}) + "\n")


def dumps(value: Any) -> str:
    """JSON text, on one line, in ASCII so that every terminal and locale takes it."""
    from json import dumps as to_text

    return to_text(plain(value), allow_nan=False)


def plain(value: Any) -> Any:
    """A value as JSON has it.

    Arrays and tuples become lists, records objects; NaN and the infinities the strings `nan`,
    `inf` and `-inf`. Floats stay floats: Python prints the shortest text that reads back to them.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        number = float(value)
        if number != number:
            return "nan"
        return number if number - number == 0 else ("inf" if number > 0 else "-inf")
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if hasattr(value, "tolist"):  # a NumPy array or scalar, without importing NumPy to ask
        return plain(value.tolist())
    return [plain(each) for each in value]

"""How values print, and what they are in JSON.

3    2.0    1e-300    inf    true    [1.0, 2.0]    [[1, 2], [3, 4]]    (1, 2.0)    (1,)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["format_value", "plain"]


def format_value(value: Any) -> str:
    """A value as `print` shows it.

    A Real is the shortest text that reads back to it, an array stands in brackets, a tuple in parentheses, a String
    is bare. Takes Python and NumPy scalars, NumPy arrays, tuples, strings, and records as mappings.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        inside = ", ".join(map(format_value, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {format_value(item)}" for key, item in value.items()) + "}"
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return f"[{', '.join(map(format_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _real(float(value))


def _real(value: float) -> str:
    # Python's repr is the shortest that reads back; it writes 1e+16 where the language's readers expect 1e16
    return repr(value).replace("e+", "e")


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

"""Values written on the command line, as literals of the language."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from dlang.diagnostics import DlangError, usage
from dlang.source import Source
from dlang.syntax import ast
from dlang.syntax.parse import parse_expression

__all__ = ["datum", "literal_value"]


def literal_value(text: str, option: str) -> Any:
    """A number, `inf`, `pi`, a Bool, or nested lists, tuples or records (dicts) of them, as the language writes them.

    Raises:
        DlangError: E0703, if the text is nothing of the kind.
    """
    try:
        return _literal(parse_expression(Source(option, text)))
    except (DlangError, ValueError):
        raise DlangError(usage.bad_option_value(option, text, "a number or an array such as `[1, 2]`")) from None


def datum(text: str, option: str) -> Any:
    """The value of `--data NAME=TEXT`: a literal of the language, or else the path of a file.

    What stands in brackets, and names no file, is meant as a literal.

    Raises:
        DlangError: E0703, for brackets that hold something else.
    """
    if text[:1].isdigit() or text[:1] in ("-", "+", ".", "[", "(", "{") or text in ("true", "false", *_CONSTANTS):
        try:
            return literal_value(text, option)
        except DlangError:
            if text[:1] in "[({" and not _exists(text):
                raise
    return Path(text)


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


_CONSTANTS = {"inf": math.inf, "nan": math.nan, "pi": math.pi}


def _literal(node: ast.Expr) -> Any:
    match node:
        case ast.Number() | ast.Boolean():
            return node.value
        case ast.Name() if node.text in _CONSTANTS:
            return _CONSTANTS[node.text]
        case ast.Unary(operator="-" | "+"):
            value = _literal(node.operand)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ValueError
            return -value if node.operator == "-" else value
        case ast.ArrayLiteral():
            return [_literal(item) for item in node.items]
        case ast.TupleLiteral():
            return tuple(_literal(item) for item in node.items)
        case ast.RecordLiteral():
            return {_key(field): _literal(field.value) for field in node.fields}
        case _:
            raise ValueError


def _key(field: ast.RecordField) -> str:
    if field.name is None:  # `...r`: there is nothing here that it could copy
        raise ValueError
    return field.name

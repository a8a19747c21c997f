"""Values written on the command line, as literals of the language."""

from __future__ import annotations

import math
from typing import Any

from dlang.diagnostics import DlangError, usage
from dlang.source import Source
from dlang.syntax import ast
from dlang.syntax.parse import parse_expression

__all__ = ["literal_value"]


def literal_value(text: str, option: str) -> Any:
    """A number, `inf`, `pi`, a Bool, or nested lists of them, as the language writes them.

    Raises:
        DlangError: E0703, if the text is nothing of the kind.
    """
    fault = DlangError(usage.bad_option_value(option, text, "a number or an array such as `[1, 2]`"))
    try:
        return _literal(parse_expression(Source(option, text)))
    except (DlangError, ValueError):
        raise fault from None


def _literal(node: ast.Expr) -> Any:
    constants = {"inf": math.inf, "nan": math.nan, "pi": math.pi}
    match node:
        case ast.Number() | ast.Boolean():
            return node.value
        case ast.Name() if node.text in constants:
            return constants[node.text]
        case ast.Unary(operator="-" | "+"):
            value = _literal(node.operand)
            if isinstance(value, (bool, list)):
                raise ValueError
            return -value if node.operator == "-" else value
        case ast.ArrayLiteral():
            return [_literal(item) for item in node.items]
        case _:
            raise ValueError

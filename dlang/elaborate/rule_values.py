"""What the text of a derivative rule says of its value, before any call has types for it.

Only what is wrong for all arguments is told: a String or a Bool where a number belongs, a tuple of the wrong length, a
tuple in place of a number or a number in place of a tuple.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlang.diagnostics import derivatives as faults
from dlang.diagnostics.core import Diagnostic
from dlang.elaborate.values import Func
from dlang.syntax import ast

__all__ = ["misfit"]

_NUMBER, _BOOL, _STRING = "a number", "a Bool", "a String"
_LIKE = "numbers of its shape"


def misfit(func: Func, stmt: ast.RuleDef) -> Diagnostic | None:
    """E1013, if no arguments could make a rule's value fit its function."""
    own = {_kind(end) for end in _ends(func.body)}
    value = own.pop() if len(own) == 1 else None
    found = (_of_tangent if stmt.kind == "jvp" else _of_cotangents)(func, stmt, value)
    return next(found, None)


def _of_tangent(func: Func, stmt: ast.RuleDef, value: str | None) -> Iterator[Diagnostic]:
    """The tangent of the value must be of its kind; `value` is that, if it is known."""
    for end in _ends(stmt.body):
        kind = _kind(end)
        if kind in (_BOOL, _STRING) or (None not in (kind, value) and kind != value):
            like = _LIKE if value in (None, _BOOL, _STRING) else str(value)
            yield faults.rule_result_misfit(end.span, func.name, "the tangent of its value", like, str(kind))


def _of_cotangents(func: Func, stmt: ast.RuleDef, value: str | None) -> Iterator[Diagnostic]:
    """There must be a cotangent for each argument; that of the value is of its kind, `value`, if it is known."""
    names, seed = [p.name.text for p in func.parameters], stmt.seeds[0].text
    count = len(names)
    is_expression = len(stmt.body.statements) == 1  # else the seed may be bound anew
    for end in _ends(stmt.body):
        is_seed = is_expression and isinstance(end, ast.Name) and end.text == seed
        kind = value if is_seed else _kind(end)
        if count != 1 and kind is not None and kind != _tuple_of(count):
            what, expected = "the cotangents of the arguments", _tuple_of(count)
            yield faults.rule_result_misfit(end.span, func.name, what, expected, kind)
            continue
        parts = end.items if isinstance(end, ast.TupleLiteral) and count != 1 else (end,)
        for name, part in zip(names, parts, strict=False):
            of = _kind(part)
            if of in (_BOOL, _STRING):
                what = f"the cotangent of `{name}`"
                yield faults.rule_result_misfit(part.span, func.name, what, _LIKE, of)


def _ends(body: ast.Expr) -> Iterator[ast.Expr]:
    """The expressions that a value is one of, as far as they are plain to see."""
    waiting = [body]
    while waiting:
        expr = waiting.pop()
        match expr:
            case ast.Block(statements=(*_, ast.ExprStatement(value=last))):
                waiting.append(last)
            case ast.Block():
                pass
            case ast.If():
                waiting += [branch for branch in (expr.orelse, expr.then) if branch is not None]
            case _:
                yield expr


def _tuple_of(count: int) -> str:
    return f"a tuple of {count}"


def _kind(expr: ast.Expr) -> str | None:
    """What an expression gives whatever its names are, or None."""
    match expr:
        case ast.Text():
            return _STRING
        case ast.Boolean() | ast.Compare() | ast.Unary(operator="not"):
            return _BOOL
        case ast.Chain(rest=((("and" | "or"), _), *_)):
            return _BOOL
        case ast.Number() | ast.Unary() | ast.Chain() | ast.Power() | ast.ArrayLiteral() | ast.Comprehension():
            return _NUMBER
        case ast.TupleLiteral(items=items):
            return _tuple_of(len(items))
        case _:
            return None

"""From the grammar's shapes to the tree: one action for each `-> word` and each rule that builds.

An action gets the reporter (what is grammatical may still be wrong), the span, and the parts that the grammar
keeps, in order: nodes for rules, tokens for terminals in capitals, None for an optional part that is absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, cast

from dlang.diagnostics import syntax as catalogue
from dlang.diagnostics.core import Reporter
from dlang.source import Span
from dlang.syntax import ast
from dlang.syntax.text import literal_text
from dlang.syntax.tokens import Token

__all__ = ["ACTIONS", "NESTING", "Action"]

Action: TypeAlias = Callable[..., Any]
_Parameters: TypeAlias = tuple[ast.Parameter, ...]


def _node(kind: type[Any]) -> Action:
    """The action of a shape whose parts are the node's fields, one by one."""
    return lambda report, span, *parts: kind(span, *parts)


def _listed(kind: type[Any]) -> Action:
    """The action of a shape whose parts are the members of the node's one field."""
    return lambda report, span, *parts: kind(span, parts)


def _headed(kind: type[Any]) -> Action:
    """The action of a shape whose first part is the node's first field, and the rest its second."""
    return lambda report, span, first, *rest: kind(span, first, rest)


def _operators(kind: type[Any]) -> Action:
    """The action of operands with operators between them."""

    def build(report: Reporter, span: Span, first: ast.Expr, *rest: Any) -> Any:
        return kind(span, first, tuple((rest[i].text, rest[i + 1]) for i in range(0, len(rest), 2)))

    return build


def _members(report: Reporter, span: Span, *members: Any) -> tuple[Any, ...]:
    return members


def _only(report: Reporter, span: Span, member: Any) -> Any:
    return member


# Names and literals


def _name(report: Reporter, span: Span, token: Token) -> ast.Name:
    text = token.text
    if not text.isascii():
        from unicodedata import normalize

        text = normalize("NFC", text)
    return ast.Name(span, text)


def _text(report: Reporter, span: Span, token: Token) -> ast.Text:
    return ast.Text(span, literal_text(span, token.text, report))


_MAX_INT = 2**63 - 1
_MAX_DIGITS = len(str(_MAX_INT))


def _number(report: Reporter, span: Span, token: Token) -> ast.Number:
    digits = token.text.replace("_", "")
    if token.kind == "REAL":
        return ast.Number(span, float(digits))
    digits = digits.lstrip("0") or "0"
    if len(digits) > _MAX_DIGITS or int(digits) > _MAX_INT:
        report(catalogue.integer_too_large(span))
        return ast.Number(span, _MAX_INT)
    return ast.Number(span, int(digits))


def _true(report: Reporter, span: Span) -> ast.Boolean:
    return ast.Boolean(span, True)


def _false(report: Reporter, span: Span) -> ast.Boolean:
    return ast.Boolean(span, False)


def _entry(report: Reporter, span: Span, key: ast.Name | ast.Text, value: ast.Expr) -> ast.RecordField:
    return ast.RecordField(span, key.text if isinstance(key, ast.Name) else key.value, value)


def _spread(report: Reporter, span: Span, value: ast.Expr) -> ast.RecordField:
    return ast.RecordField(span, None, value)


# Operators, and what stands behind an expression


def _unary(report: Reporter, span: Span, operator: Token, operand: ast.Expr) -> ast.Unary:
    return ast.Unary(span, cast(Literal["-", "+", "not"], operator.text), operand)


def _range(
    report: Reporter, span: Span, start: ast.Expr, dots: Token, stop: ast.Expr, step: ast.Expr | None = None
) -> ast.Range:
    return ast.Range(span, start, stop, dots.text == "..=", step)


def _call(report: Reporter, span: Span, callee: ast.Expr, *arguments: ast.Argument) -> ast.Call:
    named: ast.Argument | None = None
    for argument in arguments:
        if argument.name is not None:
            named = argument
        elif named is not None:
            report(catalogue.positional_after_named(argument.span, named.span))
            break
    return ast.Call(span, callee, arguments)


def _positional_argument(report: Reporter, span: Span, value: ast.Expr) -> ast.Argument:
    return ast.Argument(span, None, value)


def _slice(
    report: Reporter, span: Span, start: ast.Expr | None, stop: ast.Expr | None, step: ast.Expr | None = None
) -> ast.Slice:
    return ast.Slice(span, start, stop, step)


def _prime(report: Reporter, span: Span, target: ast.Expr) -> ast.Prime:
    if isinstance(target, ast.Prime):
        return ast.Prime(span, target.target, target.order + 1)
    return ast.Prime(span, target, 1)


# Functions and blocks


def _expression_body(report: Reporter, span: Span, value: ast.Expr) -> ast.Block:
    return ast.Block(value.span, (ast.ExprStatement(value.span, value),))


def _scalar_annotation(report: Reporter, span: Span, dtype: ast.Name) -> ast.Annotation:
    return ast.Annotation(span, dtype.text, None)


def _array_annotation(report: Reporter, span: Span, *parts: Any) -> ast.Annotation:
    *dims, dtype = parts
    return ast.Annotation(span, "Real" if dtype is None else dtype.text, tuple(dims))


def _short_lambda(report: Reporter, span: Span, parameters: _Parameters | None, value: ast.Expr) -> ast.Lambda:
    return ast.Lambda(span, parameters or (), _expression_body(report, span, value))


def _block_lambda(report: Reporter, span: Span, parameters: _Parameters | None, body: ast.Block) -> ast.Lambda:
    return ast.Lambda(span, parameters or (), body)


def _else_if(report: Reporter, span: Span, conditional: ast.If) -> ast.Block:
    return ast.Block(span, (ast.ExprStatement(span, conditional),))


def _function(
    report: Reporter,
    span: Span,
    name: ast.Name,
    parameters: _Parameters | None,
    result: ast.Annotation | None,
    body: ast.Block,
) -> ast.FunctionDef:
    return ast.FunctionDef(span, name, parameters or (), result, body)


def _derivative_rule(
    report: Reporter,
    span: Span,
    kind: Token,
    name: ast.Name,
    parameters: _Parameters | None,
    seeds: tuple[ast.Name, ...],
    body: ast.Block,
) -> ast.RuleDef:
    return ast.RuleDef(span, cast(Literal["jvp", "vjp"], kind.text), name, parameters or (), seeds, body)


# Statements


def _assign(report: Reporter, span: Span, target: ast.Expr, value: ast.Expr) -> ast.Assign:
    _check_target(report, target, allow_tuple=True)
    return ast.Assign(span, target, "=", value)


def _compound_assign(report: Reporter, span: Span, target: ast.Expr, operator: Token, value: ast.Expr) -> ast.Assign:
    _check_target(report, target, allow_tuple=False)
    return ast.Assign(span, target, operator.text, value)


_NOT_ASSIGNABLE: dict[type[Any], tuple[str, str]] = {
    ast.Call: ("the result of a call", "a function is defined with `fn f(x) = …`"),
    ast.Compare: ("a comparison", "equality is written `==`"),
    ast.Boolean: ("a constant", "choose another name"),
    ast.Number: ("a number", "names stand on the left: `x = 1`"),
    ast.ArrayLiteral: ("an array", "unpack into a tuple: `(a, b) = …`"),
    ast.TupleLiteral: ("this tuple", "a compound assignment takes one name, element or field"),
}


def _check_target(report: Reporter, target: ast.Expr, *, allow_tuple: bool) -> None:
    """Report what is no name, chain of elements and fields on a name, or tuple of them."""
    pending = [target]
    while pending:
        root = pending.pop()
        if allow_tuple and isinstance(root, ast.TupleLiteral) and root.items:
            pending += root.items
            continue
        while isinstance(root, ast.Index | ast.Field):
            root = root.target
        if not isinstance(root, ast.Name):
            what, mend = _NOT_ASSIGNABLE.get(type(root), ("this expression", "assign to a name first"))
            report(catalogue.not_assignable(root.span, what, mend))


def _import_library(report: Reporter, span: Span, module: ast.Name, alias: ast.Name | None) -> ast.Import:
    return ast.Import(span, module, None, alias)


def _import_file(report: Reporter, span: Span, path: ast.Text, alias: ast.Name | None) -> ast.Import:
    return ast.Import(span, None, path, alias)


def _param(
    report: Reporter,
    span: Span,
    name: ast.Name,
    bounds: ast.Expr | None,
    start: ast.Expr,
    fixed: Token | None,
) -> ast.ParamDecl:
    return ast.ParamDecl(span, name, bounds, start, fixed is not None)


def _data_file(report: Reporter, span: Span, *parts: Any) -> ast.DataDecl:
    *names, path, table = parts
    return ast.DataDecl(span, tuple(names), path, table is not None, None)


def _data_value(report: Reporter, span: Span, name: ast.Name, value: ast.Expr) -> ast.DataDecl:
    return ast.DataDecl(span, (name,), None, False, value)


def _objective(report: Reporter, span: Span, kind: Token, value: ast.Expr) -> ast.Objective:
    return ast.Objective(span, cast(Literal["minimize", "maximize"], kind.text), value)


ACTIONS: dict[str, Action] = {
    "array": _listed(ast.ArrayLiteral),
    "array_annotation": _array_annotation,
    "assertion": _node(ast.Assert),
    "assign": _assign,
    "block": _listed(ast.Block),
    "block_lambda": _block_lambda,
    "bounds": _range,
    "break_statement": _node(ast.Break),
    "call": _call,
    "comparison": _operators(ast.Compare),
    "compound_assign": _compound_assign,
    "comprehension": _node(ast.Comprehension),
    "conditional": _node(ast.If),
    "conjunction": _operators(ast.Chain),
    "continue_statement": _node(ast.Continue),
    "data_file": _data_file,
    "data_value": _data_value,
    "derivative_rule": _derivative_rule,
    "disjunction": _operators(ast.Chain),
    "else_if": _else_if,
    "entry": _entry,
    "expression": _only,
    "expression_body": _expression_body,
    "expression_statement": _node(ast.ExprStatement),
    "false": _false,
    "field": _node(ast.Field),
    "for_loop": _node(ast.For),
    "function": _function,
    "import_file": _import_file,
    "import_library": _import_library,
    "index": _headed(ast.Index),
    "name": _name,
    "named_argument": _node(ast.Argument),
    "names": _members,
    "negation": _unary,
    "number": _number,
    "objective": _objective,
    "param": _param,
    "parameter": _node(ast.Parameter),
    "parameters": _members,
    "pipe": _headed(ast.Pipe),
    "positional_argument": _positional_argument,
    "power": _node(ast.Power),
    "prime": _prime,
    "product": _operators(ast.Chain),
    "program": _listed(ast.Program),
    "range": _range,
    "record": _listed(ast.RecordLiteral),
    "report": _node(ast.Report),
    "return_statement": _node(ast.Return),
    "scalar_annotation": _scalar_annotation,
    "short_lambda": _short_lambda,
    "slice": _slice,
    "spread": _spread,
    "sum": _operators(ast.Chain),
    "text": _text,
    "tilde": _node(ast.Tilde),
    "true": _true,
    "tuple": _listed(ast.TupleLiteral),
    "tuple_pattern": _listed(ast.TupleLiteral),
    "unary": _unary,
    "while_loop": _node(ast.While),
}
"""What builds each shape of the grammar, by its name there."""

NESTING = frozenset(
    (
        *("array", "block_lambda", "call", "comparison", "comprehension", "conditional", "conjunction"),
        *("disjunction", "field", "for_loop", "function", "index", "negation", "pipe", "power", "prime"),
        *("product", "range", "record", "short_lambda", "sum", "tuple", "tuple_pattern", "unary", "while_loop"),
    )
)
"""Shapes that count towards the depth of a program."""

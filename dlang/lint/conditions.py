"""Conditions whose answer stands in the text: numbers compared with numbers, names that are bound once to one."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from dlang.diagnostics import Diagnostic, names
from dlang.elaborate.builtins import BUILTINS
from dlang.elaborate.tree import pattern_names, root_name, target_parts
from dlang.lint.nodes import nodes, own_nodes
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["comparisons", "constant_conditions"]

Constant: TypeAlias = bool | int | float

Constants: TypeAlias = Mapping[str, Constant]
"""Values of names, where the text says them."""


def constant_conditions(program: ast.Program) -> Iterator[Diagnostic]:
    """W0225 for the conditions of a file that the text answers.

    `while true` is a way to write a loop that is left by `break`.
    """
    for condition, repeats, known in _conditions(program):
        answer = _value(condition, known)
        if isinstance(answer, bool) and not (repeats and answer):
            yield names.constant_condition(condition.span, answer)


def comparisons(program: ast.Program) -> Iterator[Span]:
    """The places of comparisons of params, and of what the text makes of them, that decide; those of `while` aside.

    A comparison may be a part of `and`, `or`, `not`. One that the data have a part in is not among them: other data may
    give another answer.
    """
    ours = _of_params(program)
    stack = [condition for condition, repeats, _ in _conditions(program) if not repeats]
    while stack:
        match stack.pop():
            case ast.Compare(span=span) as comparison if _reads_only(comparison, ours):
                yield span
            case ast.Unary(operator="not", operand=operand):
                stack.append(operand)
            case ast.Chain(first=first, rest=rest) if rest[0][0] in ("and", "or"):
                stack += [first, *(operand for _, operand in rest)]
            case _:
                pass


def _of_params(program: ast.Program) -> set[str]:
    """Params whose bounds the text says, and names bound once, outside of blocks, to what is made of such."""
    bound = _bound(own_nodes(program.statements))
    found = {*_constants(program), *(name for name in BUILTINS if name not in bound and name not in _OF_SHAPES)}
    for stmt in program.statements:
        match stmt:
            case ast.ParamDecl(name=name, bounds=bounds) if bounds is None or _reads_only(bounds, found):
                found.add(name.text)
            case ast.Assign(target=ast.Name(text=text), operator="=", value=value) if bound[text] == 1:
                if _reads_only(value, found):
                    found.add(text)
            case _:
                pass
    return found


_OF_SHAPES = ("len", "shape")
"""Functions of how many data there are, where the values are of params alone."""


def _reads_only(node: ast.Expr, known: Container[str]) -> bool:
    """Whether every name in an expression is among some."""
    return all(part.text in known for part in nodes((node,)) if isinstance(part, ast.Name))


def _conditions(program: ast.Program) -> Iterator[tuple[ast.Expr, bool, Constants]]:
    """Every condition, whether a loop runs while it holds, and the names of known values that it may read.

    A function has names of its own: they hide those of the file.
    """
    calls_ours = _bound(nodes(program.statements))["where"] > 0
    stack: list[tuple[Iterable[Any], Constants]] = [(program.statements, _constants(program))]
    while stack:
        within, known = stack.pop()
        for node in own_nodes(within):
            match node:
                case ast.FunctionDef() | ast.Lambda() | ast.RuleDef():
                    own = _bound(nodes((node,)))
                    hidden = {name: value for name, value in known.items() if name not in own}
                    stack.append(((*node.parameters, node.body), hidden))
                case ast.If(condition=condition):
                    yield condition, False, known
                case ast.While(condition=condition):
                    yield condition, True, known
                case ast.Comprehension(condition=condition) if condition is not None:
                    yield condition, False, known
                case ast.Call(callee=ast.Name(text="where"), arguments=arguments) if arguments and not calls_ours:
                    yield arguments[0].value, False, known
                case _:
                    pass


# ---- names


def _constants(program: ast.Program) -> Constants:
    """Names that the file binds once, outside of blocks and functions, to what the text says."""
    bound = _bound(own_nodes(program.statements))
    known: dict[str, Constant] = {name: value for name, value in _BUILT_IN.items() if name not in bound}
    for stmt in program.statements:
        match stmt:
            case ast.Assign(target=ast.Name(text=name), operator="=", value=expression) if bound[name] == 1:
                value = _value(expression, known)
                if value is not None:
                    known[name] = value
            case _:
                pass
    return known


_BUILT_IN: Constants = {"pi": math.pi, "inf": math.inf}


def _bound(within: Iterable[Any]) -> Counter[str]:
    """How often some nodes bind or change each name."""
    return Counter(name.text for node in within for name in _binds(node))


def _binds(node: Any) -> Iterator[ast.Name]:
    match node:
        case ast.Assign(target=target):
            yield from (root for part in target_parts(target) if (root := root_name(part)) is not None)
        case ast.For(pattern=pattern) | ast.Comprehension(pattern=pattern):
            yield from pattern_names(pattern)
        case ast.RuleDef(seeds=seeds):
            yield from seeds
        case ast.DataDecl(names=declared):
            yield from declared
        case ast.Parameter(name=name) | ast.ParamDecl(name=name) | ast.FunctionDef(name=name):
            yield name
        case ast.Import(module=module, alias=alias):
            yield from (name for name in (module, alias) if name is not None)
        case _:
            pass


# ---- values


def _value(node: ast.Expr, known: Constants) -> Constant | None:
    """What an expression always is, if the text says so."""
    match node:
        case ast.Boolean(value=value) | ast.Number(value=value):
            return value
        case ast.Name(text=name):
            return known.get(name)
        case ast.Unary(operator=sign, operand=operand):
            inner = _value(operand, known)
            if sign == "not":
                return not inner if isinstance(inner, bool) else None
            return None if inner is None or isinstance(inner, bool) else -inner if sign == "-" else inner
        case ast.Chain(first=first, rest=rest) if rest[0][0] in ("and", "or"):
            return _all_or_any(rest[0][0], [_value(each, known) for each in (first, *(part for _, part in rest))])
        case ast.Chain(first=first, rest=rest):
            return _calculated(first, rest, known)
        case ast.Compare(first=first, rest=rest):
            sides = [first, *(side for _, side in rest)]
            links = zip(rest, sides, sides[1:], strict=False)
            return _all_or_any("and", [_compared(word, left, right, known) for (word, _), left, right in links])
        case _:
            return None


def _all_or_any(word: str, parts: list[Constant | None]) -> bool | None:
    """`and` or `or` of parts of which some are not known."""
    decisive = word == "or"
    if any(part is decisive for part in parts):
        return decisive
    return not decisive if all(part is (not decisive) for part in parts) else None


_SUMS: Mapping[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def _calculated(first: ast.Expr, rest: tuple[tuple[str, ast.Expr], ...], known: Constants) -> Constant | None:
    """Sums and products; quotients have rules of their own for Ints."""
    total = _value(first, known)
    for word, part in rest:
        value = _value(part, known)
        if word not in _SUMS or total is None or value is None or isinstance(total, bool) or isinstance(value, bool):
            return None
        total = _SUMS[word](total, value)
    return total


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compared(word: str, first: ast.Expr, second: ast.Expr, known: Constants) -> bool | None:
    if first.span.text == second.span.text and not _calls(first):
        return word in ("==", "<=", ">=")  # but for NaN, which `isnan` asks for
    left, right = _value(first, known), _value(second, known)
    if left is None or right is None or isinstance(left, bool) != isinstance(right, bool):
        return None
    return _COMPARED[word](left, right)


def _calls(node: ast.Expr) -> bool:
    """Whether an expression calls something, which may be random."""
    return any(isinstance(part, ast.Call | ast.Pipe) for part in nodes((node,)))

"""Parts of the tree's nodes: what is evaluated where, what a statement binds, what to point at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TypeAlias

from dlang.source import Span
from dlang.syntax import ast
from dlang.syntax.tokens import KEYWORDS

__all__ = [
    "Node",
    "bracketed",
    "callees",
    "children",
    "declared_names",
    "first_line",
    "head",
    "is_name",
    "pattern_names",
    "root_name",
    "target_parts",
]

Node: TypeAlias = ast.Expr | ast.Statement | ast.Argument | ast.RecordField | ast.Slice


def target_parts(target: ast.Expr) -> Iterator[ast.Expr]:
    """The parts of an assignment's left side, tuples taken apart."""
    stack = [target]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.TupleLiteral):
            stack.extend(reversed(part.items))
        else:
            yield part


def pattern_names(pattern: ast.Expr) -> Iterator[ast.Name]:
    """The names that a pattern binds."""
    return (part for part in target_parts(pattern) if isinstance(part, ast.Name))


def root_name(target: ast.Expr) -> ast.Name | None:
    """The name that `a`, `a[i]`, `r.w`, `r.w[i]` … change; None where there is none."""
    while isinstance(target, ast.Index | ast.Field):
        target = target.target
    return target if isinstance(target, ast.Name) else None


def head(node: Node) -> Span:
    """The first words of a statement or function, to point at without its body."""
    span = node.span
    match node:
        case ast.If(condition=part) | ast.While(condition=part) | ast.For(iterable=part):
            return Span(span.source, span.start, part.span.end)
        case ast.FunctionDef(name=name) | ast.RuleDef(name=name):
            return Span(span.source, span.start, name.span.end)
        case ast.Lambda():
            return Span(span.source, span.start, span.start + 2)
        case ast.Block():
            return Span(span.source, span.start, span.start + 1)
        case ast.ExprStatement(value=value):
            return head(value)
        case _:
            return span


def first_line(span: Span) -> Span:
    """The first line of a piece of text, to point at without what follows."""
    return Span(span.source, span.start, span.start + len(span.text.partition("\n")[0].rstrip()))


def declared_names(node: Node) -> tuple[ast.Name, ...]:
    """The names that a declaration binds; an import of a file without alias binds the file's stem."""
    match node:
        case ast.FunctionDef(name=name) | ast.ParamDecl(name=name) | ast.Report(name=name):
            return (name,)
        case ast.DataDecl(names=names):
            return names
        case ast.Import(alias=ast.Name() as name) | ast.Import(module=ast.Name() as name):
            return (name,)
        case ast.Import(path=ast.Text() as path):
            stem = _composed(PurePosixPath(path.value).stem)
            return (ast.Name(path.span, stem),) if is_name(stem) else ()
        case _:
            return ()


def is_name(word: str) -> bool:
    """Whether a program can write a word as a name."""
    return word.isidentifier() and word not in KEYWORDS


def _composed(word: str) -> str:
    """A word in NFC, as names are."""
    if word.isascii():
        return word
    from unicodedata import normalize

    return normalize("NFC", word)


def children(node: Node) -> list[Node]:  # noqa: C901 - one case a node
    """The parts of a node that are evaluated in its own scope, in the order of the text.

    Of an assignment, names that are only bound are no parts; of functions and comprehensions there are
    none, since their parts live in another scope.
    """
    match node:
        case ast.Unary(operand=part) | ast.Field(target=part) | ast.Prime(target=part):
            return [part]
        case ast.Argument(value=part) | ast.RecordField(value=part) | ast.ExprStatement(value=part):
            return [part]
        case ast.Objective(value=part) | ast.Report(value=part):
            return [part]
        case ast.Chain(first=first, rest=rest) | ast.Compare(first=first, rest=rest):
            return [first, *(operand for _, operand in rest)]
        case ast.Power(base=a, exponent=b) | ast.Tilde(target=a, model=b):
            return [a, b]
        case ast.Range():
            return _present(node.start, node.stop, node.step)
        case ast.Slice():
            return _present(node.start, node.stop, node.step)
        case ast.Pipe():
            return [node.first, *node.stages]
        case ast.Call():
            return [node.callee, *node.arguments]
        case ast.Index():
            return [node.target, *node.items]
        case ast.ArrayLiteral(items=items) | ast.TupleLiteral(items=items):
            return list(items)
        case ast.RecordLiteral():
            return list(node.fields)
        case ast.If():
            return _present(node.condition, node.then, node.orelse)
        case ast.Block():
            return list(node.statements)
        case ast.Assign():
            binds = node.operator == "="
            parts = [p for p in target_parts(node.target) if not (binds and isinstance(p, ast.Name))]
            return [node.value, *parts]
        case ast.For():
            return [node.iterable, node.body]
        case ast.While():
            return [node.condition, node.body]
        case ast.Return(value=value) | ast.DataDecl(value=value):
            return _present(value)
        case ast.ParamDecl():
            return _present(node.bounds, node.start)
        case ast.Assert():
            return _present(node.condition, node.message)
        case _:
            return []


def bracketed(part: ast.Expr, whole: Span) -> Span:
    """The place of an operand within an operation, with the parentheses around it, which the tree has forgotten.

    What stands alone between an opening and a closing one is all that they enclose.
    """
    text, start, end = part.span.source.text, part.span.start, part.span.end
    while True:
        before, behind = start - 1, end
        while before >= whole.start and text[before].isspace():
            before -= 1
        while behind < whole.end and text[behind].isspace():
            behind += 1
        if before < whole.start or behind >= whole.end or text[before] != "(" or text[behind] != ")":
            return part.span if start == part.span.start else Span(part.span.source, start, end)
        start, end = before, behind + 1


def callees(node: Node) -> Iterator[ast.Name]:
    """The names that a node calls: `f(x)`, and the stages of `x |> f |> g(y)`."""
    if isinstance(node, ast.Call) and isinstance(node.callee, ast.Name):
        yield node.callee
    elif isinstance(node, ast.Pipe):
        yield from (stage for stage in node.stages if isinstance(stage, ast.Name))


def _present(*parts: Node | None) -> list[Node]:
    return [part for part in parts if part is not None]

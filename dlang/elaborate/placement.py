"""What stands where: jumps in their loops, declarations at the top, values where values are needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dlang.diagnostics import names as faults
from dlang.diagnostics.core import Label, Reporter
from dlang.diagnostics.typing import field_twice
from dlang.elaborate.bindings import Scope
from dlang.elaborate.calls import called, check_call, check_pipe
from dlang.elaborate.tree import Node, children, head
from dlang.records import record, replace
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["check_placement"]

_TOP_LEVEL: dict[type, str] = {
    ast.ParamDecl: "`param`",
    ast.DataDecl: "`data`",
    ast.Tilde: "a term with `~`",
    ast.Report: "`report`",
    ast.Import: "`import`",
    ast.RuleDef: "a derivative rule",
}


@record
class _Place:
    """What is around a node. `needed` is the place that needs the node's value, None where nothing does."""

    scope: Scope
    in_function: bool = False
    in_loop: bool = False
    around: Label | None = None
    needed: Span | None = None


def check_placement(
    program: ast.Program,
    file: Scope,
    scopes: Mapping[int, Scope],
    endless: Collection[int],
    report: Reporter,
) -> None:
    """Report what stands in the wrong place, calls whose arguments do not fit, and results that are dropped.

    Args:
        program: the tree.
        file: the scope of its top level.
        scopes: scopes of functions, comprehensions and parameters, by `id`.
        endless: `id` of the blocks whose end no path reaches.
        report: where to.

    Reports: E0211 to E0219, W0221.
    """
    top = _Place(file)
    stack: list[tuple[Node, _Place]] = [(statement, top) for statement in reversed(program.statements)]
    _check_dropped(program.statements, False, file, report)
    while stack:
        node, place = stack.pop()
        _check_statement(node, place, report)
        match node:
            case ast.Call():
                check_call(node, place.scope, report)
                _check_result(node.callee, node.span, place, endless, report)
            case ast.Pipe():
                check_pipe(node, place.scope, report)
                last = node.stages[-1]
                _check_result(last.callee if isinstance(last, ast.Call) else last, node.span, place, endless, report)
            case ast.If() | ast.Block() if place.needed is not None:
                lacking = _lacks_value(node, endless)
                if lacking is not None:
                    report(faults.no_value(lacking.span, lacking.fault, place.needed, lacking.mend))
            case _:
                pass
        stack.extend(reversed(_below(node, place, scopes, report)))


def _below(node: Node, place: _Place, scopes: Mapping[int, Scope], report: Reporter) -> list[tuple[Node, _Place]]:
    """The parts of a node with what is around them."""
    around = Label(head(node), "inside this")
    statement = replace(place, needed=None, around=around)
    match node:
        case ast.FunctionDef() | ast.Lambda() | ast.RuleDef():
            body = _Place(scopes[id(node)], in_function=True, around=Label(head(node), "inside this function"))
            below: list[tuple[Node, _Place]] = [
                (p.default, replace(body, scope=scopes[id(p)], needed=head(p.default)))
                for p in node.parameters
                if p.default is not None
            ]
            return [*below, (node.body, body)]
        case ast.Comprehension():
            inner = replace(place, scope=scopes[id(node)])
            parts = [node.element] if node.condition is None else [node.condition, node.element]
            return [
                (node.iterable, replace(place, needed=head(node.iterable))),
                *((part, replace(inner, needed=head(part))) for part in parts),
            ]
        case ast.Block(statements=statements):
            _check_dropped(statements, False, place.scope, report)
            last = len(statements) - 1
            inside = place if place.around is not None else replace(place, around=around)
            return [(s, inside if i == last else replace(inside, needed=None)) for i, s in enumerate(statements)]
        case ast.ExprStatement(value=value):
            return [(value, place)]
        case ast.If():
            branches = replace(place, around=around)
            below = [(node.condition, replace(place, needed=head(node.condition))), (node.then, branches)]
            return [*below, (node.orelse, branches)] if node.orelse is not None else below
        case ast.For(body=body_) | ast.While(body=body_):
            first = node.iterable if isinstance(node, ast.For) else node.condition
            if body_.statements:
                _check_dropped(body_.statements[-1:], True, place.scope, report)
            return [(first, replace(place, needed=head(first))), (body_, replace(statement, in_loop=True))]
        case ast.Pipe():
            # A stage that is a call lacks its first argument: it is checked with the pipe.
            parts_: list[Node] = [node.first]
            for stage in node.stages:
                parts_ += [stage.callee, *stage.arguments] if isinstance(stage, ast.Call) else [stage]
            return [(part, replace(place, needed=head(part))) for part in parts_]
        case _:
            return [(part, replace(place, needed=head(part))) for part in children(node)]


def _check_statement(node: Node, place: _Place, report: Reporter) -> None:
    """Report a jump or a declaration that cannot stand here."""
    match node:
        case ast.Break() if not place.in_loop:
            report(faults.jump_outside_loop(node.span, "break", place.in_function))
        case ast.Continue() if not place.in_loop:
            report(faults.jump_outside_loop(node.span, "continue", place.in_function))
        case ast.Return() if not place.in_function:
            report(faults.return_outside_function(node.span))
        case ast.RecordLiteral():
            _check_fields(node, report)
        case ast.Objective(kind=kind) if place.around is not None:
            report(faults.not_at_top_level(node.span, f"`{kind}`", place.around))
        case _ if type(node) in _TOP_LEVEL and place.around is not None:
            report(faults.not_at_top_level(head(node), _TOP_LEVEL[type(node)], place.around))
        case _:
            pass


def _check_fields(node: ast.RecordLiteral, report: Reporter) -> None:
    """Report a field that a record literal names twice."""
    first: dict[str, Span] = {}
    for part in node.fields:
        if part.name is None:
            continue
        at = Span(part.span.source, part.span.start, part.value.span.start)
        at = Span(at.source, at.start, at.start + len(at.text.rstrip().removesuffix(":").rstrip()))
        if part.name in first:
            report(field_twice(at, part.name, first[part.name]))
        first.setdefault(part.name, at)


@record
class _Lack:
    """Where a value is missing, what is there instead, and the mend."""

    span: Span
    fault: str
    mend: str


def _lacks_value(node: ast.If | ast.Block, endless: Collection[int]) -> _Lack | None:
    """The first place where a path through the node ends without a value; a jump away needs none."""
    ends: list[ast.Expr] = [node]
    while ends:
        end = ends.pop()
        match end:
            case ast.If(orelse=None):
                return _Lack(head(end), "this `if` has no `else`", "add the `else` branch")
            case ast.If(then=then, orelse=orelse) if orelse is not None:
                ends += [orelse, then]
            case ast.Block() if id(end) in endless:
                continue
            case ast.Block(statements=(*_, ast.ExprStatement(value=value))):
                ends.append(value)
            case ast.Block(statements=(*_, last)):
                mend = "end the block with the expression that is its value"
                return _Lack(head(last), f"this block ends in {_describe(last)}", mend)
            case ast.Block():
                return _Lack(end.span, "this block is empty", "write the expression that is its value")
            case _:
                pass
    return None


def _check_result(callee: ast.Expr, at: Span, place: _Place, endless: Collection[int], report: Reporter) -> None:
    """Report the use of a call's value where the function certainly gives none."""
    function = called(callee, place.scope)
    if place.needed is None or function is None or not isinstance(callee, ast.Name):
        return
    lacking = _lacks_value(function.body, endless)
    if lacking is not None:
        report(faults.call_without_value(at, callee.text, Label(lacking.span, lacking.fault)))


def _check_dropped(statements: tuple[ast.Statement, ...], last_too: bool, scope: Scope, report: Reporter) -> None:
    """Warn of statements whose only effect is a value that nothing uses; the last one may be the block's value."""
    for before, statement in zip((None, *statements), statements if last_too else statements[:-1], strict=False):
        if not isinstance(statement, ast.ExprStatement):
            continue
        value = statement.value
        what = _DROPPED.get(type(value))
        if what is None:
            continue
        mend = None
        match value:
            case ast.Compare(first=ast.Name(text=name), rest=(("==", right),)) if _is_datum(name, scope):
                mend = f"a term of the fit is written `{name} ~ {right.span.text}`"
            case ast.Compare(first=ast.Name(text=name), rest=(("==", right),)):
                mend = f"`{name} = {right.span.text}` assigns"
            case ast.Unary() | ast.Chain() if value.span.text[0] in "+-" and _is_on_a_line_below(before, statement):
                sign = value.span.text[0]
                mend = f"a line that begins with `{sign}` does not go on with the one before: put the `{sign}` there"
            case ast.Name(text=name):
                function = called(value, scope)
                takes = "…" if function is not None and function.parameters else ""
                mend = f"call it: `{name}({takes})`" if function is not None else None
            case _:
                pass
        report(faults.unused_result(value.span, what, mend))


def _is_on_a_line_below(before: ast.Statement | None, statement: ast.Statement) -> bool:
    """Whether a statement might be meant to go on with the one on the line before."""
    source = statement.span.source
    return before is not None and "\n" in source.text[before.span.end : statement.span.start]


def _is_datum(name: str, scope: Scope) -> bool:
    found = scope.find(name)
    return found is not None and any(binding.kind == "data" for binding in found.bindings[name])


_DROPPED: dict[type, str] = {
    ast.Number: "number",
    ast.Text: "string",
    ast.Boolean: "constant",
    ast.Name: "name",
    ast.Unary: "expression",
    ast.Chain: "expression",
    ast.Compare: "comparison",
    ast.Power: "expression",
    ast.Range: "range",
    ast.Index: "element",
    ast.Field: "field",
    ast.Prime: "derivative",
    ast.ArrayLiteral: "array",
    ast.TupleLiteral: "tuple",
    ast.RecordLiteral: "record",
    ast.Lambda: "function",
}
"""Expressions that do nothing but give a value; a call may print, and blocks are looked into."""


def _describe(statement: ast.Statement) -> str:
    match statement:
        case ast.For() | ast.While():
            return "a loop"
        case ast.Assign():
            return "an assignment"
        case ast.FunctionDef():
            return "a definition"
        case ast.Assert():
            return "an `assert`"
        case _:
            return "a statement"

"""Trees as one line of fully bracketed text, for tests that are about structure only."""

from __future__ import annotations

from dlang.source import Source
from dlang.syntax import ast, parse


def statements(text: str) -> list[str]:
    """Each statement of a program."""
    return [statement(each) for each in parse(Source("test.dl", text)).statements]


def only(text: str) -> str:
    """The one statement of a program."""
    [shape] = statements(text)
    return shape


def expression(node: ast.Expr | ast.Slice) -> str:  # noqa: C901 (a case a node)
    """An expression with a bracket around each operation."""
    e = expression
    match node:
        case ast.Number(_, value):
            return repr(value)
        case ast.Text(_, value):
            return f'"{value}"'
        case ast.Boolean(_, value):
            return str(value).lower()
        case ast.Name(_, text):
            return text
        case ast.Unary(_, operator, operand):
            return f"({operator} {e(operand)})"
        case ast.Chain(_, first, rest) | ast.Compare(_, first, rest):
            kind = "?" if isinstance(node, ast.Compare) else ""
            return f"({e(first)}{''.join(f' {op}{kind} {e(x)}' for op, x in rest)})"
        case ast.Power(_, base, exponent):
            return f"({e(base)} ^ {e(exponent)})"
        case ast.Range(_, start, stop, inclusive, step):
            return f"({e(start)} {'..=' if inclusive else '..'} {e(stop)}{f' by {e(step)}' if step else ''})"
        case ast.Pipe(_, first, stages):
            return f"({' |> '.join(map(e, (first, *stages)))})"
        case ast.Call(_, callee, arguments):
            parts = [f"{a.name.text}={e(a.value)}" if a.name else e(a.value) for a in arguments]
            return f"{e(callee)}({', '.join(parts)})"
        case ast.Slice(_, start, stop, step):
            return ":".join(e(part) if part else "" for part in (start, stop, step))
        case ast.Index(_, target, items):
            return f"{e(target)}[{', '.join(map(e, items))}]"
        case ast.Field(_, target, name):
            return f"{e(target)}.{name.text}"
        case ast.Prime(_, target, order):
            return f"{e(target)}{chr(39) * order}"
        case ast.ArrayLiteral(_, items):
            return f"[{', '.join(map(e, items))}]"
        case ast.Comprehension(_, element, pattern, iterable, condition):
            tail = f" if {e(condition)}" if condition else ""
            return f"[{e(element)} for {e(pattern)} in {e(iterable)}{tail}]"
        case ast.TupleLiteral(_, items):
            return f"({', '.join(map(e, items))},)"
        case ast.RecordLiteral(_, fields):
            parts = [f"{f.name}: {e(f.value)}" if f.name is not None else f"...{e(f.value)}" for f in fields]
            return f"record{{{', '.join(parts)}}}"
        case ast.Lambda(_, parameters, body):
            return f"fn({', '.join(map(parameter, parameters))}) {block(body)}"
        case ast.If(_, condition, then, orelse):
            return f"if {e(condition)} {block(then)}{f' else {block(orelse)}' if orelse else ''}"
        case ast.Block():
            return block(node)


def block(node: ast.Block) -> str:
    """Statements between braces."""
    return "{ " + "; ".join(map(statement, node.statements)) + " }" if node.statements else "{ }"


def annotation(node: ast.Annotation | None) -> str:
    """An annotation, `-` for none."""
    if node is None:
        return "-"
    return node.dtype if node.dims is None else f"[{', '.join(map(expression, node.dims))}] {node.dtype}"


def parameter(node: ast.Parameter) -> str:
    """A parameter with its annotation and default."""
    kind = f": {annotation(node.annotation)}" if node.annotation else ""
    return f"{node.name.text}{kind}{f' = {expression(node.default)}' if node.default else ''}"


def statement(node: ast.Statement) -> str:  # noqa: C901 (a case a node)
    """A statement; an expression as statement is just itself."""
    e = expression
    match node:
        case ast.ExprStatement(_, value):
            return e(value)
        case ast.Assign(_, target, operator, value):
            return f"{e(target)} {operator} {e(value)}"
        case ast.FunctionDef(_, name, parameters, result, body):
            head = f"fn {name.text}({', '.join(map(parameter, parameters))})"
            return f"{head}{f' -> {annotation(result)}' if result else ''} {block(body)}"
        case ast.RuleDef(_, kind, name, parameters, seeds, body):
            seed = ", ".join(s.text for s in seeds)
            return f"{kind} {name.text}({', '.join(map(parameter, parameters))}; {seed}) {block(body)}"
        case ast.For(_, pattern, iterable, body):
            return f"for {e(pattern)} in {e(iterable)} {block(body)}"
        case ast.While(_, condition, body):
            return f"while {e(condition)} {block(body)}"
        case ast.Break():
            return "break"
        case ast.Continue():
            return "continue"
        case ast.Return(_, value):
            return f"return {e(value)}" if value else "return"
        case ast.ParamDecl(_, name, bounds, start, fixed):
            inside = f" in {e(bounds)}" if bounds else ""
            return f"param {name.text}{inside} = {e(start)}{' fixed' if fixed else ''}"
        case ast.DataDecl(_, names, path, as_table, value):
            listed = ", ".join(name.text for name in names)
            if path is not None:
                return f"data {listed} from {e(path)}{' as table' if as_table else ''}"
            assert value is not None
            return f"data {listed} = {e(value)}"
        case ast.Tilde(_, target, model):
            return f"{e(target)} ~ {e(model)}"
        case ast.Objective(_, kind, value):
            return f"{kind} {e(value)}"
        case ast.Report(_, name, value):
            return f"report {name.text} = {e(value)}"
        case ast.Assert(_, condition, message):
            return f"assert {e(condition)}{f', {e(message)}' if message else ''}"
        case ast.Import(_, module, path, alias):
            what = e(module or path)  # type: ignore[arg-type]
            return f"import {what}{f' as {alias.text}' if alias else ''}"

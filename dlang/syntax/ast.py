"""The tree of a program: frozen nodes with spans, exactly what the text says.

Chains of one precedence level are n-ary (`a + b - c` is one `Chain`), so nesting depth is the
user's own and stays under the parser's limit; visitors may recurse.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from dlang.records import record
from dlang.source import Span

# ---- expressions


@record
class Number:
    """`12` (int), `1.5` (float)."""

    span: Span
    value: int | float


@record
class Text:
    """`"…"`, escapes resolved."""

    span: Span
    value: str


@record
class Boolean:
    """`true`, `false`."""

    span: Span
    value: bool


@record
class Name:
    """An identifier, in NFC. `pi inf nan` are names here; elaboration knows them."""

    span: Span
    text: str


@record
class Unary:
    """`-x`, `+x`, `not x`; `operator` is that word."""

    span: Span
    operator: Literal["-", "+", "not"]
    operand: Expr


@record
class Chain:
    """`first op operand op operand …`, left-associative, all of one level: `+ -`, `* / // % @`, `and`, `or`."""

    span: Span
    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@record
class Compare:
    """`0 < x <= 1`: `first` and then (operator, operand) pairs; every link must hold."""

    span: Span
    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@record
class Power:
    """`base ^ exponent`."""

    span: Span
    base: Expr
    exponent: Expr


@record
class Range:
    """`start..stop`, `start..=stop`, with `by step`."""

    span: Span
    start: Expr
    stop: Expr
    inclusive: bool
    step: Expr | None


@record
class Pipe:
    """`first |> stage |> stage`: each stage a function, or a call that lacks its first argument."""

    span: Span
    first: Expr
    stages: tuple[Expr, ...]


@record
class Argument:
    """A positional (`name` is None) or named argument of a call."""

    span: Span
    name: Name | None
    value: Expr


@record
class Call:
    """`callee(arguments)`."""

    span: Span
    callee: Expr
    arguments: tuple[Argument, ...]


@record
class Slice:
    """`start:stop:step` inside an index, each part optional."""

    span: Span
    start: Expr | None
    stop: Expr | None
    step: Expr | None


@record
class Index:
    """`target[items]`."""

    span: Span
    target: Expr
    items: tuple[Expr | Slice, ...]


@record
class Field:
    """`target.name`."""

    span: Span
    target: Expr
    name: Name


@record
class Prime:
    """`target'`: the derivative of a function; `order` counts the primes."""

    span: Span
    target: Expr
    order: int


@record
class ArrayLiteral:
    """`[a, b, c]`."""

    span: Span
    items: tuple[Expr, ...]


@record
class Comprehension:
    """`[element for pattern in iterable if condition]`."""

    span: Span
    element: Expr
    pattern: Pattern
    iterable: Expr
    condition: Expr | None


@record
class TupleLiteral:
    """`(a, b)`, `(a,)`, `()`."""

    span: Span
    items: tuple[Expr, ...]


@record
class RecordField:
    """`name: value`, or `...value` (`name` is None)."""

    span: Span
    name: str | None
    value: Expr


@record
class RecordLiteral:
    """`{w: W, "any name": b, ...r}`."""

    span: Span
    fields: tuple[RecordField, ...]


@record
class Lambda:
    """`fn(x) = e`, `fn(x) { … }`."""

    span: Span
    parameters: tuple[Parameter, ...]
    body: Block


@record
class If:
    """`if condition { } else { }`, as statement or expression; `else if` is a Block of one If."""

    span: Span
    condition: Expr
    then: Block
    orelse: Block | None


@record
class Block:
    """Statements between braces, or the one expression of `fn f(x) = e`; its value is that of a last ExprStatement."""

    span: Span
    statements: tuple[Statement, ...]


Expr: TypeAlias = (
    Number
    | Text
    | Boolean
    | Name
    | Unary
    | Chain
    | Compare
    | Power
    | Range
    | Pipe
    | Call
    | Index
    | Field
    | Prime
    | ArrayLiteral
    | Comprehension
    | TupleLiteral
    | RecordLiteral
    | Lambda
    | If
    | Block
)

Pattern: TypeAlias = Name | TupleLiteral
"""What a `for` or an unpacking assignment binds: a name, or a tuple of patterns."""

# ---- statements


@record
class Annotation:
    """`Real`, `[n, d]`, `[n] Int`; `dims` is None for a scalar, a dim is a Name or a Number."""

    span: Span
    dtype: str
    dims: tuple[Name | Number, ...] | None


@record
class Parameter:
    """A parameter of a function, with its annotation and default."""

    span: Span
    name: Name
    annotation: Annotation | None
    default: Expr | None


@record
class FunctionDef:
    """`fn name(parameters) -> result { body }`."""

    span: Span
    name: Name
    parameters: tuple[Parameter, ...]
    result: Annotation | None
    body: Block


@record
class RuleDef:
    """`jvp f(x; dx) = …`, `vjp f(x; ct) = …`."""

    span: Span
    kind: Literal["jvp", "vjp"]
    name: Name
    parameters: tuple[Parameter, ...]
    seeds: tuple[Name, ...]
    body: Block


@record
class Assign:
    """`target = value`, `target += value`: the operator is `=`, `+=`, `-=`, `*=`, `/=`, `//=`, `%=`, `@=` or `^=`."""

    span: Span
    target: Expr
    operator: str
    value: Expr


@record
class ExprStatement:
    """An expression as a statement."""

    span: Span
    value: Expr


@record
class For:
    """`for pattern in iterable { body }`."""

    span: Span
    pattern: Pattern
    iterable: Expr
    body: Block


@record
class While:
    """`while condition { body }`."""

    span: Span
    condition: Expr
    body: Block


@record
class Break:
    """`break`."""

    span: Span


@record
class Continue:
    """`continue`."""

    span: Span


@record
class Return:
    """`return`, `return value`."""

    span: Span
    value: Expr | None


@record
class ParamDecl:
    """`param name in bounds = start, fixed`; `bounds` is a Range expression."""

    span: Span
    name: Name
    bounds: Expr | None
    start: Expr
    fixed: bool


@record
class DataDecl:
    """`data names from "path"`, `… as table` (`as_table`), or `data name = value` (`path` is None)."""

    span: Span
    names: tuple[Name, ...]
    path: Text | None
    as_table: bool
    value: Expr | None


@record
class Tilde:
    """`target ~ model`."""

    span: Span
    target: Expr
    model: Expr


@record
class Objective:
    """`minimize value`, `maximize value`."""

    span: Span
    kind: Literal["minimize", "maximize"]
    value: Expr


@record
class Report:
    """`report name = value`."""

    span: Span
    name: Name
    value: Expr


@record
class Assert:
    """`assert condition, "message"`."""

    span: Span
    condition: Expr
    message: Expr | None


@record
class Import:
    """`import ode`, `import "lib/flow.dl" as flow`: `path` is set for a file, `module` for a library name."""

    span: Span
    module: Name | None
    path: Text | None
    alias: Name | None


Statement: TypeAlias = (
    FunctionDef
    | RuleDef
    | Assign
    | ExprStatement
    | For
    | While
    | Break
    | Continue
    | Return
    | ParamDecl
    | DataDecl
    | Tilde
    | Objective
    | Report
    | Assert
    | Import
)


@record
class Program:
    """A file: its statements in order."""

    span: Span
    statements: tuple[Statement, ...]

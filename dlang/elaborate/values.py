"""What a name stands for while a program is elaborated: a value of the IR, or something known outright."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import TypeAlias

from dlang.ir.builder import Builder, Ref
from dlang.ir.nodes import Atom, Literal
from dlang.records import field, record
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import DType, Type

__all__ = [
    "Absent",
    "BuiltinValue",
    "Frame",
    "Func",
    "ModuleValue",
    "Num",
    "RangeValue",
    "Str",
    "Tup",
    "Value",
    "describe",
    "describe_type",
]


@record
class Num:
    """A number, a Bool, or an array of them: a value of the IR."""

    ref: Ref

    @property
    def type(self) -> Type:
        """Element type and shape."""
        return self.ref.type

    @property
    def atom(self) -> Atom:
        """The IR's name for it, or the literal that it is."""
        return self.ref.atom

    @property
    def known(self) -> float | int | bool | None:
        """The value itself where the text decides it."""
        return self.atom.value if isinstance(self.atom, Literal) else None


@record
class Str:
    """A String; known outright."""

    text: str


@record
class Tup:
    """A tuple."""

    items: tuple[Value, ...]


@record
class RangeValue:
    """Ints from `start` by `step` while short of `stop`."""

    start: Ref
    stop: Ref
    step: Ref


@record(eq=False)
class Func:
    """A function of the program: its text and the frame it closes over."""

    name: str
    parameters: tuple[ast.Parameter, ...]
    result: ast.Annotation | None
    body: ast.Block
    span: Span
    frame: Frame


@record
class BuiltinValue:
    """A function of the language: `call(elaborator, arguments, span)` elaborates a call of it."""

    name: str
    call: Callable[..., Value]


@record(eq=False)
class ModuleValue:
    """What an import binds: the names of a file. Only its members are values for a program."""

    name: str
    frame: Frame


class Absent(Enum):
    """Values that are not there."""

    NOTHING = "no value"
    """A block that ends in an assignment or loop has none."""
    POISON = "an error"
    """Already reported, or not known yet: it fits everything, so that one fault is told once."""


Value: TypeAlias = Num | Str | Tup | RangeValue | Func | BuiltinValue | ModuleValue | Absent


@record(frozen=False, eq=False)
class Frame:
    """The names of one function's run, or of a file: the program's, or that of a `module`.

    `captured` gives, for names of enclosing frames that this function reads, the params that bring them here.
    `deferred` are, while a loop is elaborated, the `return`s whose values are computed behind it.
    """

    build: Builder
    parent: Frame | None = None
    name: str = ""
    env: dict[str, Value] = field(default_factory=dict)
    captured: dict[tuple[int, str], Value] = field(default_factory=dict)
    deferred: tuple[ast.Return, ...] = ()
    module: str = ""

    def find(self, name: str) -> tuple[Frame, Value] | None:
        """The nearest frame, from here outwards, that binds a name, and its value there."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.env:
                return frame, frame.env[name]
            frame = frame.parent
        return None


def leaves(value: Value) -> Iterator[Num]:
    """The numbers in a value, in order."""
    match value:
        case Num():
            yield value
        case Tup():
            for item in value.items:
                yield from leaves(item)
        case _:
            return


def rebuild(value: Value, fresh: Iterator[Ref]) -> Value:
    """The value with its numbers replaced in the order of `leaves`."""
    match value:
        case Num():
            return Num(next(fresh))
        case Tup():
            return Tup(tuple(rebuild(item, fresh) for item in value.items))
        case _:
            return value


def describe(value: Value) -> str:
    """What a value is, in the user's words: "a Real", "an array [3] of Int", "a function"."""
    match value:
        case Num():
            return describe_type(value.type)
        case Str():
            return "a String"
        case Tup():
            return f"a tuple {_spelled(value)}"
        case RangeValue():
            return "a range"
        case Func() | BuiltinValue():
            return "a function"
        case ModuleValue():
            return "a module"
        case Absent():
            return value.value


def _spelled(value: Value) -> str:
    """A value's type as an annotation or a literal would write it: `Real`, `[3] Int`, `(Real, String)`."""
    match value:
        case Num():
            return str(value.type)
        case Tup():
            return f"({', '.join(map(_spelled, value.items))}{',' if len(value.items) == 1 else ''})"
        case Str():
            return "String"
        case _:
            return describe(value).removeprefix("a ")


def describe_type(type_: Type) -> str:
    """What a number or array of this type is: "a Real", "an array [3] of Int"."""
    if type_.is_scalar:
        return f"an {type_}" if type_.dtype is DType.INT else f"a {type_}"
    kind = "" if type_.is_real else f" of {type_.dtype.value}"
    dims = ", ".join("?" if n is None else str(n) for n in type_.shape)
    return f"an array [{dims}]{kind}"

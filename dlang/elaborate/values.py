"""What a name stands for while a program is elaborated: a value of the IR, or something known outright.

Every kind of value says its `kind`, a token that two values share if they are built alike, its `parts`, the values it
is built of, and what it is `with_parts` of other types or places. Functions over all kinds (`leaves`, `rebuild`, what
branches and loops do where they meet) need no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any, TypeAlias
from typing import Literal as OneOf

from dlang.diagnostics import Diagnostic
from dlang.distributions.core import Distribution
from dlang.ir.builder import Builder, Ref
from dlang.ir.nodes import Atom, Literal, Var
from dlang.records import field, record, replace
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import Type

__all__ = [
    "DRAWS",
    "Absent",
    "BuiltinValue",
    "Choice",
    "Derivative",
    "Dist",
    "Frame",
    "Func",
    "ModuleValue",
    "Num",
    "Pullback",
    "RangeValue",
    "Rec",
    "Shift",
    "Str",
    "Tup",
    "Value",
    "Zipped",
    "exact_key",
    "is_choosable",
    "is_function",
    "is_string",
    "is_structure",
    "key",
    "leaves",
    "mapped",
    "placeholder",
    "rebuild",
]


DRAWS = "%draws"
"""The pseudo-name of the state of random draws: their seed, and how many have been drawn from it."""


class _Plain:
    """A value without parts."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Value, ...]:
        return ()

    def with_parts(self, parts: Sequence[Value]) -> Any:
        return self


@record
class Num(_Plain):
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

    @property
    def kind(self) -> object:
        return "number"


@record
class Str(_Plain):
    """A String; known outright."""

    text: str

    @property
    def kind(self) -> object:
        return "string", self.text


@record
class Tup:
    """A tuple."""

    items: tuple[Value, ...]

    @property
    def kind(self) -> object:
        return "tuple", len(self.items)

    @property
    def parts(self) -> tuple[Value, ...]:
        return self.items

    def with_parts(self, parts: Sequence[Value]) -> Value:
        return Tup(tuple(parts))


@record
class Rec:
    """A record: its fields' names, in the order of the text, and their values."""

    names: tuple[str, ...]
    items: tuple[Value, ...]

    @property
    def kind(self) -> object:
        return "record", self.names

    @property
    def parts(self) -> tuple[Value, ...]:
        return self.items

    def with_parts(self, parts: Sequence[Value]) -> Value:
        return Rec(self.names, tuple(parts))

    def find(self, name: str) -> Value | None:
        """The value of a field, if there is one of that name."""
        return self.items[self.names.index(name)] if name in self.names else None

    def in_order(self, names: Sequence[str]) -> Rec:
        """The record with its fields in another order; `names` are those that it has."""
        return Rec(tuple(names), tuple(self.items[self.names.index(name)] for name in names))

    def with_field(self, name: str, value: Value) -> Rec:
        """The record with a field replaced, or added at its end."""
        if name not in self.names:
            return Rec((*self.names, name), (*self.items, value))
        return Rec(self.names, tuple(value if n == name else v for n, v in zip(self.names, self.items, strict=True)))


@record
class RangeValue:
    """Ints from `start` by `step` while short of `stop`."""

    start: Ref
    stop: Ref
    step: Ref

    @property
    def kind(self) -> object:
        return "range"

    @property
    def parts(self) -> tuple[Value, ...]:
        return Num(self.start), Num(self.stop), Num(self.step)

    def with_parts(self, parts: Sequence[Value]) -> Value:
        start, stop, step = (part.ref for part in parts if isinstance(part, Num))
        return RangeValue(start, stop, step)


@record
class Zipped:
    """What `zip` and `enumerate` give: tuples of what stands at one place in each of `items`.

    With `counted`, each tuple begins with its place.
    """

    items: tuple[Value, ...]
    counted: bool = False

    @property
    def kind(self) -> object:
        return "zip", len(self.items), self.counted

    @property
    def parts(self) -> tuple[Value, ...]:
        return self.items

    def with_parts(self, parts: Sequence[Value]) -> Value:
        return Zipped(tuple(parts), self.counted)


@record
class Dist:
    """A distribution with its parameters, and where they were given."""

    entry: Distribution
    parameters: tuple[Value, ...]
    places: tuple[Span, ...]

    @property
    def numbers(self) -> tuple[Num, ...]:
        """The parameters, which are Reals or arrays of them."""
        return tuple(p for p in self.parameters if isinstance(p, Num))

    @property
    def kind(self) -> object:
        return "distribution", self.entry.name

    @property
    def parts(self) -> tuple[Value, ...]:
        return self.parameters

    def with_parts(self, parts: Sequence[Value]) -> Value:
        return Dist(self.entry, tuple(parts), self.places)


@record(eq=False)
class Func:
    """A function of the program: its text and the frame it closes over.

    A *closed* function, one that is used as a value, brings what it reads along: `group` are copies of the frames
    around it (`frame` is one of them), and `kept` says which of their names are its parts, by the position of the
    frame; `static` is what tells the others from those of another function of the same text. It is `late` if it reads
    names that were not bound yet when it was closed.
    """

    name: str
    parameters: tuple[ast.Parameter, ...]
    result: ast.Annotation | None
    body: ast.Block
    span: Span
    frame: Frame
    group: tuple[Frame, ...] = ()
    kept: tuple[tuple[int, str], ...] = ()
    static: object = ()
    late: bool = False

    @property
    def kind(self) -> object:
        loose = self.frame.root if self.late or not self.group else None
        return "fn", id(self.body), loose, self.kept, self.static

    @property
    def parts(self) -> tuple[Value, ...]:
        return tuple(self.group[k].env[name] for k, name in self.kept)

    def with_parts(self, parts: Sequence[Value]) -> Value:
        if not self.kept:
            return self
        copies = {id(f): replace(f, env=dict(f.env)) for f in self.group}
        for frame in self.group:
            copy = copies[id(frame)]
            copy.parent = frame.parent if frame.parent is None else copies.get(id(frame.parent), frame.parent)
            for name, value in copy.env.items():
                if isinstance(value, ModuleValue) or (isinstance(value, Func) and not value.group):
                    copy.env[name] = replace(value, frame=copies.get(id(value.frame), value.frame))
        for (k, name), part in zip(self.kept, parts, strict=True):
            copies[id(self.group[k])].env[name] = part
        return replace(self, frame=copies[id(self.frame)], group=tuple(copies.values()))


@record
class BuiltinValue(_Plain):
    """A function of the language: `call(elaborator, arguments, span)` elaborates a call of it."""

    name: str
    signature: str
    call: Callable[..., Value]

    @property
    def kind(self) -> object:
        return "built-in", self.name


@record
class Choice:
    """One of several functions, distributions or Strings, which running decides: `options[tag]`."""

    tag: Num
    options: tuple[Value, ...]

    @property
    def kind(self) -> object:
        return "choice", tuple(option.kind for option in self.options)

    @property
    def parts(self) -> tuple[Value, ...]:
        return self.tag, *self.options

    def with_parts(self, parts: Sequence[Value]) -> Value:
        tag, *options = parts
        return Choice(tag, tuple(options)) if isinstance(tag, Num) else tag


DerivativeForm: TypeAlias = OneOf["prime", "grad", "value_and_grad", "jacobian", "hessian", "checkpoint"]


@record
class Derivative:
    """A function made of a function: `f'`, `grad(f, wrt)`, …

    `wrt` is one position of its arguments, or several; `written` what the program says, if that is not `form`.
    """

    form: DerivativeForm
    of: Value
    wrt: int | tuple[int, ...] = 0
    written: str = ""

    @property
    def kind(self) -> object:
        return "derivative", self.form, self.wrt

    @property
    def parts(self) -> tuple[Value, ...]:
        return (self.of,)

    def with_parts(self, parts: Sequence[Value]) -> Value:
        return replace(self, of=parts[0])


@record
class Pullback:
    """What `vjp(f, x)` gives beside the value: a function of a cotangent. It runs `f` again at the primals.

    `drawn` is the state of random draws then, so that the same are drawn again.
    """

    of: Value
    primals: Value
    drawn: Value

    @property
    def kind(self) -> object:
        return "pullback"

    @property
    def parts(self) -> tuple[Value, ...]:
        return self.of, self.primals, self.drawn

    def with_parts(self, parts: Sequence[Value]) -> Value:
        return Pullback(*parts)


@record
class Shift:
    """How the value of a function moves, at arguments that stay, when the numbers in it move by `tangents`."""

    of: Value
    tangents: Value

    @property
    def kind(self) -> object:
        return "shift"

    @property
    def parts(self) -> tuple[Value, ...]:
        return self.of, self.tangents

    def with_parts(self, parts: Sequence[Value]) -> Value:
        return Shift(*parts)


@record(eq=False)
class ModuleValue(_Plain):
    """What an import binds: the names of a file. Only its members are values for a program."""

    name: str
    frame: Frame

    @property
    def kind(self) -> object:
        return "module", self.name


class Absent(_Plain, Enum):
    """Values that are not there."""

    NOTHING = "no value"
    """A block that ends in an assignment or loop has none."""
    POISON = "an error"
    """Already reported, or not known yet: it fits everything, so that one fault is told once."""

    @property
    def kind(self) -> object:
        return self


Value: TypeAlias = (
    Num
    | Str
    | Tup
    | Rec
    | RangeValue
    | Zipped
    | Dist
    | Func
    | BuiltinValue
    | Derivative
    | Pullback
    | Shift
    | Choice
    | ModuleValue
    | Absent
)

FUNCTIONS = (Func, BuiltinValue, Derivative, Pullback, Shift)


@record(frozen=False, eq=False)
class Frame:
    """The names of one function's run, or of a file: the program's, or that of a `module`.

    `captured` gives, for names of enclosing frames that this function reads, the params that bring them here.
    `deferred` are, while a loop is elaborated, the `return`s whose values are computed behind it.
    `origin` is the frame of which this one is a copy, for a closed function; names bound since are found there.
    `home` are `id`s of the copies whose values belong to this run.
    `broken` is the first `assert` that fails at every run, and how much was reported before it.
    """

    build: Builder
    parent: Frame | None = None
    name: str = ""
    env: dict[str, Value] = field(default_factory=dict)
    captured: dict[tuple[int, str], Value] = field(default_factory=dict)
    deferred: tuple[ast.Return, ...] = ()
    origin: Frame | None = None
    home: frozenset[int] = frozenset()
    module: str = ""
    broken: tuple[int, Diagnostic] | None = None

    def find(self, name: str) -> tuple[Frame, Value] | None:
        """The nearest frame, from here outwards, that binds a name, and its value there."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.own(name)
            if found is not None:
                return found
            frame = frame.parent
        return None

    def own(self, name: str) -> tuple[Frame, Value] | None:
        """This frame, or the one that it is a copy of, if it binds a name, and the value there."""
        version: Frame | None = self
        while version is not None:
            if name in version.env:
                return version, version.env[name]
            version = version.origin
        return None

    @property
    def root(self) -> Frame:
        """The frame of which this is a copy, of a copy; itself if it is none."""
        frame = self
        while frame.origin is not None:
            frame = frame.origin
        return frame


def is_string(value: Value) -> bool:
    """Whether a value is a String, or one of several."""
    return isinstance(value, Str) or (isinstance(value, Choice) and all(map(is_string, value.options)))


def is_choosable(value: Value) -> bool:
    """Whether running may choose between values of this and other faults."""
    return isinstance(value, (Str, *FUNCTIONS, Dist, Choice))


def is_function(value: Value) -> bool:
    """Whether a value can be called."""
    return isinstance(value, FUNCTIONS) or (isinstance(value, Choice) and all(map(is_function, value.options)))


def is_structure(value: Value) -> bool:
    """Whether a value is a tuple or a record."""
    return isinstance(value, (Tup, Rec))


def mapped(value: Value, change: Callable[[Num], Value]) -> Value:
    """A number, or a structure of them, with each replaced by a value."""
    if isinstance(value, Num):
        return change(value)
    return value.with_parts([mapped(part, change) for part in value.parts]) if is_structure(value) else value


def leaves(value: Value) -> Iterator[Num]:
    """The numbers in a value, in order."""
    if isinstance(value, Num):
        yield value
    else:
        for part in value.parts:
            yield from leaves(part)


def rebuild(value: Value, fresh: Iterator[Ref]) -> Value:
    """The value with its numbers replaced in the order of `leaves`."""
    if isinstance(value, Num):
        return Num(next(fresh))
    parts = value.parts
    return value.with_parts([rebuild(part, fresh) for part in parts]) if parts else value


def key(value: Value) -> object:
    """What of a value decides how a function that takes it is elaborated: its build and the types of its numbers."""
    return value.type if isinstance(value, Num) else (value.kind, *map(key, value.parts))


def exact_key(value: Value) -> object:
    """What of a value decides how a text that reads it where it stands is elaborated, numbers known outright included.

    A function that is called where it is defined is known by its text, as the frame around it is the reader's.
    """
    if isinstance(value, Func) and not value.group:
        return "fn", id(value.body)
    if isinstance(value, Num):
        return value.type, repr(value.known)
    return value.kind, tuple(map(exact_key, value.parts))


_NOWHERE = Builder()


def placeholder(type_: Type) -> Num:
    """A number that is only a type."""
    return Num(Ref(_NOWHERE, Var(type_)))

"""The IR: typed, structured, single-assignment.

fn f(x: Real, n: Int) -> Real {
  %1 = for i in 0..n by 1 carrying (s = 0.0) {
    %2 = mul s x
    yield %2
  }
  yield %1
}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from dlang.primitives.core import Primitive
from dlang.records import field, record
from dlang.source import Span
from dlang.types import DType, Type

__all__ = [
    "Adjoint",
    "Apply",
    "Assert",
    "Atom",
    "Block",
    "Call",
    "Checkpoint",
    "Definition",
    "For",
    "Function",
    "If",
    "Literal",
    "Module",
    "Pop",
    "Print",
    "Push",
    "Rule",
    "Ruled",
    "Stmt",
    "Tangent",
    "Var",
    "While",
]


@record(eq=False)
class Var:
    """A name bound once. Compared by identity: two Vars called `x` are two Vars."""

    type: Type
    hint: str = ""


@record
class Literal:
    """A scalar constant of the program text."""

    value: float | int | bool

    @property
    def type(self) -> Type:
        """Bool, Int or Real by the Python value's own type."""
        if isinstance(self.value, bool):
            return Type(DType.BOOL)
        return Type(DType.INT if isinstance(self.value, int) else DType.REAL)


Atom: TypeAlias = Var | Literal


@record(eq=False)
class Apply:
    """outs = prim(args), specialised on `static`.

    In a derivative, `of` is the application whose rule this belongs to.
    """

    outs: tuple[Var, ...]
    prim: Primitive
    args: tuple[Atom, ...]
    static: Mapping[str, Any] = field(default_factory=dict)
    span: Span | None = None
    of: Apply | None = None


@record(eq=False)
class If:
    """outs = the results of `then` where `cond` (one Bool) holds, else of `orelse`. The blocks have no params."""

    outs: tuple[Var, ...]
    cond: Atom
    then: Block
    orelse: Block
    span: Span | None = None


@record(eq=False)
class For:
    """Counts from `start` by `step` while short of `stop` (all Int; `step` is not 0).

    `body.params` are the index and the carried values, which begin as `inits`; its results are the carried
    values of the next pass, and after the last one `outs`. With `reverse` the same indices come last first.
    """

    outs: tuple[Var, ...]
    start: Atom
    stop: Atom
    step: Atom
    inits: tuple[Atom, ...]
    body: Block
    reverse: bool = False
    span: Span | None = None


@record(eq=False)
class While:
    """Runs `body` on the carried values while `cond`, a Block of the same params with one Bool result, holds."""

    outs: tuple[Var, ...]
    inits: tuple[Atom, ...]
    cond: Block
    body: Block
    span: Span | None = None


@record(eq=False)
class Call:
    """outs = the results of the module's function `callee`."""

    outs: tuple[Var, ...]
    callee: str
    args: tuple[Atom, ...]
    span: Span | None = None


@record(eq=False)
class Print:
    """Writes one line: `parts` are texts and atoms, separated by a space."""

    parts: tuple[str | Atom, ...]
    span: Span | None = None


@record(eq=False)
class Assert:
    """Fails the run with `message` unless `cond` (a Bool, or an array of which all must hold) is true."""

    cond: Atom
    message: str
    span: Span | None = None


@record(eq=False)
class Push:
    """Puts the values, as one record, on the tape. Only adjoints have it."""

    values: tuple[Atom, ...]


@record(eq=False)
class Pop:
    """Binds the values of the tape's last record and drops it. Only adjoints have it."""

    outs: tuple[Var, ...]


Stmt: TypeAlias = Apply | If | For | While | Call | Print | Assert | Push | Pop


@record(eq=False)
class Block:
    """Parameters, statements in order of evaluation, and what the block yields.

    Invariants, which `verify` checks: every Var is bound once and before it is read, every statement obeys its
    type rule, and carried values keep their types. Nested blocks may read what encloses them.
    """

    params: tuple[Var, ...]
    body: tuple[Stmt, ...]
    results: tuple[Atom, ...]


@record
class Tangent:
    """What `of` yields, and then the tangent of each Real result.

    Takes the params of `of`, and then a tangent of each of those in `wrt`.
    """

    of: str
    wrt: tuple[int, ...]


@record
class Adjoint:
    """What `of` yields, and then the cotangents of its params in `wrt`.

    Takes the params of `of`, and then a cotangent of each result in `seeded`, all Real; the others have none.
    """

    of: str
    wrt: tuple[int, ...]
    seeded: tuple[int, ...]


@record
class Checkpoint:
    """`of` itself; reverse mode runs it again instead of keeping what it computes."""

    of: str


@record
class Rule:
    """A function that gives derivatives of another in some of its params, `wrt`."""

    name: str
    wrt: tuple[int, ...]


@record
class Ruled:
    """`of` itself, with derivatives that are given.

    `jvp` takes the params of `of` and then a tangent of each of those in its `wrt`, in which it is linear, and yields
    the tangent of each Real result. `vjp` takes the params and then a cotangent of each Real result, and yields the
    cotangents of those in its `wrt`.
    """

    of: str
    jvp: Rule | None
    vjp: Rule | None


Definition: TypeAlias = Tangent | Adjoint | Checkpoint | Ruled


@record(eq=False)
class Function:
    """A first-order function of the IR. It reads nothing but its params.

    With a `definition` it stands for what that says, until a pass writes it out: its block has params and results,
    which say their types, and no statements.
    """

    name: str
    block: Block
    span: Span | None = None
    definition: Definition | None = None

    def with_block(self, block: Block) -> Function:
        """The function with another block."""
        return Function(self.name, block, self.span, self.definition)


Module: TypeAlias = Mapping[str, Function]
"""Functions by name; a Call names its callee here, a definition the functions it is of."""

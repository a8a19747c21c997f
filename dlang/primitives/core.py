"""What a primitive is, and how applying one reaches numbers or the IR.

A primitive is one table entry: its value on numbers, its type rule, its derivative, what the reference
says. Derivative rules are written with primitives, so the same text runs on numbers and over the IR.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from dlang.records import record
from dlang.types import Type

__all__ = ["Domain", "Fast", "Mismatch", "Operand", "Partial", "Primitive", "Static", "Traced"]

Static: TypeAlias = Mapping[str, Any]
"""What a primitive is specialised on, by name: `axis`, `shape`; hashable values only."""


@record
class Mismatch:
    """What a type rule answers when operands do not fit: a title, and facts (expected, found).

    `operand` is the index of the operand at fault where one is.
    """

    title: str
    notes: tuple[str, ...] = ()
    help: str | None = None
    operand: int | None = None


@runtime_checkable
class Traced(Protocol):
    """An operand that stands for a value of the IR: applying a primitive delegates to it.

    It may also have `known`, the float it stands for where that is a constant: rules then write less.
    """

    @property
    def type(self) -> Type: ...

    def apply(self, prim: Primitive, operands: Sequence[Operand], static: Static) -> Any: ...


Operand: TypeAlias = Any
"""A float, int, bool, NumPy array, or a Traced."""

Partial: TypeAlias = Callable[..., Operand]
"""d out / d operand from (out, *operands, **static), element by element."""

Fast: TypeAlias = str | Callable[..., Any]
"""A quicker equal of an `impl`: an expression template such as `"{0} * {1}"`, or a callable of the operands."""


@record
class Domain:
    """Where tests may sample one operand: an open interval, a shape, and points of interest at the edge.

    `diagonal` is added to the first element of a matrix's diagonal, twice that to the second, and so on: so the matrix
    stays away from singular ones, and its eigenvalues from each other.
    """

    low: float = -3.0
    high: float = 3.0
    shape: tuple[int, ...] = ()
    edges: tuple[float, ...] = ()
    integer: bool = False
    boolean: bool = False
    diagonal: float = 0.0


@record(eq=False)
class Primitive:
    """One entry of the table. Compared by identity, called like a function.

    Attributes:
        name: as the IR prints it.
        doc: one line: what it computes, on what shapes, with its edge conventions.
        type_rule: types of the results from (operand types, static), or a Mismatch.
        impl: on NumPy arrays and Python scalars; follows IEEE (NaN and inf, no exception) for Reals.
        scalar: for operands that are all Python scalars, faster than `impl`: an expression template such as
            `"{0} * {1}"`, or a callable such as `math.exp`. It may raise ValueError, OverflowError or
            ZeroDivisionError where `impl` gives NaN or inf; the interpreter then evaluates again with `impl`.
            On Ints it does not check for overflow. None: `impl` serves.
        specialise: (operand types, static) -> what replaces `scalar` for them, or None where `impl` serves: checked
            arithmetic for Ints, `{0}.item({1})` for an element of an array. It may raise IndexError too, without
            the facts that `impl` gives. Callers ask `fast`.
        partials: for elementwise primitives, d out / d operand for each operand; None is constant on purpose.
        jvp: for the others: (out, primals, tangents, static) -> tangent; a tangent is None where it is zero.
        vjp: for the others: (out, primals, cotangent, static, wanted) -> cotangent or None per operand. One operand
            at least is wanted.
            With several results, `out`, tangents out and `cotangent` are tuples; in those of tangents and cotangents
            None is zero, and one cotangent at least is not.
        vjp_into: for primitives that read a part of operand 0 (get): (cotangent of operand 0 so far, out, primals,
            cotangent, static) -> the cotangent of operand 0 with this one added, in place where ownership allows.
            `vjp` then answers for the other operands.
        no_rule: operands in which there is no rule although there is a derivative, by index, with what to call it in
            the message, "`cdf` in the shape": asking for it is an error, E0401. Their partial is None.
        discrete: the derivative is zero everywhere on purpose (comparisons, argmax, Int results).
        view: the result may share memory with operand 0 (reshape, transpose, slices).
        updates: the result is operand 0 changed in place where ownership allows (set, add_at); `inplace` is then the
            callable that does it, with the operands and static of `impl`.
        reads_shape_only: operands of which only the shape matters (zeros_like), by index.
        domain: for tests, one Domain an operand.
        statics: for tests, values of static to try on that domain.
        cases: for tests, further pairs of static and domain, where the number of operands depends on static.
        kinks: values of the first operand where the derivative is a convention; tests keep away.
    """

    name: str
    doc: str
    type_rule: Callable[[Sequence[Type], Static], tuple[Type, ...] | Mismatch]
    impl: Callable[..., Any]
    scalar: Fast | None = None
    specialise: Callable[[Sequence[Type], Static], Fast | None] | None = None
    partials: tuple[Partial | None, ...] | None = None
    jvp: Callable[..., Any] | None = None
    vjp: Callable[..., Any] | None = None
    vjp_into: Callable[..., Any] | None = None
    no_rule: tuple[tuple[int, str], ...] = ()
    discrete: bool = False
    view: bool = False
    updates: bool = False
    inplace: Callable[..., Any] | None = None
    reads_shape_only: tuple[int, ...] = ()
    domain: tuple[Domain, ...] = ()
    kinks: tuple[float, ...] = ()
    statics: tuple[Static, ...] = ({},)
    cases: tuple[tuple[Static, tuple[Domain, ...]], ...] = ()

    def __call__(self, *operands: Operand, **static: Any) -> Any:
        """Apply: on the IR if any operand stands for a value of it, else on numbers."""
        for operand in operands:
            if isinstance(operand, (float, int)):
                continue
            apply = getattr(operand, "apply", None)
            if apply is not None:
                return apply(self, operands, static)
        return self.impl(*operands, **static)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def fast(self, types: Sequence[Type], static: Static) -> Fast | None:
        """The quick form for operands of these types, or None where `impl` serves. See `scalar`."""
        if self.specialise is not None:
            return self.specialise(types, static)
        return self.scalar if all(t.is_scalar for t in types) else None

    @property
    def is_elementwise(self) -> bool:
        """Partials are given element by element."""
        return self.partials is not None

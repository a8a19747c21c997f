"""Building IR: applying a primitive to a Ref appends a statement to the innermost open block.

One Builder serves one function. Blocks open and close as a stack, so a Ref of an enclosing block can be used in an
inner one. Equal pure applications are shared where the first one dominates the second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dlang.diagnostics.core import InternalError
from dlang.ir.nodes import Apply, Atom, Block, Literal, Stmt, Var
from dlang.primitives.core import Mismatch, Primitive
from dlang.records import record
from dlang.source import Span
from dlang.types import Type

__all__ = ["Builder", "Ref", "as_atom"]


@record(eq=False)
class Ref:
    """A value of the function being built, as derivative rules and elaboration see it."""

    builder: Builder
    atom: Atom

    @property
    def type(self) -> Type:
        return self.atom.type

    @property
    def known(self) -> float | None:
        """The Real itself, if it is a literal: rules then write less."""
        value = self.atom.value if isinstance(self.atom, Literal) else None
        return value if isinstance(value, float) else None

    def apply(self, prim: Primitive, operands: Sequence[Any], static: Mapping[str, Any]) -> Any:
        """Append `prim` to the builder's innermost block; a Ref, or a tuple of Refs for several results."""
        return self.builder.apply(prim, operands, static)


def as_atom(operand: Any) -> Atom:
    """The atom of a Ref, or a Literal for a Python number."""
    if isinstance(operand, Ref):
        return operand.atom
    if isinstance(operand, (Var, Literal)):
        return operand
    if isinstance(operand, (bool, int, float)):
        return Literal(operand)
    raise InternalError(f"not an operand of the IR: {operand!r}")


class Builder:
    """Collects statements block by block.

    `span` marks what is appended next, and `of` the application whose derivative it belongs to.
    """

    def __init__(self) -> None:
        self.span: Span | None = None
        self.of: Apply | None = None
        self._open: list[list[Stmt]] = [[]]
        self._known: list[dict[object, tuple[Var, ...]]] = [{}]

    def ref(self, operand: Any) -> Ref:
        """The Ref of an atom or number."""
        return operand if isinstance(operand, Ref) else Ref(self, as_atom(operand))

    def emit(self, stmt: Stmt) -> None:
        """Append a finished statement to the innermost open block."""
        self._open[-1].append(stmt)

    @contextmanager
    def nested(self) -> Iterator[list[Stmt]]:
        """Open an inner block; the list yielded fills with its statements."""
        body: list[Stmt] = []
        self._open.append(body)
        self._known.append({})
        try:
            yield body
        finally:
            self._open.pop()
            self._known.pop()

    @contextmanager
    def resumed(self, body: list[Stmt]) -> Iterator[None]:
        """Open an inner block again, to append to it."""
        self._open.append(body)
        self._known.append({})
        try:
            yield
        finally:
            self._open.pop()
            self._known.pop()

    @contextmanager
    def rehearsed(self) -> Iterator[None]:
        """Forget afterwards what is appended to the function's own statements."""
        body, known = list(self._open[0]), dict(self._known[0])
        try:
            yield
        finally:
            self._open[0][:] = body
            self._known[0] = known

    @property
    def is_outermost(self) -> bool:
        """Whether what is appended next is run whenever the function is."""
        return len(self._open) == 1

    @property
    def outermost(self) -> list[Stmt]:
        """The function's own statements so far."""
        return self._open[0]

    def finish(self, params: Sequence[Var], results: Sequence[Any]) -> Block:
        """The function's outermost block, from what was appended so far."""
        return Block(tuple(params), tuple(self._open[0]), tuple(map(as_atom, results)))

    def apply(self, prim: Primitive, operands: Sequence[Any], static: Mapping[str, Any]) -> Any:
        """Append `prim`; its operands must fit (a Mismatch here is a fault of ours)."""
        out = self.try_apply(prim, operands, static)
        if isinstance(out, Mismatch):
            types = ", ".join(str(as_atom(o).type) for o in operands)
            raise InternalError(f"{prim.name}({types}; {dict(static)}): {out.title}")
        return out

    def try_apply(self, prim: Primitive, operands: Sequence[Any], static: Mapping[str, Any]) -> Any:
        """Append `prim`, or answer the Mismatch of its type rule and append nothing."""
        atoms = tuple(map(as_atom, operands))
        types = prim.type_rule([atom.type for atom in atoms], static)
        if isinstance(types, Mismatch):
            return types
        folded = _fold(prim, atoms, static)
        if folded is not None:
            return Ref(self, folded)
        key = None
        if atoms and not prim.updates and not prim.reads_shape_only:
            key = (prim.name, tuple(map(_atom_key, atoms)), tuple(sorted(static.items())), types)
            for known in reversed(self._known):
                if key in known:
                    return self._refs(known[key])
        outs = tuple(Var(t) for t in types)
        self.emit(Apply(outs, prim, atoms, dict(static), self.span, self.of))
        if key is not None:
            self._known[-1][key] = outs
        return self._refs(outs)

    def _refs(self, outs: tuple[Var, ...]) -> Any:
        return Ref(self, outs[0]) if len(outs) == 1 else tuple(Ref(self, out) for out in outs)


_FOLDED_REALS = frozenset(("neg", "add", "sub", "mul", "div"))


def _atom_key(atom: Atom) -> object:
    # 0.0 == -0.0 and 1 == 1.0 == True: a literal is known by its kind and its text
    return atom if isinstance(atom, Var) else (type(atom.value).__name__, repr(atom.value))


def _fold(prim: Primitive, atoms: tuple[Atom, ...], static: Mapping[str, Any]) -> Literal | None:
    """The value of an application to literals, so that a constant such as `3 / 40` is a number to derivatives.

    Of Reals, only arithmetic that stays finite: the rest keep their place, where a NaN or an infinity is born.
    """
    if not atoms or not all(isinstance(a, Literal) for a in atoms):
        return None
    values = [a.value for a in atoms if isinstance(a, Literal)]
    if any(isinstance(v, float) for v in values) and prim.name not in _FOLDED_REALS:
        return None
    try:
        out = prim.impl(*values, **static)
    except (ArithmeticError, ValueError, IndexError):
        return None  # it fails where it runs, with its place
    if isinstance(out, float):
        return Literal(out) if prim.name in ("neg", "to_real") or math.isfinite(out) else None
    return Literal(out) if isinstance(out, (bool, int)) else None

"""The Python of one application of a primitive: a template for its operands, or something to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from dlang.diagnostics.core import InternalError
from dlang.interpreter import bounds
from dlang.ir.nodes import Apply, Atom
from dlang.primitives.core import Fast
from dlang.records import record
from dlang.types import DType

__all__ = ["Bind", "Form", "drops_freely", "fast_form", "safe_form", "update"]

Bind: TypeAlias = Callable[[str, Any], str]
"""Makes an object known to the generated code: (a word for its name, the object) -> its name there."""


@record
class Form:
    """How an application is written: `how`, on the operands, and on `static` by keyword where it is not empty.

    With `unchecked` an Int result may leave 64 bits unnoticed.
    """

    word: str
    how: Fast
    static: Mapping[str, Any]
    unchecked: bool = False

    @property
    def is_compound(self) -> bool:
        """Whether the text needs parentheses to be an operand; a call does not."""
        return isinstance(self.how, str)

    def mentions(self, operand: int) -> int:
        """How often the text mentions an operand."""
        return self.how.count(f"{{{operand}}}") if isinstance(self.how, str) else 1

    def text(self, operands: Sequence[str], bind: Bind) -> str:
        """The expression; the operands must bind tighter than any operator."""
        if isinstance(self.how, str):
            return self.how.format(*operands)
        words = [f"{key}={_constant(value, bind)}" for key, value in self.static.items()]
        return f"{bind(self.word, self.how)}({', '.join([*operands, *words])})"


def fast_form(stmt: Apply) -> Form:
    """The quickest form; it may raise where IEEE has an answer."""
    prim = stmt.prim
    if _is_counted(stmt) and isinstance(prim.scalar, str):
        return Form(prim.name, prim.scalar, {}, unchecked=True)
    fast = prim.fast([a.type for a in stmt.args], stmt.static)
    return safe_form(stmt) if fast is None else Form(prim.name, fast, {})


def safe_form(stmt: Apply) -> Form:
    """The form that follows IEEE on Reals and checks Ints."""
    prim = stmt.prim
    if stmt.outs[0].type.dtype is not DType.INT and all(a.type.is_scalar for a in stmt.args):
        fast = prim.fast([a.type for a in stmt.args], stmt.static)
        if isinstance(fast, str) and _never_raises(fast):
            return Form(prim.name, fast, {})
    return Form(prim.name, prim.impl, stmt.static)


def _is_counted(stmt: Apply) -> bool:
    """Whether it is Int arithmetic on scalars whose results `bounds` can tell."""
    whole = all(a.type.is_scalar for a in stmt.args) and stmt.outs[0].type.dtype is DType.INT
    return whole and bounds.is_known(stmt.prim.name)


def _never_raises(template: str) -> bool:
    """Whether a template cannot raise on scalars: it has no division, power or call."""
    if any(text in template for text in ("/", "%", "**")):
        return False
    return not any(after == "(" and (before.isalnum() or before in "_})") for before, after in pairwise(template))


def update(stmt: Apply, operands: Sequence[str], bind: Bind, *, safe: bool) -> str:
    """The statement that does `stmt`, an update, in place on operand 0.

    All operands but the second, the new value, must be names or constants: they may be mentioned twice. The safe
    form tells the facts of an index out of range.
    """
    element = None if safe else _element_update(stmt, operands)
    if element is not None:
        return element
    if stmt.prim.inplace is None:
        raise InternalError(f"{stmt.prim.name} updates, but has no `inplace`")
    return Form(stmt.prim.name, stmt.prim.inplace, stmt.static).text(operands, bind)


def _element_update(stmt: Apply, operands: Sequence[str]) -> str | None:
    array, value, *indices = stmt.args
    if not _is_element(array, indices, stmt.static.get("spec")):
        return None
    if not value.type.is_scalar or value.type.dtype is not array.type.dtype:
        return None
    name, new, *places = operands
    place = ", ".join(places)
    if stmt.prim.name == "set":
        return f"{name}[{place}] = {new}"
    if stmt.prim.name == "add_at" and array.type.is_real:
        return f"{name}[{place}] = {name}.item({place}) + {new}"
    return None


def _is_element(array: Atom, indices: Sequence[Atom], spec: object) -> bool:
    """Whether an index picks one element, by one Int an axis."""
    return isinstance(spec, tuple) and len(indices) == array.type.rank and spec == ("int",) * len(indices)


def drops_freely(stmt: Apply) -> bool:
    """Whether an unread result is reason enough to compute nothing: an elementwise primitive on Real scalars."""
    return stmt.prim.is_elementwise and all(a.type.is_scalar and a.type.is_real for a in stmt.args)


def _constant(value: Any, bind: Bind) -> str:
    return repr(value) if _is_plain(value) else bind("static", value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, str))

"""Where a non-finite result was born.

The run is repeated under an observer that gives each birth (an application whose operands are finite, and whose
result is not) a number, and carries the number with the value, element by element in arrays. The number that a
result carries is its birth; values that do not reach the result, as in `where(x > 0, log(x), 0)`, play no part.
What was at work there is seen in repetitions that stop at it; see `witness`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dlang.diagnostics.births import Birth
from dlang.interpreter.observe import Observer, observe
from dlang.interpreter.rows import moves
from dlang.interpreter.witness import Place, testify
from dlang.ir.nodes import Apply, Module, Stmt
from dlang.ir.ownership import analyse_module
from dlang.records import record

__all__ = ["Birth", "find_birth"]

_SHIFT = 32
"""A number is an application's own, shifted, plus the element's index in its result."""


def find_birth(
    module: Module,
    name: str,
    args: Sequence[Any],
    result: int | None = None,
    *,
    printed: bool = False,
    data: Mapping[int, str] | None = None,
) -> Birth | None:
    """Where the first non-finite among a function's Real results, or result number `result`, was born.

    With `printed` it is the first among what the function prints. `data` are names of the arguments whose first axis
    are data rows, by position. Where functions were put where they are called, the birth knows of no call.

    None if all are finite, or if what is not was so in the arguments or the program's text.

    Raises:
        DlangError: running it failed.
    """
    in_place = frozenset(s for o in analyse_module(module).values() for s in o.in_place)
    watch = _Watch(in_place)
    held = observe(module, name, args, watch, in_place=True)
    for position, out in enumerate(watch.shown if printed else held):
        if isinstance(out, _Tainted) and result in (None, position):
            number = out.first()
            place = Place(number >> _SHIFT, number & ((1 << _SHIFT) - 1))
            return testify(module, name, args, in_place, place, data or {})
    return None


@record(frozen=False, eq=False)
class _Tainted:
    """A value with something non-finite in it, and the number of the birth of each element, 0 where finite."""

    value: Any
    births: Any

    def copy(self) -> _Tainted:
        if isinstance(self.births, int):
            return self
        return _Tainted(self.value.copy(), self.births.copy())

    def first(self) -> int:
        """The birth of the first non-finite element."""
        if isinstance(self.births, int):
            return self.births
        flat = self.births.ravel()
        return int(flat[flat.nonzero()[0][0]])


class _Watch(Observer):
    """Holds finite values as they are and others as _Tainted."""

    def __init__(self, in_place: frozenset[Stmt]) -> None:
        super().__init__()
        self.shown: list[_Tainted] = []
        self._in_place = in_place
        self._seen = 0

    def value(self, held: Any) -> Any:
        return held.value if isinstance(held, _Tainted) else held

    def printed(self, held: tuple[Any, ...]) -> None:
        self.shown += [each.copy() for each in held if isinstance(each, _Tainted)]

    def see(self, stmt: Apply, operands: tuple[Any, ...]) -> Any:
        self._seen += 1
        prim = stmt.prim
        compute = prim.inplace if stmt in self._in_place and prim.inplace is not None else prim.impl
        values = tuple(map(self.value, operands))
        tainted = any(isinstance(o, _Tainted) for o in operands)
        out = compute(*values, **stmt.static)
        if not tainted and moves(stmt):
            return out
        if len(stmt.outs) > 1:
            return tuple(self._judge(stmt, operands, o, tainted) for o in out)
        return self._judge(stmt, operands, out, tainted)

    def _judge(self, stmt: Apply, operands: tuple[Any, ...], out: Any, tainted: bool) -> Any:
        """Hold a result: as it is where it is finite, else with the births of its elements."""
        number = self._seen << _SHIFT
        if isinstance(out, float):
            if math.isfinite(out):
                return out
            inherited = self._inherited(stmt, operands, out) if tainted else 0
            return _Tainted(out, int(inherited) or number)
        if not hasattr(out, "dtype") or out.dtype.kind != "f":
            return out
        import numpy as np

        bad = ~np.isfinite(out)
        if not bad.any():
            return out
        if stmt in self._in_place and isinstance(operands[0], _Tainted):
            operands[0].births[...] = self._inherited(stmt, operands, out)
            births = operands[0].births
        else:
            births = np.zeros(out.shape, np.int64)
            births[...] = self._inherited(stmt, operands, out) if tainted else 0
        births[~bad] = 0
        new = bad & (births == 0)
        if new.any():
            births[new] = number + np.flatnonzero(new)
        return _Tainted(out, births)

    def _inherited(self, stmt: Apply, operands: tuple[Any, ...], out: Any) -> Any:
        """The births that the elements of a result take over from the operands; 0 where none."""
        import numpy as np

        given = [o.births if isinstance(o, _Tainted) else 0 for o in operands]
        if moves(stmt):
            moved = [
                b if isinstance(o, _Tainted) else _zeros_like(o) if _is_real(o) else o
                for o, b in zip(operands, given, strict=True)
            ]
            return stmt.prim.impl(*moved, **stmt.static)
        if stmt.prim.is_elementwise:
            births: Any = 0
            for more in given:
                births = np.where(births == 0, more, births)
            return births
        firsts = [o.first() for o in operands if isinstance(o, _Tainted)]
        if stmt.prim.updates and isinstance(operands[0], _Tainted):
            own = operands[0].births
            return np.where(own == 0, firsts[-1], own)
        return firsts[0]


def _is_real(value: Any) -> bool:
    return isinstance(value, float) or (hasattr(value, "dtype") and value.dtype.kind == "f")


def _zeros_like(value: Any) -> Any:
    import numpy as np

    return np.zeros(value.shape, np.int64) if hasattr(value, "shape") else 0

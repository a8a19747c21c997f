"""The run up to a birth once more: what was at work there, by which calls, in which passes, on which data row.

With every value goes, element by element, the data row it came of: a datum's elements bear their row, what is taken
element by element or moved keeps it, and what comes of several rows bears none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from dlang.diagnostics.births import Birth, Fed, Pass
from dlang.diagnostics.core import InternalError
from dlang.interpreter.observe import Observer, observe
from dlang.interpreter.rows import MIXED, Rowed, rows_of, rows_within, tagged
from dlang.ir.nodes import Apply, Atom, Call, For, Function, Literal, Module, Stmt, Var, While
from dlang.records import record, replace
from dlang.source import Span
from dlang.syntax import ast
from dlang.syntax.parse import parse
from dlang.trees import root
from dlang.values import format_value

__all__ = ["Place", "testify"]


@record
class Place:
    """The application that bore something, by its number in the run, and the element of its result."""

    number: int
    element: int


@record(eq=False)
class _Seen:
    """An application at work: what it is, its operands, and its result."""

    stmt: Apply
    held: tuple[Any, ...]
    operands: tuple[Any, ...]
    out: Any


_Scene = tuple[tuple[Span, ...], tuple[Pass, ...]]
"""The calls and passes that are under way."""


@record
class _Rule:
    """A derivative rule of the program's own that runs: its kind, its single numbers by name; is it the way back?"""

    kind: str
    given: tuple[tuple[str, float | int | bool], ...]
    is_backward: bool = False

    def named_in(self, text: str) -> tuple[tuple[str, float | int | bool], ...]:
        """The numbers that a text mentions: `x`, `p.w`."""
        words = set(re.findall(r"\w+(?:\.\w+|\[\d+\])*", text))
        return tuple((name, value) for name, value in self.given if name in words)


class _Found(Exception):  # noqa: N818  # carries the answer out of the run; nothing is wrong
    pass


def testify(
    module: Module, name: str, args: Sequence[Any], in_place: Collection[Stmt], at: Place, data: Mapping[int, str]
) -> Birth:
    """What is to be told of a birth.

    Args:
        module: the functions.
        name: the one that ran.
        args: its arguments.
        in_place: the updates that are done in place.
        at: the birth.
        data: names of the arguments whose first axis are data rows, by position.
    """

    def run(wanted: tuple[Apply, _Scene] | None) -> _Witness:
        watch = _Witness(module, in_place, at.number, data, [len(args[k]) for k in data], wanted)
        try:
            observe(module, name, args, watch, in_place=True)
        except _Found:
            return watch
        raise InternalError("a replay ran otherwise than the run")

    last = run(None)
    born = last.born
    assert born is not None
    primal = None
    first = _root(born.stmt)
    seeds = _seeds(born.stmt, last.rule)
    if first is not born.stmt and not seeds:  # the operands of what it is the derivative of went by earlier
        primal = run((first, last.scene)).wanted
    return _told(born, primal, at.element, last.scene, last, seeds)


def _seeds(stmt: Apply, rule: _Rule | None) -> frozenset[str]:
    """The seeds of the `jvp` rule that an application is a part of, if it is what the rule says a derivative is.

    Reverse mode takes it from the rule by its derivative in seeds of 0, in which the rule is linear; to the user that
    is no derivative of anything.
    """
    if rule is None or rule.kind != "jvp" or not rule.is_backward or _order(stmt) != 1 or stmt.span is None:
        return frozenset()
    around = [each for each in parse(stmt.span.source).statements if each.span.encloses(stmt.span)]
    seeds = frozenset(seed.text for each in around if isinstance(each, ast.RuleDef) for seed in each.seeds)
    is_zero = all(value == 0 for name, value in rule.given if root(name) in seeds)
    return seeds if is_zero else frozenset()


def _root(stmt: Apply) -> Apply:
    """What an application of a derivative, of any order, is the derivative of; another is its own."""
    while stmt.of is not None:
        stmt = stmt.of
    return stmt


def _order(stmt: Apply) -> int:
    """Of a derivative, how often it was taken; 0 for a value."""
    return 0 if stmt.of is None else 1 + _order(stmt.of)


class _Witness(Observer):
    """Holds values that came of data rows as Rowed; stops at an application.

    On the way it keeps what was last seen in its scene of a `wanted` application, and of what that reads: in a higher
    derivative its own value may not be needed.
    """

    def __init__(
        self,
        module: Module,
        in_place: Collection[Stmt],
        stop_at: int,
        data: Mapping[int, str],
        lengths: Sequence[int],
        wanted: tuple[Apply, _Scene] | None,
    ) -> None:
        super().__init__()
        self.born: _Seen | None = None
        self.wanted: _Seen | None = None
        self._read: dict[Atom, Any] = {}
        self._module = module
        self._in_place = in_place
        self._stop_at = stop_at
        self._data = data
        self._groups = {size: k for k, size in enumerate(dict.fromkeys(lengths))}
        self._named: dict[int, str] = {}
        self._wanted = wanted
        self._seen = self._admitted = 0
        self._loops: list[Span | None] = []
        self._calls: list[Span | None] = []
        self._inside: list[Span | None] = []
        self._rules: list[_Rule | None] = []
        self._forward: dict[Span | None, list[_Rule]] = {}

    @property
    def scene(self) -> _Scene:
        """The calls and passes that are under way."""
        passes = (Pass(n, span) for n, span in zip(self._open, self._loops, strict=True))
        return tuple(span for span in self._calls if span is not None), tuple(passes)

    @property
    def rule(self) -> _Rule | None:
        """The rule of the program's own that runs, if it is the innermost function."""
        return self._rules[-1] if self._rules else None

    def row(self, tag: int) -> tuple[int | None, str]:
        """The data row that a tag stands for, and a datum of it where data of other lengths have rows too."""
        group, row = rows_within(tag)
        return (row or None, self._named.get(group, "") if row and len(self._groups) > 1 else "")

    def admit(self, name: str, value: Any) -> Any:
        position, self._admitted = self._admitted, self._admitted + 1
        if position not in self._data:
            return value
        group = self._groups[len(value)]
        self._named.setdefault(group, self._data[position])
        return tagged(value, group)

    def value(self, held: Any) -> Any:
        return held.value if isinstance(held, Rowed) else held

    def see(self, stmt: Apply, operands: tuple[Any, ...]) -> Any:
        self._seen += 1
        is_last = self._seen == self._stop_at
        is_wanted = self._wanted is not None and self._is_wanted(stmt)
        if self._wanted is not None and not is_wanted:
            self._look(stmt, operands, self._wanted)
        kept = tuple(map(_kept, operands)) if is_last or is_wanted else ()
        in_place = stmt in self._in_place and stmt.prim.inplace is not None
        compute: Callable[..., Any] = stmt.prim.inplace if in_place else stmt.prim.impl  # type: ignore[assignment]
        values = tuple(map(self.value, operands))
        out = compute(*values, **stmt.static)
        if kept or is_last:
            seen = _Seen(stmt, kept, tuple(map(self.value, kept)), out)
            if is_wanted:
                self.wanted = _Seen(stmt, kept, seen.operands, _kept(out))
            if is_last:
                self.born = seen
                self._conclude()
                raise _Found
        if not any(isinstance(o, Rowed) for o in operands):
            return out
        if len(stmt.outs) > 1:
            return tuple(Rowed(o, rows_of(stmt, operands, values, o, False)) for o in out)
        return Rowed(out, rows_of(stmt, operands, values, out, in_place))

    def _is_wanted(self, stmt: Apply) -> bool:
        """Whether an application is the wanted one, which passes may have copied."""
        assert self._wanted is not None
        root, scene = self._wanted
        if stmt is not root and (stmt.of is not None or stmt.span != root.span or stmt.prim is not root.prim):
            return False
        return self.scene == scene

    def _look(self, stmt: Apply, operands: tuple[Any, ...], wanted: tuple[Apply, _Scene]) -> None:
        """Keep what an application reads that the wanted one would read too."""
        root, scene = wanted
        for atom, held in zip(stmt.args, operands, strict=True):
            if isinstance(atom, Var) and atom in root.args and self.scene == scene:
                self._read[atom] = _kept(held)

    def _conclude(self) -> None:
        """If the wanted application was not run, take it from what it would have read."""
        if self._wanted is None or self.wanted is not None:
            return
        root = self._wanted[0]
        if all(isinstance(a, Literal) or a in self._read for a in root.args):
            held = tuple(a.value if isinstance(a, Literal) else self._read[a] for a in root.args)
            values = tuple(map(self.value, held))
            self.wanted = _Seen(root, held, values, root.prim.impl(*map(_kept, values), **root.static))

    def called(self, stmt: Call, operands: tuple[Any, ...]) -> None:
        callee = self._module[stmt.callee]
        self._calls.append(None if self._is_made(stmt, callee.span) else stmt.span)
        self._inside.append(callee.span)
        self._rules.append(self._rule(callee, operands))

    def returned(self, results: tuple[Any, ...]) -> tuple[Any, ...]:
        self._calls.pop()
        self._inside.pop()
        self._rules.pop()
        return results

    def _rule(self, callee: Function, operands: tuple[Any, ...]) -> _Rule | None:
        """What a call runs of a rule; the way back through one is not given its arguments, but the way there was."""
        if not callee.name.startswith(("jvp ", "vjp ")):
            return None
        gone = self._forward.setdefault(callee.span, [])
        if ".backward" in callee.name:
            return replace(gone.pop(), is_backward=True) if gone else None
        given = [(p.hint, self.value(held)) for p, held in zip(callee.block.params, operands, strict=True) if p.hint]
        found = _Rule(callee.name[:3], tuple((name, value) for name, value in given if not hasattr(value, "shape")))
        if ".forward" in callee.name:
            gone.append(found)
        return found

    def _is_made(self, stmt: Call, callee: Span | None) -> bool:
        """Whether a pass has made a call: it stands where the function does, or where the call around it does, and so
        not in the function that runs."""
        span = stmt.span
        if span is None or ".inner_" in stmt.callee or span == callee:
            return True
        around = next((call for call in reversed(self._calls) if call is not None), None)
        inside = self._inside[-1] if self._inside else None
        return span == around and (inside is None or not inside.encloses(span))

    def entered(self, stmt: For | While) -> None:
        super().entered(stmt)
        self._loops.append(stmt.span)

    def left(self) -> None:
        super().left()
        self._loops.pop()


def _kept(held: Any) -> Any:
    # an update in place would change what is to be shown
    return held.copy() if hasattr(held, "copy") else held


# ---- what is told


def _told(
    born: _Seen, primal: _Seen | None, element: int, scene: _Scene, watch: _Witness, seeds: frozenset[str]
) -> Birth:
    import numpy as np

    out = born.out
    if len(born.stmt.outs) > 1:
        out = next((o for o in out if not np.isfinite(o).all()), out[0])
    shape = np.shape(out)
    place = tuple(int(i) for i in np.unravel_index(element, shape)) if shape else ()
    value = out[place].item() if shape else out
    of = born.stmt if seeds else _root(born.stmt)
    at_work = primal or born
    calls, passes = scene
    row, datum = watch.row(_tag(at_work, shape, place))
    if row is None and primal is not None:
        row, datum = watch.row(_tag(born, shape, place))
    fed = _fed(at_work, shape, place) if primal is not None or of is born.stmt else ()
    order = 0 if seeds else _order(born.stmt)
    rule = born.stmt.prim.name if order else ""
    span = born.stmt.span
    given = watch.rule.named_in(span.text) if watch.rule is not None and span is not None and not order else ()
    also = tuple((name, value) for name, value in given if root(name) not in seeds)
    return Birth(span, of.prim.name, fed, value, passes, place, calls, row, datum, order, rule, also)


def _fits(seen: _Seen, shape: tuple[int, ...]) -> bool:
    """Whether an element of an array of the shape stands for one of each operand."""
    import numpy as np

    prim = seen.stmt.prim
    return (prim.is_elementwise or prim.name == "select") and np.shape(seen.out) == shape


def _fed(seen: _Seen, shape: tuple[int, ...], place: tuple[int, ...]) -> tuple[Fed, ...]:
    import numpy as np

    shown = []
    for atom, operand in zip(seen.stmt.args, seen.operands, strict=True):
        name = getattr(atom, "hint", "")
        if not np.shape(operand):
            shown.append(Fed(name, operand))
        elif _fits(seen, shape):
            shown.append(Fed(name, np.broadcast_to(operand, shape)[place].item()))
        else:
            sizes = np.abs(operand) if operand.size and operand.dtype.kind in "fi" else None
            largest = None if sizes is None else operand.ravel()[int(np.argmax(sizes))].item()
            shown.append(Fed(name, None, np.shape(operand), largest, _text(operand)))
    exponent = seen.stmt.static.get("n") if seen.stmt.prim.name == "power_n" else None
    return (*shown, Fed("", exponent)) if exponent is not None else tuple(shown)


_SMALL = 4
"""Elements of a matrix that is shown as it is."""


def _text(array: Any) -> str:
    """A small array as the language writes it; "" for others."""
    return format_value(array) if array.size <= _SMALL and (array.ndim > 1 or array.size <= _SMALL // 2) else ""


def _tag(seen: _Seen, shape: tuple[int, ...], place: tuple[int, ...]) -> int:
    """The data row of what was at work: that of the divisor where it is 0, else of all operands."""
    import numpy as np

    tags = []
    for held in seen.held:
        rows: Any = held.rows if isinstance(held, Rowed) else 0
        if np.shape(rows) and _fits(seen, shape):
            rows = np.broadcast_to(rows, shape)[place]
        found = set(np.unique(rows).tolist()) - {0}
        tags.append(0 if not found else found.pop() if len(found) == 1 else MIXED)
    if seen.stmt.prim.name == "div" and tags[1]:
        divisor: Any = seen.operands[1]
        if np.shape(divisor) and _fits(seen, shape):
            divisor = np.broadcast_to(divisor, shape)[place]
        if not np.any(divisor):
            return int(tags[1])
    one = set(tags) - {0}
    return int(one.pop()) if len(one) == 1 else MIXED if one else 0

"""Starts at a kink: where the derivative at the start is a convention, and beside it another number.

The objective is evaluated once at the start under an observer that carries with each value the params in which it has a
derivative, and marks the applications whose operands lie on a kink: `abs` at 0, equal operands of `max`, a comparison
of equal values that decides. Whether the objective has a kink there, too, its gradients beside the start tell:
`relu(k)^2` has none at 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, models
from dlang.diagnostics.numbers import plain
from dlang.diagnostics.spoken import spoken
from dlang.driver.program import Program
from dlang.elaborate.builtins import BUILTINS
from dlang.interpreter.observe import Observer, observe
from dlang.ir.nodes import Apply, If, Stmt
from dlang.ir.ownership import analyse_module
from dlang.ir.walk import inner_blocks
from dlang.lint.activity import flowing
from dlang.lint.bends import NEARER, STEP, Place, Values, bend, place_of
from dlang.records import record
from dlang.source import Source, Span

__all__ = ["kink_lints"]

MOST_APPLICATIONS = 100_000
"""A run of more, which takes half a second or so, is left alone: `check` answers at once."""

MOST_ELEMENTS = 30_000_000
"""The same for the elements of its arrays."""


def kink_lints(program: Program) -> list[Diagnostic]:
    """W0406 for each place of the file at which the start is on a kink; none where the program cannot be run so far."""
    if not program.elaborated.terms or not _may_have_kinks(program):
        return []
    watch = _watched(program, program.model.start_values)
    if watch is None:
        return []
    breaks = {params: _gradient_jumps(program, params) for params in {kink.params for kink in watch.met.values()}}
    found = [kink for kink in watch.met.values() if breaks[kink.params]]
    if len(found) > 1:  # the jump may be that of another
        heard = _heard(program, found)
        bent = _bent(program, watch, found)
        found = [kink for kink in found if kink.span in heard & bent]
    return [_told(program, kink) for kink in found]


def _may_have_kinks(program: Program) -> bool:
    """Whether a primitive of the program has kinks, or compares: of others there is nothing to run for."""
    blocks = [program.elaborated.main, *(fn.block for fn in program.elaborated.module.values())]
    while blocks:
        for stmt in blocks.pop().body:
            if isinstance(stmt, Apply) and (stmt.prim.name in _PLACES or stmt.prim.name in _COMPARISONS):
                return True
            blocks += inner_blocks(stmt)
    return False


def _watched(program: Program, params: Sequence[Any]) -> _Watch | None:
    """What was met in a run of the objective; None if it fails, or takes too long."""
    try:
        module, name = program.model.whole()
        watch = _Watch(program, frozenset(s for each in analyse_module(module).values() for s in each.in_place))
        observe(module, name, [*(each.value for each in program.elaborated.inputs), *params], watch, in_place=True)
    except (DlangError, _EnoughSeen):
        return None
    return watch


class _EnoughSeen(Exception):  # noqa: N818  # carries the news out of the run; nothing is wrong
    pass


@record
class _Kink:
    """An application on a kink, the params that its operands depend on, and the one that it is of, if it is of one."""

    span: Span
    what: str
    params: frozenset[str]
    of: str = ""
    at: float | None = None


@record(eq=False)
class _Active:
    """A value with the params in which it has a derivative; of a Bool, the comparisons of equal values behind it."""

    value: Any
    params: frozenset[str]
    param: str = ""
    edges: tuple[_Kink, ...] = ()

    def copy(self) -> _Active:
        return _Active(self.value.copy(), self.params, self.param, self.edges)


class _Watch(Observer):
    """Holds what depends on free params as _Active, and everything else as it is."""

    def __init__(self, program: Program, in_place: frozenset[Stmt]) -> None:
        super().__init__()
        self.met: dict[Span, _Kink] = {}
        self.decided: dict[Span, set[Place]] = {}
        elaborated = program.elaborated
        self._source: Source = elaborated.span.source
        self._names = iter(
            [*("" for _ in elaborated.inputs), *("" if p.fixed else p.name for p in elaborated.parameters)]
        )
        self._flows: dict[Apply, tuple[bool, ...]] = {}
        self._in_place = in_place
        self._seen = 0
        self._elements = 0

    def admit(self, name: str, value: Any) -> Any:
        param = next(self._names)
        return _Active(value, frozenset({param}), param) if param else value

    def value(self, held: Any) -> Any:
        return held.value if isinstance(held, _Active) else held

    def _count(self) -> None:
        self._seen += 1
        if self._seen > MOST_APPLICATIONS or self._elements > MOST_ELEMENTS:
            raise _EnoughSeen

    def iteration(self, number: int | None) -> None:
        super().iteration(number)
        self._count()  # a loop that does nothing has an end, too

    def chose(self, stmt: If, taken: bool, held: Any) -> None:
        self._decided(stmt, held)

    def see(self, stmt: Apply, operands: tuple[Any, ...]) -> Any:
        values = tuple([each.value if isinstance(each, _Active) else each for each in operands])
        updates = stmt.prim.inplace if stmt in self._in_place else None
        out = (updates or stmt.prim.impl)(*values, **stmt.static)
        self._elements += 1 if updates is not None else getattr(out, "size", 1)
        self._count()
        if not any(isinstance(each, _Active) for each in operands):
            return out
        name = stmt.prim.name
        if name == "select":
            self._decided(stmt, operands[0])
            operands = self._taken(operands)
        params = self._params(stmt, operands)
        if params:
            if name in _PLACES:
                self._look(stmt, operands, values, out, params)
            if len(stmt.outs) > 1:
                return tuple(_Active(part, params) for part in out)
            return _Active(out, params)
        if stmt.outs[0].type.is_real:
            return out
        edges = self._edges(stmt, operands, values)
        return _Active(out, frozenset(), edges=edges) if edges else out

    def _params(self, stmt: Apply, operands: tuple[Any, ...]) -> frozenset[str]:
        """The params in which a result has a derivative."""
        flows = self._flows.get(stmt)
        if flows is None:
            flows = self._flows[stmt] = tuple(flowing(stmt))
        found: frozenset[str] = frozenset()
        for each, flows_on in zip(operands, flows, strict=True):
            if flows_on and isinstance(each, _Active) and each.params is not found:
                found = each.params if not found else found | each.params
        return found

    def _taken(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands of `where`, without the derivative of one of which nothing is chosen."""
        test, one, other = operands
        chosen = self.value(test)
        return test, one if np.any(chosen) else self.value(one), self.value(other) if np.all(chosen) else other

    def _edges(self, stmt: Apply, operands: tuple[Any, ...], values: tuple[Any, ...]) -> tuple[_Kink, ...]:
        """The comparisons of equal values that a Bool comes from, itself included."""
        edges = tuple(edge for each in operands if isinstance(each, _Active) for edge in each.edges)
        params = frozenset[str]().union(*(each.params for each in operands if isinstance(each, _Active)))
        is_edge = stmt.prim.name in _COMPARISONS and params and _some(values[0] == values[1])
        if is_edge and stmt.span is not None and stmt.span.source is self._source:
            return (*edges, _Kink(stmt.span, stmt.prim.name, params))
        return edges

    def _decided(self, stmt: Apply | If, held: Any) -> None:
        place = place_of(stmt)
        if isinstance(held, _Active):
            for edge in held.edges:
                self.met.setdefault(edge.span, edge)
                if place is not None:
                    self.decided.setdefault(edge.span, set()).add(place)

    def _look(
        self, stmt: Apply, operands: tuple[Any, ...], values: tuple[Any, ...], out: Any, params: frozenset[str]
    ) -> None:
        """Note an application whose operands are on a kink."""
        span = stmt.span
        if span is None or span.source is not self._source or span in self.met:
            return
        place = _PLACES[stmt.prim.name]
        if (len(operands) == 2 and operands[0] is operands[1]) or not place(values, out, stmt.static):
            return
        asked = operands[:1] if place is _at_zero else operands  # of a power the base
        of = [each.param for each in asked if isinstance(each, _Active)]
        other = [v for each, v in zip(asked, values, strict=False) if not isinstance(each, _Active)]
        at = 0.0 if not other else float(other[0]) if np.ndim(other[0]) == 0 else None
        if len(of) != 1 or stmt.prim.name in ("amax", "amin", "sort", "norm"):
            of, at = [""], None
        self.met[span] = _Kink(span, stmt.prim.name, params, of[0] if at is not None else "", at)


_COMPARISONS = ("lt", "le", "gt", "ge")

On = Callable[[tuple[Any, ...], Any, Mapping[str, Any]], bool]
"""Whether operands are on a kink, from them, the result and the statics."""


def _some(found: Any) -> bool:
    return found if isinstance(found, bool) else bool(np.any(found))


def _at_zero(values: tuple[Any, ...], out: Any, static: Mapping[str, Any]) -> bool:
    return _some(values[0] == 0)


def _equal(values: tuple[Any, ...], out: Any, static: Mapping[str, Any]) -> bool:
    return _some(values[0] == values[1])


def _both_zero(values: tuple[Any, ...], out: Any, static: Mapping[str, Any]) -> bool:
    return _some((values[0] == 0) & (values[1] == 0))


def _all_zero(values: tuple[Any, ...], out: Any, static: Mapping[str, Any]) -> bool:
    return _some(out == 0)


def _tied(values: tuple[Any, ...], out: Any, static: Mapping[str, Any]) -> bool:
    """Whether an extreme is met more than once."""
    axis = static["axis"]
    kept = out if axis is None or static["keepdims"] else np.expand_dims(out, axis)
    return bool(np.any(np.sum(np.equal(values[0], kept), axis=axis) > 1))


def _neighbours_equal(values: tuple[Any, ...], out: Any, static: Mapping[str, Any]) -> bool:
    return bool(np.any(np.equal(np.diff(out, axis=static["axis"]), 0)))


_PLACES: Mapping[str, On] = {
    **dict.fromkeys(("abs", "relu", "sqrt", "pow"), _at_zero),
    **dict.fromkeys(("maximum", "minimum"), _equal),
    **dict.fromkeys(("amax", "amin"), _tied),
    "sort": _neighbours_equal,
    "hypot": _both_zero,
    "norm": _all_zero,
}
"""Primitives with kinks. That of `sqrt` and of a power is one where the operand has no slope: `sqrt(k^2)`."""


# ---- the objective beside the start


def _gradient_jumps(program: Program, names: frozenset[str]) -> bool:
    """Whether the objective's gradient at the start differs from that close by, however close, where params move.

    Each element moves by another length, so that what is equal at the start comes apart.
    """
    with np.errstate(all="ignore"):
        return _jumps(program, names)


def _jumps(program: Program, names: frozenset[str]) -> bool:
    base = _slopes(program, names, 0.0)
    if base is None:
        return False
    for side in (STEP, -STEP):
        far, near = _slopes(program, names, side), _slopes(program, names, side / NEARER)
        if far is None or near is None:
            continue
        known = np.isfinite(base) & np.isfinite(near) & np.isfinite(far)
        jump, before = np.abs(near - base)[known], np.abs(far - base)[known]
        size = np.max(np.abs([base, near])[:, known], initial=0.0)
        if np.any((jump > 0.5 * before) & (jump > 1e-6 * size)):
            return True
    return False


def _slopes(program: Program, names: frozenset[str], step: float) -> Any:
    """The gradient in all free params, (n,), where those of these names are a step away; None if it cannot be run."""
    model, values = program.model, _moved(program, names, step)
    if step and _watched(program, values) is None:  # a loop that ends at the start may not end beside it
        return None
    try:
        _, gradient = model.value_and_gradient(values, [k for k, p in enumerate(model.parameters) if not p.fixed])
    except DlangError:
        return None
    return np.concatenate([np.ravel(each) for each in gradient])


def _moved(program: Program, names: frozenset[str], step: float) -> list[Any]:
    """Values of all params, where those of these names are a step from the start, each element by another length."""
    model = program.model
    values = model.start_values
    for k, parameter in enumerate(model.parameters):
        if parameter.name in names:
            at = np.asarray(values[k], dtype=float)
            lengths = 1 + 0.5 * np.sin(1.7 * np.arange(at.size) + k).reshape(at.shape)
            moved = at + step * lengths * np.maximum(np.abs(at), 1.0)
            values[k] = moved if at.ndim else float(moved)
    return values


def _bent(program: Program, watch: _Watch, kinks: Sequence[_Kink]) -> set[Span]:
    """The places of those kinks at which a value bends: `sqrt(k^4)` is smooth at 0, as branches may be that meet."""
    of: dict[Span, set[Place]] = {
        kink.span: watch.decided.get(kink.span, set()) if kink.what in _COMPARISONS else {Place(kink.span, kink.what)}
        for kink in kinks
    }
    module, name = program.model.whole()
    in_place = frozenset(s for each in analyse_module(module).values() for s in each.in_place)
    inputs = [each.value for each in program.elaborated.inputs]
    found: set[Span] = set()
    for params in {kink.params for kink in kinks}:
        spans = [kink.span for kink in kinks if kink.params == params]
        places = set[Place]().union(*(of[span] for span in spans))

        def run(step: float, params: frozenset[str] = params, places: set[Place] = places) -> Values | None:
            values = _moved(program, params, step)
            if step and _watched(program, values) is None:  # a loop that ends at the start may not end beside it
                return None
            seen = Values(places, in_place)
            try:
                observe(module, name, [*inputs, *values], seen, in_place=True)
            except DlangError:
                return None
            return seen

        bent = bend(run, places)
        found |= {span for span in spans if of[span] & bent or not of[span]}
    return found


def _heard(program: Program, kinks: Sequence[_Kink]) -> set[Span]:
    """The places of those kinks that the objective has a slope in: of `relu(k)^2` at 0 it has none."""
    from dlang.driver.drawn import drawn_program, run_drawn  # loaded where there are several kinks
    from dlang.interpreter.record import Node

    found = {kink.span for kink in kinks}
    try:
        ran = run_drawn(drawn_program(program, ""))
    except DlangError:
        return found
    if ran.backward is None:
        return found
    functions = {kink.span: kink.what for kink in kinks if kink.what in _PLACES}
    heard = found - functions.keys()
    for node in ran.recording.nodes:
        stmt = node.stmt
        if not isinstance(stmt, Apply) or stmt.span not in functions or functions[stmt.span] != stmt.prim.name:
            continue
        values = tuple(each.value if isinstance(each, Node) else each for each in node.operands)
        slope = ran.backward.cotangents.get(node, 0.0)
        if _PLACES[stmt.prim.name](values, node.value, stmt.static) and np.any(np.not_equal(slope, 0)):
            heard.add(stmt.span)
    return heard


# ---- what is said of one


def _told(program: Program, kink: _Kink) -> Diagnostic:
    starts = {p.name: at for p, at in zip(program.model.parameters, program.model.start_values, strict=True)}
    names = [p.name for p in program.model.parameters if p.name in kink.params]
    shown = [f"`{name} = {plain(float(starts[name]))}`" for name in names if np.ndim(starts[name]) == 0][:3]
    note = f"the start is {', '.join(shown)}" if shown and not kink.of else None
    mend = next(_mends(program, names), None)
    return models.start_at_kink(kink.span, _written(kink), kink.of, kink.at, note, mend)


def _written(kink: _Kink) -> str | None:
    """What the program calls what has the kink: `clamp`, though it is made of `max`; None if it has no name there.

    A comparison that decides is the `if`.
    """
    if kink.what in _COMPARISONS:
        return "if"
    text, word = kink.span.text, spoken(kink.what)
    called = re.match(r"(\w+)\(", text)
    if called is not None and called[1] in BUILTINS and called[1] not in ("map", "fold", "scan"):
        return called[1]
    return word if re.search(rf"\b{word}\b", text) or not word.isidentifier() else None


def _mends(program: Program, names: list[str]) -> Iterator[str]:
    """Options that start a param beside the kink, within its bounds."""
    for parameter, (at, lower, upper) in zip(program.model.parameters, program.model.start, strict=True):
        if parameter.name in names and np.ndim(at) == 0:
            step = 0.1 * max(1.0, abs(float(at)))
            for beside in (at + step, at - step):
                if lower <= beside <= upper:
                    yield f"--set {parameter.name}={plain(float(f'{beside:.6g}'))}"

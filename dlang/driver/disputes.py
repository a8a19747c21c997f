"""Derivative rules of the program's own against differences of their functions, call by call.

A gradient can be right by chance where a rule is wrong: a large term hides it, its cotangent is zero, a second rule
makes up for the first. So rules are asked one by one, argument by argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, derivatives
from dlang.driver.checking import examined
from dlang.driver.drawn import Drawn, drawn_program
from dlang.driver.flat import element_names
from dlang.driver.ruled_calls import RuledCall, ruled_calls
from dlang.interpreter.evaluate import Compiled, compile_module, silent
from dlang.ir.derived import source_name
from dlang.ir.nodes import Function, Module, Rule, Ruled
from dlang.passes.dead_code import reachable
from dlang.passes.pipeline import finished
from dlang.records import record
from dlang.recursion import deep_recursion

if TYPE_CHECKING:
    from dlang.driver.program import Program

__all__ = ["disputed_anywhere", "disputed_rules", "disputed_rules_of"]

ELEMENTS = 16
"""An array of up to so many elements is moved element by element, a larger one along random directions."""

DIRECTIONS = 4
"""How many."""

WORK = 20_000
"""Evaluations of one function, about, after which no more of its calls are looked at: the first and last always are."""


FACTORS = (-2.7, 1e4)
"""A rule is asked for its cotangents times these too: what it gives is so much more, or there is a bend in it."""

STRAIGHT = 1e-9
"""Relative: rounding makes less of a difference between a rule's answers."""


def disputed_rules(program: Program, at: Mapping[str, Any] | None = None) -> list[Diagnostic]:
    """Calls at which a rule disagrees with differences of its function; the first of each rule.

    The calls are those of the whole program, reports included, and of what only derivatives in it are taken of.

    Args:
        program: it has an objective.
        at: values of parameters, by the names of their parts; the others are at their starts.
    """
    if not _ruled(program.elaborated.module) and not _ruled(program.for_rules.elaborated.module):
        return []
    return disputed_anywhere(program, lambda asked: drawn_program(asked, "", at))


def disputed_anywhere(program: Program, drawn: Callable[[Program], Drawn]) -> list[Diagnostic]:
    """Faults in what moves, and in constants: of those, a rule that says 0 may mean that it leaves them alone.

    Args:
        program: the program.
        drawn: what is drawn of it, or of it with its constants as variables.
    """
    moving = disputed_rules_of(drawn(program))
    asked = program.for_rules
    if asked is program:
        return moving
    known = {(told.title, told.primary.span.start if told.primary else 0) for told in moving}
    more = disputed_rules_of(drawn(asked), zeros_are_meant=True)
    return [*moving, *(t for t in more if (t.title, t.primary.span.start if t.primary else 0) not in known)]


def _ruled(module: Module) -> dict[str, Function]:
    """The functions with rules; those of the library are tested with it."""
    return {
        name: fn
        for name, fn in module.items()
        if isinstance(fn.definition, Ruled) and not (fn.span is not None and fn.span.source.in_library)
    }


def disputed_rules_of(drawn: Drawn, *, zeros_are_meant: bool = False) -> list[Diagnostic]:
    """The same for the calls that what is drawn makes, such as a function at a point; of zeros, only if so."""
    ruled = _ruled(drawn.defined)
    if not ruled:
        return []
    arguments = [argument.value for argument in drawn.arguments]
    found: dict[tuple[str, str], Diagnostic] = {}
    for name, calls in ruled_calls(drawn.defined, drawn.entry, arguments, ruled).items():
        function = _RuledFunction(drawn.defined, ruled[name])
        for kind in function.rules:
            fault = function.first_fault(kind, calls)
            if fault is not None and not (zeros_are_meant and fault.by_rule == 0.0):
                rule = drawn.defined[function.rules[kind].name].span
                at, title = fault.call.span, function.title
                told = derivatives.rule_disagrees(
                    at, title, fault.where, fault.by_rule, fault.expected, rule, fault.factor
                )
                found.setdefault((function.title, kind), told)
    return list(found.values())


@record(eq=False)
class _Fault:
    """A derivative at a call that is not as expected; `where` says of what, in words.

    It is not what differences say; or, for a cotangent so much as another by a `factor`, not so much as for that.
    """

    call: RuledCall
    where: str
    by_rule: float
    expected: float
    factor: float | None = None


@record(eq=False)
class _Direction:
    """A way to move one argument: `moved(value)` is the argument, `unit` its derivative in the value.

    The value is `begin` at the call, and of the size `size`.
    """

    name: str
    unit: Any
    moved: Callable[[float], Any]
    begin: float
    size: float | None


class _RuledFunction:
    """A function with rules, and what is needed to ask them."""

    def __init__(self, defined: Module, fn: Function) -> None:
        assert isinstance(fn.definition, Ruled)
        self._defined, self._of = defined, fn.definition.of
        self.title = source_name(self._of)
        pairs = {"jvp": fn.definition.jvp, "vjp": fn.definition.vjp}
        self.rules: dict[str, Rule] = {kind: rule for kind, rule in pairs.items() if rule is not None}
        self._compiled: dict[str, Compiled] = {}
        self._evaluations = 0

    def first_fault(self, kind: str, calls: Sequence[RuledCall]) -> _Fault | None:
        """The first of the calls at which a rule disagrees, or of as many of them as the work allows."""
        self._evaluations = 0
        fault = self._fault(kind, calls[0])
        many = max(2, WORK // max(1, self._evaluations))
        others = calls[1:] if len(calls) <= many else [calls[k] for k in _spread(len(calls), many)]
        return fault or next(filter(None, (self._fault(kind, call) for call in others)), None)

    def _fault(self, kind: str, call: RuledCall) -> _Fault | None:
        """The first disagreement of a rule at a call; None too where nothing can be said, as the rule fails there."""
        try:
            return next(self._faults(kind, call), None)
        except DlangError:
            return None

    def _faults(self, kind: str, call: RuledCall) -> Iterator[_Fault]:
        rule = self.rules[kind]
        rng = np.random.default_rng(1)
        outs = [np.asarray(out, dtype=np.float64) for out in self._values(call.primals)]
        shapes = [out.shape for out in outs]
        count = sum(out.size for out in outs)
        cotangents = list(np.eye(count)) if count <= ELEMENTS else list(rng.uniform(-1, 1, (DIRECTIONS, count)))
        ask = _jvp_products if kind == "jvp" else _vjp_products
        products = ask(self._function(rule.name), call.primals, rule.wrt, cotangents, shapes)
        hints = [param.hint for param in self._defined[self._of].block.params]
        for place, k in enumerate(rule.wrt):
            for direction in _directions(hints[k], call.primals[k], rng):
                by_rule = products(place, direction.unit)
                values = self._moving(call.primals, k, direction)
                size = float(np.max(np.abs(by_rule), initial=0.0))
                for row, cotangent in enumerate(cotangents):

                    def along(
                        value: float, cotangent: Any = cotangent, values: Callable[[float], Any] = values
                    ) -> float:
                        return float(np.sum(cotangent * values(value)))

                    exact = float(by_rule[row])
                    state, _, found = examined(along, direction.begin, exact, size, reach=direction.size)
                    if state == "disagrees":
                        where = _where(direction.name, row if count <= ELEMENTS else None, shapes)
                        at = _point(hints, call.primals)
                        yield _Fault(call, f"{where}{at}", float(by_rule[row]), found.value)
        if kind == "vjp":
            yield from self._bends(call, cotangents, shapes)

    def _bends(self, call: RuledCall, cotangents: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Iterator[_Fault]:
        """Where a rule for cotangents is not linear in them: differences are none of what it is for others."""
        rule = self.rules["vjp"]
        run = self._function(rule.name)
        hints = [param.hint for param in self._defined[self._of].block.params]
        for cotangent in cotangents:
            once = run(*call.primals, *_apart(cotangent, shapes))
            for factor in FACTORS:
                again = run(*call.primals, *_apart(factor * cotangent, shapes))
                for k, one, other in zip(rule.wrt, once, again, strict=True):
                    off = _unequal(factor * np.ravel(one), np.ravel(other))
                    if off is not None:
                        name = element_names(hints[k], np.shape(other))[off]
                        by_rule, base = (float(np.ravel(each)[off]) for each in (other, one))
                        at = _point(hints, call.primals)
                        yield _Fault(call, f"in `{name}`{at}", by_rule, factor * base, factor)

    def _moving(self, primals: Sequence[Any], k: int, direction: _Direction) -> Callable[[float], Any]:
        """The function's Reals, one after the other, as one argument moves; NaN where it has no value."""
        known: dict[float, Any] = {}

        def values(value: float) -> Any:
            if value not in known:
                moved = [direction.moved(value) if i == k else primal for i, primal in enumerate(primals)]
                try:
                    known[value] = _joined(self._values(moved))
                except DlangError:
                    known[value] = nan
            return known[value]

        return values

    def _values(self, primals: Sequence[Any]) -> list[Any]:
        """What the function gives, of which the Reals have a derivative."""
        self._evaluations += 1
        results = self._defined[self._of].block.results
        out = self._function(self._of)(*primals)
        return [value for value, result in zip(out, results, strict=True) if result.type.is_real]

    def _function(self, name: str) -> Callable[..., tuple[Any, ...]]:
        """A function of the module: a tuple of its results."""
        if name not in self._compiled:
            with deep_recursion():
                self._compiled[name] = compile_module(finished(reachable(self._defined, [name]), name))
            self._compiled[name].emit_print = silent
        single = len(self._defined[name].block.results) == 1

        def run(*args: Any) -> tuple[Any, ...]:
            with deep_recursion():
                out = self._compiled[name](name, *args)
            return (out,) if single else tuple(out or ())

        return run


Products = Callable[[int, Any], Any]
"""From the place of an argument in the rule's `wrt` and a direction of it to what the rule gives: (c,), a number for
each of the c cotangents."""


def _jvp_products(
    fn: Callable[..., tuple[Any, ...]],
    primals: Sequence[Any],
    wrt: Sequence[int],
    cotangents: Sequence[Any],
    shapes: Sequence[tuple[int, ...]],
) -> Products:
    still = [np.zeros(np.shape(primals[k])) if np.ndim(primals[k]) else 0.0 for k in wrt]

    def products(place: int, unit: Any) -> Any:
        tangents = _joined(fn(*primals, *still[:place], unit, *still[place + 1 :]))
        return np.stack([ct @ tangents for ct in cotangents]) if cotangents else np.zeros(0)

    return products


def _vjp_products(
    fn: Callable[..., tuple[Any, ...]],
    primals: Sequence[Any],
    wrt: Sequence[int],
    cotangents: Sequence[Any],
    shapes: Sequence[tuple[int, ...]],
) -> Products:
    pulled = [fn(*primals, *_apart(ct, shapes)) for ct in cotangents]

    def products(place: int, unit: Any) -> Any:
        return np.array([np.sum(np.asarray(row[place]) * unit) for row in pulled])

    return products


def _unequal(expected: Any, found: Any) -> int | None:
    """The place of the largest difference, if it is none of rounding; None too for what is not finite."""
    finite = np.isfinite(expected)
    if not finite.any():
        return None
    off = np.abs(np.where(finite, found - np.where(finite, expected, 0.0), 0.0))
    off[np.isnan(off)] = np.inf
    place = int(np.argmax(off))
    return place if off[place] > STRAIGHT * float(np.max(np.abs(expected[finite]))) else None


def _joined(values: Sequence[Any]) -> Any:
    return np.concatenate([np.ravel(np.asarray(v, dtype=np.float64)) for v in values]) if values else np.zeros(0)


def _apart(vector: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """A vector as numbers and arrays of the shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    pieces = np.split(vector, ends[:-1])
    return [piece.reshape(shape) if shape else float(piece[0]) for piece, shape in zip(pieces, shapes, strict=True)]


def _directions(name: str, primal: Any, rng: np.random.Generator) -> Iterator[_Direction]:
    """Ways to move an argument: each of its elements, or all at once, each by a part of its own size."""
    if not np.ndim(primal):
        yield _Direction(f"`{name}`", 1.0, lambda value: value, float(primal), None)
        return
    sizes = np.abs(primal)
    typical = float(np.max(sizes, initial=0.0)) or None
    if primal.size > ELEMENTS:
        for _ in range(DIRECTIONS):
            unit = np.where(sizes > 0, sizes, typical or 1.0) * rng.uniform(-1, 1, primal.shape)
            along = f"`{name}` along a random direction"
            yield _Direction(along, unit, partial(_along, primal, unit), 1.0, None)
        return
    for element, place in zip(element_names(name, primal.shape), np.ndindex(primal.shape), strict=True):
        unit = np.zeros(primal.shape)
        unit[place] = 1.0
        begin = float(primal[place])
        size = abs(begin) or typical
        yield _Direction(f"`{element}`", unit, partial(_with, primal, place), begin, size)


def _along(array: Any, unit: Any, value: float) -> Any:
    """From the array at 1, so that values are as far from each other as the elements of the size of their steps are."""
    return array + (value - 1.0) * unit


def _with(array: Any, place: tuple[int, ...], value: float) -> Any:
    moved = array.copy()
    moved[place] = value
    return moved


def _where(name: str, row: int | None, shapes: Sequence[tuple[int, ...]]) -> str:
    """What a derivative is of: `in \\`x\\``, with the number of the value, or its element, where there are several."""
    if row is None or sum(int(np.prod(shape)) for shape in shapes) == 1:
        return f"in {name}"
    if len(shapes) == 1:
        (element,) = element_names("", shapes[0])[row : row + 1]
        return f"in {name}, of the value's element {element}"
    return f"in {name}, of number {row + 1} of the value"


def _point(names: Sequence[str], primals: Sequence[Any]) -> str:
    """Where a call was, if its arguments are few numbers."""
    known = [f"{name} = {value:.6g}" for name, value in zip(names, primals, strict=True) if not np.ndim(value) and name]
    return f", at `{', '.join(known)}`" if len(known) == len(primals) and len(known) <= 4 else ""


def _spread(count: int, many: int) -> list[int]:
    """Indices of `many` of `count` calls, evenly spread; the last is among them, the first is not."""
    return sorted({int(k) for k in np.linspace(0, count - 1, many)} - {0})

"""What a loop carries from pass to pass: names and values, in builds and types found by a fixpoint.

The body is elaborated until what it leaves fits what it began with. Pseudo-names such as `%out` stand beside the
user's own names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlang.diagnostics import Diagnostic, Reporter
from dlang.diagnostics import typing as faults
from dlang.elaborate.describing import describe
from dlang.elaborate.jumps import assigned_names
from dlang.elaborate.merging import Merging, Way, origin
from dlang.elaborate.operators import POISON
from dlang.elaborate.tree import Node, head
from dlang.elaborate.unions import MOST_OPTIONS, same, same_build, union
from dlang.elaborate.values import (
    DRAWS,
    Absent,
    Choice,
    ModuleValue,
    Num,
    RangeValue,
    Value,
    exact_key,
    is_choosable,
    leaves,
    rebuild,
)
from dlang.ir.nodes import Atom, Block, For, Stmt, Var, While
from dlang.records import record, replace
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import INT

__all__ = ["CARRY", "GROWTH_LIMIT", "Carried", "LoopText", "Repeating"]

CARRY = "%carry"
"""What a `fold` or `scan` carries; a number behind it tells one from another."""

GROWTH_LIMIT = 16
"""Passes after which a choice that still grows is taken to grow for ever."""


@record
class LoopText:
    """A loop as it is written: all of it, its first words, the names it may change, what its passes run.

    `late` are names that need not be bound before the loop to be carried by it. `given` tells loops of one text apart
    that run over values which no name holds.
    """

    span: Span
    head: Span
    names: tuple[str, ...]
    body: tuple[ast.Statement, ...] = ()
    late: tuple[str, ...] = ()
    variable: str = "i"
    given: object = None

    @staticmethod
    def of(node: Node, *parts: Node) -> LoopText:
        """What a comprehension, a `map` or another loop without statements is; `parts` are run at every pass."""
        return LoopText(node.span, head(node), tuple(assigned_names(*parts)))


@record(frozen=False)
class Carried:
    """A name that a loop carries: its value before, and a value of the build and types that it has inside."""

    name: str
    before: Value
    template: Value


class Repeating(Merging):
    """Elaborates the passes of loops."""

    def __init__(self, report: Reporter) -> None:
        super().__init__(report)
        self._depth = 0
        self._settled: dict[object, list[Carried]] = {}

    def count_through(self, text: LoopText, range_: RangeValue, run: Callable[[Num], Value]) -> None:
        """A `For` over a range; `run` elaborates a pass, given the index."""
        index = Var(INT, text.variable)
        carried, params, way = self.fixpoint(text, lambda: run(Num(self.frame.build.ref(index))))
        inits, outs = self.loop_ends(carried, text.span)
        results = self.loop_results(carried, way, text.span)
        ends = (range_.start.atom, range_.stop.atom, range_.step.atom)
        block = Block((index, *params), tuple(way.body), tuple(results))
        self.frame.build.emit(For(outs, *ends, tuple(inits), block, False, text.span))

    def repeat_while(
        self,
        text: LoopText,
        test: Callable[[], Num | None],
        run: Callable[[], Value],
        stopped: Callable[[], Num],
        extra: tuple[str, ...] = (),
        forever: bool = False,
    ) -> bool:
        """A `While`; nothing is emitted, and the answer is False, if its condition changes names or draws."""
        carried, params, way = self.fixpoint(text, run, extra, forever=forever)
        with self.tentative() as reports:
            cond_params, cond = self._condition(carried, test, stopped, text.span)
        if cond is None:
            return False
        for diagnostic in reports.diagnostics:
            self.report(diagnostic)
        inits, outs = self.loop_ends(carried, text.span)
        results = self.loop_results(carried, way, text.span)
        body = Block(tuple(params), tuple(way.body), tuple(results))
        self.frame.build.emit(While(outs, tuple(inits), Block(tuple(cond_params), *cond), body, text.span))
        return True

    def _condition(
        self, carried: Sequence[Carried], test: Callable[[], Num | None], stopped: Callable[[], Num], span: Span
    ) -> tuple[list[Var], tuple[tuple[Stmt, ...], tuple[Atom, ...]] | None]:
        params, bound = self._bound_params(carried)
        before = self.frame.env
        self.frame.env = inside = {**before, **bound}
        known = dict(inside)
        with self.frame.build.nested() as body:
            halted = stopped()
            if halted.known is False:
                result = test()
            else:
                going = self.negate(halted, span)
                block, value = self.nested(lambda: test() or POISON)
                result = self.short_circuit("and", going, block, value, span) if isinstance(value, Num) else None
        self.frame.env = before
        if any(inside.get(name) is not value for name, value in known.items()) or len(inside) != len(known):
            return params, None
        return params, (tuple(body), (result.atom,) if result is not None else ())

    # ---- the fixpoint

    def fixpoint(
        self, text: LoopText, run: Callable[[], Value], extra: tuple[str, ...] = (), forever: bool = False
    ) -> tuple[list[Carried], list[Var], Way]:
        """Elaborate a body until what it carries is built as what it leaves, of numbers of the same types."""
        names = tuple(dict.fromkeys((*text.names, *extra)))
        where = self._state(text) if self._depth else None
        carried = self._first_carried(names, self._settled.get(where, ()))
        self._depth += 1
        try:
            params, way = self._settle(text, run, carried, names, names if forever else text.late)
        finally:
            self._depth -= 1
            if not self._depth:
                self._settled.clear()
        if where is not None:
            self._settled[where] = [replace(item) for item in carried]
        self._refuse_changes(carried, way, text)
        return carried, params, way

    def _settle(
        self,
        text: LoopText,
        run: Callable[[], Value],
        carried: list[Carried],
        names: Sequence[str],
        late: Sequence[str],
    ) -> tuple[list[Var], Way]:
        env = self.frame.env
        rounds = 0
        while True:
            params, bound = self._bound_params(carried)
            with self.tentative() as reports:
                self.frame.env = {**env, **bound}
                way = self.way(run)
                self.frame.env = env
            changed = self._widen(carried, way)
            known = {c.name for c in carried}
            for name in late:
                value = way.env.get(name)
                if name not in known and name not in env and value is not None and not isinstance(value, Absent):
                    carried.append(Carried(name, POISON, value))
                    changed = True
            if DRAWS not in known and DRAWS in env and not same(way.env[DRAWS], env[DRAWS]):
                carried.append(Carried(DRAWS, env[DRAWS], env[DRAWS]))
                changed = True
            rounds += 1
            if not changed:
                break
            if rounds > GROWTH_LIMIT and self._refuse_growth(carried, way, text):
                break
        for diagnostic in reports.diagnostics:
            self.report(diagnostic)
        return params, way

    def _state(self, text: LoopText) -> object:
        """What decides to what a loop inside another settles.

        The outer one is elaborated more than once, and the inner one every time; without memory of what it settled to,
        each loop around it would double the work.
        """
        names = tuple((name, exact_key(value)) for name, value in self.frame.env.items())
        return text.span, text.given, self.frame, names

    def _first_carried(self, names: Sequence[str], settled: Sequence[Carried]) -> list[Carried]:
        """What a loop carries at first: the names as they are before it, in the builds to which it settled before."""
        env = self.frame.env
        templates = {item.name: item.template for item in settled}
        present = [(name, env[name]) for name in dict.fromkeys((*names, *templates)) if name in env]
        carried = [
            Carried(name, value, templates.get(name, value))
            for name, value in present
            if not isinstance(value, (Absent, ModuleValue))
        ]
        late = [item for item in settled if item.name not in env]
        return carried + [Carried(item.name, POISON, item.template) for item in late]

    def _bound_params(self, carried: Sequence[Carried]) -> tuple[list[Var], dict[str, Value]]:
        params: list[Var] = []
        bound: dict[str, Value] = {}
        for item in carried:
            hint = "" if item.name.startswith("%") else item.name
            fresh = [Var(leaf.type, hint) for leaf in leaves(item.template)]
            params += fresh
            bound[item.name] = rebuild(item.template, iter([self.frame.build.ref(v) for v in fresh]))
        return params, bound

    def _widen(self, carried: Sequence[Carried], way: Way) -> bool:
        """Widen what is carried to hold what the body leaves; whether anything changed."""
        changed = False
        for item in carried:
            after = way.env.get(item.name, POISON)
            wider = None if isinstance(after, Absent) else union(item.template, after)
            if wider is not None and not same_build(wider, item.template):
                item.template = wider
                changed = True
        return changed

    def _refuse_growth(self, carried: Sequence[Carried], way: Way, text: LoopText) -> bool:
        """Report the names whose choices a loop lets grow at every pass, and give them up."""
        growing = [item for item in carried if isinstance(item.template, Choice)]
        for item in growing:
            self.fault(faults.choice_grows(text.head, item.name, describe(item.template)))
            way.env[item.name] = POISON
            item.template = item.before
        return bool(growing)

    def _refuse_changes(self, carried: Sequence[Carried], way: Way, text: LoopText) -> None:
        """Names whose value a loop would change into something of another kind."""
        for item in carried:
            after = way.env.get(item.name, POISON)
            if isinstance(after, Absent):
                continue
            wider = union(item.template, after)
            if wider is None or not same_build(wider, item.template):
                is_choice = is_choosable(item.template) and is_choosable(after)
                if not (is_choice and self.faulty):
                    self.fault(self._change(item, after, text))
                way.env[item.name] = POISON

    @staticmethod
    def _change(item: Carried, after: Value, text: LoopText) -> Diagnostic:
        """What is wrong with a name that a loop leaves as something else than it began with."""
        shown = None if item.name.startswith("%") else item.name
        if is_choosable(item.template) and is_choosable(after):
            return faults.too_many_choices(text.head, shown, MOST_OPTIONS)
        found = (text.head, shown, describe(item.before), describe(after))
        return faults.loop_changes_type(*found, origin(shown, text.body), is_carried=item.name.startswith(CARRY))

    # ---- both ends

    def loop_ends(self, carried: Sequence[Carried], span: Span) -> tuple[list[Atom], tuple[Var, ...]]:
        """What a loop begins with, in the types it carries, and the names of what it leaves."""
        inits: list[Atom] = []
        for item in carried:
            inits += [number.atom for number in self.fitted(item.before, item.template, span)]
        outs, bound = self._bound_params(carried)
        self.frame.env.update(bound)
        return inits, tuple(outs)

    def loop_results(self, carried: Sequence[Carried], way: Way, span: Span) -> list[Atom]:
        """What a pass of the body leaves, in the types the loop carries."""
        results: list[Atom] = []
        with self.frame.build.resumed(way.body):
            for item in carried:
                after = way.env.get(item.name, POISON)
                results += [number.atom for number in self.fitted(after, item.template, span)]
        return results

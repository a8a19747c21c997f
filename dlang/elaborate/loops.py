"""Loops: what a pass carries to the next, in types found by a fixpoint, and how a loop is left early.

The body is elaborated until the types of the names it carries are those it leaves. A `for` that `break` or `return`
may leave becomes a `while` that counts; the pseudo-names `%broken`, `%skipped`, `%done`, `%result` and `%which` hold
the state of jumps beside the user's own names.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from dlang.diagnostics import models as model_faults
from dlang.diagnostics import typing as faults
from dlang.elaborate.jumps import assigned_names, contains, names_read, never_ends, returns
from dlang.elaborate.merging import Merging, Way, origin
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.tree import head, pattern_names
from dlang.elaborate.values import Absent, Func, Num, RangeValue, Str, Tup, Value, describe, leaves, rebuild
from dlang.ir.nodes import Assert, Atom, Block, For, Stmt, Var, While
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import INT, Type, join_types

__all__ = ["BROKEN", "DONE", "RESULT", "SKIPPED", "Loops"]

BROKEN, SKIPPED, DONE, RESULT, WHICH = "%broken", "%skipped", "%done", "%result", "%which"


@record(frozen=False)
class _Carried:
    """A name that a loop carries: its value before, and the types of its numbers."""

    name: str
    before: Value
    types: list[Type]


class Loops(Merging):
    """Elaborates `for` and `while`."""

    @abstractmethod
    def statements(self, body: Sequence[ast.Statement], tail: bool) -> Value:
        """The value of the last statement; with `tail` it is also the function's result."""

    def bind(self, name: str, value: Value) -> None:
        """Bind a name in this frame; the IR calls its values so where they have no name yet."""
        self.frame.env[name] = value

    def stopped(self, span: Span) -> Num:
        """Whether a jump has been taken that skips what follows here."""
        stopped = self.literal(False)
        for name in (SKIPPED, BROKEN, DONE):
            flag = self.frame.env.get(name)
            if isinstance(flag, Num):
                stopped = self.either(stopped, flag, span)
        return stopped

    def loop(self, node: ast.For | ast.While) -> None:
        """A loop. The value of a `return` in it is computed behind it, from what it leaves.

        Otherwise the loop would carry the value beside the names that it is made of, and an array that it fills and
        returns would have two owners, and be copied at every pass.
        """
        frame = self.frame
        jumps = returns(node) if DONE in frame.env and not frame.deferred else ()
        if not jumps:
            self._any_loop(node)
            return
        before = dict(frame.env)
        frame.deferred = jumps
        if len(jumps) > 1:
            frame.env[WHICH] = self.literal(0)
        self._any_loop(node)
        late = [name for name in self._read_behind(node) if name not in before]
        frame.deferred = ()
        left, which = frame.env[DONE], frame.env.pop(WHICH, POISON)
        assert isinstance(left, Num)
        if never_ends(node):
            self._give_one(jumps, which)
        else:
            given = self.way(lambda: self._give_one(jumps, which))
            self.join(left, given, self.way(lambda: POISON), node.span)
        for name in late:
            frame.env.pop(name, None)

    def _give_one(self, jumps: Sequence[ast.Return], which: Value) -> Value:
        """The `return` that was reached: the last of `jumps`, or that of the number `which`, which counts from 0."""
        *others, jump = jumps
        if not others:
            return self.give(jump)
        taken = self.compare("==", which, self.literal(len(others)), (jump.span, jump.span))
        assert isinstance(taken, Num)
        here = self.way(lambda: self.give(jump))
        return self.join(taken, here, self.way(lambda: self._give_one(others, which)), jump.span)

    def _any_loop(self, node: ast.For | ast.While) -> None:
        if isinstance(node, ast.For):
            self._for(node)
        else:
            self._while(node)

    def give(self, node: ast.Return) -> Value:
        """A `return`: what follows it is skipped from here on."""
        number = next((k for k, jump in enumerate(self.frame.deferred) if jump is node), None)
        if number is not None and len(self.frame.deferred) > 1:
            self.frame.env[WHICH] = self.literal(number)
        if number is None:
            self.frame.env[RESULT] = NOTHING if node.value is None else self.value(node.value)
        self.frame.env[DONE] = self.literal(True)
        return POISON

    def _read_behind(self, node: ast.For | ast.While) -> list[str]:
        """The names that a loop changes and the value of a deferred `return` reads: they are carried in any case."""
        read = names_read(tuple(jump.value for jump in self.frame.deferred))
        return [name for name in _changed(node) if name in read]

    def _for(self, node: ast.For) -> None:
        if not isinstance(node.pattern, ast.Name):
            self.value(node.iterable)
            self.fault(model_faults.not_yet(node.pattern.span, "loops that unpack"))
            self._elaborate_unrun(node)
            return
        name = node.pattern.text
        iterable = self.value(node.iterable)
        array: Num | None = None
        if isinstance(iterable, Num) and iterable.type.rank:
            array = iterable
            size = array.type.shape[0]
            stop = (
                self.literal(size) if size is not None else self.apply(TABLE["length"], array, span=node.span, axis=0)
            )
            assert isinstance(stop, Num)
            iterable = RangeValue(self.literal(0).ref, stop.ref, self.literal(1).ref)
        if not isinstance(iterable, RangeValue):
            mend = "write `0..n` for a range" if isinstance(iterable, Num) else None
            what, found = "what `for` runs over", describe(iterable)
            self.refuse(iterable, what, faults.wrong_type(node.iterable.span, what, "a range or an array", found, mend))
            self._elaborate_unrun(node)
            return

        def begin(index: Num) -> None:
            spot: Value = index
            if array is not None:
                spot = self.apply(TABLE["get"], array, index, span=node.iterable.span, spec=("int",))
            self.bind(name, spot)

        body = node.body.statements
        leaving = contains(body, (ast.Break,), in_loops=False) or contains(body, (ast.Return,), in_loops=True)
        if leaving:
            self._counted_while(node, iterable, begin)
        else:
            self._plain_for(node, iterable, begin)

    def _elaborate_unrun(self, node: ast.For) -> None:
        """The body of a loop over something that is at fault, for the faults of its own."""
        for name in pattern_names(node.pattern):
            self.bind(name.text, POISON)
        self.way(lambda: self.statements(node.body.statements, False))

    def _plain_for(self, node: ast.For, range_: RangeValue, begin: Callable[[Num], None]) -> None:
        index = Var(INT, _hint(node))

        def run() -> Value:
            begin(Num(self.frame.build.ref(index)))
            return self._body(node.body.statements)

        carried, params, way = self._fixpoint(node, run)
        inits, outs = self._loop_ends(carried, node.span)
        results = self._loop_results(carried, way, node.span)
        ends = (range_.start.atom, range_.stop.atom, range_.step.atom)
        block = Block((index, *params), tuple(way.body), tuple(results))
        self.frame.build.emit(For(outs, *ends, tuple(inits), block, False, node.span))

    def _counted_while(self, node: ast.For, range_: RangeValue, begin: Callable[[Num], None]) -> None:
        """A `for` that may be left early: a `while` that counts."""
        outer = self._enter_loop(node.body.statements)
        counter = "%index"
        saved: Value | None = self.frame.env.get(counter)
        self.frame.env[counter] = Num(range_.start)
        step = Num(range_.step)
        if step.known is None:  # a `For` is checked where it runs; this becomes a `While`
            nonzero = self.compare("!=", step, self.literal(0), (node.iterable.span, node.iterable.span))
            assert isinstance(nonzero, Num)
            self.frame.build.emit(Assert(nonzero.atom, "a range steps by 0", node.iterable.span))

        def test() -> Num:
            index = self.frame.env[counter]
            assert isinstance(index, Num)
            spans = node.iterable.span, node.iterable.span
            if step.known is not None:
                short = self.compare("<" if step.known > 0 else ">", index, Num(range_.stop), spans)
            else:
                up = self.compare("<", index, Num(range_.stop), spans)
                down = self.compare(">", index, Num(range_.stop), spans)
                ahead = self.compare(">", step, self.literal(0), spans)
                short = self.apply(TABLE["select"], ahead, up, down, span=node.iterable.span)
            assert isinstance(short, Num)
            return short

        def run() -> Value:
            index = self.frame.env[counter]
            assert isinstance(index, Num)
            begin(index)
            value = self._body(node.body.statements)
            self.frame.env[counter] = self.apply(TABLE["add"], index, step, span=node.iterable.span)
            return value

        self._emit_while(node, test, run, (counter,))
        self._leave_loop(outer)
        if saved is None:
            self.frame.env.pop(counter, None)
        else:
            self.frame.env[counter] = saved

    def _while(self, node: ast.While) -> None:
        self.refuse_assignments(node.condition, "the condition of a `while`")
        outer = self._enter_loop(node.body.statements)
        self._emit_while(
            node,
            lambda: self.condition(node.condition, "while"),
            lambda: self._body(node.body.statements),
            (),
        )
        self._leave_loop(outer)

    def _emit_while(
        self,
        node: ast.For | ast.While,
        test: Callable[[], Num | None],
        run: Callable[[], Value],
        extra: tuple[str, ...],
    ) -> None:
        carried, params, way = self._fixpoint(node, run, extra, forever=_is_true(node))
        with self.tentative() as reports:
            cond_params, cond = self._while_condition(carried, test, node.span)
        for diagnostic in reports.diagnostics:
            self.report(diagnostic)
        inits, outs = self._loop_ends(carried, node.span)
        results = self._loop_results(carried, way, node.span)
        body = Block(tuple(params), tuple(way.body), tuple(results))
        self.frame.build.emit(While(outs, tuple(inits), Block(tuple(cond_params), *cond), body, node.span))

    def _while_condition(
        self, carried: Sequence[_Carried], test: Callable[[], Num | None], span: Span
    ) -> tuple[list[Var], tuple[tuple[Stmt, ...], tuple[Atom, ...]]]:
        params = self._bound_params(carried)
        before = self.frame.env
        self.frame.env = {**before, **params[1]}
        with self.frame.build.nested() as body:
            stopped = self.stopped(span)
            if stopped.known is False:
                result = test()
            else:
                going = self.negate(stopped, span)
                block, value = self.nested(lambda: test() or POISON)
                result = self.short_circuit("and", going, block, value, span) if isinstance(value, Num) else None
        self.frame.env = before
        return params[0], (tuple(body), (result.atom,) if result is not None else ())

    def _enter_loop(self, body: Sequence[ast.Statement]) -> dict[str, Value]:
        """Fresh flags for a loop; those of an enclosing one are kept aside."""
        outer = {n: self.frame.env.pop(n) for n in (BROKEN, SKIPPED) if n in self.frame.env}
        if contains(body, (ast.Break,), in_loops=False):
            self.frame.env[BROKEN] = self.literal(False)
        return outer

    def _leave_loop(self, outer: dict[str, Value]) -> None:
        for name in (BROKEN, SKIPPED):
            self.frame.env.pop(name, None)
        self.frame.env.update(outer)

    def _body(self, body: Sequence[ast.Statement]) -> Value:
        outer = self.frame.env.pop(SKIPPED, None)
        if contains(body, (ast.Continue,), in_loops=False):
            self.frame.env[SKIPPED] = self.literal(False)
        value = self.statements(body, False)
        self.frame.env.pop(SKIPPED, None)
        if outer is not None:
            self.frame.env[SKIPPED] = outer
        return value

    def _fixpoint(
        self,
        node: ast.For | ast.While,
        run: Callable[[], Value],
        extra: tuple[str, ...] = (),
        forever: bool = False,
    ) -> tuple[list[_Carried], list[Var], Way]:
        """Elaborate a body until the types of what it carries are those it leaves."""
        env = self.frame.env
        names = [*_changed(node), BROKEN, DONE, RESULT, WHICH, *extra]
        carried = [
            _Carried(n, env[n], [leaf.type for leaf in leaves(env[n])])
            for n in dict.fromkeys(names)
            if isinstance(env.get(n), (Num, Tup))
        ]
        while True:
            params, bound = self._bound_params(carried)
            with self.tentative() as reports:
                self.frame.env = {**env, **bound}
                way = self.way(run)
                self.frame.env = env
            changed = self._widen(carried, way)
            known = {c.name for c in carried}
            for name in names if forever else (RESULT, *self._read_behind(node)):
                late = way.env.get(name)
                if name not in known and name not in env and isinstance(late, (Num, Tup)):
                    carried.append(_Carried(name, POISON, [leaf.type for leaf in leaves(late)]))
                    changed = True
                    carried[-1].before = rebuild(late, iter([self.zero(t, node.span).ref for t in carried[-1].types]))
            if not changed:
                break
        for diagnostic in reports.diagnostics:
            self.report(diagnostic)
        self._refuse_changes(carried, way, node)
        return carried, params, way

    def _bound_params(self, carried: Sequence[_Carried]) -> tuple[list[Var], dict[str, Value]]:
        params: list[Var] = []
        bound: dict[str, Value] = {}
        for item in carried:
            fresh = [Var(t, "" if item.name.startswith("%") else item.name) for t in item.types]
            params += fresh
            bound[item.name] = rebuild(item.before, iter([self.frame.build.ref(v) for v in fresh]))
        return params, bound

    def _widen(self, carried: Sequence[_Carried], way: Way) -> bool:
        """Widen the types of what is carried to what the body leaves; whether anything changed."""
        changed = False
        for item in carried:
            after = way.env.get(item.name, POISON)
            types = [leaf.type for leaf in leaves(after)]
            if after is POISON or type(after) is not type(item.before) or len(types) != len(item.types):
                continue
            joined = [join_types(a, b) for a, b in zip(item.types, types, strict=True)]
            if None in joined:
                continue
            wider = [t for t in joined if t is not None]
            if wider != item.types:
                item.types = wider
                changed = True
        return changed

    def _refuse_changes(self, carried: Sequence[_Carried], way: Way, node: ast.For | ast.While) -> None:
        """Names whose value a loop would change into something of another kind."""
        for item in carried:
            after = way.env.get(item.name, POISON)
            types = [leaf.type for leaf in leaves(after)]
            fits = type(after) is type(item.before) and len(types) == len(item.types)
            if after is not POISON and not (
                fits and all(join_types(a, b) == a for a, b in zip(item.types, types, strict=True))
            ):
                shown = None if item.name.startswith("%") else item.name
                found = (head(node), shown, describe(item.before), describe(after))
                self.fault(faults.loop_changes_type(*found, origin(shown, node.body.statements)))
                way.env[item.name] = POISON
        for name in _changed(node):
            before: Value | None = self.frame.env.get(name)
            late: Value | None = way.env.get(name)
            if isinstance(before, (Func, Str, RangeValue)) and late is not before and late != before:
                self.fault(model_faults.not_yet(head(node), "functions, Strings and ranges that a loop changes"))
                self.frame.env[name] = POISON

    def _loop_ends(self, carried: Sequence[_Carried], span: Span) -> tuple[list[Atom], tuple[Var, ...]]:
        """What a loop begins with, in the types it carries, and the names of what it leaves."""
        inits: list[Atom] = []
        outs: list[Var] = []
        for item in carried:
            for leaf, type_ in zip(leaves(item.before), item.types, strict=True):
                inits.append(self.with_dtype(leaf, type_.dtype, span).atom)
            fresh = [Var(t, "" if item.name.startswith("%") else item.name) for t in item.types]
            outs += fresh
            self.frame.env[item.name] = rebuild(item.before, iter([self.frame.build.ref(v) for v in fresh]))
        return inits, tuple(outs)

    def _loop_results(self, carried: Sequence[_Carried], way: Way, span: Span) -> list[Atom]:
        """What a pass of the body leaves, in the types the loop carries."""
        results: list[Atom] = []
        with self.frame.build.resumed(way.body):
            for item in carried:
                after = way.env.get(item.name, POISON)
                if isinstance(after, Absent):
                    results += [self.zero(t, span).atom for t in item.types]
                    continue
                for leaf, type_ in zip(leaves(after), item.types, strict=True):
                    results.append(self.with_dtype(leaf, type_.dtype, span).atom)
        return results


def _hint(node: ast.For) -> str:
    return node.pattern.text if isinstance(node.pattern, ast.Name) else "i"


def _changed(node: ast.For | ast.While) -> dict[str, None]:
    """The names of the function that a loop may change: its own variable, and what its body assigns."""
    return assigned_names(node) if isinstance(node, ast.For) else assigned_names(*node.body.statements)


def _is_true(node: ast.For | ast.While) -> bool:
    return isinstance(node, ast.While) and isinstance(node.condition, ast.Boolean) and node.condition.value

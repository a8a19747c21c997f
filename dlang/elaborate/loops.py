"""Loops as statements, and how a loop is left early.

A `for` that `break` or `return` may leave becomes a `while` that counts; one over a tuple is written out, an item
after the other. The pseudo-names `%broken`, `%skipped`, `%done`, `%result` and `%which` hold the state of jumps beside
the user's own names.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from dlang.diagnostics import Reporter
from dlang.elaborate.gathering import Gathering
from dlang.elaborate.jumps import assigned_names, contains, names_read, never_ends, returns
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.repeating import LoopText
from dlang.elaborate.tree import head, pattern_names
from dlang.elaborate.values import Num, RangeValue, Value
from dlang.ir.nodes import Assert
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["BROKEN", "DONE", "RESULT", "SKIPPED", "Loops"]

BROKEN, SKIPPED, DONE, RESULT, WHICH = "%broken", "%skipped", "%done", "%result", "%which"


class Loops(Gathering):
    """Elaborates `for` and `while`."""

    def __init__(self, report: Reporter) -> None:
        super().__init__(report)
        self._tested_inside: set[int] = set()
        """`id`s of the `while`s whose conditions change names or draw; the tree keeps them apart."""

    @abstractmethod
    def statements(self, body: Sequence[ast.Statement], tail: bool, *, is_flat: bool = False) -> Value:
        """The value of the last statement; with `tail` it is also the function's result."""

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
        iterable = self.value(node.iterable)
        if isinstance(iterable, RangeValue):
            self._for_range(node, iterable, lambda index: self.unpack(node.pattern, index, node.iterable.span))
            return
        items = self.items(iterable, node.iterable.span, "what `for` runs over")
        if items is None:
            for name in pattern_names(node.pattern):
                self.bind(name.text, POISON)
            self.way(lambda: self.statements(node.body.statements, False))  # for the faults of its own
        elif items.fixed is not None:
            outer = self._enter_loop(node.body.statements)
            self._write_out(node, items.fixed)
            self._leave_loop(outer)
        else:
            nought, one = self.literal(0), self.literal(1)
            range_ = RangeValue(nought.ref, items.count.ref, one.ref)
            at = items.at
            self._for_range(node, range_, lambda index: self.unpack(node.pattern, at(index), node.iterable.span))

    def _for_range(self, node: ast.For, range_: RangeValue, begin: Callable[[Num], None]) -> None:
        body = node.body.statements

        def run(index: Num) -> Value:
            begin(index)
            return self._body(body)

        if contains(body, (ast.Break,), in_loops=False) or contains(body, (ast.Return,), in_loops=True):
            self._counted_while(node, range_, run)
        else:
            self.count_through(self._text(node), range_, run)

    def _write_out(self, node: ast.For, items: Sequence[Value]) -> None:
        """The passes for the items of a tuple, one after the other."""
        for k, item in enumerate(items):
            self.unpack(node.pattern, item, node.iterable.span)
            self._body(node.body.statements)
            stopped = self.stopped(node.span)
            if stopped.known is True:
                return
            if stopped.known is None and items[k + 1 :]:
                going = self.negate(stopped, node.span)

                def rest(left: Sequence[Value] = items[k + 1 :]) -> Value:
                    self._write_out(node, left)
                    return POISON

                self.join(going, self.way(rest), self.way(lambda: POISON), node.span)
                return

    def _counted_while(self, node: ast.For, range_: RangeValue, pass_: Callable[[Num], Value]) -> None:
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
            value = pass_(index)
            self.frame.env[counter] = self.apply(TABLE["add"], index, step, span=node.iterable.span)
            return value

        self.repeat_while(self._text(node), test, run, lambda: self.stopped(node.span), (counter,))
        self._leave_loop(outer)
        if saved is None:
            self.frame.env.pop(counter, None)
        else:
            self.frame.env[counter] = saved

    def _while(self, node: ast.While) -> None:
        outer = self._enter_loop(node.body.statements)
        is_plain = not assigned_names(node.condition) and id(node) not in self._tested_inside
        made = is_plain and self.repeat_while(
            self._text(node),
            lambda: self.condition(node.condition, "while"),
            lambda: self._body(node.body.statements),
            lambda: self.stopped(node.span),
            forever=isinstance(node.condition, ast.Boolean) and node.condition.value,
        )
        if not made:
            self._tested_inside.add(id(node))
            self._while_tested_inside(node)
        self._leave_loop(outer)

    def _while_tested_inside(self, node: ast.While) -> None:
        """A `while` whose condition changes names or draws: `while true` that begins with `if not c { break }`."""
        self.frame.env[BROKEN] = self.literal(False)
        at = node.condition.span

        def run() -> Value:
            holds = self.condition(node.condition, "while")
            if holds is not None:
                self.frame.env[BROKEN] = self.negate(holds, at)
                self.join(holds, self.way(lambda: self._body(node.body.statements)), self.way(lambda: POISON), at)
            return POISON

        self.repeat_while(
            self._text(node), lambda: self.literal(True), run, lambda: self.stopped(node.span), forever=True
        )

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

    def _text(self, node: ast.For | ast.While) -> LoopText:
        """What a loop carries: what it may change, the state of jumps, and what a deferred `return` reads."""
        names = (*_changed(node), BROKEN, DONE, RESULT, WHICH)
        variable = node.pattern.text if isinstance(node, ast.For) and isinstance(node.pattern, ast.Name) else "i"
        late = (RESULT, *self._read_behind(node))
        return LoopText(node.span, head(node), names, node.body.statements, late, variable)


def _changed(node: ast.For | ast.While) -> dict[str, None]:
    """The names of the function that a loop may change: its own variables, and what its parts assign."""
    return assigned_names(node)

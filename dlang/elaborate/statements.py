"""Statements: assignment, branches and loops, with every jump made structured.

`break`, `continue` and `return` become Bools that say that the rest is skipped. Where one branch of an `if` always
jumps, what follows the `if` belongs to the other branch, and no Bool is needed. The pseudo-names `%broken`,
`%skipped`, `%done` and `%result` hold the state of jumps beside the user's own names.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from dlang.diagnostics import models as model_faults
from dlang.diagnostics import running
from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Given
from dlang.elaborate.describing import describe
from dlang.elaborate.indexing import Place
from dlang.elaborate.jumps import (
    JUMPS,
    always_leaves,
    contains,
    flattened,
    inner_jump,
    leaves_block,
    never_ends,
)
from dlang.elaborate.loops import BROKEN, RESULT, SKIPPED, Loops
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.printing import shown
from dlang.elaborate.tree import bracketed
from dlang.elaborate.values import Choice, Func, Num, Rec, Str, Tup, Value, Zipped, is_string
from dlang.ir.nodes import Assert, Atom, Print, Var
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import BOOL, DType

__all__ = ["Statements"]


class Statements(Loops):
    """One method a kind of statement; `statements` runs a list of them."""

    def block(self, block: ast.Block) -> Value:
        return self.statements(block.statements, False)

    def statements(self, body: Sequence[ast.Statement], tail: bool, *, is_flat: bool = False) -> Value:
        """The value of the last statement; with `tail` it is also the function's result.

        What follows a branch that leaves is the rest of a list that `is_flat` already.
        """
        body = body if is_flat else flattened(body)
        for stmt in body:
            if isinstance(stmt, ast.FunctionDef):
                self._define(stmt)
        for stmt in body:
            if isinstance(stmt, ast.RuleDef):
                from dlang.elaborate.rules import add_rule  # loaded where a program has rules

                add_rule(self, stmt)
        value: Value = NOTHING
        for position, stmt in enumerate(body):
            rest = body[position + 1 :]
            self._refuse_inner_jump(stmt)
            if isinstance(stmt, ast.ExprStatement) and isinstance(stmt.value, ast.If):
                if rest and leaves_block([stmt]):
                    return self.if_(stmt.value, rest, tail)
                value = self.if_(stmt.value, (), tail and not rest)
                if tail and not rest:
                    return value
                continue
            value = self.statement(stmt)
            if never_ends(stmt) or (isinstance(stmt, JUMPS) and self._can_leave(stmt)):
                return POISON
            if rest and isinstance(stmt, (ast.For, ast.While)) and contains([stmt], (ast.Return,), in_loops=True):
                return self._unless_stopped(rest, tail, stmt.span)
        if tail:
            self.frame.env[RESULT] = value
        return value

    def _can_leave(self, jump: ast.Statement) -> bool:
        """Whether there is a loop or a function to leave. A jump without is refused by then, and what follows runs."""
        match jump:
            case ast.Break():
                return BROKEN in self.frame.env
            case ast.Continue():
                return SKIPPED in self.frame.env
            case _:
                return self.frame.parent is not None

    def _define(self, stmt: ast.FunctionDef) -> None:
        """Bind a function, unless it is bound already: the rest of a list may be elaborated as a branch's part."""
        name, frame = stmt.name.text, self.frame
        known = frame.env.get(name)
        if not isinstance(known, Func) or known.body is not stmt.body:
            shown = f"{frame.module}.{name}" if frame.module else name
            frame.env[name] = Func(shown, stmt.parameters, stmt.result, stmt.body, stmt.span, frame)

    def statement(self, stmt: ast.Statement) -> Value:
        """One statement; the value of an expression, else nothing."""
        match stmt:
            case ast.ExprStatement():
                return self.value(stmt.value)
            case ast.Assign():
                self._assign_statement(stmt)
            case ast.For() | ast.While():
                self.loop(stmt)
            case ast.Break() | ast.Continue() | ast.Return() if not self._can_leave(stmt):
                return POISON
            case ast.Break():
                self.frame.env[BROKEN] = self.literal(True)
            case ast.Continue():
                self.frame.env[SKIPPED] = self.literal(True)
            case ast.Return():
                self.give(stmt)
            case ast.Assert():
                self._assert(stmt)
            case ast.FunctionDef():
                pass  # bound when its list of statements began
            case ast.RuleDef():
                pass  # noted then as well
            case _:
                self.declaration(stmt)
        return NOTHING

    @abstractmethod
    def declaration(self, stmt: ast.Statement) -> None:
        """A statement that stands only at the top of a file."""

    def _refuse_inner_jump(self, stmt: ast.Statement) -> None:
        jump = inner_jump(stmt)
        if jump is not None:
            instead = "write the `if` as a statement of its own before this one"
            self.fault(model_faults.not_yet(jump.span, "jumps out of the middle of an expression", instead))

    # ---- branches

    def if_(self, node: ast.If, rest: Sequence[ast.Statement], tail: bool) -> Value:
        cond = self.condition(node.condition, "if")
        then = node.then.statements
        orelse: Sequence[ast.Statement] = node.orelse.statements if node.orelse is not None else ()
        leaving = [always_leaves(then), always_leaves(orelse)]
        if joined := bool(rest) and any(leaving):
            pairs = zip((then, orelse), leaving, strict=True)
            then, orelse = ((*flattened(b), *(() if out else rest)) for b, out in pairs)
            rest = ()
        ends = tail and not rest
        if cond is not None and isinstance(cond.known, bool):
            value = self.statements(then if cond.known else orelse, ends, is_flat=joined)
        else:
            unknown = cond or Num(self.frame.build.ref(Var(BOOL)))
            ways = [self.way(partial(self.statements, body, ends, is_flat=joined)) for body in (then, orelse)]
            value = self.join(unknown, ways[0], ways[1], node.span, (then, orelse))
        return self._unless_stopped(rest, tail, node.span) if rest else value

    def _unless_stopped(self, rest: Sequence[ast.Statement], tail: bool, span: Span) -> Value:
        """The statements that follow a possible jump."""
        stopped = self.stopped(span)
        if stopped.known is True:
            return POISON
        if stopped.known is False:
            return self.statements(rest, tail, is_flat=True)
        going = self.negate(stopped, span)
        then = self.way(lambda: self.statements(rest, tail, is_flat=True))
        return self.join(going, then, self.way(lambda: POISON), span)

    # ---- assignment

    def _assign_statement(self, stmt: ast.Assign) -> None:
        if stmt.operator == "=":
            value = self.value(stmt.value)
            if value is NOTHING:
                value = self.missing(stmt.value.span, "the right side of `=`")
            self._assign(stmt.target, value, stmt.value.span)
        else:
            self._update(stmt)

    def _assign(self, target: ast.Expr, value: Value, at: Span) -> None:
        match target:
            case ast.Name():
                self.bind(target.text, value)
            case ast.TupleLiteral():
                self.unpack(target, value, at)
            case _:
                self._replace(target, lambda old: value, at)

    def unpack(self, pattern: ast.Expr, value: Value, at: Span) -> None:
        if not isinstance(pattern, ast.TupleLiteral):
            self._assign(pattern, value, at)
            return
        items: Sequence[Value] = (POISON,) * len(pattern.items)
        if isinstance(value, Tup) and len(value.items) == len(items):
            items = value.items
        elif isinstance(value, Num) and value.type.rank and value.type.shape[0] == len(items):
            items = [
                self.apply(TABLE["get"], value, self.literal(k), span=at, spec=("int",)) for k in range(len(items))
            ]
        else:
            what, expected = "what is unpacked", f"a tuple of {len(items)}"
            self.refuse(value, what, faults.wrong_type(at, what, expected, describe(value)))
        for item, part in zip(pattern.items, items, strict=True):
            self._assign(item, part, at)

    def _update(self, stmt: ast.Assign) -> None:
        operator = stmt.operator[:-1]
        spans = stmt.target.span, bracketed(stmt.value, stmt.span)
        if isinstance(stmt.target, ast.Name):
            old = self.name(stmt.target)
            self.bind(stmt.target.text, self.binary(operator, old, self.value(stmt.value), spans))
        else:
            read = lambda old: self.binary(operator, old, self.value(stmt.value), spans)  # noqa: E731
            self._replace(stmt.target, read, spans[1], reads=True)

    def _replace(self, target: ast.Expr, update: Callable[[Value], Value], at: Span, reads: bool = False) -> None:
        """Replace a part of a value, `a[i].w[j] = e`; `update` gets what was there if it `reads` it.

        Each index is evaluated once. The values around the part are rebuilt from the inside.
        """
        chain: list[ast.Index | ast.Field] = []
        root: ast.Expr = target
        while isinstance(root, ast.Index | ast.Field):
            chain.insert(0, root)
            root = root.target
        assert isinstance(root, ast.Name)  # the parser admits nothing else
        if self.module_of(root) is not None:
            update(POISON)  # refused by the check of names
            return
        whole: Value = self.name(root)
        steps: list[tuple[Value, Place | int, ast.Expr]] = []
        for link in chain:
            step = self._step(whole, link)
            if step is None:
                update(POISON)
                return
            last = steps[-1] if steps else None
            if isinstance(step, Place) and last is not None and isinstance(last[1], Place) and last[1].is_elements:
                steps[-1] = (last[0], last[1].then(step), link)
            else:
                steps.append((whole, step, link))
            if link is not chain[-1] or reads:
                whole = self._part(*steps[-1])
        new = update(whole)
        for around, step, node in reversed(steps):
            new = self._with_part(around, step, new, node.span, at)
            if new is POISON:
                return
        self.bind(root.text, new)

    def _step(self, whole: Value, link: ast.Index | ast.Field) -> Place | int | None:
        """Which part of a value an index or a field is."""
        match link, whole:
            case ast.Field(), Rec():
                name = link.name.text
                if (
                    self.field_of(whole, name, link.name.span, link.target.span.text) is POISON
                    and name not in whole.names
                ):
                    return None
                return whole.names.index(name)
            case ast.Field(), _:
                self.refuse_field(link, whole)
                return None
            case ast.Index(), Tup() | Rec():
                return self.step(link, whole)
            case _:
                assert isinstance(link, ast.Index)
                array = self.indexable(whole, link.target.span)
                return self.place(array.type, link) if array is not None else None

    def _part(self, whole: Value, step: Place | int, link: ast.Expr) -> Value:
        if isinstance(step, int):
            return whole.parts[step]
        array = self.indexable(whole, link.span)
        return POISON if array is None else self.read(array, step, link.span)

    def _with_part(self, whole: Value, step: Place | int, new: Value, span: Span, at: Span) -> Value:
        if isinstance(step, int):
            if new is NOTHING:
                return self.missing(at, "what is assigned")
            parts = list(whole.parts)
            parts[step] = new
            return whole.with_parts(parts)
        array = self.indexable(whole, span)
        fresh = self.number(new, at, "what is assigned to an element", bools=True)
        return POISON if array is None or fresh is None else self.replaced(array, step, fresh, span, at)

    # ---- assert and print

    def _assert(self, stmt: ast.Assert) -> None:
        cond = self.value(stmt.condition)
        message = self.value(stmt.message) if stmt.message is not None else Str("")
        if not is_string(message):
            what, at = "the message of `assert`", stmt.message.span if stmt.message is not None else stmt.span
            self.refuse(message, what, faults.wrong_type(at, what, "a String", describe(message)))
            message = Str("")
        if isinstance(cond, Num) and cond.type.dtype is DType.BOOL:
            self._assert_with(message, cond, stmt.condition.span)
        else:
            mend = "compare it: `… != 0`" if isinstance(cond, Num) else None
            misfit = faults.condition_not_bool(stmt.condition.span, "assert", describe(cond), mend)
            self.refuse(cond, "the condition of `assert`", misfit)

    def _assert_with(self, message: Value, cond: Num, at: Span) -> Value:
        """An assertion; where running chooses its message, one for each."""
        if isinstance(message, Choice):
            return self.each_option(message, lambda option: self._assert_with(option, cond, at), at)
        text = message.text if isinstance(message, Str) else ""
        self.frame.build.emit(Assert(cond.atom, text, at))
        if cond.known is False and self.frame.build.is_outermost and self.frame.broken is None:
            self.frame.broken = len(self.report.diagnostics), running.assertion_failed(at, text)
        return NOTHING

    def print_(self, given: Sequence[Given], span: Span) -> Value:
        values: list[Value] = []
        for name, value, at in given:
            if name is not None:
                fault = f"`print` has no argument `{name}`"
                mend = f"to compare, write `{name} == …`"
                label = "`print` takes values only"
                return self.fault(faults.builtin_arguments(at, "print(a, b, …)", fault, mend, label))
            if value is NOTHING:
                value = self.missing(at, "an argument of `print`")
            elif (zipped := next(_zips(value), None)) is not None:
                value = self.fault(faults.not_printable(at, describe(zipped)))
            values.append(value)
        if POISON not in values:
            self._print_all(values, span)
        return NOTHING

    def _print_all(self, values: Sequence[Value], span: Span) -> None:
        """One line; where running chooses one of several Strings or functions, a line for each of them."""
        choice = next((found for value in values for found in _choices(value)), None)
        if choice is None:
            pieces: list[str | Atom] = []
            for k, value in enumerate(values):
                pieces += ([" "] if k else []) + list(shown(value))
            self.frame.build.emit(Print(tuple(pieces), span))
            return

        def decided(option: Value) -> Value:
            self._print_all([_decided(value, choice, option) for value in values], span)
            return NOTHING

        self.each_option(choice, decided, span)


def _zips(value: Value) -> Iterator[Zipped]:
    """What `zip` and `enumerate` gave in a value that is to be shown."""
    if isinstance(value, Zipped):
        yield value
    elif not isinstance(value, Func):
        for part in value.parts:
            yield from _zips(part)


def _choices(value: Value) -> Iterator[Choice]:
    """The choices in a value, the outermost ones."""
    if isinstance(value, Choice):
        yield value
    elif not isinstance(value, Func):
        for part in value.parts:
            yield from _choices(part)


def _decided(value: Value, choice: Choice, option: Value) -> Value:
    """The value with a choice in it made."""
    if value is choice:
        return option
    return value if isinstance(value, Func) else value.with_parts([_decided(p, choice, option) for p in value.parts])

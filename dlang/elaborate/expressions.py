"""Expressions: from the tree to values of the IR."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, assert_never

from dlang.diagnostics import modules as module_faults
from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Given
from dlang.elaborate.builtins import BUILTINS
from dlang.elaborate.describing import describe
from dlang.elaborate.indexing import Indexing
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.tree import bracketed
from dlang.elaborate.values import (
    Absent,
    BuiltinValue,
    Choice,
    Derivative,
    Func,
    ModuleValue,
    Num,
    Pullback,
    RangeValue,
    Rec,
    Shift,
    Str,
    Tup,
    Value,
    is_function,
)
from dlang.ir.nodes import Block
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import BOOL, DType, Type, join_types

__all__ = ["Expressions"]

CONSTANTS = {"pi": math.pi, "inf": math.inf, "nan": math.nan}


class Expressions(Indexing):
    """One method a kind of expression; `value` is the door."""

    _grown: frozenset[tuple[int, str]] = frozenset()
    """Arrays that the program tries to let grow, by frame and name: told once, their size is not what it means."""

    def value(self, node: ast.Expr) -> Value:  # noqa: C901  # one case a node of the tree
        """The value of an expression, its statements appended to the open block."""
        match node:
            case ast.Number() | ast.Boolean():
                return self.literal(node.value)
            case ast.Text():
                return Str(node.value)
            case ast.Name():
                return self.name(node)
            case ast.Unary():
                return self.unary(node.operator, self.value(node.operand), node.operand.span)
            case ast.Chain():
                return self._chain(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.Power():
                base, exponent = self.value(node.base), self.value(node.exponent)
                spans = bracketed(node.base, node.span), bracketed(node.exponent, node.span)
                return self.binary("^", base, exponent, spans)
            case ast.Range():
                return self.range(node)
            case ast.Pipe():
                return self._pipe(node)
            case ast.Call():
                return self.call(node, node.callee, node.arguments, ())
            case ast.Index():
                return self.element(node)
            case ast.ArrayLiteral():
                return self._array(node)
            case ast.TupleLiteral():
                return self._tuple(node)
            case ast.Lambda():
                return self.closed(Func("fn", node.parameters, None, node.body, node.span, self.frame))
            case ast.If():
                return self.if_(node, (), False)
            case ast.Block():
                return self.block(node)
            case ast.Field():
                module = self.module_of(node.target)
                return self.member(module, node.name) if module else self._field(node, self.value(node.target))
            case ast.RecordLiteral():
                return self._record(node)
            case ast.Comprehension():
                return self.comprehension(node)
            case ast.Prime():
                return self._prime(node)
            case _:
                assert_never(node)

    @abstractmethod
    def block(self, block: ast.Block) -> Value:
        """The value of a block's last expression."""

    @abstractmethod
    def if_(self, node: ast.If, rest: Sequence[ast.Statement], tail: bool) -> Value:
        """An `if`, with the statements that follow it where they belong to one of its branches."""

    @abstractmethod
    def closed(self, func: Func) -> Func:
        """A function as a value, with what it reads from around it."""

    @abstractmethod
    def comprehension(self, node: ast.Comprehension) -> Value:
        """`[e for x in xs if c]`."""

    @abstractmethod
    def logical(self, operator: str, left: Value, at: Span, right: ast.Expr, right_at: Span) -> Value:
        """`left and right`, `left or right`."""

    @abstractmethod
    def print_(self, given: Sequence[Given], span: Span) -> Value:
        """A call of `print`."""

    def name(self, node: ast.Name) -> Value:
        """What a name stands for here, as a value."""
        value = self._named(node)
        return self.closed(value) if isinstance(value, Func) else value

    def _named(self, node: ast.Name) -> Value:
        """What a name stands for here; names that nothing binds were reported before."""
        if node.text in CONSTANTS:
            return self.literal(CONSTANTS[node.text])
        found = self.frame.find(node.text)
        if found is not None and (id(found[0]), node.text) in self._grown:
            return POISON
        if found is not None and isinstance(found[1], ModuleValue):
            # the check of names has said so, or that the name has another meaning too
            return POISON if self.faulty else self.fault(module_faults.module_as_value(node.span, node.text))
        if found is not None:
            return self.visible(found[0], node.text, found[1])
        if node.text == "print":
            return BuiltinValue("print", "print(a, b, …)", lambda el, given, span: el.print_(given, span))
        if node.text in BUILTINS:
            return BuiltinValue(node.text, BUILTINS[node.text].signature, BUILTINS[node.text].call)
        return self.unbound(node)

    def module_of(self, node: ast.Expr) -> ModuleValue | None:
        """The module that a name is, where it is one."""
        found = self.frame.find(node.text) if isinstance(node, ast.Name) else None
        return found[1] if found is not None and isinstance(found[1], ModuleValue) else None

    def member(self, module: ModuleValue, name: ast.Name) -> Value:
        """A value of a module; names that it does not have were reported before."""
        found = module.frame.own(name.text)
        if found is None or isinstance(found[1], ModuleValue):
            return POISON
        return self.visible(found[0], name.text, found[1])

    @abstractmethod
    def unbound(self, node: ast.Name) -> Value:
        """A name that nothing binds here."""

    def visible(self, frame: Any, name: str, value: Value) -> Value:
        """A value of this or an enclosing frame, or of a module, as this function can read it."""
        if frame.build is self.frame.build:
            return value
        if isinstance(value, Num) and value.known is not None:
            return self.literal(value.known)
        captured = self.frame.captured.get((id(frame), name))
        return captured if captured is not None else value

    def nested(self, make: Callable[[], Value]) -> tuple[Block, Value]:
        """The statements that a value needs, apart, and the value."""
        with self.frame.build.nested() as body:
            value = make()
        return Block((), tuple(body), (value.atom,) if isinstance(value, Num) else ()), value

    # ---- operators

    def _chain(self, node: ast.Chain) -> Value:
        value, span = self.value(node.first), bracketed(node.first, node.span)
        for operator, operand in node.rest:
            at = bracketed(operand, node.span)
            if operator in ("and", "or"):
                value = self.logical(operator, value, span, operand, at)
            else:
                value = self.binary(operator, value, self.value(operand), (span, at))
            span = span.to(at)
        return value

    def _comparison(self, node: ast.Compare) -> Value:
        """Every link holds; operands are evaluated once, all of them."""
        left, at = self.value(node.first), bracketed(node.first, node.span)
        result: Value | None = None
        for operator, operand in node.rest:
            right, right_at = self.value(operand), bracketed(operand, node.span)
            link = self._link(operator, left, right, (at, right_at))
            if result is None or POISON in (result, link):
                result = link if result is not POISON else POISON
            elif isinstance(result, Num) and isinstance(link, Num):
                result = self.apply(TABLE["logical_and"], result, link, span=node.span)
            left, at = right, right_at
        return POISON if result is None else result

    def _link(self, operator: str, left: Value, right: Value, spans: tuple[Span, Span]) -> Value:
        """One comparison; of Strings that running chooses, the ones that it chose."""
        span = spans[0].to(spans[1])
        if isinstance(left, Choice):
            return self.each_option(left, lambda option: self._link(operator, option, right, spans), span)
        if isinstance(right, Choice):
            return self.each_option(right, lambda option: self._link(operator, left, option, spans), span)
        if operator in ("==", "!=") and isinstance(left, (Tup, Rec)) and isinstance(right, (Tup, Rec)):
            equal = self._equal(left, right, spans)
            return self.negate(equal, span) if isinstance(equal, Num) and operator == "!=" else equal
        return self.compare(operator, left, right, spans)

    def _equal(self, left: Value, right: Value, spans: tuple[Span, Span]) -> Value:
        """Whether two tuples or records are built alike, of equal parts; one Bool."""
        span = spans[0].to(spans[1])
        if isinstance(left, Rec) and isinstance(right, Rec) and sorted(left.names) == sorted(right.names):
            right = right.in_order(left.names)
        if not (isinstance(left, (Tup, Rec)) and isinstance(right, (Tup, Rec))):
            link = self._link("==", left, right, spans)
            return self.apply(TABLE["all"], link, span=span, axis=None, keepdims=False) if _is_array(link) else link
        if left.kind != right.kind:
            return self.literal(False)
        whole = self.literal(True)
        for a, b in zip(left.parts, right.parts, strict=True):
            equal = self._equal(a, b, spans)
            if not isinstance(equal, Num):
                return POISON
            whole = self.both(whole, equal, span)
        return whole

    # ---- records

    def _record(self, node: ast.RecordLiteral) -> Value:
        """A record; of fields that come twice from `...r` the later one counts."""
        made, good = Rec((), ()), True
        for part in node.fields:
            value = self.value(part.value)
            if part.name is not None:
                if value is NOTHING:
                    self.missing(part.value.span, f"the field `{part.name}`")
                good = good and not isinstance(value, Absent)
                made = made.with_field(part.name, value)
                continue
            if not isinstance(value, Rec):
                what = "what `...` spreads"
                self.refuse(value, what, faults.wrong_type(part.value.span, what, "a record", describe(value)))
                good = False
                continue
            for name, item in zip(value.names, value.items, strict=True):
                made = made.with_field(name, item)
        return made if good else POISON

    def field_of(self, record: Rec, name: str, at: Span, shown: str) -> Value:
        """The value of a record's field."""
        found = record.find(name)
        return self.fault(faults.unknown_field(at, name, shown, record.names)) if found is None else found

    def _field(self, node: ast.Field, found: Value) -> Value:
        """`r.w`."""
        if isinstance(found, Rec):
            return self.field_of(found, node.name.text, node.name.span, node.target.span.text)
        return self.refuse_field(node, found)

    def refuse_field(self, node: ast.Field, found: Value) -> Value:
        """A field of what is no record; what reads like a method of another language is told what it is here."""
        what, name = f"what `.{node.name.text}` is read from", node.name.text
        mend = None
        target = node.target
        if name in _GROWS:
            shown = target.span.text
            mend = f"arrays do not grow: fill one, `{shown} = zeros(n)`, then `{shown}[i] = …`"
            known = self.frame.find(target.text) if isinstance(target, ast.Name) else None
            if known is not None:
                self._grown |= {(id(known[0]), shown)}
        elif (function := _METHODS.get(name, name)) in BUILTINS:
            mend = f"write `{function}({target.span.text})`"
        return self.refuse(found, what, faults.wrong_type(target.span, what, "a record", describe(found), mend))

    # ---- ranges and arrays

    def range(self, node: ast.Range) -> Value:
        """A range of Ints; its stop exclusive, whatever was written."""
        parts: list[Num] = []
        for part, what in ((node.start, "the start"), (node.stop, "the stop"), (node.step, "the step")):
            value = self.literal(1) if part is None else self.value(part)
            at = part.span if part else node.span
            if isinstance(value, Num) and value.type == Type(DType.INT):
                parts.append(value)
            else:
                mend = "write `linspace(a, b, n)` for n Reals from a to b" if isinstance(value, Num) else None
                what = f"{what} of a range"
                self.refuse(value, what, faults.wrong_type(at, what, "an Int", describe(value), mend))
        if len(parts) < 3:
            return POISON
        start, stop, step = parts
        if step.known == 0:
            at = node.step.span if node.step else node.span
            return self.fault(faults.wrong_type(at, "the step of a range", "an Int other than 0", "0"))
        if node.inclusive:
            one: Value = self.literal(1)
            if step.known is None:
                one = self.apply(TABLE["sign"], step, span=node.span)
            elif step.known < 0:
                one = self.literal(-1)
            after = self.binary("+", stop, one, (node.stop.span, node.stop.span))
            if not isinstance(after, Num):
                return POISON
            stop = after
        return RangeValue(start.ref, stop.ref, step.ref)

    def _array(self, node: ast.ArrayLiteral) -> Value:
        if not node.items:
            return self.apply(TABLE["zeros"], span=node.span, shape=(0,))
        items: list[Num] = []
        for item in node.items:
            number = self.number(self.value(item), item.span, "an element of an array", bools=True)
            if number is not None:
                items.append(number)
        if len(items) < len(node.items):
            return POISON
        joined: Type | None = items[0].type
        for number, expr in zip(items, node.items, strict=True):
            joined = join_types(joined, number.type) if joined else None
            sizes = zip(items[0].type.shape, number.type.shape, strict=joined is not None)
            if joined is None or any(m != n for m, n in sizes if None not in (m, n)):
                first, other = describe(items[0]), describe(number)
                title = f"the elements of one array cannot be {first} and {other}"
                labels = [(node.items[0].span, first), (expr.span, other)]
                return self.fault(faults.shapes_do_not_fit(expr.span, title, labels))
        assert joined is not None
        items = [self.with_dtype(i, joined.dtype, e.span) for i, e in zip(items, node.items, strict=True)]
        return self.apply(TABLE["stack"], *items, span=node.span, axis=0)

    def _tuple(self, node: ast.TupleLiteral) -> Value:
        """A tuple; poison as a whole if a part is, so that what a recursion does not know yet fits everything."""
        items = tuple(map(self.value, node.items))
        for item, part in zip(items, node.items, strict=True):
            if item is NOTHING:
                self.missing(part.span, "an element of a tuple")
        return POISON if POISON in items or NOTHING in items else Tup(items)

    # ---- calls

    def _pipe(self, node: ast.Pipe) -> Value:
        value, span = self.value(node.first), bracketed(node.first, node.span)
        for stage in node.stages:
            at = span.to(stage.span)
            first = ((None, value, span),)
            if isinstance(stage, ast.Call):
                value = self.call(ast.Call(at, stage.callee, stage.arguments), stage.callee, stage.arguments, first)
            else:
                value = self.call(ast.Call(at, stage, ()), stage, (), first)
            span = at
        return value

    def call(
        self,
        node: ast.Call,
        callee: ast.Expr,
        arguments: Sequence[ast.Argument],
        first: Sequence[Given],
    ) -> Value:
        """A call; `first` are arguments that a pipe puts before the others."""
        target = self._named(callee) if isinstance(callee, ast.Name) else self.value(callee)
        given: list[Given] = [*first]
        for argument in arguments:
            given.append((argument.name.text if argument.name else None, self.value(argument.value), argument.span))
        return self.call_value(target, given, node.span, callee.span)

    def call_value(self, target: Value, given: Sequence[Given], span: Span, at: Span) -> Value:
        match target:
            case Func() if self.rules.get(id(target.body)):
                from dlang.elaborate.rules import call_with_rules  # loaded where a program has rules

                return call_with_rules(self, target, given, span)
            case Func():
                return self.call_function(target, given, span)
            case BuiltinValue():
                return target.call(self, given, span)
            case Derivative() | Pullback() | Shift():
                from dlang.elaborate.derivatives import call_derived  # loaded where a program has derivatives

                return call_derived(self, target, given, span)
            case Choice():
                return self.each_option(target, lambda option: self.call_value(option, given, span, at), span)
            case _:
                mend = None
                if isinstance(target, Num) and target.type.rank:
                    mend = "an element is `a[i]`; to multiply, write `*`"
                elif isinstance(target, Num):
                    mend = "to multiply, write `*`"
                return self.refuse(target, "what is called", faults.not_callable(at, describe(target), mend))

    def _prime(self, node: ast.Prime) -> Value:
        """`f'`, `f''`, …: a derivative of a derivative for each prime."""
        value = self.value(node.target)
        if not is_function(value):
            what = "what `'` is the derivative of"
            mend = "write `f'(x)` for the derivative of `f` at `x`" if isinstance(value, Num) else None
            misfit = faults.wrong_type(node.target.span, what, "a function", describe(value), mend)
            return self.refuse(value, what, misfit)
        for _ in range(node.order):
            value = Derivative("prime", value)
        return value

    # ---- conditions

    def condition(self, node: ast.Expr, word: str) -> Num | None:
        """One Bool that decides a branch or a loop."""
        value = self.value(node)
        if isinstance(value, Num) and value.type == BOOL:
            return value
        mend = None
        if isinstance(value, Num) and value.type.dtype is DType.BOOL:
            mend = "use `all(…)` or `any(…)` for one Bool, `where(c, a, b)` for a choice per element"
        elif isinstance(value, Num):
            shown = node.span.text if isinstance(node, ast.Name) else "…"
            mend = f"compare it: `{shown} != 0`"
        what = f"the condition of `{word}`"
        self.refuse(value, what, faults.condition_not_bool(node.span, word, describe(value), mend))
        return None


def _is_array(value: Value) -> bool:
    return isinstance(value, Num) and value.type.rank > 0


_GROWS = frozenset(("append", "push", "extend", "insert", "add"))
_METHODS = {"T": "transpose", "length": "len", "average": "mean"}
"""Methods and attributes of arrays elsewhere that are functions of another name here; most have their own."""

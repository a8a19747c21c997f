"""The ground of elaboration: applying primitives with the language's promotions, and its operators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from dlang.diagnostics import Diagnostic, Reporter
from dlang.diagnostics import typing as faults
from dlang.elaborate.describing import describe
from dlang.elaborate.values import Absent, Choice, Frame, Func, Num, RangeValue, Str, Tup, Value
from dlang.ir.builder import Builder
from dlang.ir.nodes import Atom, Block, Function, If, Literal, Var
from dlang.primitives.core import Mismatch, Primitive
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.types import BOOL, INT, DType, Type

__all__ = ["Given", "Operators"]

Given: TypeAlias = tuple[str | None, Value, Span]
"""An argument of a call: its name if it was given by name, its value, its place."""

POISON, NOTHING = Absent.POISON, Absent.NOTHING

ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "//": "floordiv", "%": "mod"}
COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


class Operators:
    """Knows the frame that is being elaborated and where faults are reported."""

    module: dict[str, Function]
    """The functions that have been made."""

    rules: dict[int, dict[str, Func]]
    """Derivative rules, `jvp` and `vjp`, by the `id` of the body of the function they are of."""

    moves_constants: bool = False
    """Whether Reals that the text decides are variables where a function with rules takes them, as if they moved.

    So a rule can be asked for all that it gives. A run has them as the numbers that they are.
    """

    def __init__(self, report: Reporter) -> None:
        self.report = report
        self.frame = Frame(Builder(), name="the program")
        self.levels: dict[Atom, tuple[str, ...]] = {}  # the words of the columns of text, which are codes
        self.rules = {}
        # Of a place that the check of names has complained about, there is nothing more to say.
        self._told = frozenset(d.primary.span for d in report.errors if d.primary is not None)
        self._waiting: list[Reporter] = []

    # ---- reporting

    def fault(self, diagnostic: Diagnostic) -> Absent:
        """Report, and answer the poison that keeps one fault from being told twice."""
        if diagnostic.primary is None or diagnostic.primary.span not in self._told:
            self.report(diagnostic)
        return POISON

    def refuse(self, value: Value, what: str, diagnostic: Diagnostic) -> Absent:
        """Report that a value is of the wrong kind; that there is none, if so; nothing of what was reported before."""
        if value is POISON:
            return POISON
        if value is NOTHING and diagnostic.primary is not None:
            return self.missing(diagnostic.primary.span, what)
        return self.fault(diagnostic)

    @property
    def faulty(self) -> bool:
        """Something has been reported that still stands, so that poison needs no further reason."""
        return any(report.errors for report in (self.report, *self._waiting))

    def missing(self, at: Span, what: str) -> Absent:
        """Report a value that is not there, unless the check of paths has said so of a block or `if` in it."""
        return POISON if self.told_within(at) else self.fault(faults.missing_value(at, what))

    def told_within(self, span: Span) -> bool:
        """Whether the check of names has complained about something in a piece of text."""
        return any(span.source is t.source and span.start <= t.start and t.end <= span.end for t in self._told)

    @contextmanager
    def tentative(self) -> Iterator[Reporter]:
        """Collect reports apart, for a pass that may have to be made again with wider types."""
        self._waiting.append(self.report)
        self.report = Reporter()
        try:
            yield self.report
        finally:
            self.report = self._waiting.pop()

    # ---- what is made of whole values, further up

    @abstractmethod
    def call_value(self, target: Value, given: Sequence[Given], span: Span, at: Span) -> Value:
        """A call of a value; `at` is where that stands."""

    @abstractmethod
    def call_function(self, func: Func, arguments: Sequence[Given], span: Span) -> Value:
        """A call of a function of the program as it is written, whatever derivative rules it has."""

    @abstractmethod
    def mapped(self, f: Given, xs: Sequence[Given], span: Span) -> Value:
        """`map(f, xs)`."""

    @abstractmethod
    def folded(self, f: Given, init: Value, xs: Given, span: Span) -> Value:
        """`fold(f, init, xs)`."""

    @abstractmethod
    def scanned(self, f: Given, init: Value, xs: Given, span: Span) -> Value:
        """`scan(f, init, xs)`."""

    @abstractmethod
    def together(self, values: Sequence[Value], places: Sequence[Span], span: Span, what: str) -> Value:
        """Values that are run over together."""

    @abstractmethod
    def each_option(self, choice: Choice, make: Callable[[Value], Value], span: Span) -> Value:
        """What is made of the option that a choice is."""

    @abstractmethod
    def draws(self) -> Tup:
        """The seed of the next draw, and how many were drawn from it before."""

    @abstractmethod
    def draw_key(self, span: Span) -> tuple[Num, Num, Num]:
        """Seed, site and counter of the next draw."""

    @abstractmethod
    def reseed(self, seed: Num) -> None:
        """Draw from another seed from here on."""

    @abstractmethod
    def count_of(self, value: Value, span: Span) -> Value:
        """How many items a value has that can be run over."""

    # ---- applying

    def apply(
        self, prim: Primitive, *operands: Any, span: Span, shown: Sequence[tuple[Span, Value]] = (), **static: Any
    ) -> Value:
        """One application on Nums or Python numbers of fitting element types; a tuple if it has several results.

        A Mismatch is reported at `span`, with what the values `shown` are, each at its place.
        """
        build = self.frame.build
        build.span = span
        refs = [o.ref if isinstance(o, Num) else o for o in operands]
        out = build.try_apply(prim, refs, static)
        if isinstance(out, Mismatch):
            labels = [(at, describe(value)) for at, value in shown]
            return self.fault(faults.shapes_do_not_fit(span, out.title, labels, out.notes, out.help))
        return Tup(tuple(map(Num, out))) if isinstance(out, tuple) else Num(out)

    def literal(self, value: float | int | bool) -> Num:
        """A constant."""
        return Num(self.frame.build.ref(value))

    def real(self, value: Num, span: Span) -> Num:
        """The value as Real; Ints and (by the caller's leave) Bools are converted."""
        if value.type.is_real:
            return value
        if isinstance(value.known, (int, bool)):
            return self.literal(float(value.known))
        out = self.apply(TABLE["to_real"], value, span=span)
        assert isinstance(out, Num)
        return out

    def with_dtype(self, value: Num, dtype: DType, span: Span) -> Num:
        """The value in the wider element type of a join."""
        return self.real(value, span) if dtype is DType.REAL else value

    def common(self, values: Sequence[Num], span: Span) -> list[Num]:
        """The values in one element type: Real if any is, else as they are."""
        if len({v.type.dtype for v in values}) == 1:
            return list(values)
        return [self.real(v, span) for v in values]

    def number(self, value: Value, span: Span, what: str, *, bools: bool = False) -> Num | None:
        """The value as a number or array; anything else is reported, as is a Bool unless `bools`."""
        if isinstance(value, Num) and (bools or value.type.dtype is not DType.BOOL):
            return value
        hint = "write `where(c, 1, 0)` to make numbers of a Bool `c`" if isinstance(value, Num) else None
        self.refuse(value, what, faults.wrong_type(span, what, "a number or an array", describe(value), hint))
        return None

    # ---- operators

    def binary(self, operator: str, left: Value, right: Value, spans: tuple[Span, Span]) -> Value:
        """`left operator right` for the arithmetic operators."""
        operands: list[Num] = []
        for value, span in zip((left, right), spans, strict=True):
            if isinstance(value, Num) and value.type.dtype is DType.BOOL:
                return self.fault(faults.no_bool_arithmetic(span, operator, describe(value)))
            number = self.number(value, span, f"an operand of `{operator}`")
            if number is not None:
                operands.append(number)
        if len(operands) < 2:
            return POISON
        span = spans[0].to(spans[1])
        if operator == "^":
            return self._power(operands[0], operands[1], spans)
        if operator in ("/", "@"):
            operands = [self.real(o, span) for o in operands]
            prim = TABLE["div" if operator == "/" else "matmul"]
        else:
            operands = self.common(operands, span)
            prim = TABLE[ARITHMETIC[operator]]
        return self._fitted(prim, operands, spans)

    def _fitted(self, prim: Primitive, operands: list[Num], spans: tuple[Span, Span]) -> Value:
        """Apply; where shapes do not fit, label each operand with its shape."""
        shown = list(zip(spans, operands, strict=True)) if spans[0] != spans[1] else ()
        return self.apply(prim, *operands, span=spans[0].to(spans[1]), shown=shown)

    def _power(self, base: Num, exponent: Num, spans: tuple[Span, Span]) -> Value:
        span = spans[0].to(spans[1])
        known = exponent.known
        constant = exponent.type == INT and isinstance(known, int)
        if constant and isinstance(known, int) and (base.type.is_real or known < 0):
            return self.apply(TABLE["power_n"], self.real(base, span), span=span, n=known)
        if base.type.dtype is DType.INT and exponent.type.dtype is DType.INT:
            return self._fitted(TABLE["int_pow"], [base, exponent], spans)
        return self._fitted(TABLE["pow"], [self.real(base, span), self.real(exponent, span)], spans)

    def unary(self, operator: str, value: Value, span: Span) -> Value:
        """`-x`, `+x`, `not x`."""
        if operator == "not":
            if isinstance(value, Num) and value.type.dtype is DType.BOOL:
                return self.negate(value, span)
            what = "the operand of `not`"
            return self.refuse(value, what, faults.wrong_type(span, what, "a Bool", describe(value)))
        if isinstance(value, Num) and value.type.dtype is DType.BOOL:
            return self.fault(faults.no_bool_arithmetic(span, operator, describe(value)))
        number = self.number(value, span, f"the operand of `{operator}`")
        if number is None:
            return POISON
        if operator == "+":
            return number
        if isinstance(number.known, float):
            return self.literal(-number.known)
        return self.apply(TABLE["neg"], number, span=span)

    def compare(self, operator: str, left: Value, right: Value, spans: tuple[Span, Span]) -> Value:
        """One link of a comparison chain; a Bool, or one per element."""
        if POISON in (left, right):
            return POISON
        if isinstance(left, Str) and isinstance(right, Str) and operator in ("==", "!="):
            return self.literal((left.text == right.text) == (operator == "=="))
        for one, another, at in ((left, right, spans[1]), (right, left, spans[0])):
            if isinstance(one, Str) and isinstance(another, (Num, Tup)) and operator in ("==", "!="):
                what = f"the other operand of `{operator}`"
                return self.fault(faults.wrong_type(at, what, "a String too", describe(another)))
        operands = [
            n
            for value, span in zip((left, right), spans, strict=True)
            if (n := self.number(value, span, f"an operand of `{operator}`", bools=operator in ("==", "!=")))
        ]
        if len(operands) < 2:
            return POISON
        bools = [o.type.dtype is DType.BOOL for o in operands]
        if any(bools) and not all(bools):
            other = 0 if bools[1] else 1
            title = f"the other operand of `{operator}`"
            return self.fault(faults.wrong_type(spans[other], title, "a Bool too", describe(operands[other])))
        operands = self.common(operands, spans[0].to(spans[1]))
        return self._fitted(TABLE[COMPARISONS[operator]], operands, spans)

    # ---- ranges

    def range_array(self, value: RangeValue, span: Span) -> Value:
        """A range as an array of Int."""
        ends = [e for r in (value.start, value.stop, value.step) if isinstance(e := Num(r).known, int)]
        static: dict[str, Any] = {"size": len(range(*ends))} if len(ends) == 3 else {}
        return self.apply(TABLE["arange"], Num(value.start), Num(value.stop), Num(value.step), span=span, **static)

    # ---- Bools

    def negate(self, value: Num, span: Span) -> Num:
        """`not`, on a Bool or element by element."""
        if isinstance(value.known, bool):
            return self.literal(not value.known)
        out = self.apply(TABLE["logical_not"], value, span=span)
        assert isinstance(out, Num)
        return out

    def either(self, left: Num, right: Num, span: Span) -> Num:
        """`or` of two scalar Bools that are both already there."""
        for a, b in ((left, right), (right, left)):
            if a.known is True or b.known is False:
                return a
        out = self.apply(TABLE["logical_or"], left, right, span=span)
        assert isinstance(out, Num)
        return out

    def both(self, left: Num, right: Num, span: Span) -> Num:
        """`and` of two scalar Bools that are both already there."""
        for a, b in ((left, right), (right, left)):
            if a.known is False or b.known is True:
                return a
        out = self.apply(TABLE["logical_and"], left, right, span=span)
        assert isinstance(out, Num)
        return out

    def short_circuit(self, operator: str, left: Num, then: Block, right: Num, span: Span) -> Num:
        """`left operator right` on scalar Bools, where `right` needs the statements of `then`, run if it matters."""
        if not then.body:
            return self.both(left, right, span) if operator == "and" else self.either(left, right, span)
        out = Var(BOOL)
        other = Block((), (), (Literal(operator == "or"),))
        branches = (then, other) if operator == "and" else (other, then)
        self.frame.build.emit(If((out,), left.atom, branches[0], branches[1], span))
        return Num(self.frame.build.ref(out))

    def zero(self, type_: Type, span: Span) -> Num:
        """A stand-in of a type, where control flow makes sure that nobody reads it."""
        build = self.frame.build
        scalar: float | int | bool = {DType.REAL: 0.0, DType.INT: 0, DType.BOOL: False}[type_.dtype]
        if type_.is_scalar:
            return self.literal(scalar)
        build.span = span
        shape = tuple(0 if n is None else n for n in type_.shape)
        out = build.apply(TABLE["full"], (scalar,), {"shape": shape})
        return Num(build.ref(out))

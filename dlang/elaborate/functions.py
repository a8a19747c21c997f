"""Calls of the program's functions: an instance of the IR for each combination of argument types.

A function's text is elaborated anew for the types it is called with, and for the values of those Ints that reach a
shape. What it reads from around it becomes further params. A recursive instance is elaborated until the type of its
result is what it assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dlang.diagnostics import Diagnostic, Label, Reporter
from dlang.diagnostics import models as model_faults
from dlang.diagnostics import typing as faults
from dlang.elaborate.capturing import Captured, Capturing
from dlang.elaborate.jumps import contains
from dlang.elaborate.loops import DONE, RESULT
from dlang.elaborate.operators import NOTHING, POISON, Given
from dlang.elaborate.parameters import Sizes
from dlang.elaborate.repeating import GROWTH_LIMIT
from dlang.elaborate.sizing import Sizing
from dlang.elaborate.tree import first_line
from dlang.elaborate.unions import same_build, union
from dlang.elaborate.values import DRAWS, Absent, Frame, Func, Num, Tup, Value, leaves, rebuild
from dlang.ir.builder import Builder
from dlang.ir.nodes import Call, Function, Var
from dlang.records import field, record, replace
from dlang.source import Source, Span
from dlang.syntax import ast
from dlang.types import INT, Type

__all__ = ["Functions", "Instance"]

CHAIN_LIMIT = 64
"""Instances of one function in a chain of calls, after which sizes are left to running."""

ROUND_LIMIT = 32
"""Assumptions of its own type that a recursive function may disprove; sizes and element types settle in a few."""


@record(frozen=False, eq=False)
class Instance:
    """A function for certain argument types: its name in the module, what it captures, the shape of its result.

    One that `draws` random numbers takes their seed and how many were drawn before it, and gives both as they are
    behind it.
    """

    name: str
    func: Func
    captured: list[Captured]
    result: Value = POISON
    finished: bool = False
    recursive: bool = False
    waits: bool = False
    draws: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)


class Functions(Capturing):
    """Makes instances and calls them."""

    libraries: frozenset[Source] = frozenset()
    """The files of the standard library that the program imports."""

    def __init__(self, report: Reporter) -> None:
        super().__init__(report)
        self.module = {}
        self._instances: dict[object, Instance] = {}
        self._learnt: dict[object, tuple[Value, bool]] = {}
        """What instances gave, and whether they draw, also of those that another round of a caller elaborates anew."""
        self._running: list[Instance] = []
        self._counts: dict[str, int] = {}
        self.sizing = Sizing()

    def called_bodies(self) -> set[int]:
        """`id` of the bodies of functions that have an instance."""
        return {id(instance.func.body) for instance in self._instances.values()}

    @contextmanager
    def rehearsal(self) -> Iterator[Reporter]:
        """Elaborate calls apart, at the end of the file: only what they report is kept."""
        module, instances = dict(self.module), dict(self._instances)
        try:
            with self.forgotten(), self.tentative() as reports:
                yield reports
        finally:
            self.module, self._instances = module, instances

    @contextmanager
    def forgotten(self) -> Iterator[None]:
        """Elaborate calls behind the file's last statement, and forget their statements and what they drew."""
        draws = self.draws()
        try:
            with self.frame.build.rehearsed():
                yield
        finally:
            self.frame.env[DRAWS] = draws

    def call_function(self, func: Func, arguments: Sequence[Given], span: Span) -> Value:
        """A call, with arguments bound by position and name; a missing one takes its default inside the function."""
        given = self.bound(func, arguments, span)
        if given is None or any(value is POISON for value in given.values()):
            return POISON
        depth = sum(i.func.body is func.body for i in self._running)
        if depth >= CHAIN_LIMIT + GROWTH_LIMIT:  # sizes are left to running by now: it is its functions that differ
            return self.fault(
                model_faults.not_yet(span, "recursions that pass on a value of another kind at every call")
            )
        widened = depth >= CHAIN_LIMIT
        sized = frozenset() if widened else self.sizing.names(func)
        fixed = frozenset(n for n, v in given.items() if n in sized and _is_known_int(v))
        captured = list(self.captures(func, given))
        for frame, name in captured:
            if not self.is_at_hand(frame, name):
                return self.fault(faults.read_too_late(span, func.name, name))
        instance = self._instance(func, given, fixed, captured, span, widened)
        if not instance.finished:
            instance.recursive = True
            if instance.result is POISON:  # what is under way inside of it learns in its next round what that yields
                for waiting in self._running[self._running.index(instance) + 1 :]:
                    waiting.waits = True
        if instance.result is POISON:
            return POISON
        operands = [leaf.atom for name, value in given.items() if name not in fixed for leaf in leaves(value)]
        operands += [leaf.atom for leaf in leaves(func)]
        for frame, name in instance.captured:
            operands += [leaf.atom for leaf in leaves(self.visible(frame, name, frame.env[name]))]
        outs = [Var(leaf.type) for leaf in leaves(instance.result)]
        drawn: list[Var] = []
        if instance.draws:
            operands += [part.atom for part in leaves(self.draws())]
            drawn = [Var(INT), Var(INT)]
            self.frame.env[DRAWS] = rebuild(self.draws(), iter([self.frame.build.ref(v) for v in drawn]))
        self.frame.build.emit(Call((*outs, *drawn), instance.name, tuple(operands), span))
        return rebuild(instance.result, iter([self.frame.build.ref(v) for v in outs]))

    # ---- instances

    def _instance(
        self,
        func: Func,
        given: dict[str, Value],
        fixed: frozenset[str],
        captured: list[Captured],
        span: Span,
        widened: bool,
    ) -> Instance:
        types = tuple((name, _key(value, name in fixed, widened)) for name, value in given.items())
        captured_types = tuple((f, n, _key(f.env[n], False, False)) for f, n in captured)
        own = _key(func, False, False) if func.group else (id(func.body), self.reads_from(func))
        key = (own, types, captured_types)
        if key in self._instances:
            self._tell(self._instances[key])
            return self._instances[key]
        number = self._counts[func.name] = self._counts.get(func.name, 0) + 1
        # A module's function always has its number: `f.adjoint` is what the adjoint of a function `f` is called.
        name = f"{func.name}.{number}" if number > 1 or "." in func.name else func.name
        instance = Instance(name, func, captured)
        instance.result, instance.draws = self._learnt.get(key, (POISON, False))
        for round_ in range(ROUND_LIMIT + 1):
            known, finished = dict(self._instances), dict(self.module)
            self._instances[key] = instance
            self._running.append(instance)
            self.running_draws.append(False)
            with self.tentative() as reports:
                result, made = self._elaborate(instance, given, fixed, widened)
            self._running.pop()
            drew = self.running_draws.pop()
            if drew and not instance.draws:
                instance.draws = True
                self._instances, self.module = known, finished
                continue
            if not instance.recursive or same_build(result, instance.result):
                break
            if result is POISON and reports.errors:
                break  # it does not fit what it assumed of itself, and another round would only forget why
            if round_ == ROUND_LIMIT:
                what = "recursive functions whose value changes its kind from call to call"
                reports(model_faults.not_yet(first_line(func.span), what))
                result = POISON
                break
            self._instances, self.module = known, finished  # what was made on the way assumed another result
            instance.result = union(instance.result, result) or result
        instance.diagnostics = self._told_of(func, span, reports.diagnostics)
        is_open = result is POISON and not reports.errors and not self.faulty and not instance.waits
        if is_open and not instance.recursive:
            result = NOTHING  # it never comes back, as behind a `while true` that nothing leaves
        elif is_open:
            instance.diagnostics.append(faults.endless_recursion(first_line(func.span), func.name))
        self._tell(instance)
        instance.result, instance.finished = result, True
        if not reports.errors and not isinstance(result, Absent):
            self._learnt[key] = result, instance.draws
        self.module[name] = made
        return instance

    def _tell(self, instance: Instance) -> None:
        """Report what is wrong with an instance: at every use, as an earlier report may have been dropped."""
        for diagnostic in instance.diagnostics:
            self.report(diagnostic)

    def _told_of(self, func: Func, span: Span, found: Sequence[Diagnostic]) -> list[Diagnostic]:
        """The faults of an instance, each saying from which call it comes where that is not where it stands.

        What shows inside the standard library is a fault of the call that led there: of a call, the first is told.
        """
        if span.source in self.libraries:
            return list(found)
        told: list[Diagnostic] = []
        is_blamed = False
        for diagnostic in found:
            inside = diagnostic.primary is not None and diagnostic.primary.span.source in self.libraries
            if not (inside and is_blamed):
                told.append(self._called(diagnostic, Label(span, f"in this call of `{func.name}`"), inside))
            is_blamed = is_blamed or inside
        return told

    @staticmethod
    def _called(diagnostic: Diagnostic, call: Label, inside: bool) -> Diagnostic:
        if diagnostic.primary is not None and inside:
            return replace(diagnostic, primary=call, labels=(diagnostic.primary, *diagnostic.labels))
        labels = (diagnostic.primary, *diagnostic.labels)
        if any(label is None or label.text.startswith("in this call") for label in labels):
            return diagnostic
        return replace(diagnostic, labels=(*diagnostic.labels, call))

    def _elaborate(
        self, instance: Instance, given: dict[str, Value], fixed: frozenset[str], widened: bool
    ) -> tuple[Value, Function]:
        func, outer = instance.func, self.frame
        build = Builder()
        around = [
            Var(leaf.type, name) for (_, name), part in zip(func.kept, func.parts, strict=True) for leaf in leaves(part)
        ]
        inner = rebuild(func, iter([build.ref(v) for v in around]))
        assert isinstance(inner, Func)
        self.frame = Frame(build, inner.frame, func.name, home=frozenset(id(f) for f in inner.group))
        params: list[Var] = []
        for name, value in given.items():
            if name in fixed and isinstance(value, Num) and value.known is not None:
                self.frame.env[name] = self.literal(value.known)
                continue
            fresh = [Var(_wide(leaf.type) if widened else leaf.type, name) for leaf in leaves(value)]
            params += fresh
            self.frame.env[name] = rebuild(value, iter([build.ref(v) for v in fresh]))
        params += around
        for frame, name in instance.captured:
            value = frame.env[name]
            fresh = [Var(leaf.type, name) for leaf in leaves(value)]
            params += fresh
            self.frame.captured[id(frame), name] = rebuild(value, iter([build.ref(v) for v in fresh]))
        if instance.draws:
            state = [Var(INT, "seed"), Var(INT, "drawn")]
            params += state
            self.frame.env[DRAWS] = Tup(tuple(Num(build.ref(v)) for v in state))
        for parameter in func.parameters:
            if parameter.name.text not in given and parameter.default is not None:
                self.frame.env[parameter.name.text] = self.value(parameter.default)
        sizes = self.entry_sizes(func)
        result = self._run_body(func, sizes)
        self._blame_assert()
        results = [leaf.ref for leaf in leaves(result)]
        if instance.draws:
            results += [part.ref for part in leaves(self.draws())]
        block = build.finish(params, results)
        self.frame = outer
        return result, Function(instance.name, block, func.span)

    def _blame_assert(self) -> None:
        """Faults behind an `assert` that cannot hold follow from what it guards against: it is told in their place."""
        if self.frame.broken is not None:
            before, failed = self.frame.broken
            behind = self.report.diagnostics[before:]
            if any(diagnostic.severity == "error" for diagnostic in behind):
                self.report.diagnostics[before:] = [failed]

    def _run_body(self, func: Func, sizes: Sizes) -> Value:
        body = func.body.statements
        if not contains(body, (ast.Return,), in_loops=True):
            result = self.statements(body, False)
        else:
            self.frame.env[DONE] = self.literal(False)
            self.statements(body, True)
            result = self.frame.env.get(RESULT, POISON)
        if func.result is not None and result is not POISON:
            at = body[-1].span if body else func.span
            result = self.annotated(result, func.result, sizes, at, f"the value of `{func.name}`")
        return result


def _is_known_int(value: Value) -> bool:
    return isinstance(value, Num) and isinstance(value.known, int) and value.type == INT


def _wide(type_: Type) -> Type:
    return type_.with_shape((None,) * type_.rank)


def _key(value: Value, fixed: bool, widened: bool) -> object:
    if isinstance(value, Num):
        if fixed:
            return value.known
        return _wide(value.type) if widened else value.type
    return (value.kind, *(_key(part, False, widened) for part in value.parts))

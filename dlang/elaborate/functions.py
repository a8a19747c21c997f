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
from dlang.distributions.table import DISTRIBUTIONS
from dlang.elaborate.annotations import TYPES
from dlang.elaborate.arguments import Given
from dlang.elaborate.builtins import BUILTINS
from dlang.elaborate.closures import close
from dlang.elaborate.jumps import contains, fields_read, free_names, names_read
from dlang.elaborate.loops import DONE, RESULT
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.reaching import Reaching
from dlang.elaborate.repeating import DRAWS
from dlang.elaborate.statements import Statements
from dlang.elaborate.tree import first_line
from dlang.elaborate.unions import same_build, union
from dlang.elaborate.values import (
    Absent,
    Frame,
    Func,
    ModuleValue,
    Num,
    RangeValue,
    Str,
    Tup,
    Value,
    describe,
    leaves,
    rebuild,
)
from dlang.ir.builder import Builder
from dlang.ir.nodes import Call, Function, Var
from dlang.primitives.table import TABLE
from dlang.records import field, field_names, record, replace
from dlang.source import Source, Span
from dlang.syntax import ast
from dlang.types import INT, DType, Type

__all__ = ["Functions", "Instance"]

Captured = tuple[Frame, str]

CHAIN_LIMIT = 64
"""Instances of one function in a chain of calls, after which sizes are left to running."""

ROUND_LIMIT = 32
"""Assumptions of its own type that a recursive function may disprove; sizes and element types settle in a few."""

SHAPE_MAKERS = frozenset(("zeros", "ones", "full", "eye", "linspace", "arange", "reshape", "one_hot", "tril", "triu"))
LANGUAGE = frozenset((*BUILTINS, *DISTRIBUTIONS, "print", "pi", "inf", "nan"))
"""Names that mean something where nothing binds them."""

AXIS_ARGUMENTS = frozenset(("axis", "ddof", "k"))


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
    draws: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)


class Functions(Statements):
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
        self._running_draws: list[bool] = []
        self._is_seed_given = False
        self.begin_draws(None)
        self._counts: dict[str, int] = {}
        self._sized: dict[int, frozenset[str]] = {}
        self._mentioned: dict[int, dict[str, None]] = {}
        self._reaching = Reaching(self)
        self._fields: dict[int, dict[tuple[str, str], None]] = {}

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
        given = self._bind(func, arguments, span)
        if given is None or any(value is POISON for value in given.values()):
            return POISON
        depth = sum(i.func.body is func.body for i in self._running)
        if depth >= 2 * CHAIN_LIMIT:  # sizes are left to running by now: it is its functions that differ
            return self.fault(
                model_faults.not_yet(span, "recursions that pass on a value of another kind at every call")
            )
        widened = depth >= CHAIN_LIMIT
        sized = frozenset() if widened else self.shape_names(func)
        fixed = frozenset(n for n, v in given.items() if n in sized and _is_known_int(v))
        captured = list(self._captures(func, given))
        for frame, name in captured:
            if not self._is_at_hand(frame, name):
                return self.fault(faults.read_too_late(span, func.name, name))
        instance = self._instance(func, given, fixed, captured, span, widened)
        if not instance.finished:
            instance.recursive = True
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

    def draws(self) -> Tup:
        """The seed of the next draw, and how many were drawn from it before."""
        state = self.frame.env.get(DRAWS)
        if not isinstance(state, Tup):
            if self._running_draws:
                self._running_draws[-1] = True  # the function is elaborated again, and then begins with a state
            state = Tup((self.literal(0), self.literal(0)))
        return state

    def begin_draws(self, seed: int | None) -> None:
        """Begin with a seed that was given, which stands before those of the program, or with 0."""
        self._is_seed_given = seed is not None
        self.frame.env[DRAWS] = Tup((self.literal(seed or 0), self.literal(0)))

    def draw_key(self, span: Span) -> tuple[Num, Num, Num]:
        seed, count = leaves(self.draws())
        after = self.apply(TABLE["add"], count, 1, span=span)
        self.frame.env[DRAWS] = Tup((seed, after))
        return seed, self.literal(0), count

    def reseed(self, seed: Num) -> None:
        before = self.draws()
        self.frame.env[DRAWS] = before if self._is_seed_given else Tup((seed, self.literal(0)))

    def _is_at_hand(self, frame: Frame, name: str) -> bool:
        """Whether a name of a frame can be read by the function that is being elaborated."""
        here = self.frame
        return frame.build is here.build or (id(frame), name) in here.captured or id(frame) in here.home

    def closed(self, func: Func) -> Func:
        return close(func, self)

    def is_language(self, name: str) -> bool:
        """Whether a name that nothing binds means something all the same."""
        return name in LANGUAGE

    def reads(self, func: Func) -> dict[str, None]:
        """Names that a function's text reads and does not bind."""
        if id(func.body) not in self._mentioned:
            found = free_names(func.parameters, func.body)
            for rule in self.rules.get(id(func.body), {}).values():  # a rule goes where its function goes
                found |= free_names(rule.parameters, rule.body)
            self._mentioned[id(func.body)] = found
        return self._mentioned[id(func.body)]

    # ---- arguments

    def _bind(self, func: Func, arguments: Sequence[Given], span: Span) -> dict[str, Value] | None:
        """Arguments by the names of the parameters; None if they do not fit."""
        names = [p.name.text for p in func.parameters]
        bound: dict[str, Value] = {}
        places: dict[str, Span] = {}
        positional = iter(names)
        for name, value, at in arguments:
            target = next(positional, None) if name is None else name
            if target is None:
                return self._misfit(func, span, f"gives {len(arguments)} arguments", at, "one too many")
            if target not in names:
                return self._misfit(func, span, f"names `{target}`, which is no parameter", at, "no such parameter")
            if target in bound:
                return self._misfit(func, span, f"gives `{target}` twice", at, "the second")
            if value is NOTHING:
                self.missing(at, f"the argument `{target}` of `{func.name}`")
                return None
            if isinstance(value, RangeValue):
                value = self.range_array(value, at)
            bound[target], places[target] = value, at
        missing = [p.name.text for p in func.parameters if p.default is None and p.name.text not in bound]
        if missing:
            listed = " and ".join(f"`{name}`" for name in missing)
            return self._misfit(func, span, f"gives no {listed}", span, f"lacks {listed}")
        if not self._annotated(func, bound, places):
            return None
        return {name: bound[name] for name in names if name in bound}

    def _misfit(self, func: Func, call: Span, fault: str, at: Span, label: str) -> dict[str, Value] | None:
        """A call of a function that was only known as a value; calls by name were checked before."""
        signature = f"{func.name}({', '.join(p.span.text for p in func.parameters)})"
        if not self.told_within(call):
            fault = f"this call of `{func.name}` {fault}"
            self.fault(faults.builtin_arguments(at, signature, fault, label=label))
        return None

    def _annotated(self, func: Func, bound: dict[str, Value], places: dict[str, Span]) -> bool:
        """Whether the arguments fit their annotations; sizes of one name must agree."""
        sizes: dict[str, tuple[int | None, Span]] = {}
        good = True
        for parameter in func.parameters:
            name = parameter.name.text
            if parameter.annotation is not None and name in bound:
                at = places[name]
                what = f"the argument `{name}` of `{func.name}`"
                fitted = self.annotated(bound[name], parameter.annotation, sizes, at, what)
                good = good and fitted is not POISON
                bound[name] = fitted
        return good

    def annotated(
        self, value: Value, note: ast.Annotation, sizes: dict[str, tuple[int | None, Span]], at: Span, what: str
    ) -> Value:
        """The value as its annotation says: an Int where a Real is due is converted; a misfit is reported."""
        if value is POISON or note.dtype not in TYPES or (note.dtype == "String" and note.dims is not None):
            return value  # a word that is no type was reported before
        if note.dtype == "String" and isinstance(value, Str):
            return value
        mismatch = faults.annotation_mismatch(at, note.span, what, describe(value))
        rank = len(note.dims or ())
        if not isinstance(value, Num) or value.type.rank != rank:
            return self.refuse(value, what, mismatch)
        if value.type.dtype.value != note.dtype:
            if note.dtype != "Real" or value.type.dtype is not DType.INT:
                return self.fault(mismatch)
            value = self.real(value, at)
        for dim, size in zip(note.dims or (), value.type.shape, strict=True):
            if isinstance(dim, ast.Number):
                if size is not None and size != dim.value:
                    return self.fault(mismatch)
                continue
            known, place = sizes.setdefault(dim.text, (size, at))
            if known is not None and size is not None and known != size:
                return self.fault(faults.shape_name_differs(at, dim.text, size, place, known))
        return value

    # ---- captures

    def _captures(self, func: Func, given: dict[str, Value]) -> dict[Captured, None]:
        """Numbers of enclosing frames that a function reads, itself or through functions it can call."""
        found: dict[Captured, None] = {}
        for one in (func, *(v for v in given.values() if isinstance(v, Func))):
            own = {id(frame) for frame in one.group}
            for frame, name in self._reaching.of(one):
                if id(frame) not in own and any(leaf.known is None for leaf in leaves(frame.env[name])):
                    found[frame, name] = None
        return found

    def _reads_from(self, func: Func) -> Frame | None:
        """The frame that a function finds names in, if it reads any that is not the language's own.

        One that reads none is the same wherever its text is met: an inner function is elaborated once for all the
        instances of the functions around it. An instance's key holds the frame itself, so that it is not another's.
        """
        return func.frame if any(func.frame.find(name) is not None for name in self.reads(func)) else None

    def behind(self, func: Func, name: str, frame: Frame, value: Value) -> Iterator[tuple[Frame, str, Value]]:
        """What a name gives a function to read: a value, or, if it is a module, those of its members that it reads."""
        if not isinstance(value, ModuleValue):
            yield frame, name, value
            return
        if id(func.body) not in self._fields:
            rules = tuple((rule.parameters, rule.body) for rule in self.rules.get(id(func.body), {}).values())
            self._fields[id(func.body)] = fields_read((func.parameters, func.body, *rules))
        for module, member in self._fields[id(func.body)]:
            place = value.frame.own(member) if module == name else None
            if place is not None:
                yield place[0], member, place[1]

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
        own = _key(func, False, False) if func.group else (id(func.body), self._reads_from(func))
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
            self._running_draws.append(False)
            with self.tentative() as reports:
                result, made = self._elaborate(instance, given, fixed, widened)
            self._running.pop()
            drew = self._running_draws.pop()
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
        if result is POISON and not instance.recursive and not reports.errors and not self.faulty:
            result = NOTHING  # it never comes back, as behind a `while true` that nothing leaves
        if result is POISON and not reports.errors and not self.faulty:
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
        for parameter in func.parameters:
            if parameter.name.text not in given and parameter.default is not None:
                self.frame.env[parameter.name.text] = self.value(parameter.default)
        if instance.draws:
            state = [Var(INT, "seed"), Var(INT, "drawn")]
            params += state
            self.frame.env[DRAWS] = Tup(tuple(Num(build.ref(v)) for v in state))
        result = self._run_body(func)
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

    def _run_body(self, func: Func) -> Value:
        body = func.body.statements
        if not contains(body, (ast.Return,), in_loops=True):
            result = self.statements(body, False)
        else:
            self.frame.env[DONE] = self.literal(False)
            self.statements(body, True)
            result = self.frame.env.get(RESULT, POISON)
        if func.result is not None and result is not POISON:
            sizes: dict[str, tuple[int | None, Span]] = {}
            for parameter in func.parameters:
                value = self.frame.env.get(parameter.name.text)
                note = parameter.annotation
                if note is not None and isinstance(value, Num) and len(note.dims or ()) == value.type.rank:
                    for dim, size in zip(note.dims or (), value.type.shape, strict=True):
                        if isinstance(dim, ast.Name):
                            sizes.setdefault(dim.text, (size, dim.span))
            at = body[-1].span if body else func.span
            result = self.annotated(result, func.result, sizes, at, f"the value of `{func.name}`")
        return result

    def shape_names(self, func: Func) -> frozenset[str]:
        """Parameters whose value may decide a shape: they, or names computed from them, stand where sizes go."""
        if id(func.body) not in self._sized:
            self._sized[id(func.body)] = frozenset()  # a recursive question finds no more
            self._sized[id(func.body)] = frozenset(self._find_shape_names(func))
        return self._sized[id(func.body)]

    def _find_shape_names(self, func: Func) -> set[str]:
        sized: set[str] = set()
        flows: list[tuple[str, dict[str, None]]] = []
        todo: list[object] = [func.body]
        while todo:
            item = todo.pop()
            if isinstance(item, tuple):
                todo.extend(item)
                continue
            match item:
                case ast.Call():
                    for position, argument in enumerate(item.arguments):
                        if self._takes_size(func, item.callee, position, argument):
                            sized.update(names_read(argument.value))
                case ast.Slice():
                    sized.update(names_read((item.start, item.stop, item.step)))
                case ast.Assign(target=ast.Name(text=target)):
                    flows.append((target, names_read(item.value)))
                case _:
                    pass
            todo.extend(getattr(item, n) for n in field_names(item) if n != "span")
        before = -1
        while before != len(sized):
            before = len(sized)
            for target, sources in flows:
                if target in sized:
                    sized.update(sources)
        return sized & {p.name.text for p in func.parameters}

    def _takes_size(self, func: Func, callee: ast.Expr, position: int, argument: ast.Argument) -> bool:
        if isinstance(callee, ast.Name) and callee.text in SHAPE_MAKERS:
            return True
        if argument.name is not None and argument.name.text in AXIS_ARGUMENTS:
            return True
        called = _named(func.frame, callee)
        if called is None:
            return False
        names = [p.name.text for p in called.parameters]
        target = argument.name.text if argument.name else names[position] if position < len(names) else ""
        return target in self.shape_names(called)


def _named(frame: Frame, callee: ast.Expr) -> Func | None:
    """The function of the program that an expression names in a frame: `f`, `flow.step`."""
    target = callee.target if isinstance(callee, ast.Field) else callee
    found = frame.find(target.text) if isinstance(target, ast.Name) else None
    value = found[1] if found is not None else None
    if isinstance(callee, ast.Field):
        found = value.frame.own(callee.name.text) if isinstance(value, ModuleValue) else None
        value = found[1] if found is not None else None
    return value if isinstance(value, Func) else None


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

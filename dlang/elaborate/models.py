"""A whole file: param, data and report, and what stands between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from dlang import trees
from dlang.diagnostics import Diagnostic, DlangError, Reporter, usage
from dlang.diagnostics import models as faults
from dlang.diagnostics import typing as type_faults
from dlang.diagnostics.suggest import with_columns_taken
from dlang.distributions.table import DISTRIBUTIONS
from dlang.elaborate.annotations import check_annotations
from dlang.elaborate.chances import maker
from dlang.elaborate.describing import describe, describe_type
from dlang.elaborate.modules import Modules
from dlang.elaborate.operators import POISON
from dlang.elaborate.program import Coded, Elaborated, Input, Parameter, Report
from dlang.elaborate.tree import Node, children, declared_names
from dlang.elaborate.uncalled import check_uncalled
from dlang.elaborate.values import Num, RangeValue, Rec, Tup, Value, leaves, rebuild
from dlang.ir.nodes import Atom, Literal, Var
from dlang.ir.walk import dependents
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast
from dlang.trees import Tree
from dlang.types import REAL, DType, Type

if TYPE_CHECKING:
    from dlang.elaborate.imports import Imports, Loader

__all__ = ["Elaborator", "GivenStart", "elaborate", "outside_bounds"]


@record(eq=False)
class GivenStart:
    """A start that replaces that of the text, of a param or of a part of one.

    `value` is what was given, numbers in dicts and tuples as the param is built; `number` makes a float or a float64
    array of a number, or raises DlangError; `given` is how it was given, `--set k`,
    and `shown` what was.
    """

    value: Any
    number: Callable[[Any], Any]
    given: str
    shown: str


Evaluate: TypeAlias = "Callable[[Elaborator, Atom], Any]"


class Elaborator(Modules):
    """Elaborates a whole file."""

    def __init__(
        self,
        report: Reporter,
        imports: Imports | None,
        load: Loader,
        replaced: Mapping[str, Any],
        starts: Mapping[str, GivenStart],
        fix: frozenset[str],
    ) -> None:
        super().__init__(report, imports, load, replaced)
        self._starts, self.fix = starts, fix
        self.evaluate: Evaluate | None = None
        self.inputs: list[Input] = []
        self.reports: list[Report] = []
        self.parameter_trees: dict[str, Tree] = {}
        self.report_trees: dict[str, Tree] = {}

    def declaration(self, stmt: ast.Statement) -> None:
        match stmt:
            case ast.ParamDecl():
                self._param(stmt)
            case ast.DataDecl():
                self._data(stmt)
            case ast.Tilde():
                self.tilde(stmt)
            case ast.Objective():
                self.objective(stmt)
            case ast.Report():
                self._report(stmt)
            case ast.Import():
                for name in declared_names(stmt):
                    self.bind(name.text, self.imported(stmt))
            case _:
                pass

    def unbound(self, node: ast.Name) -> Value:
        if node.text in DISTRIBUTIONS:
            return maker(DISTRIBUTIONS[node.text])
        return POISON

    # ---- inputs

    def from_outside(self, name: str, value: Any, span: Span) -> Num:
        """A value from outside: Ints and Bools are known, Reals and arrays are inputs of the IR."""
        if isinstance(value, Coded):
            number = self.from_outside(name, value.codes, span)
            self.levels[number.atom] = value.levels
            return number
        if isinstance(value, (bool, int)):
            return self.literal(value)
        if isinstance(value, float):
            type_ = REAL
        else:
            kinds = {"f": DType.REAL, "i": DType.INT, "b": DType.BOOL}
            type_ = Type(kinds[value.dtype.kind], tuple(value.shape))
        var = Var(type_, name)
        self.inputs.append(Input(name, var, value, span))
        return Num(self.frame.build.ref(var))

    def _data(self, stmt: ast.DataDecl) -> None:
        names = [name.text for name in stmt.names]
        if stmt.path is None and stmt.value is not None:
            name = names[0]
            if name in self._replaced:
                self.bind(name, self.from_outside(name, self._replaced[name], stmt.names[0].span))
                return
            constant = _constant_array(stmt.value)
            if constant is not None:
                self.bind(name, self.from_outside(name, constant, stmt.names[0].span))
                return
            value = self.value(stmt.value)
            if isinstance(value, RangeValue):
                value = self.range_array(value, stmt.value.span)
            if not isinstance(value, Num):
                misfit = faults.data_needs_value(stmt.value.span, name, describe(value))
                value = self.refuse(value, f"the datum `{name}`", misfit)
            self.bind(name, self._as_input(name, value, stmt.names[0].span))
            return
        try:
            found = self._load(stmt)
        except DlangError as error:
            taken = [known for known in self.frame.env if known not in names]
            for diagnostic in error.diagnostics:
                self.report(with_columns_taken(diagnostic, taken))
            found = {}
        for name_node in stmt.names:
            name = name_node.text
            self.bind(name, self._datum(name, found[name], name_node.span) if name in found else POISON)

    def _as_input(self, name: str, value: Value, span: Span) -> Value:
        """A datum that was computed, as one that came from outside, if it can be computed now."""
        if self.evaluate is None or not isinstance(value, Num) or isinstance(value.atom, Literal):
            return value
        found = self.evaluate(self, value.atom) if not self.report.errors else None
        return value if found is None else self.from_outside(name, found, span)

    def _datum(self, name: str, value: Any, span: Span) -> Value:
        """A value from a file; a whole table is a record of its columns."""
        if not isinstance(value, dict):
            return self.from_outside(name, value, span)
        columns = (self.from_outside(name + trees.written(key), each, span) for key, each in value.items())
        return Rec(tuple(value), tuple(columns))

    # ---- parameters

    def _param(self, stmt: ast.ParamDecl) -> None:
        name = stmt.name.text
        starts = self._start(stmt)
        lower, upper = self._bounds(stmt)
        if starts is None:
            self.bind(name, POISON)
            return
        value, tree, given = starts
        numbers = list(leaves(value))
        self._refuse_params(stmt, (("the start of", stmt.start, *numbers), ("a bound of", stmt.bounds, lower, upper)))
        bounds_span = stmt.bounds.span if stmt.bounds is not None else None
        held = {leaf for part, of in trees.parts(name, tree) if part in self.fix for leaf in trees.leaves(of)}
        variables = []
        for part, start in zip(trees.leaves(tree), numbers, strict=True):
            var = Var(start.type, part)
            fixed = stmt.fixed or part in held
            spans, told = (stmt.name.span, stmt.start.span, bounds_span), given.get(part)
            self.parameters.append(Parameter(part, var, start.atom, lower.atom, upper.atom, fixed, *spans, name, told))
            self._check_start(self.parameters[-1])
            variables.append(self.frame.build.ref(var))
        self.parameter_trees[name] = tree
        self.bind(name, rebuild(value, iter(variables)))

    def _start(self, stmt: ast.ParamDecl) -> tuple[Value, Tree, dict[str, str]] | None:
        """A param's start, a tree of its parts' names, and how those were given that are not the text's own."""
        name = stmt.name.text
        value = self.value(stmt.start)
        if not self._refuse_start(stmt, value, name):
            return None
        numbers = [self.real(number, stmt.start.span) for number in leaves(value)]
        value = rebuild(value, iter([number.ref for number in numbers]))
        tree = _named(name, value)
        parts = dict(zip(trees.leaves(tree), numbers, strict=True))
        given = {}
        for part, (found, what) in self._given(stmt, tree, value).items():
            start = parts[part]
            shape = () if isinstance(found, float) else tuple(found.shape)
            if shape != start.type.shape and start.type.is_static:
                shown = describe_type(Type(DType.REAL, shape))
                self.fault(usage.wrong_shape(what, stmt.name.span, part, describe(start), shown))
                continue
            fresh = self.literal(found) if isinstance(found, float) else None
            parts[part] = fresh or self.from_outside(f"start of {part}", found, stmt.name.span)
            given[part] = what
        return rebuild(value, iter([number.ref for number in parts.values()])), tree, given

    def _refuse_start(self, stmt: ast.ParamDecl, value: Value, name: str) -> bool:
        """Whether a start is made of numbers; the first part that is none is reported."""
        match value:
            case Tup(items=items) | Rec(items=items) if items:
                keys: Iterable[str | int] = value.names if isinstance(value, Rec) else range(len(items))
                return all(
                    self._refuse_start(stmt, item, name + trees.written(key))
                    for key, item in zip(keys, items, strict=True)
                )
            case Num() if value.type.dtype is not DType.BOOL:
                return True
        self.refuse(value, f"the start of `{name}`", faults.param_not_real(stmt.start.span, name, describe(value)))
        return False

    def _given(self, stmt: ast.ParamDecl, tree: Tree, value: Value) -> dict[str, tuple[Any, str]]:
        """The starts from outside of a param's parts: those given for a part go before those for what it is of."""
        found: dict[str, tuple[Any, str]] = {}
        for (name, part), built in zip(trees.parts(stmt.name.text, tree), _with_parts(value), strict=True):
            if name not in self._starts:
                continue
            start = self._starts[name]
            try:
                numbers = trees.match(part, start.value, start.number)
            except trees.MisfitError:
                shown = f"built otherwise: {start.shown}"
                self.fault(usage.wrong_shape(start.given, stmt.name.span, name, describe(built), shown))
                continue
            pairs = zip(trees.leaves(part), trees.leaves(numbers), strict=True)
            found |= {leaf: (number, start.given) for leaf, number in pairs}
        return found

    def _bounds(self, stmt: ast.ParamDecl) -> tuple[Num, Num]:
        ends = [self.literal(float("-inf")), self.literal(float("inf"))]
        if isinstance(stmt.bounds, ast.Range):
            for k, part in enumerate((stmt.bounds.start, stmt.bounds.stop)):
                value = self.value(part)
                number = self.number(value, part.span, f"a bound of `{stmt.name.text}`")
                if number is not None and number.type.rank:
                    what, found = f"a bound of `{stmt.name.text}`", describe(number)
                    self.fault(type_faults.wrong_type(part.span, what, "one number", found))
                elif number is not None:
                    ends[k] = self.real(number, part.span)
        return ends[0], ends[1]

    def _refuse_params(self, stmt: ast.ParamDecl, parts: Any) -> None:
        """Starts and bounds are fixed before the fit."""
        for what, node, *values in parts:
            computed = [value.atom for value in values if isinstance(value.atom, Var)]
            for parameter in self.parameters if computed else ():
                found = dependents(self.frame.build.outermost, [parameter.var])
                if any(atom in found for atom in computed):
                    at = _mention(node, parameter.name)
                    self.fault(faults.depends_on_param(at, f"{what} `{stmt.name.text}`", parameter.name))
                    return

    def _check_start(self, parameter: Parameter) -> None:
        """What of the bounds can be decided from the text; the rest is checked when the start is evaluated."""
        start, lower, upper = (
            a.value if isinstance(a, Literal) else None for a in (parameter.start, parameter.lower, parameter.upper)
        )
        if lower is not None and upper is not None and not lower < upper:
            at = parameter.bounds_span or parameter.span
            self.fault(faults.empty_bounds(at, parameter.name, lower, upper))
        elif start is not None and lower is not None and upper is not None and not lower <= start <= upper:
            self.fault(outside_bounds(parameter, start, lower, upper))

    # ---- reports

    def _report(self, stmt: ast.Report) -> None:
        value, name = self.value(stmt.value), stmt.name.text
        self.bind(name, value)
        tree = _named(name, value)
        for (part, _), built in zip(trees.parts(name, tree), _with_parts(value), strict=True):
            if not isinstance(built, (Num, Tup, Rec)) or (not isinstance(built, Num) and not built.items):
                misfit = faults.report_not_number(stmt.value.span, part, describe(built))
                self.refuse(built, f"the report `{part}`", misfit)
                return
        self.reports += [Report(n, v.atom, stmt.span) for n, v in zip(trees.leaves(tree), leaves(value), strict=True)]
        self.report_trees[name] = tree

    def finish(self, span: Span, warnings: tuple[Diagnostic, ...]) -> Elaborated:
        """The program, once nothing is left to report."""
        variables = [i.var for i in self.inputs] + [p.var for p in self.parameters]
        main = self.frame.build.finish(variables, ())
        return Elaborated(
            self.module,
            main,
            tuple(self.inputs),
            tuple(self.parameters),
            tuple(self.terms),
            tuple(self.reports),
            self.parameter_trees,
            self.report_trees,
            warnings,
            span,
        )


def _with_parts(value: Value) -> Iterator[Value]:
    """A value, and behind it what it is of if it is a tuple or record."""
    yield value
    if isinstance(value, (Tup, Rec)):
        for item in value.items:
            yield from _with_parts(item)


def _named(name: str, value: Value) -> Tree:
    """The names of a value's parts, built as it is: `{w: "p.w"}`."""
    match value:
        case Tup():
            return tuple(_named(name + trees.written(k), item) for k, item in enumerate(value.items))
        case Rec():
            pairs = zip(value.names, value.items, strict=True)
            return {key: _named(name + trees.written(key), item) for key, item in pairs}
        case _:
            return name


def outside_bounds(parameter: Parameter, start: float, lower: float, upper: float) -> Diagnostic:
    """What to say of a start that is not within its bounds: the program is at fault, or who gave another start."""
    name, bounds = parameter.name, parameter.bounds_span
    if parameter.given is not None:
        return usage.start_outside_bounds(parameter.given, name, start, lower, upper, bounds)
    return faults.start_outside_bounds(parameter.start_span, name, start, lower, upper, bounds)


def _constant_array(node: ast.Expr) -> Any:
    """The array that a literal of plain numbers is, or None for any other expression."""
    if not isinstance(node, ast.ArrayLiteral) or not node.items:
        return None
    try:
        values = _plain(node)
    except ValueError:
        return None
    import numpy as np

    try:
        array = np.asarray(values)
    except (ValueError, OverflowError):
        return None  # ragged: elaborated as any expression, it is told what is wrong
    return array if array.dtype.kind in "fi" else None


def _plain(node: ast.Expr) -> Any:
    match node:
        case ast.ArrayLiteral() if node.items:
            return [_plain(item) for item in node.items]
        case ast.Number():
            return node.value
        case ast.Unary(operator="-", operand=ast.Number(value=value)):
            return -value
        case _:
            raise ValueError


def elaborate(
    program: ast.Program,
    report: Reporter,
    load: Loader,
    *,
    imports: Imports | None = None,
    replaced: Mapping[str, Any] | None = None,
    starts: Mapping[str, GivenStart] | None = None,
    fix: frozenset[str] = frozenset(),
    seed: int | None = None,
    evaluate: Evaluate | None = None,
    moves_constants: bool = False,
) -> Elaborator:
    """Elaborate a file; every fault goes to `report`.

    Args:
        program: the tree.
        report: where faults and warnings go.
        load: gives the values of a `data … from` statement.
        imports: the files that it imports, resolved and checked.
        replaced: values for `data name = default` statements, by name.
        starts: starts of params that replace those of the text, by name.
        fix: names of params to hold.
        seed: of random draws, in place of that of the text.
        evaluate: gives the value of what the file computes of its data alone, or None; of a datum that is computed.
        moves_constants: see `Operators`.
    """
    check_annotations(program, report)
    elaborator = Elaborator(report, imports, load, replaced or {}, starts or {}, fix)
    elaborator.evaluate, elaborator.moves_constants = evaluate, moves_constants
    elaborator.begin_draws(seed)
    elaborator.statements(program.statements, False)
    elaborator.refuse_mixed_terms()
    check_uncalled(elaborator, program)
    elaborator.check_files()
    if not elaborator.faulty:
        elaborator.check_all_are_there(program.statements)
        elaborator.warn_of_idle_params()
    return elaborator


def _mention(node: ast.Expr, name: str) -> Span:
    """Where an expression mentions a name first, or the whole of it if it does so only through others."""
    todo: list[Node] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Name) and part.text == name:
            return part.span
        todo.extend(reversed(children(part)))
    return node.span

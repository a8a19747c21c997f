"""A whole file: param, data and report, and what stands between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlang.diagnostics import Diagnostic, DlangError, Reporter, usage
from dlang.diagnostics import models as faults
from dlang.diagnostics import typing as type_faults
from dlang.diagnostics.suggest import with_columns_taken
from dlang.distributions.table import DISTRIBUTIONS, NOT_YET
from dlang.elaborate.annotations import check_annotations
from dlang.elaborate.modules import Modules
from dlang.elaborate.operators import POISON
from dlang.elaborate.program import Coded, Elaborated, Input, Parameter, Report
from dlang.elaborate.tree import Node, children, declared_names
from dlang.elaborate.uncalled import check_uncalled
from dlang.elaborate.values import Num, Tup, Value, describe, describe_type
from dlang.ir.nodes import Atom, Literal, Var
from dlang.ir.walk import dependents
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import REAL, DType, Type

if TYPE_CHECKING:
    from dlang.elaborate.imports import Imports, Loader

__all__ = ["Elaborator", "GivenStart", "elaborate", "outside_bounds"]


@record
class GivenStart:
    """A start that replaces that of the text: a float or a float64 array, and how it was given, `--set k`."""

    value: Any
    given: str


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
        self._starts, self._fix = starts, fix
        self.inputs: list[Input] = []
        self.reports: list[Report] = []
        self.levels: dict[Atom, tuple[str, ...]] = {}

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
            case ast.RuleDef():
                self.fault(faults.not_yet(stmt.span, "derivative rules of the user's own"))
            case _:
                pass

    def unbound(self, node: ast.Name) -> Value:
        if node.text in DISTRIBUTIONS or node.text in NOT_YET:
            what = "distributions outside the right side of `~`"
            mend = f"write `y ~ normal(mu, sigma)`; a parameter of this name is declared, `param {node.text} = 1.0`"
            return self.fault(faults.not_yet(node.span, what, mend))
        return POISON

    # ---- inputs

    def _input(self, name: str, value: Any, span: Span) -> Num:
        """A value from outside: Ints and Bools are known, Reals and arrays are inputs of the IR."""
        if isinstance(value, Coded):
            number = self._input(name, value.codes, span)
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
        if stmt.as_table:
            self.bind(names[0], self.fault(faults.not_yet(stmt.span, "whole tables", self._naming_columns(stmt))))
            return
        if stmt.path is None and stmt.value is not None:
            name = names[0]
            if name in self._replaced:
                self.bind(name, self._input(name, self._replaced[name], stmt.names[0].span))
                return
            constant = _constant_array(stmt.value)
            if constant is not None:
                self.bind(name, self._input(name, constant, stmt.names[0].span))
                return
            value = self.value(stmt.value)
            if not isinstance(value, Num):
                misfit = faults.data_needs_value(stmt.value.span, name, describe(value))
                value = self.refuse(value, f"the datum `{name}`", misfit)
            self.bind(name, value)
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
            self.bind(name, self._input(name, found[name], name_node.span) if name in found else POISON)

    def _naming_columns(self, stmt: ast.DataDecl) -> str:
        return f"name the columns: `data t, y from {stmt.path.span.text if stmt.path else '…'}`"

    # ---- parameters

    def _param(self, stmt: ast.ParamDecl) -> None:
        name = stmt.name.text
        start = self._start(stmt)
        lower, upper = self._bounds(stmt)
        if start is None:
            self.bind(name, POISON)
            return
        self._refuse_params(stmt, (("the start of", stmt.start, start), ("a bound of", stmt.bounds, lower, upper)))
        var = Var(start.type, name)
        bounds_span = stmt.bounds.span if stmt.bounds is not None else None
        fixed = stmt.fixed or name in self._fix
        at, given = stmt.start.span, self._starts[name].given if name in self._starts else None
        self.parameters.append(
            Parameter(name, var, start.atom, lower.atom, upper.atom, fixed, stmt.name.span, at, bounds_span, given)
        )
        self._check_start(self.parameters[-1])
        self.bind(name, Num(self.frame.build.ref(var)))

    def _start(self, stmt: ast.ParamDecl) -> Num | None:
        name = stmt.name.text
        value = self.value(stmt.start)
        if not isinstance(value, Num) or value.type.dtype is DType.BOOL:
            misfit = faults.param_not_real(stmt.start.span, name, describe(value))
            if isinstance(value, Tup):
                misfit = faults.not_yet(stmt.start.span, "params that are tuples", "declare a param for each part")
            self.refuse(value, f"the start of `{name}`", misfit)
            return None
        start = self.real(value, stmt.start.span)
        if name not in self._starts:
            return start
        given = self._starts[name].value
        shape = () if isinstance(given, float) else tuple(given.shape)
        if shape != start.type.shape and start.type.is_static:
            found = describe_type(Type(DType.REAL, shape))
            what = self._starts[name].given
            self.fault(usage.wrong_shape(what, stmt.name.span, name, describe(start), found))
            return start
        if isinstance(given, float):
            return self.literal(given)
        return self._input(f"start of {name}", given, stmt.name.span)

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
        value = self.value(stmt.value)
        self.bind(stmt.name.text, value)
        if isinstance(value, Num):
            self.reports.append(Report(stmt.name.text, value.atom, stmt.span))
        else:
            misfit = faults.report_not_number(stmt.value.span, stmt.name.text, describe(value))
            self.refuse(value, f"the report `{stmt.name.text}`", misfit)

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
            warnings,
            span,
        )


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
    """
    check_annotations(program, report)
    elaborator = Elaborator(report, imports, load, replaced or {}, starts or {}, fix)
    elaborator.statements(program.statements, False)
    elaborator.refuse_mixed_terms()
    check_uncalled(elaborator, program)
    elaborator.check_files()
    if not elaborator.faulty:
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

"""Model statements: param, data, `~`, minimize, maximize, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dlang.diagnostics import Diagnostic, DlangError, Reporter
from dlang.diagnostics import models as faults
from dlang.diagnostics import typing as type_faults
from dlang.distributions.table import DISTRIBUTIONS, NOT_YET, Distribution
from dlang.elaborate.functions import Functions
from dlang.elaborate.operators import POISON
from dlang.elaborate.program import Elaborated, Input, Parameter, Report, Term
from dlang.elaborate.values import Num, Value, describe
from dlang.ir.nodes import Literal, Var
from dlang.ir.walk import dependents
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import REAL, DType, Type

__all__ = ["Elaborator", "Loader", "elaborate"]

Loader = Callable[[ast.DataDecl], Mapping[str, Any]]
"""Values of a data statement by name: floats, ints, bools, or float64, int64 and bool arrays. Raises DlangError."""


class Elaborator(Functions):
    """Elaborates a whole file."""

    def __init__(
        self,
        report: Reporter,
        load: Loader,
        replaced: Mapping[str, Any],
        starts: Mapping[str, Any],
        fix: frozenset[str],
    ) -> None:
        super().__init__(report)
        self._load, self._replaced, self._starts, self._fix = load, replaced, starts, fix
        self.inputs: list[Input] = []
        self.parameters: list[Parameter] = []
        self.terms: list[Term] = []
        self.reports: list[Report] = []

    def declaration(self, stmt: ast.Statement) -> None:
        match stmt:
            case ast.ParamDecl():
                self._param(stmt)
            case ast.DataDecl():
                self._data(stmt)
            case ast.Tilde():
                self._tilde(stmt)
            case ast.Objective():
                self._objective(stmt)
            case ast.Report():
                self._report(stmt)
            case ast.Import():
                self.fault(faults.not_yet(stmt.span, "modules"))
            case ast.RuleDef():
                self.fault(faults.not_yet(stmt.span, "derivative rules of the user's own"))
            case _:
                pass

    def unbound(self, node: ast.Name) -> Value:
        if node.text in DISTRIBUTIONS or node.text in NOT_YET:
            what = "distributions outside the right side of `~`"
            return self.fault(faults.not_yet(node.span, what, "write `y ~ normal(mu, sigma)`"))
        return POISON

    # ---- inputs

    def _input(self, name: str, value: Any, span: Span) -> Num:
        """A value from outside: Ints and Bools are known, Reals and arrays are inputs of the IR."""
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
            self.bind(names[0], self.fault(faults.not_yet(stmt.span, "whole tables", "name the columns")))
            return
        if stmt.path is None and stmt.value is not None:
            name = names[0]
            if name in self._replaced:
                self.bind(name, self._input(name, self._replaced[name], stmt.names[0].span))
                return
            value = self.value(stmt.value)
            if value is not POISON and not isinstance(value, Num):
                value = self.fault(faults.data_needs_value(stmt.value.span, name, describe(value)))
            self.bind(name, value)
            return
        try:
            found = self._load(stmt)
        except DlangError as error:
            for diagnostic in error.diagnostics:
                self.report(diagnostic)
            found = {}
        for name_node in stmt.names:
            name = name_node.text
            self.bind(name, self._input(name, found[name], name_node.span) if name in found else POISON)

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
        self.parameters.append(
            Parameter(
                name, var, start.atom, lower.atom, upper.atom, fixed, stmt.name.span, stmt.start.span, bounds_span
            )
        )
        self._check_start(self.parameters[-1])
        self.bind(name, Num(self.frame.build.ref(var)))

    def _start(self, stmt: ast.ParamDecl) -> Num | None:
        name = stmt.name.text
        value = self.value(stmt.start)
        if not isinstance(value, Num) or value.type.dtype is DType.BOOL:
            if value is not POISON:
                self.fault(faults.param_not_real(stmt.start.span, name, describe(value)))
            return None
        start = self.real(value, stmt.start.span)
        if name not in self._starts:
            return start
        given = self._starts[name]
        shape = () if isinstance(given, float) else tuple(given.shape)
        if shape != start.type.shape and start.type.is_static:
            found = describe(Num(self.frame.build.ref(Var(Type(DType.REAL, shape)))))
            self.fault(faults.start_wrong_shape(stmt.name.span, name, describe(start), found))
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
        elif stmt.bounds is not None and self.value(stmt.bounds) is not POISON:
            what = f"the bounds of `{stmt.name.text}`"
            self.fault(type_faults.wrong_type(stmt.bounds.span, what, "a range `lo..hi`", "something else"))
        return ends[0], ends[1]

    def _refuse_params(self, stmt: ast.ParamDecl, parts: Any) -> None:
        """Starts and bounds are fixed before the fit."""
        variables = {p.var: p.name for p in self.parameters}
        for what, node, *values in parts:
            for value in values:
                for var, name in variables.items():
                    if value.atom in dependents(self.frame.build.outermost, [var]):
                        self.fault(faults.depends_on_param(node.span, f"{what} `{stmt.name.text}`", name))
                        return

    def _check_start(self, parameter: Parameter) -> None:
        """What of the bounds can be decided from the text; the rest is checked when the start is evaluated."""
        start, lower, upper = (
            a.value if isinstance(a, Literal) else None for a in (parameter.start, parameter.lower, parameter.upper)
        )
        if lower is not None and upper is not None and not lower < upper:
            at = parameter.bounds_span or parameter.span
            self.fault(faults.empty_bounds(at, parameter.name, f"{lower:g}", f"{upper:g}"))
        elif start is not None and lower is not None and upper is not None and not lower <= start <= upper:
            shown = (f"{start!r}", f"{lower:g}", f"{upper:g}")
            at = parameter.start_span if parameter.name not in self._starts else parameter.span
            self.fault(faults.start_outside_bounds(at, parameter.name, *shown, parameter.bounds_span))

    # ---- terms and reports

    def _tilde(self, stmt: ast.Tilde) -> None:
        target = self.value(stmt.target)
        model = stmt.model
        if isinstance(model, ast.Call) and isinstance(model.callee, ast.Name):
            name = model.callee.text
            if self.frame.find(name) is None and (name in DISTRIBUTIONS or name in NOT_YET):
                self._density(stmt, target, model, name)
                return
        value = self.value(model)
        y = self._observed(target, stmt.target.span)
        mean = self.number(value, model.span, "the right side of `~`")
        if y is None or mean is None:
            return
        spans = stmt.target.span, model.span
        residual = self.binary("-", self.real(y, spans[0]), self.real(mean, spans[1]), spans)
        if isinstance(residual, Num):
            fitted = self.apply(TABLE["sub"], self.real(y, spans[0]), residual, span=stmt.span)
            assert isinstance(fitted, Num)
            observed = self.real(y, spans[0]).atom
            self.terms.append(Term("least squares", residual.atom, stmt.span, observed, fitted.atom))

    def _observed(self, value: Value, span: Span) -> Num | None:
        if isinstance(value, Num):
            return value
        if value is not POISON:
            self.fault(faults.tilde_target(span, describe(value)))
        return None

    def _density(self, stmt: ast.Tilde, target: Value, call: ast.Call, name: str) -> None:
        if name in NOT_YET:
            self.fault(faults.unknown_distribution(call.callee.span, name, None))
            for argument in call.arguments:
                self.value(argument.value)
            return
        entry = DISTRIBUTIONS[name]
        arguments = self._parameters_of(entry, call)
        y = self._observed(target, stmt.target.span)
        if arguments is None or y is None:
            return
        if y.type.dtype is DType.BOOL:
            converted = self.apply(TABLE["to_real"], y, span=stmt.target.span)
            assert isinstance(converted, Num)
            y = converted
        operands = [self.real(y, stmt.target.span), *arguments]
        places = [stmt.target.span, *(a.span for a in call.arguments)]
        whole = operands[0]
        for operand, at in zip(operands[1:], places[1:], strict=True):
            tested = self.binary("+", whole, operand, (places[0], at))  # only for its shape
            if not isinstance(tested, Num):
                return
            whole = tested
        self.frame.build.span = stmt.span
        density = entry.logpdf(*(o.ref for o in operands))
        value = Num(self.frame.build.ref(density))
        if value.type.rank:
            summed = self.apply(TABLE["sum"], value, span=stmt.span, axis=None, keepdims=False)
            assert isinstance(summed, Num)
            value = summed
        negative = self.apply(TABLE["neg"], value, span=stmt.span)
        assert isinstance(negative, Num)
        prior = isinstance(stmt.target, ast.Name) and any(p.name == stmt.target.text for p in self.parameters)
        if prior:
            self.terms.append(Term("density", negative.atom, stmt.span))
            return
        mean = entry.mean(*(a.ref for a in arguments)) if entry.mean is not None else None
        fitted = self.frame.build.ref(mean).atom if mean is not None else None
        self.terms.append(Term("density", negative.atom, stmt.span, operands[0].atom, fitted))

    def _parameters_of(self, entry: Distribution, call: ast.Call) -> list[Num] | None:
        bound: dict[str, Num | None] = {}
        positional = iter(entry.parameters)
        fault: str | None = None
        for argument in call.arguments:
            value = self.value(argument.value)
            target = argument.name.text if argument.name else next(positional, None)
            if target is None:
                fault = f"`{entry.name}` takes {len(entry.parameters)} parameters, and {len(call.arguments)} were given"
            elif target not in entry.parameters:
                fault = f"`{entry.name}` has no parameter `{target}`"
            elif target in bound:
                fault = f"the parameter `{target}` of `{entry.name}` is given twice"
            else:
                number = self.number(value, argument.span, f"the parameter `{target}` of `{entry.name}`")
                bound[target] = self.real(number, argument.span) if number is not None else None
        missing = [p for p in entry.parameters if p not in bound]
        if fault is None and missing:
            fault = f"`{entry.name}` lacks its parameter `{missing[0]}`"
        if fault is not None:
            self.fault(faults.wrong_distribution_arguments(call.span, entry.signature, fault))
            return None
        found = [bound[p] for p in entry.parameters]
        return None if None in found else [n for n in found if n is not None]

    def _objective(self, stmt: ast.Objective) -> None:
        value = self.value(stmt.value)
        if not isinstance(value, Num) or value.type.rank or value.type.dtype is DType.BOOL:
            if value is not POISON:
                self.fault(faults.objective_not_scalar(stmt.value.span, stmt.kind, describe(value)))
            return
        number = self.real(value, stmt.value.span)
        if stmt.kind == "maximize":
            negative = self.apply(TABLE["neg"], number, span=stmt.span)
            assert isinstance(negative, Num)
            number = negative
        self.terms.append(Term("minimize", number.atom, stmt.span))

    def _report(self, stmt: ast.Report) -> None:
        value = self.value(stmt.value)
        self.bind(stmt.name.text, value)
        if isinstance(value, Num):
            self.reports.append(Report(stmt.name.text, value.atom, stmt.span))
        elif value is not POISON:
            self.fault(faults.report_not_number(stmt.value.span, stmt.name.text, describe(value)))

    def refuse_mixed_terms(self) -> None:
        """Least squares and log-densities do not mix."""
        squares = [t for t in self.terms if t.kind == "least squares"]
        densities = [t for t in self.terms if t.kind == "density"]
        if squares and densities:
            self.fault(faults.mixed_terms(squares[0].span, densities[0].span))

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


def elaborate(
    program: ast.Program,
    report: Reporter,
    load: Loader,
    *,
    replaced: Mapping[str, Any] | None = None,
    starts: Mapping[str, Any] | None = None,
    fix: frozenset[str] = frozenset(),
) -> Elaborator:
    """Elaborate a file; every fault goes to `report`.

    Args:
        program: the tree.
        report: where faults and warnings go.
        load: gives the values of a `data … from` statement.
        replaced: values for `data name = default` statements, by name.
        starts: starts of params that replace those of the text, by name: floats or float64 arrays.
        fix: names of params to hold.
    """
    elaborator = Elaborator(report, load, replaced or {}, starts or {}, fix)
    elaborator.statements(program.statements, False)
    elaborator.refuse_mixed_terms()
    return elaborator

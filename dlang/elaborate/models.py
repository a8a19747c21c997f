"""Model statements: param, data, `~`, minimize, maximize, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dlang.diagnostics import Diagnostic, DlangError, Reporter
from dlang.diagnostics import models as faults
from dlang.diagnostics import typing as type_faults
from dlang.distributions.table import DISTRIBUTIONS, NOT_YET, Distribution
from dlang.elaborate.annotations import check_annotations
from dlang.elaborate.arguments import near
from dlang.elaborate.functions import Functions
from dlang.elaborate.operators import POISON
from dlang.elaborate.program import Elaborated, Input, Parameter, Report, Term
from dlang.elaborate.tree import Node, children
from dlang.elaborate.values import Num, Tup, Value, describe, describe_type
from dlang.ir.nodes import Literal, Var
from dlang.ir.walk import dependents, outs, reads
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import REAL, DType, Type, broadcast_shapes

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
            for diagnostic in error.diagnostics:
                self.report(diagnostic)
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
        at = stmt.name.span if name in self._starts else stmt.start.span
        self.parameters.append(
            Parameter(name, var, start.atom, lower.atom, upper.atom, fixed, stmt.name.span, at, bounds_span)
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
        given = self._starts[name]
        shape = () if isinstance(given, float) else tuple(given.shape)
        if shape != start.type.shape and start.type.is_static:
            found = describe_type(Type(DType.REAL, shape))
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
            at = parameter.start_span
            self.fault(faults.start_outside_bounds(at, parameter.name, start, lower, upper, parameter.bounds_span))

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
        if not self._fits(stmt.span, [("the left side", y, spans[0]), ("the right side", mean, spans[1])]):
            return
        residual = self.binary("-", self.real(y, spans[0]), self.real(mean, spans[1]), spans)
        if isinstance(residual, Num):
            fitted: Value = self.real(mean, spans[1])
            if mean.type.shape != residual.type.shape:  # one value for many data: as many as there are data
                fitted = self.apply(TABLE["sub"], self.real(y, spans[0]), residual, span=stmt.span)
            assert isinstance(fitted, Num)
            observed = self.real(y, spans[0]).atom
            self.terms.append(Term("least squares", residual.atom, stmt.span, observed, fitted.atom))

    def _fits(self, at: Span, sides: list[tuple[str, Num, Span]]) -> bool:
        """Whether the parts of a term broadcast; the first that does not fit those before it is reported."""
        whole = sides[0][1].type.shape
        for k, (what, number, _) in enumerate(sides[1:], 1):
            joined = broadcast_shapes(whole, number.type.shape)
            if joined is None:
                first = next(s for s in sides[:k] if broadcast_shapes(s[1].type.shape, number.type.shape) is None)
                title = f"{first[0]} of `~` is {describe(first[1])}, and {what} is {describe(number)}"
                labels = [(place, describe(value)) for _, value, place in (first, sides[k])]
                notes = ("a term is taken element by element; each pair of sizes, from the last, is equal or has a 1",)
                self.fault(type_faults.shapes_do_not_fit(at, title, labels, notes))
                return False
            whole = joined
        return True

    def _observed(self, value: Value, span: Span) -> Num | None:
        if isinstance(value, Num):
            return value
        self.refuse(value, "the left side of `~`", faults.tilde_target(span, describe(value)))
        return None

    def _density(self, stmt: ast.Tilde, target: Value, call: ast.Call, name: str) -> None:
        if name in NOT_YET:
            self.fault(faults.unknown_distribution(call.callee.span, name, DISTRIBUTIONS))
            for argument in call.arguments:
                self.value(argument.value)
            return
        entry = DISTRIBUTIONS[name]
        given = self._parameters_of(entry, call)
        y = self._observed(target, stmt.target.span)
        if given is None or y is None:
            return
        parts = [(f"the parameter `{n}`", number, at) for n, (number, at) in zip(entry.parameters, given, strict=True)]
        if not self._fits(stmt.span, [("the left side", y, stmt.target.span), *parts]):
            return
        arguments = [number for number, _ in given]
        if y.type.dtype is DType.BOOL:
            converted = self.apply(TABLE["to_real"], y, span=stmt.target.span)
            assert isinstance(converted, Num)
            y = converted
        operands = [self.real(y, stmt.target.span), *arguments]
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

    def _parameters_of(self, entry: Distribution, call: ast.Call) -> list[tuple[Num, Span]] | None:
        """The arguments of a distribution in the order of its parameters, as Reals, with their places."""
        bound: dict[str, tuple[Num, Span] | None] = {}
        positional = iter(entry.parameters)
        good = True

        def stop(fault: str, at: Span, label: str, help: str | None = None) -> bool:
            self.fault(faults.wrong_distribution_arguments(at, entry.signature, fault, help, label))
            return False

        for argument in call.arguments:
            value, at = self.value(argument.value), argument.span
            target = argument.name.text if argument.name else next(positional, None)
            if target is None:
                count = f"{len(entry.parameters)} parameter{'s' if len(entry.parameters) > 1 else ''}"
                fault = f"`{entry.name}` takes {count}, and {len(call.arguments)} were given"
                good = good and stop(fault, at, "one too many")
            elif target not in entry.parameters:
                fault = f"`{entry.name}` has no parameter `{target}`"
                good = good and stop(fault, at, "no such parameter", near(target, entry.parameters))
            elif target in bound:
                good = good and stop(f"the parameter `{target}` of `{entry.name}` is given twice", at, "the second")
            else:
                number = self.number(value, at, f"the parameter `{target}` of `{entry.name}`")
                bound[target] = (self.real(number, at), at) if number is not None else None
        missing = " and ".join(f"`{p}`" for p in entry.parameters if p not in bound)
        if good and missing:
            good = stop(f"`{entry.name}` lacks its parameter {missing}", call.span, f"lacks {missing}")
        found = [pair for p in entry.parameters if (pair := bound.get(p)) is not None]
        return found if good and len(found) == len(entry.parameters) else None

    def _objective(self, stmt: ast.Objective) -> None:
        value = self.value(stmt.value)
        if not isinstance(value, Num) or value.type.rank or value.type.dtype is DType.BOOL:
            misfit = faults.objective_not_scalar(stmt.value.span, stmt.kind, describe(value))
            self.refuse(value, f"the objective of `{stmt.kind}`", misfit)
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
        else:
            misfit = faults.report_not_number(stmt.value.span, stmt.name.text, describe(value))
            self.refuse(value, f"the report `{stmt.name.text}`", misfit)

    def refuse_mixed_terms(self) -> None:
        """Least squares and log-densities do not mix."""
        squares = [t for t in self.terms if t.kind == "least squares"]
        densities = [t for t in self.terms if t.kind == "density"]
        if squares and densities:
            self.fault(faults.mixed_terms(squares[0].span, densities[0].span))

    def warn_of_idle_params(self) -> None:
        """Params that something reads and no term depends on; those that nothing reads were reported before."""
        needed = {term.atom for term in self.terms}
        for stmt in reversed(self.frame.build.outermost):
            if any(out in needed for out in outs(stmt)):
                needed.update(reads(stmt))
        told = {d.primary.span for d in self.report.diagnostics if d.primary is not None}
        for parameter in self.parameters if self.terms else ():
            if not parameter.fixed and parameter.var not in needed and parameter.span not in told:
                self.report(faults.param_without_influence(parameter.span, parameter.name))

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
    check_annotations(program, report)
    elaborator = Elaborator(report, load, replaced or {}, starts or {}, fix)
    elaborator.statements(program.statements, False)
    elaborator.refuse_mixed_terms()
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

"""The terms of an objective: `~`, minimize, maximize."""

from __future__ import annotations

import math

from dlang.diagnostics import Reporter
from dlang.diagnostics import models as faults
from dlang.distributions.core import Distribution
from dlang.distributions.table import DISTRIBUTIONS
from dlang.elaborate.arguments import near
from dlang.elaborate.densities import Part, batches_fit, fits, log_density
from dlang.elaborate.functions import Functions
from dlang.elaborate.program import Parameter, Term
from dlang.elaborate.tree import root_name
from dlang.elaborate.values import Num, Value, describe
from dlang.ir.walk import outs, reads
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import DType

__all__ = ["Terms"]


class Terms(Functions):
    """Gathers the terms, in the order of the file."""

    def __init__(self, report: Reporter) -> None:
        super().__init__(report)
        self.parameters: list[Parameter] = []
        self.terms: list[Term] = []

    def tilde(self, stmt: ast.Tilde) -> None:
        """`y ~ e`: a least-squares term, or a log-density where `e` is a distribution."""
        target = self.value(stmt.target)
        model = stmt.model
        if isinstance(model, ast.Call) and isinstance(model.callee, ast.Name):
            name = model.callee.text
            if self.frame.find(name) is None and name in DISTRIBUTIONS:
                self._density(stmt, target, model, name)
                return
        value = self.value(model)
        y = self._observed(target, stmt.target.span)
        mean = self.number(value, model.span, "the right side of `~`")
        if y is None or mean is None:
            return
        spans = stmt.target.span, model.span
        sides: list[Part] = [("the left side", y, spans[0]), ("the right side", mean, spans[1])]
        if not batches_fit(self, stmt.span, "`~`", sides, (0, 0)):
            return
        residual = self.binary("-", self.real(y, spans[0]), self.real(mean, spans[1]), spans)
        if isinstance(residual, Num):
            fitted: Value = self.real(mean, spans[1])
            if mean.type.shape != residual.type.shape:  # one value for many data: as many as there are data
                fitted = self.apply(TABLE["sub"], self.real(y, spans[0]), residual, span=stmt.span)
            assert isinstance(fitted, Num)
            self._warn_of_repeats(y, residual, spans[0])
            observed = self.real(y, spans[0]).atom
            self.terms.append(Term("least squares", residual.atom, stmt.span, observed, fitted.atom))

    def _warn_of_repeats(self, y: Num, residual: Num, span: Span) -> None:
        """Tell of data that broadcasting makes more of: it is seldom meant."""
        if not y.type.rank or not y.type.is_static or not residual.type.is_static:
            return
        data, made = (math.prod(n or 0 for n in value.type.shape) for value in (y, residual))
        if made > data:
            self.report(faults.data_repeated(span, describe(y), data, describe(residual), made))

    def _observed(self, value: Value, span: Span) -> Num | None:
        if isinstance(value, Num):
            return value
        self.refuse(value, "the left side of `~`", faults.tilde_target(span, describe(value)))
        return None

    def _density(self, stmt: ast.Tilde, target: Value, call: ast.Call, name: str) -> None:
        entry = DISTRIBUTIONS[name]
        given = self._parameters_of(entry, call)
        y = self._observed(target, stmt.target.span)
        if given is None or y is None:
            return
        parts = [(f"the parameter `{n}`", number, at) for n, (number, at) in zip(entry.parameters, given, strict=True)]
        if not fits(self, stmt.span, entry, "`~`", [("the left side", y, stmt.target.span), *parts]):
            return
        arguments = [number for number, _ in given]
        y = self.real(y, stmt.target.span)
        value = log_density(self, entry, arguments, y, stmt.span)
        if value.type.rank:
            summed = self.apply(TABLE["sum"], value, span=stmt.span, axis=None, keepdims=False)
            assert isinstance(summed, Num)
            value = summed
        negative = self.apply(TABLE["neg"], value, span=stmt.span)
        assert isinstance(negative, Num)
        root = root_name(stmt.target)
        if root is not None and any(p.whole == root.text for p in self.parameters):  # a prior, of it or a part of it
            self.terms.append(Term("density", negative.atom, stmt.span))
            return
        mean = entry.mean(*(a.ref for a in arguments)) if entry.mean is not None else None
        fitted = self.frame.build.ref(mean).atom if mean is not None else None
        self.terms.append(Term("density", negative.atom, stmt.span, y.atom, fitted))

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

    def objective(self, stmt: ast.Objective) -> None:
        """`minimize e` or `maximize e`."""
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
        idle = [p for p in self.parameters if not p.fixed and p.var not in needed and p.span not in told]
        for name in dict.fromkeys(p.whole for p in idle if self.terms):
            parts = [p.name for p in idle if p.whole == name]
            whole = len(parts) == sum(p.whole == name for p in self.parameters)
            span = next(p.span for p in idle if p.whole == name)
            self.report(faults.param_without_influence(span, [name] if whole else parts))

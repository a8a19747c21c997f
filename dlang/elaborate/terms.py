"""The terms of an objective: `~`, minimize, maximize."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dlang.diagnostics import InternalError, Reporter
from dlang.diagnostics import models as faults
from dlang.elaborate.chances import is_distribution, total_density
from dlang.elaborate.densities import Part, batches_fit
from dlang.elaborate.describing import describe
from dlang.elaborate.functions import Functions
from dlang.elaborate.jumps import never_ends
from dlang.elaborate.program import Parameter, Term
from dlang.elaborate.tree import bracketed, root_name
from dlang.elaborate.values import Dist, Num, Value
from dlang.ir.nodes import Atom
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
        value = self.value(model)
        if is_distribution(value):
            self._density(stmt, target, value)
            return
        y = self._observed(target, stmt.target.span)
        mean = self.number(value, bracketed(model, stmt.span), "the right side of `~`")
        if y is None or mean is None:
            return
        spans = bracketed(stmt.target, stmt.span), bracketed(model, stmt.span)
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

    def _density(self, stmt: ast.Tilde, target: Value, model: Value) -> None:
        at = stmt.target.span
        y = self._observed(target, at)
        if y is None:
            return
        value = total_density(self, model, y, at, stmt.span)
        y = self.real(y, at)
        if not isinstance(value, Num):
            return
        negative = self.apply(TABLE["neg"], value, span=stmt.span)
        assert isinstance(negative, Num)
        parts = _parts(stmt.target, y, model)
        called = model.entry.name if isinstance(model, Dist) else ""
        root = root_name(stmt.target)
        if root is not None and any(p.whole == root.text for p in self.parameters):  # a prior, of it or a part of it
            self.terms.append(Term("density", negative.atom, stmt.span, parts=parts, distribution=called))
            return
        fitted = None
        if isinstance(model, Dist) and model.entry.mean is not None:
            mean = model.entry.mean(*(number.ref for number in model.numbers))
            fitted = self.frame.build.ref(mean).atom
        self.terms.append(Term("density", negative.atom, stmt.span, y.atom, fitted, parts, called))

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

    def check_all_are_there(self, statements: Sequence[ast.Statement]) -> None:
        """Where nothing was reported every statement of a term has made one: none is left out in silence.

        Raises:
            InternalError: if one has not.
        """
        written = sum(isinstance(stmt, (ast.Tilde, ast.Objective)) for stmt in statements)
        if len(self.terms) < written and not any(map(never_ends, statements)):
            raise InternalError(f"{written - len(self.terms)} of {written} terms have no value, and no fault says why")

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


def _parts(target: ast.Expr, y: Num, model: Value) -> tuple[tuple[str, Atom], ...]:
    """An observation and the parameters of a distribution of numbers, by name; none of what is made of several."""
    if not isinstance(model, Dist) or len(model.numbers) != len(model.entry.parameters) or any(model.entry.events):
        return ()
    text = target.span.text
    name = text if len(text) <= _LONGEST and "\n" not in text else "the datum"
    return ((name, y.atom), *zip(model.entry.parameters, (n.ref.atom for n in model.numbers), strict=True))


_LONGEST = 20
"""Characters of source that stand for a name."""

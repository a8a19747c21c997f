"""Running a file from top to bottom, all of it, and where what is not finite in it was born."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, Label, Reporter, Severity, running
from dlang.driver.model import OBJECTIVE, RUN, Model
from dlang.driver.results import RunResult
from dlang.interpreter.birth import Birth, find_birth
from dlang.interpreter.evaluate import Compiled, compile_module, silent
from dlang.interpreter.runtime import TapeFullError
from dlang.ir.builder import Builder
from dlang.ir.nodes import Module
from dlang.passes.split import whole_function
from dlang.records import replace
from dlang.recursion import deep_recursion
from dlang.trees import map_leaves

__all__ = ["Runner", "Whole"]

NOT_FINITE = frozenset(("nan", "inf", "-inf"))
"""How values that are not finite are printed."""

DOMAINS = {
    "sqrt": "0..inf",
    "log": "1e-6..inf",
    "log2": "1e-6..inf",
    "log10": "1e-6..inf",
    "log1p": "-0.999..inf",
    "asin": "-1..1",
    "acos": "-1..1",
    "acosh": "1..inf",
    "atanh": "-0.999..0.999",
}
"""Bounds that keep a parameter in the domain of a function."""


class Whole:
    """A function that does all there is to do, and prints, in the memory there is: see `Taped`, which neither does.

    Args:
        make: the module, with the loops of its derivatives tiled or not.
        limit: bytes that the tape may hold, about.
    """

    def __init__(self, make: Callable[[bool], Module], limit: int) -> None:
        self._make, self._limit, self._is_tiled = make, limit, False
        self._compiled: Compiled | None = None

    @property
    def module(self) -> Module:
        """The module as it is run."""
        return self._ready().module

    def _ready(self) -> Compiled:
        if self._compiled is None:
            with deep_recursion():
                self._compiled = compile_module(self._make(self._is_tiled), tape_limit=self._limit)
        return self._compiled

    def __call__(self, name: str, arguments: Sequence[Any], emit: Callable[[str], None]) -> Any:
        """Run it; `emit` gets each line as it is printed.

        Raises:
            DlangError: running it failed; E0613, the tape does not hold what it needs tile by tile either.
        """
        printed = _Printed(emit)
        while True:
            compiled = self._ready()
            compiled.emit_print = printed
            try:
                return compiled(name, *arguments)
            except TapeFullError:
                if self._is_tiled:
                    raise DlangError(running.tape_too_long(self._limit)) from None
                self._is_tiled, self._compiled = True, None
                printed.begin_again()


class _Printed:
    """Hands lines on; of a run that begins again those only that did not come before."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit, self._told, self._seen = emit, 0, 0

    def begin_again(self) -> None:
        self._seen = 0

    def __call__(self, line: str) -> None:
        self._seen += 1
        if self._seen > self._told:
            self._told = self._seen
            self._emit(line)


class Runner:
    """A program as it stands in its file: nothing is left out, so what fails in it, fails."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._program = model.program
        self._has_objective = bool(self._program.terms)

    @cached_property
    def _whole(self) -> Whole:
        return Whole(lambda tiled: self._module(tiled=tiled), self._model.tape_limit)

    def _module(self, *, tiled: bool) -> Module:
        build = Builder()
        for stmt in self._program.main.body:
            build.emit(stmt)
        results = self._model.results_of(OBJECTIVE, build) if self._has_objective else []
        reports = [r.atom for r in self._program.reports]
        params = self._program.main.params
        return whole_function(RUN, self._program.module, build.outermost, params, [*results, *reports], tiled=tiled)

    def _arguments(self, values: Sequence[Any]) -> list[Any]:
        return [*(i.value for i in self._program.inputs), *values]

    def execute(self, values: Sequence[Any], emit: Callable[[str], None] | None) -> dict[str, Any]:
        """Run everything at values of the parameters; the objective and the reports, in the user's words.

        Raises:
            DlangError: E06xx, it failed.
        """
        names = ["the objective"] if self._has_objective else []
        names += [f"the report `{r.name}`" for r in self._program.reports]
        with deep_recursion():
            out = self._whole(RUN, self._arguments(values), emit if emit is not None else silent)
        return dict(zip(names, (out,) if len(names) == 1 else tuple(out or ()), strict=True))

    def run(self, values: Sequence[Any], emit: Callable[[str], None] | None) -> RunResult:
        """What `difftool run` shows; `emit` gets each printed line as it comes."""
        printed: list[str] = []

        def line(text: str) -> None:
            printed.append(text)
            if emit is not None:
                emit(text)

        results = self.execute(values, line)
        words = {word for text in printed for word in text.translate(_BLANKS).split()}
        warnings = self.warnings(values, results, printed=bool(NOT_FINITE & words))
        found = list(results.values())
        objective = float(found.pop(0)) if self._has_objective else None
        parts = dict(zip((r.name for r in self._program.reports), found, strict=True))
        reports = {name: map_leaves(parts.__getitem__, tree) for name, tree in self._program.report_trees.items()}
        return RunResult(printed, objective, reports, warnings)

    def warnings(
        self, values: Sequence[Any], results: Mapping[str, Any], *, printed: bool = False, reports_only: bool = False
    ) -> list[Diagnostic]:
        """Where what is not finite in the results of a run, or in what it printed, was born; each place once."""
        report = Reporter()
        arguments = self._arguments(values)
        for position, (what, value) in enumerate(results.items()):
            if np.all(np.isfinite(value)) or (reports_only and self._has_objective and position == 0):
                continue
            birth = find_birth(self._whole.module, RUN, arguments, position)
            if birth is not None:
                whole = value if not np.ndim(value) else None
                report(self.told(birth, what, whole, "warning"))
        birth = find_birth(self._whole.module, RUN, arguments, printed=True) if printed else None
        if birth is not None:
            report(self.told(birth, "a printed value", None, "warning"))
        return report.diagnostics

    def told(self, birth: Birth | None, what: str, value: float | None, severity: Severity) -> Diagnostic:
        """The diagnostic of a result that is not finite, in terms of what the program calls data and parameters."""
        row = self.row(birth) if birth is not None else None
        diagnostic = running.not_finite(birth, what, value, row=row, severity=severity)
        if birth is None:
            return diagnostic
        term = next((t for t in self._program.terms if t.kind == "density" and t.span == birth.span), None)
        data = {i.name for i in self._program.inputs}
        params = {p.name: p.whole for p in self._program.parameters}
        named = [(name, number) for name, number in birth.operands if name]
        if term is not None:
            note = "in the log-density of this term: a datum outside its support, or a parameter it cannot have"
            mend = "check the data against the distribution, and bound its parameters: `param sigma in 1e-6..inf`"
            row_text = f", data row {row}" if row is not None else ""
            why = None
            if value == math.inf:  # the density is 0
                why = "this value is outside the support" if term.observed is None else "a datum is outside the support"
            elif birth.primitive == "select":  # chosen where a parameter is none
                why = "a parameter is out of its range"
            if why is not None and birth.span is not None:
                diagnostic = replace(diagnostic, primary=Label(birth.span, why + row_text))
            return replace(diagnostic, notes=(*diagnostic.notes, note), help=mend)
        if birth.primitive in DOMAINS and named and named[0][0] in params:
            note = f"`{named[0][0]} = {named[0][1]}` is outside the domain of `{birth.primitive}`"
            name, whole = named[0][0], params[named[0][0]]
            mend = f"start `{name}` elsewhere, and bound it: `param {whole} in {DOMAINS[birth.primitive]}`"
            return replace(diagnostic, notes=(*diagnostic.notes, note), help=mend)
        if named and all(name in data for name, _ in named):
            mend = f"`{named[0][0]}` is data: leave such rows out, or write the model so that it does not take them"
            return replace(diagnostic, help=mend)
        return diagnostic

    def row(self, birth: Birth) -> int | None:
        """The data row of an element, counted from 1, where its array runs along the data."""
        lengths: set[int | None] = {len(i.value) for i in self._program.inputs if np.ndim(i.value)}
        lengths |= {t.observed.type.shape[0] for t in self._program.terms if t.observed and t.observed.type.rank}
        if birth.element is None or birth.length not in lengths:
            return None
        return birth.element + 1


_BLANKS = str.maketrans("[](),", "     ")

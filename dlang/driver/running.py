"""Running a file from top to bottom, all of it, and where what is not finite in it was born."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, Reporter, Severity, running
from dlang.driver.model import OBJECTIVE, RUN, Model
from dlang.driver.results import NotFinite, RunResult
from dlang.interpreter.evaluate import Compiled, compile_module, silent
from dlang.interpreter.runtime import TapeFullError
from dlang.ir.builder import Builder
from dlang.ir.nodes import Module
from dlang.passes.policy import Policy
from dlang.passes.split import whole_function
from dlang.recursion import deep_recursion
from dlang.trees import map_leaves

if TYPE_CHECKING:
    from dlang.diagnostics.births import Birth
    from dlang.driver.replays import Replays

__all__ = ["Runner", "Whole"]

NOT_FINITE = frozenset(("nan", "inf", "-inf"))
"""How values that are not finite are printed."""


class Whole:
    """A function that does all there is to do, and prints, in the memory there is: see `Taped`, which neither does.

    Args:
        make: the module, by what its derivatives keep.
        limit: bytes that the tape may hold, about.
    """

    def __init__(self, make: Callable[[Policy], Module], limit: int) -> None:
        self._make, self._limit, self._is_tiled = make, limit, False
        self._compiled: Compiled | None = None

    @property
    def module(self) -> Module:
        """The module as it is run."""
        return self._ready().module

    def _ready(self) -> Compiled:
        if self._compiled is None:
            with deep_recursion():
                self._compiled = compile_module(self._make(Policy(self._is_tiled)), tape_limit=self._limit)
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
    def replays(self) -> Replays:
        """Where what is not finite was born; loaded where something is."""
        from dlang.driver.replays import Replays

        return Replays(self._model)

    @cached_property
    def _whole(self) -> Whole:
        return Whole(self._module, self._model.settings.tape_limit)

    def _module(self, policy: Policy) -> Module:
        build = Builder()
        for stmt in self._program.main.body:
            build.emit(stmt)
        results = self._model.results_of(OBJECTIVE, build) if self._has_objective else []
        reports = [r.atom for r in self._program.reports]
        params = self._program.main.params
        return whole_function(RUN, self._program.module, build.outermost, params, [*results, *reports], policy=policy)

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
        warnings = self.warnings(values, results, printed=_has_not_finite(printed))
        found = list(results.values())
        objective = float(found.pop(0)) if self._has_objective else None
        parts = dict(zip((r.name for r in self._program.reports), found, strict=True))
        reports = {name: map_leaves(parts.__getitem__, tree) for name, tree in self._program.report_trees.items()}
        return RunResult(printed, objective, reports, warnings)

    def warnings(
        self, values: Sequence[Any], results: Mapping[str, Any], *, printed: bool = False, reports_only: bool = False
    ) -> list[Diagnostic]:
        """What is to be said of what is not finite in the results of a run, or in what it printed."""
        found = self.not_finite(values, results, printed=printed, reports_only=reports_only)
        return [each.diagnostic for each in found]

    def not_finite(
        self, values: Sequence[Any], results: Mapping[str, Any], *, printed: bool = False, reports_only: bool = False
    ) -> list[NotFinite]:
        """Where what is not finite in the results of a run, or in what it printed, was born; each place once."""
        report = Reporter()
        found = []

        def tell(birth: Birth | None, what: str, whole: float | None) -> None:
            if birth is not None:
                diagnostic = self.told(birth, what, whole, "warning", values)
                if report(diagnostic):
                    found.append(NotFinite(birth, what, diagnostic))

        for position, (what, value) in enumerate(results.items()):
            if np.all(np.isfinite(value)) or (reports_only and self._has_objective and position == 0):
                continue
            birth = self.replays.find(self._whole.module, RUN, values, position)
            tell(birth, what, value if not np.ndim(value) else None)
        if printed:
            tell(self.replays.find(self._whole.module, RUN, values, printed=True), "a printed value", None)
        return found

    def beside_the_objective(self, values: Sequence[Any]) -> list[NotFinite]:
        """What is not finite in reports and in what is printed, and where it was born."""
        printed: list[str] = []
        results = self.execute(values, printed.append)
        return self.not_finite(values, results, printed=_has_not_finite(printed), reports_only=True)

    def told(
        self, birth: Birth | None, what: str, value: float | None, severity: Severity, values: Sequence[Any]
    ) -> Diagnostic:
        """The diagnostic of a result that is not finite, in terms of what the program calls data and parameters."""
        from dlang.driver.telling import told  # loaded where something is not finite

        return told(self._program, self.replays, birth, what, value, severity, values)


_BLANKS = str.maketrans("[](),", "     ")


def _has_not_finite(printed: Sequence[str]) -> bool:
    """Whether something that is not finite may be among what was printed."""
    return any(not NOT_FINITE.isdisjoint(text.translate(_BLANKS).split()) for text in printed)

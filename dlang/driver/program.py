"""A loaded program: what the command line and the Python API ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, models, usage
from dlang.driver.flat import FlatObjective, Piece, pieces_of
from dlang.driver.model import FITTED, OBJECTIVE, RUN, Model, Vector
from dlang.driver.results import CheckResult, GradResult, NotFinite, Parameter, RunResult
from dlang.driver.running import Runner
from dlang.driver.sources import real, shortened
from dlang.driver.wording import COMMAND_LINE, Wording, said
from dlang.elaborate.models import Elaborator, outside_bounds
from dlang.elaborate.program import Elaborated
from dlang.elaborate.program import Parameter as Declared
from dlang.elaborate.values import Value
from dlang.ir.nodes import Function
from dlang.records import replace
from dlang.trees import MisfitError, Tree, leaves, map_leaves, match, parts, root

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlang.driver.functions import FunctionValue

__all__ = ["Program", "check_starts"]


class Program:
    """A program that has been read and checked.

    Made by `dlang.load` and `dlang.loads`. Points are dicts from parameter names to floats or arrays; a name that is
    left out is at its start.
    """

    wording: Wording = COMMAND_LINE
    """What errors call the arguments."""

    read_for_rules: Callable[[], Program] | None = None
    """Reads the program again, with Reals that its text decides as variables in calls of functions with rules."""

    def __init__(
        self, program: Elaborated, elaborator: Elaborator, warnings: Sequence[Diagnostic], seed: int, engine: str
    ) -> None:
        self.elaborated = program
        self.warnings = list(warnings)
        self.seed = seed
        self._elaborator = elaborator
        self._has_begun = False
        self.model = Model(program, engine)
        self._check_starts()

    @property
    def engine(self) -> str:
        """The engine that what was evaluated so far comes from."""
        return self.model.settings.used

    def _check_starts(self) -> None:
        """Bounds that only the data decide."""
        check_starts(self.model.parameters, self.model.start)

    def __repr__(self) -> str:
        source = self.elaborated.span.source
        params = ", ".join(self.elaborated.parameter_trees)
        return f"<Program {source.name}: {f'params {params}' if params else 'no params'}>"

    # ---- the program as it stands

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters in the order of the file."""
        known = {p.name: (p, *values) for p, values in zip(self.model.parameters, self.model.start, strict=True)}
        found = []
        for name, tree in self.elaborated.parameter_trees.items():
            _, _, lower, upper = known[next(leaves(tree))]
            held = {known[part][0].fixed for part in leaves(tree)}
            fixed = held == {True} if len(held) == 1 else map_leaves(lambda part: known[part][0].fixed, tree)
            start = map_leaves(lambda part: known[part][1], tree)
            found.append(Parameter(name, map_leaves(_shape, start), start, lower, upper, fixed))
        return tuple(found)

    @property
    def has_objective(self) -> bool:
        """The program has a term."""
        return bool(self.elaborated.terms)

    @cached_property
    def _flat(self) -> FlatObjective:
        return FlatObjective(self.model)

    def objective(self, verb: str = "fit") -> FlatObjective:
        """The flat-vector view that optimizers want.

        Raises:
            DlangError: E0407, the program has no term; E0408, there is no parameter, or, for a fit, none
                that is free.
        """
        if not self.has_objective:
            raise DlangError(models.no_objective(verb, self.wording.instead if verb == "grad" else None))
        if not self._flat.free and (verb == "fit" or not self.parameters):
            held = [p.name for p in self.parameters]
            options = [said(self.wording.fix, name) for name in sorted(self._elaborator.fix)]
            raise DlangError(models.no_parameters(verb, held, options))
        return self._flat

    def _values(self, at: Mapping[str, Any] | None) -> list[Any]:
        """Values of all parts of parameters, at their starts where a point does not name them or what they are of."""
        values = self.model.start_values
        positions = {p.name: k for k, p in enumerate(self.model.parameters)}
        for name, value in (at or {}).items():
            what = said(self.wording.at, name)
            if name not in self._trees:
                raise DlangError(usage.unknown_target(what, name, "parameter", self._trees))
            tree = self._trees[name]
            parameter = self.model.parameters[positions[next(leaves(tree))]]
            try:
                given = match(tree, value, partial(real, what))
            except MisfitError:
                kind = (
                    "a record"
                    if isinstance(tree, dict)
                    else "a tuple"
                    if isinstance(tree, tuple)
                    else "a number or array"
                )
                expected = f"{kind} of {', '.join(leaves(tree))}" if tree != name else kind
                found = f"built otherwise: {shortened(value)}"
                raise DlangError(usage.wrong_shape(what, parameter.span, name, expected, found)) from None
            for part, number in zip(leaves(tree), leaves(given), strict=True):
                k = positions[part]
                if np.shape(number) != np.shape(values[k]):
                    expected, found = _shown(np.shape(values[k])), _shown(np.shape(number))
                    raise DlangError(usage.wrong_shape(what, parameter.span, part, expected, found))
                values[k] = number
        return values

    @cached_property
    def _trees(self) -> dict[str, Tree]:
        """Parameters and their parts by name, as trees of names of numbers and arrays."""
        return {n: part for name, tree in self.elaborated.parameter_trees.items() for n, part in parts(name, tree)}

    def _point(self, at: Mapping[str, Any] | None) -> tuple[FlatObjective, list[Any]]:
        """The objective that starts at a point, which may move fixed parameters too; and the point itself."""
        values = self._values(at)
        return FlatObjective(self.model, values) if at else self._flat, values

    # ---- running

    @cached_property
    def _runner(self) -> Runner:
        return Runner(self.model)

    def run(self, emit: Callable[[str], None] | None = None) -> RunResult:
        """Run the file from top to bottom, parameters at their starts; `emit` gets each printed line as it comes."""
        return self._runner.run(self.model.start_values, emit)

    def begin(self, emit: Callable[[str], None] | None = None) -> None:
        """Run the file once at the start point, before anything is evaluated many times; later calls do nothing.

        The objective is made of what it needs and prints nothing: what else is in the file has its say here.

        Raises:
            DlangError: E06xx, it failed.
        """
        if not self._has_begun:
            self._has_begun = True
            self._runner.execute(self.model.start_values, emit)

    def report_warnings(self, values: Sequence[Any]) -> list[Diagnostic]:
        """Where reports that are not finite at values of all parameters were born."""
        results = self._runner.execute(values, None)
        return self._runner.warnings(values, results, reports_only=True)

    # ---- values and derivatives

    def value(self, at: Mapping[str, Any] | None = None) -> float:
        """The objective at a point, by default the start."""
        self.objective("value")
        return float(self.model.evaluate(OBJECTIVE, self._values(at)))

    def value_and_grad(self, at: Mapping[str, Any] | None = None) -> tuple[float, dict[str, Any]]:
        """The objective and its gradient by name, built and shaped as the parameters."""
        result = self.differentiate(at)
        return result.value, result.gradient

    def gradient(self, at: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The gradient by name."""
        return self.differentiate(at).gradient

    def differentiate(
        self, at: Mapping[str, Any] | None = None, *, mode: str = "auto", wrt: Sequence[str] | None = None
    ) -> GradResult:
        """The objective and its gradient, saying how; a NaN is an error that names its place.

        Args:
            at: the point.
            mode: `auto`, `reverse` or `forward`.
            wrt: only these parameters.

        Raises:
            DlangError: E0407, E0408, E0709; E0601 for an objective that is not finite or a gradient with a NaN.
        """
        self.objective("grad")
        names = self._free_names(wrt)
        self.begin()
        flat, values = self._point(at)
        forward = mode == "forward"
        value, gradient = flat.forward_gradient(flat.start) if forward else flat.value_and_grad(flat.start)
        warnings = self._refuse_nan(value, gradient, values, forward=forward)
        pieces = dict(zip((name for name, _ in flat.structure), flat.pieces(gradient), strict=True))
        shown = {name: map_leaves(pieces.get, self._trees[name]) for name in names}
        return GradResult(value, shown, "forward" if forward else "reverse", self.engine, warnings)

    def _free_names(self, wrt: Sequence[str] | None) -> list[str]:
        """The names in `wrt`, of which something must be free; without, all parameters of which something is."""
        free = {name for name, _ in self._flat.structure}
        known = [name for name, tree in self._trees.items() if not free.isdisjoint(leaves(tree))]
        if wrt is None:
            return [name for name in known if name in self.elaborated.parameter_trees]
        wanted = [wrt] if isinstance(wrt, str) else list(wrt)
        for name in wanted:
            if name not in known:
                kind = "free parameter" if name in self._trees else "parameter"
                raise DlangError(usage.unknown_target(said(self.wording.wrt, name), name, kind, known))
        return wanted

    def _free_pieces(self, wrt: Sequence[str] | None) -> list[Piece]:
        """The numbers and arrays, in the flat vector, of the parameters in `wrt`."""
        names = {leaf for name in self._free_names(wrt) for leaf in leaves(self._trees[name])}
        return [piece for piece in pieces_of(self._flat.structure) if piece.name in names]

    def _free_elements(self, wrt: Sequence[str] | None) -> list[int]:
        """Positions, in the flat vector, of the elements of the parameters in `wrt`."""
        places = [piece.place for piece in self._free_pieces(wrt)]
        return [k for place in places for k in range(place.start, place.stop)]

    def _refuse_nan(
        self, value: float, gradient: Vector, values: list[Any], *, forward: bool = False
    ) -> list[Diagnostic]:
        """Raise for an objective that is not finite or a NaN in its gradient; an infinite entry is a warning."""
        found = self._not_finite(value, gradient, values, forward=forward)
        if found is None:
            return []
        if found.diagnostic.severity == "error":
            raise DlangError(found.diagnostic)
        return [found.diagnostic]

    def not_finite(self) -> NotFinite | None:
        """What is not finite at the start, in the objective or else in its gradient, and where it was born."""
        flat = self._flat
        value, gradient = flat.value_and_grad(flat.start)
        return self._not_finite(value, gradient, self.model.start_values)

    def births(self) -> list[NotFinite]:
        """All that is not finite at the start: in the objective or else its gradient, in reports, and in prints."""
        own = self.not_finite() if self.has_objective else None
        return [*([own] if own is not None else []), *self._runner.beside_the_objective(self.model.start_values)]

    def _not_finite(
        self, value: float, gradient: Vector, values: list[Any], *, forward: bool = False
    ) -> NotFinite | None:
        if np.isfinite(value) and np.all(np.isfinite(gradient)):
            return None
        from dlang.driver import nonfinite  # loaded where something is

        return nonfinite.of_objective(self._runner, self._flat, value, gradient, values, forward=forward)

    def hessian(
        self, at: Mapping[str, Any] | None = None, *, wrt: Sequence[str] | None = None
    ) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Flat names, and the (n, n) matrix of second derivatives of the objective."""
        self.objective("grad")
        keep = self._free_elements(wrt)
        flat, _ = self._point(at)
        matrix = flat.hessian(flat.start)
        return tuple(flat.names[k] for k in keep), matrix[np.ix_(keep, keep)]

    def hessian_warnings(
        self,
        matrix: NDArray[np.float64],
        at: Mapping[str, Any] | None = None,
        *,
        wrt: Sequence[str] | None = None,
    ) -> list[Diagnostic]:
        """Where what is not finite in a `hessian` of the same point was born."""
        from dlang.driver import nonfinite

        flat, values = self._point(at)
        return nonfinite.of_hessian(self._runner, flat, matrix, self._free_elements(wrt), values)

    def check_gradient(self, at: Mapping[str, Any] | None = None, *, wrt: Sequence[str] | None = None) -> CheckResult:
        """The gradient against extrapolated differences of the objective, and the program's own derivative rules
        against differences of their functions, at the calls that the program makes.

        Raises:
            DlangError: as `differentiate` does; where there is no gradient, there is none to compare.
        """
        from dlang.driver.checking import compare, concluded
        from dlang.driver.disputes import disputed_rules

        self.objective("grad")
        pieces = self._free_pieces(wrt)
        self.begin()
        flat, values = self._point(at)
        value, gradient = flat.value_and_grad(flat.start)
        warnings = self._refuse_nan(value, gradient, values)
        bounds = list(zip(flat.lower, flat.upper, strict=True))
        checked = compare(flat.value, flat.start, gradient, pieces, bounds)
        point = {p.name: part for p, part in zip(self.model.parameters, values, strict=True)}
        whole = {**self.elaborated.module, RUN: Function(RUN, self.elaborated.main)}
        places = {root(p.name): p.span for p in self.model.parameters}
        checked = replace(checked, warnings=warnings)
        return concluded(checked, disputed_rules(self, point), places, whole)

    @cached_property
    def for_rules(self) -> Program:
        """The same program, as its derivative rules are to be asked: for constants among their arguments too.

        It is this one where the text of a function needs such a number outright, as for a shape.
        """
        if self.read_for_rules is None or not self._elaborator.rules:
            return self
        try:
            return self.read_for_rules()
        except DlangError:
            return self

    @property
    def bindings(self) -> Mapping[str, Value]:
        """What the names of the file stand for at its end, as elaboration has it."""
        return self._elaborator.frame.env

    # ---- functions and fits

    def function(self, name: str) -> FunctionValue:
        """A function of the program, callable with floats and arrays.

        Raises:
            DlangError: E0709, there is none of that name.
        """
        from dlang.driver.functions import FunctionValue

        return FunctionValue(name, self._elaborator, self.model, self.wording)

    def function_gradient(
        self,
        name: str,
        *,
        at: Mapping[str, Any],
        wrt: Sequence[str] | None = None,
        mode: str = "auto",
        hessian: bool = False,
        check: bool = False,
    ) -> GradResult:
        """Value and gradient of a function of the program at a point, as `difftool grad --fn` shows them.

        Args:
            name: the function.
            at: its arguments by name: numbers, arrays, or texts of the language.
            wrt: only these arguments.
            mode: `auto`, `reverse` or `forward`.
            hessian: the second derivatives too.
            check: compare with numerical derivatives.

        Raises:
            DlangError: the function, the point or the names do not fit; the value or the gradient is NaN.
        """
        from dlang.driver.gradients import function_gradient

        result = function_gradient(self.function(name), at, wrt, mode, hessian, check, self.model.settings)
        if result.check is None:
            return result
        from dlang.driver.checking import concluded
        from dlang.driver.disputes import disputed_anywhere
        from dlang.driver.drawn import Drawn, drawn_function
        from dlang.passes.dead_code import drop_dead_code, reachable

        def needed(program: Program) -> Drawn:  # what the file does besides is not asked for
            drawn = drawn_function(program, name, at)
            return replace(drawn, defined=reachable(drop_dead_code(drawn.defined), [drawn.entry]))

        rules = disputed_anywhere(self, needed)
        return replace(result, check=concluded(result.check, rules, self.function(name).places, needed(self).defined))

    def fitted_pairs(self, values: Sequence[Any]) -> list[tuple[Any, Any]]:
        """(y, what the model expects of it) of every term that observes data, at values of all parameters."""
        out = self.model.results(FITTED, values, 2 * self._observed_terms)
        return list(zip(out[::2], out[1::2], strict=True))

    def fitted_elsewhere(self, values: Sequence[Any], data: Mapping[str, Any]) -> list[Any]:
        """What the model expects, term by term, where other data of the same shapes stand in place of some.

        Raises:
            DlangError: E06xx, the program cannot be run with them.
        """
        inputs = [data.get(each.name, each.value) for each in self.elaborated.inputs]
        return list(self.model.fitted_elsewhere(inputs, values, 2 * self._observed_terms)[1::2])

    @property
    def _observed_terms(self) -> int:
        return sum(t.observed is not None and t.fitted is not None for t in self.elaborated.terms)

    def start_fault(self, x: Vector) -> Diagnostic | None:
        """Why the objective, its gradient or a derivative of a residual is not finite at a point; None if all are."""
        flat = self._flat
        value, gradient = flat.value_and_grad(x)
        values = flat.values(x)
        found = self._not_finite(value, gradient, values)
        if found is not None:
            return replace(found.diagnostic, severity="error")
        from dlang.driver import nonfinite

        return nonfinite.of_residuals(self._runner, flat, x, values)


def check_starts(parameters: Sequence[Declared], starts: Sequence[tuple[Any, float, float]]) -> None:
    """Raise for each parameter whose start, lower and upper bound, as they came out, do not fit.

    Raises:
        DlangError: E04xx, E0713.
    """
    faults = []
    for parameter, (start, lower, upper) in zip(parameters, starts, strict=True):
        outside = np.asarray(start)[~((np.asarray(start) >= lower) & (np.asarray(start) <= upper))]
        if not lower < upper:
            at = parameter.bounds_span or parameter.span
            faults.append(models.empty_bounds(at, parameter.name, lower, upper))
        elif outside.size:
            first = float(outside.flat[0])
            faults.append(outside_bounds(parameter, first, lower, upper))
    if faults:
        raise DlangError(*faults)


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(np.shape(value))


def _shown(shape: tuple[int, ...]) -> str:
    return f"an array {list(shape)}" if shape else "a Real"

"""The model of a program, compiled: setup once, then objective, residuals and reports, and their derivatives.

Every function here is a slice of the program's main block. Derivatives are made by the passes when first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang.driver.taped import Settings, Taped, default_limit
from dlang.elaborate.program import Elaborated, Parameter
from dlang.ir.builder import Builder, Ref
from dlang.ir.nodes import Atom, Block, Function, Module, Stmt
from dlang.passes.adjoint import adjoint
from dlang.passes.dead_code import drop_dead_code
from dlang.passes.derivatives import with_tangents
from dlang.passes.inline import inline
from dlang.passes.pipeline import derivative, finished
from dlang.passes.policy import Policy
from dlang.passes.split import bare, quiet, setup_and_rest, slice_function, without_effects, without_prints
from dlang.passes.tangent import tangent
from dlang.primitives.table import TABLE
from dlang.recursion import deep_recursion

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Model", "Vector"]

Vector: TypeAlias = "NDArray[np.float64]"

# Names of the IR's functions; no function of a program has a dot in its name.
OBJECTIVE, LIKELIHOOD, RESIDUALS = "the.objective", "the.likelihood", "the.residuals"
REPORTS, FITTED, FILE = "the.reports", "the.fitted", "the.file"
GRADIENT, SETUP, START, RUN = "the.gradient", "the.setup", "the.start", "the.run"
ELSEWHERE = "the.fitted.elsewhere"


class Model:
    """Functions of the parameters. Parameter values go in and out as a list in the order of `parameters`."""

    def __init__(self, program: Elaborated, engine: str = "auto") -> None:
        self.program = program
        self.parameters: tuple[Parameter, ...] = program.parameters
        self._params = [p.var for p in program.parameters]
        self._inputs = [i.var for i in program.inputs]
        self._input_values = [i.value for i in program.inputs]
        self._compiled: dict[str, Taped] = {}
        self.settings = Settings(engine, default_limit())
        module = with_tangents(without_prints(program.module))
        whole = inline({**module, FILE: Function(FILE, quiet(program.main))})
        body = whole.pop(FILE).block.body
        self._module = whole
        self._wanted: tuple[Atom, ...] = (
            *(t.atom for t in program.terms),
            *(a for t in program.terms for a in (t.observed, t.fitted) if a is not None),
            *(r.atom for r in program.reports),
        )
        self._setup, self._shared, self._rest = setup_and_rest(body, self._params, self._wanted)

    # ---- what is known before the first evaluation

    @cached_property
    def start(self) -> list[tuple[Any, float, float]]:
        """Start, lower and upper bound of each parameter."""
        atoms: list[Atom] = [a for p in self.parameters for a in (p.start, p.lower, p.upper)]
        setup = bare(Block((), tuple(self._setup), ())).body
        module = slice_function(START, without_effects(self._module), setup, self._inputs, atoms)
        values = _as_tuple(self._compile(START, module)(START, *self._input_values), len(atoms))
        return [(values[k], float(values[k + 1]), float(values[k + 2])) for k in range(0, len(values), 3)]

    @cached_property
    def shared(self) -> list[Any]:
        """Values that depend on the data alone, computed once."""
        module = slice_function(SETUP, self._module, self._setup, self._inputs, self._shared)
        return list(_as_tuple(self._compile(SETUP, module)(SETUP, *self._input_values), len(self._shared)))

    @property
    def start_values(self) -> list[Any]:
        """The parameters' starts."""
        return [start for start, _, _ in self.start]

    # ---- functions of the parameters

    def slice(self, name: str) -> Module:
        """The IR of one of the model's functions, from the shared values and the parameters."""
        build = Builder()
        for stmt in self._rest:
            build.emit(stmt)
        results = self.results_of(name, build)
        body: Sequence[Stmt] = build.outermost
        return slice_function(name, self._module, body, [*self._shared, *self._params], results)

    def results_of(self, name: str, build: Builder) -> list[Atom]:
        """What one of the model's functions yields, in a builder that holds the main block's statements."""
        terms = self.program.terms
        if name == RESIDUALS:
            return [t.atom for t in terms if t.kind == "least squares"]
        if name == FITTED:
            pairs = [(t.observed, t.fitted) for t in terms]
            return [a for y, f in pairs if y is not None and f is not None for a in (y, f)]
        if name == REPORTS:
            return [_real(build, r.atom) for r in self.program.reports]
        if name == LIKELIHOOD:
            terms = tuple(t for t in terms if t.observed is not None)
        total: Ref | None = None
        for term in terms:
            build.span = term.span
            value = build.ref(term.atom)
            if term.kind == "least squares":
                value = build.ref(TABLE["mul"](value, value))
                if value.type.rank:
                    value = build.ref(TABLE["sum"](value, axis=None, keepdims=False))
            total = value if total is None else build.ref(TABLE["add"](total, value))
        return [total.atom if total is not None else build.ref(0.0).atom]

    def evaluate(self, name: str, values: Sequence[Any]) -> Any:
        """One of the model's functions at parameter values: a number, or a tuple of its results."""
        compiled = self._compiled.get(name)
        if compiled is None:
            with deep_recursion():
                compiled = self._compile(name, self.slice(name))
        return compiled(name, *self.shared, *values)

    def results(self, name: str, values: Sequence[Any], count: int) -> tuple[Any, ...]:
        """`evaluate` for a function of `count` results, as a tuple in every case."""
        return _as_tuple(self.evaluate(name, values), count) if count else ()

    def fitted_elsewhere(self, inputs: Sequence[Any], values: Sequence[Any], count: int) -> tuple[Any, ...]:
        """What `FITTED` yields where other data of the same types stand in place of the program's own.

        Asserts are not asked: they speak of the program's data.
        """
        compiled = self._compiled.get(ELSEWHERE)
        if compiled is None:
            build = Builder()
            for stmt in bare(self.program.main).body:
                build.emit(stmt)
            results = self.results_of(FITTED, build)
            params, module = [*self._inputs, *self._params], without_effects(self._module)
            with deep_recursion():
                sliced = slice_function(ELSEWHERE, module, build.outermost, params, results)
                compiled = self._compile(ELSEWHERE, sliced)
        return _as_tuple(compiled(ELSEWHERE, *inputs, *values), count)

    def _compile(self, name: str, module: Module) -> Taped:
        compiled = Taped(lambda policy: finished(module, name, policy=policy), self.settings)
        self._compiled[name] = compiled
        return compiled

    # ---- derivatives

    def _derived(self, key: str, make: Callable[[Policy], tuple[Module, str]]) -> Taped:
        if key not in self._compiled:
            self._compiled[key] = Taped(
                lambda policy: derivative(lambda: make(policy), key, policy=policy), self.settings
            )
        return self._compiled[key]

    def whole(self) -> tuple[Module, str]:
        """The objective from the inputs and the parameters, not split into setup and rest."""
        build = Builder()
        for stmt in quiet(self.program.main).body:
            build.emit(stmt)
        results = self.results_of(OBJECTIVE, build)
        params = [*self._inputs, *self._params]
        return finished(slice_function(OBJECTIVE, self._module, build.outermost, params, results), OBJECTIVE), OBJECTIVE

    def _positions(self, wrt: Sequence[int]) -> list[int]:
        return [len(self._shared) + k for k in wrt]

    def value_and_gradient(self, values: Sequence[Any], wrt: Sequence[int]) -> tuple[float, list[Any]]:
        """The objective and its gradient in parameters `wrt`, by reverse mode."""
        key = f"{GRADIENT}_{'_'.join(map(str, wrt))}"
        positions = self._positions(wrt)
        fn = self._derived(key, lambda policy: adjoint(self.slice(OBJECTIVE), OBJECTIVE, positions, policy=policy))
        value, *gradient = _as_tuple(fn(key, *self.shared, *values), 1 + len(wrt))
        return value, gradient

    def pushforward(
        self, name: str, count: int, values: Sequence[Any], wrt: Sequence[int], tangents: Sequence[Any]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Results of a function of `count` Real results, and their tangents, by forward mode."""
        key = f"{name}_tangent_{'_'.join(map(str, wrt))}"
        fn = self._derived(key, lambda _: tangent(self.slice(name), name, self._positions(wrt)))
        out = _as_tuple(fn(key, *self.shared, *values, *tangents), 2 * count)
        return out[:count], out[count:]

    def hessian_product(self, values: Sequence[Any], wrt: Sequence[int], tangents: Sequence[Any]) -> list[Any]:
        """The Hessian of the objective in `wrt` times a direction: reverse mode over forward mode."""
        key = f"the.hvp_{'_'.join(map(str, wrt))}"

        def make(policy: Policy) -> tuple[Module, str]:
            module, made = tangent(self.slice(OBJECTIVE), OBJECTIVE, self._positions(wrt))
            block = module[made].block
            slope = {**module, made: Function(made, Block(block.params, block.body, block.results[1:]))}
            return adjoint(drop_dead_code(slope), made, self._positions(wrt), policy=policy)

        fn = self._derived(key, make)
        return list(_as_tuple(fn(key, *self.shared, *values, *tangents), 1 + len(wrt))[1:])


def _as_tuple(values: Any, count: int) -> tuple[Any, ...]:
    return (values,) if count == 1 else tuple(values or ())


def _real(build: Builder, atom: Atom) -> Atom:
    if atom.type.is_real:
        return atom
    return build.ref(TABLE["to_real"](build.ref(atom))).atom

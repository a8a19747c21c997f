"""A program's functions for replays: neither split nor inlined, so that a birth has its calls, data and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlang.driver.model import GRADIENT, OBJECTIVE, RESIDUALS, Model
from dlang.interpreter.birth import Birth, find_birth
from dlang.interpreter.evaluate import compile_module, silent
from dlang.ir.builder import Builder
from dlang.ir.nodes import Atom, Block, Function, Module
from dlang.passes.adjoint import adjoint
from dlang.passes.dead_code import drop_dead_code, reachable
from dlang.passes.pipeline import derivative, finished
from dlang.passes.split import bare, quiet, slice_function, without_effects, without_prints
from dlang.passes.tangent import tangent
from dlang.recursion import deep_recursion

__all__ = ["Replays", "birth_in"]

PARTS = "the.parts"


class Replays:
    """Births in a model's functions. Values are those of all parameters, in their order."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._program = model.program
        self._inputs = [i.value for i in self._program.inputs]
        self._data = {k: i.name for k, i in enumerate(self._program.inputs) if np.ndim(i.value)}

    def find(
        self, module: Module, name: str, values: Sequence[Any], result: int | None = None, *, printed: bool = False
    ) -> Birth | None:
        """A birth in a function of the inputs and then the parameters."""
        arguments = [*self._inputs, *values]
        with deep_recursion():
            return find_birth(module, name, arguments, result, printed=printed, data=self._data)

    def in_objective(self, values: Sequence[Any]) -> Birth | None:
        """Where an objective that is not finite was born."""
        return self.in_function(self._slice(OBJECTIVE), OBJECTIVE, values)

    def in_gradient(self, values: Sequence[Any], wrt: Sequence[int]) -> Birth | None:
        """Where what is not finite in the gradient in parameters `wrt` was born."""
        return self.in_function(self._slice(OBJECTIVE), OBJECTIVE, values, self._positions(wrt))

    def in_residuals(self, values: Sequence[Any], wrt: Sequence[int], along: Sequence[Any]) -> Birth | None:
        """Where what is not finite in the residuals' derivatives along tangents of parameters `wrt` was born."""
        return self.in_tangent(self._slice(RESIDUALS), RESIDUALS, values, self._positions(wrt), along)

    def in_slope(self, values: Sequence[Any], wrt: Sequence[int], along: Sequence[Any]) -> Birth | None:
        """Where what is not finite in the objective's derivative along tangents of parameters `wrt` was born."""
        return self.in_tangent(self._slice(OBJECTIVE), OBJECTIVE, values, self._positions(wrt), along)

    def in_hessian(self, values: Sequence[Any], wrt: Sequence[int], along: Sequence[Any]) -> Birth | None:
        """Where what is not finite in the Hessian times tangents of parameters `wrt` was born."""
        return self.in_function(self._slice(OBJECTIVE), OBJECTIVE, values, self._positions(wrt), along)

    def in_function(
        self,
        module: Module,
        name: str,
        values: Sequence[Any],
        positions: Sequence[int] | None = None,
        along: Sequence[Any] | None = None,
    ) -> Birth | None:
        """A birth in a function of the inputs and `values`; see `birth_in`."""
        arguments = [*self._inputs, *values]
        return birth_in(module, name, arguments, positions, along, self._data)

    def in_tangent(
        self, module: Module, name: str, values: Sequence[Any], positions: Sequence[int], along: Sequence[Any]
    ) -> Birth | None:
        """A birth in the derivatives, by forward mode, of a function of the inputs and `values` along tangents.

        It may be none of reverse mode, which meets `q - q` with the two cotangents that cancel before any slope of `q`.
        """
        quiet_module = without_prints(module)
        made = derivative(lambda: tangent(quiet_module, name, positions), GRADIENT, inlined=False)
        return self.find(made, GRADIENT, [*values, *along])

    def values_of(self, atoms: Sequence[Atom], values: Sequence[Any]) -> tuple[Any, ...]:
        """What atoms of the main block come to."""
        program = self._program
        body, params = bare(program.main).body, program.main.params
        sliced = slice_function(PARTS, without_effects(program.module), body, params, atoms)
        with deep_recursion():
            compiled = compile_module(finished(sliced, PARTS))
            compiled.emit_print = silent
            out = compiled(PARTS, *self._inputs, *values)
        return (out,) if len(atoms) == 1 else tuple(out)

    def _slice(self, name: str) -> Module:
        build = Builder()
        for stmt in quiet(self._program.main).body:
            build.emit(stmt)
        results = self._model.results_of(name, build)
        module, params = without_prints(self._program.module), self._program.main.params
        return slice_function(name, module, build.outermost, params, results, inlined=False)

    def _positions(self, wrt: Sequence[int]) -> list[int]:
        return [len(self._inputs) + k for k in wrt]


def birth_in(
    module: Module,
    name: str,
    arguments: Sequence[Any],
    positions: Sequence[int] | None = None,
    along: Sequence[Any] | None = None,
    data: Mapping[int, str] | None = None,
) -> Birth | None:
    """A birth in a function that was not inlined.

    Args:
        module: the functions; derivatives may be left to be written out.
        name: the one that ran.
        arguments: of it.
        positions: of params, to find what was born in the gradient in them.
        along: tangents of these params, to find what was born in the Hessian times them.
        data: names of the arguments whose first axis are data rows, by position.
    """
    module = without_prints(module)

    def make() -> tuple[Module, str]:
        assert positions is not None
        if along is None:
            return adjoint(module, name, positions)
        pushed, made = tangent(module, name, positions)
        block = pushed[made].block
        slope = {**pushed, made: Function(made, Block(block.params, block.body, block.results[1:]))}
        return adjoint(drop_dead_code(slope), made, positions)

    with deep_recursion():
        if positions is None:
            whole, entry = finished(reachable(module, [name]), name, inlined=False), name
        else:
            whole, entry = derivative(make, GRADIENT, inlined=False), GRADIENT
        return find_birth(whole, entry, [*arguments, *(along or ())], data=data)

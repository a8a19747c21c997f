"""What must agree about a program, whatever it computes: values, derivatives of every kind, ways of evaluating."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from programs import DATA, PARAMETERS, Program

import dlang
from dlang.autodiff.numerical import central_derivative
from dlang.driver.model import OBJECTIVE
from dlang.driver.program import Program as Loaded
from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Module
from dlang.ir.verify import verify
from dlang.passes.adjoint import adjoint
from dlang.passes.dead_code import drop_dead_code
from dlang.passes.tangent import tangent

__all__ = ["START", "derivatives_agree", "evaluations_agree", "hessian_agrees", "load", "value_agrees"]

START = np.concatenate([np.ravel(v) for v in PARAMETERS.values()])
"""The parameters as one vector."""


def load(program: Program) -> Loaded:
    """The dl program, over DATA."""
    return dlang.loads(program.dl, data=DATA)


def value_agrees(program: Program) -> None:
    """dl and NumPy compute the same, at the start and elsewhere."""
    objective, reference = load(program).objective(), program.objective()
    for x in (START, START * 0.6 + 0.05, -0.7 * START):
        with np.errstate(all="ignore"):
            expected = reference(float(x[0]), float(x[1]), x[2:])
        assert np.isfinite(expected), "the generator is to write programs with finite values"
        assert abs(objective.value(x) - expected) <= 1e-10 * max(1.0, abs(expected))


def derivatives_agree(loaded: Loaded) -> None:
    """Reverse mode is forward mode, and both are what differences say where these can tell."""
    objective = loaded.objective()
    x = objective.start
    value, reverse = objective.value_and_grad(x)
    again, forward = objective.forward_gradient(x)
    assert value == again == objective.value(x)
    size = float(np.max(np.abs(reverse), initial=1.0))
    assert np.max(np.abs(reverse - forward), initial=0.0) <= 1e-12 * size, (reverse, forward)
    for k in range(len(x)):
        differences, error = central_derivative(lambda s, k=k: objective.value(moved(x, k, s)), float(x[k]), 1e-2)
        if error < 1e-7 * size:  # a jump or kink nearby shows as an error
            assert abs(reverse[k] - differences) <= 1e-6 * size, (objective.names[k], reverse[k], differences)


def hessian_agrees(loaded: Loaded) -> None:
    """The Hessian is symmetric, and is what differences of the gradient say where these can tell."""
    objective = loaded.objective()
    x = objective.start
    hessian = objective.hessian(x)
    size = float(np.max(np.abs(hessian), initial=1.0))
    assert np.max(np.abs(hessian - hessian.T), initial=0.0) <= 1e-10 * size, hessian
    for k in range(len(x)):
        slopes = np.array(
            [
                central_derivative(
                    lambda s, k=k, j=j: objective.value_and_grad(moved(x, k, s))[1][j], float(x[k]), 1e-2
                )
                for j in range(len(x))
            ]
        )
        sure = slopes[:, 1] < 1e-7 * size
        assert np.max(np.abs(hessian[k] - slopes[:, 0])[sure], initial=0.0) <= 1e-6 * size, (k, hessian[k], slopes)


def evaluations_agree(loaded: Loaded) -> None:
    """Every pass leaves sound IR; in place or by copies, fast or safe, its value is the same to the last bit."""
    model, free = loaded.model, loaded.objective().free
    positions = model._positions(free)
    module = model.slice(OBJECTIVE)
    same_everywhere(module, OBJECTIVE, [*model.shared, *model.start_values])
    made, name = adjoint(module, OBJECTIVE, positions)
    verify(made, after="adjoint")
    same_everywhere(made, name, [*model.shared, *model.start_values])
    slim = drop_dead_code(made)
    verify(slim, after="adjoint and dead code")
    same_everywhere(slim, name, [*model.shared, *model.start_values])
    pushed, name = tangent(module, OBJECTIVE, positions)
    verify(pushed, after="tangent")
    directions = [np.full(np.shape(model.start_values[k]), 0.5) for k in free]
    arguments = [*model.shared, *model.start_values, *directions]
    same_everywhere(pushed, name, arguments)
    twice, name = adjoint(drop_dead_code(pushed), name, positions)
    verify(twice, after="adjoint of tangent")
    same_everywhere(twice, name, arguments)


def same_everywhere(module: Module, name: str, arguments: list[Any]) -> None:
    """All four ways to run a function give the same bits, and none changes its arguments."""
    before = [np.array(a) for a in arguments]
    ways = [compile_module(module, safe=safe, in_place=owned) for safe in (False, True) for owned in (True, False)]
    results = [_bits(way(name, *arguments)) for way in ways]
    assert all(r == results[0] for r in results[1:]), "ways to run differ"
    assert all(np.array_equal(a, b) for a, b in zip(arguments, before, strict=True)), "an argument was changed"


def _bits(results: Any) -> list[bytes]:
    return [np.asarray(r).tobytes() for r in (results if isinstance(results, tuple) else (results,))]


def moved(x: NDArray[np.float64], k: int, value: float) -> NDArray[np.float64]:
    """x with one entry replaced."""
    out = x.copy()
    out[k] = value
    return out

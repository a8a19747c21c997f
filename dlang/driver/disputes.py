"""Where a gradient that numerical derivatives do not confirm goes wrong: the program's own rules, call by call."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.autodiff.numerical import central_derivative
from dlang.diagnostics import Diagnostic, derivatives
from dlang.driver.drawn import Drawn, drawn_program, pull_of, run_drawn
from dlang.interpreter.evaluate import Compiled, compile_module
from dlang.interpreter.record import Node
from dlang.ir.nodes import Call, Ruled
from dlang.source import Span

if TYPE_CHECKING:
    from dlang.driver.program import Program

__all__ = ["disputed_rules"]

_TOLERANCE = 1e-5
"""Relative: along one direction, extrapolated differences reach 1e-9 where the function is smooth."""

_MOST = 20
"""Calls of one rule that are tried."""


def disputed_rules(program: Program) -> list[Diagnostic]:
    """Calls at which a rule of the program disagrees with differences of its function; the first of each rule.

    The rule is asked for one product: a random cotangent times the derivative along a random direction.
    """
    drawn = drawn_program(program, "")
    if not drawn.apart:
        return []
    ran = run_drawn(drawn)
    compiled, pull = compile_module(drawn.module), pull_of(drawn.defined)
    rng = np.random.default_rng(1)
    tried: dict[str, int] = {}
    found: dict[str, Diagnostic] = {}
    for node in ran.recording.nodes:
        call = node.stmt
        if not isinstance(call, Call) or node.result or call.callee in found:
            continue
        tried[call.callee] = tried.get(call.callee, 0) + 1
        if tried[call.callee] > _MOST or call.span is None:
            continue
        primals = [each.value if isinstance(each, Node) else each for each in node.operands]
        by_rule, numerical = _products(drawn, compiled, pull, call, primals, rng)
        if by_rule is not None:
            title = drawn.apart[call.callee].partition(".")[0]
            found[call.callee] = derivatives.rule_disagrees(
                call.span, title, by_rule, numerical, _rule_span(drawn, call.callee)
            )
    return list(found.values())


def _products(
    drawn: Drawn, compiled: Compiled, pull: Any, call: Call, primals: Sequence[Any], rng: np.random.Generator
) -> tuple[float | None, float]:
    """What the rule gives and what differences give, if they disagree; else None for the former."""
    params = drawn.module[call.callee].block.params
    positions = [k for k, param in enumerate(params) if param.type.is_real]
    directions = {k: rng.standard_normal(np.shape(primals[k])) for k in positions}
    cotangents = [rng.standard_normal(np.shape(out)) for out in _results(compiled, call, primals) if _is_real(out)]
    pulled = pull(call, primals, cotangents, positions)
    by_rule = float(sum(np.sum(directions[k] * ct) for k, ct in zip(positions, pulled, strict=True)))

    def along(step: float) -> float:
        moved = [v + step * directions[k] if k in directions else v for k, v in enumerate(primals)]
        outs = [out for out in _results(compiled, call, moved) if _is_real(out)]
        return float(sum(np.sum(ct * out) for ct, out in zip(cotangents, outs, strict=True)))

    scale = max((float(np.max(np.abs(primals[k]), initial=0.0)) for k in positions), default=1.0)
    numerical, error = central_derivative(along, 0.0, 1e-2 * max(scale, 1e-2))
    off = abs(by_rule - numerical)
    allowed = max(_TOLERANCE * max(abs(by_rule), abs(numerical)), 2 * error)
    return (by_rule if isfinite(numerical) and not off <= allowed else None), numerical


def _results(compiled: Compiled, call: Call, primals: Sequence[Any]) -> tuple[Any, ...]:
    out = compiled(call.callee, *primals)
    return (out,) if len(call.outs) == 1 else tuple(out)


def _is_real(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"


def _rule_span(drawn: Drawn, ruled: str) -> Span | None:
    definition = drawn.defined[ruled].definition
    assert isinstance(definition, Ruled)
    rule = definition.jvp or definition.vjp
    return drawn.defined[rule.name].span if rule is not None else None

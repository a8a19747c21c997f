"""What may be asked of an expression in a session: its type, its IR, its graph, its gradient, how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, births, models, running
from dlang.driver.drawn import Argument, Drawn, End, drawn_of
from dlang.driver.lines import LINE, Line
from dlang.driver.replays import birth_in
from dlang.driver.running import Whole
from dlang.driver.session import Session
from dlang.driver.taped import default_limit
from dlang.driver.traced import places_of
from dlang.elaborate.describing import describe, spelled
from dlang.elaborate.printing import shown
from dlang.elaborate.values import Dist, Num, is_function, leaves
from dlang.interpreter.evaluate import silent
from dlang.ir.nodes import Block, Function, Module
from dlang.ir.printer import print_module
from dlang.ir.walk import dependents, free_vars
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative
from dlang.passes.policy import Policy
from dlang.records import record
from dlang.syntax import ast
from dlang.trees import leaves as tree_leaves
from dlang.trees import named_leaves, root, unflatten

__all__ = ["Slope", "drawn_expression", "gradient_of", "ir_of", "model_gradient", "prepared", "type_of"]


@record
class Slope:
    """A value, where it was taken, and its gradient, by names of variables and parameters."""

    value: float
    at: Mapping[str, Any]
    gradient: Mapping[str, Any]
    warnings: Sequence[Diagnostic] = ()


def type_of(session: Session, expression: ast.Expr) -> str:
    """The type of an expression as the language writes it; it is not run.

    Raises:
        DlangError: something is wrong with it.
    """
    value = session.asked(expression).value
    if isinstance(value, Dist):
        return f"distribution {value.entry.name}"
    if is_function(value):
        return "".join(piece for piece in shown(value) if isinstance(piece, str)) or "function"
    return spelled(value)


def ir_of(session: Session, expression: ast.Expr) -> str:
    """The IR of an expression and of the functions that it calls."""
    line = session.asked(expression)
    functions = dict(line.slice([leaf.atom for leaf in leaves(line.value)]))
    block = functions.pop(LINE).block
    read = set(free_vars(Block((), block.body, block.results)))
    params = tuple(param for param in block.params if param in read)
    return print_module({**functions, "main": Function("main", Block(params, block.body, block.results))})


def prepared(session: Session, expression: ast.Expr) -> Callable[[], Any]:
    """An expression, ready to be computed many times; what it prints is dropped, and nothing of it is kept."""
    line = session.asked(expression)
    arguments = line.arguments
    whole = line.whole([leaf.atom for leaf in leaves(line.value)])
    return lambda: whole(LINE, arguments, silent)  # nobody wants to read a line as often as it is timed


def gradient_of(session: Session, expression: ast.Expr) -> Slope:
    """An expression and its gradient in the Real variables and the parameters that it depends on.

    A single Int among the variables counts as a Real, as an argument of `f'` does, unless the expression needs an Int.

    Raises:
        DlangError: it is no Real number, or its gradient is NaN.
    """
    try:
        line = session.asked(expression, as_real=True, formulas=True)
    except DlangError:
        line = session.asked(expression, formulas=True)
    value = line.value
    if not isinstance(value, Num) or not value.type.is_scalar or not value.type.is_real:
        raise DlangError(models.function_not_scalar(expression.span, expression.span.text, describe(value)))
    el = line.elaborator
    params = {p.var: p.name for p in el.parameters}
    own = session.values()
    names = {i.var: i.name for i in el.inputs if i.var in line.thawer.named and root(i.name) in own}
    module = line.slice([value.atom])
    body = el.frame.build.outermost
    variables, arguments = line.variables, line.arguments
    named = {**names, **params}
    wrt = [
        k
        for k, var in enumerate(variables)
        if var in named and var.type.is_real and (var is value.atom or value.atom in dependents(body, [var]))
    ]
    found, gradient = _derivative(module, wrt, arguments)
    warnings = _refuse_nan(line, value, wrt, found, gradient)
    keys = [named[variables[k]] for k in wrt]
    at = dict(zip(keys, (arguments[k] for k in wrt), strict=True))
    return Slope(found, at, dict(zip(keys, gradient, strict=True)), [*line.warnings, *warnings])


def model_gradient(session: Session) -> Slope:
    """The objective and its gradient where the parameters stand.

    Raises:
        DlangError: there is none, or it is NaN.
    """
    program, moved = session.program(), session.state.moved
    trees = program.elaborated.parameter_trees
    known = {part for tree in trees.values() for part in tree_leaves(tree)}
    result = program.differentiate({part: value for part, value in moved.items() if part in known})
    at = {}
    for parameter in program.parameters:
        pairs = zip(tree_leaves(trees[parameter.name]), tree_leaves(parameter.start), strict=True)
        at[parameter.name] = unflatten(parameter.start, (moved.get(part, start) for part, start in pairs))
    return Slope(result.value, at, result.gradient, result.warnings)


def drawn_expression(session: Session, expression: ast.Expr) -> Drawn:
    """What a graph of an expression is drawn of; it is differentiated as by `gradient_of`, if it is one Real.

    Raises:
        DlangError: something is wrong with it.
        ValueError: it is no number, array, or tuple or record of them; the message says what it is.
    """
    line = session.asked(expression, formulas=True)
    el, value = line.elaborator, line.value
    places = places_of(value, count())
    text = " ".join(expression.span.text.split())
    ends = [End(name, None) for name, place in named_leaves(text, places) if isinstance(place, int)]
    if not ends:
        raise ValueError(describe(value))
    params = {p.var: p for p in el.parameters}
    spans = {i.var: i.span for i in el.inputs}
    arguments = [
        Argument("param", number, params[var].span) if var in params else Argument("data", number, spans.get(var))
        for var, number in zip(line.variables, line.arguments, strict=True)
    ]
    block = Block(tuple(line.variables), tuple(el.frame.build.outermost), tuple(leaf.atom for leaf in leaves(value)))
    is_real = isinstance(value, Num) and value.type.is_scalar and value.type.is_real
    wrt = [k for k, var in enumerate(line.variables) if is_real and var.type.is_real]
    defined = {**el.module, LINE: Function(LINE, block)}
    return drawn_of(text, expression.span.source.name, defined, LINE, arguments, ends, wrt)


def _derivative(module: Module, wrt: Sequence[int], arguments: Sequence[Any]) -> tuple[float, list[Any]]:
    def make(policy: Policy) -> Module:
        return derivative(lambda: adjoint(module, LINE, wrt, policy=policy), LINE, policy=policy) if wrt else module

    out = Whole(make, default_limit())(LINE, arguments, silent)
    value, *gradient = out if isinstance(out, tuple) else (out,)
    return float(value), gradient


def _refuse_nan(
    line: Line, expression: Num, wrt: Sequence[int], value: float, gradient: Sequence[Any]
) -> list[Diagnostic]:
    """Raise for a NaN in the gradient; a value, or an entry, that is not finite otherwise is a warning."""
    if np.isfinite(value) and all(np.all(np.isfinite(each)) for each in gradient):
        return []
    in_gradient = bool(np.isfinite(value))
    fatal = any(np.any(np.isnan(each)) for each in gradient) and in_gradient
    module = line.slice([expression.atom], inlined=False)
    birth = birth_in(module, LINE, line.arguments, wrt if in_gradient else None)
    what = "the gradient" if in_gradient else "the value"
    told = running.not_finite(birth, what, None if in_gradient else value, severity="error" if fatal else "warning")
    if in_gradient:
        told = births.finite_but_for_slope(told, "the value", value)
    if fatal:
        raise DlangError(told)
    return [told]

"""The built-in functions that make derivatives of functions.

What makes them is loaded when a program uses it.
"""

from __future__ import annotations

from dlang.diagnostics import typing as type_faults
from dlang.elaborate.arguments import Arguments, Builtin, Formal
from dlang.elaborate.describing import describe
from dlang.elaborate.values import (
    Derivative,
    DerivativeForm,
    Num,
    RangeValue,
    Tup,
    Value,
    is_function,
    is_structure,
    mapped,
)
from dlang.primitives.table import TABLE

__all__ = ["DERIVATIVE_FORMS"]

F, X, WRT = Formal("f"), Formal("x"), Formal("wrt", "0")


def _function(args: Arguments, value: Value, what: str) -> Value:
    if not is_function(value):
        at = args.bound["f"][1] if "f" in args else args.span
        mend = "write the function itself, as in `grad(f)(x)`, not a value of it" if isinstance(value, Num) else None
        args.stop(type_faults.wrong_type(at, what, "a function", describe(value), mend))
    return value


def _made(name: DerivativeForm, doc: str, *formals: Formal) -> Builtin:
    def lower(args: Arguments) -> Value:
        of = _function(args, args.bound["f"][0], f"the argument `f` of `{name}`")
        return Derivative(name, of, _wrt(args))

    return Builtin(name, (F, *formals), lower, doc)


def _wrt(args: Arguments) -> int | tuple[int, ...]:
    if "wrt" not in args:
        return 0
    from dlang.diagnostics import derivatives as faults

    value, at = args.bound["wrt"]
    form = args.builtin.name
    found = []
    for item in value.items if isinstance(value, Tup) else (value,):
        known = item.known if isinstance(item, Num) else None
        if isinstance(known, bool) or not isinstance(known, int) or known < 0:
            shown = str(known) if isinstance(known, (int, float)) else describe(item)
            args.stop(faults.wrong_wrt(at, form, f"`wrt` must be the position of an argument, not {shown}"))
        assert isinstance(known, int)
        found.append(known)
    if len(set(found)) < len(found) or not found:
        fault = "`wrt` names an argument twice" if found else "`wrt` names no argument"
        args.stop(faults.wrong_wrt(at, form, fault))
    return tuple(found) if isinstance(value, Tup) else found[0]


def _jvp(args: Arguments) -> Value:
    from dlang.elaborate.derivatives import push

    of = _function(args, args.bound["f"][0], "the argument `f` of `jvp`")
    (primals, at), (tangents, along) = args.bound["primals"], args.bound["tangents"]
    return push(args.el, of, (None, primals, at), (None, tangents, along), args.span)


def _vjp(args: Arguments) -> Value:
    from dlang.elaborate.derivatives import pull

    if not args.many:
        fault = "`vjp` lacks its function"
        args.stop(type_faults.builtin_arguments(args.span, args.builtin.signature, fault))
    of = _function(args, args.many[0][0], "the first argument of `vjp`")
    if len(args.many) < 2:
        fault = "`vjp` lacks the arguments of its function"
        args.stop(type_faults.builtin_arguments(args.span, args.builtin.signature, fault, "write `vjp(f, x)`"))
    return pull(args.el, of, [(None, value, at) for value, at in args.many[1:]], args.span)


def _hvp(args: Arguments) -> Value:
    from dlang.elaborate.derivatives import hessian_product

    of = _function(args, args.bound["f"][0], "the argument `f` of `hvp`")
    (x, at), (v, along) = args.bound["x"], args.bound["v"]
    return hessian_product(args.el, of, (None, x, at), (None, v, along), args.span)


def _stopped(args: Arguments) -> Value:
    value, at = args.bound["x"]
    if isinstance(value, RangeValue):
        value = args.el.range_array(value, at)
    if not isinstance(value, Num) and not is_structure(value):
        what = "the argument `x` of `stop_gradient`"
        args.stop(type_faults.wrong_type(at, what, "a number, or an array or a structure of them", describe(value)))
    return mapped(value, lambda n: args.apply(TABLE["stop_gradient"], n) if n.type.is_real else n)


DERIVATIVE_FORMS: tuple[Builtin, ...] = (
    _made("grad", "gradient of f in its arguments wrt, a function of the same arguments; reverse mode", WRT),
    _made("value_and_grad", "function that gives the value of f and its gradient, computed together", WRT),
    _made("jacobian", "all derivatives of f, of shape(out) + shape(in); the cheaper mode is chosen", WRT),
    _made("hessian", "all second derivatives of f, which gives one Real", WRT),
    Builtin("jvp", (F, Formal("primals"), Formal("tangents")), _jvp, "f at a tuple of arguments, and its tangent"),
    Builtin("vjp", (), _vjp, "f at its arguments, and the pullback: from a cotangent to theirs", variadic="f, x…"),
    Builtin("hvp", (F, X, Formal("v")), _hvp, "Hessian of f at x, times v, without the Hessian"),
    Builtin("stop_gradient", (X,), _stopped, "x, as a constant to every derivative"),
    _made("checkpoint", "f, run again in reverse mode instead of stored"),
)
"""The forms, an entry each; `f'` is written as an operator."""

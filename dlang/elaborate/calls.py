"""Calls of the file's own functions, and of its modules': as many arguments as parameters, each given once."""

from __future__ import annotations

from dlang.diagnostics import names as faults
from dlang.diagnostics.core import Reporter
from dlang.elaborate.bindings import Function, Scope
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["called", "check_call", "check_pipe", "signature"]


def called(callee: ast.Expr, scope: Scope) -> Function | None:
    """The function that an expression certainly is: a name bound once, to a function's text; one of a module."""
    match callee:
        case ast.Name(text=name):
            found = scope.find(name)
            return found.function(name) if found is not None else None
        case ast.Field(target=ast.Name(text=module), name=ast.Name(text=name)):
            binding = scope.module(module)
            return binding.members.functions.get(name) if binding is not None and binding.members is not None else None
        case _:
            return None


def check_call(call: ast.Call, scope: Scope, report: Reporter) -> None:
    """Report the arguments that do not fit the function which the call certainly calls.

    Reports: E0211 to E0214.
    """
    function = called(call.callee, scope)
    if function is not None:
        _check(_shown(call.callee), function, call.arguments, None, call.span, report)


def check_pipe(pipe: ast.Pipe, scope: Scope, report: Reporter) -> None:
    """Report the stages whose function does not fit their arguments and what is piped in.

    Reports: E0211 to E0214.
    """
    piped = pipe.first.span
    for stage in pipe.stages:
        callee = stage.callee if isinstance(stage, ast.Call) else stage
        arguments = stage.arguments if isinstance(stage, ast.Call) else ()
        function = called(callee, scope)
        if function is not None:
            _check(_shown(callee), function, arguments, piped, stage.span, report)
        piped = piped.to(stage.span)


def _shown(callee: ast.Expr) -> str:
    """A function as the call names it: `f`, `flow.step`."""
    return callee.span.text if isinstance(callee, ast.Name) else "".join(callee.span.text.split())


def signature(name: str, function: Function) -> str:
    """A function as its definition writes it, without the body: `f(x, k = 2)`."""
    return f"{name}({', '.join(parameter.span.text for parameter in function.parameters)})"


def _check(
    name: str,
    function: Function,
    arguments: tuple[ast.Argument, ...],
    piped: Span | None,
    at: Span,
    report: Reporter,
) -> None:
    """Match arguments with parameters; `piped` is the place of a first argument that comes by `|>`."""
    shown = signature(name, function)
    defined = function.span if isinstance(function, ast.Lambda) else function.name.span
    parameters = [parameter.name.text for parameter in function.parameters]
    positional = [piped] if piped is not None else []
    positional += [argument.span for argument in arguments if argument.name is None]
    if len(positional) > len(parameters):
        extra = positional[max(len(parameters), 1 if piped is not None else 0) :]
        place = extra[0].to(extra[-1]) if extra else at
        report(faults.too_many_arguments(place, shown, len(positional), len(parameters), defined))
    given = dict(zip(parameters, positional, strict=False))
    for argument in arguments:
        if argument.name is None:
            continue
        word = argument.name.text
        if word not in parameters:
            report(faults.unknown_argument(argument.name.span, word, shown, parameters, defined))
        elif word in given:
            report(faults.argument_twice(argument.span, word, shown, given[word], defined))
        else:
            given[word] = argument.span
    missing = [p.name.text for p in function.parameters if p.default is None and p.name.text not in given]
    # A misspelt name is one fault, not two.
    misspelt = sum(a.name is not None and a.name.text not in parameters for a in arguments)
    if len(missing) > misspelt:
        report(faults.missing_arguments(at, shown, missing, defined))

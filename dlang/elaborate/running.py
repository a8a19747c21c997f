"""The functions of the language that take functions, or run over several values together."""

from __future__ import annotations

from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Arguments, Builtin, Formal, Given
from dlang.elaborate.values import Num, Value, Zipped, is_function

__all__ = ["RUNNING"]


def _function_of(args: Arguments) -> tuple[int, Given, list[Given]]:
    """The function among the arguments, with its position, and the others."""
    given: list[Given] = [(None, value, at) for value, at in args.many]
    for at, (_, value, _) in enumerate(given):
        if is_function(value):
            return at, given[at], given[:at] + given[at + 1 :]
    name = args.builtin.name
    mend = f"write `{args.builtin.signature}`"
    return args.stop(faults.builtin_arguments(args.span, args.builtin.signature, f"`{name}` lacks its function", mend))


def _map(args: Arguments) -> Value:
    _, f, xs = _function_of(args)
    if not xs:
        fault = "`map` lacks what it runs over"
        args.stop(faults.builtin_arguments(args.span, args.builtin.signature, fault))
    return args.el.mapped(f, xs, args.span)


def _carrying(name: str, doc: str) -> Builtin:
    def lower(args: Arguments) -> Value:
        at, f, rest = _function_of(args)
        if len(rest) != 2:
            fault = f"`{name}` takes a function, a first value and what it runs over, and {len(rest) + 1} were given"
            args.stop(faults.builtin_arguments(args.span, args.builtin.signature, fault))
        # the function comes first, or what it runs over does: xs |> fold(f, init)
        init, xs = rest if at == 0 else rest[::-1]
        run = args.el.folded if name == "fold" else args.el.scanned
        return run(f, init[1], xs, args.span)

    return Builtin(name, (), lower, doc, variadic="f, init, xs")


def _zip(args: Arguments) -> Value:
    if not args.many:
        fault = "`zip` lacks what it runs over"
        args.stop(faults.builtin_arguments(args.span, args.builtin.signature, fault))
    return args.el.together([value for value, _ in args.many], [at for _, at in args.many], args.span, "zip")


def _enumerate(args: Arguments) -> Value:
    value, at = args.bound["xs"]
    counted = args.el.count_of(value, at)
    return Zipped((value,), counted=True) if isinstance(counted, Num) else counted


RUNNING: tuple[Builtin, ...] = (
    Builtin("map", (), _map, "f of each item of xs, an array; several xs go together", variadic="f, xs…"),
    _carrying("fold", "the last of c = f(c, x) over the items x of xs, from c = init"),
    _carrying("scan", "every c = f(c, x) over the items x of xs, from c = init, as an array"),
    Builtin("zip", (), _zip, "tuples of the items at one place of each, to run over", variadic="xs…"),
    Builtin("enumerate", (Formal("xs"),), _enumerate, "tuples (i, x) of places, from 0, and items, to run over"),
)
"""Entries of the table of built-ins."""

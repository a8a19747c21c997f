"""`levels(c)`: the words that the codes of a column of text stand for."""

from __future__ import annotations

from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Arguments, Builtin, Formal
from dlang.elaborate.describing import describe
from dlang.elaborate.values import Frame, Num, Str, Tup, Value
from dlang.ir.nodes import Atom

__all__ = ["LEVELS"]


def _levels(args: Arguments) -> Value:
    value, at = args.bound["c"]
    words = _words(args, value.atom) if isinstance(value, Num) else None
    if words is None:
        args.stop(
            faults.wrong_type(at, "the argument `c` of `levels`", "the name of a column of text", describe(value))
        )
    return Tup(tuple(Str(word) for word in words))


def _words(args: Arguments, atom: Atom) -> tuple[str, ...] | None:
    """The levels of a column, which functions that close over it know by a param of theirs."""
    frame: Frame | None = args.el.frame
    while frame is not None and atom not in args.el.levels:
        source = next(
            (key for key, value in frame.captured.items() if isinstance(value, Num) and value.atom == atom), None
        )
        frame = frame.parent
        while source is not None and frame is not None and id(frame) != source[0]:
            frame = frame.parent
        if source is None or frame is None:
            return None
        outer = frame.env[source[1]]
        assert isinstance(outer, Num), "what is captured as a number is one"
        atom = outer.atom
    return args.el.levels.get(atom)


LEVELS = Builtin(
    "levels", (Formal("c"),), _levels, "the words of a column of text, a tuple: code k stands for the k-th"
)

"""The text of values: what is known of it outright, and the numbers that running puts in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlang.elaborate.describing import title
from dlang.elaborate.values import (
    BuiltinValue,
    Derivative,
    Dist,
    Func,
    Num,
    Pullback,
    RangeValue,
    Rec,
    Shift,
    Str,
    Tup,
    Value,
)
from dlang.ir.nodes import Atom

__all__ = ["shown"]


def shown(value: Value) -> Iterator[str | Atom]:
    """The pieces of a value as `print` writes it: `(1, 2.0)`, `{w: 1.0}`, `0..5`, `normal(0.0, 1.0)`, `fn f(x)`."""
    match value:
        case Num():
            yield value.atom
        case Str():
            yield value.text
        case Tup():
            yield from _listed("(", value.items, ",)" if len(value.items) == 1 else ")")
        case Rec():
            names = [n if n.isidentifier() else f'"{n}"' for n in value.names]
            yield from _listed("{", value.items, "}", [f"{name}: " for name in names])
        case RangeValue():
            start, stop, step = value.parts
            yield from shown(start)
            yield ".."
            yield from shown(stop)
            if not (isinstance(step, Num) and step.known == 1):
                yield " by "
                yield from shown(step)
        case Dist():
            yield from _listed(f"{value.entry.name}(", value.parameters, ")")
        case Func():
            name = "fn" if value.name == "fn" else f"fn {value.name}"
            yield f"{name}({', '.join(parameter.name.text for parameter in value.parameters)})"
        case BuiltinValue():
            yield f"fn {value.signature}"
        case Derivative() | Pullback() | Shift():
            yield f"fn {title(value)}"
        case _:
            return


def _listed(begin: str, items: Sequence[Value], end: str, words: Sequence[str] = ()) -> Iterator[str | Atom]:
    yield begin
    for k, item in enumerate(items):
        yield (", " if k else "") + (words[k] if words else "")
        yield from shown(item)
    yield end

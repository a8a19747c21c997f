"""What is told of distributions where a log-density, or what else is asked of one, is not finite."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from dlang.diagnostics import DlangError
from dlang.diagnostics.births import Birth, number
from dlang.distributions.core import Distribution, in_range
from dlang.distributions.table import DISTRIBUTIONS
from dlang.source import Source
from dlang.syntax import ast
from dlang.syntax.parse import parse_expression

__all__ = ["mend_of", "of_distribution"]

Values: TypeAlias = Mapping[str, "float | int | bool"]
"""Values of parameters of a distribution, by name, as far as they are known."""

_ASKED: Mapping[str, str] = {
    "logpdf": "log-density",
    "cdf": "distribution function",
    "mean": "mean",
    "sample": "draw",
}


def mend_of(name: str, values: Values, guilty: Collection[str] = ()) -> str:
    """What may help where a distribution's log-density is not finite; it names the parameter that is at fault.

    `guilty` are parameters that are out of their ranges, whatever their values.
    """
    entry = DISTRIBUTIONS.get(name)
    general = "check the data against the distribution"
    if entry is None or not entry.bounds:
        return f"{general}, and its parameters against their ranges"
    bounds = dict(zip(entry.parameters, entry.bounds, strict=True))
    wrong = [p for p in entry.parameters if p in guilty or (p in values and not in_range(bounds[p], values[p]))]
    if wrong:
        return f"{general}, and bound {_bounds(entry, wrong)}"
    if all(each in values for each in entry.parameters):
        return general
    bounded = [each for each in entry.parameters if bounds[each]]
    return f"{general}, and bound {_bounds(entry, bounded)}" if bounded else general


def _bounds(entry: Distribution, names: list[str]) -> str:
    """Bounds for parameters, as they are written."""
    bounds = dict(zip(entry.parameters, entry.bounds, strict=True))
    shown = " and ".join(f"`param {name} in {bounds[name]}`" for name in names)
    return f"its parameter{'s' if len(names) > 1 else ''}: {shown}"


def of_distribution(birth: Birth) -> tuple[str, str] | None:
    """What is told of a birth in `logpdf(normal(k, -1), x)` and the like, and what may help; None of others.

    What the distribution computes, `log(sigma)`, stands nowhere in the text; a `select` puts nan for parameters that
    are none.
    """
    call = _call(birth.span.text) if birth.span is not None and not birth.order else None
    if call is None:
        return None
    asked, entry, given = call
    values = dict(_values(entry, given, birth))
    bounds = dict(zip(entry.parameters, entry.bounds or ("",) * len(entry.parameters), strict=True))
    wrong = [f"{name} = {number(each)}" for name, each in values.items() if not in_range(bounds[name], each)]
    unknown = [name for name in entry.parameters if bounds[name] and name not in values]
    guilty = unknown if not wrong and birth.primitive == "select" and len(unknown) == 1 else []
    mend = mend_of(entry.name, values, guilty)
    if wrong or guilty:
        return f"a parameter of `{entry.name}` is out of its range here: {', '.join((*wrong, *guilty))}", mend
    shown = ", ".join(f"{name} = {number(each)}" for name, each in values.items())
    facts = f"the {_ASKED[asked]} of `{entry.name}` is {number(birth.value)} here"
    return (f"{facts}: {shown}" if shown else facts), mend


def _call(text: str) -> tuple[str, Distribution, Mapping[str, ast.Expr]] | None:
    """What a text asks of which distribution, with the parameters that it gives it."""
    if not text.startswith(tuple(f"{word}(" for word in _ASKED)):
        return None
    try:
        tree = parse_expression(Source("", text))
    except DlangError:
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.callee, ast.Name) or not tree.arguments:
        return None
    named = (each.value for each in tree.arguments if each.name is not None and each.name.text == "d")
    made = next(named, tree.arguments[0].value)
    if not isinstance(made, ast.Call) or not isinstance(made.callee, ast.Name):
        return None
    entry = DISTRIBUTIONS.get(made.callee.text)
    if entry is None:
        return None
    in_order = zip(entry.parameters, (each.value for each in made.arguments if each.name is None), strict=False)
    by_name = ((each.name.text, each.value) for each in made.arguments if each.name is not None)
    return tree.callee.text, entry, {**dict(in_order), **dict(by_name)}


def _values(
    entry: Distribution, given: Mapping[str, ast.Expr], birth: Birth
) -> Iterator[tuple[str, float | int | bool]]:
    """Values of parameters: numbers of the text, values of names, and what was at work if it can be of one only."""
    named = dict(birth.named)
    left = []
    for name in entry.parameters:
        match given.get(name):
            case ast.Number(value=value):
                yield name, float(value)
            case ast.Unary(operator="-", operand=ast.Number(value=value)):
                yield name, -float(value)
            case ast.Name(text=text) if text in named:
                yield name, named[text]
            case _:
                left.append(name)
    bounds = dict(zip(entry.parameters, entry.bounds, strict=False))
    bounded = [name for name in left if bounds.get(name)]
    at_work = birth.operands[0].value if len(birth.operands) == 1 else None
    if len(bounded) == 1 and at_work is not None and not in_range(bounds[bounded[0]], at_work):
        yield bounded[0], at_work

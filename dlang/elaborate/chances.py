"""Distributions as values, and what is asked of them: `logpdf`, `cdf`, `sample`, `mean`.

What a distribution computes is in `densities`. Where running chooses between distributions, each is asked, and the
answer of the one that it chose is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlang.diagnostics import models as faults
from dlang.diagnostics import typing as type_faults
from dlang.distributions.core import Distribution
from dlang.elaborate import densities
from dlang.elaborate.arguments import Arguments, Builtin, Formal, near
from dlang.elaborate.describing import describe
from dlang.elaborate.operators import NOTHING, POISON, Given, Operators
from dlang.elaborate.values import BuiltinValue, Choice, Dist, Num, RangeValue, Value
from dlang.primitives.table import TABLE
from dlang.source import Span

__all__ = ["CHANCES", "distribution", "expected", "is_distribution", "maker"]

D = Formal("d")


def maker(entry: Distribution) -> BuiltinValue:
    """What the name of a distribution stands for: called with its parameters, it gives a value."""
    return BuiltinValue(entry.name, entry.signature, lambda el, given, span: distribution(el, entry, given, span))


def distribution(el: Operators, entry: Distribution, given: Sequence[Given], span: Span) -> Value:
    """A distribution with its parameters, as Reals."""
    bound: dict[str, tuple[Value, Span]] = {}
    positional = iter(entry.parameters)

    def refused(fault: str, at: Span, label: str, help: str | None = None) -> Value:
        return el.fault(faults.wrong_distribution_arguments(at, entry.signature, fault, help, label))

    for name, value, at in given:
        target = next(positional, None) if name is None else name
        if target is None:
            count = f"{len(entry.parameters)} parameter{'s' if len(entry.parameters) > 1 else ''}"
            return refused(f"`{entry.name}` takes {count}, and {len(given)} were given", at, "one too many")
        if target not in entry.parameters:
            help = near(target, entry.parameters)
            return refused(f"`{entry.name}` has no parameter `{target}`", at, "no such parameter", help)
        if target in bound:
            return refused(f"the parameter `{target}` of `{entry.name}` is given twice", at, "the second")
        bound[target] = value, at
    lacking = [f"`{p}`" for p in entry.parameters if p not in bound]
    if lacking:
        missing, plural = " and ".join(lacking), "s" if len(lacking) > 1 else ""
        return refused(f"`{entry.name}` lacks its parameter{plural} {missing}", span, f"lacks {missing}")
    numbers: list[Num] = []
    for parameter in entry.parameters:
        value, at = bound[parameter]
        if isinstance(value, RangeValue):
            value = el.range_array(value, at)
        number = el.number(value, at, f"the parameter `{parameter}` of `{entry.name}`")
        if number is not None:
            numbers.append(el.real(number, at))
    if len(numbers) < len(entry.parameters):
        return POISON
    places = tuple(bound[p][1] for p in entry.parameters)
    made = Dist(entry, tuple(numbers), places)
    return made if densities.fits(el, span, entry, f"`{entry.name}`", parts(made)) else POISON


def parts(made: Dist) -> list[densities.Part]:
    """The parameters of a distribution, as messages call them."""
    triples = zip(made.entry.parameters, made.numbers, made.places, strict=True)
    return [(f"the parameter `{name}`", number, at) for name, number, at in triples]


def is_distribution(value: Value) -> bool:
    """Whether a value is a distribution, or one of several."""
    return isinstance(value, Dist) or (isinstance(value, Choice) and all(map(is_distribution, value.options)))


def _asked(args: Arguments, ask: Callable[[Dist], Value]) -> Value:
    """What is asked of the argument `d`."""
    value, at = args.bound["d"]
    return asked(args.el, value, at, args.span, f"the argument `d` of `{args.builtin.name}`", ask)


def asked(el: Operators, value: Value, at: Span, span: Span, what: str, ask: Callable[[Dist], Value]) -> Value:
    """What is asked of a distribution, or of that which running chose."""
    if isinstance(value, Dist):
        return ask(value)
    if isinstance(value, Choice) and is_distribution(value):
        return el.each_option(value, lambda option: asked(el, option, at, span, what, ask), span)
    mend = "write `normal(mu, sigma)`, or another with its parameters"
    if isinstance(value, BuiltinValue):
        mend = f"give it its parameters: `{value.signature}`"
    return el.refuse(value, what, type_faults.wrong_type(at, what, "a distribution", describe(value), mend))


def density(el: Operators, made: Dist, x: Num, at: Span, span: Span, where: str) -> Value:
    """The log-density of each observation; checked to fit the parameters."""
    observed = [(f"the {'left side' if where == '`~`' else 'argument `x`'}", x, at), *parts(made)]
    if not densities.fits(el, span, made.entry, where, observed):
        return POISON
    return densities.log_density(el, made.entry, made.numbers, el.real(x, at), span)


def _logpdf(args: Arguments) -> Value:
    x, at = args.number("x", bools=True), args.bound["x"][1]
    return _asked(args, lambda d: density(args.el, d, x, at, args.span, "`logpdf`"))


def _cdf(args: Arguments) -> Value:
    x, at = args.real("x"), args.bound["x"][1]

    def ask(d: Dist) -> Value:
        observed = [("the argument `x`", x, at), *parts(d)]
        if d.entry.cdf is not None and not densities.fits(args.el, args.span, d.entry, "`cdf`", observed):
            return POISON
        return densities.cumulative(args.el, d.entry, d.numbers, x, args.span)

    return _asked(args, ask)


def _sample(args: Arguments) -> Value:
    sizes = args.sizes("shape") if "shape" in args else None
    return _asked(args, lambda d: densities.draw(args.el, d.entry, d.numbers, sizes, args.span))


def expected(args: Arguments, value: Value, at: Span) -> Value:
    """The mean of a distribution."""
    for name in ("axis", "keepdims"):
        if name in args:
            fault = f"the mean of a distribution takes no `{name}`"
            args.stop(type_faults.builtin_arguments(args.bound[name][1], args.builtin.signature, fault))
    what = "the argument `x` of `mean`"
    ask = lambda d: densities.expected(args.el, d.entry, d.numbers, args.span)  # noqa: E731
    return asked(args.el, value, at, args.span, what, ask)


def total_density(el: Operators, value: Value, x: Num, at: Span, span: Span) -> Value:
    """The log-density of all observations of a term together."""

    def ask(d: Dist) -> Value:
        each = density(el, d, x, at, span, "`~`")
        if not isinstance(each, Num) or not each.type.rank:
            return each
        return el.apply(TABLE["sum"], each, span=span, axis=None, keepdims=False)

    return NOTHING if value is NOTHING else asked(el, value, span, span, "the right side of `~`", ask)


CHANCES: tuple[Builtin, ...] = (
    Builtin("logpdf", (D, Formal("x")), _logpdf, "log-density of a distribution at x, element by element"),
    Builtin("cdf", (D, Formal("x")), _cdf, "chance of at most x under a distribution, element by element"),
    Builtin(
        "sample",
        (D, Formal("shape", "none")),
        _sample,
        "draws from a distribution: one for each value of its parameters, or an array of the given shape",
    ),
)
"""Entries of the table of built-ins."""

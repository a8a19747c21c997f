"""What distributions compute, over the IR: log-densities, distribution functions, means and draws.

Everything that has a distribution and its parameters comes here: the terms of an objective, and distributions as
values. Shapes are checked first, so that the functions of the table meet only operands that fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dlang.diagnostics import typing as faults
from dlang.distributions.core import Distribution
from dlang.elaborate.describing import describe
from dlang.elaborate.operators import POISON, Operators
from dlang.elaborate.values import Num, Value
from dlang.primitives.signatures import dims, stretches
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.types import Shape, broadcast_shapes

__all__ = ["Part", "cumulative", "draw", "expected", "fits", "log_density"]

Part = tuple[str, Num, Span]
"""An observation or a parameter: what it is called in a message, its value, its place."""


def log_density(el: Operators, entry: Distribution, parameters: Sequence[Num], x: Num, span: Span) -> Num:
    """The log-density of each observation in x: the shape is that of x and the parameters without event axes.

    The shapes must fit (`fits`).
    """
    return _applied(el, entry.logpdf, [x, *parameters], span)


def cumulative(el: Operators, entry: Distribution, parameters: Sequence[Num], x: Num, span: Span) -> Value:
    """The chance of at most x, element by element; refused for distributions of vectors."""
    if entry.cdf is None:
        lacks = f"`{entry.name}` has no `cdf`: its observations are vectors"
        return el.fault(faults.builtin_arguments(span, "cdf(d, x)", lacks))
    return _applied(el, entry.cdf, [x, *parameters], span)


def expected(el: Operators, entry: Distribution, parameters: Sequence[Num], span: Span) -> Value:
    """The mean, in the shape of one draw; refused where there is none for any parameters."""
    if entry.mean is None:
        lacks = f"`{entry.name}` has no mean: its tails are too heavy"
        return el.fault(faults.builtin_arguments(span, "mean(d)", lacks, "its centre is its parameter `mu`"))
    mean = _applied(el, entry.mean, parameters, span)
    shape = _batch(entry.events[1:], parameters)
    event = mean.type.shape[mean.type.rank - entry.event :]
    return _spread(el, mean, (*shape, *event), entry, parameters, span)


def draw(
    el: Operators, entry: Distribution, parameters: Sequence[Num], shape: Sequence[Num] | None, span: Span
) -> Value:
    """A draw for each place of `shape`; None: one for each value of the parameters.

    As NumPy has it, `shape` is that of the draws, event axes apart, and the parameters broadcast to it.
    """
    batch = _batch(entry.events[1:], parameters)
    sizes = _batch_sizes(el, entry, parameters, batch, span) if shape is None else list(shape)
    wanted = tuple(n.known if isinstance(n.known, int) else None for n in sizes)
    if not stretches(batch, wanted):
        title = f"draws of shape {dims(wanted)} from parameters of shape {dims(batch)}"
        note = "the shape given is that of all draws; the parameters broadcast to it"
        return el.fault(faults.shapes_do_not_fit(span, title, (), (note,)))
    if entry.event:
        sizes.append(_event_size(el, entry, parameters, span))
    key = el.draw_key(span)
    out = _applied(el, lambda *given: entry.sample(_uniforms(el, key, sizes), *given), parameters, span)
    if entry.discrete or out.type.rank == len(sizes):
        return out
    return el.fault(faults.shapes_do_not_fit(span, f"draws of `{entry.name}` are {describe(out)}"))


def fits(el: Operators, at: Span, entry: Distribution, where: str, parts: Sequence[Part]) -> bool:
    """Whether the observation and the parameters of a distribution have shapes that fit; if not, it is reported.

    Args:
        el: reports.
        at: the place of the whole.
        entry: the distribution.
        where: what they are parts of, for the message: "`~`".
        parts: the observation and the parameters, or only these.
    """
    events = entry.events[len(entry.events) - len(parts) :]
    observed = len(parts) == len(entry.events)
    named = [
        (f"{what} of {where if observed and k == 0 else f'`{entry.name}`'}", number, place)
        for k, (what, number, place) in enumerate(parts)
    ]
    for (what, number, place), event in zip(named, events, strict=True):
        if number.type.rank < event:
            kind = "a vector" if event == 1 else "a matrix"
            el.fault(faults.wrong_type(place, what, kind, describe(number)))
            return False
    return _events_fit(el, at, named, events) and batches_fit(el, at, where, parts, events)


def _events_fit(el: Operators, at: Span, parts: Sequence[Part], events: Sequence[int]) -> bool:
    """All event axes have one size, that of the vectors."""
    note = "the last axis of its vectors, and the last two of its matrices, have one size"
    first: tuple[int, Part] | None = None
    for part, event in zip(parts, events, strict=True):
        what, number, place = part
        sizes = {n for n in number.type.shape[number.type.rank - event :] if n is not None}
        if len(sizes) > 1:
            title = f"{what} is {describe(number)}, which is not square"
            el.fault(faults.shapes_do_not_fit(at, title, [(place, describe(number))], (note,)))
            return False
        for size in sizes:
            if first is None:
                first = size, part
            elif size != first[0]:
                other, value, there = first[1]
                title = f"{other} is {describe(value)}, and {what} is {describe(number)}"
                labels = [(there, describe(value)), (place, describe(number))]
                el.fault(faults.shapes_do_not_fit(at, title, labels, (note,)))
                return False
    return True


def batches_fit(el: Operators, at: Span, where: str, parts: Sequence[Part], events: Sequence[int]) -> bool:
    """Whether the axes before the event axes broadcast; the first part that does not fit those before is reported."""
    shapes = [
        number.type.shape[: number.type.rank - event] for (_, number, _), event in zip(parts, events, strict=True)
    ]
    whole: Shape = shapes[0] if shapes else ()
    for k in range(1, len(parts)):
        joined = broadcast_shapes(whole, shapes[k])
        if joined is None:
            first = next(j for j in range(k) if broadcast_shapes(shapes[j], shapes[k]) is None)
            (one, a, here), (other, b, there) = parts[first], parts[k]
            title = f"{one} of {where} is {describe(a)}, and {other} is {describe(b)}"
            note = "a term is taken element by element; each pair of sizes, from the last, is equal or has a 1"
            if any(events):
                note = "the axes before those of vectors and matrices broadcast: from the last, equal or one of them 1"
            el.fault(faults.shapes_do_not_fit(at, title, [(here, describe(a)), (there, describe(b))], (note,)))
            return False
        whole = joined
    return True


# Shapes of draws


def _applied(el: Operators, function: Callable[..., Any], numbers: Sequence[Num], span: Span) -> Num:
    """A function of the table on numbers, as Reals."""
    operands = [el.real(number, span).ref for number in numbers]
    el.frame.build.span = span
    return Num(el.frame.build.ref(function(*operands)))


def _batch(events: Sequence[int], parameters: Sequence[Num]) -> Shape:
    """The shape that the parameters have together, event axes apart."""
    shapes = [p.type.shape[: p.type.rank - event] for p, event in zip(parameters, events, strict=True)]
    joined = broadcast_shapes(*shapes)
    assert joined is not None  # `fits` has seen to it
    return joined


def _length(el: Operators, number: Num, axis: int, span: Span) -> Num:
    size = number.type.shape[axis]
    out = el.literal(size) if size is not None else el.apply(TABLE["length"], number, span=span, axis=axis)
    assert isinstance(out, Num)
    return out


def _batch_sizes(el: Operators, entry: Distribution, parameters: Sequence[Num], batch: Shape, span: Span) -> list[Num]:
    """The sizes of `batch` as Ints: where running decides, the largest of the parameters' own."""
    sizes: list[Num] = []
    for k, known in enumerate(batch):
        if known is not None:
            sizes.append(el.literal(known))
            continue
        size: Value = el.literal(1)
        for number, event in zip(parameters, entry.events[1:], strict=True):
            axis = number.type.rank - event - (len(batch) - k)
            if axis >= 0:
                size = el.apply(TABLE["maximum"], size, _length(el, number, axis, span), span=span)
        assert isinstance(size, Num)
        sizes.append(size)
    return sizes


def _event_size(el: Operators, entry: Distribution, parameters: Sequence[Num], span: Span) -> Num:
    """The size of a draw's last axis: that of any parameter that has one, known before running if it can be."""
    vectors = [p for p, event in zip(parameters, entry.events[1:], strict=True) if event]
    best = next((p for p in vectors if p.type.shape[-1] is not None), vectors[0])
    return _length(el, best, best.type.rank - 1, span)


def _uniforms(el: Operators, key: Sequence[Num], sizes: Sequence[Num]) -> Callable[[int], Any]:
    """Uniform numbers in a shape, of a key; each lane has its own."""
    known = tuple(n.known for n in sizes)
    static: dict[str, Any] = {} if None in known else {"shape": known}
    words = [n.ref for n in (*key, *(sizes if not static else ()))]

    def uniforms(lane: int) -> Any:
        extra = {"lane": lane} if lane else {}
        return el.frame.build.apply(TABLE["random_uniform"], words, {**static, **extra})

    return uniforms


def _spread(
    el: Operators, value: Num, shape: Shape, entry: Distribution, parameters: Sequence[Num], span: Span
) -> Value:
    """The value in the shape of the whole, which it broadcasts to."""
    if value.type.shape == shape and (None not in shape or sum(1 for p in parameters if p.type.rank) <= 1):
        return value
    if None not in shape:
        return el.apply(TABLE["broadcast_to"], value, span=span, shape=shape)
    out: Value = value
    for number, event in zip(parameters, entry.events[1:], strict=True):
        if number.type.rank > event and event == entry.event:
            zeros = el.apply(TABLE["zeros_like"], number, span=span)
            out = el.apply(TABLE["add"], out, zeros, span=span)
            if out is POISON:
                return POISON
    return out

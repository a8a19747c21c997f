"""What is told of a birth, in terms of what the program calls data, parameters and terms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, Severity, running
from dlang.diagnostics.births import Birth, number
from dlang.driver.chances import mend_of, of_distribution
from dlang.driver.replays import Replays
from dlang.elaborate.program import Elaborated, Term
from dlang.records import replace

__all__ = ["told"]

DOMAINS: Mapping[str, str] = {
    "sqrt": "0..inf",
    "log": "1e-6..inf",
    "log2": "1e-6..inf",
    "log10": "1e-6..inf",
    "log1p": "-0.999..inf",
    "asin": "-1..1",
    "acos": "-1..1",
    "acosh": "1..inf",
    "atanh": "-0.999..0.999",
}
"""Bounds that keep a parameter in the domain of a function."""

SLOPES: Mapping[str, str] = {
    "sqrt": "1e-6..inf",
    "asin": "-0.999..0.999",
    "acos": "-0.999..0.999",
    "acosh": "1.001..inf",
}
"""Bounds that keep a parameter where the slope of a function is finite."""


def told(
    program: Elaborated,
    replays: Replays,
    birth: Birth | None,
    what: str,
    value: float | None,
    severity: Severity,
    values: Sequence[Any],
) -> Diagnostic:
    """The diagnostic of a result that is not finite.

    Args:
        program: what ran.
        replays: of its model.
        birth: where the result was born, if that is known.
        what: the result in the user's words.
        value: the result itself; that of the birth if it is None.
        severity: whether it is an error.
        values: of all parameters.
    """
    if birth is None:
        return running.not_finite(birth, what, value, severity=severity)
    term = next((t for t in program.terms if t.kind == "density" and t.span == birth.span), None)
    if term is not None and not birth.calls:
        return _of_density(replays, birth, term, what, value, severity, values)
    of_call = of_distribution(birth)
    if of_call is not None:
        facts, mend = of_call
        return replace(running.not_finite(birth, what, value, severity=severity, facts=facts), help=mend)
    diagnostic = running.not_finite(birth, what, value, severity=severity)
    params = {} if birth.calls else {p.name: p.whole for p in program.parameters}  # a function has names of its own
    data = {i.name for i in program.inputs}
    if not birth.named:
        return diagnostic
    name, given = birth.named[0]
    if birth.order:
        if birth.primitive in SLOPES and name in params:
            mend = f"start `{name}` elsewhere, and bound it: `param {params[name]} in {SLOPES[birth.primitive]}`"
            return replace(diagnostic, help=mend)
        return diagnostic
    if birth.primitive in DOMAINS and name in params:
        note = f"`{name} = {number(given)}` is outside the domain of `{birth.primitive}`"
        mend = f"start `{name}` elsewhere, and bound it: `param {params[name]} in {DOMAINS[birth.primitive]}`"
        return replace(diagnostic, notes=(*diagnostic.notes, note), help=mend)
    if all(each in data for each, _ in birth.named) and not birth.calls:
        mend = f"`{name}` is data: leave such rows out, or write the model so that it does not take them"
        return replace(diagnostic, help=mend)
    return diagnostic


def _of_density(
    replays: Replays,
    birth: Birth,
    term: Term,
    what: str,
    value: float | None,
    severity: Severity,
    values: Sequence[Any],
) -> Diagnostic:
    """A term's log-density, with the datum and the parameters that its distribution had."""
    parts = _parts(replays, term, birth.place, values)
    shown = ", ".join(f"{name} = {number(each)}" for name, each in parts)
    with_values = f": {shown}" if shown else ""
    if birth.order:
        facts = f"the derivative of the log-density is {number(birth.value)} here{with_values}"
    elif value == math.inf:  # the density is 0
        subject = "this value" if term.observed is None else "a datum"
        facts = f"{subject} is outside the support{with_values}"
    elif birth.primitive == "select":  # chosen where a parameter is none
        facts = f"a parameter is out of its range{with_values}"
    else:
        facts = f"the log-density is not finite here{with_values}"
    note = "in the log-density of this term: a datum outside its support, or a parameter it cannot have"
    mend = mend_of(term.distribution, dict(parts[1:]))
    diagnostic = running.not_finite(birth, what, value, severity=severity, facts=facts)
    return replace(diagnostic, notes=(*diagnostic.notes, note), help=mend)


def _parts(
    replays: Replays, term: Term, place: tuple[int, ...], values: Sequence[Any]
) -> list[tuple[str, float | int | bool]]:
    """The observation and the parameters of a term at an element, by name, but for arrays that have no such element."""
    if not term.parts:
        return []
    try:
        found = replays.values_of([atom for _, atom in term.parts], values)
    except DlangError:  # what else the file computes may fail
        return []
    try:
        shape = np.broadcast_shapes(*map(np.shape, found))
    except ValueError:
        shape = ()
    shown = []
    for (name, _), each in zip(term.parts, found, strict=True):
        if not np.ndim(each):
            shown.append((name, each))
        elif len(place) == len(shape) and np.ndim(each) <= len(shape):
            shown.append((name, np.broadcast_to(each, shape)[place].item()))
    return shown

"""What the lints know of a value: the params it depends on and how, where it can be, what a decision by it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from dlang.ir.nodes import Var
from dlang.lint.ranges import EVERYWHERE, Line, Range, widened
from dlang.records import record, replace
from dlang.source import Span

__all__ = ["NOTHING", "UNREACHED", "Doubt", "Fact", "Limit", "joined", "settled", "together"]

Limit: TypeAlias = tuple["Var | str", Range]
"""A Var, or a param by its name, and where it is."""


@record
class Doubt:
    """An application that may have no value: of `what`, on the value `line` of a param, held in `var`."""

    span: Span
    what: str
    var: Var
    line: Line


@record
class Fact:
    """What is known of a value.

    Attributes:
        depends: the params that it depends on.
        active: those in which it has a derivative that is not zero by definition.
        ends: where the derivative in a param came to an end: the param, the place, and what was applied there.
        line: the linear function of one param that it is, if it is one.
        range: where it is; of an array, where its elements are.
        equality: where it was asked whether a value with a derivative equals another, if it is the answer.
        doubts: what it was computed with that may have no value.
        holds: of a Bool, where other values are if it is true; of an array of them, element by element.
        fails: the same if it is false.
        asked: doubts of a value of which it tells whether it is a finite number.
        elements: of a short vector that is put together of its elements, what is known of each.
        reached: whether the value is ever computed, as far as was followed.
    """

    depends: frozenset[str] = frozenset()
    active: frozenset[str] = frozenset()
    ends: frozenset[tuple[str, Span, str]] = frozenset()
    line: Line | None = None
    range: Range = EVERYWHERE
    equality: Span | None = None
    doubts: frozenset[Doubt] = frozenset()
    holds: frozenset[Limit] = frozenset()
    fails: frozenset[Limit] = frozenset()
    asked: frozenset[Doubt] = frozenset()
    elements: tuple[Fact, ...] | None = None
    reached: bool = True

    def __or__(self, other: Fact) -> Fact:
        """What is known of a value that is one or the other."""
        if not self.reached or not other.reached:
            return self if self.reached else other
        return Fact(
            self.depends | other.depends,
            self.active | other.active,
            self.ends | other.ends,
            self.line if self.line == other.line else None,
            self.range | other.range,
            self.equality if self.equality is not None else other.equality,
            self.doubts | other.doubts,
            self.holds & other.holds,
            self.fails & other.fails,
            self.asked & other.asked,
            _each(self, other, Fact.__or__),
        )


NOTHING = Fact()
"""Of a value that no param has a part in, and that can be anywhere."""

UNREACHED = Fact(reached=False)


def _each(a: Fact, b: Fact, combine: Callable[[Fact, Fact], Fact]) -> tuple[Fact, ...] | None:
    if a.elements is None or b.elements is None or len(a.elements) != len(b.elements):
        return None
    return tuple(map(combine, a.elements, b.elements))


def joined(facts: Iterable[Fact]) -> Fact:
    """What is known of a value that is one of several."""
    found = UNREACHED
    for each in facts:
        found |= each
    return found


def together(facts: Sequence[Fact]) -> Fact:
    """What is known of a value that is computed of others, in a way that is not known."""
    found = joined(facts)
    return Fact(found.depends, found.active, found.ends, doubts=found.doubts) if facts else NOTHING


def settled(before: Fact, after: Fact) -> Fact:
    """`before` or `after`, its range widened, so that a fixpoint is reached: the rest can only grow so far."""
    found = before | after
    if not before.reached:
        return found
    return replace(found, range=widened(before.range, found.range), elements=_each(before, found, settled))

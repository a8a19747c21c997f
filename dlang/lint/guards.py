"""What a decision tells of the values that it asks about: `if k > 0` of `k`, `abs(k) > 1e-9` of `k`, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from dlang.ir.nodes import Apply, Atom, Literal, Var
from dlang.lint.facts import Fact, Limit
from dlang.lint.ranges import EVERYWHERE, MIRRORED, NEGATED, Range, implied
from dlang.records import record
from dlang.types import DType

__all__ = ["Origins", "chosen", "compared", "moved"]


@record(frozen=False, eq=False)
class Origins:
    """Where values come from: the applications that made them, and for equal values the first of them."""

    made: dict[Var, Apply]
    first: dict[Var, Var]

    def same(self, var: Var) -> Var:
        """The first of the values that equal one."""
        return self.first.get(var, var)


def compared(
    stmt: Apply, given: Sequence[Fact], origins: Origins, known: Callable[[Atom], Fact]
) -> tuple[frozenset[Limit], frozenset[Limit]]:
    """What follows if a comparison holds, and what if it does not."""
    found = []
    for comparison in (stmt.prim.name, NEGATED[stmt.prim.name]):
        left, right = stmt.args
        limits = [
            *_spread(left, implied(comparison, given[1].range), origins, known),
            *_spread(right, implied(MIRRORED[comparison], given[0].range), origins, known),
        ]
        found.append(frozenset(limits))
    return found[0], found[1]


def _spread(atom: Atom, where: Range, origins: Origins, known: Callable[[Atom], Fact]) -> Iterator[Limit]:
    """Where a value is, and where those are that it was made of."""
    stack: list[tuple[Atom, Range]] = [(atom, where)]
    while stack:
        atom, where = stack.pop()
        if not isinstance(atom, Var) or where == EVERYWHERE:
            continue
        yield origins.same(atom), where
        line = known(atom).line
        if line is not None:
            if line.whole:
                yield line.param, line.preimage(where)
            continue
        made = origins.made.get(atom)
        if made is not None:
            back = _back(made, where)
            stack += [(operand, back) for operand in made.args if back is not None]


def _back(made: Apply, result: Range) -> Range | None:
    """Where all operands of an application are if its result is in a range; None where nothing is known of them."""
    match made.prim.name:
        case "to_real":
            return result
        case "neg":
            return result.scaled(-1.0, 0.0)
        case "abs":
            return _around_zero(result, 1)
        case "power_n" if made.static["n"] > 0 and made.static["n"] % 2 == 0:
            return _around_zero(result, int(made.static["n"]))
        case "mul" if made.args[0] == made.args[1]:
            return _around_zero(result, 2)
        case "minimum" | "amin":
            return Range(lower=result.lower, without=result.without & {result.lower})
        case "maximum" | "amax":
            return Range(upper=result.upper, without=result.without & {result.upper})
        case _:
            return None


def _around_zero(power: Range, n: int) -> Range:
    """Where x is if |x|^n is in a range."""
    end = max(power.upper, 0.0) ** (1 / n)
    return Range(-end, end, frozenset() if 0.0 in power else frozenset({0.0}))


def chosen(test: Fact, then: tuple[Atom, Fact], orelse: tuple[Atom, Fact]) -> tuple[frozenset[Limit], frozenset[Limit]]:
    """What follows from a Bool that was chosen by another: `a and b` is `if a { b } else { false }`."""
    if then[0].type.dtype is not DType.BOOL:
        return frozenset(), frozenset()
    arms = ((*then, test.holds), (*orelse, test.fails))
    holds = [limits | fact.holds for atom, fact, limits in arms if fact.reached and not _is(atom, False)]
    fails = [limits | fact.fails for atom, fact, limits in arms if fact.reached and not _is(atom, True)]
    return _shared(holds), _shared(fails)


def _is(atom: Atom, value: bool) -> bool:
    return isinstance(atom, Literal) and atom.value is value


def _shared(limits: Sequence[frozenset[Limit]]) -> frozenset[Limit]:
    return frozenset.intersection(*limits) if limits else frozenset()


def moved(limits: Iterable[Limit], names: Mapping[Var, Var]) -> frozenset[Limit]:
    """Limits in the terms of another block; those of values that it does not know are left out."""
    found = []
    for of, where in limits:
        there = of if isinstance(of, str) else names.get(of)
        if there is not None:
            found.append((there, where))
    return frozenset(found)

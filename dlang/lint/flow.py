"""What reaches the objective, and how: lints that follow values through the IR, into every function that is called.

param k                       depends on     with a derivative in
n = floor(k)                  k              nothing: `floor` is where it ends
minimize (n - 3)^2            k              nothing                          => W0403
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from dlang.diagnostics import Diagnostic, models, names
from dlang.driver.program import Program
from dlang.ir.nodes import Apply, Assert, Atom, Block, Call, For, Function, If, Literal, Stmt, Var, While
from dlang.ir.walk import outs, reads
from dlang.lint.activity import flowing
from dlang.lint.computed import computed, element
from dlang.lint.domains import at_risk, fits, outside
from dlang.lint.facts import NOTHING, UNREACHED, Doubt, Fact, Limit, joined, settled, together
from dlang.lint.guards import Origins, chosen, compared, moved
from dlang.lint.ranges import EVERYWHERE, MIRRORED, Line, Range, answer, point
from dlang.records import record, replace
from dlang.source import Span

__all__ = ["flow_lints"]

Facts: TypeAlias = dict[Var, Fact]

Limits: TypeAlias = "dict[Var | str, Range]"
"""Where values and params are, at the place that is being followed."""

_EQUALITIES = ("eq", "ne")
_MOST_ROUNDS = 300
"""So often are bodies of recursive functions followed again; then a call depends on all that it is given."""


def flow_lints(program: Program, conditions: Iterable[Span] = ()) -> list[Diagnostic]:
    """What is found by following the values of a program.

    Params without a derivative, functions outside of their domain, branches on equality, and conditions, of those whose
    places are given, that what is known of params settles.
    """
    elaborated = program.elaborated
    free = [p for p in elaborated.parameters if not p.fixed]
    first = _Follower(program, {})
    first.main()
    # what an assert holds to holds for all of the file: where it fails nothing else counts
    follower = _Follower(program, {of: where for of, where in first.limits.items() if isinstance(of, str)})
    facts = follower.main()
    reached = joined([NOTHING, *(follower.fact(term.atom, facts) for term in elaborated.terms)])
    found = [*follower.found.values(), *_settled_conditions(program, frozenset(conditions))]
    found += follower.outside_domains(reached.doubts)
    if not elaborated.terms:
        return found
    idle = [p for p in free if p.name not in reached.depends]
    for whole in dict.fromkeys(p.whole for p in idle):
        parts = [p for p in idle if p.whole == whole]
        is_all = len(parts) == sum(p.whole == whole for p in elaborated.parameters)
        found.append(models.param_without_influence(parts[0].span, [whole] if is_all else [p.name for p in parts]))
    for parameter in free:
        name = parameter.name
        if name in reached.depends - reached.active:
            ends = sorted((end for end in reached.ends if end[0] == name), key=lambda end: (end[1].line, end[1].start))
            at, what = (ends[0][1], ends[0][2]) if ends else (parameter.span, "")
            found.append(models.derivative_zero(at, name, what))
    return found


def _settled_conditions(program: Program, places: frozenset[Span]) -> Iterator[Diagnostic]:
    """W0225 for the comparisons at some places that the text and the bounds settle.

    An assert settles none: it may come after the condition, whose branch has run by then.
    """
    if places:
        follower = _Follower(program, {}, heeds_asserts=False)
        follower.main()
        yield from follower.settled_conditions(places)


def _needed(main: Block, results: Sequence[Atom]) -> set[Stmt]:
    """The statements that some results depend on: of the others, reports and prints, any value will do."""
    wanted = set(results)
    found = set()
    for stmt in reversed(main.body):
        if any(out in wanted for out in outs(stmt)):
            found.add(stmt)
            wanted.update(reads(stmt))
    return found


@record(frozen=False, eq=False)
class _Open:
    """A function that is being followed: what it is given, in all calls together, and what was found of its results.

    `is_recursive` once it has met a call of itself.
    """

    given: list[Fact]
    results: list[Fact]
    is_recursive: bool = False


class _Follower:
    """Follows facts through blocks; what is to be said is kept once a place and code."""

    def __init__(self, program: Program, limits: Limits, *, heeds_asserts: bool = True) -> None:
        elaborated = program.elaborated
        self.found: dict[tuple[str, Span], Diagnostic] = {}
        self.limits = limits
        self._elaborated = elaborated
        self._speaks = True
        self._heeds_asserts = heeds_asserts
        self._module: Mapping[str, Function] = elaborated.module
        starts = zip(program.model.parameters, program.model.start, strict=True)
        self._params: dict[str, tuple[Any, Range]] = {p.name: (at, Range(lo, up)) for p, (at, lo, up) in starts}
        self._wholes = {p.name: p.whole for p in elaborated.parameters}
        self._known: dict[Any, tuple[list[Fact], Limits]] = {}
        self._open: dict[str, _Open] = {}
        self._leaned: set[str] = set()
        self._rounds = 0
        self._first: dict[Any, Var] = {}
        self._origins = Origins({}, {})
        self._doubted: dict[Doubt, int] = {}
        self._answers: dict[Apply, set[bool | None]] = {}

    def main(self) -> Facts:
        """Follow the file; the facts of what it binds."""
        elaborated = self._elaborated
        needed = _needed(elaborated.main, [term.atom for term in elaborated.terms])
        facts: Facts = {}
        for p in elaborated.parameters:
            if not p.fixed:
                only = frozenset({p.name})
                facts[p.var] = Fact(only, only, line=Line(p.name), range=self._params[p.name][1])
        for stmt in elaborated.main.body:
            self._speaks = stmt in needed
            self.follow(stmt, facts)
        return facts

    # ---- what is to be said

    def outside_domains(self, doubts: Iterable[Doubt]) -> Iterator[Diagnostic]:
        """The first doubt of each place, in the order in which they were met."""
        told: set[Span] = set()
        for doubt in sorted(doubts, key=lambda each: self._doubted[each]):
            if doubt.span not in told:
                told.add(doubt.span)
                yield outside(doubt, self._wholes[doubt.line.param], *self._params[doubt.line.param])

    def settled_conditions(self, places: frozenset[Span]) -> Iterator[Diagnostic]:
        """Comparisons at these places of the file that gave the same answer whenever they were followed."""
        for stmt, answers in self._answers.items():
            (one,) = answers if len(answers) == 1 else (None,)
            if one is not None and stmt.span in places:
                yield names.constant_condition(stmt.span, one)

    def _say(self, diagnostic: Diagnostic) -> None:
        assert diagnostic.primary is not None
        self.found.setdefault((diagnostic.code, diagnostic.primary.span), diagnostic)

    def _is_ours(self, span: Span | None) -> bool:
        """Whether a place is in the program itself, not in a module."""
        return span is not None and span.source is self._elaborated.span.source

    # ---- what is known where

    def fact(self, atom: Atom, facts: Mapping[Var, Fact]) -> Fact:
        """What is known of a value at the place that is being followed."""
        if isinstance(atom, Literal):
            return NOTHING if isinstance(atom.value, bool) else Fact(range=point(atom.value))
        known = facts.get(atom, NOTHING)
        where = known.range & self.limits.get(self._origins.same(atom), EVERYWHERE)
        if known.line is not None and known.line.param in self.limits:
            where &= known.line.image(self.limits[known.line.param])
        return known if where == known.range else replace(known, range=where)

    def _limit(self, limits: Iterable[Limit]) -> None:
        """From here on values are there, too; the limits before are left as they are."""
        found = dict(self.limits)
        for of, where in limits:
            found[of] = found.get(of, EVERYWHERE) & where
        self.limits = found

    def _left(self, doubts: Iterable[Doubt], limits: Iterable[Limit]) -> frozenset[Doubt]:
        """The doubts that limits do not see to."""
        before = self.limits
        self._limit(limits)
        left = frozenset(each for each in doubts if not fits(each.what, self._where(each)))
        self.limits = before
        return left

    def _where(self, doubt: Doubt) -> Range:
        param = self._params[doubt.line.param][1] & self.limits.get(doubt.line.param, EVERYWHERE)
        return doubt.line.image(param) & self.limits.get(doubt.var, EVERYWHERE)

    # ---- statements

    def block(self, block: Block, facts: Facts) -> list[Fact]:
        """The facts of a block's results; `facts` gets those of what it binds."""
        for stmt in block.body:
            self.follow(stmt, facts)
        return [self.fact(atom, facts) for atom in block.results]

    def follow(self, stmt: Stmt, facts: Facts) -> None:
        """Take up what a statement binds."""
        match stmt:
            case Apply():
                facts.update(dict.fromkeys(stmt.outs, self._applied(stmt, facts)))
            case Call():
                found = self._called(stmt, [self.fact(a, facts) for a in stmt.args])
                facts.update(zip(stmt.outs, found, strict=True))
            case If():
                self._branched(stmt, facts)
            case For() | While():
                self._looped(stmt, facts)
            case Assert() if self._heeds_asserts:
                self._limit(self.fact(stmt.cond, facts).holds)
            case _:
                pass

    def _branched(self, stmt: If, facts: Facts) -> None:
        test = self.fact(stmt.cond, facts)
        self._decided(test)
        before = self.limits
        arms = []
        for block, limits in ((stmt.then, test.holds), (stmt.orelse, test.fails)):
            self._limit(limits)
            arms.append(self.block(block, facts))
            self.limits = before
        atoms = zip(stmt.then.results, stmt.orelse.results, strict=True)
        for out, (then, orelse), (one, other) in zip(stmt.outs, atoms, zip(*arms, strict=True), strict=True):
            whole = _by(one | other, test)
            holds, fails = chosen(test, (then, one), (orelse, other))
            facts[out] = replace(whole, holds=holds, fails=fails, doubts=whole.doubts - test.asked)

    def _looped(self, stmt: For | While, facts: Facts) -> None:
        """A fixpoint: facts only grow, and there are finitely many."""
        carried = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
        known = [self.fact(init, facts) for init in stmt.inits]
        before = self.limits
        tests: list[Fact] = []
        if isinstance(stmt, For):
            tests = [self.fact(atom, facts) for atom in (stmt.start, stmt.stop, stmt.step)]
            start, stop, step = (test.range for test in tests)
            index = Range(start.lower, stop.upper) if step.lower > 0 else EVERYWHERE
            facts[stmt.body.params[0]] = Fact(range=index)
        while True:
            self.limits = before
            facts.update(zip(carried, known, strict=True))
            if isinstance(stmt, While):
                facts.update(zip(stmt.cond.params, known, strict=True))
                tests = self.block(stmt.cond, facts)
                self._limit(moved(tests[0].holds, dict(zip(stmt.cond.params, carried, strict=True))))
            after = [settled(one, other) for one, other in zip(known, self.block(stmt.body, facts), strict=True)]
            if after == known:
                break
            known = after
        self.limits = before
        for test in tests:  # how often it runs is decided, too
            known = [_by(one, test) for one in known]
        facts.update(zip(stmt.outs, known, strict=True))

    # ---- calls

    def _called(self, stmt: Call, given: list[Fact]) -> list[Fact]:
        """The facts of a function's results, with what its asserts hold to."""
        function = self._module[stmt.callee]
        if function.definition is not None:
            return [together(given)] * len(stmt.outs)
        if stmt.callee in self._open:
            return self._recursive(stmt, given)
        before = self.limits
        of_params: Limits = {of: where for of, where in before.items() if isinstance(of, str)}
        key = (self._speaks, stmt.callee, tuple(given), frozenset(of_params.items()))
        if key not in self._known:
            self.limits = of_params
            found = self._fixpoint(function, given)
            after: Limits = {of: where for of, where in self.limits.items() if isinstance(of, str)}
            if self._leaned:  # on what is not yet all that there is to be found of a function further out
                self.limits = {**before, **after}
                return self._outside(stmt, function, found)
            self._known[key] = (found, after)
        found, after = self._known[key]
        self.limits = {**before, **after}
        return self._outside(stmt, function, found)

    def _outside(self, stmt: Call, function: Function, found: list[Fact]) -> list[Fact]:
        """Facts of a function's results in the terms of who calls it."""
        pairs = zip(function.block.params, stmt.args, strict=True)
        names = {param: self._origins.same(atom) for param, atom in pairs if isinstance(atom, Var)}
        return [
            replace(f, holds=moved(f.holds, names), fails=moved(f.fails, names)) if f.holds or f.fails else f
            for f in found
        ]

    def _fixpoint(self, function: Function, given: list[Fact]) -> list[Fact]:
        """What a function's body makes of what it is given, in every call of itself that it leads to."""
        before = self.limits
        results = [UNREACHED] * len(function.block.results)
        current = self._open[function.name] = _Open(given, results)
        while True:
            given, results = current.given, current.results
            self.limits = before
            found = self.block(function.block, dict(zip(function.block.params, given, strict=True)))
            if not current.is_recursive:
                break
            found = [settled(one, other) for one, other in zip(results, found, strict=True)]
            if current.given == given and found == results:
                break
            current.results = found
            self._rounds += 1
        del self._open[function.name]
        self._leaned.discard(function.name)
        return found

    def _recursive(self, stmt: Call, given: list[Fact]) -> list[Fact]:
        """What was found so far of a function that is being followed; it will be followed again, with these facts."""
        current = self._open[stmt.callee]
        if self._rounds > _MOST_ROUNDS:
            return [together([*current.given, *given])] * len(stmt.outs)
        current.is_recursive = True
        self._leaned.add(stmt.callee)
        current.given = [settled(one, other) for one, other in zip(current.given, given, strict=True)]
        return [replace(f, holds=frozenset(), fails=frozenset()) for f in current.results]

    # ---- applications

    def _applied(self, stmt: Apply, facts: Facts) -> Fact:
        given = [self.fact(a, facts) for a in stmt.args]
        if not all(each.reached for each in given):
            return UNREACHED
        self._number(stmt)
        part = element(stmt, given)
        if part is not None:
            return part
        made = self._asked(stmt, given, facts) if stmt.prim.name in MIRRORED else computed(stmt, given)
        if made.elements is not None:
            return replace(joined(made.elements), line=None, elements=made.elements)
        if not any(each.depends for each in given):
            return made
        flows = flowing(stmt)
        active = frozenset[str]().union(*(g.active for g, flows_on in zip(given, flows, strict=True) if flows_on))
        stopped = frozenset[str]().union(*(each.active for each in given)) - active
        if stmt.prim.name == "to_real":
            active, stopped = given[0].active, frozenset()
        ends = frozenset[tuple[str, Span, str]]().union(*(each.ends for each in given))
        if stmt.span is not None:
            ends |= {(name, stmt.span, stmt.prim.name) for name in stopped}
        depends = frozenset[str]().union(*(each.depends for each in given))
        equality = stmt.span if stmt.prim.name in _EQUALITIES and _real(stmt) and stopped else None
        if stmt.prim.name == "to_real":
            equality = given[0].equality
        return replace(
            made, depends=depends, active=active, ends=ends, equality=equality, doubts=self._doubts(stmt, given)
        )

    def _number(self, stmt: Apply) -> None:
        """The first that was computed of equal values stands for them."""
        out = stmt.outs[0]
        args = tuple(self._origins.same(a) if isinstance(a, Var) else (type(a.value), a.value) for a in stmt.args)
        key = (stmt.prim.name, args, tuple(sorted(stmt.static.items(), key=lambda item: item[0])))
        self._origins.first[out] = self._first.setdefault(key, out)
        self._origins.made[out] = stmt

    def _asked(self, stmt: Apply, given: Sequence[Fact], facts: Facts) -> Fact:
        """Of a comparison: what follows from its answer, and which it gives here, if only one can be."""
        answers = self._answers.setdefault(stmt, set())
        if not self._open:  # in a function another call may have another answer
            answers.add(answer(stmt.prim.name, given[0].range, given[1].range))
        holds, fails = compared(stmt, given, self._origins, lambda atom: self.fact(atom, facts))
        return Fact(holds=holds, fails=fails)

    def _doubts(self, stmt: Apply, given: Sequence[Fact]) -> frozenset[Doubt]:
        """What of a result may have no value, that of its operands included."""
        name, span = stmt.prim.name, stmt.span
        if name == "select":
            test, one, other = given
            self._decided(test)
            left = self._left(one.doubts, test.holds) | self._left(other.doubts, test.fails)
            return (left | test.doubts) - test.asked
        if name in ("is_nan", "is_finite"):
            return frozenset()
        doubts = frozenset[Doubt]().union(*(each.doubts for each in given))
        if span is None or not self._is_ours(span):
            return doubts
        for position in at_risk(stmt):
            fact, atom = given[position], stmt.args[position]
            if fact.line is not None and isinstance(atom, Var) and not fits(name, fact.range):
                doubt = Doubt(span, name, self._origins.same(atom), fact.line)
                self._doubted.setdefault(doubt, len(self._doubted))
                doubts |= {doubt}
        return doubts

    def _decided(self, test: Fact) -> None:
        """A branch is taken, or an element chosen, by a condition."""
        if test.equality is not None and self._speaks and self._is_ours(test.equality):
            self._say(models.branch_on_equality(test.equality))


def _by(fact: Fact, test: Fact) -> Fact:
    """What is known of a value that was decided on: it depends on the decision, too, without a derivative."""
    if not fact.reached or not (test.depends or test.doubts):
        return fact
    elements = None if fact.elements is None else tuple(_by(each, test) for each in fact.elements)
    return replace(
        fact, depends=fact.depends | test.depends, ends=fact.ends | test.ends, doubts=fact.doubts | test.doubts,
        elements=elements,
    )  # fmt: skip


def _real(stmt: Apply) -> bool:
    return any(atom.type.is_real for atom in stmt.args)

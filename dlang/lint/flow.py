"""What reaches the objective, and how: lints that follow values through the IR, into every function that is called.

param k                       depends on     with a derivative in
n = floor(k)                  k              nothing: `floor` is where it ends
minimize (n - 3)^2            k              nothing                          => W0403
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from dlang.diagnostics import Diagnostic, models
from dlang.driver.program import Program
from dlang.elaborate.program import Parameter
from dlang.ir.nodes import Apply, Atom, Block, Call, For, Function, If, Literal, Stmt, Var, While
from dlang.ir.walk import outs, reads
from dlang.primitives.core import Primitive
from dlang.records import record, replace
from dlang.source import Source, Span

__all__ = ["flow_lints"]

_EQUALITIES = ("eq", "ne")
_ABOVE_ZERO = {"sqrt": "0..inf", "log": "1e-6..inf", "log2": "1e-6..inf", "log10": "1e-6..inf"}
"""Functions whose argument must not be negative, and bounds that see to it."""


@record
class Fact:
    """What is known of a value.

    Attributes:
        depends: the params that it depends on.
        active: those in which it has a derivative that is not zero by definition.
        ends: where the derivative in a param came to an end: the param, the place, and what was applied there.
        param: the param that it is, if it is one unchanged.
        equality: where it was asked whether a value with a derivative equals another, if it is the answer.
        doubts: code and place of what was said of values that it depends on: a `where` that chooses may see to them.
    """

    depends: frozenset[str] = frozenset()
    active: frozenset[str] = frozenset()
    ends: frozenset[tuple[str, Span, str]] = frozenset()
    param: str = ""
    equality: Span | None = None
    doubts: frozenset[tuple[str, Span]] = frozenset()

    def __or__(self, other: Fact) -> Fact:
        """What is known of a value that is one or the other."""
        return Fact(
            self.depends | other.depends,
            self.active | other.active,
            self.ends | other.ends,
            self.param if self.param == other.param else "",
            self.equality if self.equality is not None else other.equality,
            self.doubts | other.doubts,
        )


NOTHING = Fact()

Facts: TypeAlias = dict[Var, Fact]


def flow_lints(program: Program) -> list[Diagnostic]:
    """Params without a derivative, functions outside of their domain, branches on equality, starts at a kink."""
    elaborated = program.elaborated
    free = [p for p in elaborated.parameters if not p.fixed]
    follower = _Follower(program)
    facts: Facts = {p.var: Fact(frozenset({p.name}), frozenset({p.name}), param=p.name) for p in free}
    needed = _needed(elaborated.main, [term.atom for term in elaborated.terms])
    for stmt in elaborated.main.body:
        follower.speaks = stmt in needed
        follower.follow(stmt, facts)
    reached = NOTHING
    for term in elaborated.terms:
        reached |= _fact(term.atom, facts)
    found = follower.said
    for parameter in free:
        name = parameter.name
        if name in reached.depends - reached.active:
            ends = sorted((end for end in reached.ends if end[0] == name), key=lambda end: (end[1].line, end[1].start))
            at, what = (ends[0][1], ends[0][2]) if ends else (parameter.span, "")
            found.append(models.derivative_zero(at, name, what))
    return found


def _needed(main: Block, results: Sequence[Atom]) -> set[Stmt]:
    """The statements that some results depend on: of the others, reports and prints, any value will do."""
    wanted = set(results)
    found = set()
    for stmt in reversed(main.body):
        if any(out in wanted for out in outs(stmt)):
            found.add(stmt)
            wanted.update(reads(stmt))
    return found


def _fact(atom: Atom, facts: Mapping[Var, Fact]) -> Fact:
    return facts.get(atom, NOTHING) if isinstance(atom, Var) else NOTHING


class _Follower:
    """Follows facts through blocks; what is to be said is kept once a place and code."""

    def __init__(self, program: Program) -> None:
        elaborated = program.elaborated
        self.found: dict[tuple[str, Span], Diagnostic] = {}
        self.speaks = True
        self._excused: set[tuple[str, Span]] = set()
        self._branches = 0
        self._module: Mapping[str, Function] = elaborated.module
        self._source: Source = elaborated.span.source
        starts = zip(program.model.parameters, program.model.start, strict=True)
        self._params: dict[str, tuple[Parameter, Any, float, float]] = {p.name: (p, *known) for p, known in starts}
        self._known: dict[tuple[bool, bool, str, tuple[Fact, ...]], list[Fact]] = {}
        self._open: set[str] = set()

    @property
    def said(self) -> list[Diagnostic]:
        """What is to be said, but for what a choice sees to."""
        return [each for key, each in self.found.items() if key not in self._excused]

    def block(self, block: Block, facts: Facts) -> list[Fact]:
        """The facts of a block's results; `facts` gets those of what it binds."""
        for stmt in block.body:
            self.follow(stmt, facts)
        return [_fact(atom, facts) for atom in block.results]

    def follow(self, stmt: Stmt, facts: Facts) -> None:
        """Take up what a statement binds."""
        match stmt:
            case Apply():
                facts.update(dict.fromkeys(stmt.outs, self._applied(stmt, facts)))
            case Call():
                found = self._called(stmt, [_fact(a, facts) for a in stmt.args])
                facts.update(zip(stmt.outs, found, strict=True))
            case If():
                self._decided(stmt.cond, stmt.span, facts)
                test = _ended(_fact(stmt.cond, facts))
                self._branches += 1
                both = list(zip(self.block(stmt.then, facts), self.block(stmt.orelse, facts), strict=True))
                self._branches -= 1
                facts.update(zip(stmt.outs, (one | other | test for one, other in both), strict=True))
            case For() | While():
                self._looped(stmt, facts)
            case _:
                pass

    def _looped(self, stmt: For | While, facts: Facts) -> None:
        """A fixpoint: facts only grow, and there are finitely many."""
        carried = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
        known = [_fact(init, facts) for init in stmt.inits]
        ends = (stmt.start, stmt.stop, stmt.step) if isinstance(stmt, For) else ()
        tests = [_fact(atom, facts) for atom in ends]
        while True:
            facts.update(zip(carried, known, strict=True))
            if isinstance(stmt, While):
                facts.update(zip(stmt.cond.params, known, strict=True))
                tests = self.block(stmt.cond, facts)
            after = [one | other for one, other in zip(known, self.block(stmt.body, facts), strict=True)]
            if after == known:
                break
            known = after
        for test in tests:  # how often it runs is decided, too
            known = [one | _ended(test) for one in known]
        facts.update(zip(stmt.outs, known, strict=True))

    def _called(self, stmt: Call, given: list[Fact]) -> list[Fact]:
        """The facts of a function's results; of a recursive call those of its arguments together."""
        function = self._module[stmt.callee]
        key = (self.speaks, bool(self._branches), stmt.callee, tuple(given))
        if key in self._known:
            return self._known[key]
        if function.definition is not None or stmt.callee in self._open:
            together = NOTHING
            for each in given:
                together |= each
            return [replace(together, param="", equality=None)] * len(stmt.outs)
        self._open.add(stmt.callee)
        found = self.block(function.block, dict(zip(function.block.params, given, strict=True)))
        self._open.discard(stmt.callee)
        self._known[key] = found
        return found

    def _applied(self, stmt: Apply, facts: Facts) -> Fact:
        given = [_fact(a, facts) for a in stmt.args]
        if not any(each.depends for each in given):
            return NOTHING
        if stmt.prim.name == "to_real":
            return given[0]
        depends = frozenset[str]().union(*(each.depends for each in given))
        flows = _flowing(stmt)
        active = frozenset[str]().union(*(g.active for g, flows_on in zip(given, flows, strict=True) if flows_on))
        ends = frozenset[tuple[str, Span, str]]().union(*(each.ends for each in given))
        stopped = frozenset[str]().union(*(each.active for each in given)) - active
        if stmt.span is not None:
            ends |= {(name, stmt.span, stmt.prim.name) for name in stopped}
        doubts = frozenset[tuple[str, Span]]().union(*(each.doubts for each in given))
        if self._is_ours(stmt.span):
            doubts |= self._look(stmt, given)
        if stmt.prim.name == "select":
            self._excused |= doubts
            doubts = frozenset()
        equality = stmt.span if stmt.prim.name in _EQUALITIES and _real(stmt) and stopped else None
        return Fact(depends, active, ends, "", equality, doubts)

    # ---- what is said of single applications

    def _look(self, stmt: Apply, given: Sequence[Fact]) -> frozenset[tuple[str, Span]]:
        """Say what is to be said of an application; what of it a choice behind it may see to."""
        assert stmt.span is not None
        name, span = stmt.prim.name, stmt.span
        doubts = set()
        if name == "select":
            self._decided(stmt.args[0], span, {}, given[0])
        for position, fact in enumerate(given):
            if fact.param:
                _, start, lower, upper = self._params[fact.param]
                if self._branches:
                    pass  # the branch may be there to see to it
                elif name in _ABOVE_ZERO and lower < 0:
                    self._say(models.outside_domain(span, name, fact.param, _ABOVE_ZERO[name]))
                    doubts.add(("W0404", span))
                elif name == "div" and position == 1 and lower < 0 < upper:
                    side = "-inf..-1e-6" if np.all(np.less(start, 0)) else "1e-6..inf"
                    self._say(models.outside_domain(span, name, fact.param, side))
                    doubts.add(("W0404", span))
                kink = _kink(stmt, position)
                if kink is not None and np.any(np.equal(start, kink)):
                    self._say(models.start_at_kink(span, name, fact.param, kink))
        return frozenset(doubts)

    def _decided(self, cond: Atom, span: Span | None, facts: Mapping[Var, Fact], known: Fact | None = None) -> None:
        """A branch is taken, or an element chosen, by a condition."""
        fact = known if known is not None else _fact(cond, facts)
        if fact.equality is not None and self._is_ours(fact.equality):
            self._say(models.branch_on_equality(fact.equality))

    def _is_ours(self, span: Span | None) -> bool:
        """Whether a place is in the program itself, not in a module, and matters to the objective."""
        return self.speaks and span is not None and span.source is self._source

    def _say(self, diagnostic: Diagnostic) -> None:
        assert diagnostic.primary is not None
        self.found.setdefault((diagnostic.code, diagnostic.primary.span), diagnostic)


def _ended(test: Fact) -> Fact:
    """What a decision adds to what it decides on: a dependence without a derivative."""
    return Fact(test.depends, frozenset(), test.ends)


def _flowing(stmt: Apply) -> Iterator[bool]:
    """For each operand, whether a derivative flows from it to the results."""
    prim: Primitive = stmt.prim
    is_real = any(out.type.is_real for out in stmt.outs)
    for position, atom in enumerate(stmt.args):
        has_partial = prim.partials is None or prim.partials[position] is not None
        blocked = prim.discrete or position in prim.reads_shape_only or prim.name == "stop_gradient"
        yield is_real and atom.type.is_real and has_partial and not blocked


def _real(stmt: Apply) -> bool:
    return any(atom.type.is_real for atom in stmt.args)


def _kink(stmt: Apply, position: int) -> float | None:
    """Where the derivative in an operand is a convention, if that is known."""
    if stmt.prim.name in ("maximum", "minimum"):
        other = stmt.args[1 - position]
        return float(other.value) if isinstance(other, Literal) else None
    if position == 0 and stmt.prim.kinks and not stmt.prim.discrete:
        return stmt.prim.kinks[0]
    return None

"""Whether derivative rules of the program's own are linear in their seeds, as a derivative is.

A rule is differentiated in its seeds: if it is linear, what comes out depends on them no more. And it is followed from
seeds that are zero: if it is linear, it gives zero. So `dx * dx`, `dx + 1` and a forgotten `dx` are found.
An array is followed as a whole: a rule may not put a seed beside another number in one array.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics import Diagnostic
from dlang.ir.derived import source_name
from dlang.ir.nodes import Adjoint, Apply, Atom, Block, Call, Checkpoint, For, If, Literal, Module, Ruled, Var, While
from dlang.passes.derivatives import with_tangents
from dlang.passes.tangent import Tangents
from dlang.records import field, record

__all__ = ["check_linear"]

SUMS = frozenset(("add", "sub", "select", "stack", "concat", "set", "add_at", "pad"))
"""Primitives that are zero only if all their Real operands are; others that are linear, if one is."""


def check_linear(module: Module) -> list[Diagnostic]:
    """What is wrong with the rules for tangents that are called in a module.

    Reports: E1016.
    """
    found: list[Diagnostic] = []
    tangents = Tangents(dict(with_tangents(module)))
    for definition in [fn.definition for fn in module.values()]:
        if not isinstance(definition, Ruled) or definition.jvp is None:
            continue
        name = definition.jvp.name
        params = module[name].block.params
        seeds = tuple(range(len(params) - len(definition.jvp.wrt), len(params)))
        count = len(module[name].block.results)
        moved = _Flow(tangents).results(tangents.pushed(name, seeds), frozenset(seeds))[count:]
        stays = _Zeros(tangents).results(name, frozenset(seeds))
        if any(moved) or not all(stays):
            from dlang.diagnostics import derivatives as faults

            span = module[name].span
            found.append(faults.rule_not_linear(span, source_name(definition.of)))
    return found


@record(frozen=False)
class _Flow:
    """Which results of a function depend on some of its params; shapes aside."""

    tangents: Tangents
    _known: dict[tuple[str, frozenset[int]], tuple[bool, ...]] = field(default_factory=dict)

    start = False
    """What a function that calls itself is taken for, until it is known: a fixpoint from below."""

    def results(self, name: str, marked: frozenset[int]) -> tuple[bool, ...]:
        """For each result, whether it is marked if the params `marked` are."""
        key = (name, marked)
        if key not in self._known:
            function = self.tangents.plain(name)
            self._known[key] = (self.start,) * len(function.block.results)
            while True:
                before = self._known[key]
                self._known[key] = self._once(name, marked)
                if self._known[key] == before:
                    break
        return self._known[key]

    def _once(self, name: str, marked: frozenset[int]) -> tuple[bool, ...]:
        function = self.tangents.plain(name)
        match function.definition:
            case Checkpoint(of) | Ruled(of):
                return self.results(of, marked)
            case Adjoint():
                return self.adjoint(function.definition, marked)
            case _:
                block = function.block
                names = {p for i, p in enumerate(block.params) if i in marked}
                self.block(block, names)
                return tuple(self.marked(r, names) for r in block.results)

    def adjoint(self, definition: Adjoint, marked: frozenset[int]) -> tuple[bool, ...]:
        """The results of an adjoint: cotangents are marked by those they come from, or as the slopes between are."""
        source = self.tangents.plain(definition.of).block
        count, results = len(source.params), len(source.results)
        own = frozenset(i for i in marked if i < count)
        given = [count + k in marked for k in range(len(definition.seeded))]
        pushed = self.results(self.tangents.pushed(definition.of, definition.wrt), own)
        real = [k for k, r in enumerate(source.results) if r.type.is_real]
        slopes = [pushed[results + real.index(k)] for k in definition.seeded]
        return (*self.results(definition.of, own), *(self.product(given, slopes) for _ in definition.wrt))

    def product(self, given: Sequence[bool], slopes: Sequence[bool]) -> bool:
        """Whether a sum of products is marked."""
        return any(given) or any(slopes)

    def marked(self, atom: Atom, names: set[Var]) -> bool:
        """Whether an atom is marked."""
        return isinstance(atom, Var) and atom in names

    def block(self, block: Block, names: set[Var]) -> None:
        """Mark what the statements of a block bind."""
        for stmt in block.body:
            match stmt:
                case Apply():
                    if self.applied(stmt, names):
                        names.update(stmt.outs)
                case Call():
                    given = frozenset(i for i, a in enumerate(stmt.args) if self.marked(a, names))
                    pairs = zip(stmt.outs, self.results(stmt.callee, given), strict=True)
                    names.update(out for out, is_marked in pairs if is_marked)
                case If():
                    self.block(stmt.then, names)
                    self.block(stmt.orelse, names)
                    for out, *ways in zip(stmt.outs, stmt.then.results, stmt.orelse.results, strict=True):
                        if self.met([self.marked(way, names) for way in ways], self.marked(stmt.cond, names)):
                            names.add(out)
                case For() | While():
                    self.loop(stmt, names)
                case _:
                    pass

    def applied(self, stmt: Apply, names: set[Var]) -> bool:
        """Whether the results of an application are marked."""
        shapes = stmt.prim.reads_shape_only
        return any(self.marked(a, names) for i, a in enumerate(stmt.args) if i not in shapes)

    def met(self, ways: Sequence[bool], by_choice: bool) -> bool:
        """Whether a value is marked that is one of several, as something decides that may be marked."""
        return by_choice or any(ways)

    def loop(self, stmt: For | While, names: set[Var]) -> None:
        """Mark what a loop carries: a fixpoint."""
        carried = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
        names.update(p for p, init in zip(carried, stmt.inits, strict=True) if self.marked(init, names))
        before = -1
        while before != len(names):
            before = len(names)
            if isinstance(stmt, While):
                names.update(t for t, p in zip(stmt.cond.params, carried, strict=True) if p in names)
                self.block(stmt.cond, names)
                if any(self.marked(r, names) for r in stmt.cond.results):
                    names.update(carried)
            elif any(self.marked(end, names) for end in (stmt.start, stmt.stop, stmt.step)):
                names.update(carried)
            self.block(stmt.body, names)
            names.update(p for p, r in zip(carried, stmt.body.results, strict=True) if self.marked(r, names))
        names.update(out for out, p in zip(stmt.outs, carried, strict=True) if p in names)


class _Zeros(_Flow):
    """Which results of a linear function are zero if some of its params are."""

    start = True

    def product(self, given: Sequence[bool], slopes: Sequence[bool]) -> bool:
        return all(a or b for a, b in zip(given, slopes, strict=True))

    def marked(self, atom: Atom, names: set[Var]) -> bool:
        return atom.value == 0 if isinstance(atom, Literal) else atom in names

    def applied(self, stmt: Apply, names: set[Var]) -> bool:
        if stmt.prim.name in ("zeros", "zeros_like"):
            return True
        kind = stmt.args[0].type.dtype if stmt.prim.name == "to_real" else stmt.outs[0].type.dtype
        values = [a for a in (stmt.args[:2] if stmt.prim.updates else stmt.args) if a.type.dtype is kind]
        zero = [self.marked(a, names) for a in (values[:1] if stmt.prim.name == "get" else values)]
        return bool(zero) and (all(zero) if stmt.prim.name in SUMS else any(zero))

    def met(self, ways: Sequence[bool], by_choice: bool) -> bool:
        return all(ways)

    def loop(self, stmt: For | While, names: set[Var]) -> None:
        """What stays zero in every pass, from what begins so."""
        carried = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
        zero = {k for k, init in enumerate(stmt.inits) if self.marked(init, names)}
        while True:
            inside = names | {carried[k] for k in zero}
            self.block(stmt.body, inside)
            left = {k for k in zero if self.marked(stmt.body.results[k], inside)}
            if left == zero:
                break
            zero = left
        names.update(stmt.outs[k] for k in zero)

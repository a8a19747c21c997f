"""Reverse mode, IR to IR: a function that also computes cotangents.

    fn f(x) {                 fn f.adjoint(x) {
      %1 = mul x x              %1 = mul x x        %3 = cos %1
      %2 = sin %1     =>        %2 = sin %1         %4 = strong_mul %3 x …
      yield %2                                      yield %2, %6
    }                         }

The primal runs as it stands. Every block that may run more than once or not at all (a loop's body, a branch, a
called function) ends by pushing, as one record, what its reverse reads; the reverse pops it first. Records are
demand-driven: only what a rule mentions is kept. As reverse order is exactly last in, first out, one tape serves
loops, branches and recursion alike.

Cotangents of names that a nested block reads from outside are threaded through its reverse (carried by loops,
handed to and from branches and calls), so that adding to one element of an array's cotangent is O(1) in a loop.

A callee that is itself an adjoint, or is to be run again instead of stored, is reversed in one piece: the primal calls
it as it stands, and the reverse calls an adjoint that is left as a definition, to be written out later. The adjoint
of an adjoint is one of a tangent,

    (f(x), ct J(x)) with cotangents (u, w)   =>   the cotangents in x of  u f(x) + ct J(x) w,  and J(x) w for ct

so that the tape has one level, however derivatives nest.

Source: store-all adjoints of structured programs, Griewank & Walther 2008, chapters 4 and 6; the split reversal of
calls, section 12.2; second-order adjoints, chapter 5.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dlang.diagnostics.core import InternalError
from dlang.ir.builder import Builder, Ref
from dlang.ir.derived import call_block, real_results
from dlang.ir.nodes import (
    Adjoint,
    Apply,
    Atom,
    Block,
    Call,
    Checkpoint,
    Definition,
    For,
    Function,
    If,
    Literal,
    Module,
    Pop,
    Push,
    Ruled,
    Stmt,
    Var,
    While,
)
from dlang.ir.walk import bound_vars, free_vars, outs, substitute
from dlang.passes.activity import active_vars, check_rules, influences
from dlang.passes.policy import KEEP_ALL, Policy
from dlang.passes.tangent import Tangents
from dlang.primitives import rules
from dlang.primitives.table import TABLE
from dlang.records import field, record
from dlang.source import Span
from dlang.types import INT

if TYPE_CHECKING:
    from dlang.passes.tile import Plan

__all__ = ["Adjoints", "adjoint"]

Cotangents = dict[Var, Ref]
"""Cotangent of each active Var met so far; a Var without one has cotangent zero."""


def adjoint(
    module: Module, name: str, wrt: Sequence[int], *, seeded: bool = False, policy: Policy = KEEP_ALL
) -> tuple[Module, str]:
    """The functions with one more, which yields `name`'s results and then the cotangents of params `wrt`.

    Args:
        module: the functions; not changed.
        name: the one to differentiate.
        wrt: indices of its params, all Real.
        seeded: the new function takes, after `name`'s params, a cotangent for every Real result; otherwise the
            first result, a Real scalar, has cotangent 1 and the others 0.
        policy: what is kept of the primal.

    Returns:
        The enlarged module and the new function's name.
    """
    maker = Adjoints(Tangents(dict(module)), policy)
    made = f"{name}.adjoint"
    seeds = [k for k, r in enumerate(module[name].block.results) if r.type.is_real] if seeded else None
    maker.write(name, wrt, seeds, made)
    return {**maker.module, **maker.written}, made


@record(frozen=False)
class Adjoints:
    """Adjoints under construction, and which callees have been split into a forward and a backward half.

    What is `written` has a tape and stands apart: in the module an adjoint stays a definition, as others that call it
    may still have to be differentiated.
    """

    tangents: Tangents
    policy: Policy = KEEP_ALL
    written: dict[str, Function] = field(default_factory=dict)
    _split: dict[tuple[str, tuple[int, ...]], tuple[str, str]] = field(default_factory=dict)

    @property
    def module(self) -> dict[str, Function]:
        """The functions that can be differentiated."""
        return self.tangents.module

    def write(self, name: str, wrt: Sequence[int], seeded: Sequence[int] | None, made: str) -> None:
        """Write out the adjoint of a function as function `made`.

        It takes cotangents of the results in `seeded`; where that is None, the first result has cotangent 1.
        """
        function = self.tangents.plain(name)
        source = function.block if function.definition is None else call_block(function)
        wrt_vars = [source.params[i] for i in wrt]
        reverse = _Reverse(self, active_vars(source, wrt_vars), bound_vars(source))
        build = reverse.build
        seeds = [Var(source.results[k].type, "ct") for k in seeded or ()]
        cotangents: Cotangents = {}
        if seeded is None:
            reverse.add(cotangents, source.results[0], build.ref(1.0))
        for k, seed in zip(seeded or (), seeds, strict=True):
            reverse.add(cotangents, source.results[k], build.ref(seed))
        reverse.statements(source.body, cotangents)
        gradients = [reverse.get(cotangents, v) for v in wrt_vars]
        backward = build.finish((), gradients)
        block = Block(
            (*source.params, *seeds),
            (*reverse.primal(source, free_vars(backward)).body, *backward.body),
            (*source.results, *backward.results),
        )
        self.written[made] = Function(made, block, function.span)

    def split(self, callee: str, mask: tuple[int, ...]) -> tuple[str, str]:
        """Names of the forward half, which pushes, and the backward half, which pops, of a callee.

        The backward half takes a cotangent for each active result, then the cotangents so far of its active array
        params, and yields the cotangents of its active params.
        """
        if (callee, mask) in self._split:
            return self._split[callee, mask]
        suffix = "_".join(map(str, mask))
        names = f"{callee}.forward_{suffix}", f"{callee}.backward_{suffix}"
        self._split[callee, mask] = names
        block = self.module[callee].block
        params = [block.params[i] for i in mask]
        active = active_vars(block, params)
        reverse = _Reverse(self, active)
        seeds = [Var(r.type, "ct") for r in real_results(block)]
        so_far = [Var(p.type, "ct") for p in params if not p.type.is_scalar]
        arrays = iter(so_far)
        cotangents: Cotangents = {}
        for param in params:
            if not param.type.is_scalar:
                cotangents[param] = reverse.build.ref(next(arrays))
        for result, seed in zip(real_results(block), seeds, strict=True):
            reverse.add(cotangents, result, reverse.build.ref(seed))
        reverse.statements(block.body, cotangents)
        results = [reverse.get(cotangents, p) for p in params]
        backward = reverse.popped(block, reverse.lean(block, reverse.build.finish((*seeds, *so_far), results)))
        span = self.module[callee].span
        self.written[names[0]] = Function(names[0], reverse.primal(block), span)
        self.written[names[1]] = Function(names[1], backward, span)
        return names


class _Reverse:
    """Reverses one function; what the primal must do for it (push, count, call the forward half) is noted."""

    def __init__(self, maker: Adjoints, active: set[Var], at_hand: Container[Var] = ()) -> None:
        self.build = Builder()
        self._at_hand = at_hand
        self._maker = maker
        self._active = active
        self._pushes: dict[int, tuple[Var, ...]] = {}
        self._counts: dict[int, Var] = {}
        self._sizes: dict[Var, tuple[Var, ...]] = {}
        self._forwards: dict[int, str] = {}
        self._plans: dict[int, Plan] = {}
        self._loops = 0

    # ---- cotangents

    def add(self, cotangents: Cotangents, target: Atom, ct: Ref) -> None:
        """Add a cotangent to what a name has; names that are not active have none."""
        if isinstance(target, Var) and target in self._active:
            seen = cotangents.get(target)
            cotangents[target] = ct if seen is None else TABLE["add"](seen, ct)

    def get(self, cotangents: Cotangents, var: Var) -> Ref:
        """The cotangent of a name, a zero of its shape if it has none."""
        return cotangents[var] if var in cotangents else self.zero(var)

    def zero(self, var: Atom) -> Ref:
        """A zero of the shape of a name or literal."""
        if var.type.is_scalar:
            return self.build.ref(0.0)
        if var.type.is_static:
            return self.build.ref(self.build.apply(TABLE["zeros"], (), {"shape": var.type.shape}))
        if isinstance(var, Var) and not any(var.type.shape):
            # A loop that carries an array would keep all of it at every pass for the sake of its sizes.
            sizes = self._sizes.setdefault(var, tuple(Var(INT, "size") for _ in var.type.shape))
            return self.build.ref(self.build.apply(TABLE["fill"], (Literal(0.0), *sizes), {}))
        return self.build.ref(TABLE["zeros_like"](self.build.ref(var)))

    def _lengths(self, bound: Iterable[Var], wanted: Container[Var]) -> list[Stmt]:
        """The sizes, of those that are wanted, of arrays."""
        return [
            Apply((size,), TABLE["length"], (var,), {"axis": axis})
            for var in bound
            for axis, size in enumerate(self._sizes.get(var, ()))
            if size in wanted
        ]

    # ---- statements, last first

    def statements(self, body: Sequence[Stmt], cotangents: Cotangents) -> None:
        for stmt in reversed(body):
            match stmt:
                case Apply():
                    self.build.span, self.build.of = stmt.span, stmt
                    self._apply(stmt, cotangents)
                    self.build.of = None
                case If() if self._reached(stmt.outs, cotangents):
                    self.build.span = stmt.span
                    self._if(stmt, cotangents)
                case For() | While() if self._reached(stmt.outs, cotangents):
                    self.build.span = stmt.span
                    self._loop(stmt, cotangents)
                case Call() if self._reached(stmt.outs, cotangents):
                    self.build.span = stmt.span
                    self._call(stmt, cotangents)
                case _:
                    pass

    def _reached(self, outs: Iterable[Var], cotangents: Cotangents) -> bool:
        return any(out in cotangents for out in outs)

    def _apply(self, stmt: Apply, cotangents: Cotangents) -> None:
        prim, ref = stmt.prim, self.build.ref
        wanted = [isinstance(a, Var) and a in self._active for a in stmt.args]
        if prim.discrete or not any(wanted) or not self._reached(stmt.outs, cotangents):
            return
        check_rules(stmt, wanted)
        if len(stmt.outs) > 1:
            out: Any = tuple(map(ref, stmt.outs))
            ct: Any = tuple(cotangents.pop(o, None) for o in stmt.outs)
        else:
            out, ct = ref(stmt.outs[0]), cotangents.pop(stmt.outs[0])
        primals = tuple(map(ref, stmt.args))
        if prim.vjp_into is not None and wanted[0]:
            target = stmt.args[0]
            if not isinstance(target, Var):
                raise InternalError(f"{prim.name} of a literal")
            so_far = self.get(cotangents, target)
            cotangents[target] = ref(prim.vjp_into(so_far, out, primals, ct, stmt.static))
            wanted[0] = False
        if any(wanted):
            pulled = rules.vjp(prim, out, primals, ct, stmt.static, tuple(wanted))
            for target, cotangent in zip(stmt.args, pulled, strict=True):
                if cotangent is not None:
                    self.add(cotangents, target, ref(cotangent))

    def _if(self, stmt: If, cotangents: Cotangents) -> None:
        seeds = {k: cotangents.pop(out) for k, out in enumerate(stmt.outs) if out in cotangents}
        threaded: dict[Var, None] = {}
        for branch in (stmt.then, stmt.orelse):
            reached = influences(branch, [branch.results[k] for k in seeds], self._active)
            threaded.update((v, None) for v in free_vars(branch) if v in reached)
        if not threaded:
            return
        branches = []
        for branch in (stmt.then, stmt.orelse):
            with self.build.nested() as body:
                inner = {v: cotangents[v] for v in threaded if v in cotangents}
                for k, ct in seeds.items():
                    self.add(inner, branch.results[k], ct)
                self.statements(branch.body, inner)
                results = tuple(self.get(inner, v).atom for v in threaded)
            branches.append(self.popped(branch, self.lean(branch, Block((), tuple(body), results))))
        outs = tuple(Var(v.type, "ct") for v in threaded)
        self.build.emit(If(outs, stmt.cond, branches[0], branches[1], stmt.span))
        for var, out in zip(threaded, outs, strict=True):
            cotangents[var] = self.build.ref(out)

    def _loop(self, stmt: For | While, cotangents: Cotangents) -> None:
        body = stmt.body
        carried = body.params[1:] if isinstance(stmt, For) else body.params
        seeds = {k: cotangents.pop(out) for k, out in enumerate(stmt.outs) if out in cotangents}
        through = self._carried_cotangents(carried, body, set(seeds))
        if not through:
            return
        reached = influences(body, [body.results[k] for k in through], self._active)
        threaded = [v for v in free_vars(body) if v in reached]
        inits = [seeds[k] if k in seeds else self.zero(stmt.outs[k]) for k in through]
        inits += [self.get(cotangents, v) for v in threaded]

        index = Var(INT, "i")
        cts = [Var(carried[k].type, "ct") for k in through]
        sums = [Var(v.type, "ct") for v in threaded]
        with self.build.nested() as statements:
            inner: Cotangents = {v: self.build.ref(s) for v, s in zip(threaded, sums, strict=True)}
            for k, ct in zip(through, cts, strict=True):
                self.add(inner, body.results[k], self.build.ref(ct))
            self._loops += 1
            self.statements(body.body, inner)
            self._loops -= 1
            results = [self.get(inner, carried[k]).atom for k in through]
            results += [self.get(inner, v).atom for v in threaded]
        reverse = Block((index, *cts, *sums), tuple(statements), tuple(results))
        outs = tuple(Var(p.type, "ct") for p in reverse.params[1:])
        if self._maker.policy.tiled:
            self._emit_tiled(stmt, reverse, outs, [i.atom for i in inits])
        else:
            self._emit_reverse(stmt, reverse, outs, [i.atom for i in inits])
        refs = list(map(self.build.ref, outs))
        for var, ref in zip(threaded, refs[len(through) :], strict=True):
            cotangents[var] = ref
        for k, ref in zip(through, refs, strict=False):
            self.add(cotangents, stmt.inits[k], ref)

    def _emit_reverse(self, stmt: For | While, reverse: Block, outs: tuple[Var, ...], inits: Sequence[Atom]) -> None:
        """The reverse of a loop from the block that reverses a pass."""
        body, index = stmt.body, reverse.params[0]
        assert isinstance(index, Var)
        reverse = self.lean(body, reverse, body.params[:1] if isinstance(stmt, For) else ())
        if isinstance(stmt, For):
            reverse = substitute(reverse, {body.params[0]: index})
            bounds: tuple[Atom, Atom, Atom] = (stmt.start, stmt.stop, stmt.step)
        else:
            count = self._counts.setdefault(id(stmt), Var(INT, "passes"))
            bounds = (Literal(0), count, Literal(1))
        reverse = self.popped(body, reverse)
        self.build.emit(For(outs, *bounds, tuple(inits), reverse, not _backwards(stmt), stmt.span))

    def _emit_tiled(self, stmt: For | While, reverse: Block, outs: tuple[Var, ...], inits: Sequence[Atom]) -> None:
        """The same tile by tile, each of which is run again first."""
        from dlang.passes import tile  # loaded where the tape would be too long
        from dlang.passes.silence import silent

        reverse = self.lean(stmt.body, reverse, stmt.body.params[:1] if isinstance(stmt, For) else ())
        if isinstance(stmt, For):
            reverse = substitute(reverse, {stmt.body.params[0]: reverse.params[0]})
        reverse = self.popped(stmt.body, reverse)
        halves = set(self._forwards.values())
        primal = silent(self.primal(stmt.body), lambda f: f if f in halves else self._run_again(f))
        plan = tile.planned(stmt, primal, halves, self._maker.written)
        self._plans[id(stmt)] = plan
        self.build.emit(tile.reversed_loop(stmt, plan, reverse, outs, inits))

    def _carried_cotangents(self, carried: Sequence[Var], body: Block, seeded: set[int]) -> list[int]:
        """Which carried values have a cotangent in some pass: a fixpoint from those that have one at the end."""
        through = {k for k in seeded if carried[k] in self._active or body.results[k] in self._active}
        while True:
            reached = influences(body, [body.results[k] for k in through], self._active)
            more = through | {k for k, param in enumerate(carried) if param in reached}
            if more == through:
                return sorted(through)
            through = more

    def _call(self, stmt: Call, cotangents: Cotangents) -> None:
        mask = tuple(i for i, a in enumerate(stmt.args) if a in self._active)
        if not mask:
            return
        definition = self._maker.tangents.plain(stmt.callee).definition
        if definition is not None:
            self._joint_call(stmt, definition, mask, cotangents)
            return
        in_tile = self._maker.policy.tiled and self._loops
        forward, backward = self._maker.split(self._run_again(stmt.callee) if in_tile else stmt.callee, mask)
        self._forwards[id(stmt)] = forward
        args = [cotangents.pop(out) if out in cotangents else self.zero(out) for out in stmt.outs if out.type.is_real]
        targets = [stmt.args[i] for i in mask]
        for target in targets:
            if isinstance(target, Var) and not target.type.is_scalar:
                so_far = cotangents.pop(target, None)  # handed in once, where one array is given twice
                args.append(so_far if so_far is not None else self.zero(target))
        outs = tuple(Var(t.type, "ct") for t in targets)
        self.build.emit(Call(outs, backward, tuple(a.atom for a in args), stmt.span))
        for target, out in zip(targets, outs, strict=True):
            self.add(cotangents, target, self.build.ref(out))

    def _run_again(self, callee: str) -> str:
        """The function that runs in place of one which has run before."""
        from dlang.passes.silence import silenced  # loaded where something runs again

        return silenced(self._maker.tangents, callee)

    def _joint_call(self, stmt: Call, definition: Definition, mask: tuple[int, ...], cotangents: Cotangents) -> None:
        """The reverse of a callee that the primal calls as it stands."""
        given = {k: cotangents.pop(out).atom for k, out in enumerate(stmt.outs) if out in cotangents}
        match definition:
            case Adjoint(of, wrt, seeded):
                again = Adjoint(self._run_again(of), wrt, seeded)
                self._adjoint_call(stmt, again, mask, given, cotangents)
            case Checkpoint(of):
                callee = self._maker.tangents.defined(Adjoint(self._run_again(of), mask, tuple(given)))
                pulled = self._emit(callee, (*stmt.args, *given.values()), stmt.span)
                self._pulled(stmt, mask, pulled[len(stmt.outs) :], cotangents)
            case Ruled():
                self._ruled_call(stmt, definition, mask, given, cotangents)
            case _:
                raise InternalError(f"{stmt.callee} is not written out")

    def _ruled_call(
        self, stmt: Call, definition: Ruled, mask: tuple[int, ...], given: dict[int, Atom], cotangents: Cotangents
    ) -> None:
        """A rule for cotangents is called; one for tangents is transposed: it is linear, so its own adjoint at 0."""
        from dlang.passes.rules import jvp_rule, vjp_rule  # loaded where a program has rules

        module, real = self._maker.module, [k for k, out in enumerate(stmt.outs) if out.type.is_real]
        if definition.vjp is not None:
            rule = vjp_rule(module, definition.of, definition.vjp, stmt, mask)
            cts = (given[k] if k in given else self.zero(stmt.outs[k]).atom for k in real)
            pulled = dict(zip(rule.wrt, self._emit(rule.name, (*stmt.args, *cts), stmt.span), strict=True))
            moving = tuple(i for i in mask if i in pulled)
            self._pulled(stmt, moving, [pulled[i] for i in moving], cotangents)
            return
        rule = jvp_rule(module, definition, stmt, mask)
        moving = tuple(i for i in mask if i in rule.wrt)
        count = len(module[definition.of].block.params)
        seeds = tuple(count + rule.wrt.index(i) for i in moving)
        callee = self._maker.tangents.defined(Adjoint(rule.name, seeds, tuple(real.index(k) for k in given)))
        zeros = (self.zero(stmt.args[i]).atom for i in rule.wrt)
        pulled_back = self._emit(callee, (*stmt.args, *zeros, *given.values()), stmt.span)
        self._pulled(stmt, moving, pulled_back[len(real) :], cotangents)

    def _adjoint_call(
        self, stmt: Call, definition: Adjoint, mask: tuple[int, ...], given: dict[int, Atom], cotangents: Cotangents
    ) -> None:
        tangents, of = self._maker.tangents, definition.of
        source = tangents.module[of].block
        count, results = len(source.params), len(source.results)
        primals, cts = stmt.args[:count], stmt.args[count:]
        moving = tuple(i for i in mask if i < count)
        along = [(definition.wrt[k - results], w) for k, w in given.items() if k >= results]
        seeded = [(k, u) for k, u in given.items() if k < results]
        if along:
            pushed = tangents.pushed(of, tuple(i for i, _ in along))
            primals = (*primals, *(w for _, w in along))
            real = [k for k, r in enumerate(source.results) if r.type.is_real]
            at = {k: results + real.index(k) for k in definition.seeded}
            seeded += [(at[k], ct) for k, ct in zip(definition.seeded, cts, strict=True)]
        else:
            pushed = of
        if moving:
            callee = tangents.defined(Adjoint(pushed, moving, tuple(k for k, _ in seeded)))
            pulled = self._emit(callee, (*primals, *(c for _, c in seeded)), stmt.span)
            self._pulled(stmt, moving, pulled[len(pulled) - len(moving) :], cotangents)
        elif along:
            pulled = self._emit(pushed, primals, stmt.span)
        if along:
            for k, ct in zip(definition.seeded, cts, strict=True):
                self.add(cotangents, ct, self.build.ref(pulled[at[k]]))

    def _emit(self, callee: str, args: tuple[Atom, ...], span: Span | None) -> tuple[Var, ...]:
        """Call a function; its results."""
        outs = tuple(Var(r.type, "ct") for r in self._maker.module[callee].block.results)
        self.build.emit(Call(outs, callee, args, span))
        return outs

    def _pulled(self, stmt: Call, mask: Sequence[int], pulled: Sequence[Var], cotangents: Cotangents) -> None:
        """Add cotangents of some of a call's arguments."""
        for i, ct in zip(mask, pulled, strict=True):
            self.add(cotangents, stmt.args[i], self.build.ref(ct))

    # ---- the tape

    def lean(self, primal: Block, reverse: Block, free: Container[Var] = ()) -> Block:
        """The reverse of a nested block, computing again what is to be had cheaply, where the policy says so."""
        if not self._maker.policy.lean:
            return reverse
        from dlang.passes.recompute import recomputed  # loaded where machine code is made

        return recomputed(primal, reverse, free, self._at_hand)

    def popped(self, primal: Block, reverse: Block) -> Block:
        """The reverse of a nested block, reading from the tape what the primal bound; the primal is to push it."""
        bound = bound_vars(primal)
        bound.update(self._counts[id(s)] for s in primal.body if id(s) in self._counts)
        bound.update(var for s in primal.body if id(s) in self._plans for var in self._plans[id(s)].bound)
        bound.update(size for v in list(bound) for size in self._sizes.get(v, ()))
        saved = tuple(v for v in free_vars(reverse) if v in bound)
        if not saved:
            return reverse
        self._pushes[id(primal)] = saved
        fresh = tuple(Var(v.type, v.hint) for v in saved)
        inside = substitute(reverse, dict(zip(saved, fresh, strict=True)))
        return Block(inside.params, (Pop(fresh), *inside.body), inside.results)

    def primal(self, block: Block, kept: Iterable[Var] = ()) -> Block:
        """The primal block with its pushes, its counters of passes, and calls of forward halves.

        Sizes that are pushed or `kept` are taken where the array is bound, as it may be written over from there on.
        """
        pushed = self._pushes.get(id(block), ())
        wanted = {*pushed, *kept}
        body = self._lengths(block.params, wanted)
        for stmt in block.body:
            body += [*self._primal_stmt(stmt), *self._lengths(outs(stmt), wanted)]
        if pushed:
            body.append(Push(pushed))
        return Block(block.params, tuple(body), block.results)

    def _primal_stmt(self, stmt: Stmt) -> tuple[Stmt, ...]:
        match stmt:
            case If():
                then, orelse = self.primal(stmt.then), self.primal(stmt.orelse)
                return (If(stmt.outs, stmt.cond, then, orelse, stmt.span),)
            case For() | While() if id(stmt) in self._plans:
                from dlang.passes import tile

                return tuple(tile.forward_loop(stmt, self._plans[id(stmt)]))
            case For():
                body = self.primal(stmt.body)
                ends = stmt.start, stmt.stop, stmt.step
                return (For(stmt.outs, *ends, stmt.inits, body, stmt.reverse, stmt.span),)
            case While():
                return (self._counted(stmt),)
            case Call() if id(stmt) in self._forwards:
                return (Call(stmt.outs, self._forwards[id(stmt)], stmt.args, stmt.span),)
            case _:
                return (stmt,)

    def _counted(self, stmt: While) -> While:
        body = self.primal(stmt.body)
        if id(stmt) not in self._counts:
            return While(stmt.outs, stmt.inits, stmt.cond, body, stmt.span)
        seen, tested, following = Var(INT, "passes"), Var(INT, "passes"), Var(INT, "passes")
        count = Apply((following,), TABLE["add"], (seen, Literal(1)))
        counted = Block((*body.params, seen), (*body.body, count), (*body.results, following))
        cond = Block((*stmt.cond.params, tested), stmt.cond.body, stmt.cond.results)
        outs = (*stmt.outs, self._counts[id(stmt)])
        return While(outs, (*stmt.inits, Literal(0)), cond, counted, stmt.span)


def _backwards(stmt: For | While) -> bool:
    return isinstance(stmt, For) and stmt.reverse

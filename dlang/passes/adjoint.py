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

Source: store-all adjoints of structured programs, Griewank & Walther 2008, chapters 4 and 6; the split reversal of
calls, section 12.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dlang.diagnostics.core import InternalError
from dlang.ir.builder import Builder, Ref
from dlang.ir.nodes import (
    Apply,
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Literal,
    Module,
    Pop,
    Push,
    Stmt,
    Var,
    While,
)
from dlang.ir.walk import bound_vars, free_vars, substitute
from dlang.passes.activity import active_vars, check_rules, influences
from dlang.primitives import rules
from dlang.primitives.table import TABLE
from dlang.records import field, record
from dlang.types import INT

__all__ = ["adjoint"]

Cotangents = dict[Var, Ref]
"""Cotangent of each active Var met so far; a Var without one has cotangent zero."""


def adjoint(module: Module, name: str, wrt: Sequence[int], *, seeded: bool = False) -> tuple[Module, str]:
    """The functions with one more, which yields `name`'s results and then the cotangents of params `wrt`.

    Args:
        module: the functions; not changed.
        name: the one to differentiate.
        wrt: indices of its params, all Real.
        seeded: the new function takes, after `name`'s params, a cotangent for every Real result; otherwise the
            first result, a Real scalar, has cotangent 1 and the others 0.

    Returns:
        The enlarged module and the new function's name.
    """
    maker = _Maker(dict(module))
    made = f"{name}.adjoint"
    source = module[name].block
    wrt_vars = [source.params[i] for i in wrt]
    active = active_vars(source, wrt_vars)
    reverse = _Reverse(maker, active)
    seeds = [Var(r.type, "ct") for r in source.results if r.type.is_real] if seeded else []
    cotangents: Cotangents = {}
    build = reverse.build
    given = iter(seeds)
    for position, result in enumerate(source.results):
        if seeded and result.type.is_real:
            reverse.add(cotangents, result, build.ref(next(given)))
        elif not seeded and position == 0:
            reverse.add(cotangents, result, build.ref(1.0))
    reverse.statements(source.body, cotangents)
    gradients = [reverse.get(cotangents, v) for v in wrt_vars]
    backward = build.finish((), gradients)
    block = Block(
        (*source.params, *seeds),
        (*reverse.primal(source).body, *backward.body),
        (*source.results, *backward.results),
    )
    maker.module[made] = Function(made, block, module[name].span)
    return maker.module, made


@record(frozen=False)
class _Maker:
    """The module under construction, and which callees have been split into a forward and a backward half."""

    module: dict[str, Function]
    _split: dict[tuple[str, tuple[int, ...]], tuple[str, str]] = field(default_factory=dict)

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
        backward = reverse.popped(block, reverse.build.finish((*seeds, *so_far), results))
        span = self.module[callee].span
        self.module[names[0]] = Function(names[0], reverse.primal(block), span)
        self.module[names[1]] = Function(names[1], backward, span)
        return names


def real_results(block: Block) -> list[Atom]:
    """The results that can have a cotangent."""
    return [r for r in block.results if r.type.is_real]


class _Reverse:
    """Reverses one function; what the primal must do for it (push, count, call the forward half) is noted."""

    def __init__(self, maker: _Maker, active: set[Var]) -> None:
        self.build = Builder()
        self._maker = maker
        self._active = active
        self._pushes: dict[int, tuple[Var, ...]] = {}
        self._counts: dict[int, Var] = {}
        self._forwards: dict[int, str] = {}

    # ---- cotangents

    def add(self, cotangents: Cotangents, target: Atom, ct: Ref) -> None:
        """Add a cotangent to what a name has; names that are not active have none."""
        if isinstance(target, Var) and target in self._active:
            seen = cotangents.get(target)
            cotangents[target] = ct if seen is None else TABLE["add"](seen, ct)

    def get(self, cotangents: Cotangents, var: Var) -> Ref:
        """The cotangent of a name, a zero of its shape if it has none."""
        return cotangents[var] if var in cotangents else self.zero(var)

    def zero(self, var: Var) -> Ref:
        if var.type.is_scalar:
            return self.build.ref(0.0)
        if var.type.is_static:
            return self.build.ref(self.build.apply(TABLE["zeros"], (), {"shape": var.type.shape}))
        return self.build.ref(TABLE["zeros_like"](self.build.ref(var)))

    # ---- statements, last first

    def statements(self, body: Sequence[Stmt], cotangents: Cotangents) -> None:
        for stmt in reversed(body):
            match stmt:
                case Apply():
                    self.build.span = stmt.span
                    self._apply(stmt, cotangents)
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
            branches.append(self.popped(branch, Block((), tuple(body), results)))
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
            self.statements(body.body, inner)
            results = [self.get(inner, carried[k]).atom for k in through]
            results += [self.get(inner, v).atom for v in threaded]
        reverse = Block((index, *cts, *sums), tuple(statements), tuple(results))
        if isinstance(stmt, For):
            reverse = substitute(reverse, {body.params[0]: index})
            bounds: tuple[Atom, Atom, Atom] = (stmt.start, stmt.stop, stmt.step)
        else:
            count = self._counts.setdefault(id(stmt), Var(INT, "passes"))
            bounds = (Literal(0), count, Literal(1))
        reverse = self.popped(body, reverse)
        outs = tuple(Var(p.type, "ct") for p in reverse.params[1:])
        loop = For(outs, *bounds, tuple(i.atom for i in inits), reverse, not _backwards(stmt), stmt.span)
        self.build.emit(loop)
        refs = list(map(self.build.ref, outs))
        for var, ref in zip(threaded, refs[len(through) :], strict=True):
            cotangents[var] = ref
        for k, ref in zip(through, refs, strict=False):
            self.add(cotangents, stmt.inits[k], ref)

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
        forward, backward = self._maker.split(stmt.callee, mask)
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

    # ---- the tape

    def popped(self, primal: Block, reverse: Block) -> Block:
        """The reverse of a nested block, reading from the tape what the primal bound; the primal is to push it."""
        bound = bound_vars(primal)
        bound.update(self._counts[id(s)] for s in primal.body if id(s) in self._counts)
        saved = tuple(v for v in free_vars(reverse) if v in bound)
        if not saved:
            return reverse
        self._pushes[id(primal)] = saved
        fresh = tuple(Var(v.type, v.hint) for v in saved)
        inside = substitute(reverse, dict(zip(saved, fresh, strict=True)))
        return Block(inside.params, (Pop(fresh), *inside.body), inside.results)

    def primal(self, block: Block) -> Block:
        """The primal block with its pushes, its counters of passes, and calls of forward halves."""
        body = [new for stmt in block.body for new in self._primal_stmt(stmt)]
        if id(block) in self._pushes:
            body.append(Push(self._pushes[id(block)]))
        return Block(block.params, tuple(body), block.results)

    def _primal_stmt(self, stmt: Stmt) -> tuple[Stmt, ...]:
        match stmt:
            case If():
                then, orelse = self.primal(stmt.then), self.primal(stmt.orelse)
                return (If(stmt.outs, stmt.cond, then, orelse, stmt.span),)
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

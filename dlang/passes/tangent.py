"""Forward mode, IR to IR: a function that also computes tangents.

    fn f(x) {                 fn f.tangent(x, dx) {
      %1 = mul x x              %1 = mul x x      %2 = strong_mul dx x …
      yield %1          =>      yield %1, %4
    }                         }

Each statement is followed by its tangent; loops carry tangents beside their values, branches and calls yield them.
What comes out has no tape, so that reverse mode can be applied to it: that is how Hessians are made.

An adjoint that is called is not written out for it; the tangent of an adjoint is an adjoint of the tangent,

    (f(x), ct J(x)) along (dx, dct)   =>   (J dx, the cotangents in x of  dct f(x) + ct J(x) dx)

so reverse mode comes last, however derivatives nest.

Source: Griewank & Walther 2008, section 3.1 for forward mode, chapter 5 for second-order adjoints.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.ir.builder import Builder, Ref
from dlang.ir.derived import call_block, derived, derived_name, real_results
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
    Module,
    Ruled,
    Stmt,
    Tangent,
    Var,
    While,
)
from dlang.passes.activity import active_vars, check_rules
from dlang.primitives import rules
from dlang.primitives.table import TABLE
from dlang.records import field, record

__all__ = ["Tangents", "tangent"]


def tangent(module: Module, name: str, wrt: Sequence[int]) -> tuple[Module, str]:
    """The functions with one more, which takes `name`'s params and then tangents of those in `wrt`.

    It yields `name`'s results and then the tangent of every Real result.

    Returns:
        The enlarged module and the new function's name.
    """
    tangents = Tangents(dict(module))
    made = tangents.pushed(name, tuple(wrt))
    return tangents.module, made


@record(frozen=False)
class Tangents:
    """The module under construction, and which tangents have been written out in it."""

    module: dict[str, Function]
    _written: set[str] = field(default_factory=set)

    def pushed(self, name: str, mask: tuple[int, ...]) -> str:
        """The tangent of a function in some of its params; written out once."""
        made = derived_name(Tangent(name, mask))
        if made not in self._written:
            self._written.add(made)
            source = self.plain(name)
            self.module[made] = derived(self.module, Tangent(name, mask))  # its types, while it is being written
            block = source.block if source.definition is None else call_block(source)
            params = [block.params[i] for i in mask]
            seeds = [Var(p.type, f"d{p.hint}" if p.hint else "") for p in params]
            forward = _Forward(self, active_vars(block, params))
            for param, seed in zip(params, seeds, strict=True):
                forward.tangents[param] = forward.build.ref(seed)
            forward.statements(block.body)
            tangents = [forward.get(r) for r in real_results(block)]
            out = forward.build.finish((*block.params, *seeds), (*block.results, *tangents))
            self.module[made] = Function(made, out, source.span)
        return made

    def plain(self, name: str) -> Function:
        """A function; if it is defined as a tangent, that is written out now."""
        definition = self.module[name].definition
        if isinstance(definition, Tangent):
            self.pushed(definition.of, definition.wrt)
        return self.module[name]

    def defined(self, definition: Definition) -> str:
        """The name of the function with a definition, which the module has from here on."""
        name = derived_name(definition)
        if name not in self.module:
            self.module[name] = derived(self.module, definition)
        return name


class _Forward:
    """Pushes tangents through one function; names that are missing from `tangents` have tangent zero."""

    def __init__(self, maker: Tangents, active: set[Var]) -> None:
        self.build = Builder()
        self.tangents: dict[Var, Ref] = {}
        self._maker = maker
        self._active = active

    def get(self, atom: Atom) -> Ref:
        """The tangent of an atom, a zero of its shape if it has none."""
        if isinstance(atom, Var) and atom in self.tangents:
            return self.tangents[atom]
        if atom.type.is_scalar:
            return self.build.ref(0.0)
        if atom.type.is_static:
            return self.build.ref(self.build.apply(TABLE["zeros"], (), {"shape": atom.type.shape}))
        return self.build.ref(TABLE["zeros_like"](self.build.ref(atom)))

    def statements(self, body: Sequence[Stmt]) -> None:
        for stmt in body:
            match stmt:
                case Apply():
                    self.build.emit(stmt)
                    self.build.span, self.build.of = stmt.span, stmt
                    self._apply(stmt)
                    self.build.of = None
                case If():
                    self._if(stmt)
                case For() | While():
                    self._loop(stmt)
                case Call():
                    self._call(stmt)
                case _:
                    self.build.emit(stmt)

    def _apply(self, stmt: Apply) -> None:
        if stmt.prim.discrete or not any(o in self._active for o in stmt.outs):
            return
        ref = self.build.ref
        tangents = [self.tangents.get(a) if isinstance(a, Var) else None for a in stmt.args]
        if all(t is None for t in tangents):
            return
        check_rules(stmt, [t is not None for t in tangents])
        outs = tuple(map(ref, stmt.outs))
        out = outs[0] if len(outs) == 1 else outs
        pushed = rules.jvp(stmt.prim, out, tuple(map(ref, stmt.args)), tuple(tangents), stmt.static)
        for var, t in zip(stmt.outs, pushed if len(outs) > 1 else (pushed,), strict=True):
            if t is not None:
                self.tangents[var] = ref(t)

    def _new(self, variables: Sequence[Var]) -> tuple[Var, ...]:
        """Names for the tangents of some variables; from here on they have them."""
        fresh = tuple(Var(v.type, f"d{v.hint}" if v.hint else "") for v in variables)
        self.tangents.update((v, self.build.ref(f)) for v, f in zip(variables, fresh, strict=True))
        return fresh

    def _if(self, stmt: If) -> None:
        moving = [k for k, out in enumerate(stmt.outs) if out in self._active]
        branches = []
        for branch in (stmt.then, stmt.orelse):
            with self.build.nested() as body:
                self.statements(branch.body)
                pushed = tuple(self.get(branch.results[k]).atom for k in moving)
            branches.append(Block((), tuple(body), (*branch.results, *pushed)))
        outs = self._new([stmt.outs[k] for k in moving])
        self.build.emit(If((*stmt.outs, *outs), stmt.cond, branches[0], branches[1], stmt.span))

    def _loop(self, stmt: For | While) -> None:
        carried = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
        moving = [k for k, param in enumerate(carried) if param in self._active]
        inits = tuple(self.get(stmt.inits[k]).atom for k in moving)
        params = self._new([carried[k] for k in moving])
        with self.build.nested() as body:
            self.statements(stmt.body.body)
            pushed = tuple(self.get(stmt.body.results[k]).atom for k in moving)
        inside = Block((*stmt.body.params, *params), tuple(body), (*stmt.body.results, *pushed))
        outs = (*stmt.outs, *self._new([stmt.outs[k] for k in moving]))
        if isinstance(stmt, For):
            ends = stmt.start, stmt.stop, stmt.step
            loop: Stmt = For(outs, *ends, (*stmt.inits, *inits), inside, stmt.reverse, stmt.span)
        else:
            unread = tuple(Var(p.type) for p in params)
            cond = Block((*stmt.cond.params, *unread), stmt.cond.body, stmt.cond.results)
            loop = While(outs, (*stmt.inits, *inits), cond, inside, stmt.span)
        self.build.emit(loop)

    def _call(self, stmt: Call) -> None:
        mask = tuple(i for i, a in enumerate(stmt.args) if isinstance(a, Var) and a in self.tangents)
        real = [o for o in stmt.outs if o.type.is_real]
        if not mask or not real:
            self.build.emit(stmt)
            return
        maker, callee = self._maker, self._maker.plain(stmt.callee)
        if isinstance(callee.definition, Adjoint):
            self._adjoint_call(stmt, callee.definition)
            return
        if isinstance(callee.definition, Ruled):
            from dlang.passes.rules import jvp_rule  # loaded where a program has rules

            rule = jvp_rule(maker.module, callee.definition, stmt, mask)
            self.build.emit(stmt)
            seeds = tuple(self.get(stmt.args[i]).atom for i in rule.wrt)
            self.build.emit(Call(self._new(real), rule.name, (*stmt.args, *seeds), stmt.span))
            return
        if isinstance(callee.definition, Checkpoint):
            name = maker.defined(Checkpoint(maker.pushed(callee.definition.of, mask)))
        else:
            name = maker.pushed(stmt.callee, mask)
        seeds = tuple(self.get(stmt.args[i]).atom for i in mask)
        self.build.emit(Call((*stmt.outs, *self._new(real)), name, (*stmt.args, *seeds), stmt.span))

    def _adjoint_call(self, stmt: Call, definition: Adjoint) -> None:
        """A call of an adjoint, and of the adjoint of the tangent that has the tangents of its results."""
        self.build.emit(stmt)
        maker, of, wrt = self._maker, definition.of, definition.wrt
        source = maker.module[of].block
        count, results = len(source.params), len(source.results)
        primals, cts = stmt.args[:count], stmt.args[count:]
        moving = tuple(i for i, a in enumerate(primals) if isinstance(a, Var) and a in self.tangents)
        seeded = [
            (k, self.tangents[c].atom)
            for k, c in zip(definition.seeded, cts, strict=True)
            if isinstance(c, Var) and c in self.tangents
        ]
        real = [k for k, r in enumerate(source.results) if r.type.is_real]
        if moving:
            pushed = maker.pushed(of, moving)
            primals = (*primals, *(self.get(primals[i]).atom for i in moving))
            seeded += [(results + real.index(k), c) for k, c in zip(definition.seeded, cts, strict=True)]
            callee = maker.defined(Adjoint(pushed, wrt, tuple(k for k, _ in seeded)))
        else:
            callee = maker.defined(Adjoint(of, wrt, tuple(k for k, _ in seeded)))
        outs = tuple(Var(r.type) for r in maker.module[callee].block.results)
        self.build.emit(Call(outs, callee, (*primals, *(c for _, c in seeded)), stmt.span))
        tangents = dict(zip(stmt.outs[results:], outs[len(outs) - len(wrt) :], strict=True))
        if moving:
            tangents.update(zip((stmt.outs[k] for k in real), outs[results:], strict=False))
        self.tangents.update((var, self.build.ref(t)) for var, t in tangents.items())

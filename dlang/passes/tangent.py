"""Forward mode, IR to IR: a function that also computes tangents.

    fn f(x) {                 fn f.tangent(x, dx) {
      %1 = mul x x              %1 = mul x x      %2 = strong_mul dx x …
      yield %1          =>      yield %1, %4
    }                         }

Each statement is followed by its tangent; loops carry tangents beside their values, branches and calls yield them.
What comes out has no tape, so that reverse mode can be applied to it: that is how Hessians are made.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.ir.builder import Builder, Ref
from dlang.ir.nodes import Apply, Atom, Block, Call, For, Function, If, Module, Stmt, Var, While
from dlang.passes.activity import active_vars, check_rules
from dlang.primitives import rules
from dlang.primitives.table import TABLE
from dlang.records import field, record

__all__ = ["tangent"]


def tangent(module: Module, name: str, wrt: Sequence[int]) -> tuple[Module, str]:
    """The functions with one more, which takes `name`'s params and then tangents of those in `wrt`.

    It yields `name`'s results and then the tangent of every Real result.

    Returns:
        The enlarged module and the new function's name.
    """
    maker = _Maker(dict(module))
    made = maker.pushed(name, tuple(wrt))
    return maker.module, made


@record(frozen=False)
class _Maker:
    module: dict[str, Function]
    _made: dict[tuple[str, tuple[int, ...]], str] = field(default_factory=dict)

    def pushed(self, name: str, mask: tuple[int, ...]) -> str:
        """The tangent of a function in some of its params; made once."""
        if (name, mask) not in self._made:
            made = f"{name}.tangent_{'_'.join(map(str, mask))}"
            self._made[name, mask] = made
            block = self.module[name].block
            params = [block.params[i] for i in mask]
            seeds = [Var(p.type, f"d{p.hint}" if p.hint else "") for p in params]
            forward = _Forward(self, active_vars(block, params))
            for param, seed in zip(params, seeds, strict=True):
                forward.tangents[param] = forward.build.ref(seed)
            forward.statements(block.body)
            tangents = [forward.get(r) for r in block.results if r.type.is_real]
            out = forward.build.finish((*block.params, *seeds), (*block.results, *tangents))
            self.module[made] = Function(made, out, self.module[name].span)
        return self._made[name, mask]


class _Forward:
    """Pushes tangents through one function; names that are missing from `tangents` have tangent zero."""

    def __init__(self, maker: _Maker, active: set[Var]) -> None:
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
                    self.build.span = stmt.span
                    self.build.emit(stmt)
                    self._apply(stmt)
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
        seeds = tuple(self.get(stmt.args[i]).atom for i in mask)
        outs = (*stmt.outs, *self._new(real))
        self.build.emit(Call(outs, self._maker.pushed(stmt.callee, mask), (*stmt.args, *seeds), stmt.span))

"""Write out the functions that are defined as derivatives.

    fn f.tangent_0(x, dx) = tangent of f in 0            fn f.tangent_0(x, dx) { … }
    fn f.adjoint_0(x, ct) = adjoint of f in 0    =>      fn f.adjoint_0(x, ct) { … }

Tangents are written out first, as they can be differentiated again. Adjoints, which cannot, stay definitions through
everything that differentiates, and are written out at the end.
"""

from __future__ import annotations

from dlang.ir.nodes import Adjoint, Block, Call, Checkpoint, Function, Module, Ruled, Stmt, Tangent, Var
from dlang.ir.walk import with_inner
from dlang.passes.adjoint import Adjoints
from dlang.passes.dead_code import callees
from dlang.passes.policy import KEEP_ALL, Policy
from dlang.passes.tangent import Tangents

__all__ = ["with_tangents", "written_out"]


def with_tangents(module: Module) -> Module:
    """The module with every tangent written out, and those that they call."""
    names = [name for name, fn in module.items() if isinstance(fn.definition, Tangent)]
    if not names:
        return module
    tangents = Tangents(dict(module))
    for name in names:
        tangents.plain(name)
    return tangents.module


def written_out(module: Module, name: str, *, rules_apart: bool = False, policy: Policy = KEEP_ALL) -> Module:
    """What the function `name` needs, with nothing left to be written out: no derivative can be taken after this.

    The adjoints keep of the primal what `policy` says.

    With `rules_apart` a function with derivatives that are given stays one of its own, which calls the function itself.
    """
    needed = _needed(module, name)
    if all(fn.definition is None for fn in needed.values()):
        return module
    maker = Adjoints(Tangents(dict(module)), policy)
    while True:
        needed = _needed({**maker.module, **maker.written}, name)
        waiting = [fn for fn in needed.values() if isinstance(fn.definition, (Tangent, Adjoint))]
        if not waiting:
            break
        for fn in waiting:
            if isinstance(fn.definition, Adjoint):
                maker.write(fn.definition.of, fn.definition.wrt, fn.definition.seeded, fn.name)
            else:
                maker.tangents.plain(fn.name)
    if rules_apart:
        ruled = {n: fn.definition.of for n, fn in needed.items() if isinstance(fn.definition, Ruled)}
        needed |= {n: Function(n, _forwarding(needed[n].block, of), needed[n].span) for n, of in ruled.items()}
    return {n: fn.with_block(_direct(fn.block, needed)) for n, fn in needed.items() if fn.definition is None}


def _needed(module: Module, name: str) -> dict[str, Function]:
    """A function and those it needs to run."""
    found: dict[str, Function] = {}
    todo = [name]
    while todo:
        function = module[todo.pop()]
        if function.name not in found:
            found[function.name] = function
            todo += callees(function.block)
            if isinstance(function.definition, (Checkpoint, Ruled)):
                todo.append(function.definition.of)
    return found


def _forwarding(block: Block, of: str) -> Block:
    """A block of the same params and results that calls a function on them."""
    outs = tuple(Var(r.type) for r in block.results)
    return Block(block.params, (Call(outs, of, block.params),), outs)


def _direct(block: Block, module: Module) -> Block:
    """The block with calls of what only differentiating treats apart made calls of the function itself."""

    def direct(stmt: Stmt) -> Stmt:
        if not isinstance(stmt, Call):
            return with_inner(stmt, lambda inner: _direct(inner, module))
        callee = stmt.callee
        while isinstance(definition := module[callee].definition, (Checkpoint, Ruled)):
            callee = definition.of
        return Call(stmt.outs, callee, stmt.args, stmt.span)

    return Block(block.params, tuple(map(direct, block.body)), block.results)

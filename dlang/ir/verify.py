"""Check the IR's invariants: names bound once and before they are read, types as the rules say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from dlang.diagnostics.core import InternalError
from dlang.ir.derived import derived, real_results, sources
from dlang.ir.nodes import (
    Apply,
    Assert,
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Module,
    Pop,
    Print,
    Push,
    Ruled,
    Stmt,
    Var,
    While,
)
from dlang.ir.printer import print_function
from dlang.ir.walk import bound_vars, operands, outs
from dlang.primitives.core import Mismatch
from dlang.types import BOOL, INT, Type

__all__ = ["verify"]


def verify(module: Module, *, after: str) -> None:
    """Raise InternalError, with the function printed, if any function breaks an invariant.

    Args:
        module: the functions, all of them.
        after: the pass that made them, for the message.
    """
    for fn in module.values():
        try:
            if fn.definition is None:
                _Checker(module).block(fn.block)
            else:
                _check_definition(module, fn)
        except _Broken as broken:
            raise InternalError(f"after pass '{after}': {broken}\n{print_function(fn)}") from None


class _Broken(Exception):  # noqa: N818  # never leaves this file
    pass


def _check_definition(module: Module, fn: Function) -> None:
    """What a definition names exists, and the types of params and results are those that follow from it."""
    definition = fn.definition
    lacking = [name for name in sources(fn) if name not in module]
    if definition is None or lacking:
        raise _Broken(f"defined by {lacking}, which the module lacks")
    wanted = derived(module, definition).block
    check = _Checker(module)
    check.fit(f"params of {fn.name}", [p.type for p in wanted.params], fn.block.params)
    check.fit(f"results of {fn.name}", [r.type for r in wanted.results], fn.block.results)
    if isinstance(definition, Ruled):
        of = module[definition.of].block
        params, real = [p.type for p in of.params], [r.type for r in real_results(of)]
        for rule, takes, gives in (
            (definition.jvp, lambda wrt: wrt, lambda _: real),
            (definition.vjp, lambda _: real, lambda wrt: wrt),
        ):
            if rule is not None:
                block, wrt = module[rule.name].block, [params[i] for i in rule.wrt]
                check.fit(f"params of {rule.name}", [*params, *takes(wrt)], block.params)
                check.fit(f"results of {rule.name}", gives(wrt), block.results)


class _Checker:
    """Walks one function; `_visible` are the names of the block it is in and of those around it."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._bound: set[Var] = set()
        self._visible: set[Var] = set()

    def block(self, block: Block) -> None:
        self.bind(block.params)
        for stmt in block.body:
            for atom in operands(stmt):
                self.read(atom)
            self.stmt(stmt)
            self.bind(outs(stmt))
        for atom in block.results:
            self.read(atom)
        self._visible -= bound_vars(block)

    def bind(self, variables: Iterable[Var]) -> None:
        for var in variables:
            if var in self._bound:
                raise _Broken(f"{var.hint or 'a name'}: {var.type} is bound twice")
            self._bound.add(var)
            self._visible.add(var)

    def read(self, atom: Atom) -> None:
        if isinstance(atom, Var) and atom not in self._visible:
            raise _Broken(f"{atom.hint or 'a name'}: {atom.type} is read before it is bound")

    def stmt(self, stmt: Stmt) -> None:
        match stmt:
            case Apply():
                found = stmt.prim.type_rule([a.type for a in stmt.args], stmt.static)
                if isinstance(found, Mismatch):
                    raise _Broken(f"{stmt.prim.name}: {found.title}")
                self.fit(stmt.prim.name, found, stmt.outs)
            case If():
                self.fit("the condition of an if", [BOOL], [stmt.cond])
                for branch in (stmt.then, stmt.orelse):
                    self.fit("a branch", [o.type for o in stmt.outs], branch.results)
                    self.block(branch)
            case For():
                self.fit("the range of a for", [INT] * 3, [stmt.start, stmt.stop, stmt.step])
                self.carried(stmt.body.params[1:], stmt.inits, stmt.body.results, stmt.outs)
                self.fit("the index of a for", [INT], stmt.body.params[:1])
                self.block(stmt.body)
            case While():
                self.carried(stmt.body.params, stmt.inits, stmt.body.results, stmt.outs)
                self.carried(stmt.cond.params, stmt.inits, stmt.inits, stmt.outs)
                self.fit("the condition of a while", [BOOL], stmt.cond.results)
                self.block(stmt.cond)
                self.block(stmt.body)
            case Call():
                if stmt.callee not in self._module:
                    raise _Broken(f"call of {stmt.callee}, which the module lacks")
                callee = self._module[stmt.callee].block
                self.fit(f"arguments of {stmt.callee}", [p.type for p in callee.params], stmt.args)
                self.fit(f"results of {stmt.callee}", [o.type for o in stmt.outs], callee.results)
            case Assert() | Print() | Push() | Pop():
                pass
            case _:
                assert_never(stmt)

    def carried(
        self,
        params: tuple[Var, ...],
        inits: tuple[Atom, ...],
        results: tuple[Atom, ...],
        stmt_outs: tuple[Var, ...],
    ) -> None:
        types = [p.type for p in params]
        for what, atoms in (("inits", inits), ("results", results), ("outs", stmt_outs)):
            self.fit(f"{what} of a loop", types, atoms)

    def fit(self, what: str, wanted: Iterable[Type], found: Iterable[Atom]) -> None:
        wanted, have = list(wanted), [a.type for a in found]
        if len(wanted) != len(have) or not all(map(_agree, wanted, have)):
            raise _Broken(f"{what}: wanted {', '.join(map(str, wanted))}, found {', '.join(map(str, have))}")


def _agree(a: Type, b: Type) -> bool:
    """The same but for dimensions that only running knows."""
    if a.dtype is not b.dtype or a.rank != b.rank:
        return False
    return all(m == n or None in (m, n) for m, n in zip(a.shape, b.shape, strict=True))

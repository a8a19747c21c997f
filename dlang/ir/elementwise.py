"""Whether a function goes element by element in some of its params: element k of a result reads element k of them."""

from __future__ import annotations

from dlang.ir.nodes import (
    Adjoint,
    Apply,
    Atom,
    Block,
    Call,
    Checkpoint,
    For,
    If,
    Module,
    Rule,
    Ruled,
    Tangent,
    Var,
    While,
)
from dlang.records import field, record
from dlang.types import Shape

__all__ = ["elementwise_results"]


def elementwise_results(module: Module, name: str, param: int, shape: Shape) -> frozenset[int] | None:
    """Which results depend on a param, an array of the shape, each element on its own; None if elements mix.

    What cannot be seen from the statements, such as an array filled in a loop, counts as mixing.
    """
    try:
        return _Follower(module, shape).results(name, frozenset((param,)))
    except _Mixed:
        return None


class _Mixed(Exception):  # noqa: N818  # a way out: something depends on several elements
    pass


@record(frozen=False)
class _Follower:
    module: Module
    shape: Shape
    _known: dict[tuple[str, frozenset[int]], frozenset[int]] = field(default_factory=dict)

    def results(self, name: str, params: frozenset[int]) -> frozenset[int]:
        """Which results depend on some of the params."""
        key = (name, params)
        if key not in self._known:
            self._known[key] = frozenset()
            while True:
                found = self._once(name, params)
                if found == self._known[key]:
                    break
                self._known[key] = found
        return self._known[key]

    def _once(self, name: str, params: frozenset[int]) -> frozenset[int]:
        function = self.module[name]
        match function.definition:
            case Checkpoint(of):
                return self.results(of, params)
            case Ruled(of, jvp):
                if jvp is not None:
                    self._rule(of, jvp, params)
                return self.results(of, params)
            case Tangent(of, wrt):
                return self._tangent(of, wrt, params)
            case Adjoint():
                raise _Mixed
            case _:
                names = {p for i, p in enumerate(function.block.params) if i in params}
                self._block(function.block, names)
                results = function.block.results
                return frozenset(k for k, r in enumerate(results) if isinstance(r, Var) and r in names)

    def _rule(self, of: str, rule: Rule, params: frozenset[int]) -> None:
        count = len(self.module[of].block.params)
        self.results(rule.name, params | {count + k for k, i in enumerate(rule.wrt) if i in params})

    def _tangent(self, of: str, wrt: tuple[int, ...], params: frozenset[int]) -> frozenset[int]:
        """A tangent is a product, element by element, with a tangent of the same shape."""
        block = self.module[of].block
        count = len(block.params)
        moved = frozenset(i for k, i in enumerate(wrt) if count + k in params)
        found = self.results(of, frozenset(i for i in params if i < count) | moved)
        real = [k for k, r in enumerate(block.results) if r.type.is_real]
        return found | {len(block.results) + real.index(k) for k in found if k in real}

    def _block(self, block: Block, names: set[Var]) -> None:
        for stmt in block.body:
            match stmt:
                case Apply():
                    shapes = stmt.prim.reads_shape_only
                    if any(self._in(a, names) for i, a in enumerate(stmt.args) if i not in shapes):
                        if not stmt.prim.is_elementwise and stmt.prim.name != "select":
                            raise _Mixed
                        self._add(stmt.outs, names)
                case Call():
                    given = frozenset(i for i, a in enumerate(stmt.args) if self._in(a, names))
                    found = self.results(stmt.callee, given) if given else frozenset()
                    self._add([out for k, out in enumerate(stmt.outs) if k in found], names)
                case If():
                    if self._in(stmt.cond, names):
                        raise _Mixed
                    for way in (stmt.then, stmt.orelse):
                        self._block(way, names)
                        self._add([o for o, r in zip(stmt.outs, way.results, strict=True) if self._in(r, names)], names)
                case For() | While():
                    self._loop(stmt, names)
                case _:
                    pass

    def _loop(self, stmt: For | While, names: set[Var]) -> None:
        carried = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
        self._add([p for p, init in zip(carried, stmt.inits, strict=True) if self._in(init, names)], names)
        before = -1
        while before != len(names):
            before = len(names)
            if isinstance(stmt, While):
                self._add([t for t, p in zip(stmt.cond.params, carried, strict=True) if p in names], names)
                self._block(stmt.cond, names)
                if any(self._in(r, names) for r in stmt.cond.results):
                    raise _Mixed
            self._block(stmt.body, names)
            self._add([p for p, r in zip(carried, stmt.body.results, strict=True) if self._in(r, names)], names)
        self._add([out for out, p in zip(stmt.outs, carried, strict=True) if p in names], names)

    def _in(self, atom: Atom, names: set[Var]) -> bool:
        return isinstance(atom, Var) and atom in names

    def _add(self, variables: list[Var] | tuple[Var, ...], names: set[Var]) -> None:
        if any(v.type.shape != self.shape for v in variables):
            raise _Mixed
        names.update(variables)

"""Whether strong zeros may be left to ordinary products.

A product of cotangent and partial is exactly 0 where either is, also against infinity. An ordinary product differs
only in being NaN there, and as long as a NaN reaches the results wherever it goes, they tell: code with ordinary
products is run, and where a result is NaN the run is done again with strong ones. So the common run pays nothing.

That holds where what is made of such products goes only through primitives that hand a NaN on, and to which the sign of
a zero is all the same. Comparisons, rounding to Ints, divisors and the like are not of them; a choice (`select`, an
element that is written over) may drop one, but then drops the value that stood in its place as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from dlang.ir.nodes import Apply, Assert, Atom, Block, Call, For, Function, If, Pop, Print, Push, Stmt, Var, While
from dlang.ir.traits import statements
from dlang.ir.walk import with_inner
from dlang.primitives.table import TABLE
from dlang.records import field, record

__all__ = ["has_strong_products", "products_may_be_plain", "with_plain_products"]

_HANDS_ON = frozenset(
    (
        *("add", "sub", "mul", "div", "neg", "abs", "sign", "sqrt", "strong_mul", "complement", "stop_gradient"),
        *("exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid"),
        *("asin", "acos", "atan", "asinh", "acosh", "atanh", "erf", "erfc", "softplus", "sech_squared", "relu"),
        *("maximum", "minimum", "floor", "ceil", "round", "sum", "cumsum", "matmul", "outer", "convolve"),
        *("solve", "solve_triangular"),
        *("broadcast_to", "broadcast_like", "sum_to", "sum_to_like", "reshape", "reshape_like", "expand_dims"),
        *("squeeze", "transpose", "concat", "stack", "flip", "roll", "shift", "pad", "diag", "tril", "triu"),
        *("select", "get", "set", "add_at", "fill", "full"),
    )
)
"""Primitives of which a NaN in an operand that counts is a NaN in the result."""

_PLAIN = {
    "strong_mul": "mul",
    "strong_matmul": "matmul",
    "strong_convolve": "convolve",
    "strong_solve": "solve",
    "strong_solve_triangular": "solve_triangular",
}
"""Strong products, and the ordinary ones that differ from them in being NaN."""

_SHAPE_ONLY = frozenset(("zeros_like", "length"))


def products_may_be_plain(functions: Mapping[str, Function]) -> bool:
    """Whether every NaN that a strong zero would have prevented shows in the results of functions."""
    taint = _Taint(functions)
    return taint.spread()


def has_strong_products(functions: Mapping[str, Function]) -> bool:
    """Whether anything is a strong product."""
    return any(
        isinstance(stmt, Apply) and stmt.prim.name in _PLAIN
        for fn in functions.values()
        for stmt in statements(fn.block)
    )


def with_plain_products(functions: Mapping[str, Function]) -> dict[str, Function]:
    """The functions with ordinary products for strong ones."""
    return {name: fn.with_block(_plain_block(fn.block)) for name, fn in functions.items()}


def _plain_block(block: Block) -> Block:
    return Block(block.params, tuple(map(_plain_stmt, block.body)), block.results)


def _plain_stmt(stmt: Stmt) -> Stmt:
    if isinstance(stmt, Apply) and stmt.prim.name in _PLAIN:
        return Apply(stmt.outs, TABLE[_PLAIN[stmt.prim.name]], stmt.args, stmt.static, stmt.span, stmt.of)
    return with_inner(stmt, _plain_block)


@record(frozen=False, eq=False)
class _Taint:
    """What may hold such a NaN, followed until nothing is added."""

    functions: Mapping[str, Function]
    names: set[Var] = field(default_factory=set)
    on_tape: bool = False

    def spread(self) -> bool:
        before = (-1, False)
        while before != (len(self.names), self.on_tape):
            before = (len(self.names), self.on_tape)
            if not all(self._block(fn.block) for fn in self.functions.values()):
                return False
        return True

    def _holds(self, atom: Atom) -> bool:
        return isinstance(atom, Var) and atom in self.names

    def _hand(self, to: Var, source: Atom) -> None:
        if self._holds(source):
            self.names.add(to)

    def _block(self, block: Block) -> bool:
        return all(self._stmt(stmt) for stmt in block.body)

    def _stmt(self, stmt: Stmt) -> bool:
        match stmt:
            case Apply():
                return self._apply(stmt)
            case If():
                sound = self._block(stmt.then) and self._block(stmt.orelse)
                for out, a, b in zip(stmt.outs, stmt.then.results, stmt.orelse.results, strict=True):
                    self._hand(out, a)
                    self._hand(out, b)
                return sound and not self._holds(stmt.cond)
            case For() | While():
                return self._loop(stmt)
            case Call():
                self._call(stmt)
                return True
            case Push():
                self.on_tape = self.on_tape or any(map(self._holds, stmt.values))
                return True
            case Pop():
                self.names.update(out for out in stmt.outs if self.on_tape and out.type.is_real)
                return True
            case Assert():
                return not self._holds(stmt.cond)
            case Print():
                return True

    def _call(self, stmt: Call) -> None:
        callee = self.functions[stmt.callee].block
        for param, arg in zip(callee.params, stmt.args, strict=True):
            self._hand(param, arg)
        for out, result in zip(stmt.outs, callee.results, strict=True):
            self._hand(out, result)

    def _loop(self, stmt: For | While) -> bool:
        params = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
        for param, init, result, out in zip(params, stmt.inits, stmt.body.results, stmt.outs, strict=True):
            self._hand(param, init)
            self._hand(param, result)
            self._hand(out, param)
        if isinstance(stmt, While):
            for tested, param in zip(stmt.cond.params, params, strict=True):
                self._hand(tested, param)
            return self._block(stmt.cond) and self._block(stmt.body) and not self._holds(stmt.cond.results[0])
        return self._block(stmt.body)

    def _apply(self, stmt: Apply) -> bool:
        if stmt.prim.name in _PLAIN:
            self.names.update(stmt.outs)
            return True
        if not any(map(self._holds, stmt.args)) or stmt.prim.name in _SHAPE_ONLY:
            return True
        self.names.update(stmt.outs)
        if stmt.prim.name == "power_n":
            return bool(stmt.static["n"] > 0)
        if stmt.prim.name == "div" and self._holds(stmt.args[1]):
            return False  # the sign of a zero, in which the products differ too, is that of an infinity
        return stmt.prim.name in _HANDS_ON

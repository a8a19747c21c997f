"""Random expressions in dl and in Python with NumPy, side by side: the ground of `programs`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

__all__ = ["BOOL", "COUNT", "FREE", "INT", "MATRIX", "REAL", "REFERENCE", "VECTORS", "Function", "Kind", "Pair"]
__all__ += ["Scope", "Values", "both"]


class Kind(NamedTuple):
    """What a name holds: a Real, an Int, a Bool, a small Int to count down from, or an array of Reals."""

    word: str
    shape: tuple[int, ...] = ()


REAL, INT, BOOL, COUNT = Kind("real"), Kind("int"), Kind("bool"), Kind("count")
VECTORS = Kind("array", (3,)), Kind("array", (4,))
MATRIX = Kind("array", (2, 3))
FREE = Kind("free")
"""An array of one axis, whose size only running knows."""

LITERALS = ("0.5", "1.25", "-0.7", ".3", "2.", "1e-1", "0.85", "-1.1", "pi", "1", "2")
ODD = ("0.0137", "-0.2113", "0.3371", "-0.0571", "0.1913")
"""What comparisons and kinks are moved by, so that no value sits on one."""


class Pair(NamedTuple):
    """The same text in both languages."""

    dl: str
    python: str


def both(template: str, *parts: Pair) -> Pair:
    """A form that reads the same in both languages, but for the power's operator."""
    dl, python = (template.format(*texts) for texts in zip(*parts, strict=True)) if parts else (template, template)
    return Pair(dl, python.replace("^", "**"))


def choice(condition: Pair, then: Pair, orelse: Pair) -> Pair:
    """An `if` that is a value."""
    dl = f"(if {condition.dl} {{ {then.dl} }} else {{ {orelse.dl} }})"
    return Pair(dl, f"({then.python} if {condition.python} else {orelse.python})")


@dataclass(frozen=True)
class Function:
    """A function that may be called; the last parameter may have a default."""

    name: str
    names: tuple[str, ...]
    parameters: tuple[Kind, ...]
    results: tuple[Kind, ...]
    default: bool


@dataclass
class Scope:
    """What can be read here, what of it may be assigned, and by what jumps one may leave."""

    names: dict[str, Kind]
    assignable: set[str] = field(default_factory=set)
    functions: list[Function] = field(default_factory=list)
    results: tuple[Kind, ...] | None = None
    in_loop: bool = False

    def inner(self, *, in_loop: bool = False) -> Scope:
        """The scope of a block: what it binds is not bound behind it."""
        loop = self.in_loop or in_loop
        return Scope(dict(self.names), set(self.assignable), list(self.functions), self.results, loop)

    def of(self, *kinds: Kind) -> list[str]:
        """Names of these kinds."""
        return sorted(name for name, kind in self.names.items() if kind in kinds)


REFERENCE: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh", "log1p", "expm1", "hypot")},
    **{name: getattr(np, name) for name in ("sum", "mean", "prod", "var", "std", "cumsum", "where", "abs", "zeros")},
    **{name: getattr(np, name) for name in ("argmax", "argmin", "all", "any", "transpose", "pi")},
    "array": np.array,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "clamp": np.clip,
    "concat": lambda *arrays: np.concatenate(arrays),
    "copy": lambda x: np.array(x, dtype=float) if np.ndim(x) else x,
    "len": len,
    "logsumexp": lambda x: np.log(np.sum(np.exp(x))),
    "max": lambda *xs: np.max(xs[0]) if len(xs) == 1 else np.maximum(*xs),
    "min": lambda *xs: np.min(xs[0]) if len(xs) == 1 else np.minimum(*xs),
    "norm": np.linalg.norm,
    "sigmoid": lambda x: 1 / (1 + np.exp(-np.asarray(x))),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "true": True,
    "twice": lambda f, x: 0.5 * f(f(x)),
    "full": lambda shape, value: np.full(shape, float(value)),
}
"""dl's names in Python."""

SMOOTH = ("sin({})", "cos({})", "tanh({})", "atan({})", "asinh({})", "sigmoid({})", "softplus(sin({}))")
SMOOTH += (
    "exp(tanh({}))",
    "log(1.5 + ({})^2)",
    "sqrt(1.5 + ({})^2)",
    "log1p(({})^2)",
    "expm1(sin({}))",
    "-{}",
    "({})^2",
)
SMOOTH += ("({})^3", "(1.5 + ({})^2)^0.5", "(1.5 + ({})^2)^-1", "2^tanh({})", "clamp({}, -0.8013, 0.9071)", "({})^1")
TAME = ("sin({})", "tanh({})", "atan({})", "({}) / (1 + ({})^2)")
BINARY = ("{} + {}", "{} - {}", "{} * {}", "({}) * ({})", "({}) - ({})", "({}) / (1.5 + ({})^2)")
BINARY += ("max({}, ({}) + 0.0137)", "min({}, ({}) - 0.2113)", "(1.2 + ({})^2)^tanh({})", "hypot({}, 1.1 + ({})^2)")
REDUCED = ("sum({})", "mean({})", "prod({})", "logsumexp(tanh({}))", "var({})", "(({}) @ ({}))", "cumsum({})[-1]")
DISTINCT = {3: "t", 4: "u"}
"""Arrays without ties, for reductions that have kinks."""


class Values:
    """Draws expressions. `depth` bounds how deep they nest."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw
        self._count = 0
        self._conditions = 0

    # ---- drawing

    def below(self, n: int) -> int:
        """A number from 0 to n - 1; Hypothesis shrinks it to 0."""
        return int(self._draw(st.integers(0, n - 1)))

    def pick(self, items: Sequence[Any]) -> Any:
        """One of them; shrinks to the first."""
        return items[self.below(len(items))]

    def chance(self, one_in: int) -> bool:
        """True once in a while; shrinks to False."""
        return self.below(one_in) == one_in - 1

    def fresh(self, word: str = "v") -> str:
        """A new name."""
        self._count += 1
        return f"{word}{self._count}"

    # ---- values of every kind

    def value(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        """An expression of a kind."""
        if kind == REAL:
            return self.real(scope, depth)
        if kind == INT:
            return both("({}) % 11", self.int(scope, depth))
        if kind == COUNT:
            return self.index(scope, 4)
        return self.condition(scope, depth) if kind == BOOL else self.array(scope, kind, depth)

    def tame(self, scope: Scope, kind: Kind) -> Pair:
        """An expression of a kind whose size does not depend on what it is made of."""
        if kind not in (REAL, *VECTORS, MATRIX):
            return both("({}) % 7", self.int(scope, 2)) if kind == INT else self.value(scope, kind, 2)
        value, form = self.value(scope, kind, 2), self.pick(TAME)
        return both(form, *[value] * form.count("{}"))

    def real(self, scope: Scope, depth: int) -> Pair:
        """A Real, or an Int where a Real is as good."""
        if not depth:
            return self._real_atom(scope)
        forms = [self._real_atom, self._real_smooth, self._real_binary, self._reduced, self._kinked, self._chosen]
        forms += [self._called] * bool(scope.functions) + [self._block] * (not self._conditions) + [self._mapped]
        form = self.pick(forms)
        return form(scope) if form == self._real_atom else form(scope, depth - 1)

    def _real_atom(self, scope: Scope) -> Pair:
        source = self.below(6)
        if source == 4:
            array = self.pick(scope.of(*VECTORS))
            return both(f"{array}[{{}}]", self.index(scope, scope.names[array].shape[0]))
        if source == 5:
            matrices = scope.of(MATRIX)
            if matrices:
                form = self.pick(("[{}, {}]", "[{}][{}]"))
                return both(self.pick(matrices) + form, self.index(scope, 2), self.index(scope, 3))
        if source == 3:
            return both(self.pick(LITERALS))
        return both(self.pick(scope.of(REAL) if source else scope.of(REAL, INT)))

    def _real_smooth(self, scope: Scope, depth: int) -> Pair:
        form = self.pick(SMOOTH)
        return both(form, *[self.real(scope, depth)] * form.count("{}"))

    def _real_binary(self, scope: Scope, depth: int) -> Pair:
        return both(self.pick(BINARY), self.real(scope, depth), self.real(scope, depth))

    def _chosen(self, scope: Scope, depth: int) -> Pair:
        form = choice if self.chance(2) else lambda *parts: both("where({}, {}, {})", *parts)
        return form(self.condition(scope, depth), self.real(scope, depth), self.real(scope, depth))

    def _kinked(self, scope: Scope, depth: int) -> Pair:
        if self.chance(2):
            return both("abs(({}) + {})", self.real(scope, depth), both(self.pick(ODD)))
        kind = self.pick(VECTORS)
        form = self.pick(("max({})", "min({})", "norm({})", "std({})", "max(abs({}))"))
        return both(form, both(f"({{}}) * 0.1 + {DISTINCT[kind.shape[0]]}", self.array(scope, kind, depth)))

    def _reduced(self, scope: Scope, depth: int) -> Pair:
        free = scope.of(FREE)
        if free and self.chance(2):
            name = self.pick(free)
            return both(
                self.pick(("sum({})", "sum(sin({}))", "sum({} * {})", "({} @ {}) / (1 + len({}))")).replace("{}", name)
            )
        kind = self.pick((*VECTORS, MATRIX))
        array = self.array(scope, kind, depth)
        if kind == MATRIX:
            forms = ("sum({})", "mean({})", "sum(({}) @ t)", "sum({}, axis=1)[1]", "mean({}, axis=0)[-1]")
            return both(self.pick(forms), array)
        form = self.pick(REDUCED)
        return both(form, *[array] * form.count("{}"))

    def _block(self, scope: Scope, depth: int) -> Pair:
        """A block that binds a name on its way."""
        name, first = self.fresh("b"), self.real(scope, depth)
        inner = scope.inner()
        inner.names[name] = REAL
        value = self.real(inner, depth)
        return Pair(f"{{ {name} = {first.dl}; {value.dl} }}", f"[{name} := {first.python}, {value.python}][-1]")

    def _mapped(self, scope: Scope, depth: int) -> Pair:
        """A function without a name, handed to one that calls it twice; what it captures is never assigned again."""
        name, value = self.fresh("z"), self.real(scope, 0)
        inner = Scope(
            {n: k for n, k in scope.names.items() if n not in scope.assignable and n[0] not in "bk"},
            functions=scope.functions,
        )
        inner.names[name] = REAL
        body = self.real(inner, depth)
        return Pair(
            f"twice(fn({name}) = {body.dl}, {value.dl})", f"twice(lambda {name}: {body.python}, {value.python})"
        )

    def _called(self, scope: Scope, depth: int) -> Pair:
        known = [f for f in scope.functions if f.results[0].word in ("real", "int") and len(f.results) == 1]
        return self.call(scope, self.pick(known), depth) if known else self._real_atom(scope)

    def call(self, scope: Scope, function: Function, depth: int) -> Pair:
        """A call, with its last argument left out, by name or by place."""
        given = [self.value(scope, kind, min(depth, 1)) for kind in function.parameters]
        last = self.below(3)
        if function.default and last == 1:
            given.pop()
        elif last == 2:
            given[-1] = both(f"{function.names[-1]}={{}}", given[-1])
        return both(f"{function.name}({', '.join('{}' for _ in given)})", *given)

    # ---- arrays

    def array(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        """An array of Reals of a known shape."""
        names = scope.of(kind)
        if names and (not depth or self.chance(3)):
            return both(self.pick(names))
        if not depth:
            return self._filled(scope, kind)
        forms = (self._elementwise, self._array_binary, self._filled, self._array_chosen, self._rearranged)
        callable_ = [f for f in scope.functions if f.results == (kind,)]
        if callable_ and self.chance(3):
            return self.call(scope, self.pick(callable_), depth - 1)
        form = self.pick(forms)
        return form(scope, kind) if form == self._filled else form(scope, kind, depth - 1)

    def _filled(self, scope: Scope, kind: Kind) -> Pair:
        if kind == MATRIX:
            if self.chance(2):
                return Pair("zeros(2, 3)", "zeros((2, 3))")
            rows = self.array(scope, VECTORS[0], 0), self.array(scope, VECTORS[0], 0)
            return Pair(f"[{rows[0].dl}, {rows[1].dl}]", f"array([{rows[0].python}, {rows[1].python}])")
        if self.chance(3):
            return both(f"zeros({kind.shape[0]})")
        items = [self._real_atom(scope) for _ in range(kind.shape[0])]
        dl, python = (", ".join(texts) for texts in zip(*items, strict=True))
        return Pair(f"[{dl}]", f"array([{python}])")

    def _elementwise(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        form = self.pick(SMOOTH)
        return both(form, *[self.array(scope, kind, depth)] * form.count("{}"))

    def _array_binary(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        other = Kind("array", kind.shape[1:]) if kind == MATRIX else REAL
        second = self.value(scope, self.pick((kind, REAL, other)), depth)
        parts = self.array(scope, kind, depth), second
        return both(self.pick(BINARY), *(parts if self.chance(2) else parts[::-1]))

    def _array_chosen(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        a, b = self.array(scope, kind, depth), self.array(scope, kind, depth)
        if self.chance(2):
            return choice(self.condition(scope, depth), a, b)
        return both("where({} > ({}) + 0.0137, {}, {})", a, self.real(scope, depth), a, b)

    def _rearranged(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        """Parts of arrays, put together otherwise."""
        if kind == MATRIX:
            forms = (
                "transpose(transpose({}))",
                "({})[::-1]",
                "({})[:, ::-1]",
                "({}) - mean({}, axis=1, keepdims=true)",
            )
            form = self.pick(forms)
            return both(form, *[self.array(scope, kind, depth)] * form.count("{}"))
        same, three, four = (self.array(scope, k, depth) for k in (kind, *VECTORS))
        forms = [both("({})[::-1]", same), both("cumsum({})", same)]
        if kind == VECTORS[0]:
            matrix = self.array(scope, MATRIX, depth)
            forms += [both("({})[1:]", four), both("({})[:-1]", four), both("concat(({})[:1], ({})[2:])", three, four)]
            forms += [both("({})[{}]", matrix, self.index(scope, 2)), both("sum({}, axis=0)", matrix)]
            forms += [both("({})[[2, 0, 1]]", same)]
        else:
            forms += [both("concat({}, ({})[{}:])", three, four, both("3")), both("({})[[3, 1, 1, 0]]", same)]
        return self.pick(forms)

    # ---- Ints and Bools

    def int(self, scope: Scope, depth: int) -> Pair:
        """An Int."""
        names = scope.of(INT)
        source = self.below(9) if depth else self.below(2)
        if source == 0 or (source == 1 and not names):
            return both(str(self.below(5)))
        if source == 1:
            return both(self.pick(names))
        a, b = self.int(scope, depth - 1), self.int(scope, depth - 1)
        if source == 8:
            array = self.pick(scope.of(*VECTORS))
            distinct = DISTINCT[scope.names[array].shape[0]]
            return both(f"argmax({array} * 0.1 + {distinct})") if self.chance(2) else both(f"len({array})")
        if source == 7:
            return choice(self.condition(scope, depth - 1), a, b)
        forms = ("({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) // (1 + ({}) % 3)", "max({}, {})")
        return both(forms[source - 2], a, b)

    def index(self, scope: Scope, size: int) -> Pair:
        """An Int that is an index into an axis of that size."""
        if self.chance(2):
            return both(f"({{}}) % {size}", self.int(scope, 1))
        return both(str(self.below(2 * size) - size if self.chance(3) else self.below(size)))

    def condition(self, scope: Scope, depth: int) -> Pair:
        """One Bool, without assignments in it: the operands of `and` may be skipped."""
        self._conditions += 1
        out = self._condition(scope, depth)
        self._conditions -= 1
        return out

    def _condition(self, scope: Scope, depth: int) -> Pair:
        names, source = scope.of(BOOL), self.below(7)
        if source == 1 and names:
            return both(self.pick(names))
        if source == 2:
            return both("{} " + self.pick(("<", ">=", "==", "!=")) + " {}", self.int(scope, 1), self.int(scope, 1))
        if source > 2 and depth:
            a = self.condition(scope, depth - 1)
            if source == 3:
                return both("not {}", both("({})", a))
            if source < 6:
                return both("({}) " + ("and" if source == 4 else "or") + " ({})", a, self.condition(scope, depth - 1))
            array = self.array(scope, VECTORS[0], depth - 1)
            return both(self.pick(("any", "all")) + "({} > ({}) + 0.0571)", array, self.real(scope, 0))
        values = [self.real(scope, min(depth, 1)) for _ in range(3)]
        if self.chance(4):
            return both("{} < ({}) + 0.0137 < ({}) + 1.0091", *values)
        return both("{} " + self.pick(("<", ">", "<=", ">=")) + " ({}) + {}", *values[:2], both(self.pick(ODD)))

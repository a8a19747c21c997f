"""Random well-typed dl programs, each with the same program in Python and NumPy.

`programs()` is a Hypothesis strategy of `Program`. The two texts are written side by side, a statement at a time;
Python's is the reference: it copies where dl's values are copied, and NumPy does the arithmetic.

Every value is finite, and the objective is smooth at almost every point: what is assigned goes through a tame
function, divisors keep away from 0, and conditions compare with odd constants so that ties do not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from program_compounds import CLOSURE, COMPOUNDS, PAIR, RECORD, Compounds
from program_compounds import TRACES as COMPOUND_TRACES
from program_values import (
    BOOL,
    COUNT,
    FREE,
    INT,
    MATRIX,
    REAL,
    REFERENCE,
    VECTORS,
    Function,
    Kind,
    Pair,
    Scope,
    both,
)

__all__ = ["DATA", "PARAMETERS", "Program", "programs"]

PARAMETERS: dict[str, Any] = {"p": 0.7, "q": -0.4, "w": np.array([0.3, -0.8, 0.5])}
DATA: dict[str, Any] = {"u": np.array([0.91, -0.23, 0.47, 1.19]), "y": np.array([0.21, -0.43, 0.83])}
"""From outside: inputs of the IR, where `t` is a constant of the text."""

HEAD = """\
param p = 0.7
param q = -0.4
param w = [0.3, -0.8, 0.5]
data t = [0.13, 0.71, -0.37]
data u = [0.0]
data y = [0.0]
fn twice(f, x) = 0.5 * f(f(x))
"""
RESULTS = ((REAL,), (REAL,), (VECTORS[0],), (VECTORS[1],), (REAL, REAL), (INT,), (PAIR,), (RECORD,), (CLOSURE,))
TRACES = {REAL: "0.2 * sin({})", INT: "0.1 * sin({} * p)", BOOL: "where({}, 0.3, 0.5) * q", FREE: "sum(cumsum({}))"}
TRACES |= {MATRIX: "sin({} @ t) @ sin({}[:, 1])", **dict.fromkeys(VECTORS, "0.1 * sum(sin(cumsum({})))")}
TRACES |= COMPOUND_TRACES
"""By kind, a Real that depends on every element."""


@dataclass(frozen=True)
class Program:
    """A program: its dl text, and the text of a Python function `objective(p, q, w, t, u, y)`."""

    dl: str
    python: str

    def objective(self) -> Callable[..., float]:
        """The reference, as a function of the parameters."""
        space: dict[str, Any] = dict(REFERENCE)
        exec(self.python, space)
        t = np.array([0.13, 0.71, -0.37])
        return lambda p, q, w: float(space["objective"](p, q, np.array(w), t, **DATA))

    def __repr__(self) -> str:
        return f"\n{self.dl}\n# ---- in Python\n{self.python}"


@st.composite
def programs(draw: Callable[..., Any]) -> Program:
    """Programs over PARAMETERS and DATA that end in a term or two."""
    return _Writer(draw).program()


class _Writer(Compounds):
    """Draws statements and writes them in both languages."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        super().__init__(draw)
        self.dl: list[str] = []
        self.python: list[str] = []
        self.depth = 0
        self.budget = 0

    def program(self) -> Program:
        """A whole program."""
        scope = Scope({"p": REAL, "q": REAL, "w": VECTORS[0], "t": VECTORS[0], "u": VECTORS[1]})
        for rounds, what in ((3, self.statement), (4, self.function), (5, self.statement)):
            self.budget = 8
            for _ in range(self.below(rounds)):
                what(scope)
        term = both("sin({}) + {}", self.real(scope, 2), self.trace(scope, sorted(scope.names)))
        self.line(f"minimize {term.dl}", f"total = {term.python}")
        if self.chance(2):
            fitted = self.array(scope, VECTORS[0], 2)
            self.line(f"y ~ {fitted.dl}", f"total = total + sum((y - ({fitted.python})) ** 2)")
        python = ["def objective(p, q, w, t, u, y):", *self.python, "  return total"]
        return Program(HEAD + "\n".join(self.dl) + "\n", "\n".join(python) + "\n")

    # ---- writing

    def line(self, dl: str, python: str) -> None:
        """A line of each language."""
        self.dl.append("  " * self.depth + dl)
        self.python.append("  " * (self.depth + 1) + python)

    @contextmanager
    def block(self, dl: str, python: str, *, joins: bool = False) -> Iterator[None]:
        """`dl { … }` beside `python: …`; with `joins` it begins where the last block ends, as `else` does."""
        if joins:
            dl = self.dl.pop().strip() + " " + dl
        self.line(f"{dl} {{", f"{python}:")
        self.depth += 1
        self.python.append("  " * (self.depth + 1) + "pass")
        yield
        self.depth -= 1
        self.dl.append("  " * self.depth + "}")

    def trace(self, scope: Scope, names: Sequence[str]) -> Pair:
        """A Real that depends on every one of the names, so that what went wrong with any shows."""
        texts = [TRACES[scope.names[name]].replace("{}", name) for name in names]
        return both(" + ".join(["0.1 * p", *texts]))

    # ---- functions

    def function(self, outer: Scope) -> None:
        """A function of the file or of a function; what is around it cannot be assigned any more."""
        outer.assignable.clear()
        name, recursive = self.fresh("f"), self.chance(3)
        kinds = tuple(self.pick((REAL, REAL, INT, *VECTORS, *COMPOUNDS)) for _ in range(1 + self.below(3)))
        if recursive:
            kinds = (COUNT, *kinds)
        names = tuple(self.fresh("x") for _ in kinds)
        function = Function(name, names, kinds, self.pick(RESULTS), kinds[-1] == REAL and self.chance(2))
        scope = Scope({**outer.names, **dict(zip(names, kinds, strict=True))}, set(names[recursive:]))
        scope.names.update((name, INT) for name in names[:recursive])
        scope.functions, scope.results = list(outer.functions), function.results
        heads = self._heads(function)
        if not recursive and len(function.results) == 1 and self.chance(4):
            value = self.value(scope, function.results[0], 2)
            self.line(f"fn {heads.dl} = {value.dl}", f"def {heads.python}: return {value.python}")
        else:
            with self.block(f"fn {heads.dl}", f"def {heads.python}"):
                for parameter, kind in zip(names, kinds, strict=True):
                    if kind.shape or kind in COMPOUNDS:  # arguments are values
                        self.python.append("  " * (self.depth + 1) + f"{parameter} = copy({parameter})")
                if recursive:
                    self._recursion(function, scope)
                for _ in range(1 + self.below(4)):
                    self.statement(scope)
                self.give(scope, self.pick(("", "return ")))
        outer.functions.append(function)

    def _heads(self, function: Function) -> Pair:
        dl, python = list(function.names), list(function.names)
        if function.default:
            dl[-1] = python[-1] = f"{dl[-1]}=0.85"
        elif self.chance(3) and function.parameters[-1] not in COMPOUNDS:
            dl[-1] += {REAL: ": Real", INT: ": Int", COUNT: ": Int"}.get(function.parameters[-1], ": [n]")
        return Pair(*(f"{function.name}({', '.join(words)})" for words in (dl, python)))

    def _recursion(self, function: Function, scope: Scope) -> None:
        """The end of a recursion, and the call that goes on; its results are names from here on."""
        count = function.names[0]
        with self.block(f"if {count} <= 0", f"if {count} <= 0"):
            self.give(scope.inner(), "return ")
        given = [self.value(scope, kind, 1) for kind in function.parameters[1:]]
        names = [self.fresh() for _ in function.results]
        call = both(f"{function.name}({count} - 1{', {}' * len(given)})", *given)
        left = names[0] if len(names) == 1 else f"({', '.join(names)})"
        self.line(f"{left} = {call.dl}", f"{left} = {call.python}")
        for name, kind in zip(names, function.results, strict=True):
            self.bind(scope, name, kind)

    def give(self, scope: Scope, word: str) -> None:
        """A function's value."""
        values = [self.value(scope, kind, 2) for kind in scope.results or ()]
        if values and scope.results is not None and scope.results[0] in (REAL, *VECTORS):
            values[0] = both("{} + {}", values[0], self.trace(scope, sorted(scope.assignable)))
        dl, python = (", ".join(texts) for texts in zip(*values, strict=True))
        self.line(f"{word}({dl})" if len(values) > 1 else f"{word}{dl}", f"return {python}")

    # ---- statements

    def statement(self, scope: Scope) -> None:
        """One statement, or a few that belong together; new names join the scope."""
        self.budget -= 1
        forms = [self.assign, self.update, self.element, self.element, self.unpack, self.dynamic, self.grow]
        forms += [self.compound, self.part, self.part, self.taken_apart]
        if self.budget > 0 and self.depth < 4:
            forms += [self.branch, self.branch, self.loop, self.loop, self.each, self.over, self.while_, self.either]
            forms += [self.function] * (self.depth > 0 and not scope.in_loop)
        self.pick(forms)(scope)

    def body(self, scope: Scope, *, leave: bool = False) -> Scope:
        """Statements of a block; with `leave` the last is a jump."""
        for _ in range(self.below(3) + (not leave)):
            self.statement(scope)
        if leave and scope.in_loop and (scope.results is None or self.chance(2)):
            word = self.pick(("break", "continue"))
            self.line(word, word)
        elif leave:
            self.give(scope, "return ")
        return scope

    def bind(self, scope: Scope, name: str, kind: Kind) -> None:
        """A name that may be read and assigned from here on."""
        scope.names[name] = kind
        scope.assignable.add(name)

    def chosen(self, scope: Scope, kind: Kind) -> str:
        """A name to assign: one that is of the kind, or a new one."""
        known = [name for name in scope.of(kind) if name in scope.assignable]
        return self.pick(known) if known and not self.chance(3) else self.fresh()

    def assign(self, scope: Scope) -> None:
        """`x = e`; what begins as an Int may become Real."""
        kind = self.pick((REAL, REAL, INT, BOOL, *VECTORS, MATRIX))
        name = self.chosen(scope, kind)
        value = self.tame(scope, kind)
        if kind == REAL and self.chance(4):
            value = both(self.pick(("0", "1", "2")))
        self.line(f"{name} = {value.dl}", f"{name} = copy({value.python})")
        self.bind(scope, name, kind)

    def update(self, scope: Scope) -> None:
        """`x += e` and its like."""
        names = [name for name in scope.of(REAL, INT, *VECTORS, MATRIX) if name in scope.assignable]
        if not names:
            return self.assign(scope)
        name = self.pick(names)
        kind = scope.names[name]
        operator = self.pick(("+=", "-=", "%=", "//=") if kind == INT else ("+=", "-=", "*=", "/="))
        value = both(str(2 + self.below(4))) if kind == INT else self.tame(scope, self.pick((kind, REAL)))
        if operator == "/=":
            value = both("1.5 + ({})^2", value)
        self.line(f"{name} {operator} {value.dl}", f"{name} = copy({name} {operator[:-1]} ({value.python}))")
        return None

    def element(self, scope: Scope) -> None:
        """`a[i] = e`, `a[i] += e`."""
        names = [name for name in scope.of(*VECTORS, MATRIX) if name in scope.assignable]
        if not names:
            return self.assign(scope)
        name = self.pick(names)
        place, shape = self.place(scope, scope.names[name])
        kind = next((k for k in (*VECTORS, MATRIX) if k.shape == shape), REAL)
        value = self.tame(scope, self.pick((REAL, kind)))
        operator = self.pick(("=", "=", "+=", "-=", "*="))
        self.line(f"{name}{place.dl} {operator} {value.dl}", f"{name}{place.python} {operator} {value.python}")
        return None

    def place(self, scope: Scope, kind: Kind) -> tuple[Pair, tuple[int, ...] | None]:
        """A part of an array, and its shape where that is known."""
        size = kind.shape[0]
        first = self.index(scope, size)
        if kind == MATRIX:
            second = self.index(scope, 3)
            forms = [(both("[{}, {}]", first, second), ()), (both("[{}][{}]", first, second), ())]
            forms += [(both("[{}]", first), (3,)), (both("[:, {}]", second), None), (both("[{}, 1:]", first), None)]
        else:
            forms = [(both("[{}]", first), ())] * 3
            forms += [(both("[{}:]", first), None), (both("[::2]"), None), (both("[:]"), kind.shape)]
            forms += [(both("[[1, 0, 1]]"), (3,)), (both("[{} > 0.1913]", self.array(scope, kind, 1)), None)]
        return self.pick(forms)

    def unpack(self, scope: Scope) -> None:
        """The two results of a function, or a swap of two names."""
        pairs = [f for f in scope.functions if f.results == (REAL, REAL)]
        if pairs and self.chance(2):
            names = [self.chosen(scope, REAL), self.fresh()]
            call = self.call(scope, self.pick(pairs), 1)
            self.line(f"({', '.join(names)}) = {call.dl}", f"({', '.join(names)}) = {call.python}")
            for name in names:
                self.bind(scope, name, REAL)
            return None
        for kind in (*VECTORS, REAL, MATRIX):
            known = [name for name in scope.of(kind) if name in scope.assignable]
            if len(known) > 1:
                a, b = known[0], known[-1]
                self.line(f"({a}, {b}) = ({b}, {a})", f"({a}, {b}) = (copy({b}), copy({a}))")
                return None
        return self.assign(scope)

    def dynamic(self, scope: Scope) -> None:
        """An array of which only running knows the size."""
        name, source = self.fresh("d"), self.array(scope, VECTORS[1], 1)
        if self.chance(3):
            value = both("({})[{} > 0.1913]", source, source)
        else:
            value = both(self.pick(("({})[{}:]", "({})[:{}]", "({})[{}::2]")), source, self.index(scope, 4))
        self.line(f"{name} = {value.dl}", f"{name} = copy({value.python})")
        self.bind(scope, name, FREE)

    def grow(self, scope: Scope) -> None:
        """An array that becomes longer, shorter or other where some condition holds."""
        names = [name for name in scope.of(FREE) if name in scope.assignable]
        if not names:
            return self.dynamic(scope)
        name, value = self.pick(names), self.tame(scope, REAL)
        form = self.pick(("{0} = concat({0}, [{{}}])", "{0} = concat([{{}}], {0}[1:])", "{0} = {0}[:-1] * {{}}"))
        form = self.pick((form, "{0}[{0} > 0.1913] = {{}}", "{0}[1:] *= {{}}", "{0} = {0}[::-1] + {{}}")).format(name)
        self.line(form.format(value.dl), form.format(value.python))
        return None

    # ---- branches

    def either(self, scope: Scope) -> None:
        """A name that both branches bind."""
        kind = self.pick((REAL, *VECTORS, *COMPOUNDS))
        name, condition = self.fresh(), self.condition(scope, 2)
        for dl, python, joins in ((f"if {condition.dl}", f"if {condition.python}", False), ("else", "else", True)):
            inner = scope.inner()
            with self.block(dl, python, joins=joins):
                self.body(inner)
                value = both("1") if kind == REAL and self.chance(3) else self.tame(inner, kind)
                self.line(f"{name} = {value.dl}", f"{name} = copy({value.python})")
            scope.assignable &= inner.assignable
        self.bind(scope, name, kind)

    def branch(self, scope: Scope) -> None:
        """`if`, with one to three branches; one of them may be left by a jump."""
        count = 1 + self.below(3)
        leaving = self.below(2 * count) if scope.in_loop or scope.results is not None else count
        scopes = [scope.inner() for _ in range(count)]
        has_else = count == 3 or (count == 2 and self.chance(2))
        for k, inner in enumerate(scopes):
            condition = self.condition(scope, 2)
            dl, python = f"if {condition.dl}", f"if {condition.python}"
            if k:
                dl, python = ("else", "else") if has_else and k == count - 1 else (f"else {dl}", f"el{python}")
            with self.block(dl, python, joins=k > 0):
                self.body(inner, leave=k == leaving)
        before = set(scope.names)
        for inner in scopes:
            scope.assignable &= inner.assignable
        if count == 2 and has_else and leaving < 2:  # what the other branch binds is bound from here on
            other = scopes[1 - leaving]
            scope.names.update(other.names)
            scope.functions = other.functions
            scope.assignable |= other.assignable - before

    # ---- loops

    def loop(self, scope: Scope) -> None:
        """`for` over a range: up, down, by steps, of a size met when running, or empty."""
        form = self.below(6)
        if form < 2:
            ends = both(str(self.below(3))), both(str(self.below(5))), both("1")
        elif form == 2:
            ends = both("0"), self.index(scope, 5), both("1")
        elif form == 3:
            ends = both("3"), both("-1"), both("-1")
        elif form == 4:
            ends = both("4"), both("0"), both(self.pick(("-2", "-3")))
        else:
            ends = (
                both("1"),
                self.index(scope, 4),
                self.pick((both("2"), both("(1 - 2 * ({} % 2))", self.int(scope, 1)))),
            )
        inclusive = form == 1
        python = f"range({ends[0].python}, {ends[1].python}{' + 1' * inclusive}, {ends[2].python})"
        dl = f"{ends[0].dl}..{'=' * inclusive}{ends[1].dl}"
        self._for(scope, Pair(dl if ends[2].dl == "1" else f"{dl} by {ends[2].dl}", python), INT)

    def each(self, scope: Scope) -> None:
        """`for` over an array."""
        matrix = bool(scope.of(MATRIX)) and self.chance(2)
        array = self.array(scope, MATRIX if matrix else self.pick(VECTORS), 1)
        self._for(scope, Pair(array.dl, f"copy({array.python})"), VECTORS[0] if matrix else REAL)

    def _for(self, scope: Scope, over: Pair, kind: Kind) -> None:
        known = [name for name in scope.of(kind) if name in scope.assignable]
        name = self.pick(known) if known and self.chance(3) else self.fresh("i")
        inner = scope.inner(in_loop=True)
        inner.names[name] = kind
        with self.block(f"for {name} in {over.dl}", f"for {name} in {over.python}"):
            if kind.shape:
                self.python.append("  " * (self.depth + 1) + f"{name} = copy({name})")
            self.body(inner)
        scope.assignable &= inner.assignable

    def while_(self, scope: Scope) -> None:
        """`while` on a condition of Reals, with a count that ends it in any case."""
        count, limit = self.fresh("k"), 2 + self.below(4)
        self.line(f"{count} = 0", f"{count} = 0")
        scope.names[count] = INT
        forever, inner = self.chance(3), scope.inner(in_loop=True)
        condition = both("true") if forever else both(f"{count} < {limit} and ({{}})", self.condition(scope, 2))
        with self.block(f"while {condition.dl}", f"while {condition.python.replace('true', 'True')}"):
            self.line(f"{count} += 1", f"{count} += 1")
            if forever:
                with self.block(f"if {count} > {limit}", f"if {count} > {limit}"):
                    self.line("break", "break")
            self.body(inner)
        scope.assignable &= inner.assignable

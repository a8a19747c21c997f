"""Random tuples, records, closures, comprehensions, `map`, `fold`, `scan` and `zip`, in dl and in Python side by side.

In Python a tuple is a list and a record an object with attributes; both are copied, to the last part, where dl's values
are. A closure keeps the names that it reads by defaults of its parameters, as dl's keep their values.
"""

from __future__ import annotations

import copy
import re
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from program_values import INT, MATRIX, REAL, REFERENCE, VECTORS, Kind, Pair, Scope, Values, both, choice

__all__ = ["CLOSURE", "COMPOUNDS", "PAIR", "RECORD", "TRACES", "Compounds"]

PAIR, RECORD, CLOSURE = Kind("pair"), Kind("record"), Kind("closure")
COMPOUNDS = PAIR, RECORD, CLOSURE
"""A tuple (Real, [3]), a record {x: Real, n: Int, v: [4], t: (Real, [2, 3])}, a function of one Real."""

TRACES = {
    PAIR: "0.1 * sin({}[0]) + 0.1 * sum(sin(cumsum({}[1])))",
    RECORD: "0.1 * sin({}.x + {}.t[0]) + 0.1 * sin({}.n * p) + 0.1 * sum(sin(cumsum({}.v))) + sin({}.t[1] @ t) @ [0.3, 0.5]",
    CLOSURE: "0.1 * sin({}(0.37)) + 0.1 * {}(q)",
}  # fmt: skip
"""By kind, a Real that depends on every part."""

PARTS = {
    PAIR: (("[0]", REAL), ("[1]", VECTORS[0]), ("[-1]", VECTORS[0])),
    RECORD: ((".x", REAL), (".n", INT), (".v", VECTORS[1]), (".t[0]", REAL), (".t[1]", MATRIX), ('["v"]', VECTORS[1])),
}
FIELDS = (("x", REAL), ("n", INT), ("v", VECTORS[1]))


class Record:
    """dl's record in Python."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value


def _copy(value: Any) -> Any:
    """A value of its own; arrays become Real."""
    if isinstance(value, list):
        return [_copy(part) for part in value]
    if isinstance(value, Record):
        return Record(**{name: _copy(part) for name, part in vars(value).items()})
    return np.array(value, dtype=float) if np.ndim(value) else value


def _scan(f: Callable[[Any, Any], Any], init: Any, xs: Any) -> list[Any]:
    made: list[Any] = []
    for x in xs:
        init = copy.deepcopy(f(init, x))
        made.append(init)
    return made


def _fold(f: Callable[[Any, Any], Any], init: Any, xs: Any) -> Any:
    return (_scan(f, init, xs) or [init])[-1]


def _transposed(rows: list[Any]) -> list[Any]:
    """Of tuples, a tuple of arrays."""
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


REFERENCE |= {
    "Record": Record,
    "copy": _copy,
    "fold": _fold,
    "items": lambda source: copy.deepcopy(list(source)),
    "row": lambda items: np.array(items, dtype=float),
    "scan": _scan,
    "spread": lambda record, **fields: Record(**{**vars(record), **fields}),
    "transposed": _transposed,
    "enumerate": enumerate,
    "zip": zip,
}


class Compounds(Values):
    """Draws expressions of these kinds, and others that are made of them."""

    # ---- of every kind

    def value(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        if kind not in COMPOUNDS:
            return super().value(scope, kind, depth)
        names, makers = scope.of(kind), [f for f in scope.functions if f.results == (kind,)]
        if makers and self.chance(3):
            return self.call(scope, self.pick(makers), 0)
        if names and (not depth or self.chance(2)):
            return both(self.pick(names))
        if depth and self.chance(4):
            return choice(self.condition(scope, 1), self.value(scope, kind, depth - 1), self.value(scope, kind, 0))
        if kind == CLOSURE:
            return self._closure(scope, depth)
        return self._pair(scope, depth) if kind == PAIR else self._record(scope, depth)

    def real(self, scope: Scope, depth: int) -> Pair:
        if not depth or not self.chance(4):
            return super().real(scope, depth)
        forms = [self._summed, self._folded, self._scanned, self._mapped_to_pairs, self._summed_if]
        forms += [self._applied] * 2 + [self._part] * 3
        return self.pick(forms)(scope, depth - 1)

    def array(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        if not depth or not self.chance(4):
            return super().array(scope, kind, depth)
        places = self._places(scope, kind)
        if places and self.chance(2):
            return both(self.pick(places))
        return self._comprehension(scope, kind, depth - 1)

    # ---- tuples and records

    def _real_in_tuple(self, scope: Scope, depth: int) -> Pair:
        return both("0.9 * sin({})", self.real(scope, depth))

    def _pair(self, scope: Scope, depth: int) -> Pair:
        first, second = self._real_in_tuple(scope, depth), self.array(scope, VECTORS[0], depth)
        return Pair(f"({first.dl}, tanh({second.dl}))", f"[{first.python}, tanh({second.python})]")

    def _record(self, scope: Scope, depth: int) -> Pair:
        known = scope.of(RECORD)
        if known and self.chance(2):  # one with a field replaced
            name, kind = self.pick(FIELDS)
            value = self.tame(scope, kind) if kind == INT else both("sin({})", self.value(scope, kind, min(depth, 1)))
            record = self.pick(known)
            return Pair(f"{{...{record}, {name}: {value.dl}}}", f"spread({record}, {name}={value.python})")
        x, n = self._real_in_tuple(scope, depth), self.value(scope, INT, depth)
        v, t = self.array(scope, VECTORS[1], depth), self.array(scope, MATRIX, min(depth, 1))
        r = self._real_in_tuple(scope, 0)
        return Pair(
            f"{{x: {x.dl}, n: {n.dl}, v: tanh({v.dl}), t: ({r.dl}, tanh({t.dl}))}}",
            f"Record(x={x.python}, n={n.python}, v=tanh({v.python}), t=[{r.python}, tanh({t.python})])",
        )

    def _places(self, scope: Scope, kind: Kind) -> list[str]:
        """Parts of tuples and records that are of a kind."""
        holders = [(name, scope.names[name]) for name in scope.of(PAIR, RECORD)]
        return [name + part for name, holder in holders for part, of in PARTS[holder] if of == kind]

    def _part(self, scope: Scope, depth: int) -> Pair:
        places = self._places(scope, REAL)
        return both(self.pick(places)) if places else self._summed(scope, depth)

    # ---- closures

    def _frozen(self, scope: Scope) -> Scope:
        """What a closure may read: what is never assigned again, and variables of loops, which every pass has anew."""
        names = {n: k for n, k in scope.names.items() if n not in scope.assignable and n[0] not in "bk"}
        return Scope(names, functions=scope.functions)

    def _closure(self, scope: Scope, depth: int) -> Pair:
        name = self.fresh("z")
        inner = self._frozen(scope)
        inner.names[name] = REAL
        body = both("sin({} + 0.3 * {})", self.real(inner, min(depth, 1)), both(name))
        read = set(re.findall(r"\w+", body.python)) & inner.names.keys() - {name}
        kept = "".join(f", {each}={each}" for each in sorted(read))
        dl = f"fn({name}) {{ {body.dl} }}"
        return Pair(f"({dl})", f"(lambda {name}{kept}: {body.python})")

    def _applied(self, scope: Scope, depth: int) -> Pair:
        return both("{}({})", self.value(scope, CLOSURE, depth), self.real(scope, 0))

    # ---- comprehensions

    def _over(self, scope: Scope, inner: Scope, size: int | None) -> tuple[str, Pair]:
        """A pattern and what it runs over, of that many items; its names join the inner scope."""
        self._conditions += 1  # Python takes no assignment in what a comprehension runs over
        name, form = self.fresh("e"), self.below(6)
        size = size or self.pick((2, 3, 4))
        source = self.array(scope, self.pick([k for k in VECTORS if k.shape[0] == size] or [VECTORS[0]]), 1)
        if size == 2:
            source = both("({})[1:]", source)
        inner.names[name] = REAL
        pattern = name
        if form == 1:
            source = Pair(f"0..{size}", f"range({size})")
            inner.names[name] = INT
        elif form == 2:
            items = [self.real(scope, 0) for _ in range(size)]
            dl, python = (", ".join(texts) for texts in zip(*items, strict=True))
            source = Pair(f"({dl},)", f"[{python}]")
        elif form == 3:
            place = self.fresh("e")
            inner.names[place] = INT
            pattern, source = f"({place}, {name})", both("enumerate({})", source)
        elif form == 4:
            other = self.fresh("e")
            inner.names[other] = INT
            pattern = f"({name}, {other})"
            source = Pair(f"zip({source.dl}, 1..{size + 1})", f"zip({source.python}, range(1, {size + 1}))")
        elif form == 5 and size == 2:
            source = self.array(scope, MATRIX, 1)
            inner.names[name] = VECTORS[0]
        self._conditions -= 1
        return pattern, source

    def _comprehension(self, scope: Scope, kind: Kind, depth: int) -> Pair:
        """An array of a known shape."""
        inner = self._comprehended(scope)
        pattern, source = self._over(scope, inner, kind.shape[0])
        element = self.real(inner, depth) if len(kind.shape) == 1 else self.array(inner, VECTORS[0], depth)
        form = f"[{{}} for {pattern} in {{}}]"
        return Pair(form.format(element.dl, source.dl), f"row({form.format(element.python, source.python)})")

    def _comprehended(self, scope: Scope) -> Scope:
        """The scope of a comprehension's element."""
        return Scope(dict(scope.names), set(scope.assignable), scope.functions)

    def _summed(self, scope: Scope, depth: int) -> Pair:
        return both("sum({})", self._comprehension(scope, self.pick(VECTORS), depth))

    def _summed_if(self, scope: Scope, depth: int) -> Pair:
        """With a condition; sometimes of rows."""
        inner = self._comprehended(scope)
        pattern, source = self._over(scope, inner, None)
        condition, rows = self.condition(inner, 1), self.chance(3)
        element = self.array(inner, VECTORS[0], depth) if rows else self.real(inner, depth)
        form = f"sum([{{}} for {pattern} in {{}} if {{}}])"
        return Pair(
            form.format(element.dl, source.dl, condition.dl),
            f"sum(row([{element.python} for {pattern} in {source.python} if {condition.python}]))",
        )

    # ---- map, fold, scan

    def _mapped_to_pairs(self, scope: Scope, depth: int) -> Pair:
        """`map` with two results, of which one is read."""
        name, inner = self.fresh("z"), self._frozen(scope)
        source = self.array(scope, self.pick(VECTORS), 1)
        inner.names[name] = REAL
        a, b = self.real(inner, depth), self.real(inner, 0)
        which = self.below(2)
        return Pair(
            f"sum(map(fn({name}) {{ ({a.dl}, {b.dl}) }}, {source.dl})[{which}])",
            f"sum(transposed(list(map(lambda {name}: [{a.python}, {b.python}], {source.python})))[{which}])",
        )

    def _carried(self, scope: Scope, depth: int, kind: Kind) -> tuple[str, Pair, Pair, Pair]:
        """Parameters, body, first value and items of a fold."""
        carry, item = self.fresh("c"), self.fresh("z")
        inner = self._frozen(scope)
        inner.names |= {carry: kind, item: REAL}
        body = self.tame(inner, kind) if kind != PAIR else self._pair(inner, depth)
        init = self.value(scope, kind, 1)
        if kind == REAL and self.chance(3):
            init = both(str(self.below(3)))
        if self.chance(4):
            items = [self.real(scope, 0) for _ in range(3)]
            dl, python = (", ".join(texts) for texts in zip(*items, strict=True))
            source = Pair(f"({dl})", f"[{python}]")
        else:
            source = self.array(scope, self.pick(VECTORS), 1)
        return f"{carry}, {item}", body, init, source

    def _folded(self, scope: Scope, depth: int) -> Pair:
        kind, read = self.pick(((REAL, "{}"), (VECTORS[0], "sum({})"), (PAIR, "({})[0]"), (PAIR, "sum(({})[1])")))
        names, body, init, source = self._carried(scope, depth, kind)
        dl = f"fold(fn({names}) {{ {body.dl} }}, {init.dl}, {source.dl})"
        python = f"fold(lambda {names}: {body.python}, {init.python}, {source.python})"
        return Pair(read.format(dl), read.format(python))

    def _scanned(self, scope: Scope, depth: int) -> Pair:
        kind = self.pick((REAL, VECTORS[0]))
        names, body, init, source = self._carried(scope, depth, kind)
        dl = f"sum(scan(fn({names}) {{ {body.dl} }}, {init.dl}, {source.dl}))"
        return Pair(dl, f"sum(row(scan(lambda {names}: {body.python}, {init.python}, {source.python})))")

    # ---- statements

    @abstractmethod
    def line(self, dl: str, python: str) -> None:
        """A line of each language."""

    @abstractmethod
    def block(self, dl: str, python: str) -> AbstractContextManager[None]:
        """A block of each language."""

    @abstractmethod
    def body(self, scope: Scope) -> Scope:
        """Statements of a block."""

    @abstractmethod
    def bind(self, scope: Scope, name: str, kind: Kind) -> None:
        """A name that may be read and assigned from here on."""

    @abstractmethod
    def chosen(self, scope: Scope, kind: Kind) -> str:
        """A name to assign: one that is of the kind, or a new one."""

    def part(self, scope: Scope) -> None:
        """`r.t[1][i, j] += e`: a part of a part, or a whole one."""
        names = [name for name in scope.of(PAIR, RECORD) if name in scope.assignable]
        if not names:
            return self.compound(scope)
        name = self.pick(names)
        part, kind = self.pick(PARTS[scope.names[name]])
        value, operator = self.tame(scope, kind), self.pick(("=", "=", "+=", "-="))
        place = both("")
        if kind.shape and self.chance(2):
            first = self.index(scope, kind.shape[0])
            forms = [both("[{}]", first), both("[{}:]", first), both("[[1, 0, 1]]")]
            forms += [both("[{}, {}]", first, self.index(scope, 3)), both("[:, 1]")] if kind == MATRIX else []
            place, value = self.pick(forms), self.tame(scope, REAL)
        elif kind.shape:
            operator = "="
        text = f"{name}{part}{{}} {operator} {{}}"
        self.line(text.format(place.dl, value.dl), text.format(place.python, f"copy({value.python})"))
        return None

    def compound(self, scope: Scope) -> None:
        """`r = e` for a tuple, a record or a closure."""
        kind = self.pick(COMPOUNDS)
        name, value = self.chosen(scope, kind), self.value(scope, kind, 2)
        self.line(f"{name} = {value.dl}", f"{name} = copy({value.python})")
        self.bind(scope, name, kind)

    def taken_apart(self, scope: Scope) -> None:
        """`(x, v) = p`, `(x, p[1]) = (…, …)`."""
        value, names = self.value(scope, PAIR, 1), [self.chosen(scope, REAL), self.chosen(scope, VECTORS[0])]
        self.line(f"({', '.join(names)}) = {value.dl}", f"({', '.join(names)}) = copy({value.python})")
        for name, kind in zip(names, (REAL, VECTORS[0]), strict=True):
            self.bind(scope, name, kind)

    def over(self, scope: Scope) -> None:
        """`for` over a tuple, or what `zip` and `enumerate` give."""
        inner = scope.inner(in_loop=True)
        pattern, source = self._over(scope, inner, None)
        with self.block(f"for {pattern} in {source.dl}", f"for {pattern} in items({source.python})"):
            self.body(inner)
        scope.assignable &= inner.assignable

"""Where ways through a program meet: values of branches become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlang.diagnostics import models as model_faults
from dlang.diagnostics import typing as faults
from dlang.elaborate.expressions import Expressions
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.tree import Node, children, first_line, root_name, target_parts
from dlang.elaborate.values import Num, Tup, Value, describe
from dlang.ir.nodes import Atom, Block, If, Stmt, Var
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import join_types

__all__ = ["Merging", "Way", "origin"]

Texts = tuple[Sequence[ast.Statement], Sequence[ast.Statement]]


@record(frozen=False)
class Way:
    """One way through: its statements, the names at its end, and its value."""

    body: list[Stmt]
    env: dict[str, Value]
    value: Value


class Merging(Expressions):
    """Elaborates ways through a program apart and joins them."""

    def way(self, make: Callable[[], Value]) -> Way:
        """What `make` elaborates, apart; the frame's names are as before afterwards."""
        before = self.frame.env
        self.frame.env = dict(before)
        with self.frame.build.nested() as body:
            value = make()
        after, self.frame.env = self.frame.env, before
        return Way(body, after, value)

    def join(self, cond: Num, then: Way, orelse: Way, span: Span, texts: Texts = ((), ())) -> Value:
        """Emit the `if` of two ways; names that differ get what the way taken gives them.

        Args:
            cond: a scalar Bool.
            then: the way where it holds.
            orelse: the other one.
            span: of the `if`.
            texts: the statements of both ways, to point at where their values do not fit.
        """
        outs: list[Var] = []
        results: tuple[list[Atom], list[Atom]] = ([], [])
        env: dict[str, Value] = {}
        for name in {**then.env, **orelse.env}:
            a, b = then.env.get(name, POISON), orelse.env.get(name, POISON)
            if NOTHING in (a, b):
                env[name] = NOTHING
            else:
                env[name] = self._meet(name, (a, b), (then, orelse), (outs, results), span, texts)
        value: Value = POISON
        if NOTHING in (then.value, orelse.value):
            value = NOTHING
        elif then.value is not POISON or orelse.value is not POISON:
            value = self._meet(None, (then.value, orelse.value), (then, orelse), (outs, results), span, texts)
        blocks = [Block((), tuple(way.body), tuple(atoms)) for way, atoms in zip((then, orelse), results, strict=True)]
        self.frame.env = env
        if outs or blocks[0].body or blocks[1].body:
            self.frame.build.emit(If(tuple(outs), cond.atom, blocks[0], blocks[1], span))
        return value

    def _meet(
        self,
        name: str | None,
        values: tuple[Value, Value],
        ways: tuple[Way, Way],
        gathered: tuple[list[Var], tuple[list[Atom], list[Atom]]],
        span: Span,
        texts: Texts,
        whole: tuple[Value, Value] | None = None,
    ) -> Value:
        """One value of two; `whole` are the tuples that they are items of, for people."""
        a, b = values
        if _same(a, b):
            return a
        items = _side_by_side(a, b)
        if items is not None:
            met = [self._meet(name, pair, ways, gathered, span, texts, whole or values) for pair in items]
            return POISON if POISON in met else Tup(tuple(met))
        template = b if a is POISON else a
        if not isinstance(template, (Num, Tup)):
            if POISON in values:
                return template
            what = "functions, Strings and ranges chosen while running"
            return self.fault(model_faults.not_yet(first_line(span), what))
        types = [value.type for value in values if isinstance(value, Num)]
        joined = join_types(types[0], types[-1]) if len(types) + values.count(POISON) == 2 else None
        if joined is None:
            shown = "return" if name and name.startswith("%") else name
            sides = [(origin(shown, text), describe(v)) for text, v in zip(texts, whole or values, strict=True)]
            return self.fault(faults.branches_differ(first_line(span), shown, *sides))
        outs, results = gathered
        out = Var(joined, name if name and not name.startswith("%") else "")
        for value, way, atoms in zip(values, ways, results, strict=True):
            with self.frame.build.resumed(way.body):
                given = value if isinstance(value, Num) else self.zero(joined, span)
                atoms.append(self.with_dtype(given, joined.dtype, span).atom)
        outs.append(out)
        return Num(self.frame.build.ref(out))


def _side_by_side(a: Value, b: Value) -> list[tuple[Value, Value]] | None:
    """The items of two tuples of one length, one of which may not be there; None for anything else."""
    known = [value.items for value in (a, b) if isinstance(value, Tup)]
    if not known or len(known) + (a, b).count(POISON) < 2 or len(known[0]) != len(known[-1]):
        return None
    sides = [value.items if isinstance(value, Tup) else (POISON,) * len(known[0]) for value in (a, b)]
    return list(zip(*sides, strict=True))


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, Num) and isinstance(b, Num):
        if a.known is not None and b.known is not None:
            return type(a.known) is type(b.known) and repr(a.known) == repr(b.known)
        return a.atom is b.atom
    if isinstance(a, Tup) and isinstance(b, Tup):
        return len(a.items) == len(b.items) and all(map(_same, a.items, b.items))
    return a is b or (not isinstance(a, (Num, Tup)) and a == b)


def origin(name: str | None, statements: Sequence[ast.Statement]) -> Span | None:
    """Where statements give a name its last value, if they do.

    For the name `return` it is the value of the function; without a name that in which the statements end.
    """
    found: Span | None = None
    todo: list[Node] = list(reversed(statements)) if name else []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Assign) and any(_names(part, name) for part in target_parts(node.target)):
            found = first_line(node.span)
        elif isinstance(node, ast.Return) and node.value is not None and name == "return":
            found = node.value.span
        todo.extend(reversed(children(node)))
    last = statements[-1] if statements else None
    if found is None and name in (None, "return") and isinstance(last, ast.ExprStatement):
        return last.value.span
    return found


def _names(target: ast.Expr, name: str | None) -> bool:
    root = root_name(target)
    return root is not None and root.text == name

"""Where ways through a program meet: values of branches become one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dlang.diagnostics import typing as faults
from dlang.elaborate.describing import describe
from dlang.elaborate.expressions import Expressions
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.tree import Node, children, first_line, root_name, target_parts
from dlang.elaborate.unions import MOST_OPTIONS, option_of, same, union
from dlang.elaborate.values import Absent, Choice, Num, Rec, Value, is_choosable, leaves, rebuild
from dlang.ir.builder import Ref
from dlang.ir.nodes import Atom, Block, If, Stmt, Var
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import DType

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
        env = {**then.env, **orelse.env}
        differing = [n for n, value in env.items() if then.env.get(n, POISON) is not value or n not in orelse.env]
        for name in differing:  # few of all the names of a long program
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

    def each_option(self, choice: Choice, make: Callable[[Value], Value], span: Span) -> Value:
        """What is made of the option that a choice is: an `if` for each of the others."""

        def from_(k: int) -> Value:
            if k == len(choice.options) - 1:
                return make(choice.options[k])
            is_it = self.compare("==", choice.tag, self.literal(k), (span, span))
            assert isinstance(is_it, Num)
            return self.join(is_it, self.way(lambda: make(choice.options[k])), self.way(lambda: from_(k + 1)), span)

        return from_(0)

    # ---- and, or

    def logical(self, operator: str, left: Value, at: Span, right: ast.Expr, right_at: Span) -> Value:
        """`and`, `or`: on single Bools the right side is a way of its own, taken where the left one does not decide."""
        first = self._bool(operator, left, at)
        span = at.to(right_at)
        taken = self.way(lambda: self.value(right))
        second = self._bool(operator, taken.value, right_at)
        if first is None or second is None:
            return POISON
        is_single = first.type.is_scalar and second.type.is_scalar
        if is_single and first.known == (operator == "or"):
            return first
        if is_single and first.known is None:
            if all(self.frame.env.get(name) is value for name, value in taken.env.items()):
                block = Block((), tuple(taken.body), (second.atom,))
                return self.short_circuit(operator, first, block, second, span)
            ways = taken, self.way(lambda: self.literal(operator == "or"))
            return self.join(first, *(ways if operator == "and" else ways[::-1]), span)
        self.frame.env = taken.env
        for stmt in taken.body:
            self.frame.build.emit(stmt)
        return second if first.known is not None else self.apply(TABLE[f"logical_{operator}"], first, second, span=span)

    def _bool(self, operator: str, value: Value, at: Span) -> Num | None:
        if isinstance(value, Num) and value.type.dtype is DType.BOOL:
            return value
        what = f"an operand of `{operator}`"
        mend = "compare it, as in `x != 0`" if isinstance(value, Num) else None
        self.refuse(value, what, faults.wrong_type(at, what, "a Bool", describe(value), mend))
        return None

    def _meet(
        self,
        name: str | None,
        values: tuple[Value, Value],
        ways: tuple[Way, Way],
        gathered: tuple[list[Var], tuple[list[Atom], list[Atom]]],
        span: Span,
        texts: Texts,
    ) -> Value:
        """One value of two; where their numbers differ, the way taken gives them."""
        a, b = values
        if same(a, b):
            return a
        template = union(a, b)
        if template is None and is_choosable(a) and is_choosable(b):
            shown = None if name is None or name.startswith("%") else name
            many = faults.too_many_choices(first_line(span), shown, MOST_OPTIONS)
            return POISON if self.faulty else self.fault(many)  # a recursion that makes functions is refused as such
        if template is None:
            shown = "return" if name and name.startswith("%") else name
            sides = [(origin(shown, text), describe(v)) for text, v in zip(texts, values, strict=True)]
            return self.fault(faults.branches_differ(first_line(span), shown, *sides))
        outs, results = gathered
        given: list[list[Num]] = []
        for value, way in zip(values, ways, strict=True):
            with self.frame.build.resumed(way.body):
                given.append(list(self.fitted(value, template, span)))
        refs: list[Ref] = []
        for leaf, one, other in zip(leaves(template), *given, strict=True):
            if same(one, other):
                refs.append(one.ref)
                continue
            outs.append(Var(leaf.type, name if name and not name.startswith("%") else ""))
            results[0].append(one.atom)
            results[1].append(other.atom)
            refs.append(self.frame.build.ref(outs[-1]))
        return rebuild(template, iter(refs))

    def fitted(self, value: Value, template: Value, span: Span) -> Iterator[Num]:
        """The numbers of a value in the build and the types of a union that holds it; stand-ins where it has none."""
        match template:
            case Num() if isinstance(value, Num):
                yield self.with_dtype(value, template.type.dtype, span)
            case Choice() if not isinstance(value, Absent):
                yield from self._chosen(value, template, span)
            case _ if isinstance(value, Absent):
                for leaf in leaves(template):
                    yield self.zero(leaf.type, span)
            case _:
                if isinstance(value, Rec) and isinstance(template, Rec):
                    value = value.in_order(template.names)
                for part, of in zip(value.parts, template.parts, strict=True):
                    yield from self.fitted(part, of, span)

    def _chosen(self, value: Value, template: Choice, span: Span) -> Iterator[Num]:
        """The tag of one of the options, or of some of them, and the numbers of each."""
        own = value.options if isinstance(value, Choice) else (value,)
        places = [option_of(option, template.options) for option in own]
        tag = self.literal(places[-1] or 0)
        if isinstance(value, Choice):
            tag = value.tag
            if places != list(range(len(places))):
                tag = self.literal(places[-1] or 0)
                for k, place in reversed(list(enumerate(places[:-1]))):
                    is_it = self.compare("==", value.tag, self.literal(k), (span, span))
                    chosen = self.apply(TABLE["select"], is_it, place or 0, tag, span=span)
                    tag = chosen if isinstance(chosen, Num) else tag
        yield tag
        for k, option in enumerate(template.options):
            yield from self.fitted(own[places.index(k)] if k in places else POISON, option, span)


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

"""Statements that are elaborated in place, made a function of their own: what derivatives are of.

    %1 = mul a x                  fn f.applied(x: Real, a: Real) -> Real {
    %2 = sin %1         =>          %1 = mul a x …
                                  }

What the statements read from around them becomes further params, so a function that closes over names has derivatives
in its arguments, and its own derivatives are differentiable in those names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dlang.elaborate.operators import POISON, Operators
from dlang.elaborate.values import DRAWS, Value, leaves, rebuild
from dlang.ir.builder import Ref
from dlang.ir.derived import derived, derived_name, sources
from dlang.ir.nodes import Atom, Block, Call, Definition, Function, Stmt, Var
from dlang.ir.walk import free_vars, inner_blocks, substitute
from dlang.records import record
from dlang.source import Span

__all__ = [
    "Lifted",
    "Part",
    "call_lifted",
    "count_drawn",
    "lift",
    "lift_together",
    "open_callee",
]


@record
class Lifted:
    """A function of the module for a value computed from some variables.

    Attributes:
        name: the function's.
        operands: what to call it with; the variables themselves stand where they go in.
        positions: of the variables among the operands.
        result: the value; its numbers, in order, are the function's results.
        draws: one more result says how many random numbers have been drawn.
    """

    name: str
    operands: tuple[Atom, ...]
    positions: tuple[int, ...]
    result: Value
    draws: bool

    def called_with(self, given: Sequence[Atom]) -> list[Atom]:
        """The operands with values for the variables."""
        operands = list(self.operands)
        for position, atom in zip(self.positions, given, strict=True):
            operands[position] = atom
        return operands


def lift(el: Operators, label: str, variables: Sequence[Var], make: Callable[[], Value], span: Span) -> Lifted | None:
    """The function that computes what `make` elaborates, from `variables` and what else it reads; None for poison.

    Where that is one call of a function, it is that function.
    """
    body, result, drawn = _apart(el, make)
    if result is POISON:
        return None
    results = tuple(leaf.atom for leaf in leaves(result)) + drawn
    match body:
        case [Call(outs, callee, args)] if (
            callee in el.module and outs == results and all(args.count(v) == 1 for v in variables)
        ):
            return Lifted(callee, args, tuple(args.index(v) for v in variables), result, bool(drawn))
        case _:
            pass
    block = Block(tuple(variables), tuple(body), results)
    read = (*variables, *free_vars(block))
    fresh = {v: Var(v.type, v.hint) for v in read}
    inside = substitute(Block((), block.body, results), fresh)
    name = _added(el, label, Block(tuple(fresh.values()), inside.body, inside.results), span)
    return Lifted(name, read, tuple(range(len(variables))), result, bool(drawn))


def _apart(el: Operators, make: Callable[[], Value]) -> tuple[list[Stmt], Value, tuple[Atom, ...]]:
    """The statements of a value, the value, and the state of random draws behind it, if it draws."""
    before = el.frame.env.get(DRAWS)
    with el.frame.build.nested() as body:
        result = make()
    after = count_drawn(el, before)
    return body, result, () if after is None else tuple(leaf.atom for leaf in leaves(after))


def count_drawn(el: Operators, count: Value | None) -> Value | None:
    """Begin with a state of random draws, `count`; gives the state so far, if it is another one."""
    so_far = el.frame.env.pop(DRAWS, None)
    if count is not None:
        el.frame.env[DRAWS] = count
    return so_far if so_far is not count else None


class Part:
    """A value elaborated apart, to be made a function together with others; `seeds` are variables of its own."""

    def __init__(self, el: Operators, make: Callable[[], Value], span: Span, seeds: Sequence[Var] = ()) -> None:
        body, self.result, self.drawn = _apart(el, make)
        self.seeds, self.span = tuple(seeds), span
        self.block = Block(self.seeds, tuple(body), tuple(leaf.atom for leaf in leaves(self.result)))

    def with_count(self) -> None:
        """Let the function also give how many random numbers have been drawn, if it draws any."""
        self.block = Block(self.seeds, self.block.body, self.block.results + self.drawn)


def lift_together(
    el: Operators, label: str, variables: Sequence[Var], parts: Sequence[Part], hints: Mapping[Atom, str]
) -> tuple[list[str], list[Var]]:
    """Functions of the same params, each with its seeds behind them; `hints` are names for what they read.

    Returns:
        Their names, and what they take: the variables, and what else one of them reads.
    """
    read = list(dict.fromkeys((*variables, *(v for part in parts for v in free_vars(part.block)))))
    names = []
    for part in parts:
        fresh = {v: Var(v.type, hints.get(v, v.hint)) for v in (*read, *part.seeds)}
        inside = substitute(Block((), part.block.body, part.block.results), fresh)
        block = Block(tuple(fresh.values()), inside.body, inside.results)
        names.append(_added(el, label, block, part.span))
    return names, read


def _added(el: Operators, label: str, block: Block, span: Span) -> str:
    """The name of a new function of the module."""
    number = 1
    while (name := f"{label}.applied_{number}") in el.module:
        number += 1
    el.module[name] = Function(name, block, span)
    return name


def call_lifted(
    el: Operators, lifted: Lifted, definition: Definition | None, operands: Sequence[Atom], span: Span
) -> list[Ref]:
    """Call a lifted function, or one that it defines; the results but for the count of draws, which is noted."""
    name = lifted.name
    if definition is not None:
        name = derived_name(definition)
        if name not in el.module:
            el.module[name] = derived(el.module, definition)
    outs = tuple(Var(r.type) for r in el.module[name].block.results)
    el.frame.build.emit(Call(outs, name, tuple(operands), span))
    out = [el.frame.build.ref(each) for each in outs]
    if lifted.draws:
        at = sum(1 for _ in leaves(lifted.result))
        state = el.draws()
        el.frame.env[DRAWS] = rebuild(state, iter([out.pop(at) for _ in leaves(state)]))
    return out


def open_callee(el: Operators, name: str) -> str | None:
    """A function that is still being elaborated and that function `name` calls, directly or not; None if none is."""
    seen: set[str] = set()
    todo, found = [name], None
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        function = el.module.get(name)
        if function is None:
            found = name.partition(".")[0].split(" ")[-1]  # of a rule, `jvp f`, the function
        else:
            todo += [*sources(function), *_callees(function.block.body)]
    return found


def _callees(body: Sequence[Stmt]) -> list[str]:
    found = [stmt.callee for stmt in body if isinstance(stmt, Call)]
    for stmt in body:
        for inner in inner_blocks(stmt):
            found += _callees(inner.body)
    return found

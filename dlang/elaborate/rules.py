"""Derivative rules of the program's own: `jvp f(x; dx) = …` and `vjp f(x; ct) = …`.

A call of a function with a rule is a call of a function that is defined as itself with its rules, all made of the
same arguments: the value, the value's tangent for tangents of the arguments, their cotangents for one of the value.

The seed of an argument that is a function is a function as well: how its value moves when what it captures does.
So a solver's rule can say `jvp root(f, x0; df, dx0) = { x = root(f, x0); -df(x) / f'(x) }`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dlang.diagnostics import derivatives as faults
from dlang.elaborate.arguments import Given, near
from dlang.elaborate.derivatives import directions
from dlang.elaborate.describing import describe
from dlang.elaborate.lifting import Lifted, Part, call_lifted, lift_together
from dlang.elaborate.operators import NOTHING, POISON, Operators
from dlang.elaborate.rule_values import misfit
from dlang.elaborate.values import (
    Frame,
    Func,
    Num,
    RangeValue,
    Rec,
    Shift,
    Tup,
    Value,
    is_function,
    is_structure,
    leaves,
    mapped,
    rebuild,
)
from dlang.ir.nodes import Assert, Atom, Rule, Ruled, Var
from dlang.primitives.table import TABLE
from dlang.records import field, record, replace
from dlang.source import Span
from dlang.syntax import ast
from dlang.trees import written

__all__ = ["add_rule", "call_with_rules"]


def add_rule(el: Operators, stmt: ast.RuleDef) -> None:
    """Note a rule for the function that it names, or report why it is none.

    Reports: E1011, E1012, E1014; E1013 for a value that no arguments make right.
    """
    name, kind = stmt.name.text, stmt.kind
    func = el.frame.env.get(name)
    if not isinstance(func, Func):
        known = [each for each, value in el.frame.env.items() if isinstance(value, Func)]
        el.fault(faults.rule_of_unknown(stmt.name.span, name, near(name, known)))
        return
    first = el.rules.setdefault(id(func.body), {}).get(kind)
    if first is not None:
        if first.body is not stmt.body:
            el.fault(faults.second_rule(stmt.name.span, kind, name, first.span))
        return
    names, own = [p.name.text for p in func.parameters], [p.name.text for p in stmt.parameters]
    seeds = [f"d{each}" for each in names] if kind == "jvp" else ["ct"]
    fault = None
    if names != own:
        fault = f"takes {_listed(own)}, and the function {_listed(names)}"
    elif len(stmt.seeds) != len(seeds):
        of = "one for each argument" if kind == "jvp" else "the cotangent of the value"
        fault = f"has {len(stmt.seeds)} seed{'s' * (len(stmt.seeds) != 1)} behind `;`, and needs {len(seeds)}: {of}"
    if fault is not None:
        signature, mend = (
            f"{name}({', '.join(names)})",
            f"write `{kind} {name}({', '.join(names)}; {', '.join(seeds)}) = …`",
        )
        el.fault(faults.rule_parameters_differ(stmt.name.span, name, fault, signature, func.span, mend))
        return
    wrong = misfit(func, stmt)
    if wrong is not None:
        el.fault(wrong)
        return
    parameters = [
        ast.Parameter(p.span, p.name, p.annotation, p.default or of.default)
        for p, of in zip(stmt.parameters, func.parameters, strict=True)
    ]
    parameters += [ast.Parameter(seed.span, seed, None, None) for seed in stmt.seeds]
    rule = Func(f"{kind} {name}", tuple(parameters), None, stmt.body, stmt.name.span, func.frame)
    el.rules[id(func.body)][kind] = rule


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names) or "nothing"


@record(frozen=False)
class _Call:
    """A call of a function with rules, of variables in place of the numbers that are given.

    `tangents` has what can move: variables that are Real, and what functions among the arguments capture.
    """

    variables: list[Var] = field(default_factory=list)
    atoms: list[Atom] = field(default_factory=list)
    args: list[Given] = field(default_factory=list)
    seeds: list[Given] = field(default_factory=list)
    tangents: dict[Var, Var] = field(default_factory=dict)


def call_with_rules(el: Operators, func: Func, given: Sequence[Given], span: Span) -> Value:
    """A call of a function that has rules."""
    rules = {
        kind: replace(rule, frame=func.frame, group=func.group, kept=func.kept, late=func.late)
        for kind, rule in el.rules[id(func.body)].items()
    }
    point = _point(el, func, rules.get("jvp"), given)
    if point is None or not point.tangents:
        return el.call_function(func, given, span)
    value = Part(el, lambda: el.call_function(func, point.args, span), func.span)
    if value.result is POISON:
        return POISON
    real = [leaf.type.is_real for leaf in leaves(value.result)]
    if not any(real):
        return el.call_function(func, given, span)
    pushed = pulled = None
    seeds = tuple(point.tangents.values())
    if "jvp" in rules:
        rule = rules["jvp"]
        pushed = Part(
            el, lambda: _tangent(el, func, rule, [*point.args, *point.seeds], value.result, span), rule.span, seeds
        )
    if "vjp" in rules:
        other = rules["vjp"]
        cts = [Var(leaf.type, "ct") for leaf in leaves(value.result) if leaf.type.is_real]
        pulled = Part(el, lambda: _cotangents(el, func, other, point, value.result, cts, span), other.span, tuple(cts))
    if any(part is not None and part.result is POISON for part in (pushed, pulled)):
        return el.call_function(func, given, span)  # reported, or a rule that calls its function: not known yet
    together = [part for part in (value, pushed, pulled) if part is not None]
    hints = _names_around(func)
    value.with_count()
    names, read = lift_together(el, func.name, [*point.variables, *point.tangents], together, hints)
    wrt = tuple(map(read.index, point.tangents))
    own = tuple(read.index(v) for v in point.tangents if v in point.variables)
    jvp = Rule(names[1], wrt) if pushed is not None else None
    vjp = Rule(names[-1], own) if pulled is not None else None
    actual = dict(zip(point.variables, point.atoms, strict=True))
    operands = [actual.get(v, v) for v in read]
    lifted = Lifted(names[0], tuple(operands), (), value.result, bool(value.drawn))
    return rebuild(value.result, iter(call_lifted(el, lifted, Ruled(names[0], jvp, vjp), operands, span)))


def _point(el: Operators, func: Func, rule: Func | None, given: Sequence[Given]) -> _Call | None:
    """The arguments by the names of the parameters, each with its seed; None if they do not fit."""
    names = [p.name.text for p in func.parameters]
    seeds = [p.name.text for p in rule.parameters[len(names) :]] if rule is not None else []
    positional = iter(names)
    call = _Call()
    zero: Value = el.literal(0.0)
    for name, value, at in given:
        target = next(positional, None) if name is None else name
        if target not in names or value is POISON or value is NOTHING:
            return None
        if isinstance(value, RangeValue):
            value = el.range_array(value, at)
        actual = list(leaves(value))
        is_open = [leaf.known is None or (el.moves_constants and leaf.type.is_real) for leaf in actual]
        parts = zip(actual, is_open, _named(target, value), strict=True)
        fresh = [Var(leaf.type, name) if varies else None for leaf, varies, name in parts]
        call.variables += [v for v in fresh if v is not None]
        call.atoms += [leaf.atom for leaf, varies in zip(actual, is_open, strict=True) if varies]
        value = rebuild(value, (el.frame.build.ref(v or leaf.atom) for v, leaf in zip(fresh, actual, strict=True)))
        call.args.append((target, value, at))
        if seeds:
            call.seeds.append((seeds[names.index(target)], _seed(el, value, actual, call.tangents, at), at))
        else:
            call.tangents.update((v, v) for v in fresh if v is not None and v.type.is_real)
    met = {name for name, _, _ in call.args}
    call.seeds += [(seed, zero, func.span) for seed, name in zip(seeds, names, strict=False) if name not in met]
    return call


def _named(name: str, value: Value) -> Iterator[str]:
    """What the numbers that a value is of are called: those of a record `r` are `r.a` and `r.b`."""
    if isinstance(value, Rec | Tup):
        keys: Iterable[str | int] = value.names if isinstance(value, Rec) else range(len(value.items))
        for key, item in zip(keys, value.items, strict=True):
            yield from _named(name + written(key), item)
    else:
        yield from (name for _ in leaves(value))


def _seed(el: Operators, value: Value, actual: Sequence[Num], tangents: dict[Var, Var], at: Span) -> Value:
    """What stands for the tangent of an argument: of its structure, zero where nothing can move.

    The zeros are those of the `actual` numbers: the variables of `value` are bound in the function only.
    """
    given = iter(actual)

    def moved(number: Num) -> Num:
        found = next(given)
        if isinstance(number.atom, Var) and number.type.is_real:
            return Num(el.frame.build.ref(tangents.setdefault(number.atom, Var(number.type, f"d{number.atom.hint}"))))
        if number.type.is_scalar:
            return el.literal(0.0)
        out = el.apply(TABLE["zeros_like"], found, span=at)
        assert isinstance(out, Num)
        return out

    if is_function(value):
        return Shift(value, Tup(tuple(map(moved, leaves(value)))))
    if isinstance(value, Num) or is_structure(value):
        return mapped(value, moved)
    return el.literal(0.0)


def _names_around(func: Func) -> dict[Atom, str]:
    """What a function captures, by name: for people."""
    held: list[tuple[str, Value]] = [(name, part) for (_, name), part in zip(func.kept, func.parts, strict=True)]
    frame: Frame | None = func.frame
    while frame is not None and not func.group:
        held += frame.env.items()
        frame = frame.parent
    return {value.atom: name for name, value in held if isinstance(value, Num)}


def _tangent(el: Operators, func: Func, rule: Func, args: Sequence[Given], value: Value, span: Span) -> Value:
    """What a rule for tangents gives: a tangent for each Real of the value."""
    found = el.call_function(rule, args, span)
    if found is POISON:
        return POISON
    return _fitting(el, func, rule, value, found, "the tangent", "its value", is_bound=False)


def _cotangents(
    el: Operators, func: Func, rule: Func, point: _Call, value: Value, cts: Sequence[Var], span: Span
) -> Value:
    """What a rule for cotangents gives: a cotangent for each Real among the arguments."""
    fresh = iter(cts)
    seeds = mapped(value, lambda n: Num(el.frame.build.ref(next(fresh))) if n.type.is_real else el.literal(0.0))
    seed = rule.parameters[len(func.parameters)].name
    found = el.call_function(rule, [*point.args, (seed.text, seeds, seed.span)], span)
    if found is POISON:
        return POISON
    count = len(func.parameters)
    items = found.items if count > 1 and isinstance(found, Tup) else (found,)
    if len(items) != count:
        what, expected = "the cotangents of the arguments", f"a tuple of {count}"
        return el.fault(faults.rule_result_misfit(_end(rule), func.name, what, expected, describe(found)))
    gathered: list[Value] = []
    given = {name: value for name, value, _ in point.args}
    for parameter, item in zip(func.parameters, items, strict=True):
        name = parameter.name.text
        arg = given.get(name)
        if arg is None or is_function(arg) or not (isinstance(arg, Num) or is_structure(arg)):
            continue
        # also of an argument that nothing moves here: another call may move it
        fitted = _fitting(el, func, rule, arg, item, "the cotangent", f"`{name}`")
        if fitted is POISON:
            return POISON
        moving = [leaf for leaf in leaves(arg) if leaf.type.is_real]
        gathered += [ct for ct, leaf in zip(leaves(fitted), moving, strict=True) if leaf.atom in point.tangents]
    return Tup(tuple(gathered))


def _fitting(
    el: Operators, func: Func, rule: Func, like: Value, found: Value, what: str, of: str, *, is_bound: bool = True
) -> Value:
    """What a rule gives for the Reals of a value: a number of its shape for each.

    Sizes that only running knows are checked there; without the value at hand (`is_bound`), only against known ones.
    """
    atoms = directions(el, like, found, _end(rule), None)
    if atoms is None:
        return el.fault(
            faults.rule_result_misfit(_end(rule), func.name, f"{what} of {of}", describe(like), describe(found))
        )
    fitted = [
        (leaf, Num(el.frame.build.ref(a))) for leaf, a in zip(leaves(like), atoms, strict=True) if leaf.type.is_real
    ]
    said = f"{what} has the shape of {of}"
    for leaf, number in fitted:
        _check_shape(el, leaf, number, said, _end(rule), is_bound)
    return Tup(tuple(number for _, number in fitted))


def _check_shape(el: Operators, like: Num, found: Num, said: str, span: Span, is_bound: bool) -> None:
    """Check while running the sizes that only running knows: broadcasting would hide a wrong one."""
    for axis, sizes in enumerate(zip(like.type.shape, found.type.shape, strict=True)):
        if None not in sizes or (sizes[0] is None and not is_bound):
            continue
        own = el.apply(TABLE["length"], found, span=span, axis=axis)
        known = sizes[0]
        wanted = el.literal(known) if known is not None else el.apply(TABLE["length"], like, span=span, axis=axis)
        equal = el.compare("==", wanted, own, (span, span))
        assert isinstance(equal, Num)
        el.frame.build.emit(Assert(equal.atom, said, span))


def _end(rule: Func) -> Span:
    """The expression that is a rule's value."""
    return rule.body.statements[-1].span if rule.body.statements else rule.span

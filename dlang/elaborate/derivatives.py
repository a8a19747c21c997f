"""Derivatives of functions: `f'`, `grad`, `value_and_grad`, `jacobian`, `hessian`, and directions pushed and pulled.

A derivative is a call of a function that is defined by another, `tangent of f` or `adjoint of f`; passes write it out.
The call of `f` itself is elaborated in place and made a function (`lifting`), so every function has derivatives,
built in or not, a closure or a derivative.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics import derivatives as faults
from dlang.diagnostics import typing as type_faults
from dlang.elaborate.arguments import Given
from dlang.elaborate.describing import describe, title
from dlang.elaborate.lifting import Lifted, call_lifted, count_drawn, lift, open_callee
from dlang.elaborate.operators import NOTHING, POISON, Operators
from dlang.elaborate.unit_directions import columns, rows
from dlang.elaborate.values import (
    DRAWS,
    Derivative,
    Func,
    Num,
    Pullback,
    RangeValue,
    Shift,
    Tup,
    Value,
    is_structure,
    leaves,
    mapped,
    rebuild,
)
from dlang.ir.builder import Ref
from dlang.ir.nodes import Adjoint, Atom, Checkpoint, Tangent, Var
from dlang.primitives.table import TABLE
from dlang.records import record
from dlang.source import Span
from dlang.types import DType

__all__ = ["call_derived", "directions", "hessian_product", "named", "pull", "push", "pushforward"]


def named(of: Value) -> str:
    """A function, for people: `f`."""
    return f"`{title(of)}`" if title(of) != "fn" else "the function"


def call_derived(el: Operators, target: Derivative | Pullback | Shift, given: Sequence[Given], span: Span) -> Value:
    """The value of a function made of a function at its arguments."""
    if any(value is POISON for _, value, _ in given):
        return POISON
    if isinstance(target, Pullback):
        return _pulled_back(el, target, given, span)
    if isinstance(target, Shift):
        return _shifted(el, target, given, span)
    match target.form:
        case "prime":
            return _prime(el, target.of, given, span)
        case "grad" | "value_and_grad":
            return _gradient(el, target, given, span)
        case "jacobian":
            return _jacobian(el, target, given, span)
        case "hessian":
            gradient = Derivative("grad", target.of, target.wrt, "hessian")
            return _jacobian(el, Derivative("hessian", gradient, target.wrt), given, span)
        case "checkpoint":
            return _checkpointed(el, target.of, given, span)


# ---- what is differentiated, and in what


@record
class _Point:
    """Arguments of a call of which some are differentiated: `chosen` are their positions among those given."""

    given: tuple[Given, ...]
    chosen: tuple[int, ...]

    @property
    def values(self) -> list[Value]:
        """The arguments that are differentiated."""
        return [self.given[k][1] for k in self.chosen]

    @property
    def atoms(self) -> list[Atom]:
        """Their numbers."""
        return [leaf.atom for value in self.values for leaf in leaves(value)]


def _point(el: Operators, of: Value, given: Sequence[Given], chosen: Sequence[int], span: Span) -> _Point | None:
    """The point, with what is differentiated made Real; None if something of it has no derivative."""
    args = list(given)
    good = True
    for k in chosen:
        name, value, at = args[k]
        real = _realised(el, value, at, _argument(of, name, k), _annotated_int(of, name, k))
        good = good and real is not None
        args[k] = (name, real if real is not None else POISON, at)
    return _Point(tuple(args), tuple(chosen)) if good else None


def _realised(el: Operators, value: Value, at: Span, what: str, is_int: bool = False) -> Value | None:
    """An argument with every number in it Real; None, reported, if it holds something else."""
    if value is POISON or value is NOTHING:
        el.refuse(value, what, type_faults.missing_value(at, what))
        return None
    if isinstance(value, RangeValue):
        value = el.range_array(value, at)
    if isinstance(value, Num) and value.type.dtype is not DType.BOOL and not is_int:
        return el.real(value, at)
    if isinstance(value, Num) and is_int:
        el.fault(faults.no_derivative_in(at, what, "an Int", "annotated as Int in the function"))
        return None
    if _holds_others(value):
        el.fault(faults.no_derivative_in(at, what, describe(value)))
        return None
    return rebuild(value, iter([el.real(leaf, at).ref for leaf in leaves(value)]))


def _holds_others(value: Value) -> bool:
    """Whether a structure holds anything but Reals and Ints."""
    if isinstance(value, Num):
        return value.type.dtype is DType.BOOL
    return not is_structure(value) or any(map(_holds_others, value.parts))


def _parameters(of: Value) -> tuple[str, ...]:
    """The names of a function's parameters, where the program says them."""
    match of:
        case Func():
            return tuple(p.name.text for p in of.parameters)
        case Derivative():
            return _parameters(of.of)
        case _:
            return ()


def _argument(of: Value, name: str | None, position: int) -> str:
    names = _parameters(of)
    known = name or (names[position] if position < len(names) else None)
    return f"`{known}`" if known else f"argument {position} of {named(of)}"


def _annotated_int(of: Value, name: str | None, position: int) -> bool:
    while isinstance(of, Derivative):
        of = of.of
    if not isinstance(of, Func):
        return False
    names = _parameters(of)
    at = names.index(name) if name in names else position
    note = of.parameters[at].annotation if at < len(names) else None
    return note is not None and note.dtype in ("Int", "Bool", "String")


def _chosen(el: Operators, target: Derivative, given: Sequence[Given], span: Span) -> list[int] | None:
    """Where the arguments that `wrt` counts stand among those given."""
    names = _parameters(target.of)
    found: list[int] = []
    for each in (target.wrt,) if isinstance(target.wrt, int) else target.wrt:
        place = next((k for k, (name, _, _) in enumerate(given) if name is None and k == each), None)
        if place is None and each < len(names):
            place = next((k for k, (name, _, _) in enumerate(given) if name == names[each]), None)
        if place is None:
            count = "1 argument" if len(given) == 1 else f"{len(given)} arguments"
            el.fault(faults.wrong_wrt(span, target.form, f"argument {each} is not given: the call has {count}"))
            return None
        found.append(place)
    return found


def _lifted(el: Operators, of: Value, point: _Point, span: Span) -> Lifted | None:
    """The function of the chosen arguments alone, its value with every Int made Real."""
    build = el.frame.build
    variables: list[Var] = []
    given = list(point.given)
    for k in point.chosen:
        name, value, at = given[k]
        own = [Var(leaf.type, "x") for leaf in leaves(value)]
        variables += own
        given[k] = (name, rebuild(value, iter([build.ref(v) for v in own])), at)

    label = title(of)
    lifted = lift(el, label, variables, lambda: _real_value(el, of, given, span), span)
    waiting = open_callee(el, lifted.name) if lifted is not None else None
    if waiting is not None:
        el.fault(faults.derivative_in_recursion(span, f"`{waiting}`" if waiting != "fn" else "the function"))
        return None
    return lifted


def _real_value(el: Operators, of: Value, given: Sequence[Given], span: Span) -> Value:
    """The value of a function with every Int made Real; what has no derivative is reported."""
    value = el.call_value(of, given, span, span)
    if value is POISON:
        return POISON
    if value is NOTHING or _holds_others(value):
        return el.fault(faults.value_has_no_derivative(span, named(of), describe(value)))
    numbers = list(leaves(value))
    if all(n.type.is_real for n in numbers):
        return value
    return rebuild(value, iter([el.real(n, span).ref for n in numbers]))


@record
class _Variables:
    """A call's arguments with variables for the numbers that only running knows, and what these are."""

    args: list[Given]
    variables: list[Var]
    atoms: list[Atom]


def _at_variables(el: Operators, given: Sequence[Given]) -> _Variables:
    found = _Variables([], [], [])
    for name, value, at in given:
        fresh = [Var(leaf.type, "x") if leaf.known is None else None for leaf in leaves(value)]
        found.variables.extend(v for v in fresh if v is not None)
        found.atoms.extend(leaf.atom for leaf in leaves(value) if leaf.known is None)
        refs = (el.frame.build.ref(v or leaf.atom) for v, leaf in zip(fresh, leaves(value), strict=True))
        found.args.append((name, rebuild(value, refs), at))
    return found


# ---- forward


def pushforward(
    el: Operators, of: Value, point: _Point, tangents: Sequence[Atom], span: Span
) -> tuple[Value, Value] | None:
    """The value of a function, and its tangent along tangents of the chosen arguments' numbers."""
    lifted = _lifted(el, of, point, span)
    return _pushed(el, lifted, point, tangents, span) if lifted is not None else None


def _pushed(el: Operators, lifted: Lifted, point: _Point, tangents: Sequence[Atom], span: Span) -> tuple[Value, Value]:
    operands = [*lifted.called_with(point.atoms), *tangents]
    out = call_lifted(el, lifted, Tangent(lifted.name, lifted.positions), operands, span)
    count = len(out) // 2
    return rebuild(lifted.result, iter(out[:count])), rebuild(lifted.result, iter(out[count:]))


def _prime(el: Operators, of: Value, given: Sequence[Given], span: Span) -> Value:
    if len(given) != 1:
        return el.fault(faults.prime_of_several(span, len(given)))
    point = _point(el, of, given, (0,), span)
    if point is None:
        return POISON
    x = point.values[0]
    if not isinstance(x, Num):
        return el.fault(faults.no_derivative_in(given[0][2], _argument(of, given[0][0], 0), describe(given[0][1])))
    lifted = _lifted(el, of, point, span)
    if lifted is None:
        return POISON
    if x.type.rank:
        from dlang.ir.elementwise import elementwise_results

        found = elementwise_results(el.module, lifted.name, lifted.positions[0], x.type.shape)
        if found is None:
            gives = describe(lifted.result)
            return el.fault(faults.prime_not_elementwise(span, named(of), describe(x), gives))
        if not found:
            return el.apply(TABLE["zeros_like"], x, span=span)  # it is the same everywhere
    return _pushed(el, lifted, point, [_filled(el, x, 1.0, span).atom], span)[1]


def _filled(el: Operators, like: Num, value: float, span: Span) -> Num:
    """A number or array of one value, in the shape of another."""
    if like.type.is_scalar:
        return el.literal(value)
    if value == 0.0:
        out = el.apply(TABLE["zeros_like"], like, span=span)
    elif like.type.is_static:
        out = el.apply(TABLE["full"], value, span=span, shape=like.type.shape)
    else:
        out = el.apply(TABLE["add"], el.apply(TABLE["zeros_like"], like, span=span), value, span=span)
    assert isinstance(out, Num)
    return out


def push(el: Operators, of: Value, primals: Given, tangents: Given, span: Span) -> Value:
    """`jvp(f, (x, …), (dx, …))`: the value and the tangent."""
    values, along = primals[1], tangents[1]
    for what, (_, value, at) in (("the arguments of `jvp`", primals), ("the tangents of `jvp`", tangents)):
        if not isinstance(value, Tup):
            expected = "a tuple with one for each argument of the function"
            mend = "write `jvp(f, (x,), (dx,))`"
            return el.refuse(value, what, type_faults.wrong_type(at, what, expected, describe(value), mend))
    assert isinstance(values, Tup)
    assert isinstance(along, Tup)
    given = [(None, item, primals[2]) for item in values.items]
    point = _point(el, of, given, range(len(given)), span)
    if point is None:
        return POISON
    seeds = directions(el, Tup(tuple(point.values)), along, tangents[2], "the tangents of `jvp`")
    pushed = pushforward(el, of, point, seeds, span) if seeds is not None else None
    return Tup(pushed) if pushed is not None else POISON


def hessian_product(el: Operators, of: Value, x: Given, v: Given, span: Span) -> Value:
    """`hvp(f, x, v)`: the Hessian at x times v, in the structure of x."""
    point = _point(el, of, [x], (0,), span)
    if point is None:
        return POISON
    seeds = directions(el, point.values[0], v[1], v[2], "the direction of `hvp`")
    gradient = Derivative("grad", of, 0, "hvp")
    pushed = pushforward(el, gradient, point, seeds, span) if seeds is not None else None
    return pushed[1] if pushed is not None else POISON


def directions(el: Operators, of: Value, found: Value, at: Span, what: str | None) -> list[Atom] | None:
    """The numbers of a tangent or cotangent, which must have the structure and shapes of what it belongs to.

    None if it has not; that is reported if `what` says what it is.
    """
    if found is POISON:
        return None
    if isinstance(of, Num) and isinstance(found, Num) and found.type.dtype is not DType.BOOL:
        pairs = zip(of.type.shape, found.type.shape, strict=False)
        if of.type.rank == found.type.rank and all(m == n or None in (m, n) for m, n in pairs):
            return [el.real(found, at).atom]
    if is_structure(of) and of.kind == found.kind:
        inside = [directions(el, a, b, at, what) for a, b in zip(of.parts, found.parts, strict=True)]
        return None if None in inside else [atom for part in inside if part is not None for atom in part]
    if what is not None:
        el.fault(faults.direction_misfit(at, what, describe(of), describe(found)))
    return None


def _shifted(el: Operators, target: Shift, given: Sequence[Given], span: Span) -> Value:
    """How a function's value moves with what it holds and captures."""
    pairs = zip((leaf.atom for leaf in leaves(target.of)), leaves(target.tangents), strict=True)
    tangents = {atom: t.atom for atom, t in pairs if isinstance(atom, Var) and atom.type.is_real}
    point = _at_variables(el, given)
    lifted = lift(el, "fn", point.variables, lambda: _real_value(el, target.of, point.args, span), span)
    if lifted is None:
        return POISON
    own = set(lifted.positions)
    moving = [
        (i, tangents[a]) for i, a in enumerate(lifted.operands) if i not in own and isinstance(a, Var) and a in tangents
    ]
    if not moving:
        found = call_lifted(el, lifted, None, lifted.called_with(point.atoms), span)
        return rebuild(lifted.result, (_filled(el, Num(ref), 0.0, span).ref for ref in found))
    operands = [*lifted.called_with(point.atoms), *(t for _, t in moving)]
    out = call_lifted(el, lifted, Tangent(lifted.name, tuple(i for i, _ in moving)), operands, span)
    return rebuild(lifted.result, iter(out[len(out) // 2 :]))


# ---- reverse


def _pulled(
    el: Operators, lifted: Lifted, point: _Point, cotangents: Sequence[Atom], span: Span
) -> tuple[Value, list[Value]]:
    """The value, and the cotangents of the chosen arguments."""
    count = len(list(leaves(lifted.result)))
    definition = Adjoint(lifted.name, lifted.positions, tuple(range(count)))
    out = call_lifted(el, lifted, definition, [*lifted.called_with(point.atoms), *cotangents], span)
    value, fresh = rebuild(lifted.result, iter(out[:count])), iter(out[count:])
    return value, [rebuild(each, fresh) for each in point.values]


def _gradient(el: Operators, target: Derivative, given: Sequence[Given], span: Span) -> Value:
    chosen = _chosen(el, target, given, span)
    point = _point(el, target.of, given, chosen, span) if chosen is not None else None
    lifted = _lifted(el, target.of, point, span) if point is not None else None
    if point is None or lifted is None:
        return POISON
    if not (isinstance(lifted.result, Num) and lifted.result.type.is_scalar):
        found = describe(lifted.result)
        return el.fault(faults.gradient_not_scalar(span, target.written or target.form, named(target.of), found))
    value, gradients = _pulled(el, lifted, point, [el.literal(1.0).atom], span)
    gradient = gradients[0] if isinstance(target.wrt, int) else Tup(tuple(gradients))
    return Tup((value, gradient)) if target.form == "value_and_grad" else gradient


def pull(el: Operators, of: Value, given: Sequence[Given], span: Span) -> Value:
    """`vjp(f, x, …)`: the value, and the pullback."""
    point = _point(el, of, given, range(len(given)), span)
    if point is None:
        return POISON
    drawn = el.frame.env.get(DRAWS, Tup((el.literal(0), el.literal(0))))
    value = el.call_value(of, point.given, span, span)
    return POISON if value is POISON else Tup((value, Pullback(of, Tup(tuple(point.values)), drawn)))


def _pulled_back(el: Operators, target: Pullback, given: Sequence[Given], span: Span) -> Value:
    """The cotangents of the primals: bare for one argument, a tuple for more."""
    if len(given) != 1 or given[0][0] is not None:
        signature, fault = "pullback(ct)", f"a pullback takes the cotangent of the value, and {len(given)} were given"
        return el.fault(type_faults.builtin_arguments(span, signature, fault))
    primals = [(None, item, span) for item in target.primals.parts]
    point = _Point(tuple(primals), tuple(range(len(primals))))
    now = el.frame.env.get(DRAWS)
    count_drawn(el, target.drawn)  # what it drew, it draws again
    lifted = _lifted(el, target.of, point, span)
    count_drawn(el, now)
    if lifted is None:
        return POISON
    seeds = directions(el, lifted.result, given[0][1], given[0][2], "the cotangent")
    if seeds is None:
        return POISON
    cotangents = _pulled(el, lifted, point, seeds, span)[1]
    count_drawn(el, now)
    return cotangents[0] if len(cotangents) == 1 else Tup(tuple(cotangents))


# ---- both


def _jacobian(el: Operators, target: Derivative, given: Sequence[Given], span: Span) -> Value:
    """Derivatives of every number of the value in every number of the chosen arguments.

    Forward mode, a column at a time, where there are fewer inputs than outputs, and over a gradient; else reverse
    mode, a row at a time.
    """
    chosen = _chosen(el, target, given, span)
    point = _point(el, target.of, given, chosen, span) if chosen is not None else None
    lifted = _lifted(el, target.of, point, span) if point is not None else None
    if point is None or lifted is None:
        return POISON
    inputs, outputs = [leaf for v in point.values for leaf in leaves(v)], list(leaves(lifted.result))
    sizes = [_size(inputs), _size(outputs)]
    forward = target.form == "hessian" or sizes[1] is None or (sizes[0] is not None and sizes[0] < sizes[1])
    operands = lifted.called_with(point.atoms)
    if not all(leaf.type.is_static for leaf in outputs):
        outputs = list(map(Num, call_lifted(el, lifted, None, operands, span)))  # their sizes are met while running
    entries: list[list[Ref]] = []  # by output, then by input
    if forward:
        by_input = []
        for leaf, position in zip(inputs, lifted.positions, strict=True):
            definition = Tangent(lifted.name, (position,))

            def pushed(seed: Atom, definition: Tangent = definition) -> list[Ref]:
                return call_lifted(el, lifted, definition, [*operands, seed], span)[len(outputs) :]

            by_input.append(columns(el, leaf, outputs, pushed, span))
        entries = [list(each) for each in zip(*by_input, strict=True)]
    else:
        for k, leaf in enumerate(outputs):
            reverse = Adjoint(lifted.name, lifted.positions, (k,))

            def pulled(seed: Atom, definition: Adjoint = reverse) -> list[Ref]:
                return call_lifted(el, lifted, definition, [*operands, seed], span)[len(outputs) :]

            entries.append(rows(el, leaf, inputs, pulled, span))
    if lifted.draws:
        call_lifted(el, lifted, None, operands, span)  # all of them drew the same; what follows draws on from there
    by_output = iter(entries)

    def in_arguments(_: Num) -> Value:
        own = iter(next(by_output))
        parts = [rebuild(value, own) for value in point.values]
        return parts[0] if isinstance(target.wrt, int) else Tup(tuple(parts))

    return mapped(lifted.result, in_arguments)


def _size(numbers: Sequence[Num]) -> int | None:
    """How many elements there are, if that is known."""
    total = 0
    for number in numbers:
        size = 1
        for n in number.type.shape:
            if n is None:
                return None
            size *= n
        total += size
    return total


# ---- recomputing


def _checkpointed(el: Operators, of: Value, given: Sequence[Given], span: Span) -> Value:
    """A call whose reverse runs the function again."""
    point = _at_variables(el, given)
    label = title(of)
    lifted = lift(el, label, point.variables, lambda: el.call_value(of, point.args, span, span), span)
    if lifted is None:
        return POISON
    out = call_lifted(el, lifted, Checkpoint(lifted.name), lifted.called_with(point.atoms), span)
    return rebuild(lifted.result, iter(out))

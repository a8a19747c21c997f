"""E10xx: derivatives in the language, and derivative rules of the program's own."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.source import Span


def no_derivative_in(at: Span, what: str, found: str, label: str | None = None) -> Diagnostic:
    """E1001: a derivative with respect to something that is no number."""
    return Diagnostic(
        "E1001",
        f"there is no derivative with respect to {what}, which is {found}",
        Label(at, label or f"this is {found}"),
        help="derivatives are taken in Reals and in arrays, tuples and records of them; choose others with `wrt`, "
        "or hold this one: `fn(x) = f(x, …)`",
    )


def value_has_no_derivative(at: Span, name: str, found: str) -> Diagnostic:
    """E1002: a derivative of a function whose value is no number."""
    return Diagnostic(
        "E1002",
        f"{name} gives {found}, which has no derivative",
        Label(at, "in this derivative"),
        help="differentiate a function that gives Reals: numbers, or arrays, tuples and records of them",
    )


def gradient_not_scalar(at: Span, form: str, name: str, found: str) -> Diagnostic:
    """E1003: the gradient of a function that does not give one Real."""
    return Diagnostic(
        "E1003",
        f"`{form}` takes a function that gives one Real, and {name} gives {found}",
        Label(at, "in this derivative"),
        help="make one number of it, as with `sum`, or take the matrix of derivatives: `jacobian(f)`",
    )


def wrong_wrt(at: Span, form: str, fault: str) -> Diagnostic:
    """E1004: `wrt` does not say which arguments."""
    return Diagnostic(
        "E1004",
        f"{fault}",
        Label(at, "here"),
        help=f"`wrt` counts the arguments from 0: `{form}(f, wrt=1)`, `{form}(f, wrt=(0, 2))`",
    )


def derivative_in_recursion(at: Span, name: str) -> Diagnostic:
    """E1005: a derivative of a function that is taken in a call of the function itself."""
    return Diagnostic(
        "E1005",
        f"the derivative of {name} is needed to compute {name} itself",
        Label(at, "taken inside the function it is the derivative of"),
        notes=("each call would need a derivative of one order more, so there is no end to it",),
        help="take the derivative outside of the recursion, or write the recursion for the derivative too",
    )


def direction_misfit(at: Span, what: str, expected: str, found: str) -> Diagnostic:
    """E1006: a tangent or cotangent that is not like what it belongs to."""
    return Diagnostic("E1006", f"{what} must be {expected}, not {found}", Label(at, f"this is {found}"))


def prime_of_several(at: Span, given: int) -> Diagnostic:
    """E1007: `f'` called with several arguments, or none."""
    return Diagnostic(
        "E1007",
        f"`f'` is the derivative of a function of one argument, and {given} were given",
        Label(at, "in this call"),
        help="write `grad(f, wrt=0)(…)`, or hold the others: `g = fn(x) = f(x, …)`, then `g'(x)`",
    )


def prime_not_elementwise(at: Span, name: str, argument: str, found: str) -> Diagnostic:
    """E1008: `f'` over an array, of a function that does not go element by element."""
    return Diagnostic(
        "E1008",
        f"`f'` goes element by element, and {name} does not: of {argument} it gives {found}",
        Label(at, "in this call"),
        notes=("an array that is filled in a loop, or indexed, is not seen to go element by element",),
        help="of one number made of an array take `grad(f)`, of an array made of an array `jacobian(f)`",
    )


def rule_of_unknown(at: Span, name: str, near: str | None) -> Diagnostic:
    """E1011: a derivative rule for what is no function of the file."""
    return Diagnostic(
        "E1011",
        f"`{name}` is no function of this file",
        Label(at, "a rule of it"),
        help=f"did you mean `{near}`?" if near else f"define it in this file: `fn {name}(x) = …`",
    )


def rule_parameters_differ(at: Span, name: str, fault: str, signature: str, defined: Span, mend: str) -> Diagnostic:
    """E1012: a derivative rule whose parameters are not those of its function, each with a seed."""
    return Diagnostic(
        "E1012",
        f"the rule of `{name}` {fault}",
        Label(at, "in this rule"),
        (Label(defined, f"the function is `{signature}`"),),
        help=mend,
    )


def rule_result_misfit(at: Span, name: str, what: str, expected: str, found: str) -> Diagnostic:
    """E1013: a derivative rule whose value is not like that of its function."""
    return Diagnostic(
        "E1013", f"the rule of `{name}` must give {what}, {expected}, not {found}", Label(at, f"this is {found}")
    )


def second_rule(at: Span, kind: str, name: str, first: Span) -> Diagnostic:
    """E1014: a second derivative rule of one function."""
    return Diagnostic(
        "E1014",
        f"`{name}` has two `{kind}` rules",
        Label(at, "the second"),
        (Label(first, "the first"),),
        help="keep one of them",
    )


def rule_reads_other(at: Span | None, name: str, other: str) -> Diagnostic:
    """E1015: a function with a rule reads what a derivative is taken in, and the rule says nothing of it."""
    what = f"`{other}`" if other else "a value"
    return Diagnostic(
        "E1015",
        f"`{name}` reads {what} from around it, and its derivative rule has no derivative in it",
        Label(at, f"depends on {what}") if at is not None else None,
        help=f"make {what if other else 'it'} an argument of `{name}` and of its rule",
    )


def only_vjp_rule(at: Span | None, name: str) -> Diagnostic:
    """E1017: forward mode, or a second derivative, through a function that has a `vjp` rule alone."""
    return Diagnostic(
        "E1017",
        f"`{name}` has a `vjp` rule, which serves one reverse derivative and no other",
        Label(at, "a tangent is needed here") if at is not None else None,
        help=f"write a rule for tangents, `jvp {name}(…; …) = …`: it serves both modes and every order",
    )


def rule_not_linear(at: Span | None, name: str) -> Diagnostic:
    """E1016: a derivative rule that is not linear in its seeds."""
    return Diagnostic(
        "E1016",
        f"the rule of `{name}` is not linear in its seeds",
        Label(at, "in this rule") if at is not None else None,
        notes=("a tangent is linear in its direction: twice the seeds give twice the tangent, and 0 gives 0",),
        help="make every term of the rule's value the product of a seed and of what does not depend on seeds",
    )


def rule_disagrees(
    at: Span,
    name: str,
    where: str,
    by_rule: float,
    expected: float,
    rule: Span | None,
    factor: float | None = None,
) -> Diagnostic:
    """W1018: at a call, a derivative rule of the program is not confirmed.

    `where` says which of its derivatives, and at which arguments. It gives `by_rule`: not what differences of the
    function do; or, with a `factor`, for a cotangent so many times as large not so many times as much.
    """
    given, due = _told_apart(by_rule, expected)
    what = f"disagrees with `{name}` itself"
    note = f"the rule gives {given}, and differences of `{name}` give {due}"
    mend = "mend the rule; or, if the rule differs on purpose, take the check for what it is"
    if factor is not None:
        what = "is not linear in its cotangent"
        times = f"{factor:g} times as"
        note = f"for a cotangent {times} large the rule gives {given}, and not {times} much, {due}"
        mend = "let every term of the rule have the cotangent as a factor; one that is clipped is no derivative"
    return Diagnostic(
        "W1018",
        f"the derivative rule of `{name}` {what}",
        Label(at, "at this call"),
        (Label(rule, "the rule"),) if rule is not None else (),
        notes=(f"{where}: {note}",),
        help=mend,
        severity="warning",
    )


def gradient_disagrees(
    at: Span, name: str, exact: float, numerical: float, is_sure: bool, stops: Sequence[Span]
) -> Diagnostic:
    """W1019: differences do not confirm an entry of a gradient, for which no rule of the program is the reason.

    `stops` are places of `stop_gradient`; `is_sure`, whether the differences are.
    """
    given, found = _told_apart(exact, numerical)
    notes, mend = [f"it is {given}, and differences give {found}"], None
    if not is_sure:
        notes = [f"it is {given}; by differences it may be {found}, or something else"]
        mend = "look for what is noisy, as a loop that ends by a tolerance, or finer than rounding; or start elsewhere"
    if stops:
        notes.append("`stop_gradient` is meant to change derivatives, and differences know nothing of it")
        mend = "if this is what it is there for, take the check for what it is"
    title = "disagrees with" if is_sure else "cannot be compared with"
    return Diagnostic(
        "W1019",
        f"the derivative in `{name}` {title} numerical derivatives",
        Label(at, "in this"),
        tuple(Label(stop, "a constant to derivatives") for stop in stops),
        notes=tuple(notes),
        help=mend,
        severity="warning",
    )


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers in six digits, or in as many as it takes to tell one from the other."""
    for digits in range(6, 17):
        texts = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return repr(one), repr(other)

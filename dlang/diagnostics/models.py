"""E04xx: models (param, data, ~, minimize, report) and constructs that have not landed."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.numbers import plain
from dlang.source import Span


def not_yet(at: Span, construct: str, instead: str | None = None) -> Diagnostic:
    """E0401: a construct of the language that this version does not take yet; `construct` is a plural."""
    return Diagnostic(
        "E0401", f"{construct} are not supported yet", Label(at, "this version does not take it"), help=instead
    )


def start_outside_bounds(
    at: Span, name: str, start: float, lower: float, upper: float, bounds: Span | None
) -> Diagnostic:
    """E0402: a param whose start lies outside its bounds."""
    shown, inside = plain(start), f"{plain(lower)}..{plain(upper)}"
    labels = (Label(bounds, "the bounds"),) if bounds else ()
    if start != start:
        return Diagnostic("E0402", f"the start of `{name}` is nan", Label(at, "not a number"), help="start at a number")
    return Diagnostic(
        "E0402",
        f"the start of `{name}`, {shown}, is outside its bounds {inside}",
        Label(at, f"starts at {shown}"),
        labels,
        help=f"start `{name}` within {inside}, or widen the bounds",
    )


def empty_bounds(at: Span, name: str, lower: float, upper: float) -> Diagnostic:
    """E0403: bounds between which nothing can move."""
    if lower == upper:
        mend = f"to hold `{name}`, write `param {name} = {plain(lower)}, fixed`"
    elif lower > upper:
        mend = f"write the lower bound first: `{plain(upper)}..{plain(lower)}`"
    else:
        mend = "a bound is a number, or `inf` where there is none"
    return Diagnostic(
        "E0403",
        f"the bounds of `{name}`, {plain(lower)}..{plain(upper)}, leave it no room",
        Label(at, "no room between these"),
        help=mend,
    )


def mixed_terms(at: Span, other: Span) -> Diagnostic:
    """E0404: least squares and log-densities in one program."""
    return Diagnostic(
        "E0404",
        "plain least squares and log-densities do not mix",
        Label(at, "a least-squares term"),
        (Label(other, "a log-density"),),
        notes=("a log-density is in the units of its noise, a sum of squares in those of the data",),
        help="give the least-squares term its distribution: `y ~ normal(mu, sigma)`",
    )


def objective_not_scalar(at: Span, word: str, found: str) -> Diagnostic:
    """E0405: what `minimize` or `maximize` is given is not one Real."""
    return Diagnostic(
        "E0405",
        f"`{word}` takes one Real, not {found}",
        Label(at, f"this is {found}"),
        help="make one number of it: `sum(…)` or `mean(…)`" if "array" in found else None,
    )


def param_not_real(at: Span, name: str, found: str) -> Diagnostic:
    """E0406: a param whose start is not a number or an array of numbers, or a tuple or record of them."""
    return Diagnostic(
        "E0406",
        f"the start of `{name}` must be a number, an array, or a tuple or record of them, not {found}",
        Label(at, f"this is {found}" if name.isidentifier() else f"`{name}` is {found}"),
    )


def no_objective(verb: str, instead: str | None = None) -> Diagnostic:
    """E0407: a program without an objective, where one is needed; `instead` completes `or …` of the mend."""
    return Diagnostic(
        "E0407",
        f"`{verb}` needs an objective, and the program has none",
        help="add a term such as `y ~ f(x)` or `minimize e`" + (f", or {instead}" if instead else ""),
    )


def no_parameters(verb: str, held: Sequence[str] = (), options: Sequence[str] = ()) -> Diagnostic:
    """E0408: a program without free parameters, where one is needed; `held` are those fixed, in it or by `options`."""
    if held:
        names = ", ".join(f"`{name}`" for name in held)
        in_all = not options or len(held) > len(options)
        ways = [*(["its `, fixed`"] if in_all else []), *(f"`{option}`" for option in options)]
        mend = f"free one: remove {' or '.join(ways)}"
        return Diagnostic("E0408", f"`{verb}` needs a free parameter, and all are held: {names}", help=mend)
    return Diagnostic(
        "E0408", f"`{verb}` needs a free parameter, and the program has none", help="declare one: `param k = 1.0`"
    )


def tilde_target(at: Span, found: str) -> Diagnostic:
    """E0409: the left side of `~` is not a number or array."""
    part = {"a record": ".w", "a tuple ": "[0]"}.get(found[:8])
    return Diagnostic(
        "E0409",
        f"the left side of `~` must be a number or an array, not {found}",
        Label(at, f"this is {found}"),
        help=f"write a term for each of its parts, such as `{at.text}{part} ~ …`" if part else None,
    )


def depends_on_param(at: Span, what: str, name: str) -> Diagnostic:
    """E0410: a start or bound that depends on a parameter."""
    return Diagnostic(
        "E0410",
        f"{what} depends on the parameter `{name}`",
        Label(at, f"depends on `{name}`"),
        notes=("starts and bounds are fixed before a fit begins",),
        help="write a number, or an expression of the data",
    )


def report_not_number(at: Span, name: str, found: str) -> Diagnostic:
    """E0411: a report that is not a number or array, or a tuple or record of them."""
    return Diagnostic(
        "E0411",
        f"the report `{name}` must be a number, an array, or a tuple or record of them, not {found}",
        Label(at, f"this is {found}" if name.isidentifier() else f"`{name}` is {found}"),
    )


def data_needs_value(at: Span, name: str, found: str) -> Diagnostic:
    """E0412: a datum that is not a number, Bool or array."""
    return Diagnostic(
        "E0412",
        f"the datum `{name}` must be a number, a Bool or an array, not {found}",
        Label(at, f"this is {found}"),
        help='a column of a file is read with `data x from "file.csv"`' if "String" in found else None,
    )


def wrong_distribution_arguments(
    at: Span, signature: str, fault: str, help: str | None = None, label: str = "in this call"
) -> Diagnostic:
    """E0415: arguments that a distribution does not take."""
    return Diagnostic("E0415", fault, Label(at, label), notes=(f"the distribution is `{signature}`",), help=help)


def param_without_influence(at: Span, names: Sequence[str]) -> Diagnostic:
    """W0401: a param, or parts of one, that the program reads, and no term of the objective depends on."""
    does, it = ("does", "it") if len(names) == 1 else ("do", "them")
    return Diagnostic(
        "W0401",
        f"{' and '.join(f'`{name}`' for name in names)} {does} not influence the objective",
        Label(at, f"no term depends on {it}"),
        help="use it in a term, or hold it with `, fixed`"
        if names[0].isidentifier()
        else "use it in a term, or hold it",
        severity="warning",
    )


def data_repeated(at: Span, found: str, data: int, made: str, residuals: int) -> Diagnostic:
    """W0402: a least-squares term in which broadcasting repeats the data."""
    return Diagnostic(
        "W0402",
        f"{data} data make {residuals} residuals: the left side of `~` is repeated",
        Label(at, f"this is {found}"),
        notes=(f"the residual is {made}",),
        help="give the right side the shape of the left",
        severity="warning",
    )


def derivative_zero(at: Span, name: str, what: str) -> Diagnostic:
    """W0403: a param that the objective depends on, with a derivative that is zero everywhere; `what` ends it."""
    from dlang.diagnostics.spoken import spoken

    where = f"the derivative of `{spoken(what)}` is zero" if what else "no derivative leaves this param"
    return Diagnostic(
        "W0403",
        f"the derivative of the objective in `{name}` is zero everywhere: no fit can move it",
        Label(at, where),
        help=f"let the objective depend on `{name}` smoothly, or hold it with `, fixed`",
        severity="warning",
    )


def outside_domain(at: Span, what: str, operand: str, name: str, bounds: str | None) -> Diagnostic:
    """W0404: a function that a param can lead out of its domain: a bound is missing, `bounds` for instance."""
    from dlang.diagnostics.spoken import spoken

    divides = f"nothing keeps `{operand}` away from 0, and it divides"
    title = divides if what in ("div", "power_n") else f"`{spoken(what)}` of `{operand}`, which may be negative"
    return Diagnostic(
        "W0404",
        title,
        Label(at, "not finite where the param leads out of the domain"),
        help=f"bound it: `param {name} in {bounds}`" if bounds is not None else f"bound `{name}`, or `assert` it",
        severity="warning",
    )


def branch_on_equality(at: Span) -> Diagnostic:
    """W0405: a decision by `==` of a value that has a derivative."""
    return Diagnostic(
        "W0405",
        "a decision by equality of a value that depends on a param",
        Label(at, "true at single points, if anywhere"),
        help="the derivative is that of the branch taken: ask for an interval, `abs(x - c) < 1e-9`, or use `<`",
        severity="warning",
    )


def start_at_kink(
    at: Span, what: str | None, name: str, kink: float | None, note: str | None, mend: str | None
) -> Diagnostic:
    """W0406: a start where a function has a kink, or a condition turns.

    `what` is the function's name, `if` for a condition, None for a term that has the kink inside; `name` is the param
    that is at `kink`, if it is one by itself; `mend` an option that starts beside it.
    """
    label = "the derivative here is a convention"
    function = f"`{what}`" if what is not None else "this term"
    if what == "if":
        title = "the start is on the border of this condition, where the derivative jumps"
        label = "the two sides are equal at the start"
    elif name:
        title = f"`{name}` starts at {kink:g}, where {function} has a kink"
    else:
        title = f"the start is at a kink of {function}"
    beside = f"`{mend}`" if mend is not None else "with other numbers behind `=`"
    return Diagnostic(
        "W0406",
        title,
        Label(at, label),
        notes=(note,) if note is not None else (),
        help=f"start beside it: {beside}",
        severity="warning",
    )


def function_not_scalar(at: Span, name: str, found: str) -> Diagnostic:
    """E0416: a derivative of a function whose value is not one Real."""
    return Diagnostic(
        "E0416",
        f"`{name}` gives {found}, and a gradient needs one Real",
        Label(at, "this function"),
        help="differentiate a function that sums or picks one number, or ask for its Jacobian from Python",
    )


def wrong_call(at: Span, signature: str, fault: str) -> Diagnostic:
    """E0417: a call from outside that does not fit the function."""
    return Diagnostic("E0417", f"`{signature}` does not fit: {fault}", Label(at, "this function"))

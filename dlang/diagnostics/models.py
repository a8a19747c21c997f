"""E04xx: models (param, data, ~, minimize, report) and constructs that have not landed."""

from __future__ import annotations

from dlang.diagnostics.core import Diagnostic, Label
from dlang.source import Span


def not_yet(at: Span, construct: str, instead: str | None = None) -> Diagnostic:
    """E0401: a construct of the language that this version does not take yet."""
    return Diagnostic(
        "E0401", f"{construct} are not supported yet", Label(at, "parsed, but not supported yet"), help=instead
    )


def start_outside_bounds(at: Span, name: str, start: str, lower: str, upper: str, bounds: Span | None) -> Diagnostic:
    """E0402: a param whose start lies outside its bounds."""
    labels = (Label(bounds, "the bounds"),) if bounds else ()
    return Diagnostic(
        "E0402",
        f"the start of `{name}`, {start}, is outside its bounds {lower}..{upper}",
        Label(at, "the start"),
        labels,
        help=f"start `{name}` within {lower}..{upper}, or widen the bounds",
    )


def empty_bounds(at: Span, name: str, lower: str, upper: str) -> Diagnostic:
    """E0403: bounds that hold no number."""
    return Diagnostic(
        "E0403",
        f"the bounds of `{name}`, {lower}..{upper}, hold no number",
        Label(at, "empty"),
        help="write the lower bound first",
    )


def mixed_terms(at: Span, other: Span) -> Diagnostic:
    """E0404: least squares and log-densities in one program."""
    return Diagnostic(
        "E0404",
        "plain least squares and log-densities do not mix",
        Label(at, "a least-squares term"),
        (Label(other, "a log-density"),),
        help="give the least-squares term its distribution: `y ~ normal(mu, sigma)`",
    )


def objective_not_scalar(at: Span, word: str, found: str) -> Diagnostic:
    """E0405: what `minimize` or `maximize` is given is not one Real."""
    return Diagnostic(
        "E0405",
        f"`{word}` takes one Real, not {found}",
        Label(at, f"this is {found}"),
        help="sum it: `sum(…)`" if "array" in found else None,
    )


def param_not_real(at: Span, name: str, found: str) -> Diagnostic:
    """E0406: a param whose start is not a Real or an array of Reals."""
    return Diagnostic(
        "E0406", f"the start of `{name}` must be a number or an array, not {found}", Label(at, f"this is {found}")
    )


def no_objective(at: Span | None, verb: str) -> Diagnostic:
    """E0407: a program without an objective, where one is needed."""
    return Diagnostic(
        "E0407",
        f"`{verb}` needs an objective, and the program has none",
        Label(at, "no `~`, `minimize` or `maximize`") if at else None,
        help="add a term such as `y ~ f(x)` or `minimize e`"
        + (", or name a function with `--fn`" if verb == "grad" else ""),
    )


def no_parameters(verb: str) -> Diagnostic:
    """E0408: a program without free parameters, where one is needed."""
    return Diagnostic(
        "E0408", f"`{verb}` needs a free parameter, and the program has none", help="declare one: `param k = 1.0`"
    )


def tilde_target(at: Span, found: str) -> Diagnostic:
    """E0409: the left side of `~` is not a number or array."""
    return Diagnostic(
        "E0409", f"the left side of `~` must be a number or an array, not {found}", Label(at, f"this is {found}")
    )


def depends_on_param(at: Span, what: str, name: str) -> Diagnostic:
    """E0410: a start or bound that depends on a parameter."""
    return Diagnostic(
        "E0410",
        f"{what} depends on the parameter `{name}`",
        Label(at, f"reads `{name}`"),
        help="starts and bounds are fixed before the fit; write a number or an expression of the data",
    )


def report_not_number(at: Span, name: str, found: str) -> Diagnostic:
    """E0411: a report that is not a number or array."""
    return Diagnostic(
        "E0411", f"the report `{name}` must be a number or an array, not {found}", Label(at, f"this is {found}")
    )


def data_needs_value(at: Span, name: str, found: str) -> Diagnostic:
    """E0412: a datum that is not a number, Bool or array."""
    return Diagnostic(
        "E0412", f"the datum `{name}` must be a number, a Bool or an array, not {found}", Label(at, f"this is {found}")
    )


def start_wrong_shape(at: Span, name: str, expected: str, found: str) -> Diagnostic:
    """E0413: a start given from outside that has another shape than the param."""
    return Diagnostic(
        "E0413", f"`{name}` is {expected}, and the start given is {found}", Label(at, f"`{name}` is declared here")
    )


def unknown_distribution(at: Span, name: str, near: str | None) -> Diagnostic:
    """E0414: a distribution that this version does not have."""
    return Diagnostic(
        "E0414",
        f"the distribution `{name}` is not supported yet",
        Label(at, "not supported yet"),
        help=f"did you mean `{near}`?" if near else None,
    )


def wrong_distribution_arguments(at: Span, signature: str, fault: str) -> Diagnostic:
    """E0415: arguments that a distribution does not take."""
    return Diagnostic("E0415", fault, Label(at, "in this call"), notes=(f"the distribution is `{signature}`",))


def param_in_report_only(at: Span, name: str) -> Diagnostic:
    """W0401: a param that the objective does not read."""
    return Diagnostic(
        "W0401",
        f"`{name}` does not influence the objective",
        Label(at, "no term reads it"),
        severity="warning",
        help="remove it, or hold it with `, fixed`",
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

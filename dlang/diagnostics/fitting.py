"""E08xx and W08xx: what stops a fit, and what to know about one that ended."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics.core import Diagnostic

__all__ = [
    "assumes_likelihood",
    "bad_saved_fit",
    "exact_fit",
    "no_curvature",
    "no_freedom",
    "no_residuals",
    "no_step_in_domain",
    "nothing_to_draw",
    "option_of_another_method",
    "other_parameters",
    "penalised_errors",
    "start_not_finite",
    "too_many_for_errors",
]


def start_not_finite(value: float, what: str) -> Diagnostic:
    """E0801: at the start the objective or a derivative is not finite; `what` is which of them."""
    return Diagnostic(
        "E0801",
        f"{what} is not finite at the start",
        notes=(f"the objective is {value!r} there",),
        help="start elsewhere, e.g. with `--set NAME=VALUE`",
    )


def no_step_in_domain(trials: int) -> Diagnostic:
    """E0802: the first trials all left the objective's domain."""
    return Diagnostic(
        "E0802",
        "every step from the start leaves the domain of the objective",
        notes=(f"{trials} steps, each shorter than the one before, met a value that is not finite",),
        help="give the parameters bounds that keep them in the domain, e.g. `param k in 0..inf = 1.0`",
    )


def no_residuals(method: str) -> Diagnostic:
    """E0803: a method for sums of squares, and an objective that is something else."""
    return Diagnostic(
        "E0803",
        f"`--method {method}` needs an objective that is a sum of squared residuals and nothing else",
        notes=("terms such as `y ~ normal(mu, sigma)` and `minimize e` are not sums of squares",),
        help="use `--method lbfgs`, or leave the choice to `--method auto`",
    )


def bad_saved_fit(path: str, fault: str) -> Diagnostic:
    """E0804: a file that is not a saved fit; `fault` says what is wrong with it."""
    return Diagnostic(
        "E0804",
        f"`{path}` is not a saved fit",
        notes=(fault,),
        help="give a file that `difftool fit --save FILE` wrote",
    )


def option_of_another_method(option: str, method: str, methods: tuple[str, ...]) -> Diagnostic:
    """E0805: an option that the method does not have."""
    others = " or ".join(f"`--method {each}`" for each in methods)
    return Diagnostic(
        "E0805",
        f"`--method {method}` has no `--{option}`",
        help=f"leave `--{option}` out, or use {others}",
    )


def penalised_errors() -> Diagnostic:
    """W0811: least squares together with `minimize` has no scale for standard errors."""
    return Diagnostic(
        "W0811",
        "no standard errors: the objective joins least squares with a `minimize` or `maximize` term",
        notes=("the variance of the residuals does not tell how the other term is to be weighed",),
        help="write the model with densities, e.g. `y ~ normal(mu, sigma)`",
        severity="warning",
    )


def assumes_likelihood() -> Diagnostic:
    """W0812: standard errors of a bare `minimize`."""
    return Diagnostic(
        "W0812",
        "the standard errors hold only if the objective is minus a log-likelihood",
        notes=("they are the inverse of its Hessian; for another objective they mean nothing",),
        severity="warning",
    )


def no_freedom(count: int, parameters: int) -> Diagnostic:
    """W0813: as many parameters as data, or more."""
    data, leave = ("1 datum", "leaves") if count == 1 else (f"{count} data", "leave")
    unknowns = "1 parameter" if parameters == 1 else f"{parameters} parameters"
    return Diagnostic(
        "W0813",
        f"no standard errors: {data} for {unknowns} {leave} nothing to estimate the noise from",
        help="add data, or fix a parameter with `--fix NAME`",
        severity="warning",
    )


def exact_fit() -> Diagnostic:
    """W0814: the residuals are rounding."""
    return Diagnostic(
        "W0814",
        "the fit is exact: its residuals are rounding, and so are the standard errors",
        severity="warning",
    )


def too_many_for_errors(parameters: int) -> Diagnostic:
    """W0815: a Jacobian or Hessian that is too large to be made for standard errors."""
    return Diagnostic(
        "W0815",
        f"no standard errors: their matrix for {parameters} parameters is too large",
        severity="warning",
    )


def other_parameters(path: str, gone: Sequence[str], new: Sequence[str], held: Sequence[str]) -> Diagnostic:
    """W0816: a saved fit to start from is of a program with other parameters.

    Args:
        path: the saved fit.
        gone: names that only the saved fit has.
        new: names that only the program has.
        held: names that the program holds at another value.
    """
    rows = (
        (gone, "it has {} and the program has not: left out"),
        (new, "the program has {} and it has not: started as the program says"),
        (held, "the program holds {} at another value: held as the program says"),
    )
    return Diagnostic(
        "W0816",
        f"the saved fit `{path}` is of a program with other parameters",
        notes=tuple(text.format(", ".join(f"`{name}`" for name in names)) for names, text in rows if names),
        severity="warning",
    )


def no_curvature(names: Sequence[str], why: str) -> Diagnostic:
    """W0817: parameters at a minimum that has no curvature to tell how well it is determined; `why` is what it has."""
    shown = [f"`{name}`" for name in names[:4]] + ([f"{len(names) - 4} more"] if len(names) > 4 else [])
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return Diagnostic(
        "W0817",
        f"no standard error for {listed}: {why}",
        notes=("steps to both sides raise the objective: it is a minimum",),
        severity="warning",
    )


def nothing_fitted() -> Diagnostic:
    """E0806: a table of fitted values is asked for, and the fit has none."""
    return Diagnostic(
        "E0806",
        "there are no fitted values to write",
        notes=("a term such as `y ~ f(x)` has them, once a fit has found finite parameters",),
        help="leave `--out` away, or give the program such a term",
    )


def uneven_terms(counts: Sequence[int]) -> Diagnostic:
    """E0807: a table of fitted values is asked for, and the terms observe different numbers of data."""
    shown = " and ".join(map(str, counts))
    return Diagnostic(
        "E0807",
        f"the terms observe {shown} data, which do not fit one table",
        help="leave `--out` away, or fit the terms one by one",
    )


def nothing_to_draw() -> Diagnostic:
    """E0808: a picture is asked for, and the fit has none."""
    return Diagnostic(
        "E0808",
        "there is nothing to draw",
        notes=("the fit found no finite parameters, and took no step",),
        help="leave `--plot` away, or start elsewhere, e.g. with `--set NAME=VALUE`",
    )

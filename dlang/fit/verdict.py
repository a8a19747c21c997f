"""Whether to believe a fit, in a word and a sentence, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlang.fit.result import Unidentified, Verdict
from dlang.optimize.result import StopReason
from dlang.records import record

if TYPE_CHECKING:
    from dlang.diagnostics.core import Diagnostic

__all__ = ["Judgement", "Outcome", "judge"]

_MANY = 4


@record
class Outcome:
    """What a verdict depends on.

    Args:
        reason: why the optimizer ended, as measured afterwards.
        at_bound: names with the bound they are on, such as ("k", "its lower bound 0").
        unidentified: the directions that the data do not determine.
        errors: why it failed.
        method: the optimizer's name on the command line.
        iterations: how many steps it took.
        first: the name of a parameter, for examples; empty without parameters.
        scalars: names of the parameters that are no elements of an array.
    """

    reason: StopReason
    at_bound: Sequence[tuple[str, str]]
    unidentified: Sequence[Unidentified]
    errors: Sequence[Diagnostic]
    method: str
    iterations: int
    first: str
    scalars: frozenset[str] = frozenset()


@record
class Judgement:
    """The verdict, the same in a sentence, and the command or edit that comes next, if any."""

    verdict: Verdict
    status: str
    next: str | None


def judge(outcome: Outcome) -> Judgement:
    """The verdict on a fit: the first of failed, not converged, not identified, at bound that holds, or converged."""
    reason = outcome.reason
    if reason is StopReason.NOT_FINITE:
        status = outcome.errors[0].title if outcome.errors else reason.value
        return Judgement(Verdict.FAILED, status, outcome.errors[0].help if outcome.errors else None)
    if not reason.is_converged:
        return Judgement(Verdict.NOT_CONVERGED, reason.value, _what_next(outcome))
    if outcome.unidentified:
        texts = list(dict.fromkeys(each.text for each in outcome.unidentified))
        more = [f"and {len(texts) - _MANY} more like these"] if len(texts) > _MANY else []
        return Judgement(Verdict.NOT_IDENTIFIED, "; ".join(texts[:_MANY] + more), _what_to_fix(outcome))
    if outcome.at_bound:
        places = [f"`{name}` is on {place}" for name, place in outcome.at_bound[:_MANY]]
        more = [f"{len(outcome.at_bound) - _MANY} more are on theirs"] if len(outcome.at_bound) > _MANY else []
        one = len(outcome.at_bound) == 1
        bounds = f"the bound of `{outcome.at_bound[0][0]}`" if one else "the bounds"
        limits = "as a limit" if one else "as limits"
        return Judgement(
            Verdict.AT_BOUND, _joined(places + more), f"widen {bounds} if the model allows it, or report it {limits}"
        )
    return Judgement(Verdict.CONVERGED, reason.value, None)


def _what_next(outcome: Outcome) -> str:
    example = f"`--set {outcome.first}=…`" if outcome.first else "`--set`"
    more = max(2 * outcome.iterations, 100)
    match outcome.reason:
        case StopReason.MAX_STEPS if outcome.method in ("sgd", "adam"):
            return f"take more steps (`--steps {more}`), or let `--method auto` find the last digits"
        case StopReason.MAX_STEPS:
            return f"take more steps (`--steps {more}`), or start nearer ({example})"
        case StopReason.TIME_UP:
            return "give it more `--time`; `--from` goes on from where a fit that was saved ended"
        case StopReason.INTERRUPTED:
            return "`--from` goes on from where a fit that was saved ended"
        case StopReason.SHORT:
            return "make `--tol` smaller, or leave it out to go to the last digit"
        case StopReason.LEFT_DOMAIN | StopReason.DIVERGED if outcome.method in ("sgd", "adam"):
            return "make the steps smaller with `--lr`, or use `--method auto`"
        case StopReason.LEFT_DOMAIN:
            return f"give bounds that keep the parameters in the domain, or start elsewhere ({example})"
        case StopReason.UNBOUNDED:
            return "give the parameters bounds, or look for a sign that is wrong in the objective"
        case StopReason.NOT_A_MINIMUM:
            return f"start elsewhere, away from where the model is symmetric ({example})"
        case _:
            return f"start elsewhere ({example}); `difftool check --grad` looks for derivatives that jump"


def _what_to_fix(outcome: Outcome) -> str:
    """Parameters to hold, one a direction, each another."""
    from shlex import quote

    directions = outcome.unidentified
    chosen: list[str] = []
    for each in directions:
        wholes = [_array(name, outcome.scalars) for name in each.parameters]
        chosen += [name for name in wholes[::-1] if name not in chosen][:1]
    options = " ".join(f"--fix {quote(name)}" for name in chosen[:_MANY])
    if any(name not in outcome.scalars for each in directions for name in each.parameters):
        return f"give a prior (`~`) or add data that tell the elements apart, or fix them (`{options}`)"
    if len(directions) > 1:
        return f"fix one parameter of each direction (`{options}`), or leave them out of the model"
    if len(directions[0].parameters) == 1:
        return f"fix it (`{options}`), or leave it out of the model"
    return f"fix one of them (`{options}`), or write the model with the combination as one parameter"


def _array(name: str, scalars: frozenset[str]) -> str:
    """The array that an element `W[0,1]` is of; the name of a scalar as it is."""
    return name if name in scalars else name[: name.rindex("[")]


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

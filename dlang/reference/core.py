"""An entry of the reference, and a group of them."""

from __future__ import annotations

from dlang.records import record

__all__ = ["Case", "Density", "Entry", "Group"]

Case = tuple[str, str]
"""An expression, and how its value prints, or the code and words of the error that it is: `error[E0302]: …`."""


@record
class Density:
    """What a distribution is. All are expressions of the language in `x` and the parameters.

    Attributes:
        log: the log-density.
        support: where it holds; outside it is -inf.
        parameters: what its parameters must be; otherwise the log-density is nan.
        mean: the expected value, or none.
    """

    log: str
    support: str
    parameters: str
    mean: str | None


@record
class Entry:
    """A built-in or a distribution, beside what its entry in the language's own table says.

    Attributes:
        name: as it is written.
        shapes: of the arguments, and of the result; of a distribution, of its parameters and of an observation.
        cases: ordinary values, then what happens at the edges. Each is run by a test.
        note: what else is to be known, in sentences.
        derivative: where the mathematics leaves a choice, or surprises; empty where it is the ordinary one.
        slopes: expressions and values, as `cases`, that show it.
        density: of a distribution.
    """

    name: str
    shapes: str
    cases: tuple[Case, ...]
    note: str = ""
    derivative: str = ""
    slopes: tuple[Case, ...] = ()
    density: Density | None = None


@record
class Group:
    """Entries of one subject, and what holds of all of them."""

    title: str
    intro: str
    entries: tuple[Entry, ...]

"""What the paths to one point of a program have bound and captured, and what that is where paths meet."""

from __future__ import annotations

from dlang.diagnostics.core import Label
from dlang.records import field, record
from dlang.source import Span

__all__ = ["Capture", "Gap", "State", "join"]


@record
class Gap:
    """A path, as words beside a place; `{}` in them is the name that the path does not bind."""

    span: Span
    text: str

    def label(self, name: str) -> Label:
        return Label(self.span, self.text.format(f"`{name}`"))


@record
class Capture:
    """Where a function captured a name; whether the name was bound by then, so that it must stay as it is."""

    span: Span
    function: str
    is_bound: bool


@record(frozen=False)
class State:
    """What the paths to one point have bound: `bound` on all, `partial` on some, with a gap of another."""

    bound: set[str]
    partial: dict[str, Label] = field(default_factory=dict)
    captured: dict[str, Capture] = field(default_factory=dict)
    is_reached: bool = True

    def copy(self) -> State:
        return State(set(self.bound), dict(self.partial), dict(self.captured), self.is_reached)


def join(a: State, gap_a: Gap, b: State, gap_b: Gap) -> State:
    """The state where two paths meet; a gap describes the path for the names that it lacks."""
    if not (a.is_reached and b.is_reached):
        return a if a.is_reached else b
    bound = a.bound & b.bound
    partial = {}
    for name in (a.bound | b.bound | a.partial.keys() | b.partial.keys()) - bound:
        known = a.partial.get(name) or b.partial.get(name)
        partial[name] = known or (gap_b if name in a.bound else gap_a).label(name)
    captured = {**b.captured, **a.captured}
    for name in a.captured.keys() & b.captured.keys():
        if b.captured[name].is_bound:
            captured[name] = b.captured[name]
    return State(bound, partial, captured)

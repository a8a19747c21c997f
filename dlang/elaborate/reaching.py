"""Which names of the frames around it a call of a function reads, itself or through functions that it can call.

Functions that call each other in a circle read the same names, so the answer is found for each circle once: a walk
that finishes callees before callers, with a stack of its own.

Source: Tarjan 1972, "Depth-first search and linear graph algorithms".
"""

from __future__ import annotations

from dlang.elaborate.closures import Surroundings
from dlang.elaborate.values import Frame, Func
from dlang.records import field, record

__all__ = ["Reaching"]

Key = tuple[int, Frame]
Names = dict[tuple[Frame, str], None]


@record(frozen=False, eq=False)
class _Visit:
    """A function that is being looked through: its place in the walk, the earliest one it leads back to.

    It `is_open` if a name it reads was not bound, and `is_waiting` until its circle is finished.
    """

    func: Func
    order: int
    low: int
    callees: list[Func]
    names: Names
    is_open: bool = False
    is_waiting: bool = True


@record(frozen=False, eq=False)
class Reaching:
    """Remembers what it found, but for functions of which a name was not bound yet."""

    around: Surroundings
    _known: dict[Key, Names] = field(default_factory=dict)

    def of(self, func: Func) -> Names:
        """The names, each with the frame that binds it, of values that are no functions of their own frame."""
        if _key(func) in self._known:
            return self._known[_key(func)]
        visits: dict[Key, _Visit] = {}
        circle: list[_Visit] = []
        path = [self._begin(func, visits, circle)]
        while path:
            here = path[-1]
            if here.callees:
                self._follow(here, here.callees.pop(), visits, circle, path)
                continue
            path.pop()
            if path:
                path[-1].low = min(path[-1].low, here.low)
            if here.low == here.order:
                self._finish(here, circle)
            if path:
                path[-1].names.update(here.names)
                path[-1].is_open = path[-1].is_open or here.is_open
        return visits[_key(func)].names

    def _begin(self, func: Func, visits: dict[Key, _Visit], circle: list[_Visit]) -> _Visit:
        visit = visits[_key(func)] = _Visit(func, len(visits), len(visits), [], {})
        circle.append(visit)
        for mentioned in self.around.reads(func):
            place = func.frame.find(mentioned)
            if place is None:
                visit.is_open = visit.is_open or not self.around.is_language(mentioned)
                continue
            for frame, name, value in self.around.behind(func, mentioned, *place):
                if isinstance(value, Func) and not value.group:
                    visit.callees.append(value)
                else:
                    visit.names[frame, name] = None
        return visit

    def _follow(
        self, here: _Visit, callee: Func, visits: dict[Key, _Visit], circle: list[_Visit], path: list[_Visit]
    ) -> None:
        known = self._known.get(_key(callee))
        if known is not None:
            here.names.update(known)
            return
        there = visits.get(_key(callee))
        if there is None:
            path.append(self._begin(callee, visits, circle))
        elif there.is_waiting:
            here.low = min(here.low, there.order)
        else:
            here.names.update(there.names)
            here.is_open = here.is_open or there.is_open

    def _finish(self, head: _Visit, circle: list[_Visit]) -> None:
        """Give all functions of a circle what any of them reads."""
        members = [circle.pop()]
        while members[-1] is not head:
            members.append(circle.pop())
        for member in members:
            head.names.update(member.names)
            head.is_open = head.is_open or member.is_open
        for member in members:
            member.names, member.is_open, member.is_waiting = head.names, head.is_open, False
            if not head.is_open:
                self._known[_key(member.func)] = head.names


def _key(func: Func) -> Key:
    return id(func.body), func.frame

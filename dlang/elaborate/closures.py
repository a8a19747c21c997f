"""Functions as values: what they read from around them goes along.

    fn scaled(k) = fn(x) = k * x        the value of scaled(2.0) is the text `k * x`, and k

A function that is called by its name, where it is defined, reads the frames around it as they are. One that is used
as a value may be called anywhere, also when those frames are gone; so it gets copies of them that hold what it reads,
itself or through functions that it calls. Numbers in them are parts of the value. A name that is captured keeps its
value (the check of names sees to that), so that a copy is as good as the frame; what is not bound yet stays to be
found there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from dlang.elaborate.values import Absent, Frame, Func, ModuleValue, Num, Value, exact_key, leaves
from dlang.records import field, record, replace

__all__ = ["Surroundings", "close"]


class Surroundings(Protocol):
    """What closing a function asks of the elaborator."""

    def reads(self, func: Func) -> Iterable[str]:
        """The names that a function's text reads and does not bind."""

    def behind(self, func: Func, name: str, frame: Frame, value: Value) -> Iterator[tuple[Frame, str, Value]]:
        """What a name gives a function to read: a value, or the members of a module that it reads."""

    def visible(self, frame: Frame, name: str, value: Value) -> Value:
        """A value of a frame, as the function that is being elaborated can read it."""

    def is_language(self, name: str) -> bool:
        """Whether a name that nothing binds means something all the same."""


def close(func: Func, around: Surroundings) -> Func:
    """A function with what it reads from around it; one of a file that reads only functions is returned as it is."""
    if func.group and not func.late:
        return func
    closing = _Closing(func, around)
    closing.todo.append(func)
    while closing.todo:
        closing.take(closing.todo.pop())
    is_inner = (
        func.frame.root.parent is not None
    )  # its frame is gone, or another, when the function around it runs again
    return closing.result() if is_inner or closing.late or closing.holds_values() else func


@record(frozen=False)
class _Closing:
    """The copies of frames so far, by `id` of what they are copies of, and the functions still to be looked through."""

    func: Func
    around: Surroundings
    copies: dict[int, Frame] = field(default_factory=dict)
    kept: list[tuple[Frame, str]] = field(default_factory=list)
    todo: list[Func] = field(default_factory=list)
    late: bool = False
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def take(self, one: Func) -> None:
        """Copy what a function reads."""
        home = self.copied(one.frame)
        if (id(one.body), id(home)) in self._seen:
            return
        self._seen.add((id(one.body), id(home)))
        for mentioned in self.around.reads(one):
            place = one.frame.find(mentioned)
            if place is None:
                self.late = self.late or not self.around.is_language(mentioned)
                continue
            if isinstance(place[1], ModuleValue):
                module = replace(place[1], frame=self.copied(place[1].frame))
                self.copied(place[0]).env[mentioned] = module
            for found in self.around.behind(one, mentioned, *place):
                self._keep(*found)

    def _keep(self, frame: Frame, name: str, value: Value) -> None:
        copy = self.copied(frame)
        if name in copy.env:
            return
        if isinstance(value, Func) and (not value.group or value.body is self.func.body):
            copy.env[name] = replace(value, frame=self.copied(value.frame), group=(), kept=(), static=(), late=False)
            self.todo.append(value)
            return
        value = self.around.visible(frame, name, value)
        if isinstance(value, Absent):
            self.late = True
            return
        copy.env[name] = value
        if any(leaf.known is None or not isinstance(value, Num) for leaf in leaves(value)):
            self.kept.append((copy, name))

    def copied(self, frame: Frame) -> Frame:
        """The copy of a frame, made with those of the frames around it at its first use."""
        root = frame.root
        if id(root) not in self.copies:
            copy = Frame(frame.build, None, frame.name, origin=root, module=frame.module)
            self.copies[id(root)] = copy
            copy.parent = None if frame.parent is None else self.copied(frame.parent)
        return self.copies[id(root)]

    def holds_values(self) -> bool:
        """Whether anything but functions was read: also of constants, as a loop may give their names others."""
        found = [value for frame in self.copies.values() for value in frame.env.values()]
        return any(not (isinstance(v, ModuleValue) or (isinstance(v, Func) and not v.group)) for v in found)

    def result(self) -> Func:
        """The function over the copies."""
        group = tuple(self.copies.values())
        places = {id(frame): k for k, frame in enumerate(group)}
        kept = tuple((places[id(frame)], name) for frame, name in self.kept)
        parts = set(kept)
        static = tuple(
            (name, exact_key(value))
            for k, frame in enumerate(group)
            for name, value in frame.env.items()
            if (k, name) not in parts
        )
        frame = self.copied(self.func.frame)
        return replace(self.func, frame=frame, group=group, kept=kept, static=static, late=self.late)

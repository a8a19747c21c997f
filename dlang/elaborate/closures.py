"""Functions as values: what they read from around them goes along.

    fn scaled(k) = fn(x) = k * x        the value of scaled(2.0) is the text `k * x`, and k

A function that is called by its name, where it is defined, reads the frames around it as they are. One that is used
as a value may be called anywhere, also when those frames are gone; so it gets copies of them that hold what it reads,
itself or through functions that it calls. Numbers in them are parts of the value. A name that is captured keeps its
value (the check of names sees to that), so that a copy is as good as the frame; what is not bound yet stays to be
found there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dlang.elaborate.values import Absent, Frame, Func, Num, Value, leaves
from dlang.records import replace

__all__ = ["close"]


def close(
    func: Func,
    reads: Callable[[Func], Iterable[str]],
    visible: Callable[[Frame, str, Value], Value],
    is_language: Callable[[str], bool],
) -> Func:
    """A function with what it reads from around it.

    Args:
        func: as a frame has it, or closed before; one that lacks nothing is returned as it is.
        reads: the names that a function's text mentions and does not bind.
        visible: a value of a frame, as the function that is being elaborated can read it.
        is_language: whether a name that nothing binds means something all the same.
    """
    if func.group and not func.late:
        return func
    copies: dict[int, Frame] = {}
    kept: list[tuple[Frame, str]] = []
    seen: set[tuple[int, int]] = set()
    late = False
    todo = [func]
    while todo:
        one = todo.pop()
        home = _copied(one.frame, copies)
        if (id(one.body), id(home)) in seen:
            continue
        seen.add((id(one.body), id(home)))
        for name in reads(one):
            place = one.frame.find(name)
            if place is None:
                late = late or not is_language(name)
                continue
            frame, value = place
            copy = _copied(frame, copies)
            if name in copy.env:
                continue
            if isinstance(value, Func) and (not value.group or value.body is func.body):
                copy.env[name] = replace(value, frame=_copied(value.frame, copies), group=(), kept=(), late=False)
                todo.append(value)
                continue
            value = visible(frame, name, value)
            if isinstance(value, Absent):
                late = True
                continue
            copy.env[name] = value
            if any(leaf.known is None for leaf in leaves(value)) or (not isinstance(value, Num) and any(leaves(value))):
                kept.append((copy, name))
    if not kept and not late:
        return func
    group = tuple(copies.values())
    places = {id(frame): k for k, frame in enumerate(group)}
    return replace(
        func,
        frame=_copied(func.frame, copies),
        group=group,
        kept=tuple((places[id(frame)], name) for frame, name in kept),
        late=late,
    )


def _copied(frame: Frame, copies: dict[int, Frame]) -> Frame:
    """The copy of a frame, made with those of the frames around it at its first use."""
    root = frame.root
    if id(root) not in copies:
        copies[id(root)] = copy = Frame(frame.build, None, frame.name, origin=root)
        copy.parent = None if frame.parent is None else _copied(frame.parent, copies)
    return copies[id(root)]

"""What a call of a function reads outside of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from dlang.elaborate.bindings import Function, Names, Scope
from dlang.source import Span

__all__ = ["Needs", "needs"]

Needs: TypeAlias = dict[tuple[Scope, str], Span]
"""The names outside a function that a call of it reads, itself or through what it calls, each with a use."""


def needs(names: Names, functions: Mapping[int, Function], hoisted: Collection[int] = ()) -> dict[int, Needs]:
    """What a call of each function reads outside of it, through every function that it certainly calls.

    Functions in `hoisted` are bound from the beginning: what reads them needs only what they read.
    """
    found: dict[int, Needs] = {key: {} for key in functions}
    calls: dict[int, list[int]] = {key: [] for key in functions}
    for key in functions:
        for name, (scope, span) in names.scopes[key].captured.items():
            called = scope.function(name)
            if called is not None and id(called) != key and id(called) in calls:
                calls[key].append(id(called))
            if called is None or id(called) not in hoisted:
                found[key][scope, name] = span
    order = _callees_first(calls)
    changed = True
    while changed:  # once, and once more to see that it was enough; more often where functions call each other
        changed = False
        for key in order:
            size = len(found[key])
            for callee in calls[key]:
                for need, span in found[callee].items():
                    found[key].setdefault(need, span)
            changed = changed or len(found[key]) > size
    return found


def _callees_first(calls: Mapping[int, Sequence[int]]) -> list[int]:
    """The functions, each behind those that it calls, as far as they do not call each other."""
    order: list[int] = []
    seen: set[int] = set()
    for first in calls:
        stack = [(first, False)]
        while stack:
            key, is_done = stack.pop()
            if is_done:
                order.append(key)
            elif key not in seen:
                seen.add(key)
                stack.append((key, True))
                stack.extend((callee, False) for callee in calls[key])
    return order

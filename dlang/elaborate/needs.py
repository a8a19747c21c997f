"""What a call of a function reads outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from dlang.elaborate.bindings import Function, Names, Scope
from dlang.source import Span

__all__ = ["Needs", "needs"]

Needs: TypeAlias = dict[tuple[Scope, str], Span]
"""The names outside a function that a call of it reads, itself or through what it calls, each with a use."""


def needs(names: Names, functions: Mapping[int, Function]) -> dict[int, Needs]:
    """What a call of each function reads outside of it, through every function that it certainly calls."""
    found: dict[int, Needs] = {key: {} for key in functions}
    calls: dict[int, set[int]] = {}
    for key in functions:
        for name, (scope, span) in names.scopes[key].captured.items():
            found[key][scope, name] = span
            called = scope.function(name)
            if called is not None and id(called) != key:
                calls.setdefault(id(called), set()).add(key)
    changed = list(functions)
    while changed:
        key = changed.pop()
        for caller in calls.get(key, ()):
            size = len(found[caller])
            found[caller] = {**found[key], **found[caller]}
            if len(found[caller]) > size:
                changed.append(caller)
    return found

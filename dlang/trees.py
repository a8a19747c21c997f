"""Values with a structure outside the language: dicts for records, tuples for tuples, and leaves, which are all else.

A leaf has a name by the way that leads to it: `p.w`, `p[0]`, `p["any name"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

__all__ = [
    "MisfitError",
    "Tree",
    "leaves",
    "map_leaves",
    "match",
    "named_leaves",
    "root",
    "unflatten",
    "written",
]

Tree: TypeAlias = Any
"""`dict[str, Tree]`, `tuple[Tree, …]`, or a leaf."""


def leaves(tree: Tree) -> Iterator[Any]:
    """The leaves, in order."""
    if isinstance(tree, (dict, tuple)):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from leaves(part)
    else:
        yield tree


def written(key: str | int) -> str:
    """What leads to a field of a record or an element of a tuple, as the language writes it."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isidentifier() else f'["{key}"]'


def named_leaves(name: str, tree: Tree) -> Iterator[tuple[str, Any]]:
    """The leaves with their names, in order; of what is a leaf itself, it and `name`."""
    if isinstance(tree, (dict, tuple)):
        for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from named_leaves(name + written(key), part)
    else:
        yield name, tree


def parts(name: str, tree: Tree) -> Iterator[tuple[str, Tree]]:
    """The tree and all within it with their names, each before what is within it."""
    yield name, tree
    if isinstance(tree, (dict, tuple)):
        for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from parts(name + written(key), part)


def root(name: str) -> str:
    """The name that a leaf's name begins with: `p` of `p.w[0]`."""
    return name.partition(".")[0].partition("[")[0]


def unflatten(like: Tree, fresh: Iterator[Any]) -> Tree:
    """A tree built as `like`, with the next leaves of an iterator."""
    if isinstance(like, dict):
        return {key: unflatten(part, fresh) for key, part in like.items()}
    if isinstance(like, tuple):
        return tuple(unflatten(part, fresh) for part in like)
    return next(fresh)


def map_leaves(function: Callable[[Any], Any], tree: Tree) -> Tree:
    """A tree built alike, with a function of each leaf."""
    return unflatten(tree, map(function, leaves(tree)))


class MisfitError(ValueError):
    """A tree is built otherwise than it should be."""


def match(like: Tree, other: Tree, leaf: Callable[[Any], Any]) -> Tree:
    """`other` in the order and with the tuples of `like`, a function of each of its leaves.

    A record's fields may come in any order, and a list may stand for a tuple, as in JSON. What stands where `like` has
    a leaf is one, except for a dict.

    Raises:
        MisfitError: it is built otherwise.
    """
    if isinstance(like, dict) != isinstance(other, dict):
        raise MisfitError
    if isinstance(like, dict):
        if like.keys() != other.keys():
            raise MisfitError
        return {key: match(part, other[key], leaf) for key, part in like.items()}
    if isinstance(like, tuple):
        if not isinstance(other, (tuple, list)) or len(like) != len(other):
            raise MisfitError
        return tuple(match(part, each, leaf) for part, each in zip(like, other, strict=True))
    return leaf(other)

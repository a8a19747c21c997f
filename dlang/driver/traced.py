"""A function for certain argument types, and how its arguments and its result are built of numbers and arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dlang import trees
from dlang.elaborate.describing import describe
from dlang.elaborate.values import Num, Rec, Str, Tup, Value
from dlang.ir.nodes import Module
from dlang.records import record
from dlang.trees import Tree
from dlang.types import Type

__all__ = ["Traced", "places_of", "value_of"]


@record
class Traced:
    """A function for certain argument types.

    Its entry takes the program's inputs and parameters and then the real numbers and arrays that its arguments are of,
    `names` (`x`, `p.w`), each of a shape. `arguments` are trees of those names by argument, None where something in it
    is not Real; `result` is a tree of the places of the entry's results, and of Strings. `whole` is the module as it is
    elaborated, where calls are calls; in `module` small ones are written out.
    """

    module: Module
    leading: tuple[Any, ...]
    names: tuple[str, ...]
    types: tuple[Type, ...]
    arguments: Mapping[str, Tree]
    result: Tree
    whole: Module

    @property
    def count(self) -> int:
        """How many numbers and arrays the result is of."""
        return sum(isinstance(each, int) for each in trees.leaves(self.result))

    def positions(self, argument: str) -> list[int]:
        """Where the real parts of an argument stand among `names`."""
        return [self.names.index(part) for part in trees.leaves(self.arguments[argument]) if part is not None]

    def built(self, argument: str, pieces: Mapping[str, Any]) -> Tree:
        """What is known of the real parts of an argument, built as it is, with None for the others."""
        return trees.map_leaves(pieces.get, self.arguments[argument])


def value_of(tree: Tree, parts: Iterator[Value]) -> Value:
    """Values of the language, built as a tree is."""
    if isinstance(tree, dict):
        return Rec(tuple(tree), tuple(value_of(part, parts) for part in tree.values()))
    if isinstance(tree, tuple):
        return Tup(tuple(value_of(part, parts) for part in tree))
    return next(parts)


def places_of(value: Value, places: Iterator[int]) -> Tree:
    """How a result is built: a tree of the places of its numbers, and of Strings.

    Raises:
        ValueError: a part of it is neither; the message says what it is.
    """
    match value:
        case Num():
            return next(places)
        case Str():
            return value.text
        case Tup():
            return tuple(places_of(item, places) for item in value.items)
        case Rec():
            return {name: places_of(item, places) for name, item in zip(value.names, value.items, strict=True)}
        case _:
            raise ValueError(describe(value))

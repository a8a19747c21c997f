"""Trees of values: their leaves, names and parts, and what is built alike."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlang import trees

TREE = {"w": 1, "deep": (2, {"any name": 3}), "b": 4}
NAMES = ["p.w", "p.deep[0]", 'p.deep[1]["any name"]', "p.b"]

ANY = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_a_leaf_is_named_by_the_way_that_leads_to_it() -> None:
    assert list(trees.named_leaves("p", TREE)) == list(zip(NAMES, [1, 2, 3, 4], strict=True))
    assert list(trees.named_leaves("k", 5)) == [("k", 5)]


def test_parts_come_before_what_is_within_them() -> None:
    names = [name for name, _ in trees.parts("p", TREE)]
    assert names == ["p", "p.w", "p.deep", "p.deep[0]", "p.deep[1]", 'p.deep[1]["any name"]', "p.b"]
    assert dict(trees.parts("p", TREE))["p.deep[1]"] == {"any name": 3}


@pytest.mark.parametrize("name", [*NAMES, "p", 'p["x.y"].z'])
def test_the_root_of_a_name(name: str) -> None:
    assert trees.root(name) == "p"


@given(ANY)
def test_leaves_build_the_tree_again(tree: Any) -> None:
    assert trees.unflatten(tree, trees.leaves(tree)) == tree
    assert list(trees.leaves(trees.map_leaves(lambda leaf: -leaf, tree))) == [-leaf for leaf in trees.leaves(tree)]


@given(ANY)
def test_a_tree_matches_itself_and_what_json_makes_of_it(tree: Any) -> None:
    def as_json(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: as_json(part) for key, part in reversed(tree.items())}
        return [as_json(part) for part in tree] if isinstance(tree, tuple) else tree

    matched = trees.match(tree, as_json(tree), lambda leaf: leaf)
    assert matched == tree
    assert list(trees.named_leaves("p", matched)) == list(trees.named_leaves("p", tree)), "in the order of the first"


@pytest.mark.parametrize(
    "other",
    [
        5,
        {"w": 1, "b": 2},
        {**TREE, "more": 1},
        {**TREE, "deep": (2,)},
        {**TREE, "deep": 7},
        {**TREE, "w": {"x": 1}},
        (1, 2, 3),
    ],
    ids=str,
)
def test_what_is_built_otherwise_does_not_match(other: Any) -> None:
    with pytest.raises(trees.MisfitError):
        trees.match(TREE, other, lambda leaf: leaf)


def test_a_list_where_a_leaf_is_expected_is_one() -> None:
    assert trees.match({"w": 0}, {"w": [1, 2]}, sum) == {"w": 3}

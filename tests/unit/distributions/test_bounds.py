"""The bounds that messages propose for parameters of distributions: what the reference says of them."""

from __future__ import annotations

import math

import pytest

from dlang.distributions.core import ABOVE_0, FROM_0, OF_CHANCES, in_range
from dlang.distributions.table import DISTRIBUTIONS
from dlang.reference.distributions import GROUPS

SAID = {
    f"{entry.name}.{name}": (name, entry.density.parameters)
    for group in GROUPS
    for entry in group.entries
    if entry.density is not None and entry.name in DISTRIBUTIONS
    for name in DISTRIBUTIONS[entry.name].parameters
}

WORDS = {ABOVE_0: "{} > 0", FROM_0: "{} >= 0", OF_CHANCES: "0 <= {} <= 1"}


@pytest.mark.parametrize("key", SAID)
def test_bounds_are_what_the_reference_says(key: str) -> None:
    entry = DISTRIBUTIONS[key.partition(".")[0]]
    name, said = SAID[key]
    if any(entry.events):  # vectors are not bounded number by number
        assert entry.bounds == ()
        return
    bounds = dict(zip(entry.parameters, entry.bounds or ("",) * len(entry.parameters), strict=True))[name]
    found = [words for words, text in WORDS.items() if text.format(name) in said.split(", ")]
    assert found == ([bounds] if bounds else [])


def test_what_is_in_a_range() -> None:
    assert [in_range(ABOVE_0, x) for x in (-1.0, 0.0, 1e-300, math.nan)] == [False, False, True, False]
    assert [in_range(FROM_0, x) for x in (-1.0, 0.0)] == [False, True]
    assert [in_range(OF_CHANCES, x) for x in (-0.1, 0.0, 1.0, 1.1)] == [False, True, True, False]
    assert in_range("", -7.0)

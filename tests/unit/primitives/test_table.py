"""The table is complete: nothing is left out of it, and nothing in it lacks a rule."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from properties.checks import cases

import dlang.primitives
from dlang.primitives.core import Primitive
from dlang.primitives.table import TABLE

MODULES = [
    importlib.import_module(f"dlang.primitives.{m.name}") for m in pkgutil.iter_modules(dlang.primitives.__path__)
]
each_primitive = pytest.mark.parametrize("prim", TABLE.values(), ids=TABLE.keys())


def test_every_primitive_of_every_module_is_in_the_table() -> None:
    found = {p for module in MODULES for p in vars(module).values() if isinstance(p, Primitive)}
    assert found == set(TABLE.values())


def test_names_differ() -> None:
    assert all(prim.name == name for name, prim in TABLE.items())
    assert len(set(TABLE.values())) == len(TABLE)


def test_modules_name_a_primitive_as_the_table_does() -> None:
    """But for an underscore where Python has the word."""
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, Primitive):
                assert name.rstrip("_") == value.name


@each_primitive
def test_every_primitive_has_a_rule(prim: Primitive) -> None:
    assert prim.discrete or prim.partials is not None or (prim.jvp is not None and prim.vjp is not None)


@each_primitive
def test_every_primitive_is_documented_and_can_be_sampled(prim: Primitive) -> None:
    assert prim.doc
    assert not prim.doc.endswith(".")
    assert cases(prim)
    for static in prim.statics:
        hash(tuple(sorted(static.items())))
    for static, _ in prim.cases:
        hash(tuple(sorted(static.items())))


@each_primitive
def test_an_entry_does_not_contradict_itself(prim: Primitive) -> None:
    assert prim.updates == (prim.inplace is not None)
    assert not (prim.partials and (prim.jvp or prim.vjp))
    assert not prim.partials or prim.discrete == all(p is None for p in prim.partials)

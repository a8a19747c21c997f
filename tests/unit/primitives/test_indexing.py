"""get, set and add_at: what an index means, its errors, and what its derivatives cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from properties.checks import Program

from dlang.primitives import rules
from dlang.primitives.core import Mismatch
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE
from dlang.types import BOOL, INT, REAL, DType, Type

get, set_, add_at = TABLE["get"], TABLE["set"], TABLE["add_at"]
ALL = ("slice", None, None, None)
X = np.arange(24.0).reshape(2, 3, 4)
ROWS, COLUMNS = np.array([0, 1, 1]), np.array([2, 0, -1])
MASK = np.array([True, False, True])

READS: list[tuple[tuple[Any, ...], tuple[Any, ...], Any]] = [
    # spec, operands, what NumPy says
    (("int",), (1,), X[1]),
    (("int", "int", "int"), (-1, 0, -4), X[-1, 0, -4]),
    ((ALL, "int"), (-1,), X[:, -1]),
    ((("slice", 0, 1, None), ("slice", None, None, -2)), (), X[:1, ::-2]),
    ((ALL, ("slice", "?", "?", "?")), (5, -9, -1), X[:, 5:-9:-1]),
    ((("slice", 7, 99, None),), (), X[7:99]),
    (("array",), (ROWS,), X[ROWS]),
    ((ALL, "array"), (COLUMNS,), X[:, COLUMNS]),
    (("array", "array"), (ROWS, COLUMNS), X[ROWS, COLUMNS]),
    (("array", ALL, "array"), (ROWS, COLUMNS), X[ROWS, :, COLUMNS]),
    ((ALL, "mask"), (MASK,), X[:, MASK]),
    (("array", "mask"), (ROWS[:2], MASK), X[ROWS[:2], MASK]),
    # ints go first, so the arrays' axis stays where it is; NumPy would put it first of all
    (("int", ALL, "array"), (1, COLUMNS), X[1][:, COLUMNS]),
]


@pytest.mark.parametrize(("spec", "operands", "wanted"), READS)
def test_an_index_reads_and_writes_what_it_means(spec: Any, operands: Any, wanted: Any) -> None:
    found = get(X, *operands, spec=spec)
    np.testing.assert_array_equal(found, wanted)
    assert isinstance(found, float) == (np.ndim(wanted) == 0)
    (static,) = get.type_rule([type_of(X), *map(type_of, operands)], {"spec": spec})
    assert static.rank == np.ndim(wanted)
    assert all(m in (None, n) for m, n in zip(static.shape, np.shape(wanted), strict=True))
    written = set_(X, -1.0, *operands, spec=spec)
    np.testing.assert_array_equal(get(written, *operands, spec=spec), np.full(np.shape(wanted), -1.0))
    np.testing.assert_array_equal(np.sort(X[written != -1.0]), np.setdiff1d(X, wanted))
    np.testing.assert_array_equal(X, np.arange(24.0).reshape(2, 3, 4))


def test_static_sizes_are_known_where_the_index_is() -> None:
    def shape(found: Type, index: list[Type], spec: Any) -> Any:
        return get.type_rule([found, *index], {"spec": spec})[0].shape

    matrix = REAL.with_shape((5, 4))
    assert shape(matrix, [], (("slice", 1, -1, 2),)) == (2, 4)
    assert shape(matrix, [INT], (ALL, "int")) == (5,)
    assert shape(matrix, [INT], (("slice", "?", None, None),)) == (None, 4)
    assert shape(matrix, [INT.with_shape((7,))], (ALL, "array")) == (5, 7)
    assert shape(matrix, [BOOL.with_shape((5,))], ("mask",)) == (None, 4)
    assert shape(REAL.with_shape((None, 4)), [], (("slice", 0, 2, None),)) == (None, 4)
    assert shape(REAL.with_shape((None, 4)), [], (ALL,)) == (None, 4)


@pytest.mark.parametrize("prim", [get, set_, add_at], ids=repr)
def test_out_of_range_names_index_size_and_axis(prim: Any) -> None:
    value = () if prim is get else (0.0,)
    for spec, operands, facts in (
        (("int",), (2,), (2, 2, 0)),
        ((ALL, "int"), (-4,), (-4, 3, 1)),
        (("int", "int", "int"), (0, 0, 4), (4, 4, 2)),
        ((ALL, "array"), (np.array([0, 3, 9]),), (3, 3, 1)),
    ):
        with pytest.raises(IndexError) as caught:
            prim(X, *value, *operands, spec=spec)
        assert caught.value.args == facts
    with pytest.raises(IndexError) as caught:
        prim(X[0, 0], *value, 4, spec=("int",))
    assert caught.value.args == (4, 4, 0)
    with pytest.raises(ValueError, match="a mask of 2 for an axis of 3"):
        prim(X, *value, MASK[:2], spec=(ALL, "mask"))


@pytest.mark.parametrize(
    ("types", "spec", "title"),
    [
        ([REAL.with_shape((3,)), INT, INT], ("int", "int"), "2 indexes into [3], which has rank 1"),
        ([REAL.with_shape((3,)), REAL], ("int",), "an index is an Int, found Real"),
        ([REAL.with_shape((3,)), BOOL.with_shape((4,))], ("mask",), "a mask of 4 for an axis of 3"),
        ([REAL.with_shape((3,))], (("slice", None, None, 0),), "a slice `by 0` goes nowhere"),
    ],
)
def test_an_index_that_cannot_fit_is_a_mismatch(types: list[Type], spec: Any, title: str) -> None:
    found = get.type_rule(types, {"spec": spec})
    assert isinstance(found, Mismatch)
    assert found.title == title


def test_a_value_that_does_not_fit_its_slot_is_a_mismatch() -> None:
    x = REAL.with_shape((3, 4))
    found = set_.type_rule([x, REAL.with_shape((3,)), INT], {"spec": ("int",)})
    assert isinstance(found, Mismatch)
    assert found.title == "shape [3] does not fit into a place of shape [4]"
    found = set_.type_rule([Type(DType.INT, (3,)), REAL, INT], {"spec": ("int",)})
    assert isinstance(found, Mismatch)
    assert found.title == "Real into an array of Int"


def test_in_place_updates_change_their_operand_and_nothing_else_does() -> None:
    x = np.zeros(4)
    assert set_(x, 1.0, 2, spec=("int",)) is not x
    assert set_.inplace(x, 1.0, -1, spec=("int",)) is x
    assert add_at.inplace(x, 2.0, 3, spec=("int",)) is x
    np.testing.assert_array_equal(x, [0.0, 0.0, 0.0, 3.0])
    counts = np.zeros(3, np.int64)
    np.testing.assert_array_equal(set_(counts, 7, 1, spec=("int",)), [0, 7, 0])


def test_an_element_named_twice_is_added_twice() -> None:
    index = np.array([0, 2, 2])
    np.testing.assert_array_equal(add_at(np.zeros(3), 1.0, index, spec=("array",)), [1.0, 0.0, 2.0])


def test_of_an_element_written_twice_only_the_last_value_has_a_cotangent() -> None:
    x, v, index, ct = np.zeros(3), np.array([1.0, 2.0, 3.0]), np.array([0, 2, 2]), np.array([10.0, 20.0, 30.0])
    static = {"spec": ("array",)}
    to_x, to_v, none = rules.vjp(set_, set_(x, v, index, **static), [x, v, index], ct, static, [True, True, False])
    np.testing.assert_array_equal(to_x, [0.0, 20.0, 0.0])
    np.testing.assert_array_equal(to_v, [10.0, 0.0, 30.0])
    assert none is None


def test_reading_one_element_costs_one_statement_in_reverse() -> None:
    program = Program([REAL.with_shape((1000,)), INT, REAL, REAL.with_shape((1000,))])
    x, i, ct, so_far = program.refs
    get.vjp_into(so_far, None, (x, i), ct, {"spec": ("int",)})
    (stmt,) = program.build.finish((), ()).body
    assert stmt.prim is add_at
    assert len(stmt.args) == 3
    assert stmt.args[0] is program.inputs[3]


def test_the_fast_form_reads_an_element_as_a_python_number() -> None:
    x, counts = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5, 6])
    assert get.fast([type_of(x), INT, INT], {"spec": ("int", "int")}) == "{0}.item({1}, {2})"
    assert get.fast([type_of(x), INT], {"spec": ("int",)}) == "{0}[{1}]"
    assert get.fast([type_of(x), INT], {"spec": (ALL, "int")}) is None
    assert type(get(counts, 1, spec=("int",))) is int
    assert type(get(counts > 5, 1, spec=("int",))) is bool

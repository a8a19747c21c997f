"""What type rules accept, and what they say of what they do not."""

from __future__ import annotations

from typing import Any

import pytest

from dlang.primitives.core import Mismatch
from dlang.primitives.table import TABLE
from dlang.types import BOOL, INT, REAL, DType, Type


def real(*shape: int | None) -> Type:
    return REAL.with_shape(shape)


def int_(*shape: int | None) -> Type:
    return INT.with_shape(shape)


SQUARES = ("inv", "det", "logdet", "cholesky", "eigh")

MISMATCHES: list[tuple[str, list[Type], dict[str, Any], str]] = [
    ("random_uniform", [INT, INT, REAL], {"shape": ()}, "a draw takes Ints, found Real"),
    ("random_uniform", [INT, INT, INT], {"shape": (2, -1)}, "an array cannot have the shape [2, -1]"),
    ("random_permutation", [INT, INT, INT], {}, "a permutation has one size"),
    ("categorical_quantile", [REAL, REAL], {}, "`categorical` takes a vector of chances, found Real"),
    ("categorical_quantile", [real(3), real(2, 4)], {}, "the draws and the rows of chances do not broadcast"),
    ("poisson_quantile", [real(3), real(2)], {}, "shapes [3] and [2] do not broadcast"),
    ("add", [real(3), real(4)], {}, "shapes [3] and [4] do not broadcast"),
    ("select", [BOOL.with_shape((2,)), real(3), real(3)], {}, "shapes [2] and [3] do not broadcast"),
    ("add", [BOOL, BOOL], {}, "`+` takes Real or Int, found Bool"),
    ("exp", [INT], {}, "`exp` takes Real, found Int"),
    ("add", [REAL, INT], {}, "`+` of Real and Int"),
    ("logical_and", [BOOL, REAL], {}, "`and` takes Bool, found Real"),
    ("sum", [real(2, 3)], {"axis": 2, "keepdims": False}, "`sum` along axis 2 of [2, 3]"),
    ("amax", [real(0)], {"axis": None, "keepdims": False}, "`max` of no elements"),
    ("argmax", [real(3, 0)], {"axis": 1}, "`argmax` of no elements"),
    ("cumsum", [REAL], {"axis": 0}, "`cumsum` takes an array, found Real"),
    ("matmul", [real(2, 3), real(4, 5)], {}, "`@` of shapes [2, 3] and [4, 5]"),
    ("matmul", [real(2, 3), REAL], {}, "`@` takes vectors and matrices, found Real"),
    ("outer", [real(2), real(2, 2)], {}, "`outer` takes two vectors, found [2, 2]"),
    ("reshape", [real(2, 3)], {"shape": (4,)}, "[2, 3] cannot become shape [4]"),
    ("reshape", [real(2, 3)], {"shape": (-1, 4)}, "[2, 3] cannot become shape [-1, 4]"),
    ("concat", [real(2, 3), real(2, 4)], {"axis": 0}, "`concat` of shapes [2, 3] and [2, 4]"),
    ("concat", [real(2), int_(2)], {"axis": 0}, "`concat` of [2] and [2] Int"),
    ("stack", [real(2), real(3)], {"axis": 0}, "`stack` of shapes [2] and [3]"),
    ("broadcast_to", [real(3)], {"shape": (4,)}, "shape [3] does not broadcast to [4]"),
    ("broadcast_to", [real(3)], {"shape": (1,)}, "shape [3] does not broadcast to [1]"),
    ("zeros", [], {"shape": (2, -1)}, "an array cannot have the size -1"),
    ("diag", [real(2, 2, 2)], {}, "`diag` takes a vector or a matrix, found [2, 2, 2]"),
    ("tril", [real(2)], {"k": 0}, "`tril` takes an array of rank 2 or more, found [2]"),
    ("squeeze", [real(2, 3)], {"axes": (0,)}, "axis 0 of [2, 3] has size 2, not 1"),
    ("transpose", [real(2, 3)], {"axes": (0, 0)}, "(0, 0) is no order of the axes of [2, 3]"),
    ("roll", [real(3), REAL], {"axis": 0}, "`roll` moves by an Int, found Real"),
    *((name, [real(2, 3)], {}, f"`{name}` takes a square matrix, found [2, 3]") for name in SQUARES),
    *((name, [real(3)], {}, f"`{name}` takes a square matrix, found [3]") for name in SQUARES),
    *((name, [int_(2, 2)], {}, f"`{name}` takes Real, found [2, 2] Int") for name in SQUARES),
    ("svd", [real(3)], {}, "`svd` takes a matrix, found [3]"),
    ("qr", [real(2, 3)], {}, "`qr` of [2, 3], which has more columns than rows"),
    ("solve", [real(2, 3), real(3)], {}, "`solve` takes a square matrix, found [2, 3]"),
    ("solve", [real(3, 3), real(2)], {}, "`solve` of shapes [3, 3] and [2]"),
    ("solve", [real(3, 3), real(2, 3)], {}, "`solve` of shapes [3, 3] and [2, 3]"),
    ("solve", [real(3, 3), REAL], {}, "`solve` takes a vector or a matrix on the right, found Real"),
    ("solve", [real(2, 3, 3), real(4, 3, 1)], {}, "`solve` of shapes [2, 3, 3] and [4, 3, 1]"),
    ("lstsq", [real(3, 2), real(2)], {}, "`lstsq` of shapes [3, 2] and [2]"),
    ("lstsq", [real(3), real(3)], {}, "`lstsq` takes a matrix, found [3]"),
    ("lstsq", [real(2, 3, 2), real(3)], {}, "`lstsq` takes one matrix, found [2, 3, 2]"),
    ("lstsq", [real(3, 2), REAL], {}, "`lstsq` takes a vector or a matrix on the right, found Real"),
    ("cross", [real(3), real(2)], {}, "`cross` takes vectors of 3, found [2]"),
    ("cross", [real(2, 3), real(4, 3)], {}, "`cross` of shapes [2, 3] and [4, 3]"),
    ("convolve", [real(3), real(2, 2)], {"valid": False}, "`convolve` takes two vectors, found [2, 2]"),
    ("convolve", [real(3), real(0)], {"valid": False}, "`convolve` of no elements"),
]


@pytest.mark.parametrize(("name", "types", "static", "title"), MISMATCHES)
def test_what_does_not_fit_is_said_with_its_shapes(
    name: str, types: list[Type], static: dict[str, Any], title: str
) -> None:
    found = TABLE[name].type_rule(types, static)
    assert isinstance(found, Mismatch)
    assert found.title == title


def test_arithmetic_on_bool_suggests_where() -> None:
    found = TABLE["mul"].type_rule([BOOL, BOOL], {})
    assert isinstance(found, Mismatch)
    assert found.help == "for a choice per element write `where(c, a, b)`"
    assert found.operand == 0


RESULTS: list[tuple[str, list[Type], dict[str, Any], Type]] = [
    ("add", [real(3, 1), real(4)], {}, real(3, 4)),
    ("add", [real(None), real(3)], {}, real(3)),
    ("add", [real(None), real(1)], {}, real(None)),
    ("lt", [int_(3), INT], {}, BOOL.with_shape((3,))),
    ("sum", [BOOL.with_shape((3, 2))], {"axis": 0, "keepdims": True}, int_(1, 2)),
    ("argmax", [real(3, 2)], {"axis": 1}, int_(3)),
    ("matmul", [real(None, 3), real(3)], {}, real(None)),
    ("matmul", [real(3), real(3)], {}, REAL),
    ("concat", [real(2, None), real(3, 4)], {"axis": 0}, real(5, 4)),
    ("concat", [real(2), real(None)], {"axis": 0}, real(None)),
    ("stack", [INT, INT], {"axis": 0}, int_(2)),
    ("reshape", [real(None)], {"shape": (2, -1)}, real(2, None)),
    ("reshape", [real(6)], {"shape": (2, -1)}, real(2, 3)),
    ("fill", [Type(DType.BOOL), INT, INT], {}, BOOL.with_shape((None, None))),
    ("arange", [INT, INT, INT], {"size": 4}, int_(4)),
    ("pad", [real(2, None), REAL], {"widths": ((1, 1), (0, 2))}, real(4, None)),
    ("select", [BOOL.with_shape((2, 1)), INT, int_(3)], {}, int_(2, 3)),
    ("diag", [real(3)], {"k": -1}, real(4, 4)),
    ("diag", [real(3, 4)], {"k": 2}, real(2)),
    ("diag", [real(3, 4)], {"k": -5}, real(0)),
    ("diag", [real(3, None)], {}, real(None)),
    ("inv", [real(None, 3)], {}, real(3, 3)),
    ("det", [real(2, 3, 3)], {}, real(2)),
    ("logdet", [real(3, 3)], {}, REAL),
    ("cholesky", [real(4, None, 2)], {}, real(4, 2, 2)),
    ("solve", [real(3, 3), real(3)], {}, real(3)),
    ("solve", [real(None, None), real(3, 2)], {}, real(3, 2)),
    ("solve", [real(5, 1, 3, 3), real(4, 3, 2)], {}, real(5, 4, 3, 2)),
    ("lstsq", [real(5, 2), real(5, 3)], {}, real(2, 3)),
    ("lstsq", [real(5, 2), real(None)], {}, real(2)),
    ("cross", [real(None), real(2, 3)], {}, real(2, 3)),
    ("convolve", [real(4), real(3)], {"valid": False}, real(6)),
    ("convolve", [real(4), real(3)], {"valid": True}, real(2)),
    ("convolve", [real(None), real(3)], {"valid": True}, real(None)),
]


@pytest.mark.parametrize(("name", "types", "static", "result"), RESULTS)
def test_types_of_results(name: str, types: list[Type], static: dict[str, Any], result: Type) -> None:
    assert TABLE[name].type_rule(types, static) == (result,)


SEVERAL: list[tuple[str, Type, tuple[Type, ...]]] = [
    ("eigh", real(3, 3), (real(3), real(3, 3))),
    ("eigh", real(2, None, 3), (real(2, 3), real(2, 3, 3))),
    ("svd", real(4, 3), (real(4, 3), real(3), real(3, 3))),
    ("svd", real(2, 3, 4), (real(2, 3, 3), real(2, 3), real(2, 3, 4))),
    ("svd", real(None, 3), (real(None, None), real(None), real(None, 3))),
    ("qr", real(4, 3), (real(4, 3), real(3, 3))),
]


@pytest.mark.parametrize(("name", "found", "results"), SEVERAL)
def test_types_of_several_results(name: str, found: Type, results: tuple[Type, ...]) -> None:
    assert TABLE[name].type_rule([found], {}) == results

"""JSON: columns, records, arrays and numbers, and the place of whatever is none."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlang.data import Dataset, Text, Values, open_dataset, single_value, values, whole
from dlang.data.places import depth, places
from dlang.diagnostics import Diagnostic, DlangError
from dlang.diagnostics.text import render


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    def open_text(text: str | bytes) -> Dataset:
        (tmp_path / "d.json").write_bytes(text.encode() if isinstance(text, str) else text)
        return open_dataset(tmp_path / "d.json", shown_as="d.json")

    return open_text


def value(dataset: Dataset, name: str = "x") -> Values:
    return values(dataset, [(name, None)])[0]


def told(opened: Any, text: str | bytes, name: str = "x") -> tuple[Diagnostic, ...]:
    with pytest.raises(DlangError) as caught:
        value(opened(text), name)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[0, 1, -2]", np.array([0, 1, -2])),
        ("[0, 1.0, -2]", np.array([0.0, 1.0, -2.0])),
        ("[1e3]", np.array([1000.0])),
        ("[[1, 2], [3, 4], [5, 6]]", np.array([[1, 2], [3, 4], [5, 6]])),
        ("[true, false]", np.array([True, False])),
        ('[1, "nan", "-inf", NaN, Infinity]', np.array([1, np.nan, -np.inf, np.nan, np.inf])),
        ("[]", np.zeros(0)),
        ("[[], []]", np.zeros((2, 0))),
        ("[123456789012345678901234567890, 1.5]", np.array([123456789012345678901234567890, 1.5], float)),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_lists_are_arrays(opened: Any, text: str, expected: Any, named: bool) -> None:
    found = value(opened(f'{{"x": {text}}}' if named else text))
    assert isinstance(found, np.ndarray)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("number", [3, 2.5, True, -1e300])
def test_numbers_are_numbers(opened: Any, number: Any) -> None:
    for text in (json.dumps({"x": number}), json.dumps(number)):
        found = value(opened(text))
        assert (found, type(found)) == (number, type(number))
    assert math.isnan(value(opened('{"x": "nan"}')))  # type: ignore[arg-type]


def test_words_are_codes_and_levels(opened: Any) -> None:
    found = value(opened('{"x": ["b", "a", "b", ""]}'))
    assert isinstance(found, Text)
    assert found.levels == ("b", "a", "")
    np.testing.assert_array_equal(found.codes, [0, 1, 0, 2])


def test_records_are_a_table(opened: Any) -> None:
    dataset = opened('[{"t": 0, "y": 1.5, "s": "a"}, {"t": 1, "s": "b", "y": 2}]')
    t, y = values(dataset, [("t", None), ("y", None)])
    np.testing.assert_array_equal(t, [0, 1])  # type: ignore[arg-type]
    np.testing.assert_array_equal(y, [1.5, 2])  # type: ignore[arg-type]
    assert list(whole(dataset, None)) == ["t", "y"]


def test_the_whole_document_is_its_numbers_in_order(opened: Any) -> None:
    text = '{"b": [1], "a": 2, "s": ["x", null], "note": "words", "meta": {"k": 1}, "e": [], "p": [true], "w": ["nan"]}'
    assert list(whole(opened(text), None)) == ["b", "a", "e", "p", "w"]


def test_one_value_of_a_document(opened: Any) -> None:
    assert single_value(opened("5"), "x") == 5
    assert single_value(opened('{"other": 5}'), "x") == 5
    assert single_value(opened('{"x": 5, "y": 6}'), "y") == 6
    for text in ('{"x": 5, "y": 6}', "{}"):
        with pytest.raises(DlangError, match="E0511"):
            single_value(opened(text), "z")


def test_names_are_compared_in_one_normal_form(opened: Any) -> None:
    assert value(opened('{"e\\u0301": 1}'), "\u00e9") == 1
    assert told(opened, '{"e\\u0301": 1, "\u00e9": 2}', "\u00e9")[0].code == "E0508"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{"x": [1,\n null]}', (2, 2), "`x[1]` is null, a missing value"),
        ('{"x": [1,\n "a"]}', (2, 2), '`x[1]` is "a", which is not a number'),
        ('{"x": [1, true]}', (1, 11), "`x[1]` is true, which is not a number"),
        ('{"x": [true, "a"]}', (1, 14), '`x[1]` is "a", which is not a Bool'),
        ('{"x": ["a", null]}', (1, 13), "`x[1]` is null, a missing value"),
        ('{"x": [null]}', (1, 8), "`x[0]` is null, a missing value"),
        ('{"x": null}', (1, 7), "`x` is null, a missing value"),
        ('{"x": "word"}', (1, 7), '`x` is "word", which is not a number'),
        ('{"x": {"a": 1}}', (1, 7), "`x` is an object, which is not a number"),
        ('{"x": [1, {"a": 1}]}', (1, 11), "`x[1]` is an object, which is not a number"),
        ('{"x": [[1, 2], [3]]}', (1, 16), "`x[1]` has 1 value where 2 are expected"),
        ('{"x": [[[1], [2]], [[3], [4, 5]]]}', (1, 26), "`x[1][1]` has 2 values where 1 is expected"),
        ('{"x": [[1], 2]}', (1, 13), "`x[1]` is 2 where a list is expected"),
        ('{"x": [[1, 2], [3, null]]}', (1, 20), "`x[1][1]` is null, a missing value"),
        ('{"x": [99999999999999999999]}', (1, 8), "`x[0]` is 99999999999999999999, which 64 bits do not hold"),
        ('{"x": [1e999]}', (1, 8), "`x[0]` is beyond the largest Real"),
        ('{"x": [Infinity, -1e999, 1e999]}', (1, 18), "`x[1]` is beyond the largest Real"),
        ('{"x": ' + "9" * 5000 + "}", (1, 7), "`x` is beyond the largest Real"),
        ('{"x": [1, ' + "9" * 400 + "]}", (1, 11), "`x[1]` is beyond the largest Real"),
        ('{"x": [1.5, -' + "9" * 400 + "]}", (1, 13), "`x[1]` is beyond the largest Real"),
        ('[{"x": 1},\n {"x": null}]', (2, 8), "`[1].x` is null, a missing value"),
        ('[{"x": 1},\n {"y": 2}]', (2, 2), "`[1].x` is missing"),
        ('[{"x": [1, 2]}, {"x": [3, "a"]}]', (1, 27), '`[1].x[1]` is "a", which is not a number'),
        ("[1, null]", (1, 5), "`[1]` is null, a missing value"),
        ("null", (1, 1), "the value is null, a missing value"),
        ('{"a \\"b": 0, "x": [1, "]}"]}', (1, 23), '`x[1]` is "]}", which is not a number'),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_place(
    opened: Any, text: str, place: tuple[int, int], said: str
) -> None:
    fault = told(opened, text)[0]
    assert fault.code == "E0514"
    assert fault.title == f"d.json, line {place[0]}: {said}"
    assert fault.primary is not None
    assert (fault.primary.span.line, fault.primary.span.column) == place


def test_the_first_faults_are_shown_and_the_rest_counted(opened: Any) -> None:
    faults = told(opened, json.dumps({"x": [1, *[None] * 8]}))
    assert len(faults) == 5
    assert [fault.notes for fault in faults] == [(), (), (), (), ("and 3 values more like it",)]
    assert [fault.help is not None for fault in faults] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{"x": [1,\n 2', (2, 2), "it ends too soon"),
        ('{"x": [1', (1, 8), "it ends too soon"),
        ('{"x": 1}\n{"y": 2}', (2, 1), "something follows the value"),
        ("{'x': 1}", (1, 2), "text stands in double quotes"),
        ("{x: 1}", (1, 2), "a key in double quotes is expected"),
        ('{"x" 1}', (1, 6), "a colon is expected behind a key"),
        ('{"x": 1,}', (1, 8), "a comma stands behind the last value"),
        ('{"x": [1,\n 2,\n]}', (2, 3), "a comma stands behind the last value"),
        ('{"x": 01}', (1, 8), "a comma or a closing bracket is expected"),
        ('{"x": [1 2]}', (1, 10), "a comma or a closing bracket is expected"),
        ('{"x": # one\n 1}', (1, 7), "JSON has no comments"),
        ('{"x": .5}', (1, 7), "a value is expected"),
        ('{"x": "a}', (1, 7), "a quote is not closed"),
        ('{"x": "a\nb"}', (1, 9), "a line end or another control character stands in quotes"),
        ('{"x": "\\q"}', (1, 8), "a backslash stands before what it cannot stand before"),
        ("t,y\n1,2\n", (1, 1), "a value is expected"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(opened: Any, text: str, place: tuple[int, int], said: str) -> None:
    [fault] = told(opened, text)
    assert fault.code == "E0513"
    assert fault.title == f"`d.json`, line {place[0]} is not JSON: {said}"
    assert fault.primary is not None
    assert (fault.primary.span.line, fault.primary.span.column) == place


@pytest.mark.parametrize("deep", [101, 100_000])
def test_deep_nesting_is_refused(opened: Any, deep: int) -> None:
    [fault] = told(opened, '{"x": ' + "[" * deep + "]" * deep + "}")
    assert fault.code == "E0513"
    assert "deeper than 100" in fault.title


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E0504"),
        (" \n", "E0504"),
        (b"\xff\xfe{\0}\0", "E0503"),
        (b'{"x": "\xe9"}', "E0503"),
        (b'{"x": 1\0}', "E0503"),
        ("{}", "E0507"),
        ('{"y": 1}', "E0507"),
        ('[{"y": 1}]', "E0507"),
        ('{"x": 1, "x": 2}', "E0508"),
        ('{"x": [{"a": 1, "a": 1}]}', "E0508"),
    ],
)
def test_other_faults_have_the_codes_of_tables(opened: Any, text: str | bytes, code: str) -> None:
    assert [fault.code for fault in told(opened, text)] == [code]


def test_a_byte_order_mark_is_no_fault(opened: Any) -> None:
    assert value(opened(b'\xef\xbb\xbf{"x": 1}')) == 1


NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
TREES = st.recursive(
    st.none() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(TREES, st.sampled_from([None, 1]))
def test_every_value_of_a_document_has_its_place(tree: Any, indent: int | None) -> None:
    """The piece of text at a path reads as the value there."""
    from unicodedata import normalize

    text = json.dumps(tree, indent=indent, ensure_ascii=False)
    count = 0
    for place in places(text):
        count += 1
        found = tree
        for step in place.path:
            if isinstance(step, int):
                found = found[step]
            else:
                same = [each for key, each in found.items() if normalize("NFC", key) == step]
                found = same[0] if len(same) == 1 else json.loads(text[place.start : place.end])
        assert json.loads(text[place.start : place.end]) == found
    assert count == size(tree)


def size(tree: Any) -> int:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + sum(map(size, inner))


@given(TREES)
def test_depth_counts_the_brackets_outside_strings(tree: Any) -> None:
    def deep(tree: Any) -> int:
        inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else None
        return 0 if inner is None else 1 + max(map(deep, inner), default=0)

    assert depth(json.dumps(tree)) == deep(tree)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_document_gives_values_or_faults(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    raw = bytearray(json.dumps(data.draw(TREES | st.dictionaries(st.sampled_from("xy"), TREES))).encode())
    for _ in range(data.draw(st.integers(0, 2)) if raw else 0):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    for read in (
        lambda d: values(d, [("x", None), ("y", None)]),
        lambda d: whole(d, None),
        lambda d: single_value(d, "x"),
    ):
        faults: tuple[Diagnostic, ...] = ()
        try:
            read(open_dataset(path, shown_as="any.json"))
        except DlangError as error:
            faults = error.diagnostics
        assert all(each.code[:3] == "E05" and render(each) for each in faults)


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_reals_are_read_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    path = tmp_path_factory.getbasetemp() / "reals.json"
    path.write_text(json.dumps(numbers))
    found = single_value(open_dataset(path, shown_as="reals.json"), "x")
    assert isinstance(found, np.ndarray)
    assert found.tolist() == numbers

from __future__ import annotations

import json

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.json import to_json
from dlang.source import Source, Span

POSITION = {"file", "line", "column", "end_line", "end_column"}


def test_a_record_has_the_facts_of_the_text_form() -> None:
    source = Source("m.dl", "a = 1\nb = {\n}\n")
    fault = Diagnostic(
        "E0301", "title", Label(Span(source, 10, 13), "main"), (Label(Span(source, 0, 1), "other"),), ("note",), "mend"
    )
    assert json.loads(json.dumps(to_json(fault))) == {
        "severity": "error",
        "code": "E0301",
        "message": "title",
        "file": "m.dl",
        "line": 2,
        "column": 5,
        "end_line": 3,
        "end_column": 2,
        "label": "main",
        "labels": [
            {"file": "m.dl", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "text": "other"},
        ],
        "notes": ["note"],
        "help": "mend",
    }


def test_without_a_place_the_position_is_null() -> None:
    record = to_json(Diagnostic("W0801", "title", severity="warning"))
    assert record["severity"] == "warning"
    assert {record[key] for key in POSITION} == {None}


def test_columns_count_code_points() -> None:
    source = Source("m.dl", "界 = x\n")
    assert to_json(Diagnostic("E0201", "t", Label(Span(source, 4, 5))))["column"] == 5
